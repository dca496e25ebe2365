//! The pool of provenances: most records share a few.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::codec::Provenance;

/// The provenances of a graph, each stored once and shared by all records that have it.
#[derive(Default)]
pub(super) struct ProvenancePool {
    shared: HashMap<Provenance, Arc<Provenance>>,
}

impl ProvenancePool {
    /// The shared copy of a provenance.
    pub(super) fn intern(&mut self, provenance: Provenance) -> Arc<Provenance> {
        self.shared
            .entry(provenance)
            .or_insert_with_key(|new| Arc::new(new.clone()))
            .clone()
    }

    /// Drops the provenances that no record has.
    pub(super) fn drop_unused(&mut self) {
        self.shared.retain(|_, shared| Arc::strong_count(shared) > 1);
    }
}
