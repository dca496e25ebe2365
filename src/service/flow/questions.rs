//! Follow-up questions: for each fact that a flow lacks, what is not known and whom to ask, in Chinese and
//! English.

use std::collections::{BTreeSet, HashMap};

use super::FlowAnswer;
use crate::flow::{MissingFact, MissingReason};
use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, RelationId};
use crate::model::language::Bilingual;
use crate::model::ontology::RelationKind;
use crate::model::quantity::Unit;
use crate::model::relation::Relation;
use crate::service::Result;

/// An unknown fact, and the question that would settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpQuestion {
    /// A description of the unknown fact.
    pub detail: Bilingual,
    /// The question.
    pub question: Bilingual,
}

impl FlowAnswer {
    /// The questions for the unknown facts, in their order. Two store calls.
    pub async fn questions(&self) -> Result<Vec<FollowUpQuestion>> {
        let missing = self.missing().await?;
        if missing.facts.is_empty() {
            return Ok(Vec::new());
        }
        let ends = missing.facts.iter();
        let ends = ends.flat_map(|fact| std::iter::once(&fact.giver).chain(&fact.taker));
        let ids: Vec<EntityId> = ends.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let entities = self.session.entities(&ids).await?;
        let entities: HashMap<&EntityId, SharedEntity> = ids
            .iter()
            .zip(entities)
            .filter_map(|(id, entity)| Some((id, entity?)))
            .collect();
        let ids: BTreeSet<&RelationId> = missing.facts.iter().flat_map(|fact| &fact.relation).collect();
        let ids: Vec<RelationId> = ids.into_iter().cloned().collect();
        let mut relations = if ids.is_empty() {
            Vec::new()
        } else {
            self.session.relations(&ids).await?
        };
        self.session
            .apply_as_of(relations.iter_mut().flatten(), self.input().at);
        let relations: HashMap<&RelationId, Relation> = ids
            .iter()
            .zip(relations)
            .filter_map(|(id, relation)| Some((id, relation?)))
            .collect();
        let name = |id: &EntityId| {
            let unnamed = || Bilingual::new(id.as_str(), id.as_str()).to_owned();
            entities
                .get(id)
                .map_or_else(unnamed, |entity| entity.names_in_both())
        };
        let questions = missing.facts.iter().map(|fact| {
            let unit = &self.input().layer.unit;
            let giver = name(&fact.giver);
            let Some(taker) = &fact.taker else {
                return of_conduit(giver, unit);
            };
            let relation = fact.relation.as_ref().and_then(|id| relations.get(id));
            question(fact, relation, unit, &giver, &name(taker))
        });
        Ok(questions.collect())
    }
}

/// The question about a conduit that is selected without being named.
fn of_conduit(conduit: Bilingual, unit: &Unit) -> FollowUpQuestion {
    let Bilingual { zh, en } = conduit;
    FollowUpQuestion {
        detail: Bilingual {
            zh: format!("「{zh}」只是经手，选取时没有按编号指名，其资金不计为它自己的"),
            en: format!("{en} is a conduit that is not named by id: what it gives is not counted as its own"),
        },
        question: Bilingual {
            zh: format!(
                "「{zh}」给出的（{}）从何而来？若要当作它自己的，请在 from 中按编号指名。",
                unit.label().zh
            ),
            en: format!(
                "Where does what {en} gives come from ({})? To count it as its own, name {en} by id in `from`.",
                unit.label().en
            ),
        },
    }
}

fn question(
    fact: &MissingFact,
    relation: Option<&Relation>,
    unit: &Unit,
    g: &Bilingual,
    t: &Bilingual,
) -> FollowUpQuestion {
    let kind = relation.map_or(Bilingual::new("", ""), |relation| relation.kind.label());
    let gap = fact.reason.label();
    let detail = Bilingual {
        zh: format!("「{}」{}「{}」：{}", g.zh, kind.zh, t.zh, gap.zh),
        en: format!("{} {} {}: {}", g.en, kind.en, t.en, gap.en),
    };
    let is_carried = relation.is_some_and(|relation| relation.kind == RelationKind::CarriedBy);
    let (zh, en) = match fact.reason {
        MissingReason::NoShare if is_carried => (
            format!(
                "「{}」所得在承载单位之间如何划分：「{}」得多少（份额 0 到 1，或数额，{}）？",
                g.zh,
                t.zh,
                unit.label().zh
            ),
            format!(
                "How is what {} receives divided among its carriers: how much did {} get (a share from 0 to 1, or an amount in {})?",
                g.en,
                t.en,
                unit.label().en
            ),
        ),
        MissingReason::NoShare => (
            format!("「{}」归入「{}」的份额是多少（0 到 1）？", g.zh, t.zh),
            format!("What share of {} is in {} (0 to 1)?", g.en, t.en),
        ),
        MissingReason::NoDirection => (
            format!("是「{}」给予「{}」，还是相反？", g.zh, t.zh),
            format!("Did {} give to {}, or the other way round?", g.en, t.en),
        ),
        MissingReason::NoResource => (
            format!("「{}」给予「{}」的是什么资源？", g.zh, t.zh),
            format!("What did {} give to {}?", g.en, t.en),
        ),
        MissingReason::Doubted => (
            format!(
                "「{}」给予「{}」多少（{}）？请提供另一来源的证据。",
                g.zh,
                t.zh,
                unit.label().zh
            ),
            format!(
                "How much did {} give to {} ({})? Please give evidence from another source.",
                g.en,
                t.en,
                unit.label().en
            ),
        ),
        MissingReason::NoAmount
        | MissingReason::UnknownAmount
        | MissingReason::BoundedAmount
        | MissingReason::UnboundedAbove
        | MissingReason::NoUnit
        | MissingReason::ConduitNotNamed => (
            format!(
                "「{}」给予「{}」的确切数额是多少（{}）？",
                g.zh,
                t.zh,
                unit.label().zh
            ),
            format!(
                "Exactly how much did {} give to {} ({})?",
                g.en,
                t.en,
                unit.label().en
            ),
        ),
    };
    FollowUpQuestion {
        detail,
        question: Bilingual { zh, en },
    }
}
