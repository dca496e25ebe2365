//! Input type for observations.

use async_graphql::{ID, InputObject};

use super::quantity::QuantityInput;
use super::{InputReader, RecordInput, StatementInput};
use crate::model::change::Record;
use crate::model::id::{EntityId, ObservationId};
use crate::model::period::Period;
use crate::model::quantity::Measure;
use crate::model::record::Observation;

/// An observation with its evidence. The record is written as a whole: a field that is left out becomes
/// empty.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct ObservationInput {
    /// Id of the observation.
    id: ID,
    /// Id of the observed entity.
    entity_id: ID,
    /// Observed indicator, such as `COMMUTERS_GROWTH`.
    indicator: String,
    /// Observed value.
    quantity: QuantityInput,
    /// Period of the observation: `2024`, `2024-03`, `2024-03-05` or `from/to`.
    period: Option<String>,
    /// Id of the data set that states the record; the same for all records of a call. Default: the only data
    /// set that the key is for, or the only one there is.
    dataset_id: Option<ID>,
    /// Statements about the record; at least one must be about the observation as a whole.
    statements: Vec<StatementInput>,
}

impl RecordInput for ObservationInput {
    fn dataset_id(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reader: &mut InputReader, path: &str) {
        let id = reader.parse(|| format!("{path}.id"), &self.id, ObservationId::parse);
        let entity = reader.parse(|| format!("{path}.entityId"), &self.entity_id, EntityId::parse);
        let quantity = self
            .quantity
            .read(reader, &format!("{path}.quantity"), Measure::Stock);
        let period = self
            .period
            .filter(|text| !text.is_empty())
            .and_then(|text| reader.parse(|| format!("{path}.period"), &text, Period::parse));
        let (Some(id), Some(entity), Some(quantity)) = (id, entity, quantity) else {
            return;
        };
        let observation = Observation {
            id,
            entity,
            indicator: self.indicator,
            quantity,
            period,
        };
        reader.add_record(path, Record::Observation(observation), self.statements);
    }
}
