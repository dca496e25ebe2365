//! Small pages: what this is, how it is, and what is not here.

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

use super::answer::Problem;
use super::limits::Config;
use super::media::Media;
use super::{App, assets};
use crate::graphql::Code;
use crate::model::change::Revision;
use crate::service::{Service, ServiceError, StoreStatus};

/// The places there are, and what is at each.
fn routes(config: &Config) -> Vec<(&'static str, &'static str)> {
    let mut routes = vec![
        ("/", "the explorer"),
        (
            "/graphql",
            "the GraphQL endpoint: POST with JSON, or GET for queries",
        ),
        (
            "/graphql/ws",
            "GraphQL over WebSocket, subscriptions too: graphql-transport-ws",
        ),
        (
            "/graphql/stream",
            "GraphQL over server-sent events, subscriptions too: graphql-sse",
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
            "what a flow does not know, as a CSV to send out: ?flow={the input as JSON}&lang=zh",
        ),
        (
            "/sources",
            "which sources have their text here; `/sources/{id}` is the text",
        ),
        ("/health/live", "whether the server runs"),
        (
            "/health/ready",
            "whether it can answer; `?for=writes`: whether it takes writes too",
        ),
    ]);
    routes
}

/// Stands where the explorer and `GraphiQL` would, in a program that was compiled without them.
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

/// Whether Chinese comes before English in what the reader accepts; browsers list languages from the dearest down.
fn prefers_chinese(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let known = accepted.unwrap_or_default().split(',').map(str::trim);
    let mut known = known.filter(|tag| tag.starts_with("zh") || tag.starts_with("en"));
    known.next().is_some_and(|tag| tag.starts_with("zh"))
}

/// The schema in the schema definition language.
pub(super) async fn schema(headers: HeaderMap) -> Response {
    static SDL: LazyLock<String> = LazyLock::new(crate::graphql::sdl);
    assets::tagged("text/plain; charset=utf-8", SDL.as_bytes().into(), &headers)
}

/// The server runs.
pub(super) async fn live() -> Response {
    state(StatusCode::OK, &json!({ "status": "live" }))
}

/// How long the store may take to say that it is there: whoever asks for this decides within seconds.
const READY_MAX: Duration = Duration::from_secs(3);

/// What is asked of a server before it is sent requests.
#[derive(Deserialize)]
pub(super) struct ReadyQuery {
    /// `writes`: whether it takes writes too.
    #[serde(rename = "for")]
    purpose: Option<String>,
}

/// The store answers and has data.
pub(super) async fn ready(State(app): State<App>, Query(query): Query<ReadyQuery>) -> Response {
    readiness(
        &app.service,
        app.config.limits.request(),
        app.config.empty,
        &query,
    )
    .await
}

/// Whether the store answers and has data, where it is not meant to be `empty`; found out within a time. Whether it takes writes
/// is told beside that, and decides only where `?for=writes` asks it to: while a disk is full, a server goes on answering
/// whoever reads.
pub(super) async fn readiness(
    service: &Service,
    within: Duration,
    empty: bool,
    query: &ReadyQuery,
) -> Response {
    let limit = READY_MAX.min(within);
    let status = tokio::time::timeout(limit, service.status()).await;
    if let Ok(Err(ServiceError::Fault(fault))) = &status {
        tracing::error!(fault, "the store is not ready");
    }
    let unavailable = || {
        state(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({ "status": "unavailable", "next": "see the server's log: its store does not answer" }),
        )
    };
    let revision = match status {
        // It is there all the same: another server on the same store could answer no better, so that none is to be taken out.
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
        tracing::warn!(%error, "the store takes no writes");
        body["next"] = json!("see the server's log: it names the disk and what is wrong with it");
    }
    if writable.is_err() && query.purpose.as_deref() == Some("writes") {
        body["status"] = json!("read-only");
        return state(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    state(StatusCode::OK, &body)
}

/// The server was told to stop.
pub(super) fn stopping() -> Response {
    state(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "status": "stopping", "next": "ask another server" }),
    )
}

fn state(status: StatusCode, body: &Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// Nothing is there.
pub(super) async fn fallback(State(app): State<App>, headers: HeaderMap) -> Response {
    not_found(&app.config, &headers)
}

/// Nothing is there; says what is.
pub(super) fn not_found(config: &Config, headers: &HeaderMap) -> Response {
    let routes: Vec<&str> = routes(config).into_iter().map(|(path, _)| path).collect();
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        Code::NotFound.as_str(),
        "Nothing is here; `routes` lists what there is.",
    );
    problem.into_response_with(Media::of(headers), "routes", routes.into())
}

/// What is there is read and not written.
pub(super) async fn read_only(method: Method, headers: HeaderMap) -> Response {
    let message = format!("{method} is not answered here; read it by GET.");
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadUserInput.as_str(),
        message,
    );
    let mut response = problem.into_response(Media::of(&headers));
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
