//! Questions as they come over the wire: a JSON body, or the query of a URL.

use async_graphql::Variables;
use axum::http::Uri;
use serde_json::Value;

use super::answer::Problem;

/// A GraphQL request, not yet parsed as GraphQL.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Reads a JSON body.
pub(super) fn from_body(body: &[u8]) -> Result<Asked, Problem> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::shape(format!("the body is no JSON: {error}")))?;
    from_value(body)
}

/// Reads a body that is read as JSON.
pub(super) fn from_value(body: Value) -> Result<Asked, Problem> {
    let Value::Object(mut fields) = body else {
        return Err(Problem::shape(
            "the body must be one JSON object with `query`; several requests at once are not taken",
        ));
    };
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    asked(
        take("query"),
        take("operationName"),
        take("variables"),
        &take("extensions"),
    )
}

/// Reads the query of a URL, where `variables` and `extensions` are JSON.
pub(super) fn from_url(uri: &Uri) -> Result<Asked, Problem> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs
        .map_err(|_| Problem::shape("the query of the URL is not well encoded"))?
        .0;
    let mut asked_for = [Value::Null, Value::Null, Value::Null, Value::Null];
    for (name, value) in pairs {
        let place = match name.as_str() {
            "query" => 0,
            "operationName" => 1,
            "variables" => 2,
            "extensions" => 3,
            _ => continue,
        };
        let json = || {
            serde_json::from_str(&value)
                .map_err(|error| Problem::shape(format!("`{name}` is no JSON: {error}")))
        };
        asked_for[place] = if place < 2 || value.is_empty() {
            Value::from(value.clone())
        } else {
            json()?
        };
    }
    let [query, operation_name, variables, extensions] =
        asked_for.map(|value| if value == "" { Value::Null } else { value });
    asked(query, operation_name, variables, &extensions)
}

fn asked(
    query: Value,
    operation_name: Value,
    variables: Value,
    extensions: &Value,
) -> Result<Asked, Problem> {
    let Value::String(query) = query else {
        return Err(Problem::shape(
            "`query` must be a string with the GraphQL document",
        ));
    };
    let operation_name = match operation_name {
        Value::Null => None,
        Value::String(name) => Some(name),
        _ => return Err(Problem::shape("`operationName` must be a string")),
    };
    if !matches!(variables, Value::Null | Value::Object(_)) {
        return Err(Problem::shape("`variables` must be an object"));
    }
    if !matches!(extensions, Value::Null | Value::Object(_)) {
        return Err(Problem::shape("`extensions` must be an object"));
    }
    Ok(Asked {
        query,
        operation_name,
        variables: Variables::from_json(variables),
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
        assert_eq!((asked.query.as_str(), asked.variables.len()), ("{a}", 1));
        assert!(from_url(&Uri::from_static("/graphql?query=%7Ba%7D&variables=x")).is_err());
        assert!(from_url(&Uri::from_static("/graphql")).is_err());
    }
}
