//! Relations.

use async_graphql::{ID, InputObject};

use super::quantity::QuantityInput;
use super::{Reading, StatementInput, Written};
use crate::graphql::scalars::{Decimal, PartialDate};
use crate::model::change::Record;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::quantity::Measure;
use crate::model::relation::{Driver, FlowDirection, Relation, Resource};

/// A relation with its evidence. It is written whole: a field left out is emptied.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RelationInput {
    /// Its key.
    id: ID,
    /// Its kind; `ontology` says which ends it may have.
    kind: RelationKind,
    /// Where it begins.
    from_id: ID,
    /// Where it ends.
    to_id: ID,
    /// What it carries, where its kind leaves that to the relation.
    resource: Option<Resource>,
    /// Which way it carries, where it does not go as its kind does.
    flow: Option<FlowDirection>,
    /// How much.
    quantity: Option<QuantityInput>,
    /// The part of the whole, 0–1. `CARRIED_BY` has a share or a quantity, not both.
    share: Option<Decimal>,
    /// The programmes it falls under.
    under: Option<Vec<ID>>,
    /// What drives it.
    driver: Option<Driver>,
    /// From when it held.
    valid_from: Option<PartialDate>,
    /// Until when.
    valid_to: Option<PartialDate>,
    /// The data set that says so; one for a whole call. Null: the only one that the key is for, or that there is.
    dataset_id: Option<ID>,
    /// Who says so; one at least speaks of the relation as a whole.
    statements: Vec<StatementInput>,
}

impl Written for RelationInput {
    fn dataset(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reading: &mut Reading, path: &str) {
        let id = reading.parse(|| format!("{path}.id"), &self.id, RelationId::parse);
        let from = reading.parse(|| format!("{path}.fromId"), &self.from_id, EntityId::parse);
        let to = reading.parse(|| format!("{path}.toId"), &self.to_id, EntityId::parse);
        let under = self.under.unwrap_or_default();
        let under = reading.parse_all(&format!("{path}.under"), &under, EntityId::parse);
        let quantity = self
            .quantity
            .and_then(|one| one.read(reading, &format!("{path}.quantity"), Measure::Cumulative));
        let validity = reading.validity(path, self.valid_from, self.valid_to);
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
        reading.record(path, Record::Relation(relation), self.statements);
    }
}
