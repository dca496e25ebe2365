//! The properties that each kind of entity has.

use rust_decimal::Decimal;

use super::EntityKind;
use crate::model::closed::closed_list;
use crate::model::quantity::Quantity;

closed_list! {
    ProgramFamily ["机制类型", "Program family"]
        ["机制的五种类型。", "Family of programs, one of five."]
    {
        Platform "PLATFORM" ["平台共建", "Platforms"] ["共建研发与创新平台。", "Joint building of research and innovation platforms."],
        Talent "TALENT" ["人才共用", "Talent"] ["共用人才。", "Sharing of talent."],
        Capital "CAPITAL" ["资金共投", "Capital"] ["汇集资金、共同投资。", "Pooling of capital and joint investment."],
        Sharing "SHARING" ["成本利益共享", "Cost and yield sharing"] ["成本共担、利益共享。", "Sharing of costs and benefits."],
        Service "SERVICE" ["服务协同", "Services"] ["协同提供公共服务。", "Joint provision of public services."],
    }
}

closed_list! {
    ProjectStage ["项目阶段", "Project stage"]
        ["项目进展到哪一步。", "Stage that a project has reached."]
    {
        InTalks "IN_TALKS" ["接洽", "In talks"] ["仅有接触。", "Initial contact only."],
        Docked "DOCKED" ["已对接", "Matched"] ["已与合作方对接。", "Project matched with a partner."],
        Invested "INVESTED" ["已获投资", "Invested in"] ["已有基金投入。", "Project in which a fund has invested."],
        Supported "SUPPORTED" ["获支持", "Supported"] ["获某项机制支持。", "Project supported by a program."],
        Introduced "INTRODUCED" ["已引进", "Introduced"] ["已引进当地。", "Project brought to the place."],
        Landed "LANDED" ["已落地", "Landed"] ["已在当地运行。", "Project in operation in the place."],
    }
}

closed_list! {
    ClaimType ["论断类型", "Claim type"]
        ["论断的性质。", "Type of claim."]
    {
        Problem "PROBLEM" ["问题", "Problem"] ["存在的问题。", "Existing problem."],
        Lesson "LESSON" ["启示", "Lesson"] ["可供借鉴的启示。", "Lesson that others can use."],
        Finding "FINDING" ["结论", "Finding"] ["研究得出的结论。", "Result of a study."],
    }
}

/// A point on the earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Centroid {
    /// −180 … 180.
    pub longitude: Decimal,
    /// −90 … 90.
    pub latitude: Decimal,
}

/// The properties of an entity by its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Properties {
    /// Of a region.
    Region {
        /// The administrative level.
        level: Option<String>,
        /// Its centroid.
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
        /// Its capacity, in the words of the source.
        capacity: Option<String>,
    },
    /// Of a fund.
    Fund {
        /// Joint, fund of funds, angel …
        fund_type: Option<String>,
        /// The amount committed to it.
        committed: Option<Quantity>,
        /// The amount paid into it.
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
        /// Its stage.
        stage: Option<ProjectStage>,
    },
    /// Of a company.
    Company {
        /// The stock exchange board that lists it.
        listing_board: Option<String>,
    },
    /// Of an organization.
    Organization {
        /// Government body, fund manager …
        org_type: Option<String>,
    },
    /// Of a program.
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
    /// The properties of a kind, all unknown.
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

    /// The kind that has them.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_properties_are_of_their_kind() {
        for kind in EntityKind::ALL {
            assert_eq!(Properties::empty(*kind).kind(), *kind);
            assert_eq!(EntityKind::from_prefix(kind.prefix()), Some(*kind));
            assert_eq!(EntityKind::parse(kind.name()), Some(*kind));
        }
    }
}
