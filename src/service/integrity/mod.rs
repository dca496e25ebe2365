//! Integrity check: whether the stored graph satisfies the invariants that every write is checked for.
//!
//! Because writes are checked, a fault found here is one of the program or the disk. Everything is read at
//! one revision, a page at a time; only hierarchies and faults are kept in memory.

mod keys;
mod log;

use std::collections::{BTreeMap, HashSet};

pub use keys::check_keys;

use super::write::{EntityShare, Hierarchy, check_relation_shape, over_one};
use super::{Result, Session};
use crate::model::change::Subject;
use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, ObservationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, Page, PageRequest};
use crate::model::record::Rule;
use crate::model::selector::{EntityFilter, RelationFilter};
use crate::store::{EntityKey, EntityQuery, RelationQuery};

/// A violated invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrityFault {
    /// The id of the record.
    pub subject: String,
    /// What is wrong.
    pub reason: String,
}

/// The result of checking the whole graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// The number of checked records: sources, entities, relations, observations, rules.
    pub records: usize,
    /// The faults, in the order in which they were found.
    pub faults: Vec<IntegrityFault>,
}

/// Checks the whole graph: ends exist and are allowed, evidence exists and cites existing sources, shares sum
/// to at most 1, hierarchies have no cycle, redirects lead to the entity they were merged into, and the
/// change log agrees with the records.
pub async fn check_store(session: &Session) -> Result<IntegrityReport> {
    let mut check = IntegrityCheck {
        session,
        sources: HashSet::new(),
        hierarchies: BTreeMap::new(),
        log_begins: false,
        found: IntegrityReport::default(),
    };
    check.log().await?;
    check.sources().await?;
    check.entities().await?;
    check.relations().await?;
    let rules = session.list_rules(None, None).await?;
    check.rules(&rules).await?;
    check.cycles();
    Ok(check.found)
}

struct IntegrityCheck<'a> {
    session: &'a Session,
    sources: HashSet<SourceId>,
    hierarchies: BTreeMap<RelationKind, Hierarchy>,
    /// Whether the log starts with its first line, so that it contains every record.
    log_begins: bool,
    found: IntegrityReport,
}

impl IntegrityCheck<'_> {
    fn fault(&mut self, subject: &str, reason: impl Into<String>) {
        self.found.faults.push(IntegrityFault {
            subject: subject.to_string(),
            reason: reason.into(),
        });
    }

    async fn sources(&mut self) -> Result<()> {
        let mut request = PageRequest::first(PAGE_MAX);
        loop {
            let page = self.session.list_sources(&request).await?;
            request.after = page.items.last().map(|source| source.id.clone());
            self.found.records += page.items.len();
            let subjects: Vec<Subject> = page
                .items
                .iter()
                .map(|source| Subject::Source(source.id.clone()))
                .collect();
            self.logged(&subjects).await?;
            self.sources
                .extend(page.items.into_iter().map(|source| source.id));
            if !page.has_next {
                return Ok(());
            }
        }
    }

    async fn entities(&mut self) -> Result<()> {
        let query = EntityQuery {
            filter: EntityFilter::default(),
            at: None,
            order: Vec::new(),
        };
        let mut request: PageRequest<EntityKey> = PageRequest::first(PAGE_MAX);
        loop {
            let Page { items, has_next, .. } = self.session.list_entities(&query, &request).await?;
            request.after = items.last().map(|(key, _)| key.clone());
            self.found.records += items.len();
            let entities: Vec<SharedEntity> = items.into_iter().map(|(_, entity)| entity).collect();
            let ids: Vec<EntityId> = entities.iter().map(|entity| entity.id.clone()).collect();
            self.evidence(&ids.iter().cloned().map(Subject::Entity).collect::<Vec<_>>())
                .await?;
            for entity in &entities {
                if entity.properties.kind() != entity.kind() {
                    self.fault(
                        entity.id.as_str(),
                        format!("has the properties of another kind, {}", entity.properties.kind()),
                    );
                }
            }
            self.former_ids(&entities).await?;
            self.shares(&ids).await?;
            self.observations(&ids).await?;
            if !has_next {
                return Ok(());
            }
        }
    }

    /// Checks that former ids lead to the entity that lists them.
    async fn former_ids(&mut self, entities: &[SharedEntity]) -> Result<()> {
        let former = entities
            .iter()
            .flat_map(|entity| entity.former_ids.iter().map(move |id| (id.clone(), &entity.id)));
        let (ids, owners): (Vec<EntityId>, Vec<&EntityId>) = former.unzip();
        if ids.is_empty() {
            return Ok(());
        }
        for ((id, owner), found) in ids.iter().zip(owners).zip(self.session.resolve(&ids).await?) {
            if found.as_ref() != Some(owner) {
                let found = found.map_or_else(|| "nowhere".to_string(), |found| format!("to {found}"));
                self.fault(
                    owner.as_str(),
                    format!("has the former id {id}, which leads {found}"),
                );
            }
        }
        Ok(())
    }

    async fn observations(&mut self, ids: &[EntityId]) -> Result<()> {
        let first = PageRequest::first(PAGE_MAX);
        for (id, mut page) in ids
            .iter()
            .zip(self.session.observations_of(ids, None, &first).await?)
        {
            while let Some(last) = page.items.last().map(|observation| observation.id.clone()) {
                let keys: Vec<ObservationId> =
                    page.items.into_iter().map(|observation| observation.id).collect();
                self.found.records += keys.len();
                self.evidence(&keys.into_iter().map(Subject::Observation).collect::<Vec<_>>())
                    .await?;
                if !page.has_next {
                    break;
                }
                let next = PageRequest {
                    after: Some(last),
                    ..first.clone()
                };
                let rest = self
                    .session
                    .observations_of(std::slice::from_ref(id), None, &next)
                    .await?;
                page = rest.into_iter().next().unwrap_or_else(Page::empty);
            }
        }
        Ok(())
    }

    async fn shares(&mut self, ids: &[EntityId]) -> Result<()> {
        for (id, shares) in ids.iter().zip(self.session.shares(ids).await?) {
            let mut by_kind: BTreeMap<RelationKind, Vec<EntityShare>> = BTreeMap::new();
            for (relation, share) in shares {
                by_kind.entry(relation.kind).or_default().push(EntityShare {
                    draft: None,
                    relation: relation.id.to_string(),
                    share,
                    validity: relation.validity,
                });
            }
            for (kind, parts) in by_kind {
                if let Some(excess) = over_one(&parts) {
                    let reason = format!("its {kind} shares sum to {}", excess.sum.normalize());
                    self.fault(id.as_str(), reason);
                }
            }
        }
        Ok(())
    }

    async fn relations(&mut self) -> Result<()> {
        let query = RelationQuery {
            filter: RelationFilter::default(),
            at: None,
        };
        let mut request = PageRequest::first(PAGE_MAX);
        loop {
            let Page { items, has_next, .. } = self.session.list_relations(&query, &request).await?;
            request.after = items.last().map(|relation| relation.id.clone());
            self.found.records += items.len();
            let subjects: Vec<Subject> = items
                .iter()
                .map(|relation| Subject::Relation(relation.id.clone()))
                .collect();
            self.evidence(&subjects).await?;
            let named = items.iter().flat_map(|relation| {
                let ends = [&relation.from, &relation.to];
                ends.into_iter()
                    .chain(&relation.under)
                    .map(|id| (relation.id.as_str(), id.clone()))
            });
            let (owners, ids): (Vec<&str>, Vec<EntityId>) = named.unzip();
            self.check_entities_exist(&owners, &ids).await?;
            for relation in &items {
                for fault in check_relation_shape(relation) {
                    self.fault(
                        relation.id.as_str(),
                        format!("{} = {}: {}", fault.field, fault.value, fault.reason),
                    );
                }
                if relation.kind.info().acyclic {
                    let hierarchy = self.hierarchies.entry(relation.kind).or_default();
                    hierarchy.add(None, relation.id.as_str(), &relation.from, &relation.to);
                }
            }
            if !has_next {
                return Ok(());
            }
        }
    }

    async fn rules(&mut self, rules: &[Rule]) -> Result<()> {
        self.found.records += rules.len();
        let subjects: Vec<Subject> = rules.iter().map(|rule| Subject::Rule(rule.id.clone())).collect();
        self.evidence(&subjects).await?;
        let named = rules.iter().flat_map(|rule| {
            let parties = rule.parts.iter().filter_map(|part| part.party.as_ref());
            parties
                .chain([&rule.bearer])
                .map(|id| (rule.id.as_str(), id.clone()))
        });
        let (owners, ids): (Vec<&str>, Vec<EntityId>) = named.unzip();
        self.check_entities_exist(&owners, &ids).await
    }

    /// Checks that every named entity exists.
    async fn check_entities_exist(&mut self, owners: &[&str], ids: &[EntityId]) -> Result<()> {
        let resolved = self.session.resolve(ids).await?;
        for ((owner, id), found) in owners.iter().zip(ids).zip(resolved) {
            if found.is_none() {
                self.fault(owner, format!("names {id}, which does not exist"));
            }
        }
        Ok(())
    }

    /// Checks that every record has evidence with existing sources, and is in the log.
    async fn evidence(&mut self, subjects: &[Subject]) -> Result<()> {
        self.logged(subjects).await?;
        for (subject, statements) in subjects.iter().zip(self.session.statements(subjects).await?) {
            if statements.is_empty() {
                self.fault(subject.as_str(), "has no evidence");
            }
            let missing = statements.into_iter().map(|statement| statement.source);
            let missing: Vec<SourceId> = missing.filter(|source| !self.sources.contains(source)).collect();
            for source in missing {
                self.fault(subject.as_str(), format!("cites {source}, which does not exist"));
            }
        }
        Ok(())
    }

    fn cycles(&mut self) {
        for (kind, hierarchy) in std::mem::take(&mut self.hierarchies) {
            for cycle in hierarchy.cycles() {
                let first = cycle
                    .first()
                    .map(|link| link.relation.clone())
                    .unwrap_or_default();
                self.fault(
                    &first,
                    format!("{kind} forms a cycle: {}", hierarchy.describe(&cycle)),
                );
            }
        }
    }
}
