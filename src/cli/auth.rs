//! The settings of who may ask: anonymous askers, failures, and tokens of another service.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::settings::{Settings, UsageError};
use crate::http::{AuthConfig, KeySet, KeySetPlace, TokenRules};

/// The largest difference of clocks that is still one: more would let dead tokens live.
const SKEW_S_MAX: u64 = 600;

/// Whether something is allowed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

macro_rules! auth_args {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal $(, $arg:ident = $set:literal)?;)+) => {
        /// Who may ask, and how they say who they are.
        #[derive(Args, Serialize)]
        pub(super) struct AuthArgs {
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, value_name = "VALUE" $(, $arg = $set)?)]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
        }
    };
}

auth_args! {
    /// Whether whoever sends no key may read what is public [default: on]
    anonymous: Switch = "HUKUN_ANONYMOUS";
    /// Keys and tokens from one address that may fail in a minute
    auth_failures_per_minute_max: NonZeroU32 = "HUKUN_AUTH_FAILURES_PER_MINUTE_MAX";
    /// Addresses of proxies, with commas between, whose X-Forwarded-For is believed
    proxies: Vec<IpAddr> = "HUKUN_PROXIES", value_delimiter = ',';
    /// The keys of a login service, as a JWKS: an https:// address or a file; then its tokens are accepted
    jwt_jwks: String = "HUKUN_JWT_JWKS";
    /// What `iss` of a token must be
    jwt_issuer: String = "HUKUN_JWT_ISSUER";
    /// What `aud` of a token must be, or have
    jwt_audience: String = "HUKUN_JWT_AUDIENCE";
    /// The claim with the roles: a name, or a path with dots [default: roles]
    jwt_roles_claim: String = "HUKUN_JWT_ROLES_CLAIM";
    /// The claim with the data sets given by name: a name, or a path with dots [default: datasets]
    jwt_datasets_claim: String = "HUKUN_JWT_DATASETS_CLAIM";
    /// Seconds by which the clocks may differ
    jwt_skew_s_max: u64 = "HUKUN_JWT_SKEW_S_MAX";
    /// Seconds before the keys are fetched again for a token of an unknown one
    jwt_refetch_s_min: NonZeroU64 = "HUKUN_JWT_REFETCH_S_MIN";
    /// Seconds after which the keys are fetched again in any case
    jwt_refresh_s_max: NonZeroU64 = "HUKUN_JWT_REFRESH_S_MAX";
}

/// Refuses what makes no sense.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    let tokens = [&settings.jwt_jwks, &settings.jwt_issuer, &settings.jwt_audience];
    let given = tokens.iter().filter(|setting| setting.is_some()).count();
    if given != 0 && given != tokens.len() {
        return Err(UsageError::new(
            "--jwt-jwks, --jwt-issuer and --jwt-audience go together: give all three, or none",
        ));
    }
    if settings.jwt_skew_s_max > SKEW_S_MAX {
        return Err(UsageError::new(format!(
            "--jwt-skew-s-max {}: at most {SKEW_S_MAX}, for a token would live on so long after its end",
            settings.jwt_skew_s_max
        )));
    }
    if let Some(place) = &settings.jwt_jwks {
        KeySetPlace::parse(place).map_err(|reason| UsageError::new(format!("--jwt-jwks {reason}")))?;
    }
    Ok(())
}

/// What the server holds askers to. Reads the key set, where there is one.
pub(super) async fn config(settings: &Settings) -> anyhow::Result<AuthConfig> {
    let tokens = match (&settings.jwt_jwks, &settings.jwt_issuer, &settings.jwt_audience) {
        (Some(place), Some(issuer), Some(audience)) => {
            let place = KeySetPlace::parse(place).map_err(anyhow::Error::msg)?;
            let refetch = Duration::from_secs(settings.jwt_refetch_s_min.get());
            let refresh = Duration::from_secs(settings.jwt_refresh_s_max.get());
            let keys = KeySet::open(place, refetch, refresh).await;
            let keys =
                keys.map_err(|reason| anyhow::anyhow!("the key set (--jwt-jwks) cannot be read: {reason}"))?;
            Some(TokenRules {
                keys: Arc::new(keys),
                issuer: issuer.clone(),
                audience: audience.clone(),
                roles_claim: settings.jwt_roles_claim.clone(),
                datasets_claim: settings.jwt_datasets_claim.clone(),
                skew_s_max: settings.jwt_skew_s_max,
            })
        }
        _ => None,
    };
    Ok(AuthConfig {
        anonymous: settings.anonymous == Switch::On,
        failures_per_minute_max: settings.auth_failures_per_minute_max,
        proxies: settings.proxies.clone(),
        tokens,
    })
}
