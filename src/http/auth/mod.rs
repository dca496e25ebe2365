//! Authentication: turns the credential of a request, a key or a token, into a [`Principal`]. Authorization is up to the service.
//!
//! - Without a credential the client is anonymous, if the server allows that.
//! - A credential that is not accepted is an error, never taken for anonymous. Only the log says why, with the id of the key and
//!   never with its secret.

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
use super::response::answer::HttpError;
use super::response::media::Media;
use crate::graphql::{ErrorCode, Failure};
use crate::model::principal::Principal;
use crate::service::{KeyRejection, KeyRing, ServiceError};
use failures::{AuthFailures, FailedIdentity};

use client::client_address;
pub(super) use client::{PeerAddress, is_proxy, network};
pub use keyset::{KeySet, KeySetLocation};
pub use token::TokenRules;

/// Maximum size of a key or token in bytes. Large tokens of real services have about three thousand.
const CREDENTIAL_BYTES_MAX: usize = 8 * 1024;

/// The configuration of authentication.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Whether clients without a credential may read public data.
    pub anonymous: bool,
    /// Maximum number of failures a minute, for each address and each key.
    pub failures_per_minute_max: NonZeroU32,
    /// Trusted proxies, whose `X-Forwarded-For` is used.
    pub proxies: Vec<IpAddr>,
    /// The requirements for tokens; none if tokens are not accepted.
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

/// Authenticates clients. A clone is another handle to the same authenticator.
#[derive(Clone)]
pub(super) struct Authenticator(Arc<AuthenticatorState>);

struct AuthenticatorState {
    config: AuthConfig,
    keys: KeyRing,
    failures: AuthFailures,
}

/// Why a client is not authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuthError {
    /// The credential is missing or not accepted; the message for the client.
    Unauthenticated(&'static str),
    /// Too many failures from the address or for the key.
    TooManyFailures {
        /// How long to wait, in seconds.
        retry_after_s: u64,
    },
    /// The keys cannot be read from the store.
    Store(Failure),
}

const NO_CREDENTIAL: &str = "Authentication required: send `Authorization: Bearer <key>`; the operator of this server creates \
                             keys with `hukun key create`.";
const NOT_BEARER: &str = "The `Authorization` header is malformed; send it once, as `Bearer <key>`.";
const INCOMPLETE_KEY: &str = "The key is incomplete; copy it in full.";
/// One message for all causes: the cause would reveal which keys exist.
const NOT_ACCEPTED: &str = "The key or token is not accepted (it is wrong, expired or revoked); ask the operator of this server \
                            for a new one, or send none.";

const KEYS_UNREADABLE: &str =
    "The keys cannot be read now; try again in a moment. The log of the server has the reason.";

impl Authenticator {
    pub(super) fn new(config: AuthConfig, keys: KeyRing) -> Self {
        let failures = AuthFailures::new(config.failures_per_minute_max);
        Self(Arc::new(AuthenticatorState {
            config,
            keys,
            failures,
        }))
    }

    /// The principal of a credential, which is a key or a token without `Bearer`. Long-lived connections authenticate again from
    /// time to time, because the credential can expire or be revoked.
    pub(super) async fn authenticate(
        &self,
        credential: Option<&str>,
        client: IpAddr,
    ) -> Result<Principal, AuthError> {
        let AuthenticatorState { config, failures, .. } = &*self.0;
        let Some(credential) = credential else {
            return if config.anonymous {
                Ok(Principal::anonymous())
            } else {
                Err(AuthError::Unauthenticated(NO_CREDENTIAL))
            };
        };
        // Verified whatever failed before: other clients of the same address must not lock out a good key.
        let is_over_limit = failures.wait(client).is_some();
        match self.verify(credential, !is_over_limit).await? {
            Ok(principal) => Ok(principal),
            Err(rejection) => {
                match failures.record(client, credential, &rejection.identity) {
                    Ok(()) => {
                        tracing::warn!(%client, reason = %rejection.reason, "a credential is not accepted");
                        Err(AuthError::Unauthenticated(rejection.message))
                    }
                    Err(wait) => {
                        // Logged once, so that guesses do not fill the log.
                        if !is_over_limit {
                            tracing::warn!(%client, reason = %rejection.reason, "too many credentials are not accepted");
                        }
                        Err(too_many_failures(wait))
                    }
                }
            }
        }
    }

    /// The credential of a request, without `Bearer`; none if it has no `Authorization` header.
    pub(super) fn credential(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        let bearer = value.and_then(|value| value.split_once(' '));
        match bearer {
            Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(Some(credential.trim()))
            }
            _ => Err(AuthError::Unauthenticated(NOT_BEARER)),
        }
    }

    /// Verifies a credential. With `newest` the store is also asked for keys made just now; guesses over the limit must not load it.
    async fn verify(
        &self,
        credential: &str,
        newest: bool,
    ) -> Result<Result<Principal, CredentialRejection>, AuthError> {
        let AuthenticatorState { config, keys, .. } = &*self.0;
        let unknown = |reason: String| {
            Ok(Err(CredentialRejection {
                reason,
                message: NOT_ACCEPTED,
                identity: FailedIdentity::unknown(credential),
            }))
        };
        if credential.len() > CREDENTIAL_BYTES_MAX {
            return unknown(format!("it is longer than {CREDENTIAL_BYTES_MAX} bytes"));
        }
        if KeyRing::is_meant_as_key(credential) {
            let principal = keys
                .authenticate(credential, newest)
                .await
                .map_err(AuthError::from)?;
            return Ok(principal.map_err(|refused| CredentialRejection::of_key(&refused, credential)));
        }
        match &config.tokens {
            Some(rules) => match rules.authenticate(credential).await {
                Ok(principal) => Ok(Ok(principal)),
                Err(error) => unknown(error.to_string()),
            },
            None => unknown("it is not a key, and tokens are not accepted (set --jwt-jwks)".into()),
        }
    }

    /// The address of the client; see [`client_address`].
    pub(super) fn client_address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<PeerAddress>();
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
        client_address(peer, request.headers(), &self.0.config.proxies)
    }
}

/// Why a credential is not accepted: the reason for the log, and the message for the client.
struct CredentialRejection {
    reason: String,
    message: &'static str,
    identity: FailedIdentity,
}

impl CredentialRejection {
    fn of_key(refused: &KeyRejection, credential: &str) -> Self {
        let identity = match refused {
            KeyRejection::Incomplete | KeyRejection::Unknown(_) => FailedIdentity::unknown(credential),
            KeyRejection::Wrong(id) | KeyRejection::Expired(id) | KeyRejection::Revoked(id) => {
                FailedIdentity::Key(id.clone())
            }
        };
        Self {
            reason: refused.to_string(),
            message: if *refused == KeyRejection::Incomplete {
                INCOMPLETE_KEY
            } else {
                NOT_ACCEPTED
            },
            identity,
        }
    }
}

impl From<ServiceError> for AuthError {
    fn from(error: ServiceError) -> Self {
        let on_disk = matches!(
            error,
            ServiceError::StoreFull { .. }
                | ServiceError::StoreMedium { .. }
                | ServiceError::StoreUnreadable
                | ServiceError::StoreUnflushed { .. }
        );
        if !on_disk {
            return Self::Store(error.into());
        }
        // The client is not authenticated yet: the path of the keys is for the log only.
        tracing::error!(%error, "the keys cannot be read");
        Self::Store(Failure::new(ErrorCode::StoreUnavailable, KEYS_UNREADABLE))
    }
}

fn too_many_failures(wait: Duration) -> AuthError {
    AuthError::TooManyFailures {
        retry_after_s: wait.as_secs() + 1,
    }
}

/// Middleware that adds the principal to a request, or rejects it. Every route that returns data goes through it.
pub(super) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = app.authenticator.client_address(&request);
    let principal = match Authenticator::credential(request.headers()) {
        Ok(credential) => app.authenticator.authenticate(credential, client).await,
        Err(error) => Err(error),
    };
    match principal {
        Ok(principal) => {
            request.extensions_mut().insert(Arc::new(principal));
            next.run(request).await
        }
        Err(error) => error.into_response(Media::of(request.headers())),
    }
}

impl AuthError {
    pub(super) fn into_response(self, media: Media) -> Response {
        let (status, code, message) = match &self {
            Self::Unauthenticated(message) => (
                StatusCode::UNAUTHORIZED,
                ErrorCode::Unauthenticated,
                (*message).to_string(),
            ),
            Self::TooManyFailures { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                ErrorCode::LimitExceeded,
                format!(
                    "Too many failed keys or tokens; correct the key and try again in {retry_after_s} s."
                ),
            ),
            Self::Store(Failure { code, message, .. }) => {
                let status = match code {
                    ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => StatusCode::SERVICE_UNAVAILABLE,
                };
                (status, *code, message.clone())
            }
        };
        let mut response = HttpError::new(status, code.as_str(), message).into_response(media);
        match self {
            Self::Unauthenticated(_) => {
                let challenge = HeaderValue::from_static("Bearer realm=\"hukun\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            Self::TooManyFailures { retry_after_s } => {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
            }
            Self::Store(_) => {}
        }
        response
    }
}
