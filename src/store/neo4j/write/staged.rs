//! Staged writes: writes that are too large for one transaction, which Neo4j keeps in memory until it ends.
//!
//! The statements of a staged write are first stored as nodes `Step`, which no reader reads. Then one small transaction announces the
//! write, which commits it: the holder of the writers' lock, this writer or the next, in this process or another, applies the steps,
//! each in a transaction that also deletes the step, so that no step is applied twice. Readers wait because of the mark of the commit,
//! as with any other.
//!
//! The holder of the writers' lock applies the steps, but correctness does not depend on the lock: each of these transactions passes the
//! fence first ([`super::fence`]), so that a writer that has lost the lock without knowing cannot announce or apply anything.

use std::sync::Arc;

use neo4rs::{BoltMap, BoltType};

use super::fence::{Fence, Naming};
use super::rows::RowStatement;
use crate::model::change::Revision;
use crate::store::codec::{PackedValue, pack, unpack};
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::connection::pause;
use crate::store::neo4j::driver::error::{ErrorClass, Neo4jError, Neo4jResult};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::driver::transaction::Transaction;
use crate::store::{StoreError, StoreResult};

/// Number of leftover steps deleted in one transaction.
const DISCARDED_AT_A_TIME: i64 = 100;
/// How often a step is tried if the server reports a transient error.
const STEP_TRIES: u32 = 5;

/// A staged write whose steps are being stored.
pub(super) struct StagedWrite {
    client: Arc<Client>,
    fence: Fence,
    token: String,
    steps: i64,
}

/// The state of the graph after a write.
pub(super) struct FinalState {
    pub(super) from: Revision,
    pub(super) to: Revision,
    /// The number of the last line of the change log.
    pub(super) cursor: i64,
    /// The number of the newest provenance.
    pub(super) provenance: i64,
    /// Whether a redirect or a restriction changes, so that processes must read their lookups again.
    pub(super) changes_lookups: bool,
}

impl FinalState {
    /// The last statement of a write that is not staged.
    pub(super) fn statement(&self) -> CypherStatement {
        cypher!("finish")
            .with("revision", self.to.0.cast_signed())
            .with("cursor", self.cursor)
            .with("provenance", self.provenance)
            .with("learn", self.changes_lookups)
    }
}

impl StagedWrite {
    /// Begins a staged write with a token of its own. None: another writer has taken over.
    pub(super) async fn begin(client: &Arc<Client>, fence: &Fence, token: &str) -> Neo4jResult<Option<Self>> {
        loop {
            let statement = cypher!("discard_steps").with("limit", DISCARDED_AT_A_TIME);
            match fence.run::<(i64,)>(statement).await?.first() {
                Some((0,)) => break,
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Ok(Some(Self {
            client: client.clone(),
            fence: fence.clone(),
            token: token.into(),
            steps: 0,
        }))
    }

    /// Stores a statement as a step.
    pub(super) async fn store_step(&mut self, step: &RowStatement) -> Neo4jResult<()> {
        let rows: Vec<PackedValue> = step.rows.iter().map(value_of).collect();
        let rows = pack(&rows).map_err(StoreError::from)?;
        self.steps += 1;
        let statement = cypher!("stage_step")
            .with("write", self.token.as_str())
            .with("number", self.steps)
            .with("text", step.statement.text())
            .with("parameter", step.parameter)
            .with("rows", rows)
            .with("each", step.counts_each);
        self.client.in_transaction::<(i64,)>(statement).await.map(drop)
    }

    /// Announces the write, which commits it. Returns false, and writes nothing, if another writer has taken over.
    pub(super) async fn announce(self, end: &FinalState) -> Neo4jResult<bool> {
        let statement = cypher!("announce")
            .with("staged", self.token)
            .with("steps", self.steps)
            .with("from", end.from.0.cast_signed())
            .with("revision", end.to.0.cast_signed())
            .with("cursor", end.cursor)
            .with("provenance", end.provenance)
            .with("learn", end.changes_lookups);
        Ok(!self.fence.run::<(i64,)>(statement).await?.is_empty())
    }
}

/// The outcome of applying a staged write.
pub(super) enum ApplyOutcome {
    /// It is applied, and completes with the lock's transaction.
    Ended,
    /// Another writer has taken over, or the lock's transaction has ended; `applied` steps were applied before.
    Lost { applied: u64 },
}

/// Applies the remaining steps of an announced write, and completes it in the transaction that holds the writers' lock.
pub(super) async fn complete(
    fence: &Fence,
    lock: &mut Transaction,
    write: &str,
) -> Neo4jResult<ApplyOutcome> {
    let mut applied = 0;
    let claim = cypher!("claim_staged").with("write", write);
    if fence.run::<(i64,)>(claim).await?.is_empty() {
        return Ok(ApplyOutcome::Lost { applied });
    }
    loop {
        let next = cypher!("next_step").with("write", write);
        let next = fence.client().in_transaction::<Option<i64>>(next).await?;
        let Some(first) = next.into_iter().next().flatten() else {
            break;
        };
        let mut number = first;
        // Steps are numbered without gaps: the first missing number is behind the last step.
        loop {
            match apply_with_retries(fence, write, number).await? {
                StepOutcome::Applied => (number, applied) = (number + 1, applied + 1),
                StepOutcome::Missing => break,
                StepOutcome::Lost => return Ok(ApplyOutcome::Lost { applied }),
            }
        }
    }
    let finish = cypher!("finish_staged").with("write", write);
    match fence.run_in::<(i64,)>(lock, finish, Naming::Unnamed).await {
        Ok(rows) if rows.is_empty() => Ok(ApplyOutcome::Lost { applied }),
        Ok(_) => Ok(ApplyOutcome::Ended),
        Err(error) if ended_by_server(&error) => Ok(ApplyOutcome::Lost { applied }),
        Err(error) => Err(error),
    }
}

/// Whether the server or an operator ended a transaction.
pub(super) fn ended_by_server(error: &Neo4jError) -> bool {
    matches!(error.class(), Some(ErrorClass::Transient | ErrorClass::Timeout))
}

/// The outcome of applying one step.
enum StepOutcome {
    Applied,
    /// There is no step with the number.
    Missing,
    /// Another writer has taken over.
    Lost,
}

/// Applies a step, and retries after a transient error or a broken connection, when another writer may have taken over.
async fn apply_with_retries(fence: &Fence, write: &str, number: i64) -> Neo4jResult<StepOutcome> {
    let mut tries = 1;
    loop {
        let naming = if tries == 1 {
            Naming::Named
        } else {
            Naming::Unnamed
        };
        match apply(fence, write, number, naming).await {
            Err(error)
                if tries < STEP_TRIES
                    && matches!(
                        error.class(),
                        Some(ErrorClass::Transient | ErrorClass::Unavailable)
                    ) =>
            {
                pause(tries).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn apply(fence: &Fence, write: &str, number: i64, naming: Naming) -> Neo4jResult<StepOutcome> {
    let mut txn = fence.client().begin().await?;
    match apply_in(&mut txn, fence, write, number, naming).await {
        Ok(StepOutcome::Applied) => txn.commit().await.map(|_| StepOutcome::Applied),
        outcome => {
            txn.rollback().await;
            outcome
        }
    }
}

type StepRow = (String, String, String, bool);

async fn apply_in(
    txn: &mut Transaction,
    fence: &Fence,
    write: &str,
    number: i64,
    naming: Naming,
) -> Neo4jResult<StepOutcome> {
    let take = cypher!("take_step").with("write", write).with("number", number);
    let taken = fence.run_in::<Option<StepRow>>(txn, take, naming).await?;
    match taken.into_iter().next() {
        Some(Some(step)) => {
            read_step(step)?.run(txn).await?;
            Ok(StepOutcome::Applied)
        }
        Some(None) => Ok(StepOutcome::Missing),
        None => Ok(StepOutcome::Lost),
    }
}

fn read_step((text, parameter, rows, counts_each): StepRow) -> StoreResult<RowStatement> {
    let known = ["rows", "keys", "ids"]
        .into_iter()
        .find(|known| *known == parameter);
    let parameter = known.ok_or_else(|| {
        StoreError::Damaged(format!(
            "a step of a staged write has the unknown parameter {parameter}"
        ))
    })?;
    Ok(RowStatement {
        statement: CypherStatement::new(&text),
        parameter,
        rows: unpack(&rows)?.into_iter().map(parameter_of).collect(),
        counts_each,
    })
}

/// Converts a value of a row: text, integer, boolean, list or map.
fn value_of(value: &BoltType) -> PackedValue {
    match value {
        BoltType::String(text) => PackedValue::Text(text.value.clone()),
        BoltType::Integer(number) => PackedValue::Number(number.value),
        BoltType::Boolean(truth) => PackedValue::Boolean(truth.value),
        BoltType::List(items) => PackedValue::List(items.value.iter().map(value_of).collect()),
        BoltType::Map(map) => {
            let entry =
                |(name, value): (&neo4rs::BoltString, &BoltType)| (name.value.clone(), value_of(value));
            PackedValue::Map(map.value.iter().map(entry).collect())
        }
        _ => PackedValue::Null(()),
    }
}

fn parameter_of(value: PackedValue) -> BoltType {
    match value {
        PackedValue::Text(text) => text.into(),
        PackedValue::Number(number) => number.into(),
        PackedValue::Boolean(truth) => truth.into(),
        PackedValue::List(items) => items.into_iter().map(parameter_of).collect::<Vec<_>>().into(),
        PackedValue::Map(map) => {
            let mut read = BoltMap::default();
            for (name, value) in map {
                read.put(name.as_str().into(), parameter_of(value));
            }
            BoltType::Map(read)
        }
        PackedValue::Null(()) => BoltType::Null(neo4rs::BoltNull),
    }
}
