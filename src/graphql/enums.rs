//! The closed lists of the model as GraphQL enums. A value without a description does not compile, and the kinds come
//! from the model's own tables, so that a new row is in the schema at once.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned,
    ServerResult, Value,
};

use crate::model::change::ChangeAction;
use crate::model::entity::{ClaimType, EntityKind, NameRole, ProgramFamily, ProjectStage, entity_kinds};
use crate::model::ontology::{RelationKind, relation_kinds};
use crate::model::quantity::{Measure, Qualifier, QuantityStatus};
use crate::model::record::{Coverage, RuleType};
use crate::model::relation::{Driver, FlowDirection, Resource};
use crate::model::selector::{Direction, EntityOrderField, GroupKey, RegionRole};
use crate::model::statement::{Assertion, Rank, Reliability};
use crate::model::walk::{Conversion, TruncationReason, UndatedFacts};
use crate::service::flow::{Assumption, BoundsKind, MissingReason, OriginKind, Scenario};
use crate::service::{DeadEndReason, IndicatorCode, RuleStatus, TraceMode};

/// A closed list as GraphQL sees it.
trait Closed: Copy + Send + Sync + 'static {
    const TYPE: &'static str;
    const ABOUT: &'static str;
    const VALUES: &'static [Self];
    fn spelling(self) -> &'static str;
    fn about(self) -> &'static str;
}

fn register<T: Closed>() -> MetaType {
    let values = T::VALUES.iter().map(|value| {
        let name = value.spelling().to_string();
        let meta = MetaEnumValue {
            name: name.clone(),
            description: Some(value.about().to_string()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (name, meta)
    });
    MetaType::Enum {
        name: T::TYPE.to_string(),
        description: Some(T::ABOUT.to_string()),
        enum_values: values.collect::<IndexMap<_, _>>(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn read<T: Closed + InputType>(value: Option<Value>) -> InputValueResult<T> {
    let value = value.unwrap_or_default();
    let text = match &value {
        Value::Enum(name) => name.as_str(),
        Value::String(text) => text.as_str(),
        _ => return Err(InputValueError::expected_type(value)),
    };
    let found = T::VALUES.iter().copied().find(|one| one.spelling() == text);
    found.ok_or_else(|| {
        let all: Vec<_> = T::VALUES.iter().map(|one| one.spelling()).collect();
        InputValueError::custom(format!("`{text}` is not one of {}", all.join(", ")))
    })
}

macro_rules! graphql_enum {
    ($($about:literal $type:ident as $name:literal { $($value:ident $text:literal),+ $(,)? })+) => { $(
        impl Closed for $type {
            const TYPE: &'static str = $name;
            const ABOUT: &'static str = $about;
            const VALUES: &'static [Self] = Self::ALL;
            fn spelling(self) -> &'static str {
                self.name()
            }
            fn about(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }
        }
        graphql_enum!(@traits $type);
    )+ };
    (@traits $type:ident) => {
        impl InputType for $type {
            type RawValueType = Self;
            fn type_name() -> Cow<'static, str> {
                Self::TYPE.into()
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| register::<Self>())
            }
            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                read(value)
            }
            fn to_value(&self) -> Value {
                Value::Enum(Name::new(self.spelling()))
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }
        impl OutputType for $type {
            fn type_name() -> Cow<'static, str> {
                Self::TYPE.into()
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| register::<Self>())
            }
            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(Value::Enum(Name::new(self.spelling())))
            }
        }
    };
}

macro_rules! entity_kind_enum {
    ($($kind:ident $name:literal $prefix:literal $conduit:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?) => {
        graphql_enum! { "One of the thirteen kinds of entity." EntityKind as "EntityKind" { $($kind $about_en),+ } }
    };
}
entity_kinds!(entity_kind_enum);

macro_rules! relation_kind_enum {
    ($($kind:ident $name:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal] { $($row:tt)+ })+) => {
        graphql_enum! {
            "A kind of relation: one value per row of the ontology. What each means for a trace is told by `ontology`."
            RelationKind as "RelationKind" { $($kind $about_en),+ }
        }
    };
}
relation_kinds!(relation_kind_enum);

graphql_enum! {
    "What flows." Resource as "Resource" {
        Capital "Money.", Talent "People and their skill.", Technology "Knowledge put to use.", Compute "Computing.",
        Service "Services.", Tax "Shared tax.", Enterprise "Firms that move or branch out.",
        Demand "Demand: scenarios opened to suppliers.",
    }
    "Which way a relation carries." FlowDirection as "FlowDirection" {
        Forward "From `from` to `to`.", Backward "From `to` to `from`.", Both "Either way.", None "It carries nothing.",
        Unstated "It carries, but which way is not stated; walked only when asked for.",
    }
    "What drives a relation." Driver as "Driver" {
        Administrative "Administration.", Market "The market.", Hybrid "Both.", Unstated "Not stated.",
    }
    "The five families of measures." ProgramFamily as "ProgramFamily" {
        Platform "Building platforms together.", Talent "Sharing talent.", Capital "Pooling capital.",
        Sharing "Sharing cost and yield.", Service "Public services.",
    }
    "How far a project has come." ProjectStage as "ProjectStage" {
        InTalks "Contacts only.", Docked "Matched with a partner.", Invested "A fund put money in.",
        Supported "A programme supported it.", Introduced "Brought to the place.", Landed "At work in the place.",
    }
    "Which relation says what region an entity is of." RegionRole as "RegionRole" {
        Located "The target of its LOCATED_IN; where it has none, that of the park it is hosted at.",
        Governed "The target of its GOVERNED_BY.", Origin "The origin of its ORIGINATES.",
    }
    "How a source gives an amount." Qualifier as "Qualifier" {
        Exact "Just so.", Rounded "Rounded by the source.", MoreThan "Strictly more than the lower end (超, 余).",
        Range "From the lower end to the upper.", Qualitative "In words only.", Unknown "Not stated.",
        None "Known to be nothing.",
    }
    "How an amount relates to time." Measure as "Measure" {
        Stock "At one time.", Flow "In one period.", Cumulative "Since the beginning.", Rule "As a rule says.",
        Change "The change of another amount.",
    }
    "What an amount is worth as a fact. Amounts of different status are never added." QuantityStatus as "QuantityStatus" {
        Realised "It happened.", Promised "It was promised.", Claimed "It is said to be an effect.",
    }
    "How a source says it." Assertion as "Assertion" {
        Stated "In so many words.", Implied "By what it says.", Computed "Computed from what it says.",
        Normative "As what ought to be.", Superlative "As the first or best of its kind.",
    }
    "How far a statement can be relied on." Reliability as "Reliability" {
        SelfReported "The source speaks of itself.", Independent "The source has no part in it.",
        Audited "An auditor checked it.", Synthetic "It is made up.",
    }
    "Which of several statements counts." Rank as "Rank" {
        Preferred "It counts alone.", Normal "It counts.", Deprecated "It is kept and does not count.",
    }
    "What part of the world a data set covers." Coverage as "Coverage" {
        Census "All of it.", Sample "A part that stands for the rest.",
        SingleDocument "What one document says: indicators describe the document.",
    }
    "Relations seen from an entity." Direction as "Direction" {
        Out "Those that begin there.", In "Those that end there.", Both "Both.",
    }
    "What a name is." NameRole as "NameRole" {
        Official "The name it goes by in law or in its own documents.", Alias "Another name in use.",
        Abbreviation "A short form.", Transliteration "The sound of a name in another script.",
    }
    "What a rule rules." RuleType as "RuleType" {
        Allocation "How a sum is divided.", CoInvest "Who puts in which part.", Reinvest "What must be put in again.",
    }
    "What became of a record." ChangeAction as "ChangeAction" {
        Created "It is new.", Updated "It is another, or has other evidence.", Deleted "It is gone.",
        Merged "Its id stands for another from then on, see `mergedInto`.",
    }
    "What a claim is." ClaimType as "ClaimType" {
        Problem "Something that goes wrong.", Lesson "Something to learn.", Finding "Something found.",
    }
    "What a list of entities is sorted by; every order ends with the id." EntityOrderField as "EntityOrderField" {
        Id "The id, as bytes.", Name "The name: Chinese by its pinyin, all in one alphabet.", Kind "The kind's spelling.",
        Degree "How many relations it has.", RecordedAt "When it was last written.",
    }
    "What is measured of regions." IndicatorCode as "IndicatorCode" {
        Fragmentation "One row for all the regions together: the part of all pairs of members that no chain of ties joins, 0 to 1.",
        EiIndex "One row a region: (E − I) / (E + I), ties to other regions against ties inside; −1 to 1.",
        StructureSimilarity "One row a pair of regions: Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²) over the industries' shares; 0 to 1, the same proportions.",
        Krugman "One row a pair of regions: Σ |sᵢ − tᵢ| over the industries' parts; 0, the same, to 2.",
        LocationQuotient "One row a region and industry: the industry's part there over its part in all the regions given.",
        MarketDriveCount "One row for all the regions together: of the ties whose driver is stated, the part that the market drives.",
        MarketDriveAmount "The same by amount: realised capital, in yuan, known as one number.",
    }
    "What entities are grouped by." GroupKey as "GroupKey" {
        Kind "The kind.", Region "The regions they lie in.", Industry "The industries they are in.", Tag "The tags.",
        Family "The family of programmes.", Stage "The stage of projects.", Dataset "The data sets.",
    }
    "Whether facts without a date count when a date is asked for." UndatedFacts as "UndatedFacts" {
        Include "They do.", Exclude "Relations without a date are left out.",
    }
    "Whether the resource may change along a path." Conversion as "Conversion" {
        None "One path carries one resource.", Any "It may change at any step.",
    }
    "What came of checking a rule." RuleStatus as "RuleStatus" {
        Within "The recorded amounts keep to it.", Outside "They do not.", Undetermined "It cannot be told; `reason` says why.",
    }
    "Which of the paths are kept." TraceMode as "TraceMode" {
        All "All of them.", Shortest "For each pair of source and target the first in the order.",
    }
    "Why nothing is known to lead on from an entity." DeadEndReason as "DeadEndReason" {
        NoOutgoing "No relation that carries anything leads out of it.",
        DirectionUnstated "Of a relation it is not stated which way it carries.",
        ResourceUnstated "Of a relation it is not stated what it carries.",
        OtherResource "A relation carries something else.",
        NotValid "A relation, or what it leads to, is not valid at the date.",
        BeyondLength "A relation leads on, and the path is as long as it may be.",
        Filtered "The question leaves a relation out, or what it leads to.", ReturnsOnly "What leads out goes back.",
    }
    "At which end uncertain amounts are taken. Attribution is not monotone in its inputs, so that a scenario bounds nothing but its own network." Scenario as "Scenario" {
        Lower "At the lower; an unknown amount is nothing.", Upper "At the upper; an amount without one stays unknown.",
    }
    "What is assumed of unknown amounts." Assumption as "Assumption" {
        EqualSplit "What an entity takes in and is not known to give elsewhere goes in equal parts along its relations of unknown amount.",
    }
    "What bounds are worth." BoundsKind as "BoundsKind" {
        Exact "Each end is reached by some mixing.",
        Outer "The amount lies between them; whether an end can be reached is not known.",
    }
    "Where what does not come from the sources comes from." OriginKind as "OriginKind" {
        Other "From an entity that was not picked.",
        Unexplained "From a conduit, which must have it from someone: from whom is not known.",
    }
    "What is not known of a fact on which a flow rests." MissingReason as "MissingReason" {
        NoAmount "It has no amount.", UnknownAmount "Its amount is not stated.", BoundedAmount "Its amount lies between two numbers.",
        UnboundedAbove "Its amount is above a number.", NoDirection "Which way it carries.", NoResource "What it carries.",
        NoShare "Which part of an entity is in an industry.", NoUnit "In which unit its amount is.",
        Doubted "It has statements, but none that passes the filter.",
    }
    "Why an answer is not whole." TruncationReason as "TruncationReason" {
        WorkLimit "More relations were visited than the budget allows.", TimeLimit "It took longer than the budget allows.",
        RowLimit "More rows than may be kept.",
    }
}
