//! Committing: one writer at a time, over all processes, by the lock of one node; all or nothing; and never twice.
//!
//! The steps: take the lock; let the plan read at the revision found there; write; say which commit is about to be
//! applied; commit. What is too large for one transaction is staged instead ([`super::staged`]): its announcement is its commit. What
//! failed before that is tried again, for nothing of it stands. A COMMIT that was not answered is looked into before anything is said.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::client::{Client, Standing};
use super::connection::pause;
use super::draft::{Draft, subjects};
use super::error::{Failed, Meaning, meaning};
use super::reader::{Neo4jReader, Shared};
use super::restricted::Restrictions;
use super::rows::Sink;
use super::staged::{self, End, Stage};
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
    /// The token of a write that was announced and not ended; else empty.
    staged: String,
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

/// Who writes, and when.
pub(super) struct By {
    pub(super) name: String,
    pub(super) at: DateTime<Utc>,
    /// Another for each try: by it a writer whose COMMIT was not answered finds out whether it stands.
    pub(super) token: String,
}

/// What is ready to stand.
struct Ready {
    standing: Standing,
    token: String,
    how: How,
}

/// How it is made to stand.
enum How {
    /// By committing the one transaction in which it is written.
    Written,
    /// By announcing that its steps are to be applied.
    Staged(Stage, End),
}

async fn attempt<P: Plan>(shared: &Arc<Shared>, plan: &mut P) -> Result<Outcome<P::Refusal>, Stopped> {
    let client = &shared.client;
    let failed = |failed: Failed| Stopped::of(&failed, client.options.limits.write_ms_max);
    let (mut txn, turn) = take_turn(client).await.map_err(failed)??;
    let Ready { standing, token, how } = match write(shared, &mut txn, &turn, plan).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(outcome)) => {
            txn.rollback().await;
            return Ok(outcome);
        }
        Err(stopped) => {
            txn.rollback().await;
            return Err(stopped);
        }
    };
    let revision = standing.revision;
    let bookmark = match how {
        How::Written => match txn.commit().await {
            Ok(bookmark) => bookmark,
            Err(failed) => {
                tracing::warn!(%revision, ?failed, "a commit was not answered: asking whether it stands");
                settle(client, revision, &token).await?;
                None
            }
        },
        How::Staged(stage, end) => {
            let announced = stage.announce(&end).await;
            // The next to have the turn applies the steps.
            txn.rollback().await;
            match announced {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return Err(Stopped::Again(StoreError::Unavailable)),
                Ok(Err(error)) => return Err(error.into()),
                Err(failed) => {
                    tracing::warn!(%revision, ?failed, "a write was announced without an answer: asking whether it stands");
                }
            }
            settle(client, revision, &token).await?;
            None
        }
    };
    client.wrote(standing, bookmark);
    shared.news.tell(revision);
    Ok(Outcome::Committed(revision))
}

/// Everything before the commit; or what came of it where there is nothing to commit.
async fn write<P: Plan>(
    shared: &Arc<Shared>,
    txn: &mut Transaction,
    turn: &Turn,
    plan: &mut P,
) -> Result<Result<Ready, Outcome<P::Refusal>>, Stopped> {
    let client = &shared.client;
    let failed = |failed: Failed| Stopped::of(&failed, client.options.limits.write_ms_max);
    let at = Neo4jReader::at(shared, turn.standing(), &View::All).await?;
    let changes = match plan.prepare(&at).await? {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(Outcome::Refused(refusal))),
    };
    let by = By {
        name: changes.by.clone(),
        at: changes.at,
        token: unique(),
    };
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
    let is_large = draft.lines() > client.options.limits.transaction_records_max;
    let restrictions = Restrictions::new(&draft, &datasets);
    let writing = Writing::new(&at, standing, draft, restrictions, next).await?;
    writing.check_removals(&at).await?;
    let merged_at = if writing.is_to_be_learnt() {
        next
    } else {
        turn.merged_at
    };
    let how = if is_large {
        writing.check_ends(&at).await?;
        let mut stage = Stage::begin(client, &by.token).await.map_err(failed)??;
        let end = writing
            .write(&mut Sink::Later(&mut stage), turn, &by)
            .await
            .map_err(failed)??;
        How::Staged(stage, end)
    } else {
        let end = writing
            .write(&mut Sink::Now(txn), turn, &by)
            .await
            .map_err(failed)??;
        txn.run::<(i64,)>(end.statement()).await.map_err(failed)??;
        if !mark(client, next).await.map_err(failed)?? {
            return Err(Stopped::Again(StoreError::Unavailable));
        }
        How::Written
    };
    let standing = Standing {
        revision: next,
        committing: next,
        merged_at,
        staged: false,
    };
    Ok(Ok(Ready {
        standing,
        token: by.token,
        how,
    }))
}

/// Waits for the other writers, and gives the lock that makes them wait for this one. Whoever has it knows that no commit is being
/// applied: where one is marked, its writer died between its mark and its commit, and the mark is taken back. Where one was announced
/// and not ended, it is ended first.
pub(super) async fn take_turn(client: &Arc<Client>) -> Result<Answer<(Transaction, Turn)>, Failed> {
    loop {
        let mut txn = client.begin().await?;
        match turn_in(client, &mut txn).await {
            Ok(Ok(Some(turn))) => return Ok(Ok((txn, turn))),
            Ok(Ok(None)) => drop(txn.commit().await?),
            Ok(Err(error)) => {
                txn.rollback().await;
                return Ok(Err(error));
            }
            Err(failed) => {
                txn.rollback().await;
                return Err(failed);
            }
        }
    }
}

/// None: an announced write has been applied, and ends with the transaction.
async fn turn_in(client: &Arc<Client>, txn: &mut Transaction) -> Result<Answer<Option<Turn>>, Failed> {
    let turn = match txn.run::<TurnRow>(cypher!("lock")).await?.and_then(Turn::read) {
        Ok(turn) => turn,
        Err(error) => return Ok(Err(error)),
    };
    if !turn.staged.is_empty() {
        return Ok(staged::complete(client, txn, &turn.staged).await?.map(|()| None));
    }
    if turn.committing > turn.revision {
        tracing::warn!(revision = %turn.committing, "a commit was begun and never made: taking its mark back");
        if let Err(error) = mark(client, turn.revision).await? {
            return Ok(Err(error));
        }
    }
    Ok(Ok(Some(turn)))
}

type TurnRow = (i64, i64, i64, i64, i64, String);

impl Turn {
    fn read(rows: Vec<TurnRow>) -> Answer<Self> {
        let (revision, committing, cursor, provenance, merged_at, staged) = rows
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::Damaged("the graph has no revision".into()))?;
        Ok(Self {
            revision: Revision(revision.cast_unsigned()),
            committing: Revision(committing.cast_unsigned()),
            cursor,
            provenance,
            merged_at: Revision(merged_at.cast_unsigned()),
            staged,
        })
    }

    /// Where the graph stands while nobody else writes.
    pub(super) fn standing(&self) -> Standing {
        Standing {
            revision: self.revision,
            committing: self.revision,
            merged_at: self.merged_at,
            staged: false,
        }
    }
}

/// Says which commit is about to be applied. False: a staged write was announced meanwhile, and goes first.
async fn mark(client: &Arc<Client>, revision: Revision) -> Result<Answer<bool>, Failed> {
    let mut txn = client.begin().await?;
    let marked = txn
        .run::<(i64,)>(cypher!("mark_commit").with("revision", revision.0.cast_signed()))
        .await?;
    txn.commit().await?;
    Ok(marked.map(|rows| !rows.is_empty()))
}

/// Waits until the server can say whether a write stands, whose steps are applied by then.
async fn settle(client: &Arc<Client>, revision: Revision, token: &str) -> Result<(), Stopped> {
    let until = Instant::now() + Duration::from_millis(client.options.limits.write_ms_max);
    let mut tries = 0;
    loop {
        match stands(client, revision, token).await {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(Stopped::Again(StoreError::Unavailable)),
            Err(error) if Instant::now() >= until => {
                tracing::error!(%error, %revision, "whether a write stands could not be found out");
                return Err(Stopped::Ended(StoreError::OutcomeUnknown));
            }
            Err(error) => {
                if tries == 0 {
                    tracing::warn!(%error, %revision, "whether a write stands, with all its steps, cannot be found out yet");
                }
                pause(tries).await;
                tries += 1;
            }
        }
    }
}

/// Whether a writer has written a revision. Having the lock means that whoever had it has ended, one way or the other.
async fn stands(client: &Arc<Client>, revision: Revision, token: &str) -> Answer<bool> {
    let told = |failed: Failed| failed.told(client.options.limits.write_ms_max);
    let (mut txn, _) = take_turn(client).await.map_err(told)??;
    let statement = cypher!("written_by").with("revision", revision.0.cast_signed());
    let written_by = txn.run::<Option<String>>(statement).await;
    txn.rollback().await;
    Ok(written_by
        .map_err(told)??
        .into_iter()
        .flatten()
        .any(|by| by == token))
}

/// Ends what a writer that died has begun: the mark of a commit that will never be applied, or the steps of one that will.
pub(super) async fn heal(client: &Arc<Client>) -> Answer<()> {
    let told = |failed: Failed| failed.told(client.options.limits.write_ms_max);
    let (txn, _) = take_turn(client).await.map_err(told)??;
    txn.rollback().await;
    Ok(())
}

fn unique() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}
