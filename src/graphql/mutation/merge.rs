//! Merges entities.

use async_graphql::{Context, ID};

use super::checks::{check_size, terms};
use super::rejection::{rejection, rejection_of_drafts};
use crate::graphql::errors::Result;
use crate::graphql::inputs::write::{DraftLocation, InputProblem};
use crate::graphql::request_context::request_context;
use crate::graphql::types::write_result::MergeResult;
use crate::model::id::EntityId;
use crate::service::write::{EntityMerge, WriteOutcome};

/// Merges several entities into one.
pub(super) async fn entities(
    ctx: &Context<'_>,
    keep: &ID,
    merge: &[ID],
    if_revision: Option<String>,
) -> Result<MergeResult> {
    if let Some(done) = request_context(ctx).previous_write(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "merge", merge.len())?;
    let mut locations = vec![DraftLocation::for_id("keep".to_string())];
    locations.extend((0..merge.len()).map(|index| DraftLocation::for_id(format!("merge[{index}]"))));
    let paths = std::iter::once(("keep".to_string(), keep)).chain(
        merge
            .iter()
            .enumerate()
            .map(|(index, id)| (format!("merge[{index}]"), id)),
    );
    let mut problems = Vec::new();
    let mut ids = Vec::with_capacity(merge.len() + 1);
    for (path, id) in paths {
        match EntityId::parse(id) {
            Ok(id) => ids.push(id),
            Err(error) => problems.push(InputProblem {
                path,
                value: id.to_string(),
                reason: error.reason(),
                hint: error.hint(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(rejection(&[], &problems));
    }
    let kept = ids.remove(0);
    let context = request_context(ctx);
    let entity_merge = EntityMerge {
        keep: kept.clone(),
        merge: ids,
        terms: terms(context, if_revision)?,
    };
    let done = match context.service.merge_entities(entity_merge).await {
        Ok(WriteOutcome::Done((merged, revision))) => Ok(MergeResult {
            kept,
            merged,
            revision,
        }),
        Ok(WriteOutcome::Refused(problems)) => Err(rejection_of_drafts(&problems, &locations)),
        Err(error) => Err(error.into()),
    };
    context.finish_write(ctx, done).await
}
