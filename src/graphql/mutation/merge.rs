//! Merging entities.

use async_graphql::{Context, ID};

use super::{check_size, refused, terms, upsert};
use crate::graphql::errors::Result;
use crate::graphql::inputs::write::{Fault, Place};
use crate::graphql::schema::{Done, asker};
use crate::graphql::types::written::MergeResult;
use crate::model::id::EntityId;
use crate::service::write::{EntityMerge, WriteOutcome};

/// Makes several entities one.
pub(super) async fn entities(
    ctx: &Context<'_>,
    keep: &ID,
    merge: &[ID],
    if_revision: Option<String>,
) -> Result<MergeResult> {
    if let Some(Done::Merged(done)) = asker(ctx).done(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "merge", merge.len())?;
    let mut places = vec![Place::of_id("keep".to_string())];
    places.extend((0..merge.len()).map(|index| Place::of_id(format!("merge[{index}]"))));
    let paths = std::iter::once(("keep".to_string(), keep)).chain(
        merge
            .iter()
            .enumerate()
            .map(|(index, id)| (format!("merge[{index}]"), id)),
    );
    let mut faults = Vec::new();
    let mut ids = Vec::with_capacity(merge.len() + 1);
    for (path, id) in paths {
        match EntityId::parse(id) {
            Ok(id) => ids.push(id),
            Err(error) => faults.push(Fault {
                path,
                value: id.to_string(),
                reason: error.reason(),
                hint: error.hint(),
            }),
        }
    }
    if !faults.is_empty() {
        return Err(upsert::refusal(&[], &faults));
    }
    let kept = ids.remove(0);
    let asker = asker(ctx);
    let merger = EntityMerge {
        keep: kept.clone(),
        merge: ids,
        terms: terms(asker, if_revision)?,
    };
    let done = match asker.service.merge_entities(merger).await {
        Ok(WriteOutcome::Done((merged, revision))) => Ok(MergeResult {
            kept,
            merged,
            revision,
        }),
        Ok(WriteOutcome::Refused(problems)) => Err(refused(&problems, &places)),
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Merged));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}
