//! Questions as they come over the wire: a JSON body, or the query of a URL.
//!
//! Nothing of a body is read but what is needed: variables stay a text until the document says which of them it declares, and what
//! else a body has is passed over.

use std::fmt;

use axum::http::Uri;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::answer::Problem;
use crate::graphql::SentVariables;
use crate::model::memory::Account;

/// A GraphQL request, not yet parsed as GraphQL.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: SentVariables,
    /// What its texts hold, where they were charged.
    #[expect(dead_code, reason = "it is given back with the texts")]
    pub(super) held: Option<Account>,
}

impl Asked {
    /// How many bytes its texts have.
    pub(super) fn bytes(&self) -> u64 {
        self.query.len() as u64 + self.variables.bytes()
    }
}

/// The fields of a request, each as it was sent; of one that was sent twice, the last.
#[derive(Default)]
struct Fields {
    query: Option<Box<RawValue>>,
    operation_name: Option<Box<RawValue>>,
    variables: Option<Box<RawValue>>,
    extensions: Option<Box<RawValue>>,
}

impl Fields {
    fn place(&mut self, name: &str) -> Option<&mut Option<Box<RawValue>>> {
        match name {
            "query" => Some(&mut self.query),
            "operationName" => Some(&mut self.operation_name),
            "variables" => Some(&mut self.variables),
            "extensions" => Some(&mut self.extensions),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<String>()? {
            match fields.place(&name) {
                Some(place) => *place = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// Reads a JSON body, or what stands for one.
pub(super) fn from_body(body: &[u8]) -> Result<Asked, Problem> {
    let fields: Fields = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() && std::str::from_utf8(body).is_ok() {
            Problem::shape(
                "the body must be one JSON object with `query`; several requests at once are not taken",
            )
        } else {
            Problem::shape(format!("the body is no JSON: {error}"))
        }
    })?;
    asked(fields)
}

/// Reads the query of a URL, where `variables` and `extensions` are JSON.
pub(super) fn from_url(uri: &Uri) -> Result<Asked, Problem> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs
        .map_err(|_| Problem::shape("the query of the URL is not well encoded"))?
        .0;
    let mut fields = Fields::default();
    for (name, value) in pairs {
        let is_text = name == "query" || name == "operationName";
        let Some(place) = fields.place(&name) else {
            continue;
        };
        let json = match value.as_str() {
            "" => None,
            text if is_text => serde_json::value::to_raw_value(text).ok(),
            _ => Some(
                RawValue::from_string(value)
                    .map_err(|error| Problem::shape(format!("`{name}` is no JSON: {error}")))?,
            ),
        };
        *place = json;
    }
    asked(fields)
}

fn asked(fields: Fields) -> Result<Asked, Problem> {
    let Fields {
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
        .ok_or_else(|| Problem::shape("`query` must be a string with the GraphQL document"))?;
    let operation_name =
        text(operation_name).ok_or_else(|| Problem::shape("`operationName` must be a string"))?;
    let object = |name: &str, json: Option<Box<RawValue>>| {
        json.map_or(Some(SentVariables::default()), SentVariables::from_json)
            .ok_or_else(|| Problem::shape(format!("`{name}` must be an object")))
    };
    object("extensions", extensions)?;
    Ok(Asked {
        query,
        operation_name,
        variables: object("variables", variables)?,
        held: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_another_shape_is_refused() {
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
        let asked = from_url(&Uri::from_static(
            "/graphql?query=%7Ba%7D&variables=%7B%22x%22%3A1%7D",
        ))
        .unwrap();
        assert_eq!(asked.query, "{a}");
        assert!(
            format!("{:?}", asked.variables).contains(r#"{"x":1}"#),
            "{asked:?}"
        );
        assert!(from_url(&Uri::from_static("/graphql?query=%7Ba%7D&variables=x")).is_err());
        assert!(from_url(&Uri::from_static("/graphql")).is_err());
    }
}
