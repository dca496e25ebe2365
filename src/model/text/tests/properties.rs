//! Properties of search for arbitrary names: an index of the tokens misses no match.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::letters::{Letters, UnitKind};
use super::super::pinyin::readings;
use super::*;

/// Chinese characters, Latin words, digits, widths, marks.
fn any_name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[\u{4e00}-\u{9fa5}]{1,6}",
        3 => "[紫昆未来产业园复旦大学上海交通重庆长行乐和绿吕单会都鹅恶安西]{1,5}",
        2 => "[復旦大學崑山產業園滬長樂綠單會乾後發髮臺薴苧]{1,4}",
        3 => "[a-zA-Z]{1,9}",
        1 => "[0-9]{1,4}",
        1 => "[Ａ-Ｚａ-ｚ０-９]{1,4}",
        2 => "[ ·“”()-]{1,2}",
        1 => "[éüǘÅßñжアガ㈱ﬁ]{1,2}",
        1 => "[ŁłŻØøĐđÆœþİıĞŞẞ]{1,3}",
        1 => "[ёйЁЙїґάέΣςΐ]{1,3}",
        1 => "[أإآٱؤئةهىيـاعبًٌَُّ]{1,4}",
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// The same name in another case, with its letters apart from their marks, or with points and joiners that are not seen.
fn respelled(name: &str, mut seed: u64) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut next = |of: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % of
    };
    let mut text = String::new();
    for c in name.chars() {
        match next(4) {
            0 => text.extend(c.to_uppercase()),
            1 => text.extend(c.to_lowercase()),
            2 => text.extend(c.to_string().nfd()),
            _ => text.push(c),
        }
        if next(8) == 0 {
            text.push(if next(2) == 0 { '\u{200D}' } else { '\u{FE0F}' });
        }
    }
    text
}

fn part_of(chars: &[char], from: usize, length: Index) -> &[char] {
    &chars[from..][..=length.index(chars.len() - from)]
}

/// A part of the name as it is typed in letters: each character by some reading, Latin as it is; and its initials.
fn typed(part: &[char], choices: &[Index]) -> (String, String) {
    let (mut sound, mut first) = (String::new(), String::new());
    for (c, choice) in part.iter().zip(choices) {
        let all = readings(*c);
        sound.extend(
            all.list()[choice.index(all.list().len())]
                .iter()
                .map(|letter| char::from(*letter)),
        );
        let initials: Vec<u8> = all.initials().collect();
        first.push(char::from(initials[choice.index(initials.len())]));
    }
    (sound, first)
}

fn found(query: &str, name: &str) -> bool {
    ranked(query, &[name], "project:p").is_some()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; `make soak` asks for more rounds this way"
)]
fn rounds() -> u32 {
    if std::env::var_os("HUKUN_SOAK").is_some() {
        20_000
    } else {
        256
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds()))]

    #[test]
    fn what_is_spelled_otherwise_is_the_same_name(name in any_name(), seed in any::<u64>()) {
        let other = respelled(&name, seed);
        prop_assert_eq!(normalize_name(&other), normalize_name(&name));
        prop_assert_eq!(tokens_of([other.as_str()].into_iter()), tokens_of([name.as_str()].into_iter()));
        // What a search for the whole name finds, the filter finds.
        prop_assert!(contains(&name, &other) && contains(&other, &name), "{:?} {:?}", name, other);
        if other.chars().count() <= QUERY_CHARS_MAX && SearchQuery::parse(&other).is_ok() {
            prop_assert!(found(&other, &name), "{:?} {:?}", name, other);
        }
        let mut words: Vec<&str> = other.split_whitespace().collect();
        words.reverse();
        prop_assert!(contains(&name, &words.join(" ")), "{:?} {:?}", name, words);
    }

    #[test]
    fn letters_with_a_mark_are_found_as_they_are_spelled_without(name in "[A-Za-zäöüøåÄÖÜØÅ ]{1,12}[äöüøå][a-z]{0,5}") {
        let other: String = name.chars().map(|c| match c {
            'ä' | 'Ä' => "ae".into(),
            'ö' | 'ø' | 'Ö' | 'Ø' => "oe".into(),
            'ü' | 'Ü' => "ue".into(),
            'å' | 'Å' => "aa".into(),
            c => c.to_string(),
        }).collect();
        prop_assert!(contains(&name, &other) && found(&other, &name), "{:?} {:?}", name, other);
        let tokens = tokens_of([name.as_str()].into_iter());
        prop_assert!(has_all(&tokens, &NameFilter::of(&other).tokens()), "{:?} {:?}", name, other);
    }

    #[test]
    fn a_part_of_a_name_narrows_a_list(name in any_name(), from: Index, length: Index) {
        let chars: Vec<char> = name.chars().collect();
        let part = String::from_iter(part_of(&chars, from.index(chars.len()), length));
        prop_assert!(contains(&name, &part));
        let (index, tokens) = (tokens_of([name.as_str()].into_iter()), NameFilter::of(&part).tokens());
        prop_assert!(has_all(&index, &tokens), "{:?} {:?}", part, tokens);
    }

    #[test]
    fn a_part_of_a_name_finds_it(name in any_name().prop_map(|name| name + "昆"), from: Index, length: Index) {
        let letters = Letters::of(&name);
        // From the beginning of a word or character on: there even one letter is enough.
        let unit = &letters.units[from.index(letters.units.len())];
        let chars: Vec<char> = name.chars().collect();
        let part = String::from_iter(part_of(&chars, letters.original(&unit.place).start, length));
        prop_assert!(found(&part, &name), "{:?}", part);
        // Inside a word: three letters.
        let word = letters.text(unit);
        if unit.kind == UnitKind::Word && word.len() > 3 {
            let start = length.index(word.len() - 3);
            prop_assert!(found(&String::from_iter(&word[start..start + 3]), &name), "{:?}", word);
        }
    }

    #[test]
    fn the_sound_of_a_part_finds_it(
        name in any_name().prop_map(|name| name + "昆"),
        from: Index,
        length: Index,
        begun: Index,
        choices in prop::collection::vec(any::<Index>(), 60),
    ) {
        let has_sound = |c: &char| !readings(*c).list().is_empty();
        let chars: Vec<char> = name.chars().collect();
        let runs: Vec<&[char]> =
            chars.chunk_by(|a, b| has_sound(a) == has_sound(b)).filter(|run| has_sound(&run[0])).collect();
        let run = runs[from.index(runs.len())];
        let part = part_of(run, from.index(run.len()), length);
        let (sound, first) = typed(part, &choices);
        prop_assert!(found(&sound, &name), "{:?} {}", part, sound);
        prop_assert!(found(&first, &name), "{:?} {}", part, first);
        let begun = &sound[..=begun.index(sound.len())];
        prop_assert!(found(begun, &name), "{:?} {}", part, begun);
    }

    #[test]
    fn width_and_case_make_no_difference(name in any_name(), query in "[a-zA-Z0-9 ]{0,8}[a-z]") {
        let wide = |text: &str| text.chars().map(|c| match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
            ' ' => '\u{3000}',
            other => other,
        }).collect::<String>();
        let variants = [wide(&name), name.to_ascii_uppercase(), wide(&name.to_ascii_lowercase())];
        for variant in &variants {
            prop_assert_eq!(normalize_name(variant), normalize_name(&name));
            prop_assert_eq!(sort_key(variant), sort_key(&name));
            prop_assert_eq!(tokens_of([variant.as_str()].into_iter()), tokens_of([name.as_str()].into_iter()));
        }
        let score = |query: &str| ranked(query, &[&name, "Fudan University"], "project:p");
        prop_assert_eq!(score(&query), score(&wide(&query.to_ascii_uppercase())));
    }

    #[test]
    fn script_makes_no_difference_to_what_is_spelled(name in any_name().prop_map(|name| name + "崑山"), from: Index, length: Index) {
        // What stands for what is taken from the names themselves: each character folded, on one side and on the other.
        let folded = normalize_name(&name);
        prop_assert_eq!(normalize_name(&folded), folded.clone());
        let chars: Vec<char> = name.chars().collect();
        let part = String::from_iter(part_of(&chars, from.index(chars.len()), length));
        prop_assert!(contains(&folded, &part) && contains(&name, &normalize_name(&part)));
        let letters = Letters::of(&name);
        let unit = &letters.units[from.index(letters.units.len())];
        let part = String::from_iter(part_of(&chars, letters.original(&unit.place).start, length));
        prop_assert!(found(&normalize_name(&part), &name), "{:?} in {:?}", normalize_name(&part), name);
        prop_assert!(found(&part, &folded), "{:?} in {:?}", part, folded);
    }

    #[test]
    fn tokens_are_few_and_plain(name in any_name()) {
        let tokens = tokens_of([name.as_str()].into_iter());
        let letters = Letters::of(&name).chars.len();
        prop_assert!(tokens.len() <= 70 * letters, "{} of {}", tokens.len(), letters);
        prop_assert!(tokens.is_sorted_by(|a, b| a < b));
        prop_assert!(tokens.iter().flat_map(|token| token.chars()).all(char::is_alphanumeric));
        prop_assert!(tokens.iter().all(|token| (1..=3).contains(&token.chars().count())));
    }

    #[test]
    fn words_may_be_found_in_different_names(
        names in prop::collection::vec(any_name(), 2..4),
        words in prop::collection::vec((any::<Index>(), any::<Index>()), 1..5),
    ) {
        let mut query = String::new();
        for (name, unit) in words {
            let letters = Letters::of(&names[name.index(names.len())]);
            if !letters.units.is_empty() {
                query.push(' ');
                query.extend(letters.text(&letters.units[unit.index(letters.units.len())]));
            }
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert!(query.is_empty() || ranked(&query, &names, "project:p").is_some(), "{:?}", query);
    }

    #[test]
    fn sort_keys_are_plain(name in any_name()) {
        let key = sort_key(&name);
        prop_assert_eq!(&key, &sort_key(&name));
        prop_assert!(!key.starts_with(' ') && key.chars().all(|c| c.is_alphanumeric() || " ·“”()-".contains(c)));
    }
}
