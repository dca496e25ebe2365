//! Commits: one writer at a time over all processes, all or nothing, and never twice.
//!
//! A writer takes the lock, lets the plan read at the current revision, writes, marks the commit that is about to be applied, and
//! commits. A write that is too large for one transaction is staged instead ([`super::staged`]): its announcement is its commit. A try
//! that failed before the commit is repeated, for it had no effect. If a COMMIT was not answered, the writer finds out its outcome
//! before it returns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::draft::{WriteDraft, unread_subjects};
use super::draft_writer::{Author, DraftWriter};
use super::fence::unique_token;
use super::lock::{LastWrite, WriteLock};
use super::restrictions::RestrictionChanges;
use super::sink::StatementSink;
use super::staged::{FinalState, StagedWrite};
use crate::model::change::Revision;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::connection::pause;
use crate::store::neo4j::driver::error::Neo4jError;
use crate::store::neo4j::driver::graph_state::GraphState;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::neo4j::read::reader::Neo4jReader;
use crate::store::neo4j::shared::SharedState;
use crate::store::{CommitOutcome, PreparedWrite, StoreError, StoreResult, VisibilityFilter, WritePlan};

/// How often a write is tried if the server reports an error that may pass.
pub(in crate::store) const WRITE_TRIES: u32 = 5;

/// Why a try to commit failed.
enum CommitError {
    /// Nothing was written, and a retry may succeed.
    Retry(StoreError),
    /// A retry would fail too.
    Final(StoreError),
}

impl CommitError {
    fn of(error: Neo4jError, ms_max: u64) -> Self {
        let passes = error.is_write_retryable();
        match error.into_store_error(ms_max) {
            error if passes => Self::Retry(error),
            error => error.into(),
        }
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            // The holder of the lock has no stale reads: the lock was lost with its server.
            StoreError::StaleRead { .. } => Self::Retry(StoreError::Unavailable),
            error => Self::Final(error),
        }
    }
}

/// See [`crate::store::Store::commit`].
pub(in crate::store) async fn commit<P: WritePlan>(
    shared: &Arc<SharedState>,
    mut plan: P,
) -> StoreResult<CommitOutcome<P::Output, P::Refusal>> {
    let mut tries = 1;
    loop {
        match attempt(shared, &mut plan).await {
            Ok(outcome) => return Ok(outcome),
            Err(CommitError::Retry(_)) if tries < WRITE_TRIES => {
                pause(tries).await;
                tries += 1;
            }
            Err(CommitError::Retry(error) | CommitError::Final(error)) => return Err(error),
        }
    }
}

/// A write that is ready to be committed.
struct PreparedCommit<T> {
    output: T,
    state: GraphState,
    token: String,
    mode: CommitMode,
}

/// How a write is committed.
enum CommitMode {
    /// By committing its only transaction.
    Transaction,
    /// By announcing its staged steps.
    Staged(StagedWrite, FinalState),
}

async fn attempt<P: WritePlan>(
    shared: &Arc<SharedState>,
    plan: &mut P,
) -> Result<CommitOutcome<P::Output, P::Refusal>, CommitError> {
    let client = &shared.client;
    let ms_max = client.options().limits.write_ms_max;
    let (mut lock, last) = WriteLock::take(client)
        .await
        .map_err(|error| CommitError::of(error, ms_max))?;
    let PreparedCommit {
        output,
        state,
        token,
        mode,
    } = match write(shared, &mut lock, &last, plan).await {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(outcome)) => {
            lock.release().await;
            return Ok(outcome);
        }
        Err(error) => {
            lock.release().await;
            return Err(error);
        }
    };
    let revision = state.revision;
    let bookmark = match mode {
        CommitMode::Transaction => match lock.commit().await {
            Ok(bookmark) => bookmark,
            Err(error) => {
                tracing::warn!(%revision, ?error, "a commit was not answered: finding out whether it was applied");
                wait_for_outcome(client, revision, &token).await?;
                None
            }
        },
        CommitMode::Staged(stage, end) => {
            let announced = stage.announce(&end).await;
            // The next holder of the lock applies the steps.
            lock.release().await;
            match announced {
                Ok(true) => {}
                Ok(false) => return Err(CommitError::Retry(StoreError::Unavailable)),
                Err(Neo4jError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%revision, ?error, "the announcement of a staged write was not answered: finding out whether it was applied");
                }
            }
            wait_for_outcome(client, revision, &token).await?;
            None
        }
    };
    client.committed(state, bookmark);
    shared.feed.announce(revision);
    Ok(CommitOutcome::Committed(revision, output))
}

/// Does everything before the commit. Returns the outcome if there is nothing to commit.
async fn write<P: WritePlan>(
    shared: &Arc<SharedState>,
    lock: &mut WriteLock,
    last: &LastWrite,
    plan: &mut P,
) -> Result<Result<PreparedCommit<P::Output>, CommitOutcome<P::Output, P::Refusal>>, CommitError> {
    let client = &shared.client;
    let limits = &client.options().limits;
    let failed = |error: Neo4jError| CommitError::of(error, limits.write_ms_max);
    let at = Neo4jReader::at(shared, last.graph_state(), &VisibilityFilter::All).await?;
    let PreparedWrite {
        changes,
        previous,
        output,
    } = match plan.prepare(&at).await? {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Err(CommitOutcome::Refused(refusal))),
    };
    let author = Author {
        name: changes.by.clone(),
        at: changes.at,
        token: unique_token(),
    };
    let unread = unread_subjects(&changes, &previous);
    let stored = at.stored_records(&unread).await?;
    let datasets = at.datasets_by_id().await?;
    let draft = WriteDraft::new(changes, &previous, &stored, &datasets);
    if draft.is_empty() {
        return Ok(Err(CommitOutcome::Unchanged(last.revision, output)));
    }
    let next = match &draft.history {
        Some((revision, _)) => *revision,
        None => Revision(last.revision.0 + 1),
    };
    let is_large = draft.lines() > limits.transaction_records_max;
    let restrictions = RestrictionChanges::new(&draft, &datasets);
    let writer = DraftWriter::new(&at, draft, restrictions, next).await?;
    writer.check_removals(&at).await?;
    let merged_at = if writer.changes_lookups() {
        next
    } else {
        last.merged_at
    };
    let mode = if is_large {
        writer.check_ends(&at).await?;
        let begun = StagedWrite::begin(client, lock.fence(), &author.token).await;
        let Some(mut stage) = begun.map_err(failed)? else {
            return Err(CommitError::Retry(StoreError::Unavailable));
        };
        let end = writer
            .write(&mut StatementSink::Staged(&mut stage), last, &author)
            .await
            .map_err(failed)?;
        CommitMode::Staged(stage, end)
    } else {
        let end = writer
            .write(&mut StatementSink::Transaction(lock.transaction()), last, &author)
            .await
            .map_err(failed)?;
        lock.transaction()
            .run::<(i64,)>(end.statement())
            .await
            .map_err(failed)?;
        if !lock.fence().mark(next).await.map_err(failed)? {
            return Err(CommitError::Retry(StoreError::Unavailable));
        }
        CommitMode::Transaction
    };
    let state = GraphState {
        revision: next,
        committing: next,
        merged_at,
        staged: false,
        schema: SCHEMA_VERSION,
    };
    Ok(Ok(PreparedCommit {
        output,
        state,
        token: author.token,
        mode,
    }))
}

/// Waits until it is known whether a write was committed; the steps of a staged write are applied by then.
async fn wait_for_outcome(client: &Arc<Client>, revision: Revision, token: &str) -> Result<(), CommitError> {
    let until = Instant::now() + Duration::from_millis(client.options().limits.write_ms_max);
    let mut tries = 0;
    loop {
        match is_written(client, revision, token).await {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(CommitError::Retry(StoreError::Unavailable)),
            // A stopped database stays so until its operator restarts it.
            Err(error) if Instant::now() >= until || matches!(error, StoreError::Stopped) => {
                tracing::error!(%error, %revision, "it could not be found out whether a write was applied");
                return Err(CommitError::Final(StoreError::OutcomeUnknown));
            }
            Err(error) => {
                if tries == 0 {
                    tracing::warn!(%error, %revision, "it cannot be found out yet whether a write was applied with all its steps");
                }
                pause(tries).await;
                tries += 1;
            }
        }
    }
}

/// Whether a writer has committed a revision. While this holds the lock, the earlier writer has committed or failed.
async fn is_written(client: &Arc<Client>, revision: Revision, token: &str) -> StoreResult<bool> {
    let written_by = async {
        let (mut lock, _) = WriteLock::take(client).await?;
        let statement = cypher!("written_by").with("revision", revision.0.cast_signed());
        let written_by = lock.transaction().run::<Option<String>>(statement).await;
        lock.release().await;
        written_by
    };
    let ms_max = client.options().limits.write_ms_max;
    let written_by = written_by
        .await
        .map_err(|error: Neo4jError| error.into_store_error(ms_max))?;
    Ok(written_by.into_iter().flatten().any(|by| by == token))
}

/// Completes what a dead writer left: removes the mark of a commit that was not made, or applies the steps of a staged write.
pub(in crate::store) async fn recover(client: &Arc<Client>) -> StoreResult<()> {
    let ms_max = client.options().limits.write_ms_max;
    let (lock, _) = WriteLock::take(client)
        .await
        .map_err(|error| error.into_store_error(ms_max))?;
    lock.release().await;
    Ok(())
}
