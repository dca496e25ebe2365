//! How long texts may be, whichever way they come in.

use std::path::Path;

use hukun::model::principal::Role;
use serde_json::{Value, json};

use super::super::command::hukun;
use crate::support::{TestApp, graph};

const ENTITIES: &str = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created } }";

fn fund(set: impl FnOnce(&mut Value)) -> Value {
    let mut fund = json!({ "id": "fund:long", "kind": "FUND", "names": [{ "value": "n", "lang": "zh" }],
        "statements": [{ "sourceId": "source:s", "quote": "q", "reliability": "INDEPENDENT" }] });
    set(&mut fund);
    json!({ "input": [fund] })
}

/// Puts a text into a fund.
type Set = fn(&mut Value, Value);

#[tokio::test]
async fn a_write_of_a_text_that_is_too_long_says_where_and_how_long() {
    let app = TestApp::with(graph().entity("region:k")).await;
    let admin = app.as_role(Role::Admin, true).await;
    let text = |chars: usize| Value::from("昆".repeat(chars));
    let fields: [(&str, usize, Set); 6] = [
        ("input[0].names", 1_000, |fund, text| {
            fund["names"][0]["value"] = text;
        }),
        ("input[0].description", 10_000, |fund, text| {
            fund["description"] = text;
        }),
        ("input[0].statements[0].quote", 5_000, |fund, text| {
            fund["statements"][0]["quote"] = text;
        }),
        ("input[0].statements[0].locator", 1_000, |fund, text| {
            fund["statements"][0]["locator"] = json!({ "text": text });
        }),
        ("input[0].tags", 200, |fund, text| fund["tags"] = json!([text])),
        ("input[0].properties.fundType", 200, |fund, text| {
            fund["properties"] = json!({ "fundType": text });
        }),
    ];
    for (path, max, set) in fields {
        let reply = admin.ask(ENTITIES, fund(|fund| set(fund, text(max + 1)))).await;
        let problem = &reply.body["errors"][0]["extensions"]["problems"][0];
        assert!(
            problem["path"]
                .as_str()
                .is_some_and(|found| found.starts_with(path)),
            "{path}: {:.500}",
            reply.body.to_string()
        );
        let reason = format!("the text has {} characters (at most {max})", max + 1);
        assert_eq!(problem["reason"], reason.as_str());
        assert_ne!(problem["hint"], "");
        admin
            .ask(ENTITIES, fund(|fund| set(fund, text(max))))
            .await
            .good();
    }
    let reply = admin
        .ask(
            ENTITIES,
            fund(|fund| fund["tags"] = (0..201).map(|n| format!("t{n}")).collect()),
        )
        .await;
    let problem = &reply.body["errors"][0]["extensions"]["problems"][0];
    assert_eq!(problem["reason"], "the list has 201 items (at most 200)");
    // Names as long as they may be are sorted, and a cursor of one leads on.
    let names: Vec<Value> = (0..3)
        .map(|n| {
            fund(|fund| {
                fund["id"] = json!(format!("fund:n{n}"));
                fund["names"][0]["value"] = json!(format!("{}{n}", "装".repeat(999)));
            })["input"][0]
                .clone()
        })
        .collect();
    admin.ask(ENTITIES, json!({ "input": names })).await.good();
    let mut after = Value::Null;
    for n in 0..3 {
        let query = "query($after: String) { funds(first: 1, after: $after, orderBy: [{ field: NAME, direction: DESC }]) { edges { cursor node { id } } } }";
        let page = app.ask(query, json!({ "after": after })).await.good();
        let edge = &page["funds"]["edges"][0];
        assert_eq!(
            edge["node"]["id"],
            format!("fund:n{n}"),
            "{:.300}",
            page.to_string()
        );
        after = edge["cursor"].clone();
        assert!(after.as_str().unwrap().len() < 12_000);
    }
}

fn run(home: &Path, arguments: &[&str]) -> (bool, String) {
    let done = hukun(home).args(arguments).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(text).unwrap())
}

const MANIFEST: &str =
    "id = \"dataset:d\"\ntitle = \"D\"\nlicence = \"CC0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\n";

#[test]
fn an_import_of_a_text_that_is_too_long_names_its_cell() {
    let home = tempfile::tempdir().unwrap();
    let (csv, lines) = (home.path().join("csv"), home.path().join("lines"));
    for directory in [&csv, &lines] {
        std::fs::create_dir(directory).unwrap();
        std::fs::write(directory.join("dataset.toml"), MANIFEST).unwrap();
    }
    let (name, quote) = ("昆".repeat(1_001), "q".repeat(5_001));
    std::fs::write(csv.join("sources.csv"), "id,title\nsource:s,S\n").unwrap();
    std::fs::write(
        csv.join("entities.csv"),
        format!("id,kind,name_zh,source_id,quote,assertion,reliability\nfund:f,FUND,{name},source:s,{quote},STATED,INDEPENDENT\n"),
    )
    .unwrap();
    std::fs::write(
        lines.join("sources.jsonl"),
        "{\"id\":\"source:s\",\"title\":\"S\"}\n",
    )
    .unwrap();
    let row = json!({ "id": "fund:f", "kind": "FUND", "name_zh": name, "source_id": "source:s", "quote": quote,
        "assertion": "STATED", "reliability": "INDEPENDENT" });
    std::fs::write(lines.join("entities.jsonl"), format!("{row}\n")).unwrap();
    for directory in [&csv, &lines] {
        let (done, said) = run(home.path(), &["import", directory.to_str().unwrap()]);
        assert!(!done, "{said:.500}");
        for part in [
            "name_zh",
            "the text has 1001 characters (at most 1000)",
            "quote",
            "the text has 5001 characters (at most 5000)",
        ] {
            assert!(said.contains(part), "{part}: {said:.900}");
        }
    }
}

#[test]
fn a_backup_with_a_text_that_is_too_long_is_not_restored() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("csv");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("dataset.toml"), MANIFEST).unwrap();
    std::fs::write(directory.join("sources.csv"), "id,title\nsource:s,S\n").unwrap();
    std::fs::write(
        directory.join("entities.csv"),
        "id,kind,name_zh,source_id,quote,assertion,reliability\nfund:f,FUND,short-name,source:s,q,STATED,INDEPENDENT\n",
    )
    .unwrap();
    let (done, said) = run(home.path(), &["import", directory.to_str().unwrap()]);
    assert!(done, "{said}");
    let backup = home.path().join("backup");
    let (done, said) = run(home.path(), &["backup", backup.to_str().unwrap()]);
    assert!(done, "{said}");
    // As a program without limits would have written it.
    let text = std::fs::read_to_string(&backup).unwrap();
    let text = text.replace("short-name", &"n".repeat(1_001));
    let (body, foot) = text.trim_end().rsplit_once('\n').unwrap();
    let body = format!("{body}\n");
    let mut foot: Value = serde_json::from_str(foot).unwrap();
    foot["sha256"] = sha256(&body).into();
    std::fs::write(&backup, format!("{body}{foot}\n")).unwrap();
    let other = tempfile::tempdir().unwrap();
    let (done, said) = run(other.path(), &["restore", backup.to_str().unwrap()]);
    assert!(!done, "{said}");
    assert!(
        said.contains("`fund:f`: name_zh: the text has 1001 characters (at most 1000)"),
        "{said}"
    );
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
