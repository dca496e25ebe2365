//! The settings of authentication: anonymous clients, failures, and tokens of a login service.

use std::sync::Arc;
use std::time::Duration;

use super::auth_args::Switch;
use super::settings::Settings;
use super::usage::UsageError;
use crate::http::{AuthConfig, KeySet, KeySetLocation, TokenRules};

/// Maximum clock difference in seconds: a larger one would keep expired tokens valid.
const SKEW_S_MAX: u64 = 600;

/// Checks the settings of authentication.
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
            "--jwt-skew-s-max {}: at most {SKEW_S_MAX}, because tokens stay valid for that long after they expire",
            settings.jwt_skew_s_max
        )));
    }
    if let Some(location) = &settings.jwt_jwks {
        KeySetLocation::parse(location).map_err(|reason| UsageError::new(format!("--jwt-jwks {reason}")))?;
    }
    Ok(())
}

/// The configuration of authentication. Reads the key set, if there is one.
pub(super) async fn config(settings: &Settings) -> anyhow::Result<AuthConfig> {
    let tokens = match (&settings.jwt_jwks, &settings.jwt_issuer, &settings.jwt_audience) {
        (Some(location), Some(issuer), Some(audience)) => {
            let location = KeySetLocation::parse(location).map_err(anyhow::Error::msg)?;
            let refetch = Duration::from_secs(settings.jwt_refetch_s_min.get());
            let refresh = Duration::from_secs(settings.jwt_refresh_s_max.get());
            let keys = KeySet::open(location, refetch, refresh).await;
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
