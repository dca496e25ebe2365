//! Entities: the nodes of the graph, of thirteen kinds, and what each kind has of its own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::EntityId;
use super::period::Validity;
use super::quantity::Quantity;

/// One row a kind: variant, spelling, prefix of ids, conduit, labels, descriptions. A conduit passes on what it
/// takes in, so that its seat says nothing of where a resource came from.
macro_rules! entity_kinds {
    ($then:ident) => {
        $then! {
            Region "REGION" "region" false ["地区", "Region"] ["地方或行政区划", "A place or administrative area"],
            Industry "INDUSTRY" "industry" false ["产业", "Industry"] ["产业门类", "A branch of industry"],
            Park "PARK" "park" false ["园区", "Park"] ["高新区、飞地园区或科技园", "A high-tech zone, enclave park or science park"],
            University "UNIVERSITY" "university" false ["高校", "University"] ["高等学校", "A university"],
            Lab "LAB" "lab" true ["研发平台", "Lab"] ["联合实验室、研究院或培养基地", "A joint lab, research institute or training base"],
            Facility "FACILITY" "facility" false ["科研设施", "Facility"] ["共享科研设施、算力中心或网络", "A shared scientific facility, computing centre or network"],
            Fund "FUND" "fund" true ["基金", "Fund"] ["联合基金、母基金、子基金、天使基金等", "A joint fund, fund of funds, sub-fund or angel fund"],
            Expert "EXPERT" "expert" false ["专家", "Expert"] ["一位专家或一个专家库", "A person, or a pool of them"],
            Project "PROJECT" "project" true ["项目", "Project"] ["一个项目或一组项目", "A project, or a cohort of them"],
            Company "COMPANY" "company" false ["企业", "Company"] ["企业", "A company"],
            Organization "ORGANIZATION" "organization" false ["机构", "Organization"] ["政府部门、基金管理人、协会或研究机构", "A government body, fund manager, association or institute"],
            Program "PROGRAM" "program" true ["机制", "Program"] ["机制或政策", "A mechanism or policy"],
            Claim "CLAIM" "claim" false ["论断", "Claim"] ["来源所述的问题、启示或结论", "A problem, a lesson or a finding that a source states"],
        }
    };
}
pub(crate) use entity_kinds;

macro_rules! define_kinds {
    ($($kind:ident $name:literal $prefix:literal $conduit:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?) => {
        closed_list! {
            /// One of the thirteen kinds of entity.
            EntityKind { $(#[doc = $about_en] $kind $name),+ }
        }

        impl EntityKind {
            /// What stands before the colon of an id.
            pub const fn prefix(self) -> &'static str {
                match self { $(Self::$kind => $prefix),+ }
            }
            /// The kind whose ids begin with `prefix`.
            pub fn from_prefix(prefix: &str) -> Option<Self> {
                match prefix { $($prefix => Some(Self::$kind),)+ _ => None }
            }
            /// Whether it passes on what it takes in: its seat says nothing of a resource's origin.
            pub const fn is_conduit(self) -> bool {
                match self { $(Self::$kind => $conduit),+ }
            }
            /// Its label, Chinese and English.
            pub const fn label(self) -> [&'static str; 2] {
                match self { $(Self::$kind => [$zh, $en]),+ }
            }
            /// What it is, Chinese and English.
            pub const fn description(self) -> [&'static str; 2] {
                match self { $(Self::$kind => [$about_zh, $about_en]),+ }
            }
        }
    };
}
entity_kinds!(define_kinds);

impl EntityKind {
    /// The prefixes of all kinds, for messages.
    pub fn prefixes() -> String {
        Self::ALL
            .iter()
            .map(|kind| kind.prefix())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The kinds in the order of their ids as bytes.
    pub const BY_PREFIX: [Self; 13] = [
        Self::Claim,
        Self::Company,
        Self::Expert,
        Self::Facility,
        Self::Fund,
        Self::Industry,
        Self::Lab,
        Self::Organization,
        Self::Park,
        Self::Program,
        Self::Project,
        Self::Region,
        Self::University,
    ];

    /// The unit in which members of a cohort of this kind are counted.
    pub const fn member_unit(self) -> &'static str {
        match self {
            Self::Expert => "PERSON",
            other => other.name(),
        }
    }
}

closed_list! {
    /// What a name is.
    NameRole {
        /// The name it goes by in law or in its own documents.
        Official "OFFICIAL",
        /// Another name in use.
        Alias "ALIAS",
        /// A short form.
        Abbreviation "ABBREVIATION",
        /// The sound of a name in another script.
        Transliteration "TRANSLITERATION",
    }
}

closed_list! {
    /// The five families of measures.
    ProgramFamily {
        /// Building platforms together.
        Platform "PLATFORM",
        /// Sharing talent.
        Talent "TALENT",
        /// Pooling capital.
        Capital "CAPITAL",
        /// Sharing cost and yield.
        Sharing "SHARING",
        /// Public services.
        Service "SERVICE",
    }
}

closed_list! {
    /// How far a project has come.
    ProjectStage {
        /// Contacts only.
        InTalks "IN_TALKS",
        /// Matched with a partner.
        Docked "DOCKED",
        /// A fund put money in.
        Invested "INVESTED",
        /// A programme supported it.
        Supported "SUPPORTED",
        /// Brought to the place.
        Introduced "INTRODUCED",
        /// At work in the place.
        Landed "LANDED",
    }
}

closed_list! {
    /// What a claim is.
    ClaimType {
        /// Something that goes wrong.
        Problem "PROBLEM",
        /// Something to learn.
        Lesson "LESSON",
        /// Something found.
        Finding "FINDING",
    }
}

/// A name in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The name, as it is written.
    pub value: String,
    /// A BCP 47 language tag: `zh`, `en`.
    pub lang: String,
    /// What the name is.
    pub role: NameRole,
}

/// A key in a register elsewhere: `ror`, `wikidata`, `gbt2260`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId {
    /// The register.
    pub scheme: String,
    /// The key there.
    pub value: String,
}

/// A point on the earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Centroid {
    /// −180 … 180.
    pub longitude: Decimal,
    /// −90 … 90.
    pub latitude: Decimal,
}

/// What each kind has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Properties {
    /// Of a region.
    Region {
        /// The administrative level.
        level: Option<String>,
        /// Its middle.
        centroid: Option<Centroid>,
    },
    /// Of an industry.
    Industry {
        /// The classification: `GB/T 4754`, `SEI`, `LABEL`.
        scheme: Option<String>,
        /// The code in it.
        code: Option<String>,
    },
    /// Of a park.
    Park {
        /// High-tech zone, enclave, science park.
        park_type: Option<String>,
        /// National, provincial …
        level: Option<String>,
    },
    /// Of a university: nothing.
    University,
    /// Of a lab.
    Lab {
        /// Joint lab, institute, training base.
        lab_type: Option<String>,
    },
    /// Of a facility.
    Facility {
        /// Computing centre, network …
        facility_type: Option<String>,
        /// What it can do, as the source says.
        capacity: Option<String>,
    },
    /// Of a fund.
    Fund {
        /// Joint, fund of funds, angel …
        fund_type: Option<String>,
        /// What was promised to it.
        committed: Option<Quantity>,
        /// What was paid into it.
        paid_in: Option<Quantity>,
    },
    /// Of an expert.
    Expert {
        /// The class of title.
        title_class: Option<String>,
        /// Fields of work.
        fields: Vec<String>,
        /// Personal data: shown only to roles that may see it.
        contact: Option<String>,
    },
    /// Of a project.
    Project {
        /// How far it has come.
        stage: Option<ProjectStage>,
    },
    /// Of a company.
    Company {
        /// Where it is listed.
        listing_board: Option<String>,
    },
    /// Of an organization.
    Organization {
        /// Government body, fund manager …
        org_type: Option<String>,
    },
    /// Of a programme.
    Program {
        /// Its family of measures.
        family: Option<ProgramFamily>,
    },
    /// Of a claim.
    Claim {
        /// Problem, lesson or finding.
        claim_type: Option<ClaimType>,
    },
}

impl Properties {
    /// The properties of a kind with nothing known.
    pub fn empty(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Region => Self::Region {
                level: None,
                centroid: None,
            },
            EntityKind::Industry => Self::Industry {
                scheme: None,
                code: None,
            },
            EntityKind::Park => Self::Park {
                park_type: None,
                level: None,
            },
            EntityKind::University => Self::University,
            EntityKind::Lab => Self::Lab { lab_type: None },
            EntityKind::Facility => Self::Facility {
                facility_type: None,
                capacity: None,
            },
            EntityKind::Fund => Self::Fund {
                fund_type: None,
                committed: None,
                paid_in: None,
            },
            EntityKind::Expert => Self::Expert {
                title_class: None,
                fields: Vec::new(),
                contact: None,
            },
            EntityKind::Project => Self::Project { stage: None },
            EntityKind::Company => Self::Company { listing_board: None },
            EntityKind::Organization => Self::Organization { org_type: None },
            EntityKind::Program => Self::Program { family: None },
            EntityKind::Claim => Self::Claim { claim_type: None },
        }
    }

    /// The kind they are of.
    pub fn kind(&self) -> EntityKind {
        match self {
            Self::Region { .. } => EntityKind::Region,
            Self::Industry { .. } => EntityKind::Industry,
            Self::Park { .. } => EntityKind::Park,
            Self::University => EntityKind::University,
            Self::Lab { .. } => EntityKind::Lab,
            Self::Facility { .. } => EntityKind::Facility,
            Self::Fund { .. } => EntityKind::Fund,
            Self::Expert { .. } => EntityKind::Expert,
            Self::Project { .. } => EntityKind::Project,
            Self::Company { .. } => EntityKind::Company,
            Self::Organization { .. } => EntityKind::Organization,
            Self::Program { .. } => EntityKind::Program,
            Self::Claim { .. } => EntityKind::Claim,
        }
    }
}

/// One node of the graph. Its statements are kept beside it and read when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its key.
    pub id: EntityId,
    /// At least one.
    pub names: Vec<Name>,
    /// A sentence on what it is.
    pub description: Option<String>,
    /// Free labels, sorted, each once.
    pub tags: Vec<String>,
    /// Keys elsewhere, sorted, each once.
    pub external_ids: Vec<ExternalId>,
    /// Ids of entities merged into this one, sorted.
    pub former_ids: Vec<EntityId>,
    /// How many it stands for: set for a cohort.
    pub size: Option<Quantity>,
    /// When it was.
    pub validity: Validity,
    /// What its kind has of its own; of the kind that `id` names.
    pub properties: Properties,
    /// When it was last written.
    pub recorded_at: DateTime<Utc>,
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> EntityKind {
        self.id.kind()
    }

    /// The name in a language: official first, then any of that language, then any official, then the first.
    pub fn name(&self, lang: &str) -> &str {
        let best = self.names.iter().min_by_key(|name| {
            (
                name.lang != lang,
                name.role != NameRole::Official,
                name.role == NameRole::Transliteration,
            )
        });
        best.map_or(self.id.as_str(), |name| name.value.as_str())
    }

    /// Its stage, where it is a project that has one.
    pub fn stage(&self) -> Option<ProjectStage> {
        match self.properties {
            Properties::Project { stage } => stage,
            _ => None,
        }
    }

    /// Its family, where it is a programme that has one.
    pub fn family(&self) -> Option<ProgramFamily> {
        match self.properties {
            Properties::Program { family } => family,
            _ => None,
        }
    }
}

/// An entity shared between readers.
pub type SharedEntity = Arc<Entity>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_order_of_their_ids() {
        let mut sorted = EntityKind::ALL.to_vec();
        sorted.sort_by_key(|kind| format!("{}:", kind.prefix()));
        assert_eq!(sorted, EntityKind::BY_PREFIX);
    }

    #[test]
    fn empty_properties_are_of_their_kind() {
        for kind in EntityKind::ALL {
            assert_eq!(Properties::empty(*kind).kind(), *kind);
            assert_eq!(EntityKind::from_prefix(kind.prefix()), Some(*kind));
            assert_eq!(EntityKind::parse(kind.name()), Some(*kind));
        }
    }
}
