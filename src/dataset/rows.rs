//! Converts records to rows: the reverse of `tables`.

use std::collections::HashMap;

use super::cell;
use super::column::{DatasetColumn as C, DatasetTable};
use super::output_row::{OutputCell, OutputRow};
use super::properties;
use super::quantity_cells::{original_text_cell, quantity_cells, size_cell};
use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, Name, NameRole};
use crate::model::quantity::Quantity;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Rank, Statement};
use crate::service::{Result, Session};

/// The records of `subjects`, in their order; one call for each type. Sources are read separately.
pub(super) async fn records(session: &Session, subjects: &[Subject]) -> Result<Vec<Option<Record>>> {
    macro_rules! read {
        ($found:ident, $sort:ident, $call:ident, $own:expr) => {
            let ids = subjects.iter().filter_map(|s| {
                if let Subject::$sort(id) = s {
                    Some(id.clone())
                } else {
                    None
                }
            });
            let ids: Vec<_> = ids.collect();
            if !ids.is_empty() {
                let records = session.$call(&ids).await?.into_iter().zip(ids);
                $found.extend(
                    records
                        .filter_map(|(record, id)| Some((Subject::$sort(id), Record::$sort($own(record?))))),
                );
            }
        };
    }
    let mut found: HashMap<Subject, Record> = HashMap::with_capacity(subjects.len());
    read!(
        found,
        Entity,
        entities,
        |entity: crate::model::entity::SharedEntity| Entity::clone(&entity)
    );
    read!(found, Relation, relations, std::convert::identity);
    read!(found, Observation, observations, std::convert::identity);
    read!(found, Rule, rules, std::convert::identity);
    Ok(subjects.iter().map(|subject| found.remove(subject)).collect())
}

/// The rows of a record in the data set that the statements belong to.
pub(super) fn record_rows(
    record: &Record,
    statements: Vec<Statement>,
    personal_data: bool,
) -> Vec<(DatasetTable, OutputRow)> {
    let (own, mut more): (Vec<Statement>, Vec<Statement>) =
        statements.into_iter().partition(|statement| statement.own);
    let mut out = Vec::new();
    let mut own_rest: Vec<Statement> = Vec::new();
    if let Some(first) = own.first() {
        let rest = match record {
            Record::Source(_) => 0,
            Record::Entity(entity) => {
                more.sort_by_cached_key(|statement| statement_row("", statement));
                out.push((DatasetTable::Entities, entity_row(entity, first, personal_data)));
                out.extend(name_rows(entity, first, &mut more));
                1
            }
            Record::Relation(relation) => {
                out.push((DatasetTable::Relations, relation_row(relation, first)));
                1
            }
            Record::Observation(observation) => {
                out.push((DatasetTable::Observations, observation_row(observation, first)));
                1
            }
            Record::Rule(rule) => {
                out.extend(rule_rows(rule, &own));
                rule.parts.len()
            }
        };
        // Evidence beyond the number of rows goes to the further statements, in its order.
        own_rest.extend(own.into_iter().skip(rest));
    }
    let key = record.key();
    let own_rows = own_rest.iter().map(|statement| statement_row(key, statement));
    out.extend(own_rows.map(|row| (DatasetTable::Statements, row)));
    let mut further: Vec<OutputRow> = more
        .iter()
        .map(|statement| statement_row(key, statement))
        .collect();
    further.sort();
    out.extend(further.into_iter().map(|row| (DatasetTable::Statements, row)));
    out
}

fn evidence_cells(statement: &Statement) -> OutputRow {
    let locator = statement.locator.cell();
    vec![
        (C::SourceId, OutputCell::text(Some(statement.source.as_str()))),
        (C::Locator, OutputCell::text(Some(&locator))),
        (C::Quote, OutputCell::text(statement.quote.as_deref())),
        (C::Assertion, OutputCell::display(Some(statement.assertion))),
        (C::Reliability, OutputCell::display(Some(statement.reliability))),
        (C::AsOf, OutputCell::display(statement.as_of)),
    ]
}

fn statement_row(subject: &str, statement: &Statement) -> OutputRow {
    let (amount, amount_max) = statement
        .quantity
        .as_ref()
        .map(Quantity::cells)
        .unwrap_or_default();
    let mut row = vec![
        (C::SubjectId, OutputCell::text(Some(subject))),
        (C::Property, OutputCell::display(statement.property)),
        (
            C::Amount,
            OutputCell::display(amount.map(|amount| amount.normalize())),
        ),
        (
            C::AmountMax,
            OutputCell::display(amount_max.map(|amount| amount.normalize())),
        ),
        (
            C::Qualifier,
            OutputCell::display(statement.quantity.as_ref().map(Quantity::qualifier)),
        ),
        (C::Rank, OutputCell::display(Some(statement.rank))),
        (C::Own, OutputCell::display(statement.own.then_some(true))),
    ];
    row.extend(evidence_cells(statement));
    row
}

/// A source's row.
pub(super) fn source_row(source: &Source) -> OutputRow {
    vec![
        (C::Id, OutputCell::text(Some(source.id.as_str()))),
        (C::Title, OutputCell::text(Some(&source.title))),
        (C::Authors, OutputCell::list(&source.authors)),
        (C::Affiliation, OutputCell::text(source.affiliation.as_deref())),
        (C::Publisher, OutputCell::text(source.publisher.as_deref())),
        (C::PublishedOn, OutputCell::display(source.published_on)),
        (C::Language, OutputCell::text(source.language.as_deref())),
        (C::Licence, OutputCell::text(source.licence.as_deref())),
        (C::Sha256, OutputCell::text(source.sha256.as_deref())),
        (C::Url, OutputCell::text(source.url.as_deref())),
    ]
}

fn official<'a>(entity: &'a Entity, lang: &str) -> Option<&'a Name> {
    entity
        .names
        .iter()
        .find(|name| name.role == NameRole::Official && name.lang == lang)
}

fn entity_row(entity: &Entity, own: &Statement, personal_data: bool) -> OutputRow {
    let name = |lang: &str| OutputCell::text(official(entity, lang).map(|name| name.value.as_str()));
    let aliases: Vec<&str> = entity
        .names
        .iter()
        .filter(|name| cell::belongs_in_aliases(name))
        .map(|name| name.value.as_str())
        .collect();
    let external: Vec<String> = entity
        .external_ids
        .iter()
        .map(|id| format!("{}:{}", id.scheme, id.value))
        .collect();
    let mut row = vec![
        (C::Id, OutputCell::text(Some(entity.id.as_str()))),
        (C::Kind, OutputCell::display(Some(entity.kind()))),
        (C::NameZh, name("zh")),
        (C::NameEn, name("en")),
        (C::Aliases, OutputCell::list(&aliases)),
        (C::Description, OutputCell::text(entity.description.as_deref())),
        (C::Tags, OutputCell::list(&entity.tags)),
        (C::Size, size_cell(entity.size.as_ref())),
        (C::SizeText, original_text_cell(entity.size.as_ref())),
        (C::ValidFrom, OutputCell::display(entity.validity.from())),
        (C::ValidTo, OutputCell::display(entity.validity.to())),
        (C::ExternalIds, OutputCell::list(&external)),
        (C::FormerIds, OutputCell::list(&entity.former_ids)),
    ];
    row.extend(properties::property_cells(&entity.properties));
    if !personal_data {
        row.retain(|(column, _)| *column != C::Contact);
    }
    row.extend(evidence_cells(own));
    row
}

/// The rows of the names that no column of the entity's row can hold. The evidence of each is the further statement that
/// quotes it, which then needs no row of its own; otherwise the evidence of the row.
fn name_rows(entity: &Entity, own: &Statement, more: &mut Vec<Statement>) -> Vec<(DatasetTable, OutputRow)> {
    let columns = [official(entity, "zh"), official(entity, "en")];
    let fits = |name: &Name| columns.contains(&Some(name)) || cell::belongs_in_aliases(name);
    let mut used = vec![false; more.len()];
    let mut rows = Vec::new();
    for name in entity.names.iter().filter(|name| !fits(name)) {
        let quotes = |statement: &Statement| {
            let plain = statement.rank == Rank::Normal
                && statement.property.is_none()
                && statement.quantity.is_none();
            // With the same place as the row's own it would be taken for that.
            plain
                && !statement.is_same_statement(own)
                && statement
                    .quote
                    .as_deref()
                    .is_some_and(|quote| quote.contains(&name.value))
        };
        let quoting = more.iter().position(quotes);
        if let Some(place) = quoting {
            used[place] = true;
        }
        let mut row = vec![
            (C::EntityId, OutputCell::text(Some(entity.id.as_str()))),
            (C::Value, OutputCell::text(Some(&name.value))),
            (C::Lang, OutputCell::text(Some(&name.lang))),
            (C::Role, OutputCell::display(Some(name.role))),
        ];
        row.extend(evidence_cells(quoting.map_or(own, |place| &more[place])));
        rows.push((DatasetTable::Names, row));
    }
    let mut used = used.into_iter();
    more.retain(|_| !used.next().unwrap_or_default());
    rows
}

fn relation_row(relation: &Relation, own: &Statement) -> OutputRow {
    let mut row = vec![
        (C::Id, OutputCell::text(Some(relation.id.as_str()))),
        (C::Kind, OutputCell::display(Some(relation.kind))),
        (C::FromId, OutputCell::text(Some(relation.from.as_str()))),
        (C::ToId, OutputCell::text(Some(relation.to.as_str()))),
        (C::Resource, OutputCell::display(relation.stated_resource)),
        (C::Flow, OutputCell::display(relation.stated_flow)),
        (
            C::Share,
            OutputCell::display(relation.share.map(|share| share.normalize())),
        ),
        (C::Under, OutputCell::list(&relation.under)),
        (
            C::Driver,
            OutputCell::display(Some(relation.driver).filter(|driver| *driver != Driver::Unstated)),
        ),
        (C::ValidFrom, OutputCell::display(relation.validity.from())),
        (C::ValidTo, OutputCell::display(relation.validity.to())),
    ];
    row.extend(quantity_cells(relation.quantity.as_ref()));
    row.extend(evidence_cells(own));
    row
}

fn observation_row(observation: &Observation, own: &Statement) -> OutputRow {
    let mut row = vec![
        (C::Id, OutputCell::text(Some(observation.id.as_str()))),
        (C::EntityId, OutputCell::text(Some(observation.entity.as_str()))),
        (C::Indicator, OutputCell::text(Some(&observation.indicator))),
        (C::Period, OutputCell::display(observation.period)),
    ];
    row.extend(quantity_cells(Some(&observation.quantity)));
    row.extend(evidence_cells(own));
    row
}

/// One row for each part. If there are fewer statements than parts, the last one serves for the rest.
fn rule_rows(rule: &Rule, own: &[Statement]) -> Vec<(DatasetTable, OutputRow)> {
    let rows = rule.parts.iter().enumerate().map(|(place, part)| {
        let mut row = vec![
            (C::Id, OutputCell::text(Some(rule.id.as_str()))),
            (C::BearerId, OutputCell::text(Some(rule.bearer.as_str()))),
            (C::RuleType, OutputCell::display(Some(rule.rule_type))),
            (C::Base, OutputCell::text(rule.base.as_deref())),
            (C::Part, OutputCell::display(Some(place + 1))),
            (
                C::PartyId,
                OutputCell::text(part.party.as_ref().map(crate::model::id::EntityId::as_str)),
            ),
            (C::PartyLabel, OutputCell::text(part.label.as_deref())),
            (
                C::Lower,
                OutputCell::display(part.lower.map(|lower| lower.normalize())),
            ),
            (
                C::Upper,
                OutputCell::display(part.upper.map(|upper| upper.normalize())),
            ),
        ];
        row.extend(
            own.get(place)
                .or(own.last())
                .map(evidence_cells)
                .unwrap_or_default(),
        );
        (DatasetTable::Rules, row)
    });
    rows.collect()
}
