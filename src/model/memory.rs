//! The memory budget of all running requests, and the share of each.
//!
//! A request charges memory to an [`Account`] before it allocates it; the account leases from the common [`Memory`]. A charge that
//! does not fit fails: no request waits for memory while it holds some, so there are no deadlocks. Most of the memory is common. The
//! rest is reserved for small accounts, separately for each [`Purpose`], so that small requests succeed beside large ones.

use std::sync::Arc;

use parking_lot::Mutex;

/// The purpose that memory is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Bodies and messages of clients, until they are parsed.
    Incoming,
    /// Executing a request.
    Work,
    /// Answers, until the client has received them.
    Outgoing,
    /// Subscriptions, for as long as they last.
    Subscription,
}

const PURPOSES: usize = 4;

/// The limits of a purpose.
struct PurposeShare {
    /// Maximum lease from the common part, in sixteenths of the memory.
    common: u64,
    /// Memory reserved for small accounts, in sixteenths of the memory.
    reserved: u64,
    /// Maximum size of a small account in bytes.
    small_max: u64,
}

/// The common part, in sixteenths of the memory; the rest is reserved.
const COMMON: u64 = 12;

impl Purpose {
    const fn share(self) -> PurposeShare {
        const KIB: u64 = 1024;
        match self {
            // 512 connections may send 64 KiB each at a time.
            Self::Incoming => PurposeShare {
                common: 4,
                reserved: 1,
                small_max: 64 * KIB,
            },
            // 64 requests run at a time, of up to 1 MiB each.
            Self::Work => PurposeShare {
                common: 12,
                reserved: 2,
                small_max: 1024 * KIB,
            },
            // Clients that read nothing leave a third of the common part to others.
            Self::Outgoing => PurposeShare {
                common: 8,
                reserved: 1,
                small_max: 64 * KIB,
            },
            Self::Subscription => PurposeShare {
                common: 2,
                reserved: 0,
                small_max: 0,
            },
        }
    }
}

/// Why bytes could not be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryExhausted {
    /// The answer exceeds its size limit.
    Answer {
        /// The limit.
        max: u64,
    },
    /// The request needs more than the common part, so that it always fails.
    Request {
        /// The memory for all requests.
        max: u64,
    },
    /// Other requests hold the memory; a retry may succeed.
    Shared {
        /// The memory for all requests.
        max: u64,
    },
}

/// The memory for all requests. A clone is another handle to the same memory.
#[derive(Clone, Debug)]
pub struct Memory {
    pool: Arc<MemoryPool>,
}

#[derive(Debug)]
struct MemoryPool {
    max: u64,
    used: Mutex<PoolUsage>,
}

#[derive(Debug, Default)]
struct PoolUsage {
    common: [u64; PURPOSES],
    reserved: [u64; PURPOSES],
}

/// The bytes that an account has leased, from the common part and from the reserve.
#[derive(Clone, Copy, Debug, Default)]
struct Lease {
    common: u64,
    reserved: u64,
}

impl MemoryPool {
    fn sixteenths(&self, parts: u64) -> u64 {
        // Divided first, because the memory may be `u64::MAX`.
        (self.max / 16).saturating_mul(parts)
    }

    /// Leases bytes for an account that has `leased` already.
    fn lease(&self, purpose: Purpose, leased: &mut Lease, bytes: u64) -> Result<(), MemoryExhausted> {
        let PurposeShare {
            common,
            reserved,
            small_max,
        } = purpose.share();
        let place = purpose as usize;
        let holds = leased
            .common
            .saturating_add(leased.reserved)
            .saturating_add(bytes);
        let mut used = self.used.lock();
        let all: u64 = used.common.iter().sum();
        if all.saturating_add(bytes) <= self.sixteenths(COMMON)
            && used.common[place].saturating_add(bytes) <= self.sixteenths(common)
        {
            used.common[place] += bytes;
            leased.common += bytes;
            return Ok(());
        }
        if holds <= small_max && used.reserved[place].saturating_add(bytes) <= self.sixteenths(reserved) {
            used.reserved[place] += bytes;
            leased.reserved += bytes;
            return Ok(());
        }
        Err(if holds > self.sixteenths(common) {
            MemoryExhausted::Request { max: self.max }
        } else {
            MemoryExhausted::Shared { max: self.max }
        })
    }

    fn give_back(&self, purpose: Purpose, leased: Lease) {
        let mut used = self.used.lock();
        used.common[purpose as usize] -= leased.common;
        used.reserved[purpose as usize] -= leased.reserved;
    }
}

impl Memory {
    /// Memory of `bytes_max` bytes.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            pool: Arc::new(MemoryPool {
                max: bytes_max,
                used: Mutex::default(),
            }),
        }
    }

    /// An account that holds nothing yet.
    pub fn account(&self, purpose: Purpose) -> Account {
        self.answer_account(purpose, u64::MAX)
    }

    /// An account for an answer of at most `answer_bytes_max` bytes.
    pub fn answer_account(&self, purpose: Purpose, answer_bytes_max: u64) -> Account {
        Account {
            inner: Arc::new(AccountInner {
                memory: self.clone(),
                purpose,
                answer_bytes_max,
                state: Mutex::default(),
            }),
        }
    }

    /// The number of leased bytes.
    pub fn used(&self) -> u64 {
        let used = self.pool.used.lock();
        used.common.iter().chain(&used.reserved).sum()
    }
}

/// The memory of one request, released when the last clone of the account and the last [`Charge`] are dropped.
#[derive(Clone, Debug)]
pub struct Account {
    inner: Arc<AccountInner>,
}

#[derive(Debug)]
struct AccountInner {
    memory: Memory,
    purpose: Purpose,
    answer_bytes_max: u64,
    state: Mutex<AccountState>,
}

#[derive(Debug, Default)]
struct AccountState {
    held: u64,
    leased: Lease,
    answer_bytes: u64,
    exhausted: Option<MemoryExhausted>,
}

impl AccountState {
    fn leased(&self) -> u64 {
        self.leased.common + self.leased.reserved
    }
}

/// Leases grow with the account, so that many small charges need few leases.
const LEASE_MIN: u64 = 1024;
const LEASE_MAX: u64 = 1024 * 1024;

impl AccountInner {
    fn hold(&self, bytes: u64) -> Result<(), MemoryExhausted> {
        let mut state = self.state.lock();
        if let Some(exhausted) = state.exhausted {
            return Err(exhausted);
        }
        let missing = (state.held.saturating_add(bytes)).saturating_sub(state.leased());
        if missing > 0 {
            let pool = &self.memory.pool;
            let ahead = missing.max((state.held / 8).clamp(LEASE_MIN, LEASE_MAX));
            let mut leased = state.leased;
            // If there is no room to lease ahead, the missing bytes may still fit.
            let got = pool
                .lease(self.purpose, &mut leased, ahead)
                .or_else(|_| pool.lease(self.purpose, &mut leased, missing));
            if let Err(exhausted) = got {
                state.exhausted = Some(exhausted);
                return Err(exhausted);
            }
            state.leased = leased;
        }
        state.held += bytes;
        Ok(())
    }

    fn release(&self, bytes: u64) {
        let mut state = self.state.lock();
        state.held -= bytes;
        let spare = state.leased() - state.held;
        if spare > 2 * LEASE_MAX {
            let spare = spare - LEASE_MAX;
            // The reserve is returned first.
            let reserved = spare.min(state.leased.reserved);
            let back = Lease {
                common: spare - reserved,
                reserved,
            };
            state.leased.reserved -= back.reserved;
            state.leased.common -= back.common;
            self.memory.pool.give_back(self.purpose, back);
        }
    }
}

impl Drop for AccountInner {
    fn drop(&mut self) {
        let leased = self.state.get_mut().leased;
        self.memory.pool.give_back(self.purpose, leased);
    }
}

impl Account {
    /// An account without limits, for internal work.
    pub fn unlimited() -> Self {
        Memory::new(u64::MAX).account(Purpose::Work)
    }

    /// Holds bytes until the charge is dropped.
    pub fn hold(&self, bytes: u64) -> Result<Charge, MemoryExhausted> {
        self.inner.hold(bytes)?;
        Ok(Charge {
            account: self.clone(),
            bytes,
        })
    }

    /// Holds bytes until the account is gone.
    pub fn keep(&self, bytes: u64) -> Result<(), MemoryExhausted> {
        self.inner.hold(bytes)
    }

    /// Counts bytes of the answer against its limit.
    pub fn answer(&self, bytes: u64) -> Result<(), MemoryExhausted> {
        let max = self.inner.answer_bytes_max;
        let mut state = self.inner.state.lock();
        if let Some(exhausted) = state.exhausted {
            return Err(exhausted);
        }
        state.answer_bytes = state.answer_bytes.saturating_add(bytes);
        if state.answer_bytes <= max {
            return Ok(());
        }
        let exhausted = MemoryExhausted::Answer { max };
        state.exhausted = Some(exhausted);
        Err(exhausted)
    }

    /// The error of the first charge that did not fit; all later charges fail with it.
    pub fn exhausted(&self) -> Option<MemoryExhausted> {
        self.inner.state.lock().exhausted
    }

    /// The number of bytes held.
    pub fn held(&self) -> u64 {
        self.inner.state.lock().held
    }

    /// A new account of the same memory.
    #[must_use]
    pub fn beside(&self, purpose: Purpose) -> Self {
        self.inner.memory.account(purpose)
    }
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Charge {
    account: Account,
    bytes: u64,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.inner.release(self.bytes);
    }
}

#[cfg(test)]
mod tests;
