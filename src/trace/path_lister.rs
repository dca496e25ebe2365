//! Lists the paths of one length, in order or in reverse, from any position, holding one path at a time.
//!
//! Depth first, the steps of each state by rank. It turns back if the tables show that no target can be
//! reached, so that without cycles each step leads to a path. The explicit stack is no deeper than the
//! maximum length.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::order::RelationRank;
use super::prune::{FirstStep, PrunedGraph};
use super::state_graph::{StateArc, StateIndex};
use super::tables::{ReachTables, WaypointSet};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::subgraph::EntityIndex;

/// A path as relation ranks and state indices, one state more than relations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatePath {
    pub(super) ranks: Vec<RelationRank>,
    pub(super) nodes: Vec<StateIndex>,
}

/// The direction of listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListOrder {
    /// In path order.
    Ascending,
    /// In reverse.
    Descending,
}

/// A position in the order of paths. Only paths after it, in listing direction, are listed.
pub(super) struct SeekKey<'a> {
    /// For each relation of the position: the first rank not below it, and whether that is its own rank.
    pub(super) ranks: Vec<(RelationRank, bool)>,
    /// Compares the entities of a path with those of the position.
    pub(super) compare: &'a dyn Fn(&[StateIndex]) -> Ordering,
}

/// Lists the paths of a pruned state graph.
pub(super) struct PathLister<'a> {
    pub(super) pruned: &'a PrunedGraph,
    pub(super) tables: &'a ReachTables,
    pub(super) order: ListOrder,
}

/// Receives the listed paths.
pub(super) trait PathVisitor {
    /// Whether to continue from a state after `depth` steps, with the waypoints still to visit. Called once
    /// for each walk to the state.
    fn should_enter(&mut self, _depth: usize, _node: StateIndex, _needed: WaypointSet) -> bool {
        true
    }
    /// Receives the next path; `Break` ends the listing.
    fn visit(&mut self, path: &StatePath) -> ControlFlow<()>;
}

/// A state and its remaining steps: those from `next` on, or those below it in reverse. A relation between
/// two sources that carries both ways starts two paths with the same relations; their continuations are
/// merged from two branches to keep the order.
#[derive(Clone, Copy, Debug)]
struct ListBranch {
    start: StateIndex,
    node: StateIndex,
    next: usize,
    needed: WaypointSet,
}

#[derive(Clone, Copy, Debug)]
struct ListFrame {
    branches: [Option<ListBranch>; 2],
    /// Whether all relations so far are those of the start position.
    tight: bool,
}

impl PathLister<'_> {
    /// Lists the paths of a length that start with one of the given first steps: `onward`, or `closing` for
    /// length 1. Both are sorted by rank, then source. Ends early if the visitor breaks.
    pub(super) fn list(
        &self,
        length: usize,
        (onward, closing): (&[FirstStep], &[FirstStep]),
        seek: Option<&SeekKey<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl PathVisitor,
    ) -> Result<ControlFlow<()>, BudgetExhausted> {
        let roots = if length == 1 { closing } else { onward };
        let sought = seek.map(|seek| seek.ranks[0]);
        let ahead = match (self.order, sought) {
            (_, None) => roots,
            (ListOrder::Ascending, Some((rank, _))) => {
                &roots[roots.partition_point(|root| root.rank < rank)..]
            }
            (ListOrder::Descending, Some(place)) => {
                &roots[..roots.partition_point(|root| is_up_to(root.rank, place))]
            }
        };
        let groups = ahead.chunk_by(|a, b| a.rank == b.rank);
        let groups: Box<dyn Iterator<Item = &[FirstStep]>> = match self.order {
            ListOrder::Ascending => Box::new(groups),
            ListOrder::Descending => Box::new(groups.rev()),
        };
        for group in groups {
            let tight = sought == Some((group[0].rank, true));
            let seek = seek.filter(|_| tight);
            let flow = if length == 1 {
                self.single(group, seek, budget, visitor)?
            } else {
                self.descend(length, group, seek, budget, visitor)?
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn single(
        &self,
        group: &[FirstStep],
        seek: Option<&SeekKey<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl PathVisitor,
    ) -> Result<ControlFlow<()>, BudgetExhausted> {
        let last = group.len() - 1;
        for at in 0..group.len() {
            let root = match self.order {
                ListOrder::Ascending => group[at],
                ListOrder::Descending => group[last - at],
            };
            budget.spend()?;
            let path = StatePath {
                ranks: vec![root.rank],
                nodes: vec![root.start, root.to],
            };
            // Nothing lies between the ends, so no waypoint is visited.
            let is_listed = self.tables.all == 0 && self.is_beyond(seek, &path.nodes);
            if is_listed && visitor.visit(&path).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn descend(
        &self,
        length: usize,
        group: &[FirstStep],
        seek: Option<&SeekKey<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl PathVisitor,
    ) -> Result<ControlFlow<()>, BudgetExhausted> {
        let mut path = StatePath {
            ranks: vec![group[0].rank; length],
            nodes: vec![0; length + 1],
        };
        let mut first = ListFrame {
            branches: [None; 2],
            tight: seek.is_some(),
        };
        // A relation has two ends, so a group has at most two first steps.
        for (slot, root) in first.branches.iter_mut().zip(group) {
            budget.spend()?;
            *slot = self.enter(1, length - 1, root.start, root.to, self.tables.all, visitor);
        }
        self.skip(&mut first, 1, length - 1, seek);
        let mut stack = vec![first];
        while let Some(tight) = stack.last().map(|frame| frame.tight) {
            let depth = stack.len();
            let left = length - depth;
            let Some((branch, arc)) = stack.last_mut().and_then(|frame| self.next_step(frame, left)) else {
                stack.pop();
                continue;
            };
            budget.spend()?;
            if depth == 1 {
                (path.nodes[0], path.nodes[1]) = (branch.start, branch.node);
            }
            if self.comes_back(&path.nodes[..=depth], arc.to) {
                continue;
            }
            (path.ranks[depth], path.nodes[depth + 1]) = (arc.rank, arc.to);
            let seek = seek.filter(|seek| tight && seek.ranks[depth] == (arc.rank, true));
            if left > 1 {
                let entered = self.enter(depth + 1, left - 1, branch.start, arc.to, branch.needed, visitor);
                let mut frame = ListFrame {
                    branches: [entered, None],
                    tight: seek.is_some(),
                };
                self.skip(&mut frame, depth + 1, left - 1, seek);
                stack.push(frame);
            } else if self.is_beyond(seek, &path.nodes) && visitor.visit(&path).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Starts on the steps of a state, if a path can result.
    fn enter(
        &self,
        depth: usize,
        left: usize,
        start: StateIndex,
        node: StateIndex,
        needed: WaypointSet,
        visitor: &mut impl PathVisitor,
    ) -> Option<ListBranch> {
        let needed = needed & !self.pruned.nodes[node as usize].met;
        let is_open = self.tables.can_reach(node, left, needed) && visitor.should_enter(depth, node, needed);
        let next = match self.order {
            ListOrder::Ascending => 0,
            ListOrder::Descending => self.pruned.steps(node, left).len(),
        };
        is_open.then_some(ListBranch {
            start,
            node,
            next,
            needed,
        })
    }

    /// Skips the steps before the start position, if all relations so far are those of the position.
    fn skip(&self, frame: &mut ListFrame, depth: usize, left: usize, seek: Option<&SeekKey<'_>>) {
        let Some(place) = seek.map(|seek| seek.ranks[depth]) else {
            return;
        };
        for branch in frame.branches.iter_mut().flatten() {
            let steps = self.pruned.steps(branch.node, left);
            branch.next = match self.order {
                ListOrder::Ascending => steps.partition_point(|arc| arc.rank < place.0),
                ListOrder::Descending => steps.partition_point(|arc| is_up_to(arc.rank, place)),
            };
        }
    }

    /// Takes the next step of the branches: the lowest, or the highest in reverse. Of two equal steps, the
    /// branch of the lower source comes first in path order.
    fn next_step(&self, frame: &mut ListFrame, left: usize) -> Option<(ListBranch, StateArc)> {
        let step = |branch: &ListBranch| {
            let at = match self.order {
                ListOrder::Ascending => Some(branch.next),
                ListOrder::Descending => branch.next.checked_sub(1),
            };
            self.pruned.steps(branch.node, left).get(at?).copied()
        };
        let ahead = frame
            .branches
            .iter_mut()
            .flatten()
            .filter_map(|branch| step(branch).map(|arc| (branch, arc)));
        let rank = |(_, arc): &(&mut ListBranch, StateArc)| arc.rank;
        let (branch, arc) = match self.order {
            ListOrder::Ascending => ahead.min_by_key(rank)?,
            ListOrder::Descending => ahead.max_by_key(rank)?,
        };
        match self.order {
            ListOrder::Ascending => branch.next += 1,
            ListOrder::Descending => branch.next -= 1,
        }
        Some((*branch, arc))
    }

    /// Whether a path lies beyond the start position, if its relations are those of the position.
    fn is_beyond(&self, seek: Option<&SeekKey<'_>>, nodes: &[StateIndex]) -> bool {
        seek.is_none_or(|seek| match self.order {
            ListOrder::Ascending => (seek.compare)(nodes).is_gt(),
            ListOrder::Descending => (seek.compare)(nodes).is_lt(),
        })
    }

    fn comes_back(&self, nodes: &[StateIndex], to: StateIndex) -> bool {
        let entity = |node: StateIndex| -> EntityIndex { self.pruned.nodes[node as usize].entity };
        nodes.iter().any(|node| entity(*node) == entity(to))
    }
}

/// Whether a rank is not above the rank of a position.
fn is_up_to(rank: RelationRank, (place, own): (RelationRank, bool)) -> bool {
    rank < place || own && rank == place
}
