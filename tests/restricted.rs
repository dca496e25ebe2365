//! What a reader may not see is as if it had never been written, in both stores: a graph with restricted data sets, read without
//! them, answers as the graph that never had them.

mod questions;
mod story;

use std::collections::BTreeSet;

use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{Reader, Store, View};

use crate::conformance::fixture::write;
use crate::conformance::fresh;
use crate::store_parity::world::Dice;
use crate::support::soak;
use questions::{Asker, first_difference};
use story::{RESTRICTED, Story, dataset_id, story};

fn dice(seed: u64) -> Dice {
    Dice(fastrand::Rng::with_seed(seed))
}

fn seeing(datasets: &[&str]) -> View {
    View::Only(datasets.iter().map(|id| dataset_id(id)).collect::<BTreeSet<_>>())
}

/// Asks two readers the same, one of which never heard of what is hidden from the other.
async fn hold<A: Reader, B: Reader>(
    place: &str,
    story: &Story,
    [seed, rounds]: [u64; 2],
    without: &A,
    hidden: &B,
) {
    for round in 0..rounds {
        let asker = || Asker {
            dice: dice(seed * 1_000 + round),
            keys: &story.keys,
        };
        let expected = asker().round(without).await;
        let found = asker().round(hidden).await;
        if let Some(difference) = first_difference(&expected, &found) {
            panic!("{place}, seed {seed}, round {round}\n{difference}");
        }
    }
}

/// Holds every view of a store against what never heard of the others, after each write.
async fn compare<S: Store>(name: &str, seed: u64, rounds: u64, store: &S) {
    let story = story(&mut dice(seed));
    let views: [&[&str]; 3] = [&[], &RESTRICTED[..1], &RESTRICTED];
    let told = views.map(|view| story.told(view));
    let references = views.map(|_| EmbeddedStore::temporary().unwrap());
    let steps = told[2].len();
    for step in 0..steps {
        for (reference, told) in references.iter().zip(&told) {
            if !told[step].is_empty() {
                write(reference, told[step].clone()).await;
            }
        }
        write(store, told[2][step].clone()).await;
        let last = step + 1 == steps;
        for (reference, view) in references.iter().zip(views) {
            let place = format!("{name}, step {step}, seeing {view:?}");
            let without = reference.reader(&View::All).await.unwrap();
            let hidden = store.reader(&seeing(view)).await.unwrap();
            hold(
                &place,
                &story,
                [seed, if last { rounds } else { 1 }],
                &without,
                &hidden,
            )
            .await;
        }
        let all = store.reader(&View::All).await.unwrap();
        let whole = references[2].reader(&View::All).await.unwrap();
        hold(&format!("{name}, all"), &story, [seed, 1], &whole, &all).await;
    }
}

#[tokio::test]
async fn what_is_hidden_was_never_written_in_the_embedded_store() {
    for seed in 0..if soak() { 400 } else { 10 } {
        compare("embedded", seed, 10, &*fresh::embedded().await).await;
    }
}

#[tokio::test]
async fn what_is_hidden_was_never_written_in_neo4j() {
    for seed in 0..if soak() { 60 } else { 4 } {
        let alone = fresh::neo4j().await;
        // Filters within filters take the server seconds to plan, on a machine that has other work.
        let mut options = alone.options();
        options.limits.query_ms_max = 60_000;
        compare("neo4j", seed, 8, &Neo4jStore::open(options).await.unwrap()).await;
    }
}
