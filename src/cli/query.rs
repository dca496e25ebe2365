//! `hukun query`: runs a saved question or a GraphQL document on the store, without a server.

use std::fs;

use anyhow::{Context as _, bail};
use clap::Args;
use rust_embed::Embed;
use serde_json::{Map, Value};

use super::CommandOutcome;
use super::settings::Settings;
use super::table::{self, OutputFormat};
use super::usage::UsageError;
use crate::graphql::Engine;
use crate::model::principal::Principal;

/// The questions of `seed/queries`: GraphQL documents with their titles in a comment at the top.
#[derive(Embed)]
#[folder = "seed/queries"]
struct SavedQuestions;

/// The arguments of `hukun query`.
#[derive(Args)]
pub(super) struct QueryArguments {
    /// Name of a saved question, or a file with a GraphQL document; without it, the saved questions are listed
    question: Option<String>,
    /// Variable of the question, as NAME=VALUE; lists and objects as JSON
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Output format [default: table on a terminal, else json]
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
}

pub(super) async fn run(settings: &Settings, arguments: &QueryArguments) -> anyhow::Result<CommandOutcome> {
    let Some(name) = &arguments.question else {
        list();
        return Ok(CommandOutcome::Done);
    };
    let query = question(name)?;
    let variables = variables(&query, &arguments.variables)?;
    let service = super::open::service(settings).await?;
    if service.newest().await?.0 == 0 {
        bail!("the store is empty; import a data set first, or start `hukun serve` once");
    }
    let document = settings.document_limits();
    let answer = Engine::new(service, document, true, 1)
        .execute_json(&query, variables, &Principal::operator("query"))
        .await;
    if let Some(error) = answer["errors"].as_array().and_then(|errors| errors.first()) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        bail!(
            "{}: {}",
            text(&error["extensions"]["code"]),
            text(&error["message"])
        );
    }
    match arguments.format.unwrap_or_else(OutputFormat::for_stdout) {
        OutputFormat::Json => println!("{}", serde_json::to_string_pretty(&answer["data"])?),
        OutputFormat::Table => print!("{}", table::tables(&answer["data"])),
    }
    Ok(CommandOutcome::Done)
}

/// Prints the names and titles of the saved questions.
fn list() {
    for file in SavedQuestions::iter() {
        let Some(text) = saved_question(&file) else {
            continue;
        };
        let title = |language: &str| {
            let mark = format!("# title.{language}: ");
            let line = text.lines().find_map(|line| line.strip_prefix(mark.as_str()));
            line.unwrap_or_default().to_string()
        };
        println!(
            "{}\n    {}\n    {}",
            file.trim_end_matches(".graphql"),
            title("zh"),
            title("en")
        );
    }
}

fn saved_question(file: &str) -> Option<String> {
    String::from_utf8(SavedQuestions::get(file)?.data.into_owned()).ok()
}

fn question(name: &str) -> anyhow::Result<String> {
    if let Some(text) = saved_question(&format!("{name}.graphql")) {
        return Ok(text);
    }
    let is_file = std::path::Path::new(name).is_file();
    if !is_file {
        let names: Vec<String> = SavedQuestions::iter()
            .map(|file| file.trim_end_matches(".graphql").to_string())
            .collect();
        return Err(UsageError::new(format!(
            "`{name}` is neither a file nor a saved question (saved questions: {})",
            names.join(", ")
        ))
        .into());
    }
    fs::read_to_string(name).with_context(|| format!("{name} cannot be read"))
}

/// Parses `NAME=VALUE` pairs by the variable types that the question declares.
fn variables(query: &str, given: &[String]) -> anyhow::Result<Value> {
    let mut variables = Map::new();
    for pair in given {
        let Some((name, text)) = pair.split_once('=') else {
            return Err(UsageError::new(format!(
                "--var {pair}: not a valid variable (expected NAME=VALUE)"
            ))
            .into());
        };
        let Some(declared) = declared_type(query, name) else {
            return Err(
                UsageError::new(format!("--var {name}: the question has no variable `${name}`")).into(),
            );
        };
        let value = value(declared, text)
            .ok_or_else(|| UsageError::new(format!("--var {name}: `{text}` is not a valid {declared}")))?;
        variables.insert(name.to_string(), value);
    }
    Ok(Value::Object(variables))
}

/// The type that a question declares for a variable: `ID!` for `$id: ID! = "x"`.
fn declared_type<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mark = format!("${name}");
    query.match_indices(&mark).find_map(|(at, _)| {
        let rest = query[at + mark.len()..]
            .trim_start()
            .strip_prefix(':')?
            .trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_[]!".contains(c));
        Some(&rest[..end.unwrap_or(rest.len())])
    })
}

/// Parses a value of a declared type: numbers, booleans, lists and objects as JSON, everything else as a string.
fn value(declared: &str, text: &str) -> Option<Value> {
    let json = || serde_json::from_str::<Value>(text).ok();
    match declared.trim_end_matches('!') {
        "Int" | "Float" => json().filter(Value::is_number),
        "Boolean" => json().filter(Value::is_boolean),
        list if list.starts_with('[') => json().filter(Value::is_array),
        _ if text.starts_with('{') => json().filter(Value::is_object),
        _ => Some(Value::String(text.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUESTION: &str =
        "query Q($id: ID! = \"a\", $first: Int, $ids : [ID!]!, $to: Selector!, $sum: Decimal!) { revision }";

    fn read(pairs: &[&str]) -> Result<Value, String> {
        let pairs: Vec<String> = pairs.iter().map(ToString::to_string).collect();
        variables(QUESTION, &pairs).map_err(|error| error.to_string())
    }

    #[test]
    fn a_variable_is_read_by_its_declared_type() {
        let all = [
            "id=fund:a=b",
            "first=3",
            "ids=[\"a\"]",
            "to={\"ids\":[\"b\"]}",
            "sum=470000000",
        ];
        let expected = json!({
            "id": "fund:a=b", "first": 3, "ids": ["a"], "to": { "ids": ["b"] }, "sum": "470000000"
        });
        assert_eq!(read(&all), Ok(expected));
    }

    #[test]
    fn an_invalid_variable_is_rejected_by_name() {
        assert_eq!(
            read(&["first=many"]),
            Err("--var first: `many` is not a valid Int".into())
        );
        assert_eq!(
            read(&["last=1"]),
            Err("--var last: the question has no variable `$last`".into())
        );
        assert_eq!(
            read(&["first"]),
            Err("--var first: not a valid variable (expected NAME=VALUE)".into())
        );
    }

    #[test]
    fn every_saved_question_has_both_titles() {
        let files: Vec<_> = SavedQuestions::iter().collect();
        assert!(files.len() >= 6, "{files:?}");
        for file in files {
            let text = saved_question(&file).unwrap();
            assert!(
                text.starts_with("# title.zh: ") && text.contains("\n# title.en: "),
                "{file}"
            );
        }
    }
}
