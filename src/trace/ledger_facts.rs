//! The facts of the ledger, which are read before its rows are made.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::entity::SharedEntity;
use crate::model::id::{EntityId, RelationId};
use crate::model::record::{Observation, Rule};
use crate::model::statement::Evidence;
use crate::model::walk::WalkRules;

/// The facts that ledger rows use in addition to their relations.
#[derive(Clone, Debug, Default)]
pub struct LedgerFacts {
    /// The evidence of each relation.
    pub evidence: BTreeMap<RelationId, Evidence>,
    /// The question: which way relations carry, and which evidence counts.
    pub walk: WalkRules,
    /// The entities at the ends, and the programs.
    pub entities: BTreeMap<EntityId, SharedEntity>,
    /// Those of them that are sources or targets, or in a region that a selector names.
    pub touching: BTreeSet<EntityId>,
    /// The programs that may have a row without relations under them.
    pub programs: BTreeSet<EntityId>,
    /// The programs that are themselves tied to the sources or targets.
    pub tied: BTreeSet<EntityId>,
    /// The funds and programs with accepted statements of their own.
    pub supported: BTreeSet<EntityId>,
    /// The observations of programs and funds that count.
    pub observations: Vec<Observation>,
    /// The entities that are in an industry.
    pub classified: BTreeSet<EntityId>,
    /// Pairs of a part and the whole it belongs to, by `SUBSET_OF` or `MEMBER_OF`.
    pub within: BTreeSet<(EntityId, EntityId)>,
    /// The rules of the programs, and of the programs and funds at the ends.
    pub rules: Vec<Rule>,
    /// The relations that arrive at a dead end.
    pub arriving: BTreeSet<RelationId>,
}
