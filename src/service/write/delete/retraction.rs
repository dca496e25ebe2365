//! The plan of a retraction: statements of one data set on a record are deleted, picked by what they say.

use std::collections::HashSet;

use chrono::Utc;

use super::request::DeletionSummary;
use super::set::DeletionSet;
use crate::model::change::{ChangeAction, ChangeSet, Subject};
use crate::model::id::{DatasetId, SourceId};
use crate::model::quantity::{Quantity, QuantityParts};
use crate::model::statement::{Locator, Property, Statement};
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::problem::{Cause, Problem, Problems, Spot};
use crate::service::write::terms::Planned;
use crate::service::write::terms::Terms;
use crate::store::{Answer, DatasetInfo, Plan, PreparedWrite, Reader};

/// Which statements: those that have all that is given here.
#[derive(Clone, Debug)]
pub struct StatementMatch {
    /// Who says it.
    pub source: SourceId,
    /// Where; none: wherever.
    pub locator: Option<Locator>,
    /// In which words; none: in whichever.
    pub quote: Option<String>,
    /// Of which property of an entity; none: of whichever, or of the whole.
    pub property: Option<Property>,
    /// Of which amount, in the unit and on the basis of what it speaks of; none: of whichever, or of none.
    pub amount: Option<Box<QuantityParts>>,
    /// Whether it states the record as a whole, on its own row; none: either way.
    pub own: Option<bool>,
}

impl StatementMatch {
    fn is(&self, statement: &Statement) -> bool {
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

/// Whether an amount is the one that a statement gives, whose unit and basis are those of what it speaks of.
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

/// Statements to take away from a record. Problems name each by its place in `matches`.
#[derive(Debug)]
pub struct Retraction {
    /// The data set that says them.
    pub dataset: DatasetId,
    /// The key of the record.
    pub subject: String,
    /// Which.
    pub matches: Vec<StatementMatch>,
    /// Whether a record goes too that nobody has a row for any more, with what hangs on it.
    pub cascade: bool,
    /// Whether it is only looked at what would go.
    pub dry_run: bool,
    /// Who writes, and on what terms.
    pub terms: Terms,
}

pub(in crate::service::write) struct RetractPlan {
    pub(in crate::service::write) retraction: Retraction,
    /// Records that one retraction may touch.
    pub(in crate::service::write) records_max: usize,
}

impl Plan for RetractPlan {
    type Output = DeletionSummary;
    type Refusal = Vec<Problem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> Planned<DeletionSummary> {
        let decided = self.decide(at).await?;
        self.retraction.terms.check_revision(at.revision(), decided)
    }
}

impl RetractPlan {
    async fn decide<R: Reader>(&self, at: &R) -> Planned<DeletionSummary> {
        let Retraction {
            subject: key,
            matches,
            cascade,
            terms,
            ..
        } = &self.retraction;
        let mut problems = Problems::default();
        let datasets = at.datasets().await?;
        let visibility = WriterVisibility::of(&terms.by, &datasets, None);
        self.check_dataset(&datasets, &mut problems);
        self.check_sources(at, &datasets, &visibility, &mut problems)
            .await?;
        let asked: Vec<String> = matches.iter().map(|one| one.source.to_string()).collect();
        let mut set = DeletionSet::new(&terms.by, *cascade, self.records_max, &visibility, &asked);
        let mut absent = Vec::new();
        match self.subject(at, &visibility).await? {
            Some(subject) => {
                let one = std::slice::from_ref(&subject);
                let statements = at.statements(one).await?.pop().unwrap_or_default();
                let going: Vec<Option<Spot>> = statements.iter().map(|one| self.going(one)).collect();
                set.remove_statements(&subject, &statements, &going);
            }
            None if self.was_deleted(at, &datasets, &visibility).await? => absent.push(key.clone()),
            None => {
                let hint = "correct the id; `search` finds entities";
                problems.batch("subject_id", key, "no record has this id", hint);
                problems.cause(Cause::Unknown);
            }
        }
        set.add_dependents(at).await?;
        set.check(&datasets, at, &mut problems).await?;
        if !problems.0.is_empty() {
            return Ok(Err(problems.0));
        }
        let (changes, summary) = set.changes(at).await?;
        Ok(Ok(PreparedWrite {
            changes: ChangeSet {
                by: terms.by.name.clone(),
                at: Utc::now(),
                changes,
            },
            output: DeletionSummary { absent, ..summary },
        }))
    }

    /// The place of what asks for a statement to go; none: it stays.
    fn going(&self, statement: &Statement) -> Option<Spot> {
        if statement.dataset != self.retraction.dataset {
            return None;
        }
        let place = self.retraction.matches.iter().position(|one| one.is(statement));
        place.map(Spot::draft)
    }

    /// What the key stands for, as far as the writer may see it; a former id stands for the entity kept.
    async fn subject<R: Reader>(&self, at: &R, visibility: &WriterVisibility) -> Answer<Option<Subject>> {
        let mut found = at
            .occupants(std::slice::from_ref(&self.retraction.subject))
            .await?;
        visibility.hide(at, &mut found).await?;
        Ok(match found.pop().flatten() {
            Some(Subject::Entity(id)) => {
                let resolved = visibility.resolve(at, std::slice::from_ref(&id)).await?;
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
    ) -> Answer<bool> {
        let told = visibility.visible_datasets(datasets);
        let keys = std::slice::from_ref(&self.retraction.subject);
        let line = at.last_lines(keys, told.as_ref()).await?.pop().flatten();
        Ok(line.is_some_and(|line| matches!(line.action, ChangeAction::Deleted | ChangeAction::Merged)))
    }

    fn check_dataset(&self, datasets: &[DatasetInfo], problems: &mut Problems) {
        let (id, by) = (&self.retraction.dataset, &self.retraction.terms.by);
        let found = datasets
            .iter()
            .map(|info| &info.dataset)
            .find(|one| one.id == *id);
        let (cause, reason) = match found {
            Some(found) if by.may_write(found) => return,
            Some(found) if by.may_see(found) => {
                (Cause::Forbidden, format!("{} may not write in it", by.name))
            }
            Some(_) | None => (Cause::Unknown, "no data set has this id".to_string()),
        };
        problems.batch("dataset_id", id, reason, "`datasets` lists those there are");
        problems.cause(cause);
    }

    /// A source that never was is a slip; one that was deleted is cited by nothing any more.
    async fn check_sources<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        visibility: &WriterVisibility,
        problems: &mut Problems,
    ) -> Answer<()> {
        let keys: Vec<String> = self
            .retraction
            .matches
            .iter()
            .map(|one| one.source.to_string())
            .collect();
        let mut found = at.occupants(&keys).await?;
        visibility.hide(at, &mut found).await?;
        let absent = keys.iter().zip(&found).filter(|(_, found)| found.is_none());
        let absent: Vec<String> = absent.map(|(key, _)| key.clone()).collect();
        let told = visibility.visible_datasets(datasets);
        let lines = at.last_lines(&absent, told.as_ref()).await?;
        let lines = absent.iter().zip(lines).filter(|(_, line)| line.is_none());
        let unknown: HashSet<&String> = lines.map(|(key, _)| key).collect();
        for (place, key) in keys.iter().enumerate().filter(|(_, key)| unknown.contains(key)) {
            let hint = "correct the id; the statements of a record name their sources";
            problems.push(
                Spot::draft(place),
                "source_id",
                key,
                "no source has this id",
                hint,
            );
            problems.cause(Cause::Unknown);
        }
        Ok(())
    }
}
