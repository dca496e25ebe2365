//! A made-up graph of any size: the same for the same numbers, with names in both scripts, thirty regions and hubs.

use chrono::DateTime;
use hukun::model::change::{Change, ChangeSet, Record};
use hukun::model::entity::{Entity, EntityKind, Name, NameRole, ProjectStage, Properties};
use hukun::model::id::{DatasetId, EntityId, RelationId, SourceId};
use hukun::model::ontology::RelationKind;
use hukun::model::period::Validity;
use hukun::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use hukun::model::record::{Access, Coverage, Dataset, Source};
use hukun::model::relation::{Driver, Relation};
use hukun::model::statement::{Assertion, Locator, Rank, Reliability, Statement};
use hukun::store::{PreparedWrite, Reader, StoreResult, WritePlan};

pub(crate) const REGIONS: usize = 30;

/// `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014): small, seedable, good enough to spread.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }
}

/// Entities by kind, relations between them; the first relations say where each entity lies.
#[derive(Clone)]
pub(crate) struct Generated {
    pub entities: Vec<Entity>,
    pub relations: Vec<Relation>,
}

const SHARES: [(EntityKind, usize); 8] = [
    (EntityKind::Project, 40),
    (EntityKind::Company, 30),
    (EntityKind::Fund, 8),
    (EntityKind::Expert, 10),
    (EntityKind::Lab, 4),
    (EntityKind::University, 1),
    (EntityKind::Organization, 5),
    (EntityKind::Program, 2),
];
const ZH: [&str; 16] = [
    "复旦",
    "昆山",
    "未来",
    "产业",
    "科技",
    "智能",
    "绿色",
    "基金",
    "创新",
    "联合",
    "研究",
    "中心",
    "生物",
    "材料",
    "新能源",
    "数据",
];
const EN: [&str; 8] = [
    "Future",
    "Green",
    "Smart",
    "Delta",
    "Harbour",
    "Institute",
    "Capital",
    "Compute",
];

pub(crate) fn generate(entity_count: usize, relation_count: usize) -> Generated {
    let mut random = Random(7);
    let mut entities: Vec<Entity> = (0..REGIONS)
        .map(|n| named(EntityKind::Region, n, &mut random))
        .collect();
    entities.extend((0..20).map(|n| named(EntityKind::Industry, n, &mut random)));
    let kinds: Vec<EntityKind> = SHARES
        .iter()
        .flat_map(|(kind, share)| std::iter::repeat_n(*kind, *share))
        .collect();
    for n in entities.len()..entity_count {
        entities.push(named(kinds[random.below(kinds.len())], n, &mut random));
    }
    let mut of_kind: std::collections::HashMap<EntityKind, Vec<EntityId>> = std::collections::HashMap::new();
    for entity in &entities {
        of_kind.entry(entity.kind()).or_default().push(entity.id.clone());
    }
    let mut relations = Vec::with_capacity(relation_count);
    for (n, entity) in entities.iter().enumerate().filter(|(_, e)| {
        RelationKind::LocatedIn
            .info()
            .allows(e.kind(), EntityKind::Region)
    }) {
        let region = of_kind[&EntityKind::Region][n % REGIONS].clone();
        relations.push(relation(
            relations.len(),
            RelationKind::LocatedIn,
            entity.id.clone(),
            region,
            &mut random,
        ));
    }
    let walked = [
        (RelationKind::InvestsIn, EntityKind::Fund, EntityKind::Project),
        (RelationKind::InvestsIn, EntityKind::Fund, EntityKind::Company),
        (
            RelationKind::ContributesTo,
            EntityKind::Organization,
            EntityKind::Fund,
        ),
        (RelationKind::TransfersTech, EntityKind::Lab, EntityKind::Project),
        (
            RelationKind::TransfersTech,
            EntityKind::University,
            EntityKind::Company,
        ),
        (RelationKind::Serves, EntityKind::Expert, EntityKind::Project),
        (RelationKind::CarriedBy, EntityKind::Project, EntityKind::Company),
        (
            RelationKind::InIndustry,
            EntityKind::Company,
            EntityKind::Industry,
        ),
        (
            RelationKind::CollaboratesWith,
            EntityKind::Company,
            EntityKind::Lab,
        ),
        (
            RelationKind::AffiliatedWith,
            EntityKind::Expert,
            EntityKind::University,
        ),
    ];
    while relations.len() < relation_count {
        let (kind, from, to) = walked[random.below(walked.len())];
        let (from, to) = (&of_kind[&from], &of_kind[&to]);
        // Squared, so that some ends are hubs.
        let skewed = |random: &mut Random, n: usize| random.below(n).min(random.below(n));
        let (from, to) = (
            from[skewed(&mut random, from.len())].clone(),
            to[skewed(&mut random, to.len())].clone(),
        );
        relations.push(relation(relations.len(), kind, from, to, &mut random));
    }
    Generated { entities, relations }
}

fn named(kind: EntityKind, n: usize, random: &mut Random) -> Entity {
    let zh = format!(
        "{}{}{}{}",
        ZH[random.below(16)],
        ZH[random.below(16)],
        ZH[random.below(16)],
        kind.label().zh
    );
    let en = format!("{} {} {n}", EN[random.below(8)], EN[random.below(8)]);
    let name = |value, lang: &str| Name {
        value,
        lang: lang.into(),
        role: NameRole::Official,
    };
    let properties = match kind {
        EntityKind::Project => Properties::Project {
            stage: Some(ProjectStage::ALL[random.below(6)]),
        },
        other => Properties::empty(other),
    };
    Entity {
        id: EntityId::parse(&format!("{}:e{n:06}", kind.prefix())).unwrap(),
        names: vec![name(zh, "zh"), name(en, "en")],
        description: None,
        tags: vec![format!("t{}", random.below(50))],
        external_ids: vec![],
        former_ids: vec![],
        size: None,
        validity: Validity::default(),
        properties,
        recorded_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
    }
}

fn relation(n: usize, kind: RelationKind, from: EntityId, to: EntityId, random: &mut Random) -> Relation {
    let amount = (kind == RelationKind::InvestsIn).then(|| QuantityParts {
        amount: Some((random.below(1_000_000) as i64).into()),
        unit: Some(Unit::parse("CNY").unwrap()),
        basis: Some(Basis::Invested),
        ..QuantityParts::default()
    });
    Relation {
        id: RelationId::parse(&format!("rel:{n:07}")).unwrap(),
        kind,
        from,
        to,
        stated_resource: None,
        stated_flow: None,
        quantity: amount.map(|parts| Quantity::new(parts, Measure::Cumulative).unwrap()),
        share: None,
        under: vec![],
        driver: Driver::Unstated,
        validity: Validity::default(),
    }
}

/// Writes everything generated in one commit.
/// A store may ask for it again.
pub(crate) struct WriteAll(pub Generated);

impl WritePlan for WriteAll {
    type Output = ();
    type Refusal = ();
    async fn prepare<R: Reader>(&mut self, _at: &R) -> StoreResult<Result<PreparedWrite<()>, ()>> {
        let Generated { entities, relations } = self.0.clone();
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let dataset_id = DatasetId::parse("generated").unwrap();
        let source_id = SourceId::parse("source:generated").unwrap();
        let statement = |n: usize| Statement {
            source: source_id.clone(),
            locator: Locator::parse(&format!("L{n} [0,10)")),
            quote: Some(format!("第{n}条事实的原文")),
            assertion: if n.is_multiple_of(10) {
                Assertion::Implied
            } else {
                Assertion::Stated
            },
            reliability: Reliability::Synthetic,
            rank: Rank::Normal,
            property: None,
            quantity: None,
            as_of: None,
            dataset: dataset_id.clone(),
            own: true,
            recorded_by: "bench".into(),
            recorded_at: at,
        };
        let dataset = Dataset {
            id: dataset_id.clone(),
            title: "Generated".into(),
            licence: "CC0-1.0".into(),
            synthetic: true,
            coverage: Coverage::Sample,
            access: Access::Public,
            imported_at: None,
        };
        let source = Source {
            id: source_id.clone(),
            title: "Generated".into(),
            authors: vec![],
            affiliation: None,
            publisher: None,
            published_on: None,
            language: None,
            licence: None,
            sha256: None,
            url: None,
            datasets: vec![dataset_id.clone()],
        };
        let mut changes = vec![
            Change::Dataset(dataset),
            Change::Put {
                record: Record::Source(source),
                statements: vec![],
            },
        ];
        let put = |(n, record)| Change::Put {
            record,
            statements: vec![statement(n)],
        };
        changes.extend(entities.into_iter().map(Record::Entity).enumerate().map(put));
        changes.extend(relations.into_iter().map(Record::Relation).enumerate().map(put));
        Ok(Ok(ChangeSet {
            by: "bench".into(),
            at,
            changes,
        }
        .into()))
    }
}
