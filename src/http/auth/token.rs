//! Verification of tokens (JWT) from an external login service.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::keyset::KeySet;
use crate::model::id::DatasetId;
use crate::model::principal::{DatasetScope, Principal, Role};

/// Maximum length of `sub` in characters.
const SUBJECT_MAX: usize = 200;
/// The value in the roles claim that permits reading personal data.
const PII: &str = "pii";

/// The requirements for a token.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The keys that a token may be signed with.
    pub keys: Arc<KeySet>,
    /// The required issuer, `iss`.
    pub issuer: String,
    /// The required audience, one of `aud`.
    pub audience: String,
    /// The claim with the roles: a name, or a path with dots.
    pub roles_claim: String,
    /// The claim with the data sets: a name, or a path with dots.
    pub datasets_claim: String,
    /// Tolerated difference between the clocks, in seconds.
    pub skew_s_max: u64,
}

/// Why a token is not accepted. Only for the log: the client is not told, as it would help to forge one.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("it is not a JWT signed with RS256, ES256 or EdDSA")]
    Shape,
    #[error("its header has `crit`, which is not supported")]
    Critical,
    #[error("it is signed with the key {0:?}, which is not in the key set")]
    UnknownKey(Option<String>),
    #[error("its algorithm is not that of the key {0:?}")]
    Algorithm(Option<String>),
    #[error("{0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    #[error("its {0} is missing or not valid")]
    Claim(&'static str),
    #[error("its roles claim `{0}` has no role (expected reader, editor or admin)")]
    NoRole(String),
}

impl TokenRules {
    /// The principal of a token.
    pub(super) async fn authenticate(&self, token: &str) -> Result<Principal, TokenError> {
        // Unsupported algorithms, such as `none`, fail to decode.
        let header = decode_header(token).map_err(|_| TokenError::Shape)?;
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        let id = || header.kid.as_deref().map(shortened);
        let key = self.keys.key(header.kid.as_deref()).await;
        let key = key.ok_or_else(|| TokenError::UnknownKey(id()))?;
        if header.alg != key.algorithm {
            return Err(TokenError::Algorithm(id()));
        }
        let mut validation = Validation::new(key.algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.leeway = self.skew_s_max;
        validation.validate_nbf = true;
        let claims: Map<String, Value> = decode(token, &key.key, &validation)?.claims;
        self.principal(&claims)
    }

    fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, TokenError> {
        // The library also accepts a list of issuers, which is not valid.
        if !claims.get("iss").is_some_and(Value::is_string) {
            return Err(TokenError::Claim("iss"));
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let is_allowed = |c: char| !c.is_control() && !c.is_whitespace();
        if subject.is_empty() || subject.chars().count() > SUBJECT_MAX || !subject.chars().all(is_allowed) {
            return Err(TokenError::Claim("sub"));
        }
        let roles = words(at_path(claims, &self.roles_claim)).ok_or(TokenError::Claim("roles claim"))?;
        // Roles of other services are skipped.
        let role = roles.iter().filter_map(|role| Role::parse(role)).max();
        let role = role.ok_or_else(|| TokenError::NoRole(self.roles_claim.clone()))?;
        Ok(Principal {
            name: format!("jwt:{subject}"),
            role,
            pii: roles.iter().any(|role| role == PII),
            scope: scope(at_path(claims, &self.datasets_claim))?,
        })
    }
}

/// The claim with a name or, if there is none, at a path such as `realm_access.roles`.
fn at_path<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(claim) = claims.get(path) {
        return Some(claim);
    }
    let (first, rest) = path.split_once('.')?;
    at_path(claims.get(first)?.as_object()?, rest)
}

/// The words of a claim: a list, or a string separated by spaces. Empty if the claim is missing; none if it is neither.
fn words(claim: Option<&Value>) -> Option<Vec<String>> {
    match claim {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(text.split_ascii_whitespace().map(String::from).collect()),
        Some(Value::Array(list)) => list.iter().map(|word| word.as_str().map(String::from)).collect(),
        Some(_) => None,
    }
}

fn scope(claim: Option<&Value>) -> Result<DatasetScope, TokenError> {
    let error = TokenError::Claim("data sets claim");
    if matches!(claim, None | Some(Value::Null)) {
        return Ok(DatasetScope::Unscoped);
    }
    let Some(ids) = words(claim) else {
        return Err(error);
    };
    let ids: Result<BTreeSet<_>, _> = ids.iter().map(|id| DatasetId::parse(id)).collect();
    ids.map(DatasetScope::Only).map_err(|_| error)
}

/// Untrusted text, shortened for the log.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_a_path() {
        let claims = claims(&serde_json::json!({"a.b": 1, "a": {"b": 2, "c": {"d": 3}}}));
        assert_eq!(at_path(&claims, "a.b"), Some(&1.into()));
        assert_eq!(at_path(&claims, "a.c.d"), Some(&3.into()));
        assert_eq!(at_path(&claims, "a.x"), None);
    }

    #[test]
    fn an_invalid_data_sets_claim_grants_nothing() {
        let of = |value: Value| scope(Some(&value));
        assert_eq!(scope(None).unwrap(), DatasetScope::Unscoped);
        assert_eq!(
            of(serde_json::json!([])).unwrap(),
            DatasetScope::Only(BTreeSet::new())
        );
        assert_eq!(
            of("a b".into()).unwrap(),
            of(serde_json::json!(["b", "a"])).unwrap()
        );
        for wrong in [
            serde_json::json!(1),
            serde_json::json!(["a", 1]),
            serde_json::json!(["a b"]),
        ] {
            assert!(of(wrong).is_err());
        }
    }
}
