//! `dataset.toml`: the title, license and access of a data set, and its default currency.

use std::path::Path;

use crate::dataset::error::ReadError;
use crate::model::free_text::{TextKind, check_text};
use crate::model::id::DatasetId;
use crate::model::quantity::Unit;
use crate::model::record::{Access, Coverage, Dataset};
use crate::model::text_limit::TextLimit;
use crate::service::closest;

/// The name of the file.
pub(in crate::dataset) const FILE: &str = "dataset.toml";
const KEYS: [&str; 7] = [
    "id",
    "title",
    "licence",
    "synthetic",
    "coverage",
    "access",
    "currency",
];

/// The content of a `dataset.toml`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::dataset) struct Manifest {
    /// The data set's own record.
    pub(in crate::dataset) dataset: Dataset,
    /// The default currency of amounts of money.
    pub(in crate::dataset) currency: Option<Unit>,
}

/// Parses a `dataset.toml`. Defaults: `synthetic = false`, `access = "public"`, no currency.
pub(in crate::dataset) fn parse(path: &Path, text: &str) -> Result<Manifest, ReadError> {
    let manifest_error = |reason: String| ReadError::Manifest {
        path: path.display().to_string(),
        reason,
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| manifest_error(error.to_string().trim_end().into()))?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let nearest = closest(key, KEYS).unwrap_or_default();
        return Err(manifest_error(format!(
            "no key `{key}`; did you mean `{nearest}`?"
        )));
    }
    let text = |key: &str| match table.get(key) {
        Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text.as_str())),
        Some(value) => Err(manifest_error(format!(
            "{key} = {value} is not a valid text (expected a text in quotation marks)"
        ))),
        None => Ok(None),
    };
    let need = |key: &str| {
        text(key)?.ok_or_else(|| manifest_error(format!("`{key}` is missing; write `{key} = \"…\"`")))
    };
    let line = |key: &str| {
        let text = need(key)?;
        let checked = TextLimit::TITLE
            .check(text)
            .and_then(|()| check_text(text, TextKind::Line));
        checked.map_err(|refusal| manifest_error(format!("{key}: {refusal}")))?;
        Ok(text)
    };
    let names = |names: Vec<&str>| names.join(", ");
    let coverage = need("coverage")?;
    let coverage = Coverage::parse(coverage).ok_or_else(|| {
        let all = names(Coverage::ALL.iter().map(|value| value.name()).collect());
        manifest_error(format!(
            "coverage = \"{coverage}\" is not valid (expected one of {all})"
        ))
    })?;
    let access = text("access")?.unwrap_or(Access::Public.name());
    let access = Access::parse(access).ok_or_else(|| {
        let all = names(Access::ALL.iter().map(|value| value.name()).collect());
        manifest_error(format!(
            "access = \"{access}\" is not valid (expected one of {all})"
        ))
    })?;
    let synthetic = match table.get("synthetic") {
        Some(toml::Value::Boolean(synthetic)) => *synthetic,
        Some(value) => {
            return Err(manifest_error(format!(
                "synthetic = {value} is not valid (expected true or false)"
            )));
        }
        None => false,
    };
    let currency = text("currency")?.map(Unit::parse_currency).transpose();
    let currency = currency.map_err(|error| manifest_error(format!("currency: {error}")))?;
    let dataset = Dataset {
        id: DatasetId::parse(need("id")?).map_err(|error| manifest_error(error.to_string()))?,
        title: line("title")?.to_string(),
        licence: line("licence")?.to_string(),
        synthetic,
        coverage,
        access,
        imported_at: None,
    };
    Ok(Manifest { dataset, currency })
}

/// Formats a `dataset.toml`. It has no currency, because an export writes one in each cell.
pub(in crate::dataset) fn write(dataset: &Dataset) -> String {
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
            "dataset.toml: no key `license`; did you mean `licence`?"
        );
        assert_eq!(
            message("id = \"a\"\n", ""),
            "dataset.toml: `id` is missing; write `id = \"…\"`"
        );
        assert_eq!(
            message("SAMPLE", "ALL"),
            "dataset.toml: coverage = \"ALL\" is not valid (expected one of CENSUS, SAMPLE, SINGLE_DOCUMENT)"
        );
        assert_eq!(
            message("true", "\"yes\""),
            "dataset.toml: synthetic = \"yes\" is not valid (expected true or false)"
        );
        assert_eq!(
            message("access =", "currency = \"RMB\"\naccess ="),
            "dataset.toml: currency: `RMB` is not a currency: write its ISO 4217 code, as CNY, EUR, USD"
        );
        assert!(message("title =", "title").starts_with("dataset.toml: TOML parse error at line 2"));
    }
}
