//! Reading from Neo4j at one revision; see [`crate::store::neo4j::driver::client`] for how that is checked.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::clauses::filter::FilterCompiler;
use super::clauses::visibility::{ReadScope, VisibilityClauses};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::selector::AsOf;
use crate::store::neo4j::cache::{CountCache, RedirectMap};
use crate::store::neo4j::driver::graph_state::GraphState;
use crate::store::neo4j::driver::statement::CypherStatement;
use crate::store::neo4j::provenance::ProvenanceCache;
use crate::store::neo4j::shared::SharedState;
use crate::store::{StoreResult, VisibilityFilter};

/// A reader of one revision. When the graph has a newer one, each read is a stale read.
#[derive(Clone)]
pub struct Neo4jReader {
    shared: Arc<SharedState>,
    pub(in crate::store) redirects: Arc<RedirectMap>,
    pub(super) visibility: Arc<VisibilityClauses>,
    revision: Revision,
    /// Prevents commits while the reader, or a copy of it, lives.
    _hold: Option<Arc<dyn Send + Sync>>,
}

impl Neo4jReader {
    /// A reader at the revision of a state of the graph, with a visibility filter.
    pub(in crate::store) async fn at(
        shared: &Arc<SharedState>,
        state: GraphState,
        visibility: &VisibilityFilter,
    ) -> StoreResult<Self> {
        let mut reader = Self {
            shared: shared.clone(),
            redirects: Arc::default(),
            visibility: Arc::default(),
            revision: state.revision,
            _hold: None,
        };
        let lookups = match shared.lookups.get(state.merged_at) {
            Some(lookups) => lookups,
            None => shared.lookups.put(state.merged_at, reader.read_lookups().await?),
        };
        reader.redirects = lookups.redirects;
        let hidden = visibility.hidden_among_restricted(&lookups.restricted);
        if !hidden.is_empty() {
            reader.visibility = Arc::new(VisibilityClauses { hidden });
        }
        Ok(reader)
    }

    /// The revision it reads at.
    pub(super) fn snapshot_revision(&self) -> Revision {
        self.revision
    }

    /// The scope of a read at a date.
    pub(super) fn scope(&self, at: AsOf) -> ReadScope {
        ReadScope {
            at,
            is_restricted: self.visibility.hides(),
        }
    }

    /// A filter compiler for a read at a date.
    pub(super) fn filter(&self, at: AsOf) -> FilterCompiler {
        FilterCompiler::new(self.scope(at), &self.redirects)
    }

    /// The provenances that this process has read.
    pub(super) fn provenances(&self) -> &ProvenanceCache {
        &self.shared.provenances
    }

    /// The numbers of records that this process has counted.
    pub(super) fn counts(&self) -> &CountCache {
        &self.shared.counts
    }

    /// The canonical id of an id: the id itself if it was not merged or is unknown.
    pub(in crate::store) fn canonical<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.redirects.get(id).unwrap_or(id)
    }

    /// The reader, with a hold that keeps its snapshot readable.
    pub(in crate::store) fn holding(self, hold: impl Send + Sync + 'static) -> Self {
        Self {
            _hold: Some(Arc::new(hold)),
            ..self
        }
    }

    /// Sends a statement and returns each row's `row`, read as `T`.
    pub(in crate::store) async fn ask<T: DeserializeOwned>(
        &self,
        statement: CypherStatement,
    ) -> StoreResult<Vec<T>> {
        let _waiting = self.shared.client.wait();
        self.shared
            .client
            .read(self.revision, self.visibility.apply(statement))
            .await
    }

    /// Sends several statements at once. The rows are in the order of the statements.
    pub(in crate::store) async fn ask_all<T: DeserializeOwned>(
        &self,
        statements: impl IntoIterator<Item = CypherStatement>,
    ) -> StoreResult<Vec<T>> {
        use futures_util::{StreamExt as _, TryStreamExt as _};
        // Collected first: the compiler cannot name the lifetimes of the futures in a stream.
        let client = &self.shared.client;
        let asked: Vec<_> = statements
            .into_iter()
            .map(|statement| client.read::<T>(self.revision, self.visibility.apply(statement)))
            .collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let _waiting = client.wait();
        let at_once = (client.options().limits.connections_max / 4).max(1);
        let rows: Vec<Vec<T>> = futures_util::stream::iter(asked)
            .buffered(at_once)
            .try_collect()
            .await?;
        Ok(rows.into_iter().flatten().collect())
    }
}
