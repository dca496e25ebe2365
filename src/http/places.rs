//! How many follow at a time: in all, and each principal.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::auth::network;
use super::limits::FeedLimits;
use crate::model::principal::Principal;

/// The places of those who follow. A copy is another handle to the same.
#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<Owner, usize>>>,
    each_max: usize,
}

/// Whose places are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Principal(String),
    /// Anonymous askers of an address.
    Anonymous(IpAddr),
    /// Connections from an address that have not said yet who asks.
    Unknown(IpAddr),
}

/// A place among all; free again when dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// A place of a principal, or of an address; free again when dropped.
pub(super) struct OwnPlace {
    each: Arc<Mutex<HashMap<Owner, usize>>>,
    owner: Owner,
}

impl Places {
    pub(super) fn new(limits: &FeedLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS))),
            each: Arc::default(),
            each_max: limits.connections_each_max,
        }
    }

    /// A place, where there is one.
    pub(super) fn take(&self) -> Option<Place> {
        let permit = self.all.clone().try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    /// A place of a principal's own, where it has one left. Who is anonymous is told apart by address.
    pub(super) fn take_own(&self, principal: &Principal, client: IpAddr) -> Option<OwnPlace> {
        self.take_of(if *principal == Principal::anonymous() {
            Owner::Anonymous(network(client))
        } else {
            Owner::Principal(principal.name.clone())
        })
    }

    /// A place of an address, for a WebSocket that has not said yet who asks.
    pub(super) fn take_unknown(&self, client: IpAddr) -> Option<OwnPlace> {
        self.take_of(Owner::Unknown(network(client)))
    }

    fn take_of(&self, owner: Owner) -> Option<OwnPlace> {
        let mut each = self.each.lock();
        let taken = each.get(&owner).copied().unwrap_or_default();
        if taken >= self.each_max {
            return None;
        }
        each.insert(owner.clone(), taken + 1);
        drop(each);
        Some(OwnPlace {
            each: self.each.clone(),
            owner,
        })
    }
}

impl Drop for OwnPlace {
    fn drop(&mut self) {
        let mut each = self.each.lock();
        if let Entry::Occupied(mut taken) = each.entry(self.owner.clone()) {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_for_all_and_for_each() {
        let places = Places::new(&FeedLimits {
            connections_max: 2,
            connections_each_max: 1,
            ..FeedLimits::default()
        });
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let (anyone, operator) = (Principal::anonymous(), Principal::operator("o"));
        let own = places.take_own(&anyone, here).unwrap();
        assert!(places.take_own(&anyone, here).is_none());
        assert!(places.take_own(&anyone, there).is_some());
        let known = places.take_own(&operator, here).unwrap();
        assert!(places.take_own(&operator, there).is_none());
        // Who has not said yet who asks takes nobody's place, and has an end too.
        let unknown = places.take_unknown("2001:db8::1".parse().unwrap());
        assert!(unknown.is_some() && places.take_unknown("2001:db8::2".parse().unwrap()).is_none());
        assert!(places.take_unknown(here).is_some());
        drop((own, known, unknown));
        assert!(places.take_own(&anyone, here).is_some());
        assert!(places.each.lock().is_empty());
        let (first, second) = (places.take(), places.take());
        assert!(first.is_some() && second.is_some() && places.take().is_none());
        drop(first);
        assert!(places.take().is_some());
    }
}
