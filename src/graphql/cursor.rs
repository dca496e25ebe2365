//! Cursors: opaque to clients, a key to us. A cursor names the connection and the order it belongs to, so that one that
//! strayed is refused and not misread, and it holds a key and no offset, so that it works after its row is gone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::errors::{Failure, Result};
use crate::model::change::Revision;
use crate::model::id::{EntityId, ObservationId, RelationId, SourceId};
use crate::model::log::LogPlace;
use crate::model::principal::{Principal, Role};
use crate::service::{self, CursorSeal, EntityKey, OrderValue};

/// The layout of the JSON inside; another number is another layout.
const VERSION: u64 = 1;

/// What a cursor can hold: the key of a row.
pub(super) trait CursorKey: Sized {
    fn write(&self) -> Value;
    fn read(value: &Value) -> Option<Self>;
}

/// Writes a cursor of the connection (and order) `scope`.
pub(super) fn encode(scope: &str, key: &impl CursorKey) -> String {
    URL_SAFE_NO_PAD.encode(json!([VERSION, scope, key.write()]).to_string())
}

/// Reads a cursor of the connection (and order) `scope`; `argument` is named where it is none.
pub(super) fn decode<K: CursorKey>(scope: &str, argument: &str, text: &str) -> Result<K> {
    let garbage = || {
        Failure::input(format!(
            "`{argument}` is no cursor: pass on what `cursor`, `startCursor` or `endCursor` gave"
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
            "`{argument}` is a cursor of another connection or order: begin this one without a cursor"
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

/// A place in the change log as a cursor has it.
pub(super) enum GivenPlace {
    Sealed(Vec<u8>),
    /// Of a time when places were not sealed.
    Plain(LogPlace),
}

impl CursorKey for GivenPlace {
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
        Some(Self::Plain(LogPlace {
            number: count(number)?,
            revision: Revision(count(revision)?),
        }))
    }
}

/// What cursors of the feed belong to, in the query and in the subscription alike.
pub(super) const CHANGES: &str = "changes";

/// The cursors of the change log: those who do not see all of it see nothing of a place but whether it is the same.
#[derive(Clone, Debug)]
pub(super) struct ChangeCursors {
    seal: CursorSeal,
    sees_all: bool,
}

impl ChangeCursors {
    /// Those given to a principal.
    pub(super) fn new(seal: CursorSeal, principal: &Principal) -> Self {
        Self {
            seal,
            sees_all: principal.role == Role::Admin,
        }
    }

    /// Whether the asker may know every place in the log.
    pub(super) fn see_all(&self) -> bool {
        self.sees_all
    }

    /// The cursor of a place.
    pub(super) fn at(&self, place: LogPlace) -> service::Result<String> {
        Ok(encode(CHANGES, &GivenPlace::Sealed(self.seal.seal(place)?)))
    }

    /// The place of a cursor.
    pub(super) fn read(&self, argument: &str, text: &str) -> Result<LogPlace> {
        self.place(argument, decode(CHANGES, argument, text)?)
    }

    /// The place that a cursor gives.
    pub(super) fn place(&self, argument: &str, given: GivenPlace) -> Result<LogPlace> {
        match given {
            GivenPlace::Sealed(bytes) => Ok(self.seal.open(&bytes)?),
            GivenPlace::Plain(place) if self.sees_all => Ok(place),
            GivenPlace::Plain(_) => Err(Failure::input(format!(
                "`{argument}` is a cursor of an older version of this server, which is not accepted any more; read the graph \
                 anew together with `changeCursor`, and go on from that"
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
                refused("entities", garbage).starts_with("`after` is no cursor"),
                "{garbage}"
            );
        }
    }
}
