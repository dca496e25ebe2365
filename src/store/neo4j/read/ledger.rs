//! Reads of the relations of a ledger, and of the shares that carriers pass on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::clauses::filter::all;
use super::clauses::region;
use super::reader::Neo4jReader;
use crate::model::Decimal;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::EntityId;
use crate::model::ontology::{Conservation, RelationKind};
use crate::model::relation::Relation;
use crate::model::selector::RegionSelector;
use crate::model::walk::WalkRules;
use crate::store::StoreResult;
use crate::store::neo4j::driver::statement::{cypher, pieces};
use crate::store::neo4j::format::read_relation;

impl Neo4jReader {
    /// See [`Reader::ledger`](crate::store::Reader::ledger). All entities and regions are read at once, and each read returns no more than
    /// the limit.
    pub(in crate::store) async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[RegionSelector],
        walk: &WalkRules,
        limit: usize,
    ) -> StoreResult<(Vec<Relation>, bool)> {
        let kinds = counting(walk);
        if kinds.is_empty() {
            return Ok((Vec::new(), false));
        }
        let mut filter = self.filter(walk.at);
        let tests = all(vec![filter.visible("r"), filter.counts("r")]);
        let evidence = filter.evidence("v", &walk.evidence);
        let statement = cypher!("ledger")
            .fill("kinds", &kinds)
            .fill("where", &tests)
            .fill("evidence", &evidence);
        let statement = statement
            .with_all(filter.params())
            .with("limit", i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
        let kept: BTreeSet<&str> = entities.iter().map(|id| self.canonical(id).as_str()).collect();
        let kept: Vec<&str> = kept.into_iter().collect();
        let of_entities = statement
            .clone()
            .fill("ends", "UNWIND $ids AS asked MATCH (e:Entity {id: asked})");
        let of_entities = pieces(&kept, |id| id.len())
            .into_iter()
            .map(|ids| of_entities.clone().with("ids", ids.to_vec()));
        let of_regions = regions.iter().map(|place| {
            let ends = region::members("$region", place.role, "place", filter.scope());
            statement
                .clone()
                .fill("ends", &ends)
                .with("region", self.canonical(&place.region).as_str())
        });
        let rows: Vec<(String, String)> = self.ask_all(of_entities.chain(of_regions)).await?;
        let rows: BTreeMap<String, String> = rows.into_iter().collect();
        let more = rows.len() > limit;
        let relations = rows.iter().take(limit).map(|(id, body)| read_relation(id, body));
        Ok((relations.collect::<StoreResult<_>>()?, more))
    }

    /// See [`Reader::shares`](crate::store::Reader::shares).
    pub(in crate::store) async fn shares(
        &self,
        ids: &[EntityId],
    ) -> StoreResult<Vec<Vec<(Relation, Decimal)>>> {
        let sharing = RelationKind::ALL
            .iter()
            .filter(|kind| kind.info().conserved == Conservation::Share);
        let kinds: Vec<&str> = sharing.map(|kind| kind.name()).collect();
        let statement = cypher!("shares").fill("kinds", &kinds.join("|"));
        let rows: Vec<(String, String, String)> = self.ask_at(ids, &statement).await?;
        let mut shares: HashMap<String, BTreeMap<String, (Relation, Decimal)>> = HashMap::new();
        for (from, id, body) in rows {
            let relation = read_relation(&id, &body)?;
            if let Some(share) = relation.share {
                shares.entry(from).or_default().insert(id, (relation, share));
            }
        }
        let of = |id: &EntityId| {
            let shares = shares.get(self.canonical(id).as_str());
            shares.into_iter().flat_map(BTreeMap::values).cloned().collect()
        };
        Ok(ids.iter().map(of).collect())
    }
}

/// The kinds that a ledger counts: no structural kinds, and none that the walk excludes.
fn counting(walk: &WalkRules) -> String {
    let counts = |kind: &&RelationKind| {
        !kind.info().structure
            && walk.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
            && walk.rules.get(kind) != Some(&FlowDirection::None)
    };
    RelationKind::ALL
        .iter()
        .filter(counts)
        .map(|kind| kind.name())
        .collect::<Vec<_>>()
        .join("|")
}
