//! Regions in Cypher: clauses that other statements contain. The region of an entity is not a property; it follows from dated
//! relations. An entity that is hosted at a park or university and has no region of its own has the region of its host.
//!
//! The variables of each clause begin with a prefix, so that a statement can contain several. With a date they use `$since` and `$until`,
//! and with hidden data sets `$hidden`.

use super::visibility::ReadScope;
use crate::model::selector::RegionRole;

/// Clauses that bind `e` to every entity in a region or in one below it, each once, for the beginning of a statement. `region` is the
/// expression of the region's canonical id.
pub(in crate::store) fn members(region: &str, role: RegionRole, prefix: &str, scope: ReadScope) -> String {
    let p = prefix;
    let below = format!("{p}_below");
    let arms = match role {
        RegionRole::Located => vec![located_in(&below, "e", p, scope)],
        RegionRole::Governed => vec![step("e", "GOVERNED_BY", &below, p, scope)],
        RegionRole::Origin => {
            let park = format!("{p}_park");
            let from_park = step(&format!("{park}:Park"), "ORIGINATES", "e", p, scope);
            vec![
                step(&below, "ORIGINATES", "e", p, scope),
                format!("{}\n{from_park}", located_in(&below, &park, p, scope)),
            ]
        }
    };
    let arms: String = arms.iter().map(|arm| format!("UNION {arm} RETURN e\n")).collect();
    let parts = scope.holds_along(&format!("{p}_parts"));
    format!(
        "MATCH ({p}_root:Entity {{id: {region}}})<-[{p}_parts:PART_OF*0..]-({below}) \
         WHERE ({below}:Region OR {below}.id = {region}) AND {parts}\n\
         WITH DISTINCT {below}\n\
         CALL ({below}) {{\nRETURN {below} AS e\n{arms}}}\n\
         WITH DISTINCT e WHERE NOT e:Industry"
    )
}

/// The test whether the entity bound to `e` is among the [`members`] of a region. It starts at the entity, which is in few regions.
pub(in crate::store) fn is_member(
    e: &str,
    region: &str,
    role: RegionRole,
    prefix: &str,
    scope: ReadScope,
) -> String {
    let p = prefix;
    let own = is_below(e, region, p, scope);
    let (place, park) = (format!("{p}_place"), format!("{p}_park"));
    let reaches = |from: &str| reaches(from, region, p, scope);
    let others = match role {
        RegionRole::Located => {
            vec![format!(
                "{}\n{}",
                located_in(&place, e, p, scope),
                reaches(&place)
            )]
        }
        RegionRole::Governed => {
            vec![format!(
                "{}\n{}",
                step(e, "GOVERNED_BY", &place, p, scope),
                reaches(&place)
            )]
        }
        RegionRole::Origin => {
            let from_park = step(&format!("{park}:Park"), "ORIGINATES", e, p, scope);
            vec![
                format!("{}\n{}", step(&place, "ORIGINATES", e, p, scope), reaches(&place)),
                format!(
                    "{from_park}\n{}\n{}",
                    located_in(&place, &park, p, scope),
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

/// Clauses that bind `region` to each region of the entity bound to `e`, without the regions above them.
pub(in crate::store) fn homes(role: RegionRole, scope: ReadScope) -> String {
    let arms = match role {
        RegionRole::Located => vec![located_in("region", "e", "home", scope)],
        RegionRole::Governed => vec![step("e", "GOVERNED_BY", "region", "home", scope)],
        RegionRole::Origin => {
            let park = format!(
                "{}\n{}",
                step("park:Park", "ORIGINATES", "e", "home", scope),
                located_in("region", "park", "home", scope)
            );
            vec![step("region:Region", "ORIGINATES", "e", "home", scope), park]
        }
    };
    // The region of a Region is itself, and an Industry has none.
    let arms: String = arms
        .iter()
        .map(|arm| format!("UNION WITH e WHERE NOT e:Region AND NOT e:Industry {arm} RETURN region\n"))
        .collect();
    format!("CALL (e) {{\nWITH e WHERE e:Region RETURN e AS region\n{arms}}}")
}

/// A clause that finds the region `region` from the one bound to `from`, which is the same or below it.
pub(in crate::store) fn reaches(from: &str, region: &str, prefix: &str, scope: ReadScope) -> String {
    // The end has no label on purpose: with one, the planner would start there and go down to all regions below.
    let parts = scope.holds_along(&format!("{prefix}_parts"));
    format!(
        "MATCH ({from})-[{prefix}_parts:PART_OF*0..]->({prefix}_above) WHERE {prefix}_above.id = {region} AND {parts}"
    )
}

/// The test whether the entity bound to `e` is a region or one below it.
fn is_below(e: &str, region: &str, prefix: &str, scope: ReadScope) -> String {
    format!(
        "{e}.id = {region} OR {e}:Region AND EXISTS {{ {} }}",
        reaches(e, region, prefix, scope)
    )
}

/// A clause for the regions of an entity itself, or else those of its hosts, which may be hosted in turn.
fn located_in(region: &str, entity: &str, prefix: &str, scope: ReadScope) -> String {
    let p = prefix;
    let [hosted, own, located] = ["hosted", "own", "located"].map(|name| scope.holds(&format!("{p}_{name}")));
    format!(
        "MATCH ({entity}) (({p}_guest)-[{p}_hosted:HOSTED_AT]->({p}_host) \
         WHERE {hosted} AND NOT EXISTS {{ ({p}_guest)-[{p}_own:LOCATED_IN]->() WHERE {own} }}){{0,}} \
         ({p}_placed)-[{p}_located:LOCATED_IN]->({region}) WHERE {located}"
    )
}

/// A clause for one relation.
fn step(from: &str, kind: &str, to: &str, prefix: &str, scope: ReadScope) -> String {
    format!(
        "MATCH ({from})-[{prefix}_step:{kind}]->({to}) WHERE {}",
        scope.holds(&format!("{prefix}_step"))
    )
}
