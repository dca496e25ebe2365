//! What `--replace` takes away: what the data set had and the batch has not.

use std::collections::HashSet;

use super::known::Known;
use super::plan::WritePlan;
use super::problem::Problems;
use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, SourceId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::model::statement::Statement;
use crate::store::{Answer, IncidentQuery, Reader, RelationQuery};

/// How many records are read at a time.
const CHUNK: usize = 20_000;
const HINT: &str = "keep its row, or take away what refers to it first";

/// What the batch no longer has.
#[derive(Default)]
pub(super) struct Leaving {
    /// Records that no data set has a row for any more.
    pub(super) gone: Vec<Subject>,
    /// Records of other data sets, that lose the statements of this one.
    pub(super) released: Vec<Subject>,
}

/// What leaves, and a problem for each record that cannot: something that stays refers to it.
pub(super) async fn find<R: Reader>(
    plan: &WritePlan,
    at: &R,
    known: &mut Known<'_>,
    problems: &mut Problems,
) -> Answer<Leaving> {
    let own = &plan.dataset.id;
    let mut leaving = Leaving::default();
    let mut stale = at.subjects_of_dataset(own).await?;
    stale.retain(|subject| {
        !known.here.contains_key(subject.as_str()) && !plan.unread.contains(subject.as_str())
    });
    for chunk in stale.chunks(CHUNK) {
        for (subject, statements) in chunk.iter().zip(at.statements(chunk).await?) {
            if !matches!(subject, Subject::Source(_)) {
                sort_out(subject, &statements, own, &mut leaving, problems);
            }
        }
    }
    let sources = stale.iter().filter_map(|s| {
        if let Subject::Source(id) = s {
            Some(id.clone())
        } else {
            None
        }
    });
    let sources: Vec<SourceId> = sources.collect();
    if !sources.is_empty() {
        for source in at.sources(&sources).await?.into_iter().flatten() {
            let list = if source.datasets.iter().any(|id| id != own) {
                &mut leaving.released
            } else {
                &mut leaving.gone
            };
            list.push(Subject::Source(source.id));
        }
    }
    known.gone = leaving
        .gone
        .iter()
        .map(|subject| subject.as_str().to_string())
        .collect();
    check_entities(at, known, &leaving, problems).await?;
    check_sources(at, own, known, &leaving, problems).await?;
    Ok(leaving)
}

fn sort_out(
    subject: &Subject,
    statements: &[Statement],
    own: &DatasetId,
    leaving: &mut Leaving,
    problems: &mut Problems,
) {
    let other = |statement: &&Statement| statement.dataset != *own;
    let has_row = statements.iter().filter(other).any(|statement| statement.own);
    if has_row {
        leaving.released.push(subject.clone());
        return;
    }
    if let Some(statement) = statements.iter().find(other) {
        let reason = format!(
            "it would be taken away, and data set {} has a statement on it",
            statement.dataset
        );
        problems.batch("id", subject.as_str(), reason, HINT);
        return;
    }
    leaving.gone.push(subject.clone());
}

/// An entity cannot go while a relation, an observation or a rule that stays refers to it.
async fn check_entities<R: Reader>(
    at: &R,
    known: &Known<'_>,
    leaving: &Leaving,
    problems: &mut Problems,
) -> Answer<()> {
    let entities: Vec<EntityId> = leaving
        .gone
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
    // What is in the batch is checked as the batch has it.
    let stays = |key: &str| !known.gone.contains(key) && !known.here.contains_key(key);
    let mut blame = |entity: &EntityId, by: &str| {
        let reason = format!("it would be taken away, and {by} refers to it");
        problems.batch("id", entity, reason, HINT);
    };
    let query = IncidentQuery {
        filter: RelationFilter::default(),
        direction: Direction::Both,
        other: None,
        at: None,
        page: PageRequest::first(PAGE_MAX),
    };
    for (entity, page) in entities.iter().zip(at.incident(&entities, &query).await?) {
        let mut page = page;
        loop {
            let blamed = page.items.iter().find(|relation| stays(relation.id.as_str()));
            if let Some(relation) = blamed {
                blame(entity, relation.id.as_str());
                break;
            }
            let Some(last) = page.items.last().filter(|_| page.has_next) else {
                break;
            };
            let request = PageRequest {
                after: Some(last.id.clone()),
                ..query.page.clone()
            };
            let rest = IncidentQuery {
                page: request,
                ..query.clone()
            };
            let Some(next) = at.incident(std::slice::from_ref(entity), &rest).await?.pop() else {
                break;
            };
            page = next;
        }
    }
    for relation in under(at, &entities).await? {
        if stays(relation.id.as_str()) {
            relation
                .under
                .iter()
                .filter(|id| known.gone.contains(id.as_str()))
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

/// The relations that fall under one of some programmes.
async fn under<R: Reader>(at: &R, programmes: &[EntityId]) -> Answer<Vec<Relation>> {
    let filter = RelationFilter {
        under: Some(programmes.to_vec()),
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

/// A source cannot go while a statement that stays cites it. Seldom looked for, for it is seldom that a source goes.
async fn check_sources<R: Reader>(
    at: &R,
    own: &DatasetId,
    known: &Known<'_>,
    leaving: &Leaving,
    problems: &mut Problems,
) -> Answer<()> {
    let sources = leaving.gone.iter().filter_map(|s| {
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
    let datasets = at.datasets().await?;
    let others = datasets
        .iter()
        .map(|info| &info.dataset.id)
        .filter(|id| *id != own);
    for (source, by) in cited(at, own, others, sources, &known.gone).await? {
        let reason = format!("it would be taken away, and {by} cites it");
        problems.batch("id", source, reason, HINT);
    }
    Ok(())
}

/// Those of some sources that a statement of another data set cites, each with one such statement. Statements are not kept by
/// source, so the records of the other data sets are looked through, but for those that are `gone`.
pub(super) async fn cited<R: Reader>(
    at: &R,
    own: &DatasetId,
    others: impl Iterator<Item = &DatasetId> + Send,
    mut sources: HashSet<SourceId>,
    gone: &HashSet<String>,
) -> Answer<Vec<(SourceId, String)>> {
    let mut cited = Vec::new();
    for dataset in others {
        if sources.is_empty() {
            break;
        }
        let mut subjects = at.subjects_of_dataset(dataset).await?;
        subjects.retain(|subject| !matches!(subject, Subject::Source(_)) && !gone.contains(subject.as_str()));
        for chunk in subjects.chunks(CHUNK) {
            for (subject, statements) in chunk.iter().zip(at.statements(chunk).await?) {
                for statement in statements.iter().filter(|statement| statement.dataset != *own) {
                    if let Some(source) = sources.take(&statement.source) {
                        let (dataset, key) = (&statement.dataset, subject.as_str());
                        cited.push((source, format!("a statement of data set {dataset} on {key}")));
                    }
                }
            }
        }
    }
    Ok(cited)
}
