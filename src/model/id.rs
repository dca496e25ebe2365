//! Record ids. The id of an entity contains its kind, `<kind>:<slug>`; other ids have no fixed form.
//!
//! An id is validated when it is parsed and never checked again. Ids are ordered as bytes, the order that all stores share.

use std::fmt;
use std::sync::Arc;

use super::entity_kind::EntityKind;
use super::free_text::visible;
use super::refusal::Refusal;

/// Maximum length of an id in bytes.
pub const ID_BYTES_MAX: usize = 200;

/// Why a text is not an id. `Display` shows the reason and the hint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.reason(), self.hint())]
pub enum IdError {
    /// It is not of the form `<kind>:<slug>`.
    Shape(String),
    /// The part before the colon is not a kind.
    Kind(String),
    /// It contains a character that is not allowed.
    Character(String, char),
    /// It is empty.
    Empty,
    /// It is too long; its length in bytes.
    Length(usize),
}

impl IdError {
    /// The reason.
    pub fn reason(&self) -> String {
        match self {
            Self::Shape(text) => format!("`{text}` is not a valid entity id (expected `<kind>:<slug>`)"),
            Self::Kind(text) => {
                format!("`{text}` is not a valid entity id (it does not begin with a known kind)")
            }
            Self::Character(text, c) if is_visible(*c) => {
                format!("`{text}` is not a valid id ({c:?} is not allowed)")
            }
            Self::Character(text, c) => {
                let text = visible(text);
                format!(
                    "`{text}` is not a valid id (U+{:04X} is not allowed)",
                    u32::from(*c)
                )
            }
            Self::Empty => "an id cannot be empty".into(),
            Self::Length(bytes) => format!("an id of {bytes} bytes is too long (at most {ID_BYTES_MAX})"),
        }
    }

    /// The hint.
    pub fn hint(&self) -> String {
        match self {
            Self::Shape(_) => "write it as `fund:angel`".into(),
            Self::Kind(_) => format!("the kinds are {}", EntityKind::prefixes()),
            Self::Character(..) => "write ASCII letters, digits and . _ - : /".into(),
            Self::Empty => "write one, such as `fund:angel`".into(),
            Self::Length(_) => "write a shorter one".into(),
        }
    }
}

impl From<IdError> for Refusal {
    fn from(error: IdError) -> Self {
        Self::new(error.reason(), error.hint())
    }
}

/// Whether a character is visible in a message.
fn is_visible(c: char) -> bool {
    !c.is_whitespace() && visible(c.encode_utf8(&mut [0; 4])).chars().eq([c]) || c == ' '
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::Length(text.len()));
    }
    match text
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || "._-:/".contains(*c)))
    {
        Some(c) => Err(IdError::Character(text.into(), c)),
        None => Ok(()),
    }
}

/// The id of an entity, `<kind>:<slug>`, always well formed and ordered as bytes.
#[derive(Clone)]
pub struct EntityId {
    text: Arc<str>,
    kind: EntityKind,
}

impl EntityId {
    /// Parses `<kind>:<slug>`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        check(text)?;
        let prefix = match text.split_once(':') {
            Some((prefix, slug)) if !slug.is_empty() => prefix,
            _ => return Err(IdError::Shape(text.into())),
        };
        let kind = EntityKind::from_prefix(prefix).ok_or_else(|| IdError::Kind(text.into()))?;
        Ok(Self {
            text: text.into(),
            kind,
        })
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key as shared text: a copy costs a count, no allocation.
    pub fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    /// The kind in the id.
    pub fn kind(&self) -> EntityKind {
        self.kind
    }
}

// The kind follows from the text, so the text alone decides equality, order and hash.
impl PartialEq for EntityId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for EntityId {}
impl PartialOrd for EntityId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for EntityId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.as_bytes().cmp(other.text.as_bytes())
    }
}
impl std::hash::Hash for EntityId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl std::borrow::Borrow<str> for EntityId {
    fn borrow(&self) -> &str {
        &self.text
    }
}
impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a key: ASCII letters, digits and `. _ - : /`.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }
            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The key as shared text: a copy costs a count, no allocation.
            pub fn shared(&self) -> Arc<str> {
                self.0.clone()
            }
            /// An id from a text that was validated before, so that stores do not parse it again.
            pub fn trusted(text: Arc<str>) -> Self {
                debug_assert!(check(&text).is_ok());
                Self(text)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

keys! {
    /// The key of a relation.
    RelationId,
    /// The key of an observation.
    ObservationId,
    /// The key of a rule.
    RuleId,
    /// The key of a source.
    SourceId,
    /// The key of a data set.
    DatasetId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_id_names_its_kind() {
        let id = EntityId::parse("fund:angel").unwrap();
        assert_eq!((id.as_str(), id.kind()), ("fund:angel", EntityKind::Fund));
        assert!(EntityId::parse("region:a").unwrap() < EntityId::parse("region:b").unwrap());
    }

    #[test]
    fn an_invalid_entity_id_is_rejected_with_the_reason() {
        assert_eq!(EntityId::parse("angel"), Err(IdError::Shape("angel".into())));
        assert_eq!(EntityId::parse("fund:"), Err(IdError::Shape("fund:".into())));
        assert_eq!(
            EntityId::parse("fond:angel"),
            Err(IdError::Kind("fond:angel".into()))
        );
        assert_eq!(
            EntityId::parse("fund:天使"),
            Err(IdError::Character("fund:天使".into(), '天'))
        );
        assert_eq!(EntityId::parse(""), Err(IdError::Empty));
        assert_eq!(
            EntityId::parse(&format!("fund:{}", "a".repeat(196))),
            Err(IdError::Length(201))
        );
        assert!(EntityId::parse(&format!("fund:{}", "a".repeat(195))).is_ok());
    }
}
