//! Converts rows to drafts, with one function for each table. Rules consist of several rows and have their own module.

use crate::dataset::format::input_row::RowReader;
use crate::dataset::format::properties;
use crate::dataset::format::script::language_of;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, ExternalId, Name, NameRole};
use crate::model::field::Field as C;
use crate::model::flow_direction::FlowDirection;
use crate::model::free_text::visible;
use crate::model::id::{EntityId, ObservationId, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::period::Period;
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityError, QuantityParts, Unit};
use crate::model::record::{Observation, Source};
use crate::model::refusal::Refusal;
use crate::model::relation::{Driver, Relation};
use crate::model::resource::Resource;
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};
use crate::service::write::{Draft, StatementDraft};

fn record_draft(record: Record, own: Option<StatementDraft>) -> Draft {
    Draft::Record {
        record: Box::new(record),
        own: own.into_iter().collect(),
        more: Vec::new(),
    }
}

/// Reads the evidence columns of a row.
pub(super) fn read_evidence(row: &mut RowReader<'_>) -> Option<StatementDraft> {
    let columns = [C::SourceId, C::Locator, C::Quote, C::Assertion, C::Reliability];
    if columns.iter().all(|column| row.is_empty(*column)) {
        let hint = "give source_id, locator, quote, assertion and reliability";
        row.reject(C::SourceId, "", "a row needs evidence", hint);
        return None;
    }
    let source = row.required(C::SourceId, SourceId::parse);
    let locator = row
        .text(C::Locator)
        .map(|text| Locator::parse(&text))
        .unwrap_or_default();
    let quote = row.text(C::Quote);
    let assertion = row
        .choice(C::Assertion, Assertion::ALL, Assertion::name)
        .unwrap_or(Assertion::Stated);
    let reliability = row.required_choice(C::Reliability, Reliability::ALL, Reliability::name);
    let as_of = row.date(C::AsOf);
    Some(StatementDraft {
        source: source?,
        locator,
        quote,
        assertion,
        reliability: reliability?,
        rank: Rank::Normal,
        property: None,
        amount: None,
        as_of,
    })
}

pub(super) fn read_source(row: &mut RowReader<'_>, drafts: &mut Vec<Draft>) {
    let id = row.required(C::Id, SourceId::parse);
    let title = row.required_text(C::Title);
    let authors = row.texts(C::Authors);
    let (affiliation, publisher) = (row.text(C::Affiliation), row.text(C::Publisher));
    let published_on = row.date(C::PublishedOn);
    let (language, licence) = (row.text(C::Language), row.text(C::Licence));
    let (sha256, url) = (row.text(C::Sha256), row.text(C::Url));
    let (Some(id), Some(title)) = (id, title) else {
        return;
    };
    let datasets = Vec::new();
    let source = Source {
        id,
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
    };
    drafts.push(record_draft(Record::Source(source), None));
}

pub(super) fn read_entity(row: &mut RowReader<'_>, currency: Option<&Unit>, drafts: &mut Vec<Draft>) {
    let id = row.required_entity(C::Id);
    let kind = row.required_choice(C::Kind, EntityKind::ALL, EntityKind::name);
    if let (Some(id), Some(kind)) = (&id, kind)
        && id.kind() != kind
    {
        let reason = format!("the id {id} is that of a {}, not of a {kind}", id.kind());
        row.reject(
            C::Kind,
            kind.name(),
            reason,
            format!(
                "write {}, or an id that begins with {}:",
                id.kind(),
                kind.prefix()
            ),
        );
    }
    let names = read_entity_names(row);
    let region = row.read(C::RegionId, EntityId::parse);
    let description = row.text(C::Description);
    let tags = row.texts(C::Tags);
    // Without a kind the unit of the size is unknown; the row is rejected for the kind.
    let size = kind.and_then(|kind| properties::read_size(row, C::Size, kind.member_unit(), Basis::Measured));
    let size = properties::with_original_text_cell(row, size, C::Size, C::SizeText);
    let validity = row.validity();
    let external_ids = row.list(C::ExternalIds, ExternalId::parse);
    let former_ids = row.list(C::FormerIds, EntityId::parse);
    let properties = kind.map(|kind| properties::read_properties(row, kind, currency));
    let own = read_evidence(row);
    let (Some(id), Some(properties), Some(own)) = (id, properties, own) else {
        return;
    };
    if let Some(region) = region {
        drafts.push(Draft::Region {
            entity: id.clone(),
            region,
            own: vec![own.clone()],
        });
    }
    let recorded_at = chrono::DateTime::UNIX_EPOCH;
    let entity = Entity {
        id,
        names,
        description,
        tags,
        external_ids,
        former_ids,
        size,
        validity,
        properties,
        recorded_at,
    };
    drafts.insert(0, record_draft(Record::Entity(entity), Some(own)));
}

fn read_entity_names(row: &mut RowReader<'_>) -> Vec<Name> {
    let official = |value: String, lang: &str| Name {
        value,
        lang: lang.into(),
        role: NameRole::Official,
    };
    let mut names: Vec<Name> = row
        .text(C::NameZh)
        .map(|value| official(value, "zh"))
        .into_iter()
        .collect();
    names.extend(row.text(C::NameEn).map(|value| official(value, "en")));
    names.extend(row.texts(C::Aliases).into_iter().map(|value| {
        let lang = language_of(&value).to_string();
        Name {
            value,
            lang,
            role: NameRole::Alias,
        }
    }));
    names
}

pub(super) fn read_relation(row: &mut RowReader<'_>, drafts: &mut Vec<Draft>) {
    let id = row.required(C::Id, RelationId::parse);
    let kind = row.required_choice(C::Kind, RelationKind::ALL, RelationKind::name);
    let (from, to) = (row.required_entity(C::FromId), row.required_entity(C::ToId));
    let stated_resource = row.choice(C::Resource, Resource::ALL, Resource::name);
    let stated_flow = row.choice(C::Flow, FlowDirection::ALL, FlowDirection::name);
    let quantity = read_quantity(row, Measure::Cumulative);
    let share = row.decimal(C::Share);
    let under = row.list(C::Under, EntityId::parse);
    let driver = row
        .choice(C::Driver, Driver::ALL, Driver::name)
        .unwrap_or(Driver::Unstated);
    let validity = row.validity();
    let own = read_evidence(row);
    let (Some(id), Some(kind), Some(from), Some(to), Some(own)) = (id, kind, from, to, own) else {
        return;
    };
    let relation = Relation {
        id,
        kind,
        from,
        to,
        stated_resource,
        stated_flow,
        quantity,
        share,
        under,
        driver,
        validity,
    };
    drafts.push(record_draft(Record::Relation(relation), Some(own)));
}

pub(super) fn read_observation(row: &mut RowReader<'_>, drafts: &mut Vec<Draft>) {
    let id = row.required(C::Id, ObservationId::parse);
    let entity = row.required_entity(C::EntityId);
    let indicator = row.required_text(C::Indicator);
    let quantity = read_quantity(row, Measure::Stock);
    let period = row.read(C::Period, Period::parse);
    let own = read_evidence(row);
    let (Some(id), Some(entity), Some(indicator), Some(own)) = (id, entity, indicator, own) else {
        return;
    };
    // An observation without an amount has an unknown one.
    let Some(quantity) = quantity.or_else(|| Quantity::new(QuantityParts::default(), Measure::Stock).ok())
    else {
        return;
    };
    let observation = Observation {
        id,
        entity,
        indicator,
        quantity,
        period,
    };
    drafts.push(record_draft(Record::Observation(observation), Some(own)));
}

pub(super) fn read_statement(row: &mut RowReader<'_>, drafts: &mut Vec<Draft>) {
    // Every record may be a subject, and all keys have the same form.
    let subject = row.required(C::SubjectId, |text| {
        SourceId::parse(text).map(|key| key.to_string())
    });
    let property = row.choice(C::Property, Property::ALL, Property::name);
    let (amount, amount_max) = (row.decimal(C::Amount), row.decimal(C::AmountMax));
    let qualifier = row.choice(C::Qualifier, Qualifier::ALL, Qualifier::name);
    let rank = row.choice(C::Rank, Rank::ALL, Rank::name).unwrap_or(Rank::Normal);
    let is_own = row.read(C::Own, |text| match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => {
            let reason = format!("`{}` is not valid here (expected true or false)", visible(text));
            Err(Refusal::new(reason, "write true, or leave the cell empty"))
        }
    });
    let own = read_evidence(row);
    let (Some(subject), Some(own)) = (subject, own) else {
        return;
    };
    let says_amount = amount.is_some() || amount_max.is_some() || qualifier.is_some();
    let parts = QuantityParts {
        amount,
        amount_max,
        qualifier,
        ..QuantityParts::default()
    };
    let amount = says_amount.then(|| Box::new(parts));
    let statement = StatementDraft {
        rank,
        property,
        amount,
        ..own
    };
    drafts.push(if is_own == Some(true) {
        Draft::OwnStatement { subject, statement }
    } else {
        Draft::Statement { subject, statement }
    });
}

pub(super) fn read_name(row: &mut RowReader<'_>, drafts: &mut Vec<Draft>) {
    let entity = row.required_entity(C::EntityId);
    let value = row.required_text(C::Value);
    let lang = row.required_text(C::Lang);
    let role = row.required_choice(C::Role, NameRole::ALL, NameRole::name);
    let own = read_evidence(row);
    let (Some(entity), Some(value), Some(lang), Some(role), Some(statement)) =
        (entity, value, lang, role, own)
    else {
        return;
    };
    drafts.push(Draft::Name {
        entity,
        name: Name { value, lang, role },
        statement,
    });
}

/// Reads the amount of a row; `None` if all its cells are empty.
fn read_quantity(row: &mut RowReader<'_>, default: Measure) -> Option<Quantity> {
    let columns = [
        C::Amount,
        C::AmountMax,
        C::Qualifier,
        C::Unit,
        C::Basis,
        C::Measure,
        C::OriginalText,
    ];
    if columns.iter().all(|column| row.is_empty(*column)) {
        return None;
    }
    let (amount, amount_max) = (row.decimal(C::Amount), row.decimal(C::AmountMax));
    let qualifier = row.choice(C::Qualifier, Qualifier::ALL, Qualifier::name);
    let unit = row.read(C::Unit, Unit::parse);
    let basis = row.choice(C::Basis, Basis::ALL, Basis::name);
    let measure = row.choice(C::Measure, Measure::ALL, Measure::name);
    let original_text = row.text(C::OriginalText);
    // The rejected cell is reported already; checking the whole amount would report it again.
    if row.is_rejected() {
        return None;
    }
    let no_unit = unit.is_none();
    let parts = QuantityParts {
        amount,
        amount_max,
        qualifier,
        unit,
        basis,
        measure,
        original_text,
    };
    match Quantity::new(parts, default) {
        Ok(quantity) => Some(quantity),
        Err(error) => {
            let column = match &error {
                QuantityError::Bare if no_unit => C::Unit,
                QuantityError::Bare => C::Basis,
                QuantityError::HasNoAmount(_)
                | QuantityError::Negative(_)
                | QuantityError::NotBelow { .. }
                    if amount.is_none() =>
                {
                    C::AmountMax
                }
                QuantityError::NeedsAmount(_)
                | QuantityError::HasNoAmount(_)
                | QuantityError::HalfRange { has_lower: false }
                | QuantityError::Negative(_) => C::Amount,
                QuantityError::HalfRange { has_lower: true }
                | QuantityError::Inverted { .. }
                | QuantityError::NotAbove { .. }
                | QuantityError::NotBelow { .. }
                | QuantityError::HasOneEnd(_)
                | QuantityError::HasNoUpper(_) => C::AmountMax,
            };
            let value = row.raw(column).unwrap_or_default();
            let Refusal { reason, hint } = error.into();
            row.reject(column, value, reason, hint);
            None
        }
    }
}
