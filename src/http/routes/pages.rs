//! Small responses: the start page of a build without pages, health checks, and errors for unknown paths.

use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::graphql::ErrorCode;
use crate::http::App;
use crate::http::limits::Config;
use crate::http::response::answer::HttpError;
use crate::http::response::etag::tagged;
use crate::http::response::media::Media;
use crate::model::change::Revision;
use crate::service::{Service, ServiceError, StoreStatus};

/// The paths of the server, each with a description.
fn routes(config: &Config) -> Vec<(&'static str, &'static str)> {
    let mut routes = vec![
        ("/", "the explorer"),
        (
            "/graphql",
            "the GraphQL endpoint: POST with JSON, or GET for queries",
        ),
        (
            "/graphql/ws",
            "GraphQL over WebSocket, with subscriptions: graphql-transport-ws",
        ),
        (
            "/graphql/stream",
            "GraphQL over server-sent events, with subscriptions: graphql-sse",
        ),
    ];
    if config.graphiql {
        routes.push(("/graphiql", "GraphiQL: write and try queries in the browser"));
    }
    if config.introspection {
        routes.push(("/schema.graphql", "the schema"));
    }
    routes.extend([
        (
            "/export/questionnaire",
            "questions about the unknown amounts of a flow, as CSV: ?flow={the input as JSON}&lang=zh",
        ),
        (
            "/sources",
            "ids of the sources whose text is available; `/sources/{id}` is the text",
        ),
        ("/health/live", "whether the server is running"),
        (
            "/health/ready",
            "whether it can answer requests; `?for=writes`: whether it accepts writes too",
        ),
    ]);
    routes
}

/// The page in place of the explorer and `GraphiQL` in a program that was compiled without them.
pub(super) fn unbuilt(config: &Config, headers: &HeaderMap) -> Response {
    let (lang, about, how) = if prefers_chinese(headers) {
        (
            "zh-CN",
            "区域创新知识图谱：中心城市的资源如何到达相邻园区的产业，每条事实都附证据。",
            "编译这个程序时没有构建网页。装好 Node.js 20 或更新版本后运行 <code>make web</code>，再编译一次；\
             <code>make run</code> 会一并完成。接口不需要网页：",
        )
    } else {
        (
            "en",
            "A knowledge graph of how a centre city's resources reach a neighbouring zone's industries, with the evidence for each fact.",
            "This program was compiled without its pages. With Node.js 20 or newer, run <code>make web</code> and compile again; \
             <code>make run</code> does both. The API needs no page:",
        )
    };
    let links = routes(config)
        .into_iter()
        .skip(1)
        .map(|(path, about)| format!("<li><a href=\"{path}\"><code>{path}</code></a> {about}</li>\n"));
    let page = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Hukun 沪昆</title><link rel=\"icon\" href=\"data:,\"></head>\n<body>\n<h1>Hukun 沪昆</h1>\n<p>{about}</p>\n<p>{how}</p>\n\
         <ul>\n{}</ul>\n</body>\n</html>\n",
        links.collect::<String>()
    );
    let policy = HeaderValue::from_static(
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy),
        (VARY, HeaderValue::from_static("accept-language")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, page).into_response()
}

/// Whether the client prefers Chinese to English; browsers list languages in order of preference.
fn prefers_chinese(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let known = accepted.unwrap_or_default().split(',').map(str::trim);
    let mut known = known.filter(|tag| tag.starts_with("zh") || tag.starts_with("en"));
    known.next().is_some_and(|tag| tag.starts_with("zh"))
}

/// The schema in the schema definition language.
pub(in crate::http) async fn schema(headers: HeaderMap) -> Response {
    static SDL: LazyLock<String> = LazyLock::new(crate::graphql::sdl);
    tagged("text/plain; charset=utf-8", SDL.as_bytes().into(), &headers)
}

/// `/health/live`: the server is running.
pub(in crate::http) async fn live() -> Response {
    state(StatusCode::OK, &json!({ "status": "live" }))
}

/// Time limit for the store to answer a health check: probes decide within seconds.
const READY_MAX: Duration = Duration::from_secs(3);

/// The query parameters of `/health/ready`.
#[derive(Deserialize)]
pub(in crate::http) struct ReadyQuery {
    /// `writes`: whether the server must accept writes too.
    #[serde(rename = "for")]
    purpose: Option<String>,
}

/// `/health/ready`: the store answers and has data.
pub(in crate::http) async fn ready(State(app): State<App>, Query(query): Query<ReadyQuery>) -> Response {
    readiness(
        &app.service,
        app.config.limits.request(),
        app.config.empty,
        &query,
    )
    .await
}

/// Whether the store answers within a time limit, and has data unless it is `empty` on purpose. The response also says whether the
/// store accepts writes, which affects the status only with `?for=writes`: while a disk is full, a server still answers reads.
pub(super) async fn readiness(
    service: &Service,
    within: Duration,
    empty: bool,
    query: &ReadyQuery,
) -> Response {
    let limit = READY_MAX.min(within);
    let status = tokio::time::timeout(limit, service.status()).await;
    if let Ok(Err(ServiceError::Internal(error))) = &status {
        tracing::error!(error, "the store is not ready");
    }
    let unavailable = || {
        state(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({ "status": "unavailable", "next": "the store does not answer; see the server's log" }),
        )
    };
    let revision = match status {
        // Ready all the same: another server on the same store is in the same state, so a load balancer must not remove this one.
        Ok(Ok(StoreStatus {
            applying: Some(applying),
            revision,
        })) => {
            return state(
                StatusCode::OK,
                &json!({
                    "status": "applying",
                    "revision": revision.to_string(),
                    "applying": {
                        "revision": applying.revision.to_string(),
                        "stepsApplied": applying.steps_applied,
                        "steps": applying.steps,
                    },
                }),
            );
        }
        Ok(Ok(StoreStatus { revision, .. })) if revision > Revision::default() || empty => revision,
        Ok(Ok(_)) => {
            return state(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({ "status": "empty", "next": "import a data set" }),
            );
        }
        Ok(Err(_)) | Err(_) => return unavailable(),
    };
    let Ok(writable) = tokio::time::timeout(limit, service.writable()).await else {
        return unavailable();
    };
    let writes = match &writable {
        Ok(()) => "ready",
        Err(ServiceError::StoreFull { .. }) => "disk full",
        Err(_) => "unavailable",
    };
    let mut body = json!({ "status": "ready", "revision": revision.to_string(), "writes": writes });
    if let Err(error) = &writable {
        tracing::warn!(%error, "the store does not accept writes");
        body["next"] = json!("see the server's log: it names the disk and the error");
    }
    if writable.is_err() && query.purpose.as_deref() == Some("writes") {
        body["status"] = json!("read-only");
        return state(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    state(StatusCode::OK, &body)
}

/// `/health/ready` at shutdown.
pub(super) fn stopping() -> Response {
    state(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "status": "stopping", "next": "send requests to another server" }),
    )
}

fn state(status: StatusCode, body: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// The fallback handler for unknown paths.
pub(in crate::http) async fn fallback(State(app): State<App>, headers: HeaderMap) -> Response {
    not_found(&app.config, &headers)
}

/// The error for an unknown path, which lists the paths that exist.
pub(super) fn not_found(config: &Config, headers: &HeaderMap) -> Response {
    let routes: Vec<&str> = routes(config).into_iter().map(|(path, _)| path).collect();
    let error = HttpError::new(
        StatusCode::NOT_FOUND,
        ErrorCode::NotFound.as_str(),
        "Not found; `routes` lists the paths of this server.",
    );
    error.into_response_with(Media::of(headers), "routes", routes.into())
}

/// The error for methods other than GET and HEAD.
pub(in crate::http) async fn read_only(method: Method, headers: HeaderMap) -> Response {
    let message = format!("Method {method} is not allowed here; use GET.");
    let error = HttpError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::BadUserInput.as_str(),
        message,
    );
    let mut response = error.into_response(Media::of(&headers));
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_without_pages_says_how_to_get_them_in_the_readers_language() {
        for (accepted, lang, word) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "编译"),
            ("en-GB,en;q=0.9,zh;q=0.8", "en", "compiled"),
            ("fr", "en", "compiled"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
            let response = unbuilt(&Config::default(), &headers);
            assert_eq!(response.status(), StatusCode::OK);
            let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            assert!(
                text.contains(&format!("lang=\"{lang}\"")) && text.contains(word),
                "{text}"
            );
            assert!(
                text.contains("make web") && text.contains("href=\"/graphql\""),
                "{text}"
            );
        }
    }
}
