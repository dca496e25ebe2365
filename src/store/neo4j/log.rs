//! Reading the change log: nodes numbered by the one writer there is at a time, so their order is that of the commits, over all
//! processes.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::reader::Neo4jReader;
use super::records::{by_ids, distinct};
use super::statement::{Statement, cypher};
use crate::model::change::Revision;
use crate::model::id::DatasetId;
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::page::Page;
use crate::store::codec::logged;
use crate::store::{Answer, LogQuery, StoreError};

/// Whether a line is told. A line of a time when none were noted concerns all.
const TOLD: &str =
    "AND (size(coalesce(c.datasets, [])) = 0 OR any(dataset IN c.datasets WHERE dataset IN $told))";

/// A line as it comes.
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
    pub(super) async fn page_of_log(&self, query: &LogQuery) -> Answer<Page<LoggedChange>> {
        let ends = self.log_ends(query.after, query.told.as_ref()).await?;
        let first = ends.get("first").map_or(1, |first| first.number);
        if query.after.number + 1 < first {
            return Err(StoreError::LogForgotten);
        }
        // The line before the first that is kept has no gap after it, though it is gone itself.
        if query.after.number + 1 > first && ends.get("at") != Some(&query.after) {
            return Err(StoreError::LogForeign);
        }
        let more = i64::try_from(query.limit).unwrap_or(i64::MAX - 1) + 1;
        let statement = telling(cypher!("log_page"), query.told.as_ref())
            .with("after", query.after.number.cast_signed())
            .with("limit", more);
        let mut rows: Vec<Line> = self.ask(statement).await?;
        rows.sort_by_key(|line| line.0);
        let has_next = rows.len() > query.limit;
        rows.truncate(query.limit);
        Ok(Page {
            items: rows.into_iter().map(Line::read).collect::<Answer<_>>()?,
            has_previous: ends.contains_key("before"),
            has_next,
        })
    }

    pub(super) async fn length_of_log(&self, told: Option<&BTreeSet<DatasetId>>) -> Answer<u64> {
        let counts: Vec<(i64,)> = self.ask(telling(cypher!("log_count"), told)).await?;
        Ok(counts.first().map_or(0, |(count,)| count.unsigned_abs()))
    }

    /// See [`crate::store::Reader::last_lines`].
    pub(super) async fn last_lines_on(
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

    pub(super) async fn end_of_log(&self) -> Answer<LogPlace> {
        let ends = self.log_ends(LogPlace::default(), None).await?;
        Ok(ends.get("last").copied().unwrap_or_default())
    }

    /// The places `first`, `last`, `at` and `before`; see the statement.
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

/// The statement with its condition on what is told.
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
