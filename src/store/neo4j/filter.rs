//! Filters as Cypher: their shape becomes text, put together from pieces that stand here; their values become parameters.
//!
//! A property that is not there is null, and the negation of null is null: so every test of one is made false there.

use std::sync::Arc;

use neo4rs::{BoltMap, BoltType};

use super::memory::Redirected;
use super::properties::{class_text, day, external_token, label, tag_token};
use super::region;
use super::veil::Sight;
use crate::model::id::EntityId;
use crate::model::selector::{Direction, EntityFilter, InRegion, RelatedMatch, RelationFilter};
use crate::model::statement::{Assertion, EvidenceClass, EvidenceFilter, Rank, Reliability};
use crate::model::text;

/// Text under way, and the parameters it names.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    params: BoltMap,
    count: usize,
    sight: Sight,
    redirects: Arc<Redirected>,
}

impl Filter {
    /// For a question at a date, of a reader; ids merged away lead where they lead now.
    pub(super) fn new(sight: Sight, redirects: &Arc<Redirected>) -> Self {
        let mut params = BoltMap::default();
        params.put("day".into(), day(sight.at).into());
        Self {
            params,
            count: 0,
            sight,
            redirects: redirects.clone(),
        }
    }

    /// The date asked for, and whether something is hidden.
    pub(super) fn sight(&self) -> Sight {
        self.sight
    }

    fn kept<'a>(&'a self, ids: &'a [EntityId]) -> Vec<String> {
        ids.iter()
            .map(|id| self.redirects.get(id).unwrap_or(id).to_string())
            .collect()
    }

    /// The parameters of all that was compiled.
    pub(super) fn params(&self) -> impl Iterator<Item = (String, BoltType)> + '_ {
        self.params
            .value
            .iter()
            .map(|(name, value)| (name.value.clone(), value.clone()))
    }

    /// A parameter of its own for a value; gives its name, with the sign.
    pub(super) fn param(&mut self, value: impl Into<BoltType>) -> String {
        let name = format!("p{}", self.count);
        self.count += 1;
        self.params.put(name.as_str().into(), value.into());
        format!("${name}")
    }

    fn variable(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// Whether a node or relationship is valid at the date.
    pub(super) fn valid(&self, of: &str) -> String {
        self.sight.valid(of)
    }

    /// Whether a node or relationship is not hidden.
    pub(super) fn seen(&self, of: &str) -> String {
        self.sight.seen(of)
    }

    /// Whether an entity is seen, valid at the date and passes a filter.
    pub(super) fn lists(&mut self, e: &str, filter: &EntityFilter) -> String {
        all(vec![self.seen(e), self.valid(e), self.entity(e, filter)])
    }

    /// Whether an entity passes a filter.
    pub(super) fn entity(&mut self, e: &str, filter: &EntityFilter) -> String {
        let mut tests = Vec::new();
        if let Some(ids) = &filter.ids {
            let ids = self.param(self.kept(ids));
            tests.push(format!("{e}.id IN {ids}"));
        }
        if let Some(kinds) = &filter.kinds {
            tests.push(self.among(e, "kind", kinds.iter().map(|kind| kind.name())));
        }
        if let Some(place) = &filter.region {
            tests.push(self.in_region(e, place));
        }
        if let Some(tags) = &filter.tags {
            let tags = self.param(texts(tags.iter().map(String::as_str)));
            tests.push(format!("any(tag IN {e}.tags WHERE tag IN {tags})"));
        }
        if let Some(families) = &filter.families {
            tests.push(self.among(e, "family", families.iter().map(|family| family.name())));
        }
        if let Some(stages) = &filter.stages {
            tests.push(self.among(e, "stage", stages.iter().map(|stage| stage.name())));
        }
        if let Some(datasets) = &filter.datasets {
            let datasets = self.param(texts(datasets.iter().map(crate::model::id::DatasetId::as_str)));
            let p = self.variable("p");
            tests.push(format!(
                "EXISTS {{ MATCH ({p}:Provenance {{id: {e}.provenance}}) WHERE any(dataset IN {p}.members WHERE dataset IN {datasets}) }}"
            ));
        }
        if let Some(id) = &filter.external_id {
            // The scheme of one that is stored ends at its first colon.
            if id.scheme.contains(':') {
                tests.push("false".into());
            } else {
                let id = self.param(format!("{}:{}", id.scheme, id.value));
                tests.push(format!("{id} IN {e}.external_ids"));
            }
        }
        if let Some(evidence) = &filter.evidence {
            tests.push(self.evidence(e, evidence));
        }
        if let Some(name) = &filter.name {
            let part = self.param(text::normalise(name));
            tests.push(format!(
                "any(name IN {e}.names_normal WHERE name CONTAINS {part})"
            ));
        }
        if let Some(related) = &filter.related {
            if let Some(wanted) = &related.some {
                tests.push(self.related(e, wanted));
            }
            if let Some(wanted) = &related.none {
                tests.push(format!("NOT {}", self.related(e, wanted)));
            }
        }
        for each in &filter.and {
            tests.push(self.entity(e, each));
        }
        if let Some(or) = &filter.or {
            let any: Vec<String> = or.iter().map(|each| self.entity(e, each)).collect();
            tests.push(if any.is_empty() {
                "false".into()
            } else {
                format!("({})", any.join(" OR "))
            });
        }
        if let Some(not) = &filter.not {
            tests.push(format!("NOT {}", self.entity(e, not)));
        }
        all(tests)
    }

    fn in_region(&mut self, e: &str, place: &InRegion) -> String {
        let region = self.param(self.kept(std::slice::from_ref(&place.region)).concat());
        let prefix = self.variable("in");
        region::is_member(e, &region, place.role, &prefix, self.sight)
    }

    fn among<'a>(&mut self, of: &str, property: &str, values: impl Iterator<Item = &'a str>) -> String {
        let values = self.param(texts(values));
        format!("coalesce({of}.{property} IN {values}, false)")
    }

    /// Whether something has a statement that passes whole.
    pub(super) fn evidence(&mut self, of: &str, filter: &EvidenceFilter) -> String {
        let mut classes = Vec::new();
        for assertion in Assertion::ALL {
            for reliability in Reliability::ALL {
                for rank in Rank::ALL {
                    classes.extend(passing_class(filter, *assertion, *reliability, *rank));
                }
            }
        }
        let classes = self.param(classes);
        let excluded = self.param(texts(
            filter
                .exclude_sources
                .iter()
                .map(crate::model::id::SourceId::as_str),
        ));
        let class = self.variable("class");
        let p = self.variable("p");
        let (said, hidden) = if self.sight.veiled {
            let hidden = format!(" AND NOT coalesce(split({class}, ' ')[2] IN $hidden, false)");
            (format!("coalesce({p}.said_by, {p}.evidence)"), hidden)
        } else {
            (format!("{p}.evidence"), String::new())
        };
        format!(
            "EXISTS {{ MATCH ({p}:Provenance {{id: {of}.provenance}}) WHERE any({class} IN {said} \
             WHERE split({class}, ' ')[0] IN {classes} AND NOT split({class}, ' ')[1] IN {excluded}{hidden}) }}"
        )
    }

    /// Whether an entity has a relation that matches.
    fn related(&mut self, e: &str, wanted: &RelatedMatch) -> String {
        let (relation, other) = (self.variable("r"), self.variable("o"));
        let (outwards, inwards) = match wanted.direction {
            Direction::Out => ("", ">"),
            Direction::In => ("<", ""),
            Direction::Both => ("", ""),
        };
        // The node of the relation has what its relationship has not; the relationship finds the other end.
        let types = wanted
            .relation
            .kinds
            .as_ref()
            .map(|kinds| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join("|"));
        let typed = types
            .filter(|types| !types.is_empty())
            .map_or_else(String::new, |types| format!(":{types}"));
        let node = self.variable("n");
        let mut tests = vec![self.seen(&relation), self.valid(&relation)];
        if self.sight.at.is_some() {
            tests.extend([self.valid(e), self.valid(&other)]);
        }
        if let Some(filter) = wanted.entity.as_deref() {
            tests.push(self.entity(&other, filter));
        }
        if wanted.relation.kinds.as_ref().is_some_and(Vec::is_empty) {
            tests.push("false".into());
        }
        let rest = RelationFilter {
            kinds: None,
            ..wanted.relation.clone()
        };
        if rest != RelationFilter::default() {
            let matches = self.relation(&node, &rest);
            tests.push(format!(
                "EXISTS {{ MATCH ({node}:Relation {{id: {relation}.id}}) WHERE {matches} }}"
            ));
        }
        format!(
            "EXISTS {{ MATCH ({e}){outwards}-[{relation}{typed}]-{inwards}({other}:Entity) WHERE {} }}",
            all(tests)
        )
    }

    /// Whether the node of a relation is seen and valid at the date, and the entities at both its ends.
    pub(super) fn holds(&mut self, v: &str) -> String {
        if self.sight.at.is_none() {
            return self.seen(v);
        }
        let ends = ["from", "to"].map(|end| {
            let entity = self.variable(end);
            format!(
                "EXISTS {{ MATCH ({entity}:Entity {{id: {v}.{end}}}) WHERE {} }}",
                self.valid(&entity)
            )
        });
        all(vec![
            self.seen(v),
            self.valid(v),
            ends[0].clone(),
            ends[1].clone(),
        ])
    }

    /// Whether the node of a relation passes a filter.
    pub(super) fn relation(&mut self, v: &str, filter: &RelationFilter) -> String {
        let mut tests = Vec::new();
        if let Some(ids) = &filter.ids {
            tests.push(self.among(v, "id", ids.iter().map(crate::model::id::RelationId::as_str)));
        }
        if let Some(kinds) = &filter.kinds {
            tests.push(self.among(v, "kind", kinds.iter().map(|kind| kind.name())));
        }
        if let Some(resources) = &filter.resources {
            tests.push(self.among(v, "resource", resources.iter().map(|resource| resource.name())));
        }
        for (property, ids) in [("from", &filter.from_ids), ("to", &filter.to_ids)] {
            if let Some(ids) = ids {
                let ids = self.param(self.kept(ids));
                tests.push(format!("{v}.{property} IN {ids}"));
            }
        }
        if let Some(under) = &filter.under {
            let under = self.param(self.kept(under));
            tests.push(format!("any(program IN {v}.under WHERE program IN {under})"));
        }
        if let Some(drivers) = &filter.drivers {
            tests.push(self.among(v, "driver", drivers.iter().map(|driver| driver.name())));
        }
        if let Some(units) = &filter.units {
            tests.push(self.among(v, "unit", units.iter().map(crate::model::quantity::Unit::as_str)));
        }
        if let Some(statuses) = &filter.statuses {
            tests.push(self.among(v, "status", statuses.iter().map(|status| status.name())));
        }
        if let Some(evidence) = &filter.evidence {
            tests.push(self.evidence(v, evidence));
        }
        all(tests)
    }
}

/// A search of the full-text index that gives all that pass a filter, and few that do not; none where it has no words.
pub(super) fn words(filter: &EntityFilter) -> Option<String> {
    let any = |tokens: Vec<String>| (!tokens.is_empty()).then(|| format!("({})", tokens.join(" OR ")));
    let tags = filter
        .tags
        .as_ref()
        .and_then(|tags| any(tags.iter().map(|tag| quoted(&tag_token(tag))).collect()));
    let external = filter
        .external_id
        .as_ref()
        .map(|id| quoted(&external_token(&id.scheme, &id.value)));
    let name = filter.name.as_deref().map(text::normalise);
    let name = name
        .map(|name| text::name_filter_tokens(&name))
        .unwrap_or_default();
    let mut all: Vec<String> = name.iter().map(|token| quoted(token)).collect();
    all.extend(tags);
    all.extend(external);
    all.extend(filter.and.iter().filter_map(words));
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// A token as a phrase of one word, so that nothing in it is syntax.
pub(super) fn quoted(token: &str) -> String {
    let escaped: String = token
        .chars()
        .flat_map(|c| {
            if matches!(c, '"' | '\\') {
                vec!['\\', c]
            } else {
                vec![c]
            }
        })
        .collect();
    format!("\"{escaped}\"")
}

/// The label that all entities of a filter have, where it names one kind: then an index of fewer serves.
pub(super) fn labels(filter: &EntityFilter) -> String {
    match filter.kinds.as_deref() {
        Some([kind]) => format!("Entity:{}", label(*kind)),
        _ => "Entity".into(),
    }
}

fn passing_class(
    filter: &EvidenceFilter,
    assertion: Assertion,
    reliability: Reliability,
    rank: Rank,
) -> Option<String> {
    // Sources are tested apart: they are many, and the classes few.
    let source = crate::model::id::SourceId::parse("any").ok()?;
    let class = EvidenceClass {
        source,
        assertion,
        reliability,
        rank,
    };
    let of_any_source = EvidenceFilter {
        exclude_sources: Vec::new(),
        ..filter.clone()
    };
    let passes = of_any_source.accepts(&class);
    passes.then(|| {
        class_text(&class)
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_string()
    })
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    values.map(str::to_string).collect()
}

/// All of some tests; no tests: true.
pub(super) fn all(tests: Vec<String>) -> String {
    let tests: Vec<String> = tests.into_iter().filter(|test| test != "true").collect();
    if tests.is_empty() {
        "true".into()
    } else {
        format!("({})", tests.join(" AND "))
    }
}
