//! Messages of graphql-transport-ws, as they come and as they are sent.

use serde_json::{Map, Value, json};

use super::super::question::{self, Asked};

/// Bytes of the id of an operation: it comes back with each answer.
const ID_BYTES_MAX: usize = 256;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Heard {
    /// `connection_init`, and what it says of who asks.
    Init(Value),
    /// `ping`, with what is to come back.
    Ping(Option<Value>),
    /// `pong`.
    Pong,
    /// `subscribe`: an operation, be it a query, a mutation or a subscription.
    Subscribe(String, Asked),
    /// `complete`: the client wants no more of an operation.
    Complete(String),
}

/// Reads a message, or says why it is none.
pub(super) fn read(text: &str) -> Result<Heard, String> {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(text) else {
        return Err("Invalid message: it is no JSON object".into());
    };
    let payload = fields.remove("payload");
    let name = fields.get("type").and_then(Value::as_str);
    match name.ok_or("Invalid message: it has no type")? {
        "connection_init" => Ok(Heard::Init(object_or_none(payload)?.unwrap_or_default())),
        "ping" => Ok(Heard::Ping(object_or_none(payload)?)),
        "pong" => object_or_none(payload).map(|_| Heard::Pong),
        "subscribe" => {
            let id = id(&fields)?;
            let payload = payload.ok_or("Invalid message: subscribe has no payload")?;
            let asked = question::from_value(payload);
            let asked = asked.map_err(|problem| format!("Invalid message: {}", problem.message()))?;
            Ok(Heard::Subscribe(id, asked))
        }
        "complete" => id(&fields).map(Heard::Complete),
        other => Err(format!("Invalid message: no type {other:.20}")),
    }
}

fn object_or_none(payload: Option<Value>) -> Result<Option<Value>, String> {
    match payload {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(Value::Object(fields))),
        Some(_) => Err("Invalid message: the payload is no object".into()),
    }
}

fn id(fields: &Map<String, Value>) -> Result<String, String> {
    match fields.get("id").and_then(Value::as_str) {
        Some(id) if !id.is_empty() && id.len() <= ID_BYTES_MAX => Ok(id.to_string()),
        _ => Err(format!(
            "Invalid message: the id is no text of 1 to {ID_BYTES_MAX} bytes"
        )),
    }
}

/// The key or token in the payload of `connection_init`, without `Bearer`, where it has one: `{"Authorization": "Bearer KEY"}`.
/// Something else in its place is none that is accepted.
pub(super) fn credential(payload: &Value) -> Option<&str> {
    let given = ["Authorization", "authorization"]
        .iter()
        .find_map(|name| payload.get(name))?;
    let bearer = given.as_str().and_then(|text| text.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Some(bearer.map_or("", |(_, credential)| credential.trim()))
}

pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

pub(super) fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

pub(super) fn next(id: &str, payload: &Value) -> String {
    json!({ "id": id, "type": "next", "payload": payload }).to_string()
}

pub(super) fn error(id: &str, errors: &Value) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused_with_the_reason() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"type": 1}"#,
            r#"{"type": "start", "id": "1"}"#,
            r#"{"type": "connection_init", "payload": "x"}"#,
            r#"{"type": "subscribe", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "subscribe", "id": "1"}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {}}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}"#,
            r#"{"type": "complete"}"#,
        ] {
            let why = read(wrong).unwrap_err();
            assert!(why.starts_with("Invalid message: "), "{wrong}: {why}");
        }
    }

    #[test]
    fn the_key_stands_in_the_payload_as_it_would_in_the_header() {
        let of = |payload: Value| credential(&payload).map(String::from);
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "Authorization": "Bearer k" })).as_deref(), Some("k"));
        assert_eq!(of(json!({ "authorization": "bearer  k" })).as_deref(), Some("k"));
        for other in [json!("k"), json!(1), json!("Basic k"), Value::Null] {
            assert_eq!(of(json!({ "Authorization": other })).as_deref(), Some(""));
        }
    }
}
