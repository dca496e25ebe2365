//! Keeping what is restricted with the records, so that no question has to find out.
//!
//! A record is hidden with the data sets that have a row for it and with those of the entities that it names. What is written says so
//! itself; where that changes for what stands, as when a data set becomes restricted, all is settled anew.

use std::collections::{BTreeSet, HashMap};

use super::draft::Draft;
use super::error::Failed;
use super::reader::Neo4jReader;
use super::rows::Sink;
use super::statement::{Statement, cypher};
use super::write::Writing;
use crate::model::change::{Record, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::record::{Access, Dataset};
use crate::store::Answer;
use crate::store::codec::{Provenance, entity_id};
use crate::store::view::Hidden;

/// With which data sets a record is hidden.
#[derive(Clone, Debug, Default)]
pub(super) struct Restricted {
    /// Sorted; none: it is seen by everyone.
    pub(super) datasets: BTreeSet<DatasetId>,
    /// Whether it is hidden for the sake of a data set that is not its own, or has another too.
    pub(super) entangled: bool,
}

/// What a write knows of what is restricted.
#[derive(Default)]
pub(super) struct Restrictions {
    /// The restricted data sets from now on.
    now: Hidden,
    /// The restricted ones of the data sets of entities that the write names and does not write.
    named: HashMap<EntityId, BTreeSet<DatasetId>>,
    /// Whether another data set is restricted than before.
    pub(super) changed: bool,
    /// Whether what stands, and is not written, may be hidden with others than before.
    unsettled: bool,
}

impl Restrictions {
    /// What is restricted once a draft is written. Where nothing is, that costs no look at the graph.
    pub(super) fn new(draft: &Draft, standing: &HashMap<String, Dataset>) -> Self {
        let is_restricted = |dataset: &Dataset| dataset.access == Access::Restricted;
        let before: Hidden = standing
            .values()
            .filter(|dataset| is_restricted(dataset))
            .map(|dataset| dataset.id.clone())
            .collect();
        let mut now = before.clone();
        for dataset in &draft.datasets {
            if is_restricted(dataset) {
                now.insert(dataset.id.clone());
            } else {
                now.remove(&dataset.id);
            }
        }
        let stood = |id: &DatasetId| standing.contains_key(id.as_str());
        Self {
            changed: before != now,
            unsettled: before.symmetric_difference(&now).any(stood),
            now,
            named: HashMap::new(),
        }
    }

    /// Those of a provenance's data sets that are restricted.
    fn own(&self, provenance: &Provenance) -> BTreeSet<DatasetId> {
        let members = provenance.members.iter();
        members.filter(|id| self.now.contains(*id)).cloned().collect()
    }
}

impl Writing {
    /// Looks up what the records to be written are hidden with.
    pub(super) async fn restrict(&mut self, at: &Neo4jReader) -> Answer<()> {
        if self.restrictions.now.is_empty() && !self.restrictions.unsettled {
            return Ok(());
        }
        let mut named: BTreeSet<EntityId> = BTreeSet::new();
        for (_, record, _) in self.wanted() {
            named.extend(named_by(record).map(|id| self.kept(id).clone()));
        }
        let ours = |id: &EntityId| self.provenances.contains_key(&Subject::Entity(id.clone()));
        let asked: Vec<EntityId> = named.into_iter().filter(|id| !ours(id)).collect();
        let rows: Vec<(String, Vec<String>)> = at.ask_at(&asked, &cypher!("restricted_of")).await?;
        for (id, datasets) in rows {
            let datasets = datasets.iter().filter_map(|id| DatasetId::parse(id).ok());
            let datasets = datasets.filter(|id| self.restrictions.now.contains(id)).collect();
            self.restrictions.named.insert(entity_id(&id)?, datasets);
        }
        // An entity that goes from one data set to another takes along what names it.
        let turned = self.standing.iter().any(|(subject, old)| {
            let new = self.provenances.get(subject);
            let old = Provenance::of(&old.statements);
            matches!(subject, Subject::Entity(_))
                && new.is_some_and(|new| self.restrictions.own(new) != self.restrictions.own(&old))
        });
        self.restrictions.unsettled |= turned;
        Ok(())
    }

    /// With which data sets a record to be written is hidden.
    pub(super) fn restricted(&self, subject: &Subject, record: &Record) -> Restricted {
        let Some(provenance) = self
            .provenances
            .get(subject)
            .filter(|_| !self.restrictions.now.is_empty())
        else {
            return Restricted::default();
        };
        let mut datasets = self.restrictions.own(provenance);
        for id in named_by(record) {
            let id = self.kept(id);
            if let Some(provenance) = self.provenances.get(&Subject::Entity(id.clone())) {
                datasets.extend(self.restrictions.own(provenance));
            }
            datasets.extend(self.restrictions.named.get(id).into_iter().flatten().cloned());
        }
        Restricted {
            entangled: !datasets.is_empty() && !datasets.iter().eq(&provenance.members),
            datasets,
        }
    }

    /// Settles anew what every record is hidden with, where what was written does not tell it all.
    pub(super) async fn settle_restricted(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        if !self.restrictions.unsettled {
            return Ok(Ok(()));
        }
        for statement in settling() {
            if let Err(error) = sink.run(statement).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}

/// The entities that a record names, and is hidden with.
fn named_by(record: &Record) -> Box<dyn Iterator<Item = &EntityId> + Send + '_> {
    match record {
        Record::Source(_) | Record::Entity(_) => Box::new(std::iter::empty()),
        Record::Relation(relation) => {
            Box::new([&relation.from, &relation.to].into_iter().chain(&relation.under))
        }
        Record::Observation(observation) => Box::new(std::iter::once(&observation.entity)),
        Record::Rule(rule) => Box::new(rule.named()),
    }
}

/// The statements that settle what every record is hidden with, in their order.
pub(super) fn settling() -> [Statement; 4] {
    let statements = [
        cypher!("settle_restricted_entities"),
        cypher!("settle_restricted_relations"),
        cypher!("settle_restricted_observations"),
        cypher!("settle_restricted_rules"),
    ];
    let restricted = "MATCH (d:Dataset) WHERE d.access = 'restricted' WITH d.id AS id ORDER BY id WITH collect(id) AS restricted";
    statements.map(|statement| statement.fill("restricted", restricted))
}
