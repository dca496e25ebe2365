//! The normal form in which records are stored and compared.

use crate::model::change::Record;
use crate::model::entity::{Name, NameRole, Properties};
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::CarriedResource;
use crate::model::quantity::Quantity;

/// Languages with a column of their own; they come first among names.
const FIRST_LANGUAGES: [&str; 2] = ["zh", "en"];

/// Converts a record to its normal form: lists sorted, blank texts removed, values omitted that the kind implies.
pub(super) fn normalize(record: &mut Record) {
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
            drop_blank(&mut source.sha256);
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
            if matches!(info.carries, CarriedResource::Own(own) if relation.stated_resource == Some(own)) {
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

/// Sorts names by role, then language. Among official names of one language the first given stays first, because it is the
/// one shown.
pub(super) fn order_names(names: &mut Vec<Name>) {
    let language = |name: &Name| {
        FIRST_LANGUAGES
            .iter()
            .position(|first| *first == name.lang)
            .unwrap_or(FIRST_LANGUAGES.len())
    };
    names.sort_by(|a, b| {
        let key = |name: &Name| (name.role, language(name));
        let given = a.role == NameRole::Official && b.role == NameRole::Official;
        let value = |a: &Name, b: &Name| {
            if given {
                std::cmp::Ordering::Equal
            } else {
                a.value.cmp(&b.value)
            }
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.lang.cmp(&b.lang))
            .then_with(|| value(a, b))
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

/// A record without the amounts that only statements give, as its row states it.
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
