//! Change sets: the changes of one transaction, the records they write, and the lines of the change log. The log has
//! one line for each changed record, in the order of the changes; the change feed reads it.
//!
//! The types build on each other: a record and the [`Subject`] that refers to it, then the log ([`LogPosition`],
//! [`LogSubject`], [`LoggedChange`]), then the [`Change`]s, which can restore a log, and the [`ChangeSet`].

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};

use super::closed::closed_list;
use super::entity::{Entity, Properties};
use super::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use super::quantity::Quantity;
use super::record::{Dataset, Observation, Rule, Source};
use super::relation::Relation;
use super::statement::{Property, Statement, amount_known_from, amounts_stated};

/// The number of a committed state of the graph. Each committed change set makes the next one; the empty graph is at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A reference to a record, as a statement or a change has it: the record's type and its key.
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
    /// The name of its type, as the change log stores it.
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

/// A record of any type, without the statements that are its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A source. It is evidence itself, so it needs no statements.
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

    /// The subject that refers to it.
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
    /// The record with its amounts resolved by its statements; see [`Quantity::resolve`] and [`amount_known_from`].
    #[must_use]
    pub fn resolved(mut self, statements: &[Statement]) -> Self {
        let resolve = |quantity: &mut Option<Quantity>, property: Option<Property>| {
            let stated = amounts_stated(statements, property);
            *quantity = Quantity::resolve(quantity.take(), &stated).map(|quantity| {
                // An implicit amount is not in the record's row, but follows from statements alone.
                let is_in_row = !quantity.is_implicit();
                let known_from = amount_known_from(statements, property, is_in_row);
                quantity.known_since(known_from)
            });
        };
        match &mut self {
            Self::Relation(relation) => resolve(&mut relation.quantity, None),
            Self::Observation(observation) => {
                // An observation always has an amount, and resolving it never removes one.
                let mut quantity = Some(observation.quantity.clone());
                resolve(&mut quantity, None);
                if let Some(quantity) = quantity {
                    observation.quantity = quantity;
                }
            }
            Self::Entity(entity) => {
                resolve(&mut entity.size, Some(Property::Size));
                if let Properties::Fund {
                    committed, paid_in, ..
                } = &mut entity.properties
                {
                    resolve(committed, Some(Property::Committed));
                    resolve(paid_in, Some(Property::PaidIn));
                }
            }
            Self::Source(_) | Self::Rule(_) => {}
        }
        self
    }
}

/// The position of a line in the log: a total order, the same for every reader and after every restart. The default is the position
/// before the first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition {
    /// The number of the line. Numbers increase and are unique, but may have gaps.
    pub number: u64,
    /// The revision that wrote the line. If the line with this number has another revision, the position is of
    /// another log, as after the graph was replaced by a backup.
    pub revision: Revision,
}

/// The record or data set that a line of the log is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogSubject {
    /// A record.
    Record(Subject),
    /// A data set's own record: its title, license and access.
    Dataset(DatasetId),
}

impl LogSubject {
    /// Its key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Record(subject) => subject.as_str(),
            Self::Dataset(id) => id.as_str(),
        }
    }

    /// Its kind: `entity`, `relation`, `observation`, `rule`, `source` or `dataset`.
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Record(subject) => subject.kind_name(),
            Self::Dataset(_) => "dataset",
        }
    }

    /// The subject with a kind and key; none if the kind is unknown or the key is not valid for it.
    pub fn parse(kind: &str, key: &str) -> Option<Self> {
        Some(Self::Record(match kind {
            "entity" => Subject::Entity(EntityId::parse(key).ok()?),
            "relation" => Subject::Relation(RelationId::parse(key).ok()?),
            "observation" => Subject::Observation(ObservationId::parse(key).ok()?),
            "rule" => Subject::Rule(RuleId::parse(key).ok()?),
            "source" => Subject::Source(SourceId::parse(key).ok()?),
            "dataset" => return DatasetId::parse(key).ok().map(Self::Dataset),
            _ => return None,
        }))
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its position in the log.
    pub position: LogPosition,
    /// The time of the change.
    pub at: DateTime<Utc>,
    /// The name of the principal that made the change.
    pub by: String,
    /// The kind of change.
    pub action: ChangeAction,
    /// The changed record or data set.
    pub changed: LogSubject,
    /// The entity that the id redirects to after a merge; none for other actions.
    pub merged_into: Option<EntityId>,
    /// The data sets whose facts changed; see [`changed_datasets`](super::log_datasets::changed_datasets). Principals that can see none
    /// of them do not see the line.
    pub datasets: BTreeSet<DatasetId>,
}

impl LoggedChange {
    /// Whether it concerns one of these data sets. A line without data sets, from an older schema, concerns all.
    pub fn concerns_any(&self, datasets: &BTreeSet<DatasetId>) -> bool {
        self.datasets.is_empty() || !self.datasets.is_disjoint(datasets)
    }
}

/// One change of a [`ChangeSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a record with all its statements, replacing what was stored.
    Put {
        /// The record.
        record: Record,
        /// All its statements, from all data sets.
        statements: Vec<Statement>,
    },
    /// Deletes a record. Records that refer to it must be deleted in the same change set.
    Delete(Subject),
    /// Writes a data set's own record.
    Dataset(Dataset),
    /// Deletes a data set's own record. The same change set must have removed all its statements and its sources.
    DeleteDataset(DatasetId),
    /// Redirects the id of a merged entity to another entity.
    Redirect {
        /// The id merged away; its entity is deleted in the same change set.
        from: EntityId,
        /// The remaining entity.
        to: EntityId,
    },
    /// Sets the revision and the log of a graph that is restored into an empty store, in place of those that this
    /// change set would write. Must be the last change of its set.
    History {
        /// The revision.
        revision: Revision,
        /// All lines in order.
        log: Vec<LoggedChange>,
    },
}

/// The changes of one transaction, which is atomic. The service ensures that they are valid and consistent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// The name of the principal that wrote it.
    pub by: String,
    /// The time of the write.
    pub at: DateTime<Utc>,
    /// In the order in which they take effect.
    pub changes: Vec<Change>,
}

closed_list! {
    ChangeAction ["变更", "Change"]
        ["对一条记录做了什么。", "Action that changed a record."]
    {
        Created "CREATED" ["新建", "Created"] ["新建的记录。", "Creation of a record."],
        Updated "UPDATED" ["更新", "Updated"] ["内容或证据有更新。", "Change of a record or its evidence."],
        Deleted "DELETED" ["删除", "Deleted"] ["记录已删除。", "Deletion of a record."],
        Merged "MERGED" ["并入", "Merged"]
            ["并入另一记录，其编号从此指向后者，见 `mergedInto`。",
            "Merge of a record into another, to which its id redirects from then on; see `mergedInto`."],
    }
}
