//! The fields of `Mutation`: each reads its input, has the service write it all or nothing, and answers at the revision
//! that it made.

mod dataset;
mod merge;
mod remove;
mod upsert;

use async_graphql::{Context, ID, Object};

use super::errors::{Failure, Result};
use super::inputs::write::{
    DatasetInput, EntityInput, Fault, ObservationInput, Place, Reading, RelationInput, RuleInput,
    SourceInput, StatementInput, StatementMatchInput, places,
};
use super::schema::{Asker, asker};
use super::types::written::{DeleteResult, MergeResult, UpsertResult};
use crate::model::change::Revision;
use crate::model::id::SourceId;
use crate::service::write::{DeletionKind, Draft, Problem, Terms};
use remove::{DeleteOptions, StatementSelection};

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

    /// Writes entities, each whole and with its evidence. One under an id that was merged away adds what it says to the entity kept.
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
        let unread = upsert::unread(ctx);
        let mut reading = Reading::after(unread);
        // Whatever has a key may be spoken of, and all keys are of one form.
        let subject = reading.parse(|| "subjectId".to_string(), &subject_id, SourceId::parse);
        for (index, statement) in places(unread).zip(statements) {
            let path = format!("statements[{index}]");
            let statement = statement.read(&mut reading, &path);
            if let Some((subject, statement)) = subject.as_ref().zip(statement) {
                let subject = subject.to_string();
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
        #[graphql(desc = "Whether it only says what would go, and deletes nothing.", default)] dry_run: bool,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove::records(
            ctx,
            DeletionKind::Entity,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
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
        remove::records(
            ctx,
            DeletionKind::Relation,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
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
        remove::records(
            ctx,
            DeletionKind::Observation,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
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
        remove::records(
            ctx,
            DeletionKind::Rule,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
    }

    /// Deletes sources. A statement that cites one keeps it from going, unless `cascade`: then the statements that cite it go too,
    /// and a record that nothing states as a whole any more, with what refers to that.
    async fn delete_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The sources. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(desc = "Whether the statements that cite them go too.", default)] cascade: bool,
        #[graphql(desc = "Whether it only says what would go, and deletes nothing.", default)] dry_run: bool,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove::records(
            ctx,
            DeletionKind::Source,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
    }

    /// Deletes data sets: their own records, their statements, and the records that no other data set has a row for. What other data
    /// sets state too stays with what they say. What refers to a record that would go keeps the data set from going, unless
    /// `cascade`. Importing it again brings it back. Role admin.
    async fn delete_datasets(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The data sets. Of what was deleted already nothing is left to do; an id that never was is refused (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Whether what other data sets have goes too where it refers to what goes.",
            default
        )]
        cascade: bool,
        #[graphql(desc = "Whether it only says what would go, and deletes nothing.", default)] dry_run: bool,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        remove::records(
            ctx,
            DeletionKind::Dataset,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
    }

    /// Deletes statements of one data set on one record. The last that states the record as a whole stays, unless `cascade`: then
    /// the record goes too, with what refers to it.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn delete_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they speak of: an entity, a relation, an observation or a rule.")]
        subject_id: ID,
        #[graphql(desc = "Which of them: each picks all that have what it names.")] statements: Vec<
            StatementMatchInput,
        >,
        #[graphql(
            desc = "The data set that says so. Null: the only one that the key is for, or that there is."
        )]
        dataset_id: Option<ID>,
        #[graphql(desc = "Whether a record goes too that nothing states any more.", default)] cascade: bool,
        #[graphql(desc = "Whether it only says what would go, and deletes nothing.", default)] dry_run: bool,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        let asked = StatementSelection {
            subject_id,
            statements,
            dataset_id,
        };
        remove::statements(ctx, asked, DeleteOptions { cascade, dry_run }, if_revision).await
    }

    /// Makes several entities one. What refers to the others refers to the one kept from then on, what is then said twice is
    /// said once, and the old ids lead to it for ever.
    async fn merge_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The entity kept; an id that was merged away stands for the entity that it leads to."
        )]
        keep: ID,
        #[graphql(
            desc = "The entities that become part of it; of the same kind. Ids that were merged away lead on here too."
        )]
        merge: Vec<ID>,
        #[graphql(
            desc = "Refused (CONFLICT) where the graph is at another revision, unless all stands so already."
        )]
        if_revision: Option<String>,
    ) -> Result<MergeResult> {
        merge::entities(ctx, &keep, &merge, if_revision).await
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
