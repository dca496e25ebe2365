//! Entities after an upsert: as their rows have them, with what the batch's data set cannot take away.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::target::UpsertTarget;
use crate::model::entity::{Entity, Name, Properties};
use crate::model::id::EntityId;
use crate::model::statement::Statement;
use crate::service::write::access::ownership::contact_of;
use crate::service::write::batch::Mode;
use crate::service::write::entity_merge::unite;
use crate::service::write::normal_form::order_names;
use crate::service::write::split_batch::{BatchRecord, SplitBatch};

/// Reconciles entities with those of a batch.
pub(super) struct EntityReconciler<'a> {
    pub(super) batch: &'a SplitBatch,
    /// When the entities are recorded.
    pub(super) now: DateTime<Utc>,
    /// For each entity of the batch that the graph does not have, the ids that lead to it.
    pub(super) former_ids: HashMap<EntityId, Vec<EntityId>>,
}

impl EntityReconciler<'_> {
    /// Completes an entity with what other data sets, and what it was merged with, say of it.
    pub(super) fn reconcile(
        &self,
        new: &mut Entity,
        old: Option<(&Entity, &[Statement])>,
        target: &UpsertTarget<'_>,
    ) {
        if let Some(row) = target.row {
            self.reunite(new, old.map(|(old, _)| old), row);
        }
        new.names
            .extend(target.statements.iter().filter_map(|extra| extra.name.cloned()));
        if let Some((old, statements)) = old {
            let brought =
                |name: &&Name| is_brought_by_another(name, statements, self.batch.dataset.id.as_str());
            new.names.extend(old.names.iter().filter(brought).cloned());
            new.former_ids.extend(old.former_ids.iter().cloned());
            new.former_ids.sort();
            new.former_ids.dedup();
            if let Properties::Expert { contact, .. } = &mut new.properties
                && !self.batch.terms.by.pii
            {
                // Who cannot see it has not left it out to empty it.
                *contact = contact_of(old).cloned();
            }
        }
        // What led to it before it was taken away leads to it again.
        let led = self.former_ids.get(&new.id).into_iter().flatten();
        new.former_ids.extend(led.cloned());
        new.former_ids.sort();
        new.former_ids.dedup();
        order_names(&mut new.names);
        new.recorded_at = old.map_or(self.now, |(old, _)| old.recorded_at);
        if old.is_some_and(|(old, _)| old != new) {
            new.recorded_at = self.now;
        }
    }

    /// Keeps what was merged into an entity. A row under an old id adds to the entity what it says; an import of a row that does
    /// not name the ids merged into its entity was written before the merge, and takes nothing of theirs away.
    fn reunite(&self, new: &mut Entity, old: Option<&Entity>, row: &BatchRecord) {
        if let Some(old) = old.filter(|_| row.only_redirected) {
            let former_ids = std::mem::take(&mut new.former_ids);
            *new = Entity {
                former_ids,
                ..old.clone()
            };
        } else if matches!(self.batch.mode, Mode::Add | Mode::Replace)
            && let Some(old) = old
            && old.former_ids.iter().any(|id| !new.former_ids.contains(id))
        {
            unite::add(new, old);
        }
        row.redirected.iter().for_each(|other| unite::add(new, other));
        new.tags.sort_unstable();
        new.tags.dedup();
        new.external_ids.sort_unstable();
        new.external_ids.dedup();
    }
}

/// Whether a name stands on the word of another data set: its statement quotes it, and its own row is not to be lost.
fn is_brought_by_another(name: &Name, statements: &[Statement], own: &str) -> bool {
    let quotes = |statement: &Statement| {
        statement
            .quote
            .as_deref()
            .is_some_and(|quote| quote.contains(&name.value))
    };
    statements
        .iter()
        .any(|statement| !statement.own && statement.dataset.as_str() != own && quotes(statement))
}
