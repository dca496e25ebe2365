//! What a record must be like by itself, whatever else is in the graph.

use super::Item;
use super::problem::{Problems, Spot};
use super::relation_shape::{Fault, check_relation_shape};
use crate::model::Decimal;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::ontology::Carries;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::FlowDirection;

/// Puts a record into the one form in which it is kept: lists sorted, blanks gone, nothing said that its kind says.
pub(super) fn normalise(record: &mut Record) {
    match record {
        Record::Source(source) => {
            for text in [
                &mut source.affiliation,
                &mut source.publisher,
                &mut source.language,
                &mut source.licence,
            ] {
                drop_blank(text);
            }
            drop_blank(&mut source.url);
        }
        Record::Entity(entity) => {
            drop_blank(&mut entity.description);
            sort(&mut entity.tags);
            sort(&mut entity.external_ids);
            sort(&mut entity.former_ids);
        }
        Record::Relation(relation) => {
            sort(&mut relation.under);
            let info = relation.kind.info();
            if matches!(info.carries, Carries::Own(own) if relation.stated_resource == Some(own)) {
                relation.stated_resource = None;
            }
            if relation.stated_flow == Some(info.flow.unwrap_or(FlowDirection::Unstated)) {
                relation.stated_flow = None;
            }
        }
        Record::Observation(_) => {}
        Record::Rule(rule) => {
            drop_blank(&mut rule.base);
            rule.parts.iter_mut().for_each(|part| drop_blank(&mut part.label));
        }
    }
}

fn drop_blank(text: &mut Option<String>) {
    if text.as_ref().is_some_and(String::is_empty) {
        *text = None;
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

/// Reports what is wrong with a record by itself.
pub(super) fn check_shape(item: &Item, problems: &mut Problems) {
    let spot = Spot::of(item);
    match &item.record {
        Record::Source(source) => check_source(source, spot, problems),
        Record::Entity(entity) => check_entity(entity, spot, problems),
        Record::Relation(relation) => {
            for Fault {
                field,
                value,
                reason,
                hint,
            } in check_relation_shape(relation)
            {
                // Of the shorthand only the region was written.
                let value = if item.shorthand {
                    relation.to.to_string()
                } else {
                    value
                };
                problems.push_with(spot, field, value, reason, hint);
            }
        }
        Record::Observation(observation) => check_observation(observation, spot, problems),
        Record::Rule(rule) => check_rule(rule, spot, problems),
    }
}

fn check_source(source: &Source, spot: Spot, problems: &mut Problems) {
    if source.title.is_empty() {
        problems.push(spot, "title", "", "a source needs a title");
    }
    check_list(&source.authors, "authors", spot, problems);
    let is_hash =
        |hash: &str| hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(hash) = source.sha256.as_deref().filter(|hash| !is_hash(hash)) {
        problems.push(
            spot,
            "sha256",
            hash,
            "a sha256 is 64 hexadecimal digits in lower case",
        );
    }
}

/// Items of a list must come through a data set file, where `|` stands between them.
fn check_list(list: &[String], field: &'static str, spot: Spot, problems: &mut Problems) {
    for item in list {
        if item.is_empty() || item.trim() != item {
            problems.push_with(
                spot,
                field,
                list.join("|"),
                "an item is empty or has white space around it",
                Some("write a|b"),
            );
        } else if item.contains('|') {
            problems.push(
                spot,
                field,
                item,
                "an item cannot have the character |, which stands between items",
            );
        }
    }
}

fn check_entity(entity: &Entity, spot: Spot, problems: &mut Problems) {
    if entity.properties.kind() != entity.kind() {
        let reason = format!(
            "the properties are of a {}, the id is of a {}",
            entity.properties.kind(),
            entity.kind()
        );
        problems.push(spot, "kind", entity.kind(), reason);
    }
    for name in &entity.names {
        if name.value.trim().is_empty() {
            problems.push(spot, "name_zh", &name.value, "a name cannot be empty");
        }
        check_language(&name.lang, spot, problems);
    }
    check_list(&entity.tags, "tags", spot, problems);
    if let Properties::Expert { fields, .. } = &entity.properties {
        check_list(fields, "fields", spot, problems);
    }
    for external in &entity.external_ids {
        let cell = format!("{}:{}", external.scheme, external.value);
        if external.scheme.is_empty() || external.value.is_empty() || external.scheme.contains(':') {
            problems.push(
                spot,
                "external_ids",
                &cell,
                "write `scheme:value`, as in gbt2260:320583",
            );
        } else if cell.contains('|') {
            problems.push(
                spot,
                "external_ids",
                &cell,
                "a key elsewhere cannot have the character |",
            );
        }
    }
    for former in entity.former_ids.iter().filter(|former| **former == entity.id) {
        problems.push(
            spot,
            "former_ids",
            former,
            "an entity cannot be its own former self",
        );
    }
    if let Properties::Region {
        centroid: Some(centroid),
        ..
    } = &entity.properties
    {
        let within = |value: Decimal, most: i64| value.abs() <= Decimal::from(most);
        if !within(centroid.longitude, 180) {
            problems.push(
                spot,
                "longitude",
                centroid.longitude,
                "a longitude is between -180 and 180",
            );
        }
        if !within(centroid.latitude, 90) {
            problems.push(
                spot,
                "latitude",
                centroid.latitude,
                "a latitude is between -90 and 90",
            );
        }
    }
}

/// A BCP 47 tag by its shape: the registry of languages is not asked.
pub(super) fn check_language(lang: &str, spot: Spot, problems: &mut Problems) {
    let mut parts = lang.split('-');
    let first = parts
        .next()
        .is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if !first || !parts.all(rest) {
        problems.push_with(
            spot,
            "lang",
            lang,
            "no language tag",
            Some("write zh, en, zh-Latn …"),
        );
    }
}

fn check_observation(observation: &Observation, spot: Spot, problems: &mut Problems) {
    if observation.indicator.is_empty() {
        problems.push(spot, "indicator", "", "an observation needs an indicator");
    }
}

fn check_rule(rule: &Rule, spot: Spot, problems: &mut Problems) {
    if !matches!(rule.bearer.kind(), EntityKind::Program | EntityKind::Fund) {
        let reason = format!(
            "a rule belongs to a PROGRAM or a FUND; this is a {}",
            rule.bearer.kind()
        );
        problems.push(spot, "bearer_id", &rule.bearer, reason);
    }
    if rule.parts.is_empty() {
        problems.push(spot, "part", "", "a rule needs a part at least");
    }
    let weights = rule.weights().is_some();
    let before = problems.0.len();
    for (row, part) in rule.parts.iter().enumerate() {
        let ends = [("lower", part.lower), ("upper", part.upper)];
        for (field, value) in ends
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?)))
        {
            if value < Decimal::ZERO {
                problems.push(spot.row(row), field, value, "a part cannot be negative");
            } else if !weights && value > Decimal::ONE {
                let hint = "as weights (5, 3, 2), lower and upper are equal in every part";
                problems.push_with(
                    spot.row(row),
                    field,
                    value,
                    "a part is a fraction of 1",
                    Some(hint),
                );
            }
        }
        if let (Some(lower), Some(upper)) = (part.lower, part.upper)
            && lower > upper
        {
            problems.push(
                spot.row(row),
                "upper",
                upper,
                format!("the range is inverted: {lower} is above {upper}"),
            );
        }
    }
    if problems.0.len() > before {
        return;
    }
    let least: Decimal = rule.parts.iter().filter_map(|part| part.lower).sum();
    if weights && least.is_zero() {
        problems.push(spot, "lower", least, "the weights sum to nothing");
    } else if !weights && least > Decimal::ONE {
        problems.push(spot, "lower", least, "the least of the parts sum to more than 1");
    }
}
