//! How often keys and tokens that are not accepted may be presented: by one address, and under one identity.
//!
//! Every credential is verified, however often others failed from the same address: behind a proxy many share one, and none of
//! them may shut the others out. Over the limit only the answer to a wrong one changes: it is told to wait, and no more. That
//! makes nothing easier to guess: a key has 160 random bits and a token a signature, and beyond the limit a wrong guess is told
//! less than within it.

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

/// How long a failed credential is remembered: presented again from the same address it is no further guess of that address.
const REPEATED_FOR: Duration = Duration::from_mins(1);
/// Failed credentials that are remembered at most; beyond, each is a guess of its own.
const REPEATED_MAX: usize = 10_000;
/// After so many failures what is over is forgotten.
const SWEEP_EVERY: u32 = 1024;

/// Whose credential failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// That of a key which there is.
    Key(KeyId),
    /// Nobody that is known: the credential itself, hashed.
    Unknown([u8; 32]),
}

impl Identity {
    /// Of a credential that names no key. Hashed, so that none is kept in memory for longer than its request.
    pub(super) fn unknown(credential: &str) -> Self {
        Self::Unknown(Sha256::digest(credential.as_bytes()).into())
    }
}

/// Failures by address and by identity.
pub(super) struct Failures {
    addresses: Limit<IpAddr>,
    identities: Limit<Identity>,
    /// Credentials that failed from an address, and until when that is remembered.
    repeated: Mutex<HashMap<(IpAddr, [u8; 32]), Instant>>,
    calls: AtomicU32,
}

/// A limit of failures of each of many.
struct Limit<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, MonotonicClock>,
    /// Until when each is over its limit.
    over: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock),
            over: Mutex::default(),
        }
    }

    /// How long it is over its limit still.
    fn over(&self, of: &K) -> Option<Duration> {
        let until = self.over.lock().get(of).copied()?;
        let wait = until.checked_duration_since(Instant::now())?;
        (!wait.is_zero()).then_some(wait)
    }

    fn charge(&self, of: &K) -> Option<Duration> {
        let over = self.limiter.check_key(of).err()?;
        let wait = over.wait_time_from(MonotonicClock.now());
        self.over.lock().insert(of.clone(), Instant::now() + wait);
        Some(wait)
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        let now = Instant::now();
        self.over.lock().retain(|_, until| now < *until);
    }
}

impl Failures {
    /// Allows so many a minute, and as many at once.
    pub(super) fn new(per_minute_max: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute_max);
        Self {
            addresses: Limit::new(quota),
            identities: Limit::new(quota),
            repeated: Mutex::default(),
            calls: AtomicU32::new(0),
        }
    }

    /// How long an address is to wait with what is not accepted.
    pub(super) fn over(&self, address: IpAddr) -> Option<Duration> {
        self.addresses.over(&network(address))
    }

    /// Notes that a credential was not accepted. Gives how long to wait where that was one too many.
    pub(super) fn failed(
        &self,
        address: IpAddr,
        credential: &str,
        identity: &Identity,
    ) -> Result<(), Duration> {
        self.sweep();
        let address = network(address);
        // Nothing is charged while it waits, or it would wait for ever.
        let waits = self.addresses.over(&address).max(self.identities.over(identity));
        if let Some(wait) = waits {
            return Err(wait);
        }
        let guess = !self.is_repeated(address, credential);
        let over = guess.then(|| self.addresses.charge(&address)).flatten();
        match over.max(self.identities.charge(identity)) {
            Some(wait) => Err(wait),
            None => Ok(()),
        }
    }

    /// Whether the same failed from there a moment ago. A script that goes on with a key that has ended is no guesser, and shares
    /// its address with others.
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

    /// Forgets what is over, now and then.
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

    fn fail(failures: &Failures, address: &str, credential: &str) -> Result<(), Duration> {
        let identity = Identity::unknown(credential);
        failures.failed(address.parse().unwrap(), credential, &identity)
    }

    #[test]
    fn an_address_that_guesses_waits_and_no_other_does() {
        let failures = Failures::new(NonZeroU32::new(2).unwrap());
        assert!(fail(&failures, "10.0.0.1", "a").is_ok() && fail(&failures, "10.0.0.1", "b").is_ok());
        assert_eq!(
            failures.over("10.0.0.1".parse().unwrap()),
            None,
            "not yet over it"
        );
        let wait = fail(&failures, "10.0.0.1", "c").unwrap_err();
        assert!(
            wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
            "{wait:?}"
        );
        assert!(failures.over("10.0.0.1".parse().unwrap()).is_some());
        assert!(fail(&failures, "10.0.0.1", "a").is_err());
        assert!(fail(&failures, "10.0.0.2", "a").is_ok());
    }

    #[test]
    fn what_is_presented_again_and_again_waits_alone() {
        let failures = Failures::new(NonZeroU32::new(3).unwrap());
        for _ in 0..3 {
            assert!(fail(&failures, "10.0.0.1", "ended").is_ok());
        }
        assert!(fail(&failures, "10.0.0.1", "ended").is_err());
        assert_eq!(failures.over("10.0.0.1".parse().unwrap()), None);
        assert!(fail(&failures, "10.0.0.1", "another").is_ok());
    }

    #[test]
    fn guesses_at_one_key_are_counted_wherever_they_come_from() {
        let failures = Failures::new(NonZeroU32::new(2).unwrap());
        let key = Identity::Key(KeyId::parse("3f8k2m9qv1xz").unwrap());
        let mut told = Vec::new();
        for guess in 1..5 {
            let address = IpAddr::from([10, 0, 0, guess]);
            told.push(failures.failed(address, &format!("guess {guess}"), &key).is_ok());
        }
        assert_eq!(told, [true, true, false, false]);
    }
}
