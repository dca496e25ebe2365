//! A graph on which each kind of question has something to do, and such questions.

use hukun::model::id::SourceId;
use hukun::model::ontology::RelationKind::{
    CollaboratesWith, ContributesTo, InIndustry, InvestsIn, LocatedIn, PartOf,
};
use hukun::service::write::StatementDraft;

use crate::support::graph;
use crate::support::graph::{Graph, cny, entity, relation, stated};

/// Regions, funds, companies of so many, and what joins them: about ten relations a company.
pub fn world(companies: usize) -> Graph {
    let funds = companies / 5;
    let source = |n: usize| StatementDraft {
        source: SourceId::parse(&format!("source:s{:02}", n % 12)).unwrap(),
        ..stated()
    };
    let fund = |n: usize| format!("fund:f{:05}", n % funds);
    let company = |n: usize| format!("company:c{:05}", n % companies);
    let mut made = graph().relation(PartOf, "region:ks", "region:country", ());
    made = made.relation(PartOf, "region:sh", "region:country", ());
    let money = |n: usize, amount: usize| {
        let amount = cny(i64::try_from(amount % 90 + 10).unwrap());
        let amount = if n.is_multiple_of(7) {
            amount.more_than()
        } else {
            amount
        };
        (n, amount)
    };
    let moved = |(n, amount): (usize, crate::support::graph::Amount), paid_in: bool| {
        let amount = if paid_in {
            amount.paid_in()
        } else {
            amount.invested()
        };
        relation().amount(amount).evidence(source(n))
    };
    for n in 0..funds {
        let region = if n % 2 == 0 { "region:sh" } else { "region:other" };
        made = made.relation(ContributesTo, region, &fund(n), moved(money(n, n * 37), true));
        made = made.relation(
            InvestsIn,
            &fund(n),
            &fund(n * 3 + 1),
            moved(money(n + 1, n * 11), false),
        );
        made = made.relation(LocatedIn, &fund(n), "region:sh", ());
    }
    for n in 0..companies {
        made = made.entity(
            entity(&company(n))
                .named(&format!("未来科技{n:05}有限公司"))
                .alias(&format!("Future Green Technology {n:05}"), "en")
                .tag(&format!("t{}", n % 5)),
        );
        let region = if n % 3 == 0 { "region:sh" } else { "region:ks" };
        made = made.relation(LocatedIn, &company(n), region, ());
        let industry = format!("industry:i{:02}", n % 20);
        made = made.relation(InIndustry, &company(n), &industry, relation().share("0.5"));
        for k in 0..2 {
            let from = fund(n * 5 + k * 13);
            made = made.relation(
                InvestsIn,
                &from,
                &company(n),
                moved(money(n + k, n * 7 + k), false),
            );
        }
        for k in 1..5 {
            let to = company(n + k * k * 17 + 1);
            made = made.relation(InvestsIn, &company(n), &to, moved(money(n + k, n * k), false));
        }
        made = made.relation(CollaboratesWith, &company(n), &company(n + 31), ());
    }
    made
}

/// A trace between the two regions.
pub const TRACE: &str = r#"{ from: { regionId: "region:sh" }, to: { regionId: "region:ks" }, maxLength: 5 }"#;
/// A flow between them.
pub const FLOW: &str =
    r#"{ from: { ids: ["region:sh"] }, to: { regionId: "region:ks" }, resource: CAPITAL, unit: "CNY" }"#;
/// Whose brokers are counted.
pub const REGIONS: &str = r#"regions: ["region:sh", "region:ks"]"#;

/// Lists within lists, so many companies of them.
pub fn nested(first: usize) -> String {
    let plain = "id kind tags name(lang: \"zh\") names { value lang role }";
    let inner =
        format!("to {{ {plain} relations(first: 5) {{ nodes {{ id kind statements {{ quote }} }} }} }}");
    format!(
        "{{ companies(first: {first}) {{ nodes {{ {plain} relations(first: 10) {{ nodes {{ id from {{ {plain} }} {inner} }} }} }} }} }}"
    )
}

/// Questions of each kind by name: all that computes long.
pub fn questions() -> Vec<(&'static str, String)> {
    let amount = "min proportional max";
    let shares = format!("{{ entity {{ id }} amount {{ {amount} }} }}");
    let invests = |entity: &str| {
        format!("some: {{ relation: {{ kinds: [INVESTS_IN] }}, direction: OUT, entity: {{ {entity} }} }}")
    };
    let related = invests(&format!("related: {{ {} }}", invests("tags: [\"t3\"]")));
    vec![
        ("lists within lists", nested(50)),
        (
            "a list sorted by name",
            "{ companies(first: 100, orderBy: [{ field: NAME }], filter: { not: { tags: [\"t1\"] } }) { totalCount nodes { id } } }"
                .into(),
        ),
        (
            "a list sorted by degree",
            "{ entities(first: 100, orderBy: [{ field: DEGREE }]) { totalCount nodes { id } } }".into(),
        ),
        (
            "a list by what is related",
            format!("{{ entities(first: 50, filter: {{ related: {{ {related} }} }}) {{ totalCount nodes {{ id }} }} }}"),
        ),
        (
            "relations",
            "{ relations(first: 1000, filter: { kinds: [INVESTS_IN] }) { totalCount nodes { id kind from { id } to { id } } } }".into(),
        ),
        (
            "a search",
            "{ search(query: \"future green\", first: 50) { totalCount edges { node { id } highlight } } }".into(),
        ),
        (
            "an aggregate",
            "{ aggregate(groupBy: [KIND, REGION, TAG, INDUSTRY]) { count members { lower } } }".into(),
        ),
        (
            "a neighborhood",
            "{ neighborhood(ids: [\"region:ks\"], depth: 3, maxEntities: 5000) { entities { id } relations { id } } }".into(),
        ),
        (
            "a trace",
            format!(
                "{{ trace(input: {TRACE}) {{ totalCount {{ value }} paths(first: 50) {{ nodes {{ length weakest }} }} \
                 graph {{ entities {{ id }} hidden {{ count }} }} deadEnds {{ nodes {{ entity {{ id }} }} }} }} }}"
            ),
        ),
        (
            "the shortest paths",
            format!(
                "{{ trace(input: {}) {{ totalCount {{ value }} paths(first: 50) {{ nodes {{ length }} }} }} }}",
                TRACE.replace("maxLength", "mode: SHORTEST, maxLength")
            ),
        ),
        ("criticality", format!("{{ criticality(input: {TRACE}) {{ value sourceCount }} }}")),
        (
            "a ledger",
            format!("{{ ledger(input: {TRACE}) {{ rows {{ pathCount {{ value }} }} truncatedBy }} }}"),
        ),
        (
            "the robustness of a trace",
            format!("{{ robustness(trace: {TRACE}) {{ without holds lost }} }}"),
        ),
        ("the layers of flows", "{ flowLayers { unit relationCount } }".into()),
        (
            "a flow",
            format!(
                "{{ flow(input: {FLOW}) {{ total {{ {amount} }} absorbed {{ {amount} }} bySource {shares} byTarget {shares} \
                 byIndustry {{ amount {{ {amount} }} }} otherOrigins {shares} missing {{ detail(lang: \"zh\") }} \
                 sankey {{ links {{ amount }} }} circulations {{ amount }} \
                 attributions(first: 20) {{ nodes {{ amount {{ {amount} }} }} }} }} }}"
            ),
        ),
        (
            "the robustness of a flow",
            format!("{{ robustness(flow: {FLOW}) {{ without holds lost total {{ {amount} }} }} }}"),
        ),
        ("indicators", format!("{{ indicators({REGIONS}) {{ code inRecord }} }}")),
        (
            "brokerage",
            format!("{{ brokerage({REGIONS}) {{ entity {{ id }} coordinator liaison }} }}"),
        ),
        ("the log of changes", "{ changes(last: 500) { totalCount nodes { subjectId } } }".into()),
    ]
}
