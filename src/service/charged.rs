//! Reads of unknown size: relations of a layer or ledger, and walks. They are made in growing steps, and the
//! memory of each step is reserved before it is read, so that no read holds more than was reserved, however
//! large the graph is.

use std::collections::BTreeSet;
use std::future::Future;
use std::mem::size_of;

use super::{Result, ServiceError, Session};
use crate::model::budget::WorkBudget;
use crate::model::footprint::Footprint;
use crate::model::id::EntityId;
use crate::model::memory::{Charge, MemoryExhausted};
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RegionSelector};
use crate::model::subgraph::{SubEntity, SubRelation, Subgraph};
use crate::model::walk::{TruncationReason, WalkRules};
use crate::store::RelationQuery;

/// Number of relations in the first step: enough for most queries in one read of the store.
const FIRST_STEP: usize = 4096;
/// Growth factor of the steps. Each step repeats the previous ones, so that all steps together read a seventh
/// more than the last.
const STEP_GROWTH: usize = 8;
/// Bytes reserved for a relation with its amount and ids.
const RELATION: u64 = size_of::<Relation>() as u64 + 400;
/// Bytes reserved for a relation of a subgraph and the entity it leads to.
const STEP_OF_WALK: u64 = (size_of::<SubRelation>() + size_of::<SubEntity>()) as u64 + 200;
/// Memory held while working on a result, in multiples of its size: the result, and its form prepared for the
/// query.
const WORKED_ON: u64 = 3;

impl From<MemoryExhausted> for ServiceError {
    fn from(exhausted: MemoryExhausted) -> Self {
        Self::MemoryExhausted(exhausted)
    }
}

impl Session {
    /// Charges records to the account of the session.
    pub(super) fn keep<T: Footprint>(&self, read: T) -> Result<T> {
        self.account().keep(read.heap())?;
        Ok(read)
    }

    /// Reads relations up to a limit, and whether there are more. `read` takes the limit of one step.
    async fn in_steps<F>(&self, limit: usize, read: impl Fn(usize) -> F) -> Result<(Vec<Relation>, bool)>
    where
        F: Future<Output = Result<(Vec<Relation>, bool)>>,
    {
        let mut step = FIRST_STEP.min(limit);
        loop {
            let held = self.account().hold(step as u64 * RELATION)?;
            let (relations, is_cut) = read(step).await?;
            if !is_cut || step == limit {
                self.work_on(held, &relations)?;
                return Ok((relations, is_cut));
            }
            step = step.saturating_mul(STEP_GROWTH).min(limit);
        }
    }

    /// Exchanges the memory reserved for a read for that of working on its result.
    fn work_on(&self, held: Charge, read: &impl Footprint) -> Result<()> {
        drop(held);
        self.account().keep(WORKED_ON * read.heap())?;
        Ok(())
    }

    /// See [`crate::store::Reader::expand`].
    pub async fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &WalkRules,
        length: u32,
        budget: WorkBudget,
    ) -> Result<Subgraph> {
        let mut step = FIRST_STEP as u64;
        loop {
            let is_last = step >= budget.left();
            let held = self
                .account()
                .hold(step.min(budget.left()).saturating_mul(STEP_OF_WALK))?;
            let within = budget.clone().at_most(step);
            let subgraph = self.expand_once(seeds, stop, walk, length, within).await?;
            if is_last || subgraph.truncated != Some(TruncationReason::WorkLimit) {
                self.work_on(held, &subgraph)?;
                return Ok(subgraph);
            }
            step = step.saturating_mul(STEP_GROWTH as u64);
        }
    }

    /// See [`crate::store::Reader::ledger`]. Amounts are those known at the date of the query.
    pub async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[RegionSelector],
        walk: &WalkRules,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        self.in_steps(limit, |limit| self.ledger_once(entities, regions, walk, limit))
            .await
    }

    /// See [`crate::store::Reader::relations_of_kinds`]. Amounts are those known at the date of the query.
    pub async fn relations_of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        self.in_steps(limit, |limit| self.of_kinds_once(kinds, at, limit))
            .await
    }

    /// All relations of a list up to a limit, and whether there are more. Amounts are those known at the date
    /// of the query.
    pub(super) async fn relations_up_to(
        &self,
        query: &RelationQuery,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        self.in_steps(limit, async |limit| {
            let page = self.list_relations(query, &PageRequest::first(limit)).await?;
            Ok((page.items, page.has_next))
        })
        .await
    }
}
