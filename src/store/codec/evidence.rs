//! The stored form of statements and of provenances, which filters read.

use serde::{Deserialize, Serialize};

use super::{
    DecodeError, DecodeResult, QuantityRow, date, is_default, key, parse_name, parse_optional, time,
    unreadable,
};
use crate::model::id::{DatasetId, SourceId};
use crate::model::statement::{
    Assertion, Evidence, EvidenceClass, Locator, Property, Rank, Reliability, Statement,
};
use crate::store::visibility::HiddenDatasets;

/// The stored form of a statement.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StatementRow {
    #[serde(rename = "s")]
    source: String,
    #[serde(rename = "l", skip_serializing_if = "is_default", default)]
    locator: LocatorRow,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none", default)]
    quote: Option<String>,
    #[serde(rename = "a")]
    assertion: String,
    #[serde(rename = "r")]
    reliability: String,
    #[serde(rename = "k", skip_serializing_if = "Option::is_none", default)]
    rank: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    property: Option<String>,
    #[serde(rename = "v", skip_serializing_if = "Option::is_none", default)]
    quantity: Option<QuantityRow>,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none", default)]
    as_of: Option<String>,
    #[serde(rename = "d")]
    dataset: String,
    #[serde(rename = "w", skip_serializing_if = "is_default", default)]
    own: bool,
    #[serde(rename = "b")]
    recorded_by: String,
    #[serde(rename = "t")]
    recorded_at: i64,
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct LocatorRow {
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    section: Option<String>,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none", default)]
    lines: Option<(u32, u32)>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    span: Option<(u32, u32)>,
}

impl StatementRow {
    pub(in crate::store) fn of(statement: &Statement) -> Self {
        let Locator {
            text,
            section,
            lines,
            span,
        } = statement.locator.clone();
        Self {
            source: statement.source.to_string(),
            locator: LocatorRow {
                text,
                section,
                lines,
                span,
            },
            quote: statement.quote.clone(),
            assertion: statement.assertion.name().into(),
            reliability: statement.reliability.name().into(),
            rank: (statement.rank != Rank::Normal).then(|| statement.rank.name().into()),
            property: statement.property.map(|property| property.name().into()),
            quantity: statement.quantity.as_ref().map(QuantityRow::of),
            as_of: statement.as_of.map(|date| date.to_string()),
            dataset: statement.dataset.to_string(),
            own: statement.own,
            recorded_by: statement.recorded_by.clone(),
            recorded_at: statement.recorded_at.timestamp_micros(),
        }
    }
    pub(in crate::store) fn read(self) -> DecodeResult<Statement> {
        let LocatorRow {
            text,
            section,
            lines,
            span,
        } = self.locator;
        Ok(Statement {
            source: key!(SourceId, &self.source)?,
            locator: Locator {
                text,
                section,
                lines,
                span,
            },
            quote: self.quote,
            assertion: parse_name("assertion", Assertion::parse, &self.assertion)?,
            reliability: parse_name("reliability", Reliability::parse, &self.reliability)?,
            rank: self
                .rank
                .as_deref()
                .map_or(Ok(Rank::Normal), |text| parse_name("rank", Rank::parse, text))?,
            property: parse_optional("property", Property::parse, self.property.as_deref())?,
            quantity: self.quantity.map(QuantityRow::read).transpose()?,
            as_of: date(self.as_of.as_deref())?,
            dataset: key!(DatasetId, &self.dataset)?,
            own: self.own,
            recorded_by: self.recorded_by,
            recorded_at: time(self.recorded_at)?,
        })
    }
}

/// The evidence classes and data sets of a record. They are stored beside the record, so that filters and opening read no statements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) struct Provenance {
    /// The classes of its statements, sorted, each once.
    pub(in crate::store) evidence: Evidence,
    /// The data sets that have a row for it, sorted.
    pub(in crate::store) members: Vec<DatasetId>,
    /// The data sets that have a statement on it, sorted.
    pub(in crate::store) contributors: Vec<DatasetId>,
    /// The class and data set of each statement, sorted, if there are several data sets: one of them may be hidden.
    pub(in crate::store) said_by: Vec<(EvidenceClass, DatasetId)>,
}

impl Provenance {
    /// The provenance of a record with some statements.
    pub(in crate::store) fn of(statements: &[Statement]) -> Self {
        let mut evidence: Vec<_> = statements.iter().map(Statement::class).collect();
        evidence.sort();
        evidence.dedup();
        let datasets = |own_only: bool| {
            let mut ids: Vec<DatasetId> = statements
                .iter()
                .filter(|statement| statement.own || !own_only)
                .map(|statement| statement.dataset.clone())
                .collect();
            ids.sort();
            ids.dedup();
            ids
        };
        let contributors = datasets(false);
        let mut said_by: Vec<_> = if contributors.len() > 1 {
            let said = |statement: &Statement| (statement.class(), statement.dataset.clone());
            statements.iter().map(said).collect()
        } else {
            Vec::new()
        };
        said_by.sort();
        said_by.dedup();
        Self {
            evidence: evidence.into(),
            members: datasets(true),
            contributors,
            said_by,
        }
    }

    /// Whether a record with this provenance is hidden: a data set that has a row for it is hidden. (A record combines all its rows, so
    /// that it cannot be shown in part; a restricted data set shares its rows with no other.)
    pub(in crate::store) fn is_hidden(&self, hidden: &HiddenDatasets) -> bool {
        self.members.iter().any(|id| hidden.contains(id))
    }

    /// The provenance without the statements of hidden data sets; none if it has no such statement.
    pub(in crate::store) fn without(&self, hidden: &HiddenDatasets) -> Option<Self> {
        let is_visible = |id: &&DatasetId| !hidden.contains(*id);
        if self.contributors.iter().all(|id| is_visible(&id)) {
            return None;
        }
        let said_by = self.said_by.iter().filter(|(_, dataset)| is_visible(&dataset));
        let said_by: Vec<_> = said_by.cloned().collect();
        let mut evidence: Vec<_> = said_by.iter().map(|(class, _)| class.clone()).collect();
        evidence.dedup();
        let left = |ids: &[DatasetId]| ids.iter().filter(is_visible).cloned().collect::<Vec<_>>();
        let contributors = left(&self.contributors);
        Some(Self {
            evidence: evidence.into(),
            members: left(&self.members),
            said_by: if contributors.len() > 1 {
                said_by
            } else {
                Vec::new()
            },
            contributors,
        })
    }
}

/// The stored form of an evidence class: source, assertion, reliability, rank.
type ClassRow = (String, String, String, String);

/// The stored form of a provenance.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ProvenanceRow {
    evidence: Vec<ClassRow>,
    members: Vec<String>,
    contributors: Vec<String>,
    /// The index of a class in `evidence`, and the data set of the statement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    said_by: Vec<(usize, String)>,
}

impl ProvenanceRow {
    pub(in crate::store) fn of(provenance: &Provenance) -> Self {
        let class = |class: &EvidenceClass| {
            let EvidenceClass {
                source,
                assertion,
                reliability,
                rank,
            } = class;
            (
                source.to_string(),
                assertion.name().into(),
                reliability.name().into(),
                rank.name().into(),
            )
        };
        let said = |(class, dataset): &(EvidenceClass, DatasetId)| {
            let place = provenance
                .evidence
                .binary_search(class)
                .unwrap_or_else(|place| place);
            (place, dataset.to_string())
        };
        Self {
            evidence: provenance.evidence.iter().map(class).collect(),
            members: provenance.members.iter().map(ToString::to_string).collect(),
            contributors: provenance.contributors.iter().map(ToString::to_string).collect(),
            said_by: provenance.said_by.iter().map(said).collect(),
        }
    }
    pub(in crate::store) fn read(self) -> DecodeResult<Provenance> {
        let class = |(source, assertion, reliability, rank): ClassRow| {
            Ok(EvidenceClass {
                source: key!(SourceId, &source)?,
                assertion: parse_name("assertion", Assertion::parse, &assertion)?,
                reliability: parse_name("reliability", Reliability::parse, &reliability)?,
                rank: parse_name("rank", Rank::parse, &rank)?,
            })
        };
        let ids = |list: Vec<String>| {
            list.iter()
                .map(|id| key!(DatasetId, id))
                .collect::<DecodeResult<Vec<_>>>()
        };
        let evidence = self.evidence.into_iter().map(class);
        let evidence = evidence.collect::<DecodeResult<Vec<EvidenceClass>>>()?;
        let said = |(place, dataset): (usize, String)| {
            let class = evidence
                .get(place)
                .ok_or_else(|| unreadable("class", &place.to_string()))?;
            Ok((class.clone(), key!(DatasetId, &dataset)?))
        };
        let said_by = self
            .said_by
            .into_iter()
            .map(said)
            .collect::<DecodeResult<Vec<_>>>()?;
        Ok(Provenance {
            evidence: evidence.into(),
            members: ids(self.members)?,
            contributors: ids(self.contributors)?,
            said_by,
        })
    }
}
