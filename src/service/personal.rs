//! Personal data, taken out of what the store says before anybody above sees it.
//!
//! It is one thing: the contact of an expert. Where an expert's own statements quote it, the quotation goes with it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Decimal;
use crate::model::change::Subject;
use crate::model::entity::{Entity, EntityKind, Properties, SharedEntity};
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::job;
use crate::model::page::Page;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::store::{DatasetInfo, EntityKey, KindCount, Neighbourhood};

/// What a store may say. Each type says what of it is personal, so that a new answer compiles only when that was thought of.
pub(super) trait Personal {
    /// Takes out what is personal.
    fn conceal(&mut self);
}

macro_rules! nothing_personal {
    ($($type:ty),+ $(,)?) => { $(impl Personal for $type { fn conceal(&mut self) {} })+ };
}
nothing_personal!(
    bool,
    u64,
    DatasetId,
    DatasetInfo,
    Decimal,
    EntityId,
    EntityKey,
    Evidence,
    KindCount,
    Observation,
    Relation,
    RelationId,
    Rule,
    Source,
    Subgraph,
    Subject,
);

// A statement says only what its quotation says; see `conceal_quotes`.
nothing_personal!(Statement);

impl Personal for SharedEntity {
    fn conceal(&mut self) {
        // Looked at before it is copied: most have nothing to hide.
        if contact(self).is_some()
            && let Properties::Expert { contact, .. } = &mut Arc::make_mut(self).properties
        {
            *contact = None;
        }
    }
}

impl<T: Personal> Personal for Vec<T> {
    fn conceal(&mut self) {
        self.iter_mut().for_each(T::conceal);
    }
}

impl<T: Personal> Personal for Option<T> {
    fn conceal(&mut self) {
        self.iter_mut().for_each(T::conceal);
    }
}

impl<T: Personal> Personal for Page<T> {
    fn conceal(&mut self) {
        self.items.conceal();
    }
}

impl<A: Personal, B: Personal> Personal for (A, B) {
    fn conceal(&mut self) {
        self.0.conceal();
        self.1.conceal();
    }
}

impl Personal for Neighbourhood {
    fn conceal(&mut self) {
        self.entities.conceal();
    }
}

fn contact(entity: &Entity) -> Option<&str> {
    match &entity.properties {
        Properties::Expert { contact, .. } => contact.as_deref(),
        _ => None,
    }
}

/// The experts among some subjects.
pub(super) fn experts(subjects: &[Subject]) -> Vec<EntityId> {
    let expert = |subject: &Subject| match subject {
        Subject::Entity(id) if id.kind() == EntityKind::Expert => Some(id.clone()),
        _ => None,
    };
    subjects.iter().filter_map(expert).collect()
}

/// Takes out the quotations, among the statements on some subjects, that hold the contact of the expert they speak of.
pub(super) fn conceal_quotes(
    subjects: &[Subject],
    statements: &mut [Vec<Statement>],
    asked: &[EntityId],
    experts: &[Option<SharedEntity>],
) {
    let contacts: HashMap<&str, &str> = asked
        .iter()
        .zip(experts)
        .filter_map(|(id, expert)| Some((id.as_str(), contact(expert.as_deref()?)?)))
        .collect();
    for (subject, statements) in subjects.iter().zip(statements) {
        job::step();
        let Some(contact) = contacts.get(subject.as_str()) else {
            continue;
        };
        for statement in statements {
            job::step();
            if statement
                .quote
                .as_deref()
                .is_some_and(|quote| tells(quote, contact))
            {
                statement.quote = None;
            }
        }
    }
}

/// Whether a statement on an entity quotes its contact, and so is not shown whole to everyone.
pub(super) fn tells_contact(entity: &Entity, statement: &Statement) -> bool {
    let told = |contact| {
        statement
            .quote
            .as_deref()
            .is_some_and(|quote| tells(quote, contact))
    };
    contact(entity).is_some_and(told)
}

/// Shorter pieces of a contact stand in many a sentence.
const TELLING: usize = 5;

/// Whether a quotation holds a telling piece of a contact: of `021-5555 1234; wang@a.cn`, the number or the address. Spaces,
/// hyphens and case are not looked at, for the same number is written in many ways.
fn tells(quote: &str, contact: &str) -> bool {
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        kept.flat_map(char::to_lowercase).collect()
    };
    let quote = plain(quote);
    let pieces = contact.split([';', ',', '|', '/', '，', '；', '、', '\n']);
    let pieces: Vec<String> = pieces.map(plain).collect();
    let whole = plain(contact);
    (!whole.is_empty() && quote.contains(&whole))
        || pieces
            .iter()
            .any(|piece| piece.chars().count() >= TELLING && quote.contains(piece.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_tells_a_contact_however_it_is_written() {
        let contact = "021-5555 1234; Wang@a.cn";
        for quote in [
            "电话 02155551234",
            "王工（021 - 5555-1234）",
            "write to wang@A.cn",
        ] {
            assert!(tells(quote, contact), "{quote}");
        }
        assert!(!tells("在021号楼，5555 人", contact));
        assert!(tells("找王工", "王工"), "a short contact is looked for whole");
        assert!(!tells("找王工", ""));
    }
}
