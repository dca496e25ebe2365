//! Checks a record by itself, without the graph.

use super::cohort::check_cohort;
use super::relation::{RelationFault, check_relation_shape};
use crate::model::Decimal;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::field::Field;
use crate::model::free_text::visible;
use crate::model::record::{Observation, Rule, Source};
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::service::write::split_batch::BatchRecord;

/// Reports the problems of a record by itself.
pub(in crate::service::write) fn check_shape(item: &BatchRecord, problems: &mut WriteProblems) {
    let location = item.location();
    match &item.record {
        Record::Source(source) => check_source(source, location, problems),
        Record::Entity(entity) => check_entity(entity, location, problems),
        Record::Relation(relation) => {
            for RelationFault {
                field,
                value,
                reason,
                hint,
            } in check_relation_shape(relation)
            {
                // For shorthand, only the region was written.
                let value = if item.shorthand {
                    relation.to.to_string()
                } else {
                    value
                };
                problems.push(location, field, value, reason, hint);
            }
        }
        Record::Observation(observation) => check_observation(observation, location, problems),
        Record::Rule(rule) => check_rule(rule, location, problems),
    }
}

fn check_source(source: &Source, location: ProblemLocation, problems: &mut WriteProblems) {
    if source.title.is_empty() {
        problems.push(
            location,
            Field::Title,
            "",
            "a source needs a title",
            "write the title as it appears in the source",
        );
    }
    let is_hash =
        |hash: &str| hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(hash) = source.sha256.as_deref().filter(|hash| !is_hash(hash)) {
        problems.push(
            location,
            Field::Sha256,
            hash,
            "this is not a valid sha256 (expected 64 hexadecimal digits in lower case)",
            "write what `sha256sum` prints for the file",
        );
    }
}

fn check_entity(entity: &Entity, location: ProblemLocation, problems: &mut WriteProblems) {
    if entity.properties.kind() != entity.kind() {
        let reason = format!(
            "the properties are those of a {}, but the id is that of a {}",
            entity.properties.kind(),
            entity.kind()
        );
        let hint = "write the properties of the id's kind, or correct the id";
        problems.push(location, Field::Kind, entity.kind(), reason, hint);
    }
    for name in &entity.names {
        check_language(&name.lang, location, problems);
    }
    check_cohort(entity, location, problems);
    for former in entity.former_ids.iter().filter(|former| **former == entity.id) {
        problems.push(
            location,
            Field::FormerIds,
            former,
            "an entity cannot have its own id as a former id",
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
                location,
                Field::Longitude,
                centroid.longitude,
                "a longitude must be between -180 and 180",
                "write degrees east, such as 120.98",
            );
        }
        if !within(centroid.latitude, 90) {
            problems.push(
                location,
                Field::Latitude,
                centroid.latitude,
                "a latitude must be between -90 and 90",
                "write degrees north, such as 31.39",
            );
        }
    }
}

/// Checks the syntax of a BCP 47 tag, without the registry of languages.
pub(in crate::service::write) fn check_language(
    lang: &str,
    location: ProblemLocation,
    problems: &mut WriteProblems,
) {
    let mut parts = lang.split('-');
    let first = parts
        .next()
        .is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if !first || !parts.all(rest) {
        problems.push(
            location,
            Field::Lang,
            lang,
            format!("`{}` is not a valid language tag", visible(lang)),
            "write a language tag such as zh, en or zh-Latn",
        );
    }
}

fn check_observation(observation: &Observation, location: ProblemLocation, problems: &mut WriteProblems) {
    if observation.indicator.is_empty() {
        let hint = "name the indicator that was observed, such as COMMUTERS_GROWTH";
        problems.push(
            location,
            Field::Indicator,
            "",
            "an observation needs an indicator",
            hint,
        );
    }
}

fn check_rule(rule: &Rule, location: ProblemLocation, problems: &mut WriteProblems) {
    if !matches!(rule.bearer.kind(), EntityKind::Program | EntityKind::Fund) {
        let reason = format!(
            "a rule belongs to a PROGRAM or a FUND; this is a {}",
            rule.bearer.kind()
        );
        let hint = "write the id of the programme or fund that has the rule";
        problems.push(location, Field::BearerId, &rule.bearer, reason, hint);
    }
    if rule.parts.is_empty() {
        problems.push(
            location,
            Field::Part,
            "",
            "a rule needs at least one part",
            "write its parts, numbered 1, 2, …",
        );
    }
    let weights = rule.weights().is_some();
    let before = problems.0.len();
    for (row, part) in rule.parts.iter().enumerate() {
        let ends = [(Field::Lower, part.lower), (Field::Upper, part.upper)];
        for (field, value) in ends
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?)))
        {
            if value < Decimal::ZERO {
                let hint = "write the fraction, or the weight, without a sign";
                problems.push(location.row(row), field, value, "a part cannot be negative", hint);
            } else if !weights && value > Decimal::ONE {
                let hint = "write a fraction of 1; for weights such as 5, 3 and 2, make lower and upper equal in every part";
                problems.push(location.row(row), field, value, "a part must be at most 1", hint);
            }
        }
        if let (Some(lower), Some(upper)) = (part.lower, part.upper)
            && lower > upper
        {
            problems.push(
                location.row(row),
                Field::Upper,
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
        problems.push(location, Field::Lower, least, "the weights sum to 0", hint);
    } else if !weights && least > Decimal::ONE {
        let hint = "correct a part; for weights, make lower and upper equal in every part";
        problems.push(
            location,
            Field::Lower,
            least,
            "the lower ends of the parts sum to more than 1",
            hint,
        );
    }
}
