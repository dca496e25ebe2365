//! Visibility: which data sets a principal may see. Decided here for every read, and enforced by the store.

use crate::model::principal::{DatasetScope, Principal, Role};
use crate::store::VisibilityFilter;

/// The visibility of a principal: an admin sees everything; a principal with named data sets also sees the
/// restricted ones among them; everyone sees what is public.
pub(super) fn visibility_of(principal: &Principal) -> VisibilityFilter {
    match (principal.role, &principal.scope) {
        (Role::Admin, _) => VisibilityFilter::All,
        (Role::Reader | Role::Editor, DatasetScope::Unscoped) => VisibilityFilter::public(),
        (Role::Reader | Role::Editor, DatasetScope::Only(datasets)) => {
            VisibilityFilter::Only(datasets.clone())
        }
    }
}
