//! Relations under programs. A program is not an end of them, so no adjacency leads to them. Those of all
//! given programs are read in one call and then distributed.

use super::{RelationQuery, Result, ServiceError, Session};
use crate::model::id::{EntityId, RelationId};
use crate::model::job::Paced as _;
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RelationFilter};

/// A query for a page of the relations under a program.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramRelationsQuery {
    /// The filter, without programs.
    pub filter: RelationFilter,
    /// The date on which the relations and both ends must be valid, if given.
    pub at: AsOf,
    /// The page, by id.
    pub page: PageRequest<RelationId>,
}

impl Session {
    /// Reads a page of the relations under each program, in the order of `programs`. One store call.
    ///
    /// **Limit.** For several programs, all their relations together: as many as a ledger may use.
    pub async fn relations_under(
        &self,
        programs: &[EntityId],
        query: &ProgramRelationsQuery,
    ) -> Result<Vec<Page<Relation>>> {
        if let [only] = programs {
            let query_of_one = under(std::slice::from_ref(only), &query.filter, query.at);
            return Ok(vec![self.list_relations(&query_of_one, &query.page).await?]);
        }
        let all = self.all_under(programs, &query.filter, query.at).await?;
        let page_of = |program: &EntityId| {
            let own: Vec<Relation> = falling(&all, program).cloned().collect();
            page_of_sorted(&own, |relation| relation.id.clone(), &query.page)
        };
        Ok(programs.iter().map(page_of).collect())
    }

    /// Counts the relations under each program, in the order of `programs`. One store call.
    ///
    /// **Limit.** As [`Session::relations_under`].
    pub async fn count_relations_under(
        &self,
        programs: &[EntityId],
        filter: &RelationFilter,
        at: AsOf,
    ) -> Result<Vec<u64>> {
        if let [only] = programs {
            let query = under(std::slice::from_ref(only), filter, at);
            return Ok(vec![self.count_relations(&query).await?]);
        }
        let all = self.all_under(programs, filter, at).await?;
        Ok(programs
            .iter()
            .map(|program| falling(&all, program).count() as u64)
            .collect())
    }

    async fn all_under(
        &self,
        programs: &[EntityId],
        filter: &RelationFilter,
        at: AsOf,
    ) -> Result<Vec<Relation>> {
        let max = self.limits().ledger_relations_max;
        let (all, is_cut) = self.relations_up_to(&under(programs, filter, at), max).await?;
        if is_cut {
            return Err(ServiceError::OverLimit {
                what: "relations under the programs of a list",
                asked: max as u64 + 1,
                max: max as u64,
            });
        }
        Ok(all)
    }
}

fn under(programs: &[EntityId], filter: &RelationFilter, at: AsOf) -> RelationQuery {
    let filter = RelationFilter {
        under: Some(programs.to_vec()),
        ..filter.clone()
    };
    RelationQuery { filter, at }
}

fn falling<'a>(all: &'a [Relation], program: &'a EntityId) -> impl Iterator<Item = &'a Relation> {
    all.iter()
        .paced()
        .filter(move |relation| relation.under.contains(program))
}
