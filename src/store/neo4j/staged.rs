//! Writes that are too large for one transaction, which Neo4j keeps in its memory until it ends.
//!
//! The statements of such a write are first kept as nodes `Step`, which nobody reads. Then one small transaction announces it, and
//! from then on it stands: whoever has the writers' lock, this writer or the next, in this process or another, applies its steps, each
//! in a transaction that takes the step away too, so that none is applied twice wherever someone is stopped. Readers see by
//! the mark of the commit under way that they must wait, as with any other.
//!
//! The writers' lock says who applies, and nothing rests on it: a writer that has lost it without knowing announces nothing, for
//! another has marked its commit or taken the steps away, and two that apply the same steps wait for each other at each.

use std::sync::Arc;

use neo4rs::{BoltMap, BoltType};

use super::client::Client;
use super::connection::pause;
use super::error::{Failed, Meaning, meaning};
use super::rows;
use super::statement::{Statement, cypher};
use super::transaction::Transaction;
use crate::model::change::Revision;
use crate::store::codec::{Value, pack, unpack};
use crate::store::{Answer, StoreError};

/// Steps left behind that are taken away at a time.
const DISCARDED_AT_A_TIME: i64 = 100;
/// How often a step is tried where the server gave up on it for a reason that passes.
const STEP_TRIES: u32 = 5;

/// A statement of a write, with its rows.
pub(super) struct Step {
    pub(super) statement: Statement,
    /// The parameter that the rows are.
    pub(super) parameter: &'static str,
    pub(super) rows: Vec<BoltType>,
    /// Whether the statement must count every row.
    pub(super) each: bool,
}

/// A write that is being staged.
pub(super) struct Stage {
    client: Arc<Client>,
    write: String,
    steps: i64,
}

/// Where the graph stands once a staged write is applied.
pub(super) struct End {
    pub(super) from: Revision,
    pub(super) to: Revision,
    pub(super) cursor: i64,
    pub(super) provenance: i64,
    pub(super) learn: bool,
}

impl End {
    /// The last statement of a write that is not staged.
    pub(super) fn statement(&self) -> Statement {
        cypher!("finish")
            .with("revision", self.to.0.cast_signed())
            .with("cursor", self.cursor)
            .with("provenance", self.provenance)
            .with("learn", self.learn)
    }
}

impl Stage {
    /// Begins to stage a write, under a name that no other has.
    pub(super) async fn begin(client: &Arc<Client>, write: &str) -> Result<Answer<Self>, Failed> {
        loop {
            let statement = cypher!("discard_steps").with("limit", DISCARDED_AT_A_TIME);
            match alone::<(i64,)>(client, statement).await? {
                Ok(rows) if rows.first().is_none_or(|(count,)| *count == 0) => break,
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(Self {
            client: client.clone(),
            write: write.into(),
            steps: 0,
        }))
    }

    /// Keeps a step.
    pub(super) async fn keep(&mut self, step: &Step) -> Result<Answer<()>, Failed> {
        let rows: Vec<Value> = step.rows.iter().map(value_of).collect();
        let rows = match pack(&rows) {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error.into())),
        };
        self.steps += 1;
        let statement = cypher!("stage_step")
            .with("write", self.write.as_str())
            .with("number", self.steps)
            .with("text", step.statement.text())
            .with("parameter", step.parameter)
            .with("rows", rows)
            .with("each", step.each);
        Ok(alone::<(i64,)>(&self.client, statement).await?.map(|_| ()))
    }

    /// Makes it stand. Not where this writer has lost its turn without knowing: then nothing does.
    pub(super) async fn announce(self, end: &End) -> Result<Answer<bool>, Failed> {
        let statement = cypher!("announce")
            .with("staged", self.write)
            .with("steps", self.steps)
            .with("from", end.from.0.cast_signed())
            .with("revision", end.to.0.cast_signed())
            .with("cursor", end.cursor)
            .with("provenance", end.provenance)
            .with("learn", end.learn);
        let announced = alone::<(i64,)>(&self.client, statement).await?;
        Ok(announced.map(|rows| !rows.is_empty()))
    }
}

/// Applies what is left of an announced write, and ends it in the transaction that holds the writers' lock.
pub(super) async fn complete(
    client: &Arc<Client>,
    lock: &mut Transaction,
    write: &str,
) -> Result<Answer<()>, Failed> {
    loop {
        let next = match alone::<Option<i64>>(client, cypher!("next_step").with("write", write)).await? {
            Ok(rows) => rows.into_iter().next().flatten(),
            Err(error) => return Ok(Err(error)),
        };
        let Some(first) = next else { break };
        let mut number = first;
        // They are numbered without a gap: the first that is not there is behind the last.
        loop {
            match applied(client, write, number).await? {
                Ok(true) => number += 1,
                Ok(false) => break,
                Err(error) => return Ok(Err(error)),
            }
        }
    }
    let ended = lock
        .run::<(i64,)>(cypher!("finish_staged").with("write", write))
        .await?;
    Ok(ended.map(|_| ()))
}

/// Applies a step, and again where the reason passes; false: there is none of that number.
async fn applied(client: &Arc<Client>, write: &str, number: i64) -> Result<Answer<bool>, Failed> {
    let mut tries = 1;
    loop {
        match apply(client, write, number).await {
            Err(Failed::Driver(error)) if tries < STEP_TRIES && meaning(&error) == Meaning::Passing => {
                pause(tries).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn apply(client: &Arc<Client>, write: &str, number: i64) -> Result<Answer<bool>, Failed> {
    let mut txn = client.begin().await?;
    let done = apply_in(&mut txn, write, number).await;
    match done {
        Ok(Ok(true)) => txn.commit().await.map(|_| Ok(true)),
        done => {
            txn.rollback().await;
            done
        }
    }
}

type StepRow = (String, String, String, bool);

async fn apply_in(txn: &mut Transaction, write: &str, number: i64) -> Result<Answer<bool>, Failed> {
    let take = cypher!("take_step").with("write", write).with("number", number);
    let step = match txn.run::<StepRow>(take).await? {
        Ok(taken) => taken.into_iter().next().map(read).transpose(),
        Err(error) => Err(error),
    };
    match step {
        Ok(Some(step)) => Ok(rows::run(txn, step).await?.map(|()| true)),
        Ok(None) => Ok(Ok(false)),
        Err(error) => Ok(Err(error)),
    }
}

/// Runs a statement in a transaction of its own.
async fn alone<T: serde::de::DeserializeOwned>(
    client: &Arc<Client>,
    statement: Statement,
) -> Result<Answer<Vec<T>>, Failed> {
    let mut txn = client.begin().await?;
    match txn.run::<T>(statement).await {
        Ok(Ok(rows)) => txn.commit().await.map(|_| Ok(rows)),
        other => {
            txn.rollback().await;
            other
        }
    }
}

fn read((text, parameter, rows, each): StepRow) -> Answer<Step> {
    let known = ["rows", "keys", "ids"]
        .into_iter()
        .find(|known| *known == parameter);
    let parameter = known.ok_or_else(|| {
        StoreError::Damaged(format!("a step of a staged write has the parameter {parameter}"))
    })?;
    Ok(Step {
        statement: Statement::new(&text),
        parameter,
        rows: unpack(&rows)?.into_iter().map(parameter_of).collect(),
        each,
    })
}

/// The values of which rows are made: text, whole numbers, truths, lists and maps.
fn value_of(value: &BoltType) -> Value {
    match value {
        BoltType::String(text) => Value::Text(text.value.clone()),
        BoltType::Integer(number) => Value::Number(number.value),
        BoltType::Boolean(truth) => Value::Truth(truth.value),
        BoltType::List(items) => Value::List(items.value.iter().map(value_of).collect()),
        BoltType::Map(map) => {
            let entry =
                |(name, value): (&neo4rs::BoltString, &BoltType)| (name.value.clone(), value_of(value));
            Value::Map(map.value.iter().map(entry).collect())
        }
        _ => Value::Null(()),
    }
}

fn parameter_of(value: Value) -> BoltType {
    match value {
        Value::Text(text) => text.into(),
        Value::Number(number) => number.into(),
        Value::Truth(truth) => truth.into(),
        Value::List(items) => items.into_iter().map(parameter_of).collect::<Vec<_>>().into(),
        Value::Map(map) => {
            let mut read = BoltMap::default();
            for (name, value) in map {
                read.put(name.as_str().into(), parameter_of(value));
            }
            BoltType::Map(read)
        }
        Value::Null(()) => BoltType::Null(neo4rs::BoltNull),
    }
}
