//! The truncation of a value whose parts are computed as the query selects them, each with a work limit of its own.

use async_graphql::Context;
use parking_lot::Mutex;

use crate::graphql::request_context::request_context;
use crate::model::walk::TruncationReason;

/// Why a value is incomplete: the reasons of the parts that were computed.
///
/// Each part notes its own reason when it is computed, so that none has to be computed, or its arguments read, a second time to find
/// out.
#[derive(Default)]
pub(super) struct Truncation(Mutex<Option<TruncationReason>>);

impl Truncation {
    /// Notes why a part is incomplete; `None` if it is complete.
    pub(super) fn note(&self, reason: Option<TruncationReason>) {
        let mut noted = self.0.lock();
        // The first in the order of the list, so that the answer does not depend on the order of the selections.
        *noted = noted.into_iter().chain(reason).min();
    }

    /// Why a selected part is incomplete; `None` if all are complete.
    ///
    /// Fields of one value begin together, and a part is computed before its field waits for a store. So all selected parts have been
    /// noted when nothing else can proceed, wherever they are in the query.
    pub(super) async fn of_selected_parts(&self, ctx: &Context<'_>) -> Option<TruncationReason> {
        request_context(ctx).idle().await;
        *self.0.lock()
    }
}
