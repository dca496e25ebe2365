//! Committing: one writer at a time, over all processes, by the lock of one node; all or nothing; and never twice.
//!
//! The steps: take the lock; let the plan read at the revision found there; write; say which commit is about to be
//! applied; commit. A transaction that failed before its COMMIT was sent is tried again, for nothing of it stands. A COMMIT
//! that was not answered is looked into before anything is said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Client, Standing};
use super::connection::pause;
use super::draft::{Draft, subjects};
use super::error::{Failed, Meaning, meaning};
use super::reader::{Neo4jReader, Shared};
use super::restricted::Restrictions;
use super::statement::cypher;
use super::transaction::Transaction;
use super::write::Writing;
use crate::model::change::Revision;
use crate::store::{Answer, Outcome, Plan, StoreError, View};

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
            Failed::Driver(error) if matches!(meaning(error), Meaning::Passing | Meaning::Away) => {
                Self::Again(told)
            }
            Failed::Driver(_) | Failed::Late | Failed::Away | Failed::Busy => Self::Ended(told),
        }
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        match error {
            // Whoever has the lock is not overtaken: it was lost, with the server that held it.
            StoreError::Moved { .. } => Self::Again(StoreError::Unavailable),
            error => Self::Ended(error),
        }
    }
}

/// See [`crate::store::Store::commit`].
pub(super) async fn commit<P: Plan>(shared: &Arc<Shared>, mut plan: P) -> Answer<Outcome<P::Refusal>> {
    let mut tries = 1;
    loop {
        match attempt(shared, &mut plan).await {
            Ok(outcome) => return Ok(outcome),
            Err(Stopped::Again(_)) if tries < WRITE_TRIES => {
                pause(tries).await;
                tries += 1;
            }
            Err(Stopped::Again(error) | Stopped::Ended(error)) => return Err(error),
        }
    }
}

/// What is written and not yet committed.
struct Written {
    revision: Revision,
    merged_at: Revision,
    by: String,
}

async fn attempt<P: Plan>(shared: &Arc<Shared>, plan: &mut P) -> Result<Outcome<P::Refusal>, Stopped> {
    let client = &shared.client;
    let mut txn = client
        .begin()
        .await
        .map_err(|failed| Stopped::of(&failed, client.options.limits.write_ms_max))?;
    let written = match write(shared, &mut txn, plan).await {
        Ok(Ok(written)) => written,
        Ok(Err(outcome)) => {
            txn.rollback().await;
            return Ok(outcome);
        }
        Err(stopped) => {
            txn.rollback().await;
            return Err(stopped);
        }
    };
    let bookmark = match txn.commit().await {
        Ok(bookmark) => bookmark,
        Err(failed) => {
            tracing::warn!(revision = %written.revision, ?failed, "a commit was not answered: asking whether it stands");
            match stands(client, &written.by).await {
                Ok(true) => None,
                Ok(false) => return Err(Stopped::Again(StoreError::Unavailable)),
                Err(_) => return Err(Stopped::Ended(StoreError::OutcomeUnknown)),
            }
        }
    };
    let Written {
        revision, merged_at, ..
    } = written;
    client.wrote(
        Standing {
            revision,
            committing: revision,
            merged_at,
        },
        bookmark,
    );
    shared.news.tell(revision);
    Ok(Outcome::Committed(revision))
}

/// Everything before the commit; or what came of it where there is nothing to commit.
async fn write<P: Plan>(
    shared: &Arc<Shared>,
    txn: &mut Transaction,
    plan: &mut P,
) -> Result<Result<Written, Outcome<P::Refusal>>, Stopped> {
    let client = &shared.client;
    let failed = |failed: Failed| Stopped::of(&failed, client.options.limits.write_ms_max);
    let turn = take_turn(client, txn).await.map_err(failed)??;
    let at = Neo4jReader::at(shared, turn.standing(), &View::All).await?;
    let changes = match plan.prepare(&at).await? {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(Outcome::Refused(refusal))),
    };
    let (by, when) = (changes.by.clone(), changes.at);
    let standing = at.standing(&subjects(&changes)).await?;
    let datasets = at.datasets_by_id().await?;
    let draft = Draft::new(changes, &standing, &datasets);
    if draft.is_empty() {
        return Ok(Err(Outcome::Unchanged(turn.revision)));
    }
    let next = match &draft.history {
        Some((revision, _)) => *revision,
        None => Revision(turn.revision.0 + 1),
    };
    let restrictions = Restrictions::new(&draft, &datasets);
    let writing = Writing::new(&at, &standing, draft, restrictions, next).await?;
    let merged_at = if writing.is_to_be_learnt() {
        next
    } else {
        turn.merged_at
    };
    let written = Written {
        revision: next,
        merged_at,
        by: unique(),
    };
    writing
        .write(txn, &turn, &by, when, &written.by)
        .await
        .map_err(failed)??;
    mark(client, next).await.map_err(failed)??;
    Ok(Ok(written))
}

/// Waits for the other writers. Whoever has the lock knows that no commit is being applied: where one is marked, its writer died
/// between its mark and its commit, and the mark is taken back.
pub(super) async fn take_turn(client: &Arc<Client>, txn: &mut Transaction) -> Result<Answer<Turn>, Failed> {
    let turn = match txn.run::<TurnRow>(cypher!("lock")).await?.and_then(Turn::read) {
        Ok(turn) => turn,
        Err(error) => return Ok(Err(error)),
    };
    if turn.committing > turn.revision {
        tracing::warn!(revision = %turn.committing, "a commit was begun and never made: taking its mark back");
        if let Err(error) = mark(client, turn.revision).await? {
            return Ok(Err(error));
        }
    }
    Ok(Ok(turn))
}

type TurnRow = (i64, i64, i64, i64, i64, String);

impl Turn {
    fn read(rows: Vec<TurnRow>) -> Answer<Self> {
        let (revision, committing, cursor, provenance, merged_at, written_by) = rows
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::Damaged("the graph has no revision".into()))?;
        Ok(Self {
            revision: Revision(revision.cast_unsigned()),
            committing: Revision(committing.cast_unsigned()),
            cursor,
            provenance,
            merged_at: Revision(merged_at.cast_unsigned()),
            written_by,
        })
    }

    /// Where the graph stands while nobody else writes.
    pub(super) fn standing(&self) -> Standing {
        Standing {
            revision: self.revision,
            committing: self.revision,
            merged_at: self.merged_at,
        }
    }
}

/// Says which commit is about to be applied.
async fn mark(client: &Arc<Client>, revision: Revision) -> Result<Answer<()>, Failed> {
    let mut txn = client.begin().await?;
    let marked = txn
        .run::<(i64,)>(cypher!("mark_commit").with("revision", revision.0.cast_signed()))
        .await?;
    txn.commit().await?;
    Ok(marked.map(|_| ()))
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
                pause(tries).await;
                tries += 1;
            }
        }
    }
}

/// Who wrote last. Having the lock means that whoever had it has ended, one way or the other.
async fn last_written_by(client: &Arc<Client>) -> Answer<String> {
    let told = |failed: Failed| failed.told(client.options.limits.write_ms_max);
    let mut txn = client.begin().await.map_err(told)?;
    let turn = take_turn(client, &mut txn).await;
    txn.rollback().await;
    Ok(turn.map_err(told)??.written_by)
}

/// Ends what a writer that died has begun: the mark of a commit that will never be applied.
pub(super) async fn heal(client: &Arc<Client>) -> Answer<()> {
    last_written_by(client).await.map(|_| ())
}

fn unique() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}
