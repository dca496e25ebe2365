//! What of the graph is whose to see: decided here for everything that reads, and kept by the store.

use crate::model::principal::{Principal, Role, Scope};
use crate::store::View;

/// What a principal sees: an admin all; who was given data sets by name those of them that are restricted; everyone what is public.
pub(super) fn of(principal: &Principal) -> View {
    match (principal.role, &principal.scope) {
        (Role::Admin, _) => View::All,
        (Role::Reader | Role::Editor, Scope::Unscoped) => View::public(),
        (Role::Reader | Role::Editor, Scope::Only(datasets)) => View::Only(datasets.clone()),
    }
}
