//! Tokens (JWT) of another service: whether one is to be believed, and who asks with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::keyset::KeySet;
use crate::model::id::DatasetId;
use crate::model::principal::{Principal, Role, Scope};

/// The most of a `sub` that is taken for a name, in characters.
const SUBJECT_MAX: usize = 200;
/// What the roles claim has beside a role where its owner may see personal data.
const PII: &str = "pii";

/// What a token must be like.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The keys it may be signed with.
    pub keys: Arc<KeySet>,
    /// Who must have issued it: its `iss`.
    pub issuer: String,
    /// For whom it must be: one of its `aud`.
    pub audience: String,
    /// Where its roles stand: the name of a claim, or a path to it with dots between.
    pub roles_claim: String,
    /// Where its data sets stand, in the same way.
    pub datasets_claim: String,
    /// How far the clocks may differ, in seconds.
    pub skew_s_max: u64,
}

/// Why a token is not accepted. For the log: told to whoever asks, it would help to forge one.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenRefused {
    #[error("it is no JWT signed by RS256, ES256 or EdDSA")]
    Shape,
    #[error("its header has `crit`, which is not known here")]
    Critical,
    #[error("it is signed with the key {0:?}, which is not in the key set")]
    UnknownKey(Option<String>),
    #[error("its algorithm is not that of the key {0:?}")]
    Algorithm(Option<String>),
    #[error("{0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    #[error("its {0} is not as it must be")]
    Claim(&'static str),
    #[error("its roles claim `{0}` has none of reader, editor and admin")]
    NoRole(String),
}

impl TokenRules {
    /// Who asks with a token.
    pub(super) async fn admit(&self, token: &str) -> Result<Principal, TokenRefused> {
        // An algorithm that is not known, `none` among them, is no header at all.
        let header = decode_header(token).map_err(|_| TokenRefused::Shape)?;
        if header.crit.is_some() {
            return Err(TokenRefused::Critical);
        }
        let id = || header.kid.as_deref().map(shortened);
        let key = self.keys.key(header.kid.as_deref()).await;
        let key = key.ok_or_else(|| TokenRefused::UnknownKey(id()))?;
        if header.alg != key.algorithm {
            return Err(TokenRefused::Algorithm(id()));
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

    fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, TokenRefused> {
        // The library takes a list of issuers too, which no issuer writes.
        if !claims.get("iss").is_some_and(Value::is_string) {
            return Err(TokenRefused::Claim("iss"));
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let fits = |c: char| !c.is_control() && !c.is_whitespace();
        if subject.is_empty() || subject.chars().count() > SUBJECT_MAX || !subject.chars().all(fits) {
            return Err(TokenRefused::Claim("sub"));
        }
        let roles = words(at_path(claims, &self.roles_claim)).ok_or(TokenRefused::Claim("roles claim"))?;
        // Other services have roles in it too: what is not ours is passed over.
        let role = roles.iter().filter_map(|role| Role::parse(role)).max();
        let role = role.ok_or_else(|| TokenRefused::NoRole(self.roles_claim.clone()))?;
        Ok(Principal {
            name: format!("jwt:{subject}"),
            role,
            pii: roles.iter().any(|role| role == PII),
            scope: scope(at_path(claims, &self.datasets_claim))?,
        })
    }
}

/// The claim of a name, or, where there is none, the one that a path leads to: `realm_access.roles`.
fn at_path<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(claim) = claims.get(path) {
        return Some(claim);
    }
    let (first, rest) = path.split_once('.')?;
    at_path(claims.get(first)?.as_object()?, rest)
}

/// A list of words, or one text of words with spaces between. Nothing where there is no claim; none where it is neither.
fn words(claim: Option<&Value>) -> Option<Vec<String>> {
    match claim {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(text.split_ascii_whitespace().map(String::from).collect()),
        Some(Value::Array(list)) => list.iter().map(|word| word.as_str().map(String::from)).collect(),
        Some(_) => None,
    }
}

fn scope(claim: Option<&Value>) -> Result<Scope, TokenRefused> {
    let refused = TokenRefused::Claim("data sets claim");
    if matches!(claim, None | Some(Value::Null)) {
        return Ok(Scope::Unscoped);
    }
    let Some(ids) = words(claim) else {
        return Err(refused);
    };
    let ids: Result<BTreeSet<_>, _> = ids.iter().map(|id| DatasetId::parse(id)).collect();
    ids.map(Scope::Only).map_err(|_| refused)
}

/// What a stranger wrote, short enough for a log.
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
    fn a_claim_of_data_sets_that_cannot_be_read_opens_nothing() {
        let of = |value: Value| scope(Some(&value));
        assert_eq!(scope(None).unwrap(), Scope::Unscoped);
        assert_eq!(of(serde_json::json!([])).unwrap(), Scope::Only(BTreeSet::new()));
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
