//! Reads that may hold much: relations of a layer or a ledger, and what a walk reaches. They are made in steps that grow, and the
//! memory for each step is held before it is read. So no read holds more than was leased, however large the graph is.

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
use crate::model::selector::{AsOf, InRegion};
use crate::model::subgraph::{SubEntity, SubRelation, Subgraph};
use crate::model::walk::{TruncationReason, Walk};
use crate::store::RelationQuery;

/// Relations that are read in the first step: those of most questions, in one read of the store.
const FIRST_STEP: usize = 4096;
/// By how much each step is larger than the one before. What was read is read again, so that all steps together read a seventh more
/// than the last.
const STEP_GROWTH: usize = 8;
/// Bytes of a relation with its amount and its ids, before it is read.
const RELATION: u64 = size_of::<Relation>() as u64 + 400;
/// Bytes of a relation of a subgraph and of the entity that it leads to, before they are read.
const STEP_OF_WALK: u64 = (size_of::<SubRelation>() + size_of::<SubEntity>()) as u64 + 200;
/// How many times what was read is held while it is worked on: as it is, and made ready for the question.
const WORKED_ON: u64 = 3;

impl From<MemoryExhausted> for ServiceError {
    fn from(exhausted: MemoryExhausted) -> Self {
        Self::MemoryExhausted(exhausted)
    }
}

impl Session {
    /// Charges records to the account of the session, for as long as that lasts.
    pub(super) fn keep<T: Footprint>(&self, read: T) -> Result<T> {
        self.account().keep(read.heap())?;
        Ok(read)
    }

    /// Relations up to a limit, and whether there are more. `read` gives them up to another limit.
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

    /// Exchanges what was held for a read for what it takes to work on what was read.
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
        walk: &Walk,
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

    /// See [`crate::store::Reader::ledger`]. Amounts are those known on the day asked.
    pub async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        self.in_steps(limit, |limit| self.ledger_once(entities, regions, walk, limit))
            .await
    }

    /// See [`crate::store::Reader::of_kinds`]. Amounts are those known on the day asked.
    pub async fn of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        self.in_steps(limit, |limit| self.of_kinds_once(kinds, at, limit))
            .await
    }

    /// All relations of a list up to a limit, and whether there are more. Amounts are those known on the day asked.
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
