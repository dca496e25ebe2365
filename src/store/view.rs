//! Views: what a reader sees of the restricted data sets. What it does not see is as if it had never been written.

use std::collections::BTreeSet;

use crate::model::id::DatasetId;
use crate::model::record::{Access, Dataset};

/// The restricted data sets that a reader sees. Which data sets are restricted, the store knows at the revision it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// All: for whoever runs the program, and for writing.
    All,
    /// These and no others.
    Only(BTreeSet<DatasetId>),
}

impl View {
    /// What everyone sees.
    pub const fn public() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether a data set is hidden from it.
    pub fn hides(&self, dataset: &Dataset) -> bool {
        let seen = |id: &DatasetId| match self {
            Self::All => true,
            Self::Only(some) => some.contains(id),
        };
        dataset.access == Access::Restricted && !seen(&dataset.id)
    }

    /// Those of some data sets that are hidden from it. None: nothing is taken from memory for it.
    pub(in crate::store) fn hidden<'a>(&self, datasets: impl IntoIterator<Item = &'a Dataset>) -> Hidden {
        let hidden = datasets.into_iter().filter(|dataset| self.hides(dataset));
        hidden.map(|dataset| dataset.id.clone()).collect()
    }

    /// Those of the restricted data sets that are hidden from it.
    pub(in crate::store) fn hidden_of(&self, restricted: &Hidden) -> Hidden {
        match self {
            Self::All => Hidden::new(),
            Self::Only(seen) => restricted.difference(seen).cloned().collect(),
        }
    }
}

/// The data sets hidden from a reader.
pub(in crate::store) type Hidden = BTreeSet<DatasetId>;

/// Whether a source is hidden: all data sets that list it are.
pub(in crate::store) fn hides_source(hidden: &Hidden, listed_in: &[DatasetId]) -> bool {
    !listed_in.is_empty() && listed_in.iter().all(|id| hidden.contains(id))
}
