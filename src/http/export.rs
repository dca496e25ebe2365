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

use super::App;
use super::answer::{self, Problem};
use super::graphql::{Unanswered, busy, late};
use super::media::Media;
use crate::dataset::{QuestionRow, questionnaire as write};
use crate::graphql::{Answer, Code};
use crate::model::language::Language;
use crate::model::principal::Principal;

/// What a questionnaire is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// A `FlowInput` as JSON.
    flow: Option<String>,
    /// `zh` or `en`.
    lang: Option<String>,
}

const QUESTION: &str = "query Questionnaire($input: FlowInput!, $lang: String!) { flow(input: $input) {
    truncatedBy missing { relation { id } entity { id } question(lang: $lang) detail(lang: $lang) narrows ask { name(lang: $lang) } } } }";

/// `/export/questionnaire?flow={…}&lang=zh`: what a flow does not know, as a list to send to those who may know it.
pub(super) async fn questionnaire(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let media = Media::of(&headers);
    let limit = app.config.limits.request();
    match tokio::time::timeout(limit, answered(&app, &principal, asked, media)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(media),
        Err(_) => late(&app, media),
    }
}

async fn answered(
    app: &App,
    principal: &Arc<Principal>,
    asked: Result<Query<Asked>, QueryRejection>,
    media: Media,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|rejection| {
        Problem::shape(format!(
            "The query of the URL cannot be read: {}.",
            rejection.body_text()
        ))
    })?;
    let lang = asked.lang.as_deref().unwrap_or("zh");
    if !["zh", "en"].contains(&lang) {
        return Err(Problem::shape(format!("lang is `{lang}`: give zh or en")));
    }
    let input = asked
        .flow
        .ok_or_else(|| Problem::shape("give `flow`: the input of the flow, as JSON"))?;
    let input: Value = serde_json::from_str(&input)
        .map_err(|error| Problem::shape(format!("`flow` is no JSON: {error}")))?;
    let unit = input["unit"].as_str().unwrap_or_default().to_string();
    let variables = [
        ("input".to_string(), input),
        ("lang".to_string(), Value::from(lang)),
    ];
    let variables: Map<String, Value> = variables.into_iter().collect();
    let (worker, principal, language) = (app.clone(), principal.clone(), Language::of(lang));
    let written = app.work(async move || {
        let question = match worker.engine.read(QUESTION, None, variables) {
            Ok(question) => question,
            Err(refused) => return Ok(answer::file_refused(&worker, &refused, media)),
        };
        let answer = worker.engine.answer(question, &principal).await;
        written(&worker, answer, &unit, language, media)
    });
    written.await.unwrap_or_else(|unanswered| match unanswered {
        Unanswered::Busy => Ok(busy(app, media)),
        Unanswered::Stopped => Ok(late(app, media)),
    })
}

/// The file of an answer.
fn written(
    app: &App,
    answer: Answer,
    unit: &str,
    language: Language,
    media: Media,
) -> Result<Response, Problem> {
    if !answer.response.errors.is_empty() {
        return Ok(answer::file_refused(app, &answer, media));
    }
    let data = answer.response.data.into_json().unwrap_or_default();
    let rows: Vec<QuestionRow> = data["flow"]["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .map(row)
        .collect();
    let text = write(&rows, unit, language).map_err(|_| {
        let message = "the questionnaire could not be written";
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal.as_str(),
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
        // What is not known of an entity narrows nothing: the total is another one.
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
