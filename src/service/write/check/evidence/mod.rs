//! Resolves the statements of a batch against their subjects, and rejects conflicts.

mod amount;
mod subject;

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::entity::Name;
use crate::model::field::Field;
use crate::model::quantity::Quantity;
use crate::model::statement::Rank;
use crate::service::write::batch::StatementDraft;
use crate::service::write::check::unknown_keys::{ReferencedType, UnknownKey};
use crate::service::write::key_messages::{merged_into_deleted, recreate_hint};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{Message, ProblemLocation, WriteProblems};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::split_batch::{BatchName, BatchRecord, BatchStatement};
use crate::service::write::stored::StoredRecords;
use crate::store::{Reader, StoreResult};
use amount::resolve_amount;
use subject::{SubjectAmounts, load_subjects, subject_of};

/// A further statement of a batch with its subject and its amount.
pub(in crate::service::write) struct ResolvedStatement<'a> {
    pub(in crate::service::write) subject: String,
    pub(in crate::service::write) draft: usize,
    /// The index of the statement in the draft, if the draft has several.
    pub(in crate::service::write) place: Option<usize>,
    pub(in crate::service::write) statement: &'a StatementDraft,
    pub(in crate::service::write) quantity: Option<Quantity>,
    /// The name that it is the evidence for; then it is not added if the same statement exists already.
    pub(in crate::service::write) name: Option<&'a Name>,
}

/// Resolves every further statement of a batch, or reports a problem.
pub(in crate::service::write) async fn resolve<'a, R: Reader>(
    batch: &'a SplitBatch,
    at: &R,
    keys: &KeyTable<'_>,
    stored: &mut StoredRecords,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut WriteProblems,
) -> StoreResult<Vec<ResolvedStatement<'a>>> {
    load_subjects(batch, at, keys, stored).await?;
    let mut resolved = Vec::new();
    for item in &batch.records {
        check_own(item, problems);
        for (place, statement) in item.more.iter().enumerate() {
            let about = SubjectAmounts::of(&item.record);
            let place = item.own.len() + place;
            let quantity = resolve_amount(item.location().statement(place), &about, statement, problems);
            resolved.push(ResolvedStatement {
                subject: item.key().into(),
                draft: item.draft,
                place: Some(place),
                statement,
                quantity,
                name: None,
            });
        }
    }
    for BatchStatement {
        draft,
        subject,
        statement,
    } in &batch.statements
    {
        let location = ProblemLocation::draft(*draft);
        let Some((key, about)) = subject_of(batch, keys, stored, location, subject, unknown, problems) else {
            continue;
        };
        let quantity = resolve_amount(location, &about, statement, problems);
        resolved.push(ResolvedStatement {
            subject: key,
            draft: *draft,
            place: None,
            statement,
            quantity,
            name: None,
        });
    }
    for BatchName {
        draft,
        entity,
        name,
        statement,
    } in &batch.names
    {
        let location = ProblemLocation::draft(*draft);
        let key = match keys.target(entity.as_str()) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Entity(_)) => {
                entity.to_string()
            }
            KeyTarget::Stored(Subject::Entity(id)) | KeyTarget::Redirect(id) => id.to_string(),
            KeyTarget::Unread => continue,
            KeyTarget::DeadRedirect(gone) => {
                let reason = merged_into_deleted(entity.as_str(), &gone);
                problems.push(location, Field::EntityId, entity, reason, recreate_hint(&gone));
                continue;
            }
            KeyTarget::InBatch(_) | KeyTarget::Stored(_) | KeyTarget::Deleted | KeyTarget::Absent => {
                unknown.push(UnknownKey {
                    location,
                    field: Field::EntityId,
                    key: entity.to_string(),
                    expected: ReferencedType::Entity,
                });
                continue;
            }
        };
        resolved.push(ResolvedStatement {
            subject: key,
            draft: *draft,
            place: None,
            statement,
            quantity: None,
            name: Some(name),
        });
    }
    refuse_conflicts(&resolved, problems);
    Ok(resolved)
}

/// Rejects two statements with the same place and different assertion, reliability, rank or date: a later write could not
/// distinguish them.
fn refuse_conflicts(resolved: &[ResolvedStatement<'_>], problems: &mut WriteProblems) {
    let mut by_subject: HashMap<&str, Vec<&ResolvedStatement<'_>>> = HashMap::new();
    for one in resolved.iter().filter(|one| one.name.is_none()) {
        let others = by_subject.entry(&one.subject).or_default();
        if let Some(first) = others
            .iter()
            .find(|other| other.same_place(one) && !other.is_said_alike(one))
        {
            let reason =
                Message::from("the same source, locator, quote, property and amount are already stated at ");
            let hint = "keep one of the two: a quotation is one statement";
            let quote = one.statement.quote.clone().unwrap_or_default();
            let location = ProblemLocation::draft(one.draft);
            problems.push(
                one.place.map_or(location, |place| location.statement(place)),
                Field::Quote,
                quote,
                reason.place(first.draft),
                hint,
            );
        }
        others.push(one);
    }
}

impl ResolvedStatement<'_> {
    /// Whether both are the same statement; the later replaces the earlier.
    pub(in crate::service::write) fn same_place(&self, other: &Self) -> bool {
        let (a, b) = (self.statement, other.statement);
        (&a.source, &a.locator, &a.quote, a.property) == (&b.source, &b.locator, &b.quote, b.property)
            && self.quantity == other.quantity
    }

    fn is_said_alike(&self, other: &Self) -> bool {
        let (a, b) = (self.statement, other.statement);
        (a.assertion, a.reliability, a.rank, a.as_of) == (b.assertion, b.reliability, b.rank, b.as_of)
    }
}

/// Checks the evidence of a record's own row: it must exist, and be about the row as a whole.
fn check_own(item: &BatchRecord, problems: &mut WriteProblems) {
    let location = item.location();
    if item.own.is_empty() && !matches!(item.record, Record::Source(_)) {
        let hint = "give source_id, locator, quote, assertion and reliability";
        problems.push(location, Field::SourceId, "", "a row needs evidence", hint);
    }
    for (place, own) in item.own.iter().enumerate() {
        if own.rank != Rank::Normal || own.property.is_some() || own.amount.is_some() {
            let hint = "put a rank, a property or another amount in a further statement";
            problems.push(
                location.statement(place),
                Field::Rank,
                own.rank,
                "the evidence of a row must be about the row as a whole",
                hint,
            );
        }
    }
}
