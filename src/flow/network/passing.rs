//! Adds the splits of what entities would keep to a network.

use super::assumption::{Assumption, Scenario};
use super::flow_network::{EdgeOrigin, FlowEdge, FlowGap, FlowNetwork, GapKind};
use super::split::{Split, SplitPart, SplitSize};
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::{TooLarge, minor_units};
use crate::flow::facts::split_fact::{NodeKey, PartSize, SplitFact};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// An edge without a relation of its own, for the part of a portion that flows on.
#[derive(Clone, Debug)]
pub(in crate::flow) struct OnwardEdge {
    pub(in crate::flow) from: NodeKey,
    pub(in crate::flow) to: EntityId,
    pub(in crate::flow) relation: RelationId,
    /// Minimum and maximum in minor units of the network.
    pub(in crate::flow) lower: MinorUnits,
    pub(in crate::flow) upper: Option<MinorUnits>,
}

impl FlowNetwork {
    /// Adds the edge for the part of a portion that flows on.
    pub(super) fn add_onward(&mut self, onward: &OnwardEdge) {
        let ends = (self.node_of(&onward.from), self.node(&onward.to));
        let (Some(from), Some(to)) = ends else { return };
        self.edges.push(FlowEdge {
            from,
            to,
            range: AmountRange {
                lower: onward.lower,
                upper: onward.upper,
            },
            relation: self.relations.len(),
            origin: EdgeOrigin::Relation,
        });
        self.relations.push(onward.relation.clone());
    }

    /// Adds the edges of splits; [`FlowNetwork::derive`] computes their amounts.
    pub(super) fn add_splits(
        &mut self,
        facts: &[SplitFact],
        (scenario, assumption): (Option<Scenario>, Option<Assumption>),
    ) -> Result<(), TooLarge> {
        for fact in facts {
            job::step();
            let Some(node) = self.node_of(&fact.giver) else {
                continue;
            };
            let place = self.splits.len();
            let (mut parts, is_only) = (Vec::new(), fact.takes_all && fact.open == 1);
            for part in &fact.parts {
                job::step();
                let Some(to) = self.node_of(&part.to) else {
                    continue;
                };
                let missing = match part.size {
                    PartSize::Share(_) | PartSize::Between(..) => None,
                    PartSize::Amount(amount) => {
                        let missing = amount.missing;
                        missing.map(|reason| (reason, GapKind::PartAmount(place, parts.len())))
                    }
                    PartSize::Open(_) if is_only => None,
                    PartSize::Open(reason) => Some((reason, GapKind::Share(place, parts.len()))),
                };
                self.gaps.extend(missing.map(|(reason, kind)| FlowGap {
                    relation: self.relations.len(),
                    reason,
                    kind,
                }));
                parts.push(SplitPart {
                    edge: self.edges.len(),
                    size: self.size_of(part.size, scenario)?,
                });
                self.edges.push(FlowEdge {
                    from: node,
                    to,
                    // Replaced by `derive`.
                    range: AmountRange::up_to(None),
                    relation: self.relations.len(),
                    origin: EdgeOrigin::Part(place),
                });
                self.relations.push(part.relation.clone());
            }
            self.split_at.insert(node, place);
            self.splits.push(Split {
                node,
                total: AmountRange::ZERO,
                parts,
                known: fact.known,
                open: fact.open,
                takes_all: fact.takes_all,
                is_equal: assumption == Some(Assumption::EqualSplit),
            });
        }
        Ok(())
    }

    fn size_of(&self, size: PartSize, scenario: Option<Scenario>) -> Result<SplitSize, TooLarge> {
        Ok(match size {
            PartSize::Share(share) => SplitSize::Share(share),
            PartSize::Between(least, most) => SplitSize::Between(least, most),
            PartSize::Amount(amount) => {
                let range = AmountRange {
                    lower: minor_units(amount.lower, self.scale)?,
                    upper: amount
                        .upper
                        .map(|upper| minor_units(upper, self.scale))
                        .transpose()?,
                };
                SplitSize::Amount(scenario.map_or(range, |scenario| scenario.end_of(range)))
            }
            PartSize::Open(_) => SplitSize::Open,
        })
    }
}
