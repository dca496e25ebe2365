//! Committing: one writer at a time, over all processes, by the lock of one node; all or nothing; and never twice.
//!
//! The steps: take the lock; let the plan read at the revision found there; write; say which commit is about to be
//! applied; commit. A transaction that failed before its COMMIT was sent is tried again, for nothing of it stands. A COMMIT
//! that was not answered is looked into before anything is said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Failed, Standing, Transaction};
use super::draft::{Draft, subjects};
use super::error::{Meaning, meaning};
use super::reader::{Neo4jReader, Shared};
use super::statement::cypher;
use super::write::Writing;
use crate::model::change::Revision;
use crate::store::{Answer, Outcome, Plan, StoreError};

/// How often a write is tried where the server gave up on it for a reason that passes.
const WRITE_TRIES: u32 = 5;

/// What the lock gives: where the last writer left the graph.
pub(super) struct Turn {
    pub(super) revision: Revision,
    pub(super) committing: Revision,
    pub(super) cursor: i64,
    pub(super) provenance: i64,
    merged_at: Revision,
    written_by: String,
}

/// Why a try came to nothing.
enum Stopped {
    /// Nothing of it stands, and it may be tried again.
    Again(StoreError),
    /// It is no use to try again.
    Ended(StoreError),
}

impl Stopped {
    fn of(failed: &Failed, ms_max: u64) -> Self {
        let told = failed.told(ms_max);
        match failed {
            Failed::Driver(error) if matches!(meaning(error), Meaning::Passing | Meaning::Away) => Self::Again(told),
            Failed::Driver(_) | Failed::Late | Failed::Open => Self::Ended(told),
        }
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Ended(error)
    }
}

/// See [`crate::store::Store::commit`].
pub(super) async fn commit<P: Plan>(shared: &Arc<Shared>, mut plan: P) -> Answer<Outcome<P::Refusal>> {
    let mut tries = 1;
    loop {
        match attempt(shared, &mut plan).await {
            Ok(outcome) => return Ok(outcome),
            Err(Stopped::Again(_)) if tries < WRITE_TRIES => {
                shared.client.pause(tries).await;
                tries += 1;
            }
            Err(Stopped::Again(error) | Stopped::Ended(error)) => return Err(error),
        }
    }
}

async fn attempt<P: Plan>(shared: &Arc<Shared>, plan: &mut P) -> Result<Outcome<P::Refusal>, Stopped> {
    let client = &shared.client;
    let ms = client.options.limits.write_ms_max;
    let failed = |failed: Failed| Stopped::of(&failed, ms);
    let mut txn = client.begin().await.map_err(failed)?;
    let turn = take_turn(&mut txn).await.map_err(failed)??;
    if turn.committing > turn.revision {
        // A writer died between its mark and its commit. Nobody is at work now, so nothing is being applied.
        mark(client, turn.revision).await?;
    }
    let standing = Standing { revision: turn.revision, committing: turn.revision, merged_at: turn.merged_at };
    let at = Neo4jReader::at(shared, standing).await?;
    let changes = match plan.prepare(&at).await? {
        Ok(changes) => changes,
        Err(refusal) => {
            txn.rollback().await;
            return Ok(Outcome::Refused(refusal));
        }
    };
    let (by, when) = (changes.by.clone(), changes.at);
    let standing = at.standing(&subjects(&changes)).await?;
    let draft = Draft::new(changes, &standing, &at.datasets_by_id().await?);
    if draft.is_empty() {
        txn.rollback().await;
        return Ok(Outcome::Unchanged(turn.revision));
    }
    let next = Revision(turn.revision.0 + 1);
    let merged_at = if draft.redirects.is_empty() { turn.merged_at } else { next };
    let writing = Writing::new(&at, &standing, draft, next).await?;
    let written_by = unique();
    writing.write(&mut txn, &turn, &by, when, &written_by).await.map_err(failed)??;
    mark(client, next).await?;
    let committed = || {
        client.note(Standing { revision: next, committing: next, merged_at });
        Ok(Outcome::Committed(next))
    };
    match txn.commit().await {
        Ok(()) => committed(),
        Err(_) => match stands(client, &written_by).await {
            Ok(true) => committed(),
            Ok(false) => Err(Stopped::Again(StoreError::Unavailable)),
            Err(error) => Err(Stopped::Ended(error)),
        },
    }
}

/// Waits for the other writers.
pub(super) async fn take_turn(txn: &mut Transaction) -> Result<Answer<Turn>, Failed> {
    let rows = txn.run::<(i64, i64, i64, i64, i64, String)>(cypher!("lock")).await?;
    Ok(rows.and_then(|rows| {
        let (revision, committing, cursor, provenance, merged_at, written_by) =
            rows.into_iter().next().ok_or_else(|| StoreError::Damaged("the graph has no revision".into()))?;
        Ok(Turn {
            revision: Revision(revision.cast_unsigned()),
            committing: Revision(committing.cast_unsigned()),
            cursor,
            provenance,
            merged_at: Revision(merged_at.cast_unsigned()),
            written_by,
        })
    }))
}

/// Says which commit is about to be applied.
async fn mark(client: &Arc<Client>, revision: Revision) -> Answer<()> {
    let ms = client.options.limits.write_ms_max;
    let marked = async {
        let mut txn = client.begin().await?;
        let rows = txn.run::<(i64,)>(cypher!("mark_commit").with("revision", revision.0.cast_signed())).await?;
        txn.commit().await?;
        Ok::<_, Failed>(rows)
    };
    marked.await.map_err(|failed| failed.told(ms))?.map(|_| ())
}

/// Whether a write whose COMMIT was not answered stands. Waits until the server can say.
async fn stands(client: &Arc<Client>, written_by: &str) -> Answer<bool> {
    let until = Instant::now() + Duration::from_millis(client.options.limits.write_ms_max);
    let mut tries = 0;
    loop {
        match last_written_by(client).await {
            Ok(last) => return Ok(last == written_by),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => {
                client.pause(tries).await;
                tries += 1;
            }
        }
    }
}

/// Who wrote last. Having the lock means that whoever had it has ended, one way or the other.
async fn last_written_by(client: &Arc<Client>) -> Answer<String> {
    let ms = client.options.limits.connect_ms_max;
    let mut txn = client.begin().await.map_err(|failed| failed.told(ms))?;
    let turn = take_turn(&mut txn).await.map_err(|failed| failed.told(ms))?;
    txn.rollback().await;
    let turn = turn?;
    if turn.committing > turn.revision {
        mark(client, turn.revision).await?;
    }
    Ok(turn.written_by)
}

/// Ends what a writer that died has begun: the mark of a commit that will never be applied.
pub(super) async fn heal(client: &Arc<Client>) -> Answer<()> {
    last_written_by(client).await.map(|_| ())
}

fn unique() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}
