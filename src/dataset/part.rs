//! A part of the graph to give out: what lies in a region, or what was there on a day, or both; closed, so that nothing in
//! it refers to what is not in it.

use std::collections::BTreeSet;

use crate::model::change::{Record, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::{DatasetId, EntityId, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, InRegion, RegionRole, RelationFilter, Selector};
use crate::service::{EntityQuery, RelationQuery, ServiceError, Session};

use super::rows;

/// How many records are looked at together.
const CHUNK: usize = 5_000;

/// Which part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartOptions {
    /// What lies in this region or in one below it; none: anywhere.
    pub region: Option<EntityId>,
    /// What was there then; none: at any time.
    pub at: AsOf,
}

/// What is given out of a graph.
///
/// - Entities in the region or below it, valid then, with their observations and rules, which have no validity of their
///   own; and the Industries that they are in, for an Industry lies nowhere.
/// - Relations valid then with both ends among these.
/// - What these refer to beside: the programmes that relations fall under, the parties of rules. They come alone, without
///   what refers to them.
/// - The sources that all this is cited from.
#[derive(Debug)]
pub struct Part {
    inside: BTreeSet<EntityId>,
    referred: BTreeSet<EntityId>,
    relations: BTreeSet<RelationId>,
    sources: BTreeSet<SourceId>,
    datasets: BTreeSet<DatasetId>,
}

impl Part {
    /// Reads what belongs to a part. An unknown region is refused.
    pub async fn read(session: &Session, options: &PartOptions) -> Result<Self, ServiceError> {
        let mut part = Self {
            inside: inside(session, options).await?,
            referred: BTreeSet::new(),
            relations: BTreeSet::new(),
            sources: BTreeSet::new(),
            datasets: BTreeSet::new(),
        };
        part.read_relations(session, options.at).await?;
        part.read_rules(session).await?;
        part.read_sources(session).await?;
        Ok(part)
    }

    /// Whether a record is in it.
    pub(super) fn has(&self, record: &Record) -> bool {
        match record {
            Record::Source(source) => self.sources.contains(&source.id),
            Record::Entity(entity) => self.inside.contains(&entity.id) || self.referred.contains(&entity.id),
            Record::Relation(relation) => self.relations.contains(&relation.id),
            Record::Observation(observation) => self.inside.contains(&observation.entity),
            Record::Rule(rule) => self.inside.contains(&rule.bearer),
        }
    }

    pub(super) fn has_source(&self, source: &SourceId) -> bool {
        self.sources.contains(source)
    }

    /// Whether a data set has something in it.
    pub fn is_of(&self, dataset: &DatasetId) -> bool {
        self.datasets.contains(dataset)
    }

    async fn read_relations(&mut self, session: &Session, at: AsOf) -> Result<(), ServiceError> {
        let in_industries = each_relation(session, at, Some(RelationKind::InIndustry)).await?;
        let industries = in_industries
            .into_iter()
            .filter(|relation| self.inside.contains(&relation.from))
            .map(|relation| relation.to);
        let industries: BTreeSet<EntityId> = industries.collect();
        let is_there = |id: &EntityId| self.inside.contains(id) || industries.contains(id);
        let mut under = BTreeSet::new();
        for relation in each_relation(session, at, None).await? {
            if is_there(&relation.from) && is_there(&relation.to) {
                under.extend(relation.under);
                self.relations.insert(relation.id);
            }
        }
        self.referred.extend(under);
        self.referred.extend(industries);
        Ok(())
    }

    async fn read_rules(&mut self, session: &Session) -> Result<(), ServiceError> {
        let rules = session.list_rules(None, None).await?;
        let ours = rules
            .into_iter()
            .filter(|rule| self.inside.contains(&rule.bearer));
        let parties = ours.flat_map(|rule| rule.parts).filter_map(|part| part.party);
        let parties: Vec<EntityId> = parties.collect();
        self.referred.extend(parties);
        Ok(())
    }

    /// A source may be listed by one data set and cited by another: both are looked at before either is written.
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
                .filter(|source| self.has_source(&source.id));
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
        let records = rows::records(session, subjects).await?;
        let statements = session.statements(subjects).await?;
        for (record, statements) in records.iter().zip(statements) {
            let is_ours = record.as_ref().is_some_and(|record| self.has(record));
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

async fn inside(session: &Session, options: &PartOptions) -> Result<BTreeSet<EntityId>, ServiceError> {
    let Some(region) = &options.region else {
        return everywhere(session, options.at).await;
    };
    if region.kind() != EntityKind::Region {
        return Err(ServiceError::Input(format!(
            "`{region}` is no region: its id would begin with `region:`"
        )));
    }
    let known = session.known("region", std::slice::from_ref(region)).await?;
    let regions = known.into_iter().map(|region| InRegion {
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

async fn everywhere(session: &Session, at: AsOf) -> Result<BTreeSet<EntityId>, ServiceError> {
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

/// All relations valid then with both their ends; of one kind, where it is given.
async fn each_relation(
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
