//! The options of authentication on the command line.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroU64};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// The value of an option that is `on` or `off`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Switch {
    /// Allowed.
    On,
    /// Not allowed.
    Off,
}

macro_rules! auth_args {
    (
        common { $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal $(, $arg:ident = $set:literal)?;)+ }
        expert { $($(#[doc = $expert_doc:literal])+ $expert:ident: $expert_type:ty = $expert_env:literal;)+ }
    ) => {
        /// The options of authentication.
        #[derive(Args, Serialize)]
        pub(super) struct AuthArgs {
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, value_name = "VALUE" $(, $arg = $set)?)]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
            $(
                $(#[doc = $expert_doc])+
                #[arg(
                    long, env = $expert_env, value_name = "VALUE", hide_short_help = true, help_heading = "Expert"
                )]
                #[serde(skip_serializing_if = "Option::is_none")]
                $expert: Option<$expert_type>,
            )+
        }
    };
}

auth_args! {
    common {
        /// Whether clients without a key may read public data [default: on]
        anonymous: Switch = "HUKUN_ANONYMOUS";
        /// Addresses of trusted proxies, separated by commas, whose X-Forwarded-For is used
        proxies: Vec<IpAddr> = "HUKUN_PROXIES", value_delimiter = ',';
        /// Key set (JWKS) of a login service whose tokens are accepted: an https:// address or a file
        jwt_jwks: String = "HUKUN_JWT_JWKS";
        /// Required issuer (iss) of tokens
        jwt_issuer: String = "HUKUN_JWT_ISSUER";
        /// Required audience (aud) of tokens
        jwt_audience: String = "HUKUN_JWT_AUDIENCE";
    }
    expert {
        /// Failed keys and tokens a minute, for each address and each key
        auth_failures_per_minute_max: NonZeroU32 = "HUKUN_AUTH_FAILURES_PER_MINUTE_MAX";
        /// Claim with the roles: a name, or a path with dots [default: roles]
        jwt_roles_claim: String = "HUKUN_JWT_ROLES_CLAIM";
        /// Claim with the data sets granted by name: a name, or a path with dots [default: datasets]
        jwt_datasets_claim: String = "HUKUN_JWT_DATASETS_CLAIM";
        /// Seconds by which clocks may differ
        jwt_skew_s_max: u64 = "HUKUN_JWT_SKEW_S_MAX";
        /// Seconds before the key set is fetched again because of an unknown key
        jwt_refetch_s_min: NonZeroU64 = "HUKUN_JWT_REFETCH_S_MIN";
        /// Seconds after which the key set is fetched again in any case
        jwt_refresh_s_max: NonZeroU64 = "HUKUN_JWT_REFRESH_S_MAX";
    }
}
