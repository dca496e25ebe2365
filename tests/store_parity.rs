//! Both stores give the same answers: random graphs, written to each by the same change sets, and random walks on them.

pub mod world;

use std::collections::BTreeSet;
use std::fmt::Debug;

use hukun::model::budget::WorkBudget;
use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind::{self, ContributesTo, InIndustry, InvestsIn};
use hukun::model::subgraph::Subgraph;
use hukun::model::walk::WalkRules;
use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{Reader, Store, StoreResult, VisibilityFilter};

use crate::conformance::fixture::{entity_id, graph, write};
use crate::conformance::fresh;
use crate::support::soak;
use world::Dice;

/// One round of questions, asked of one store: what it says, as text that names the question.
async fn answers<R: Reader>(reader: &R, dice: &mut Dice) -> Vec<String> {
    let mut said = Vec::new();
    let ids = dice.ids(6);
    let (role, place, at) = (dice.role(), dice.place(), dice.at());
    said.push(told(
        &("regions", &ids, role, at),
        reader.regions(&ids, role, at).await,
    ));
    said.push(told(
        &("within", &ids, &place, at),
        reader.within(&ids, &place, at).await,
    ));
    said.push(told(&("degrees", &ids), reader.degrees(&ids).await));
    said.push(told(&("shares", &ids), reader.shares(&ids).await));
    let (seeds, stop, walk, length, budget) = (
        dice.ids(4),
        dice.id_set(4),
        dice.walk(),
        dice.length(),
        dice.budget(),
    );
    let found = reader.expand(&seeds, &stop, &walk, length, budget.clone()).await;
    said.push(told(
        &("expand", seeds, stop, &walk, length, budget),
        found.map(|found| lines(&found)),
    ));
    let (depth, filter, max) = (dice.length().min(3), dice.filter(), dice.max());
    let found = reader.neighborhood(&ids, depth, &filter, at, max).await;
    said.push(told(&("neighborhood", &ids, depth, filter, at, max), found));
    let (ends, regions, limit) = (dice.id_set(3), vec![dice.place(); dice.max() % 2], dice.max());
    let found = reader.ledger(&ends, &regions, &walk, limit).await;
    said.push(told(&("ledger", ends, regions, walk, limit), found));
    said
}

pub fn told(question: &impl Debug, answer: StoreResult<impl Debug>) -> String {
    match answer {
        Ok(answer) => format!("{question:?}\n{answer:#?}"),
        Err(error) => panic!("{question:?}\n{error:?}"),
    }
}

/// A subgraph with its entities by name, and in its order.
pub fn lines(found: &Subgraph) -> Vec<String> {
    let entities: Vec<&EntityId> = found.entities.iter().map(|entity| &entity.id).collect();
    let relation = |r: &hukun::model::subgraph::SubRelation| {
        format!(
            "{} -> {} {r:?}",
            entities[r.from as usize], entities[r.to as usize]
        )
    };
    let all = found.entities.iter().map(|entity| format!("{entity:?}"));
    let relations = found.relations.iter().map(relation);
    all.chain(relations)
        .chain([format!("{:?}", found.truncated)])
        .collect()
}

/// The question, and what each store says from the line on where they part.
fn difference(expected: &str, found: &str) -> String {
    let question = expected.lines().next().unwrap_or_default();
    let same = expected
        .lines()
        .zip(found.lines())
        .take_while(|(one, other)| one == other)
        .count();
    let part = |text: &str| {
        text.lines()
            .skip(same.saturating_sub(8))
            .take(40)
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!(
        "{question}\nembedded:\n{}\nneo4j:\n{}",
        part(expected),
        part(found)
    )
}

/// Asks both stores the same, for one graph.
async fn compare(seed: u64, questions: u64, neo4j: &Neo4jStore) {
    let embedded = EmbeddedStore::temporary().unwrap();
    let mut dice = Dice(fastrand::Rng::with_seed(seed));
    for changes in dice.writes() {
        assert_eq!(
            write(&embedded, changes.clone()).await,
            write(neo4j, changes).await
        );
    }
    let (one, other) = (
        embedded.reader(&VisibilityFilter::All).await.unwrap(),
        neo4j.reader(&VisibilityFilter::All).await.unwrap(),
    );
    for question in 0..questions {
        let dice = || Dice(fastrand::Rng::with_seed(seed * 1_000 + question));
        let expected = answers(&one, &mut dice()).await;
        let found = answers(&other, &mut dice()).await;
        for (expected, found) in expected.iter().zip(&found) {
            assert!(
                expected == found,
                "seed {seed}, question {question}\n{}",
                difference(expected, found)
            );
        }
    }
}

#[tokio::test]
async fn both_stores_walk_alike() {
    let (graphs, questions) = if soak() { (150, 40) } else { (10, 20) };
    for seed in 0..graphs {
        // One graph in ten is written in steps.
        let neo4j = if seed % 10 == 0 {
            fresh::neo4j_of(3).await
        } else {
            fresh::neo4j().await
        };
        compare(seed, questions, &neo4j).await;
    }
}

#[tokio::test]
async fn a_walk_is_one_call_a_level_however_much_leads_out() {
    let store = fresh::neo4j().await;
    let funds: Vec<String> = (0..30).map(|n| format!("fund:f{n:02}")).collect();
    let projects: Vec<String> = (0..90).map(|n| format!("project:p{n:02}")).collect();
    let mut relations: Vec<(String, RelationKind, &str, &str)> = Vec::new();
    for (at, fund) in funds.iter().enumerate() {
        relations.push((format!("c{at:02}"), ContributesTo, "region:a", fund));
        let of_fund = projects.iter().skip(at * 3).take(3);
        relations.extend(
            of_fund.map(|project| (format!("i:{project}"), InvestsIn, fund.as_str(), project.as_str())),
        );
    }
    relations.extend(
        projects
            .iter()
            .map(|project| (format!("b:{project}"), InIndustry, project.as_str(), "industry:i")),
    );
    let relations: Vec<_> = relations
        .iter()
        .map(|(id, kind, from, to)| (id.as_str(), *kind, *from, *to))
        .collect();
    let entities = funds
        .iter()
        .chain(&projects)
        .map(String::as_str)
        .chain(["region:a", "industry:i"]);
    write(&*store, graph(&entities.collect::<Vec<_>>(), &relations)).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let walk = async || {
        let before = store.round_trips();
        let (seeds, none, walk) = ([entity_id("region:a")], BTreeSet::new(), WalkRules::default());
        let found = reader
            .expand(&seeds, &none, &walk, 3, WorkBudget::new(10_000, None))
            .await
            .unwrap();
        assert_eq!((found.entities.len(), found.relations.len()), (122, 210));
        store.round_trips() - before
    };
    walk().await;
    // The evidence of what was walked is known by now: a call for each step, and one for what lies beyond.
    assert_eq!(walk().await, 3 + 1);
}
