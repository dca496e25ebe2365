//! Combines several entities into one: the values of the one kept win; values that only the others have are added.

use crate::model::entity::{Entity, Name, NameRole, Properties};
use crate::model::statement::Statement;
use crate::service::write::normal_form::order_names;

/// The entity kept with the values of the others, and the statements of all.
pub(super) fn combine_entities<'e>(
    mut kept: Entity,
    mut statements: Vec<Statement>,
    others: impl Iterator<Item = (&'e Entity, Vec<Statement>)>,
) -> (Entity, Vec<Statement>) {
    for (other, said) in others {
        add_missing(&mut kept, other);
        kept.former_ids.push(other.id.clone());
        kept.former_ids.extend(other.former_ids.iter().cloned());
        add_statements(&mut statements, said);
    }
    order_names(&mut kept.names);
    kept.tags.sort_unstable();
    kept.tags.dedup();
    kept.external_ids.sort_unstable();
    kept.external_ids.dedup();
    kept.former_ids.sort_unstable();
    kept.former_ids.dedup();
    (kept, statements)
}

/// Adds the values of another entity that the one kept lacks.
pub(in crate::service::write) fn add_missing(kept: &mut Entity, other: &Entity) {
    // An official name of the other becomes an alias of the one kept.
    kept.names.extend(other.names.iter().map(|name| Name {
        role: if name.role == NameRole::Official {
            NameRole::Alias
        } else {
            name.role
        },
        ..name.clone()
    }));
    fill(&mut kept.description, other.description.as_ref());
    fill(&mut kept.size, other.size.as_ref());
    kept.tags.extend(other.tags.iter().cloned());
    kept.external_ids.extend(other.external_ids.iter().cloned());
    fill_properties(&mut kept.properties, &other.properties);
}

fn fill<T: Clone>(own: &mut Option<T>, other: Option<&T>) {
    if own.is_none() {
        *own = other.cloned();
    }
}

/// Fills the properties that the one kept lacks. Both are of one kind.
#[expect(clippy::too_many_lines, reason = "one arm for each kind, each of a few lines")]
fn fill_properties(own: &mut Properties, other: &Properties) {
    use Properties as P;
    match (own, other) {
        (
            P::Region { level, centroid },
            P::Region {
                level: l,
                centroid: c,
            },
        ) => {
            fill(level, l.as_ref());
            fill(centroid, c.as_ref());
        }
        // A code means nothing without its scheme.
        (P::Industry { scheme, code }, P::Industry { scheme: s, code: c })
            if scheme.is_none() && code.is_none() =>
        {
            (*scheme, *code) = (s.clone(), c.clone());
        }
        (
            P::Park { park_type, level },
            P::Park {
                park_type: p,
                level: l,
            },
        ) => {
            fill(park_type, p.as_ref());
            fill(level, l.as_ref());
        }
        (P::Lab { lab_type }, P::Lab { lab_type: other }) => fill(lab_type, other.as_ref()),
        (
            P::Facility {
                facility_type,
                capacity,
            },
            P::Facility {
                facility_type: f,
                capacity: c,
            },
        ) => {
            fill(facility_type, f.as_ref());
            fill(capacity, c.as_ref());
        }
        (
            P::Fund {
                fund_type,
                committed,
                paid_in,
            },
            P::Fund {
                fund_type: f,
                committed: c,
                paid_in: p,
            },
        ) => {
            fill(fund_type, f.as_ref());
            fill(committed, c.as_ref());
            fill(paid_in, p.as_ref());
        }
        (
            P::Expert {
                title_class,
                fields,
                contact,
            },
            P::Expert {
                title_class: t,
                fields: f,
                contact: c,
            },
        ) => {
            fill(title_class, t.as_ref());
            fill(contact, c.as_ref());
            for field in f {
                if !fields.contains(field) {
                    fields.push(field.clone());
                }
            }
        }
        (P::Project { stage }, P::Project { stage: other }) => fill(stage, other.as_ref()),
        (P::Company { listing_board }, P::Company { listing_board: other }) => {
            fill(listing_board, other.as_ref());
        }
        (P::Organization { org_type }, P::Organization { org_type: other }) => fill(org_type, other.as_ref()),
        (P::Program { family }, P::Program { family: other }) => fill(family, other.as_ref()),
        (P::Claim { claim_type }, P::Claim { claim_type: other }) => fill(claim_type, other.as_ref()),
        // A code that is kept.
        (P::Industry { .. }, P::Industry { .. }) => {}
        (P::University, P::University) => {}
        // Entities of different kinds are never merged. The kinds are listed so that a new one needs an arm above.
        (
            P::Region { .. }
            | P::Industry { .. }
            | P::Park { .. }
            | P::University
            | P::Lab { .. }
            | P::Facility { .. }
            | P::Fund { .. }
            | P::Expert { .. }
            | P::Project { .. }
            | P::Company { .. }
            | P::Organization { .. }
            | P::Program { .. }
            | P::Claim { .. },
            _,
        ) => {}
    }
}

/// Adds statements, each once. A data set has one row for a record: the evidence of a second becomes further evidence.
pub(in crate::service::write) fn add_statements(statements: &mut Vec<Statement>, others: Vec<Statement>) {
    for mut other in others {
        let has_row = |one: &Statement| one.own && one.dataset == other.dataset;
        if other.own && statements.iter().any(has_row) {
            other.own = false;
        }
        // A data set has one statement at a place: that of the entity kept.
        let said = |one: &Statement| one.dataset == other.dataset && one.is_same_statement(&other);
        let said = statements.iter().any(said);
        if !said {
            // Own statements come first.
            let place = if other.own {
                statements
                    .iter()
                    .position(|one| !one.own)
                    .unwrap_or(statements.len())
            } else {
                statements.len()
            };
            statements.insert(place, other);
        }
    }
}
