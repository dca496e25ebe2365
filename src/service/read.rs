//! A session: everything in it is read at one revision, and every call of the store is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::counted::CountedReader;
use super::personal::{self, Personal};
use super::{Backend, Limits, Result, ServiceError};
use crate::model::change::Revision;
use crate::model::memory::Account;
use crate::model::principal::Principal;
use crate::store::Store;
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;

/// Reads at one revision. A copy shares the revision and the count of calls.
#[derive(Clone)]
pub struct Session {
    reads: CountedReader,
    limits: Arc<Limits>,
    principal: Arc<Principal>,
    stats: Arc<SessionStats>,
    account: Account,
}

/// What a session has cost so far.
#[derive(Debug, Default)]
pub struct SessionStats {
    store_calls: AtomicU64,
    stale_read: AtomicBool,
    stated_later: Mutex<BTreeSet<String>>,
}

impl SessionStats {
    /// How often the store was called.
    pub fn store_calls(&self) -> u64 {
        self.store_calls.load(Ordering::Relaxed)
    }

    /// How many amounts it took for unknown, since they are stated later than the day asked.
    pub fn stated_later(&self) -> usize {
        self.stated_later.lock().len()
    }

    pub(super) fn note_stated_later(&self, amount: &str) {
        self.stated_later.lock().insert(amount.to_string());
    }

    pub(super) fn count_store_call(&self) {
        self.store_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_stale_read(&self) {
        self.stale_read.store(true, Ordering::Relaxed);
    }

    /// Whether a read was stale, so that the answer is not whole.
    pub fn had_stale_read(&self) -> bool {
        self.stale_read.load(Ordering::Relaxed)
    }
}

/// Makes the method of a session from a row of the table of reads.
macro_rules! session_read {
    (values $(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
            self.shown(self.reads.$name($($arg),*).await)
        }
    };
    (records $(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
            self.keep(self.shown(self.reads.$name($($arg),*).await)?)
        }
    };
    // Written by hand below, or where it is charged in steps.
    (special $($row:tt)*) => {};
}

macro_rules! session_reads {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        impl Session { $(
            session_read!($session $(#[$doc])* $name($($arg: $type),*) -> $answer);
        )+ }
    };
}
for_each_read!(session_reads);

impl Session {
    pub(super) fn new(reader: <Backend as Store>::Reader, limits: Arc<Limits>, principal: Principal) -> Self {
        let stats: Arc<SessionStats> = Arc::default();
        Self {
            reads: CountedReader::new(reader, stats.clone()),
            limits,
            principal: Arc::new(principal),
            stats,
            account: Account::unlimited(),
        }
    }

    /// The same session, whose reads are charged to an account where they hold much.
    #[must_use]
    pub fn charging(self, account: &Account) -> Self {
        Self {
            account: account.clone(),
            ..self
        }
    }

    /// What its reads are charged to.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Hides personal data from an asker who may not see it.
    fn shown<T: Personal>(&self, answer: Result<T>) -> Result<T> {
        let mut answer = answer?;
        if !self.principal.pii {
            answer.conceal();
        }
        Ok(answer)
    }

    /// The revision it reads at.
    pub fn revision(&self) -> Revision {
        self.reads.revision()
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The limits of its answers.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What it has cost so far.
    pub fn stats(&self) -> &SessionStats {
        &self.stats
    }

    pub(super) async fn expand_once(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        budget: WorkBudget,
    ) -> Result<Subgraph> {
        self.shown(self.reads.expand(seeds, stop, walk, length, budget).await)
    }

    /// See [`Reader::list_relations`](crate::store::Reader::list_relations). Amounts are those known on the day asked.
    pub async fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> Result<Page<Relation>> {
        let mut found = self.shown(self.reads.list_relations(query, page).await)?;
        self.know(&mut found.items, query.at);
        self.keep(found)
    }

    /// See [`Reader::incident`](crate::store::Reader::incident). Amounts are those known on the day asked.
    pub async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Result<Vec<Page<Relation>>> {
        let mut found = self.shown(self.reads.incident(ids, query).await)?;
        self.know(found.iter_mut().flat_map(|page| &mut page.items), query.at);
        self.keep(found)
    }

    pub(super) async fn ledger_once(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        let mut found = self.shown(self.reads.ledger(entities, regions, walk, limit).await)?;
        self.know(&mut found.0, walk.at);
        Ok(found)
    }

    pub(super) async fn of_kinds_once(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        let mut found = self.shown(self.reads.of_kinds(kinds, at, limit).await)?;
        self.know(&mut found.0, at);
        Ok(found)
    }

    /// See [`Reader::log_end`](crate::store::Reader::log_end).
    pub async fn log_end(&self) -> Result<LogPlace> {
        self.reads.log_end().await
    }

    /// See [`Reader::log`](crate::store::Reader::log).
    pub(super) async fn log_lines(&self, query: &LogQuery) -> Result<Page<LoggedChange>> {
        self.reads.log(query).await
    }

    /// See [`Reader::last_lines`](crate::store::Reader::last_lines).
    pub(super) async fn last_log_lines(&self, keys: &[String]) -> Result<Vec<Option<LoggedChange>>> {
        self.reads.last_lines(keys, None).await
    }

    /// See [`Reader::count_log`](crate::store::Reader::count_log).
    pub(super) async fn count_log_lines(&self, told: Option<&BTreeSet<DatasetId>>) -> Result<u64> {
        self.reads.count_log(told).await
    }

    /// See [`Reader::statements`](crate::store::Reader::statements). Who may not see personal data costs one call more where experts are among the subjects,
    /// whatever is known of them.
    pub async fn statements(&self, subjects: &[Subject]) -> Result<Vec<Vec<Statement>>> {
        let mut statements = self.keep(self.reads.statements(subjects).await?)?;
        let experts = personal::experts(subjects);
        if !self.principal.pii && !experts.is_empty() {
            let records = self.reads.entities(&experts).await?;
            personal::conceal_quotes(subjects, &mut statements, &experts, &records);
        }
        Ok(statements)
    }

    /// The part of the graph around some entities; see [`Reader::neighbourhood`](crate::store::Reader::neighbourhood). Amounts of relations are those known on the day asked.
    pub async fn neighbourhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Result<Neighbourhood> {
        let ids = self.known("entity", ids).await?;
        let mut found = self.shown(
            self.reads
                .neighbourhood(&ids, depth, filter, at, entities_max)
                .await,
        )?;
        self.know(&mut found.relations, at);
        self.keep(found)
    }

    /// What each id stands for now; one that nothing has is refused and named.
    pub async fn known(&self, what: &'static str, ids: &[EntityId]) -> Result<Vec<EntityId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let resolved = self.resolve(ids).await?;
        let revision = self.revision();
        let known = resolved.into_iter().zip(ids).map(|(known, id)| {
            known.ok_or_else(|| ServiceError::UnknownId {
                what,
                id: id.to_string(),
                revision,
            })
        });
        known.collect()
    }
}
