//! The settings of host names and web origins.

use super::settings::Settings;
use super::usage::UsageError;

/// Checks the host names and origins. A malformed one would never match a request, and pages would be rejected without notice.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    if let Some(other) = hosts(settings).iter().find(|host| !is_host(host)) {
        return Err(UsageError::new(format!(
            "--hosts `{other}`: not a valid host name (expected hukun.example.org, without scheme, port or path, or * for every name)"
        )));
    }
    match origins(settings).iter().find(|text| !is_origin(text)) {
        Some(other) => Err(UsageError::new(format!(
            "--origins `{other}`: not a valid origin (expected https://example.org, without a path)"
        ))),
        None => Ok(()),
    }
}

/// The host names of the server.
pub(super) fn hosts(settings: &Settings) -> Vec<String> {
    words(&settings.hosts)
}

/// The origins whose pages may send requests, with those of the deprecated setting.
pub(super) fn origins(settings: &Settings) -> Vec<String> {
    let mut origins = words(&settings.origins);
    origins.extend(words(&settings.feed_origins));
    origins.sort_unstable();
    origins.dedup();
    origins
}

/// Logs a warning for a deprecated setting.
pub(super) fn warn_of_deprecated(settings: &Settings) {
    if !settings.feed_origins.is_empty() {
        tracing::warn!("--feed-origins is deprecated; use --origins instead, which means the same");
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([' ', ',', '\t', '\n']);
    words.filter(|word| !word.is_empty()).map(String::from).collect()
}

fn is_host(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '[' | ']');
    text == "*" || text.chars().all(is_allowed)
}

/// Whether a text is an origin as browsers send it: a scheme, a host, and a non-default port.
fn is_origin(text: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '*', '@', '?', '#']))
}
