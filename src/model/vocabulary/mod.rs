//! The vocabulary: labels and descriptions of the values of each list, in Chinese and English. It is the only source of the
//! text that is displayed instead of a code: the API serves it, and the page, questionnaires and the command line use it.
//!
//! A closed list declares its labels together with its values ([`closed_list`](super::closed)), so that a value without a
//! label does not compile. [`open`] contains the lists to which data may add codes: units, levels, types.
//!
//! English labels begin with a capital letter, except for those that are part of a sentence: a relation kind between two
//! names, a unit after a number, a reason after a colon.

pub mod open;

use super::language::Bilingual;

/// The label and description of one value.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The value, as it is spelled in GraphQL and in import files.
    pub value: &'static str,
    /// Its label.
    pub label: Bilingual<&'static str>,
    /// Its description.
    pub description: Bilingual<&'static str>,
}

/// A list of values with their labels and descriptions.
#[derive(Clone, Copy, Debug)]
pub struct TermList {
    /// The name of the list; for a GraphQL enum, the name of the type.
    pub name: &'static str,
    /// The label of the list.
    pub label: Bilingual<&'static str>,
    /// The description of the list.
    pub description: Bilingual<&'static str>,
    /// Whether data may contain other values.
    pub is_open: bool,
    /// The values, in the order of the list.
    pub terms: &'static [Term],
}

impl TermList {
    /// The label of a code, or the code itself if the list does not contain it.
    pub fn label_of<'a>(&self, code: &'a str) -> Bilingual<&'a str> {
        let term = self.terms.iter().find(|term| term.value == code);
        term.map_or(Bilingual::new(code, code), |term| term.label)
    }
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn a_code_without_a_label_is_its_own_label() {
        assert_eq!(open::UNITS.label_of("CORE_HOUR").zh, "核时");
        assert_eq!(open::UNITS.label_of("TONNE").zh, "TONNE");
    }
}
