//! The vocabulary: labels and descriptions of the values of the schema.

use async_graphql::Object;

use crate::model::language::Language;
use crate::model::vocabulary::{Term, TermList};

/// The requested language; null counts as not given.
pub(super) fn language(lang: Option<&str>) -> Language {
    Language::of(lang.unwrap_or_default())
}

/// A value with its labels and descriptions.
pub(in crate::graphql) struct VocabularyEntry {
    list: TermList,
    term: Term,
}

impl VocabularyEntry {
    /// The entries of a list, in the order of the list.
    pub(in crate::graphql) fn entries(list: TermList) -> impl Iterator<Item = Self> {
        list.terms.iter().map(move |term| Self { list, term: *term })
    }
}

/// Label and description, in Chinese and English, of one value of an enum, a unit, a basis or another list of codes.
#[Object]
impl VocabularyEntry {
    /// Name of the list: the GraphQL type of an enum (`Resource`), or `Unit`, `Basis`, `FundType` and so on.
    #[graphql(name = "type")]
    async fn list(&self) -> &str {
        self.list.name
    }
    /// Label of the list.
    async fn type_label(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.list.label.of(language(lang.as_deref()))
    }
    /// Whether data may contain values that are not in the list and have no label, as units and types of funds may.
    async fn open(&self) -> bool {
        self.list.is_open
    }
    /// Value, as it is written in queries, responses and import files.
    async fn value(&self) -> &str {
        self.term.value
    }
    /// Label of the value.
    async fn label(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.term.label.of(language(lang.as_deref()))
    }
    /// Label in Chinese.
    async fn zh(&self) -> &str {
        self.term.label.zh
    }
    /// Label in English.
    async fn en(&self) -> &str {
        self.term.label.en
    }
    /// Description of the value.
    async fn description(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.term.description.of(language(lang.as_deref()))
    }
    /// Description in Chinese.
    async fn description_zh(&self) -> &str {
        self.term.description.zh
    }
    /// Description in English.
    async fn description_en(&self) -> &str {
        self.term.description.en
    }
}
