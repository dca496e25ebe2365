//! `dataset.toml`: what a data set is called, on what terms it may be used, and how it is to be read.

use std::path::Path;

use super::error::ReadError;
use crate::model::free_text::{TextKind, check_text};
use crate::model::id::DatasetId;
use crate::model::quantity::Unit;
use crate::model::record::{Access, Coverage, Dataset};
use crate::model::text_limit::TextLimit;
use crate::service::least_far;

/// The name of the file.
pub(super) const FILE: &str = "dataset.toml";
const KEYS: [&str; 7] = [
    "id",
    "title",
    "licence",
    "synthetic",
    "coverage",
    "access",
    "currency",
];

/// What a `dataset.toml` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The data set's own record.
    pub(super) dataset: Dataset,
    /// The currency of amounts of money that do not say theirs.
    pub(super) currency: Option<Unit>,
}

/// Reads the text of a `dataset.toml`. Where it is silent, a data set is real and public, and no currency is assumed.
pub(super) fn parse(path: &Path, text: &str) -> Result<Manifest, ReadError> {
    let fault = |reason: String| ReadError::Manifest {
        path: path.display().to_string(),
        reason,
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| fault(error.to_string().trim_end().into()))?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let nearest = least_far(key, KEYS).unwrap_or_default();
        return Err(fault(format!("no key `{key}`; the nearest is `{nearest}`")));
    }
    let text = |key: &str| match table.get(key) {
        Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text.as_str())),
        Some(value) => Err(fault(format!(
            "{key} = {value} is not a valid text (expected a text in quotation marks)"
        ))),
        None => Ok(None),
    };
    let need =
        |key: &str| text(key)?.ok_or_else(|| fault(format!("`{key}` is missing; write `{key} = \"…\"`")));
    let line = |key: &str| {
        let text = need(key)?;
        let checked = TextLimit::TITLE
            .check(text)
            .and_then(|()| check_text(text, TextKind::Line));
        checked.map_err(|refusal| fault(format!("{key}: {refusal}")))?;
        Ok(text)
    };
    let names = |names: Vec<&str>| names.join(", ");
    let coverage = need("coverage")?;
    let coverage = Coverage::parse(coverage).ok_or_else(|| {
        let all = names(Coverage::ALL.iter().map(|value| value.name()).collect());
        fault(format!("coverage = \"{coverage}\" is none of {all}"))
    })?;
    let access = text("access")?.unwrap_or(Access::Public.name());
    let access = Access::parse(access).ok_or_else(|| {
        let all = names(Access::ALL.iter().map(|value| value.name()).collect());
        fault(format!("access = \"{access}\" is none of {all}"))
    })?;
    let synthetic = match table.get("synthetic") {
        Some(toml::Value::Boolean(synthetic)) => *synthetic,
        Some(value) => return Err(fault(format!("synthetic = {value} is neither true nor false"))),
        None => false,
    };
    let currency = text("currency")?.map(Unit::parse_currency).transpose();
    let currency = currency.map_err(|error| fault(format!("currency: {error}")))?;
    let dataset = Dataset {
        id: DatasetId::parse(need("id")?).map_err(|error| fault(error.to_string()))?,
        title: line("title")?.to_string(),
        licence: line("licence")?.to_string(),
        synthetic,
        coverage,
        access,
        imported_at: None,
    };
    Ok(Manifest { dataset, currency })
}

/// The text of a `dataset.toml`. It names no currency: each cell that is written does.
pub(super) fn write(dataset: &Dataset) -> String {
    let text = |text: &str| toml::Value::String(text.to_string()).to_string();
    let lines = [
        ("id", text(dataset.id.as_str())),
        ("title", text(&dataset.title)),
        ("licence", text(&dataset.licence)),
        ("synthetic", dataset.synthetic.to_string()),
        ("coverage", text(dataset.coverage.name())),
        ("access", text(dataset.access.name())),
    ];
    lines
        .iter()
        .flat_map(|(key, value)| [*key, " = ", value, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "id = \"a\"\ntitle = \"上海 \\\"→\\\" 昆山\"\nlicence = \"CC0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\naccess = \"restricted\"\n";

    #[test]
    fn it_round_trips() {
        let manifest = parse(Path::new(FILE), WHOLE).unwrap();
        assert_eq!(manifest.dataset.title, "上海 \"→\" 昆山");
        assert_eq!(parse(Path::new(FILE), &write(&manifest.dataset)), Ok(manifest));
        let with = format!("{WHOLE}currency = \"EUR\"\n");
        let currency = parse(Path::new(FILE), &with).unwrap().currency;
        assert_eq!(currency.as_ref().map(Unit::as_str), Some("EUR"));
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        let message = |from: &str, to: &str| {
            parse(Path::new(FILE), &WHOLE.replace(from, to))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message("licence", "license"),
            "dataset.toml: no key `license`; the nearest is `licence`"
        );
        assert_eq!(
            message("id = \"a\"\n", ""),
            "dataset.toml: `id` is missing; write `id = \"…\"`"
        );
        assert_eq!(
            message("SAMPLE", "ALL"),
            "dataset.toml: coverage = \"ALL\" is none of CENSUS, SAMPLE, SINGLE_DOCUMENT"
        );
        assert_eq!(
            message("true", "\"yes\""),
            "dataset.toml: synthetic = \"yes\" is neither true nor false"
        );
        assert_eq!(
            message("access =", "currency = \"RMB\"\naccess ="),
            "dataset.toml: currency: `RMB` is not a currency: write its ISO 4217 code, as CNY, EUR, USD"
        );
        assert!(message("title =", "title").starts_with("dataset.toml: TOML parse error at line 2"));
    }
}
