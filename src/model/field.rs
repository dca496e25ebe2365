//! The fields that users write, each with its two spellings: the column of an import file, and the path in an input of the API.

/// Declares [`Field`]: one row for each field, with its column and its input path.
macro_rules! fields {
    ($($field:ident $column:literal $input:literal),+ $(,)?) => {
        /// A field of a record, a statement or a write, as users write it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "a field is what its column is called; docs/formats.md describes each")]
        pub enum Field { $($field),+ }

        impl Field {
            /// Every field, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$field),+];

            /// Number of fields.
            pub const COUNT: usize = Self::ALL.len();

            /// The name of the column in an import file, which messages use too: `paid_in`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $column),+ }
            }

            /// The path in the input of a GraphQL mutation, from the object that has the field: the record, or for evidence the
            /// statement. `properties.paidIn`; `parts[].lower` for a field of an item, without its index.
            pub const fn input_path(self) -> &'static str {
                match self { $(Self::$field => $input),+ }
            }
        }
    };
}

fields! {
    // The record of a source.
    Id "id" "id",
    Title "title" "title",
    Authors "authors" "authors",
    Affiliation "affiliation" "affiliation",
    Publisher "publisher" "publisher",
    PublishedOn "published_on" "publishedOn",
    Language "language" "language",
    Licence "licence" "licence",
    Sha256 "sha256" "sha256",
    Url "url" "url",
    // An entity.
    Kind "kind" "kind",
    NameZh "name_zh" "names",
    NameEn "name_en" "names",
    Aliases "aliases" "names",
    RegionId "region_id" "regionId",
    Description "description" "description",
    Tags "tags" "tags",
    Size "size" "size",
    ValidFrom "valid_from" "validFrom",
    ValidTo "valid_to" "validTo",
    ExternalIds "external_ids" "externalIds",
    FormerIds "former_ids" "formerIds",
    Level "level" "properties.level",
    Scheme "scheme" "properties.scheme",
    Code "code" "properties.code",
    Longitude "longitude" "properties.longitude",
    Latitude "latitude" "properties.latitude",
    ParkType "park_type" "properties.parkType",
    LabType "lab_type" "properties.labType",
    FacilityType "facility_type" "properties.facilityType",
    Capacity "capacity" "properties.capacity",
    FundType "fund_type" "properties.fundType",
    Committed "committed" "properties.committed",
    PaidIn "paid_in" "properties.paidIn",
    TitleClass "title_class" "properties.titleClass",
    Fields "fields" "properties.fields",
    Contact "contact" "properties.contact",
    Stage "stage" "properties.stage",
    ListingBoard "listing_board" "properties.listingBoard",
    OrgType "org_type" "properties.orgType",
    Family "family" "properties.family",
    ClaimType "claim_type" "properties.claimType",
    SizeText "size_text" "size.originalText",
    CommittedText "committed_text" "properties.committed.originalText",
    PaidInText "paid_in_text" "properties.paidIn.originalText",
    // A relation; the amount also of an observation or a statement.
    FromId "from_id" "fromId",
    ToId "to_id" "toId",
    Resource "resource" "resource",
    Flow "flow" "flow",
    Amount "amount" "quantity",
    AmountMax "amount_max" "quantity.upper",
    Qualifier "qualifier" "quantity.qualifier",
    Unit "unit" "quantity.unit",
    Basis "basis" "quantity.basis",
    Measure "measure" "quantity.measure",
    OriginalText "original_text" "quantity.originalText",
    Share "share" "share",
    Under "under" "under",
    Driver "driver" "driver",
    // An observation; `entity_id` also of a name.
    EntityId "entity_id" "entityId",
    Indicator "indicator" "indicator",
    Period "period" "period",
    // A rule.
    BearerId "bearer_id" "bearerId",
    RuleType "rule_type" "type",
    Base "base" "base",
    Part "part" "parts",
    PartyId "party_id" "parts[].partyId",
    PartyLabel "party_label" "parts[].label",
    Lower "lower" "parts[].lower",
    Upper "upper" "parts[].upper",
    // A statement.
    SubjectId "subject_id" "subjectId",
    Property "property" "property",
    Rank "rank" "rank",
    Own "own" "own",
    // A name.
    Value "value" "value",
    Lang "lang" "names",
    Role "role" "names",
    // The evidence of a record, or of a statement.
    SourceId "source_id" "sourceId",
    Locator "locator" "locator",
    Quote "quote" "quote",
    Assertion "assertion" "assertion",
    Reliability "reliability" "reliability",
    AsOf "as_of" "asOf",
    // A write as a whole; these are no columns of a table.
    DatasetId "dataset_id" "datasetId",
    Access "access" "access",
    Cascade "cascade" "cascade",
    Keep "keep" "keep",
    Merge "merge" "merge",
}

impl Field {
    /// Whether it is a field of a statement, which a record has in its list of statements.
    pub const fn is_of_statement(self) -> bool {
        matches!(
            self,
            Self::SourceId
                | Self::Locator
                | Self::Quote
                | Self::Assertion
                | Self::Reliability
                | Self::AsOf
                | Self::Property
                | Self::Rank
        )
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
