//! Guesses the language of an alias from the script of its letters.

/// The language tag of an alias: the language of its script, or a tag with the script if several languages share it. Latin
/// letters count as English.
pub(in crate::dataset) fn language_of(alias: &str) -> &'static str {
    let scripts: Vec<Script> = alias.chars().filter_map(Script::of).collect();
    let has = |script: Script| scripts.contains(&script);
    // Japanese and Korean have Chinese characters too, and every script has Latin letters beside it.
    if has(Script::Kana) {
        return "ja";
    }
    if has(Script::Hangul) {
        return "ko";
    }
    let other = scripts.iter().copied().filter(|script| *script != Script::Latin);
    let most = other.max_by_key(|script| {
        let count = scripts.iter().filter(|other| *other == script).count();
        (*script == Script::Han, count, *script)
    });
    most.unwrap_or(Script::Latin).language()
}

/// Declares the scripts that are distinguished, each with the language tag of an alias in it.
macro_rules! scripts {
    ($($script:ident $tag:literal [$($range:pat_param)|+])+) => {
        /// A script of names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        enum Script { $($script),+, Other }

        impl Script {
            /// The script of a letter; `None` if the character is not a letter.
            fn of(c: char) -> Option<Self> {
                match c {
                    $($($range)|+ => Some(Self::$script),)+
                    _ => c.is_alphabetic().then_some(Self::Other),
                }
            }

            const fn language(self) -> &'static str {
                match self {
                    $(Self::$script => $tag,)+
                    Self::Other => "und",
                }
            }
        }
    };
}
scripts! {
    Latin "en" ['A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2af}'
        | '\u{1d00}'..='\u{1dbf}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}'
        | '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}']
    Han "zh" ['\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}']
    Kana "ja" ['\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1b000}'..='\u{1b16f}']
    Hangul "ko" ['\u{1100}'..='\u{11ff}' | '\u{3131}'..='\u{318e}' | '\u{a960}'..='\u{a97c}' | '\u{ac00}'..='\u{d7fb}' | '\u{ffa1}'..='\u{ffdc}']
    Greek "el" ['\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}']
    Armenian "hy" ['\u{531}'..='\u{58a}' | '\u{fb13}'..='\u{fb17}']
    Georgian "ka" ['\u{10a0}'..='\u{10ff}' | '\u{1c90}'..='\u{1cbf}' | '\u{2d00}'..='\u{2d2d}']
    Thai "th" ['\u{e01}'..='\u{e5b}']
    Cyrillic "und-Cyrl" ['\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8a}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}']
    Hebrew "und-Hebr" ['\u{591}'..='\u{5f4}' | '\u{fb1d}'..='\u{fb4f}']
    Arabic "und-Arab" ['\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{870}'..='\u{8ff}' | '\u{fb50}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}']
    Devanagari "und-Deva" ['\u{900}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}']
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_has_the_language_of_its_script() {
        for (alias, lang) in [
            ("Acme", "en"),
            ("Łódź", "en"),
            ("F1", "en"),
            ("3M", "en"),
            ("123", "en"),
            ("母基金", "zh"),
            ("F基金", "zh"),
            ("東京大学", "zh"),
            ("トヨタ自動車", "ja"),
            ("삼성", "ko"),
            ("جامعة المثال", "und-Arab"),
            ("Пример Университет", "und-Cyrl"),
            ("Παράδειγμα", "el"),
            ("אוניברסיטה", "und-Hebr"),
            ("विश्वविद्यालय", "und-Deva"),
            ("มหาวิทยาลัย", "th"),
            ("ᠮᠣᠩᠭᠣᠯ", "und"),
        ] {
            assert_eq!(language_of(alias), lang, "{alias}");
        }
    }
}
