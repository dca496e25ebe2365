//! Currencies: which units are money, and how finely each is divided.
//!
//! Source: ISO 4217, list one (SIX, amendment 177 of 2024), and of list three those that gave way to the euro or were renamed,
//! for amounts of their time; list three gives no minor units, so these have the ones they had when they ended.

use super::refusal::Refusal;
use super::unit::Unit;

/// Currencies without a minor unit.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF \
    BEF ESP ITL LUF PTE";

/// Currencies divided by a hundred.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG \
    HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV \
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
    SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG \
    ANG ATS CUC CYP DEM EEK FIM FRF GRD HRK IEP LTL LVL MTL NLG SIT SKK SLL ZWL";

/// Currencies divided by a thousand.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Units of account divided by ten thousand.
const TEN_THOUSANDTHS: &str = "CLF UYW";

/// The number of decimals of a currency's minor unit, by its ISO 4217 code; none if the code is not a currency.
pub fn minor_digits(code: &str) -> Option<u32> {
    let has = |list: &str| list.split_ascii_whitespace().any(|one| one == code);
    [
        (HUNDREDTHS, 2),
        (WHOLE, 0),
        (THOUSANDTHS, 3),
        (TEN_THOUSANDTHS, 4),
    ]
    .into_iter()
    .find(|(list, _)| has(list))
    .map(|(_, digits)| digits)
}

/// The error that a text is not a currency code. The message is shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: write its ISO 4217 code, as CNY, EUR, USD")]
pub struct CurrencyError(String);

impl From<CurrencyError> for Refusal {
    fn from(CurrencyError(text): CurrencyError) -> Self {
        let reason = format!("`{text}` is not a currency");
        Self::new(reason, "write its ISO 4217 code, as CNY, EUR, USD")
    }
}

impl Unit {
    /// Parses the code of a currency.
    pub fn parse_currency(text: &str) -> Result<Self, CurrencyError> {
        let unit = Self::parse(text).ok().filter(Self::is_currency);
        unit.ok_or_else(|| CurrencyError(text.to_string()))
    }

    /// Whether it is money.
    pub fn is_currency(&self) -> bool {
        minor_digits(self.as_str()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        let digits = [
            "CNY", "EUR", "JPY", "KRW", "KWD", "TND", "CLF", "ISK", "HUF", "DEM",
        ]
        .map(minor_digits);
        let expected = [2, 2, 0, 0, 3, 3, 4, 0, 2, 2].map(Some);
        assert_eq!(digits, expected);
        for code in ["PERSON", "RMB", "cny", "", "EU", "XXX"] {
            assert_eq!(minor_digits(code), None, "{code}");
        }
    }

    #[test]
    fn every_code_stands_once_and_has_three_letters() {
        let lists = [WHOLE, HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS];
        let codes: Vec<&str> = lists
            .iter()
            .flat_map(|list| list.split_ascii_whitespace())
            .collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 3 && Unit::parse(code).is_ok())
        );
    }

    #[test]
    fn an_invalid_currency_is_rejected_with_a_hint() {
        assert_eq!(
            Unit::parse_currency("RMB").unwrap_err().to_string(),
            "`RMB` is not a currency: write its ISO 4217 code, as CNY, EUR, USD"
        );
        assert_eq!(Unit::parse_currency("EUR").unwrap().as_str(), "EUR");
    }
}
