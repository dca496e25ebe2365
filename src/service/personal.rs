//! Personal data, removed from what the store returns before any other layer sees it.
//!
//! Personal data is the contact of an expert. If the expert's own statements quote it, the quotation is
//! removed as well.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Decimal;
use crate::model::change::{LogPosition, Subject};
use crate::model::entity::{Entity, EntityKind, Properties, SharedEntity};
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::job;
use crate::model::page::Page;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::store::{DatasetInfo, EntityKey, KindCount, Neighborhood};

/// A type that the store returns. Each type declares its personal data, so that a new one does not compile
/// without a decision.
pub(super) trait ConcealPersonalData {
    /// Removes personal data.
    fn conceal(&mut self);
}

macro_rules! nothing_personal {
    ($($type:ty),+ $(,)?) => { $(impl ConcealPersonalData for $type { fn conceal(&mut self) {} })+ };
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
    LogPosition,
    Observation,
    Relation,
    RelationId,
    Rule,
    Source,
    Subgraph,
    Subject,
);

// The personal data of a statement is in its quotation; see `conceal_quotes`.
nothing_personal!(Statement);

impl ConcealPersonalData for SharedEntity {
    fn conceal(&mut self) {
        // Checked before it is copied: most entities have nothing to remove.
        if self.contact().is_some()
            && let Properties::Expert { contact, .. } = &mut Arc::make_mut(self).properties
        {
            *contact = None;
        }
    }
}

impl<T: ConcealPersonalData> ConcealPersonalData for Vec<T> {
    fn conceal(&mut self) {
        self.iter_mut().for_each(T::conceal);
    }
}

impl<T: ConcealPersonalData> ConcealPersonalData for Option<T> {
    fn conceal(&mut self) {
        self.iter_mut().for_each(T::conceal);
    }
}

impl<T: ConcealPersonalData> ConcealPersonalData for Page<T> {
    fn conceal(&mut self) {
        self.items.conceal();
    }
}

impl<A: ConcealPersonalData, B: ConcealPersonalData> ConcealPersonalData for (A, B) {
    fn conceal(&mut self) {
        self.0.conceal();
        self.1.conceal();
    }
}

impl ConcealPersonalData for Neighborhood {
    fn conceal(&mut self) {
        self.entities.conceal();
    }
}

/// The experts among the subjects.
pub(super) fn experts(subjects: &[Subject]) -> Vec<EntityId> {
    let expert = |subject: &Subject| match subject {
        Subject::Entity(id) if id.kind() == EntityKind::Expert => Some(id.clone()),
        _ => None,
    };
    subjects.iter().filter_map(expert).collect()
}

/// Removes quotations that contain the contact of the expert that their statement is about.
pub(super) fn conceal_quotes(
    subjects: &[Subject],
    statements: &mut [Vec<Statement>],
    asked: &[EntityId],
    experts: &[Option<SharedEntity>],
) {
    let contacts: HashMap<&str, &str> = asked
        .iter()
        .zip(experts)
        .filter_map(|(id, expert)| Some((id.as_str(), expert.as_deref()?.contact()?)))
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
                .is_some_and(|quote| contains_contact(quote, contact))
            {
                statement.quote = None;
            }
        }
    }
}

/// Whether a statement about an entity quotes its contact, and is not shown completely to everyone.
pub(super) fn quotes_contact(entity: &Entity, statement: &Statement) -> bool {
    let told = |contact| {
        statement
            .quote
            .as_deref()
            .is_some_and(|quote| contains_contact(quote, contact))
    };
    entity.contact().is_some_and(told)
}

/// Minimum length of a piece of a contact: shorter ones occur in many sentences.
const TELLING: usize = 5;

/// Whether a quotation contains a piece of a contact: of `021-5555 1234; wang@a.cn`, the number or the
/// address. Spaces, hyphens and case are ignored, because numbers are written in many ways.
fn contains_contact(quote: &str, contact: &str) -> bool {
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
            assert!(contains_contact(quote, contact), "{quote}");
        }
        assert!(!contains_contact("在021号楼，5555 人", contact));
        assert!(
            contains_contact("找王工", "王工"),
            "a short contact is looked for whole"
        );
        assert!(!contains_contact("找王工", ""));
    }
}
