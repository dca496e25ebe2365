//! Upserts: a batch is reconciled with the stored records, and the difference is written.

mod apply_redirects;
mod entity;
mod former_ids;
pub(super) mod joint;
mod overlay;
pub(super) mod plan;
mod reconcile;
mod redirects;
mod replace;
mod statements;
pub(super) mod summary;
mod target;
