//! Reads of the change log: nodes numbered by the one writer there is at a time, so their order is that of the commits, over all
//! processes.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::clauses::window::page;
use super::reader::Neo4jReader;
use super::records::{by_ids, distinct};
use crate::model::change::Revision;
use crate::model::id::DatasetId;
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::page::Page;
use crate::store::codec::logged;
use crate::store::neo4j::driver::statement::{Statement, cypher};
use crate::store::{Answer, LogQuery, StoreError};

/// The test whether a line concerns one of some data sets. A line without data sets, from an older schema, concerns all.
const TOLD: &str =
    "AND (size(coalesce(c.datasets, [])) = 0 OR any(dataset IN c.datasets WHERE dataset IN $told))";

/// A row of a line.
#[derive(Deserialize)]
struct Line(
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
    pub(in crate::store) async fn log(&self, query: &LogQuery) -> Answer<Page<LoggedChange>> {
        let request = &query.page;
        let told = query.told.as_ref();
        let begin = (!request.from_end).then(LogPlace::default);
        let mut in_front = false;
        if let Some(after) = request.after.or(begin) {
            in_front = self.checked_ends(after, told).await?.contains_key("before");
        }
        let mut behind = false;
        if let Some(before) = request.before {
            behind = self.checked_ends(before, told).await?.contains_key("behind");
        }
        let number = |place: Option<LogPlace>| place.map(|place| place.number.cast_signed());
        let statement = telling(cypher!("log_page"), told)
            .fill("direction", if request.from_end { "DESC" } else { "" })
            .with("after", number(request.after).unwrap_or_default())
            .with("before", number(request.before).unwrap_or(i64::MAX))
            .with("limit", i64::try_from(request.limit).unwrap_or(i64::MAX - 1) + 1);
        let mut rows: Vec<Line> = self.ask(statement).await?;
        rows.sort_by_key(|line| line.0);
        if request.from_end {
            rows.reverse();
        }
        let lines = rows.into_iter().map(Line::read).collect::<Answer<_>>()?;
        Ok(page(lines, request.limit, request.from_end, in_front, behind))
    }

    /// [`Self::log_ends`] of a place that the log must have.
    async fn checked_ends(
        &self,
        at: LogPlace,
        told: Option<&BTreeSet<DatasetId>>,
    ) -> Answer<HashMap<String, LogPlace>> {
        let ends = self.log_ends(at, told).await?;
        let first = ends.get("first").map_or(1, |first| first.number);
        if at.number + 1 < first {
            return Err(StoreError::LogForgotten);
        }
        // The line before the first that is kept has no gap after it, though it is gone itself.
        if at.number + 1 > first && ends.get("at") != Some(&at) {
            return Err(StoreError::LogForeign);
        }
        Ok(ends)
    }

    pub(in crate::store) async fn count_log(&self, told: Option<&BTreeSet<DatasetId>>) -> Answer<u64> {
        let counts: Vec<(i64,)> = self.ask(telling(cypher!("log_count"), told)).await?;
        Ok(counts.first().map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// See [`Reader::last_lines`](crate::store::Reader::last_lines).
    pub(in crate::store) async fn last_lines(
        &self,
        keys: &[String],
        told: Option<&BTreeSet<DatasetId>>,
    ) -> Answer<Vec<Option<LoggedChange>>> {
        let wanted = distinct(keys.iter().map(String::as_str));
        let statement = telling(cypher!("log_last"), told);
        let rows: Vec<Line> = self.ask_all(by_ids(&statement, &wanted)).await?;
        let mut last = HashMap::with_capacity(rows.len());
        for line in rows {
            let line = line.read()?;
            last.insert(line.changed.as_str().to_string(), line);
        }
        Ok(keys.iter().map(|key| last.get(key).cloned()).collect())
    }

    pub(in crate::store) async fn log_end(&self) -> Answer<LogPlace> {
        let ends = self.log_ends(LogPlace::default(), None).await?;
        Ok(ends.get("last").copied().unwrap_or_default())
    }

    /// The places `first`, `last`, `at`, `before` and `behind`; see the statement.
    async fn log_ends(
        &self,
        at: LogPlace,
        told: Option<&BTreeSet<DatasetId>>,
    ) -> Answer<HashMap<String, LogPlace>> {
        let statement = telling(cypher!("log_ends"), told).with("place", at.number.cast_signed());
        let rows: Vec<(String, i64, i64)> = self.ask(statement).await?;
        let place = |(name, number, revision): (String, i64, i64)| {
            let place = LogPlace {
                number: number.cast_unsigned(),
                revision: Revision(revision.cast_unsigned()),
            };
            (name, place)
        };
        Ok(rows.into_iter().map(place).collect())
    }
}

/// The statement with its condition on the data sets.
fn telling(statement: Statement, told: Option<&BTreeSet<DatasetId>>) -> Statement {
    let Some(told) = told else {
        return statement.fill("told", "");
    };
    let ids: Vec<String> = told.iter().map(ToString::to_string).collect();
    statement.fill("told", TOLD).with("told", ids)
}

impl Line {
    fn read(self) -> Answer<LoggedChange> {
        let Self(number, revision, at, by, action, kind, key, merged_into, datasets) = self;
        Ok(logged(
            (number, revision),
            at,
            by,
            [&action, &kind, &key],
            merged_into.as_deref(),
            &datasets,
        )?)
    }
}
