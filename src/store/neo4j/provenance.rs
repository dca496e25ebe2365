//! Provenances: the evidence classes and data sets of records, each stored once with a number. A provenance never changes, so that a
//! process reads each at most once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;
use xxhash_rust::xxh3::Xxh3;

use super::format::class_text;
use crate::model::id::{DatasetId, SourceId};
use crate::model::statement::{Assertion, EvidenceClass, Rank, Reliability};
use crate::store::codec::Provenance;
use crate::store::{StoreError, StoreResult};

/// The provenances that this process has read, by number.
#[derive(Default)]
pub(in crate::store) struct ProvenanceCache(RwLock<HashMap<i64, Arc<Provenance>>>);

/// A row of a provenance: number, evidence classes, data sets with a row, data sets with a statement, and the classes with their data
/// sets if there are several.
pub(in crate::store) type ProvenanceNodeRow =
    (i64, Vec<String>, Vec<String>, Vec<String>, Option<Vec<String>>);

impl ProvenanceCache {
    /// The numbers whose provenances are not in the cache.
    pub(in crate::store) fn missing(&self, ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let known = self.0.read();
        let missing: BTreeSet<i64> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
        missing.into_iter().collect()
    }

    /// Adds provenances.
    pub(in crate::store) fn put(&self, rows: Vec<ProvenanceNodeRow>) -> StoreResult<()> {
        let read = rows
            .into_iter()
            .map(|(id, evidence, members, contributors, said_by)| {
                let evidence = evidence
                    .iter()
                    .map(|text| class_of(text))
                    .collect::<StoreResult<Vec<_>>>()?;
                let said_by = said_by.unwrap_or_default();
                let said_by = said_by
                    .iter()
                    .map(|text| attributed_class(text))
                    .collect::<StoreResult<Vec<_>>>()?;
                Ok((
                    id,
                    Arc::new(Provenance {
                        evidence: evidence.into(),
                        members: datasets(&members)?,
                        contributors: datasets(&contributors)?,
                        said_by,
                    }),
                ))
            });
        let read = read.collect::<StoreResult<Vec<_>>>()?;
        self.0.write().extend(read);
        Ok(())
    }

    /// Empties the cache.
    pub(in crate::store) fn clear(&self) {
        self.0.write().clear();
    }

    /// The provenance with a number.
    pub(in crate::store) fn get(&self, id: i64) -> StoreResult<Arc<Provenance>> {
        let known = self.0.read().get(&id).cloned();
        known.ok_or_else(|| StoreError::Damaged(format!("provenance {id} does not exist")))
    }
}

/// The key of a provenance: a hash of its content.
pub(in crate::store) fn key_of(provenance: &Provenance) -> u64 {
    let mut hash = Xxh3::new();
    for class in &*provenance.evidence {
        hash.update(class_text(class).as_bytes());
        hash.update(b"\n");
    }
    for ids in [&provenance.members, &provenance.contributors] {
        hash.update(b"\0");
        for id in ids {
            hash.update(id.as_str().as_bytes());
            hash.update(b"\n");
        }
    }
    for (class, id) in &provenance.said_by {
        hash.update(class_text(class).as_bytes());
        hash.update(b"\0");
        hash.update(id.as_str().as_bytes());
        hash.update(b"\n");
    }
    hash.digest()
}

/// An evidence class and the data set that states it.
fn attributed_class(text: &str) -> StoreResult<(EvidenceClass, DatasetId)> {
    let read = || {
        let (class, dataset) = text.rsplit_once(' ')?;
        Some((class, DatasetId::parse(dataset).ok()?))
    };
    let (class, dataset) =
        read().ok_or_else(|| StoreError::Damaged(format!("`{text}` is not a valid evidence class")))?;
    Ok((class_of(class)?, dataset))
}

fn datasets(ids: &[String]) -> StoreResult<Vec<DatasetId>> {
    let read = |id: &String| DatasetId::parse(id).map_err(|error| StoreError::Damaged(error.to_string()));
    ids.iter().map(read).collect()
}

fn class_of(text: &str) -> StoreResult<EvidenceClass> {
    let read = || {
        let (class, source) = text.split_once(' ')?;
        let mut words = class.split('/');
        Some(EvidenceClass {
            source: SourceId::parse(source).ok()?,
            assertion: Assertion::parse(words.next()?)?,
            reliability: Reliability::parse(words.next()?)?,
            rank: Rank::parse(words.next()?)?,
        })
    };
    read().ok_or_else(|| StoreError::Damaged(format!("`{text}` is not a valid evidence class")))
}
