//! What a record must be like by itself, whatever else is in the graph.

use super::cohort::check_cohort;
use super::relation::{RelationFault, check_relation_shape};
use crate::model::Decimal;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::free_text::visible;
use crate::model::record::{Observation, Rule, Source};
use crate::service::write::problem::{Problems, Spot};
use crate::service::write::split_batch::BatchRecord;

/// Reports what is wrong with a record by itself.
pub(in crate::service::write) fn check_shape(item: &BatchRecord, problems: &mut Problems) {
    let spot = item.spot();
    match &item.record {
        Record::Source(source) => check_source(source, spot, problems),
        Record::Entity(entity) => check_entity(entity, spot, problems),
        Record::Relation(relation) => {
            for RelationFault {
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
                problems.push(spot, field, value, reason, hint);
            }
        }
        Record::Observation(observation) => check_observation(observation, spot, problems),
        Record::Rule(rule) => check_rule(rule, spot, problems),
    }
}

fn check_source(source: &Source, spot: Spot, problems: &mut Problems) {
    if source.title.is_empty() {
        problems.push(
            spot,
            "title",
            "",
            "a source needs a title",
            "write the title as the source has it",
        );
    }
    let is_hash =
        |hash: &str| hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(hash) = source.sha256.as_deref().filter(|hash| !is_hash(hash)) {
        problems.push(
            spot,
            "sha256",
            hash,
            "this is not a valid sha256 (expected 64 hexadecimal digits in lower case)",
            "write what `sha256sum` prints for the file",
        );
    }
}

fn check_entity(entity: &Entity, spot: Spot, problems: &mut Problems) {
    if entity.properties.kind() != entity.kind() {
        let reason = format!(
            "the properties are of a {}, the id is of a {}",
            entity.properties.kind(),
            entity.kind()
        );
        let hint = "write the properties of the id's kind, or correct the id";
        problems.push(spot, "kind", entity.kind(), reason, hint);
    }
    for name in &entity.names {
        check_language(&name.lang, spot, problems);
    }
    check_cohort(entity, spot, problems);
    for former in entity.former_ids.iter().filter(|former| **former == entity.id) {
        problems.push(
            spot,
            "former_ids",
            former,
            "an entity cannot be its own former self",
            "leave it out",
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
                "write degrees east, as 120.98",
            );
        }
        if !within(centroid.latitude, 90) {
            problems.push(
                spot,
                "latitude",
                centroid.latitude,
                "a latitude is between -90 and 90",
                "write degrees north, as 31.39",
            );
        }
    }
}

/// A BCP 47 tag by its shape: the registry of languages is not asked.
pub(in crate::service::write) fn check_language(lang: &str, spot: Spot, problems: &mut Problems) {
    let mut parts = lang.split('-');
    let first = parts
        .next()
        .is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if !first || !parts.all(rest) {
        problems.push(
            spot,
            "lang",
            lang,
            format!("`{}` is not a valid language tag", visible(lang)),
            "write zh, en, zh-Latn …",
        );
    }
}

fn check_observation(observation: &Observation, spot: Spot, problems: &mut Problems) {
    if observation.indicator.is_empty() {
        let hint = "name what was observed, as COMMUTERS_GROWTH";
        problems.push(spot, "indicator", "", "an observation needs an indicator", hint);
    }
}

fn check_rule(rule: &Rule, spot: Spot, problems: &mut Problems) {
    if !matches!(rule.bearer.kind(), EntityKind::Program | EntityKind::Fund) {
        let reason = format!(
            "a rule belongs to a PROGRAM or a FUND; this is a {}",
            rule.bearer.kind()
        );
        let hint = "name the programme or fund that has the rule";
        problems.push(spot, "bearer_id", &rule.bearer, reason, hint);
    }
    if rule.parts.is_empty() {
        problems.push(
            spot,
            "part",
            "",
            "a rule needs a part at least",
            "write its parts, numbered 1, 2, …",
        );
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
                let hint = "write the fraction, or the weight, without a sign";
                problems.push(spot.row(row), field, value, "a part cannot be negative", hint);
            } else if !weights && value > Decimal::ONE {
                let hint = "as weights (5, 3, 2), lower and upper are equal in every part";
                problems.push(spot.row(row), field, value, "a part is a fraction of 1", hint);
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
                "swap lower and upper, or correct one",
            );
        }
    }
    if problems.0.len() > before {
        return;
    }
    let least: Decimal = rule.parts.iter().filter_map(|part| part.lower).sum();
    if weights && least.is_zero() {
        let hint = "give one of the parts a weight above 0";
        problems.push(spot, "lower", least, "the weights sum to nothing", hint);
    } else if !weights && least > Decimal::ONE {
        let hint = "correct a part; as weights, lower and upper are equal in every part";
        problems.push(
            spot,
            "lower",
            least,
            "the least of the parts sum to more than 1",
            hint,
        );
    }
}
