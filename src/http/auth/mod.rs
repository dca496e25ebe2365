//! Who asks. What a request presents, a key or a token, becomes a [`Principal`]; what that one may do is decided in the service.
//!
//! - Nothing presented: anonymous, where the server lets anonymous askers read.
//! - Something presented that is not accepted: refused, and never taken for anonymous. Why stands in the log alone, with the
//!   id of the key, never with its secret.

mod client;
mod failures;
mod fetch;
mod keyset;
mod token;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::answer::Problem;
use super::media::Media;
use crate::graphql::{Code, Failure};
use crate::model::principal::Principal;
use crate::service::{KeyRefused, KeyRing, ServiceError};
use failures::{Failures, Identity};

use client::client;
pub(super) use client::{Peer, is_proxy, network};
pub use keyset::{KeySet, KeySetPlace};
pub use token::TokenRules;

/// Bytes of a key or token that are looked at, at most. Large tokens of real services have some three thousand.
const CREDENTIAL_BYTES_MAX: usize = 8 * 1024;

/// Who may ask, and how they say who they are.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Whether whoever presents nothing may read what is public.
    pub anonymous: bool,
    /// Failures that one address, and one key, may have in a minute.
    pub failures_per_minute_max: NonZeroU32,
    /// Proxies before this server: what they say of the client's address is believed.
    pub proxies: Vec<IpAddr>,
    /// What tokens must be like; none: none are accepted.
    pub tokens: Option<TokenRules>,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            anonymous: true,
            failures_per_minute_max: NonZeroU32::MIN.saturating_add(19),
            proxies: Vec::new(),
            tokens: None,
        }
    }
}

/// Tells who asks. A copy is another handle to the same.
#[derive(Clone)]
pub(super) struct Doorkeeper(Arc<Inner>);

struct Inner {
    config: AuthConfig,
    keys: KeyRing,
    failures: Failures,
}

/// Why nobody is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// They did not say who they are, or are not believed; and what to do.
    Unauthenticated(&'static str),
    /// Too many failures from their address, or under the same name.
    TooMany {
        /// How long to wait.
        retry_after_s: u64,
    },
    /// The store of the keys does not answer, or fails.
    Store(Failure),
}

const NO_CREDENTIAL: &str = "this server answers nobody unknown: send `Authorization: Bearer KEY`, with a key that its operator \
                             makes by `hukun key create`";
const NOT_BEARER: &str = "the `Authorization` header is not of the form `Bearer KEY`, once";
const CUT: &str = "the key is not whole: copy it again from its first letter to its last";
/// One for all: which it is would tell a stranger which keys there are.
const NOT_ACCEPTED: &str = "the key or token is not accepted: it is wrong, has expired or was revoked; ask the operator of this \
                            server for a new one, or send none";

impl Doorkeeper {
    pub(super) fn new(config: AuthConfig, keys: KeyRing) -> Self {
        let failures = Failures::new(config.failures_per_minute_max);
        Self(Arc::new(Inner {
            config,
            keys,
            failures,
        }))
    }

    /// Who asks, by what they present: a key or a token, without `Bearer`. Whoever keeps a connection open for long asks again now
    /// and then with what was presented, for it may expire or be revoked.
    pub(super) async fn admit(&self, presented: Option<&str>, client: IpAddr) -> Result<Principal, Denied> {
        let Inner { config, failures, .. } = &*self.0;
        let Some(credential) = presented else {
            return if config.anonymous {
                Ok(Principal::anonymous())
            } else {
                Err(Denied::Unauthenticated(NO_CREDENTIAL))
            };
        };
        // Looked at, whatever failed before: who has a good key is not to be shut out by a neighbor.
        let waits = failures.over(client).is_some();
        match self.verify(credential, !waits).await? {
            Ok(principal) => Ok(principal),
            Err(refused) => {
                match failures.failed(client, credential, &refused.identity) {
                    Ok(()) => {
                        tracing::warn!(%client, reason = %refused.reason, "a credential is not accepted");
                        Err(Denied::Unauthenticated(refused.told))
                    }
                    Err(wait) => {
                        // Told once, so that guesses do not fill the log.
                        if !waits {
                            tracing::warn!(%client, reason = %refused.reason, "too many credentials are not accepted");
                        }
                        Err(too_many(wait))
                    }
                }
            }
        }
    }

    /// What a request presents: none where it has no `Authorization`.
    pub(super) fn presented(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let value = match (given.next(), given.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        let bearer = value.and_then(|value| value.split_once(' '));
        match bearer {
            Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(Some(credential.trim()))
            }
            _ => Err(Denied::Unauthenticated(NOT_BEARER)),
        }
    }

    /// `newest`: the store may be asked for what was made just now; guesses beyond the limit are not to keep it busy.
    async fn verify(&self, credential: &str, newest: bool) -> Result<Result<Principal, Refused>, Denied> {
        let Inner { config, keys, .. } = &*self.0;
        let unknown = |reason: String| {
            Ok(Err(Refused {
                reason,
                told: NOT_ACCEPTED,
                identity: Identity::unknown(credential),
            }))
        };
        if credential.len() > CREDENTIAL_BYTES_MAX {
            return unknown("it is too long".into());
        }
        if KeyRing::is_meant_as_key(credential) {
            let admitted = keys.admit(credential, newest).await.map_err(Denied::from)?;
            return Ok(admitted.map_err(|refused| Refused::of_key(&refused, credential)));
        }
        match &config.tokens {
            Some(rules) => match rules.admit(credential).await {
                Ok(principal) => Ok(Ok(principal)),
                Err(refused) => unknown(refused.to_string()),
            },
            None => unknown("it is no key, and no tokens are accepted (--jwt-jwks)".into()),
        }
    }

    /// Where a request comes from: see [`client`].
    pub(super) fn client(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
        client(peer, request.headers(), &self.0.config.proxies)
    }
}

/// Why something presented is not accepted, for the log and for whoever presented it.
struct Refused {
    reason: String,
    told: &'static str,
    identity: Identity,
}

impl Refused {
    fn of_key(refused: &KeyRefused, credential: &str) -> Self {
        let identity = match refused {
            KeyRefused::Cut | KeyRefused::Unknown(_) => Identity::unknown(credential),
            KeyRefused::Wrong(id) | KeyRefused::Expired(id) | KeyRefused::Revoked(id) => {
                Identity::Key(id.clone())
            }
        };
        Self {
            reason: refused.to_string(),
            told: if *refused == KeyRefused::Cut {
                CUT
            } else {
                NOT_ACCEPTED
            },
            identity,
        }
    }
}

impl From<ServiceError> for Denied {
    fn from(error: ServiceError) -> Self {
        Self::Store(error.into())
    }
}

fn too_many(wait: Duration) -> Denied {
    Denied::TooMany {
        retry_after_s: wait.as_secs() + 1,
    }
}

/// Lets a request through with its principal, or answers it. Every route that gives data goes through here.
pub(super) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = app.doorkeeper.client(&request);
    let admitted = match Doorkeeper::presented(request.headers()) {
        Ok(presented) => app.doorkeeper.admit(presented, client).await,
        Err(denied) => Err(denied),
    };
    match admitted {
        Ok(principal) => {
            request.extensions_mut().insert(Arc::new(principal));
            next.run(request).await
        }
        Err(denied) => denied.into_response(Media::of(request.headers())),
    }
}

impl Denied {
    pub(super) fn into_response(self, media: Media) -> Response {
        let (status, code, message) = match &self {
            Self::Unauthenticated(message) => (
                StatusCode::UNAUTHORIZED,
                Code::Unauthenticated,
                (*message).to_string(),
            ),
            Self::TooMany { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                Code::LimitExceeded,
                format!(
                    "Too many keys or tokens were not accepted; correct the key, and try again in {retry_after_s} s."
                ),
            ),
            Self::Store(Failure { code, message, .. }) => {
                let status = match code {
                    Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => StatusCode::SERVICE_UNAVAILABLE,
                };
                (status, *code, message.clone())
            }
        };
        let mut response = Problem::new(status, code.as_str(), message).into_response(media);
        match self {
            Self::Unauthenticated(_) => {
                let challenge = HeaderValue::from_static("Bearer realm=\"hukun\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            Self::TooMany { retry_after_s } => {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
            }
            Self::Store(_) => {}
        }
        response
    }
}
