//! Leverage: the claimed outputs of a fund or program relative to its inputs of the same unit.

use super::{IncidentQuery, Result, ServiceError, Session};
use crate::indicators::{Ratio, leverage};
use crate::model::change::Subject;
use crate::model::entity::Properties;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::quantity::{Measure, Quantity, QuantityStatus};
use crate::model::record::Observation;
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::model::statement::EvidenceFilter;

/// The ratio of one output to one input.
#[derive(Clone, Debug, PartialEq)]
pub struct LeverageRow {
    /// The input.
    pub input: LeverageAmount,
    /// The claimed output.
    pub output: LeverageAmount,
    /// The ratio.
    pub ratio: Ratio,
}

/// An input or output, with the fact that states it.
#[derive(Clone, Debug, PartialEq)]
pub struct LeverageAmount {
    /// The amount.
    pub quantity: Quantity,
    /// The fact.
    pub fact: AmountFact,
}

/// The fact that states an amount.
#[derive(Clone, Debug, PartialEq)]
pub enum AmountFact {
    /// The paid-in amount of the fund.
    PaidIn,
    /// An observation of the entity.
    Observation(Box<Observation>),
    /// A relation that starts at the entity.
    Relation(Box<Relation>),
}

/// The facts about an entity that affect its leverage.
struct LeverageFacts {
    id: EntityId,
    paid_in: Option<Quantity>,
    observations: Vec<Observation>,
    relations: Vec<Relation>,
}

impl Session {
    /// The ratio of every output of an entity to every input of the same unit: one row for each pair. Inputs
    /// are sorted: paid-in, then observations, then relations by id; outputs likewise. Only facts that pass
    /// the default evidence filter count, and no amounts of measure RULE or CHANGE.
    ///
    /// - **Inputs**: `paid_in`; the realized amounts of its observations and of the conserved relations that
    ///   leave it.
    /// - **Outputs**: the claimed amounts of its observations, and every amount of its LEVERAGES relations.
    /// - **Errors**: an unknown id; more facts, or more rows, than the limit.
    /// - **Store calls**: five.
    pub async fn leverage(&self, id: &EntityId) -> Result<Vec<LeverageRow>> {
        let facts = self.leverage_facts(id).await?;
        let (inputs, outputs) = (inputs(&facts), outputs(&facts));
        let pairs = || {
            inputs
                .iter()
                .flat_map(|input| outputs.iter().map(move |output| (input, output)))
        };
        let of_one_unit = |(input, output): &(&LeverageAmount, &LeverageAmount)| {
            input.quantity.unit().is_some() && input.quantity.unit() == output.quantity.unit()
        };
        self.check_facts("rows of leverage", pairs().filter(of_one_unit).count())?;
        let row = |(input, output): (&LeverageAmount, &LeverageAmount)| LeverageRow {
            ratio: leverage(&input.quantity, &output.quantity),
            input: input.clone(),
            output: output.clone(),
        };
        Ok(pairs().filter(of_one_unit).map(row).collect())
    }

    /// Reads the facts. Those that fail the default evidence filter are left out.
    async fn leverage_facts(&self, id: &EntityId) -> Result<LeverageFacts> {
        let ids = self.require_ids("entity", std::slice::from_ref(id)).await?;
        let max = self.limits().indicator_facts_max;
        let query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(
                    RelationKind::ALL
                        .iter()
                        .copied()
                        .filter(|kind| may_count(*kind))
                        .collect(),
                ),
                evidence: Some(EvidenceFilter::default()),
                ..RelationFilter::default()
            },
            direction: Direction::Both,
            other: None,
            at: None,
            page: PageRequest::first(max),
        };
        let relations = self.incident(&ids, &query).await?.into_iter().next();
        let observations = self.observations_of(&ids, None, &PageRequest::first(max)).await?;
        let observations = observations.into_iter().next();
        let is_incomplete = relations.as_ref().is_some_and(|page| page.has_next)
            || observations.as_ref().is_some_and(|page| page.has_next);
        // An incomplete page means at least one fact more than the limit.
        self.check_facts("facts of one entity", if is_incomplete { max + 1 } else { 0 })?;
        let entity = self.entities(&ids).await?.into_iter().next().flatten();
        let entity = entity.ok_or_else(|| ServiceError::UnknownId {
            what: "entity",
            id: id.to_string(),
            revision: self.revision(),
        })?;
        let observations = observations.map_or_else(Vec::new, |page| page.items);
        let own = Subject::Entity(entity.id.clone());
        let observed = observations
            .iter()
            .map(|observation| Subject::Observation(observation.id.clone()));
        let subjects: Vec<Subject> = std::iter::once(own).chain(observed).collect();
        let filter = EvidenceFilter::default();
        let evidence = self.evidence(&subjects).await?;
        let is_supported = evidence.first().is_some_and(|classes| filter.passes(classes));
        let paid_in = match &entity.properties {
            Properties::Fund { paid_in, .. } => paid_in.clone(),
            _ => None,
        };
        Ok(LeverageFacts {
            id: entity.id.clone(),
            paid_in: paid_in.filter(|_| is_supported),
            observations: observations
                .into_iter()
                .zip(evidence.iter().skip(1))
                .filter(|(_, classes)| filter.passes(classes))
                .map(|(observation, _)| observation)
                .collect(),
            relations: relations.map_or_else(Vec::new, |page| page.items),
        })
    }

    /// Rejects a number of facts that exceeds the limit for indicators; `what` names them in the error.
    pub(super) fn check_facts(&self, what: &'static str, count: usize) -> Result<()> {
        let max = self.limits().indicator_facts_max;
        if count <= max {
            return Ok(());
        }
        Err(ServiceError::OverLimit {
            what,
            asked: count as u64,
            max: max as u64,
        })
    }
}

/// Whether relations of a kind may be inputs or outputs: those that claim an effect, and those whose amounts
/// add up. Carriers are excluded, because a park may have thousands of tenants.
fn may_count(kind: RelationKind) -> bool {
    let info = kind.info();
    info.claimed || (info.conserved.in_unit(None) && !info.is_carrier())
}

/// The inputs: the paid-in amount whatever its status, and the realized amounts.
fn inputs(facts: &LeverageFacts) -> Vec<LeverageAmount> {
    let paid_in = facts
        .paid_in
        .as_ref()
        .and_then(|quantity| amount(quantity, AmountFact::PaidIn));
    let realised = |quantity: &Quantity| quantity.status() == Some(QuantityStatus::Realised);
    let relations = facts
        .relations
        .iter()
        .filter(|relation| leads_out(relation, &facts.id) && relation.is_conserved());
    let relations = relations.filter(|relation| !relation.kind.info().is_carrier());
    paid_in
        .into_iter()
        .chain(observed(facts))
        .chain(relations.filter_map(stated))
        .filter(|amount| amount.fact == AmountFact::PaidIn || realised(&amount.quantity))
        .collect()
}

/// The outputs: the claimed amounts of observations, then the amounts of relations that claim an effect.
fn outputs(facts: &LeverageFacts) -> Vec<LeverageAmount> {
    let observed = observed(facts).filter(|amount| amount.quantity.status() == Some(QuantityStatus::Claimed));
    let claims = facts
        .relations
        .iter()
        .filter(|relation| relation.kind.info().claimed && relation.from == facts.id);
    observed.chain(claims.filter_map(stated)).collect()
}

/// The amounts that the observations state.
fn observed(facts: &LeverageFacts) -> impl Iterator<Item = LeverageAmount> {
    let observed = |observation: &Observation| {
        let fact = AmountFact::Observation(Box::new(observation.clone()));
        amount(&observation.quantity, fact)
    };
    facts.observations.iter().filter_map(observed)
}

/// The amount that a relation states.
fn stated(relation: &Relation) -> Option<LeverageAmount> {
    amount(
        relation.quantity.as_ref()?,
        AmountFact::Relation(Box::new(relation.clone())),
    )
}

/// The effective quantity as an amount; `None` for a rule or a change.
fn amount(quantity: &Quantity, fact: AmountFact) -> Option<LeverageAmount> {
    let quantity = quantity.effective().clone();
    let is_amount = !matches!(quantity.measure(), Measure::Rule | Measure::Change);
    is_amount.then_some(LeverageAmount { quantity, fact })
}

/// Whether a relation carries something out of an entity. A direction of both ways, or one not stated, is not
/// evidence of that.
fn leads_out(relation: &Relation, id: &EntityId) -> bool {
    match relation.flow() {
        FlowDirection::Forward => relation.from == *id,
        FlowDirection::Backward => relation.to == *id,
        FlowDirection::Both | FlowDirection::Unstated | FlowDirection::None => false,
    }
}
