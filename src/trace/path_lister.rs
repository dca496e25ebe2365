//! Lists the paths of one length, in path order or in reverse, from any position in that order. Holds one path at
//! a time.
//!
//! The search is depth first and takes the steps of each state by rank. It turns back if the tables show that no
//! target can be reached, so that without cycles each step leads to a path. The stack is explicit and no deeper
//! than the maximum length.
//!
//! In this file `left` is the number of steps that remain, and `needed` the waypoints that are still to visit.

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

/// The position in the order of paths at which a listing starts. Only paths after it, in the direction of the
/// listing, are listed.
pub(super) struct SeekKey<'a> {
    /// For each relation of the position: the first rank not below it, and whether that is its own rank. It has
    /// none of its own if the relation is not in the subgraph.
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

/// A state and its remaining steps.
#[derive(Clone, Copy, Debug)]
struct ListBranch {
    /// The source at which the path starts.
    start: StateIndex,
    /// The state.
    node: StateIndex,
    /// The index of the next step of the state; in reverse, the next step is the one before this index.
    next: usize,
    needed: WaypointSet,
}

/// An entry of the stack: the branches that continue the relations chosen so far. There are two only at the first
/// entry: a relation between two sources that carries both ways starts two paths with the same relations, whose
/// continuations are merged to keep the order.
#[derive(Clone, Copy, Debug)]
struct ListFrame {
    branches: [Option<ListBranch>; 2],
    /// Whether all relations so far are those of the seek position.
    on_seek: bool,
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
        let first_sought = seek.map(|seek| seek.ranks[0]);
        let ahead = match (self.order, first_sought) {
            (_, None) => roots,
            (ListOrder::Ascending, Some((rank, _))) => {
                &roots[roots.partition_point(|root| root.rank < rank)..]
            }
            (ListOrder::Descending, Some(sought)) => {
                &roots[..roots.partition_point(|root| is_up_to(root.rank, sought))]
            }
        };
        let groups = ahead.chunk_by(|a, b| a.rank == b.rank);
        let groups: Box<dyn Iterator<Item = &[FirstStep]>> = match self.order {
            ListOrder::Ascending => Box::new(groups),
            ListOrder::Descending => Box::new(groups.rev()),
        };
        for group in groups {
            let on_seek = first_sought == Some((group[0].rank, true));
            let seek = seek.filter(|_| on_seek);
            let flow = if length == 1 {
                self.list_single_steps(group, seek, budget, visitor)?
            } else {
                self.list_longer(length, group, seek, budget, visitor)?
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Lists the paths of one step in a group, which has the first steps of one rank.
    fn list_single_steps(
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

    /// Lists the paths of `length` steps, at least two, that start with a first step of a group. `seek` is given
    /// if the group has the first rank of the position.
    fn list_longer(
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
            on_seek: seek.is_some(),
        };
        // A relation has two ends, so a group has at most two first steps.
        for (slot, root) in first.branches.iter_mut().zip(group) {
            budget.spend()?;
            *slot = self.enter(1, length - 1, root.start, root.to, self.tables.all, visitor);
        }
        self.skip_to_seek(&mut first, 1, length - 1, seek);
        let mut stack = vec![first];
        while let Some(on_seek) = stack.last().map(|frame| frame.on_seek) {
            let depth = stack.len();
            let left = length - depth;
            let Some((branch, arc)) = stack.last_mut().and_then(|frame| self.next_step(frame, left)) else {
                stack.pop();
                continue;
            };
            budget.spend()?;
            if depth == 1 {
                // The step may come from either branch of the group.
                (path.nodes[0], path.nodes[1]) = (branch.start, branch.node);
            }
            if self.revisits(&path.nodes[..=depth], arc.to) {
                continue;
            }
            (path.ranks[depth], path.nodes[depth + 1]) = (arc.rank, arc.to);
            let seek = seek.filter(|seek| on_seek && seek.ranks[depth] == (arc.rank, true));
            if left > 1 {
                let entered = self.enter(depth + 1, left - 1, branch.start, arc.to, branch.needed, visitor);
                let mut frame = ListFrame {
                    branches: [entered, None],
                    on_seek: seek.is_some(),
                };
                self.skip_to_seek(&mut frame, depth + 1, left - 1, seek);
                stack.push(frame);
            } else if self.is_beyond(seek, &path.nodes) && visitor.visit(&path).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A branch with all steps of a state; `None` if no path can result, or the visitor does not enter the state.
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

    /// Skips the steps before the seek position. `seek` is given if all relations so far are those of the position.
    fn skip_to_seek(&self, frame: &mut ListFrame, depth: usize, left: usize, seek: Option<&SeekKey<'_>>) {
        let Some(sought) = seek.map(|seek| seek.ranks[depth]) else {
            return;
        };
        for branch in frame.branches.iter_mut().flatten() {
            let steps = self.pruned.steps(branch.node, left);
            branch.next = match self.order {
                ListOrder::Ascending => steps.partition_point(|arc| arc.rank < sought.0),
                ListOrder::Descending => steps.partition_point(|arc| is_up_to(arc.rank, sought)),
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

    /// Whether a path lies beyond the seek position, in the direction of the listing. `seek` is given if the
    /// relations of the path are those of the position, so that only the entities are compared.
    fn is_beyond(&self, seek: Option<&SeekKey<'_>>, nodes: &[StateIndex]) -> bool {
        seek.is_none_or(|seek| match self.order {
            ListOrder::Ascending => (seek.compare)(nodes).is_gt(),
            ListOrder::Descending => (seek.compare)(nodes).is_lt(),
        })
    }

    /// Whether a state is at an entity that the path has visited.
    fn revisits(&self, nodes: &[StateIndex], to: StateIndex) -> bool {
        let entity = |node: StateIndex| -> EntityIndex { self.pruned.nodes[node as usize].entity };
        nodes.iter().any(|node| entity(*node) == entity(to))
    }
}

/// Whether a rank is not above that of a relation of the seek position, given as in [`SeekKey::ranks`].
fn is_up_to(rank: RelationRank, (sought, is_own): (RelationRank, bool)) -> bool {
    rank < sought || is_own && rank == sought
}
