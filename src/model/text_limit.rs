//! Length limits of free text. A field has the same limit in GraphQL, imports and backups.
//!
//! Texts stored before the limits existed are kept and can be read.

use super::refusal::Refusal;

/// Maximum length of a text in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimit(usize);

/// Maximum number of items in a list of texts, and of names of an entity.
pub const ITEMS_MAX: usize = 200;

impl TextLimit {
    /// Of a name or an alias.
    pub const NAME: Self = Self(1_000);
    /// Of a description.
    pub const DESCRIPTION: Self = Self(10_000);
    /// Of a quotation.
    pub const QUOTE: Self = Self(5_000);
    /// Of a title, and other lines in words: a publisher, a license, a locator, the party of a rule.
    pub const TITLE: Self = Self(1_000);
    /// Of an amount or a base in words, of a contact, of an address on the web.
    pub const WORDS: Self = Self(2_000);
    /// Of a label: a tag, an author, a level, a type, a code, an indicator, an id elsewhere.
    pub const LABEL: Self = Self(200);

    /// The limit of a field, spelled as the column of an import file.
    pub fn of(field: &str) -> Self {
        match field {
            "name_zh" | "name_en" | "aliases" | "value" => Self::NAME,
            "description" => Self::DESCRIPTION,
            "quote" => Self::QUOTE,
            "title" | "affiliation" | "publisher" | "licence" | "locator" | "party_label" => Self::TITLE,
            "original_text" | "size_text" | "committed_text" | "paid_in_text" | "capacity" | "contact"
            | "base" | "url" => Self::WORDS,
            _ => Self::LABEL,
        }
    }

    /// The number of characters.
    pub const fn chars_max(self) -> usize {
        self.0
    }

    /// Rejects a text that exceeds the limit.
    pub fn check(self, text: &str) -> Result<(), Refusal> {
        let Self(max) = self;
        // Counting characters is unnecessary for most texts.
        if text.len() <= max {
            return Ok(());
        }
        let length = text.chars().count();
        if length <= max {
            return Ok(());
        }
        Err(Refusal::new(
            format!("the text has {length} characters (at most {max})"),
            "shorten it; the rest can go into a source".to_string(),
        ))
    }
}

/// Rejects a list with more than [`ITEMS_MAX`] items.
pub fn check_items(count: usize) -> Result<(), Refusal> {
    if count <= ITEMS_MAX {
        return Ok(());
    }
    Err(Refusal::new(
        format!("the list has {count} items (at most {ITEMS_MAX})"),
        format!("remove {} of them", count - ITEMS_MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_and_not_bytes() {
        assert!(TextLimit::NAME.check(&"昆".repeat(1_000)).is_ok());
        let refusal = TextLimit::NAME.check(&"昆".repeat(1_001)).unwrap_err();
        assert_eq!(refusal.reason, "the text has 1001 characters (at most 1000)");
        assert_eq!(refusal.hint, "shorten it; the rest can go into a source");
    }
}
