//! The default store: an in-memory graph for walking over a durable SQLite file.

mod reader;

pub use reader::EmbeddedReader;

use super::{Answer, Outcome, Plan, Store};

/// The default store.
pub struct EmbeddedStore;

impl Store for EmbeddedStore {
    type Reader = EmbeddedReader;

    async fn reader(&self) -> Answer<EmbeddedReader> {
        todo!()
    }

    async fn commit<P: Plan>(&self, _plan: P) -> Answer<Outcome<P::Refusal>> {
        todo!()
    }
}
