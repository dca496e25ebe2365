//! Sources, data sets, observations and rules: the records beside entities and relations.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::{DatasetId, EntityId, ObservationId, RuleId, SourceId};
use super::period::{PartialDate, Period};
use super::quantity::Quantity;

/// A document that states facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key.
    pub id: SourceId,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Whom they work for.
    pub affiliation: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// When; none where it is not known.
    pub published_on: Option<PartialDate>,
    /// A BCP 47 language tag.
    pub language: Option<String>,
    /// On what terms it may be used.
    pub licence: Option<String>,
    /// The hash of the file, in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// The data sets that list it, sorted.
    pub datasets: Vec<DatasetId>,
}

closed_list! {
    Coverage ["覆盖范围", "Coverage"]
        ["一个数据集覆盖了现实的多大部分。", "Part of the world that a data set covers."]
    {
        Census "CENSUS" ["全覆盖", "Census"] ["覆盖全部对象。", "All of it."],
        Sample "SAMPLE" ["样本", "Sample"] ["能代表全体的一部分。", "A part that stands for the rest."],
        SingleDocument "SINGLE_DOCUMENT" ["单一文献", "Single document"]
            ["仅限一份文献所述：指标描述的是该文献。",
            "What one document says: indicators describe the document."],
    }
}

closed_list! {
    Access ["可见范围", "Access"]
        ["谁可以看到一个数据集。", "Who may see a data set."]
    {
        Public "public" ["公开", "Public"] ["有读取权限者均可见。", "Everyone who may read."],
        Restricted "restricted" ["受限", "Restricted"] ["只有获授权者可见。", "Only principals to whom it was granted."],
    }
}

/// A named set of facts with a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its key.
    pub id: DatasetId,
    /// Its title.
    pub title: String,
    /// On what terms it may be used.
    pub licence: String,
    /// Whether it is made up.
    pub synthetic: bool,
    /// What part of the world it covers.
    pub coverage: Coverage,
    /// Who may see it.
    pub access: Access,
    /// When it was last imported.
    pub imported_at: Option<DateTime<Utc>>,
}

/// A quantity of an entity that is no flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its key.
    pub id: ObservationId,
    /// Of whom.
    pub entity: EntityId,
    /// What was observed: `COMMUTERS_GROWTH`.
    pub indicator: String,
    /// How much.
    pub quantity: Quantity,
    /// When.
    pub period: Option<Period>,
}

closed_list! {
    RuleType ["规则类型", "Rule type"]
        ["规则约束的内容。", "What a rule governs."]
    {
        Allocation "ALLOCATION" ["分配规则", "Allocation"] ["一笔金额如何分配。", "How a sum is divided."],
        CoInvest "CO_INVEST" ["共同出资规则", "Co-investment"] ["各方各出多少。", "Which part each party puts in."],
        Reinvest "REINVEST" ["返投要求", "Local reinvestment requirement"]
            ["必须投回约定地区的部分。",
            "What must be invested back locally."],
    }
}

/// How things are to be shared; never walked as a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its key.
    pub id: RuleId,
    /// The programme or fund it belongs to.
    pub bearer: EntityId,
    /// What it rules.
    pub rule_type: RuleType,
    /// What is divided, in words.
    pub base: Option<String>,
    /// In order; at least one.
    pub parts: Vec<RulePart>,
}

impl Rule {
    /// The entities that it names: its bearer first, then the parties that are entities.
    pub fn named(&self) -> impl Iterator<Item = &EntityId> {
        let parties = self.parts.iter().filter_map(|part| part.party.as_ref());
        std::iter::once(&self.bearer).chain(parties)
    }

    /// The parts as weights: where `lower` and `upper` are equal in every one of them.
    pub fn weights(&self) -> Option<Vec<Decimal>> {
        let weight = |part: &RulePart| part.lower.filter(|_| part.lower == part.upper);
        self.parts.iter().map(weight).collect()
    }
}

/// One party's part. Weights where `lower` and `upper` are equal in every part, else fractions of 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePart {
    /// Who, where it is an entity.
    pub party: Option<EntityId>,
    /// Who, in words; unnamed parties have both none.
    pub label: Option<String>,
    /// The least; none where it is not stated.
    pub lower: Option<Decimal>,
    /// The most; none where it is not stated.
    pub upper: Option<Decimal>,
}
