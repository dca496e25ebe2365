//! The settings of the server's edges: what it is called, and which pages may ask it.

use super::settings::{Settings, UsageError};

/// Refuses what is not a host or an origin: it would never fit a request, and pages would be refused without a word.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    if let Some(other) = hosts(settings).iter().find(|host| !is_host(host)) {
        return Err(UsageError::new(format!(
            "--hosts `{other}`: write a name as hukun.example.org, without a scheme, port or path, or * for every name"
        )));
    }
    match origins(settings).iter().find(|text| !is_origin(text)) {
        Some(other) => Err(UsageError::new(format!(
            "--origins `{other}`: write an origin as https://example.org, without a path"
        ))),
        None => Ok(()),
    }
}

/// The names under which the server is asked for.
pub(super) fn hosts(settings: &Settings) -> Vec<String> {
    words(&settings.hosts)
}

/// The origins whose pages may ask; those of the older setting too.
pub(super) fn origins(settings: &Settings) -> Vec<String> {
    let mut origins = words(&settings.origins);
    let older = words(&settings.feed_origins);
    origins.extend(older);
    origins.sort_unstable();
    origins.dedup();
    origins
}

/// Tells of a setting that has another name now.
pub(super) fn warn_of_older_names(settings: &Settings) {
    if !settings.feed_origins.is_empty() {
        tracing::warn!("--feed-origins is deprecated: write --origins, which means the same");
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([' ', ',', '\t', '\n']);
    words.filter(|word| !word.is_empty()).map(String::from).collect()
}

fn is_host(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '[' | ']');
    text == "*" || text.chars().all(fits)
}

/// Whether a text is an origin as browsers send it: a scheme, a host, and a port where it is not the scheme's own.
fn is_origin(text: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '*', '@', '?', '#']))
}
