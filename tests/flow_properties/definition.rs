//! The linear program of the definition, written down whole: F, g and d of every relation and entity, and a flow over all of them.

use hukun::flow::Heading;
use hukun::flow::linear::Sense;
use hukun::model::Decimal;
use hukun::model::id::EntityId;

use super::world::World;
use crate::linear_bounds::programs::Plain;
use crate::linear_bounds::simplex::{Optimum, solve};

type Terms = Vec<(usize, Decimal)>;

/// The most that comes from the sources to the targets.
pub fn most(world: &World) -> Optimum {
    program(world, true, Decimal::ZERO)
}

/// The least, negated: the most that comes from elsewhere, less what the targets keep.
pub fn least_negated(world: &World) -> Optimum {
    program(world, false, Decimal::NEGATIVE_ONE)
}

/// What is known of a link, and the columns of its amount and of what flows on it.
struct Link {
    from: EntityId,
    to: EntityId,
    lower: Decimal,
    upper: Option<Decimal>,
    amount: usize,
    flow: usize,
}

fn program(world: &World, from_sources: bool, kept_weight: Decimal) -> Optimum {
    let mut plain = Plain::default();
    let links = links(world, &mut plain);
    for link in &links {
        at_most(&mut plain, link.flow, link.amount);
    }
    for entity in world.entities() {
        let (mut amounts, mut flows): (Terms, Terms) = (Vec::new(), Vec::new());
        let mut ends = [[Some(Decimal::ZERO); 2]; 2];
        for link in &links {
            for (place, end, sign) in [
                (0, &link.to, Decimal::ONE),
                (1, &link.from, Decimal::NEGATIVE_ONE),
            ] {
                if *end == entity {
                    amounts.push((link.amount, sign));
                    flows.push((link.flow, sign));
                    let sums = &mut ends[place];
                    *sums = [
                        sums[0].map(|sum| sum + link.lower),
                        sums[1].zip(link.upper).map(|(sum, upper)| sum + upper),
                    ];
                }
            }
        }
        let [taken, given] = ends;
        let injected = excess(&mut plain, given, taken);
        let kept = excess(&mut plain, taken, given);
        amounts.extend([(injected, Decimal::ONE), (kept, Decimal::NEGATIVE_ONE)]);
        plain.rows.push((Sense::Equal, Decimal::ZERO, amounts));
        if is_credited(world, &entity) == from_sources {
            let put_in = column(&mut plain, Decimal::ZERO, Decimal::ZERO, None);
            at_most(&mut plain, put_in, injected);
            flows.push((put_in, Decimal::ONE));
        }
        if world.ends.targets.contains(&entity) {
            plain.columns[kept].0 = kept_weight;
            let arrived = column(&mut plain, Decimal::ONE, Decimal::ZERO, None);
            at_most(&mut plain, arrived, kept);
            flows.push((arrived, Decimal::NEGATIVE_ONE));
        }
        plain.rows.push((Sense::Equal, Decimal::ZERO, flows));
    }
    solve(&plain)
}

fn links(world: &World, plain: &mut Plain) -> Vec<Link> {
    let mut links = Vec::new();
    for fact in world.facts.edges.iter().filter(|fact| fact.from != fact.to) {
        let (carried, zero) = (&fact.contribution, Decimal::ZERO);
        let mut link = |from: &EntityId, to: &EntityId, lower| {
            let amount = column(plain, zero, lower, carried.upper);
            links.push(Link {
                from: from.clone(),
                to: to.clone(),
                lower,
                upper: carried.upper,
                amount,
                flow: column(plain, zero, zero, None),
            });
            amount
        };
        match carried.heading {
            Heading::Forward => drop(link(&fact.from, &fact.to, carried.lower)),
            Heading::Backward => drop(link(&fact.to, &fact.from, carried.lower)),
            Heading::Either => {
                let ways = [link(&fact.from, &fact.to, zero), link(&fact.to, &fact.from, zero)];
                let both = column(plain, zero, carried.lower, carried.upper);
                let mut sum: Terms = ways.iter().map(|way| (*way, Decimal::ONE)).collect();
                sum.push((both, Decimal::NEGATIVE_ONE));
                plain.rows.push((Sense::Equal, zero, sum));
            }
        }
    }
    links
}

/// A column for by how much one sum may exceed another, each as its least and its most.
fn excess(plain: &mut Plain, of: [Option<Decimal>; 2], over: [Option<Decimal>; 2]) -> usize {
    let zero = Decimal::ZERO;
    let least = of[0]
        .zip(over[1])
        .map_or(zero, |(of, over)| (of - over).max(zero));
    let most = of[1].zip(over[0]).map(|(of, over)| (of - over).max(zero));
    column(plain, zero, least, most)
}

fn column(plain: &mut Plain, cost: Decimal, lower: Decimal, upper: Option<Decimal>) -> usize {
    plain.columns.push((cost, lower, upper));
    plain.columns.len() - 1
}

fn at_most(plain: &mut Plain, part: usize, whole: usize) {
    let terms = vec![(part, Decimal::ONE), (whole, Decimal::NEGATIVE_ONE)];
    plain.rows.push((Sense::AtMost, Decimal::ZERO, terms));
}

fn is_credited(world: &World, entity: &EntityId) -> bool {
    let ends = &world.ends;
    ends.sources.contains(entity) && (!entity.kind().is_conduit() || ends.named.contains(entity))
}
