//! Whose a record is: whoever changes it must be allowed to write in every data set that has a row for it. And what of it is
//! not theirs to see is not theirs to write.

use std::collections::{BTreeMap, BTreeSet};

use super::visibility::{HIDDEN_HINT, HIDDEN_REFERS};
use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, Properties};
use crate::model::id::DatasetId;
use crate::model::principal::{Principal, Role};
use crate::model::record::Dataset;
use crate::service::write::problem::{Cause, Problems, Spot};
use crate::service::write::split_batch::BatchRecord;
use crate::store::{Answer, DatasetInfo, Reader};

/// Refuses to change a record of a data set that is not the writer's.
pub(in crate::service::write) async fn check<R: Reader>(
    by: &Principal,
    datasets: &[DatasetInfo],
    at: &R,
    touched: &[(Spot, Subject)],
    problems: &mut Problems,
) -> Answer<()> {
    if by.role == Role::Admin || touched.is_empty() {
        return Ok(());
    }
    let datasets: BTreeMap<&DatasetId, &Dataset> = datasets
        .iter()
        .map(|info| (&info.dataset.id, &info.dataset))
        .collect();
    let subjects: Vec<Subject> = touched.iter().map(|(_, subject)| subject.clone()).collect();
    let owners = at.memberships(&subjects).await?;
    let mut blamed = BTreeSet::new();
    for ((spot, subject), owners) in touched.iter().zip(owners) {
        // A source is listed, not owned: a hidden data set that lists it too keeps nobody from writing it.
        let is_listed = |dataset: &Dataset| matches!(subject, Subject::Source(_)) && !by.may_see(dataset);
        let strange = owners.iter().find(|id| {
            let dataset = datasets.get(id);
            dataset.is_some_and(|dataset| !by.may_write(dataset) && !is_listed(dataset))
        });
        let hidden = strange.is_some_and(|id| datasets.get(id).is_some_and(|dataset| !by.may_see(dataset)));
        if hidden {
            // Met only on the way from something that the writer sees.
            if blamed.insert("") {
                problems.push(*spot, "id", "", HIDDEN_REFERS, HIDDEN_HINT);
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
            problems.push(*spot, "id", subject.as_str(), reason, hint);
            problems.cause(Cause::Forbidden);
        }
    }
    Ok(())
}

/// Refuses personal data from whoever may not see it: they would write over what they cannot read.
pub(in crate::service::write) fn check_personal(
    by: &Principal,
    records: &[BatchRecord],
    problems: &mut Problems,
) {
    if by.pii {
        return;
    }
    for row in records {
        if let Record::Entity(entity) = &row.record
            && contact_of(entity).is_some()
        {
            let reason = format!("{} may not see personal data, and so may not write it", by.name);
            let hint = "leave it out, and what is recorded stays; or ask for a key that shows personal data";
            problems.push(row.spot(), "contact", "", reason, hint);
            problems.cause(Cause::Forbidden);
        }
    }
}

/// The contact of an expert.
pub(in crate::service::write) fn contact_of(entity: &Entity) -> Option<&String> {
    match &entity.properties {
        Properties::Expert { contact, .. } => contact.as_ref(),
        _ => None,
    }
}
