//! The check of the native graph, which Hukun derives from the records so that Neo4j can walk, list and search, and its repair.
//!
//! The record is the `body` of its node, and its statements those of `Evidence`; all else is derived, by the code that writes. A check
//! reads page by page and keeps the writers waiting. A repair takes their lock for each page, and mends the page in the transaction that
//! holds the lock: it can be stopped at any moment, and run again.

mod driver;
mod expected;
mod graph;
mod records;
mod report;
mod schema;

use std::time::Duration;

pub use self::report::{FaultCount, NativeFault, NativeReport};

use self::driver::{Driver, Mode};
use crate::store::Answer;
use crate::store::neo4j::Neo4jStore;

/// How long a repair waits for another writer before it refuses.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

impl Neo4jStore {
    /// Compares the native graph with the records, at one revision. `step` is called with the name of each step.
    pub async fn check_native(&self, step: impl FnMut(&str)) -> Answer<NativeReport> {
        self.go_over(Mode::Check, step).await
    }

    /// Makes anew what is derived and differs, and reports what that was. Refuses with [`StoreError::Locked`](crate::store::StoreError::Locked)
    /// while another writer is at work.
    pub async fn repair_native(&self, step: impl FnMut(&str)) -> Answer<NativeReport> {
        self.go_over(Mode::Repair, step).await
    }

    async fn go_over(&self, mode: Mode, mut step: impl FnMut(&str)) -> Answer<NativeReport> {
        let permit = self.write_permit().await?;
        let mut driver = Driver::begin(&self.shared, mode, LOCK_PATIENCE).await?;
        step("constraints and indexes");
        if driver.schema().await? {
            step("sources and data sets");
            driver.unlabelled().await?;
            driver.pages("Source").await?;
            driver.datasets().await?;
            step("entities");
            driver.pages("Entity").await?;
            step("relations and their relationships");
            driver.pages("Relation").await?;
            step("observations and rules");
            driver.pages("Observation").await?;
            driver.pages("Rule").await?;
            step("relationships and degrees of entities");
            driver.ends().await?;
            step("statements and counts");
            driver.unowned().await?;
            driver.redirects().await?;
            driver.counts().await?;
            driver.foreign().await?;
        }
        let report = driver.end().await?;
        drop(permit);
        Ok(report)
    }
}
