//! Folding: one spelling for letters that readers take for the same, whatever their width, case, accents, other marks, ligatures or
//! variants. All searches and filters by name use this folding.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A folded letter, and the second letter of its spelling without the mark: `Müller` is also written `Mueller`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoldedLetter {
    /// The letter without its mark.
    pub(super) letter: char,
    /// The letter that the other spelling adds after it.
    pub(super) also: Option<char>,
}

/// Calls `emit` with each folded letter of a text, and the range of code points of `text` that it stands for.
///
/// The text is folded piece by piece, which preserves the ranges; a piece ends only where nothing after it can combine with it, so the
/// concatenated pieces are the folded text. Folding is idempotent.
pub(super) fn fold(text: &str, mut emit: impl FnMut(FoldedLetter, Range<usize>)) {
    let plain = |letter| FoldedLetter { letter, also: None };
    let mut chars = text.char_indices().enumerate().peekable();
    while let Some((start, (from, c))) = chars.next() {
        let (mut end, mut to) = (start + 1, from + c.len_utf8());
        while let Some((_, (at, next))) = chars.next_if(|(_, (_, next))| !begins_piece(*next)) {
            (end, to) = (end + 1, at + next.len_utf8());
        }
        if end == start + 1 && is_plain(c) {
            emit(plain(c.to_ascii_lowercase()), start..end);
            continue;
        }
        let piece = &text[from..to];
        let also = second_letter(piece);
        let mut letters = piece.nfkd().filter(|c| !is_mark(*c)).flat_map(fold_case);
        let folded = letters
            .by_ref()
            .flat_map(|c| basic_spelling(c).chars().chain(unmapped(c)));
        for (at, letter) in folded.nfkd().filter(|c| !is_mark(*c)).nfc().enumerate() {
            let also = also.filter(|_| at == 0);
            emit(FoldedLetter { letter, also }, start..end);
        }
    }
}

/// Whether folding changes at most its case, as for nearly every character in names.
fn is_plain(c: char) -> bool {
    c.is_ascii() || ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

fn begins_piece(c: char) -> bool {
    if is_plain(c) {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |part| first = first.or(Some(part)));
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0
        && !is_mark(first)
        && is_nfkc_quick(std::iter::once(first)) != IsNormalized::Maybe
}

/// Full case folding by way of the upper case: ß and ẞ become ss, ς becomes σ, ı becomes i.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

/// Whether a character is a mark that readers ignore: accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones,
/// the Arabic tatweel, and invisible characters. Marks of other scripts are part of their letters: ガ is not カ.
fn is_mark(c: char) -> bool {
    is_invisible(c)
        || matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}'
        | '\u{5C4}' | '\u{5C5}' | '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}'
        | '\u{8D3}'..='\u{8E1}' | '\u{8E3}'..='\u{8FF}' | '\u{1AB0}'..='\u{1ACE}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20F0}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A66F}'..='\u{A672}' | '\u{A674}'..='\u{A67D}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// Whether a character is invisible: joiners, direction marks, soft hyphens and the like.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// The ASCII or basic spelling of a lower-case letter that Unicode does not decompose; empty for other letters.
fn basic_spelling(c: char) -> &'static str {
    match c {
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'đ' | 'ð' | 'ɖ' => "d",
        'ħ' => "h",
        'ɨ' => "i",
        'ĸ' => "k",
        'ł' => "l",
        'ŋ' => "n",
        'ø' => "o",
        'ŧ' => "t",
        'ƀ' => "b",
        'ʉ' => "u",
        'ƶ' => "z",
        'ґ' => "г",
        // Alef with wasla, ta marbuta, alef maksura; and the Persian and Urdu letters of the same look.
        'ٱ' => "ا",
        'ة' | 'ہ' | 'ە' | 'ھ' => "ه",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        _ => "",
    }
}

/// The letter itself, if it has no other basic spelling.
fn unmapped(c: char) -> Option<char> {
    basic_spelling(c).is_empty().then_some(c)
}

/// The second letter of German, Danish and Norwegian spellings without marks: ä is ae, ü is ue, å is aa.
fn second_letter(piece: &str) -> Option<char> {
    let mut composed = piece.chars().filter(|c| !is_invisible(*c)).nfkc();
    match (composed.next()?, composed.next()) {
        ('ä' | 'ö' | 'ü' | 'ø' | 'Ä' | 'Ö' | 'Ü' | 'Ø', None) => Some('e'),
        ('å' | 'Å', None) => Some('a'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        fold(text, |folded, _| out.push(folded.letter));
        out
    }

    /// Folds a text without splitting it into pieces.
    fn whole(text: &str) -> String {
        let letters = text.nfkd().filter(|c| !is_mark(*c)).flat_map(fold_case);
        let letters = letters.flat_map(|c| basic_spelling(c).chars().chain(unmapped(c)));
        letters.nfkd().filter(|c| !is_mark(*c)).nfc().collect()
    }

    #[test]
    fn letters_are_folded_as_a_reader_takes_them() {
        for (text, expected) in [
            ("Łódź", "lodz"),
            ("København", "kobenhavn"),
            ("GROẞBAU Großbau", "grossbau grossbau"),
            ("ΠΑΝΕΠΙΣΤΗΜΙΟΣ Πανεπιστήμιος", "πανεπιστημιοσ πανεπιστημιοσ"),
            ("Королёв Йошкар", "королев иошкар"),
            ("الجامعة الأمريكية", "الجامعه الامريكيه"),
            ("جامـعة إلى آل مُؤسَّسة", "جامعه الي ال موسسه"),
            ("Iğdır İSTANBUL", "igdir istanbul"),
            ("Đại học", "dai hoc"),
            ("ﬁn Œuvre Æther Þór", "fin oeuvre aether thor"),
            ("ｶﾞ ガ 각 क़", "ガ ガ 각 क़"),
            ("a\u{200B}b\u{AD}c\u{FEFF}", "abc"),
        ] {
            assert_eq!(folded(text), whole(text), "{text}");
            assert_eq!(folded(text), whole(expected), "{text}");
        }
    }

    #[test]
    fn every_character_is_folded_once() {
        for c in '\0'..=char::MAX {
            let once = folded(&c.to_string());
            assert_eq!(folded(&once), once, "{c:?}");
        }
    }

    /// Letters with marks of any script, and any characters.
    fn any_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => "[a-zA-ZäßŁİıΣςёйأةىـ가각\u{1100}\u{1161}\u{11A8}カガ]{1,3}",
            2 => "[\u{300}-\u{36F}\u{64B}-\u{655}\u{3099}\u{200D}\u{1161}\u{11A8}\u{93C}\u{345}]{1,3}",
            1 => any::<String>(),
        ];
        prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_folded_whole(text in any_text()) {
            prop_assert_eq!(folded(&text), whole(&text));
        }

        #[test]
        fn folding_is_idempotent(text in any_text()) {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
