//! The tables of a data set and their columns.

use crate::model::field::Field;

impl Field {
    /// Whether its cells are lists: items separated by `|`, in JSON an array.
    pub fn is_list(self) -> bool {
        use Field::{Aliases, Authors, ExternalIds, Fields, FormerIds, Tags, Under};
        matches!(
            self,
            Authors | Aliases | Tags | ExternalIds | FormerIds | Fields | Under
        )
    }
}

/// A table of a data set: one CSV file, one JSON Lines file, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatasetTable {
    /// The documents that state the facts.
    Sources,
    /// The nodes.
    Entities,
    /// The edges.
    Relations,
    /// Quantities of entities that are not flows.
    Observations,
    /// Rules for sharing amounts.
    Rules,
    /// Further statements on records of the other tables.
    Statements,
    /// Further names of entities.
    Names,
}

/// Appends the columns of the evidence, which end every row except that of a source.
macro_rules! with_evidence {
    ($($column:ident)+) => {{
        const COLUMNS: &[Field] = &[
            $(Field::$column,)+
            Field::SourceId, Field::Locator, Field::Quote, Field::Assertion, Field::Reliability, Field::AsOf,
        ];
        COLUMNS
    }};
}

impl DatasetTable {
    /// Every table, in the order in which they are read and reported.
    pub const ALL: [Self; 7] = [
        Self::Sources,
        Self::Entities,
        Self::Relations,
        Self::Observations,
        Self::Rules,
        Self::Statements,
        Self::Names,
    ];

    /// The name of its file, without the extension.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sources => "sources",
            Self::Entities => "entities",
            Self::Relations => "relations",
            Self::Observations => "observations",
            Self::Rules => "rules",
            Self::Statements => "statements",
            Self::Names => "names",
        }
    }

    /// Its columns, in the order in which they are written.
    pub fn columns(self) -> &'static [Field] {
        match self {
            Self::Sources => {
                use Field::{
                    Affiliation, Authors, Id, Language, Licence, PublishedOn, Publisher, Sha256, Title, Url,
                };
                &[
                    Id,
                    Title,
                    Authors,
                    Affiliation,
                    Publisher,
                    PublishedOn,
                    Language,
                    Licence,
                    Sha256,
                    Url,
                ]
            }
            Self::Entities => with_evidence! {
                Id Kind NameZh NameEn Aliases RegionId Description Tags Size ValidFrom ValidTo ExternalIds FormerIds Level
                Scheme Code Longitude Latitude ParkType LabType FacilityType Capacity FundType Committed PaidIn TitleClass
                Fields Contact Stage ListingBoard OrgType Family ClaimType SizeText CommittedText PaidInText
            },
            Self::Relations => with_evidence! {
                Id Kind FromId ToId Resource Flow Amount AmountMax Qualifier Unit Basis Measure OriginalText Share Under
                Driver ValidFrom ValidTo
            },
            Self::Observations => with_evidence! {
                Id EntityId Indicator Amount AmountMax Qualifier Unit Basis Measure OriginalText Period
            },
            Self::Rules => with_evidence! { Id BearerId RuleType Base Part PartyId PartyLabel Lower Upper },
            Self::Statements => with_evidence! { SubjectId Property Amount AmountMax Qualifier Rank Own },
            Self::Names => with_evidence! { EntityId Value Lang Role },
        }
    }

    /// The column of this table with a name.
    pub fn column(self, name: &str) -> Option<Field> {
        self.columns()
            .iter()
            .copied()
            .find(|column| column.name() == name)
    }
}
