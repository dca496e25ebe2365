//! No answer over HTTP tells of what is restricted: the same questions, asked of a graph with it and of one without, in both stores.

use fastrand::Rng;
use hukun::model::entity::EntityKind;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::ontology::{Conservation, RelationKind};
use hukun::model::principal::Principal;
use hukun::model::record::RuleType;
use hukun::service::write::{Batch, Draft};
use hukun::service::{Limits, Service};

use crate::answer_parity::world::{Both, INDICATORS, NAMES, Stores, World, build, one};
use crate::answer_parity::{Pair, know_the_rest};
use crate::support::graph::{Graph, cny, entity, graph, relation, stated};
use crate::support::soak;

const SEED: u64 = 20_260_115;

/// What a restricted data set has of its own, with relations to what is public, and says of that.
fn secret(rng: &mut Rng, world: &mut World, standing: &[String]) -> Batch {
    let own: Vec<String> = EntityKind::ALL
        .iter()
        .map(|kind| format!("{}:secret", kind.prefix()))
        .collect();
    let mut secret = graph().in_dataset("secret").restricted();
    for id in &own {
        let mut of = entity(id).named(one(rng, NAMES)).tag("secret");
        if id.starts_with("company") {
            of = of.former("company:secret-once");
        }
        secret = secret.entity(of);
    }
    let public: Vec<String> = world.ids.clone();
    let mut known: Vec<String> = public.clone();
    known.extend((0..public.len()).map(|at| own[at % own.len()].clone()));
    for number in 0..120 {
        secret = secret_relation(rng, secret, number, &known, &own);
    }
    for number in 0..20 {
        let of = if number % 2 == 0 {
            one(rng, &own)
        } else {
            one(rng, &public)
        };
        let id = format!("obs:secret{number}");
        secret = secret.observation(&id, &of, one(rng, INDICATORS), &cny(7), "2021");
    }
    for (number, bearer) in ["program:secret", "fund:secret"].into_iter().enumerate() {
        let parties = [(public[0].as_str(), 5, 5), (own[0].as_str(), 5, 5)];
        secret = secret.rule(
            &format!("rule:secret{number}"),
            bearer,
            RuleType::Allocation,
            None,
            &parties,
        );
    }
    let mut batch = secret.batch();
    for key in public.iter().chain(standing).step_by(3) {
        batch.drafts.push(Draft::Statement {
            subject: key.clone(),
            statement: stated(),
        });
    }
    world.ids.extend(own);
    world.ids.push("company:secret-once".into());
    batch
}

fn secret_relation(rng: &mut Rng, graph: Graph, number: u32, known: &[String], own: &[String]) -> Graph {
    let kind_of = |id: &str| EntityId::parse(id).unwrap().kind();
    loop {
        let (from, to, kind) = (one(rng, known), one(rng, known), one(rng, RelationKind::ALL));
        let info = kind.info();
        // It gives a public entity no share and no place in a hierarchy.
        let binds = info.acyclic || info.conserved == Conservation::Share;
        if from == to || binds || !info.allows(kind_of(&from), kind_of(&to)) {
            continue;
        }
        let mut of = relation()
            .id(&format!("rel:secret{number}"))
            .amount(cny(rng.i64(1..1_000)));
        if rng.bool() {
            of = of.under(own.iter().find(|id| id.starts_with("program:")).unwrap());
        }
        return graph.relation_between_known(kind, &from, &to, of);
    }
}

/// The relations of the world that mergers and replacements left: nothing can be said of the others.
async fn standing(world: &World, both: &Both) -> Vec<String> {
    let session = both.embedded.session(&Principal::operator("test")).await.unwrap();
    let ids: Vec<RelationId> = world
        .relations
        .iter()
        .map(|id| RelationId::parse(id).unwrap())
        .collect();
    let found = session.relations(&ids).await.unwrap();
    let standing = found.into_iter().flatten();
    standing.map(|relation| relation.id.to_string()).collect()
}

/// A restricted data set of nothing, so that both stores are at one revision.
fn nothing() -> Batch {
    let mut batch = graph().in_dataset("nothing").restricted().batch();
    batch.drafts.clear();
    batch
}

async fn write(service: &Service, batch: Batch) {
    use hukun::service::write::WriteOutcome;
    match service.write(batch).await.unwrap() {
        WriteOutcome::Done(_) => {}
        WriteOutcome::Refused(problems) => panic!("{problems:#?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_tells_of_what_is_restricted() {
    let questions = if soak() { 3_000 } else { 160 };
    let stores = Stores::empty().await;
    let mut world = build(&stores, &mut Rng::with_seed(SEED)).await;
    let limits = Limits {
        trace_work_max: 20_000,
        trace_ms_max: 600_000,
        ..Limits::default()
    };
    let both = stores.open(limits.clone()).await;
    know_the_rest(&mut world, &both).await;
    let standing = standing(&world, &both).await;
    let secret = |world: &mut World| secret(&mut Rng::with_seed(SEED), world, &standing);
    let (ids, relations) = (world.ids.clone(), world.relations.clone());
    write(&both.embedded, secret(&mut world)).await;
    write(&both.neo4j, nothing()).await;
    world
        .relations
        .extend((0..120).map(|number| format!("rel:secret{number}")));
    // The embedded store has it, Neo4j has not.
    let asked = Pair::of(both).await.asked(SEED, questions, &world).await;
    asked.all_alike();
    // Now both have.
    let both = stores.open(limits).await;
    (world.ids, world.relations) = (ids, relations);
    write(&both.neo4j, secret(&mut world)).await;
    write(&both.embedded, nothing()).await;
    world
        .relations
        .extend((0..120).map(|number| format!("rel:secret{number}")));
    let asked = Pair::of(both).await.asked(SEED + 1, questions, &world).await;
    asked.all_alike();
}
