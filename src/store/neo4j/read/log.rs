//! Reads of the change log. Its lines are `Change` nodes. Only one process writes at a time, and it numbers the lines,
//! so that their order is that of the commits of all processes.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::clauses::window::page;
use super::reader::Neo4jReader;
use super::records::{by_ids, distinct};
use crate::model::change::{LogPosition, LoggedChange, Revision};
use crate::model::id::DatasetId;
use crate::model::page::Page;
use crate::store::codec::decode_change;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::{LogQuery, StoreError, StoreResult};

/// The condition that a line concerns one of the data sets in `$wanted`. A line without data sets, from an older
/// schema, concerns all.
const CONCERNS: &str =
    "AND (size(coalesce(c.datasets, [])) = 0 OR any(dataset IN c.datasets WHERE dataset IN $wanted))";

/// A row of a line of the change log: number, revision, time, principal, action, kind and key of the changed record or
/// data set, the entity that it was merged into, and the data sets that it concerns.
#[derive(Deserialize)]
struct ChangeRow(
    i64,
    i64,
    i64,
    String,
    String,
    String,
    String,
    Option<String>,
    Vec<String>,
);

impl Neo4jReader {
    /// See [`Reader::log`](crate::store::Reader::log).
    pub(in crate::store) async fn log(&self, query: &LogQuery) -> StoreResult<Page<LoggedChange>> {
        let request = &query.page;
        let datasets = query.datasets.as_ref();
        // A page read from the start begins after the position before the first line. Testing that position, too, finds
        // out whether the first lines of the log were deleted.
        let begin = (!request.from_end).then(LogPosition::default);
        let mut has_before = false;
        if let Some(after) = request.after.or(begin) {
            has_before = self.checked_ends(after, datasets).await?.contains_key("before");
        }
        let mut has_behind = false;
        if let Some(before) = request.before {
            has_behind = self.checked_ends(before, datasets).await?.contains_key("behind");
        }
        let number = |place: Option<LogPosition>| place.map(|place| place.number.cast_signed());
        let statement = with_datasets(cypher!("log_page"), datasets)
            .fill("direction", if request.from_end { "DESC" } else { "" })
            .with("after", number(request.after).unwrap_or_default())
            .with("before", number(request.before).unwrap_or(i64::MAX))
            // One line more than the page may have, to see whether there are more.
            .with("limit", i64::try_from(request.limit).unwrap_or(i64::MAX - 1) + 1);
        let mut rows: Vec<ChangeRow> = self.ask(statement).await?;
        rows.sort_by_key(|line| line.0);
        if request.from_end {
            rows.reverse();
        }
        let lines = rows
            .into_iter()
            .map(ChangeRow::read)
            .collect::<StoreResult<_>>()?;
        Ok(page(
            lines,
            request.limit,
            request.from_end,
            has_before,
            has_behind,
        ))
    }

    /// [`Self::log_ends`] of a position from which the log must be complete. Fails if lines after the position were
    /// deleted, or if the position is of another log.
    async fn checked_ends(
        &self,
        at: LogPosition,
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<HashMap<String, LogPosition>> {
        let ends = self.log_ends(at, datasets).await?;
        let first = ends.get("first").map_or(1, |first| first.number);
        if at.number + 1 < first {
            return Err(StoreError::LogTruncated);
        }
        // The position just before the first remaining line is valid without its own line: nothing after it is missing.
        if at.number + 1 > first && ends.get("at") != Some(&at) {
            return Err(StoreError::LogPositionUnknown);
        }
        Ok(ends)
    }

    /// See [`Reader::count_log`](crate::store::Reader::count_log).
    pub(in crate::store) async fn count_log(
        &self,
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<u64> {
        let counts: Vec<(i64,)> = self.ask(with_datasets(cypher!("log_count"), datasets)).await?;
        Ok(counts.first().map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// See [`Reader::last_lines`](crate::store::Reader::last_lines).
    pub(in crate::store) async fn last_lines(
        &self,
        keys: &[String],
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<Vec<Option<LoggedChange>>> {
        let wanted = distinct(keys.iter().map(String::as_str));
        let statement = with_datasets(cypher!("log_last"), datasets);
        let rows: Vec<ChangeRow> = self.ask_all(by_ids(&statement, &wanted)).await?;
        let mut last = HashMap::with_capacity(rows.len());
        for line in rows {
            let line = line.read()?;
            last.insert(line.changed.as_str().to_string(), line);
        }
        Ok(keys.iter().map(|key| last.get(key).cloned()).collect())
    }

    /// See [`Reader::log_begin`](crate::store::Reader::log_begin).
    pub(in crate::store) async fn log_begin(&self) -> StoreResult<LogPosition> {
        let ends = self.log_ends(LogPosition::default(), None).await?;
        Ok(ends.get("first").copied().unwrap_or_default())
    }

    /// See [`Reader::log_end`](crate::store::Reader::log_end).
    pub(in crate::store) async fn log_end(&self) -> StoreResult<LogPosition> {
        let ends = self.log_ends(LogPosition::default(), None).await?;
        Ok(ends.get("last").copied().unwrap_or_default())
    }

    /// Some positions of the log by name, each only if it exists: `first` and `last` are the ends of the log, `at` is
    /// the line with the number of `at`, `before` is any line up to it and `behind` any line from it on.
    ///
    /// `datasets` limits only `before` and `behind`.
    async fn log_ends(
        &self,
        at: LogPosition,
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<HashMap<String, LogPosition>> {
        let statement = with_datasets(cypher!("log_ends"), datasets).with("place", at.number.cast_signed());
        let rows: Vec<(String, i64, i64)> = self.ask(statement).await?;
        let place = |(name, number, revision): (String, i64, i64)| {
            let place = LogPosition {
                number: number.cast_unsigned(),
                revision: Revision(revision.cast_unsigned()),
            };
            (name, place)
        };
        Ok(rows.into_iter().map(place).collect())
    }
}

/// Fills in the condition on the data sets; without data sets, all lines are read.
fn with_datasets(statement: CypherStatement, datasets: Option<&BTreeSet<DatasetId>>) -> CypherStatement {
    let Some(datasets) = datasets else {
        return statement.fill("concerns", "");
    };
    let ids: Vec<String> = datasets.iter().map(ToString::to_string).collect();
    statement.fill("concerns", CONCERNS).with("wanted", ids)
}

impl ChangeRow {
    fn read(self) -> StoreResult<LoggedChange> {
        let Self(number, revision, at, by, action, kind, key, merged_into, datasets) = self;
        Ok(decode_change(
            (number, revision),
            at,
            by,
            [&action, &kind, &key],
            merged_into.as_deref(),
            &datasets,
        )?)
    }
}
