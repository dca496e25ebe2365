//! The definitions of a flow, in fractions and as plainly as they are written.

use std::collections::{BTreeMap, BTreeSet};

use hukun::flow::{CarrierFact, FlowEnds, Heading, LayerFacts};
use hukun::model::Decimal;
use hukun::model::entity::EntityKind;
use hukun::model::id::EntityId;
use num_rational::BigRational;

use super::world::World;

/// A decimal as a fraction.
pub fn fraction(number: Decimal) -> BigRational {
    BigRational::new(number.mantissa().into(), 10_i128.pow(number.scale()).into())
}

fn zero() -> BigRational {
    fraction(Decimal::ZERO)
}

/// An amount on the way from one to another; none: not known.
type Amounts = BTreeMap<(EntityId, EntityId), Option<BigRational>>;

/// One layer.
pub struct Reference {
    ends: FlowEnds,
    entities: Vec<EntityId>,
    amounts: Amounts,
    /// Those parts of the amounts that a project passes on to its carriers of what it would keep.
    passed_on: Amounts,
    /// What each keeps; none: not known.
    absorbed: BTreeMap<EntityId, Option<BigRational>>,
    /// Whether an amount of a relation at it is not known.
    uncertain: BTreeSet<EntityId>,
    /// What relations bring at least, and at most where there is a most, and what they take away.
    ranges: BTreeMap<EntityId, [Range; 2]>,
    /// What each gives by relations; none: not known.
    gives: BTreeMap<EntityId, Option<BigRational>>,
}

type Range = (Decimal, Option<Decimal>);

impl Reference {
    pub fn new(world: &World) -> Self {
        let mut reference = Self {
            ends: world.ends.clone(),
            entities: Vec::new(),
            amounts: BTreeMap::new(),
            passed_on: BTreeMap::new(),
            absorbed: BTreeMap::new(),
            uncertain: BTreeSet::new(),
            ranges: BTreeMap::new(),
            gives: BTreeMap::new(),
        };
        for link in world.facts.edges.iter().filter(|link| link.from != link.to) {
            let amount = (link.contribution.missing.is_none()).then(|| fraction(link.contribution.lower));
            let ways = match link.contribution.heading {
                Heading::Forward => vec![(link.from.clone(), link.to.clone())],
                Heading::Backward => vec![(link.to.clone(), link.from.clone())],
                Heading::Either => vec![
                    (link.from.clone(), link.to.clone()),
                    (link.to.clone(), link.from.clone()),
                ],
            };
            let least = if ways.len() > 1 {
                Decimal::ZERO
            } else {
                link.contribution.lower
            };
            for way in ways {
                reference.range(&way, least, link.contribution.upper);
                reference.add(way, amount.clone());
            }
            if amount.is_none() {
                reference.uncertain.extend([link.from.clone(), link.to.clone()]);
            }
        }
        let mut entities: BTreeSet<EntityId> = world.entities();
        entities.extend(
            world
                .facts
                .carriers
                .iter()
                .flat_map(|carrier| [carrier.from.clone(), carrier.to.clone()]),
        );
        reference.entities = entities.into_iter().collect();
        reference.absorbed = reference
            .entities
            .iter()
            .map(|entity| {
                let kept = if reference.cannot(entity)[0] {
                    Some(zero())
                } else {
                    reference.kept(entity)
                };
                (entity.clone(), kept)
            })
            .collect();
        reference.gives = reference
            .entities
            .iter()
            .map(|entity| (entity.clone(), reference.given(entity)))
            .collect();
        reference.carry(&world.facts);
        reference
    }

    fn range(&mut self, (from, to): &(EntityId, EntityId), least: Decimal, most: Option<Decimal>) {
        for (entity, side) in [(to, 0), (from, 1)] {
            let none = (Decimal::ZERO, Some(Decimal::ZERO));
            let (lower, upper) = &mut self.ranges.entry(entity.clone()).or_insert([none, none])[side];
            *lower += least;
            *upper = upper.zip(most).map(|(upper, most)| upper + most);
        }
    }

    /// Whether relations bring no more than they take away, whatever their amounts; and the other way round.
    fn cannot(&self, entity: &EntityId) -> [bool; 2] {
        let Some([taken, given]) = self.ranges.get(entity) else {
            return [true, true];
        };
        let no_more = |most: &Range, least: &Range| most.1.is_some_and(|most| most <= least.0);
        [no_more(taken, given), no_more(given, taken)]
    }

    fn add(&mut self, way: (EntityId, EntityId), amount: Option<BigRational>) {
        add_to(&mut self.amounts, way, amount);
    }

    fn sum(&self, counts: impl Fn(&EntityId, &EntityId) -> bool) -> Option<BigRational> {
        let some = self.amounts.iter().filter(|((from, to), _)| counts(from, to));
        some.map(|(_, amount)| amount.clone()).sum()
    }

    fn taken_in(&self, entity: &EntityId) -> Option<BigRational> {
        self.sum(|_, to| to == entity)
    }

    fn given(&self, entity: &EntityId) -> Option<BigRational> {
        self.sum(|from, _| from == entity)
    }

    fn kept(&self, entity: &EntityId) -> Option<BigRational> {
        Some((self.taken_in(entity)? - self.given(entity)?).max(zero()))
    }

    /// What is passed on of what would be kept.
    fn carry(&mut self, facts: &LayerFacts) {
        let in_layer: BTreeSet<EntityId> = self
            .amounts
            .keys()
            .flat_map(|(from, to)| [from.clone(), to.clone()])
            .collect();
        let to_industries = self.ends.are_industries();
        for project in &in_layer {
            let carriers = of(facts, project, false);
            let passes = if to_industries {
                of(facts, project, true).is_empty()
            } else {
                !self.ends.targets.contains(project)
            };
            if passes && !carriers.is_empty() {
                self.divide(project, &carriers, facts.may_imply);
            }
        }
        if !to_industries {
            return;
        }
        let mut holders = in_layer;
        holders.extend(self.amounts.keys().map(|(_, to)| to.clone()));
        for holder in holders {
            let inside = self.ends.inside.as_ref();
            if inside.is_some_and(|inside| !inside.contains(&holder)) {
                continue;
            }
            let of = of(facts, &holder, true);
            let only = of.len() == 1 && facts.may_imply;
            let kept = self.absorbed[&holder].clone();
            for carrier in of {
                if !self.ends.targets.contains(&carrier.to) {
                    continue;
                }
                match carrier.share.or(only.then_some(Decimal::ONE)) {
                    Some(share) => self.pass(&holder, &carrier.to.clone(), kept.clone(), &fraction(share)),
                    // Nothing is passed on of nothing.
                    None if kept == Some(zero()) => {}
                    None => {
                        self.uncertain.insert(carrier.to.clone());
                        self.add((holder.clone(), carrier.to.clone()), None);
                        self.absorbed.insert(holder.clone(), None);
                    }
                }
            }
        }
        for industry in self.ends.targets.clone() {
            self.absorbed.insert(industry.clone(), self.kept(&industry));
        }
    }

    /// What relations leave an entity at least and at most.
    fn range_kept(&self, entity: &EntityId) -> Range {
        let none = (Decimal::ZERO, Some(Decimal::ZERO));
        let [taken, given] = self.ranges.get(entity).copied().unwrap_or([none, none]);
        excess(taken, given)
    }

    /// Gives a project's carriers what it keeps: shares; amounts, which over what is there are upper bounds, together all of it; and the
    /// rest to those of whom nothing is stated.
    fn divide(&mut self, project: &EntityId, carriers: &[&CarrierFact], may_imply: bool) {
        let kept = self.range_kept(project);
        let shares: Decimal = carriers.iter().filter_map(|carrier| carrier.share).sum();
        let there = scaled(kept, Decimal::ONE - shares);
        let amounts: Vec<Range> = carriers
            .iter()
            .filter_map(|carrier| carrier.amount)
            .map(|amount| (amount.lower, amount.upper))
            .collect();
        let all = amounts
            .iter()
            .fold((Decimal::ZERO, Some(Decimal::ZERO)), |sum, amount| {
                (
                    sum.0 + amount.0,
                    sum.1.zip(amount.1).map(|(sum, amount)| sum + amount),
                )
            });
        let rest = excess(there, all);
        let unstated = |carrier: &&&CarrierFact| carrier.share.is_none() && carrier.amount.is_none();
        let open = carriers.iter().filter(unstated).count();
        for carrier in carriers {
            let part = match (carrier.share, carrier.amount) {
                (Some(share), _) => scaled(kept, share),
                (None, Some(amount)) if all.1.is_some_and(|all| all <= there.0) => {
                    (amount.lower, amount.upper)
                }
                (None, Some(amount)) => {
                    let others = all.1.zip(amount.upper).map(|(all, own)| all - own);
                    let least = others.map_or(Decimal::ZERO, |others| (there.0 - others).max(Decimal::ZERO));
                    let most = [amount.upper, there.1].into_iter().flatten().min();
                    (least.min(amount.lower), most)
                }
                (None, None) if open == 1 && may_imply => rest,
                (None, None) => (Decimal::ZERO, rest.1),
            };
            if part.1 == Some(Decimal::ZERO) {
                continue;
            }
            let amount = (part.1 == Some(part.0)).then(|| fraction(part.0));
            if amount.is_none() {
                self.uncertain.insert(carrier.to.clone());
            }
            let way = (project.clone(), carrier.to.clone());
            self.range_in(&way.1, part);
            add_to(&mut self.passed_on, way.clone(), amount.clone());
            self.add(way, amount);
        }
        for carrier in carriers {
            let company = &carrier.to;
            let kept = if self.cannot(company)[0] {
                Some(zero())
            } else {
                self.kept(company)
            };
            self.absorbed.insert(company.clone(), kept);
        }
    }

    fn range_in(&mut self, entity: &EntityId, (least, most): Range) {
        let none = (Decimal::ZERO, Some(Decimal::ZERO));
        let (lower, upper) = &mut self.ranges.entry(entity.clone()).or_insert([none, none])[0];
        *lower += least;
        *upper = upper.zip(most).map(|(upper, most)| upper + most);
    }

    fn pass(&mut self, from: &EntityId, to: &EntityId, kept: Option<BigRational>, share: &BigRational) {
        let passed = kept.map(|kept| kept * share);
        if passed != Some(zero()) {
            self.add((from.clone(), to.clone()), passed.clone());
        }
        if passed.is_none() {
            self.uncertain.insert(to.clone());
        }
        let left = self.absorbed[from]
            .clone()
            .zip(passed)
            .map(|(kept, passed)| kept - passed);
        self.absorbed.insert(from.clone(), left);
    }

    /// Whether the amount of every way is known.
    pub fn is_certain(&self) -> bool {
        self.amounts.values().all(Option::is_some)
    }

    /// What part of what goes through an entity comes from the sources.
    fn mix(&self, entity: &EntityId) -> BigRational {
        let through = self.goes_through(entity);
        if through == zero() {
            return zero();
        }
        let none = BTreeSet::new();
        let sources = self.entities.iter().filter(|source| self.is_credited(source));
        let amounts = sources.map(|source| self.through(source, &none).unwrap()[entity].clone());
        amounts.sum::<BigRational>() / through
    }

    /// What the targets take in from the sources by industry, where all is known: of what a target absorbs, what a project passed on to
    /// it goes by the industries of the project, where it has some. What a relation brings from a project goes by those of the target.
    pub fn by_industry(&self, facts: &LayerFacts) -> BTreeMap<EntityId, BigRational> {
        let mut rows: BTreeMap<EntityId, BigRational> = BTreeMap::new();
        let mut put = |holder: &EntityId, amount: &BigRational| {
            let industries = of(facts, holder, true);
            let only = industries.len() == 1 && facts.may_imply;
            for carrier in industries {
                let share = fraction(carrier.share.or(only.then_some(Decimal::ONE)).unwrap());
                *rows.entry(carrier.to.clone()).or_insert_with(zero) += share * amount;
            }
        };
        let targets = self.ends.targets.iter();
        for target in targets.filter(|target| self.entities.contains(target)) {
            let through = self.goes_through(target);
            if through == zero() {
                continue;
            }
            let stays = self.absorbed(target) / &through;
            let mut rest = self.mix(target) * self.absorbed(target);
            let projects: BTreeSet<&EntityId> = facts
                .carriers
                .iter()
                .filter(|carrier| carrier.to == *target && !self.ends.targets.contains(&carrier.from))
                .map(|carrier| &carrier.from)
                .collect();
            for project in projects
                .into_iter()
                .filter(|project| !of(facts, project, true).is_empty())
            {
                let passed = self.passed_on.get(&(project.clone(), target.clone()));
                let Some(Some(passed)) = passed else { continue };
                let amount = passed * &stays * self.mix(project);
                put(project, &amount);
                rest -= amount;
            }
            put(target, &rest);
        }
        rows.retain(|_, amount| *amount > zero());
        rows
    }

    /// What an entity puts in of its own. What it passes on of what it would keep is no gift of its own.
    pub fn injected(&self, entity: &EntityId) -> BigRational {
        (self.gives[entity].clone().unwrap() - self.taken_in(entity).unwrap()).max(zero())
    }

    pub fn absorbed(&self, entity: &EntityId) -> BigRational {
        self.absorbed[entity].clone().unwrap()
    }

    fn is_credited(&self, entity: &EntityId) -> bool {
        self.ends.sources.contains(entity)
            && (!entity.kind().is_conduit() || self.ends.named.contains(entity))
    }

    /// Everyone to whom something may come from some, those included.
    fn downstream(&self, from: &EntityId) -> BTreeSet<EntityId> {
        let mut found = BTreeSet::from([from.clone()]);
        loop {
            let more = self
                .amounts
                .keys()
                .filter(|(from, to)| found.contains(from) && !found.contains(to));
            let more: Vec<EntityId> = more.map(|(_, to)| to.clone()).collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    /// Those of whom it is not known how what goes through them is mixed. Where nothing comes from the sources, nothing is mixed.
    fn unknown(&self) -> BTreeSet<EntityId> {
        let reached: BTreeSet<EntityId> = self
            .ends
            .sources
            .iter()
            .flat_map(|source| self.downstream(source))
            .collect();
        self.uncertain
            .intersection(&reached)
            .flat_map(|entity| self.downstream(entity))
            .collect()
    }

    /// Who may put in something, and does not only pass on.
    fn may_put_in(&self, entity: &EntityId) -> bool {
        match (self.gives[entity].clone(), self.taken_in(entity)) {
            (Some(given), Some(taken)) => given > taken,
            _ => !self.cannot(entity)[1],
        }
    }

    /// What each pair of a source and a target that it may reach has; none: not known.
    pub fn pairs(&self) -> BTreeMap<(EntityId, EntityId), Option<BigRational>> {
        let unknown = self.unknown();
        let mut pairs = BTreeMap::new();
        for source in self.entities.iter().filter(|source| self.is_credited(source)) {
            let through = self.through(source, &unknown);
            for target in self
                .ends
                .targets
                .iter()
                .filter(|target| self.entities.contains(target))
            {
                let amount = through
                    .as_ref()
                    .filter(|_| !unknown.contains(target))
                    .and_then(|through| {
                        if through[target] == zero() {
                            return Some(zero());
                        }
                        let kept = self.absorbed[target].clone()?;
                        let x = self.goes_through(target);
                        Some(if x == zero() {
                            zero()
                        } else {
                            &through[target] * kept / x
                        })
                    });
                let is_listed = match &amount {
                    Some(amount) => *amount > zero(),
                    None => {
                        self.may_give(source)
                            && self.may_keep(target)
                            && self.downstream(source).contains(target)
                    }
                };
                if is_listed {
                    pairs.insert((source.clone(), target.clone()), amount);
                }
            }
        }
        pairs
    }

    fn may_give(&self, entity: &EntityId) -> bool {
        self.may_put_in(entity) && self.amounts.keys().any(|(from, _)| from == entity)
    }

    fn may_keep(&self, entity: &EntityId) -> bool {
        self.absorbed[entity].as_ref().is_none_or(|kept| *kept > zero())
    }

    /// The larger of what it takes in and gives; what it passes on of what it would keep it took in.
    fn goes_through(&self, entity: &EntityId) -> BigRational {
        self.taken_in(entity)
            .unwrap()
            .max(self.gives[entity].clone().unwrap())
    }

    /// y = (I − C)⁻¹ g for one source, over those of whom all is known; none where the source is not among them.
    fn through(
        &self,
        source: &EntityId,
        unknown: &BTreeSet<EntityId>,
    ) -> Option<BTreeMap<EntityId, BigRational>> {
        if unknown.contains(source) {
            return None;
        }
        // Outside what the source reaches nothing of it goes through; without that, what is left is never singular, for it leaks.
        let reached = self.downstream(source);
        let known: Vec<&EntityId> = self
            .entities
            .iter()
            .filter(|entity| reached.contains(*entity) && !unknown.contains(*entity))
            .collect();
        let put_in = self.injected(source);
        let mut through: BTreeMap<EntityId, BigRational> = self
            .entities
            .iter()
            .map(|entity| (entity.clone(), zero()))
            .collect();
        if put_in == zero() {
            return Some(through);
        }
        let count = known.len();
        let mut rows: Vec<Vec<BigRational>> = (0..count)
            .map(|row| {
                let mut cells: Vec<BigRational> = known
                    .iter()
                    .map(|giver| {
                        let amount = self.amounts.get(&((*giver).clone(), known[row].clone()));
                        let x = self.goes_through(giver);
                        match amount {
                            Some(Some(amount)) if x > zero() => -(amount / x),
                            _ => zero(),
                        }
                    })
                    .collect();
                cells[row] += BigRational::from_integer(1.into());
                cells.push(if known[row] == source {
                    put_in.clone()
                } else {
                    zero()
                });
                cells
            })
            .collect();
        for column in 0..count {
            let pivot = (column..count)
                .find(|row| rows[*row][column] != zero())
                .expect("no loop without a leak is reached");
            rows.swap(column, pivot);
            for row in 0..count {
                if row != column && rows[row][column] != zero() {
                    let factor = &rows[row][column] / &rows[column][column];
                    let from = rows[column].clone();
                    for (cell, other) in rows[row].iter_mut().zip(&from) {
                        *cell -= &factor * other;
                    }
                }
            }
        }
        for (place, entity) in known.iter().enumerate() {
            through.insert((*entity).clone(), &rows[place][count] / &rows[place][place]);
        }
        Some(through)
    }

    /// What a target takes in from all the sources; none: not known.
    pub fn taken(&self, target: &EntityId) -> Option<BigRational> {
        let pairs = self.pairs();
        pairs
            .into_iter()
            .filter(|((_, to), _)| to == target)
            .map(|(_, amount)| amount)
            .sum()
    }

    /// What comes from some to some at least and at most, where all is known: by sending as much as fits along one way after the other.
    pub fn bounds(
        &self,
        sources: &BTreeSet<EntityId>,
        targets: &BTreeSet<EntityId>,
    ) -> (BigRational, BigRational) {
        let targets: Vec<&EntityId> = targets
            .iter()
            .filter(|target| self.entities.contains(target))
            .collect();
        let kept: BigRational = targets.iter().map(|target| self.absorbed(target)).sum();
        let of_sources = |entity: &EntityId| sources.contains(entity) && self.is_credited(entity);
        let most = self.most(&|entity| of_sources(entity), &targets);
        let others = self.most(&|entity| !of_sources(entity), &targets);
        (kept - others, most)
    }

    fn most(&self, from: &dyn Fn(&EntityId) -> bool, to: &[&EntityId]) -> BigRational {
        // Entities by their place; the last two are where all comes from and goes to.
        let count = self.entities.len() + 2;
        let (start, end) = (count - 2, count - 1);
        let mut room = vec![vec![zero(); count]; count];
        let place = |entity: &EntityId| self.entities.iter().position(|other| other == entity).unwrap();
        for ((giver, taker), amount) in &self.amounts {
            room[place(giver)][place(taker)] = amount.clone().unwrap();
        }
        for entity in &self.entities {
            if from(entity) {
                room[start][place(entity)] = self.injected(entity);
            }
            if to.contains(&entity) {
                room[place(entity)][end] = self.absorbed(entity);
            }
        }
        let mut sent = zero();
        while let Some(way) = way(&room, start, end) {
            let least = way
                .windows(2)
                .map(|step| room[step[0]][step[1]].clone())
                .min()
                .unwrap();
            for step in way.windows(2) {
                room[step[0]][step[1]] -= &least;
                room[step[1]][step[0]] += &least;
            }
            sent += least;
        }
        sent
    }
}

fn add_to(amounts: &mut Amounts, way: (EntityId, EntityId), amount: Option<BigRational>) {
    let sum = amounts.entry(way).or_insert_with(|| Some(zero()));
    *sum = sum.clone().zip(amount).map(|(sum, amount)| sum + amount);
}

/// What an entity passes on to its industries, or to its carriers.
fn of<'f>(facts: &'f LayerFacts, entity: &EntityId, to_industries: bool) -> Vec<&'f CarrierFact> {
    let own = facts.carriers.iter().filter(|carrier| carrier.from == *entity);
    own.filter(|carrier| (carrier.to.kind() == EntityKind::Industry) == to_industries)
        .collect()
}

fn excess(of: Range, over: Range) -> Range {
    let least = over
        .1
        .map_or(Decimal::ZERO, |over| (of.0 - over).max(Decimal::ZERO));
    (least, of.1.map(|of| (of - over.0).max(Decimal::ZERO)))
}

fn scaled((lower, upper): Range, by: Decimal) -> Range {
    (lower * by, upper.map(|upper| upper * by))
}

/// A shortest way with room on it.
fn way(room: &[Vec<BigRational>], start: usize, end: usize) -> Option<Vec<usize>> {
    let mut before: Vec<Option<usize>> = vec![None; room.len()];
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for (to, left) in room[node].iter().enumerate() {
            if *left > zero() && to != start && before[to].is_none() {
                before[to] = Some(node);
                open.push_back(to);
            }
        }
    }
    before[end]?;
    let mut way = vec![end];
    while let Some(last) = way.last().copied().filter(|last| *last != start) {
        way.push(before[last]?);
    }
    way.reverse();
    Some(way)
}
