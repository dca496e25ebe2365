//! Reconciles entities: the row replaces the entity, except for values that the batch's data set cannot remove.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::target::UpsertTarget;
use crate::model::entity::{Entity, Name, Properties};
use crate::model::id::EntityId;
use crate::model::statement::Statement;
use crate::service::write::batch::WriteMode;
use crate::service::write::entity_merge::combine;
use crate::service::write::normal_form::order_names;
use crate::service::write::split_batch::{BatchRecord, SplitBatch};

/// Reconciles entities with those of a batch.
pub(super) struct EntityReconciler<'a> {
    pub(super) batch: &'a SplitBatch,
    /// When the entities are recorded.
    pub(super) now: DateTime<Utc>,
    /// For each entity of the batch that is not in the graph, the ids that redirect to it.
    pub(super) former_ids: HashMap<EntityId, Vec<EntityId>>,
}

impl EntityReconciler<'_> {
    /// Adds to an entity the values of other data sets and of the entities merged into it.
    pub(super) fn reconcile(
        &self,
        new: &mut Entity,
        old: Option<(&Entity, &[Statement])>,
        target: &UpsertTarget<'_>,
    ) {
        if let Some(row) = target.row {
            self.keep_merged_content(new, old.map(|(old, _)| old), row);
        }
        new.names
            .extend(target.statements.iter().filter_map(|extra| extra.name.cloned()));
        if let Some((old, statements)) = old {
            let brought =
                |name: &&Name| is_stated_by_another(name, statements, self.batch.dataset.id.as_str());
            new.names.extend(old.names.iter().filter(brought).cloned());
            new.former_ids.extend(old.former_ids.iter().cloned());
            new.former_ids.sort();
            new.former_ids.dedup();
            if let Properties::Expert { contact, .. } = &mut new.properties
                && !self.batch.terms.by.pii
            {
                // A writer who cannot see the contact did not omit it to remove it.
                *contact = old.contact().map(String::from);
            }
        }
        // Ids that redirected to it before it was deleted redirect to it again.
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

    /// Keeps the values that were merged into an entity. A row under an old id adds its values to the entity; an imported row that
    /// does not list the ids merged into its entity was written before the merge, and removes none of their values.
    fn keep_merged_content(&self, new: &mut Entity, old: Option<&Entity>, row: &BatchRecord) {
        if let Some(old) = old.filter(|_| row.only_redirected) {
            let former_ids = std::mem::take(&mut new.former_ids);
            *new = Entity {
                former_ids,
                ..old.clone()
            };
        } else if matches!(self.batch.mode, WriteMode::Add | WriteMode::Replace)
            && let Some(old) = old
            && old.former_ids.iter().any(|id| !new.former_ids.contains(id))
        {
            combine::add_missing(new, old);
        }
        row.redirected
            .iter()
            .for_each(|other| combine::add_missing(new, other));
        new.tags.sort_unstable();
        new.tags.dedup();
        new.external_ids.sort_unstable();
        new.external_ids.dedup();
    }
}

/// Whether a further statement of another data set quotes the name.
fn is_stated_by_another(name: &Name, statements: &[Statement], own: &str) -> bool {
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
