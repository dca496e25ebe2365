//! Sessions: all reads of a session are at one revision, and its store calls are counted.

use std::sync::Arc;

use super::counted::CountedReader;
use super::personal::{self, ConcealPersonalData};
use super::session_stats::SessionStats;
use super::{Backend, Limits, Result, ServiceError};
use crate::model::change::Revision;
use crate::model::memory::Account;
use crate::model::principal::Principal;
use crate::store::Store;
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;

/// Reads at one revision. Clones share the revision and the count of calls.
#[derive(Clone)]
pub struct Session {
    reads: CountedReader,
    limits: Arc<Limits>,
    principal: Arc<Principal>,
    stats: Arc<SessionStats>,
    account: Account,
}

/// Defines a method of a session from a row of the table of reads.
macro_rules! session_read {
    (values $(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
            self.conceal_personal(self.reads.$name($($arg),*).await)
        }
    };
    (records $(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty) => {
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
            self.keep(self.conceal_personal(self.reads.$name($($arg),*).await)?)
        }
    };
    // Defined by hand below, or where it is charged in steps.
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

    /// The same session with its reads charged to an account.
    #[must_use]
    pub fn charging(self, account: &Account) -> Self {
        Self {
            account: account.clone(),
            ..self
        }
    }

    /// The account to which reads are charged.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Removes personal data if the principal may not see it.
    fn conceal_personal<T: ConcealPersonalData>(&self, answer: Result<T>) -> Result<T> {
        let mut answer = answer?;
        if !self.principal.pii {
            answer.conceal();
        }
        Ok(answer)
    }

    /// The revision of the session.
    pub fn revision(&self) -> Revision {
        self.reads.revision()
    }

    /// The principal.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The limits of requests.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The cost so far.
    pub fn stats(&self) -> &SessionStats {
        &self.stats
    }

    pub(super) async fn expand_once(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &WalkRules,
        length: u32,
        budget: WorkBudget,
    ) -> Result<Subgraph> {
        self.conceal_personal(self.reads.expand(seeds, stop, walk, length, budget).await)
    }

    /// See [`Reader::list_relations`](crate::store::Reader::list_relations). Amounts are those known at the date of the query.
    pub async fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> Result<Page<Relation>> {
        let mut found = self.conceal_personal(self.reads.list_relations(query, page).await)?;
        self.apply_as_of(&mut found.items, query.at);
        self.keep(found)
    }

    /// See [`Reader::incident`](crate::store::Reader::incident). Amounts are those known at the date of the query.
    pub async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Result<Vec<Page<Relation>>> {
        let mut found = self.conceal_personal(self.reads.incident(ids, query).await)?;
        self.apply_as_of(found.iter_mut().flat_map(|page| &mut page.items), query.at);
        self.keep(found)
    }

    pub(super) async fn ledger_once(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[RegionSelector],
        walk: &WalkRules,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        let mut found = self.conceal_personal(self.reads.ledger(entities, regions, walk, limit).await)?;
        self.apply_as_of(&mut found.0, walk.at);
        Ok(found)
    }

    pub(super) async fn of_kinds_once(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        let mut found = self.conceal_personal(self.reads.relations_of_kinds(kinds, at, limit).await)?;
        self.apply_as_of(&mut found.0, at);
        Ok(found)
    }

    /// See [`Reader::log_end`](crate::store::Reader::log_end).
    pub async fn log_end(&self) -> Result<LogPosition> {
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

    /// See [`Reader::statements`](crate::store::Reader::statements). Without access to personal data it takes
    /// one more call if experts are among the subjects, whatever is recorded about them.
    pub async fn statements(&self, subjects: &[Subject]) -> Result<Vec<Vec<Statement>>> {
        let mut statements = self.keep(self.reads.statements(subjects).await?)?;
        let experts = personal::experts(subjects);
        if !self.principal.pii && !experts.is_empty() {
            let records = self.reads.entities(&experts).await?;
            personal::conceal_quotes(subjects, &mut statements, &experts, &records);
        }
        Ok(statements)
    }

    /// The part of the graph around some entities; see [`Reader::neighborhood`](crate::store::Reader::neighborhood). Amounts of relations are those known on the day asked.
    pub async fn neighborhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Result<Neighborhood> {
        let ids = self.require_ids("entity", ids).await?;
        let mut found = self.conceal_personal(
            self.reads
                .neighborhood(&ids, depth, filter, at, entities_max)
                .await,
        )?;
        self.apply_as_of(&mut found.relations, at);
        self.keep(found)
    }

    /// The canonical id of each id; an unknown id is an error.
    pub async fn require_ids(&self, what: &'static str, ids: &[EntityId]) -> Result<Vec<EntityId>> {
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
