//! Amounts as far as they are known.

use async_graphql::Object;

use crate::graphql::scalars::Decimal;
use crate::model;
use crate::model::ontology::RelationKind;
use crate::model::quantity::{Measure, Qualifier, QuantityStatus, UnknownReason};

/// An amount as far as it is known.
#[derive(Clone)]
pub(in crate::graphql) struct Quantity {
    effective: model::quantity::Quantity,
    status: Option<QuantityStatus>,
    /// What the record's own row gives; none: only statements give an amount.
    own: Option<Box<model::quantity::Quantity>>,
}

impl From<model::quantity::Quantity> for Quantity {
    // Where statements differ from the row, what they make of it together counts.
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
    /// A sum of amounts of one status.
    pub(in crate::graphql) fn of_status(quantity: model::quantity::Quantity, status: QuantityStatus) -> Self {
        Self {
            status: Some(status),
            ..quantity.into()
        }
    }

    /// The amount of a relation: what something is said to leverage is claimed, whatever its basis.
    pub(in crate::graphql) fn of_relation(quantity: model::quantity::Quantity, kind: RelationKind) -> Self {
        let status = kind.status_of(Some(quantity.effective()));
        Self {
            status,
            ..quantity.into()
        }
    }
}

/// An amount as far as it is known. What is not known is null, never zero; amounts of different unit or status are never
/// added.
#[Object]
impl Quantity {
    /// The least it may be; null where nothing is known.
    async fn lower(&self) -> Option<Decimal> {
        self.effective.lower().map(Decimal)
    }
    /// The most it may be; null where there is no upper end or none is known.
    async fn upper(&self) -> Option<Decimal> {
        self.effective.upper().map(Decimal)
    }
    /// Whether it is strictly more than `lower`: 「超50亿元」 is (5000000000, ∞).
    async fn lower_exclusive(&self) -> bool {
        self.effective.lower_exclusive()
    }
    /// Whether it is strictly less than `upper`: 「不足5亿元」 is [0, 500000000).
    async fn upper_exclusive(&self) -> bool {
        self.effective.upper_exclusive()
    }
    /// The unit's code: CNY (yuan), PERSON, PROJECT …; null where no amount is known.
    async fn unit(&self) -> Option<&str> {
        self.effective.unit().map(model::quantity::Unit::as_str)
    }
    /// What kind of amount it is: `PAID_IN`, `INVESTED`, `COMMITTED`, `MEASURED` …
    async fn basis(&self) -> Option<&'static str> {
        self.effective.basis().map(model::quantity::Basis::name)
    }
    /// What it is worth as a fact; null for a measured amount.
    async fn status(&self) -> Option<QuantityStatus> {
        self.status
    }
    /// How it relates to time.
    async fn measure(&self) -> Measure {
        self.effective.measure()
    }
    /// How the source gives it.
    async fn qualifier(&self) -> Qualifier {
        self.effective.qualifier()
    }
    /// Why the amount is not known though the record has one: then `lower` and `upper` are null, and unit, basis and measure are the
    /// record's. Null where that is not so. `extensions.statedLater` counts them over the answer.
    async fn unknown_reason(&self) -> Option<UnknownReason> {
        self.effective.unknown_reason()
    }
    /// The words of the source.
    async fn original_text(&self) -> Option<&str> {
        self.effective.original_text()
    }
    /// The amount as the record's own row gives it, where statements may have made another of it; null where only statements
    /// give one.
    async fn own(&self) -> Option<Self> {
        let own = self.own.as_deref()?;
        Some(Self {
            status: own.status(),
            effective: own.clone().kept(None, false, false),
            own: Some(Box::new(own.clone())),
        })
    }
    /// Whether statements differ on it, so that it spans what they say.
    async fn contested(&self) -> bool {
        self.effective.is_contested()
    }
}
