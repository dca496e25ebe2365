//! A kind of relation is one row of one table: what GraphQL lists, what an import accepts and what a trace walks is compared
//! with the table, row by row, so that a new row is proven by being there.

use std::collections::BTreeSet;

use hukun::model::entity::EntityKind;
use hukun::model::flow_direction::FlowDirection;
use hukun::model::ontology::{CarriedResource, RelationKind};
use hukun::model::walk::leads_out;
use serde_json::{Value, json};

use crate::import_support::{Files, Graph};
use crate::support::{TestApp, graph};

fn id(kind: EntityKind, name: &str) -> String {
    format!("{}:{name}", kind.prefix())
}

#[tokio::test]
async fn graphql_lists_every_row_as_the_table_has_it() {
    let app = TestApp::with(graph()).await;
    let question = r#"{ __type(name: "RelationKind") { enumValues { name } }
        ontology { relationKinds { kind ends { from to } flow resource resourceStated carrier structure conserved conservedUnit
        label english: label(lang: "en") } } }"#;
    let data = app.query(question).await.good();
    let names: Vec<&str> = data["__type"]["enumValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        RelationKind::ALL
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>()
    );
    for (kind, served) in RelationKind::ALL
        .iter()
        .zip(data["ontology"]["relationKinds"].as_array().unwrap())
    {
        let info = kind.info();
        let resource = match info.carries {
            CarriedResource::Own(resource) => json!(resource.name()),
            CarriedResource::Stated | CarriedResource::Incoming | CarriedResource::Nothing => Value::Null,
        };
        assert_eq!(served["kind"], info.name);
        assert_eq!(
            served["flow"],
            info.flow.map_or(Value::Null, |flow| json!(flow.name())),
            "{kind}"
        );
        assert_eq!(served["resource"], resource, "{kind}");
        assert_eq!(
            served["resourceStated"],
            info.carries == CarriedResource::Stated,
            "{kind}"
        );
        assert_eq!(served["carrier"], info.is_carrier(), "{kind}");
        assert_eq!(served["structure"], info.structure, "{kind}");
        let label = kind.label();
        assert_eq!(
            [&served["label"], &served["english"]],
            [label.zh, label.en],
            "{kind}"
        );
        // Every pair of kinds is served as the table allows it, however the pairs are put together.
        let served = served["ends"].as_array().unwrap();
        let has = |kinds: &Value, kind: EntityKind| kinds.as_array().unwrap().contains(&json!(kind.name()));
        for (from, to) in EntityKind::ALL
            .iter()
            .flat_map(|from| EntityKind::ALL.iter().map(move |to| (*from, *to)))
        {
            let allowed = served
                .iter()
                .any(|ends| has(&ends["from"], from) && has(&ends["to"], to));
            assert_eq!(allowed, info.allows(from, to), "{kind} from {from} to {to}");
        }
    }
}

/// Rows of relations between every two kinds of entity, for which the table says this.
fn rows(allowed: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for kind in RelationKind::ALL {
        for from in EntityKind::ALL {
            for to in EntityKind::ALL {
                if kind.info().allows(*from, *to) == allowed {
                    let (a, b) = (id(*from, "a"), id(*to, "b"));
                    rows.push(format!(
                        "{}-{}-{},{},{a},{b}",
                        kind.name(),
                        from.name(),
                        to.name(),
                        kind.name()
                    ));
                }
            }
        }
    }
    rows
}

#[tokio::test]
async fn an_import_accepts_the_ends_that_the_table_allows_and_no_others() {
    let ids: Vec<String> = EntityKind::ALL
        .iter()
        .flat_map(|kind| [id(*kind, "a"), id(*kind, "b")])
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let columns = "id,kind,from_id,to_id";
    let files = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Files::new().entities(&ids).table("relations", columns, &rows)
    };
    let allowed = rows(true);
    let (created, ..) = Graph::counts(Graph::empty().await.import(&files(&allowed)).await);
    assert_eq!(
        created,
        1 + ids.len() + allowed.len(),
        "the source, the entities, and every relation"
    );
    let forbidden = rows(false);
    let report = Graph::empty().await.import(&files(&forbidden)).await.unwrap_err();
    assert!(
        report.contains(&format!(": {} rows rejected", forbidden.len())),
        "{}",
        report.lines().next().unwrap()
    );
}

#[tokio::test]
async fn a_trace_walks_each_kind_as_the_table_says() {
    let mut all = graph();
    let mut asked = Vec::new();
    for (n, kind) in RelationKind::ALL.iter().enumerate() {
        let ends = kind.info().ends[0];
        let to = if ends.same_kind { ends.from[0] } else { ends.to[0] };
        let (from, to) = (id(ends.from[0], &format!("from{n}")), id(to, &format!("to{n}")));
        all = all.relation(*kind, &from, &to, format!("r{n}").as_str());
        asked.push((*kind, from, to));
    }
    let app = TestApp::with(all).await;
    let mut walked = BTreeSet::new();
    for (kind, from, to) in asked {
        let info = kind.info();
        // A carrier cannot come first, and what is not stated is not walked.
        let own = matches!(info.carries, CarriedResource::Own(_));
        let (forward, backward) = leads_out(info.flow.unwrap_or(FlowDirection::Unstated));
        for (start, end, leads) in [(&from, &to, forward), (&to, &from, backward)] {
            let question = format!(
                r#"{{ trace(input: {{ from: {{ ids: ["{start}"] }}, to: {{ ids: ["{end}"] }} }}) {{ totalCount {{ value exact }} }} }}"#
            );
            let count = app.query(&question).await.good()["trace"]["totalCount"].clone();
            let expected = if own && leads { "1" } else { "0" };
            assert_eq!(
                count,
                json!({ "value": expected, "exact": true }),
                "{kind} from {start} to {end}"
            );
            if expected == "1" {
                walked.insert(kind);
            }
        }
    }
    assert!(walked.len() > 15, "most kinds that carry something were walked");
}
