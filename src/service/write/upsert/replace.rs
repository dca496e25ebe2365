//! Finds the records that `--replace` deletes: those of the data set that are not in the batch.

use std::collections::HashSet;

use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::model::id::{DatasetId, EntityId, SourceId};
use crate::model::page::{PAGE_MAX, Page, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::model::statement::Statement;
use crate::service::write::dependents::find_cited_elsewhere;
use crate::service::write::keys::KeyTable;
use crate::service::write::problem::WriteProblems;
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::store::{DatasetInfo, IncidentQuery, Reader, RelationQuery, StoreResult};

/// Number of records read at a time.
const CHUNK: usize = 20_000;
const HINT: &str = "keep its row, or remove what refers to it first";

/// Records of the data set that the batch has no row for.
#[derive(Default)]
pub(super) struct StaleRecords {
    /// Records that no data set has a row for any more.
    pub(super) deleted: Vec<Subject>,
    /// Records that other data sets have a row for: they lose the statements of this one.
    pub(super) released: Vec<Subject>,
}

/// Finds the stale records of a data set, and reports those that cannot be deleted because a record that stays refers to them.
/// `stored` keeps what was read of records that lose statements, for they are compared later.
pub(super) async fn find_stale<R: Reader>(
    batch: &SplitBatch,
    at: &R,
    datasets: &[DatasetInfo],
    keys: &mut KeyTable<'_>,
    stored: &mut StoredRecords,
    problems: &mut WriteProblems,
) -> StoreResult<StaleRecords> {
    let own = &batch.dataset.id;
    let mut stale = StaleRecords::default();
    let mut subjects = at.subjects_of_dataset(own).await?;
    subjects
        .retain(|subject| keys.place(subject.as_str()).is_none() && !batch.unread.contains(subject.as_str()));
    let (sources, stated): (Vec<Subject>, Vec<Subject>) = subjects
        .into_iter()
        .partition(|subject| matches!(subject, Subject::Source(_)));
    for chunk in stated.chunks(CHUNK) {
        for (subject, statements) in chunk.iter().zip(at.statements(chunk).await?) {
            if stale.add(subject, &statements, own, problems) {
                stored.add_statements(subject.clone(), statements);
            }
        }
    }
    stored.load(at, sources.clone()).await?;
    for subject in sources {
        let Some(Record::Source(source)) = stored.record(&subject) else {
            continue;
        };
        if source.datasets.iter().any(|id| id != own) {
            stale.released.push(subject);
        } else {
            stored.remove(&subject);
            stale.deleted.push(subject);
        }
    }
    keys.delete(stale.deleted.iter().map(|subject| subject.as_str().to_string()));
    check_entities(at, keys, &stale, problems).await?;
    check_sources(at, own, datasets, keys, &stale, problems).await?;
    Ok(stale)
}

impl StaleRecords {
    /// Adds a record that is not a source. Returns whether it stays and loses statements.
    fn add(
        &mut self,
        subject: &Subject,
        statements: &[Statement],
        own: &DatasetId,
        problems: &mut WriteProblems,
    ) -> bool {
        let other = |statement: &&Statement| statement.dataset != *own;
        let has_row = statements.iter().filter(other).any(|statement| statement.own);
        if has_row {
            self.released.push(subject.clone());
            return true;
        }
        if let Some(statement) = statements.iter().find(other) {
            let reason = format!(
                "it would be deleted, but data set {} has a statement on it",
                statement.dataset
            );
            problems.push_for_batch(Field::Id, subject.as_str(), reason, HINT);
            return false;
        }
        self.deleted.push(subject.clone());
        false
    }
}

/// Reports entities that cannot be deleted because a relation, an observation or a rule that stays refers to them.
async fn check_entities<R: Reader>(
    at: &R,
    keys: &KeyTable<'_>,
    stale: &StaleRecords,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    let entities: Vec<EntityId> = stale
        .deleted
        .iter()
        .filter_map(|s| {
            if let Subject::Entity(id) = s {
                Some(id.clone())
            } else {
                None
            }
        })
        .collect();
    if entities.is_empty() {
        return Ok(());
    }
    // Records of the batch are checked in their new form.
    let stays = |key: &str| keys.is_untouched(key);
    let mut blame = |entity: &EntityId, by: &str| {
        let reason = format!("it would be deleted, but {by} refers to it");
        problems.push_for_batch(Field::Id, entity, reason, HINT);
    };
    let query = IncidentQuery {
        filter: RelationFilter::default(),
        direction: Direction::Both,
        other: None,
        at: None,
        page: PageRequest::first(PAGE_MAX),
    };
    for (entity, page) in entities.iter().zip(at.incident(&entities, &query).await?) {
        let staying = find_incident(at, entity, &query, page, |relation| stays(relation.id.as_str())).await?;
        if let Some(relation) = staying {
            blame(entity, relation.id.as_str());
        }
    }
    for relation in under(at, &entities).await? {
        if stays(relation.id.as_str()) {
            relation
                .under
                .iter()
                .filter(|id| keys.is_deleted(id.as_str()))
                .for_each(|id| blame(id, relation.id.as_str()));
        }
    }
    let observed = at
        .observations_of(&entities, None, &PageRequest::first(PAGE_MAX))
        .await?;
    for observation in observed.into_iter().flat_map(|page| page.items) {
        if stays(observation.id.as_str()) {
            blame(&observation.entity, observation.id.as_str());
        }
    }
    let gone: HashSet<&EntityId> = entities.iter().collect();
    for rule in at
        .list_rules(None, None)
        .await?
        .into_iter()
        .filter(|rule| stays(rule.id.as_str()))
    {
        let named =
            std::iter::once(&rule.bearer).chain(rule.parts.iter().filter_map(|part| part.party.as_ref()));
        named
            .filter(|id| gone.contains(id))
            .for_each(|id| blame(id, rule.id.as_str()));
    }
    Ok(())
}

/// The first relation of an entity that is wanted: in `page`, the first of `query`, or in those after it.
async fn find_incident<R: Reader>(
    at: &R,
    entity: &EntityId,
    query: &IncidentQuery,
    mut page: Page<Relation>,
    is_wanted: impl Fn(&Relation) -> bool,
) -> StoreResult<Option<Relation>> {
    loop {
        let last = page.items.last().map(|relation| relation.id.clone());
        let found = page.items.into_iter().find(|relation| is_wanted(relation));
        let Some(last) = last.filter(|_| found.is_none() && page.has_next) else {
            return Ok(found);
        };
        let rest = IncidentQuery {
            page: PageRequest {
                after: Some(last),
                ..query.page.clone()
            },
            ..query.clone()
        };
        let next = at.incident(std::slice::from_ref(entity), &rest).await?.pop();
        let Some(next) = next else {
            return Ok(None);
        };
        page = next;
    }
}

/// The relations that fall under one of some programs.
async fn under<R: Reader>(at: &R, programs: &[EntityId]) -> StoreResult<Vec<Relation>> {
    let filter = RelationFilter {
        under: Some(programs.to_vec()),
        ..RelationFilter::default()
    };
    let query = RelationQuery { filter, at: None };
    let (mut relations, mut request) = (Vec::new(), PageRequest::first(PAGE_MAX));
    loop {
        let page = at.list_relations(&query, &request).await?;
        request.after = page.items.last().map(|relation| relation.id.clone());
        relations.extend(page.items);
        if !page.has_next || request.after.is_none() {
            return Ok(relations);
        }
    }
}

/// Reports sources that cannot be deleted because a statement that stays cites them. Runs only if a source is deleted, which is
/// rare.
async fn check_sources<R: Reader>(
    at: &R,
    own: &DatasetId,
    datasets: &[DatasetInfo],
    keys: &KeyTable<'_>,
    stale: &StaleRecords,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    let sources = stale.deleted.iter().filter_map(|s| {
        if let Subject::Source(id) = s {
            Some(id)
        } else {
            None
        }
    });
    let sources: HashSet<SourceId> = sources.cloned().collect();
    if sources.is_empty() {
        return Ok(());
    }
    let others = datasets
        .iter()
        .map(|info| &info.dataset.id)
        .filter(|id| *id != own);
    for (source, by) in find_cited_elsewhere(at, own, others, sources, |key| keys.is_deleted(key)).await? {
        let reason = format!("it would be deleted, but {by} cites it");
        problems.push_for_batch(Field::Id, source, reason, HINT);
    }
    Ok(())
}
