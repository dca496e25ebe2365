//! Each boolean, count, amount, label and reason of the answers rests on a fact: without the fact it is another.
//!
//! The table in `removals/` names for every leaf what it rests on. A leaf without an entry fails, so a new field or a new
//! row has to say which fact it comes from; so does an entry that no longer holds, or names a record that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use hukun::http::Config;
use hukun::service::Limits;

use super::answers::Questions;
use super::leaves::{Leaf, Leaves};
use super::table::{Entry, World, parse};
use crate::support::{Seed, TestApp, bless, graph};

/// The files of the table. They are read when the test runs, so that a world can be tried without a build.
const TABLE: [&str; 3] = ["ledger.txt", "trace.txt", "aggregates.txt"];

/// Leaves, and items of lists, that no fact of the data set can change or that are held elsewhere, and why. `*` is any
/// text.
const EXCUSED: &[(&str, &str)] = &[
    (CUT[0], "how much work is allowed decides: the test below"),
    (CUT[1], "how much work is allowed decides: the test below"),
    (CUT[2], "how much work is allowed decides: the test below"),
    ("* originalText", "a sum is in no one's words"),
    (
        "* unknownReason",
        "a sum has none: tests/graphql_time.rs has what it counts as unknown",
    ),
    ("mechanisms * status", "the list it stands in says it"),
    ("mechanisms null tied", "what is under no programme has no tie"),
    (
        "mechanisms program:platform-co-building destinationStated",
        "no single fact leads all its laboratories on to the zone: rows.rs in src/trace/mechanisms/tests shows it",
    ),
    (
        "mechanisms program:voucher figures * counts",
        "no world states a second total of an effect: totals.rs in src/trace/mechanisms/tests shows totals that do not count",
    ),
    ("mechanisms * figures * unit", "the name of the figure says it"),
    ("mechanisms * figures * basis", "the name of the figure says it"),
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
        .flat_map(|file| parse(file, &text_of(file)))
        .collect();
    let mut shares: Vec<Vec<World>> = (0..SERVERS).map(|_| Vec::new()).collect();
    for (at, world) in worlds.into_iter().enumerate() {
        shares[at % SERVERS].push(world);
    }
    let running: Vec<_> = shares.into_iter().map(|share| tokio::spawn(run(share))).collect();
    let (mut before, mut seen, mut faults) = (Leaves::new(), Vec::new(), Vec::new());
    for run in running {
        let ran = run.await.unwrap();
        before = ran.before;
        seen.extend(ran.seen);
        faults.extend(ran.impossible);
    }
    if bless() && faults.is_empty() {
        rewrite(&before, &seen);
        return;
    }
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

/// What a server answered.
struct Ran {
    before: Leaves,
    seen: Vec<(World, Leaves)>,
    /// The worlds that no data set can be, by their titles.
    impossible: Vec<String>,
}

/// What is answered in each world, by one server whose data set is replaced from world to world.
async fn run(worlds: Vec<World>) -> Ran {
    let whole = Seed::read();
    let app = TestApp::kunshan().await;
    let questions = Questions::of(&app).await;
    let before = questions.ask(&app).await;
    let (mut seen, mut impossible) = (Vec::with_capacity(worlds.len()), Vec::new());
    for world in worlds {
        let asked = async {
            app.replace_kunshan(&world.of(&whole)).await;
            questions.ask(&app).await
        };
        match AssertUnwindSafe(asked).catch_unwind().await {
            Ok(after) => seen.push((world, after)),
            Err(_) => impossible.push(format!(
                "{}\n    no such data set can be: see the panic above",
                world.title()
            )),
        }
    }
    app.replace_kunshan(&whole).await;
    assert_eq!(
        questions.ask(&app).await,
        before,
        "the whole data set answers as at first"
    );
    Ran {
        before,
        seen,
        impossible,
    }
}

/// What a file of the table says.
fn text_of(file: &str) -> String {
    std::fs::read_to_string(path_of(file)).unwrap()
}

fn path_of(file: &str) -> String {
    format!("{}/tests/kunshan/removals/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// What is demanded: each leaf that is no list, and each item of those that are.
fn demands(leaves: &Leaves) -> BTreeSet<(String, String)> {
    let demand = |(leaf, value): (&String, &Leaf)| match value {
        Leaf::One(_) => vec![(leaf.clone(), String::new())],
        Leaf::Many(items) => items.iter().map(|item| (leaf.clone(), item.clone())).collect(),
    };
    leaves.iter().flat_map(demand).collect()
}

/// Writes the table anew: what each world changes of the leaves that it names, and what is named nowhere under the world that
/// changes it and least else. To be read before it is kept: each line claims that the leaf rests on the fact.
fn rewrite(before: &Leaves, seen: &[(World, Leaves)]) {
    let changes = |after: &Leaves, (leaf, item): &(String, String)| match after.get(leaf) {
        Some(Leaf::Many(items)) => !items.contains(item),
        Some(Leaf::One(is)) => matches!(before.get(leaf), Some(Leaf::One(was)) if was != is),
        None => {
            !matches!(before.get(leaf), Some(Leaf::One(was)) if ["true", "false"].contains(&was.as_str()))
        }
    };
    let size = |after: &Leaves| {
        before
            .iter()
            .filter(|(leaf, value)| after.get(*leaf) != Some(*value))
            .count()
    };
    let mut lines: Vec<BTreeSet<String>> = Vec::new();
    let mut answered: BTreeSet<(String, String)> = BTreeSet::new();
    for (world, after) in seen {
        let kept = world.entries.iter().filter_map(|entry| match entry.shows() {
            Some(shown) if demands(before).contains(&shown) && changes(after, &shown) => {
                answered.insert(shown.clone());
                Some(line(before, after, &shown))
            }
            Some(_) => None,
            None => entry.fault(before, after).is_none().then(|| entry.text()),
        });
        lines.push(kept.collect());
    }
    for shown in demands(before).difference(&answered) {
        let spelled = format!(
            "{}{}",
            shown.0,
            if shown.1.is_empty() {
                String::new()
            } else {
                format!(": - {}", shown.1)
            }
        );
        let excused = EXCUSED.iter().any(|(pattern, _)| matches(pattern, &spelled));
        let found = seen
            .iter()
            .enumerate()
            .filter(|(_, (_, after))| changes(after, shown));
        if let Some((at, (_, after))) = found
            .filter(|_| !excused)
            .min_by_key(|(_, (_, after))| size(after))
        {
            lines[at].insert(line(before, after, shown));
        }
    }
    for file in TABLE {
        let text = text_of(file);
        let of_file = seen
            .iter()
            .zip(&lines)
            .filter(|((world, _), _)| world.file == file);
        let mut blocks: Vec<(usize, &World, &BTreeSet<String>)> = of_file
            .map(|((world, _), lines)| (world.line, world, lines))
            .collect();
        blocks.sort_by_key(|(line, ..)| *line);
        let mut written = String::new();
        let mut old = text.lines().enumerate().peekable();
        for (at, world, lines) in blocks {
            while let Some((_, line)) = old.next_if(|(n, _)| n + 1 < at) {
                if line.is_empty() || line.starts_with('#') {
                    written.push_str(line);
                    written.push('\n');
                }
            }
            let told = |line: &str| !line.is_empty() && !line.starts_with('#');
            for _ in 0..world.changes.len() {
                let change = old.find(|(_, line)| told(line));
                // A world that shows nothing any more is left out.
                if let Some((_, line)) = change.filter(|_| !lines.is_empty()) {
                    written.push_str(line);
                    written.push('\n');
                }
            }
            while old.next_if(|(_, line)| line.starts_with("  ")).is_some() {}
            written.extend(lines.iter().flat_map(|line| ["  ", line.as_str(), "\n"]));
        }
        std::fs::write(path_of(file), written).unwrap();
    }
}

/// The line of the table that says what becomes of a leaf, or of an item of a list.
fn line(before: &Leaves, after: &Leaves, (leaf, item): &(String, String)) -> String {
    if !item.is_empty() {
        return format!("{leaf}: - {item}");
    }
    let is = after
        .get(leaf)
        .map_or_else(|| "gone".to_string(), ToString::to_string);
    format!("{leaf}: {} -> {is}", before[leaf])
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
        let is = &before[leaf];
        faults.push(format!(
            "{spelled}\n    it is {is}, and no fact is named for it; {hint}"
        ));
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
