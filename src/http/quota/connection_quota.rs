//! The connection quota: open connections in total and from each address, and spare ones that are served `/health` only.
//!
//! A server at its limit, or one whose client address is, still answers health checks: monitoring that calls a busy server dead
//! would turn a crowd into an outage.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::auth::{is_proxy, network};
use crate::http::limits::HttpLimits;

/// The quota of open connections. A clone is another handle to the same quota.
#[derive(Clone)]
pub(in crate::http) struct ConnectionQuota(Arc<QuotaState>);

struct QuotaState {
    all: Arc<Semaphore>,
    spare: Arc<Semaphore>,
    each_max: usize,
    /// Spare connections of one address, so that it leaves some to others.
    spare_each_max: usize,
    /// Proxies, whose connections are not counted because they forward for many clients.
    proxies: Vec<IpAddr>,
    each: Mutex<HashMap<IpAddr, OpenConnections>>,
}

/// The number of connections of one address.
#[derive(Default)]
struct OpenConnections {
    full: usize,
    spare: usize,
}

/// A permit for a connection that is not accepted yet, so that its address is unknown.
pub(in crate::http) struct PendingSlot(SlotPermit);

enum SlotPermit {
    Full(OwnedSemaphorePermit),
    Spare(OwnedSemaphorePermit),
}

/// The slot of an open connection; released when dropped.
pub(in crate::http) struct ConnectionSlot {
    quota: Arc<QuotaState>,
    address: IpAddr,
    counted: bool,
    held: Mutex<SlotPermit>,
}

/// Why a connection is a spare one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum SpareReason {
    /// The server is at its limit.
    Server,
    /// The address is at its limit.
    Address,
}

impl ConnectionQuota {
    pub(in crate::http) fn new(limits: &HttpLimits, proxies: &[IpAddr]) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(QuotaState {
            all: semaphore(limits.connections_max.get()),
            spare: semaphore(limits.connections_health_max),
            each_max: limits.connections_each_max.get(),
            spare_each_max: (limits.connections_health_max / 4).max(1),
            proxies: proxies.to_vec(),
            each: Mutex::default(),
        }))
    }

    /// Waits for a permit, a full or a spare one.
    pub(in crate::http) async fn reserve(&self) -> PendingSlot {
        let QuotaState { all, spare, .. } = &*self.0;
        tokio::select! {
            biased;
            Ok(permit) = all.clone().acquire_owned() => PendingSlot(SlotPermit::Full(permit)),
            Ok(permit) = spare.clone().acquire_owned() => PendingSlot(SlotPermit::Spare(permit)),
            // Neither semaphore is ever closed.
            else => std::future::pending().await,
        }
    }

    /// The slot of a connection from an address; none if the address has no slot left.
    pub(in crate::http) fn assign(&self, pending: PendingSlot, peer: IpAddr) -> Option<ConnectionSlot> {
        let QuotaState { all, spare, .. } = &*self.0;
        let counted = !is_proxy(peer, &self.0.proxies);
        let address = network(peer);
        let slot = |held| ConnectionSlot {
            quota: self.0.clone(),
            address,
            counted,
            held: Mutex::new(held),
        };
        let (full, spare_permit) = match pending.0 {
            SlotPermit::Full(permit) => (Some(permit), None),
            SlotPermit::Spare(permit) => (all.clone().try_acquire_owned().ok(), Some(permit)),
        };
        if let Some(permit) = full
            && (!counted || self.0.open_full(address))
        {
            return Some(slot(SlotPermit::Full(permit)));
        }
        let permit = spare_permit.or_else(|| spare.clone().try_acquire_owned().ok())?;
        (!counted || self.0.open_spare(address)).then(|| slot(SlotPermit::Spare(permit)))
    }
}

impl QuotaState {
    fn open_full(&self, address: IpAddr) -> bool {
        self.open(address, self.each_max, |open| &mut open.full)
    }

    fn open_spare(&self, address: IpAddr) -> bool {
        self.open(address, self.spare_each_max, |open| &mut open.spare)
    }

    fn open(&self, address: IpAddr, max: usize, count: impl Fn(&mut OpenConnections) -> &mut usize) -> bool {
        let mut each = self.each.lock();
        let count = count(each.entry(address).or_default());
        let is_below = *count < max;
        *count += usize::from(is_below);
        is_below
    }

    fn close(&self, address: IpAddr, count: impl Fn(&mut OpenConnections) -> &mut usize) {
        let mut each = self.each.lock();
        if let Entry::Occupied(mut open) = each.entry(address) {
            *count(open.get_mut()) -= 1;
            if open.get().full == 0 && open.get().spare == 0 {
                open.remove();
            }
        }
    }
}

impl ConnectionSlot {
    pub(in crate::http) fn is_spare(&self) -> bool {
        matches!(*self.held.lock(), SlotPermit::Spare(_))
    }

    /// Turns a spare slot into a full one if there is one now; otherwise the limit that prevents it.
    pub(in crate::http) fn upgrade(&self) -> Result<(), SpareReason> {
        let mut held = self.held.lock();
        if matches!(*held, SlotPermit::Full(_)) {
            return Ok(());
        }
        let permit = self.quota.all.clone().try_acquire_owned();
        let permit = permit.map_err(|_| SpareReason::Server)?;
        if self.counted {
            if !self.quota.open_full(self.address) {
                return Err(SpareReason::Address);
            }
            self.quota.close(self.address, |open| &mut open.spare);
        }
        *held = SlotPermit::Full(permit);
        Ok(())
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        if !self.counted {
            return;
        }
        match *self.held.lock() {
            SlotPermit::Full(_) => self.quota.close(self.address, |open| &mut open.full),
            SlotPermit::Spare(_) => self.quota.close(self.address, |open| &mut open.spare),
        }
    }
}

/// Whether a path is a health check, which spare connections are for.
pub(in crate::http) fn is_health(path: &str) -> bool {
    path == "/health" || path.starts_with("/health/")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use async_graphql::futures_util::FutureExt as _;

    use super::*;

    fn quota(all: usize, each: usize, health: usize) -> ConnectionQuota {
        let limits = HttpLimits {
            connections_max: NonZeroUsize::new(all).unwrap(),
            connections_each_max: NonZeroUsize::new(each).unwrap(),
            connections_health_max: health,
            ..HttpLimits::default()
        };
        ConnectionQuota::new(&limits, &["10.0.0.9".parse().unwrap()])
    }

    fn open(quota: &ConnectionQuota, peer: &str) -> Option<ConnectionSlot> {
        let pending = quota.reserve().now_or_never()?;
        quota.assign(pending, peer.parse().unwrap())
    }

    #[test]
    fn an_address_leaves_slots_to_others() {
        let quota = quota(4, 2, 8);
        let full = |slot: &Option<ConnectionSlot>| slot.as_ref().is_some_and(|slot| !slot.is_spare());
        let first = open(&quota, "2001:db8::1");
        let second = open(&quota, "2001:db8::2");
        assert!(full(&first) && full(&second));
        // Two spare ones, a fourth of all, and then none.
        let (third, fourth) = (open(&quota, "2001:db8::3"), open(&quota, "2001:db8::3"));
        assert_eq!(third.as_ref().unwrap().upgrade(), Err(SpareReason::Address));
        assert!(fourth.is_some() && open(&quota, "2001:db8::4").is_none());
        assert!(
            full(&open(&quota, "2001:db8:0:1::1")),
            "another customer's network"
        );
        drop(first);
        assert_eq!(third.as_ref().unwrap().upgrade(), Ok(()));
        assert!(full(&third) && !full(&fourth));
        drop((second, third, fourth));
        assert!(quota.0.each.lock().is_empty());
    }

    #[test]
    fn a_proxy_is_not_counted_and_a_full_server_has_spare_slots() {
        let quota = quota(3, 1, 1);
        let open_all: Vec<_> = (0..3).map(|_| open(&quota, "::ffff:10.0.0.9").unwrap()).collect();
        assert!(open_all.iter().all(|slot| !slot.is_spare()));
        let spare = open(&quota, "10.0.0.1").unwrap();
        assert_eq!(spare.upgrade(), Err(SpareReason::Server));
        assert!(quota.reserve().now_or_never().is_none(), "the next one waits");
        drop(open_all);
        assert_eq!(spare.upgrade(), Ok(()));
        assert!(!spare.is_spare());
    }
}
