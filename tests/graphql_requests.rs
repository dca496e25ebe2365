//! What is wrong with a request is found before anything of it is executed, and told with its place; what is right is executed
//! with the variables that it has.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hukun::http::Config;
use hukun::model::principal::Role;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::{Reply, TestApp, graph};

async fn app() -> TestApp {
    TestApp::with(graph().entities(["region:k", "fund:f"])).await
}

/// The one error of a request that was refused before it was executed: its message.
#[track_caller]
fn refused(reply: Reply) -> String {
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert!(reply.body.get("data").is_none(), "{}", reply.body);
    let (code, message) = reply.bad();
    assert_eq!(code, "BAD_USER_INPUT", "{message}");
    message
}

const SOURCE: &str = "source:new";

fn source() -> Value {
    json!([{ "id": SOURCE, "title": "New" }])
}

async fn sources(app: &TestApp) -> Value {
    app.query("{ sources { nodes { id } } }").await.good()["sources"]["nodes"].clone()
}

#[tokio::test]
async fn nothing_is_written_where_a_variable_is_wrong() {
    let app = app().await;
    let admin = app.as_role(Role::Admin, true).await;
    let before = sources(&app).await;
    let both = "mutation($a: [SourceInput!]!, $b: [ID!]!) {
      upsertSources(input: $a) { created } deleteRules(ids: $b) { revision } }";
    for wrong in [
        json!({ "x": 1 }),
        json!([null]),
        json!(null),
        json!([1.5]),
        json!(true),
    ] {
        let message = refused(admin.ask(both, json!({ "a": source(), "b": wrong })).await);
        assert!(message.starts_with("variable `$b"), "{message}");
    }
    let message = refused(admin.ask(both, json!({ "a": source() })).await);
    assert_eq!(
        message,
        "variable `$b`: no value was sent (expected a [ID!]!); send it in `variables`"
    );
    for (second, part) in [
        (
            "deleteRules(ids: [1.5]) { revision }",
            "argument `ids[0]` of `deleteRules`: 1.5",
        ),
        ("deleteRules(ids: $none) { revision }", "none"),
        ("deleteRules { revision }", "ids"),
        ("deleteRules(ids: \"rule:r\") { revision nothing }", "nothing"),
        ("deleteRules(ids: \"rule:r\") { revision } revision", "revision"),
        (
            "upsertObservations(input: { id: \"o\", entityId: \"fund:f\", indicator: \"X\", quantity: { lower: \"x\" }, statements: [] }) { created }",
            "argument `input.quantity.lower` of `upsertObservations`: `x` is not a decimal number",
        ),
    ] {
        let query =
            format!("mutation($a: [SourceInput!]!) {{ upsertSources(input: $a) {{ created }} {second} }}");
        let reply = admin.ask(&query, json!({ "a": source() })).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert!(reply.body.get("data").is_none(), "{}", reply.body);
        let errors = reply.body["errors"].as_array().unwrap();
        let told = |error: &Value| error["message"].as_str().unwrap().contains(part);
        assert!(errors.iter().any(told), "{second}: {errors:?}");
    }
    assert_eq!(sources(&app).await, before);
}

#[tokio::test]
async fn a_default_decides_what_is_skipped() {
    let app = app().await;
    let admin = app.as_role(Role::Admin, true).await;
    let before = sources(&app).await;
    for guard in ["@skip(if: $dry)", "@include(if: $wet)"] {
        let query = format!(
            "mutation($a: [SourceInput!]!, $dry: Boolean = true, $wet: Boolean = false) {{ __typename
             a: __typename @skip(if: $dry) b: __typename @include(if: $wet) upsertSources(input: $a) {guard} {{ created }} }}"
        );
        let data = admin.ask(&query, json!({ "a": source() })).await.good();
        assert_eq!(data, json!({ "__typename": "Mutation" }));
        let fragment = format!(
            "mutation($a: [SourceInput!]!, $dry: Boolean = true, $wet: Boolean = false) {{ __typename ...F {guard} {} }}
             fragment F on Mutation {{ upsertSources(input: $a) {{ created }} }}",
            if guard.contains("wet") { "...G @skip(if: $dry)" } else { "...G @include(if: $wet)" }
        ) + " fragment G on Mutation { g: __typename }";
        let data = admin.ask(&fragment, json!({ "a": source() })).await.good();
        assert_eq!(data, json!({ "__typename": "Mutation" }));
    }
    assert_eq!(sources(&app).await, before);
    let query = "mutation($a: [SourceInput!]!, $dry: Boolean = true) { upsertSources(input: $a) @skip(if: $dry) { created } }";
    let null = refused(admin.ask(query, json!({ "a": source(), "dry": null })).await);
    assert!(
        null.starts_with("argument `if` of `skip`: `$dry` is null"),
        "{null}"
    );
    let data = admin
        .ask(query, json!({ "a": source(), "dry": false }))
        .await
        .good();
    assert_eq!(data["upsertSources"]["created"], 1);
}

#[tokio::test]
async fn a_message_names_the_place_the_value_and_what_is_expected() {
    let app = app().await;
    let query =
        "query ($filter: EntityFilter,\n  $at: Date) { funds(filter: $filter, asOf: $at) { totalCount } }";
    for (variables, message) in [
        (
            json!({ "filter": { "or": [{}, { "ids": ["a", true] }] } }),
            "variable `$filter.or[1].ids[1]`: true is not a valid ID (expected a string or a whole number; send large numbers as strings)",
        ),
        (
            json!({ "filter": { "idz": ["a"] } }),
            "variable `$filter`: EntityFilter has no field `idz`; did you mean `ids`?",
        ),
        (
            json!({ "filter": 7 }),
            "variable `$filter`: 7 is not a valid EntityFilter (expected an object of the fields of EntityFilter)",
        ),
    ] {
        let reply = app.ask(query, variables).await;
        assert_eq!(
            reply.body["errors"][0]["locations"],
            json!([{ "line": 1, "column": 8 }])
        );
        assert_eq!(refused(reply), message);
    }
    let reply = app.ask(query, json!({ "at": "2024-13" })).await;
    assert_eq!(
        reply.body["errors"][0]["locations"],
        json!([{ "line": 2, "column": 3 }])
    );
    assert!(refused(reply).starts_with("variable `$at`: "));
    let deep = app
        .query("{\n  funds(orderBy: [{ field: ID, direction: \"ASC\" }]) { totalCount } }")
        .await;
    assert_eq!(
        deep.body["errors"][0]["locations"],
        json!([{ "line": 2, "column": 43 }])
    );
    assert_eq!(
        refused(deep),
        "argument `orderBy[0].direction` of `funds`: \"ASC\" is not a valid SortDirection (expected the enum value ASC without quotes)"
    );
}

#[tokio::test]
async fn a_refused_request_has_the_status_of_its_media_type() {
    let app = app().await;
    let body = json!({ "query": "query($id: ID!) { node(id: $id) { id } }", "variables": { "id": null } });
    for (accept, status) in [
        ("application/graphql-response+json", 400),
        ("application/json", 200),
    ] {
        let post = reqwest::Client::new().post(format!("{}/graphql", app.url));
        let response = post.header("accept", accept).json(&body).send().await.unwrap();
        assert_eq!(response.status(), status, "{accept}");
        let body: Value = response.json().await.unwrap();
        assert!(
            body.get("data").is_none() && body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT",
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_server_that_tells_no_schema_suggests_nothing() {
    let mut config = Config::default();
    config.introspection = false;
    let app = TestApp::with_config(graph().entity("fund:f"), config).await;
    for (query, variables) in [
        ("{ revisio }", json!({})),
        ("{ funds(firts: 1) { totalCount } }", json!({})),
        ("{ funds(filter: { idz: 1 }) { totalCount } }", json!({})),
        (
            "query($f: EntityFilter) { funds(filter: $f) { totalCount } }",
            json!({ "f": { "idz": 1 } }),
        ),
        (
            "{ search(query: \"x\", kinds: [FUNDD]) { totalCount } }",
            json!({}),
        ),
        (
            "{ search(query: \"x\", kinds: [\"FUND\"]) { totalCount } }",
            json!({}),
        ),
    ] {
        let message = refused(app.ask(query, variables).await);
        for told in [
            "did you mean",
            "`revision`",
            "`first`",
            "`ids`",
            "FUND,",
            "value FUND",
            "one of",
        ] {
            assert!(!message.contains(told), "{query}: {message}");
        }
    }
}

#[tokio::test]
async fn variables_belong_to_their_operation_and_a_missing_one_means_the_default() {
    let app = app().await;
    let document = "query A($x: Int = 1) { funds(first: $x) { totalCount } } query B($x: ID!) { node(id: $x) { id } }
        query C($x: String, $y: String = \"en\") { node(id: \"fund:f\") { ... on Fund { name(lang: $x) en: name(lang: $y) } } }";
    let ask = async |name: &str, variables: Value| {
        let body = json!({ "query": document, "operationName": name, "variables": variables });
        let post = reqwest::Client::new()
            .post(format!("{}/graphql", app.url))
            .json(&body);
        post.send().await.unwrap().json::<Value>().await.unwrap()
    };
    assert_eq!(
        ask("A", json!({})).await["data"],
        json!({ "funds": { "totalCount": 1 } })
    );
    assert_eq!(
        ask("B", json!({ "x": "fund:f" })).await["data"],
        json!({ "node": { "id": "fund:f" } })
    );
    let names = ask("C", json!({})).await;
    assert!(names["data"]["node"]["name"].is_string(), "{names}");
    let unknown = ask("D", json!({})).await;
    assert_eq!(
        unknown["errors"][0]["message"],
        "the document has no operation `D`; its operations are A, B, C"
    );
}

#[tokio::test]
async fn introspection_is_as_a_client_of_the_schema_sees_it() {
    let app = app().await;
    let data = app
        .query(
            "{ first: revision ... on Query { entity: __type(name: \"Entity\") { name interfaces { name } ...T } } last: __typename
               __schema { queryType { name } } input: __type(name: \"EntityFilter\") { isOneOf } none: __type(name: \"None\") { name } }
             fragment T on __Type { kind isOneOf x: isOneOf possibleTypes { name } }",
        )
        .await
        .good();
    let keys: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["first", "entity", "last", "__schema", "input", "none"]);
    assert_eq!(data["entity"]["interfaces"], json!([{ "name": "Node" }]));
    assert_eq!(
        (&data["entity"]["isOneOf"], &data["entity"]["x"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(data["entity"]["possibleTypes"].as_array().unwrap().len(), 13);
    assert_eq!(
        (&data["input"]["isOneOf"], &data["none"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
    assert_eq!(data["last"], "Query");
}

#[tokio::test]
async fn a_subscription_is_checked_as_all_else_is() {
    let app = app().await;
    let mut socket = Socket::greeted(&app.url).await;
    for (at, (query, part)) in [
        (
            "subscription($dry: Boolean = true) { changes @skip(if: $dry) { kind } }",
            "@skip",
        ),
        ("subscription { changes @include(if: false) { kind } }", "@skip"),
        (
            "subscription { ...F @skip(if: true) } fragment F on Subscription { changes { kind } }",
            "@skip",
        ),
        ("subscription { __typename }", "introspection"),
        (
            "subscription { changes { kind } b: changes { kind } }",
            "one root field",
        ),
        (
            "subscription($k: [EntityKind!] = [NONE]) { changes(kinds: $k) { kind } }",
            "default value of `$k[0]`",
        ),
        (
            "subscription($k: [EntityKind!]!) { changes(kinds: $k) { kind } }",
            "variable `$k`: no value",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = at.to_string();
        socket.subscribe(&id, query, json!({})).await;
        let told = socket.hear().await;
        assert_eq!(told["type"], "error", "{query}: {told}");
        let error = &told["payload"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{told}");
        assert!(
            error["message"].as_str().unwrap().contains(part),
            "{query}: {told}"
        );
        let post = reqwest::Client::new().post(format!("{}/graphql/stream", app.url));
        let stream = post
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query }));
        let response = stream.send().await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
    }
    // A root field in a fragment, and variables with defaults: it follows.
    let query = "subscription($k: [EntityKind!] = FUND, $none: [ID!]) { ...F }
        fragment F on Subscription { ... on Subscription { changed: changes(kinds: $k, ids: $none) { subjectId } } }";
    socket.subscribe("follows", query, json!({})).await;
    socket.subscribe("asked", "{ revision }", json!({})).await;
    assert!(socket.next("asked").await["data"]["revision"].is_string());
    assert_eq!(socket.hear().await["type"], "complete");
    // Whichever of the two began first: it follows once it has been begun.
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.add(graph().entity("region:other").entity("fund:new")).await;
    let told = socket.next("follows").await;
    assert_eq!(
        told["data"],
        json!({ "changed": { "subjectId": "fund:new" } }),
        "{told}"
    );
}

/// A refusal comes at once; the worst that is worked through takes far less than this, even where nothing is optimised.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Selections of an interface and its types, level in level, each with another chain below: the combinations multiply.
fn combinations(levels: usize, chains: &mut usize) -> String {
    if levels == 0 {
        return "id".into();
    }
    let mut text = format!(
        "related(first: 1) {{ nodes {{ {} }} }}",
        combinations(levels - 1, chains)
    );
    for kind in [
        "Claim", "Company", "Expert", "Facility", "Fund", "Industry", "Lab", "Park", "Project", "Region",
    ] {
        *chains += 1;
        let chain = (1..levels).fold(format!("a{chains}: id"), |below, _| {
            format!("related(first: 1) {{ nodes {{ {below} }} }}")
        });
        let _ = write!(text, " ... on {kind} {{ {chain} }}");
    }
    text
}

const UNUSED: &str = "fragment unused on Query { revision }";

#[tokio::test]
async fn the_worst_documents_are_refused_at_once() {
    let app = app().await;
    let repeat = |text: &str, count: usize| text.repeat(count);
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let chains = |levels: usize| combinations(levels, &mut 0);
    let documents = [
        format!(
            "{{ nodes(ids: [\"x\"]) {{ ... on Entity {{ {} }} }} }}",
            chains(7)
        ),
        format!("{{ {} }}", repeat("revision ", 10_000)),
        // Found to be wrong when all else was looked at.
        format!("{{ {} }} {UNUSED}", repeat("funds { nodes { id } } ", 1_600)),
        format!(
            "{{ {} }} {UNUSED}",
            repeat("funds(filter: { ids: [1, 2, 3] }) { totalCount } ", 1_900)
        ),
        format!(
            "{{ funds(filter: {{ {} }}) {{ totalCount }} }}",
            repeat("ids: 1 ", 13_000)
        ),
        format!("{{ nodes(ids: [{}]) {{ id }} }} {UNUSED}", repeat("1 ", 49_000)),
        format!(
            "query({}) {{ nodes(ids: [{}]) {{ id }} }}",
            many(4_000, &|n| format!("$v{n}:ID ")),
            repeat("$v3999 ", 6_000)
        ),
        format!(
            "{} fragment f on Query {{ {} }}",
            many(20, &|n| format!("query q{n} {{ ...f }} ")),
            repeat("revision ", 4_990)
        ),
        format!(
            "{{ ...f0 }} {} fragment f900 on Query {{ a }}",
            many(900, &|n| format!(
                "fragment f{n} on Query {{ ...f{0} ...f{0} }} ",
                n + 1
            ))
        ),
        format!("{{ {} }}", repeat("!", 90_000)),
        format!("{{ {} }}", repeat("\\u", 45_000)),
        format!("{{ a(b: \"{} }}", repeat("x", 90_000)),
        repeat("\"", 90_000),
        repeat("\"\"\"a", 20_000),
        repeat("#\n", 45_000),
        repeat("type T { a: Int } ", 5_000),
    ];
    for document in documents {
        let start = Instant::now();
        let reply = app.query(&document).await;
        let (took, shown) = (start.elapsed(), &document[..100.min(document.len())]);
        assert!(reply.body.get("data").is_none(), "{shown}: {}", reply.body);
        assert!(took < AT_ONCE, "{shown}: {took:?}");
    }
}

#[tokio::test]
async fn a_large_variable_is_not_multiplied() {
    let app = app().await;
    let uses = |count: usize| {
        let all: String = (0..count).map(|_| "{ ids: $ids } ").collect();
        format!("query($ids: [ID!]) {{ funds(filter: {{ or: [{all}] }}) {{ totalCount }} }}")
    };
    let ids: Vec<String> = (0..900).map(|n| format!("fund:{n:0>40}")).collect();
    app.ask(&uses(2), json!({ "ids": ids })).await.good();
    let message = refused(app.ask(&uses(1_000), json!({ "ids": ids })).await);
    assert!(message.contains("used more than once"), "{message}");
}
