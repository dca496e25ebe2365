//! Writing of visibility: each record stores the restricted data sets with which it is hidden.
//!
//! If they change for records that the write does not contain, as when a data set becomes restricted, they are recomputed for all.

use std::collections::BTreeSet;

use super::draft_writer::DraftWriter;
use super::restrictions::{RecordRestriction, named_by, recompute_statements};
use super::sink::StatementSink;
use crate::model::change::{Record, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::store::codec::entity_id;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::read::reader::Neo4jReader;
use crate::store::{StoreError, StoreResult};

impl DraftWriter {
    /// Reads the restrictions of the entities that the records to be written name.
    pub(in crate::store) async fn look_up_restrictions(&mut self, at: &Neo4jReader) -> StoreResult<()> {
        if self.restrictions.now.is_empty() && !self.restrictions.affects_others {
            return Ok(());
        }
        let mut named: BTreeSet<EntityId> = BTreeSet::new();
        for (_, record, _) in self.puts() {
            named.extend(named_by(record).map(|id| self.canonical(id).clone()));
        }
        let ours = |id: &EntityId| self.provenances.contains_key(&Subject::Entity(id.clone()));
        let asked: Vec<EntityId> = named.into_iter().filter(|id| !ours(id)).collect();
        let rows: Vec<(String, Vec<String>)> = at.ask_at(&asked, &cypher!("restricted_of")).await?;
        for (id, datasets) in rows {
            let read = |one: &String| {
                DatasetId::parse(one).map_err(|error| StoreError::Damaged(format!("{id}: {error}")))
            };
            let mut datasets = datasets.iter().map(read).collect::<StoreResult<BTreeSet<_>>>()?;
            datasets.retain(|id| self.restrictions.now.contains(id));
            self.restrictions.named.insert(entity_id(&id)?, datasets);
        }
        // If an entity moves from one data set to another, the records that name it change too.
        let moved = self.draft.previous.iter().any(|(subject, old)| {
            let new = self.provenances.get(subject);
            matches!(subject, Subject::Entity(_))
                && new.is_some_and(|new| {
                    self.restrictions.own(&new.members) != self.restrictions.own(&old.members)
                })
        });
        self.restrictions.affects_others |= moved;
        Ok(())
    }

    /// The restricted data sets with which a record to be written is hidden.
    pub(in crate::store) fn restricted(&self, subject: &Subject, record: &Record) -> RecordRestriction {
        let Some(provenance) = self
            .provenances
            .get(subject)
            .filter(|_| !self.restrictions.now.is_empty())
        else {
            return RecordRestriction::default();
        };
        let mut datasets = self.restrictions.own(&provenance.members);
        for id in named_by(record) {
            let id = self.canonical(id);
            if let Some(provenance) = self.provenances.get(&Subject::Entity(id.clone())) {
                datasets.extend(self.restrictions.own(&provenance.members));
            }
            datasets.extend(self.restrictions.named.get(id).into_iter().flatten().cloned());
        }
        RecordRestriction::new(datasets, &provenance.members)
    }

    /// Recomputes the data sets with which every record is hidden, if the write affects records that it does not contain.
    pub(super) async fn recompute_restrictions(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        if self.restrictions.affects_others {
            for statement in recompute_statements() {
                sink.run(statement).await?;
            }
        }
        Ok(())
    }
}
