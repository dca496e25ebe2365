//! Input type for relations.

use async_graphql::{ID, InputObject};

use super::quantity::QuantityInput;
use super::{InputReader, RecordInput, StatementInput};
use crate::graphql::scalars::{Decimal, PartialDate};
use crate::model::change::Record;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::quantity::Measure;
use crate::model::relation::{Driver, Relation};
use crate::model::resource::Resource;

/// A relation with its evidence. The record is written as a whole: a field that is left out becomes empty.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RelationInput {
    /// Id of the relation.
    id: ID,
    /// Kind; `ontology` lists the ends that it permits.
    kind: RelationKind,
    /// Id of the entity at which the relation begins.
    from_id: ID,
    /// Id of the entity at which the relation ends.
    to_id: ID,
    /// Resource that the relation carries, if its kind leaves that to the relation.
    resource: Option<Resource>,
    /// Direction of the flow, if it differs from that of the kind.
    flow: Option<FlowDirection>,
    /// Amount of the relation.
    quantity: Option<QuantityInput>,
    /// Share of the whole, 0–1. `CARRIED_BY` has a share or a quantity, not both.
    share: Option<Decimal>,
    /// Ids of the programs that the relation falls under.
    under: Option<Vec<ID>>,
    /// Driver of the relation.
    driver: Option<Driver>,
    /// Date from which the relation holds.
    valid_from: Option<PartialDate>,
    /// Date until which the relation holds.
    valid_to: Option<PartialDate>,
    /// Id of the data set that states the record; the same for all records of a call. Default: the only data
    /// set that the key is for, or the only one there is.
    dataset_id: Option<ID>,
    /// Statements about the record; at least one must be about the relation as a whole.
    statements: Vec<StatementInput>,
}

impl RecordInput for RelationInput {
    fn dataset_id(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reader: &mut InputReader, path: &str) {
        let id = reader.parse(|| format!("{path}.id"), &self.id, RelationId::parse);
        let from = reader.parse(|| format!("{path}.fromId"), &self.from_id, EntityId::parse);
        let to = reader.parse(|| format!("{path}.toId"), &self.to_id, EntityId::parse);
        let under = self.under.unwrap_or_default();
        let under = reader.parse_all(&format!("{path}.under"), &under, EntityId::parse);
        let quantity = self
            .quantity
            .and_then(|one| one.read(reader, &format!("{path}.quantity"), Measure::Cumulative));
        let validity = reader.validity(path, self.valid_from, self.valid_to);
        let (Some(id), Some(from), Some(to)) = (id, from, to) else {
            return;
        };
        let relation = Relation {
            id,
            kind: self.kind,
            from,
            to,
            stated_resource: self.resource,
            stated_flow: self.flow,
            quantity,
            share: self.share.map(|share| share.0),
            under,
            driver: self.driver.unwrap_or(Driver::Unstated),
            validity,
        };
        reader.add_record(path, Record::Relation(relation), self.statements);
    }
}
