//! Converts records to rows for export: the reverse of `read/tables.rs`, which converts rows to drafts.
//!
//! The own statements of a record are those that came from its own row. Its first own statement is written into that
//! row again; every statement that no row of the record holds gets a row of the table of statements.

use std::collections::HashMap;

use crate::dataset::format::cell;
use crate::dataset::format::column::DatasetTable;
use crate::dataset::format::output_row::{OutputCell, OutputRow};
use crate::dataset::format::properties;
use crate::dataset::format::quantity_cells::{original_text_cell, quantity_cells, size_cell};
use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, Name, NameRole};
use crate::model::field::Field as C;
use crate::model::quantity::Quantity;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Rank, Statement};
use crate::service::{Result, Session};

/// The records of `subjects`, in their order, read with one call for each type of record. `None` for a record that does
/// not exist and for a source; sources are read separately.
pub(in crate::dataset) async fn records(
    session: &Session,
    subjects: &[Subject],
) -> Result<Vec<Option<Record>>> {
    macro_rules! read {
        // The map to add to, the type of record, the method that reads it, and a function that makes the result owned.
        ($found:ident, $type:ident, $call:ident, $to_owned:expr) => {
            let ids = subjects.iter().filter_map(|s| {
                if let Subject::$type(id) = s {
                    Some(id.clone())
                } else {
                    None
                }
            });
            let ids: Vec<_> = ids.collect();
            if !ids.is_empty() {
                let records = session.$call(&ids).await?.into_iter().zip(ids);
                $found.extend(records.filter_map(|(record, id)| {
                    Some((Subject::$type(id), Record::$type($to_owned(record?))))
                }));
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

/// The rows of a record in one data set, to which all `statements` must belong. The record has rows of its own only if
/// one of them is an own statement. Without `personal_data`, contacts are left out.
pub(super) fn record_rows(
    record: &Record,
    statements: Vec<Statement>,
    personal_data: bool,
) -> Vec<(DatasetTable, OutputRow)> {
    let (own, mut further): (Vec<Statement>, Vec<Statement>) =
        statements.into_iter().partition(|statement| statement.own);
    let mut out = Vec::new();
    let mut own_rest: Vec<Statement> = Vec::new();
    if let Some(first) = own.first() {
        // The number of own statements that the record's rows hold.
        let held_count = match record {
            Record::Source(_) => 0,
            Record::Entity(entity) => {
                // In a fixed order, so that the same statement is chosen for a name in every export.
                further.sort_by_cached_key(|statement| statement_row("", statement));
                out.push((DatasetTable::Entities, entity_row(entity, first, personal_data)));
                out.extend(name_rows(entity, first, &mut further));
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
        // The other own statements become rows of the table of statements, in the order in which they were written.
        own_rest.extend(own.into_iter().skip(held_count));
    }
    let key = record.key();
    let own_rows = own_rest.iter().map(|statement| statement_row(key, statement));
    out.extend(own_rows.map(|row| (DatasetTable::Statements, row)));
    let mut further_rows: Vec<OutputRow> = further
        .iter()
        .map(|statement| statement_row(key, statement))
        .collect();
    further_rows.sort();
    out.extend(
        further_rows
            .into_iter()
            .map(|row| (DatasetTable::Statements, row)),
    );
    out
}

/// The cells for the evidence of a row, which every table but that of sources has.
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

/// A row of the table of statements.
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

/// The first official name in a language, which a column of the entity's row holds.
fn official_name<'a>(entity: &'a Entity, lang: &str) -> Option<&'a Name> {
    entity
        .names
        .iter()
        .find(|name| name.role == NameRole::Official && name.lang == lang)
}

/// An entity's row.
fn entity_row(entity: &Entity, own: &Statement, personal_data: bool) -> OutputRow {
    let name = |lang: &str| OutputCell::text(official_name(entity, lang).map(|name| name.value.as_str()));
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

/// The rows of the names that no column of the entity's row can hold.
///
/// The evidence of each is the first statement of `further` whose quotation contains the name; it then needs no row of
/// its own and is removed from `further`. Without such a statement, the evidence is `own`, that of the entity's row.
fn name_rows(
    entity: &Entity,
    own: &Statement,
    further: &mut Vec<Statement>,
) -> Vec<(DatasetTable, OutputRow)> {
    let columns = [official_name(entity, "zh"), official_name(entity, "en")];
    let fits = |name: &Name| columns.contains(&Some(name)) || cell::belongs_in_aliases(name);
    let mut used = vec![false; further.len()];
    let mut rows = Vec::new();
    for name in entity.names.iter().filter(|name| !fits(name)) {
        let quotes = |statement: &Statement| {
            let plain = statement.rank == Rank::Normal
                && statement.property.is_none()
                && statement.quantity.is_none();
            // The table of names cannot hold a rank, property or amount. And an import drops the statement of a name if
            // it is the same as that of the entity's row.
            plain
                && !statement.is_same_statement(own)
                && statement
                    .quote
                    .as_deref()
                    .is_some_and(|quote| quote.contains(&name.value))
        };
        let quoting = further.iter().position(quotes);
        if let Some(place) = quoting {
            used[place] = true;
        }
        let mut row = vec![
            (C::EntityId, OutputCell::text(Some(entity.id.as_str()))),
            (C::Value, OutputCell::text(Some(&name.value))),
            (C::Lang, OutputCell::text(Some(&name.lang))),
            (C::Role, OutputCell::display(Some(name.role))),
        ];
        row.extend(evidence_cells(quoting.map_or(own, |place| &further[place])));
        rows.push((DatasetTable::Names, row));
    }
    // `retain` visits the statements in order, each with its flag.
    let mut used = used.into_iter();
    further.retain(|_| !used.next().unwrap_or_default());
    rows
}

/// A relation's row.
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

/// An observation's row.
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

/// A rule's rows, one for each part, each with the statement of the same index as its evidence. If there are fewer
/// statements than parts, the last one is the evidence of the remaining parts.
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
