//! `/sources`: source texts that the operator supplied, so that a quotation can be shown in its context.
//!
//! A text is found by the id of its source and the hash that the graph records for it, never by a path. A
//! file that is not a source of the graph, or is another edition of one, is not served.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::graphql::{WorkError, busy, timeout};
use super::pages;
use crate::dataset::{source_text, supplied_sources};
use crate::graphql::ErrorCode;
use crate::http::App;
use crate::http::middleware::deadline::Deadline;
use crate::http::response::answer::HttpError;
use crate::http::response::etag::tagged;
use crate::http::response::media::Media;
use crate::model::id::SourceId;
use crate::model::principal::Principal;
use crate::service::ServiceError;

/// The ids of the sources whose text is available.
pub(in crate::http) async fn list(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(deadline): Extension<Deadline>,
    headers: HeaderMap,
) -> Response {
    let media = Media::of(&headers);
    let (service, sources) = (app.service.clone(), app.config.sources.clone());
    let list = async move || {
        let session = service.session(&principal).await?;
        let ids = supplied_sources(&session, &sources).await?;
        let ids: Vec<&str> = ids.iter().map(SourceId::as_str).collect();
        let body = axum::Json(json!({ "sources": ids }));
        Ok(([(CACHE_CONTROL, "no-cache")], body).into_response())
    };
    run_lookup(&app, list, deadline, media).await
}

/// The text of a source, or 404 if it is not available.
pub(in crate::http) async fn text(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(deadline): Extension<Deadline>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(id)) = id else {
        return pages::not_found(&app.config, &headers);
    };
    let media = Media::of(&headers);
    let (service, config) = (app.service.clone(), app.config.clone());
    let text = async move || {
        let session = service.session(&principal).await?;
        let text = source_text(&session, &config.sources, &id).await?;
        Ok(match text {
            Some(text) => tagged("text/plain; charset=utf-8", text.into_bytes().into(), &headers),
            None => pages::not_found(&config, &headers),
        })
    };
    run_lookup(&app, text, deadline, media).await
}

/// Runs a lookup on a work thread, because the store may first have to build the graph that is visible to the
/// principal. `media` is the format of an error.
async fn run_lookup<F>(
    app: &App,
    work: impl FnOnce() -> F + Send + 'static,
    deadline: Deadline,
    media: Media,
) -> Response
where
    F: Future<Output = Result<Response, ServiceError>>,
{
    match deadline.limit(app.work(work)).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(error))) => store_error(&error, media),
        Ok(Err(WorkError::Busy)) => busy(app, media),
        Ok(Err(WorkError::Stopped)) | Err(_) => timeout(app, media),
    }
}

/// The response to a lookup that failed. Its only input is an id, so that the failure is one of the store.
fn store_error(error: &ServiceError, media: Media) -> Response {
    tracing::error!(%error, "a source's text could not be looked up");
    HttpError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::StoreUnavailable.as_str(),
        "The store does not answer; try again when /health/ready returns 200.",
    )
    .into_response(media)
}
