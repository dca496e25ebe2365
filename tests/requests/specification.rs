//! The examples of the GraphQL specification, sections 5 (Validation) and 6.1.2 (Coercing Variable Values), in terms of this
//! schema. Each is judged by graphql-js, too.

use serde_json::{Value, json};

use super::{Verdict, judged, verdict};
use crate::support::{TestApp, graph};

/// Which rule, the document, and whether it is valid.
const DOCUMENTS: &[(&str, &str, bool)] = &[
    (
        "5.1.1 executable definitions",
        "query A { revision } extend type Fund { colour: String }",
        false,
    ),
    (
        "5.2.1 unique operation names",
        "query A { revision } query A { changeCursor }",
        false,
    ),
    (
        "5.2.1 unique operation names, of two kinds",
        "query A { revision } mutation A { __typename }",
        false,
    ),
    (
        "5.2.2 lone anonymous operation",
        "{ revision } query A { changeCursor }",
        false,
    ),
    (
        "5.2.2 lone anonymous operation, twice",
        "{ revision } { changeCursor }",
        false,
    ),
    (
        "5.2.3 single root field",
        "subscription { changes { kind } }",
        true,
    ),
    (
        "5.2.3 single root field, in a fragment",
        "subscription { ...F } fragment F on Subscription { changes { kind at } }",
        true,
    ),
    (
        "5.2.3 single root field, two",
        "subscription { changes { kind } other: changes { kind } }",
        false,
    ),
    (
        "5.2.3 single root field, two in a fragment",
        "subscription { ...F } fragment F on Subscription { changes { kind } b: changes { at } }",
        false,
    ),
    (
        "5.2.3 single root field, introspection",
        "subscription { __typename }",
        false,
    ),
    (
        "5.3.1 field selections",
        "{ funds { nodes { meowVolume } } }",
        false,
    ),
    (
        "5.3.1 field selections, aliased",
        "{ funds { nodes { barkVolume: kawVolume } } }",
        false,
    ),
    (
        "5.3.1 field selections, of an interface",
        "{ node(id: \"fund:f\") { id } }",
        true,
    ),
    (
        "5.3.1 field selections, defined on implementors",
        "{ node(id: \"fund:f\") { name } }",
        false,
    ),
    (
        "5.3.1 field selections, in a fragment",
        "{ node(id: \"fund:f\") { ... on Fund { name } __typename } }",
        true,
    ),
    (
        "5.3.2 merging, identical fields",
        "{ revision revision changeCursor }",
        true,
    ),
    (
        "5.3.2 merging, identical aliases",
        "{ a: revision a: revision }",
        true,
    ),
    (
        "5.3.2 merging, conflicting alias",
        "{ a: revision a: changeCursor }",
        false,
    ),
    (
        "5.3.2 merging, identical arguments",
        "{ node(id: 1) { id } node(id: 1) { __typename } }",
        true,
    ),
    (
        "5.3.2 merging, identical variables",
        "query($i: ID = 1) { nodes(ids: [$i]) { id } nodes(ids: [$i]) { id } }",
        true,
    ),
    (
        "5.3.2 merging, conflicting arguments",
        "{ node(id: 1) { id } node(id: 2) { id } }",
        false,
    ),
    (
        "5.3.2 merging, value and variable",
        "query($i: ID! = 1) { node(id: 1) { id } node(id: $i) { id } }",
        false,
    ),
    (
        "5.3.2 merging, two variables",
        "query($i: ID! = 1, $j: ID! = 1) { node(id: $i) { id } node(id: $j) { id } }",
        false,
    ),
    (
        "5.3.2 merging, argument and none",
        "{ funds(first: 1) { totalCount } funds { totalCount } }",
        false,
    ),
    (
        "5.3.2 merging, a list and the same with one more",
        "{ nodes(ids: [1]) { id } nodes(ids: [1, 2]) { id } }",
        false,
    ),
    (
        "5.3.2 merging, lists in objects",
        "{ funds(filter: { ids: [1, 2] }) { totalCount } funds(filter: { ids: [1] }) { totalCount } }",
        false,
    ),
    (
        "5.3.2 merging, the order of an object's fields",
        "{ funds(filter: { ids: 1, tags: \"a\" }) { totalCount } funds(filter: { tags: \"a\", ids: 1 }) { totalCount } }",
        true,
    ),
    (
        "5.3.2 merging, an interface and its type",
        "{ entities { nodes { name(lang: \"en\") ... on Fund { name(lang: \"zh\") } } } }",
        false,
    ),
    (
        "5.3.2 merging, an alias over fragments",
        "{ entities { nodes { ...A ...B } } } fragment A on Entity { x: id } fragment B on Entity { x: description }",
        false,
    ),
    (
        "5.3.2 merging, types that exclude each other",
        "{ entities { nodes { ... on Fund { x: name(lang: \"en\") } ... on Region { x: name(lang: \"zh\") } } } }",
        true,
    ),
    (
        "5.3.2 merging, shapes that differ",
        "{ entities { nodes { ... on Fund { x: name } ... on Region { x: degree } } } }",
        false,
    ),
    (
        "5.3.2 merging, deep",
        "{ funds { nodes { region { x: id } } nodes { region { x: name } } } }",
        false,
    ),
    ("5.3.3 leaf fields", "{ revision { id } }", false),
    ("5.3.3 leaf fields, none selected", "{ funds }", false),
    (
        "5.4.1 argument names",
        "{ node(id: 1, command: 2) { id } }",
        false,
    ),
    (
        "5.4.1 argument names, of a directive",
        "{ revision @include(unless: true) }",
        false,
    ),
    (
        "5.4.1 argument order",
        "{ funds(last: 1, asOf: \"2024-01-01\") { totalCount } }",
        true,
    ),
    (
        "5.4.2 argument uniqueness",
        "{ node(id: 1, id: 1) { id } }",
        false,
    ),
    ("5.4.2.1 required arguments", "{ node { id } }", false),
    (
        "5.4.2.1 required arguments, null",
        "{ node(id: null) { id } }",
        false,
    ),
    (
        "5.4.2.1 optional arguments, null",
        "{ funds(first: null) { totalCount } }",
        true,
    ),
    (
        "5.5.1.1 fragment names",
        "{ ...A } fragment A on Query { revision } fragment A on Query { changeCursor }",
        false,
    ),
    (
        "5.5.1.2 fragment on no type",
        "{ ...A } fragment A on NotInSchema { id }",
        false,
    ),
    (
        "5.5.1.2 inline fragment on no type",
        "{ ... on NotInSchema { id } }",
        false,
    ),
    (
        "5.5.1.3 fragments on scalars",
        "{ ...A } fragment A on Int { something }",
        false,
    ),
    (
        "5.5.1.3 inline fragments on scalars",
        "{ node(id: 1) { ... on Boolean { something } } }",
        false,
    ),
    (
        "5.5.1.3 fragments on input types",
        "{ node(id: 1) { ... on EntityFilter { ids } } }",
        false,
    ),
    (
        "5.5.1.4 fragments must be used",
        "{ revision } fragment A on Query { revision }",
        false,
    ),
    ("5.5.2.1 fragment defined", "{ ...undefinedFragment }", false),
    (
        "5.5.2.2 fragment cycles",
        "{ funds { nodes { ...A } } } fragment A on Fund { id ...B } fragment B on Fund { name ...A }",
        false,
    ),
    (
        "5.5.2.2 fragment cycles, deep",
        "{ funds { nodes { ...A } } } fragment A on Fund { region { ...B } } fragment B on Region { region { ...B } }",
        false,
    ),
    (
        "5.5.2.3.1 object in its own scope",
        "{ funds { nodes { ... on Fund { id } } } }",
        true,
    ),
    (
        "5.5.2.3.1 object in another's scope",
        "{ funds { nodes { ... on Region { id } } } }",
        false,
    ),
    (
        "5.5.2.3.2 interface in an object's scope",
        "{ funds { nodes { ... on Entity { id } ... on Node { id } } } }",
        true,
    ),
    (
        "5.5.2.3.3 object in an interface's scope, impossible",
        "{ entities { nodes { ... on Relation { id } } } }",
        false,
    ),
    (
        "5.5.2.3.4 interface in an interface's scope",
        "{ node(id: 1) { ... on Entity { name } } }",
        true,
    ),
    (
        "5.6.1 values, literal",
        "{ funds(first: \"1\") { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, a float for a whole number",
        "{ funds(first: 1.0) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, minus nought",
        "{ funds(first: -0) { totalCount } }",
        true,
    ),
    (
        "5.6.1 values, too large",
        "{ funds(first: 2147483648) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, a name for a string",
        "{ search(query: FUND) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, a string for an enum value",
        "{ search(query: \"x\", kinds: [\"FUND\"]) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, no such enum value",
        "{ search(query: \"x\", kinds: [CAT]) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, one for a list",
        "{ search(query: \"x\", kinds: FUND) { totalCount } }",
        true,
    ),
    (
        "5.6.1 values, a list in a list",
        "{ nodes(ids: [[1]]) { id } }",
        false,
    ),
    (
        "5.6.1 values, null in a list of what is not null",
        "{ nodes(ids: [null]) { id } }",
        false,
    ),
    (
        "5.6.1 values, an id of any size",
        "{ node(id: 123456789012345678901234567890) { id } }",
        true,
    ),
    (
        "5.6.1 values, an id is no float",
        "{ node(id: 1.5) { id } }",
        false,
    ),
    (
        "5.6.1 values, a default",
        "query($n: Int = \"three\") { funds(first: $n) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, null for a non-null default",
        "query($n: Int! = null) { funds(first: $n) { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, a date",
        "{ funds(asOf: \"2024-02-30\") { totalCount } }",
        false,
    ),
    (
        "5.6.1 values, a date that is there",
        "{ funds(asOf: \"2024-02-29\") { totalCount } }",
        true,
    ),
    (
        "5.6.1 values, a date deep in an object",
        "{ funds(asOf: 2024) { totalCount } }",
        false,
    ),
    (
        "5.6.2 input object field names",
        "{ funds(filter: { favoriteCookieFlavor: \"Bacon\" }) { totalCount } }",
        false,
    ),
    (
        "5.6.3 input object field uniqueness",
        "{ funds(filter: { ids: [1], ids: [1] }) { totalCount } }",
        false,
    ),
    (
        "5.6.4 required input fields",
        "mutation { mergeEntities { __typename } }",
        false,
    ),
    (
        "5.6.4 required input fields, one missing",
        "{ funds(orderBy: [{ direction: ASC }]) { totalCount } }",
        false,
    ),
    (
        "5.6.4 input fields with a default",
        "{ funds(orderBy: [{ field: ID }]) { totalCount } }",
        true,
    ),
    (
        "5.6.4 input fields with a default, null",
        "{ funds(orderBy: [{ field: ID, direction: null }]) { totalCount } }",
        false,
    ),
    ("5.7.1 directives are defined", "{ revision @nothing }", false),
    (
        "5.7.2 directives in their places",
        "query @skip(if: true) { revision }",
        false,
    ),
    (
        "5.7.3 directives once a place",
        "{ revision @skip(if: true) @skip(if: false) }",
        false,
    ),
    (
        "5.7.3 directives once a place, two places",
        "{ revision @skip(if: true) a: revision @skip(if: false) }",
        true,
    ),
    (
        "5.7 directives and arguments of __typename",
        "{ __typename @skip(if: false) }",
        true,
    ),
    (
        "5.7 directives and arguments of __typename, one it has not",
        "{ __typename(a: 1) }",
        false,
    ),
    (
        "5.8.1 variable uniqueness",
        "query($i: ID, $i: ID) { node(id: \"a\") { id } }",
        false,
    ),
    (
        "5.8.1 variables of two operations",
        "query A($n: Int) { funds(first: $n) { totalCount } } query B($n: ID!) { node(id: $n) { id } }",
        true,
    ),
    (
        "5.8.2 variables are input types",
        "query($f: Fund) { funds(filter: $f) { totalCount } }",
        false,
    ),
    (
        "5.8.2 variables are input types, in a list",
        "query($f: [[[Entity!]]!]) { revision @skip(if: $f) }",
        false,
    ),
    ("5.8.3 variable uses defined", "{ node(id: $i) { id } }", false),
    (
        "5.8.3 variable uses defined, in a fragment",
        "{ ...A } fragment A on Query { node(id: $i) { id } }",
        false,
    ),
    (
        "5.8.3 variable uses defined, in one of two operations",
        "query A($n: Int) { ...F } query B { ...F } fragment F on Query { funds(first: $n) { totalCount } }",
        false,
    ),
    ("5.8.4 variables used", "query($n: Int) { revision }", false),
    (
        "5.8.4 variables used, in a fragment",
        "query($n: Int) { ...F } fragment F on Query { funds(first: $n) { totalCount } }",
        true,
    ),
    (
        "5.8.5 variable usages, another type",
        "query($n: Boolean) { funds(first: $n) { totalCount } }",
        false,
    ),
    (
        "5.8.5 variable usages, a list for one",
        "query($n: [Int]) { funds(first: $n) { totalCount } }",
        false,
    ),
    (
        "5.8.5 variable usages, nullable for non-null",
        "query($b: Boolean) { revision @skip(if: $b) }",
        false,
    ),
    (
        "5.8.5 variable usages, nullable with a default",
        "query($b: Boolean = true) { revision @skip(if: $b) }",
        true,
    ),
    (
        "5.8.5 variable usages, nullable with null as default",
        "query($b: Boolean = null) { revision @skip(if: $b) }",
        false,
    ),
    (
        "5.8.5 variable usages, a place with a default",
        "query($d: SortDirection) { funds(orderBy: [{ field: ID, direction: $d }]) { totalCount } }",
        true,
    ),
    (
        "5.8.5 variable usages, lists of other items",
        "query($i: [ID]) { nodes(ids: $i) { id } }",
        false,
    ),
    (
        "5.8.5 variable usages, an item of a list",
        "query($i: ID) { nodes(ids: [$i]) { id } }",
        false,
    ),
    (
        "2.9.4 strings, a surrogate pair",
        r#"{ search(query: "\uD83D\uDE00") { totalCount } }"#,
        true,
    ),
    (
        "2.9.4 strings, half a surrogate pair",
        r#"{ search(query: "\uD83D") { totalCount } }"#,
        false,
    ),
    (
        "2.9.4 strings, a code point",
        r#"{ search(query: "\u{1F600}") { totalCount } }"#,
        true,
    ),
    (
        "2.9.4 strings, no such code point",
        r#"{ search(query: "\u{110000}") { totalCount } }"#,
        false,
    ),
    (
        "2.9.4 strings, a block with quotes in it",
        r#"{ search(query: """a \""" b""") { totalCount } }"#,
        true,
    ),
    (
        "2.8 fragments, named on",
        "{ ...on } fragment on on Query { revision }",
        false,
    ),
    (
        "2.8 a key without a value",
        "{ funds(filter: { ids }) { totalCount } }",
        false,
    ),
];

/// The definition of `$v` and where it stands; what is sent for it; and the coerced value, where there is one.
fn variables() -> Vec<(&'static str, Value, Option<Value>)> {
    const FIRST: &str = "($v: Int) { funds(first: $v) { totalCount } }";
    const FIRST_DEFAULT: &str = "($v: Int = 3) { funds(first: $v) { totalCount } }";
    const ID: &str = "($v: ID!) { node(id: $v) { id } }";
    const IDS: &str = "($v: [ID!]!) { nodes(ids: $v) { id } }";
    const KINDS: &str = "($v: [EntityKind!]) { search(query: \"x\", kinds: $v) { totalCount } }";
    const ORDER: &str = "($v: EntityOrder!) { funds(orderBy: [$v]) { totalCount } }";
    const AS_OF: &str = "($v: Date) { funds(asOf: $v) { totalCount } }";
    vec![
        (FIRST, json!({}), Some(json!({}))),
        (FIRST, json!({ "v": null }), Some(json!({ "v": null }))),
        (FIRST, json!({ "v": 3 }), Some(json!({ "v": 3 }))),
        (FIRST, json!({ "v": 3.0 }), Some(json!({ "v": 3 }))),
        (FIRST, json!({ "v": 3.5 }), None),
        (FIRST, json!({ "v": "3" }), None),
        (FIRST, json!({ "v": true }), None),
        (FIRST, json!({ "v": 2_147_483_648_u64 }), None),
        (FIRST, json!({ "v": [3] }), None),
        (FIRST_DEFAULT, json!({}), Some(json!({ "v": 3 }))),
        (FIRST_DEFAULT, json!({ "v": null }), Some(json!({ "v": null }))),
        (ID, json!({}), None),
        (ID, json!({ "v": null }), None),
        (ID, json!({ "v": 7 }), Some(json!({ "v": "7" }))),
        (ID, json!({ "v": 1.5 }), None),
        (IDS, json!({ "v": "a" }), Some(json!({ "v": ["a"] }))),
        (IDS, json!({ "v": ["a", 1] }), Some(json!({ "v": ["a", "1"] }))),
        (IDS, json!({ "v": ["a", null] }), None),
        (IDS, json!({ "v": [["a"]] }), None),
        (KINDS, json!({ "v": ["FUND"] }), Some(json!({ "v": ["FUND"] }))),
        (KINDS, json!({ "v": ["fund"] }), None),
        (KINDS, json!({ "v": 1 }), None),
        (
            ORDER,
            json!({ "v": { "field": "ID" } }),
            Some(json!({ "v": { "field": "ID", "direction": "ASC" } })),
        ),
        (ORDER, json!({ "v": { "field": "ID", "direction": null } }), None),
        (ORDER, json!({ "v": { "direction": "ASC" } }), None),
        (ORDER, json!({ "v": { "field": "ID", "other": 1 } }), None),
        (ORDER, json!({ "v": "ID" }), None),
        (ORDER, json!({ "v": [] }), None),
        (
            AS_OF,
            json!({ "v": "2024-02-29" }),
            Some(json!({ "v": "2024-02-29" })),
        ),
        (AS_OF, json!({ "v": "2023-02-29" }), None),
        (AS_OF, json!({ "v": 2024 }), None),
    ]
}

#[tokio::test]
async fn the_specifications_examples_are_judged_as_it_says() {
    let documents = DOCUMENTS.iter().map(|(rule, query, valid)| {
        let name = query.contains("query B").then_some("A");
        (
            *rule,
            json!({ "query": query, "variables": {}, "operationName": name }),
            *valid,
            None,
        )
    });
    // A document that needs variables is looked at below; here none do.
    let variables = variables().into_iter().map(|(query, sent, coerced)| {
        let request = json!({ "query": format!("query{query}"), "variables": sent, "operationName": null });
        ("6.1.2 variables", request, coerced.is_some(), coerced)
    });
    let cases: Vec<_> = documents.chain(variables).collect();
    let lines: Vec<String> = cases
        .iter()
        .map(|(_, request, _, _)| request.to_string())
        .collect();
    let theirs = judged("-", 0, lines.join("\n")).await;
    assert_eq!(theirs.len(), cases.len());
    let app = TestApp::with(graph().entities(["fund:f", "region:k"])).await;
    let client = reqwest::Client::new();
    let mut wrong = Vec::new();
    for ((rule, request, valid, coerced), theirs) in cases.iter().zip(&theirs) {
        if theirs["valid"] != *valid {
            wrong.push(format!("{rule}: graphql-js says {theirs}"));
        }
        if let Some(coerced) = coerced.as_ref().filter(|coerced| **coerced != theirs["coerced"]) {
            wrong.push(format!("{rule}: {coerced}, and graphql-js {theirs}"));
        }
        let ours = verdict(&client, &app, request).await;
        if matches!(ours, Verdict::Executed) != *valid {
            wrong.push(format!("{rule}: {ours:?} for {request}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
