//! Cursors, which are opaque to clients. A cursor names the connection and the order that it belongs to, so that a cursor of
//! another list is rejected, and it contains a key instead of an offset, so that it stays valid after its row is deleted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::errors::{Failure, Result};
use crate::model::change::{LogPosition, Revision};
use crate::model::id::{EntityId, ObservationId, RelationId, SourceId};
use crate::model::principal::{Principal, Role};
use crate::service::{self, CursorSeal, EntityKey, OrderValue};

/// Version of the JSON layout of a cursor.
const VERSION: u64 = 1;

/// The key of a row, as a cursor contains it.
pub(super) trait CursorKey: Sized {
    fn write(&self) -> Value;
    fn read(value: &Value) -> Option<Self>;
}

/// Encodes a cursor of the connection (and order) `scope`.
pub(super) fn encode(scope: &str, key: &impl CursorKey) -> String {
    URL_SAFE_NO_PAD.encode(json!([VERSION, scope, key.write()]).to_string())
}

/// Decodes a cursor of the connection (and order) `scope`. The error names the argument.
pub(super) fn decode<K: CursorKey>(scope: &str, argument: &str, text: &str) -> Result<K> {
    let garbage = || {
        Failure::input(format!(
            "`{argument}` is not a cursor (expected a value of `cursor`, `startCursor` or `endCursor`)"
        ))
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| garbage())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| garbage())?;
    let [version, of, key] = value.as_array().map(Vec::as_slice).ok_or_else(garbage)? else {
        return Err(garbage());
    };
    if version.as_u64() != Some(VERSION) {
        return Err(garbage());
    }
    if of.as_str() != Some(scope) {
        return Err(Failure::input(format!(
            "`{argument}` is a cursor of another connection or order; begin this one without a cursor"
        )));
    }
    K::read(key).ok_or_else(garbage)
}

macro_rules! id_keys {
    ($($id:ident),+) => { $(
        impl CursorKey for $id {
            fn write(&self) -> Value {
                self.as_str().into()
            }
            fn read(value: &Value) -> Option<Self> {
                Self::parse(value.as_str()?).ok()
            }
        }
    )+ };
}
id_keys!(RelationId, ObservationId, SourceId, EntityId);

/// A position in the change log, as a cursor contains it.
pub(super) enum LogCursor {
    Sealed(Vec<u8>),
    /// A cursor of an older version, which did not seal positions.
    Plain(LogPosition),
}

impl CursorKey for LogCursor {
    fn write(&self) -> Value {
        match self {
            Self::Sealed(bytes) => URL_SAFE_NO_PAD.encode(bytes).into(),
            Self::Plain(place) => json!([place.number, place.revision.0]),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return URL_SAFE_NO_PAD.decode(text).ok().map(Self::Sealed);
        }
        let [number, revision] = value.as_array()?.as_slice() else {
            return None;
        };
        // No store counts further than a signed number goes.
        let count = |value: &Value| {
            u64::try_from(value.as_i64()?)
                .ok()
                .filter(|count| *count < u64::MAX / 2)
        };
        Some(Self::Plain(LogPosition {
            number: count(number)?,
            revision: Revision(count(revision)?),
        }))
    }
}

/// The scope of the cursors of the change log, in the query and in the subscription.
pub(super) const CHANGES: &str = "changes";

/// The cursors of the change log. They are sealed: a principal that does not see the whole log can only compare positions
/// for equality.
#[derive(Clone, Debug)]
pub(super) struct ChangeCursors {
    seal: CursorSeal,
    sees_all: bool,
}

impl ChangeCursors {
    /// The cursors for a principal.
    pub(super) fn new(seal: CursorSeal, principal: &Principal) -> Self {
        Self {
            seal,
            sees_all: principal.role == Role::Admin,
        }
    }

    /// Whether the principal may see every position in the log.
    pub(super) fn see_all(&self) -> bool {
        self.sees_all
    }

    /// The cursor of a position.
    pub(super) fn at(&self, place: LogPosition) -> service::Result<String> {
        Ok(encode(CHANGES, &LogCursor::Sealed(self.seal.seal(place)?)))
    }

    /// The position of a cursor. The error names the argument.
    pub(super) fn read(&self, argument: &str, text: &str) -> Result<LogPosition> {
        self.place(argument, decode(CHANGES, argument, text)?)
    }

    /// The position of a decoded cursor. The error names the argument.
    pub(super) fn place(&self, argument: &str, given: LogCursor) -> Result<LogPosition> {
        match given {
            LogCursor::Sealed(bytes) => Ok(self.seal.open(&bytes)?),
            LogCursor::Plain(place) if self.sees_all => Ok(place),
            LogCursor::Plain(_) => Err(Failure::input(format!(
                "`{argument}` is a cursor of an older version of this server, which is no longer accepted; read the graph \
                 again together with `changeCursor`, and continue from that"
            ))),
        }
    }
}

impl CursorKey for EntityKey {
    fn write(&self) -> Value {
        let values = self.values.iter().map(|value| match value {
            OrderValue::Number(number) => Value::from(*number),
            OrderValue::Text(text) => Value::from(text.as_str()),
        });
        json!([values.collect::<Vec<_>>(), self.id.as_str()])
    }

    fn read(value: &Value) -> Option<Self> {
        let [values, id] = value.as_array()?.as_slice() else {
            return None;
        };
        let values = values.as_array()?.iter().map(|value| match value {
            Value::Number(number) => number.as_i64().map(OrderValue::Number),
            Value::String(text) => Some(OrderValue::Text(text.clone())),
            _ => None,
        });
        Some(Self {
            values: values.collect::<Option<_>>()?,
            id: EntityId::parse(id.as_str()?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> EntityKey {
        EntityKey {
            values: vec![OrderValue::Text("金".into()), OrderValue::Number(-3)],
            id: EntityId::parse("fund:a").unwrap(),
        }
    }

    #[test]
    fn a_cursor_gives_its_key_again() {
        let text = encode("entities NAME ASC", &key());
        assert_eq!(
            decode::<EntityKey>("entities NAME ASC", "after", &text),
            Ok(key())
        );
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{text}"
        );
    }

    #[test]
    fn a_stray_cursor_and_garbage_are_refused() {
        let text = encode("entities", &key());
        let refused =
            |scope: &str, text: &str| decode::<EntityKey>(scope, "after", text).unwrap_err().message;
        assert!(refused("funds", &text).contains("another connection"));
        let version = URL_SAFE_NO_PAD.encode(r#"[2,"entities",[[],"fund:a"]]"#);
        let wrong_key = URL_SAFE_NO_PAD.encode(r#"[1,"entities",[[null],"fund:a"]]"#);
        for garbage in ["", "x", "MQ", "ä", &text[1..], &version, &wrong_key] {
            assert!(
                refused("entities", garbage).starts_with("`after` is not a cursor"),
                "{garbage}"
            );
        }
    }
}
