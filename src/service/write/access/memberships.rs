//! The data sets that have a row for the records that a write touches.

use std::collections::HashMap;

use crate::model::change::Subject;
use crate::model::id::{DatasetId, RelationId, SourceId};
use crate::store::{Reader, StoreResult};

/// The data sets that have a row for each record read so far. A write has one, so that its checks read each record once.
#[derive(Default)]
pub(in crate::service::write) struct Memberships(HashMap<Subject, Vec<DatasetId>>);

impl Memberships {
    /// Reads the data sets of some records. It always takes the same round trips, so that the time does not tell a hidden record
    /// from an absent one.
    pub(in crate::service::write) async fn load<R: Reader>(
        &mut self,
        at: &R,
        subjects: &[Subject],
    ) -> StoreResult<()> {
        let mut missing = self.missing(subjects);
        let count = missing.len();
        missing.extend(SourceId::parse("-").map(Subject::Source));
        missing.extend(RelationId::parse("-").map(Subject::Relation));
        let members = at.memberships(&missing).await?;
        self.0.extend(missing.into_iter().zip(members).take(count));
        Ok(())
    }

    /// Reads the data sets of the records that were not read yet; no call if there are none. Only for records whose presence is no
    /// secret: the number of calls tells what was read.
    pub(in crate::service::write) async fn load_missing<R: Reader>(
        &mut self,
        at: &R,
        subjects: &[Subject],
    ) -> StoreResult<()> {
        let missing = self.missing(subjects);
        if !missing.is_empty() {
            let members = at.memberships(&missing).await?;
            self.0.extend(missing.into_iter().zip(members));
        }
        Ok(())
    }

    /// The data sets of a record that was read, sorted.
    pub(in crate::service::write) fn of(&self, subject: &Subject) -> &[DatasetId] {
        self.0.get(subject).map_or(&[][..], Vec::as_slice)
    }

    fn missing(&self, subjects: &[Subject]) -> Vec<Subject> {
        let missing = subjects.iter().filter(|subject| !self.0.contains_key(*subject));
        missing.cloned().collect()
    }
}
