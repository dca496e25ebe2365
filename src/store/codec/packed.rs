//! Values kept for a while and read back as they were, pressed: JSON in DEFLATE in base64.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use super::{DecodeError, Decoded};

/// What is kept for seconds is not worth pressing harder.
const PRESSED: Compression = Compression::new(1);

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::store) enum Value {
    /// Nothing.
    Null(()),
    /// A truth.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
}

/// Rows as text.
pub(in crate::store) fn pack(rows: &[Value]) -> Decoded<String> {
    let mut press = DeflateEncoder::new(Vec::new(), PRESSED);
    serde_json::to_writer(&mut press, rows).map_err(|error| DecodeError(error.to_string()))?;
    let bytes = press.finish().map_err(|error| DecodeError(error.to_string()))?;
    Ok(BASE64.encode(bytes))
}

/// The rows that were made text.
pub(in crate::store) fn unpack(text: &str) -> Decoded<Vec<Value>> {
    let bytes = BASE64
        .decode(text)
        .map_err(|error| DecodeError(error.to_string()))?;
    let reader = std::io::BufReader::new(DeflateDecoder::new(bytes.as_slice()));
    serde_json::from_reader(reader).map_err(|error| DecodeError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_as_it_was() {
        let rows = vec![
            Value::Map(BTreeMap::from([
                ("name".into(), Value::Text("苏州\n\"昆山\" \u{1F600}".into())),
                ("least".into(), Value::Number(i64::MIN)),
                ("most".into(), Value::Number(i64::MAX)),
                ("digits".into(), Value::Text("14.760".into())),
                ("none".into(), Value::Null(())),
                (
                    "list".into(),
                    Value::List(vec![
                        Value::Truth(true),
                        Value::Truth(false),
                        Value::Text(String::new()),
                    ]),
                ),
                ("empty".into(), Value::List(vec![])),
                ("bare".into(), Value::Map(BTreeMap::new())),
            ])),
            Value::Text("id".into()),
        ];
        let text = pack(&rows).unwrap();
        assert_eq!(unpack(&text).unwrap(), rows);
        assert!(unpack(&text[4..]).is_err());
    }
}
