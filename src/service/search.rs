//! Search by name: in Chinese, English, pinyin, initials, or by id.
//!
//! The store returns candidates; matching and ranking happen here, so that results do not depend on the
//! store.

use std::cmp::Reverse;
use std::mem::size_of;

use super::{Result, ServiceError, Session};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::text::{Score, SearchMatch, SearchQuery, rank};

/// The position of an entity in a search result: the best score first, then by id. It serves as a cursor even
/// if the entity is no longer found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchKey {
    /// The score of the match.
    pub score: Reverse<Score>,
    /// The id.
    pub id: EntityId,
}

/// A matching entity.
#[derive(Clone, Debug)]
pub struct SearchHit {
    /// Its position.
    pub key: SearchKey,
    /// The entity.
    pub entity: SharedEntity,
    /// The best matching name, or the id, as plain text with `⟦` and `⟧` around the matches.
    pub highlight: String,
}

impl SearchHit {
    /// The score: above 0, at most 1.
    pub fn score(&self) -> f64 {
        self.key.score.0.value()
    }
}

/// A page of search results.
#[derive(Clone, Debug)]
pub struct SearchPage {
    /// The hits.
    pub page: Page<SearchHit>,
    /// The number of hits on all pages.
    pub total: u64,
    /// Whether there were more candidates than are verified, so that entities with the greatest ids may be
    /// missing.
    pub truncated: bool,
}

impl Session {
    /// A page of the entities that match a query, best first; only of the given kinds, if any.
    pub async fn search(
        &self,
        query: &str,
        kinds: Option<&[EntityKind]>,
        request: &PageRequest<SearchKey>,
    ) -> Result<SearchPage> {
        let query = SearchQuery::parse(query).map_err(|error| ServiceError::Input(error.to_string()))?;
        let (candidates, truncated) = self
            .candidates(query.tokens(), kinds, self.limits().search_candidates_max)
            .await?;
        // Released when the page is made: the ranked list, whose capacity may be twice its length.
        let ranked = 2 * size_of::<(SearchKey, &SharedEntity)>() * candidates.len();
        let _ranked = self.account().hold(ranked as u64)?;
        Ok(SearchPage {
            truncated,
            ..page_of(&query, &candidates, request)
        })
    }
}

/// The match of an entity, by its names, id and former ids.
fn matched<'e>(query: &SearchQuery, entity: &'e SharedEntity) -> Option<SearchMatch<'e>> {
    let ids = std::iter::once(&entity.id).chain(&entity.former_ids);
    rank(query, &entity.names, ids.map(EntityId::as_str))
}

fn page_of(query: &SearchQuery, candidates: &[SharedEntity], request: &PageRequest<SearchKey>) -> SearchPage {
    let score_of = |entity: &SharedEntity| Some(matched(query, entity)?.score);
    let mut found: Vec<(SearchKey, &SharedEntity)> = candidates
        .iter()
        .filter_map(|entity| {
            // Ranking reads several names.
            job::steps(16);
            Some((
                SearchKey {
                    score: Reverse(score_of(entity)?),
                    id: entity.id.clone(),
                },
                entity,
            ))
        })
        .collect();
    found.sort_unstable_by(job::by(|(a, _): &(SearchKey, _), (b, _): &(SearchKey, _)| {
        a.cmp(b)
    }));
    let total = found.len() as u64;
    // Highlights are computed only for the page, because most hits are not shown.
    let page = page_of_sorted(&found, |(key, _)| key.clone(), request).map(|(key, entity)| {
        let highlight = matched(query, entity).map(|found| found.highlight());
        SearchHit {
            key,
            entity: entity.clone(),
            highlight: highlight.unwrap_or_default(),
        }
    });
    SearchPage {
        page,
        total,
        truncated: false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::model::entity::{Entity, Name, NameRole, Properties};
    use crate::model::period::Validity;

    fn entity(id: &str, name: &str) -> SharedEntity {
        let id = EntityId::parse(id).unwrap();
        let names = vec![Name {
            value: name.to_string(),
            lang: "zh".to_string(),
            role: NameRole::Official,
        }];
        Arc::new(Entity {
            properties: Properties::empty(id.kind()),
            id,
            names,
            description: None,
            tags: Vec::new(),
            external_ids: Vec::new(),
            former_ids: Vec::new(),
            size: None,
            validity: Validity::default(),
            recorded_at: DateTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn hits_are_paged_by_score_then_id() {
        let query = SearchQuery::parse("昆山").unwrap();
        let candidates = [
            "park:c 昆山园区",
            "park:b 昆山园地",
            "region:a 昆山",
            "park:d 山昆",
            "park:a 在昆山",
        ]
        .map(|row| row.split_once(' ').unwrap())
        .map(|(id, name)| entity(id, name));
        let ids = |page: &SearchPage| {
            page.page
                .items
                .iter()
                .map(|hit| hit.key.id.to_string())
                .collect::<Vec<_>>()
        };

        let first = page_of(&query, &candidates, &PageRequest::first(2));
        assert_eq!(
            (ids(&first), first.total),
            (vec!["region:a".to_string(), "park:b".to_string()], 4)
        );
        assert_eq!((first.page.has_previous, first.page.has_next), (false, true));
        assert_eq!(first.page.items[1].highlight, "⟦昆山⟧园地");
        assert!(first.page.items[0].score() > first.page.items[1].score());

        let after = Some(first.page.items[1].key.clone());
        let rest = page_of(
            &query,
            &candidates[..1],
            &PageRequest {
                after,
                ..PageRequest::first(2)
            },
        );
        assert_eq!(
            (ids(&rest), rest.page.has_previous, rest.page.has_next),
            (vec!["park:c".to_string()], false, false)
        );
    }
}
