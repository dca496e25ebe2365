//! The plan of a write: against the newest graph it finds every problem, or the changes to make.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Utc;
use parking_lot::Mutex;

use super::evidence::{self, leaving, something_else};
use super::known::{Found, Known, Unknown, noun, references, report_unknown};
use super::problem::{Cause, Message, Problem, Problems, Spot};
use super::replace::{self, Leaving};
use super::restricted::Owners;
use super::shape::{check_language, check_shape, normalise};
use super::sight::Restricted;
use super::{
    Batch, Draft, Imported, Item, Mode, Naming, Note, StatementDraft, Terms, cycles, merge, owners,
    region_relation, shares,
};
use crate::model::change::{ChangeSet, Record, Subject};
use crate::model::id::EntityId;
use crate::model::record::Dataset;
use crate::store::{Answer, DatasetInfo, Plan, Reader};

/// A batch, taken apart.
pub(super) struct WritePlan {
    pub(super) dataset: Dataset,
    pub(super) mode: Mode,
    pub(super) terms: Terms,
    pub(super) unread: HashSet<String>,
    pub(super) items: Vec<Item>,
    pub(super) notes: Vec<Note>,
    pub(super) namings: Vec<Naming>,
    /// What the last preparation came to; the writer reads it after the commit has taken the plan.
    pub(super) tally: Arc<Mutex<Imported>>,
    /// Problems that need no look at the graph.
    faults: Vec<Problem>,
}

impl WritePlan {
    pub(super) fn new(batch: Batch) -> Self {
        let Batch {
            dataset,
            drafts,
            mode,
            terms,
            unread,
        } = batch;
        let (mut items, mut notes, mut namings) = (Vec::with_capacity(drafts.len()), Vec::new(), Vec::new());
        let mut faults = Problems::default();
        for (draft, content) in drafts.into_iter().enumerate() {
            match content {
                Draft::Record {
                    mut record,
                    own,
                    more,
                } => {
                    normalise(&mut record);
                    items.push(Item {
                        draft,
                        shorthand: false,
                        record: *record,
                        own,
                        more,
                    });
                }
                Draft::Region { entity, region, own } => match region_relation(&entity, &region) {
                    Ok(relation) => {
                        let record = Record::Relation(relation);
                        items.push(Item {
                            draft,
                            shorthand: true,
                            record,
                            own,
                            more: Vec::new(),
                        });
                    }
                    Err(error) => {
                        let reason = format!("the relation cannot be named after the entity: {error}");
                        faults.push(Spot::draft(draft), "region_id", region, reason);
                    }
                },
                Draft::Statement { subject, statement } => notes.push(Note {
                    draft,
                    subject,
                    statement,
                }),
                Draft::Name {
                    entity,
                    name,
                    statement,
                } => namings.push(Naming {
                    draft,
                    entity,
                    name,
                    statement,
                }),
            }
        }
        let (tally, faults) = (Arc::default(), faults.0);
        Self {
            dataset,
            mode,
            terms,
            unread,
            items,
            notes,
            namings,
            tally,
            faults,
        }
    }

    /// Every key that the batch has or names, each once. Sorted, for a store finds neighbours faster than strangers.
    pub(super) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::with_capacity(self.items.len() * 4);
        keys.push(self.dataset.id.as_str());
        for item in &self.items {
            keys.push(item.key());
            references(&item.record, |_, _, id| keys.push(id.as_str()));
            if let Record::Entity(entity) = &item.record {
                keys.extend(entity.former_ids.iter().map(EntityId::as_str));
            }
            keys.extend(item.statements().map(|statement| statement.source.as_str()));
        }
        for note in &self.notes {
            keys.extend([note.subject.as_str(), note.statement.source.as_str()]);
        }
        for naming in &self.namings {
            keys.extend([naming.entity.as_str(), naming.statement.source.as_str()]);
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    async fn decide<R: Reader>(
        &self,
        at: &R,
        standing: &[DatasetInfo],
    ) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let mut problems = Problems(self.faults.clone());
        let mut known = Known::load(&self.items, self.keys(), &self.unread, at, &mut problems).await?;
        let restricted = Restricted::to(&self.terms.by, standing, Some(&self.dataset));
        let owned = Owners::of(self, &restricted, at, &mut known).await?;
        let leaving = if self.mode == Mode::Replace {
            replace::find(self, at, &mut known, &mut problems).await?
        } else {
            Leaving::default()
        };
        let datasets = standing.iter().map(|info| info.dataset.id.as_str());
        let datasets: HashSet<&str> = datasets.chain([self.dataset.id.as_str()]).collect();
        self.check_own_key(&known, &mut problems);
        let named: HashSet<&str> = self.namings.iter().map(|naming| naming.entity.as_str()).collect();
        let mut unknown = Vec::new();
        for item in &self.items {
            check_key(item, &known, &datasets, &restricted, &mut problems);
            check_shape(item, &mut problems);
            check_references(self, item, &known, &mut unknown, &mut problems);
            check_former(item, &known, &mut problems);
            if let Record::Entity(entity) = &item.record
                && entity.names.is_empty()
                && !named.contains(item.key())
            {
                problems.push(Spot::of(item), "name_zh", "", "an entity needs a name");
            }
        }
        for naming in &self.namings {
            let spot = Spot::draft(naming.draft);
            if naming.name.value.trim().is_empty() {
                problems.push(spot, "value", "", "a name cannot be empty");
            }
            check_language(&naming.name.lang, spot, &mut problems);
        }
        self.check_sources(&known, &mut unknown, &mut problems);
        let touched = self.items.iter().filter_map(|item| {
            let subject = known.in_store(item.key())?;
            Some((Spot::of(item), subject.clone()))
        });
        owners::check(&self.terms.by, at, &touched.collect::<Vec<_>>(), &mut problems).await?;
        owners::check_personal(&self.terms.by, &self.items, &mut problems);
        let settled = evidence::settle(self, at, &known, &mut unknown, &mut problems).await?;
        owned.check(at, standing, &mut problems).await?;
        report_unknown(self, at, unknown, restricted.hides_nothing(), &mut problems).await?;
        shares::check(&self.items, at, &known, &mut problems).await?;
        cycles::check(&self.items, at, &known, &mut problems).await?;
        if !problems.0.is_empty() || !self.unread.is_empty() {
            problems.0.sort_by_key(|problem| (problem.draft, problem.row));
            return Ok(Err(problems.0));
        }
        let now = Utc::now();
        let merged = merge::Merge {
            plan: self,
            known: &known,
            now,
        };
        let (changes, tally) = merged.changes(at, &settled, &leaving, standing).await?;
        *self.tally.lock() = Imported {
            revision: at.revision(),
            ..tally
        };
        Ok(Ok(ChangeSet {
            by: self.terms.by.name.clone(),
            at: now,
            changes,
        }))
    }

    /// Single facts are written in the data set as it stands: since it was named, its record may have become another, and no longer
    /// be the writer's to write in.
    fn settle_dataset(&mut self, standing: &[DatasetInfo]) -> Result<(), Vec<Problem>> {
        if self.mode != Mode::Curate {
            return Ok(());
        }
        let (id, by) = (self.dataset.id.clone(), &self.terms.by);
        let mut standing = standing.iter().map(|info| &info.dataset);
        let (cause, reason) = match standing.find(|dataset| dataset.id == id) {
            Some(found) if by.may_write(found) => {
                self.dataset = found.clone();
                return Ok(());
            }
            Some(found) if by.may_see(found) => {
                (Cause::Forbidden, format!("{} may not write in it", by.name))
            }
            Some(_) | None => (Cause::Unknown, "no data set has this id".to_string()),
        };
        let mut problems = Problems::default();
        problems.batch("dataset_id", id, reason, "`datasets` lists those there are");
        problems.cause(cause);
        Err(problems.0)
    }

    /// The data set is a node too, so its key is one of the keys.
    fn check_own_key(&self, known: &Known<'_>, problems: &mut Problems) {
        let id = self.dataset.id.as_str();
        if let Some(subject) = known.in_store(id) {
            let reason = format!("this id is already that of {}", noun(subject));
            problems.batch("id", id, reason, "ids are unique over everything");
        }
    }

    fn check_sources(&self, known: &Known<'_>, unknown: &mut Vec<Unknown>, problems: &mut Problems) {
        let mut check = |spot: Spot, statement: &StatementDraft| {
            let key = statement.source.as_str();
            match known.find(key) {
                Found::Item(index) if matches!(self.items[index].record, Record::Source(_)) => {}
                Found::Stored(Subject::Source(_)) | Found::Unread => {}
                Found::Item(index) => {
                    let subject = self.items[index].record.subject();
                    problems.push(spot, "source_id", key, something_else(key, &subject, "a source"));
                }
                Found::Stored(subject) => {
                    problems.push(spot, "source_id", key, something_else(key, &subject, "a source"));
                }
                Found::Leaving => problems.push(spot, "source_id", key, leaving(key)),
                Found::Merged(_) | Found::Nothing => {
                    unknown.push(Unknown {
                        spot,
                        field: "source_id",
                        key: key.to_string(),
                        what: "source",
                    });
                }
            }
        };
        for item in self.items.iter().filter(|item| !item.shorthand) {
            let is_rule = matches!(item.record, Record::Rule(_));
            for (row, statement) in item.own.iter().enumerate() {
                let spot = Spot::of(item).row(if is_rule { row } else { 0 });
                check(spot.statement(row), statement);
            }
            for (place, statement) in item.more.iter().enumerate() {
                check(Spot::of(item).statement(item.own.len() + place), statement);
            }
        }
        self.notes
            .iter()
            .for_each(|note| check(Spot::draft(note.draft), &note.statement));
        self.namings
            .iter()
            .for_each(|naming| check(Spot::draft(naming.draft), &naming.statement));
    }
}

impl Plan for WritePlan {
    type Refusal = Vec<Problem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let standing = at.datasets().await?;
        let decided = match self.settle_dataset(&standing) {
            Ok(()) => self.decide(at, &standing).await?,
            Err(problems) => Err(problems),
        };
        self.terms.hold(at.revision(), decided)
    }
}

/// An id that something of another sort has, or that leads elsewhere, is no id for a record.
fn check_key(
    item: &Item,
    known: &Known<'_>,
    datasets: &HashSet<&str>,
    restricted: &Restricted,
    problems: &mut Problems,
) {
    let (spot, key) = (Spot::of(item), item.key());
    let is_hidden = known.is_hidden(key) || restricted.hides_dataset(key);
    if datasets.contains(key) && !is_hidden {
        problems.push_with(
            spot,
            "id",
            key,
            "this id is already that of a data set",
            Some("ids are unique over everything"),
        );
    }
    if is_hidden {
        problems.push_with(spot, "id", key, "this id cannot be used", Some("choose another"));
    }
    match known.in_store(key) {
        Some(subject) if *subject != item.record.subject() => {
            let reason = format!("this id is already that of {}", noun(subject));
            problems.push_with(spot, "id", key, reason, Some("ids are unique over everything"));
        }
        Some(_) => {}
        None => {
            if let Some(kept) = known.kept(key) {
                let reason = format!("{key} was merged into {kept}");
                problems.push_with(
                    spot,
                    "id",
                    key,
                    reason,
                    Some(format!("write {kept}; the old id leads there for ever")),
                );
            }
        }
    }
}

fn check_references(
    plan: &WritePlan,
    item: &Item,
    known: &Known<'_>,
    unknown: &mut Vec<Unknown>,
    problems: &mut Problems,
) {
    references(&item.record, |field, row, id| {
        let (spot, key) = (Spot::of(item).row(row), id.as_str());
        match known.find(key) {
            Found::Item(index) if matches!(plan.items[index].record, Record::Entity(_)) => {}
            Found::Stored(Subject::Entity(_)) | Found::Merged(_) | Found::Unread => {}
            Found::Item(index) => {
                let subject = plan.items[index].record.subject();
                problems.push(spot, field, key, something_else(key, &subject, "an entity"));
            }
            Found::Stored(subject) => {
                problems.push(spot, field, key, something_else(key, &subject, "an entity"));
            }
            Found::Leaving => problems.push(spot, field, key, leaving(key)),
            Found::Nothing => unknown.push(Unknown {
                spot,
                field,
                key: key.to_string(),
                what: "entity",
            }),
        }
    });
}

/// A former id leads to this entity, so nothing else can have it.
fn check_former(item: &Item, known: &Known<'_>, problems: &mut Problems) {
    let Record::Entity(entity) = &item.record else {
        return;
    };
    for former in &entity.former_ids {
        let (spot, key) = (Spot::of(item), former.as_str());
        match known.find(key) {
            Found::Nothing if known.is_hidden(key) => {
                problems.push_with(
                    spot,
                    "former_ids",
                    key,
                    "this id cannot be used",
                    Some("leave it out"),
                );
            }
            Found::Nothing | Found::Unread => {}
            Found::Merged(kept) if kept == entity.id => {}
            Found::Merged(kept) => {
                problems.push(spot, "former_ids", key, format!("{key} was merged into {kept}"));
            }
            Found::Item(_) | Found::Stored(_) | Found::Leaving => {
                let reason = Message::from(format!("{key} stands for itself"));
                let hint = "merge the two first: `mergeEntities` moves its relations too";
                problems.push_with(spot, "former_ids", key, reason, Some(hint));
            }
        }
    }
}
