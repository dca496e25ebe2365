//! The ledger: for each programme what stands behind it, and how much of it is stated.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger_facts::ends;
use super::sides::LedgerPlaces;
use super::{TraceAnswer, TraceInput};
use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, RelationId};
use crate::model::relation::Relation;
use crate::model::walk::{TruncationReason, Walk};
use crate::service::workers::compute;
use crate::service::{Result, Session};
use crate::trace::PathCount;
use crate::trace::mechanisms::{LedgerFacts, LeftOut, MechanismRow, ProgramGroup, groups};
use crate::trace::ways::Ways;

/// The rows of a ledger.
#[derive(Clone, Debug)]
pub struct Mechanisms {
    /// By the id of the programme; last what falls under none.
    pub rows: Vec<MechanismRow>,
    /// The programmes without a row, by id: those that are not tied to either side, and of whose relations none counts.
    pub left_out: Vec<LeftOut>,
    /// Why the answer may not be whole, where that is so: relations on a path may be missing, and what lies elsewhere is then
    /// not known to.
    pub truncated: Option<TruncationReason>,
}

impl Session {
    /// The ledger of a trace: for each programme, and last for none, the relations that count.
    ///
    /// These are valid, pass the evidence filter, and are within the kinds, resources, stages and exclusions of the question.
    /// Of a programme they are all those under it and at it; of none those with an end among the sources or targets or in
    /// a region that a selector names, and those on a path or on the way to a dead end. What carries nothing is of no resource,
    /// and stays whichever is asked. What counts of them, `crate::trace::ways` and `crate::trace::figures` define.
    /// - **Errors.** More relations than the limit: a sum over a part of them would be no answer.
    /// - **Calls.** Those of the trace, twenty-one at most, and one for each level of regions above those where something lies,
    ///   however many rows there are.
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
            let ways = Ways::new(
                (&walked.0, &walked.1),
                sides,
                include_unstated,
                &mut limits.trace_budget(),
            );
            let truncated = truncated.or(ways.truncated());
            let (groups, others): (Vec<_>, Vec<_>) = groups(&relations, &facts, &ways)
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
                    .map(|(group, count)| group.row(&facts, &ways, count, &mut budget))
                    .collect(),
                left_out: others
                    .iter()
                    .filter_map(|group| group.left_out(&ways, &mut budget))
                    .collect(),
                truncated: truncated.or(budget.spent_out()),
            }
        })
    }
}

/// The entities at ends and ties that are among what was asked for, or in a region that a selector names.
fn touching(answer: &TraceAnswer, places: &LedgerPlaces) -> BTreeSet<EntityId> {
    let ends = answer.trace().ends();
    let mut touching: BTreeSet<EntityId> = ends.sources.union(&ends.targets).cloned().collect();
    touching.extend(places.inside().cloned());
    touching
}

/// The programmes that are tied to something that touches what was asked for.
fn tied(ties: &BTreeSet<(EntityId, EntityId)>, touching: &BTreeSet<EntityId>) -> BTreeSet<EntityId> {
    let to_it = ties
        .iter()
        .filter(|(program, other)| touching.contains(other) || touching.contains(program));
    to_it.map(|(program, _)| program.clone()).collect()
}

/// Whether the question leaves a relation in: by what it carries, by its ends, and by the stage of projects there.
fn is_asked(relation: &Relation, walk: &Walk, entities: &BTreeMap<EntityId, SharedEntity>) -> bool {
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
