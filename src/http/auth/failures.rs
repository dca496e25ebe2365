//! How often one address may present a key or token that is not accepted.
//!
//! Over the limit nothing new from it is looked at for a while. What it presented before and was accepted still is: behind a
//! proxy many share an address, and one of them must not be able to shut the others out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

/// How long a credential that was accepted is remembered as such. It is verified all the same.
const GOOD_FOR: Duration = Duration::from_mins(10);
/// Accepted credentials that are remembered at most.
const GOOD_MAX: usize = 10_000;
/// After so many calls what is over is forgotten.
const SWEEP_EVERY: u32 = 1024;

/// Failures by address.
pub(super) struct Failures {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock>,
    /// Until when nothing new from an address is looked at.
    blocked: Mutex<HashMap<IpAddr, Instant>>,
    /// Hashes of what was accepted, and until when that counts.
    good: Mutex<HashMap<[u8; 32], Instant>>,
    calls: AtomicU32,
}

impl Failures {
    /// Allows so many a minute, and as many at once.
    pub(super) fn new(per_minute_max: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute_max);
        Self {
            limiter: RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock),
            blocked: Mutex::default(),
            good: Mutex::default(),
            calls: AtomicU32::new(0),
        }
    }

    /// Whether what an address presents is to be looked at; else how long it is to wait.
    pub(super) fn admit(&self, address: IpAddr, credential: &str) -> Result<(), Duration> {
        let now = Instant::now();
        let until = self.blocked.lock().get(&network(address)).copied();
        match until.and_then(|until| until.checked_duration_since(now)) {
            Some(wait) if !wait.is_zero() && !self.is_good(credential, now) => Err(wait),
            _ => Ok(()),
        }
    }

    /// Notes a failure. Gives how long the address is to wait where that was one too many.
    pub(super) fn failed(&self, address: IpAddr) -> Result<(), Duration> {
        self.sweep();
        let network = network(address);
        self.limiter.check_key(&network).map_err(|over| {
            let wait = over.wait_time_from(MonotonicClock.now());
            self.blocked.lock().insert(network, Instant::now() + wait);
            wait
        })
    }

    /// Notes that something was accepted.
    pub(super) fn succeeded(&self, credential: &str) {
        self.sweep();
        let (fingerprint, until) = (fingerprint(credential), Instant::now() + GOOD_FOR);
        let mut good = self.good.lock();
        if good.len() < GOOD_MAX || good.contains_key(&fingerprint) {
            good.insert(fingerprint, until);
        }
    }

    /// Forgets what is over, now and then.
    fn sweep(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            let now = Instant::now();
            self.limiter.retain_recent();
            self.blocked.lock().retain(|_, until| now < *until);
            self.good.lock().retain(|_, until| now < *until);
        }
    }

    fn is_good(&self, credential: &str, now: Instant) -> bool {
        let until = self.good.lock().get(&fingerprint(credential)).copied();
        until.is_some_and(|until| now < until)
    }
}

/// So that no credential is kept in memory for longer than its request.
fn fingerprint(credential: &str) -> [u8; 32] {
    Sha256::digest(credential.as_bytes()).into()
}

/// An IPv6 customer has a network of 2⁶⁴ addresses, and counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_the_limit_nothing_new_is_looked_at() {
        let failures = Failures::new(NonZeroU32::new(2).unwrap());
        let (here, there): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        failures.succeeded("known");
        assert!(failures.failed(here).is_ok() && failures.failed(here).is_ok());
        assert!(failures.admit(here, "new").is_ok(), "not yet over it");
        let wait = failures.failed(here).unwrap_err();
        assert!(
            wait > Duration::from_secs(20) && wait <= Duration::from_secs(30),
            "{wait:?}"
        );
        assert!(failures.admit(here, "new").is_err());
        assert!(failures.admit(here, "known").is_ok());
        assert!(failures.admit(there, "new").is_ok());
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:10.0.0.1", "10.0.0.1") && !same("10.0.0.1", "10.0.0.2"));
    }
}
