//! Units: codes, compared exactly.

use super::quantity::QuantityError;

/// A unit code, `[A-Z][A-Z0-9_]*`, compared exactly: `CNY`, `PERSON`, `PROJECT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(std::sync::Arc<str>);

impl Unit {
    /// Parses a unit code.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let shaped = text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() <= 32
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if shaped {
            Ok(Self(text.into()))
        } else {
            Err(QuantityError::Unit(text.into()))
        }
    }
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The unit in Chinese, as it stands behind a number; the code, where there is no word for it.
    pub fn zh(&self) -> &str {
        match self.as_str() {
            "CNY" => "元",
            "PERSON" => "人",
            "PROJECT" => "个项目",
            "COMPANY" => "家企业",
            "LAB" => "个平台",
            "FUND" => "只基金",
            "ITEM" => "项",
            "MONTH" => "个月",
            "CORE_HOUR" => "核时",
            "CARD" => "张卡",
            code => code,
        }
    }
}
