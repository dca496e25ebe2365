//! The ledger: the relations behind each program, and how much of their amounts is stated.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger_facts::ends;
use super::sides::LedgerLocations;
use super::{TraceAnswer, TraceInput};
use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, RelationId};
use crate::model::relation::Relation;
use crate::model::walk::{TruncationReason, WalkRules};
use crate::service::workers::compute;
use crate::service::{Result, Session};
use crate::trace::PathCount;
use crate::trace::end_class::EndClassifier;
use crate::trace::mechanisms::{LedgerFacts, MechanismRow, OmittedProgram, ProgramGroup, groups};

/// The answer to a ledger query.
#[derive(Clone, Debug)]
pub struct Mechanisms {
    /// The rows by id of the program; the row of relations under no program is last.
    pub rows: Vec<MechanismRow>,
    /// The programs without a row, by id: those without a tie to either side, and without a relation that
    /// counts.
    pub left_out: Vec<OmittedProgram>,
    /// Why the answer may be incomplete: relations on a path may be missing, and then nothing is known to lie
    /// elsewhere.
    pub truncated: Option<TruncationReason>,
}

impl Session {
    /// Builds the ledger of a trace: the relations that count for each program, and last those of none.
    ///
    /// These relations are valid, pass the evidence filter, and match the kinds, resources, stages and
    /// exclusions of the query. For a program they are all relations under it and at it; for no program,
    /// those with an end among the sources or targets or in a region that a selector names, and those on a
    /// path or on the way to a dead end. Relations that carry nothing are included whatever resource is
    /// requested. `crate::trace::end_class` and `crate::trace::figures` define which relations and amounts
    /// count.
    ///
    /// - **Errors.** More relations than the limit, because a sum over part of them would be wrong.
    /// - **Calls.** Those of the trace, at most twenty-one more, and one for each level of regions above a
    ///   location, however many rows there are.
    pub async fn mechanisms(&self, input: TraceInput) -> Result<Mechanisms> {
        let answer = self.trace(input).await?;
        let (union, dead_ends) = (answer.union().await?, answer.dead_ends().await?);
        let walk = &answer.input().walk;
        let programs = self.programs(walk).await?;
        let relations = self.ledger_relations(&answer, &programs).await?;
        let mut ids = ends(relations.iter());
        ids.extend(programs.iter().cloned());
        let entities = self.entities_of(&ids, walk.at).await?;
        let relations: Vec<Relation> = relations
            .into_iter()
            .filter(|r| is_asked(r, walk, &entities))
            .collect();
        let walked = self.walks(&relations, walk).await?;
        let ties = self.ties_of(&programs, walk).await?;
        let places = self.places(&answer, &walked, &relations, &ties).await?;
        let sides = self.sides(&answer, &walked, &places).await?;
        let arriving = dead_ends
            .rows
            .iter()
            .flat_map(|row| row.arriving.iter().cloned())
            .collect();
        let touching = touching(&answer, &places);
        let facts = LedgerFacts {
            entities,
            arriving,
            tied: tied(&ties, &touching),
            touching,
            ..self.ledger_facts(&relations, programs, walk).await?
        };
        let include_unstated = walk.include_unstated;
        let truncated = union.truncated.or(dead_ends.truncated);
        let (trace, limits) = (answer.trace(), self.limits());
        compute(|| {
            let classifier = EndClassifier::new(
                (&walked.0, &walked.1),
                sides,
                include_unstated,
                &mut limits.trace_budget(),
            );
            let truncated = truncated.or(classifier.truncated());
            let (groups, others): (Vec<_>, Vec<_>) = groups(&relations, &facts, &classifier)
                .into_iter()
                .partition(ProgramGroup::has_row);
            let ids: Vec<BTreeSet<RelationId>> = groups
                .iter()
                .map(|group| group.relations().map(|r| r.id.clone()).collect())
                .collect();
            let counts: Vec<PathCount> = trace.count_using(&ids, &mut limits.trace_budget());
            let mut budget = limits.trace_budget();
            let rows = groups.into_iter().zip(counts);
            Mechanisms {
                rows: rows
                    .map(|(group, count)| group.row(&facts, &classifier, count, &mut budget))
                    .collect(),
                left_out: others
                    .iter()
                    .filter_map(|group| group.left_out(&classifier, &mut budget))
                    .collect(),
                truncated: truncated.or(budget.exhausted()),
            }
        })
    }
}

/// The entities at ends and ties that are selected, or in a region that a selector names.
fn touching(answer: &TraceAnswer, places: &LedgerLocations) -> BTreeSet<EntityId> {
    let ends = answer.trace().ends();
    let mut touching: BTreeSet<EntityId> = ends.sources.union(&ends.targets).cloned().collect();
    touching.extend(places.inside().cloned());
    touching
}

/// The programs with a tie to a selected entity.
fn tied(ties: &BTreeSet<(EntityId, EntityId)>, touching: &BTreeSet<EntityId>) -> BTreeSet<EntityId> {
    let to_it = ties
        .iter()
        .filter(|(program, other)| touching.contains(other) || touching.contains(program));
    to_it.map(|(program, _)| program.clone()).collect()
}

/// Whether the query includes a relation, by its resource, its ends, and the stage of projects there.
fn is_asked(relation: &Relation, walk: &WalkRules, entities: &BTreeMap<EntityId, SharedEntity>) -> bool {
    let info = relation.kind.info();
    let carries_its_own = info.can_carry() && !info.is_carrier();
    let resource_asked = walk
        .resources
        .as_ref()
        .is_none_or(|asked| match relation.resource() {
            Some(resource) => asked.contains(&resource),
            None => !carries_its_own || walk.include_unstated,
        });
    let end_asked = |end: &EntityId| {
        let stage = entities.get(end).and_then(|entity| entity.stage());
        let stage_asked =
            stage.is_none_or(|stage| walk.stages.as_ref().is_none_or(|asked| asked.contains(&stage)));
        stage_asked && !walk.exclude.contains(end)
    };
    resource_asked && end_asked(&relation.from) && end_asked(&relation.to)
}
