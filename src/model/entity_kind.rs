//! The thirteen kinds of entity.

use crate::model::closed::closed_list;

/// One row for each kind: variant, spelling, id prefix, conduit, labels, descriptions. A conduit passes on what it receives, so its
/// location says nothing about the origin of a resource.
macro_rules! entity_kinds {
    ($then:ident) => {
        $then! {
            Region "REGION" "region" false ["地区", "Region"] ["地方或行政区划。", "A place or administrative area."],
            Industry "INDUSTRY" "industry" false ["产业", "Industry"] ["产业门类。", "A branch of industry."],
            Park "PARK" "park" false ["园区", "Park"] ["高新区、飞地园区或科技园。", "A high-tech zone, enclave park or science park."],
            University "UNIVERSITY" "university" false ["高校", "University"] ["高等学校。", "A university."],
            Lab "LAB" "lab" true ["研发平台", "Lab"] ["联合实验室、研究院或培养基地。", "A joint lab, research institute or training base."],
            Facility "FACILITY" "facility" false ["科研设施", "Facility"] ["共享科研设施、算力中心或网络。", "A shared scientific facility, computing center or network."],
            Fund "FUND" "fund" true ["基金", "Fund"] ["联合基金、母基金、子基金、天使基金等。", "A joint fund, fund of funds, sub-fund or angel fund."],
            Expert "EXPERT" "expert" false ["专家", "Expert"] ["一位专家或一个专家库。", "A person or a pool of experts."],
            Project "PROJECT" "project" true ["项目", "Project"] ["一个项目或一组项目。", "A project or a cohort of projects."],
            Company "COMPANY" "company" false ["企业", "Company"] ["企业。", "A company."],
            Organization "ORGANIZATION" "organization" false ["机构", "Organization"] ["政府部门、基金管理人、协会或研究机构。", "A government body, fund manager, association or institute."],
            Program "PROGRAM" "program" true ["机制", "Program"] ["机制或政策。", "A program: a mechanism or policy."],
            Claim "CLAIM" "claim" false ["论断", "Claim"] ["来源所述的问题、启示或结论。", "A problem, a lesson or a finding that a source states."],
        }
    };
}
pub(crate) use entity_kinds;

macro_rules! define_kinds {
    ($($kind:ident $name:literal $prefix:literal $conduit:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?) => {
        closed_list! {
            EntityKind ["实体类别", "Entity kind"] ["十三种实体之一。", "Kind of entity, one of thirteen."] {
                $($kind $name [$zh, $en] [$about_zh, $about_en]),+
            }
        }

        impl EntityKind {
            /// The part of an id before the colon.
            pub const fn prefix(self) -> &'static str {
                match self { $(Self::$kind => $prefix),+ }
            }
            /// The kind whose ids begin with `prefix`.
            pub fn from_prefix(prefix: &str) -> Option<Self> {
                match prefix { $($prefix => Some(Self::$kind),)+ _ => None }
            }
            /// Whether it passes on what it receives, so that its location says nothing about the origin of a resource.
            pub const fn is_conduit(self) -> bool {
                match self { $(Self::$kind => $conduit),+ }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_order_of_their_ids() {
        let mut sorted = EntityKind::ALL.to_vec();
        sorted.sort_by_key(|kind| format!("{}:", kind.prefix()));
        assert_eq!(sorted, EntityKind::BY_PREFIX);
    }
}
