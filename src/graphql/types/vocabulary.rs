//! The vocabulary: what the values of the schema are called and what they mean.

use async_graphql::Object;

use crate::model::language::Language;
use crate::model::vocabulary::{Term, TermList};

/// The language asked for; null counts as not given.
pub(super) fn language(lang: Option<&str>) -> Language {
    Language::of(lang.unwrap_or_default())
}

/// One value with its words.
pub(in crate::graphql) struct VocabularyEntry {
    list: TermList,
    term: Term,
}

impl VocabularyEntry {
    /// The entries of a list, in its order.
    pub(in crate::graphql) fn of(list: TermList) -> impl Iterator<Item = Self> {
        list.terms.iter().map(move |term| Self { list, term: *term })
    }
}

/// Words for one value of an enum, a unit, a basis or another list of codes, in Chinese and English.
#[Object]
impl VocabularyEntry {
    /// Name of the list: of an enum its type here (`Resource`), else `Unit`, `Basis`, `FundType`, …
    #[graphql(name = "type")]
    async fn list(&self) -> &str {
        self.list.name
    }
    /// What the list is called.
    async fn type_label(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.list.label.of(language(lang.as_deref()))
    }
    /// Whether data may have other values of this list, which have no words: as units and types of funds do.
    async fn open(&self) -> bool {
        self.list.is_open
    }
    /// The value, as it is written in questions, answers and import files.
    async fn value(&self) -> &str {
        self.term.value
    }
    /// What it is called.
    async fn label(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.term.label.of(language(lang.as_deref()))
    }
    /// What it is called in Chinese.
    async fn zh(&self) -> &str {
        self.term.label.zh
    }
    /// What it is called in English.
    async fn en(&self) -> &str {
        self.term.label.en
    }
    /// What it means.
    async fn description(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.term.description.of(language(lang.as_deref()))
    }
    /// What it means, in Chinese.
    async fn description_zh(&self) -> &str {
        self.term.description.zh
    }
    /// What it means, in English.
    async fn description_en(&self) -> &str {
        self.term.description.en
    }
}
