//! A check or repair of the native graph, which holds the writers' lock and a reader at the locked revision.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use neo4rs::BoltType;
use serde::de::DeserializeOwned;

use super::report::{NativeProblem, NativeReport};
use crate::model::id::DatasetId;
use crate::model::record::Access;
use crate::store::codec::Provenance;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::read::reader::Neo4jReader;
use crate::store::neo4j::shared::SharedState;
use crate::store::neo4j::write::lock::WriteLock;
use crate::store::neo4j::write::properties;
use crate::store::visibility::HiddenDatasets;
use crate::store::{StoreError, StoreResult, VisibilityFilter};

/// Whether problems are repaired.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckMode {
    /// Problems are reported.
    Check,
    /// Problems are reported and repaired.
    Repair,
}

/// A running check or repair.
pub(super) struct NativeCheck {
    pub(super) shared: Arc<SharedState>,
    mode: CheckMode,
    /// The lock; none only between two pages.
    lock: Option<WriteLock>,
    pub(super) reader: Neo4jReader,
    /// The number of the newest provenance.
    newest: i64,
    /// Whether the current page was changed.
    is_changed: bool,
    /// The restricted data sets.
    pub(super) restricted: HiddenDatasets,
    pub(super) report: NativeReport,
}

impl NativeCheck {
    pub(super) async fn begin(
        shared: &Arc<SharedState>,
        mode: CheckMode,
        patience: Duration,
    ) -> StoreResult<Self> {
        let taken = tokio::time::timeout(patience, Self::lock(shared)).await;
        let (lock, reader, newest) = match taken {
            Ok(taken) => taken?,
            Err(_) if mode == CheckMode::Repair => return Err(StoreError::Locked),
            Err(_) => Self::lock(shared).await?,
        };
        let mut check = Self {
            shared: shared.clone(),
            mode,
            lock: Some(lock),
            reader,
            newest,
            is_changed: false,
            restricted: HiddenDatasets::new(),
            report: NativeReport::default(),
        };
        check.restricted = check.restricted_datasets().await?;
        Ok(check)
    }

    async fn lock(shared: &Arc<SharedState>) -> StoreResult<(WriteLock, Neo4jReader, i64)> {
        let ms_max = shared.client.options().limits.write_ms_max;
        let (lock, last) = WriteLock::take(&shared.client)
            .await
            .map_err(|error| error.into_store_error(ms_max))?;
        let reader = Neo4jReader::at(shared, last.graph_state(), &VisibilityFilter::All).await?;
        Ok((lock, reader, last.provenance))
    }

    async fn restricted_datasets(&self) -> StoreResult<HiddenDatasets> {
        let datasets = self.reader.datasets_by_id().await?.into_values();
        let restricted = datasets.filter(|dataset| dataset.access == Access::Restricted);
        Ok(restricted
            .map(|dataset| dataset.id)
            .collect::<std::collections::BTreeSet<DatasetId>>())
    }

    /// Whether problems are repaired.
    pub(super) fn repairs(&self) -> bool {
        self.mode == CheckMode::Repair
    }

    /// Ends a page: commits its repairs, and lets other writers in.
    pub(super) async fn end_page(&mut self) -> StoreResult<()> {
        if !std::mem::take(&mut self.is_changed) {
            return Ok(());
        }
        self.release_lock(true).await?;
        let (lock, reader, newest) = Self::lock(&self.shared).await?;
        self.lock = Some(lock);
        self.reader = reader;
        self.newest = newest;
        self.restricted = self.restricted_datasets().await?;
        Ok(())
    }

    /// Ends the check or repair.
    pub(super) async fn end(mut self) -> StoreResult<NativeReport> {
        let is_changed = self.is_changed;
        self.release_lock(is_changed).await?;
        if self.repairs() {
            // The caches were filled before the repair.
            self.shared.clear_caches();
        }
        Ok(self.report)
    }

    /// Releases the lock, with or without a commit of the repairs.
    async fn release_lock(&mut self, is_changed: bool) -> StoreResult<()> {
        let ms_max = self.ms_max();
        match self.lock.take() {
            Some(lock) if is_changed => lock
                .commit()
                .await
                .map(drop)
                .map_err(|error| error.into_store_error(ms_max)),
            Some(lock) => {
                lock.release().await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn ms_max(&self) -> u64 {
        self.shared.client.options().limits.write_ms_max
    }

    /// Runs a statement in the transaction that holds the lock: one that takes long or writes.
    pub(super) async fn run<T: DeserializeOwned>(
        &mut self,
        statement: CypherStatement,
    ) -> StoreResult<Vec<T>> {
        let ms_max = self.ms_max();
        match &mut self.lock {
            Some(lock) => {
                let run = lock.transaction().run(statement).await;
                run.map_err(|error| error.into_store_error(ms_max))
            }
            None => Err(StoreError::Unavailable),
        }
    }

    /// Runs a statement that repairs, if this is a repair and there are rows.
    pub(super) async fn repair(
        &mut self,
        statement: CypherStatement,
        parameter: &str,
        rows: Vec<BoltType>,
    ) -> StoreResult<()> {
        if self.repairs() && !rows.is_empty() {
            self.is_changed = true;
            self.run::<(i64,)>(statement.with(parameter, rows)).await?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, problem: NativeProblem, id: &str) {
        self.report.note(problem, id);
    }

    /// The numbers of provenances by their keys. Missing provenances are written if this is a repair.
    pub(super) async fn provenance_numbers(
        &mut self,
        wanted: &HashMap<u64, Provenance>,
    ) -> StoreResult<HashMap<u64, i64>> {
        let keys = wanted.keys().copied().collect();
        let mut known = self.reader.provenance_ids(&keys).await?;
        if !self.repairs() {
            return Ok(known);
        }
        let mut rows = Vec::new();
        for (key, provenance) in wanted {
            let number = match known.get(key) {
                Some(number) => *number,
                None => {
                    self.newest += 1;
                    known.insert(*key, self.newest);
                    self.newest
                }
            };
            rows.push(properties::provenance(number, *key, provenance).map());
        }
        self.repair(cypher!("native/put_provenances"), "rows", rows)
            .await?;
        if self.is_changed {
            let end = cypher!("native/provenance_end").with("provenance", self.newest);
            self.run::<(i64,)>(end).await?;
        }
        Ok(known)
    }
}
