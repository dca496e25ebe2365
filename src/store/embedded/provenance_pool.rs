//! The pool of provenances. Most records of a graph have one of few provenances, so they share it in memory.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::codec::Provenance;

/// The provenances (evidence classes and data sets) of a graph. All records with equal provenances share one copy.
#[derive(Default)]
pub(super) struct ProvenancePool {
    /// The shared copy of each provenance. The key is a copy of its own, used only to look it up.
    shared: HashMap<Provenance, Arc<Provenance>>,
}

impl ProvenancePool {
    /// Returns the shared copy of a provenance, which is added if it is new.
    pub(super) fn intern(&mut self, provenance: Provenance) -> Arc<Provenance> {
        self.shared
            .entry(provenance)
            .or_insert_with_key(|new| Arc::new(new.clone()))
            .clone()
    }

    /// Drops the provenances that no record has.
    pub(super) fn drop_unused(&mut self) {
        // The pool itself holds one reference.
        self.shared.retain(|_, shared| Arc::strong_count(shared) > 1);
    }
}
