//! Every way of reading, asked at random.

use hukun::model::change::Subject;
use hukun::model::entity::EntityKind;
use hukun::model::id::{EntityId, ObservationId, RelationId, RuleId, SourceId};
use hukun::model::ontology::RelationKind;
use hukun::model::page::PageRequest;
use hukun::model::record::RuleType;
use hukun::model::selector::{
    Direction, EntityFilter, EntityOrder, EntityOrderField, RelatedFilter, RelatedMatch, RelationFilter,
    Selector,
};
use hukun::model::text;
use hukun::store::{EntityQuery, IncidentQuery, Reader, RelationQuery};

use super::story::{RESTRICTED, dataset_id, own};
use crate::conformance::fixture::entity_id;
use crate::store_parity::world::Dice;
use crate::store_parity::{lines, told};

/// Asks with ids of all records, hidden ones and unknown ones among them.
pub struct Asker<'a> {
    pub dice: Dice,
    pub keys: &'a [String],
}

impl Asker<'_> {
    fn keys(&mut self) -> Vec<String> {
        self.dice.several(self.keys, 6)
    }

    fn ids(&mut self) -> Vec<EntityId> {
        let hidden = |dice: &mut Dice| {
            let of = dice.one(&RESTRICTED);
            entity_id(&dice.one(&own(of)))
        };
        let mut ids = self.dice.ids(5);
        ids.extend(self.dice.some(2, hidden));
        ids
    }

    fn records(&mut self) -> Vec<Subject> {
        let key = |key: String| match key.as_str() {
            key if key.starts_with("source:") => Subject::Source(SourceId::parse(key).unwrap()),
            key if key.contains(':') => Subject::Entity(entity_id(key)),
            key if key.contains('o') => Subject::Observation(ObservationId::parse(key).unwrap()),
            key if key.contains('u') => Subject::Rule(RuleId::parse(key).unwrap()),
            key => Subject::Relation(RelationId::parse(key).unwrap()),
        };
        self.keys().into_iter().map(key).collect()
    }

    fn filter(&mut self, depth: u32) -> EntityFilter {
        let deeper = |asker: &mut Self| asker.filter(depth - 1);
        let related = |asker: &mut Self| RelatedMatch {
            relation: asker.dice.filter(),
            direction: asker.dice.one(Direction::ALL),
            entity: (depth > 0 && asker.dice.in_one_of(2)).then(|| Box::new(asker.filter(depth - 1))),
        };
        let once_in = |asker: &mut Self, many| asker.dice.in_one_of(many);
        EntityFilter {
            ids: once_in(self, 8).then(|| self.ids()),
            kinds: once_in(self, 4).then(|| self.dice.several(EntityKind::ALL, 5)),
            region: once_in(self, 6).then(|| self.dice.place()),
            tags: once_in(self, 10).then(|| self.dice.several(&["t".to_string(), "u".into()], 2)),
            families: None,
            stages: None,
            datasets: once_in(self, 6)
                .then(|| vec![dataset_id(self.dice.one(&["d", "e", "r1", "r2", "none"]))]),
            name: once_in(self, 8).then(|| self.dice.one(&["名", "r1", "company", "a"]).to_string()),
            external_id: None,
            evidence: once_in(self, 4).then(|| self.dice.evidence()),
            related: once_in(self, 3).then(|| RelatedFilter {
                some: once_in(self, 2).then(|| related(self)),
                none: once_in(self, 2).then(|| related(self)),
            }),
            and: if depth > 0 && once_in(self, 6) {
                vec![deeper(self)]
            } else {
                vec![]
            },
            or: (depth > 0 && once_in(self, 6)).then(|| vec![deeper(self), deeper(self)]),
            not: (depth > 0 && once_in(self, 6)).then(|| Box::new(deeper(self))),
        }
    }

    fn page<K: Clone>(&mut self, edges: &[K]) -> PageRequest<K> {
        let mut edge = || (!edges.is_empty() && self.dice.in_one_of(3)).then(|| self.dice.one(edges));
        let (after, before) = (edge(), edge());
        PageRequest {
            limit: self.dice.0.usize(..8),
            from_end: self.dice.in_one_of(2),
            after,
            before,
        }
    }

    fn relation_keys(&mut self) -> Vec<RelationId> {
        let keys = self.keys();
        keys.iter().map(|key| RelationId::parse(key).unwrap()).collect()
    }

    /// One round of questions: what a store says, as text that names the question.
    pub async fn round<R: Reader>(&mut self, reader: &R) -> Vec<String> {
        let mut said = Vec::new();
        self.by_key(reader, &mut said).await;
        self.lists(reader, &mut said).await;
        self.at_entities(reader, &mut said).await;
        self.walks(reader, &mut said).await;
        said
    }

    async fn by_key<R: Reader>(&mut self, reader: &R, said: &mut Vec<String>) {
        let (ids, keys, subjects) = (self.ids(), self.keys(), self.records());
        said.push(told(&("entities", &ids), reader.entities(&ids).await));
        said.push(told(&("resolve", &ids), reader.resolve(&ids).await));
        said.push(told(
            &("subjects_of_keys", &keys),
            reader.subjects_of_keys(&keys).await,
        ));
        let relations = self.relation_keys();
        said.push(told(
            &("relations", &relations),
            reader.relations(&relations).await,
        ));
        let observations: Vec<_> = keys
            .iter()
            .map(|key| ObservationId::parse(key).unwrap())
            .collect();
        said.push(told(
            &("observations", &keys),
            reader.observations(&observations).await,
        ));
        let rules: Vec<_> = keys.iter().map(|key| RuleId::parse(key).unwrap()).collect();
        said.push(told(&("rules", &keys), reader.rules(&rules).await));
        let sources: Vec<_> = ["s", "t", "r1", "r2"]
            .iter()
            .map(|id| SourceId::parse(&format!("source:{id}")).unwrap())
            .collect();
        said.push(told(&"sources", reader.sources(&sources).await));
        said.push(told(
            &("statements", &subjects),
            reader.statements(&subjects).await,
        ));
        said.push(told(&("evidence", &subjects), reader.evidence(&subjects).await));
        said.push(told(
            &("memberships", &subjects),
            reader.memberships(&subjects).await,
        ));
    }

    async fn lists<R: Reader>(&mut self, reader: &R, said: &mut Vec<String>) {
        let (filter, at) = (self.filter(1), self.dice.at());
        let mut order = Vec::new();
        if self.dice.in_one_of(2) {
            order = vec![EntityOrder {
                field: self.dice.one(EntityOrderField::ALL),
                descending: self.dice.in_one_of(2),
            }];
        }
        let query = EntityQuery {
            filter: filter.clone(),
            at,
            order,
        };
        let all = reader.list_entities(&query, &PageRequest::first(1_000)).await;
        let edges: Vec<_> = all
            .as_ref()
            .unwrap()
            .items
            .iter()
            .map(|row| row.0.clone())
            .collect();
        said.push(told(&("list_entities", &query), all));
        let page = self.page(&edges);
        said.push(told(
            &("list_entities", &query, &page),
            reader.list_entities(&query, &page).await,
        ));
        said.push(told(
            &("count_entities", &filter, at),
            reader.count_entities(&filter, at).await,
        ));
        let of_kinds = EntityFilter {
            kinds: filter.kinds.clone(),
            ..EntityFilter::default()
        };
        said.push(told(
            &("count_entities", &of_kinds),
            reader.count_entities(&of_kinds, None).await,
        ));
        let filter = self.dice.filter();
        for query in [
            RelationQuery { filter, at },
            RelationQuery {
                filter: RelationFilter::default(),
                at: None,
            },
        ] {
            let page = {
                let edges = self.relation_keys();
                self.page(&edges)
            };
            said.push(told(
                &("list_relations", &query, &page),
                reader.list_relations(&query, &page).await,
            ));
            let all = reader.list_relations(&query, &PageRequest::first(1_000)).await;
            said.push(told(&("list_relations", &query), all));
            said.push(told(
                &("count_relations", &query),
                reader.count_relations(&query).await,
            ));
        }
        let bearers = self.dice.in_one_of(2).then(|| self.ids());
        let types = self
            .dice
            .in_one_of(2)
            .then(|| self.dice.several(RuleType::ALL, 2));
        said.push(told(
            &("list_rules", &bearers, &types),
            reader.list_rules(bearers.as_deref(), types.as_deref()).await,
        ));
        let page = self.page(&[
            SourceId::parse("source:r1").unwrap(),
            SourceId::parse("source:s").unwrap(),
        ]);
        said.push(told(&("list_sources", &page), reader.list_sources(&page).await));
        said.push(told(&"count_sources", reader.count_sources().await));
        said.push(told(&"datasets", reader.datasets().await));
        for id in ["d", "e", "r1", "r2", "none"] {
            said.push(told(
                &("subjects_of_dataset", id),
                reader.subjects_of_dataset(&dataset_id(id)).await,
            ));
        }
        let selector = Selector {
            ids: self.dice.in_one_of(4).then(|| self.ids()),
            kinds: self
                .dice
                .in_one_of(2)
                .then(|| self.dice.several(EntityKind::ALL, 5)),
            region: self.dice.in_one_of(3).then(|| self.dice.place()),
            tags: self.dice.in_one_of(8).then(|| vec!["t".into()]),
            families: None,
        };
        said.push(told(
            &("select", &selector, at),
            reader.select(&selector, at).await,
        ));
        let word = self.dice.one(&["名", "r1", "company", "fund r2"]);
        let tokens = text::SearchQuery::parse(word)
            .map(|query| query.tokens().to_vec())
            .unwrap_or_default();
        let (kinds, limit) = (
            self.dice
                .in_one_of(2)
                .then(|| self.dice.several(EntityKind::ALL, 5)),
            self.dice.max(),
        );
        said.push(told(
            &("candidates", word, &kinds, limit),
            reader.candidates(&tokens, kinds.as_deref(), limit).await,
        ));
    }

    async fn at_entities<R: Reader>(&mut self, reader: &R, said: &mut Vec<String>) {
        let (ids, at) = (self.ids(), self.dice.at());
        let page = {
            let edges = self.relation_keys();
            self.page(&edges)
        };
        let query = IncidentQuery {
            filter: self.dice.filter(),
            direction: self.dice.one(Direction::ALL),
            other: self.dice.in_one_of(2).then(|| self.filter(0)),
            at,
            page,
        };
        let plain = IncidentQuery {
            filter: RelationFilter::default(),
            other: None,
            at: None,
            ..query.clone()
        };
        for query in [query, plain] {
            said.push(told(
                &("incident", &ids, &query),
                reader.incident(&ids, &query).await,
            ));
            said.push(told(
                &("count_incident", &ids, &query),
                reader.count_incident(&ids, &query).await,
            ));
        }
        let indicators = self.dice.in_one_of(2).then(|| vec!["A".to_string()]);
        let page = self.page(&[
            ObservationId::parse("o2").unwrap(),
            ObservationId::parse("r1-o1").unwrap(),
        ]);
        said.push(told(
            &("observations_of", &ids, &indicators, &page),
            reader.observations_of(&ids, indicators.as_deref(), &page).await,
        ));
        said.push(told(
            &("count_observations_of", &ids, &indicators),
            reader.count_observations_of(&ids, indicators.as_deref()).await,
        ));
        let (role, place) = (self.dice.role(), self.dice.place());
        said.push(told(
            &("regions", &ids, role, at),
            reader.regions(&ids, role, at).await,
        ));
        said.push(told(
            &("within", &ids, &place, at),
            reader.within(&ids, &place, at).await,
        ));
        said.push(told(&("degrees", &ids), reader.degrees(&ids).await));
        said.push(told(&("shares", &ids), reader.shares(&ids).await));
    }

    async fn walks<R: Reader>(&mut self, reader: &R, said: &mut Vec<String>) {
        let (seeds, stop, walk, length, budget) = (
            self.ids(),
            self.dice.id_set(3),
            self.dice.walk(),
            self.dice.length(),
            self.dice.budget(),
        );
        let found = reader.expand(&seeds, &stop, &walk, length, budget.clone()).await;
        said.push(told(
            &("expand", &seeds, &stop, &walk, length, budget),
            found.map(|found| lines(&found)),
        ));
        let (ids, depth, filter, at, max) = (
            self.ids(),
            self.dice.length().min(3),
            self.dice.filter(),
            self.dice.at(),
            self.dice.max(),
        );
        let found = reader.neighborhood(&ids, depth, &filter, at, max).await;
        said.push(told(&("neighborhood", &ids, depth, filter, at, max), found));
        let (ends, regions, limit) = (
            self.ids().into_iter().collect(),
            vec![self.dice.place(); self.dice.max() % 2],
            self.dice.max(),
        );
        let found = reader.ledger(&ends, &regions, &walk, limit).await;
        said.push(told(&("ledger", &ends, &regions, &walk, limit), found));
        let kinds = self.dice.several(RelationKind::ALL, 20).into_iter().collect();
        said.push(told(
            &("relations_of_kinds", &kinds, at, limit),
            reader.relations_of_kinds(&kinds, at, limit).await,
        ));
    }
}

/// The first question to which two stores said different things; the edges of pages come from the first.
pub fn first_difference(one: &[String], other: &[String]) -> Option<String> {
    let differ = one.iter().zip(other).find(|(one, other)| one != other)?;
    let same = differ
        .0
        .lines()
        .zip(differ.1.lines())
        .take_while(|(one, other)| one == other)
        .count();
    let part = |text: &str| {
        text.lines()
            .skip(same.saturating_sub(12))
            .take(40)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let question = differ.0.lines().next().unwrap_or_default();
    Some(format!(
        "{question}\nwithout the data set:\n{}\nhidden:\n{}",
        part(differ.0),
        part(differ.1)
    ))
}
