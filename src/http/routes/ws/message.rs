//! Messages of graphql-transport-ws: parsing those of the client, and building those of the server.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::http::request::graphql_request::{self, GraphqlRequest};

/// Maximum size of an operation id in bytes, which is repeated in each answer.
const ID_BYTES_MAX: usize = 256;

/// A message of a client.
#[derive(Debug)]
pub(super) enum ClientMessage {
    /// `connection_init`, with the key or token of its payload, without `Bearer`.
    Init(Option<String>),
    /// `ping`, with the payload to return.
    Ping(Option<Box<RawValue>>),
    /// `pong`.
    Pong,
    /// `subscribe`: the id and the request of a query, a mutation or a subscription.
    Subscribe(String, GraphqlRequest),
    /// `complete`: the client cancels an operation.
    Complete(String),
}

/// The fields of a message. The payload stays raw JSON: most messages' is ignored.
#[derive(Deserialize)]
struct MessageFields<'a> {
    #[serde(rename = "type", default)]
    kind: Option<Value>,
    #[serde(default)]
    id: Option<Value>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

/// Parses a message; the error is the text of a close frame.
pub(super) fn parse(text: &str) -> Result<ClientMessage, String> {
    let fields: MessageFields<'_> =
        serde_json::from_str(text).map_err(|_| "Invalid message: it is not a JSON object".to_string())?;
    let payload = fields.payload;
    let name = fields.kind.as_ref().and_then(Value::as_str);
    match name.ok_or("Invalid message: `type` is missing")? {
        "connection_init" => Ok(ClientMessage::Init(match object_or_none(payload)? {
            Some(payload) => credential(payload.get())?,
            None => None,
        })),
        "ping" => Ok(ClientMessage::Ping(
            object_or_none(payload)?.map(ToOwned::to_owned),
        )),
        "pong" => object_or_none(payload).map(|_| ClientMessage::Pong),
        "subscribe" => {
            let id = id(fields.id)?;
            let payload = payload.ok_or("Invalid message: `subscribe` needs a payload")?;
            let request = graphql_request::from_body(payload.get().as_bytes());
            let request = request.map_err(|error| format!("Invalid message: {}", error.message()))?;
            Ok(ClientMessage::Subscribe(id, request))
        }
        "complete" => id(fields.id).map(ClientMessage::Complete),
        other => Err(format!("Invalid message: unknown type {other:.20}")),
    }
}

fn object_or_none(payload: Option<&RawValue>) -> Result<Option<&RawValue>, String> {
    match payload.map(|payload| (payload, payload.get().as_bytes().first())) {
        None | Some((_, Some(b'n'))) => Ok(None),
        Some((fields, Some(b'{'))) => Ok(Some(fields)),
        Some(_) => Err("Invalid message: the payload must be an object".into()),
    }
}

fn id(id: Option<Value>) -> Result<String, String> {
    match id {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= ID_BYTES_MAX => Ok(id),
        _ => Err(format!(
            "Invalid message: `id` must be a string of 1 to {ID_BYTES_MAX} bytes"
        )),
    }
}

/// The key or token in the payload of `connection_init`, without `Bearer`; none if the field is missing. The payload is
/// `{"Authorization": "Bearer KEY"}`; any other value gives an empty credential, which is never accepted.
fn credential(payload: &str) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow, rename = "Authorization", default, deserialize_with = "present")]
        header: Option<&'a RawValue>,
        #[serde(borrow, default, deserialize_with = "present")]
        authorization: Option<&'a RawValue>,
    }
    // An explicit null is an invalid credential, not a missing one.
    fn present<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<&'de RawValue>, D::Error> {
        <&RawValue>::deserialize(reader).map(Some)
    }
    let payload: Payload<'_> = serde_json::from_str(payload)
        .map_err(|_| "Invalid message: the payload has a duplicate field".to_string())?;
    let Some(given) = payload.header.or(payload.authorization) else {
        return Ok(None);
    };
    let given: Option<String> = serde_json::from_str(given.get()).ok();
    let bearer = given.as_deref().and_then(|text| text.split_once(' '));
    let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    Ok(Some(
        bearer.map_or("", |(_, credential)| credential.trim()).to_string(),
    ))
}

pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

pub(super) fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

pub(super) fn pong(payload: Option<Box<RawValue>>) -> String {
    match payload {
        Some(payload) => format!("{{\"type\":\"pong\",\"payload\":{}}}", payload.get()),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// The texts before and after an answer in a `next` message.
pub(super) fn around_next(id: &str) -> (String, &'static str) {
    let before = format!("{{\"id\":{},\"type\":\"next\",\"payload\":", json!(id));
    (before, "}")
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
    fn an_invalid_message_is_rejected_with_the_reason() {
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
            let why = parse(wrong).unwrap_err();
            assert!(why.starts_with("Invalid message: "), "{wrong}: {why}");
        }
    }

    #[test]
    fn the_key_is_in_the_payload_as_it_would_be_in_the_header() {
        let of = |payload: Value| credential(&payload.to_string()).unwrap();
        assert_eq!(of(json!({})), None);
        assert_eq!(of(json!({ "Authorization": "Bearer k" })).as_deref(), Some("k"));
        assert_eq!(of(json!({ "authorization": "bearer  k" })).as_deref(), Some("k"));
        for other in [json!("k"), json!(1), json!("Basic k"), Value::Null] {
            assert_eq!(of(json!({ "Authorization": other })).as_deref(), Some(""));
        }
    }
}
