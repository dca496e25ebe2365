//! The trace against a plain enumerator: on small random graphs with all that makes a trace hard, both say the same.
//!
//! The reference lists every walk without a repeated entity and keeps those that the definition admits, whole path by
//! whole path; it knows no automaton, no pruning and no table. So a fault would have to be made twice, in two ways.

mod reference;
mod world;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use hukun::model::budget::WorkBudget;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::page::{PageRequest, page_of_sorted};
use hukun::model::walk::{TruncationReason, WalkRefusal};
use hukun::trace::{Criticality, Path, PathKey, Trace, TraceMode};
use proptest::prelude::*;

use crate::support::soak;
use reference::Reference;
use world::{Case, case};

fn plenty() -> WorkBudget {
    WorkBudget::new(u64::MAX, None)
}

fn trace(case: &Case) -> Trace {
    Trace::new(
        Arc::new(case.walked()),
        case.ends.clone(),
        case.rules,
        &mut plenty(),
    )
}

fn all_in_pages(trace: &Trace, sizes: &[usize]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    for size in sizes.iter().cycle() {
        let after = paths.last().map(Path::key);
        let answer = trace.paths(*size, after.as_ref(), plenty);
        assert_eq!(answer.truncated, None);
        assert_eq!(answer.page.has_previous, !paths.is_empty());
        paths.extend(answer.page.items);
        if !answer.page.has_next {
            break;
        }
    }
    paths
}

fn keys(paths: &[Path]) -> Vec<PathKey> {
    paths.iter().map(Path::key).collect()
}

/// The case without an entity or relation.
fn without(case: &Case, id: &str) -> Case {
    let mut case = case.clone();
    for entity in case.world.entities.iter_mut().filter(|one| one.id.as_str() == id) {
        entity.refusal = Some(WalkRefusal::Filtered);
    }
    for relation in case
        .world
        .relations
        .iter_mut()
        .filter(|one| one.id.as_str() == id)
    {
        relation.refusal = Some(WalkRefusal::Filtered);
    }
    case
}

fn pairs(case: &Case) -> BTreeSet<(EntityId, EntityId)> {
    let paths = Reference::new(case).all();
    let ends = paths
        .iter()
        .filter_map(|path| path.entities.first().zip(path.entities.last()));
    ends.map(|(from, to)| (from.clone(), to.clone())).collect()
}

/// The ids of what lies on a path and is no end, with the pairs that are lost without it, as the definition says.
fn critical(case: &Case) -> Vec<(String, usize)> {
    let paths = Reference::new(case).kept();
    let is_end = |id: &&EntityId| case.ends.sources.contains(*id) || case.ends.targets.contains(*id);
    let entities = paths
        .iter()
        .flat_map(|path| &path.entities)
        .filter(|id| !is_end(id));
    let relations = paths.iter().flat_map(|path| &path.relations);
    let ids = entities
        .map(EntityId::as_str)
        .chain(relations.map(RelationId::as_str));
    let ids: BTreeSet<&str> = ids.collect();
    let joined = pairs(case).len();
    let mut rows: Vec<_> = ids
        .into_iter()
        .map(|id| (id.to_string(), joined - pairs(&without(case, id)).len()))
        .collect();
    rows.sort_by_key(|(id, lost)| (Reverse(*lost), id.clone()));
    rows
}

fn ranked(rows: &[Criticality]) -> Vec<(String, usize)> {
    rows.iter()
        .map(|row| (row.part.as_str().to_string(), row.lost))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if soak() { 20_000 } else { 1500 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_put_together_are_the_paths_of_the_definition(case in case(), sizes in prop::collection::vec(1_usize..5, 1..4)) {
        let expected = Reference::new(&case).kept();
        let paths = all_in_pages(&trace(&case), &sizes);
        prop_assert_eq!(&paths, &expected);
        prop_assert!(keys(&paths).is_sorted());
    }

    #[test]
    fn counts_and_unions_are_those_of_the_list(case in case(), picked in any::<u16>()) {
        let (trace, expected) = (trace(&case), Reference::new(&case).kept());
        let count = trace.count(&mut plenty());
        prop_assert_eq!((count.value, count.truncated), (expected.len() as u128, None));
        let union = trace.union(&mut plenty());
        let entities: BTreeSet<_> = expected.iter().flat_map(|path| path.entities.clone()).collect();
        let relations: BTreeSet<_> = expected.iter().flat_map(|path| path.relations.clone()).collect();
        prop_assert_eq!(union.entities, entities.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(union.relations, relations.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(union.truncated, None);
        let group: BTreeSet<RelationId> = (0..).zip(&case.world.relations)
            .filter(|(at, _)| picked & (1 << (at % 16)) != 0).map(|(_, relation)| relation.id.clone()).collect();
        let using = expected.iter().filter(|path| path.relations.iter().any(|id| group.contains(id))).count();
        let counted = trace.count_using(&[group, BTreeSet::new()], &mut plenty());
        prop_assert_eq!(counted.iter().map(|c| c.value).collect::<Vec<_>>(), vec![using as u128, 0]);
    }

    #[test]
    fn a_cursor_works_where_no_path_is(case in case(), at in any::<prop::sample::Index>(), shift in 0_usize..4) {
        let (trace, expected) = (trace(&case), Reference::new(&case).kept());
        let Some(path) = expected.get(at.index(expected.len().max(1))) else { return Ok(()) };
        let mut key = path.key();
        let place = shift % key.relations.len();
        let moved = format!("{}-", key.relations[place]);
        key.relations[place] = RelationId::parse(&moved).unwrap();
        let answer = trace.paths(expected.len(), Some(&key), plenty);
        let after: Vec<Path> = expected.iter().filter(|path| path.key() > key).cloned().collect();
        prop_assert_eq!(answer.page.has_previous, after.len() < expected.len());
        prop_assert_eq!(answer.page.items, after);
    }

    #[test]
    fn a_page_is_cut_out_of_the_list_of_the_definition_either_way(
        case in case(), limit in 0_usize..4, from_end: bool, ends in prop::array::uniform2(prop::option::of((any::<prop::sample::Index>(), any::<bool>()))),
    ) {
        let (trace, expected) = (trace(&case), Reference::new(&case).kept());
        let [after, before] = ends.map(|end| {
            let (at, moved) = end?;
            let mut key = expected.get(at.index(expected.len().max(1)))?.key();
            if moved {
                let last = key.relations.pop()?;
                key.relations.push(RelationId::parse(&format!("{last}-")).unwrap());
            }
            Some(key)
        });
        let request = PageRequest { limit, from_end, after, before };
        let answer = trace.page_of_paths(&request, plenty);
        prop_assert_eq!(answer.truncated, None);
        prop_assert_eq!(answer.page, page_of_sorted(&expected, Path::key, &request));
    }

    #[test]
    fn a_page_from_the_end_out_of_work_ends_the_full_page(case in case(), limit in 1_usize..4, at in any::<prop::sample::Index>(), work in 0_u64..60) {
        let (trace, whole) = (trace(&case), Reference::new(&case).kept());
        let before = whole.get(at.index(whole.len() + 1)).map(Path::key);
        let request = PageRequest { limit, from_end: true, after: None, before: before.clone() };
        let full = trace.page_of_paths(&request, plenty);
        let cut = trace.page_of_paths(&request, || WorkBudget::new(work, None));
        prop_assert!(full.page.items.ends_with(&cut.page.items));
        match cut.truncated {
            None => prop_assert_eq!(&cut.page, &full.page),
            Some(reason) => prop_assert_eq!(reason, TruncationReason::WorkLimit),
        }
        // What is left can be read on from the first path there is.
        let first = cut.page.items.first().map(Path::key).or(before.clone());
        let rest = PageRequest { limit: whole.len() + 1, from_end: true, after: None, before: first };
        let mut read = trace.page_of_paths(&rest, plenty).page.items;
        read.extend(cut.page.items);
        let expected: Vec<Path> = whole.into_iter().filter(|path| before.as_ref().is_none_or(|before| path.key() < *before)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn dead_ends_are_those_of_the_definition(case in case()) {
        let trace = trace(&case);
        let found = trace.dead_ends(&mut plenty());
        prop_assert_eq!(found.truncated, None);
        prop_assert_eq!(found.rows, Reference::new(&case).dead_ends());
    }

    #[test]
    fn what_is_critical_is_what_pairs_are_lost_without(case in case(), limit in 0_usize..5) {
        let (trace, expected) = (trace(&case), critical(&case));
        let rows = trace.criticality(usize::MAX, &mut plenty()).unwrap();
        prop_assert_eq!(ranked(&rows), &expected[..]);
        prop_assert!(rows.iter().all(|row| row.truncated.is_none() && row.pairs == pairs(&case).len()));
        let on_all = |row: &&Criticality| Reference::new(&case).all().iter().all(|path| {
            let relations = path.relations.iter().map(RelationId::as_str);
            path.entities.iter().map(EntityId::as_str).chain(relations).any(|id| id == row.part.as_str())
        });
        prop_assert!(rows.iter().all(|row| row.is_single_point() == on_all(&row)));
        let first = trace.criticality(limit, &mut plenty()).unwrap();
        prop_assert_eq!(&first[..], &rows[..limit.min(rows.len())]);
    }

    #[test]
    fn what_is_critical_is_exact_or_says_that_it_is_not(case in case(), work in 0_u64..200) {
        let (trace, expected) = (trace(&case), critical(&case));
        trace.count(&mut plenty());
        // The first paths are all there: what may be missing is what comes of taking away.
        trace.criticality(0, &mut plenty()).unwrap();
        let rows = trace.criticality(usize::MAX, &mut WorkBudget::new(work, None)).unwrap();
        for row in &rows {
            let lost = expected.iter().find(|(id, _)| id == row.part.as_str()).map(|(_, lost)| *lost);
            prop_assert!(lost.is_some_and(|lost| row.lost == lost || row.truncated.is_some() && row.lost > lost));
        }
        let missing = expected.iter().filter(|(id, _)| rows.iter().all(|row| row.part.as_str() != id));
        prop_assert!(missing.clone().all(|(_, lost)| *lost == 0));
    }

    #[test]
    fn a_weakened_trace_is_that_of_fewer_facts(case in case(), picked in any::<u32>()) {
        let entities = case.world.entities.iter().map(|one| one.id.as_str());
        let all: Vec<&str> = entities.chain(case.world.relations.iter().map(|one| one.id.as_str())).collect();
        let lost: Vec<&str> = all.into_iter().zip(0..).filter(|(_, at)| picked.rotate_left(*at) % 4 == 0).map(|(id, _)| id).collect();
        let fewer = lost.iter().fold(case.clone(), |case, id| without(&case, id));
        let counts = (|id: &EntityId| !lost.contains(&id.as_str()), |id: &RelationId| !lost.contains(&id.as_str()));
        let weakened = trace(&case).weakened(counts, case.ends.clone(), &mut plenty());
        prop_assert_eq!(all_in_pages(&weakened, &[3]), Reference::new(&fewer).kept());
    }

    #[test]
    fn what_stops_at_a_budget_begins_the_full_answer(case in case(), work in 0_u64..400) {
        let whole = Reference::new(&case).kept();
        let mut budget = WorkBudget::new(work, None);
        let trace = Trace::new(Arc::new(case.walked()), case.ends.clone(), case.rules, &mut budget);
        let answer = trace.paths(whole.len() + 1, None, || WorkBudget::new(work, None));
        let found = answer.page.items;
        prop_assert!(whole.starts_with(&found));
        prop_assert!(found.len() == whole.len() || answer.truncated == Some(TruncationReason::WorkLimit));
        let count = trace.count(&mut WorkBudget::new(work, None));
        prop_assert!(count.value <= whole.len() as u128);
        prop_assert!(count.value == whole.len() as u128 || !count.is_exact());
        let union = trace.union(&mut WorkBudget::new(work, None));
        let on_path = |id: &RelationId| whole.iter().any(|path| path.relations.contains(id));
        prop_assert!(union.relations.iter().all(on_path) || case.rules.mode == TraceMode::Shortest);
        let dead = trace.dead_ends(&mut WorkBudget::new(work, None));
        let expected = Reference::new(&case).dead_ends();
        let known: Vec<_> = expected.iter().map(|row| (&row.entity, &row.reasons)).collect();
        prop_assert!(dead.rows.iter().all(|row| known.contains(&(&row.entity, &row.reasons))), "{:?} {:?}", dead, expected);
        prop_assert!(dead.rows.len() == expected.len() || dead.truncated.is_some());
    }

    #[test]
    fn a_page_out_of_work_begins_the_full_page(case in case(), limit in 1_usize..4, at in any::<prop::sample::Index>(), work in 0_u64..60) {
        let (trace, whole) = (trace(&case), Reference::new(&case).kept());
        let after = at.index(whole.len() + 1).checked_sub(1).map(|at| whole[at].key());
        let full = trace.paths(limit, after.as_ref(), plenty);
        let cut = trace.paths(limit, after.as_ref(), || WorkBudget::new(work, None));
        prop_assert!(full.page.items.starts_with(&cut.page.items));
        match cut.truncated {
            None => prop_assert_eq!(&cut.page, &full.page),
            Some(reason) => prop_assert_eq!(reason, TruncationReason::WorkLimit),
        }
        let last = cut.page.items.last().map(Path::key).or(after.clone());
        prop_assert!(!cut.page.has_next || whole.last().map(Path::key) > last);
        prop_assert!(!cut.page.has_previous || full.page.has_previous);
        // What is left can be read on from the last path there is.
        let mut read = cut.page.items;
        let rest = trace.paths(whole.len() + 1, last.as_ref(), plenty);
        read.extend(rest.page.items);
        let expected: Vec<Path> = whole.into_iter().filter(|path| Some(path.key()) > after).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn of_a_graph_cut_short_all_that_is_said_is_true(case in case(), work in 0_usize..20) {
        let trace = Trace::new(Arc::new(case.cut_after(work)), case.ends.clone(), case.rules, &mut plenty());
        if trace.truncated().is_none() {
            return Ok(());
        }
        let paths = trace.paths(usize::MAX, None, plenty);
        prop_assert!(paths.truncated.is_some() && !trace.count(&mut plenty()).is_exact());
        let whole = Reference::new(&case).all();
        prop_assert!(paths.page.items.iter().all(|path| whole.contains(path)));
        let expected = Reference::new(&case).dead_ends();
        let known: Vec<_> = expected.iter().map(|row| (&row.entity, &row.reasons)).collect();
        let dead = trace.dead_ends(&mut plenty());
        prop_assert!(dead.truncated.is_some());
        prop_assert!(dead.rows.iter().all(|row| known.contains(&(&row.entity, &row.reasons))), "{:?} {:?}", dead, expected);
    }
}

/// The first way to `c` has met the waypoint, and must meet it again to go on; the second has not, and can.
#[test]
fn the_shortest_path_by_waypoints_may_take_the_second_way_to_an_entity() {
    let case = world::plain(
        &[
            ("s", "w"),
            ("w", "c"),
            ("s", "x"),
            ("x", "c"),
            ("c", "w"),
            ("w", "t"),
        ],
        &["w", "c"],
    );
    let paths = trace(&case).paths(10, None, plenty).page.items;
    assert_eq!(paths, Reference::new(&case).kept());
    let entities: Vec<&str> = paths[0].entities.iter().map(EntityId::as_str).collect();
    assert_eq!(entities, ["fund:s", "fund:x", "fund:c", "fund:w", "fund:t"]);
}
