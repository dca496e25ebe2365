//! Observations.

use async_graphql::{ID, InputObject};

use super::quantity::QuantityInput;
use super::{Reading, StatementInput, Written};
use crate::model::change::Record;
use crate::model::id::{EntityId, ObservationId};
use crate::model::period::Period;
use crate::model::quantity::Measure;
use crate::model::record::Observation;

/// An observation with its evidence. It is written whole: a field left out is emptied.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct ObservationInput {
    /// Its key.
    id: ID,
    /// Of whom.
    entity_id: ID,
    /// What was observed: `COMMUTERS_GROWTH`.
    indicator: String,
    /// How much.
    quantity: QuantityInput,
    /// When: `2024`, `2024-03`, `2024-03-05` or `from/to`.
    period: Option<String>,
    /// The data set that says so; one for a whole call. Null: the only one that the key is for, or that there is.
    dataset_id: Option<ID>,
    /// Who says so; one at least speaks of the observation as a whole.
    statements: Vec<StatementInput>,
}

impl Written for ObservationInput {
    fn dataset(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reading: &mut Reading, path: &str) {
        let id = reading.parse(|| format!("{path}.id"), &self.id, ObservationId::parse);
        let entity = reading.parse(|| format!("{path}.entityId"), &self.entity_id, EntityId::parse);
        let quantity = self
            .quantity
            .read(reading, &format!("{path}.quantity"), Measure::Stock);
        let period = self
            .period
            .filter(|text| !text.is_empty())
            .and_then(|text| reading.parse(|| format!("{path}.period"), &text, Period::parse));
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
        reading.record(path, Record::Observation(observation), self.statements);
    }
}
