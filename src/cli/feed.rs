//! The settings of subscription connections.

use super::settings::Settings;
use crate::http::FeedLimits;

/// The limits of subscription connections.
pub(super) fn limits(settings: &Settings) -> FeedLimits {
    FeedLimits {
        connections_max: settings.feed_connections_max,
        connections_each_max: settings.feed_connections_each_max,
        operations_max: settings.feed_operations_max,
        message_bytes_max: settings.feed_message_bytes_max,
        init_ms_max: settings.feed_init_ms_max,
        ping_ms: settings.feed_ping_ms,
        send_ms_max: settings.feed_send_ms_max,
        queue_max: settings.feed_queue_max,
        concurrent_max: settings.feed_concurrent_max,
    }
}
