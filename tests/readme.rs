//! README.md and docs/queries.md show the server's own answers: each query that an answer follows is sent, and the
//! answers are compared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hukun::model::principal::Role;
use serde_json::Value;

use crate::support::TestApp;

const README: &str = "README.md";

/// The pages with answers, and the fewest that each has.
const PAGES: [(&str, usize); 2] = [(README, 2), ("docs/queries.md", 6)];

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The questions and answers of a text, with the place of each answer.
fn examples(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("```graphql\n").map(|start| at + start + 11) {
        let end = start + text[start..].find("```").unwrap();
        at = end + 3;
        let answer = "\n\n```json\n";
        if text[at..].starts_with(answer) {
            let from = at + answer.len();
            let to = from + text[from..].find("```").unwrap();
            found.push((&text[start..end], from..to));
            at = to;
        }
    }
    found
}

/// JSON with each object of a list on a line of its own, so that a reader sees rows.
fn shown(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) if indent < 4 => {
            let lines = fields
                .iter()
                .map(|(key, value)| format!("{pad}  \"{key}\": {}", shown(value, indent + 2)));
            format!("{{\n{}\n{pad}}}", lines.collect::<Vec<_>>().join(",\n"))
        }
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .map(|(key, value)| format!("\"{key}\": {}", shown(value, indent)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
        Value::Array(rows) if rows.iter().any(Value::is_object) && indent < 8 => {
            let lines = rows.iter().map(|row| format!("{pad}  {}", shown(row, 8)));
            format!("[\n{}\n{pad}]", lines.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(rows) => format!(
            "[{}]",
            rows.iter()
                .map(|row| shown(row, 8))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_answer_in_the_readme_is_the_answer() {
    let app = TestApp::kunshan().await;
    for (name, answers_min) in PAGES {
        let text = std::fs::read_to_string(page(name)).unwrap();
        let examples = examples(&text);
        assert!(
            examples.len() >= answers_min,
            "{name} has {} answers",
            examples.len()
        );
        let mut written = String::new();
        let mut copied = 0;
        for (question, place) in examples {
            let data = app.query(question).await.good();
            written.push_str(&text[copied..place.start]);
            writeln!(written, "{}", shown(&data, 0)).unwrap();
            copied = place.end;
        }
        written.push_str(&text[copied..]);
        if crate::support::bless() {
            std::fs::write(page(name), written).unwrap();
        } else {
            similar(name, &text, &written);
        }
    }
}

fn similar(name: &str, text: &str, written: &str) {
    for (line, (is, should)) in text.lines().zip(written.lines()).enumerate() {
        assert_eq!(
            is,
            should,
            "{name}:{}: HUKUN_BLESS=1 cargo test every_answer",
            line + 1
        );
    }
    assert_eq!(text.len(), written.len());
}

#[tokio::test]
async fn the_first_fact_of_the_readme_is_written() {
    let app = TestApp::kunshan().await;
    let text = std::fs::read_to_string(page(README)).unwrap();
    let start = text.find("```graphql\nmutation").unwrap() + "```graphql\n".len();
    let mutation = &text[start..start + text[start..].find("```").unwrap()];
    let editor = app.as_role(Role::Editor, false).await;
    let data = editor.query(mutation).await.good();
    assert_eq!(data["upsertSources"]["created"], 1);
    // The lab, and the relation for which its region is short.
    assert_eq!(data["upsertEntities"]["created"], 2);
    assert_eq!(data["upsertEntities"]["nodes"][0]["id"], "lab:my-first");
}
