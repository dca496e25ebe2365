//! Who may see and do what: a decision on every field of the schema, and the server held to it for every role.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use hukun::model::id::DatasetId;
use hukun::model::principal::{DatasetScope, Role};
use hukun::service::NewKey;
use hukun::service::write::StatementDraft;
use serde_json::{Value, json};

use crate::support::graph::{entity, of, relation, stated};
use crate::support::keys::key;
use crate::support::{Asker, Graph, TestApp, graph};

const CONTACT: &str = "021-5555 1234; wang@example.org";

/// What is decided on a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// Whoever may ask at all.
    Public,
    /// Who may see personal data; null for others.
    Personal,
    /// Who may write.
    Editor,
    /// Who may do everything.
    Admin,
}

/// The decisions, `Type.field decision` a line.
fn table() -> BTreeMap<String, Decision> {
    let line = |line: &str| {
        let (field, decision) = line.split_once(' ').unwrap();
        let decision = match decision {
            "public" => Decision::Public,
            "personal" => Decision::Personal,
            "editor" => Decision::Editor,
            "admin" => Decision::Admin,
            other => panic!("{field}: {other} is no decision; public, personal, editor or admin"),
        };
        (field.to_string(), decision)
    };
    include_str!("fixed/access.txt").lines().map(line).collect()
}

/// The object types and what implements an interface, as the schema has them.
struct Types {
    objects: BTreeMap<String, Vec<FieldDefinition>>,
    implementers: BTreeMap<String, Vec<String>>,
}

impl Types {
    fn read() -> Self {
        let mut types = Self {
            objects: BTreeMap::new(),
            implementers: BTreeMap::new(),
        };
        for definition in parse_schema(hukun::graphql::sdl()).unwrap().definitions {
            let TypeSystemDefinition::Type(one) = definition else {
                continue;
            };
            let name = one.node.name.node.to_string();
            match one.node.kind {
                TypeKind::Object(object) => {
                    for interface in &object.implements {
                        let all = types.implementers.entry(interface.node.to_string()).or_default();
                        all.push(name.clone());
                    }
                    let fields = object.fields.into_iter().map(|field| field.node);
                    types.objects.insert(name, fields.collect());
                }
                TypeKind::Interface(_) => drop(types.implementers.entry(name).or_default()),
                _ => {}
            }
        }
        types
    }

    fn is_composite(&self, name: &str) -> bool {
        self.objects.contains_key(name) || self.implementers.contains_key(name)
    }

    /// The way from `Query` to each type: what opens it, and how many braces close it. By what may be null only where there is
    /// no other, and by an interface last: what stands there is of one type, and may be of another.
    fn ways(&self) -> BTreeMap<&str, (String, usize)> {
        let mut ways = BTreeMap::from([("Query", (String::new(), 0))]);
        for (by_null, by_interface) in [(false, false), (true, false), (true, true)] {
            let mut open: VecDeque<&str> = ways.keys().copied().collect();
            while let Some(name) = open.pop_front() {
                let (way, depth) = ways[name].clone();
                let fields = self.objects[name].iter();
                for field in fields.filter(|field| by_null || !field.ty.node.nullable) {
                    let of = innermost(&field.ty.node);
                    let asked = format!("{way} {} {{", asked(name, field));
                    if let Some((of, _)) = self.objects.get_key_value(of) {
                        if !ways.contains_key(of.as_str()) {
                            ways.insert(of, (asked, depth + 1));
                            open.push_back(of);
                        }
                    } else if by_interface {
                        for of in self.implementers.get(of).into_iter().flatten() {
                            if !ways.contains_key(of.as_str()) {
                                ways.insert(of, (format!("{asked} ... on {of} {{"), depth + 2));
                                open.push_back(of);
                            }
                        }
                    }
                }
            }
        }
        ways
    }

    /// A question for every field of a type.
    fn question(&self, name: &str, (way, depth): &(String, usize)) -> String {
        let fields = self.objects[name].iter().map(|field| {
            let inside = if self.is_composite(innermost(&field.ty.node)) {
                " { __typename }"
            } else {
                ""
            };
            format!("{}{inside}", asked(name, field))
        });
        let fields: Vec<String> = fields.collect();
        format!(
            "{{ {way} __typename {} {} }}",
            fields.join(" "),
            "}".repeat(*depth)
        )
    }
}

fn innermost(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(of) => innermost(of),
    }
}

/// Arguments of fields that need some, or say little without.
const ARGUMENTS: &[(&str, &str)] = &[
    ("Query.node", r#"id: "expert:a""#),
    ("Query.nodes", r#"ids: ["expert:a", "fund:angel"]"#),
    ("Query.search", r#"query: "kunshan""#),
    ("Query.aggregate", "groupBy: [KIND]"),
    ("Query.neighborhood", r#"ids: ["region:kunshan"], maxEntities: 2"#),
    ("Query.trace", TRACE),
    ("Query.mechanisms", TRACE),
    ("Query.ledger", TRACE),
    ("Query.criticality", TRACE),
    (
        "Query.robustness",
        r#"trace: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }"#,
    ),
    (
        "Query.flow",
        r#"input: { from: { ids: ["organization:mother-fund-contributors"] }, to: { ids: ["company:reinvestment-recipients"] }, resource: CAPITAL, unit: "CNY" }"#,
    ),
    (
        "Query.indicators",
        r#"regions: ["region:shanghai", "region:kunshan"]"#,
    ),
    (
        "Query.brokerage",
        r#"regions: ["region:shanghai", "region:kunshan"]"#,
    ),
    ("Query.leverage", r#"id: "program:voucher""#),
    (
        "Query.allocate",
        r#"bearerId: "program:tax-sharing", amount: "470000000""#,
    ),
];
const TRACE: &str = r#"input: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }"#;

/// A field with its arguments.
fn asked(of: &str, field: &FieldDefinition) -> String {
    let name = format!("{of}.{}", field.name.node);
    let given = ARGUMENTS.iter().find(|(place, _)| *place == name);
    let needs = |argument: &async_graphql::parser::types::InputValueDefinition| {
        !argument.ty.node.nullable && argument.default_value.is_none()
    };
    match given {
        Some((_, arguments)) => format!("{}({arguments})", field.name.node),
        None if field.arguments.iter().any(|argument| needs(&argument.node)) => {
            panic!("{name} needs arguments: add some to ARGUMENTS")
        }
        None if field
            .arguments
            .iter()
            .any(|argument| argument.node.name.node == "first") =>
        {
            format!("{}(first: 3)", field.name.node)
        }
        None => field.name.node.to_string(),
    }
}

#[test]
fn every_field_has_a_decision() {
    let types = Types::read();
    let fields = types.objects.iter().flat_map(|(name, fields)| {
        let full = move |field: &FieldDefinition| format!("{name}.{}", field.name.node);
        fields.iter().map(full)
    });
    let (fields, decided): (BTreeSet<String>, BTreeSet<String>) =
        (fields.collect(), table().into_keys().collect());
    let missing: Vec<_> = fields.difference(&decided).collect();
    let gone: Vec<_> = decided.difference(&fields).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "decide who may see or do it, in tests/fixed/access.txt: {missing:#?}; and take out what is gone: {gone:#?}"
    );
    let sorted: Vec<&str> = include_str!("fixed/access.txt").lines().collect();
    assert!(sorted.is_sorted(), "keep the table sorted");
}

/// The first data set, and beside it an expert who can be reached.
fn reachable() -> Graph {
    let quoting = StatementDraft {
        quote: Some("王工，电话 021 5555-1234".into()),
        ..stated()
    };
    graph()
        .entity(entity("expert:a").contact(CONTACT).evidence(quoting))
        .entities(["project:p", "region:a"])
        .observation("observed", "region:a", "COMMUTERS", &of(3, "PERSON"), "2024")
        .relation(
            hukun::model::ontology::RelationKind::Serves,
            "expert:a",
            "project:p",
            relation().id("serves"),
        )
}

/// One asker of each sort: their name, whether they see personal data, and whether they may edit and administrate.
async fn askers(app: &TestApp) -> Vec<(&'static str, bool, Option<Decision>, Asker<'_>)> {
    vec![
        ("anonymous", false, None, app.anonymous()),
        ("reader", false, None, app.as_role(Role::Reader, false).await),
        (
            "reader with pii",
            true,
            None,
            app.as_role(Role::Reader, true).await,
        ),
        (
            "editor",
            false,
            Some(Decision::Editor),
            app.as_role(Role::Editor, false).await,
        ),
        (
            "editor with pii",
            true,
            Some(Decision::Editor),
            app.as_role(Role::Editor, true).await,
        ),
        (
            "admin",
            false,
            Some(Decision::Admin),
            app.as_role(Role::Admin, false).await,
        ),
        (
            "admin with pii",
            true,
            Some(Decision::Admin),
            app.as_role(Role::Admin, true).await,
        ),
    ]
}

/// Takes the values of some fields out of an answer.
fn take(value: &mut Value, fields: &BTreeSet<&str>, taken: &mut Vec<Value>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if fields.contains(name.as_str()) {
                    taken.push(value.take());
                } else {
                    take(value, fields, taken);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take(item, fields, taken)),
        _ => {}
    }
}

/// Types of which the data has nothing to show.
const UNSEEN: [&str; 1] = ["Circulation"];

#[tokio::test]
async fn each_role_sees_what_the_table_says() {
    let app = TestApp::kunshan().await;
    app.add(reachable()).await;
    let (types, table) = (Types::read(), table());
    let askers = askers(&app).await;
    let (mut unseen, mut checked) = (Vec::new(), BTreeSet::new());
    for (name, way) in &types.ways() {
        let question = types.question(name, way);
        let personal: BTreeSet<&str> = types.objects[*name]
            .iter()
            .map(|field| field.name.node.as_str())
            .filter(|field| table[&format!("{name}.{field}")] == Decision::Personal)
            .collect();
        let mut first: Option<Value> = None;
        for (asker, sees_personal, _, ask) in &askers {
            let reply = ask.query(&question).await;
            let withheld = reply.body["extensions"]["withheld"].clone();
            let mut data = reply.good();
            let mut taken = Vec::new();
            take(&mut data, &personal, &mut taken);
            let shown = taken.iter().any(|value| !value.is_null());
            assert_eq!(
                shown,
                *sees_personal && !personal.is_empty(),
                "{asker}: {name}: {taken:?}"
            );
            let expected: Vec<String> = personal.iter().map(|field| format!("{name}.{field}")).collect();
            if *sees_personal || personal.is_empty() {
                assert_eq!(withheld, Value::Null, "{asker}: {name}");
            } else {
                assert_eq!(withheld, json!(expected), "{asker}: {name}");
            }
            match &first {
                None => first = Some(data),
                Some(first) => assert_eq!(&data, first, "{asker} sees something else of {name}"),
            }
        }
        if !first
            .unwrap()
            .to_string()
            .contains(&format!("\"__typename\":\"{name}\""))
        {
            unseen.push(*name);
        }
        checked.extend(
            types.objects[*name]
                .iter()
                .map(|field| format!("{name}.{}", field.name.node)),
        );
    }
    assert_eq!(unseen, UNSEEN);
    // What writes is asked for below, or comes as the answer to it; what is followed is a `Change`, as in `Query.changes`.
    let rest = table.keys().filter(|field| !checked.contains(*field));
    let rest: BTreeSet<&str> = rest.map(|field| field.split('.').next().unwrap()).collect();
    assert_eq!(
        rest,
        BTreeSet::from([
            "DeleteResult",
            "MergeResult",
            "Mutation",
            "Subscription",
            "UpsertResult"
        ])
    );
}

/// A call of each field that writes, as small as it can be.
const WRITES: &[(&str, &str)] = &[
    (
        "upsertDataset",
        r#"upsertDataset(input: { id: "e", title: "E", licence: "CC0-1.0", synthetic: true, coverage: SAMPLE }) { created }"#,
    ),
    (
        "upsertSources",
        r#"upsertSources(input: [{ id: "source:e", title: "E", datasetId: "d" }]) { created }"#,
    ),
    ("upsertEntities", "upsertEntities(input: []) { created }"),
    ("upsertRelations", "upsertRelations(input: []) { created }"),
    ("upsertObservations", "upsertObservations(input: []) { created }"),
    ("upsertRules", "upsertRules(input: []) { created }"),
    (
        "addStatements",
        r#"addStatements(subjectId: "project:p", statements: []) { created }"#,
    ),
    ("deleteEntities", "deleteEntities(ids: []) { revision }"),
    ("deleteRelations", "deleteRelations(ids: []) { revision }"),
    ("deleteObservations", "deleteObservations(ids: []) { revision }"),
    ("deleteRules", "deleteRules(ids: []) { revision }"),
    ("deleteSources", "deleteSources(ids: []) { revision }"),
    ("deleteDatasets", "deleteDatasets(ids: []) { revision }"),
    (
        "deleteStatements",
        r#"deleteStatements(subjectId: "project:p", datasetId: "d", statements: []) { revision }"#,
    ),
    (
        "mergeEntities",
        r#"mergeEntities(keep: "project:p", merge: []) { revision }"#,
    ),
];

#[tokio::test]
async fn each_role_writes_what_the_table_says() {
    let app = TestApp::with(reachable()).await;
    let table = table();
    for (asker, _, may, ask) in &askers(&app).await {
        for (field, decision) in table.iter().filter(|(field, _)| field.starts_with("Mutation.")) {
            let name = field.strip_prefix("Mutation.").unwrap();
            let call = WRITES.iter().find(|(field, _)| *field == name);
            let (_, call) = call.unwrap_or_else(|| panic!("add a call of {name} to WRITES"));
            let body = ask.query(&format!("mutation {{ {call} }}")).await.body;
            let code = body["errors"][0]["extensions"]["code"]
                .as_str()
                .unwrap_or_default();
            let may = match decision {
                Decision::Editor => may.is_some(),
                Decision::Admin => *may == Some(Decision::Admin),
                Decision::Public | Decision::Personal => {
                    panic!("{field}: who writes is an editor or an admin")
                }
            };
            assert_eq!(code != "FORBIDDEN", may, "{asker}: {field}: {body:#}");
            assert_ne!(code, "INTERNAL", "{asker}: {field}: {body:#}");
            if !may {
                let message = body["errors"][0]["message"].as_str().unwrap();
                assert!(
                    message.contains("admin"),
                    "{asker}: {field}: which role is needed? {message}"
                );
            }
        }
    }
}

const EXPERT: &str = "__typename ... on Expert { contact statements { quote } }";

#[tokio::test]
async fn personal_data_is_kept_back_wherever_an_expert_is_met() {
    let app = TestApp::with(reachable()).await;
    let (without, with) = (
        app.as_role(Role::Admin, false).await,
        app.as_role(Role::Reader, true).await,
    );
    for (question, place) in [
        (format!(r#"{{ node(id: "expert:a") {{ {EXPERT} }} }}"#), "/node"),
        (
            format!(r#"{{ nodes(ids: ["expert:a"]) {{ {EXPERT} }} }}"#),
            "/nodes/0",
        ),
        (
            format!("{{ entities(filter: {{ kinds: [EXPERT] }}) {{ nodes {{ {EXPERT} }} }} }}"),
            "/entities/nodes/0",
        ),
        (
            format!(r#"{{ search(query: "expert:a") {{ edges {{ node {{ {EXPERT} }} }} }} }}"#),
            "/search/edges/0/node",
        ),
        (
            format!(r#"{{ neighborhood(ids: ["project:p"]) {{ entities {{ {EXPERT} }} }} }}"#),
            "/neighborhood/entities/1",
        ),
        (
            format!("{{ relations {{ nodes {{ from {{ {EXPERT} }} }} }} }}"),
            "/relations/nodes/0/from",
        ),
    ] {
        let shown = with.query(&question).await.good();
        let shown = shown.pointer(place).unwrap_or_else(|| panic!("{shown:#}"));
        assert_eq!(shown["contact"], CONTACT, "{question}");
        assert_eq!(shown["statements"][0]["quote"], "王工，电话 021 5555-1234");
        let reply = without.query(&question).await;
        let text = reply.body.to_string();
        assert!(
            !text.contains("5555") && !text.contains("wang@"),
            "{question}: {text}"
        );
        let kept = reply.good();
        let kept = kept.pointer(place).unwrap();
        assert_eq!(
            *kept,
            json!({"__typename": "Expert", "contact": null, "statements": [{"quote": null}]})
        );
    }
    let found = without
        .query(r#"{ search(query: "wang@example.org") { totalCount } }"#)
        .await
        .good();
    assert_eq!(
        found["search"]["totalCount"], 0,
        "nobody finds what they may not see"
    );
}

/// What an editor sends of the expert.
fn expert(contact: Option<&str>, description: &str) -> Value {
    let mut properties = json!({ "titleClass": "senior" });
    if let Some(contact) = contact {
        properties["contact"] = contact.into();
    }
    json!([{
        "id": "expert:a", "kind": "EXPERT", "names": [{ "value": "王工", "lang": "zh" }], "description": description,
        "properties": properties, "datasetId": "d",
        "statements": [{ "sourceId": "source:s", "quote": "王工", "reliability": "INDEPENDENT" }],
    }])
}

const WRITE: &str = "mutation ($input: [EntityInput!]!) { upsertEntities(input: $input) { updated nodes { ... on Expert { contact description } } } }";

#[tokio::test]
async fn who_may_not_see_personal_data_does_not_write_over_it() {
    let app = TestApp::with(reachable()).await;
    let (blind, seeing) = (
        app.as_role(Role::Editor, false).await,
        app.as_role(Role::Editor, true).await,
    );
    let contact = async || {
        let data = seeing
            .query(r#"{ node(id: "expert:a") { ... on Expert { contact } } }"#)
            .await
            .good();
        data["node"]["contact"].clone()
    };
    let (code, message) = blind
        .ask(WRITE, json!({ "input": expert(Some("mine"), "1") }))
        .await
        .bad();
    assert_eq!(code, "FORBIDDEN");
    assert!(
        message.contains("properties.contact") && message.contains("leave it out"),
        "{message}"
    );
    assert_eq!(contact().await, CONTACT);

    let written = blind
        .ask(WRITE, json!({ "input": expert(None, "2") }))
        .await
        .good();
    let node = json!({ "contact": null, "description": "2" });
    assert_eq!(
        written["upsertEntities"],
        json!({ "updated": 1, "nodes": [node] })
    );
    assert_eq!(
        contact().await,
        CONTACT,
        "left out by who cannot see it is not emptied"
    );

    seeing
        .ask(WRITE, json!({ "input": expert(Some("new@example.org"), "3") }))
        .await
        .good();
    assert_eq!(contact().await, "new@example.org");
    seeing
        .ask(WRITE, json!({ "input": expert(None, "4") }))
        .await
        .good();
    assert_eq!(contact().await, Value::Null, "left out by who sees it is");
}

/// A quotation that was kept back from a writer is not left out by them.
#[tokio::test]
async fn a_quotation_that_was_kept_back_stays() {
    let app = TestApp::with(reachable()).await;
    let (blind, seeing) = (
        app.as_role(Role::Editor, false).await,
        app.as_role(Role::Editor, true).await,
    );
    let quotes = async |by: &Asker<'_>| {
        let read = r#"{ node(id: "expert:a") { ... on Expert { statements { quote } } } }"#;
        by.query(read).await.good()["node"]["statements"].clone()
    };
    let (kept, sent) = (
        json!({ "quote": "王工，电话 021 5555-1234" }),
        json!({ "quote": "王工" }),
    );
    for _ in 0..2 {
        blind
            .ask(WRITE, json!({ "input": expert(None, "1") }))
            .await
            .good();
        assert_eq!(quotes(&seeing).await, json!([sent, kept]));
        assert_eq!(quotes(&blind).await, json!([sent, { "quote": null }]));
    }
    // Who sees it and leaves it out has done so.
    seeing
        .ask(WRITE, json!({ "input": expert(Some(CONTACT), "1") }))
        .await
        .good();
    assert_eq!(quotes(&seeing).await, json!([sent]));
}

#[tokio::test]
async fn a_key_of_a_data_set_writes_in_that_one_alone_and_is_named_in_what_it_writes() {
    let app = TestApp::with(reachable()).await;
    app.add(graph().in_dataset("other").entities(["fund:b"])).await;
    let scoped = NewKey {
        pii: true,
        scope: DatasetScope::Only([DatasetId::parse("d").unwrap()].into()),
        ..key(Role::Editor)
    };
    let issued = app.issue(scoped).await;
    let editor = app.with_token(issued.reveal());
    editor
        .ask(WRITE, json!({ "input": expert(Some(CONTACT), "by a key") }))
        .await
        .good();
    let question = r#"{ node(id: "expert:a") { ... on Expert { statements { recordedBy } } } }"#;
    let recorded = app.query(question).await.good();
    assert_eq!(
        recorded["node"]["statements"][0]["recordedBy"],
        format!("key:{}", issued.key.id)
    );
    let mut elsewhere = expert(None, "elsewhere");
    elsewhere[0]["id"] = "expert:b".into();
    elsewhere[0]["datasetId"] = "other".into();
    let (code, message) = editor.ask(WRITE, json!({ "input": elsewhere })).await.bad();
    assert_eq!(code, "FORBIDDEN", "{message}");
}
