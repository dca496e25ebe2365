//! `hukun vocabulary`: what the codes of the schema and of import files are called, for people as a table, for programs as
//! JSON. `vocabulary.json` is that JSON, from which the page is built.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Ended;
use super::settings::UsageError;
use super::table;
use crate::model::language::Language;
use crate::model::vocabulary::TermList;
use crate::service::vocabulary::vocabulary;

/// Which words are printed, and how.
#[derive(Args)]
pub(super) struct VocabularyArguments {
    /// Only this list: Resource, Unit, Basis, …
    list: Option<String>,
    /// How they are printed [default: table on a terminal, else json]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The language of the descriptions in tables, zh or en; JSON has both
    #[arg(long, value_enum, default_value_t = Lang::Zh)]
    lang: Lang,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    Zh,
    En,
}

pub(super) fn run(arguments: &VocabularyArguments) -> anyhow::Result<Ended> {
    let lists = vocabulary(arguments.list.as_deref()).map_err(|error| UsageError::new(error.to_string()))?;
    let terminal = std::io::stdout().is_terminal();
    let format = arguments
        .format
        .unwrap_or(if terminal { Format::Table } else { Format::Json });
    match format {
        Format::Json => print!("{}", as_json(&lists)),
        Format::Table => {
            let language = match arguments.lang {
                Lang::Zh => Language::Zh,
                Lang::En => Language::En,
            };
            print!("{}", table::tables(&rows(&lists, language)));
        }
    }
    Ok(Ended::Done)
}

fn rows(lists: &[TermList], language: Language) -> Value {
    let tables = lists.iter().map(|list| {
        let rows = list.terms.iter().map(|term| {
            json!({ "value": term.value, "zh": term.label.zh, "en": term.label.en,
                "description": term.description.of(language) })
        });
        (list.name.to_string(), rows.collect())
    });
    Value::Object(tables.collect())
}

/// One value a line, so that a change of one word is a change of one line.
fn as_json(lists: &[TermList]) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let mut json = String::from("{\n");
    for (at, list) in lists.iter().enumerate() {
        let label = list.label;
        let _ = writeln!(json, "  {}: {{", text(list.name));
        let _ = writeln!(
            json,
            "    \"zh\": {}, \"en\": {}, \"open\": {},\n    \"values\": {{",
            text(label.zh),
            text(label.en),
            list.is_open
        );
        for (at, term) in list.terms.iter().enumerate() {
            let (label, description) = (term.label, term.description);
            let _ = write!(
                json,
                "      {}: {{ \"zh\": {}, \"en\": {}, \"descriptionZh\": {}, \"descriptionEn\": {} }}",
                text(term.value),
                text(label.zh),
                text(label.en),
                text(description.zh),
                text(description.en)
            );
            json.push_str(if at + 1 < list.terms.len() { ",\n" } else { "\n" });
        }
        json.push_str(if at + 1 < lists.len() {
            "    }\n  },\n"
        } else {
            "    }\n  }\n"
        });
    }
    json.push_str("}\n");
    json
}
