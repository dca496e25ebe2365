//! The handlers of the routes, one file or folder for each. Start at `graphql`; `router` in `src/http/mod.rs` lists the paths.

pub(super) mod assets;
pub(super) mod export;
pub(super) mod graphql;
pub(super) mod health;
pub(super) mod pages;
pub(super) mod sources;
pub(super) mod stream;
pub(super) mod ws;
