//! The limits from the settings.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context as _;

use super::settings::Settings;
use crate::dataset::SourceFiles;
use crate::graphql::DocumentLimits;
use crate::{http, service};

impl Settings {
    /// The limits of the service.
    pub(super) fn service_limits(&self) -> service::Limits {
        service::Limits {
            work_threads: self.work_threads,
            trace_work_max: self.trace_work_max,
            trace_ms_max: self.trace_ms_max,
            flow_relations_max: self.flow_relations_max,
            flow_work_max: self.flow_work_max,
            flow_ms_max: self.flow_ms_max,
            ledger_relations_max: self.ledger_relations_max,
            indicator_facts_max: self.indicator_facts_max,
            robustness_sources_max: self.robustness_sources_max,
            search_candidates_max: self.search_candidates_max,
            aggregate_entities_max: self.aggregate_entities_max,
            neighbourhood_entities_max: self.neighbourhood_entities_max,
            ids_max: self.ids_max,
            write_records_max: self.write_records_max,
        }
    }

    /// The limits of a GraphQL document.
    pub(super) fn document_limits(&self) -> DocumentLimits {
        DocumentLimits {
            document_bytes_max: self.document_bytes_max,
            nesting_max: self.nesting_max,
            depth_max: self.depth_max,
            fields_max: self.fields_max,
            aliases_max: self.aliases_max,
            directives_max: self.directives_max,
            cost_max: self.cost_max,
            rows_max: self.rows_max,
            answer_bytes_max: self.answer_bytes_max,
            memory_max: self.memory_max,
        }
    }

    /// The configuration of the HTTP server. Reads the source files, if a directory is given.
    pub(super) fn http_config(&self, auth: http::AuthConfig) -> anyhow::Result<http::Config> {
        let limits = http::HttpLimits {
            body_bytes_max: self.body_bytes_max,
            write_bytes_max: self.write_bytes_max,
            drain_bytes_max: self.drain_bytes_max,
            drain_pause_ms_max: self.drain_pause_ms_max,
            request_ms_max: self.request_ms_max,
            concurrent_max: self.concurrent_max,
            queue_max: self.queue_max,
            retry_after_s: self.retry_after_s,
            shutdown_ms_max: self.shutdown_ms_max,
            connections_max: self.connections_max,
            connections_each_max: self.connections_each_max,
            connections_health_max: self.connections_health_max,
            header_ms_max: self.header_ms_max,
            idle_ms_max: self.idle_ms_max,
            document: self.document_limits(),
            feed: super::feed::limits(self),
        };
        super::hosts::warn_of_deprecated(self);
        let health = self.health_listen.map(listen).transpose()?;
        let sources = self.sources.as_deref().map(SourceFiles::open).transpose()?;
        Ok(http::Config {
            limits,
            graphiql: self.graphiql,
            introspection: self.introspection,
            auth,
            health: health.map(Arc::new),
            sources: Arc::new(sources.unwrap_or_default()),
            empty: self.empty,
            hosts: super::hosts::hosts(self),
            origins: super::hosts::origins(self),
        })
    }
}

/// Binds the health address before the store is opened, so that an address in use is reported at once.
fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!(
            "cannot listen on {address}; stop the process that uses it, or choose another --health-listen"
        )
    })
}
