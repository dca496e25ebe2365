//! The last steps of every deletion, after the records and statements to delete are found.

use chrono::Utc;

use super::request::DeletionSummary;
use super::set::DeletionSet;
use crate::model::change::ChangeSet;
use crate::service::write::problem::WriteProblems;
use crate::service::write::terms::{PlanResult, Terms};
use crate::store::{DatasetInfo, PreparedWrite, Reader};

/// Adds the dependents of what is deleted, checks everything, and returns the changes or the problems. `absent` are the requested keys
/// whose records were deleted already.
pub(super) async fn prepare_deletion<R: Reader>(
    mut set: DeletionSet<'_>,
    at: &R,
    datasets: &[DatasetInfo],
    terms: &Terms,
    absent: Vec<String>,
    mut problems: WriteProblems,
) -> PlanResult<DeletionSummary> {
    set.add_dependents(at).await?;
    set.check(datasets, at, &mut problems).await?;
    if !problems.0.is_empty() {
        return terms.check_revision(at.revision(), Err(problems.0));
    }
    let (changes, previous, summary) = set.changes(at).await?;
    let write = PreparedWrite {
        changes: ChangeSet {
            by: terms.by.name.clone(),
            at: Utc::now(),
            changes,
        },
        previous,
        output: DeletionSummary { absent, ..summary },
    };
    terms.check_revision(at.revision(), Ok(write))
}
