//! The fields of `Mutation`: each reads its input, has the service write it all or nothing, and answers at the revision
//! that it made.

mod dataset;
mod upsert;

use async_graphql::{Context, ID, Object};

use super::errors::{Failure, Result};
use super::inputs::write::{
    DatasetInput, EntityInput, Fault, ObservationInput, Place, Reading, RelationInput, RuleInput,
    SourceInput, StatementInput,
};
use super::schema::{Asker, Done, asker};
use super::types::written::{DeleteResult, MergeResult, UpsertResult};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::service::write::{Draft, Merger, Problem, Removal, Sort, Terms, Written};

/// The fields of `Mutation`.
pub(super) struct Mutation;

/// Writing. Each field is all or nothing, and all that is wrong with it is told at once (`extensions.problems`, each with
/// its input path). Fields are done one after the other; where one fails, those after it are not done. Role editor or above.
#[Object]
impl Mutation {
    /// Writes a data set's own record. Role admin.
    async fn upsert_dataset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data set.")] input: DatasetInput,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        dataset::upsert(ctx, input, if_revision).await
    }

    /// Writes sources.
    async fn upsert_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sources.")] input: Vec<SourceInput>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Writes entities, each whole and with its evidence.
    async fn upsert_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The entities.")] input: Vec<EntityInput>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Writes relations, each whole and with its evidence.
    async fn upsert_relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The relations.")] input: Vec<RelationInput>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Writes observations, each whole and with its evidence.
    async fn upsert_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The observations.")] input: Vec<ObservationInput>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Writes rules, each whole and with its evidence.
    async fn upsert_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rules.")] input: Vec<RuleInput>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Adds further evidence to what is there, also to what another data set brought. Amounts that differ give their hull,
    /// and the quantity is `contested`; one with rank PREFERRED counts alone.
    async fn add_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they speak of: an entity, a relation, an observation or a rule.")]
        subject_id: ID,
        #[graphql(desc = "The statements.")] statements: Vec<StatementInput>,
        #[graphql(
            desc = "The data set that says so. Null: the only one that the key is for, or that there is."
        )]
        dataset_id: Option<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        let mut reading = Reading::default();
        for (index, statement) in statements.into_iter().enumerate() {
            let path = format!("statements[{index}]");
            if let Some(statement) = statement.read(&mut reading, &path) {
                let subject = subject_id.to_string();
                reading.drafts.push(Draft::Statement { subject, statement });
                reading.places.push(Place::of_statement(path));
            }
        }
        let named = dataset_id.map(|id| ("datasetId".to_string(), id));
        upsert::drafts(ctx, reading, named, vec![subject_id.to_string()], if_revision).await
    }

    /// Deletes entities. What refers to one keeps it from going, unless `cascade`: then its relations, observations and
    /// rules go too, and relations that only fall under it stay without.
    async fn delete_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The entities. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(desc = "Whether what refers to them goes too.", default)] cascade: bool,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove(ctx, Sort::Entity, &ids, cascade, if_revision).await
    }

    /// Deletes relations.
    async fn delete_relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The relations. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove(ctx, Sort::Relation, &ids, false, if_revision).await
    }

    /// Deletes observations.
    async fn delete_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The observations. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove(ctx, Sort::Observation, &ids, false, if_revision).await
    }

    /// Deletes rules.
    async fn delete_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The rules. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove(ctx, Sort::Rule, &ids, false, if_revision).await
    }

    /// Makes several entities one. What refers to the others refers to the one kept from then on, what is then said twice is
    /// said once, and the old ids lead to it for ever.
    async fn merge_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The entity kept.")] keep: ID,
        #[graphql(desc = "The entities that become part of it; of the same kind.")] merge: Vec<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<MergeResult> {
        merge_entities(ctx, &keep, &merge, if_revision).await
    }
}

/// Who writes, and the revision on which they rest.
fn terms(asker: &Asker, if_revision: Option<String>) -> Result<Terms> {
    Ok(Terms {
        by: asker.session.principal().clone(),
        if_revision: revision(if_revision)?,
    })
}

fn revision(given: Option<String>) -> Result<Option<Revision>> {
    let read = |text: String| {
        text.parse().map(Revision).map_err(|_| {
            Failure::input(format!(
                "ifRevision `{text}` is no revision: send what `revision` said"
            ))
        })
    };
    given.map(read).transpose()
}

/// Refuses more than one write may name.
fn check_size(ctx: &Context<'_>, what: &str, count: usize) -> Result<()> {
    let max = asker(ctx).session.limits().write_records_max;
    if count > max {
        return Err(Failure::limit(format!(
            "{what}: {count}, at most {max}; send them in several calls"
        )));
    }
    Ok(())
}

/// Why nothing was done, of problems whose places are those of the arguments.
fn refused(problems: &[Problem], places: &[Place]) -> Failure {
    let faults: Vec<Fault> = problems
        .iter()
        .map(|problem| Fault::of(problem, places))
        .collect();
    upsert::refusal(problems, &faults)
}

async fn remove(
    ctx: &Context<'_>,
    sort: Sort,
    ids: &[ID],
    cascade: bool,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    if let Some(Done::Removed(done)) = asker(ctx).done(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "ids", ids.len())?;
    let places: Vec<Place> = (0..ids.len())
        .map(|index| Place::of_id(format!("ids[{index}]")))
        .collect();
    let asker = asker(ctx);
    let removal = Removal {
        sort,
        ids: ids.iter().map(|id| id.to_string()).collect(),
        cascade,
        terms: terms(asker, if_revision)?,
    };
    let done = match asker.service.remove(removal).await {
        Ok(Written::Done((removed, revision))) => Ok(DeleteResult { removed, revision }),
        Ok(Written::Refused(problems)) => Err(refused(&problems, &places)),
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Removed));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}

async fn merge_entities(
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
                reason: error.to_string(),
                hint: None,
            }),
        }
    }
    if !faults.is_empty() {
        return Err(upsert::refusal(&[], &faults));
    }
    let kept = ids.remove(0);
    let asker = asker(ctx);
    let merger = Merger {
        keep: kept.clone(),
        merge: ids,
        terms: terms(asker, if_revision)?,
    };
    let done = match asker.service.merge(merger).await {
        Ok(Written::Done((merged, revision))) => Ok(MergeResult {
            kept,
            merged,
            revision,
        }),
        Ok(Written::Refused(problems)) => Err(refused(&problems, &places)),
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Merged));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}
