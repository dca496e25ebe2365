//! Computes indicator rows from the record of regions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::{Industries, RegionRecord};
use super::{Indicator, IndicatorCode, MissingInput, MissingInputReason};
use crate::indicators::{ei_index, fragmentation, krugman, location_quotient, market_drive, similarity};
use crate::model::Decimal;
use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::job;
use crate::model::language::Bilingual;
use crate::model::quantity::{Measure, Quantity, QuantityStatus, Unit};
use crate::model::relation::{Driver, Relation};
use crate::model::resource::Resource;

/// Computes indicator rows.
pub(super) struct IndicatorRows<'a> {
    record: &'a RegionRecord,
    /// The names of the regions, in their order.
    names: &'a [Bilingual],
    /// The entities at the ends of ties that are located in a region.
    placed: &'a BTreeSet<EntityId>,
    /// The facts that are only in single-document data sets, with these.
    single: &'a BTreeMap<Subject, BTreeSet<DatasetId>>,
}

/// The number of an indicator with its missing inputs.
struct IndicatorNumber {
    in_record: Option<f64>,
    missing: Vec<MissingInput>,
    facts: Arc<[RelationId]>,
    excluded: usize,
}

impl<'a> IndicatorRows<'a> {
    pub(super) fn new(
        record: &'a RegionRecord,
        names: &'a [Bilingual],
        placed: &'a BTreeSet<EntityId>,
        single: &'a BTreeMap<Subject, BTreeSet<DatasetId>>,
    ) -> Self {
        Self {
            record,
            names,
            placed,
            single,
        }
    }

    /// Computes the rows of the given codes.
    pub(super) fn of(&self, codes: &BTreeSet<IndicatorCode>) -> Vec<Indicator> {
        codes
            .iter()
            .flat_map(|code| match code {
                IndicatorCode::Fragmentation => vec![self.together(*code, self.fragmentation())],
                IndicatorCode::EiIndex => self.ei_indices(),
                IndicatorCode::StructureSimilarity | IndicatorCode::Krugman => self.pairs(*code),
                IndicatorCode::LocationQuotient => self.location_quotients(),
                IndicatorCode::MarketDriveCount => vec![self.together(*code, self.market_drive_count())],
                IndicatorCode::MarketDriveAmount => self.market_drive_amounts(),
            })
            .collect()
    }

    /// The row for all regions together.
    fn together(&self, code: IndicatorCode, number: IndicatorNumber) -> Indicator {
        let all: Vec<usize> = (0..self.record.regions.len()).collect();
        self.row(code, &all, None, number)
    }

    fn row(
        &self,
        code: IndicatorCode,
        regions: &[usize],
        industry: Option<EntityId>,
        number: IndicatorNumber,
    ) -> Indicator {
        let mut missing = number.missing;
        let documents = self.documents(code, regions, &number.facts);
        if !documents.is_empty() {
            let documents: Vec<&str> = documents.into_iter().collect();
            let detail = Bilingual::new(
                format!(
                    "事实都出自只涵盖一份文献的数据集（{}）：数值描述的是该文献，不是现实。",
                    documents.join("、")
                ),
                format!(
                    "The facts are from data sets that each cover a single document ({}): the number describes that document, \
                     not the world.",
                    documents.join(", ")
                ),
            );
            missing.insert(0, lack(MissingInputReason::SingleDocument, detail));
        }
        Indicator {
            code,
            regions: regions
                .iter()
                .map(|at| self.record.regions[*at].clone())
                .collect(),
            industry,
            currency: None,
            in_record: number.in_record,
            missing,
            facts: number.facts,
            excluded: number.excluded,
        }
    }

    /// The single-document data sets that are the only ones of the members of the regions, or of the facts.
    fn documents(&self, code: IndicatorCode, regions: &[usize], facts: &[RelationId]) -> BTreeSet<&str> {
        let counts = |id: &&EntityId| !code.counts_actors() || is_actor(id);
        let members = regions.iter().flat_map(|at| &self.record.members[*at]);
        let members = members.filter(counts).cloned().map(Subject::Entity);
        let facts = facts.iter().cloned().map(Subject::Relation);
        members
            .chain(facts)
            .filter_map(|subject| self.single.get(&subject))
            .flatten()
            .map(DatasetId::as_str)
            .collect()
    }

    fn fragmentation(&self) -> IndicatorNumber {
        let members = self.record.all_members();
        let members: Vec<&EntityId> = members.into_iter().filter(|id| is_actor(id)).collect();
        let place = |id: &EntityId| members.binary_search(&id).ok();
        let inside = self
            .record
            .ties
            .iter()
            .filter_map(|tie| Some((&tie.id, (place(&tie.from)?, place(&tie.to)?))));
        let (facts, ties): (Vec<&RelationId>, Vec<(usize, usize)>) = inside.unzip();
        let value = fragmentation(members.len(), ties);
        let missing = value.is_none().then(|| {
            let count = members.len();
            let detail = Bilingual::new(
                format!("这些地区共有 {count} 个主体，不足成对所需的两个。"),
                format!("The regions have {count} actors; a pair needs two."),
            );
            lack(MissingInputReason::TooFewMembers, detail)
        });
        IndicatorNumber {
            in_record: value.and_then(float),
            missing: missing.into_iter().collect(),
            facts: facts.into_iter().cloned().collect(),
            excluded: 0,
        }
    }

    fn ei_indices(&self) -> Vec<Indicator> {
        let row = |region| self.row(IndicatorCode::EiIndex, &[region], None, self.ei_index(region));
        (0..self.record.regions.len()).map(row).collect()
    }

    fn ei_index(&self, region: usize) -> IndicatorNumber {
        let members = &self.record.members[region];
        let (mut internal, mut external, mut excluded) = (0, 0, 0);
        let mut facts = Vec::new();
        let between_actors = |tie: &&Relation| is_actor(&tie.from) && is_actor(&tie.to);
        for tie in self.record.ties.iter().filter(between_actors) {
            job::step();
            match (members.contains(&tie.from), members.contains(&tie.to)) {
                (true, true) => internal += 1,
                (false, false) => continue,
                (from, _) => {
                    let other = if from { &tie.to } else { &tie.from };
                    if !self.placed.contains(other) {
                        excluded += 1;
                        continue;
                    }
                    external += 1;
                }
            }
            facts.push(tie.id.clone());
        }
        let value = ei_index(external, internal);
        let missing = value.is_none().then(|| {
            let Bilingual { zh, en } = &self.names[region];
            let detail = Bilingual::new(
                format!("「{zh}」的主体与位于某地区的主体之间没有联系。"),
                format!("No tie connects an actor of {en} with an actor that is located in a region."),
            );
            lack(MissingInputReason::NoTies, detail)
        });
        IndicatorNumber {
            in_record: value.and_then(float),
            missing: missing.into_iter().collect(),
            facts: facts.into(),
            excluded,
        }
    }

    fn pairs(&self, code: IndicatorCode) -> Vec<Indicator> {
        let industries = self.industries();
        let count = industries.len();
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let row = |(a, b): (usize, usize)| {
            let (x, y) = (&industries[a].profile, &industries[b].profile);
            let value = if code == IndicatorCode::Krugman {
                krugman(x, y).and_then(float)
            } else {
                similarity(x, y)
            };
            let facts = industries[a].facts.union(&industries[b].facts);
            let unshared: BTreeSet<&EntityId> =
                industries[a].unshared.union(&industries[b].unshared).collect();
            let without = [a, b].into_iter().filter(|at| industries[*at].profile.is_empty());
            let missing = without.map(|at| self.no_industry(at)).chain(no_share(&unshared));
            let number = IndicatorNumber {
                in_record: value,
                missing: missing.collect(),
                facts: facts.cloned().collect(),
                excluded: unshared.len(),
            };
            self.row(code, &[a, b], None, number)
        };
        pairs.map(row).collect()
    }

    fn location_quotients(&self) -> Vec<Indicator> {
        let all = self.record.all_members();
        let whole = self.record.industries(|id| all.contains(id));
        let facts: Arc<[RelationId]> = whole.facts.iter().cloned().collect();
        let unshared: BTreeSet<&EntityId> = whole.unshared.iter().collect();
        let mut rows = Vec::new();
        for (region, own) in self.industries().into_iter().enumerate() {
            job::step();
            for industry in whole.profile.keys() {
                job::step();
                let value = location_quotient(&own.profile, &whole.profile, industry);
                let empty = own.profile.is_empty().then(|| self.no_industry(region));
                let number = IndicatorNumber {
                    in_record: value.and_then(float),
                    missing: empty.into_iter().chain(no_share(&unshared)).collect(),
                    facts: facts.clone(),
                    excluded: unshared.len(),
                };
                // The facts of all regions count, because the share is relative to all of them.
                let mut row = self.together(IndicatorCode::LocationQuotient, number);
                row.regions = vec![self.record.regions[region].clone()];
                row.industry = Some(industry.clone());
                rows.push(row);
            }
        }
        rows
    }

    /// The industries of each region.
    fn industries(&self) -> Vec<Industries> {
        let of = |members: &BTreeSet<EntityId>| self.record.industries(|id| members.contains(id));
        self.record.members.iter().map(of).collect()
    }

    fn no_industry(&self, region: usize) -> MissingInput {
        let Bilingual { zh, en } = &self.names[region];
        let detail = Bilingual::new(
            format!("「{zh}」没有一个成员带有份额已知的产业。"),
            format!("No member of {en} has an industry with a known share."),
        );
        lack(MissingInputReason::NoIndustry, detail)
    }

    fn market_drive_count(&self) -> IndicatorNumber {
        let ties = self.record.ties.iter();
        driven(ties.map(|tie| (tie, Some(Decimal::ONE))))
    }

    /// A row for each currency of recorded capital: amounts of different currencies are never added.
    fn market_drive_amounts(&self) -> Vec<Indicator> {
        let ties = self.record.ties.iter();
        let capital: Vec<&Relation> = ties
            .filter(|tie| tie.resource() == Some(Resource::Capital) && may_be_realized(tie))
            .collect();
        let units = capital
            .iter()
            .filter_map(|tie| amount(tie)?.unit())
            .filter(|unit| unit.is_currency());
        let currencies: BTreeSet<&Unit> = units.collect();
        let row = |currency: Option<&Unit>| {
            let is_of = |tie: &&&Relation| {
                let unit = amount(tie).and_then(Quantity::unit);
                unit.is_none() || unit == currency
            };
            let ties = capital.iter().filter(is_of);
            let number = driven(ties.map(|tie| (*tie, amount(tie).and_then(Quantity::exact))));
            Indicator {
                currency: currency.cloned(),
                ..self.together(IndicatorCode::MarketDriveAmount, number)
            }
        };
        if currencies.is_empty() {
            return vec![row(None)];
        }
        currencies
            .into_iter()
            .map(|currency| row(Some(currency)))
            .collect()
    }
}

/// Whether an entity is an actor.
fn is_actor(id: &EntityId) -> bool {
    id.kind().is_actor()
}

/// The share of ties that the market drives, each with its weight if that is known.
fn driven<'a>(ties: impl Iterator<Item = (&'a Relation, Option<Decimal>)>) -> IndicatorNumber {
    let (mut counted, mut facts, mut excluded) = (Vec::new(), Vec::new(), 0);
    for (tie, weight) in ties {
        job::step();
        match weight.filter(|_| tie.driver != Driver::Unstated) {
            Some(weight) => {
                counted.push((tie.driver, weight));
                facts.push(tie.id.clone());
            }
            None => excluded += 1,
        }
    }
    let value = market_drive(counted);
    let missing = value.is_none().then(|| {
        let detail = Bilingual::new(
            format!("{excluded} 条联系都不能计入：驱动方式或数额未说明。"),
            format!("None of {excluded} ties counts, because drivers or amounts are not stated."),
        );
        lack(MissingInputReason::NoDriver, detail)
    });
    IndicatorNumber {
        in_record: value.and_then(float),
        missing: missing.into_iter().collect(),
        facts: facts.into(),
        excluded,
    }
}

/// Whether the amount of a relation is realized, or may be because it is not recorded.
fn may_be_realized(tie: &Relation) -> bool {
    amount(tie).is_none_or(|quantity| {
        let is_realised = tie.kind.status_of(Some(quantity)) == Some(QuantityStatus::Realised);
        (quantity.basis().is_none() || is_realised)
            && !matches!(quantity.measure(), Measure::Rule | Measure::Change)
    })
}

/// The effective amount of a relation.
fn amount(tie: &Relation) -> Option<&Quantity> {
    tie.quantity.as_ref().map(Quantity::effective)
}

fn no_share(unshared: &BTreeSet<&EntityId>) -> Option<MissingInput> {
    let first = unshared.first()?;
    let count = unshared.len();
    let detail = Bilingual::new(
        format!("有 {count} 个成员属于多个产业，其中有的份额未知；第一个是 {first}。"),
        format!(
            "{count} members have several industries of which one share is not known; the first is {first}."
        ),
    );
    Some(lack(MissingInputReason::NoShare, detail))
}

fn lack(lack: MissingInputReason, detail: Bilingual) -> MissingInput {
    MissingInput { lack, detail }
}

fn float(value: Decimal) -> Option<f64> {
    f64::try_from(value).ok()
}
