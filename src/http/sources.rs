//! `/sources`: the texts that the operator supplied, so that a quotation can be seen where it stands.
//!
//! A text is found by its source's id and the hash recorded with it, never by a path: what is not a source of the graph, or is
//! another edition of one, is not there.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::Problem;
use super::media::Media;
use super::{App, assets, pages};
use crate::dataset::{source_text, supplied_sources};
use crate::graphql::Code;
use crate::model::id::SourceId;
use crate::model::principal::Principal;
use crate::service::ServiceError;

/// The ids of the sources of which there is a text.
pub(super) async fn list(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
) -> Response {
    let limit = app.config.limits.request();
    let found = async {
        let session = app.service.session(&principal).await?;
        supplied_sources(&session, &app.config.sources).await
    };
    match tokio::time::timeout(limit, found).await {
        Ok(Ok(ids)) => {
            let ids: Vec<&str> = ids.iter().map(SourceId::as_str).collect();
            (
                [(CACHE_CONTROL, "no-cache")],
                axum::Json(json!({ "sources": ids })),
            )
                .into_response()
        }
        Ok(Err(error)) => away(&error),
        Err(_) => super::graphql::late(&app, Media::Json),
    }
}

/// The text of a source.
pub(super) async fn text(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let limit = app.config.limits.request();
    let found = async {
        let session = app.service.session(&principal).await?;
        source_text(&session, &app.config.sources, &id).await
    };
    match tokio::time::timeout(limit, found).await {
        Ok(Ok(Some(text))) => assets::tagged("text/plain; charset=utf-8", text.into_bytes().into(), &headers),
        Ok(Ok(None)) => pages::not_found(&app.config),
        Ok(Err(error)) => away(&error),
        Err(_) => super::graphql::late(&app, Media::Json),
    }
}

fn away(error: &ServiceError) -> Response {
    tracing::error!(%error, "a source's text could not be looked up");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::StoreUnavailable.as_str(),
        "the store does not answer; try again when it does",
    )
    .into_response(Media::Json)
}
