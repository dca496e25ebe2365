//! The tables of a data set and their columns: the one list that reading, writing and messages share.

macro_rules! columns {
    ($($column:ident $name:literal),+ $(,)?) => {
        /// A column of a data set table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "a column is what its name says; the format is described in one place")]
        pub enum DatasetColumn { $($column),+ }

        impl DatasetColumn {
            /// Number of columns over all tables.
            pub const COUNT: usize = [$($name),+].len();

            /// The name of the column in a header and in messages.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name),+ }
            }
        }
    };
}
columns! {
    Id "id", Title "title", Authors "authors", Affiliation "affiliation", Publisher "publisher", PublishedOn "published_on",
    Language "language", Licence "licence", Sha256 "sha256", Url "url",
    Kind "kind", NameZh "name_zh", NameEn "name_en", Aliases "aliases", RegionId "region_id", Description "description",
    Tags "tags", Size "size", ValidFrom "valid_from", ValidTo "valid_to", ExternalIds "external_ids", FormerIds "former_ids",
    Level "level", Scheme "scheme", Code "code", Longitude "longitude", Latitude "latitude", ParkType "park_type",
    LabType "lab_type", FacilityType "facility_type", Capacity "capacity", FundType "fund_type", Committed "committed",
    PaidIn "paid_in", TitleClass "title_class", Fields "fields", Contact "contact", Stage "stage",
    ListingBoard "listing_board", OrgType "org_type", Family "family", ClaimType "claim_type",
    SizeText "size_text", CommittedText "committed_text", PaidInText "paid_in_text",
    FromId "from_id", ToId "to_id", Resource "resource", Flow "flow", Amount "amount", AmountMax "amount_max",
    Qualifier "qualifier", Unit "unit", Basis "basis", Measure "measure", OriginalText "original_text", Share "share",
    Under "under", Driver "driver",
    EntityId "entity_id", Indicator "indicator", Period "period",
    BearerId "bearer_id", RuleType "rule_type", Base "base", Part "part", PartyId "party_id", PartyLabel "party_label",
    Lower "lower", Upper "upper",
    SubjectId "subject_id", Property "property", Rank "rank", Own "own",
    Value "value", Lang "lang", Role "role",
    SourceId "source_id", Locator "locator", Quote "quote", Assertion "assertion", Reliability "reliability", AsOf "as_of",
}

impl DatasetColumn {
    /// Whether its cells are lists: items separated by `|`, in JSON an array.
    pub fn is_list(self) -> bool {
        use DatasetColumn::{Aliases, Authors, ExternalIds, Fields, FormerIds, Tags, Under};
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
        const COLUMNS: &[DatasetColumn] = &[
            $(DatasetColumn::$column,)+
            DatasetColumn::SourceId, DatasetColumn::Locator, DatasetColumn::Quote, DatasetColumn::Assertion, DatasetColumn::Reliability, DatasetColumn::AsOf,
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
    pub fn columns(self) -> &'static [DatasetColumn] {
        match self {
            Self::Sources => {
                use DatasetColumn::{
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
    pub fn column(self, name: &str) -> Option<DatasetColumn> {
        self.columns()
            .iter()
            .copied()
            .find(|column| column.name() == name)
    }
}
