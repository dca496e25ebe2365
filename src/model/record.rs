//! Sources, data sets, observations and rules: the records beside entities and relations.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::{DatasetId, EntityId, ObservationId, RuleId, SourceId};
use super::partial_date::PartialDate;
use super::period::Period;
use super::quantity::Quantity;

/// A document that statements cite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key.
    pub id: SourceId,
    /// Its title.
    pub title: String,
    /// Its authors.
    pub authors: Vec<String>,
    /// The affiliation of the authors.
    pub affiliation: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// The date of publication, if known.
    pub published_on: Option<PartialDate>,
    /// A BCP 47 language tag.
    pub language: Option<String>,
    /// The license.
    pub licence: Option<String>,
    /// The hash of the file, in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// The web address.
    pub url: Option<String>,
    /// The data sets that list it, sorted.
    pub datasets: Vec<DatasetId>,
}

closed_list! {
    Coverage ["覆盖范围", "Coverage"]
        ["一个数据集覆盖了现实的多大部分。", "Part of the world that a data set covers."]
    {
        Census "CENSUS" ["全覆盖", "Census"] ["覆盖全部对象。", "All objects in the scope of the data set."],
        Sample "SAMPLE" ["样本", "Sample"] ["能代表全体的一部分。", "Part that represents the whole."],
        SingleDocument "SINGLE_DOCUMENT" ["单一文献", "Single document"]
            ["仅限一份文献所述：指标描述的是该文献。",
            "Facts from one document only; indicators describe that document."],
    }
}

closed_list! {
    Access ["可见范围", "Access"]
        ["谁可以看到一个数据集。", "Visibility of a data set."]
    {
        Public "public" ["公开", "Public"] ["有读取权限者均可见。", "Visible to every principal that may read."],
        Restricted "restricted" ["受限", "Restricted"] ["只有获授权者可见。", "Visible only to principals to whom it was granted."],
    }
}

/// A set of rows from one publisher, with its own access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its key.
    pub id: DatasetId,
    /// Its title.
    pub title: String,
    /// The license.
    pub licence: String,
    /// Whether it was made up for testing.
    pub synthetic: bool,
    /// Its coverage.
    pub coverage: Coverage,
    /// Its access.
    pub access: Access,
    /// The time of the last import.
    pub imported_at: Option<DateTime<Utc>>,
}

/// A measured or stated figure about an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its key.
    pub id: ObservationId,
    /// The entity.
    pub entity: EntityId,
    /// The indicator, such as `COMMUTERS_GROWTH`.
    pub indicator: String,
    /// The amount.
    pub quantity: Quantity,
    /// The period.
    pub period: Option<Period>,
}

closed_list! {
    RuleType ["规则类型", "Rule type"]
        ["规则约束的内容。", "Subject of a rule."]
    {
        Allocation "ALLOCATION" ["分配规则", "Allocation"] ["一笔金额如何分配。", "Division of a sum among parties."],
        CoInvest "CO_INVEST" ["共同出资规则", "Co-investment"] ["各方各出多少。", "Part that each party contributes."],
        Reinvest "REINVEST" ["返投要求", "Local reinvestment requirement"]
            ["必须投回约定地区的部分。",
            "Part that must be reinvested in an agreed place."],
    }
}

/// A rule for dividing or matching an amount; it is never walked as a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its key.
    pub id: RuleId,
    /// The program or fund that it belongs to.
    pub bearer: EntityId,
    /// Its type.
    pub rule_type: RuleType,
    /// The base that is divided, in words.
    pub base: Option<String>,
    /// The parts in order; at least one.
    pub parts: Vec<RulePart>,
}

impl Rule {
    /// Its bearer, then the parties that are entities.
    pub fn named_entities(&self) -> impl Iterator<Item = &EntityId> {
        let parties = self.parts.iter().filter_map(|part| part.party.as_ref());
        std::iter::once(&self.bearer).chain(parties)
    }

    /// The parts as weights, if `lower` and `upper` are equal in each.
    pub fn weights(&self) -> Option<Vec<Decimal>> {
        let weight = |part: &RulePart| part.lower.filter(|_| part.lower == part.upper);
        self.parts.iter().map(weight).collect()
    }
}

/// The part of one party. If `lower` and `upper` are equal in every part, they are weights, otherwise fractions of 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePart {
    /// The party, if it is an entity.
    pub party: Option<EntityId>,
    /// The party in words; an unnamed party has neither.
    pub label: Option<String>,
    /// The lower bound, if stated.
    pub lower: Option<Decimal>,
    /// The upper bound, if stated.
    pub upper: Option<Decimal>,
}
