//! Memory: how much all requests in work may hold together, and how much one of them holds of it.
//!
//! A request charges what it is about to hold to an [`Account`], which leases from the [`Memory`] of all. What does not fit is
//! refused: nobody waits for memory while holding some, so no two requests can wait for each other. Most of the memory is
//! common. The rest is reserved for accounts that stay small, each [`Purpose`] for itself, so that a small question is answered
//! beside large ones.

use std::sync::Arc;

use parking_lot::Mutex;

/// What memory is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What a client sends: bodies and messages until they are parsed.
    Incoming,
    /// Reading and answering a question.
    Work,
    /// Answers until their client has taken them.
    Outgoing,
    /// Subscriptions, for as long as they last.
    Subscription,
}

const PURPOSES: usize = 4;

/// What a purpose may have, in parts of the whole.
struct Share {
    /// Of the memory, at most so many sixteenths from the common part.
    common: u64,
    /// Of the memory, so many sixteenths are reserved for small accounts.
    reserved: u64,
    /// Up to so many bytes an account is small.
    small_max: u64,
}

/// Sixteenths of the memory that are common; the others are reserved.
const COMMON: u64 = 12;

impl Purpose {
    const fn share(self) -> Share {
        const KIB: u64 = 1024;
        match self {
            // 512 connections may send 64 KiB each at a time.
            Self::Incoming => Share {
                common: 4,
                reserved: 1,
                small_max: 64 * KIB,
            },
            // 64 questions are answered at a time, of up to 1 MiB each.
            Self::Work => Share {
                common: 12,
                reserved: 2,
                small_max: 1024 * KIB,
            },
            // Clients that take nothing leave a third of the common part to others.
            Self::Outgoing => Share {
                common: 8,
                reserved: 1,
                small_max: 64 * KIB,
            },
            Self::Subscription => Share {
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
    /// The answer has more bytes than one may have.
    Answer {
        /// The limit.
        max: u64,
    },
    /// The request needs more than the common part of all memory, so that it fails whenever it is sent.
    Request {
        /// The memory for all requests.
        max: u64,
    },
    /// Other requests hold what is missing; later it may be there.
    Shared {
        /// The memory for all requests.
        max: u64,
    },
}

/// The memory for all requests. A copy is another handle to the same.
#[derive(Clone, Debug)]
pub struct Memory {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    max: u64,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    common: [u64; PURPOSES],
    reserved: [u64; PURPOSES],
}

/// What an account has leased: from the common part, and from what is reserved for small ones.
#[derive(Clone, Copy, Debug, Default)]
struct Leased {
    common: u64,
    reserved: u64,
}

impl Pool {
    fn sixteenths(&self, parts: u64) -> u64 {
        // Divided first: the memory may have no end.
        (self.max / 16).saturating_mul(parts)
    }

    /// Leases bytes for an account that has `leased` already.
    fn lease(&self, purpose: Purpose, leased: &mut Leased, bytes: u64) -> Result<(), MemoryExhausted> {
        let Share {
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

    fn give_back(&self, purpose: Purpose, leased: Leased) {
        let mut used = self.used.lock();
        used.common[purpose as usize] -= leased.common;
        used.reserved[purpose as usize] -= leased.reserved;
    }
}

impl Memory {
    /// So many bytes for all.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            pool: Arc::new(Pool {
                max: bytes_max,
                used: Mutex::default(),
            }),
        }
    }

    /// An account that holds nothing yet.
    pub fn account(&self, purpose: Purpose) -> Account {
        self.answer_account(purpose, u64::MAX)
    }

    /// The same, for an answer of at most so many bytes.
    pub fn answer_account(&self, purpose: Purpose, answer_bytes_max: u64) -> Account {
        Account {
            inner: Arc::new(Inner {
                memory: self.clone(),
                purpose,
                answer_bytes_max,
                state: Mutex::default(),
            }),
        }
    }

    /// How many bytes are leased.
    pub fn used(&self) -> u64 {
        let used = self.pool.used.lock();
        used.common.iter().chain(&used.reserved).sum()
    }
}

/// What one request holds. It is given back when the last copy of the account and the last [`Charge`] are gone.
#[derive(Clone, Debug)]
pub struct Account {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    memory: Memory,
    purpose: Purpose,
    answer_bytes_max: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: u64,
    leased: Leased,
    answer_bytes: u64,
    exhausted: Option<MemoryExhausted>,
}

impl State {
    fn leased(&self) -> u64 {
        self.leased.common + self.leased.reserved
    }
}

/// Leases grow with what is held, so that many small charges are few leases.
const LEASE_MIN: u64 = 1024;
const LEASE_MAX: u64 = 1024 * 1024;

impl Inner {
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
            // Where there is no room to lease ahead, what is missing may still fit.
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
            // What is reserved for small ones first.
            let reserved = spare.min(state.leased.reserved);
            let back = Leased {
                common: spare - reserved,
                reserved,
            };
            state.leased.reserved -= back.reserved;
            state.leased.common -= back.common;
            self.memory.pool.give_back(self.purpose, back);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let leased = self.state.get_mut().leased;
        self.memory.pool.give_back(self.purpose, leased);
    }
}

impl Account {
    /// An account without limits, for work that the program does for itself.
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

    /// Counts bytes of the answer.
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

    /// Why it gives nothing more, where something did not fit.
    pub fn exhausted(&self) -> Option<MemoryExhausted> {
        self.inner.state.lock().exhausted
    }

    /// How many bytes are held.
    pub fn held(&self) -> u64 {
        self.inner.state.lock().held
    }

    /// Another account of the same memory.
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
