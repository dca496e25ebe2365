//! `hukun vocabulary`: prints the labels of the codes in the schema and in import files, as a table or as JSON. `vocabulary.json` is
//! that JSON, from which the page is built.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::CommandOutcome;
use super::table::{self, OutputFormat};
use super::usage::UsageError;
use crate::model::language::Language;
use crate::model::vocabulary::TermList;
use crate::service::vocabulary::vocabulary;

/// The arguments of `hukun vocabulary`.
#[derive(Args)]
pub(super) struct VocabularyArguments {
    /// Name of a list to print: Resource, Unit, Basis, …
    list: Option<String>,
    /// Output format [default: table on a terminal, else json]
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// Language of the descriptions in tables, zh or en; JSON has both
    #[arg(long, value_enum, default_value_t = DescriptionLanguage::Zh)]
    lang: DescriptionLanguage,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DescriptionLanguage {
    Zh,
    En,
}

pub(super) fn run(arguments: &VocabularyArguments) -> anyhow::Result<CommandOutcome> {
    let lists = vocabulary(arguments.list.as_deref()).map_err(|error| UsageError::new(error.to_string()))?;
    match arguments.format.unwrap_or_else(OutputFormat::for_stdout) {
        OutputFormat::Json => print!("{}", json_text(&lists)),
        OutputFormat::Table => {
            let language = match arguments.lang {
                DescriptionLanguage::Zh => Language::Zh,
                DescriptionLanguage::En => Language::En,
            };
            print!("{}", table::tables(&rows(&lists, language)));
        }
    }
    Ok(CommandOutcome::Done)
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

/// The lists as JSON with one value a line, so that changes give small diffs.
fn json_text(lists: &[TermList]) -> String {
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
