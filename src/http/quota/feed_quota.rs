//! The quota of connections that can subscribe: in total, and for each principal.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::auth::network;
use crate::http::limits::FeedLimits;
use crate::model::principal::Principal;

/// The quota of subscription connections. A clone is another handle to the same quota.
#[derive(Clone)]
pub(in crate::http) struct FeedQuota {
    all: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<SlotOwner, usize>>>,
    each_max: usize,
}

/// The client whose slots are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum SlotOwner {
    Principal(String),
    /// Anonymous clients of an address.
    Anonymous(IpAddr),
    /// Connections from an address that have not authenticated yet.
    Unknown(IpAddr),
}

/// A slot of the total; released when dropped.
pub(in crate::http) struct FeedSlot {
    _permit: OwnedSemaphorePermit,
}

/// A slot of a principal or an address; released when dropped.
pub(in crate::http) struct PrincipalSlot {
    each: Arc<Mutex<HashMap<SlotOwner, usize>>>,
    owner: SlotOwner,
}

impl FeedQuota {
    pub(in crate::http) fn new(limits: &FeedLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS))),
            each: Arc::default(),
            each_max: limits.connections_each_max,
        }
    }

    /// A slot of the total; none if the quota is used up.
    pub(in crate::http) fn acquire(&self) -> Option<FeedSlot> {
        let permit = self.all.clone().try_acquire_owned().ok()?;
        Some(FeedSlot { _permit: permit })
    }

    /// A slot of a principal; none if its quota is used up. Anonymous clients are counted by address.
    pub(in crate::http) fn acquire_for_principal(
        &self,
        principal: &Principal,
        client: IpAddr,
    ) -> Option<PrincipalSlot> {
        self.acquire_for(if *principal == Principal::anonymous() {
            SlotOwner::Anonymous(network(client))
        } else {
            SlotOwner::Principal(principal.name.clone())
        })
    }

    /// A slot of an address, for a WebSocket that has not authenticated yet; none if its quota is used up.
    pub(in crate::http) fn acquire_for_address(&self, client: IpAddr) -> Option<PrincipalSlot> {
        self.acquire_for(SlotOwner::Unknown(network(client)))
    }

    fn acquire_for(&self, owner: SlotOwner) -> Option<PrincipalSlot> {
        let mut each = self.each.lock();
        let used = each.get(&owner).copied().unwrap_or_default();
        if used >= self.each_max {
            return None;
        }
        each.insert(owner.clone(), used + 1);
        drop(each);
        Some(PrincipalSlot {
            each: self.each.clone(),
            owner,
        })
    }
}

impl Drop for PrincipalSlot {
    fn drop(&mut self) {
        let mut each = self.each.lock();
        if let Entry::Occupied(mut used) = each.entry(self.owner.clone()) {
            *used.get_mut() -= 1;
            if *used.get() == 0 {
                used.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_in_total_and_for_each_principal() {
        let quota = FeedQuota::new(&FeedLimits {
            connections_max: 2,
            connections_each_max: 1,
            ..FeedLimits::default()
        });
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let (anyone, operator) = (Principal::anonymous(), Principal::operator("o"));
        let own = quota.acquire_for_principal(&anyone, here).unwrap();
        assert!(quota.acquire_for_principal(&anyone, here).is_none());
        assert!(quota.acquire_for_principal(&anyone, there).is_some());
        let known = quota.acquire_for_principal(&operator, here).unwrap();
        assert!(quota.acquire_for_principal(&operator, there).is_none());
        // Unauthenticated connections take no slot of a principal, and are limited too.
        let unknown = quota.acquire_for_address("2001:db8::1".parse().unwrap());
        assert!(
            unknown.is_some()
                && quota
                    .acquire_for_address("2001:db8::2".parse().unwrap())
                    .is_none()
        );
        assert!(quota.acquire_for_address(here).is_some());
        drop((own, known, unknown));
        assert!(quota.acquire_for_principal(&anyone, here).is_some());
        assert!(quota.each.lock().is_empty());
        let (first, second) = (quota.acquire(), quota.acquire());
        assert!(first.is_some() && second.is_some() && quota.acquire().is_none());
        drop(first);
        assert!(quota.acquire().is_some());
    }
}
