//! The plan of a retraction: it deletes statements of one data set on a record, selected by their content.

use std::collections::HashSet;

use super::prepare::prepare_deletion;
use super::request::DeletionSummary;
use super::set::DeletionSet;
use crate::model::change::{ChangeAction, Subject};
use crate::model::field::Field;
use crate::model::id::{DatasetId, SourceId};
use crate::model::quantity::{Quantity, QuantityParts};
use crate::model::statement::{Locator, Property, Statement};
use crate::service::write::access::memberships::Memberships;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblem, WriteProblems};
use crate::service::write::terms::PlanResult;
use crate::service::write::terms::Terms;
use crate::store::{DatasetInfo, Reader, StoreResult, WritePlan};

/// Selects the statements that match all given fields.
#[derive(Clone, Debug)]
pub struct StatementMatch {
    /// The source.
    pub source: SourceId,
    /// The locator; `None` for any.
    pub locator: Option<Locator>,
    /// The quotation; `None` for any.
    pub quote: Option<String>,
    /// The property of an entity; `None` for any or none.
    pub property: Option<Property>,
    /// The amount, in the unit and basis of its subject; `None` for any or none.
    pub amount: Option<Box<QuantityParts>>,
    /// Whether it is the evidence of the record's own row; `None` for either.
    pub own: Option<bool>,
}

impl StatementMatch {
    fn matches(&self, statement: &Statement) -> bool {
        let quote = statement.quote.as_deref().unwrap_or_default();
        statement.source == self.source
            && self.locator.as_ref().is_none_or(|one| *one == statement.locator)
            && self.quote.as_ref().is_none_or(|one| one == quote)
            && self.property.is_none_or(|one| Some(one) == statement.property)
            && self.own.is_none_or(|own| own == statement.own)
            && self
                .amount
                .as_ref()
                .is_none_or(|parts| is_amount(parts, statement.quantity.as_ref()))
    }
}

/// Whether an amount is the one that a statement gives, in the unit and basis of the statement.
fn is_amount(parts: &QuantityParts, stated: Option<&Quantity>) -> bool {
    stated.is_some_and(|stated| {
        let parts = QuantityParts {
            unit: stated.unit().cloned(),
            basis: stated.basis(),
            original_text: None,
            ..parts.clone()
        };
        Quantity::new(parts, stated.measure()).is_ok_and(|amount| amount == *stated)
    })
}

/// Statements to delete from a record. Problems refer to each by its index in `matches`.
#[derive(Debug)]
pub struct Retraction {
    /// The data set of the statements.
    pub dataset: DatasetId,
    /// The key of the record.
    pub subject: String,
    /// The selections.
    pub matches: Vec<StatementMatch>,
    /// Whether a record that no data set has a row for any more is deleted too, with its dependents.
    pub cascade: bool,
    /// Whether the retraction is only checked.
    pub dry_run: bool,
    /// The author and the conditions of the write.
    pub terms: Terms,
}

pub(in crate::service::write) struct RetractPlan {
    pub(in crate::service::write) retraction: Retraction,
    /// Maximum number of records that one retraction may touch.
    pub(in crate::service::write) records_max: usize,
}

impl WritePlan for RetractPlan {
    type Output = DeletionSummary;
    type Refusal = Vec<WriteProblem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> PlanResult<DeletionSummary> {
        let Retraction {
            subject: key,
            matches,
            cascade,
            terms,
            ..
        } = &self.retraction;
        let mut problems = WriteProblems::default();
        let datasets = at.datasets().await?;
        let visibility = WriterVisibility::new(&terms.by, &datasets, None);
        let asked: Vec<String> = matches.iter().map(|one| one.source.to_string()).collect();
        let mut set = DeletionSet::new(&terms.by, *cascade, self.records_max, &visibility, &asked);
        self.check_dataset(&datasets, &mut problems);
        self.check_sources(at, &datasets, &visibility, &mut set.memberships, &mut problems)
            .await?;
        let mut absent = Vec::new();
        match self.subject(at, &visibility, &mut set.memberships).await? {
            Some(subject) => {
                let one = std::slice::from_ref(&subject);
                let statements = at.statements(one).await?.pop().unwrap_or_default();
                let removed: Vec<Option<ProblemLocation>> =
                    statements.iter().map(|one| self.removal_location(one)).collect();
                set.remove_statements(&subject, &statements, &removed);
            }
            None if self.was_deleted(at, &datasets, &visibility).await? => absent.push(key.clone()),
            None => {
                let hint = "correct the id; `search` finds entities";
                problems.push_for_batch(Field::SubjectId, key, "no record has this id", hint);
                problems.set_cause(ProblemCause::Unknown);
            }
        }
        prepare_deletion(set, at, &datasets, terms, absent, problems).await
    }
}

impl RetractPlan {
    /// The location of the selection that matches a statement; `None` if it stays.
    fn removal_location(&self, statement: &Statement) -> Option<ProblemLocation> {
        if statement.dataset != self.retraction.dataset {
            return None;
        }
        let place = self
            .retraction
            .matches
            .iter()
            .position(|one| one.matches(statement));
        place.map(ProblemLocation::draft)
    }

    /// The record with the key, if the writer can see it; a former id is resolved.
    async fn subject<R: Reader>(
        &self,
        at: &R,
        visibility: &WriterVisibility,
        memberships: &mut Memberships,
    ) -> StoreResult<Option<Subject>> {
        let mut found = at
            .subjects_of_keys(std::slice::from_ref(&self.retraction.subject))
            .await?;
        visibility.hide(at, &mut found, memberships).await?;
        Ok(match found.pop().flatten() {
            Some(Subject::Entity(id)) => {
                let one = std::slice::from_ref(&id);
                let resolved = visibility.resolve(at, one, memberships).await?;
                resolved.into_iter().next().flatten().map(Subject::Entity)
            }
            Some(Subject::Source(_)) | None => None,
            other => other,
        })
    }

    async fn was_deleted<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        visibility: &WriterVisibility,
    ) -> StoreResult<bool> {
        let visible = visibility.visible_datasets(datasets);
        let keys = std::slice::from_ref(&self.retraction.subject);
        let line = at.last_lines(keys, visible.as_ref()).await?.pop().flatten();
        Ok(line.is_some_and(|line| matches!(line.action, ChangeAction::Deleted | ChangeAction::Merged)))
    }

    fn check_dataset(&self, datasets: &[DatasetInfo], problems: &mut WriteProblems) {
        let (id, by) = (&self.retraction.dataset, &self.retraction.terms.by);
        let found = datasets
            .iter()
            .map(|info| &info.dataset)
            .find(|one| one.id == *id);
        let (cause, reason) = match found {
            Some(found) if by.may_write(found) => return,
            Some(found) if by.may_see(found) => (
                ProblemCause::Forbidden,
                format!("{} cannot write to this data set", by.name),
            ),
            Some(_) | None => (ProblemCause::Unknown, "no data set has this id".to_string()),
        };
        problems.push_for_batch(
            Field::DatasetId,
            id,
            reason,
            "correct the id; `datasets` lists the data sets",
        );
        problems.set_cause(cause);
    }

    /// Reports sources that never existed; a deleted source is not an error, because no statement cites it any more.
    async fn check_sources<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        visibility: &WriterVisibility,
        memberships: &mut Memberships,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        let keys: Vec<String> = self
            .retraction
            .matches
            .iter()
            .map(|one| one.source.to_string())
            .collect();
        let mut found = at.subjects_of_keys(&keys).await?;
        visibility.hide(at, &mut found, memberships).await?;
        let absent = keys.iter().zip(&found).filter(|(_, found)| found.is_none());
        let absent: Vec<String> = absent.map(|(key, _)| key.clone()).collect();
        let visible = visibility.visible_datasets(datasets);
        let lines = at.last_lines(&absent, visible.as_ref()).await?;
        let lines = absent.iter().zip(lines).filter(|(_, line)| line.is_none());
        let unknown: HashSet<&String> = lines.map(|(key, _)| key).collect();
        for (place, key) in keys.iter().enumerate().filter(|(_, key)| unknown.contains(key)) {
            let hint = "correct the id; the statements of a record name their sources";
            problems.push(
                ProblemLocation::draft(place),
                Field::SourceId,
                key,
                "no source has this id",
                hint,
            );
            problems.set_cause(ProblemCause::Unknown);
        }
        Ok(())
    }
}
