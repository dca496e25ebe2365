//! Who asks. What a request presents, a key or a token, becomes a [`Principal`]; what that one may do is decided in the service.
//!
//! - Nothing presented: anonymous, where the server lets anonymous askers read.
//! - Something presented that is not accepted: refused, and never taken for anonymous. Why stands in the log alone, with the
//!   id of the key, never with its secret.

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
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::answer::Problem;
use super::media::Media;
use crate::graphql::{Code, Failure};
use crate::model::principal::Principal;
use crate::service::{KeyRefused, KeyRing, ServiceError};
use failures::Failures;

pub use keyset::{KeySet, KeySetPlace};
pub use token::TokenRules;

/// Bytes of a key or token that are looked at, at most. Large tokens of real services have some three thousand.
const CREDENTIAL_BYTES_MAX: usize = 8 * 1024;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who may ask, and how they say who they are.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Whether whoever presents nothing may read what is public.
    pub anonymous: bool,
    /// Failures that one address may have in a minute.
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

/// The address of the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

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
    /// Too many failures from their address.
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
        if let Err(wait) = failures.admit(client, credential) {
            tracing::debug!(%client, "not looked at: too many failures from this address");
            return Err(too_many(wait));
        }
        match self.verify(credential).await? {
            Ok(principal) => {
                failures.succeeded(credential);
                Ok(principal)
            }
            Err(refused) => {
                tracing::warn!(%client, reason = %refused.reason, "a credential is not accepted");
                match failures.failed(client) {
                    Ok(()) => Err(Denied::Unauthenticated(refused.told)),
                    Err(wait) => Err(too_many(wait)),
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

    async fn verify(&self, credential: &str) -> Result<Result<Principal, Refused>, Denied> {
        let Inner { config, keys, .. } = &*self.0;
        if credential.len() > CREDENTIAL_BYTES_MAX {
            return Ok(Err(Refused::of(&"it is too long")));
        }
        if KeyRing::is_meant_as_key(credential) {
            let admitted = keys.admit(credential).await.map_err(Denied::from)?;
            return Ok(admitted.map_err(|refused| Refused {
                reason: refused.to_string(),
                told: if refused == KeyRefused::Cut {
                    CUT
                } else {
                    NOT_ACCEPTED
                },
            }));
        }
        Ok(match &config.tokens {
            Some(rules) => rules
                .admit(credential)
                .await
                .map_err(|refused| Refused::of(&refused)),
            None => Err(Refused::of(
                &"it is no key, and no tokens are accepted (--jwt-jwks)",
            )),
        })
    }

    /// Where a request comes from: the other end of the connection or, where that is a known proxy, the last address in
    /// `X-Forwarded-For` that is none. What stands further to the left, a client may have written itself.
    pub(super) fn client(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
        let proxies = &self.0.config.proxies;
        if !proxies.contains(&peer) {
            return peer;
        }
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
        let hops: Vec<&str> = forwarded
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        let hops = hops
            .iter()
            .rev()
            .map_while(|hop| hop.trim().parse::<IpAddr>().ok());
        hops.into_iter()
            .find(|hop| !proxies.contains(hop))
            .unwrap_or(peer)
    }
}

/// Why something presented is not accepted, for the log and for whoever presented it.
struct Refused {
    reason: String,
    told: &'static str,
}

impl Refused {
    fn of(reason: &impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
            told: NOT_ACCEPTED,
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
        Err(denied) => denied.into_response(Media::negotiate(request.headers()).unwrap_or(Media::Json)),
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
                    "too many keys or tokens from this address were not accepted; try again in {retry_after_s} s"
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
