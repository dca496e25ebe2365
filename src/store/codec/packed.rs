//! The compressed form of rows that are stored for a short time: JSON, compressed with DEFLATE, in base64.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use super::{DecodeError, DecodeResult};

/// The fastest level: the rows are stored for seconds.
const COMPRESSION: Compression = Compression::new(1);

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::store) enum PackedValue {
    /// Nothing.
    Null(()),
    /// A boolean.
    Boolean(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<PackedValue>),
    /// Values by name.
    Map(BTreeMap<String, PackedValue>),
}

/// Encodes rows as text.
pub(in crate::store) fn pack(rows: &[PackedValue]) -> DecodeResult<String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), COMPRESSION);
    serde_json::to_writer(&mut encoder, rows).map_err(|error| DecodeError(error.to_string()))?;
    let bytes = encoder.finish().map_err(|error| DecodeError(error.to_string()))?;
    Ok(BASE64.encode(bytes))
}

/// Decodes the rows of a text.
pub(in crate::store) fn unpack(text: &str) -> DecodeResult<Vec<PackedValue>> {
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
            PackedValue::Map(BTreeMap::from([
                (
                    "name".into(),
                    PackedValue::Text("苏州\n\"昆山\" \u{1F600}".into()),
                ),
                ("least".into(), PackedValue::Number(i64::MIN)),
                ("most".into(), PackedValue::Number(i64::MAX)),
                ("digits".into(), PackedValue::Text("14.760".into())),
                ("none".into(), PackedValue::Null(())),
                (
                    "list".into(),
                    PackedValue::List(vec![
                        PackedValue::Boolean(true),
                        PackedValue::Boolean(false),
                        PackedValue::Text(String::new()),
                    ]),
                ),
                ("empty".into(), PackedValue::List(vec![])),
                ("bare".into(), PackedValue::Map(BTreeMap::new())),
            ])),
            PackedValue::Text("id".into()),
        ];
        let text = pack(&rows).unwrap();
        assert_eq!(unpack(&text).unwrap(), rows);
        assert!(unpack(&text[4..]).is_err());
    }
}
