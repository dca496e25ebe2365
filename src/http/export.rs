//! `/export`: answers as files.

use std::sync::Arc;

use async_graphql::{Value as GraphqlValue, Variables};
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::App;
use super::answer::{self, Problem};
use super::graphql::{busy, late};
use super::media::Media;
use crate::dataset::{QuestionRow, questionnaire as write};
use crate::graphql::Code;
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
    truncatedBy missing { relation { id } question(lang: $lang) detail(lang: $lang) narrows ask { name(lang: $lang) } } } }";

/// `/export/questionnaire?flow={…}&lang=zh`: what a flow does not know, as a list to send to those who may know it.
pub(super) async fn questionnaire(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Query(asked): Query<Asked>,
) -> Response {
    let limit = app.config.limits.request();
    match tokio::time::timeout(limit, answered(&app, &principal, asked)).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(Media::Json),
        Err(_) => late(&app, Media::Json),
    }
}

async fn answered(app: &App, principal: &Principal, asked: Asked) -> Result<Response, Problem> {
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
    let mut variables = Variables::default();
    variables.insert(
        async_graphql::Name::new("input"),
        GraphqlValue::from_json(input).unwrap_or_default(),
    );
    variables.insert(async_graphql::Name::new("lang"), GraphqlValue::from(lang));
    let question = match app.engine.read(QUESTION, None, variables) {
        Ok(question) => question,
        Err(refused) => return Ok(answer::file_refused(&refused)),
    };
    let Ok(_turn) = app.gate.enter().await else {
        return Ok(busy(app, Media::Json));
    };
    let answer = app.engine.answer(question, principal).await;
    if !answer.response.errors.is_empty() {
        return Ok(answer::file_refused(&answer));
    }
    let data = answer.response.data.into_json().unwrap_or_default();
    let rows: Vec<QuestionRow> = data["flow"]["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .map(row)
        .collect();
    let text = write(&rows, &unit, lang).map_err(|_| {
        let message = "the questionnaire could not be written";
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal.as_str(),
            message,
        )
    })?;
    let mut headers = HeaderMap::new();
    let file = if lang == "en" {
        "attachment; filename=\"questionnaire-en.csv\""
    } else {
        "attachment; filename=\"questionnaire-zh.csv\""
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
        narrows: missing["narrows"].as_str().map(String::from),
        relation: text(&missing["relation"]["id"]),
    }
}
