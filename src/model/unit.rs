//! Units of amounts.

use super::language::Bilingual;
use super::vocabulary;

/// The error that a text is not a unit code. The message is shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a valid unit (expected a code of capital letters, as CNY, PERSON, PROJECT)")]
pub struct UnitError(pub(super) String);

/// A unit code, `[A-Z][A-Z0-9_]*`, compared exactly: `CNY`, `PERSON`, `PROJECT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(std::sync::Arc<str>);

impl Unit {
    /// Parses a unit code.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let is_code = text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() <= 32
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if is_code {
            Ok(Self(text.into()))
        } else {
            Err(UnitError(text.into()))
        }
    }
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Its label after a number; the code if there is no label.
    pub fn label(&self) -> Bilingual<&str> {
        vocabulary::open::UNITS.label_of(self.as_str())
    }
}
