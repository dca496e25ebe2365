//! How many connections, subscription connections and requests are served at a time. Start at `connection_quota`.

pub(super) mod concurrency;
pub(super) mod connection_quota;
pub(super) mod feed_quota;
