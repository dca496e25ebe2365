//! The normal form of records, in which they are stored and compared: two records with the same content are equal.

use crate::model::change::Record;
use crate::model::entity::{Name, NameRole, Properties};
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::CarriedResource;
use crate::model::quantity::Quantity;

/// Languages with a column of their own in the CSV files; their names come first.
const FIRST_LANGUAGES: [&str; 2] = ["zh", "en"];

/// Converts a record to its normal form: lists sorted and without duplicates, empty texts removed, and
/// values of a relation removed that its kind implies.
pub(super) fn normalize_record(record: &mut Record) {
    match record {
        Record::Source(source) => {
            for text in [
                &mut source.affiliation,
                &mut source.publisher,
                &mut source.language,
                &mut source.licence,
            ] {
                remove_if_empty(text);
            }
            remove_if_empty(&mut source.url);
            remove_if_empty(&mut source.sha256);
        }
        Record::Entity(entity) => {
            remove_if_empty(&mut entity.description);
            sort_and_dedup(&mut entity.tags);
            sort_and_dedup(&mut entity.external_ids);
            sort_and_dedup(&mut entity.former_ids);
        }
        Record::Relation(relation) => {
            sort_and_dedup(&mut relation.under);
            let info = relation.kind.info();
            if matches!(info.carries, CarriedResource::Own(own) if relation.stated_resource == Some(own)) {
                relation.stated_resource = None;
            }
            if relation.stated_flow == Some(info.flow.unwrap_or(FlowDirection::Unstated)) {
                relation.stated_flow = None;
            }
        }
        Record::Observation(_) => {}
        Record::Rule(rule) => {
            remove_if_empty(&mut rule.base);
            rule.parts
                .iter_mut()
                .for_each(|part| remove_if_empty(&mut part.label));
        }
    }
}

fn remove_if_empty(text: &mut Option<String>) {
    if text.as_ref().is_some_and(String::is_empty) {
        *text = None;
    }
}

/// Sorts a list and removes duplicates.
fn sort_and_dedup<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

/// Sorts names by role, then language, then text, and removes a name that repeats the text and language of an
/// earlier one. Official names of one language keep their order instead, because the first is the one that is
/// shown.
pub(super) fn order_names(names: &mut Vec<Name>) {
    let language = |name: &Name| {
        FIRST_LANGUAGES
            .iter()
            .position(|first| *first == name.lang)
            .unwrap_or(FIRST_LANGUAGES.len())
    };
    names.sort_by(|a, b| {
        let key = |name: &Name| (name.role, language(name));
        let are_official = a.role == NameRole::Official && b.role == NameRole::Official;
        let by_text = |a: &Name, b: &Name| {
            if are_official {
                std::cmp::Ordering::Equal
            } else {
                a.value.cmp(&b.value)
            }
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.lang.cmp(&b.lang))
            .then_with(|| by_text(a, b))
    });
    let mut seen: Vec<(String, String)> = Vec::with_capacity(names.len());
    names.retain(|name| {
        let key = (name.value.clone(), name.lang.clone());
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        is_new
    });
}

/// A record as its row states it: without the amounts that the row leaves empty and only statements give.
pub(super) fn without_implicit_amounts(mut record: Record) -> Record {
    let drop_implicit = |quantity: &mut Option<Quantity>| {
        if quantity.as_ref().is_some_and(Quantity::is_implicit) {
            *quantity = None;
        }
    };
    match &mut record {
        Record::Relation(relation) => drop_implicit(&mut relation.quantity),
        Record::Entity(entity) => {
            drop_implicit(&mut entity.size);
            if let Properties::Fund {
                committed, paid_in, ..
            } = &mut entity.properties
            {
                drop_implicit(committed);
                drop_implicit(paid_in);
            }
        }
        Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
    }
    record
}
