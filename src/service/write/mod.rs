//! Writing: drafts are checked against the newest graph and written all or nothing.
//!
//! One way in for all writers, so that an import and a mutation refuse the same things in the same words. What a batch
//! promises: every problem is reported, not the first alone; with any, nothing is written; what is written twice
//! changes nothing the second time. A record is written whole; its statements belong to data sets, and a batch speaks
//! for its own data set only.

mod cycles;
mod dependents;
mod evidence;
mod known;
mod merge;
mod merger;
mod names;
mod owners;
mod plan;
mod problem;
mod relation_shape;
mod removal;
mod replace;
mod restricted;
mod shape;
mod shares;
mod sight;
mod statements;

pub use merger::{Merged, Merger};
pub use problem::{Cause, Message, Problem};
pub use removal::{Removal, Removed, Sort};

use std::collections::HashSet;
use std::sync::Arc;

use super::{Result, Service, ServiceError};
use crate::model::change::{ChangeSet, Record, Revision};
use crate::model::entity::{EntityKind, Name};
use crate::model::id::{EntityId, IdError, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::period::{PartialDate, Validity};
use crate::model::principal::{Principal, Role};
use crate::model::quantity::QuantityParts;
use crate::model::record::Dataset;
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};
use crate::store::{Answer, Outcome, Plan, Store, StoreError, View};
use plan::WritePlan;

pub(super) use cycles::Hierarchy;
pub(super) use relation_shape::check_relation_shape;
pub(super) use shares::{Part, over_one};

/// What one writer wants to have in the graph.
#[derive(Debug)]
pub struct Batch {
    /// The data set that it speaks for. Its own record is written too, but for [`Mode::Curate`].
    pub dataset: Dataset,
    /// What it says; problems name each by its place here.
    pub drafts: Vec<Draft>,
    /// What becomes of the rest of the data set.
    pub mode: Mode,
    /// Who writes, and on what terms.
    pub terms: Terms,
    /// Keys of what could not be read. Whoever refers to them is not blamed; a batch that has any is never written.
    pub unread: HashSet<String>,
}

/// What a batch means for what it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An import: the rest of the data set stays.
    Add,
    /// An import: what the data set had and the batch has not is taken away.
    Replace,
    /// Single facts: the rest stays, and so does the data set's own record, as it stands when they are written.
    Curate,
    /// The data set's own record, which is no newer for it.
    Describe,
}

/// Who writes, and on what terms.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who writes.
    pub by: Principal,
    /// The revision on which the writer rests, where it does: refused where the graph has moved on.
    pub if_revision: Option<Revision>,
}

impl Terms {
    /// Whatever the revision.
    pub fn of(by: Principal) -> Self {
        Self {
            by,
            if_revision: None,
        }
    }

    /// What was decided; refused where the graph has moved on from what the writer rests on. Where nothing is left to do it stands:
    /// the call was made before, and its answer lost.
    fn hold<P>(
        &self,
        current: Revision,
        decided: std::result::Result<ChangeSet, P>,
    ) -> Answer<std::result::Result<ChangeSet, P>> {
        let is_done = decided.as_ref().is_ok_and(|set| set.changes.is_empty());
        match self.if_revision.filter(|given| *given != current) {
            Some(given) if !is_done => Err(StoreError::Stale { given, current }),
            _ => Ok(decided),
        }
    }
}

/// One thing to have in the graph.
#[derive(Debug)]
pub enum Draft {
    /// A record, written whole.
    Record {
        /// The record. When it was recorded is set on writing.
        record: Box<Record>,
        /// The evidence of its own row; a rule may have one for each part, a source has none.
        own: Vec<StatementDraft>,
        /// Further evidence.
        more: Vec<StatementDraft>,
    },
    /// An entity lies in a region: short for one relation, see [`region_relation`].
    Region {
        /// The entity.
        entity: EntityId,
        /// The region.
        region: EntityId,
        /// The evidence of the entity's row.
        own: Vec<StatementDraft>,
    },
    /// A further statement on something of this batch, or in the graph.
    Statement {
        /// The key of what it speaks of.
        subject: String,
        /// What it says.
        statement: StatementDraft,
    },
    /// A further name of an entity of this batch, or in the graph.
    Name {
        /// The entity.
        entity: EntityId,
        /// The name.
        name: Name,
        /// The evidence for it.
        statement: StatementDraft,
    },
}

/// A statement before it is known who records it, and when.
#[derive(Clone, Debug)]
pub struct StatementDraft {
    /// Who says it.
    pub source: SourceId,
    /// Where.
    pub locator: Locator,
    /// The shortest phrase that holds the fact.
    pub quote: Option<String>,
    /// How it is said.
    pub assertion: Assertion,
    /// How far it can be relied on.
    pub reliability: Reliability,
    /// Whether it counts.
    pub rank: Rank,
    /// The property of an entity that it speaks of.
    pub property: Option<Property>,
    /// What it says of the amount. Unit, basis and measure may be left to what it speaks of.
    pub amount: Option<Box<QuantityParts>>,
    /// When it was so.
    pub as_of: Option<PartialDate>,
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written<T = Imported> {
    /// It is written, or, where it was a check, could be.
    Done(T),
    /// Nothing was written.
    Refused(Vec<Problem>),
}

/// How many records a batch made, changed, left alone and took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The revision of the graph afterwards.
    pub revision: Revision,
    /// New records.
    pub created: usize,
    /// Records that are another now, or have other statements.
    pub updated: usize,
    /// Records that stand as they stood.
    pub unchanged: usize,
    /// Records taken away.
    pub deleted: usize,
}

/// A record of a batch, on its way.
#[derive(Debug)]
struct Item {
    draft: usize,
    shorthand: bool,
    record: Record,
    own: Vec<StatementDraft>,
    more: Vec<StatementDraft>,
}

/// A further statement of a batch.
#[derive(Debug)]
struct Note {
    draft: usize,
    subject: String,
    statement: StatementDraft,
}

/// A further name of a batch.
#[derive(Debug)]
struct Naming {
    draft: usize,
    entity: EntityId,
    name: Name,
    statement: StatementDraft,
}

/// The relation for which `region_id` is short: `LOCATED_IN`, for a Region `PART_OF`, with the key `<entity id>/region`.
pub fn region_relation(entity: &EntityId, region: &EntityId) -> std::result::Result<Relation, IdError> {
    let kind = if entity.kind() == EntityKind::Region {
        RelationKind::PartOf
    } else {
        RelationKind::LocatedIn
    };
    Ok(Relation {
        id: RelationId::parse(&format!("{entity}/region"))?,
        kind,
        from: entity.clone(),
        to: region.clone(),
        stated_resource: None,
        stated_flow: None,
        quantity: None,
        share: None,
        under: Vec::new(),
        driver: Driver::Unstated,
        validity: Validity::default(),
    })
}

impl Service {
    /// Refuses whoever may not write at all.
    pub fn check_role(&self, by: &Principal) -> Result<()> {
        check_writer(by, None)
    }

    /// Refuses whoever may not do everything.
    pub fn check_admin(&self, by: &Principal) -> Result<()> {
        if by.role == Role::Admin {
            return Ok(());
        }
        Err(ServiceError::Forbidden(format!(
            "{} may not: this needs a key of role admin",
            by.name
        )))
    }

    /// Writes a batch, all or nothing.
    pub async fn write(&self, batch: Batch) -> Result<Written> {
        check_writer(&batch.terms.by, Some(&batch.dataset))?;
        let plan = WritePlan::new(batch);
        let tally = Arc::clone(&plan.tally);
        let outcome = self.store.commit(plan).await?;
        Ok(written(outcome, |revision| Imported {
            revision,
            ..*tally.lock()
        }))
    }

    /// What [`Service::write`] would do, without doing it.
    pub async fn check(&self, batch: Batch) -> Result<Written> {
        check_writer(&batch.terms.by, Some(&batch.dataset))?;
        let mut plan = WritePlan::new(batch);
        let reader = self.store.reader(&View::All).await?;
        Ok(match plan.prepare(&reader).await? {
            Ok(_) => Written::Done(Imported {
                revision: crate::store::Reader::revision(&reader),
                ..*plan.tally.lock()
            }),
            Err(problems) => Written::Refused(problems),
        })
    }

    /// Takes records away, all of them or none; with the revision afterwards.
    pub async fn remove(&self, removal: Removal) -> Result<Written<(Removed, Revision)>> {
        check_writer(&removal.terms.by, None)?;
        let removed = Arc::default();
        let plan = removal::RemovalPlan {
            removal,
            records_max: self.limits.write_records_max,
            removed: Arc::clone(&removed),
        };
        let outcome = self.store.commit(plan).await?;
        Ok(written(outcome, |revision| (*removed.lock(), revision)))
    }

    /// Makes several entities one; with the revision afterwards.
    pub async fn merge(&self, merger: Merger) -> Result<Written<(Merged, Revision)>> {
        check_writer(&merger.terms.by, None)?;
        let merged = Arc::default();
        let plan = merger::MergerPlan {
            merger,
            records_max: self.limits.write_records_max,
            merged: Arc::clone(&merged),
        };
        let outcome = self.store.commit(plan).await?;
        Ok(written(outcome, |revision| {
            (std::mem::take(&mut *merged.lock()), revision)
        }))
    }
}

fn written<T>(outcome: Outcome<Vec<Problem>>, done: impl FnOnce(Revision) -> T) -> Written<T> {
    match outcome {
        Outcome::Committed(revision) | Outcome::Unchanged(revision) => Written::Done(done(revision)),
        Outcome::Refused(problems) => Written::Refused(problems),
    }
}

/// Refuses whoever may not write at all, or not in a data set.
fn check_writer(by: &Principal, dataset: Option<&Dataset>) -> Result<()> {
    if by.role == Role::Reader {
        return Err(ServiceError::Forbidden(format!(
            "{} reads and may not write: writing needs a key of role editor or admin",
            by.name
        )));
    }
    match dataset.filter(|dataset| !by.may_write(dataset)) {
        Some(dataset) => Err(ServiceError::Forbidden(format!(
            "{} may not write in data set {}: ask its operator for a key that names it",
            by.name, dataset.id
        ))),
        None => Ok(()),
    }
}
