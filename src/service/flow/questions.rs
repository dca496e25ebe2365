//! What to ask next, in words: for each fact that a flow misses, what is not known and whom to ask, in Chinese and English.

use std::collections::{BTreeSet, HashMap};

use super::FlowAnswer;
use crate::flow::{MissingFact, MissingReason};
use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, RelationId};
use crate::model::quantity::Unit;
use crate::model::relation::Relation;
use crate::service::Result;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in a language: English where that is asked for, else Chinese.
    pub fn of(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh }
    }
}

/// What is not known, and what to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who gives.
    pub giver: Bilingual,
    /// Who takes.
    pub taker: Bilingual,
    /// What is not known.
    pub detail: Bilingual,
    /// What to ask.
    pub question: Bilingual,
}

impl FlowAnswer {
    /// A question for each fact that is missed, in their order. Two calls of the store.
    pub async fn questions(&self) -> Result<Vec<Question>> {
        let missing = self.missing().await?;
        if missing.facts.is_empty() {
            return Ok(Vec::new());
        }
        let ends = missing.facts.iter().flat_map(|fact| [&fact.giver, &fact.taker]);
        let ids: Vec<EntityId> = ends.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let entities = self.session.entities(&ids).await?;
        let entities: HashMap<&EntityId, SharedEntity> = ids
            .iter()
            .zip(entities)
            .filter_map(|(id, entity)| Some((id, entity?)))
            .collect();
        let ids: Vec<RelationId> = missing.facts.iter().map(|fact| fact.relation.clone()).collect();
        let relations = self.session.relations(&ids).await?;
        let name = |id: &EntityId| {
            let named = |lang| {
                entities
                    .get(id)
                    .map_or_else(|| id.to_string(), |entity| entity.name(lang).into())
            };
            Bilingual {
                zh: named("zh"),
                en: named("en"),
            }
        };
        let questions = missing.facts.iter().zip(relations).map(|(fact, relation)| {
            let (giver, taker) = (name(&fact.giver), name(&fact.taker));
            question(fact, relation.as_ref(), &self.input().layer.unit, giver, taker)
        });
        Ok(questions.collect())
    }
}

fn question(
    fact: &MissingFact,
    relation: Option<&Relation>,
    unit: &Unit,
    giver: Bilingual,
    taker: Bilingual,
) -> Question {
    let [kind_zh, kind_en] = relation.map_or(["", ""], |relation| relation.kind.info().label);
    let (gap_zh, gap_en) = gap(fact.reason);
    let detail = Bilingual {
        zh: format!("「{}」{kind_zh}「{}」：{gap_zh}", giver.zh, taker.zh),
        en: format!("{} {kind_en} {}: {gap_en}", giver.en, taker.en),
    };
    let (g, t) = (&giver, &taker);
    let (zh, en) = match fact.reason {
        MissingReason::NoShare => (
            format!("「{}」归入「{}」的份额是多少（0 到 1）？", g.zh, t.zh),
            format!("Which part of {} is in {} (0 to 1)?", g.en, t.en),
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
                unit.zh()
            ),
            format!(
                "How much did {} give to {} ({})? Give evidence from another source.",
                g.en,
                t.en,
                unit.as_str()
            ),
        ),
        MissingReason::NoAmount
        | MissingReason::UnknownAmount
        | MissingReason::BoundedAmount
        | MissingReason::UnboundedAbove
        | MissingReason::NoUnit => (
            format!("「{}」给予「{}」的确切数额是多少（{}）？", g.zh, t.zh, unit.zh()),
            format!(
                "How much exactly did {} give to {} ({})?",
                g.en,
                t.en,
                unit.as_str()
            ),
        ),
    };
    Question {
        detail,
        question: Bilingual { zh, en },
        giver,
        taker,
    }
}

fn gap(reason: MissingReason) -> (&'static str, &'static str) {
    match reason {
        MissingReason::NoAmount => ("没有给出数额", "no amount is given"),
        MissingReason::UnknownAmount => ("数额未说明", "the amount is not stated"),
        MissingReason::BoundedAmount => ("数额只给出范围", "the amount is given as a range"),
        MissingReason::UnboundedAbove => ("数额只给出下限", "only a lower end of the amount is given"),
        MissingReason::NoDirection => ("方向未说明", "which way it goes is not stated"),
        MissingReason::NoResource => ("所带资源未说明", "what it carries is not stated"),
        MissingReason::NoShare => ("份额未说明", "the share is not stated"),
        MissingReason::NoUnit => ("单位未说明", "the unit is not stated"),
        MissingReason::Doubted => ("没有符合条件的证据", "no statement on it passes the filter"),
    }
}
