//! A subset of the graph for export: the entities in a region, the records valid on a day, or both. It is closed: no record
//! in it refers to a record outside it.

use std::collections::BTreeSet;

use crate::model::change::{Record, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::{DatasetId, EntityId, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, RegionRole, RegionSelector, RelationFilter, Selector};
use crate::service::{EntityQuery, RelationQuery, ServiceError, Session};

use super::record_rows;

/// Number of records read at a time.
const CHUNK: usize = 5_000;

/// The bounds of a subset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubsetOptions {
    /// The region that entities lie in, with all regions below it; `None` for anywhere.
    pub region: Option<EntityId>,
    /// The day on which records are valid; `None` for any time.
    pub at: AsOf,
}

/// A closed subset of the graph.
///
/// - Entities in the region or below it that are valid on the day, with their observations and rules, which have no validity
///   of their own; and their industries, because an industry has no location.
/// - Relations valid on the day with both ends among these.
/// - Entities that these refer to: the programs that relations fall under and the parties of rules, without the records
///   that refer to them.
/// - The sources that all this cites.
#[derive(Debug)]
pub struct GraphSubset {
    inside: BTreeSet<EntityId>,
    referenced: BTreeSet<EntityId>,
    relations: BTreeSet<RelationId>,
    sources: BTreeSet<SourceId>,
    datasets: BTreeSet<DatasetId>,
}

impl GraphSubset {
    /// Reads a subset. Fails if the region is unknown.
    pub async fn read(session: &Session, options: &SubsetOptions) -> Result<Self, ServiceError> {
        let mut subset = Self {
            inside: entities_inside(session, options).await?,
            referenced: BTreeSet::new(),
            relations: BTreeSet::new(),
            sources: BTreeSet::new(),
            datasets: BTreeSet::new(),
        };
        subset.read_relations(session, options.at).await?;
        subset.read_rules(session).await?;
        subset.read_sources(session).await?;
        Ok(subset)
    }

    /// Whether the subset contains a record.
    pub(in crate::dataset) fn contains(&self, record: &Record) -> bool {
        match record {
            Record::Source(source) => self.sources.contains(&source.id),
            Record::Entity(entity) => {
                self.inside.contains(&entity.id) || self.referenced.contains(&entity.id)
            }
            Record::Relation(relation) => self.relations.contains(&relation.id),
            Record::Observation(observation) => self.inside.contains(&observation.entity),
            Record::Rule(rule) => self.inside.contains(&rule.bearer),
        }
    }

    pub(super) fn contains_source(&self, source: &SourceId) -> bool {
        self.sources.contains(source)
    }

    /// Whether a data set has a record in the subset.
    pub fn includes_dataset(&self, dataset: &DatasetId) -> bool {
        self.datasets.contains(dataset)
    }

    async fn read_relations(&mut self, session: &Session, at: AsOf) -> Result<(), ServiceError> {
        let in_industries = all_relations(session, at, Some(RelationKind::InIndustry)).await?;
        let industries = in_industries
            .into_iter()
            .filter(|relation| self.inside.contains(&relation.from))
            .map(|relation| relation.to);
        let industries: BTreeSet<EntityId> = industries.collect();
        let is_there = |id: &EntityId| self.inside.contains(id) || industries.contains(id);
        let mut under = BTreeSet::new();
        for relation in all_relations(session, at, None).await? {
            if is_there(&relation.from) && is_there(&relation.to) {
                under.extend(relation.under);
                self.relations.insert(relation.id);
            }
        }
        self.referenced.extend(under);
        self.referenced.extend(industries);
        Ok(())
    }

    async fn read_rules(&mut self, session: &Session) -> Result<(), ServiceError> {
        let rules = session.list_rules(None, None).await?;
        let ours = rules
            .into_iter()
            .filter(|rule| self.inside.contains(&rule.bearer));
        let parties = ours.flat_map(|rule| rule.parts).filter_map(|part| part.party);
        let parties: Vec<EntityId> = parties.collect();
        self.referenced.extend(parties);
        Ok(())
    }

    /// Reads citations before listings, because one data set may list a source that another cites.
    async fn read_sources(&mut self, session: &Session) -> Result<(), ServiceError> {
        for info in session.datasets().await? {
            let dataset = info.dataset.id;
            let subjects = session.subjects_of_dataset(&dataset).await?;
            for chunk in subjects.chunks(CHUNK) {
                self.read_cited(session, &dataset, chunk).await?;
            }
        }
        let mut request = PageRequest::first(PAGE_MAX);
        loop {
            let page = session.list_sources(&request).await?;
            request.after = page.items.last().map(|source| source.id.clone());
            let cited = page
                .items
                .into_iter()
                .filter(|source| self.contains_source(&source.id));
            let listing: Vec<DatasetId> = cited.flat_map(|source| source.datasets).collect();
            self.datasets.extend(listing);
            if !page.has_next {
                return Ok(());
            }
        }
    }

    async fn read_cited(
        &mut self,
        session: &Session,
        dataset: &DatasetId,
        subjects: &[Subject],
    ) -> Result<(), ServiceError> {
        let records = record_rows::records(session, subjects).await?;
        let statements = session.statements(subjects).await?;
        for (record, statements) in records.iter().zip(statements) {
            let is_ours = record.as_ref().is_some_and(|record| self.contains(record));
            let own = statements
                .into_iter()
                .filter(|statement| is_ours && statement.dataset == *dataset);
            for statement in own {
                self.sources.insert(statement.source);
                self.datasets.insert(dataset.clone());
            }
        }
        Ok(())
    }
}

async fn entities_inside(
    session: &Session,
    options: &SubsetOptions,
) -> Result<BTreeSet<EntityId>, ServiceError> {
    let Some(region) = &options.region else {
        return all_entities(session, options.at).await;
    };
    if region.kind() != EntityKind::Region {
        return Err(ServiceError::Input(format!(
            "`{region}` is not a region (expected an id that begins with `region:`)"
        )));
    }
    let known = session
        .require_ids("region", std::slice::from_ref(region))
        .await?;
    let regions = known.into_iter().map(|region| RegionSelector {
        region,
        role: RegionRole::Located,
    });
    let mut found = BTreeSet::new();
    for region in regions {
        let selector = Selector {
            region: Some(region),
            ..Selector::default()
        };
        found.extend(session.select(&selector, options.at).await?);
    }
    Ok(found)
}

async fn all_entities(session: &Session, at: AsOf) -> Result<BTreeSet<EntityId>, ServiceError> {
    let query = EntityQuery {
        filter: EntityFilter::default(),
        order: Vec::new(),
        at,
    };
    let (mut found, mut request) = (BTreeSet::new(), PageRequest::first(PAGE_MAX));
    loop {
        let page = session.list_entities(&query, &request).await?;
        request.after = page.items.last().map(|(key, _)| key.clone());
        found.extend(page.items.into_iter().map(|(_, entity)| entity.id.clone()));
        if !page.has_next {
            return Ok(found);
        }
    }
}

/// All relations valid on the day with both their ends; only those of `kind` if it is given.
async fn all_relations(
    session: &Session,
    at: AsOf,
    kind: Option<RelationKind>,
) -> Result<Vec<Relation>, ServiceError> {
    let filter = RelationFilter {
        kinds: kind.map(|kind| vec![kind]),
        ..RelationFilter::default()
    };
    let query = RelationQuery { filter, at };
    let (mut found, mut request) = (Vec::new(), PageRequest::first(PAGE_MAX));
    loop {
        let page = session.list_relations(&query, &request).await?;
        request.after = page.items.last().map(|relation| relation.id.clone());
        found.extend(page.items);
        if !page.has_next {
            return Ok(found);
        }
    }
}
