//! The statements of a batch: each resolved against its subject, and no two in conflict.

mod amount;
mod subject;

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::entity::Name;
use crate::model::quantity::Quantity;
use crate::model::statement::Rank;
use crate::service::write::batch::StatementDraft;
use crate::service::write::check::unknown_keys::UnknownKey;
use crate::service::write::key_messages::{merged_into_deleted, write_again};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{Message, Problems, Spot};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::split_batch::{BatchName, BatchRecord, BatchStatement};
use crate::store::{Answer, Reader};
use amount::resolve_amount;
use subject::{StoredAmounts, SubjectAmounts, subject_of};

/// A further statement of a batch with its subject and its amount.
pub(in crate::service::write) struct ResolvedStatement<'a> {
    pub(in crate::service::write) subject: String,
    pub(in crate::service::write) draft: usize,
    /// Which statement of the draft, where the draft has several.
    pub(in crate::service::write) place: Option<usize>,
    pub(in crate::service::write) statement: &'a StatementDraft,
    pub(in crate::service::write) quantity: Option<Quantity>,
    /// The name for which it is the evidence: then it adds nothing where the same is said already.
    pub(in crate::service::write) name: Option<&'a Name>,
}

/// Resolves every further statement of a batch, or reports why it cannot be.
pub(in crate::service::write) async fn resolve<'a, R: Reader>(
    batch: &'a SplitBatch,
    at: &R,
    keys: &KeyTable<'_>,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut Problems,
) -> Answer<Vec<ResolvedStatement<'a>>> {
    let amounts = StoredAmounts::read(batch, at, keys).await?;
    let mut resolved = Vec::new();
    for item in &batch.records {
        check_own(item, problems);
        for (place, statement) in item.more.iter().enumerate() {
            let about = SubjectAmounts::of(&item.record);
            let place = item.own.len() + place;
            let quantity = resolve_amount(item.spot().statement(place), &about, statement, problems);
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
        let spot = Spot::draft(*draft);
        let Some((key, about)) = subject_of(batch, keys, &amounts, spot, subject, unknown, problems) else {
            continue;
        };
        let quantity = resolve_amount(spot, &about, statement, problems);
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
        let spot = Spot::draft(*draft);
        let key = match keys.target(entity.as_str()) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Entity(_)) => {
                entity.to_string()
            }
            KeyTarget::Stored(Subject::Entity(id)) | KeyTarget::Redirect(id) => id.to_string(),
            KeyTarget::Unread => continue,
            KeyTarget::DeadRedirect(gone) => {
                let reason = merged_into_deleted(entity.as_str(), &gone);
                problems.push(spot, "entity_id", entity, reason, write_again(&gone));
                continue;
            }
            KeyTarget::InBatch(_) | KeyTarget::Stored(_) | KeyTarget::Deleted | KeyTarget::Absent => {
                unknown.push(UnknownKey {
                    spot,
                    field: "entity_id",
                    key: entity.to_string(),
                    what: "entity",
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

/// Two statements that differ in nothing but how they are said cannot be told apart when they are written again.
fn refuse_conflicts(resolved: &[ResolvedStatement<'_>], problems: &mut Problems) {
    let mut by_subject: HashMap<&str, Vec<&ResolvedStatement<'_>>> = HashMap::new();
    for one in resolved.iter().filter(|one| one.name.is_none()) {
        let others = by_subject.entry(&one.subject).or_default();
        if let Some(first) = others
            .iter()
            .find(|other| other.same_place(one) && !other.is_said_alike(one))
        {
            let reason =
                Message::from("the same source, locator, quote, property and amount stand already at ");
            let hint = "a quotation is one statement: keep one of the two";
            let quote = one.statement.quote.clone().unwrap_or_default();
            let spot = Spot::draft(one.draft);
            problems.push(
                one.place.map_or(spot, |place| spot.statement(place)),
                "quote",
                quote,
                reason.place(first.draft),
                hint,
            );
        }
        others.push(one);
    }
}

impl ResolvedStatement<'_> {
    /// Whether both are one statement, which the later replaces.
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

/// The evidence of a record's own row: there must be some, and it speaks of the row as a whole.
fn check_own(item: &BatchRecord, problems: &mut Problems) {
    let spot = item.spot();
    if item.own.is_empty() && !matches!(item.record, Record::Source(_)) {
        let hint = "give source_id, locator, quote, assertion and reliability";
        problems.push(spot, "source_id", "", "a row needs evidence", hint);
    }
    for (place, own) in item.own.iter().enumerate() {
        if own.rank != Rank::Normal || own.property.is_some() || own.amount.is_some() {
            let hint = "a rank, a property or another amount goes in a further statement";
            problems.push(
                spot.statement(place),
                "rank",
                own.rank,
                "the evidence of a row speaks of the row as a whole",
                hint,
            );
        }
    }
}
