//! Hierarchies: kinds of relation that must not form cycles, at any time.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::selector::{Direction, RelationFilter};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{Message, WriteProblems};
use crate::service::write::split_batch::BatchRecord;
use crate::store::{IncidentQuery, Reader, StoreResult};

/// Maximum number of cycles that are reported for a kind; those of a file with swapped columns are all alike.
const CYCLES_MAX: usize = 20;
/// Maximum number of entities of a cycle that are named.
const NAMED_MAX: usize = 8;

/// One relation of a hierarchy.
#[derive(Clone, Debug)]
pub(in crate::service) struct HierarchyEdge {
    /// The draft that adds it; `None` if it is in the graph already.
    pub(in crate::service) draft: Option<usize>,
    pub(in crate::service) relation: String,
    from: usize,
    to: usize,
}

/// The relations of one kind, as a graph.
#[derive(Default)]
pub(in crate::service) struct Hierarchy {
    places: HashMap<EntityId, usize>,
    names: Vec<EntityId>,
    edges: Vec<HierarchyEdge>,
    out: Vec<Vec<usize>>,
}

impl Hierarchy {
    fn place(&mut self, id: &EntityId) -> usize {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.names.len();
        self.places.insert(id.clone(), place);
        self.names.push(id.clone());
        self.out.push(Vec::new());
        place
    }

    /// Adds a relation.
    pub(in crate::service) fn add(
        &mut self,
        draft: Option<usize>,
        relation: &str,
        from: &EntityId,
        to: &EntityId,
    ) {
        let (from, to) = (self.place(from), self.place(to));
        self.out[from].push(self.edges.len());
        self.edges.push(HierarchyEdge {
            draft,
            relation: relation.to_string(),
            from,
            to,
        });
    }

    /// The entities of a cycle; the first is repeated at the end.
    pub(in crate::service) fn describe(&self, cycle: &[&HierarchyEdge]) -> String {
        let mut names: Vec<&str> = cycle.iter().map(|edge| self.names[edge.from].as_str()).collect();
        if names.len() > NAMED_MAX {
            names.truncate(NAMED_MAX);
            names.push("…");
        }
        names.extend(cycle.first().map(|edge| self.names[edge.from].as_str()));
        names.join(" → ")
    }

    /// Some cycles; empty only if there is none. Linear except for the cycles found; not recursive, because a chain may be long.
    pub(in crate::service) fn cycles(&self) -> Vec<Vec<&HierarchyEdge>> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.names.len()];
        let mut found = Vec::new();
        for start in 0..self.names.len() {
            if marks[start] != Mark::New {
                continue;
            }
            // Each step: an entity, the number of its edges visited, and the edge that led to it.
            let mut path: Vec<(usize, usize, Option<usize>)> = vec![(start, 0, None)];
            marks[start] = Mark::Open;
            while let Some((at, next, _)) = path.last_mut() {
                let Some(edge) = self.out[*at].get(*next).copied() else {
                    marks[*at] = Mark::Done;
                    path.pop();
                    continue;
                };
                *next += 1;
                let to = self.edges[edge].to;
                match marks[to] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[to] = Mark::Open;
                        path.push((to, 0, Some(edge)));
                    }
                    Mark::Open => {
                        let begin = path.iter().position(|(at, ..)| *at == to).unwrap_or_default();
                        let around = path[begin + 1..]
                            .iter()
                            .filter_map(|(_, _, edge)| *edge)
                            .chain([edge]);
                        found.push(around.map(|edge| &self.edges[edge]).collect());
                        if found.len() >= CYCLES_MAX {
                            return found;
                        }
                    }
                }
            }
        }
        found
    }
}

/// Rejects relations that close a cycle, among themselves or with those in the graph that stay.
pub(in crate::service::write) async fn check<R: Reader>(
    items: &[BatchRecord],
    at: &R,
    keys: &KeyTable<'_>,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    for kind in RelationKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.info().acyclic)
    {
        let mut hierarchy = Hierarchy::default();
        for item in items {
            if let Record::Relation(relation) = &item.record
                && relation.kind == kind
            {
                hierarchy.add(
                    Some(item.draft),
                    relation.id.as_str(),
                    &relation.from,
                    &relation.to,
                );
            }
        }
        if hierarchy.edges.is_empty() {
            continue;
        }
        add_ancestors(&mut hierarchy, kind, at, keys).await?;
        let mut blamed = Vec::new();
        for cycle in hierarchy.cycles() {
            let Some(draft) = cycle.iter().filter_map(|edge| edge.draft).max() else {
                continue;
            };
            if blamed.contains(&draft) {
                continue;
            }
            blamed.push(draft);
            report(items, &hierarchy, kind, draft, &cycle, problems);
        }
    }
    Ok(())
}

fn report(
    items: &[BatchRecord],
    hierarchy: &Hierarchy,
    kind: RelationKind,
    draft: usize,
    cycle: &[&HierarchyEdge],
    problems: &mut WriteProblems,
) {
    let Some(at) = cycle.iter().position(|edge| edge.draft == Some(draft)) else {
        return;
    };
    let mut turned = cycle.to_vec();
    turned.rotate_left(at);
    let Some(item) = items
        .iter()
        .find(|item| item.draft == draft && item.key() == turned[0].relation)
    else {
        return;
    };
    let reason = format!("{kind} would form a cycle: {}", hierarchy.describe(&turned));
    let mut hint = Message::from(if turned.len() > 1 {
        "remove one of these: this, "
    } else {
        "leave it out, or correct one of its ends"
    });
    for (count, edge) in turned[1..].iter().take(NAMED_MAX).enumerate() {
        hint = hint.text(if count > 0 { ", " } else { "" });
        hint = match edge.draft {
            Some(draft) => hint.place(draft),
            None => hint.text(edge.relation.clone()),
        };
    }
    problems.push(
        item.location(),
        Field::ToId,
        &hierarchy.names[turned[0].to],
        reason,
        hint,
    );
}

/// Adds the stored relations above the batch, one level at a time.
async fn add_ancestors<R: Reader>(
    hierarchy: &mut Hierarchy,
    kind: RelationKind,
    at: &R,
    keys: &KeyTable<'_>,
) -> StoreResult<()> {
    let stored = |id: &EntityId| match keys.target(id.as_str()) {
        KeyTarget::InBatch(_) => matches!(keys.stored(id.as_str()), Some(Subject::Entity(_))),
        KeyTarget::Stored(_) | KeyTarget::Redirect(_) => true,
        KeyTarget::DeadRedirect(_) | KeyTarget::Unread | KeyTarget::Deleted | KeyTarget::Absent => false,
    };
    let mut frontier: Vec<EntityId> = hierarchy.names.iter().filter(|id| stored(id)).cloned().collect();
    while !frontier.is_empty() {
        let before = hierarchy.names.len();
        let mut page = PageRequest::first(PAGE_MAX);
        loop {
            let query = IncidentQuery {
                filter: RelationFilter {
                    kinds: Some(vec![kind]),
                    ..RelationFilter::default()
                },
                direction: Direction::Out,
                other: None,
                at: None,
                page: page.clone(),
            };
            let pages = at.incident(&frontier, &query).await?;
            let mut unfinished = None;
            for page in pages {
                let last = page.items.last().map(|relation| relation.id.clone());
                for relation in page.items {
                    let id = relation.id.as_str();
                    if keys.is_untouched(id) {
                        hierarchy.add(None, id, &relation.from, &relation.to);
                    }
                }
                // The least of the last keys: the next round starts there for all; duplicates do no harm.
                if page.has_next {
                    unfinished = unfinished.into_iter().chain(last).min();
                }
            }
            match unfinished {
                Some(after) => page.after = Some(after),
                None => break,
            }
        }
        frontier = hierarchy.names[before..].to_vec();
    }
    Ok(())
}
