//! Length limits of free text. A field has the same limit in GraphQL, imports and backups.
//!
//! Texts stored before the limits existed are kept and can be read.

use super::field::Field;
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

    /// The limit of a field. Fields other than free text never reach theirs, because their own syntax is stricter.
    pub const fn of(field: Field) -> Self {
        use Field as F;
        match field {
            F::NameZh | F::NameEn | F::Aliases | F::Value => Self::NAME,
            F::Description => Self::DESCRIPTION,
            F::Quote => Self::QUOTE,
            F::Title | F::Affiliation | F::Publisher | F::Licence | F::Locator | F::PartyLabel => Self::TITLE,
            F::OriginalText | F::SizeText | F::CommittedText | F::PaidInText => Self::WORDS,
            F::Capacity | F::Contact | F::Base | F::Url => Self::WORDS,
            F::Authors | F::Tags | F::Fields | F::ExternalIds | F::Language | F::Lang => Self::LABEL,
            F::Level | F::Scheme | F::Code | F::ParkType | F::LabType | F::FacilityType => Self::LABEL,
            F::FundType | F::TitleClass | F::ListingBoard | F::OrgType | F::Indicator => Self::LABEL,
            // Ids and references.
            F::Id | F::RegionId | F::FormerIds | F::FromId | F::ToId | F::Under | F::EntityId => Self::LABEL,
            F::BearerId | F::PartyId | F::SubjectId | F::SourceId | F::DatasetId => Self::LABEL,
            // Values of lists.
            F::Kind | F::Stage | F::Family | F::ClaimType | F::Resource | F::Flow | F::Driver => Self::LABEL,
            F::Qualifier | F::Unit | F::Basis | F::Measure | F::RuleType | F::Property => Self::LABEL,
            F::Rank | F::Role | F::Assertion | F::Reliability | F::Access => Self::LABEL,
            // Numbers, dates, hashes and switches.
            F::Size | F::Committed | F::PaidIn | F::Amount | F::AmountMax | F::Share => Self::LABEL,
            F::Longitude | F::Latitude | F::Part | F::Lower | F::Upper | F::Sha256 => Self::LABEL,
            F::PublishedOn | F::ValidFrom | F::ValidTo | F::Period | F::AsOf => Self::LABEL,
            F::Own | F::Cascade | F::Keep | F::Merge => Self::LABEL,
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
