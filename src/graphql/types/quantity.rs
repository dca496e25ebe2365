//! Quantities: amounts as intervals.

use async_graphql::Object;

use crate::graphql::scalars::Decimal;
use crate::model;
use crate::model::ontology::RelationKind;
use crate::model::quantity::{Measure, Qualifier, QuantityStatus, UnknownReason};

/// An amount as an interval, with its status.
#[derive(Clone)]
pub(in crate::graphql) struct Quantity {
    effective: model::quantity::Quantity,
    status: Option<QuantityStatus>,
    /// Amount that the record's own row states; none if only statements state one.
    own: Option<Box<model::quantity::Quantity>>,
}

impl From<model::quantity::Quantity> for Quantity {
    // If statements differ from the row, the amount that results from all of them counts.
    fn from(quantity: model::quantity::Quantity) -> Self {
        let effective = quantity.effective().clone();
        Self {
            status: effective.status(),
            effective,
            own: (!quantity.is_implicit()).then(|| Box::new(quantity)),
        }
    }
}

impl Quantity {
    /// Creates the sum of amounts of one status.
    pub(in crate::graphql) fn of_status(quantity: model::quantity::Quantity, status: QuantityStatus) -> Self {
        Self {
            status: Some(status),
            ..quantity.into()
        }
    }

    /// Creates the amount of a relation. A leveraged amount has the status CLAIMED, whatever its basis.
    pub(in crate::graphql) fn of_relation(quantity: model::quantity::Quantity, kind: RelationKind) -> Self {
        let status = kind.status_of(Some(quantity.effective()));
        Self {
            status,
            ..quantity.into()
        }
    }
}

/// An amount as an interval, with unit, basis, measure and qualifier. Unknown values are null, never zero. Amounts of different unit
/// or status are never added.
#[Object]
impl Quantity {
    /// Minimum. Null if nothing is known about the amount.
    async fn lower(&self) -> Option<Decimal> {
        self.effective.lower().map(Decimal)
    }
    /// Maximum. Null if there is no upper bound or none is known.
    async fn upper(&self) -> Option<Decimal> {
        self.effective.upper().map(Decimal)
    }
    /// Whether the amount is strictly greater than `lower`: 「超50亿元」 is (5000000000, ∞).
    async fn lower_exclusive(&self) -> bool {
        self.effective.lower_exclusive()
    }
    /// Whether the amount is strictly less than `upper`: 「不足5亿元」 is [0, 500000000).
    async fn upper_exclusive(&self) -> bool {
        self.effective.upper_exclusive()
    }
    /// Code of the unit: CNY (yuan), PERSON, PROJECT and so on. Null if no amount is known.
    async fn unit(&self) -> Option<&str> {
        self.effective.unit().map(model::quantity::Unit::as_str)
    }
    /// What the amount counts: `PAID_IN`, `INVESTED`, `COMMITTED`, `MEASURED` and so on. Null if it is not known.
    async fn basis(&self) -> Option<&'static str> {
        self.effective.basis().map(model::quantity::Basis::name)
    }
    /// Status: realized, promised or claimed. Null for a measured amount.
    async fn status(&self) -> Option<QuantityStatus> {
        self.status
    }
    /// Relation of the amount to time.
    async fn measure(&self) -> Measure {
        self.effective.measure()
    }
    /// How the source states the amount.
    async fn qualifier(&self) -> Qualifier {
        self.effective.qualifier()
    }
    /// Reason why the amount is unknown although the record has one. `lower` and `upper` are then null, and unit, basis and measure are
    /// those of the record. Null otherwise. `extensions.statedLater` counts such amounts in the response.
    async fn unknown_reason(&self) -> Option<UnknownReason> {
        self.effective.unknown_reason()
    }
    /// Wording of the source.
    async fn original_text(&self) -> Option<&str> {
        self.effective.original_text()
    }
    /// Amount that the record's own row states, before statements are taken into account. Null if only statements state an
    /// amount.
    async fn own(&self) -> Option<Self> {
        let own = self.own.as_deref()?;
        Some(Self {
            status: own.status(),
            effective: own.clone().with_resolution(None, false, false),
            own: Some(Box::new(own.clone())),
        })
    }
    /// Whether statements disagree about the amount, so that the interval covers all of them.
    async fn contested(&self) -> bool {
        self.effective.is_contested()
    }
}
