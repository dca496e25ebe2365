//! Generated requests.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use hukun::graphql::{DocumentLimits, Engine};
use serde_json::{Map, Value};

use super::{Verdict, judged, verdict};
use crate::support::{TestApp, graph, soak};

/// What is refused here and not by graphql-js: how the message begins or what it holds, and why.
const STRICTER: &[(&str, &str)] = &[
    ("values that the answer may have", "a limit of ours"),
    (
        "can not specify @skip or @include on root fields",
        "the specification of September 2025 forbids them on the root of a subscription; graphql-js throws, or evaluates them",
    ),
    (
        "can only have one root field",
        "graphql-js merges fields of one response key first; the compiler wants the field written once",
    ),
    (
        "can not have an introspection field as a root field",
        "graphql-js looks away where it is skipped",
    ),
    (
        "send a value, or leave it out",
        "a variable that is null where null is not allowed: graphql-js fails the field when it comes to it, after others were executed",
    ),
    (
        "is not a valid ID (expected a string or a whole number; send large numbers as strings)",
        "a JSON number that is not exact any more, such as 1e30",
    ),
    (
        "+23 is not a decimal number",
        "a whole number that no 64 bits hold: it would not be exact",
    ),
];

/// What graphql-js refuses and is executed here, by its message, and why.
const LOOSER: &[(&str, &str)] = &[(
    "Invalid Unicode escape sequence: \"\\u{000000000",
    "graphql-js reads 12 characters of an escape at most; the specification has no such limit",
)];

/// A difference, and the row of a table that explains it; none where nothing does.
fn explained(table: &[(&'static str, &'static str)], message: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(part, _)| message.contains(part))
        .map(|(part, _)| *part)
}

/// Numbers compare by value: graphql-js has floats alone.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => one.as_f64() == two.as_f64(),
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one
                    .iter()
                    .all(|(name, one)| two.get(name).is_some_and(|two| same(one, two)))
        }
        (one, two) => one == two,
    }
}

/// What differs for a request, and the row that explains it.
async fn difference(
    app: &TestApp,
    client: &reqwest::Client,
    engine: &Engine,
    case: &Value,
) -> Option<(Option<&'static str>, String)> {
    let valid = case["valid"] == true;
    let shown = |what: &str| format!("{what}\n  {}\n  {}", case["query"], case["variables"]);
    match verdict(client, app, case).await {
        Verdict::Executed if valid => {
            let variables: Map<String, Value> = case["variables"].as_object().unwrap().clone();
            let name = case["operationName"].as_str();
            let ours = engine.coerce_variables(case["query"].as_str().unwrap(), name, variables);
            let ours = ours.map_or(Value::Null, Value::Object);
            let equal = same(&ours, &case["coerced"]);
            (!equal).then(|| (None, shown(&format!("coerced: {ours}, not {}", case["coerced"]))))
        }
        Verdict::Refused(_) if !valid => None,
        Verdict::Executed => {
            let why = case["why"].as_str().unwrap();
            Some((explained(LOOSER, why), shown(&format!("executed, though {why}"))))
        }
        Verdict::Refused(why) => Some((explained(STRICTER, &why), shown(&format!("refused: {why}")))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_requests_are_judged_as_by_graphql_js() {
    const AT_A_TIME: usize = 8;
    let (seeds, count) = if soak() { (1..=20, 10_000) } else { (1..=1, 4_000) };
    let app = TestApp::with(graph().entities(["fund:f", "region:k"])).await;
    let engine = Engine::new(app.service.clone(), DocumentLimits::default(), true, 1);
    let client = reqwest::Client::new();
    let (mut compared, mut valid) = (0, 0);
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for seed in seeds {
        let cases = judged(&seed.to_string(), count, String::new()).await;
        assert_eq!(cases.len(), count);
        compared += count;
        valid += cases.iter().filter(|case| case["valid"] == true).count();
        let differences = stream::iter(&cases)
            .map(|case| difference(&app, &client, &engine, case))
            .buffer_unordered(AT_A_TIME);
        for (row, shown) in differences
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await
        {
            match row {
                Some(row) => *explained.entry(row).or_default() += 1,
                None => unexplained.push(shown),
            }
        }
    }
    println!("{compared} requests, {valid} of them valid; explained: {explained:#?}");
    // Requests that are all wrong, or all right, would show little.
    assert!(
        valid * 5 > compared && valid * 5 < compared * 4,
        "{valid} of {compared}"
    );
    assert!(
        unexplained.is_empty(),
        "{}\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
}
