//! Every connection against the Relay cursor connections specification (relay.dev/graphql/connections.htm), found by
//! introspection: one that is added is checked, or fails here until it says how it is reached.
//!
//! Clauses checked, by the sections of the specification:
//! - 2 and 2.1, *Connection types*: the name ends in `Connection`; `edges` is a list; `pageInfo` is a `PageInfo!`.
//! - 3 and 3.1, *Edge types*: `node` is no list, `cursor` a `String!`.
//! - 4, *Arguments*: forward `first` (non-negative `Int`) and `after`, backward `last` and `before`; one that lacks them gives the
//!   reason in its description.
//! - 4.1, *Edge order*: the same rows in the same order, whichever way they are read.
//! - 4.2, *Pagination algorithm*: `EdgesToReturn` and `ApplyCursorsToEdges`; `first` and `last` below 0 are errors, both together, which
//!   the specification discourages, are refused.
//! - 5, *`PageInfo`*: the fields and their types; `HasPreviousPage` and `HasNextPage`, with the answer that is allowed where a server knows
//!   of rows on the other side; `startCursor` and `endCursor` are those of the first and last edge, null where there is none.
//!
//! The *Object identification* specification asks no edge to have a `Node`; where one has none, it says so.

use std::collections::BTreeMap;

use hukun::model::ontology::RelationKind::{ContributesTo, InvestsIn, LocatedIn};
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, of, relation};
use crate::support::{TestApp, graph};

const INTROSPECTION: &str = "{ __schema { types { name kind description interfaces { name } possibleTypes { name } fields { name description
    args { name type { kind name ofType { kind name } } }
    type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

/// The types of the schema by name.
struct Schema(BTreeMap<String, Value>);

/// A field that gives a connection.
#[derive(Clone, Debug)]
struct ConnectionField {
    of: String,
    field: String,
    connection: String,
    description: String,
    args: BTreeMap<String, String>,
}

impl ConnectionField {
    fn goes_back(&self) -> bool {
        ["last", "before"]
            .iter()
            .all(|name| self.args.contains_key(*name))
    }
}

/// The type as it is written in the schema language.
fn written(of: &Value) -> String {
    match of["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&of["ofType"])),
        Some("LIST") => format!("[{}]", written(&of["ofType"])),
        _ => of["name"].as_str().unwrap_or("?").to_string(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl Schema {
    async fn of(app: &TestApp) -> Self {
        let data = app.query(INTROSPECTION).await.good();
        let types = list(&data["__schema"]["types"]).iter();
        Self(types.map(|one| (text(&one["name"]), one.clone())).collect())
    }

    fn field(&self, of: &str, field: &str) -> Option<&Value> {
        let fields = list(&self.0.get(of)?["fields"]);
        fields.iter().find(|one| one["name"] == field)
    }

    fn field_type(&self, of: &str, field: &str) -> String {
        let field = self.field(of, field);
        written(&field.unwrap_or_else(|| panic!("no {of}.{field:?}"))["type"])
    }

    fn is_node(&self, name: &str) -> bool {
        let has_node = |of: &Value| list(&of["interfaces"]).iter().any(|one| one["name"] == "Node");
        let of = &self.0[name];
        let possible = list(&of["possibleTypes"]);
        // An interface whose every type is a `Node` is as good as one.
        has_node(of)
            || !possible.is_empty()
                && possible
                    .iter()
                    .all(|one| has_node(&self.0[one["name"].as_str().unwrap()]))
    }

    /// Every field that gives a connection, those of the interface `Entity` aside: each kind has them too.
    fn connection_fields(&self) -> Vec<ConnectionField> {
        let types = self.0.iter().filter(|(_, one)| one["kind"] == "OBJECT");
        let fields = types.flat_map(|(of, one)| list(&one["fields"]).iter().map(move |field| (of, field)));
        let connections = fields.filter_map(|(of, field)| {
            let connection = written(&field["type"]).trim_end_matches('!').to_string();
            connection.ends_with("Connection").then(|| ConnectionField {
                of: of.clone(),
                field: text(&field["name"]),
                connection,
                description: text(&field["description"]),
                args: list(&field["args"])
                    .iter()
                    .map(|arg| (text(&arg["name"]), written(&arg["type"])))
                    .collect(),
            })
        });
        connections.collect()
    }
}

#[tokio::test]
async fn connections_and_edges_have_the_form_of_the_specification() {
    let app = TestApp::with(graph()).await;
    let schema = Schema::of(&app).await;
    let page_info = |field: &str| schema.field_type("PageInfo", field);
    assert_eq!(
        ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"].map(page_info),
        ["Boolean!", "Boolean!", "String", "String"]
    );
    let fields = schema.connection_fields();
    assert!(fields.len() > 150, "the walk saw little: {}", fields.len());
    for field in &fields {
        let place = format!("{}.{}", field.of, field.field);
        assert_eq!(
            schema.field_type(&field.connection, "pageInfo"),
            "PageInfo!",
            "{place}"
        );
        let edges = schema.field_type(&field.connection, "edges");
        let edge = edges.trim_matches(['[', ']', '!']);
        assert_eq!(edges, format!("[{edge}!]!"), "{place}");
        assert_eq!(schema.field_type(edge, "cursor"), "String!", "{place}");
        let node = schema.field_type(edge, "node");
        assert!(!node.contains('['), "{place}: {node}");
        let said = text(&schema.0[edge]["description"]);
        assert_eq!(
            said.contains("is not a `Node`"),
            !schema.is_node(node.trim_end_matches('!')),
            "{edge}: {said}"
        );
        for (name, of) in [("first", "Int"), ("after", "String")] {
            assert_eq!(
                field.args.get(name).map(String::as_str),
                Some(of),
                "{place}({name})"
            );
        }
        if field.goes_back() {
            assert_eq!(
                (&*field.args["last"], &*field.args["before"]),
                ("Int", "String"),
                "{place}"
            );
        } else {
            assert!(
                field.description.contains("cannot be read backward"),
                "{place} says no reason"
            );
        }
    }
}

/// How the objects of a type are reached, and with which arguments its connections are asked for.
struct Ways {
    /// For each type, questions with `@` in the place of the connection, and where it then stands.
    entries: BTreeMap<&'static str, Vec<(String, String)>>,
    search: &'static str,
}

/// A connection that can be asked for: with `ARGS` for the arguments of the page and `ROWS` for what is selected.
struct Asked {
    place: String,
    question: String,
    pointer: String,
}

impl Asked {
    async fn page(&self, app: &TestApp, args: &str, rows: &str) -> Value {
        let question = self.question.replace("ARGS", args).replace("ROWS", rows);
        let data = app.query(&question).await.good();
        let page = data.pointer(&self.pointer);
        page.unwrap_or_else(|| panic!("{question}\nno {}", self.pointer))
            .clone()
    }

    async fn refused(&self, app: &TestApp, args: &str) -> String {
        let question = self
            .question
            .replace("ARGS", args)
            .replace("ROWS", "edges { cursor }");
        let (code, message) = app.query(&question).await.bad();
        assert_eq!(code, "BAD_USER_INPUT", "{question}");
        message
    }
}

impl Ways {
    fn asked(&self, field: &ConnectionField) -> Vec<Asked> {
        let own = match (field.of.as_str(), field.field.as_str()) {
            ("Query", "search") => format!("query: {:?}, ", self.search),
            _ => String::new(),
        };
        let root = [("{ @ }".to_string(), String::new())];
        let entries: &[(String, String)] = match field.of.as_str() {
            "Query" => &root,
            of => self.entries.get(of).unwrap_or_else(|| {
                panic!(
                    "{of}.{} is new: say in this test how a {of} is reached",
                    field.field
                )
            }),
        };
        let ask = |(question, pointer): &(String, String)| Asked {
            place: format!("{}.{}", field.of, field.field),
            question: question.replace('@', &format!("page: {}({own}ARGS) {{ ROWS }}", field.field)),
            pointer: format!("{pointer}/page"),
        };
        entries.iter().map(ask).collect()
    }
}

/// What tells the rows of a connection apart.
fn node_rows(schema: &Schema, connection: &str) -> &'static str {
    let edges = schema.field_type(connection, "edges");
    match schema
        .field_type(edges.trim_matches(['[', ']', '!']), "node")
        .trim_end_matches('!')
    {
        "Path" => "edges { cursor node { entities { id } relations { id } } }",
        "DeadEnd" => "edges { cursor node { entity { id } reasons } }",
        "FlowAttribution" => {
            "edges { cursor node { source { id } target { id } amount { proportional min max } } }"
        }
        "Change" => "edges { cursor node { cursor revision action subjectId } }",
        _ => "edges { cursor node { id } }",
    }
}

/// `EdgesToReturn`, `HasPreviousPage` and `HasNextPage` as the specification has them, over the whole list; and true where rows are
/// known to stand on the other side, which it allows.
struct Relay<'a>(&'a [Value]);

#[derive(Clone, Copy, Debug)]
enum Size {
    First(usize),
    Last(usize),
}

impl<'a> Relay<'a> {
    /// `ApplyCursorsToEdges`, for cursors that are the list's own.
    fn range(&self, after: Option<usize>, before: Option<usize>) -> &'a [Value] {
        let start = after.map_or(0, |after| after + 1);
        let end = before.unwrap_or(self.0.len());
        self.0.get(start..end).unwrap_or_default()
    }

    fn page(&self, size: Size, after: Option<usize>, before: Option<usize>) -> Value {
        let range = self.range(after, before);
        let (rows, has_previous, has_next) = match size {
            Size::First(first) => {
                let rows = &range[..first.min(range.len())];
                (rows, after.is_some(), range.len() > first)
            }
            Size::Last(last) => {
                let rows = &range[range.len().saturating_sub(last)..];
                (rows, range.len() > last, before.is_some())
            }
        };
        let cursor = |row: Option<&Value>| row.map_or(Value::Null, |row| row["cursor"].clone());
        json!({
            "edges": rows,
            "pageInfo": {
                "hasPreviousPage": has_previous, "hasNextPage": has_next,
                "startCursor": cursor(rows.first()), "endCursor": cursor(rows.last()),
            },
        })
    }
}

const PAGE_INFO: &str = "pageInfo { hasPreviousPage hasNextPage startCursor endCursor }";

/// Reads a connection whole by pages, one way, each page held against the reference.
async fn read_through(app: &TestApp, asked: &Asked, rows: &str, all: &[Value], size: usize, backward: bool) {
    let rows = format!("{rows} {PAGE_INFO}");
    let mut at: Option<usize> = None;
    loop {
        let of = |at: usize| all[at]["cursor"].clone();
        let (args, expected) = if backward {
            let before = at.map_or(String::new(), |at| format!(", before: {}", of(at)));
            (
                format!("last: {size}{before}"),
                Relay(all).page(Size::Last(size), None, at),
            )
        } else {
            let after = at.map_or(String::new(), |at| format!(", after: {}", of(at)));
            (
                format!("first: {size}{after}"),
                Relay(all).page(Size::First(size), at, None),
            )
        };
        let page = asked.page(app, &args, &rows).await;
        assert_eq!(page, expected, "{} {args}", asked.place);
        let more = if backward {
            "hasPreviousPage"
        } else {
            "hasNextPage"
        };
        if page["pageInfo"][more] == false {
            return;
        }
        at = Some(match (backward, at) {
            (false, at) => at.map_or(0, |at| at + 1) + size - 1,
            (true, at) => at.unwrap_or(all.len()) - size,
        });
    }
}

/// Holds one connection against the reference: whole, by pages of 1, 2 and 3 either way, and in ranges.
async fn check(app: &TestApp, schema: &Schema, field: &ConnectionField, asked: &Asked) -> usize {
    let rows = node_rows(schema, &field.connection);
    let whole = asked
        .page(app, "first: 1000", &format!("{rows} {PAGE_INFO}"))
        .await;
    let all = list(&whole["edges"]).to_vec();
    assert_eq!(
        whole,
        Relay(&all).page(Size::First(1000), None, None),
        "{}",
        asked.place
    );
    if !field.goes_back() {
        return all.len();
    }
    let back = asked
        .page(app, "last: 1000", &format!("{rows} {PAGE_INFO}"))
        .await;
    assert_eq!(back, whole, "{}", asked.place);
    // The first rows are enough of a long list for the smallest pages: it is read through by larger ones.
    for size in [1, 2, 3].map(|size| if all.len() > 24 { size * 9 } else { size }) {
        for backward in [false, true] {
            read_through(app, asked, rows, &all, size, backward).await;
        }
    }
    if let [first, .., last] = &all[..] {
        let (end, inside) = (
            all.len() - 1,
            format!("after: {}, before: {}", first["cursor"], last["cursor"]),
        );
        let turned = format!("after: {}, before: {}", last["cursor"], first["cursor"]);
        for size in [Size::First(1), Size::Last(1), Size::First(1000), Size::Last(1000)] {
            let count = match size {
                Size::First(count) => format!("first: {count}"),
                Size::Last(count) => format!("last: {count}"),
            };
            let rows = format!("{rows} {PAGE_INFO}");
            let page = asked.page(app, &format!("{count}, {inside}"), &rows).await;
            let expected = Relay(&all).page(size, Some(0), Some(end));
            assert_eq!(page, expected, "{} {count}, {inside}", asked.place);
            let page = asked.page(app, &format!("{count}, {turned}"), &rows).await;
            let expected = Relay(&all).page(size, Some(end), Some(0));
            assert_eq!(page, expected, "{} {count}, {turned}", asked.place);
        }
    }
    all.len()
}

async fn check_refusals(app: &TestApp, field: &ConnectionField, asked: &Asked) {
    if !field.goes_back() {
        return;
    }
    let both = asked.refused(app, "first: 1, last: 1").await;
    assert_eq!(both, "`first` and `last` cannot be combined; send one of them");
    for (argument, key, side) in [("first", "after", "next"), ("last", "before", "previous")] {
        for size in [-1, 1001] {
            assert_eq!(
                asked.refused(app, &format!("{argument}: {size}")).await,
                format!(
                    "`{argument}: {size}` is out of range (expected 0 to 1000); `{key}` gets the {side} page"
                ),
                "{}",
                asked.place
            );
        }
    }
    let stray = asked.refused(app, "last: 1, before: \"x\"").await;
    assert!(
        stray.starts_with("`before` is not a cursor"),
        "{}: {stray}",
        asked.place
    );
}

/// Walks the schema: every connection field, on each object that `ways` reaches. Gives how many rows each field had at most.
async fn walk(app: &TestApp, ways: &Ways, refusals: bool) -> BTreeMap<String, usize> {
    let schema = Schema::of(app).await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for field in schema.connection_fields() {
        for asked in ways.asked(&field) {
            let count = check(app, &schema, &field, &asked).await;
            let most = seen.entry(asked.place.clone()).or_default();
            *most = count.max(*most);
            if refusals {
                check_refusals(app, &field, &asked).await;
            }
        }
    }
    seen
}

/// One entity of each kind: that with the most relations.
async fn entities(app: &TestApp) -> BTreeMap<&'static str, Vec<(String, String)>> {
    let mut entries = BTreeMap::new();
    for kind in KINDS {
        let upper = kind.to_uppercase();
        let question = format!(
            "{{ entities(filter: {{ kinds: [{upper}] }}, orderBy: [{{ field: DEGREE, direction: DESC }}], first: 1) {{ nodes {{ id }} }} }}"
        );
        let data = app.query(&question).await.good();
        let found = list(&data["entities"]["nodes"]).iter().map(|node| {
            let id = &node["id"];
            (
                format!("{{ of: node(id: {id}) {{ ... on {kind} {{ @ }} }} }}"),
                "/of".to_string(),
            )
        });
        entries.insert(kind, found.collect());
    }
    entries
}

const KINDS: [&str; 13] = [
    "Region",
    "Industry",
    "Park",
    "University",
    "Lab",
    "Facility",
    "Fund",
    "Expert",
    "Project",
    "Company",
    "Organization",
    "Program",
    "Claim",
];

/// The objects that a question gives which computes: each question with the places of its connections.
async fn computed(
    app: &TestApp,
    trace: &str,
    flow: &str,
    layers: &str,
    regions: &str,
) -> Vec<(&'static str, Vec<(String, String)>)> {
    let at = |question: String, pointer: &str| vec![(question, pointer.to_string())];
    let rows = format!("{{ mechanisms(input: {trace}) {{ figures {{ status }} }} }}");
    let rows = app.query(&rows).await.good()["mechanisms"].clone();
    let with_figures = list(&rows)
        .iter()
        .position(|row| row["figures"] != json!([]))
        .unwrap();
    vec![
        (
            "MechanismFigure",
            at(
                format!("{{ of: mechanisms(input: {trace}) {{ figures {{ @ }} }} }}"),
                &format!("/of/{with_figures}/figures/0"),
            ),
        ),
        (
            "Elsewhere",
            at(
                format!("{{ of: mechanisms(input: {trace}) {{ elsewhere {{ @ }} }} }}"),
                "/of/0/elsewhere",
            ),
        ),
        (
            "Trace",
            at(format!("{{ of: trace(input: {trace}) {{ @ }} }}"), "/of"),
        ),
        (
            "MechanismRow",
            at(format!("{{ of: mechanisms(input: {trace}) {{ @ }} }}"), "/of/0"),
        ),
        (
            "Flow",
            at(format!("{{ of: flow(input: {flow}) {{ @ }} }}"), "/of"),
        ),
        (
            "FlowLayer",
            at(format!("{{ of: flowLayers{layers} {{ @ }} }}"), "/of/0"),
        ),
        (
            "Indicator",
            at(
                format!("{{ of: indicators(regions: {regions}, codes: [EI_INDEX]) {{ @ }} }}"),
                "/of/0",
            ),
        ),
    ]
}

#[tokio::test]
async fn every_connection_of_the_first_data_set_reads_the_same_both_ways() {
    let app = TestApp::kunshan().await;
    let mut entries = entities(&app).await;
    let computed = computed(
        &app,
        r#"{ from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" }, includeUnstated: true, maxLength: 3 }"#,
        r#"{ from: { ids: ["organization:joint-fund-parties-shanghai"] }, to: { ids: ["project:hukun-46"] }, resource: CAPITAL, unit: "CNY" }"#,
        r#"(from: { regionId: "region:shanghai" })"#,
        r#"["region:kunshan"]"#,
    );
    entries.extend(computed.await);
    let seen = walk(
        &app,
        &Ways {
            entries,
            search: "昆山",
        },
        false,
    )
    .await;
    let with_rows = seen.values().filter(|count| **count > 0).count();
    assert!(
        with_rows > 60,
        "{with_rows} of {} have rows: {seen:?}",
        seen.len()
    );
    for place in [
        "Trace.paths",
        "Trace.deadEnds",
        "MechanismRow.relations",
        "Query.search",
        "Query.sources",
        "Query.changes",
    ] {
        assert!(seen[place] > 3, "{place}: {}", seen[place]);
    }
}

/// Some funds of a centre pay into a hub, which invests in some projects.
fn hub() -> Graph {
    let located = |graph: Graph, id: &str, region: &str| graph.relation(LocatedIn, id, region, ());
    let mut graph = graph().relation(
        InvestsIn,
        "fund:hub",
        "project:hub",
        relation().amount(cny(70).paid_in()),
    );
    graph = located(graph, "fund:hub", "region:b");
    for n in 0..13 {
        let (fund, project) = (format!("fund:f{n:02}"), format!("project:p{n:02}"));
        let paid = relation()
            .id(&format!("c{n:02}"))
            .amount(cny(n + 1).paid_in())
            .under("program:m");
        graph = located(graph, &fund, "region:a").relation(ContributesTo, &fund, "fund:hub", paid);
        let invested = relation()
            .id(&format!("i{n:02}"))
            .amount(cny(n + 1).invested())
            .under("program:m");
        graph = located(graph, &project, "region:b")
            .relation(InvestsIn, "fund:hub", &project, invested)
            .observation(
                &format!("o{n:02}"),
                "fund:hub",
                "STAFF",
                &of(n + 1, "PERSON"),
                "2024",
            );
    }
    graph
}

#[tokio::test]
async fn every_connection_of_a_hub_reads_the_same_both_ways_and_refuses_what_picks_no_page() {
    let app = TestApp::with(hub()).await;
    // What a fund puts in is its own only where it is named.
    let funds: Vec<String> = (0..13).map(|n| format!("fund:f{n:02}")).collect();
    let flow = format!(
        r#"{{ from: {{ ids: {funds:?} }}, to: {{ regionId: "region:b", kinds: [PROJECT] }}, resource: CAPITAL, unit: "CNY" }}"#
    );
    // Funds and projects are ends of a ledger only where they are picked.
    let projects: Vec<String> = (0..13).map(|n| format!("project:p{n:02}")).collect();
    let trace = format!("{{ from: {{ ids: {funds:?} }}, to: {{ ids: {projects:?} }} }}");
    let mut entries = entities(&app).await;
    let computed = computed(&app, &trace, &flow, "", r#"["region:b"]"#);
    entries.extend(computed.await);
    let seen = walk(
        &app,
        &Ways {
            entries,
            search: "fund",
        },
        true,
    )
    .await;
    for place in [
        "Trace.paths",
        "Flow.attributions",
        "FlowLayer.relations",
        "Indicator.facts",
        "MechanismRow.relations",
        "Fund.observations",
        "Fund.relations",
        "Fund.contributions",
        "Program.covers",
        "Query.search",
        "Query.changes",
    ] {
        assert!(
            seen.get(place).is_some_and(|count| *count > 3),
            "{place}: {seen:?}"
        );
    }
}
