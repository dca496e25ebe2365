//! Each boolean, count, amount, label and reason of the answers rests on a fact: without the fact it is another.
//!
//! The table in `removals/` names for every leaf what it rests on. A leaf without an entry fails, so a new field or a new
//! row has to say which fact it comes from; so does an entry that no longer holds, or names a record that is not there.

use std::collections::{BTreeMap, BTreeSet};

use hukun::http::Config;
use hukun::service::Limits;

use super::answers::Questions;
use super::leaves::{Leaf, Leaves};
use super::table::{Entry, World, parse};
use crate::support::{Seed, TestApp, graph};

const TABLE: [(&str, &str); 3] = [
    ("ledger.txt", include_str!("removals/ledger.txt")),
    ("trace.txt", include_str!("removals/trace.txt")),
    ("aggregates.txt", include_str!("removals/aggregates.txt")),
];

/// Leaves, and items of lists, that no fact of the data set can change or that are held elsewhere, and why. `*` is any
/// text.
const EXCUSED: &[(&str, &str)] = &[
    (CUT[0], "how much work is allowed decides: the test below"),
    (CUT[1], "how much work is allowed decides: the test below"),
    (CUT[2], "how much work is allowed decides: the test below"),
    ("* originalText", "a sum is in no one's words"),
    ("mechanisms * status", "the list it stands in says it"),
    (
        "DATASET: - *",
        "a group is there while its count, which has its own fact, is above zero",
    ),
    ("FAMILY: - *", "as DATASET"),
    ("INDUSTRY: - *", "as DATASET"),
    ("KIND: - *", "as DATASET"),
    ("REGION: - *", "as DATASET"),
    ("STAGE: - *", "as DATASET"),
    ("TAG: - *", "as DATASET"),
    ("mechanisms: - null", "something always falls under no programme"),
    (
        "mechanisms * members: - *",
        "a kind is there while its count, which has its own fact, is above zero",
    ),
    ("mechanisms * statements: - *", "as members"),
];

/// The leaves that say whether an answer is whole.
const CUT: [&str; 3] = ["* truncatedBy", "trace*truncated", "* exact"];

/// How many servers share the work.
const SERVERS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_leaf_changes_when_its_fact_goes() {
    let worlds: Vec<World> = TABLE
        .into_iter()
        .flat_map(|(file, text)| parse(file, text))
        .collect();
    let mut shares: Vec<Vec<World>> = (0..SERVERS).map(|_| Vec::new()).collect();
    for (at, world) in worlds.into_iter().enumerate() {
        shares[at % SERVERS].push(world);
    }
    let running: Vec<_> = shares.into_iter().map(|share| tokio::spawn(run(share))).collect();
    let (mut before, mut seen) = (Leaves::new(), Vec::new());
    for run in running {
        let (base, worlds) = run.await.unwrap();
        before = base;
        seen.extend(worlds);
    }
    let mut faults: Vec<String> = Vec::new();
    for (world, after) in &seen {
        let found = world
            .entries
            .iter()
            .filter_map(|entry| entry.fault(&before, after));
        faults.extend(found.map(|fault| format!("{}\n    {fault}", world.title())));
    }
    faults.extend(unanswered(&before, &seen));
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
#[should_panic(expected = "nothing has the key rel:nothing")]
fn a_record_that_is_not_there_cannot_be_named() {
    let worlds = parse(
        "here",
        "without rel:nothing\n  mechanisms program:p undated: 1 -> 0\n",
    );
    worlds[0].of(&Seed::read());
}

#[tokio::test]
async fn what_says_that_an_answer_is_whole_rests_on_the_work_allowed() {
    let whole = TestApp::kunshan().await;
    let questions = Questions::of(&whole).await;
    let mut left = questions.ask(&whole).await;
    left.retain(|leaf, _| CUT.iter().any(|pattern| matches(pattern, leaf)));
    for trace_work_max in [1, 5, 10, 20, 40, 80] {
        let limits = Limits {
            trace_work_max,
            ..Limits::default()
        };
        let app = TestApp::with_limits(graph(), Config::default(), limits).await;
        app.replace_kunshan(&Seed::read()).await;
        let cut = questions.ask(&app).await;
        left.retain(|leaf, value| cut.get(leaf).is_none_or(|cut| cut == value));
    }
    assert!(left.is_empty(), "these say nothing of what is cut: {left:#?}");
}

/// What is answered in each world, by one server whose data set is replaced from world to world.
async fn run(worlds: Vec<World>) -> (Leaves, Vec<(World, Leaves)>) {
    let whole = Seed::read();
    let app = TestApp::kunshan().await;
    let questions = Questions::of(&app).await;
    let before = questions.ask(&app).await;
    let mut seen = Vec::with_capacity(worlds.len());
    for world in worlds {
        app.replace_kunshan(&world.of(&whole)).await;
        let after = questions.ask(&app).await;
        seen.push((world, after));
    }
    app.replace_kunshan(&whole).await;
    assert_eq!(
        questions.ask(&app).await,
        before,
        "the whole data set answers as at first"
    );
    (before, seen)
}

/// What is demanded: each leaf that is no list, and each item of those that are.
fn demands(leaves: &Leaves) -> BTreeSet<(String, String)> {
    let demand = |(leaf, value): (&String, &Leaf)| match value {
        Leaf::One(_) => vec![(leaf.clone(), String::new())],
        Leaf::Many(items) => items.iter().map(|item| (leaf.clone(), item.clone())).collect(),
    };
    leaves.iter().flat_map(demand).collect()
}

/// Demands without an entry or an excuse, each with a world that would do; and excuses that excuse nothing.
fn unanswered(before: &Leaves, seen: &[(World, Leaves)]) -> Vec<String> {
    let answered: BTreeSet<_> = seen
        .iter()
        .flat_map(|(world, _)| world.entries.iter().filter_map(Entry::shows))
        .collect();
    let mut used: BTreeMap<&str, usize> = EXCUSED.iter().map(|(pattern, _)| (*pattern, 0)).collect();
    let mut faults = Vec::new();
    for (leaf, item) in demands(before).difference(&answered) {
        let spelled = if item.is_empty() {
            leaf.clone()
        } else {
            format!("{leaf}: - {item}")
        };
        if let Some((pattern, _)) = EXCUSED.iter().find(|(pattern, _)| matches(pattern, &spelled)) {
            *used.entry(pattern).or_default() += 1;
            continue;
        }
        let changes = |after: &&(World, Leaves)| match after.1.get(leaf) {
            Some(Leaf::Many(items)) => !items.contains(item),
            other => other != before.get(leaf),
        };
        // The world that changes least else is likely to be the fact.
        let elsewhere = |(_, after): &&(World, Leaves)| {
            before
                .iter()
                .filter(|(leaf, value)| after.get(*leaf) != Some(*value))
                .count()
        };
        let changed = seen.iter().filter(changes).min_by_key(elsewhere);
        let hint = changed.map_or_else(
            || "nothing in the table changes it: find the fact, or say in EXCUSED why there is none".into(),
            |(world, _)| {
                format!(
                    "it changes in {}: write it there, if that is its fact",
                    world.title()
                )
            },
        );
        faults.push(format!("{spelled}\n    no fact is named for it; {hint}"));
    }
    let idle = used.into_iter().filter(|(_, times)| *times == 0);
    faults.extend(idle.map(|(pattern, _)| format!("{pattern} excuses nothing: take it out of EXCUSED")));
    faults
}

/// Whether a text is of a pattern, in which `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| matches(tail, &rest[at..]))
        }),
    }
}
