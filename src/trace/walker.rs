//! Lists paths of one exact length in their order or against it, from any place in it, holding one path at a time.
//!
//! Depth first, each state's steps by rank, turning back where the tables say that nothing can come: so without cycles
//! every step taken leads to a path. The stack is explicit and no deeper than the longest length.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::net::{Arc, NodeIndex};
use super::order::Rank;
use super::prune::{Pruned, Root};
use super::tables::{Tables, Waypoints};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::subgraph::EntityIndex;

/// One path: its relations and the states it goes through, one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) ranks: Vec<Rank>,
    pub(super) nodes: Vec<NodeIndex>,
}

/// Which way paths are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListOrder {
    /// In their order.
    Ascending,
    /// The last first.
    Descending,
}

/// A place in the order of paths: what lies beyond it, the way that is listed, is listed, and nothing else.
pub(super) struct Seek<'a> {
    /// For each relation the first rank not below it, and whether that is its own.
    pub(super) ranks: Vec<(Rank, bool)>,
    /// How the entities of a path compare with those of the place.
    pub(super) compare: &'a dyn Fn(&[NodeIndex]) -> Ordering,
}

/// Lists paths.
pub(super) struct Walker<'a> {
    pub(super) pruned: &'a Pruned,
    pub(super) tables: &'a Tables,
    pub(super) order: ListOrder,
}

/// What to do with a walk that lists.
pub(super) trait Visitor {
    /// Whether to go on from a state reached after so many steps, with these waypoints still to meet. Asked once for each way to
    /// it.
    fn enters(&mut self, _depth: usize, _node: NodeIndex, _needed: Waypoints) -> bool {
        true
    }
    /// The next path in the order.
    fn found(&mut self, path: &Found) -> ControlFlow<()>;
}

/// A state with its steps still to take: those from `next` on, or where paths are listed against their order those below it.
/// One relation between two sources, walked either way, begins two paths with one
/// list of relations: what follows is then merged from two branches, to keep the order.
#[derive(Clone, Copy, Debug)]
struct Branch {
    start: NodeIndex,
    node: NodeIndex,
    next: usize,
    needed: Waypoints,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    branches: [Option<Branch>; 2],
    /// Whether all relations so far are those of the place sought.
    tight: bool,
}

impl Walker<'_> {
    /// Lists the paths of a length that begin with one of the first steps given: onward, or for length 1 closing. Both
    /// are sorted by rank, then source. Ends early where the visitor says so.
    pub(super) fn list(
        &self,
        length: usize,
        (onward, closing): (&[Root], &[Root]),
        seek: Option<&Seek<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl Visitor,
    ) -> Result<ControlFlow<()>, OutOfWork> {
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
        let groups: Box<dyn Iterator<Item = &[Root]>> = match self.order {
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
        group: &[Root],
        seek: Option<&Seek<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl Visitor,
    ) -> Result<ControlFlow<()>, OutOfWork> {
        let last = group.len() - 1;
        for at in 0..group.len() {
            let root = match self.order {
                ListOrder::Ascending => group[at],
                ListOrder::Descending => group[last - at],
            };
            budget.spend()?;
            let path = Found {
                ranks: vec![root.rank],
                nodes: vec![root.start, root.to],
            };
            // Nothing is between the ends, so no waypoint is met.
            let is_listed = self.tables.all == 0 && self.is_beyond(seek, &path.nodes);
            if is_listed && visitor.found(&path).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn descend(
        &self,
        length: usize,
        group: &[Root],
        seek: Option<&Seek<'_>>,
        budget: &mut WorkBudget,
        visitor: &mut impl Visitor,
    ) -> Result<ControlFlow<()>, OutOfWork> {
        let mut path = Found {
            ranks: vec![group[0].rank; length],
            nodes: vec![0; length + 1],
        };
        let mut first = Frame {
            branches: [None; 2],
            tight: seek.is_some(),
        };
        // A relation has two ends, so a group has at most two roots.
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
                let mut frame = Frame {
                    branches: [entered, None],
                    tight: seek.is_some(),
                };
                self.skip(&mut frame, depth + 1, left - 1, seek);
                stack.push(frame);
            } else if self.is_beyond(seek, &path.nodes) && visitor.found(&path).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Begins on a state's steps, if a path may yet come of it.
    fn enter(
        &self,
        depth: usize,
        left: usize,
        start: NodeIndex,
        node: NodeIndex,
        needed: Waypoints,
        visitor: &mut impl Visitor,
    ) -> Option<Branch> {
        let needed = needed & !self.pruned.nodes[node as usize].met;
        let is_open = self.tables.can(node, left, needed) && visitor.enters(depth, node, needed);
        let next = match self.order {
            ListOrder::Ascending => 0,
            ListOrder::Descending => self.pruned.steps(node, left).len(),
        };
        is_open.then_some(Branch {
            start,
            node,
            next,
            needed,
        })
    }

    /// Skips the steps that lead back behind the place sought, where all relations so far are those of the place.
    fn skip(&self, frame: &mut Frame, depth: usize, left: usize, seek: Option<&Seek<'_>>) {
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

    /// Takes the next step of the branches: the lowest, or against the order the highest. Of two that are equal, the branch of
    /// the lower source comes first in the order.
    fn next_step(&self, frame: &mut Frame, left: usize) -> Option<(Branch, Arc)> {
        let step = |branch: &Branch| {
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
        let rank = |(_, arc): &(&mut Branch, Arc)| arc.rank;
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

    /// Whether a path whose relations are those of the place sought, if one is, lies beyond it.
    fn is_beyond(&self, seek: Option<&Seek<'_>>, nodes: &[NodeIndex]) -> bool {
        seek.is_none_or(|seek| match self.order {
            ListOrder::Ascending => (seek.compare)(nodes).is_gt(),
            ListOrder::Descending => (seek.compare)(nodes).is_lt(),
        })
    }

    fn comes_back(&self, nodes: &[NodeIndex], to: NodeIndex) -> bool {
        let entity = |node: NodeIndex| -> EntityIndex { self.pruned.nodes[node as usize].entity };
        nodes.iter().any(|node| entity(*node) == entity(to))
    }
}

/// Whether a rank is below that of a place, or the place's own.
fn is_up_to(rank: Rank, (place, own): (Rank, bool)) -> bool {
    rank < place || own && rank == place
}
