//! What is in a region, as pieces of Cypher for other statements to hold: a region is no property, it follows from dated
//! relations. What is hosted at a park or university, and has no region of its own, is where its host is.
//!
//! Every piece names its variables after a prefix, so that a statement may hold several. Where there is a date it reads `$day`,
//! where something is hidden `$hidden`.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::properties::day;
use super::reader::Neo4jReader;
use super::statement::cypher;
use super::veil::Sight;
use crate::model::id::EntityId;
use crate::model::selector::{AsOf, InRegion, RegionRole};
use crate::store::Answer;
use crate::store::codec::entity_id;

impl Neo4jReader {
    /// See [`crate::store::Reader::regions`].
    pub(super) async fn regions_of(
        &self,
        ids: &[EntityId],
        role: RegionRole,
        at: AsOf,
    ) -> Answer<Vec<Vec<EntityId>>> {
        let statement = cypher!("regions")
            .fill("homes", &homes(role, self.sight(at)))
            .with("day", day(at));
        let mut regions: HashMap<String, BTreeSet<EntityId>> = HashMap::new();
        for (of, region) in self.ask_at::<(String, String)>(ids, &statement).await? {
            regions.entry(of).or_default().insert(entity_id(&region)?);
        }
        let of = |id: &EntityId| {
            regions
                .get(self.kept(id).as_str())
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        Ok(ids.iter().map(of).collect())
    }

    /// See [`crate::store::Reader::within`].
    pub(super) async fn are_within(&self, ids: &[EntityId], place: &InRegion, at: AsOf) -> Answer<Vec<bool>> {
        let sight = self.sight(at);
        let statement = cypher!("within")
            .fill("homes", &homes(place.role, sight))
            .fill("reaches", &reaches("region", "$region", "up", sight))
            .with("region", self.kept(&place.region).as_str())
            .with("day", day(at));
        let within: HashSet<String> = self.ask_at(ids, &statement).await?.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| within.contains(self.kept(id).as_str()))
            .collect())
    }
}

/// Clauses that bind `e` to everything in a region or in one below it, each once: to begin a statement with. `region` is the
/// expression of its id, as it is kept.
pub(super) fn members(region: &str, role: RegionRole, prefix: &str, sight: Sight) -> String {
    let p = prefix;
    let below = format!("{p}_below");
    let arms = match role {
        RegionRole::Located => vec![located_in(&below, "e", p, sight)],
        RegionRole::Governed => vec![step("e", "GOVERNED_BY", &below, p, sight)],
        RegionRole::Origin => {
            let park = format!("{p}_park");
            let from_park = step(&format!("{park}:Park"), "ORIGINATES", "e", p, sight);
            vec![
                step(&below, "ORIGINATES", "e", p, sight),
                format!("{}\n{from_park}", located_in(&below, &park, p, sight)),
            ]
        }
    };
    let arms: String = arms.iter().map(|arm| format!("UNION {arm} RETURN e\n")).collect();
    let parts = sight.holds_along(&format!("{p}_parts"));
    format!(
        "MATCH ({p}_root:Entity {{id: {region}}})<-[{p}_parts:PART_OF*0..]-({below}) \
         WHERE ({below}:Region OR {below}.id = {region}) AND {parts}\n\
         WITH DISTINCT {below}\n\
         CALL ({below}) {{\nRETURN {below} AS e\n{arms}}}\n\
         WITH DISTINCT e WHERE NOT e:Industry"
    )
}

/// Whether the entity bound to `e` is among the [`members`] of a region: looked up from the entity, which has few above it.
pub(super) fn is_member(e: &str, region: &str, role: RegionRole, prefix: &str, sight: Sight) -> String {
    let p = prefix;
    let own = is_below(e, region, p, sight);
    let (place, park) = (format!("{p}_place"), format!("{p}_park"));
    let reaches = |from: &str| reaches(from, region, p, sight);
    let others = match role {
        RegionRole::Located => {
            vec![format!(
                "{}\n{}",
                located_in(&place, e, p, sight),
                reaches(&place)
            )]
        }
        RegionRole::Governed => {
            vec![format!(
                "{}\n{}",
                step(e, "GOVERNED_BY", &place, p, sight),
                reaches(&place)
            )]
        }
        RegionRole::Origin => {
            let from_park = step(&format!("{park}:Park"), "ORIGINATES", e, p, sight);
            vec![
                format!("{}\n{}", step(&place, "ORIGINATES", e, p, sight), reaches(&place)),
                format!(
                    "{from_park}\n{}\n{}",
                    located_in(&place, &park, p, sight),
                    reaches(&place)
                ),
            ]
        }
    };
    let others: String = others
        .iter()
        .map(|other| format!(" OR EXISTS {{ {other} }}"))
        .collect();
    format!("(NOT {e}:Industry AND ({own}{others}))")
}

/// Clauses that bind `region` to each region that the entity bound to `e` is of, without those above them.
fn homes(role: RegionRole, sight: Sight) -> String {
    let arms = match role {
        RegionRole::Located => vec![located_in("region", "e", "home", sight)],
        RegionRole::Governed => vec![step("e", "GOVERNED_BY", "region", "home", sight)],
        RegionRole::Origin => {
            let park = format!(
                "{}\n{}",
                step("park:Park", "ORIGINATES", "e", "home", sight),
                located_in("region", "park", "home", sight)
            );
            vec![step("region:Region", "ORIGINATES", "e", "home", sight), park]
        }
    };
    // A Region is of itself alone, an Industry of none.
    let arms: String = arms
        .iter()
        .map(|arm| format!("UNION WITH e WHERE NOT e:Region AND NOT e:Industry {arm} RETURN region\n"))
        .collect();
    format!("CALL (e) {{\nWITH e WHERE e:Region RETURN e AS region\n{arms}}}")
}

/// A clause that finds the region `region` from the one bound to `from`: itself, or one above it.
fn reaches(from: &str, region: &str, prefix: &str, sight: Sight) -> String {
    // The end has no label on purpose: with one, the planner would begin there, and walk down to all below.
    let parts = sight.holds_along(&format!("{prefix}_parts"));
    format!(
        "MATCH ({from})-[{prefix}_parts:PART_OF*0..]->({prefix}_above) WHERE {prefix}_above.id = {region} AND {parts}"
    )
}

/// Whether the entity bound to `e` is a region, or is below it.
fn is_below(e: &str, region: &str, prefix: &str, sight: Sight) -> String {
    format!(
        "{e}.id = {region} OR {e}:Region AND EXISTS {{ {} }}",
        reaches(e, region, prefix, sight)
    )
}

/// A clause for where an entity lies: at the regions of its own, else where its hosts are, each of which may be hosted in turn.
fn located_in(region: &str, entity: &str, prefix: &str, sight: Sight) -> String {
    let p = prefix;
    let [hosted, own, located] = ["hosted", "own", "located"].map(|name| sight.holds(&format!("{p}_{name}")));
    format!(
        "MATCH ({entity}) (({p}_guest)-[{p}_hosted:HOSTED_AT]->({p}_host) \
         WHERE {hosted} AND NOT EXISTS {{ ({p}_guest)-[{p}_own:LOCATED_IN]->() WHERE {own} }}){{0,}} \
         ({p}_placed)-[{p}_located:LOCATED_IN]->({region}) WHERE {located}"
    )
}

/// A clause for one relation.
fn step(from: &str, kind: &str, to: &str, prefix: &str, sight: Sight) -> String {
    format!(
        "MATCH ({from})-[{prefix}_step:{kind}]->({to}) WHERE {}",
        sight.holds(&format!("{prefix}_step"))
    )
}
