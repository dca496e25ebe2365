//! The upgrade of a file from an older schema version, in one transaction.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::file::{RecordTable, row_hash};
use crate::model::change::Record;
use crate::store::StoreError;
use crate::store::codec::{
    EntityRow, ObservationRow, RelationRow, StatementRow, decode, encode_record, entity_id,
};

/// The SQL that raises the schema, in order: the version that it starts from, and the statements that lead to the next.
pub(super) const STEPS: [(i64, &str); 3] = [
    (
        1,
        "ALTER TABLE change ADD COLUMN datasets TEXT NOT NULL DEFAULT '[]';",
    ),
    (2, "CREATE INDEX change_subject ON change (subject);"),
    // The tables stay as they are; `derive_known_from` changes the records.
    (3, ""),
];

/// The last version whose records do not store the day from which their amounts are known.
const WITHOUT_KNOWN_FROM: i64 = 3;

/// Upgrades a file from the version `found` to the version `to`.
pub(super) fn upgrade(conn: &Connection, found: i64, to: i64) -> Result<(), StoreError> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    for (_, step) in STEPS.iter().filter(|(from, _)| *from >= found) {
        transaction.execute_batch(step)?;
    }
    if found <= WITHOUT_KNOWN_FROM {
        derive_known_from(&transaction)?;
    }
    transaction.pragma_update(None, "user_version", to)?;
    Ok(transaction.commit()?)
}

/// The row of a record, with its statements. All of it but the statements is part of the row's hash.
struct UpgradeRow {
    id: String,
    /// The record as JSON.
    body: String,
    /// The id of the row of its provenance.
    provenance: i64,
    /// The id of the row of its statements.
    evidence: i64,
    /// Its statements as a JSON array.
    statements: String,
}

/// Derives the day from which each amount is known from the dates of its statements, and stores it in the record.
///
/// Only records with a dated statement are read: without a date, an amount counts as always known. The digest of the
/// file is the sum of the hashes of all rows, so it changes by the difference of the hashes of each changed row.
fn derive_known_from(conn: &Connection) -> Result<(), StoreError> {
    let mut digest_change: i64 = 0;
    for table in [
        RecordTable::Entity,
        RecordTable::Relation,
        RecordTable::Observation,
    ] {
        // `"o":"` is the key of a statement's date, `as_of`, in the stored JSON.
        let sql = format!(
            "SELECT r.id, r.body, r.provenance, r.evidence, e.body FROM {} r JOIN evidence e ON e.id = r.evidence
             WHERE instr(e.body, '\"o\":\"') > 0",
            table.name()
        );
        let mut select = conn.prepare(&sql)?;
        let rows = select.query_map([], |row| {
            Ok(UpgradeRow {
                id: row.get(0)?,
                body: row.get(1)?,
                provenance: row.get(2)?,
                evidence: row.get(3)?,
                statements: row.get(4)?,
            })
        })?;
        let rows: Vec<UpgradeRow> = rows.collect::<rusqlite::Result<_>>()?;
        let sql = format!("UPDATE {} SET body = ?2, hash = ?3 WHERE id = ?1", table.name());
        let mut update = conn.prepare(&sql)?;
        for row in rows {
            let body = resolved_body(table, &row)?;
            if body == row.body {
                continue;
            }
            let hash = |body: &str| row_hash(table, &row.id, body, row.provenance, row.evidence);
            update.execute(params![row.id, body, hash(&body)])?;
            digest_change = digest_change
                .wrapping_add(hash(&body))
                .wrapping_sub(hash(&row.body));
        }
    }
    let digest: i64 = conn.query_row("SELECT value FROM meta WHERE name = 'digest'", [], |row| {
        row.get(0)
    })?;
    conn.execute(
        "UPDATE meta SET value = ?1 WHERE name = 'digest'",
        [digest.wrapping_add(digest_change)],
    )?;
    Ok(())
}

/// The body of a record, with amounts resolved from its statements.
fn resolved_body(table: RecordTable, row: &UpgradeRow) -> Result<String, StoreError> {
    let statements: Vec<StatementRow> = decode(&row.statements)?;
    let statements: Vec<_> = statements
        .into_iter()
        .map(StatementRow::read)
        .collect::<Result<_, _>>()?;
    let record = match table {
        RecordTable::Entity => Record::Entity(decode::<EntityRow>(&row.body)?.read(&row.id)?),
        RecordTable::Relation => {
            let relation = decode::<RelationRow<'_>>(&row.body)?;
            let (from, to) = (entity_id(&relation.from)?, entity_id(&relation.to)?);
            Record::Relation(relation.read(&row.id, from, to)?)
        }
        RecordTable::Observation => Record::Observation(decode::<ObservationRow>(&row.body)?.read(&row.id)?),
        RecordTable::Source | RecordTable::Rule => return Ok(row.body.clone()),
    };
    Ok(encode_record(&record.resolved(&statements))?)
}
