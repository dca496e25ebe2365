//! Small graphs in a few words: names, a source and a statement each are filled in, and written by the way that all writers take.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::DateTime;
use hukun::model::Decimal;
use hukun::model::change::Record;
use hukun::model::entity::{self as model, ExternalId, Name, NameRole, Properties};
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use hukun::model::ontology::RelationKind;
use hukun::model::partial_date::PartialDate;
use hukun::model::period::{Period, Validity};
use hukun::model::principal::Principal;
use hukun::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};
use hukun::model::record::{self, Access, Coverage, Dataset, RulePart, RuleType, Source};
use hukun::model::relation::{self as edge, Driver};
use hukun::model::resource::Resource;
use hukun::model::statement::{Assertion, Locator, Property, Rank, Reliability};
use hukun::service::Service;
use hukun::service::write::{Batch, Draft, StatementDraft, Terms, WriteMode, WriteOutcome};

/// A graph in the making.
#[derive(Clone)]
pub struct Graph {
    dataset: Dataset,
    entities: BTreeMap<String, Entity>,
    relations: Vec<Relation>,
    observations: Vec<record::Observation>,
    observed: Option<StatementDraft>,
    rules: Vec<record::Rule>,
    replace: bool,
}

/// An empty graph in the data set `d`.
pub fn graph() -> Graph {
    Graph {
        dataset: dataset("d"),
        entities: BTreeMap::new(),
        relations: Vec::new(),
        observations: Vec::new(),
        observed: None,
        rules: Vec::new(),
        replace: false,
    }
}

fn dataset(id: &str) -> Dataset {
    Dataset {
        id: DatasetId::parse(id).unwrap(),
        title: format!("Data set {id}"),
        licence: "CC0-1.0".into(),
        synthetic: true,
        coverage: Coverage::Sample,
        access: Access::Public,
        imported_at: None,
    }
}

/// An entity in the making.
#[derive(Clone)]
pub struct Entity {
    entity: model::Entity,
    statements: Vec<StatementDraft>,
}

/// An entity with a name in both languages.
pub fn entity(id: &str) -> Entity {
    let id = EntityId::parse(id).unwrap();
    let name = |lang: &str| Name {
        value: format!("{} {lang}", id.as_str()),
        lang: lang.into(),
        role: NameRole::Official,
    };
    let entity = model::Entity {
        names: vec![name("zh"), name("en")],
        description: None,
        tags: Vec::new(),
        external_ids: Vec::new(),
        former_ids: Vec::new(),
        size: None,
        validity: Validity::default(),
        properties: Properties::empty(id.kind()),
        recorded_at: DateTime::UNIX_EPOCH,
        id,
    };
    Entity {
        entity,
        statements: vec![stated()],
    }
}

impl Entity {
    pub fn named(mut self, zh: &str) -> Self {
        self.entity.names = vec![Name {
            value: zh.into(),
            lang: "zh".into(),
            role: NameRole::Official,
        }];
        self
    }
    pub fn alias(mut self, value: &str, lang: &str) -> Self {
        self.entity.names.push(Name {
            value: value.into(),
            lang: lang.into(),
            role: NameRole::Alias,
        });
        self
    }
    pub fn described(mut self, description: &str) -> Self {
        self.entity.description = Some(description.into());
        self
    }
    pub fn tag(mut self, tag: &str) -> Self {
        self.entity.tags.push(tag.into());
        self
    }
    pub fn external(mut self, scheme: &str, value: &str) -> Self {
        self.entity.external_ids.push(ExternalId {
            scheme: scheme.into(),
            value: value.into(),
        });
        self
    }
    pub fn former(mut self, id: &str) -> Self {
        self.entity.former_ids.push(EntityId::parse(id).unwrap());
        self
    }
    pub fn valid(mut self, from: Option<&str>, to: Option<&str>) -> Self {
        self.entity.validity = validity(from, to);
        self
    }
    /// A cohort of so many.
    pub fn size(mut self, amount: &Amount) -> Self {
        self.entity.tags.push("cohort".into());
        self.entity.size = Some(Quantity::new(amount.0.clone(), Measure::Stock).unwrap());
        self
    }
    pub fn properties(mut self, properties: Properties) -> Self {
        self.entity.properties = properties;
        self
    }
    /// What was promised to a fund.
    pub fn promised(self, amount: &Amount) -> Self {
        self.properties(Properties::Fund {
            fund_type: None,
            committed: Some(Quantity::new(amount.0.clone(), Measure::Stock).unwrap()),
            paid_in: None,
        })
    }
    /// How an expert is reached.
    pub fn contact(self, contact: &str) -> Self {
        self.properties(Properties::Expert {
            title_class: None,
            fields: Vec::new(),
            contact: Some(contact.into()),
        })
    }
    pub fn evidence(mut self, statement: StatementDraft) -> Self {
        self.statements = vec![statement];
        self
    }
    /// Another statement, on one of its properties.
    pub fn further(mut self, statement: StatementDraft) -> Self {
        self.statements.push(statement);
        self
    }
    /// What another source says of its size.
    pub fn size_said(mut self, amount: &Amount) -> Self {
        let said = StatementDraft {
            property: Some(Property::Size),
            amount: Some(Box::new(amount.0.clone())),
            ..stated()
        };
        self.statements.push(said);
        self
    }
}

impl From<&str> for Entity {
    fn from(id: &str) -> Self {
        entity(id)
    }
}

/// What a relation has beside its kind and its ends.
#[derive(Clone, Default)]
pub struct Relation {
    id: Option<String>,
    ends: Option<(RelationKind, EntityId, EntityId)>,
    amount: Option<Amount>,
    share: Option<Decimal>,
    under: Vec<EntityId>,
    driver: Option<Driver>,
    resource: Option<Resource>,
    flow: Option<FlowDirection>,
    validity: Validity,
    statements: Vec<StatementDraft>,
}

/// A relation with nothing said.
pub fn relation() -> Relation {
    Relation::default()
}

impl Relation {
    pub fn id(self, id: &str) -> Self {
        Self {
            id: Some(id.into()),
            ..self
        }
    }
    pub fn amount(self, amount: Amount) -> Self {
        Self {
            amount: Some(amount),
            ..self
        }
    }
    pub fn share(self, share: &str) -> Self {
        Self {
            share: Some(share.parse().unwrap()),
            ..self
        }
    }
    pub fn under(mut self, program: &str) -> Self {
        self.under.push(EntityId::parse(program).unwrap());
        self
    }
    pub fn driver(self, driver: Driver) -> Self {
        Self {
            driver: Some(driver),
            ..self
        }
    }
    pub fn resource(self, resource: Resource) -> Self {
        Self {
            resource: Some(resource),
            ..self
        }
    }
    pub fn flow(self, flow: FlowDirection) -> Self {
        Self {
            flow: Some(flow),
            ..self
        }
    }
    pub fn valid(self, from: Option<&str>, to: Option<&str>) -> Self {
        Self {
            validity: validity(from, to),
            ..self
        }
    }
    pub fn evidence(self, statement: StatementDraft) -> Self {
        Self {
            statements: vec![statement],
            ..self
        }
    }
    /// What another source says of its amount.
    pub fn said(self, amount: &Amount) -> Self {
        self.said_as(amount, Rank::Normal)
    }
    /// The same, to count more, or not at all.
    pub fn said_as(mut self, amount: &Amount, rank: Rank) -> Self {
        self.statements.push(StatementDraft {
            amount: Some(Box::new(amount.0.clone())),
            rank,
            ..stated()
        });
        self
    }
}

impl From<()> for Relation {
    fn from((): ()) -> Self {
        relation()
    }
}
impl From<&str> for Relation {
    fn from(id: &str) -> Self {
        relation().id(id)
    }
}
impl From<Amount> for Relation {
    fn from(amount: Amount) -> Self {
        relation().amount(amount)
    }
}

/// An amount in the making.
#[derive(Clone)]
pub struct Amount(QuantityParts);

/// So many yuan, of no basis yet.
pub fn cny(amount: i64) -> Amount {
    of(amount, "CNY")
}

/// So many of a unit; measured, unless another basis is said.
pub fn of(amount: i64, unit: &str) -> Amount {
    Amount(QuantityParts {
        amount: Some(amount.into()),
        unit: Some(Unit::parse(unit).unwrap()),
        basis: Some(Basis::Measured),
        ..QuantityParts::default()
    })
}

impl Amount {
    pub fn basis(mut self, basis: Basis) -> Self {
        self.0.basis = Some(basis);
        self
    }
    pub fn paid_in(self) -> Self {
        self.basis(Basis::PaidIn)
    }
    pub fn invested(self) -> Self {
        self.basis(Basis::Invested)
    }
    pub fn committed(self) -> Self {
        self.basis(Basis::Committed)
    }
    pub fn granted(self) -> Self {
        self.basis(Basis::Granted)
    }
    pub fn issued(self) -> Self {
        self.basis(Basis::Issued)
    }
    pub fn shared(self) -> Self {
        self.basis(Basis::Shared)
    }
    pub fn more_than(mut self) -> Self {
        self.0.qualifier = Some(Qualifier::MoreThan);
        self
    }
    /// With one end alone.
    pub fn qualified(mut self, qualifier: Qualifier) -> Self {
        self.0.qualifier = Some(qualifier);
        self
    }
    /// Another number of the same.
    pub fn number(mut self, amount: i64) -> Self {
        (self.0.amount, self.0.qualifier) = (Some(amount.into()), None);
        self
    }
    pub fn unknown(mut self) -> Self {
        (self.0.amount, self.0.qualifier) = (None, Some(Qualifier::Unknown));
        self
    }
}

/// A statement in so many words, by an independent source.
pub fn stated() -> StatementDraft {
    said(Assertion::Stated, Reliability::Independent)
}

/// A statement that it is so on a day, or on the last of a month or year.
pub fn stated_on(as_of: &str) -> StatementDraft {
    StatementDraft {
        as_of: Some(PartialDate::parse(as_of).unwrap()),
        ..stated()
    }
}

/// A statement of the source `source:s`.
pub fn said(assertion: Assertion, reliability: Reliability) -> StatementDraft {
    StatementDraft {
        source: SourceId::parse("source:s").unwrap(),
        locator: Locator::parse("L1 [0,3)"),
        quote: Some("如此说".into()),
        assertion,
        reliability,
        rank: Rank::Normal,
        property: None,
        amount: None,
        as_of: None,
    }
}

fn validity(from: Option<&str>, to: Option<&str>) -> Validity {
    let date = |text: Option<&str>| text.map(|text| PartialDate::parse(text).unwrap());
    Validity::new(date(from), date(to)).unwrap()
}

impl Graph {
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.relations.is_empty()
    }
    /// In another data set.
    pub fn in_dataset(mut self, id: &str) -> Self {
        self.dataset = dataset(id);
        self
    }
    /// The data set is seen by those alone who were given it.
    pub fn restricted(mut self) -> Self {
        self.dataset.access = Access::Restricted;
        self
    }
    /// As a data set that covers so much of the world.
    pub fn covering(mut self, coverage: Coverage) -> Self {
        self.dataset.coverage = coverage;
        self
    }
    /// What the data set had and this has not goes away.
    pub fn replacing(mut self) -> Self {
        self.replace = true;
        self
    }
    pub fn entity(mut self, entity: impl Into<Entity>) -> Self {
        let entity = entity.into();
        self.entities.insert(entity.entity.id.to_string(), entity);
        self
    }
    pub fn entities<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        ids.into_iter().fold(self, Graph::entity)
    }
    /// A relation; its ends are added where they are not there yet.
    pub fn relation(self, kind: RelationKind, from: &str, to: &str, of: impl Into<Relation>) -> Self {
        let of = of.into();
        let mut graph = self.relation_between_known(kind, from, to, of.clone());
        let under = of.under.iter().map(EntityId::as_str);
        for id in [from, to].into_iter().chain(under) {
            graph.entities.entry(id.to_string()).or_insert_with(|| entity(id));
        }
        graph
    }
    /// A relation; its ends are in the graph already, or were merged into others.
    pub fn relation_between_known(
        mut self,
        kind: RelationKind,
        from: &str,
        to: &str,
        of: impl Into<Relation>,
    ) -> Self {
        let mut of = of.into();
        let end = |id: &str| EntityId::parse(id).unwrap();
        of.ends = Some((kind, end(from), end(to)));
        of.id
            .get_or_insert_with(|| format!("r{}:{from}-{to}", self.relations.len() + 1));
        self.relations.push(of);
        self
    }
    pub fn observation(mut self, id: &str, of: &str, indicator: &str, amount: &Amount, period: &str) -> Self {
        self.observations.push(record::Observation {
            id: ObservationId::parse(id).unwrap(),
            entity: EntityId::parse(of).unwrap(),
            indicator: indicator.into(),
            quantity: Quantity::new(amount.0.clone(), Measure::Stock).unwrap(),
            period: Some(Period::parse(period).unwrap()),
        });
        self
    }
    /// What the observations rest on.
    pub fn observed(mut self, statement: StatementDraft) -> Self {
        self.observed = Some(statement);
        self
    }
    pub fn rule(
        mut self,
        id: &str,
        bearer: &str,
        rule_type: RuleType,
        base: Option<&str>,
        parts: &[(&str, i64, i64)],
    ) -> Self {
        let part = |(party, lower, upper): &(&str, i64, i64)| RulePart {
            party: Some(EntityId::parse(party).unwrap()),
            label: None,
            lower: Some(Decimal::new(*lower, 1)),
            upper: Some(Decimal::new(*upper, 1)),
        };
        self.rules.push(record::Rule {
            id: RuleId::parse(id).unwrap(),
            bearer: EntityId::parse(bearer).unwrap(),
            rule_type,
            base: base.map(String::from),
            parts: parts.iter().map(part).collect(),
        });
        self
    }

    /// The sources that are named, and the one that stands where none is.
    fn sources(&self) -> BTreeSet<SourceId> {
        let said = self.relations.iter().flat_map(|one| &one.statements);
        let said = said.chain(self.entities.values().flat_map(|one| &one.statements));
        said.map(|statement| statement.source.clone())
            .chain([stated().source])
            .collect()
    }

    fn source(&self, id: SourceId) -> Record {
        Record::Source(Source {
            id,
            title: "Source".into(),
            authors: vec!["An Author".into()],
            affiliation: None,
            publisher: None,
            published_on: None,
            language: Some("zh".into()),
            licence: None,
            sha256: None,
            url: None,
            datasets: vec![self.dataset.id.clone()],
        })
    }

    fn drafts(&self) -> Vec<Draft> {
        let draft = |record: Record, statements: &[StatementDraft]| {
            let (own, more) = if statements.is_empty() {
                (vec![stated()], Vec::new())
            } else {
                split(statements)
            };
            Draft::Record {
                record: Box::new(record),
                own,
                more,
            }
        };
        let sources = self.sources().into_iter().map(|id| Draft::Record {
            record: Box::new(self.source(id)),
            own: Vec::new(),
            more: Vec::new(),
        });
        let entities = self
            .entities
            .values()
            .map(|one| draft(Record::Entity(one.entity.clone()), &one.statements));
        let relations = self
            .relations
            .iter()
            .map(|one| draft(Record::Relation(one.edge()), &one.statements));
        let observations = self
            .observations
            .iter()
            .map(|one| draft(Record::Observation(one.clone()), self.observed.as_slice()));
        let rules = self.rules.iter().map(|one| draft(Record::Rule(one.clone()), &[]));
        sources
            .chain(entities)
            .chain(relations)
            .chain(observations)
            .chain(rules)
            .collect()
    }

    /// What all writers hand over.
    pub fn batch(&self) -> Batch {
        Batch {
            dataset: self.dataset.clone(),
            drafts: self.drafts(),
            mode: if self.replace {
                WriteMode::Replace
            } else {
                WriteMode::Add
            },
            terms: Terms::new(Principal::operator("test")),
            unread: HashSet::new(),
        }
    }

    /// Writes it by the way that all writers take.
    pub async fn write(&self, service: &Service) {
        match service.write(self.batch()).await.unwrap() {
            WriteOutcome::Done(_) => {}
            WriteOutcome::Refused(problems) => panic!("the graph of the test was refused: {problems:#?}"),
        }
    }
}

/// The row's own statement, and further ones that speak of amounts.
fn split(statements: &[StatementDraft]) -> (Vec<StatementDraft>, Vec<StatementDraft>) {
    let is_further = |one: &StatementDraft| one.amount.is_some() || one.property.is_some();
    let (more, own): (Vec<_>, Vec<_>) = statements.iter().cloned().partition(is_further);
    (if own.is_empty() { vec![stated()] } else { own }, more)
}

impl Relation {
    fn edge(&self) -> edge::Relation {
        let (kind, from, to) = self.ends.clone().unwrap();
        edge::Relation {
            id: RelationId::parse(self.id.as_deref().unwrap()).unwrap(),
            kind,
            from,
            to,
            stated_resource: self.resource,
            stated_flow: self.flow,
            quantity: self
                .amount
                .as_ref()
                .map(|amount| Quantity::new(amount.0.clone(), Measure::Cumulative).unwrap()),
            share: self.share,
            under: self.under.clone(),
            driver: self.driver.unwrap_or(Driver::Unstated),
            validity: self.validity,
        }
    }
}
