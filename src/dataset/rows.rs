//! Records as rows: the reverse of `tables`.

use std::collections::HashMap;

use super::cell;
use super::column::{Column as C, Table};
use super::properties;
use super::write::{Out, OutRow};
use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, Name, NameRole};
use crate::model::quantity::{Quantity, Unit};
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Rank, Statement};
use crate::service::{Result, Session};

/// The records of some subjects, in their order; one call for each sort. Sources are read apart.
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

/// The rows of a record in the data set to which the statements belong.
pub(super) fn of_record(
    record: &Record,
    statements: Vec<Statement>,
    personal_data: bool,
) -> Vec<(Table, OutRow)> {
    let (own, mut more): (Vec<Statement>, Vec<Statement>) =
        statements.into_iter().partition(|statement| statement.own);
    let mut out = Vec::new();
    let mut own_rest: Vec<Statement> = Vec::new();
    if let Some(first) = own.first() {
        let rest = match record {
            Record::Source(_) => 0,
            Record::Entity(entity) => {
                more.sort_by_cached_key(|statement| of_statement("", statement));
                out.push((Table::Entities, of_entity(entity, first, personal_data)));
                out.extend(of_names(entity, first, &mut more));
                1
            }
            Record::Relation(relation) => {
                out.push((Table::Relations, of_relation(relation, first)));
                1
            }
            Record::Observation(observation) => {
                out.push((Table::Observations, of_observation(observation, first)));
                1
            }
            Record::Rule(rule) => {
                out.extend(of_rule(rule, &own));
                rule.parts.len()
            }
        };
        // More evidence than rows: it stands with the further statements, in its order.
        own_rest.extend(own.into_iter().skip(rest));
    }
    let key = record.key();
    let own_rows = own_rest.iter().map(|statement| of_statement(key, statement));
    out.extend(own_rows.map(|row| (Table::Statements, row)));
    let mut further: Vec<OutRow> = more
        .iter()
        .map(|statement| of_statement(key, statement))
        .collect();
    further.sort();
    out.extend(further.into_iter().map(|row| (Table::Statements, row)));
    out
}

fn evidence(statement: &Statement) -> OutRow {
    let locator = statement.locator.cell();
    vec![
        (C::SourceId, Out::text(Some(statement.source.as_str()))),
        (C::Locator, Out::text(Some(&locator))),
        (C::Quote, Out::text(statement.quote.as_deref())),
        (C::Assertion, Out::shown(Some(statement.assertion))),
        (C::Reliability, Out::shown(Some(statement.reliability))),
        (C::AsOf, Out::shown(statement.as_of)),
    ]
}

fn of_statement(subject: &str, statement: &Statement) -> OutRow {
    let (amount, amount_max) = statement
        .quantity
        .as_ref()
        .map(Quantity::cells)
        .unwrap_or_default();
    let mut row = vec![
        (C::SubjectId, Out::text(Some(subject))),
        (C::Property, Out::shown(statement.property)),
        (C::Amount, Out::shown(amount.map(|amount| amount.normalize()))),
        (
            C::AmountMax,
            Out::shown(amount_max.map(|amount| amount.normalize())),
        ),
        (
            C::Qualifier,
            Out::shown(statement.quantity.as_ref().map(Quantity::qualifier)),
        ),
        (C::Rank, Out::shown(Some(statement.rank))),
        (C::Own, Out::shown(statement.own.then_some(true))),
    ];
    row.extend(evidence(statement));
    row
}

/// A source's row.
pub(super) fn of_source(source: &Source) -> OutRow {
    vec![
        (C::Id, Out::text(Some(source.id.as_str()))),
        (C::Title, Out::text(Some(&source.title))),
        (C::Authors, Out::list(&source.authors)),
        (C::Affiliation, Out::text(source.affiliation.as_deref())),
        (C::Publisher, Out::text(source.publisher.as_deref())),
        (C::PublishedOn, Out::shown(source.published_on)),
        (C::Language, Out::text(source.language.as_deref())),
        (C::Licence, Out::text(source.licence.as_deref())),
        (C::Sha256, Out::text(source.sha256.as_deref())),
        (C::Url, Out::text(source.url.as_deref())),
    ]
}

fn official<'a>(entity: &'a Entity, lang: &str) -> Option<&'a Name> {
    entity
        .names
        .iter()
        .find(|name| name.role == NameRole::Official && name.lang == lang)
}

fn of_entity(entity: &Entity, own: &Statement, personal_data: bool) -> OutRow {
    let name = |lang: &str| Out::text(official(entity, lang).map(|name| name.value.as_str()));
    let aliases: Vec<&str> = entity
        .names
        .iter()
        .filter(|name| cell::fits_aliases(name))
        .map(|name| name.value.as_str())
        .collect();
    let external: Vec<String> = entity
        .external_ids
        .iter()
        .map(|id| format!("{}:{}", id.scheme, id.value))
        .collect();
    let mut row = vec![
        (C::Id, Out::text(Some(entity.id.as_str()))),
        (C::Kind, Out::shown(Some(entity.kind()))),
        (C::NameZh, name("zh")),
        (C::NameEn, name("en")),
        (C::Aliases, Out::list(&aliases)),
        (C::Description, Out::text(entity.description.as_deref())),
        (C::Tags, Out::list(&entity.tags)),
        (C::Size, size(entity.size.as_ref())),
        (C::SizeText, words(entity.size.as_ref())),
        (C::ValidFrom, Out::shown(entity.validity.from())),
        (C::ValidTo, Out::shown(entity.validity.to())),
        (C::ExternalIds, Out::list(&external)),
        (C::FormerIds, Out::list(&entity.former_ids)),
    ];
    row.extend(properties::cells(&entity.properties));
    if !personal_data {
        row.retain(|(column, _)| *column != C::Contact);
    }
    row.extend(evidence(own));
    row
}

/// The names that no column of the entity's row can say. The evidence of each is the further statement that quotes it,
/// which then needs no row of its own; else that of the row.
fn of_names(entity: &Entity, own: &Statement, more: &mut Vec<Statement>) -> Vec<(Table, OutRow)> {
    let columns = [official(entity, "zh"), official(entity, "en")];
    let fits = |name: &Name| columns.contains(&Some(name)) || cell::fits_aliases(name);
    let mut used = vec![false; more.len()];
    let mut rows = Vec::new();
    for name in entity.names.iter().filter(|name| !fits(name)) {
        let quotes = |statement: &Statement| {
            let plain = statement.rank == Rank::Normal
                && statement.property.is_none()
                && statement.quantity.is_none();
            // At the place of the row's own it would be taken for that.
            plain
                && !statement.stands_at(own)
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
            (C::EntityId, Out::text(Some(entity.id.as_str()))),
            (C::Value, Out::text(Some(&name.value))),
            (C::Lang, Out::text(Some(&name.lang))),
            (C::Role, Out::shown(Some(name.role))),
        ];
        row.extend(evidence(quoting.map_or(own, |place| &more[place])));
        rows.push((Table::Names, row));
    }
    let mut used = used.into_iter();
    more.retain(|_| !used.next().unwrap_or_default());
    rows
}

/// An amount that only statements give is theirs to say.
fn of_row(quantity: Option<&Quantity>) -> Option<&Quantity> {
    quantity.filter(|quantity| !quantity.is_implicit())
}

fn quantity(quantity: Option<&Quantity>) -> OutRow {
    let quantity = of_row(quantity);
    let (amount, amount_max) = quantity.map(Quantity::cells).unwrap_or_default();
    vec![
        (C::Amount, Out::shown(amount.map(|amount| amount.normalize()))),
        (
            C::AmountMax,
            Out::shown(amount_max.map(|amount| amount.normalize())),
        ),
        (C::Qualifier, Out::shown(quantity.map(Quantity::qualifier))),
        (
            C::Unit,
            Out::text(quantity.and_then(Quantity::unit).map(Unit::as_str)),
        ),
        (C::Basis, Out::shown(quantity.and_then(Quantity::basis))),
        (C::Measure, Out::shown(quantity.map(Quantity::measure))),
        (
            C::OriginalText,
            Out::text(quantity.and_then(Quantity::original_text)),
        ),
    ]
}

/// The cell of a size.
fn size(quantity: Option<&Quantity>) -> Out {
    Out::text(of_row(quantity).map(cell::size).as_deref())
}

/// The cell of an amount of money.
pub(super) fn money(quantity: Option<&Quantity>) -> Out {
    Out::text(of_row(quantity).map(cell::money).as_deref())
}

/// The cell of the words of the source for such an amount.
pub(super) fn words(quantity: Option<&Quantity>) -> Out {
    Out::text(of_row(quantity).and_then(Quantity::original_text))
}

fn of_relation(relation: &Relation, own: &Statement) -> OutRow {
    let mut row = vec![
        (C::Id, Out::text(Some(relation.id.as_str()))),
        (C::Kind, Out::shown(Some(relation.kind))),
        (C::FromId, Out::text(Some(relation.from.as_str()))),
        (C::ToId, Out::text(Some(relation.to.as_str()))),
        (C::Resource, Out::shown(relation.stated_resource)),
        (C::Flow, Out::shown(relation.stated_flow)),
        (
            C::Share,
            Out::shown(relation.share.map(|share| share.normalize())),
        ),
        (C::Under, Out::list(&relation.under)),
        (
            C::Driver,
            Out::shown(Some(relation.driver).filter(|driver| *driver != Driver::Unstated)),
        ),
        (C::ValidFrom, Out::shown(relation.validity.from())),
        (C::ValidTo, Out::shown(relation.validity.to())),
    ];
    row.extend(quantity(relation.quantity.as_ref()));
    row.extend(evidence(own));
    row
}

fn of_observation(observation: &Observation, own: &Statement) -> OutRow {
    let mut row = vec![
        (C::Id, Out::text(Some(observation.id.as_str()))),
        (C::EntityId, Out::text(Some(observation.entity.as_str()))),
        (C::Indicator, Out::text(Some(&observation.indicator))),
        (C::Period, Out::shown(observation.period)),
    ];
    row.extend(quantity(Some(&observation.quantity)));
    row.extend(evidence(own));
    row
}

/// One row a part. Where the parts have less evidence than there are of them, the last of it serves for the rest.
fn of_rule(rule: &Rule, own: &[Statement]) -> Vec<(Table, OutRow)> {
    let rows = rule.parts.iter().enumerate().map(|(place, part)| {
        let mut row = vec![
            (C::Id, Out::text(Some(rule.id.as_str()))),
            (C::BearerId, Out::text(Some(rule.bearer.as_str()))),
            (C::RuleType, Out::shown(Some(rule.rule_type))),
            (C::Base, Out::text(rule.base.as_deref())),
            (C::Part, Out::shown(Some(place + 1))),
            (
                C::PartyId,
                Out::text(part.party.as_ref().map(crate::model::id::EntityId::as_str)),
            ),
            (C::PartyLabel, Out::text(part.label.as_deref())),
            (C::Lower, Out::shown(part.lower.map(|lower| lower.normalize()))),
            (C::Upper, Out::shown(part.upper.map(|upper| upper.normalize()))),
        ];
        row.extend(own.get(place).or(own.last()).map(evidence).unwrap_or_default());
        (Table::Rules, row)
    });
    rows.collect()
}
