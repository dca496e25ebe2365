//! Changes: what a commit writes, and the log it leaves.

use std::fmt;

use chrono::{DateTime, Utc};

use super::closed::closed_list;
use super::entity::{Entity, Properties};
use super::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use super::log::LoggedChange;
use super::quantity::Quantity;
use super::record::{Dataset, Observation, Rule, Source};
use super::relation::Relation;
use super::statement::{Property, Statement, amount_known_from, amounts_stated};

/// The number of a committed change of the graph; the empty graph is at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a statement, or a change, is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// An entity.
    Entity(EntityId),
    /// A relation.
    Relation(RelationId),
    /// An observation.
    Observation(ObservationId),
    /// A rule.
    Rule(RuleId),
    /// A source.
    Source(SourceId),
}

impl Subject {
    /// Its key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Entity(id) => id.as_str(),
            Self::Relation(id) => id.as_str(),
            Self::Observation(id) => id.as_str(),
            Self::Rule(id) => id.as_str(),
            Self::Source(id) => id.as_str(),
        }
    }
}

impl Subject {
    /// What it is, as the change log says.
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Entity(_) => "entity",
            Self::Relation(_) => "relation",
            Self::Observation(_) => "observation",
            Self::Rule(_) => "rule",
            Self::Source(_) => "source",
        }
    }
}

/// A record with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A source; it is evidence and needs none.
    Source(Source),
    /// An entity.
    Entity(Entity),
    /// A relation.
    Relation(Relation),
    /// An observation.
    Observation(Observation),
    /// A rule.
    Rule(Rule),
}

impl Record {
    /// Its key.
    pub fn key(&self) -> &str {
        match self {
            Self::Source(source) => source.id.as_str(),
            Self::Entity(entity) => entity.id.as_str(),
            Self::Relation(relation) => relation.id.as_str(),
            Self::Observation(observation) => observation.id.as_str(),
            Self::Rule(rule) => rule.id.as_str(),
        }
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Source(source) => Subject::Source(source.id.clone()),
            Self::Entity(entity) => Subject::Entity(entity.id.clone()),
            Self::Relation(relation) => Subject::Relation(relation.id.clone()),
            Self::Observation(observation) => Subject::Observation(observation.id.clone()),
            Self::Rule(rule) => Subject::Rule(rule.id.clone()),
        }
    }
}

impl Record {
    /// The record with its amounts as statements make of them; see [`Quantity::resolve`] and [`amount_known_from`].
    #[must_use]
    pub fn resolved(mut self, statements: &[Statement]) -> Self {
        let settle = |quantity: &mut Option<Quantity>, property: Option<Property>| {
            let stated = amounts_stated(statements, property);
            *quantity = Quantity::resolve(quantity.take(), &stated).map(|quantity| {
                let known_from = amount_known_from(statements, property, !quantity.is_implicit());
                quantity.known_since(known_from)
            });
        };
        match &mut self {
            Self::Relation(relation) => settle(&mut relation.quantity, None),
            Self::Observation(observation) => {
                let mut quantity = Some(observation.quantity.clone());
                settle(&mut quantity, None);
                if let Some(quantity) = quantity {
                    observation.quantity = quantity;
                }
            }
            Self::Entity(entity) => {
                settle(&mut entity.size, Some(Property::Size));
                if let Properties::Fund {
                    committed, paid_in, ..
                } = &mut entity.properties
                {
                    settle(committed, Some(Property::Committed));
                    settle(paid_in, Some(Property::PaidIn));
                }
            }
            Self::Source(_) | Self::Rule(_) => {}
        }
        self
    }
}

/// One change of a [`ChangeSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a record whole, with all the statements it has from then on.
    Put {
        /// The record.
        record: Record,
        /// All its statements, from all data sets.
        statements: Vec<Statement>,
    },
    /// Takes a record away. What refers to it must be taken away in the same change set.
    Delete(Subject),
    /// Writes a data set's own record.
    Dataset(Dataset),
    /// Takes a data set's own record away. No record has a statement of it from then on, and no source is listed by it.
    DeleteDataset(DatasetId),
    /// An id that is from now on another entity's.
    Redirect {
        /// The id merged away; its entity is deleted in the same change set.
        from: EntityId,
        /// The entity kept.
        to: EntityId,
    },
    /// Of a graph that is restored into an empty store: its revision and its log, in place of those that this change set would
    /// make. The last of its change set.
    History {
        /// The revision.
        revision: Revision,
        /// Every line, in its order.
        log: Vec<LoggedChange>,
    },
}

/// What one commit writes, all or nothing. Its parts are valid and fit each other; the service sees to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// In the order in which they take effect.
    pub changes: Vec<Change>,
}

closed_list! {
    ChangeAction ["变更", "Change"]
        ["对一条记录做了什么。", "What happened to a record."]
    {
        Created "CREATED" ["新建", "Created"] ["新建的记录。", "The record is new."],
        Updated "UPDATED" ["更新", "Updated"] ["内容或证据有更新。", "The record or its evidence changed."],
        Deleted "DELETED" ["删除", "Deleted"] ["记录已删除。", "The record is gone."],
        Merged "MERGED" ["并入", "Merged"]
            ["并入另一记录，其编号从此指向后者，见 `mergedInto`。",
            "The record became part of another, to which its id leads from then on; see `mergedInto`."],
    }
}
