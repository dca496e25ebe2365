//! `dataset.toml`: what a data set is called, on what terms it may be used, and how it is to be read.

use std::path::Path;

use super::error::ReadError;
use crate::model::id::DatasetId;
use crate::model::record::{Access, Coverage, Dataset};
use crate::service::least_far;

/// The name of the file.
pub(super) const FILE: &str = "dataset.toml";
const KEYS: [&str; 6] = ["id", "title", "licence", "synthetic", "coverage", "access"];

/// Reads the text of a `dataset.toml`. Where it is silent, a data set is real and public.
pub(super) fn parse(path: &Path, text: &str) -> Result<Dataset, ReadError> {
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
        Some(value) => Err(fault(format!("{key} = {value} is no text"))),
        None => Ok(None),
    };
    let need = |key: &str| text(key)?.ok_or_else(|| fault(format!("`{key}` is missing")));
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
    Ok(Dataset {
        id: DatasetId::parse(need("id")?).map_err(|error| fault(error.to_string()))?,
        title: need("title")?.to_string(),
        licence: need("licence")?.to_string(),
        synthetic,
        coverage,
        access,
        imported_at: None,
    })
}

/// The text of a `dataset.toml`.
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
        let dataset = parse(Path::new(FILE), WHOLE).unwrap();
        assert_eq!(dataset.title, "上海 \"→\" 昆山");
        assert_eq!(parse(Path::new(FILE), &write(&dataset)), Ok(dataset));
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
        assert_eq!(message("id = \"a\"\n", ""), "dataset.toml: `id` is missing");
        assert_eq!(
            message("SAMPLE", "ALL"),
            "dataset.toml: coverage = \"ALL\" is none of CENSUS, SAMPLE, SINGLE_DOCUMENT"
        );
        assert_eq!(
            message("true", "\"yes\""),
            "dataset.toml: synthetic = \"yes\" is neither true nor false"
        );
        assert!(message("title =", "title").starts_with("dataset.toml: TOML parse error at line 2"));
    }
}
