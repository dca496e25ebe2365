//! The settings of who may follow the changes, and how.

use super::settings::{Settings, UsageError};
use crate::http::FeedLimits;

/// Refuses what is no origin: a page of it would be refused without a word.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    let is_origin = |text: &str| {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    };
    match origins(settings).into_iter().find(|text| !is_origin(text)) {
        Some(other) => Err(UsageError::new(format!(
            "--feed-origins `{other}`: write an origin as https://example.org, without a path"
        ))),
        None => Ok(()),
    }
}

/// The limits that the settings give.
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
        origins: origins(settings),
    }
}

fn origins(settings: &Settings) -> Vec<String> {
    settings
        .feed_origins
        .split_whitespace()
        .map(String::from)
        .collect()
}
