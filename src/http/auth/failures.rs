//! Rate limits for failed authentication: for each address, and for each identity.
//!
//! Every credential is verified, however often others failed from the same address: behind a proxy many clients share one, and none
//! of them may lock out the others. Over the limit only the response to a failure changes: it says to wait. That makes nothing
//! easier to guess: a key has 160 random bits and a token a signature, and over the limit a wrong guess reveals less than below it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::client::network;
use crate::model::key::KeyId;

/// How long a failed credential is remembered: sent again from the same address, it does not count as another guess.
const REPEATED_FOR: Duration = Duration::from_mins(1);
/// Maximum number of failed credentials that are remembered; beyond it each counts as a guess.
const REPEATED_MAX: usize = 10_000;
/// Number of failures after which expired entries are removed.
const SWEEP_EVERY: u32 = 1024;

/// The identity that failures are counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum FailedIdentity {
    /// An existing key.
    Key(KeyId),
    /// An unknown credential, hashed.
    Unknown([u8; 32]),
}

impl FailedIdentity {
    /// The identity of a credential that names no key. Hashed, so that no credential stays in memory longer than its request.
    pub(super) fn unknown(credential: &str) -> Self {
        Self::Unknown(Sha256::digest(credential.as_bytes()).into())
    }
}

/// The failed authentications of each address and identity.
pub(super) struct AuthFailures {
    addresses: FailureLimit<IpAddr>,
    identities: FailureLimit<FailedIdentity>,
    /// Credentials that failed from an address, and the time until which they are remembered.
    repeated: Mutex<HashMap<(IpAddr, [u8; 32]), Instant>>,
    calls: AtomicU32,
}

/// A rate limit of failures for each key.
struct FailureLimit<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, MonotonicClock>,
    /// The time until which each key is over its limit.
    over_until: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> FailureLimit<K> {
    fn new(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock),
            over_until: Mutex::default(),
        }
    }

    /// How long a key stays over its limit; none if it is below.
    fn wait(&self, key: &K) -> Option<Duration> {
        let until = self.over_until.lock().get(key).copied()?;
        let wait = until.checked_duration_since(Instant::now())?;
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a failure; returns how long to wait if that exceeds the limit.
    fn charge(&self, key: &K) -> Option<Duration> {
        let over = self.limiter.check_key(key).err()?;
        let wait = over.wait_time_from(MonotonicClock.now());
        self.over_until.lock().insert(key.clone(), Instant::now() + wait);
        Some(wait)
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        let now = Instant::now();
        self.over_until.lock().retain(|_, until| now < *until);
    }
}

impl AuthFailures {
    /// Limits of `per_minute_max` failures a minute, with bursts of the same size.
    pub(super) fn new(per_minute_max: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute_max);
        Self {
            addresses: FailureLimit::new(quota),
            identities: FailureLimit::new(quota),
            repeated: Mutex::default(),
            calls: AtomicU32::new(0),
        }
    }

    /// How long an address must wait; none if it is below its limit.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        self.addresses.wait(&network(address))
    }

    /// Records a failed credential. The error is how long to wait if that exceeds a limit.
    pub(super) fn record(
        &self,
        address: IpAddr,
        credential: &str,
        identity: &FailedIdentity,
    ) -> Result<(), Duration> {
        self.sweep();
        let address = network(address);
        // A client that waits is not charged, or it would wait forever.
        let wait = self.addresses.wait(&address).max(self.identities.wait(identity));
        if let Some(wait) = wait {
            return Err(wait);
        }
        let is_guess = !self.is_repeated(address, credential);
        let address_wait = is_guess.then(|| self.addresses.charge(&address)).flatten();
        match address_wait.max(self.identities.charge(identity)) {
            Some(wait) => Err(wait),
            None => Ok(()),
        }
    }

    /// Whether the same credential failed from the same address a moment ago. A script that keeps sending an expired key is not
    /// guessing, and may share its address with others.
    fn is_repeated(&self, address: IpAddr, credential: &str) -> bool {
        let fingerprint = Sha256::digest(credential.as_bytes()).into();
        let now = Instant::now();
        let mut repeated = self.repeated.lock();
        let (key, until) = ((address, fingerprint), now + REPEATED_FOR);
        let before = repeated.get(&key).is_some_and(|until| now < *until);
        if before || repeated.len() < REPEATED_MAX {
            repeated.insert(key, until);
        }
        before
    }

    /// Removes expired entries from time to time.
    fn sweep(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.addresses.sweep();
            self.identities.sweep();
            let now = Instant::now();
            self.repeated.lock().retain(|_, until| now < *until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(failures: &AuthFailures, address: &str, credential: &str) -> Result<(), Duration> {
        let identity = FailedIdentity::unknown(credential);
        failures.record(address.parse().unwrap(), credential, &identity)
    }

    #[test]
    fn an_address_that_guesses_waits_and_no_other_does() {
        let failures = AuthFailures::new(NonZeroU32::new(2).unwrap());
        assert!(fail(&failures, "10.0.0.1", "a").is_ok() && fail(&failures, "10.0.0.1", "b").is_ok());
        assert_eq!(
            failures.wait("10.0.0.1".parse().unwrap()),
            None,
            "not over the limit yet"
        );
        let wait = fail(&failures, "10.0.0.1", "c").unwrap_err();
        assert!(
            wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
            "{wait:?}"
        );
        assert!(failures.wait("10.0.0.1".parse().unwrap()).is_some());
        assert!(fail(&failures, "10.0.0.1", "a").is_err());
        assert!(fail(&failures, "10.0.0.2", "a").is_ok());
    }

    #[test]
    fn what_is_presented_again_and_again_waits_alone() {
        let failures = AuthFailures::new(NonZeroU32::new(3).unwrap());
        for _ in 0..3 {
            assert!(fail(&failures, "10.0.0.1", "ended").is_ok());
        }
        assert!(fail(&failures, "10.0.0.1", "ended").is_err());
        assert_eq!(failures.wait("10.0.0.1".parse().unwrap()), None);
        assert!(fail(&failures, "10.0.0.1", "another").is_ok());
    }

    #[test]
    fn guesses_at_one_key_are_counted_wherever_they_come_from() {
        let failures = AuthFailures::new(NonZeroU32::new(2).unwrap());
        let key = FailedIdentity::Key(KeyId::parse("3f8k2m9qv1xz").unwrap());
        let mut accepted = Vec::new();
        for guess in 1..5 {
            let address = IpAddr::from([10, 0, 0, guess]);
            accepted.push(failures.record(address, &format!("guess {guess}"), &key).is_ok());
        }
        assert_eq!(accepted, [true, true, false, false]);
    }
}
