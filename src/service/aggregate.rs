//! Aggregation: counts of entities by kind, place and other keys.
//!
//! An entity with several values of a key (two tags, two regions) counts under each, and one with none under
//! null, so that counts of groups must not be added up.

use std::collections::{BTreeMap, BTreeSet};

use super::{Result, ServiceError, Session};
use crate::model::change::Subject;
use crate::model::entity::{ProgramFamily, ProjectStage, SharedEntity};
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::quantity::Quantity;
use crate::model::selector::{AsOf, Direction, EntityFilter, GroupKey, RegionRole, RelationFilter};
use crate::store::{EntityKey, EntityQuery, IncidentQuery};
use crate::trace::members::{CountInterval, Member, count_members};

/// A group of entities with equal values of every key.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateGroup {
    /// The values, in the order of the requested keys.
    pub values: Vec<GroupValue>,
    /// The number of entities.
    pub count: usize,
    /// The number of members that they stand for.
    pub members: CountInterval,
}

/// The value of one key. Nulls sort last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupValue {
    /// A text: a kind, tag or data set.
    Text(String),
    /// An entity: a region or an industry.
    Entity(EntityId),
    /// No value.
    Null,
}

/// The entities of each group, by its values.
type Groups = BTreeMap<Vec<GroupValue>, Vec<SharedEntity>>;

impl Session {
    /// Groups the entities that pass a filter by their values; without keys, all in one group.
    pub async fn aggregate(
        &self,
        keys: &[GroupKey],
        filter: EntityFilter,
        at: AsOf,
    ) -> Result<Vec<AggregateGroup>> {
        if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            return Err(ServiceError::Input("groupBy: each key may be given once".into()));
        }
        let (asked, max) = (
            self.count_entities(&filter, at).await?,
            self.limits().aggregate_entities_max,
        );
        if asked > max {
            return Err(ServiceError::OverLimit {
                what: "entities to aggregate",
                asked,
                max,
            });
        }
        let query = EntityQuery {
            filter,
            at,
            order: Vec::new(),
        };
        let (mut groups, mut within) = (Groups::new(), BTreeSet::new());
        if keys.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        let mut page: PageRequest<EntityKey> = PageRequest::first(PAGE_MAX);
        loop {
            let found = self.list_entities(&query, &page).await?;
            page.after = found.items.last().map(|(key, _)| key.clone());
            let entities: Vec<SharedEntity> = found
                .items
                .into_iter()
                .map(|(_, entity)| self.with_known_size(entity, at))
                .collect();
            self.sort_in(&mut groups, keys, &entities, at).await?;
            let parts = [RelationKind::SubsetOf, RelationKind::MemberOf];
            within.extend(
                self.leading_out(&entities, &parts, at)
                    .await?
                    .into_iter()
                    .flatten(),
            );
            if !found.has_next {
                break;
            }
        }
        Ok(groups
            .into_iter()
            .map(|(values, entities)| group(values, &entities, &within))
            .collect())
    }

    async fn sort_in(
        &self,
        groups: &mut Groups,
        keys: &[GroupKey],
        entities: &[SharedEntity],
        at: AsOf,
    ) -> Result<()> {
        let mut all: Vec<Vec<Vec<GroupValue>>> = vec![vec![Vec::new()]; entities.len()];
        for key in keys {
            for (combinations, values) in all.iter_mut().zip(self.values(*key, entities, at).await?) {
                job::step();
                let values = if values.is_empty() {
                    vec![GroupValue::Null]
                } else {
                    values
                };
                *combinations = combinations
                    .iter()
                    .flat_map(|so_far| {
                        values
                            .iter()
                            .map(|value| [so_far.as_slice(), std::slice::from_ref(value)].concat())
                    })
                    .collect();
            }
        }
        for (combinations, entity) in all.into_iter().zip(entities) {
            job::step();
            for values in combinations {
                job::step();
                groups.entry(values).or_default().push(entity.clone());
            }
        }
        Ok(())
    }

    /// The values of a key for each entity, without duplicates.
    async fn values(
        &self,
        key: GroupKey,
        entities: &[SharedEntity],
        at: AsOf,
    ) -> Result<Vec<Vec<GroupValue>>> {
        let ids = || {
            entities
                .iter()
                .map(|entity| entity.id.clone())
                .collect::<Vec<_>>()
        };
        let named = |name: Option<&str>| {
            name.map(|name| GroupValue::Text(name.to_string()))
                .into_iter()
                .collect()
        };
        let each =
            |values: &dyn Fn(&SharedEntity) -> Vec<GroupValue>| Ok(entities.iter().map(values).collect());
        match key {
            GroupKey::Kind => each(&|entity| named(Some(entity.kind().name()))),
            GroupKey::Tag => each(&|entity| entity.tags.iter().cloned().map(GroupValue::Text).collect()),
            GroupKey::Family => each(&|entity| named(entity.family().map(ProgramFamily::name))),
            GroupKey::Stage => each(&|entity| named(entity.stage().map(ProjectStage::name))),
            GroupKey::Region => {
                let regions = self.regions(&ids(), RegionRole::Located, at).await?;
                Ok(regions
                    .into_iter()
                    .map(|ids| ids.into_iter().map(GroupValue::Entity).collect())
                    .collect())
            }
            GroupKey::Industry => {
                let industries = self
                    .leading_out(entities, &[RelationKind::InIndustry], at)
                    .await?;
                let distinct = |pairs: Vec<(EntityId, EntityId)>| {
                    pairs.into_iter().map(|(_, to)| to).collect::<BTreeSet<_>>()
                };
                Ok(industries
                    .into_iter()
                    .map(|pairs| distinct(pairs).into_iter().map(GroupValue::Entity).collect())
                    .collect())
            }
            GroupKey::Dataset => {
                let subjects: Vec<Subject> = ids().into_iter().map(Subject::Entity).collect();
                let datasets = self.memberships(&subjects).await?;
                let text = |ids: Vec<crate::model::id::DatasetId>| {
                    ids.iter().map(|id| GroupValue::Text(id.to_string())).collect()
                };
                Ok(datasets.into_iter().map(text).collect())
            }
        }
    }

    /// The ends of the relations of the given kinds that start at each entity.
    async fn leading_out(
        &self,
        entities: &[SharedEntity],
        kinds: &[RelationKind],
        at: AsOf,
    ) -> Result<Vec<Vec<(EntityId, EntityId)>>> {
        let ids: Vec<EntityId> = entities.iter().map(|entity| entity.id.clone()).collect();
        let filter = RelationFilter {
            kinds: Some(kinds.to_vec()),
            ..RelationFilter::default()
        };
        let page = PageRequest::first(PAGE_MAX);
        let query = IncidentQuery {
            filter,
            direction: Direction::Out,
            other: None,
            at,
            page,
        };
        let found = self.incident(&ids, &query).await?;
        Ok(found
            .into_iter()
            .map(|page| page.items.into_iter().map(|one| (one.from, one.to)).collect())
            .collect())
    }
}

fn group(
    values: Vec<GroupValue>,
    entities: &[SharedEntity],
    within: &BTreeSet<(EntityId, EntityId)>,
) -> AggregateGroup {
    let members = entities.iter().map(|entity| Member {
        id: &entity.id,
        size: entity.size.as_ref().map(Quantity::effective),
    });
    AggregateGroup {
        values,
        count: entities.len(),
        members: count_members(members, within),
    }
}
