//! Leverage: what is said to have come of what a fund or programme put in, each output over each input of its unit.

use super::{IncidentQuery, Result, ServiceError, Session};
use crate::indicators::{Ratio, leverage};
use crate::model::change::Subject;
use crate::model::entity::Properties;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::quantity::{Measure, Quantity, QuantityStatus};
use crate::model::record::Observation;
use crate::model::relation::{FlowDirection, Relation};
use crate::model::selector::{Direction, RelationFilter};
use crate::model::statement::EvidenceFilter;

/// One output over one input.
#[derive(Clone, Debug, PartialEq)]
pub struct LeverageRow {
    /// What was put in.
    pub input: Amount,
    /// What is said to have come of it.
    pub output: Amount,
    /// The one over the other.
    pub ratio: Ratio,
}

/// An amount, and the fact that states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// What counts of it.
    pub quantity: Quantity,
    /// Where it stands.
    pub fact: AmountFact,
}

/// The fact that states an amount.
#[derive(Clone, Debug, PartialEq)]
pub enum AmountFact {
    /// What was paid into the fund itself.
    PaidIn,
    /// An observation of it.
    Observation(Box<Observation>),
    /// A relation that begins there.
    Relation(Box<Relation>),
}

/// What is known of an entity that has a bearing on its leverage.
struct Facts {
    id: EntityId,
    paid_in: Option<Quantity>,
    observations: Vec<Observation>,
    relations: Vec<Relation>,
}

impl Session {
    /// Every output of an entity over every input of the same unit. Inputs: what was paid in, then observations, then relations
    /// by id; the outputs likewise. Facts count that pass the evidence filter where it is not said; an amount of measure RULE or
    /// CHANGE is none of either.
    ///
    /// - **Inputs**: `paid_in`; the realised amounts of its observations and of the conserved relations that lead out of it.
    /// - **Outputs**: the claimed amounts of its observations, and every amount on its LEVERAGES.
    /// - **Errors.** An unknown id; more facts, or rows, than the limit.
    /// - **Calls.** Five.
    pub async fn leverage(&self, id: &EntityId) -> Result<Vec<LeverageRow>> {
        let facts = self.leverage_facts(id).await?;
        let (inputs, outputs) = (inputs(&facts), outputs(&facts));
        let pairs = || {
            inputs
                .iter()
                .flat_map(|input| outputs.iter().map(move |output| (input, output)))
        };
        let of_one_unit = |(input, output): &(&Amount, &Amount)| {
            input.quantity.unit().is_some() && input.quantity.unit() == output.quantity.unit()
        };
        self.check_facts("rows of leverage", pairs().filter(of_one_unit).count())?;
        let row = |(input, output): (&Amount, &Amount)| LeverageRow {
            ratio: leverage(&input.quantity, &output.quantity),
            input: input.clone(),
            output: output.clone(),
        };
        Ok(pairs().filter(of_one_unit).map(row).collect())
    }

    async fn leverage_facts(&self, id: &EntityId) -> Result<Facts> {
        let ids = self.known("entity", std::slice::from_ref(id)).await?;
        let max = self.limits().indicator_facts_max;
        let query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(
                    RelationKind::ALL
                        .iter()
                        .copied()
                        .filter(|kind| has_part(*kind))
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
        let is_cut = relations.as_ref().is_some_and(|page| page.has_next)
            || observations.as_ref().is_some_and(|page| page.has_next);
        self.check_facts("facts of one entity", if is_cut { max + 1 } else { 0 })?;
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
            .map(|one| Subject::Observation(one.id.clone()));
        let subjects: Vec<Subject> = std::iter::once(own).chain(observed).collect();
        let filter = EvidenceFilter::default();
        let evidence = self.evidence(&subjects).await?;
        let is_supported = evidence.first().is_some_and(|classes| filter.passes(classes));
        let paid_in = match &entity.properties {
            Properties::Fund { paid_in, .. } => paid_in.clone(),
            _ => None,
        };
        Ok(Facts {
            id: entity.id.clone(),
            paid_in: paid_in.filter(|_| is_supported),
            observations: observations
                .into_iter()
                .zip(evidence.iter().skip(1))
                .filter(|(_, classes)| filter.passes(classes))
                .map(|(one, _)| one)
                .collect(),
            relations: relations.map_or_else(Vec::new, |page| page.items),
        })
    }

    /// Refuses more facts than an indicator may rest on.
    pub(super) fn check_facts(&self, what: &'static str, asked: usize) -> Result<()> {
        let max = self.limits().indicator_facts_max;
        if asked <= max {
            return Ok(());
        }
        Err(ServiceError::OverLimit {
            what,
            asked: asked as u64,
            max: max as u64,
        })
    }
}

/// Whether relations of a kind may be inputs or outputs: what passes on may be a park's thousands of tenants.
fn has_part(kind: RelationKind) -> bool {
    let info = kind.info();
    info.claimed || (info.conserved.in_unit(None) && !info.is_carrier())
}

fn inputs(facts: &Facts) -> Vec<Amount> {
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

fn outputs(facts: &Facts) -> Vec<Amount> {
    let observed = observed(facts).filter(|amount| amount.quantity.status() == Some(QuantityStatus::Claimed));
    let claims = facts
        .relations
        .iter()
        .filter(|relation| relation.kind.info().claimed && relation.from == facts.id);
    observed.chain(claims.filter_map(stated)).collect()
}

fn observed(facts: &Facts) -> impl Iterator<Item = Amount> {
    let fact = |one: &Observation| amount(&one.quantity, AmountFact::Observation(Box::new(one.clone())));
    facts.observations.iter().filter_map(fact)
}

fn stated(relation: &Relation) -> Option<Amount> {
    amount(
        relation.quantity.as_ref()?,
        AmountFact::Relation(Box::new(relation.clone())),
    )
}

/// What counts of a quantity, where it is an amount and no rule or change of one.
fn amount(quantity: &Quantity, fact: AmountFact) -> Option<Amount> {
    let quantity = quantity.effective().clone();
    let is_amount = !matches!(quantity.measure(), Measure::Rule | Measure::Change);
    is_amount.then_some(Amount { quantity, fact })
}

/// Whether what a relation carries leaves an entity by it.
fn leads_out(relation: &Relation, id: &EntityId) -> bool {
    match relation.flow() {
        FlowDirection::Forward => relation.from == *id,
        FlowDirection::Backward => relation.to == *id,
        FlowDirection::Both | FlowDirection::Unstated | FlowDirection::None => false,
    }
}
