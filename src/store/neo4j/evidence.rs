//! Provenances: what records rest on, kept once each under a number. They never change, so that a process learns each once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;
use xxhash_rust::xxh3::Xxh3;

use super::properties::{Properties, class_text};
use crate::model::id::{DatasetId, SourceId};
use crate::model::statement::{Assertion, EvidenceClass, Rank, Reliability};
use crate::store::codec::Provenance;
use crate::store::{Answer, StoreError};

/// The provenances that this process has met, by their number.
#[derive(Default)]
pub(super) struct Provenances(RwLock<HashMap<i64, Arc<Provenance>>>);

/// A provenance as it comes from Neo4j: number, classes, data sets with a row, data sets with a statement, and which says what where
/// they are several.
pub(super) type ProvenanceRow = (i64, Vec<String>, Vec<String>, Vec<String>, Option<Vec<String>>);

impl Provenances {
    /// Those of some numbers that are not known yet.
    pub(super) fn unknown(&self, ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let known = self.0.read();
        let unknown: BTreeSet<i64> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
        unknown.into_iter().collect()
    }

    /// Learns provenances.
    pub(super) fn learn(&self, rows: Vec<ProvenanceRow>) -> Answer<()> {
        let read = rows
            .into_iter()
            .map(|(id, evidence, members, contributors, said_by)| {
                let evidence = evidence
                    .iter()
                    .map(|text| class_of(text))
                    .collect::<Answer<Vec<_>>>()?;
                let said_by = said_by.unwrap_or_default();
                let said_by = said_by
                    .iter()
                    .map(|text| said_of(text))
                    .collect::<Answer<Vec<_>>>()?;
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
        let read = read.collect::<Answer<Vec<_>>>()?;
        self.0.write().extend(read);
        Ok(())
    }

    /// Forgets them all.
    pub(super) fn forget(&self) {
        self.0.write().clear();
    }

    /// The provenance of a number.
    pub(super) fn get(&self, id: i64) -> Answer<Arc<Provenance>> {
        let known = self.0.read().get(&id).cloned();
        known.ok_or_else(|| StoreError::Damaged(format!("provenance {id} is not there")))
    }

    /// The node of a provenance.
    pub(super) fn row(id: i64, key: u64, provenance: &Provenance) -> Properties {
        let ids = |ids: &[DatasetId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let said = |(class, dataset): &(EvidenceClass, DatasetId)| format!("{} {dataset}", class_text(class));
        let said_by: Vec<String> = provenance.said_by.iter().map(said).collect();
        Properties::default()
            .with_some("said_by", Some(said_by).filter(|said_by| !said_by.is_empty()))
            .with("id", id)
            .with("key", key.cast_signed())
            .with(
                "evidence",
                provenance.evidence.iter().map(class_text).collect::<Vec<_>>(),
            )
            .with("members", ids(&provenance.members))
            .with("contributors", ids(&provenance.contributors))
    }
}

/// What a provenance is found by.
pub(super) fn key_of(provenance: &Provenance) -> u64 {
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

/// A class, and the data set that says it.
fn said_of(text: &str) -> Answer<(EvidenceClass, DatasetId)> {
    let read = || {
        let (class, dataset) = text.rsplit_once(' ')?;
        Some((class, DatasetId::parse(dataset).ok()?))
    };
    let (class, dataset) =
        read().ok_or_else(|| StoreError::Damaged(format!("evidence `{text}` is not readable")))?;
    Ok((class_of(class)?, dataset))
}

fn datasets(ids: &[String]) -> Answer<Vec<DatasetId>> {
    let read = |id: &String| DatasetId::parse(id).map_err(|error| StoreError::Damaged(error.to_string()));
    ids.iter().map(read).collect()
}

fn class_of(text: &str) -> Answer<EvidenceClass> {
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
    read().ok_or_else(|| StoreError::Damaged(format!("evidence `{text}` is not readable")))
}
