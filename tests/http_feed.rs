//! Following the changes over real connections: WebSocket and server-sent events.

mod clients;
mod limits;
mod protocol;
mod replay;
mod restart;
mod resume;
mod scale;
mod server;
mod streams;
