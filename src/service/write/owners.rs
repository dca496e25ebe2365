//! Whose a record is: whoever changes it must be allowed to write in every data set that has a row for it.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Cause, Problems, Spot};
use super::restricted::HIDDEN_REFERS;
use crate::model::change::Subject;
use crate::model::id::DatasetId;
use crate::model::principal::{Principal, Role};
use crate::model::record::Dataset;
use crate::store::{Answer, Reader};

/// Refuses to change a record of a data set that is not the writer's.
pub(super) async fn check<R: Reader>(
    by: &Principal,
    at: &R,
    touched: &[(Spot, Subject)],
    problems: &mut Problems,
) -> Answer<()> {
    if by.role == Role::Admin || touched.is_empty() {
        return Ok(());
    }
    let datasets = at.datasets().await?;
    let datasets: BTreeMap<&DatasetId, &Dataset> = datasets
        .iter()
        .map(|info| (&info.dataset.id, &info.dataset))
        .collect();
    let subjects: Vec<Subject> = touched.iter().map(|(_, subject)| subject.clone()).collect();
    let owners = at.memberships(&subjects).await?;
    let mut blamed = BTreeSet::new();
    for ((spot, subject), owners) in touched.iter().zip(owners) {
        let strange = owners
            .iter()
            .find(|id| datasets.get(id).is_some_and(|dataset| !by.may_write(dataset)));
        let hidden = strange.is_some_and(|id| datasets.get(id).is_some_and(|dataset| !by.may_see(dataset)));
        if hidden {
            // Met only on the way from something that the writer sees.
            if blamed.insert("") {
                problems.push(*spot, "id", "", HIDDEN_REFERS);
                problems.cause(Cause::Forbidden);
            }
        } else if let Some(strange) = strange.filter(|_| blamed.insert(subject.as_str())) {
            let reason = format!(
                "{} belongs to data set {strange}, in which {} may not write",
                subject.as_str(),
                by.name
            );
            let hint =
                "`addStatements` adds what you know of it; to change it, ask for a key of that data set";
            problems.push_with(*spot, "id", subject.as_str(), reason, Some(hint));
            problems.cause(Cause::Forbidden);
        }
    }
    Ok(())
}
