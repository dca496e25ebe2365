//! What a job works on: the newest graph, and the transaction in which the next one is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::apply::{Builder, Provenances};
use super::file::{FileWriter, RecordTable, commit, read_evidence};
use super::graph::{EvidenceRow, Graph};
use super::medium::Medium;
use super::pool::{Fresh, Unpublished};
use crate::model::change::{Change, ChangeAction, ChangeSet, Record, Revision, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LogPlace, LoggedChange, concerned, public_gone, told_of};
use crate::model::statement::Statement;
use crate::store::codec::{DatasetRow, EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, encode};
use crate::store::{Answer, StoreError};

/// A group of change sets ends after this many changes: a large change set waits for none that come after it.
pub(super) const GROUP_CHANGES_MAX: usize = 10_000;

/// The newest graph, and the open transaction of its group.
pub(super) struct Scope<'w> {
    pub(super) tip: Arc<Graph>,
    pub(super) fresh: &'w Fresh,
    conn: &'w Connection,
    provenances: &'w mut Provenances,
    medium: &'w Medium,
    superseded: Vec<EvidenceRow>,
    changes: usize,
    /// Why the transaction cannot be committed any more.
    lost: Option<StoreError>,
}

/// A change set that is written and not committed yet.
struct Written {
    graph: Graph,
    superseded: Vec<EvidenceRow>,
    fresh: Unpublished,
}

impl<'w> Scope<'w> {
    /// Within a transaction that is open.
    pub(super) fn new(
        tip: Arc<Graph>,
        fresh: &'w Fresh,
        conn: &'w Connection,
        provenances: &'w mut Provenances,
        medium: &'w Medium,
    ) -> Self {
        Self {
            tip,
            fresh,
            conn,
            provenances,
            medium,
            superseded: Vec::new(),
            changes: 0,
            lost: None,
        }
    }

    /// Whether the transaction is still the one that was begun.
    pub(super) fn is_open(&self) -> bool {
        self.lost.is_none() && !self.conn.is_autocommit()
    }

    /// How many changes were asked for so far.
    pub(super) fn changes(&self) -> usize {
        self.changes
    }

    /// Commits; the graph that is on the medium then, and the rows of evidence that it does not point to any more.
    pub(super) fn commit(self) -> Answer<(Arc<Graph>, Vec<EvidenceRow>)> {
        if let Some(lost) = self.lost {
            return Err(lost);
        }
        commit(self.conn).map_err(|error| self.medium.explain(error))?;
        Ok((self.tip, self.superseded))
    }

    /// Writes a change set whole, or leaves the graph and the file as they were. True where anything changed.
    pub(super) fn apply(&mut self, changes: ChangeSet) -> Answer<bool> {
        // Without a transaction around it, a savepoint would be one, and its release a commit.
        if !self.is_open() {
            let lost = StoreError::Fault("the transaction was rolled back".into());
            return Err(self.lost.get_or_insert(lost).clone());
        }
        let written = self
            .execute("SAVEPOINT change_set")
            .and_then(|()| self.write(changes))
            .and_then(|written| self.execute("RELEASE change_set").map(|()| written));
        match written {
            Ok(written) => Ok(written.map(|written| self.take(written)).is_some()),
            Err(error) => {
                let error = self.medium.explain(error);
                self.undo(&error);
                Err(error)
            }
        }
    }

    fn execute(&self, sql: &str) -> Answer<()> {
        Ok(self.conn.execute_batch(sql)?)
    }

    fn take(&mut self, written: Written) {
        self.tip = Arc::new(written.graph);
        self.superseded.extend(written.superseded);
        let mut fresh = self.fresh.write();
        fresh.statements.extend(written.fresh.statements);
        fresh.lines.extend(written.fresh.lines);
    }

    /// Undoes what a change set has written. Where the medium is full or fails, `SQLite` itself undoes the whole transaction.
    fn undo(&mut self, cause: &StoreError) {
        let undone =
            !self.conn.is_autocommit() && self.execute("ROLLBACK TO change_set; RELEASE change_set").is_ok();
        if !undone {
            self.lost = Some(cause.clone());
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "an arm a change, in the order in which they take effect"
    )]
    fn write(&mut self, set: ChangeSet) -> Answer<Option<Written>> {
        self.changes += set.changes.len();
        let keep_fresh = self.changes < GROUP_CHANGES_MAX;
        let mut next = Graph::clone(&self.tip);
        next.revision = Revision(next.revision.0 + 1);
        let mut log = Log {
            revision: next.revision,
            at: set.at,
            by: &set.by,
            public_gone: public_gone(&set.changes, |id| {
                self.tip.datasets.get(id).map(|node| node.dataset.access)
            }),
            lines: Vec::new(),
        };
        let mut file = FileWriter::new(self.conn)?;
        let mut builder = Builder::new(&mut next);
        let mut superseded = Vec::new();
        let mut fresh = Unpublished::default();
        let mut history = None;
        for change in set.changes {
            match change {
                Change::Put { record, statements } => {
                    let subject = record.subject();
                    let standing = self.standing(&subject)?;
                    if standing.as_ref().is_some_and(|old| old.is(&record, &statements)) {
                        continue;
                    }
                    let record = record.resolved(&statements);
                    let old = standing.as_ref().map(Standing::version);
                    let datasets = concerned(old, Some((&record, &statements)));
                    let row = if statements.is_empty() {
                        0
                    } else {
                        file.put_evidence(&statements)?
                    };
                    let provenance = self
                        .provenances
                        .share(crate::store::codec::Provenance::of(&statements));
                    let provenance_row = file.provenance(&provenance)?;
                    file.put(
                        RecordTable::of_record(&record),
                        subject.as_str(),
                        &body_of(&record)?,
                        provenance_row,
                        row,
                        !builder.has(&subject),
                    )?;
                    if keep_fresh {
                        fresh.statements.insert(row, statements.into());
                    }
                    let action = action(standing.is_some());
                    superseded.extend(standing.map(|old| old.evidence_row));
                    builder
                        .put(record, provenance, row)
                        .map_err(|misfit| StoreError::Fault(misfit.to_string()))?;
                    log.write(&file, action, Changed::Record(subject), None, datasets)?;
                }
                Change::Delete(subject) => {
                    let standing = self.standing(&subject)?;
                    let datasets = concerned(standing.as_ref().map(Standing::version), None);
                    superseded.extend(standing.map(|old| old.evidence_row));
                    builder
                        .delete(&subject)
                        .map_err(|misfit| StoreError::Fault(misfit.to_string()))?;
                    file.delete(RecordTable::of(&subject), subject.as_str())?;
                    log.write(
                        &file,
                        ChangeAction::Deleted,
                        Changed::Record(subject),
                        None,
                        datasets,
                    )?;
                }
                Change::Dataset(dataset) => {
                    let standing = self.tip.datasets.get(&dataset.id);
                    if standing.is_some_and(|old| old.dataset == dataset) {
                        continue;
                    }
                    let action = action(standing.is_some());
                    file.put_dataset(dataset.id.as_str(), &encode(&DatasetRow::of(&dataset))?)?;
                    let (id, datasets) = (dataset.id.clone(), BTreeSet::from([dataset.id.clone()]));
                    log.write(&file, action, Changed::Dataset(id), None, datasets)?;
                    builder.put_dataset(dataset);
                }
                Change::DeleteDataset(id) => {
                    file.delete_dataset(id.as_str())?;
                    builder.delete_dataset(&id);
                    let datasets = BTreeSet::from([id.clone()]);
                    log.write(&file, ChangeAction::Deleted, Changed::Dataset(id), None, datasets)?;
                }
                Change::Redirect { from, to } => {
                    file.put_redirect(from.as_str(), to.as_str())?;
                    let stood = self.tip.entities.row(from.as_str());
                    let members = stood.map(|node| node.facts.provenance.members.clone());
                    let datasets = members.unwrap_or_else(|| builder.members(&to));
                    let changed = Changed::Record(Subject::Entity(from.clone()));
                    let datasets = datasets.into_iter().collect();
                    log.write(&file, ChangeAction::Merged, changed, Some(to.clone()), datasets)?;
                    builder.redirect(from, to);
                }
                Change::History { revision, log } => history = Some((revision, log)),
            }
        }
        builder.finish();
        if log.lines.is_empty() {
            return Ok(None);
        }
        if keep_fresh {
            fresh.lines = log.lines;
        }
        if let Some((revision, log)) = history {
            next.revision = revision;
            file.replace_log(&log)?;
        }
        file.finish(next.revision)?;
        superseded.retain(|row| *row != 0);
        Ok(Some(Written {
            graph: next,
            superseded,
            fresh,
        }))
    }
}

fn action(stood: bool) -> ChangeAction {
    if stood {
        ChangeAction::Updated
    } else {
        ChangeAction::Created
    }
}

/// The log of one change set.
struct Log<'a> {
    revision: Revision,
    at: DateTime<Utc>,
    by: &'a str,
    /// The data sets that it takes away and that everyone may see.
    public_gone: BTreeSet<DatasetId>,
    lines: Vec<LoggedChange>,
}

impl Log<'_> {
    fn write(
        &mut self,
        file: &FileWriter<'_>,
        action: ChangeAction,
        changed: Changed,
        merged_into: Option<EntityId>,
        datasets: BTreeSet<DatasetId>,
    ) -> Answer<()> {
        let mut line = LoggedChange {
            place: LogPlace {
                number: 0,
                revision: self.revision,
            },
            at: self.at,
            by: self.by.to_string(),
            action,
            changed,
            merged_into,
            datasets: told_of(datasets, &self.public_gone),
        };
        line.place.number = file.log(&line)?;
        self.lines.push(line);
        Ok(())
    }
}

/// A record as it stands, with its statements.
struct Standing {
    record: Record,
    statements: Vec<Statement>,
    evidence_row: EvidenceRow,
}

impl Standing {
    fn version(&self) -> (&Record, &[Statement]) {
        (&self.record, &self.statements)
    }

    /// Whether it says the same.
    fn is(&self, record: &Record, statements: &[Statement]) -> bool {
        self.record == *record
            && self.statements.len() == statements.len()
            && self
                .statements
                .iter()
                .zip(statements)
                .all(|(a, b)| a.says_the_same(b))
    }
}

impl Scope<'_> {
    /// A record as it stands; none where it does not stand.
    fn standing(&self, subject: &Subject) -> Answer<Option<Standing>> {
        let Some((record, evidence_row)) = record_of(&self.tip, subject)? else {
            return Ok(None);
        };
        Ok(Some(Standing {
            record,
            statements: self.statements_in(evidence_row)?,
            evidence_row,
        }))
    }

    fn statements_in(&self, row: EvidenceRow) -> Answer<Vec<Statement>> {
        if row == 0 {
            return Ok(Vec::new());
        }
        let fresh = self.fresh.read().statements.get(&row).cloned();
        if let Some(fresh) = fresh {
            return Ok(fresh.to_vec());
        }
        let mut rows = read_evidence(self.conn, &[row])?;
        rows.pop()
            .ok_or_else(|| StoreError::Damaged(format!("statements {row} were not read")))
    }
}

fn record_of(graph: &Graph, subject: &Subject) -> Answer<Option<(Record, EvidenceRow)>> {
    if let Subject::Relation(id) = subject {
        let Some(node) = graph.relations.row(id.as_str()) else {
            return Ok(None);
        };
        let unpacked = graph.unpack(node);
        let relation = unpacked
            .ok_or_else(|| StoreError::Damaged(format!("{id} has an end that is not in the graph")))?;
        return Ok(Some((Record::Relation(relation), node.evidence_row)));
    }
    Ok(leaf_of(graph, subject))
}

/// Any record but a relation.
fn leaf_of(graph: &Graph, subject: &Subject) -> Option<(Record, EvidenceRow)> {
    Some(match subject {
        Subject::Source(id) => (Record::Source((**graph.sources.row(id.as_str())?).clone()), 0),
        Subject::Entity(id) => {
            let core = &graph.entities.row(id.as_str())?.facts;
            (Record::Entity((*core.entity).clone()), core.evidence_row)
        }
        Subject::Relation(_) => return None,
        Subject::Observation(id) => {
            let leaf = graph.observations.row(id.as_str())?;
            (Record::Observation((*leaf.record).clone()), leaf.evidence_row)
        }
        Subject::Rule(id) => {
            let leaf = graph.rules.row(id.as_str())?;
            (Record::Rule((*leaf.record).clone()), leaf.evidence_row)
        }
    })
}

fn body_of(record: &Record) -> Answer<String> {
    Ok(match record {
        Record::Source(source) => encode(&SourceRow::of(source))?,
        Record::Entity(entity) => encode(&EntityRow::of(entity))?,
        Record::Relation(relation) => encode(&RelationRow::of(relation))?,
        Record::Observation(observation) => encode(&ObservationRow::of(observation))?,
        Record::Rule(rule) => encode(&RuleRow::of(rule))?,
    })
}
