//! The one writer: a thread that takes change sets from a queue and commits several together when several wait.
//!
//! A group is one transaction, so one wait for the medium; within it each change set is a savepoint of its own, with its own
//! revision, and one that fails leaves no trace. Readers see a group when, and only when, it is on the medium.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::apply::{Builder, Provenances};
use super::file::{FileWriter, RecordTable, read_evidence};
use super::graph::{EvidenceRow, Graph};
use super::pool::{Fresh, Unpublished};
use super::views::Views;
use crate::model::change::{Change, ChangeAction, ChangeSet, Record, Revision, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LogPlace, LoggedChange, concerned};
use crate::model::statement::Statement;
use crate::store::codec::{DatasetRow, EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, encode};
use crate::store::{Answer, StoreError};

/// Change sets in one group, at most.
const GROUP_MAX: usize = 64;
/// A group ends after this many changes: a large change set waits for none that come after it.
const GROUP_CHANGES_MAX: usize = 10_000;

/// What a job does with the newest graph; and what it does when its group is on the medium, or is not.
pub(super) type Job = Box<dyn FnOnce(&mut Scope<'_>) -> Done + Send>;
pub(super) type Done = Box<dyn FnOnce(Answer<()>) + Send>;

/// The writer's own state.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) published: Arc<ArcSwap<Graph>>,
    pub(super) tell: watch::Sender<Revision>,
    pub(super) views: Arc<Views>,
    pub(super) fresh: Fresh,
    pub(super) provenances: Provenances,
    /// Graphs that were replaced, and the rows of evidence that only they, or older ones, point to.
    pub(super) garbage: VecDeque<(Weak<Graph>, Vec<EvidenceRow>)>,
}

/// What a job works on: the newest graph, and the means to write the next.
pub(super) struct Scope<'w> {
    pub(super) tip: Arc<Graph>,
    pub(super) fresh: &'w Fresh,
    conn: &'w Connection,
    provenances: &'w mut Provenances,
    superseded: Vec<EvidenceRow>,
    changes: usize,
}

impl Writer {
    /// Works until nobody can send a job any more.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            self.group(first, &mut jobs);
        }
    }

    fn group(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let before = self.published.load_full();
        let dead = self.dead_rows();
        let mut scope = Scope {
            tip: before.clone(),
            fresh: &self.fresh,
            conn: &self.conn,
            provenances: &mut self.provenances,
            superseded: Vec::new(),
            changes: 0,
        };
        let mut done = Vec::new();
        let begun = scope
            .execute("BEGIN IMMEDIATE")
            .and_then(|()| FileWriter::new(scope.conn)?.drop_evidence(&dead));
        let mut next = Some(first);
        while let Some(job) = next.take() {
            done.push(job(&mut scope));
            if done.len() < GROUP_MAX && scope.changes < GROUP_CHANGES_MAX {
                next = jobs.try_recv().ok();
            }
        }
        let (tip, superseded) = (scope.tip.clone(), std::mem::take(&mut scope.superseded));
        let outcome = begun.and_then(|()| scope.execute("COMMIT"));
        match &outcome {
            Ok(()) => {
                if tip.revision != before.revision {
                    self.garbage.push_back((Arc::downgrade(&before), superseded));
                    let revision = tip.revision;
                    self.views.let_go(&tip);
                    self.published.store(tip);
                    self.tell.send_replace(revision);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a group of writes failed and was taken back");
                // Where even that fails, the connection has already taken it back.
                let _ = scope.execute("ROLLBACK");
            }
        }
        *self.fresh.write() = Unpublished::default();
        for done in done {
            done(match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Fault(error.to_string())),
            });
        }
    }

    /// Rows of evidence that no reader can reach any more.
    fn dead_rows(&mut self) -> Vec<EvidenceRow> {
        let mut dead = Vec::new();
        // In order: rows that a later graph let go may be in sight of every earlier one.
        while self
            .garbage
            .front()
            .is_some_and(|(graph, _)| graph.strong_count() == 0)
        {
            dead.extend(self.garbage.pop_front().into_iter().flat_map(|(_, rows)| rows));
        }
        dead
    }
}

impl Scope<'_> {
    fn execute(&self, sql: &str) -> Answer<()> {
        Ok(self.conn.execute_batch(sql)?)
    }

    /// Writes a change set whole, or leaves the graph and the file as they were. True where anything changed.
    pub(super) fn apply(&mut self, changes: ChangeSet) -> Answer<bool> {
        self.execute("SAVEPOINT change_set")?;
        let undo = self.superseded.len();
        match self.write(changes) {
            Ok(changed) => {
                self.execute("RELEASE change_set")?;
                Ok(changed)
            }
            Err(error) => {
                self.superseded.truncate(undo);
                self.execute("ROLLBACK TO change_set; RELEASE change_set")?;
                Err(error)
            }
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "an arm a change, in the order in which they take effect"
    )]
    fn write(&mut self, set: ChangeSet) -> Answer<bool> {
        self.changes += set.changes.len();
        let keep_fresh = self.changes < GROUP_CHANGES_MAX;
        let mut next = Graph::clone(&self.tip);
        next.revision = Revision(next.revision.0 + 1);
        let mut log = Log {
            revision: next.revision,
            at: set.at,
            by: &set.by,
            lines: Vec::new(),
        };
        let mut file = FileWriter::new(self.conn)?;
        let mut builder = Builder::new(&mut next);
        let mut superseded = Vec::new();
        let mut history = None;
        for change in set.changes {
            match change {
                Change::Put { record, statements } => {
                    let subject = record.subject();
                    let standing = self.standing(&subject);
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
                        standing.is_none(),
                    )?;
                    if keep_fresh {
                        self.fresh.write().statements.insert(row, statements.into());
                    }
                    let action = action(standing.is_some());
                    superseded.extend(standing.map(|old| old.evidence_row));
                    builder
                        .put(record, provenance, row)
                        .map_err(|misfit| StoreError::Fault(misfit.to_string()))?;
                    log.write(&file, action, Changed::Record(subject), None, datasets)?;
                }
                Change::Delete(subject) => {
                    let standing = self.standing(&subject);
                    let datasets = concerned(standing.as_ref().map(Standing::version), None);
                    superseded.extend(standing.map(|old| old.evidence_row));
                    file.delete(RecordTable::of(&subject), subject.as_str())?;
                    builder
                        .delete(&subject)
                        .map_err(|misfit| StoreError::Fault(misfit.to_string()))?;
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
            return Ok(false);
        }
        if keep_fresh {
            self.fresh.write().lines.append(&mut log.lines);
        }
        if let Some((revision, log)) = history {
            next.revision = revision;
            file.replace_log(&log)?;
        }
        file.finish(next.revision)?;
        self.superseded
            .extend(superseded.into_iter().filter(|row| *row != 0));
        self.tip = Arc::new(next);
        Ok(true)
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
            datasets,
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
    fn standing(&self, subject: &Subject) -> Option<Standing> {
        let (record, evidence_row) = record_of(&self.tip, subject)?;
        let statements = if evidence_row == 0 {
            Vec::new()
        } else {
            let fresh = self.fresh.read().statements.get(&evidence_row).cloned();
            match fresh {
                Some(fresh) => fresh.to_vec(),
                None => read_evidence(self.conn, &[evidence_row])
                    .ok()
                    .and_then(|mut rows| rows.pop())
                    .unwrap_or_default(),
            }
        };
        Some(Standing {
            record,
            statements,
            evidence_row,
        })
    }
}

fn record_of(graph: &Graph, subject: &Subject) -> Option<(Record, EvidenceRow)> {
    Some(match subject {
        Subject::Source(id) => (Record::Source((**graph.sources.row(id.as_str())?).clone()), 0),
        Subject::Entity(id) => {
            let core = &graph.entities.row(id.as_str())?.facts;
            (Record::Entity((*core.entity).clone()), core.evidence_row)
        }
        Subject::Relation(id) => {
            let node = graph.relations.row(id.as_str())?;
            (Record::Relation(graph.unpack(node)?), node.evidence_row)
        }
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
