//! The relations that a ledger rests on, and the shares that carriers pass on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::filter::all;
use super::reader::Neo4jReader;
use super::records::read_relation;
use super::region;
use super::statement::{cypher, pieces};
use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::ontology::{Conserved, RelationKind};
use crate::model::relation::{FlowDirection, Relation};
use crate::model::selector::InRegion;
use crate::model::walk::{UndatedFacts, Walk};
use crate::store::Answer;

impl Neo4jReader {
    /// See [`crate::store::Reader::ledger`]: all entities and regions are asked about at once, and each gives no more than the
    /// limit.
    pub(super) async fn ledger_of(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> Answer<(Vec<Relation>, bool)> {
        let kinds = counting(walk);
        if kinds.is_empty() {
            return Ok((Vec::new(), false));
        }
        let mut filter = self.filter(walk.at);
        let mut tests = vec![filter.seen("r"), filter.valid("r")];
        if walk.at.is_some() && walk.undated == UndatedFacts::Exclude {
            tests.push("(r.valid_from IS NOT NULL OR r.valid_to IS NOT NULL)".into());
        }
        let tests = all(tests);
        let evidence = filter.evidence("v", &walk.evidence);
        let statement = cypher!("ledger")
            .fill("kinds", &kinds)
            .fill("where", &tests)
            .fill("evidence", &evidence);
        let statement = statement
            .with_all(filter.params())
            .with("limit", i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
        let kept: BTreeSet<&str> = entities.iter().map(|id| self.kept(id).as_str()).collect();
        let kept: Vec<&str> = kept.into_iter().collect();
        let of_entities = statement
            .clone()
            .fill("ends", "UNWIND $ids AS asked MATCH (e:Entity {id: asked})");
        let of_entities = pieces(&kept, |id| id.len())
            .into_iter()
            .map(|ids| of_entities.clone().with("ids", ids.to_vec()));
        let of_regions = regions.iter().map(|place| {
            let ends = region::members("$region", place.role, "place", filter.sight());
            statement
                .clone()
                .fill("ends", &ends)
                .with("region", self.kept(&place.region).as_str())
        });
        let rows: Vec<(String, String)> = self.ask_all(of_entities.chain(of_regions)).await?;
        let rows: BTreeMap<String, String> = rows.into_iter().collect();
        let more = rows.len() > limit;
        let relations = rows.iter().take(limit).map(|(id, body)| read_relation(id, body));
        Ok((relations.collect::<Answer<_>>()?, more))
    }

    /// See [`crate::store::Reader::shares`].
    pub(super) async fn shares_from(&self, ids: &[EntityId]) -> Answer<Vec<Vec<(Relation, Decimal)>>> {
        let sharing = RelationKind::ALL
            .iter()
            .filter(|kind| kind.info().conserved == Conserved::Share);
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
            let shares = shares.get(self.kept(id).as_str());
            shares.into_iter().flat_map(BTreeMap::values).cloned().collect()
        };
        Ok(ids.iter().map(of).collect())
    }
}

/// The kinds that a ledger counts: none that is structure, and none that the walk leaves out.
fn counting(walk: &Walk) -> String {
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
