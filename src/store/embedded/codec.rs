//! How records stand in the file: counterparts of the model's types, as JSON with short names.
//!
//! JSON, for it can be read with any tool when something is wrong, and a field can be added without rewriting the file.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Decimal;
use crate::model::entity::{
    Centroid, ClaimType, Entity, EntityKind, ExternalId, Name, NameRole, ProgramFamily, ProjectStage, Properties,
};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::period::{PartialDate, Period, Validity};
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::model::record::{Access, Coverage, Dataset, Observation, Rule, RulePart, RuleType, Source};
use crate::model::relation::{Driver, FlowDirection, Relation, Resource};
use crate::model::statement::{
    Assertion, Evidence, EvidenceClass, Locator, Property, Rank, Reliability, Statement,
};

/// What is in the file is no record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct DecodeError(String);

type Decoded<T> = Result<T, DecodeError>;

fn bad(what: &str, value: &str) -> DecodeError {
    DecodeError(format!("{what} `{value}` is not readable"))
}

fn closed<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: &str) -> Decoded<T> {
    parse(text).ok_or_else(|| bad(what, text))
}

fn open<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: Option<&str>) -> Decoded<Option<T>> {
    text.map(|text| closed(what, parse, text)).transpose()
}

fn decimal(text: &str) -> Decoded<Decimal> {
    text.parse().map_err(|_| bad("number", text))
}

fn date(text: Option<&str>) -> Decoded<Option<PartialDate>> {
    open("date", |text| PartialDate::parse(text).ok(), text)
}

fn time(micros: i64) -> Decoded<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| bad("time", &micros.to_string()))
}

pub(super) fn entity_id(text: &str) -> Decoded<EntityId> {
    EntityId::parse(text).map_err(|error| DecodeError(error.to_string()))
}

macro_rules! key {
    ($type:ident, $text:expr) => {
        $type::parse($text).map_err(|error| DecodeError(error.to_string()))
    };
}

/// Writes a counterpart; nothing in them can fail to be written.
pub(super) fn encode(row: &impl Serialize) -> Decoded<String> {
    serde_json::to_string(row).map_err(|error| DecodeError(error.to_string()))
}

/// Reads a counterpart.
pub(super) fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Decoded<T> {
    serde_json::from_str(text).map_err(|error| DecodeError(error.to_string()))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
pub(super) struct QuantityRow {
    #[serde(rename = "a", skip_serializing_if = "Option::is_none", default)]
    amount: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", default)]
    amount_max: Option<String>,
    #[serde(rename = "q")]
    qualifier: String,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    unit: Option<String>,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none", default)]
    basis: Option<String>,
    #[serde(rename = "e")]
    measure: String,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    original_text: Option<String>,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    resolved: Option<Box<QuantityRow>>,
    #[serde(rename = "c", skip_serializing_if = "is_default", default)]
    contested: bool,
    #[serde(rename = "i", skip_serializing_if = "is_default", default)]
    implicit: bool,
}

impl QuantityRow {
    fn of(quantity: &Quantity) -> Self {
        let (amount, amount_max) = quantity.cells();
        Self {
            amount: amount.map(|a| a.to_string()),
            amount_max: amount_max.map(|a| a.to_string()),
            qualifier: quantity.qualifier().name().into(),
            unit: quantity.unit().map(|unit| unit.as_str().into()),
            basis: quantity.basis().map(|basis| basis.name().into()),
            measure: quantity.measure().name().into(),
            original_text: quantity.original_text().map(Into::into),
            resolved: quantity.resolved().map(|resolved| Box::new(Self::of(resolved))),
            contested: quantity.is_contested(),
            implicit: quantity.is_implicit(),
        }
    }

    fn read(self) -> Decoded<Quantity> {
        let parts = QuantityParts {
            amount: self.amount.as_deref().map(decimal).transpose()?,
            amount_max: self.amount_max.as_deref().map(decimal).transpose()?,
            qualifier: Some(closed("qualifier", Qualifier::parse, &self.qualifier)?),
            unit: open("unit", |text| Unit::parse(text).ok(), self.unit.as_deref())?,
            basis: open("basis", Basis::parse, self.basis.as_deref())?,
            measure: Some(closed("measure", Measure::parse, &self.measure)?),
            original_text: self.original_text,
        };
        // One level deep: what statements make of an amount is not itself spoken of.
        let resolved = self.resolved.map(|resolved| resolved.read()).transpose()?;
        let quantity = Quantity::new(parts, Measure::Stock).map_err(|error| DecodeError(error.to_string()))?;
        Ok(quantity.kept(resolved, self.contested, self.implicit))
    }
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct Dates(
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<String>,
);

impl Dates {
    fn of(validity: Validity) -> Self {
        Self(validity.from().map(|d| d.to_string()), validity.to().map(|d| d.to_string()))
    }
    fn read(&self) -> Decoded<Validity> {
        Validity::new(date(self.0.as_deref())?, date(self.1.as_deref())?).map_err(|error| DecodeError(error.to_string()))
    }
}

/// An entity as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct EntityRow {
    names: Vec<(String, String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    external: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    former: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    size: Option<QuantityRow>,
    #[serde(skip_serializing_if = "is_default", default)]
    valid: Dates,
    #[serde(skip_serializing_if = "is_default", default)]
    texts: Texts,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    committed: Option<QuantityRow>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    paid_in: Option<QuantityRow>,
    at: i64,
}

/// The own properties of all kinds that are text: at most four for any kind.
#[derive(Serialize, Deserialize, Default, PartialEq)]
struct Texts {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    a: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    b: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    c: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    list: Vec<String>,
}

impl EntityRow {
    pub(super) fn of(entity: &Entity) -> Self {
        let (texts, committed, paid_in) = properties_out(&entity.properties);
        let name = |name: &Name| (name.value.clone(), name.lang.clone(), name.role.name().to_string());
        Self {
            names: entity.names.iter().map(name).collect(),
            description: entity.description.clone(),
            tags: entity.tags.clone(),
            external: entity.external_ids.iter().map(|id| (id.scheme.clone(), id.value.clone())).collect(),
            former: entity.former_ids.iter().map(ToString::to_string).collect(),
            size: entity.size.as_ref().map(QuantityRow::of),
            valid: Dates::of(entity.validity),
            texts,
            committed: committed.map(QuantityRow::of),
            paid_in: paid_in.map(QuantityRow::of),
            at: entity.recorded_at.timestamp_micros(),
        }
    }

    pub(super) fn read(self, id: &str) -> Decoded<Entity> {
        let id = entity_id(id)?;
        let name = |(value, lang, role): (String, String, String)| {
            Ok(Name { value, lang, role: closed("name role", NameRole::parse, &role)? })
        };
        let committed = self.committed.map(QuantityRow::read).transpose()?;
        let paid_in = self.paid_in.map(QuantityRow::read).transpose()?;
        Ok(Entity {
            properties: properties_in(id.kind(), self.texts, committed, paid_in)?,
            id,
            names: self.names.into_iter().map(name).collect::<Decoded<_>>()?,
            description: self.description,
            tags: self.tags,
            external_ids: self.external.into_iter().map(|(scheme, value)| ExternalId { scheme, value }).collect(),
            former_ids: self.former.iter().map(|id| entity_id(id)).collect::<Decoded<_>>()?,
            size: self.size.map(QuantityRow::read).transpose()?,
            validity: self.valid.read()?,
            recorded_at: time(self.at)?,
        })
    }
}

fn properties_out(properties: &Properties) -> (Texts, Option<&Quantity>, Option<&Quantity>) {
    let texts = |a: &Option<String>, b: &Option<String>| Texts { a: a.clone(), b: b.clone(), ..Texts::default() };
    let word = |word: Option<&'static str>| Texts { a: word.map(Into::into), ..Texts::default() };
    match properties {
        Properties::Region { level, centroid } => {
            let (b, c) = centroid.map(|c| (c.longitude.to_string(), c.latitude.to_string())).unzip();
            (Texts { a: level.clone(), b, c, list: Vec::new() }, None, None)
        }
        Properties::Industry { scheme, code } => (texts(scheme, code), None, None),
        Properties::Park { park_type, level } => (texts(park_type, level), None, None),
        Properties::University => (Texts::default(), None, None),
        Properties::Lab { lab_type } => (texts(lab_type, &None), None, None),
        Properties::Facility { facility_type, capacity } => (texts(facility_type, capacity), None, None),
        Properties::Fund { fund_type, committed, paid_in } => (texts(fund_type, &None), committed.as_ref(), paid_in.as_ref()),
        Properties::Expert { title_class, fields, contact } => {
            (Texts { list: fields.clone(), ..texts(title_class, contact) }, None, None)
        }
        Properties::Project { stage } => (word(stage.map(ProjectStage::name)), None, None),
        Properties::Company { listing_board } => (texts(listing_board, &None), None, None),
        Properties::Organization { org_type } => (texts(org_type, &None), None, None),
        Properties::Program { family } => (word(family.map(ProgramFamily::name)), None, None),
        Properties::Claim { claim_type } => (word(claim_type.map(ClaimType::name)), None, None),
    }
}

fn properties_in(kind: EntityKind, texts: Texts, committed: Option<Quantity>, paid_in: Option<Quantity>) -> Decoded<Properties> {
    let Texts { a, b, c, list } = texts;
    Ok(match kind {
        EntityKind::Region => {
            let centroid = match (b, c) {
                (Some(b), Some(c)) => Some(Centroid { longitude: decimal(&b)?, latitude: decimal(&c)? }),
                _ => None,
            };
            Properties::Region { level: a, centroid }
        }
        EntityKind::Industry => Properties::Industry { scheme: a, code: b },
        EntityKind::Park => Properties::Park { park_type: a, level: b },
        EntityKind::University => Properties::University,
        EntityKind::Lab => Properties::Lab { lab_type: a },
        EntityKind::Facility => Properties::Facility { facility_type: a, capacity: b },
        EntityKind::Fund => Properties::Fund { fund_type: a, committed, paid_in },
        EntityKind::Expert => Properties::Expert { title_class: a, fields: list, contact: b },
        EntityKind::Project => Properties::Project { stage: open("stage", ProjectStage::parse, a.as_deref())? },
        EntityKind::Company => Properties::Company { listing_board: a },
        EntityKind::Organization => Properties::Organization { org_type: a },
        EntityKind::Program => Properties::Program { family: open("family", ProgramFamily::parse, a.as_deref())? },
        EntityKind::Claim => Properties::Claim { claim_type: open("claim type", ClaimType::parse, a.as_deref())? },
    })
}

/// A relation as it stands in the file. Its ends are read apart, so that loading resolves them without a copy.
#[derive(Serialize, Deserialize)]
pub(super) struct RelationRow<'a> {
    #[serde(rename = "k", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(rename = "f", borrow)]
    pub(super) from: std::borrow::Cow<'a, str>,
    #[serde(rename = "t", borrow)]
    pub(super) to: std::borrow::Cow<'a, str>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none", default)]
    resource: Option<String>,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    flow: Option<String>,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none", default)]
    quantity: Option<QuantityRow>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    share: Option<String>,
    #[serde(rename = "u", skip_serializing_if = "Vec::is_empty", default)]
    under: Vec<String>,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    driver: Option<String>,
    #[serde(rename = "v", skip_serializing_if = "is_default", default)]
    valid: Dates,
}

impl<'a> RelationRow<'a> {
    pub(super) fn of(relation: &'a Relation) -> Self {
        Self {
            kind: relation.kind.name().into(),
            from: relation.from.as_str().into(),
            to: relation.to.as_str().into(),
            resource: relation.stated_resource.map(|r| r.name().into()),
            flow: relation.stated_flow.map(|f| f.name().into()),
            quantity: relation.quantity.as_ref().map(QuantityRow::of),
            share: relation.share.map(|share| share.to_string()),
            under: relation.under.iter().map(ToString::to_string).collect(),
            driver: (relation.driver != Driver::Unstated).then(|| relation.driver.name().into()),
            valid: Dates::of(relation.validity),
        }
    }

    pub(super) fn read(self, id: &str, from: EntityId, to: EntityId) -> Decoded<Relation> {
        Ok(Relation {
            id: key!(RelationId, id)?,
            kind: closed("relation kind", RelationKind::parse, &self.kind)?,
            from,
            to,
            stated_resource: open("resource", Resource::parse, self.resource.as_deref())?,
            stated_flow: open("flow", FlowDirection::parse, self.flow.as_deref())?,
            quantity: self.quantity.map(QuantityRow::read).transpose()?,
            share: self.share.as_deref().map(decimal).transpose()?,
            under: self.under.iter().map(|id| entity_id(id)).collect::<Decoded<_>>()?,
            driver: self.driver.as_deref().map_or(Ok(Driver::Unstated), |text| closed("driver", Driver::parse, text))?,
            validity: self.valid.read()?,
        })
    }
}

/// An observation as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct ObservationRow {
    entity: String,
    indicator: String,
    quantity: QuantityRow,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    period: Option<String>,
}

impl ObservationRow {
    pub(super) fn of(observation: &Observation) -> Self {
        Self {
            entity: observation.entity.to_string(),
            indicator: observation.indicator.clone(),
            quantity: QuantityRow::of(&observation.quantity),
            period: observation.period.map(|period| period.to_string()),
        }
    }
    pub(super) fn read(self, id: &str) -> Decoded<Observation> {
        Ok(Observation {
            id: key!(ObservationId, id)?,
            entity: entity_id(&self.entity)?,
            indicator: self.indicator,
            quantity: self.quantity.read()?,
            period: open("period", |text| Period::parse(text).ok(), self.period.as_deref())?,
        })
    }
}

/// A rule as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct RuleRow {
    bearer: String,
    rule_type: String,
    base: Option<String>,
    parts: Vec<(Option<String>, Option<String>, Option<String>, Option<String>)>,
}

impl RuleRow {
    pub(super) fn of(rule: &Rule) -> Self {
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
    pub(super) fn read(self, id: &str) -> Decoded<Rule> {
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
            rule_type: closed("rule type", RuleType::parse, &self.rule_type)?,
            base: self.base,
            parts: parts.collect::<Decoded<_>>()?,
        })
    }
}

/// A source as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct SourceRow {
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
    pub(super) fn of(source: &Source) -> Self {
        let Source { id: _, title, authors, affiliation, publisher, published_on, language, licence, sha256, url, datasets } =
            source.clone();
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
    pub(super) fn read(self, id: &str) -> Decoded<Source> {
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
            datasets: self.datasets.iter().map(|id| key!(DatasetId, id)).collect::<Decoded<_>>()?,
        })
    }
}

/// A data set as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct DatasetRow {
    title: String,
    licence: String,
    synthetic: bool,
    coverage: String,
    access: String,
    imported_at: Option<i64>,
}

impl DatasetRow {
    pub(super) fn of(dataset: &Dataset) -> Self {
        Self {
            title: dataset.title.clone(),
            licence: dataset.licence.clone(),
            synthetic: dataset.synthetic,
            coverage: dataset.coverage.name().into(),
            access: dataset.access.name().into(),
            imported_at: dataset.imported_at.map(|at| at.timestamp_micros()),
        }
    }
    pub(super) fn read(self, id: &str) -> Decoded<Dataset> {
        Ok(Dataset {
            id: key!(DatasetId, id)?,
            title: self.title,
            licence: self.licence,
            synthetic: self.synthetic,
            coverage: closed("coverage", Coverage::parse, &self.coverage)?,
            access: closed("access", Access::parse, &self.access)?,
            imported_at: self.imported_at.map(time).transpose()?,
        })
    }
}

/// A statement as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct StatementRow {
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
    pub(super) fn of(statement: &Statement) -> Self {
        let Locator { text, section, lines, span } = statement.locator.clone();
        Self {
            source: statement.source.to_string(),
            locator: LocatorRow { text, section, lines, span },
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
    pub(super) fn read(self) -> Decoded<Statement> {
        let LocatorRow { text, section, lines, span } = self.locator;
        Ok(Statement {
            source: key!(SourceId, &self.source)?,
            locator: Locator { text, section, lines, span },
            quote: self.quote,
            assertion: closed("assertion", Assertion::parse, &self.assertion)?,
            reliability: closed("reliability", Reliability::parse, &self.reliability)?,
            rank: self.rank.as_deref().map_or(Ok(Rank::Normal), |text| closed("rank", Rank::parse, text))?,
            property: open("property", Property::parse, self.property.as_deref())?,
            quantity: self.quantity.map(QuantityRow::read).transpose()?,
            as_of: date(self.as_of.as_deref())?,
            dataset: key!(DatasetId, &self.dataset)?,
            own: self.own,
            recorded_by: self.recorded_by,
            recorded_at: time(self.recorded_at)?,
        })
    }
}

/// What a record rests on, as far as filters look: kept beside the record so that opening reads no statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Provenance {
    /// The classes of its statements, sorted, each once.
    pub(super) evidence: Evidence,
    /// The data sets that have a row for it, sorted.
    pub(super) members: Vec<DatasetId>,
    /// The data sets that have a statement on it, sorted.
    pub(super) contributors: Vec<DatasetId>,
}

/// A provenance as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct ProvenanceRow {
    evidence: Vec<(String, String, String, String)>,
    members: Vec<String>,
    contributors: Vec<String>,
}

impl ProvenanceRow {
    pub(super) fn of(provenance: &Provenance) -> Self {
        let class = |class: &EvidenceClass| {
            let EvidenceClass { source, assertion, reliability, rank } = class;
            (source.to_string(), assertion.name().into(), reliability.name().into(), rank.name().into())
        };
        Self {
            evidence: provenance.evidence.iter().map(class).collect(),
            members: provenance.members.iter().map(ToString::to_string).collect(),
            contributors: provenance.contributors.iter().map(ToString::to_string).collect(),
        }
    }
    pub(super) fn read(self) -> Decoded<Provenance> {
        let class = |(source, assertion, reliability, rank): (String, String, String, String)| {
            Ok(EvidenceClass {
                source: key!(SourceId, &source)?,
                assertion: closed("assertion", Assertion::parse, &assertion)?,
                reliability: closed("reliability", Reliability::parse, &reliability)?,
                rank: closed("rank", Rank::parse, &rank)?,
            })
        };
        let ids = |list: Vec<String>| list.iter().map(|id| key!(DatasetId, id)).collect::<Decoded<Vec<_>>>();
        Ok(Provenance {
            evidence: self.evidence.into_iter().map(class).collect::<Decoded<Vec<_>>>()?.into(),
            members: ids(self.members)?,
            contributors: ids(self.contributors)?,
        })
    }
}
