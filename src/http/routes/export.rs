//! `/export`: answers as files.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::graphql::{WorkError, busy, timeout};
use crate::dataset::{QuestionRow, questionnaire as write};
use crate::graphql::{ErrorCode, GraphqlResponse};
use crate::http::App;
use crate::http::middleware::deadline::Deadline;
use crate::http::response::answer::{self, HttpError};
use crate::http::response::media::Media;
use crate::model::language::Language;
use crate::model::principal::Principal;

/// The query parameters of `/export/questionnaire`.
#[derive(Deserialize)]
pub(in crate::http) struct QuestionnaireQuery {
    /// A `FlowInput` as JSON.
    flow: Option<String>,
    /// `zh` or `en`.
    lang: Option<String>,
}

const QUESTION: &str = "query Questionnaire($input: FlowInput!, $lang: String!) { flow(input: $input) {
    truncatedBy missing { relation { id } entity { id } question(lang: $lang) detail(lang: $lang) narrows ask { name(lang: $lang) } } } }";

/// `/export/questionnaire?flow={…}&lang=zh`: the amounts that a flow does not know, as a list of questions to send out.
pub(in crate::http) async fn questionnaire(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(deadline): Extension<Deadline>,
    query: Result<Query<QuestionnaireQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let media = Media::of(&headers);
    match deadline.limit(respond(&app, &principal, query, media)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => error.into_response(media),
        Err(_) => timeout(&app, media),
    }
}

async fn respond(
    app: &App,
    principal: &Arc<Principal>,
    query: Result<Query<QuestionnaireQuery>, QueryRejection>,
    media: Media,
) -> Result<Response, HttpError> {
    let Query(query) = query.map_err(|rejection| {
        HttpError::bad_request(format!(
            "The query string cannot be read: {}.",
            rejection.body_text()
        ))
    })?;
    let lang = query.lang.as_deref().unwrap_or("zh");
    if !["zh", "en"].contains(&lang) {
        return Err(HttpError::bad_request(format!(
            "`lang` is `{lang}` (expected zh or en)."
        )));
    }
    let input = query
        .flow
        .ok_or_else(|| HttpError::bad_request("`flow` is missing; send the input of the flow as JSON."))?;
    let input: Value = serde_json::from_str(&input)
        .map_err(|error| HttpError::bad_request(format!("`flow` is not valid JSON: {error}.")))?;
    let unit = input["unit"].as_str().unwrap_or_default().to_string();
    let variables = [
        ("input".to_string(), input),
        ("lang".to_string(), Value::from(lang)),
    ];
    let variables: Map<String, Value> = variables.into_iter().collect();
    let (worker, principal, language) = (app.clone(), principal.clone(), Language::of(lang));
    let response = app.work(async move || {
        let question = match worker.engine.prepare(QUESTION, None, variables) {
            Ok(question) => question,
            Err(answer) => return Ok(answer::file_error(&worker, &answer, media)),
        };
        let answer = worker.engine.execute(question, &principal).await;
        csv_response(&worker, answer, &unit, language, media)
    });
    response.await.unwrap_or_else(|error| match error {
        WorkError::Busy => Ok(busy(app, media)),
        WorkError::Stopped => Ok(timeout(app, media)),
    })
}

/// The answer as a CSV file.
fn csv_response(
    app: &App,
    answer: GraphqlResponse,
    unit: &str,
    language: Language,
    media: Media,
) -> Result<Response, HttpError> {
    if !answer.response.errors.is_empty() {
        return Ok(answer::file_error(app, &answer, media));
    }
    let data = answer.response.data.into_json().unwrap_or_default();
    let rows: Vec<QuestionRow> = data["flow"]["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .map(row)
        .collect();
    let text = write(&rows, unit, language).map_err(|_| {
        let message = "The questionnaire could not be written.";
        HttpError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Internal.as_str(),
            message,
        )
    })?;
    let mut headers = HeaderMap::new();
    let file = match language {
        Language::En => "attachment; filename=\"questionnaire-en.csv\"",
        Language::Zh => "attachment; filename=\"questionnaire-zh.csv\"",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(reason) = data["flow"]["truncatedBy"]
        .as_str()
        .and_then(|reason| reason.parse().ok())
    {
        headers.insert("x-truncated-by", reason);
    }
    Ok((headers, text).into_response())
}

fn row(missing: &Value) -> QuestionRow {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    QuestionRow {
        question: text(&missing["question"]),
        ask: missing["ask"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| text(&one["name"]))
            .collect(),
        why: text(&missing["detail"]),
        // A question about an entity is about another total, so it narrows nothing.
        narrows: if missing["relation"].is_null() {
            Some(String::new())
        } else {
            missing["narrows"].as_str().map(String::from)
        },
        about: missing["relation"]["id"]
            .as_str()
            .map_or_else(|| text(&missing["entity"]["id"]), String::from),
    }
}
