//! The vocabulary: what each value of a list is called and what it means, in Chinese and English. The one place for words
//! that people read instead of codes: the API serves it, and the page, questionnaires and the command line use it.
//!
//! A closed list has its words in its declaration ([`closed_list`](super::closed)), so that a value without them does not
//! compile. [`open`] has the lists in which data may write other codes too: units, levels, types.
//!
//! Labels stand by themselves and begin with a capital in English, except where they stand within a sentence: a relation's
//! kind between two names, a unit behind a number, a reason behind a colon.

pub mod open;

use super::language::Bilingual;

/// The words for one value.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The value, as it is spelled in GraphQL and in import files.
    pub value: &'static str,
    /// What it is called.
    pub label: Bilingual<&'static str>,
    /// What it means.
    pub description: Bilingual<&'static str>,
}

/// The words for a list of values.
#[derive(Clone, Copy, Debug)]
pub struct TermList {
    /// The list: the name of its type in GraphQL, where it is an enum there.
    pub name: &'static str,
    /// What the list is called.
    pub label: Bilingual<&'static str>,
    /// What its values say.
    pub description: Bilingual<&'static str>,
    /// Whether data may have other values.
    pub is_open: bool,
    /// The values.
    pub terms: &'static [Term],
}

impl TermList {
    /// The label of a code, or the code itself where the list has no word for it.
    pub fn label_of<'a>(&self, code: &'a str) -> Bilingual<&'a str> {
        let term = self.terms.iter().find(|term| term.value == code);
        term.map_or(Bilingual::new(code, code), |term| term.label)
    }
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn a_code_without_a_word_is_its_own_label() {
        assert_eq!(open::UNITS.label_of("CORE_HOUR").zh, "核时");
        assert_eq!(open::UNITS.label_of("TONNE").zh, "TONNE");
    }
}
