//! `hukun query`: saved questions and one's own, printed for programs and for people.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::command::{run, seed};

/// A store with the first data set.
fn filled() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let (code, _, told) = run(home.path(), &["import", &seed()]);
    assert_eq!(code, 0, "{told}");
    home
}

fn json_of(home: &Path, arguments: &[&str]) -> Value {
    let (code, told, error) = run(home, arguments);
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&told).unwrap()
}

#[test]
fn every_saved_question_is_answered_and_answers_something() {
    let home = filled();
    let (code, list, _) = run(home.path(), &["query"]);
    assert_eq!(code, 0);
    let names: Vec<&str> = list.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(names.len() >= 6, "{list}");
    for name in names {
        let data = json_of(home.path(), &["query", name]);
        let answer = data.as_object().unwrap().values().next().unwrap();
        assert!(
            !answer.is_null() && *answer != json!([]) && *answer != json!({}),
            "{name}: {data}"
        );
    }
}

#[test]
fn variables_take_the_place_of_what_a_question_assumes() {
    let home = filled();
    let assumed = json_of(home.path(), &["query", "allocation"]);
    assert_eq!(assumed["allocate"]["parts"][0]["amount"], "235000000");
    let given = json_of(home.path(), &["query", "allocation", "--var", "amount=1000"]);
    assert_eq!(given["allocate"]["parts"][0]["amount"], "500");
    let to = r#"to={"ids":["project:hukun-46"]}"#;
    let trace = json_of(home.path(), &["query", "trace", "--var", to]);
    assert_eq!(trace["trace"]["totalCount"]["value"], "1");
    let assumed = json_of(home.path(), &["query", "trace"]);
    assert_ne!(assumed["trace"]["totalCount"]["value"], "1");
}

#[test]
fn a_question_of_ones_own_is_read_from_a_file() {
    let home = filled();
    let file = home.path().join("mine.graphql");
    fs::write(&file, "query Q($id: ID!) { node(id: $id) { id } }").unwrap();
    let file = file.to_str().unwrap();
    let data = json_of(home.path(), &["query", file, "--var", "id=fund:angel"]);
    assert_eq!(data, json!({ "node": { "id": "fund:angel" } }));
    let (code, told, error) = run(home.path(), &["query", file]);
    assert_eq!((code, told.as_str()), (1, ""));
    assert!(error.contains("BAD_USER_INPUT"), "{error}");
}

#[test]
fn for_people_it_is_a_table() {
    let home = filled();
    let (code, told, _) = run(home.path(), &["query", "who-funds", "--format", "table"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "relations.totalCount  13", "{told}");
    assert_eq!(lines[2], "relations.nodes (13)");
    assert!(
        lines[3].contains("from.name") && lines[3].contains("quantity.lower"),
        "{told}"
    );
    assert!(
        told.contains("天使投资基金") && told.contains("150000000"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_asked_says_why() {
    let home = tempfile::tempdir().unwrap();
    let (code, _, error) = run(home.path(), &["query", "nothing"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("`nothing` is neither a file nor a saved question") && error.contains("fund-of-funds"),
        "{error}"
    );
    let (code, _, error) = run(home.path(), &["query", "trace", "--var", "form={}"]);
    assert_eq!(code, 2);
    assert!(error.contains("no variable `$form`"), "{error}");
    let (code, _, error) = run(home.path(), &["query", "trace"]);
    assert_eq!(code, 1);
    assert!(error.contains("the store is empty"), "{error}");
}
