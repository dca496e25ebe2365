//! Reading the change log from the file, up to the revision of a snapshot: the file may already hold lines of a transaction that is
//! not published yet.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::model::change::{LogPosition, LoggedChange, Revision};
use crate::model::id::DatasetId;
use crate::model::page::Page;
use crate::store::codec::{decode, decode_change, encode};
use crate::store::{LogQuery, StoreError, StoreResult};

/// The condition that a line concerns one of some data sets: `?1` is a JSON list of data sets, or null for all. A line without data
/// sets, from an older schema, concerns all.
const CONCERNS: &str = "(?1 IS NULL OR datasets = '[]' OR EXISTS (
    SELECT 1 FROM json_each(change.datasets) AS one JOIN json_each(?1) AS wanted ON wanted.value = one.value))";

const SELECT_LINE: &str =
    "SELECT cursor, revision, at, by, action, subject_kind, subject, merged_into, datasets FROM change";

/// See [`crate::store::Reader::log`].
pub(super) fn page(conn: &Connection, query: &LogQuery, at: Revision) -> StoreResult<Page<LoggedChange>> {
    let request = &query.page;
    let begin = (!request.from_end).then(LogPosition::default);
    for given in request.after.or(begin).into_iter().chain(request.before) {
        check(conn, given, at)?;
    }
    let datasets = encode_dataset_ids(query.datasets.as_ref())?;
    let number = |place: Option<LogPosition>| place.map(|place| place.number.cast_signed());
    let (after, before) = (number(request.after), number(request.before));
    let revision = at.0.cast_signed();
    let mut items = {
        let direction = if request.from_end { "DESC" } else { "" };
        let sql = format!(
            "{SELECT_LINE} WHERE cursor > ?2 AND cursor < ?3 AND revision <= ?4 AND {CONCERNS} ORDER BY cursor {direction} LIMIT ?5"
        );
        let mut select = conn.prepare_cached(&sql)?;
        let more = i64::try_from(request.limit).unwrap_or(i64::MAX - 1) + 1;
        let (above, below) = (after.unwrap_or_default(), before.unwrap_or(i64::MAX));
        let rows = select.query_and_then(params![datasets, above, below, revision, more], line)?;
        rows.collect::<StoreResult<Vec<_>>>()?
    };
    let more = items.len() > request.limit;
    items.truncate(request.limit);
    let has_line = |test: &str, edge: i64| -> StoreResult<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM change WHERE cursor {test} ?2 AND revision <= ?3 AND {CONCERNS})"
        );
        let found = conn
            .prepare_cached(&sql)?
            .query_row(params![datasets, edge, revision], |row| row.get(0))?;
        Ok(found)
    };
    let (has_previous, has_next) = if request.from_end {
        items.reverse();
        let behind = before.map(|edge| has_line(">=", edge)).transpose()?;
        (more, behind.unwrap_or(false))
    } else {
        let in_front = after.map(|edge| has_line("<=", edge)).transpose()?;
        (in_front.unwrap_or(false), more)
    };
    Ok(Page {
        items,
        has_previous,
        has_next,
    })
}

/// See [`crate::store::Reader::count_log`].
pub(super) fn count(
    conn: &Connection,
    datasets: Option<&BTreeSet<DatasetId>>,
    at: Revision,
) -> StoreResult<u64> {
    let sql = format!("SELECT count(*) FROM change WHERE revision <= ?2 AND {CONCERNS}");
    let count: i64 = conn.prepare_cached(&sql)?.query_row(
        params![encode_dataset_ids(datasets)?, at.0.cast_signed()],
        |row| row.get(0),
    )?;
    Ok(count.unsigned_abs())
}

/// See [`crate::store::Reader::log_begin`].
pub(super) fn begin(conn: &Connection, at: Revision) -> StoreResult<LogPosition> {
    let sql = "SELECT cursor, revision FROM change WHERE revision <= ?1 ORDER BY cursor LIMIT 1";
    edge(conn, sql, at)
}

/// See [`crate::store::Reader::log_end`].
pub(super) fn end(conn: &Connection, at: Revision) -> StoreResult<LogPosition> {
    let sql = "SELECT cursor, revision FROM change WHERE revision <= ?1 ORDER BY cursor DESC LIMIT 1";
    edge(conn, sql, at)
}

fn edge(conn: &Connection, sql: &str, at: Revision) -> StoreResult<LogPosition> {
    let edge = conn
        .prepare_cached(sql)?
        .query_row([at.0.cast_signed()], place)
        .optional()?;
    Ok(edge.unwrap_or_default())
}

/// See [`crate::store::Reader::last_lines`].
pub(super) fn last_lines(
    conn: &Connection,
    keys: &[String],
    datasets: Option<&BTreeSet<DatasetId>>,
    at: Revision,
) -> StoreResult<Vec<Option<LoggedChange>>> {
    let (datasets, at) = (encode_dataset_ids(datasets)?, at.0.cast_signed());
    let sql = format!(
        "{SELECT_LINE} WHERE subject = ?2 AND revision <= ?3 AND {CONCERNS} ORDER BY cursor DESC LIMIT 1"
    );
    let mut select = conn.prepare_cached(&sql)?;
    let mut last = |key: &String| {
        let mut rows = select.query(params![datasets, key, at])?;
        rows.next()?.map(line).transpose()
    };
    keys.iter().map(&mut last).collect()
}

/// Fails if the log does not have a place.
fn check(conn: &Connection, given: LogPosition, at: Revision) -> StoreResult<()> {
    let first: Option<i64> = conn
        .prepare_cached("SELECT min(cursor) FROM change")?
        .query_row([], |row| row.get(0))?;
    let first = first.map_or(1, i64::cast_unsigned);
    // The line before the first kept line is gone, but nothing after it is missing.
    if given.number + 1 < first {
        return Err(StoreError::LogTruncated);
    }
    if given.number + 1 == first {
        return Ok(());
    }
    let sql = "SELECT cursor, revision FROM change WHERE cursor = ?1 AND revision <= ?2";
    let found = conn
        .prepare_cached(sql)?
        .query_row(params![given.number.cast_signed(), at.0.cast_signed()], place)
        .optional()?;
    if found == Some(given) {
        Ok(())
    } else {
        Err(StoreError::LogPositionUnknown)
    }
}

fn place(row: &Row<'_>) -> rusqlite::Result<LogPosition> {
    Ok(LogPosition {
        number: row.get::<_, i64>(0)?.cast_unsigned(),
        revision: Revision(row.get::<_, i64>(1)?.cast_unsigned()),
    })
}

fn line(row: &Row<'_>) -> StoreResult<LoggedChange> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let merged_into: Option<String> = row.get(7)?;
    let datasets: Vec<String> = decode(text(8)?)?;
    Ok(decode_change(
        (row.get(0)?, row.get(1)?),
        row.get(2)?,
        row.get(3)?,
        [text(4)?, text(5)?, text(6)?],
        merged_into.as_deref(),
        &datasets,
    )?)
}

fn encode_dataset_ids(datasets: Option<&BTreeSet<DatasetId>>) -> StoreResult<Option<String>> {
    let list =
        |datasets: &BTreeSet<DatasetId>| encode(&datasets.iter().map(DatasetId::as_str).collect::<Vec<_>>());
    Ok(datasets.map(list).transpose()?)
}
