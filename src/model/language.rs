//! The two languages of labels and messages: Chinese, which is the default, and English.

/// A language of labels, descriptions and sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language of a tag: English for `en` and `en-…`, else Chinese.
    pub fn of(tag: &str) -> Self {
        if tag == "en" || tag.starts_with("en-") {
            Self::En
        } else {
            Self::Zh
        }
    }

    /// The language in which a text is written, by its script: Chinese where it has a Han character.
    pub fn written_in(text: &str) -> Self {
        let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
        if text.contains(is_han) { Self::Zh } else { Self::En }
    }

    /// Its tag, `zh` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bilingual<T = String> {
    /// Chinese.
    pub zh: T,
    /// English.
    pub en: T,
}

impl<T> Bilingual<T> {
    /// A text in both languages.
    pub const fn new(zh: T, en: T) -> Self {
        Self { zh, en }
    }
}

impl<'a> Bilingual<&'a str> {
    /// The text in a language.
    pub const fn of(self, language: Language) -> &'a str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }

    /// The same text, owned.
    pub fn to_owned(self) -> Bilingual {
        Bilingual::new(self.zh.to_string(), self.en.to_string())
    }
}

impl Bilingual {
    /// The text in a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// Several texts in one line: `、` between Chinese ones, a comma between English ones.
    pub fn joined(texts: impl IntoIterator<Item = Self>) -> Self {
        let (zh, en): (Vec<_>, Vec<_>) = texts.into_iter().map(|text| (text.zh, text.en)).unzip();
        Self::new(zh.join("、"), en.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_but_english_is_chinese() {
        for (tag, expected) in [
            ("en", "en"),
            ("en-GB", "en"),
            ("zh", "zh"),
            ("zh-Hant", "zh"),
            ("eng", "zh"),
            ("", "zh"),
        ] {
            assert_eq!(Language::of(tag).tag(), expected, "{tag}");
        }
    }

    #[test]
    fn a_text_with_a_han_character_is_chinese() {
        for (text, expected) in [
            ("联合基金 (2023)", "zh"),
            ("A joint fund, 2023", "en"),
            ("2023", "en"),
            ("Fund 一", "zh"),
        ] {
            assert_eq!(Language::written_in(text).tag(), expected, "{text}");
        }
    }

    #[test]
    fn texts_are_joined_as_each_language_does() {
        let joined = Bilingual::joined([
            Bilingual::new("元", "CNY").to_owned(),
            Bilingual::new("人", "person").to_owned(),
        ]);
        assert_eq!(joined, Bilingual::new("元、人", "CNY, person").to_owned());
    }
}
