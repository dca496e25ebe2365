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
    /// What part of the world a data set covers.
    Coverage {
        /// All of it.
        Census "CENSUS",
        /// A part that stands for the rest.
        Sample "SAMPLE",
        /// What one document says: indicators describe the document.
        SingleDocument "SINGLE_DOCUMENT",
    }
}

closed_list! {
    /// Who may see a data set.
    Access {
        /// Everyone who may read.
        Public "public",
        /// Who was given it.
        Restricted "restricted",
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
    /// What a rule rules.
    RuleType {
        /// How a sum is divided.
        Allocation "ALLOCATION",
        /// Who puts in which part.
        CoInvest "CO_INVEST",
        /// What must be put in again.
        Reinvest "REINVEST",
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
