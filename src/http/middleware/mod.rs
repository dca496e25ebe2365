//! What happens around every route, before and after its handler. `router` in `src/http/mod.rs` has the order.

pub(super) mod compress;
pub(super) mod deadline;
pub(super) mod hosts;
pub(super) mod origin;
pub(super) mod panics;
pub(super) mod security_headers;
pub(super) mod spare;
