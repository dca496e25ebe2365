//! The check and repair of the native graph, which Hukun derives from the records so that Neo4j can walk, list and search.
//!
//! The record is the `body` of its node, and its statements are those of `Evidence`; everything else is derived, by the code that writes.
//! A check reads page by page while writers wait. A repair takes the writers' lock for each page, and repairs the page in the transaction
//! that holds the lock: it can be interrupted at any time, and run again.

mod check;
mod expected;
mod graph;
mod records;
mod report;
mod schema;

use std::time::Duration;

pub use self::report::{NativeProblem, NativeReport, ProblemCount};

use self::check::{CheckMode, NativeCheck};
use crate::store::StoreResult;
use crate::store::neo4j::Neo4jStore;

/// How long a repair waits for another writer before it fails.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

impl Neo4jStore {
    /// Compares the native graph with the records, at one revision. `step` is called with the name of each step.
    pub async fn check_native(&self, step: impl FnMut(&str)) -> StoreResult<NativeReport> {
        self.run_native_check(CheckMode::Check, step).await
    }

    /// Repairs derived data that differs, and reports it. Fails with [`StoreError::Locked`](crate::store::StoreError::Locked) while another
    /// writer is at work.
    pub async fn repair_native(&self, step: impl FnMut(&str)) -> StoreResult<NativeReport> {
        self.run_native_check(CheckMode::Repair, step).await
    }

    async fn run_native_check(
        &self,
        mode: CheckMode,
        mut step: impl FnMut(&str),
    ) -> StoreResult<NativeReport> {
        let permit = self.write_permit().await?;
        let mut check = NativeCheck::begin(&self.shared, mode, LOCK_PATIENCE).await?;
        step("constraints and indexes");
        if check.check_schema().await? {
            step("sources and data sets");
            check.check_labels().await?;
            check.check_records("Source").await?;
            check.check_datasets().await?;
            step("entities");
            check.check_records("Entity").await?;
            step("relations and their relationships");
            check.check_records("Relation").await?;
            step("observations and rules");
            check.check_records("Observation").await?;
            check.check_records("Rule").await?;
            step("relationships and degrees of entities");
            check.check_ends().await?;
            step("statements and counts");
            check.check_statements().await?;
            check.check_redirects().await?;
            check.check_counts().await?;
            check.count_foreign_data().await?;
            step("constraints of relationships");
            check.repair_relationship_keys().await?;
        }
        let report = check.end().await?;
        drop(permit);
        Ok(report)
    }
}
