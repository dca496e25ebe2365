//! The rows of indicators, from what is recorded of their regions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::{Industries, RegionRecord};
use super::{Indicator, IndicatorCode, Lack, MissingInput};
use crate::indicators::{ei_index, fragmentation, krugman, location_quotient, market_drive, similarity};
use crate::model::Decimal;
use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::quantity::{Measure, Quantity, QuantityStatus};
use crate::model::relation::{Driver, Relation, Resource};

/// Computes rows.
pub(super) struct Rows<'a> {
    record: &'a RegionRecord,
    /// Entities at the ends of ties that lie in a region.
    placed: &'a BTreeSet<EntityId>,
    /// The facts that are of one document alone, and of which.
    single: &'a BTreeMap<Subject, BTreeSet<DatasetId>>,
}

/// A number before what is missing of it is added up.
struct Number {
    in_record: Option<f64>,
    missing: Vec<MissingInput>,
    facts: Arc<[RelationId]>,
    excluded: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        record: &'a RegionRecord,
        placed: &'a BTreeSet<EntityId>,
        single: &'a BTreeMap<Subject, BTreeSet<DatasetId>>,
    ) -> Self {
        Self {
            record,
            placed,
            single,
        }
    }

    /// All rows of some codes.
    pub(super) fn of(&self, codes: &BTreeSet<IndicatorCode>) -> Vec<Indicator> {
        codes
            .iter()
            .flat_map(|code| match code {
                IndicatorCode::Fragmentation => vec![self.together(*code, self.fragmentation())],
                IndicatorCode::EiIndex => self.ei_indices(),
                IndicatorCode::StructureSimilarity | IndicatorCode::Krugman => self.pairs(*code),
                IndicatorCode::LocationQuotient => self.location_quotients(),
                IndicatorCode::MarketDriveCount => vec![self.together(*code, self.market_drive_count())],
                IndicatorCode::MarketDriveAmount => vec![self.together(*code, self.market_drive_amount())],
            })
            .collect()
    }

    /// The row of all the regions.
    fn together(&self, code: IndicatorCode, number: Number) -> Indicator {
        let all: Vec<usize> = (0..self.record.regions.len()).collect();
        self.row(code, &all, None, number)
    }

    fn row(
        &self,
        code: IndicatorCode,
        regions: &[usize],
        industry: Option<EntityId>,
        number: Number,
    ) -> Indicator {
        let mut missing = number.missing;
        let documents = self.documents(regions, &number.facts);
        if !documents.is_empty() {
            let detail = format!(
                "the facts are of a data set that covers a single document ({}): the number describes that document",
                documents.into_iter().collect::<Vec<_>>().join(", ")
            );
            missing.insert(0, lack(Lack::SingleDocument, detail));
        }
        Indicator {
            code,
            regions: regions
                .iter()
                .map(|at| self.record.regions[*at].clone())
                .collect(),
            industry,
            in_record: number.in_record,
            missing,
            facts: number.facts,
            excluded: number.excluded,
        }
    }

    /// The data sets of one document each that members of some regions, or some facts, are of alone.
    fn documents(&self, regions: &[usize], facts: &[RelationId]) -> BTreeSet<&str> {
        let members = regions.iter().flat_map(|at| &self.record.members[*at]);
        let members = members.cloned().map(Subject::Entity);
        let facts = facts.iter().cloned().map(Subject::Relation);
        members
            .chain(facts)
            .filter_map(|subject| self.single.get(&subject))
            .flatten()
            .map(DatasetId::as_str)
            .collect()
    }

    fn fragmentation(&self) -> Number {
        let members: Vec<&EntityId> = self.record.all_members().into_iter().collect();
        let place = |id: &EntityId| members.binary_search(&id).ok();
        let inside = self
            .record
            .ties
            .iter()
            .filter_map(|tie| Some((&tie.id, (place(&tie.from)?, place(&tie.to)?))));
        let (facts, ties): (Vec<&RelationId>, Vec<(usize, usize)>) = inside.unzip();
        let value = fragmentation(members.len(), ties);
        let missing = value.is_none().then(|| {
            let detail = format!(
                "the regions have {} of the two members that a pair needs",
                members.len()
            );
            lack(Lack::TooFewMembers, detail)
        });
        Number {
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

    fn ei_index(&self, region: usize) -> Number {
        let members = &self.record.members[region];
        let (mut internal, mut external, mut excluded) = (0, 0, 0);
        let mut facts = Vec::new();
        for tie in &self.record.ties {
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
            let region = &self.record.regions[region];
            lack(
                Lack::NoTies,
                format!("no tie joins a member of `{region}` to an entity that lies in a region"),
            )
        });
        Number {
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
            let number = Number {
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
            for industry in whole.profile.keys() {
                let value = location_quotient(&own.profile, &whole.profile, industry);
                let empty = own.profile.is_empty().then(|| self.no_industry(region));
                let number = Number {
                    in_record: value.and_then(float),
                    missing: empty.into_iter().chain(no_share(&unshared)).collect(),
                    facts: facts.clone(),
                    excluded: unshared.len(),
                };
                // Against all the regions: so the facts of all of them count.
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
        let region = &self.record.regions[region];
        let detail = format!("no member of `{region}` has an industry with a share");
        lack(Lack::NoIndustry, detail)
    }

    fn market_drive_count(&self) -> Number {
        let ties = self.record.ties.iter();
        driven(ties.map(|tie| (tie, Some(Decimal::ONE))))
    }

    fn market_drive_amount(&self) -> Number {
        let ties = self.record.ties.iter();
        let capital = ties.filter(|tie| tie.resource() == Some(Resource::Capital));
        let capital = capital.filter(|tie| may_be_yuan_realised(tie));
        driven(capital.map(|tie| (tie, amount(tie).and_then(Quantity::exact))))
    }
}

/// What part of some ties, each with its weight where that is known, the market drives.
fn driven<'a>(ties: impl Iterator<Item = (&'a Relation, Option<Decimal>)>) -> Number {
    let (mut counted, mut facts, mut excluded) = (Vec::new(), Vec::new(), 0);
    for (tie, weight) in ties {
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
        let detail = format!("of {excluded} ties none counts: what drives it, or how much, is not stated");
        lack(Lack::NoDriver, detail)
    });
    Number {
        in_record: value.and_then(float),
        missing: missing.into_iter().collect(),
        facts: facts.into(),
        excluded,
    }
}

/// Whether a relation's amount is of realised yuan, or may be: what is not recorded may.
fn may_be_yuan_realised(tie: &Relation) -> bool {
    amount(tie).is_none_or(|quantity| {
        let is_realised = tie.kind.status_of(Some(quantity)) == Some(QuantityStatus::Realised);
        quantity.unit().is_none_or(|unit| unit.as_str() == YUAN)
            && (quantity.basis().is_none() || is_realised)
            && !matches!(quantity.measure(), Measure::Rule | Measure::Change)
    })
}

/// What counts of a relation's amount.
fn amount(tie: &Relation) -> Option<&Quantity> {
    tie.quantity.as_ref().map(Quantity::effective)
}

/// The code of the yuan.
const YUAN: &str = "CNY";

fn no_share(unshared: &BTreeSet<&EntityId>) -> Option<MissingInput> {
    let first = unshared.first()?;
    let detail = format!(
        "{} members have several industries and of one no share, the first of them `{first}`",
        unshared.len()
    );
    Some(lack(Lack::NoShare, detail))
}

fn lack(lack: Lack, detail: String) -> MissingInput {
    MissingInput { lack, detail }
}

fn float(value: Decimal) -> Option<f64> {
    f64::try_from(value).ok()
}
