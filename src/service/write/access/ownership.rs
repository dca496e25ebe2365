//! Ownership: a writer who changes a record needs write access to every data set that has a row for it, and cannot write
//! personal data without the permission to see it.

use std::collections::{BTreeMap, BTreeSet};

use super::memberships::Memberships;
use super::visibility::{HIDDEN_HINT, HIDDEN_REFERS};
use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::model::id::DatasetId;
use crate::model::principal::{Principal, Role};
use crate::model::record::Dataset;
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblems};
use crate::service::write::split_batch::BatchRecord;
use crate::store::{DatasetInfo, Reader, StoreResult};

/// Rejects changes of records of data sets that the writer cannot write to.
pub(in crate::service::write) async fn check<R: Reader>(
    by: &Principal,
    datasets: &[DatasetInfo],
    at: &R,
    touched: &[(ProblemLocation, Subject)],
    memberships: &mut Memberships,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    if by.role == Role::Admin || touched.is_empty() {
        return Ok(());
    }
    let datasets: BTreeMap<&DatasetId, &Dataset> = datasets
        .iter()
        .map(|info| (&info.dataset.id, &info.dataset))
        .collect();
    let subjects: Vec<Subject> = touched.iter().map(|(_, subject)| subject.clone()).collect();
    memberships.load_missing(at, &subjects).await?;
    let mut blamed = BTreeSet::new();
    for (location, subject) in touched {
        // A source is listed, not owned: a hidden data set that lists it does not prevent writing it.
        let is_listed = |dataset: &Dataset| matches!(subject, Subject::Source(_)) && !by.may_see(dataset);
        let foreign = memberships.of(subject).iter().find(|id| {
            let dataset = datasets.get(id);
            dataset.is_some_and(|dataset| !by.may_write(dataset) && !is_listed(dataset))
        });
        let hidden = foreign.is_some_and(|id| datasets.get(id).is_some_and(|dataset| !by.may_see(dataset)));
        if hidden {
            // The record is reached only from one that the writer sees.
            if blamed.insert("") {
                problems.push(*location, Field::Id, "", HIDDEN_REFERS, HIDDEN_HINT);
                problems.set_cause(ProblemCause::Forbidden);
            }
        } else if let Some(foreign) = foreign.filter(|_| blamed.insert(subject.as_str())) {
            let reason = format!(
                "{} belongs to data set {foreign}, and {} cannot write to it",
                subject.as_str(),
                by.name
            );
            let hint = "use `addStatements` to add statements on it; to change it, ask for a key that names that data set";
            problems.push(*location, Field::Id, subject.as_str(), reason, hint);
            problems.set_cause(ProblemCause::Forbidden);
        }
    }
    Ok(())
}

/// Rejects personal data from a writer who cannot see it: they would overwrite what they cannot read.
pub(in crate::service::write) fn check_personal(
    by: &Principal,
    records: &[BatchRecord],
    problems: &mut WriteProblems,
) {
    if by.pii {
        return;
    }
    for row in records {
        if let Record::Entity(entity) = &row.record
            && entity.contact().is_some()
        {
            let reason = format!(
                "{} cannot see personal data, and therefore cannot write it",
                by.name
            );
            let hint = "leave it out to keep what is recorded, or ask for a key that shows personal data";
            problems.push(row.location(), Field::Contact, "", reason, hint);
            problems.set_cause(ProblemCause::Forbidden);
        }
    }
}
