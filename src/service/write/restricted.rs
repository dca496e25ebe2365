//! What keeps a restricted data set apart: that hiding it hides all of it and nothing else, and that a writer who may not see it
//! learns nothing of it.
//!
//! It shares its rows with no other data set, and none refers to its records. It may refer to what is public and state on it, but
//! gives it no name, no amount, no share and no place in a hierarchy: these become part of the record, or bind what others may say.

use std::collections::{HashMap, HashSet};

use super::known::{Known, references};
use super::plan::WritePlan;
use super::problem::{Message, Problems, Spot};
use super::sight::{Restricted, memberships};
use super::{Item, replace};
use crate::model::change::{Record, Subject};
use crate::model::id::{DatasetId, SourceId};
use crate::model::ontology::Conserved;
use crate::model::record::Access;
use crate::store::{Answer, DatasetInfo, Reader};

/// How many records are looked at at a time.
const CHUNK: usize = 20_000;

/// Whose the records are that a batch writes or names.
pub(super) struct Owners<'p> {
    plan: &'p WritePlan,
    restricted: &'p Restricted,
    /// The data sets that have a row for each record in the graph, by its key.
    members: HashMap<String, Vec<DatasetId>>,
}

impl<'p> Owners<'p> {
    /// Asks whose they are. What the writer may not see is as if it were not there, but that its key is taken. Where nothing is
    /// restricted, nothing is asked.
    pub(super) async fn of<R: Reader>(
        plan: &'p WritePlan,
        restricted: &'p Restricted,
        at: &R,
        known: &mut Known<'_>,
    ) -> Answer<Self> {
        let mut owners = Self {
            plan,
            restricted,
            members: HashMap::new(),
        };
        if restricted.all.is_empty() {
            return Ok(owners);
        }
        let subjects = known.standing();
        let keys: Vec<&str> = subjects.iter().map(|(key, _)| *key).collect();
        let named: Vec<Subject> = subjects.iter().map(|(_, subject)| subject.clone()).collect();
        let members = memberships(at, named.clone()).await?;
        for ((key, subject), members) in keys.into_iter().zip(&named).zip(members) {
            if restricted.hides_one(subject, &members) {
                known.hide(key);
            } else {
                owners.members.insert(key.to_string(), members);
            }
        }
        Ok(owners)
    }

    fn own(&self) -> &DatasetId {
        &self.plan.dataset.id
    }

    fn is_restricted(&self) -> bool {
        self.restricted.all.contains(self.own())
    }

    fn others(&self, key: &str) -> impl Iterator<Item = &DatasetId> {
        let members = self.members.get(key).into_iter().flatten();
        members.filter(|id| *id != self.own())
    }

    /// Another, restricted data set that has a row for a record.
    fn foreign(&self, key: &str) -> Option<&DatasetId> {
        self.others(key).find(|id| self.restricted.all.contains(*id))
    }

    /// Refuses what would let a restricted data set be seen, or miss it.
    pub(super) async fn check<R: Reader>(
        &self,
        at: &R,
        standing: &[DatasetInfo],
        problems: &mut Problems,
    ) -> Answer<()> {
        if self.restricted.all.is_empty() {
            return Ok(());
        }
        for item in &self.plan.items {
            self.check_row(item, problems);
            self.check_relation(item, problems);
            references(&item.record, |field, row, id| {
                self.check_reference(Spot::of(item).row(row), field, id.as_str(), problems);
            });
            let statements = item.statements().filter(|_| !item.shorthand);
            statements.for_each(|said| self.check_cited(Spot::of(item), &said.source, problems));
        }
        for note in &self.plan.notes {
            let (spot, key) = (Spot::draft(note.draft), note.subject.as_str());
            self.check_reference(spot, "subject_id", key, problems);
            self.check_cited(spot, &note.statement.source, problems);
            if note.statement.amount.is_some() {
                self.refuse_part(spot, "amount", key, "states no amount of", problems);
            }
        }
        for naming in &self.plan.namings {
            let (spot, key) = (Spot::draft(naming.draft), naming.entity.as_str());
            self.check_reference(spot, "entity_id", key, problems);
            self.check_cited(spot, &naming.statement.source, problems);
            self.refuse_part(spot, "entity_id", key, "gives no name to", problems);
        }
        self.check_sources(at, problems).await?;
        let turned =
            |info: &&DatasetInfo| info.dataset.id == *self.own() && info.dataset.access == Access::Public;
        if self.is_restricted() && standing.iter().any(|info| turned(&info)) {
            self.check_turned(at, standing, problems).await?;
        }
        Ok(())
    }

    /// A row of a restricted data set stands alone.
    fn check_row(&self, item: &Item, problems: &mut Problems) {
        let key = item.key();
        if matches!(item.record, Record::Source(_)) {
            return;
        }
        if let Some(other) = self.foreign(key) {
            let reason = format!("{key} has a row in data set {other}, which is restricted and shares none");
            let hint = format!("change it there, or take it out of {other} first");
            problems.push_with(Spot::of(item), "id", key, reason, Some(hint));
        } else if let Some(other) = self.others(key).next().filter(|_| self.is_restricted()) {
            let reason = format!("{key} has a row in data set {other}; a restricted data set shares none");
            let hint = "state on it in statements.csv instead (no amounts), or write a record of another id";
            problems.push_with(Spot::of(item), "id", key, reason, Some(hint));
        }
    }

    /// What a restricted data set may not say of entities of others: it would bind what these may say of them.
    fn check_relation(&self, item: &Item, problems: &mut Problems) {
        let Record::Relation(relation) = &item.record else {
            return;
        };
        let (info, spot, from) = (relation.kind.info(), Spot::of(item), relation.from.as_str());
        if info.conserved == Conserved::Share && relation.share.is_some() {
            self.refuse_part(spot, "share", from, "states no share of", problems);
        }
        if info.acyclic {
            self.refuse_part(
                spot,
                "from_id",
                from,
                "gives no place in a hierarchy to",
                problems,
            );
        }
    }

    fn check_reference(&self, spot: Spot, field: &'static str, key: &str, problems: &mut Problems) {
        if let Some(other) = self.foreign(key) {
            let reason =
                format!("{key} is of data set {other}, which is restricted: no other can refer to it");
            let hint = format!("put this row into {other}, or refer to something public");
            problems.push_with(spot, field, key, reason, Some(hint));
        }
    }

    fn refuse_part(&self, spot: Spot, field: &'static str, key: &str, does: &str, problems: &mut Problems) {
        if !self.is_restricted() || self.foreign(key).is_some() {
            return;
        }
        if let Some(other) = self.others(key).next() {
            let reason =
                format!("{key} is of data set {other}; a restricted data set {does} a record of another");
            let hint = "give it in a public data set, or of a record of your own";
            problems.push_with(spot, field, key, reason, Some(hint));
        }
    }

    /// What a statement cites must be seen where the statement is.
    fn check_cited(&self, spot: Spot, source: &SourceId, problems: &mut Problems) {
        let key = source.as_str();
        let Some(listing) = self.members.get(key).filter(|listing| !listing.is_empty()) else {
            return;
        };
        let seen = |id: &DatasetId| id == self.own() || !self.restricted.all.contains(id);
        let is_brought = || self.plan.items.iter().any(|item| item.key() == key);
        if !listing.iter().any(seen) && !is_brought() {
            let other = &listing[0];
            let reason = format!("{key} is listed by data set {other} alone, which is restricted");
            problems.push_with(
                spot,
                "source_id",
                key,
                reason,
                Some("list it in sources.csv here too"),
            );
        }
    }

    /// A source that a restricted data set lists beside another is the same in both.
    async fn check_sources<R: Reader>(&self, at: &R, problems: &mut Problems) -> Answer<()> {
        let shared = self.plan.items.iter().filter_map(|item| match &item.record {
            Record::Source(source) => {
                let apart = if self.is_restricted() {
                    self.others(item.key()).next()
                } else {
                    None
                };
                let lists = self
                    .members
                    .get(item.key())
                    .is_some_and(|listing| listing.contains(self.own()));
                let other = apart.or_else(|| self.foreign(item.key()).filter(|_| !lists))?;
                Some((item, source, other))
            }
            _ => None,
        });
        let shared: Vec<_> = shared.collect();
        let ids: Vec<SourceId> = shared.iter().map(|(_, source, _)| source.id.clone()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for ((item, source, other), stored) in shared.into_iter().zip(at.sources(&ids).await?) {
            let Some(stored) = stored else { continue };
            let same = crate::model::record::Source {
                datasets: source.datasets.clone(),
                ..stored
            };
            if same != *source {
                let reason = format!(
                    "data set {other} lists it otherwise; what a restricted data set shares is the same in both"
                );
                let hint = format!("write its row as {other} has it, or give it another id");
                problems.push_with(Spot::of(item), "id", item.key(), reason, Some(hint));
            }
        }
        Ok(())
    }

    /// What stands, when a public data set becomes restricted: its rows, and its sources that others cite.
    async fn check_turned<R: Reader>(
        &self,
        at: &R,
        standing: &[DatasetInfo],
        problems: &mut Problems,
    ) -> Answer<()> {
        let mut sources: HashSet<SourceId> = HashSet::new();
        for chunk in at.subjects_of_dataset(self.own()).await?.chunks(CHUNK) {
            for (subject, members) in chunk.iter().zip(at.memberships(chunk).await?) {
                let other = members.iter().find(|id| *id != self.own());
                match (subject, other) {
                    (Subject::Source(id), None) => drop(sources.insert(id.clone())),
                    (Subject::Source(_), Some(_)) | (_, None) => {}
                    (_, Some(_)) if !members.contains(self.own()) => {}
                    // What the batch has is refused at its row.
                    (_, Some(_)) if self.plan.items.iter().any(|item| item.key() == subject.as_str()) => {}
                    (_, Some(other)) => {
                        let reason = format!(
                            "it has a row in data set {other} too; a restricted data set shares none"
                        );
                        let hint = "take it out of one of the two first (`--replace`)";
                        problems.batch("id", subject.as_str(), reason, hint);
                    }
                }
            }
        }
        let others = standing
            .iter()
            .map(|info| &info.dataset.id)
            .filter(|id| *id != self.own());
        for (source, by) in replace::cited(at, self.own(), others, sources, &HashSet::new()).await? {
            let reason = format!("it would be hidden, and {by} cites it");
            let hint = "list it among the sources of that data set first";
            problems.batch("access", source, Message::from(reason), hint);
        }
        Ok(())
    }
}
