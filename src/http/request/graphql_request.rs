//! GraphQL requests as they are sent: a JSON body, or the query string of a URL.
//!
//! A body is parsed lazily: variables stay text until the document declares them, and unknown fields are skipped.

use std::fmt;

use axum::http::Uri;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::graphql::SentVariables;
use crate::http::response::answer::HttpError;
use crate::model::memory::Account;

/// A GraphQL request, not yet parsed as GraphQL.
#[derive(Debug)]
pub(in crate::http) struct GraphqlRequest {
    pub(in crate::http) query: String,
    pub(in crate::http) operation_name: Option<String>,
    pub(in crate::http) variables: SentVariables,
    /// The charge for its strings to the memory budget, if any.
    #[expect(dead_code, reason = "held so that it is released together with the strings")]
    pub(in crate::http) account: Option<Account>,
}

impl GraphqlRequest {
    /// The size of its strings in bytes.
    pub(in crate::http) fn bytes(&self) -> u64 {
        self.query.len() as u64 + self.variables.bytes()
    }
}

/// The fields of a request as raw JSON; of a duplicate field, the last.
#[derive(Default)]
struct RequestFields {
    query: Option<Box<RawValue>>,
    operation_name: Option<Box<RawValue>>,
    variables: Option<Box<RawValue>>,
    extensions: Option<Box<RawValue>>,
}

impl RequestFields {
    fn field_mut(&mut self, name: &str) -> Option<&mut Option<Box<RawValue>>> {
        match name {
            "query" => Some(&mut self.query),
            "operationName" => Some(&mut self.operation_name),
            "variables" => Some(&mut self.variables),
            "extensions" => Some(&mut self.extensions),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for RequestFields {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(RequestFieldsVisitor)
    }
}

struct RequestFieldsVisitor;

impl<'de> Visitor<'de> for RequestFieldsVisitor {
    type Value = RequestFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestFields, A::Error> {
        let mut fields = RequestFields::default();
        while let Some(name) = map.next_key::<String>()? {
            match fields.field_mut(&name) {
                Some(field) => *field = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// Reads a JSON body or the payload of a WebSocket message.
pub(in crate::http) fn from_body(body: &[u8]) -> Result<GraphqlRequest, HttpError> {
    let fields: RequestFields = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() && std::str::from_utf8(body).is_ok() {
            HttpError::bad_request(
                "The body must be one JSON object with `query`; batched requests are not supported.",
            )
        } else {
            HttpError::bad_request(format!("The body is not valid JSON: {error}."))
        }
    })?;
    from_fields(fields)
}

/// Reads the query string of a URL, where `variables` and `extensions` are JSON.
pub(in crate::http) fn from_url(uri: &Uri) -> Result<GraphqlRequest, HttpError> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs
        .map_err(|_| HttpError::bad_request("The query string is not valid URL encoding."))?
        .0;
    let mut fields = RequestFields::default();
    for (name, value) in pairs {
        let is_text = name == "query" || name == "operationName";
        let Some(field) = fields.field_mut(&name) else {
            continue;
        };
        let json =
            match value.as_str() {
                "" => None,
                text if is_text => serde_json::value::to_raw_value(text).ok(),
                _ => Some(RawValue::from_string(value).map_err(|error| {
                    HttpError::bad_request(format!("`{name}` is not valid JSON: {error}."))
                })?),
            };
        *field = json;
    }
    from_fields(fields)
}

fn from_fields(fields: RequestFields) -> Result<GraphqlRequest, HttpError> {
    let RequestFields {
        query,
        operation_name,
        variables,
        extensions,
    } = fields;
    let text = |json: Option<Box<RawValue>>| match json {
        None => Some(None),
        Some(json) => serde_json::from_str::<Option<String>>(json.get()).ok(),
    };
    let query = text(query)
        .flatten()
        .ok_or_else(|| HttpError::bad_request("`query` must be a string with the GraphQL document."))?;
    let operation_name =
        text(operation_name).ok_or_else(|| HttpError::bad_request("`operationName` must be a string."))?;
    let object = |name: &str, json: Option<Box<RawValue>>| {
        json.map_or(Some(SentVariables::default()), SentVariables::from_json)
            .ok_or_else(|| HttpError::bad_request(format!("`{name}` must be an object.")))
    };
    object("extensions", extensions)?;
    Ok(GraphqlRequest {
        query,
        operation_name,
        variables: object("variables", variables)?,
        account: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_another_shape_is_rejected() {
        assert_eq!(
            from_body(br#"{"query": "{ a }", "variables": null, "other": 1}"#)
                .unwrap()
                .query,
            "{ a }"
        );
        for wrong in [
            "",
            "[]",
            "1",
            "{}",
            r#"{"query": 1}"#,
            r#"{"query": "", "variables": []}"#,
            r#"{"query": "", "operationName": 1}"#,
        ] {
            assert!(from_body(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(from_body(b"{\"query\": \"\xff\"}").is_err());
    }

    #[test]
    fn a_url_carries_variables_as_json() {
        let request = from_url(&Uri::from_static(
            "/graphql?query=%7Ba%7D&variables=%7B%22x%22%3A1%7D",
        ))
        .unwrap();
        assert_eq!(request.query, "{a}");
        assert!(
            format!("{:?}", request.variables).contains(r#"{"x":1}"#),
            "{request:?}"
        );
        assert!(from_url(&Uri::from_static("/graphql?query=%7Ba%7D&variables=x")).is_err());
        assert!(from_url(&Uri::from_static("/graphql")).is_err());
    }
}
