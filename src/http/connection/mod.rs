//! Connections from accept to close, whatever is served over them. Start at `server`.

mod idle_timeout;
mod parser_errors;
pub(super) mod server;
mod stall;
