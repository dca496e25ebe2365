//! The change log: what became of each record, in the order in which it became so. The change feed is told from it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::change::{Change, ChangeAction, Record, Revision, Subject};
use super::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use super::record::Access;
use super::statement::Statement;

/// The place of a line in the log: a total order, the same for every reader and after every restart. The default is the place
/// before the first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPlace {
    /// Lines count up; a number may be left out, and none is given twice.
    pub number: u64,
    /// The revision that wrote the line. A log that has another here is another log.
    pub revision: Revision,
}

/// What a line of the log is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Changed {
    /// A record.
    Record(Subject),
    /// A data set's own record: its title, its licence, who may see it.
    Dataset(DatasetId),
}

impl Changed {
    /// Its key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Record(subject) => subject.as_str(),
            Self::Dataset(id) => id.as_str(),
        }
    }

    /// What it is: `entity`, `relation`, `observation`, `rule`, `source` or `dataset`.
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Record(subject) => subject.kind_name(),
            Self::Dataset(_) => "dataset",
        }
    }

    /// What has this kind and key; none where there is no such kind, or the key cannot be one of it.
    pub fn parse(kind: &str, key: &str) -> Option<Self> {
        Some(Self::Record(match kind {
            "entity" => Subject::Entity(EntityId::parse(key).ok()?),
            "relation" => Subject::Relation(RelationId::parse(key).ok()?),
            "observation" => Subject::Observation(ObservationId::parse(key).ok()?),
            "rule" => Subject::Rule(RuleId::parse(key).ok()?),
            "source" => Subject::Source(SourceId::parse(key).ok()?),
            "dataset" => return DatasetId::parse(key).ok().map(Self::Dataset),
            _ => return None,
        }))
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    /// Where it stands.
    pub place: LogPlace,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub by: String,
    /// What became of it.
    pub action: ChangeAction,
    /// Of what.
    pub changed: Changed,
    /// Where a merged id leads from then on.
    pub merged_into: Option<EntityId>,
    /// The data sets whose facts it changed; see [`concerned`]. Whoever may see none of them is not told of it.
    pub datasets: BTreeSet<DatasetId>,
}

impl LoggedChange {
    /// Whether it concerns one of these data sets. A line that notes none concerns all.
    pub fn is_told(&self, told: &BTreeSet<DatasetId>) -> bool {
        self.datasets.is_empty() || !self.datasets.is_disjoint(told)
    }
}

/// The data sets that a line says it concerns, where a write takes away some that everyone may see: what concerns these alone is
/// told to all, for once they are gone nobody is known to see them.
pub fn told_of(concerned: BTreeSet<DatasetId>, public_gone: &BTreeSet<DatasetId>) -> BTreeSet<DatasetId> {
    if concerned.is_subset(public_gone) {
        return BTreeSet::new();
    }
    concerned
}

/// The data sets that a change set takes away and that everyone may see.
pub fn public_gone<'c>(
    changes: &'c [Change],
    access: impl Fn(&DatasetId) -> Option<Access> + 'c,
) -> BTreeSet<DatasetId> {
    let gone = changes.iter().filter_map(|change| match change {
        Change::DeleteDataset(id) => Some(id),
        _ => None,
    });
    gone.filter(|id| access(id) == Some(Access::Public))
        .cloned()
        .collect()
}

/// A record as it stands, with its statements.
pub type Version<'a> = (&'a Record, &'a [Statement]);

/// The data sets whose facts change where a record goes from one version to another; none: it is not there.
///
/// One that only adds its word to the record of another changes nothing for who may not see it. So these are the data sets
/// whose statements differ; where none do, or the record comes or goes, all that have a row for it.
pub fn concerned(old: Option<Version<'_>>, new: Option<Version<'_>>) -> BTreeSet<DatasetId> {
    let (Some(old), Some(new)) = (old, new) else {
        return old.or(new).map(members).unwrap_or_default();
    };
    let differing = match (old.0, new.0) {
        (Record::Source(old), Record::Source(new)) => {
            let listed = |datasets: &[DatasetId]| datasets.iter().cloned().collect::<BTreeSet<_>>();
            &listed(&old.datasets) ^ &listed(&new.datasets)
        }
        _ => differing(old.1, new.1),
    };
    if differing.is_empty() {
        members(new)
    } else {
        differing
    }
}

/// The data sets that have a row for a record.
fn members((record, statements): Version<'_>) -> BTreeSet<DatasetId> {
    if let Record::Source(source) = record {
        return source.datasets.iter().cloned().collect();
    }
    let rows = statements.iter().filter(|statement| statement.own);
    rows.map(|statement| statement.dataset.clone()).collect()
}

fn differing(old: &[Statement], new: &[Statement]) -> BTreeSet<DatasetId> {
    let brought = old.iter().chain(new).map(|statement| &statement.dataset);
    let all: BTreeSet<&DatasetId> = brought.collect();
    let differs = |dataset: &&DatasetId| {
        let of = |statements| -> Vec<&Statement> { brought_by(statements, dataset).collect() };
        let (old, new) = (of(old), of(new));
        old.len() != new.len() || old.iter().zip(&new).any(|(old, new)| !old.says_the_same(new))
    };
    all.into_iter().filter(differs).cloned().collect()
}

fn brought_by<'a>(statements: &'a [Statement], dataset: &DatasetId) -> impl Iterator<Item = &'a Statement> {
    statements
        .iter()
        .filter(move |statement| statement.dataset == *dataset)
}
