//! Small random layers.

use std::collections::BTreeSet;

use fastrand::Rng;
use hukun::flow::{
    CarrierFact, EdgeFact, FlowEnds, Heading, LayerContribution, LayerFacts, MissingReason, StatedAmount,
};
use hukun::model::Decimal;
use hukun::model::id::{EntityId, RelationId};

/// The facts of a layer, and between whom is asked.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub facts: LayerFacts,
    pub ends: FlowEnds,
}

const NAMES: [&str; 8] = [
    "region:a",
    "region:b",
    "organization:o",
    "fund:f",
    "fund:g",
    "project:p",
    "project:q",
    "company:c",
];
const INDUSTRIES: [&str; 3] = ["industry:i", "industry:j", "industry:k"];

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

/// An amount known as one number.
pub fn exactly(amount: Decimal) -> LayerContribution {
    LayerContribution {
        heading: Heading::Forward,
        lower: amount,
        upper: Some(amount),
        missing: None,
    }
}

fn exact(amount: Decimal) -> StatedAmount {
    StatedAmount {
        lower: amount,
        upper: Some(amount),
        missing: None,
    }
}

impl World {
    /// The layer of a number; with uncertain amounts where `uncertain`.
    pub fn random(seed: u64, uncertain: bool) -> Self {
        let mut random = Rng::with_seed(seed);
        let count = random.usize(3..=NAMES.len());
        let mut names = NAMES.to_vec();
        random.shuffle(&mut names);
        names.truncate(count);
        let mut world = Self::default();
        for n in 0..random.usize(2..=count * 2) {
            let (from, to) = (random.choice(&names).unwrap(), random.choice(&names).unwrap());
            let amount = Decimal::new(random.i64(1..=400), random.u32(0..=2));
            let mut carried = exactly(amount);
            if uncertain && random.u8(0..3) == 0 {
                let more = amount + Decimal::from(random.i64(1..=9));
                (carried.lower, carried.upper, carried.missing) = match random.u8(0..4) {
                    0 => (Decimal::ZERO, None, Some(MissingReason::NoAmount)),
                    1 => (amount, None, Some(MissingReason::UnboundedAbove)),
                    2 => (amount, Some(more), Some(MissingReason::BoundedAmount)),
                    _ => (amount, Some(amount), Some(MissingReason::NoDirection)),
                };
                if carried.missing == Some(MissingReason::NoDirection) {
                    carried.heading = Heading::Either;
                }
            } else if random.u8(0..6) == 0 {
                carried.heading = Heading::Backward;
            }
            world.facts.edges.push(EdgeFact {
                relation: RelationId::parse(&format!("r:{n}")).unwrap(),
                from: id(from),
                to: id(to),
                contribution: carried,
            });
        }
        world.add_carriers(&mut random, uncertain, &names);
        let to_industries = random.u8(0..4) == 0;
        for name in &names {
            if random.bool() {
                world.ends.sources.insert(id(name));
                if random.bool() {
                    world.ends.named.insert(id(name));
                }
            }
            if !to_industries && random.bool() {
                world.ends.targets.insert(id(name));
            }
        }
        if !to_industries && random.u8(0..3) == 0 {
            world.ends.targets.extend([id("company:d"), id("company:other")]);
        }
        if to_industries {
            world.ends.targets = INDUSTRIES
                .iter()
                .filter(|_| random.bool())
                .map(|name| id(name))
                .collect();
            if random.u8(0..3) == 0 {
                let inside = names.iter().filter(|_| random.bool());
                world.ends.inside = Some(inside.map(|name| id(name)).collect());
            }
        }
        world
    }

    fn add_carriers(&mut self, random: &mut Rng, uncertain: bool, names: &[&str]) {
        self.facts.may_imply = random.u8(0..4) != 0;
        for name in names
            .iter()
            .filter(|name| name.starts_with("project") || name.starts_with("company"))
        {
            let mut left = Decimal::ONE;
            for industry in INDUSTRIES {
                if random.u8(0..4) != 0 {
                    continue;
                }
                let share = (Decimal::new(random.i64(1..=10), 1)).min(left);
                let share = (!(share.is_zero() || uncertain && random.bool())).then_some(share);
                if let Some(share) = share {
                    left -= share;
                } else if !uncertain {
                    continue;
                }
                self.carrier(name, industry, share, None);
            }
            if name.starts_with("project") && random.u8(0..3) > 0 {
                self.add_carried(random, uncertain, name);
            }
        }
    }

    /// One to three companies that carry a project: by shares, by amounts, or by what is not stated.
    fn add_carried(&mut self, random: &mut Rng, uncertain: bool, project: &str) {
        let mut left = Decimal::ONE;
        let (mut amounts, mut open) = (0, 0);
        for company in ["company:c", "company:d", "company:other"] {
            if random.u8(0..2) == 0 {
                continue;
            }
            let may_be_open = uncertain || self.facts.may_imply && open == 0;
            match random.u8(0..3) {
                0 if may_be_open => {
                    self.carrier(project, company, None, None);
                    open += 1;
                }
                1 if uncertain || amounts == 0 => {
                    let lower = Decimal::new(random.i64(1..=300), 1);
                    let mut amount = exact(lower);
                    if uncertain && random.u8(0..4) == 0 {
                        amount.upper = random.bool().then_some(lower + Decimal::ONE);
                        amount.missing = Some(MissingReason::BoundedAmount);
                    }
                    self.carrier(project, company, None, Some(amount));
                    amounts += 1;
                }
                _ => {
                    let share = Decimal::new(random.i64(1..=6), 1).min(left);
                    left -= share;
                    self.carrier(project, company, Some(share), None);
                }
            }
        }
    }

    fn carrier(&mut self, from: &str, to: &str, share: Option<Decimal>, amount: Option<StatedAmount>) {
        self.facts.carriers.push(CarrierFact {
            relation: RelationId::parse(&format!("c:{}", self.facts.carriers.len())).unwrap(),
            from: id(from),
            to: id(to),
            share,
            amount,
            is_unsupported: false,
        });
    }

    /// What relations leave an entity, where they are all known.
    fn kept(&self, entity: &EntityId) -> Decimal {
        let links = self.facts.edges.iter().filter(|link| link.from != link.to);
        let sum: Decimal = links
            .map(|link| {
                let is_turned = link.contribution.heading == Heading::Backward;
                let (from, to) = if is_turned {
                    (&link.to, &link.from)
                } else {
                    (&link.from, &link.to)
                };
                match (from == entity, to == entity) {
                    (true, _) => -link.contribution.lower,
                    (_, true) => link.contribution.lower,
                    _ => Decimal::ZERO,
                }
            })
            .sum();
        sum.max(Decimal::ZERO)
    }

    /// Finds out, somehow, what those who carry a project got of what it keeps.
    fn divide(&mut self, project: &EntityId, random: &mut Rng) {
        let kept = self.kept(project);
        let may_imply = self.facts.may_imply;
        let carriers = self.facts.carriers.iter_mut();
        let mut carriers: Vec<&mut CarrierFact> = carriers
            .filter(|carrier| carrier.from == *project && !carrier.to.as_str().starts_with("industry"))
            .collect();
        let shares: Decimal = carriers.iter().filter_map(|carrier| carrier.share).sum();
        let mut left = (Decimal::ONE - shares) * kept;
        for amount in carriers.iter_mut().filter_map(|carrier| carrier.amount.as_mut()) {
            let more = amount.upper.unwrap_or(amount.lower + Decimal::TEN) - amount.lower;
            *amount = exact(amount.lower + more * Decimal::new(random.i64(0..=10), 1));
        }
        let stated: Decimal = carriers
            .iter()
            .filter_map(|carrier| carrier.amount)
            .map(|amount| amount.lower)
            .sum();
        if stated > left {
            // Upper bounds, together all of it: one after the other gets what the later ones cannot.
            let mut later = stated;
            for amount in carriers.iter_mut().filter_map(|carrier| carrier.amount.as_mut()) {
                later -= amount.lower;
                let (least, most) = ((left - later).max(Decimal::ZERO), amount.lower.min(left));
                let got = least + (most - least) * Decimal::new(random.i64(0..=10), 1);
                left -= got;
                *amount = exact(got);
            }
        } else {
            left -= stated;
        }
        let open = |carrier: &&mut CarrierFact| carrier.share.is_none() && carrier.amount.is_none();
        let mut open: Vec<&mut CarrierFact> = carriers.into_iter().filter(open).collect();
        let count = open.len();
        for (place, carrier) in open.iter_mut().enumerate() {
            let is_last = place + 1 == count && may_imply;
            let got = if is_last {
                left
            } else {
                left * Decimal::new(random.i64(0..=10), 1)
            };
            left -= got;
            carrier.amount = Some(exact(got));
        }
        self.facts
            .carriers
            .retain(|carrier| carrier.amount.is_none_or(|amount| !amount.lower.is_zero()));
    }

    /// Everyone in the layer.
    pub fn entities(&self) -> BTreeSet<EntityId> {
        let ends = self.facts.edges.iter().flat_map(|link| [&link.from, &link.to]);
        ends.cloned().collect()
    }

    /// Whether all amounts and shares are known.
    pub fn is_certain(&self) -> bool {
        let single = |carrier: &CarrierFact| {
            let own = self.facts.carriers.iter();
            let own = own.filter(|other| other.from == carrier.from && other.to.kind() == carrier.to.kind());
            self.facts.may_imply && own.count() == 1
        };
        let is_share = |carrier: &&CarrierFact| carrier.to.as_str().starts_with("industry");
        self.facts
            .edges
            .iter()
            .all(|link| link.contribution.missing.is_none())
            && self
                .facts
                .carriers
                .iter()
                .filter(is_share)
                .all(|carrier| carrier.share.is_some() || single(carrier))
    }

    /// The same with all that is uncertain found out, somehow.
    pub fn completed(&self, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut known = self.clone();
        for link in &mut known.facts.edges {
            let carried = &mut link.contribution;
            let most = carried.upper.unwrap_or(carried.lower + Decimal::from(500));
            let amount = match random.u8(0..4) {
                0 => carried.lower,
                1 => most,
                _ => carried.lower + (most - carried.lower) * Decimal::new(random.i64(0..=100), 2),
            };
            let heading = match carried.heading {
                Heading::Either if random.bool() => Heading::Forward,
                Heading::Either => Heading::Backward,
                stated => stated,
            };
            *carried = LayerContribution {
                heading,
                ..exactly(amount)
            };
        }
        known
            .facts
            .edges
            .retain(|link| !link.contribution.lower.is_zero());
        // Shares: those that are not stated take parts of what is left.
        let mut by_entity: std::collections::BTreeMap<EntityId, Decimal> = std::collections::BTreeMap::new();
        let shares = known.facts.carriers.iter();
        for carrier in shares.filter(|carrier| carrier.to.as_str().starts_with("industry")) {
            *by_entity.entry(carrier.from.clone()).or_default() += carrier.share.unwrap_or_default();
        }
        let counts = known.facts.carriers.clone();
        for carrier in known
            .facts
            .carriers
            .iter_mut()
            .filter(|carrier| carrier.to.as_str().starts_with("industry"))
        {
            let same = counts
                .iter()
                .filter(|other| other.from == carrier.from && other.to.as_str().starts_with("industry"));
            if carrier.share.is_none() && !(self.facts.may_imply && same.count() == 1) {
                let taken = by_entity.get_mut(&carrier.from).unwrap();
                let share = (Decimal::ONE - *taken) * Decimal::new(random.i64(0..=10), 1);
                *taken += share;
                carrier.share = Some(share);
            }
        }
        for project in ["project:p", "project:q"] {
            known.divide(&id(project), &mut random);
        }
        known
    }

    /// The same under other names, in another order.
    pub fn relabelled(&self) -> Self {
        let mut other = self.clone();
        for link in &mut other.facts.edges {
            (link.from, link.to) = (relabel(&link.from), relabel(&link.to));
        }
        for carrier in &mut other.facts.carriers {
            (carrier.from, carrier.to) = (relabel(&carrier.from), relabel(&carrier.to));
        }
        let all = |ids: &BTreeSet<EntityId>| ids.iter().map(relabel).collect();
        other.ends = FlowEnds {
            sources: all(&self.ends.sources),
            named: all(&self.ends.named),
            targets: all(&self.ends.targets),
            inside: self.ends.inside.as_ref().map(all),
        };
        other
    }
}

/// Another name of the same kind; names that came first come last.
pub fn relabel(entity: &EntityId) -> EntityId {
    let (kind, name) = entity.as_str().split_once(':').unwrap();
    let turned: String = name
        .bytes()
        .map(|byte| char::from(b'a' + b'z' - byte.clamp(b'a', b'z')))
        .collect();
    id(&format!("{kind}:{turned}"))
}
