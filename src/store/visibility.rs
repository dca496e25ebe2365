//! Visibility: which restricted data sets a reader can see. For the reader, hidden data does not exist.

use std::collections::BTreeSet;

use crate::model::id::DatasetId;
use crate::model::record::{Access, Dataset};

/// The restricted data sets that are visible to a reader. Which data sets are restricted is read at the revision of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisibilityFilter {
    /// All data sets: for the operator, and for writes.
    All,
    /// Only these restricted data sets.
    Only(BTreeSet<DatasetId>),
}

impl VisibilityFilter {
    /// The filter of the public: no restricted data set.
    pub const fn public() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether a data set is hidden.
    pub fn hides(&self, dataset: &Dataset) -> bool {
        let is_visible = |id: &DatasetId| match self {
            Self::All => true,
            Self::Only(some) => some.contains(id),
        };
        dataset.access == Access::Restricted && !is_visible(&dataset.id)
    }

    /// The hidden data sets among some.
    pub(in crate::store) fn hidden_datasets<'a>(
        &self,
        datasets: impl IntoIterator<Item = &'a Dataset>,
    ) -> HiddenDatasets {
        let hidden = datasets.into_iter().filter(|dataset| self.hides(dataset));
        hidden.map(|dataset| dataset.id.clone()).collect()
    }

    /// The hidden data sets among the restricted ones.
    pub(in crate::store) fn hidden_among_restricted(&self, restricted: &HiddenDatasets) -> HiddenDatasets {
        match self {
            Self::All => HiddenDatasets::new(),
            Self::Only(visible) => restricted.difference(visible).cloned().collect(),
        }
    }
}

/// The ids of the data sets that are hidden from a reader.
pub(in crate::store) type HiddenDatasets = BTreeSet<DatasetId>;

/// Whether a source is hidden: all data sets that list it are hidden.
pub(in crate::store) fn hides_source(hidden: &HiddenDatasets, listed_in: &[DatasetId]) -> bool {
    !listed_in.is_empty() && listed_in.iter().all(|id| hidden.contains(id))
}
