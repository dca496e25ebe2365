//! Puts into a network what entities pass on of what they would keep.

use super::assume::{Assumption, Scenario};
use super::extent::Extent;
use super::facts::{OnwardLink, PartSize, SplitFact};
use super::grains::{TooLarge, grains};
use super::network::{Gap, GapIn, Link, Network, Origin};
use super::split::{Part, Size, Split};
use crate::model::job;

impl Network {
    /// The link of what goes on from a portion.
    pub(super) fn add_onward(&mut self, onward: &OnwardLink) {
        let ends = (self.node_of(&onward.from), self.node(&onward.to));
        let (Some(from), Some(to)) = ends else { return };
        self.links.push(Link {
            from,
            to,
            extent: Extent {
                lower: onward.lower,
                upper: onward.upper,
            },
            relation: self.relations.len(),
            origin: Origin::Relation,
        });
        self.relations.push(onward.relation.clone());
    }

    /// The links of what entities pass on of what they would keep; [`Network::derive`] finds how much that is.
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
                        missing.map(|reason| (reason, GapIn::PartAmount(place, parts.len())))
                    }
                    PartSize::Open(_) if is_only => None,
                    PartSize::Open(reason) => Some((reason, GapIn::Share(place, parts.len()))),
                };
                self.gaps.extend(missing.map(|(reason, what)| Gap {
                    relation: self.relations.len(),
                    reason,
                    what,
                }));
                parts.push(Part {
                    link: self.links.len(),
                    size: self.size_of(part.size, scenario)?,
                });
                self.links.push(Link {
                    from: node,
                    to,
                    // Until it is derived.
                    extent: Extent::up_to(None),
                    relation: self.relations.len(),
                    origin: Origin::Part(place),
                });
                self.relations.push(part.relation.clone());
            }
            self.split_at.insert(node, place);
            self.splits.push(Split {
                node,
                total: Extent::ZERO,
                parts,
                known: fact.known,
                open: fact.open,
                takes_all: fact.takes_all,
                is_equal: assumption == Some(Assumption::EqualSplit),
            });
        }
        Ok(())
    }

    fn size_of(&self, size: PartSize, scenario: Option<Scenario>) -> Result<Size, TooLarge> {
        Ok(match size {
            PartSize::Share(share) => Size::Share(share),
            PartSize::Between(least, most) => Size::Between(least, most),
            PartSize::Amount(amount) => {
                let extent = Extent {
                    lower: grains(amount.lower, self.scale)?,
                    upper: amount.upper.map(|upper| grains(upper, self.scale)).transpose()?,
                };
                Size::Amount(scenario.map_or(extent, |scenario| scenario.end_of(extent)))
            }
            PartSize::Open(_) => Size::Open,
        })
    }
}
