//! The stored form of observations, rules, sources and data sets.

use serde::{Deserialize, Serialize};

use super::{
    DecodeError, DecodeResult, QuantityRow, date, decimal, entity_id, key, parse_name, parse_optional, time,
};
use crate::model::id::{DatasetId, ObservationId, RuleId, SourceId};
use crate::model::period::Period;
use crate::model::record::{Access, Coverage, Dataset, Observation, Rule, RulePart, RuleType, Source};

/// The stored form of an observation.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ObservationRow {
    entity: String,
    indicator: String,
    quantity: QuantityRow,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    period: Option<String>,
}

impl ObservationRow {
    pub(in crate::store) fn of(observation: &Observation) -> Self {
        Self {
            entity: observation.entity.to_string(),
            indicator: observation.indicator.clone(),
            quantity: QuantityRow::of(&observation.quantity),
            period: observation.period.map(|period| period.to_string()),
        }
    }
    pub(in crate::store) fn read(self, id: &str) -> DecodeResult<Observation> {
        Ok(Observation {
            id: key!(ObservationId, id)?,
            entity: entity_id(&self.entity)?,
            indicator: self.indicator,
            quantity: self.quantity.read()?,
            period: parse_optional("period", |text| Period::parse(text).ok(), self.period.as_deref())?,
        })
    }
}

/// The stored form of a part of a rule: party, label, lower, upper.
type RulePartRow = (Option<String>, Option<String>, Option<String>, Option<String>);

/// The stored form of a rule.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct RuleRow {
    bearer: String,
    rule_type: String,
    base: Option<String>,
    parts: Vec<RulePartRow>,
}

impl RuleRow {
    pub(in crate::store) fn of(rule: &Rule) -> Self {
        let part = |part: &RulePart| {
            (
                part.party.as_ref().map(ToString::to_string),
                part.label.clone(),
                part.lower.map(|d| d.to_string()),
                part.upper.map(|d| d.to_string()),
            )
        };
        Self {
            bearer: rule.bearer.to_string(),
            rule_type: rule.rule_type.name().into(),
            base: rule.base.clone(),
            parts: rule.parts.iter().map(part).collect(),
        }
    }
    pub(in crate::store) fn read(self, id: &str) -> DecodeResult<Rule> {
        let parts = self.parts.into_iter().map(|(party, label, lower, upper)| {
            Ok(RulePart {
                party: party.as_deref().map(entity_id).transpose()?,
                label,
                lower: lower.as_deref().map(decimal).transpose()?,
                upper: upper.as_deref().map(decimal).transpose()?,
            })
        });
        Ok(Rule {
            id: key!(RuleId, id)?,
            bearer: entity_id(&self.bearer)?,
            rule_type: parse_name("rule type", RuleType::parse, &self.rule_type)?,
            base: self.base,
            parts: parts.collect::<DecodeResult<_>>()?,
        })
    }
}

/// The stored form of a source.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct SourceRow {
    title: String,
    authors: Vec<String>,
    affiliation: Option<String>,
    publisher: Option<String>,
    published_on: Option<String>,
    language: Option<String>,
    licence: Option<String>,
    sha256: Option<String>,
    url: Option<String>,
    datasets: Vec<String>,
}

impl SourceRow {
    pub(in crate::store) fn of(source: &Source) -> Self {
        let Source {
            id: _,
            title,
            authors,
            affiliation,
            publisher,
            published_on,
            language,
            licence,
            sha256,
            url,
            datasets,
        } = source.clone();
        Self {
            title,
            authors,
            affiliation,
            publisher,
            published_on: published_on.map(|date| date.to_string()),
            language,
            licence,
            sha256,
            url,
            datasets: datasets.iter().map(ToString::to_string).collect(),
        }
    }
    pub(in crate::store) fn read(self, id: &str) -> DecodeResult<Source> {
        Ok(Source {
            id: key!(SourceId, id)?,
            title: self.title,
            authors: self.authors,
            affiliation: self.affiliation,
            publisher: self.publisher,
            published_on: date(self.published_on.as_deref())?,
            language: self.language,
            licence: self.licence,
            sha256: self.sha256,
            url: self.url,
            datasets: self
                .datasets
                .iter()
                .map(|id| key!(DatasetId, id))
                .collect::<DecodeResult<_>>()?,
        })
    }
}

/// The stored form of a data set.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct DatasetRow {
    title: String,
    licence: String,
    synthetic: bool,
    coverage: String,
    access: String,
    imported_at: Option<i64>,
}

impl DatasetRow {
    pub(in crate::store) fn of(dataset: &Dataset) -> Self {
        Self {
            title: dataset.title.clone(),
            licence: dataset.licence.clone(),
            synthetic: dataset.synthetic,
            coverage: dataset.coverage.name().into(),
            access: dataset.access.name().into(),
            imported_at: dataset.imported_at.map(|at| at.timestamp_micros()),
        }
    }
    pub(in crate::store) fn read(self, id: &str) -> DecodeResult<Dataset> {
        Ok(Dataset {
            id: key!(DatasetId, id)?,
            title: self.title,
            licence: self.licence,
            synthetic: self.synthetic,
            coverage: parse_name("coverage", Coverage::parse, &self.coverage)?,
            access: parse_name("access", Access::parse, &self.access)?,
            imported_at: self.imported_at.map(time).transpose()?,
        })
    }
}
