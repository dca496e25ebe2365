//! How many connections are open: in all, and from each address; and the spare ones, over which only `/health` is answered.
//!
//! An address that has as many as it may, or a server that has, still answers whoever asks how it is: monitoring that calls a
//! busy server dead makes an outage of a crowd.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::auth::{is_proxy, network};
use super::limits::Limits;

/// The quota of connections. A copy is another handle to the same.
#[derive(Clone)]
pub(super) struct ConnectionQuota(Arc<Inner>);

struct Inner {
    all: Arc<Semaphore>,
    spare: Arc<Semaphore>,
    each_max: usize,
    /// One address leaves spare ones to others too.
    spare_each_max: usize,
    /// Proxies speak for many, so that theirs are not counted.
    proxies: Vec<IpAddr>,
    each: Mutex<HashMap<IpAddr, Open>>,
}

/// The connections of one address.
#[derive(Default)]
struct Open {
    full: usize,
    spare: usize,
}

/// Room for a connection whose address is not known yet.
pub(super) struct Room(Permit);

enum Permit {
    Full(OwnedSemaphorePermit),
    Spare(OwnedSemaphorePermit),
}

/// The place of an open connection; free again when dropped.
pub(super) struct ConnectionPlace {
    quota: Arc<Inner>,
    address: IpAddr,
    counted: bool,
    held: Mutex<Permit>,
}

/// Why a connection is a spare one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowd {
    /// The server has as many as it may.
    Server,
    /// The address has.
    Address,
}

impl ConnectionQuota {
    pub(super) fn new(limits: &Limits, proxies: &[IpAddr]) -> Self {
        let semaphore = |places: usize| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner {
            all: semaphore(limits.connections_max.get()),
            spare: semaphore(limits.connections_health_max),
            each_max: limits.connections_each_max.get(),
            spare_each_max: (limits.connections_health_max / 4).max(1),
            proxies: proxies.to_vec(),
            each: Mutex::default(),
        }))
    }

    /// Waits until there is room for one more, if only a spare one.
    pub(super) async fn room(&self) -> Room {
        let Inner { all, spare, .. } = &*self.0;
        tokio::select! {
            biased;
            Ok(permit) = all.clone().acquire_owned() => Room(Permit::Full(permit)),
            Ok(permit) = spare.clone().acquire_owned() => Room(Permit::Spare(permit)),
            // Neither semaphore is ever closed.
            else => std::future::pending().await,
        }
    }

    /// The place of a connection from an address; none where the address has more than it may already.
    pub(super) fn place(&self, room: Room, peer: IpAddr) -> Option<ConnectionPlace> {
        let Inner { all, spare, .. } = &*self.0;
        let counted = !is_proxy(peer, &self.0.proxies);
        let address = network(peer);
        let place = |held| ConnectionPlace {
            quota: self.0.clone(),
            address,
            counted,
            held: Mutex::new(held),
        };
        let (full, kept) = match room.0 {
            Permit::Full(permit) => (Some(permit), None),
            Permit::Spare(permit) => (all.clone().try_acquire_owned().ok(), Some(permit)),
        };
        if let Some(permit) = full
            && (!counted || self.0.open_full(address))
        {
            return Some(place(Permit::Full(permit)));
        }
        let permit = kept.or_else(|| spare.clone().try_acquire_owned().ok())?;
        (!counted || self.0.open_spare(address)).then(|| place(Permit::Spare(permit)))
    }
}

impl Inner {
    fn open_full(&self, address: IpAddr) -> bool {
        self.open(address, self.each_max, |open| &mut open.full)
    }

    fn open_spare(&self, address: IpAddr) -> bool {
        self.open(address, self.spare_each_max, |open| &mut open.spare)
    }

    fn open(&self, address: IpAddr, max: usize, count: impl Fn(&mut Open) -> &mut usize) -> bool {
        let mut each = self.each.lock();
        let count = count(each.entry(address).or_default());
        let fits = *count < max;
        *count += usize::from(fits);
        fits
    }

    fn close(&self, address: IpAddr, count: impl Fn(&mut Open) -> &mut usize) {
        let mut each = self.each.lock();
        if let Entry::Occupied(mut open) = each.entry(address) {
            *count(open.get_mut()) -= 1;
            if open.get().full == 0 && open.get().spare == 0 {
                open.remove();
            }
        }
    }
}

impl ConnectionPlace {
    pub(super) fn is_spare(&self) -> bool {
        matches!(*self.held.lock(), Permit::Spare(_))
    }

    /// Makes a spare place a full one, now that there is one; else why it is not.
    pub(super) fn fill(&self) -> Result<(), Crowd> {
        let mut held = self.held.lock();
        if matches!(*held, Permit::Full(_)) {
            return Ok(());
        }
        let permit = self.quota.all.clone().try_acquire_owned();
        let permit = permit.map_err(|_| Crowd::Server)?;
        if self.counted {
            if !self.quota.open_full(self.address) {
                return Err(Crowd::Address);
            }
            self.quota.close(self.address, |open| &mut open.spare);
        }
        *held = Permit::Full(permit);
        Ok(())
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        if !self.counted {
            return;
        }
        match *self.held.lock() {
            Permit::Full(_) => self.quota.close(self.address, |open| &mut open.full),
            Permit::Spare(_) => self.quota.close(self.address, |open| &mut open.spare),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use async_graphql::futures_util::FutureExt as _;

    use super::*;

    fn quota(all: usize, each: usize, health: usize) -> ConnectionQuota {
        let limits = Limits {
            connections_max: NonZeroUsize::new(all).unwrap(),
            connections_each_max: NonZeroUsize::new(each).unwrap(),
            connections_health_max: health,
            ..Limits::default()
        };
        ConnectionQuota::new(&limits, &["10.0.0.9".parse().unwrap()])
    }

    fn open(quota: &ConnectionQuota, peer: &str) -> Option<ConnectionPlace> {
        let room = quota.room().now_or_never()?;
        quota.place(room, peer.parse().unwrap())
    }

    #[test]
    fn an_address_leaves_places_to_others() {
        let quota = quota(4, 2, 8);
        let full = |place: &Option<ConnectionPlace>| place.as_ref().is_some_and(|place| !place.is_spare());
        let first = open(&quota, "2001:db8::1");
        let second = open(&quota, "2001:db8::2");
        assert!(full(&first) && full(&second));
        // Two spare ones, a fourth of all, and then none.
        let (third, fourth) = (open(&quota, "2001:db8::3"), open(&quota, "2001:db8::3"));
        assert_eq!(third.as_ref().unwrap().fill(), Err(Crowd::Address));
        assert!(fourth.is_some() && open(&quota, "2001:db8::4").is_none());
        assert!(
            full(&open(&quota, "2001:db8:0:1::1")),
            "another customer's network"
        );
        drop(first);
        assert_eq!(third.as_ref().unwrap().fill(), Ok(()));
        assert!(full(&third) && !full(&fourth));
        drop((second, third, fourth));
        assert!(quota.0.each.lock().is_empty());
    }

    #[test]
    fn a_proxy_is_not_counted_and_a_full_server_has_spare_places() {
        let quota = quota(3, 1, 1);
        let open_all: Vec<_> = (0..3).map(|_| open(&quota, "::ffff:10.0.0.9").unwrap()).collect();
        assert!(open_all.iter().all(|place| !place.is_spare()));
        let spare = open(&quota, "10.0.0.1").unwrap();
        assert_eq!(spare.fill(), Err(Crowd::Server));
        assert!(quota.room().now_or_never().is_none(), "the next one waits");
        drop(open_all);
        assert_eq!(spare.fill(), Ok(()));
        assert!(!spare.is_spare());
    }
}
