//! Reconciles the statements of a record: those of the batch's data set are replaced by the batch, all others stay unchanged.
//!
//! An identical statement keeps its author and time. Two statements with the same source, locator, quote, property and amount are
//! the same statement; the later version replaces the earlier.

use chrono::{DateTime, Utc};

use super::target::UpsertTarget;
use crate::model::change::{Record, Subject};
use crate::model::quantity::Quantity;
use crate::model::statement::Statement;
use crate::service::personal::quotes_contact;
use crate::service::write::batch::{StatementDraft, WriteMode};
use crate::service::write::check::evidence::ResolvedStatement;
use crate::service::write::split_batch::SplitBatch;

/// Reconciles the statements of records with those of a batch.
pub(super) struct StatementReconciler<'a> {
    pub(super) batch: &'a SplitBatch,
    /// When the statements are recorded.
    pub(super) now: DateTime<Utc>,
}

impl StatementReconciler<'_> {
    /// All statements of a record after the upsert: those of its rows first, in order.
    pub(super) fn reconcile(
        &self,
        target: &UpsertTarget<'_>,
        stored: Option<&Record>,
        old: &[Statement],
    ) -> Vec<Statement> {
        if matches!(target.subject, Subject::Source(_)) {
            return Vec::new();
        }
        let dataset = &self.batch.dataset.id;
        let (old_own, old_more): (Vec<&Statement>, Vec<&Statement>) =
            old.iter().partition(|statement| statement.own);
        let mut own: Vec<Statement> = Vec::new();
        if let Some(row) = target.row {
            for draft in &row.own {
                if own.iter().any(|first| is_identical(draft, None, first)) {
                    continue;
                }
                let stood = old_own
                    .iter()
                    .find(|old| old.dataset == *dataset && is_identical(draft, None, old));
                own.push(stood.map_or_else(|| self.stamp(draft, None, true), |stood| (*stood).clone()));
            }
            if let Some(Record::Entity(entity)) = stored.filter(|_| !self.batch.terms.by.pii) {
                // A writer who cannot see a quotation did not omit it.
                let withheld = |old: &&&Statement| {
                    old.dataset == *dataset && quotes_contact(entity, old) && !own.contains(old)
                };
                let withheld: Vec<Statement> = old_own
                    .iter()
                    .filter(withheld)
                    .map(|old| (*old).clone())
                    .collect();
                own.extend(withheld);
            }
        } else if self.batch.mode != WriteMode::Replace {
            own.extend(
                old_own
                    .iter()
                    .filter(|old| old.dataset == *dataset)
                    .map(|old| (*old).clone()),
            );
        }
        let wanted = wanted(&target.statements, &own);
        let mut statements = Vec::with_capacity(old.len() + wanted.len() + 1);
        let place = old_own
            .iter()
            .position(|old| old.dataset == *dataset)
            .unwrap_or(old_own.len());
        let others = |old: &&&Statement| old.dataset != *dataset;
        statements.extend(old_own[..place].iter().filter(others).map(|old| (*old).clone()));
        let mut more: Vec<Statement> = Vec::new();
        let mut used = vec![false; wanted.len()];
        for old in old_more {
            if old.dataset != *dataset {
                more.push(old.clone());
                continue;
            }
            match wanted
                .iter()
                .position(|extra| has_same_place(extra.statement, extra.quantity.as_ref(), old))
            {
                Some(place) if used[place] => {}
                Some(place) => {
                    used[place] = true;
                    let ResolvedStatement {
                        statement, quantity, ..
                    } = wanted[place];
                    let same = is_identical(statement, quantity.as_ref(), old);
                    more.push(if same {
                        old.clone()
                    } else {
                        self.stamp(statement, quantity.clone(), false)
                    });
                }
                None if self.batch.mode == WriteMode::Replace
                    || own.iter().any(|own| is_same_apart_from_own(own, old)) => {}
                None => more.push(old.clone()),
            }
        }
        statements.append(&mut own);
        statements.extend(old_own[place..].iter().filter(others).map(|old| (*old).clone()));
        statements.append(&mut more);
        let new = wanted.iter().zip(used).filter(|(_, used)| !used);
        statements.extend(new.map(|(extra, _)| self.stamp(extra.statement, extra.quantity.clone(), false)));
        statements
    }

    fn stamp(&self, draft: &StatementDraft, quantity: Option<Quantity>, own: bool) -> Statement {
        Statement {
            source: draft.source.clone(),
            locator: draft.locator.clone(),
            quote: draft.quote.clone(),
            assertion: draft.assertion,
            reliability: draft.reliability,
            rank: draft.rank,
            property: draft.property,
            quantity,
            as_of: draft.as_of,
            dataset: self.batch.dataset.id.clone(),
            own,
            recorded_by: self.batch.terms.by.name.clone(),
            recorded_at: self.now,
        }
    }
}

/// The further statements to write: each once, without those of the own row, and without duplicates for names.
fn wanted<'a>(extras: &[&'a ResolvedStatement<'a>], own: &[Statement]) -> Vec<&'a ResolvedStatement<'a>> {
    let mut wanted: Vec<&ResolvedStatement<'_>> = Vec::new();
    let said = |extra: &ResolvedStatement<'_>| {
        own.iter()
            .any(|own| is_identical(extra.statement, extra.quantity.as_ref(), own))
    };
    for extra in extras.iter().filter(|extra| extra.name.is_none() && !said(extra)) {
        if !wanted.iter().any(|first| first.same_place(extra)) {
            wanted.push(extra);
        }
    }
    let at_own =
        |extra: &ResolvedStatement<'_>| own.iter().any(|own| has_same_place(extra.statement, None, own));
    for extra in extras
        .iter()
        .filter(|extra| extra.name.is_some() && !at_own(extra))
    {
        if !wanted.iter().any(|first| first.same_place(extra)) {
            wanted.push(extra);
        }
    }
    wanted
}

/// Whether a draft is a version of a stored statement: same source, locator, quote, property and amount.
fn has_same_place(draft: &StatementDraft, quantity: Option<&Quantity>, old: &Statement) -> bool {
    (&draft.source, &draft.locator, &draft.quote, draft.property)
        == (&old.source, &old.locator, &old.quote, old.property)
        && quantity == old.quantity.as_ref()
}

/// Whether a draft is identical to a stored statement.
fn is_identical(draft: &StatementDraft, quantity: Option<&Quantity>, old: &Statement) -> bool {
    has_same_place(draft, quantity, old)
        && (draft.assertion, draft.reliability, draft.rank, draft.as_of)
            == (old.assertion, old.reliability, old.rank, old.as_of)
}

/// Whether two statements are the same apart from `own`.
fn is_same_apart_from_own(one: &Statement, other: &Statement) -> bool {
    one.has_same_content(&Statement {
        own: one.own,
        ..other.clone()
    })
}
