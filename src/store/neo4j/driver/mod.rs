//! Access to the server: connections, transactions, statements and errors.

mod circuit;
pub(in crate::store) mod client;
pub(in crate::store) mod connection;
pub(in crate::store) mod error;
pub(in crate::store) mod graph_state;
pub(in crate::store) mod leases;
mod logins;
pub(in crate::store) mod options;
pub(in crate::store) mod ownership;
mod pool;
pub(in crate::store) mod statement;
mod tls;
pub(in crate::store) mod transaction;
