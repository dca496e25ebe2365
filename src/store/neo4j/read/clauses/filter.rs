//! Filters in Cypher: the structure of a filter is compiled to text, and its values to parameters.
//!
//! A missing property is null, and so is the negation of null: every test of a property that may be missing is false then.

use std::sync::Arc;

use neo4rs::{BoltMap, BoltType};

use super::region;
use super::visibility::ReadScope;
use crate::model::id::EntityId;
use crate::model::selector::{Direction, EntityFilter, RegionSelector, RelatedMatch, RelationFilter};
use crate::model::statement::{Assertion, EvidenceClass, EvidenceFilter, Rank, Reliability};
use crate::model::text;
use crate::store::neo4j::cache::RedirectMap;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::format::{bounds, class_text, external_token, kind_label, tag_token};

/// Compiles filters to Cypher, and collects their parameters.
#[derive(Clone, Debug)]
pub(in crate::store) struct FilterCompiler {
    params: BoltMap,
    count: usize,
    scope: ReadScope,
    redirects: Arc<RedirectMap>,
}

impl FilterCompiler {
    /// A compiler for a read in a scope. Ids are replaced by canonical ids.
    pub(in crate::store) fn new(scope: ReadScope, redirects: &Arc<RedirectMap>) -> Self {
        let mut params = BoltMap::default();
        for (name, day) in bounds(scope.at) {
            params.put(name.into(), day.into());
        }
        Self {
            params,
            count: 0,
            scope,
            redirects: redirects.clone(),
        }
    }

    /// The scope of the read.
    pub(in crate::store) fn scope(&self) -> ReadScope {
        self.scope
    }

    fn canonical<'a>(&'a self, ids: &'a [EntityId]) -> Vec<String> {
        ids.iter()
            .map(|id| self.redirects.get(id).unwrap_or(id).to_string())
            .collect()
    }

    /// The parameters of the text compiled so far.
    pub(in crate::store) fn params(&self) -> impl Iterator<Item = (String, BoltType)> + '_ {
        self.params
            .value
            .iter()
            .map(|(name, value)| (name.value.clone(), value.clone()))
    }

    /// Adds a parameter and returns its name, with the `$`.
    pub(in crate::store) fn param(&mut self, value: impl Into<BoltType>) -> String {
        let name = format!("p{}", self.count);
        self.count += 1;
        self.params.put(name.as_str().into(), value.into());
        format!("${name}")
    }

    fn variable(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// The test whether a node or relationship is valid at the date.
    pub(in crate::store) fn valid(&self, of: &str) -> String {
        self.scope.valid(of)
    }

    /// The test whether a fact is valid at the date, and not excluded as undated.
    pub(in crate::store) fn counts(&self, of: &str) -> String {
        self.scope.counts(of)
    }

    /// The test whether a node or relationship is Hukun's and not hidden.
    pub(in crate::store) fn visible(&self, of: &str) -> String {
        self.scope.visible(of)
    }

    /// The test whether an entity is visible, valid at the date and passes a filter.
    pub(in crate::store) fn lists(&mut self, e: &str, filter: &EntityFilter) -> String {
        all(vec![self.visible(e), self.counts(e), self.entity(e, filter)])
    }

    /// The test whether an entity passes a filter.
    pub(in crate::store) fn entity(&mut self, e: &str, filter: &EntityFilter) -> String {
        let mut tests = Vec::new();
        if let Some(ids) = &filter.ids {
            let ids = self.param(self.canonical(ids));
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
            // The scheme of a stored external id ends at its first colon.
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
            let words = self.param(text::NameFilter::of(name).words().to_vec());
            tests.push(format!(
                "any(name IN {e}.names_normal WHERE all(word IN {words} WHERE name CONTAINS word))"
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

    fn in_region(&mut self, e: &str, place: &RegionSelector) -> String {
        let region = self.param(self.canonical(std::slice::from_ref(&place.region)).concat());
        let prefix = self.variable("in");
        region::is_member(e, &region, place.role, &prefix, self.scope)
    }

    fn among<'a>(&mut self, of: &str, property: &str, values: impl Iterator<Item = &'a str>) -> String {
        let values = self.param(texts(values));
        format!("coalesce({of}.{property} IN {values}, false)")
    }

    /// The test whether a record has one statement that passes the whole filter.
    pub(in crate::store) fn evidence(&mut self, of: &str, filter: &EvidenceFilter) -> String {
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
        let (said, hidden) = if self.scope.is_restricted {
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

    /// The test whether an entity has a relation that matches.
    fn related(&mut self, e: &str, wanted: &RelatedMatch) -> String {
        let (relation, other) = (self.variable("r"), self.variable("o"));
        let (outwards, inwards) = match wanted.direction {
            Direction::Out => ("", ">"),
            Direction::In => ("<", ""),
            Direction::Both => ("", ""),
        };
        // The relationship finds the other end; its relation's node has the other properties.
        let types = wanted
            .relation
            .kinds
            .as_ref()
            .map(|kinds| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join("|"));
        let typed = types.filter(|types| !types.is_empty());
        let typed = typed.as_deref().unwrap_or(ownership::types());
        let node = self.variable("n");
        let mut tests = vec![self.visible(&relation), self.counts(&relation)];
        if self.scope.at.is_some() {
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
            "EXISTS {{ MATCH ({e}){outwards}-[{relation}:{typed}]-{inwards}({other}:Entity) WHERE {} }}",
            all(tests)
        )
    }

    /// The test whether the node of a relation is visible and valid at the date, as are the entities at both its ends.
    pub(in crate::store) fn holds(&mut self, v: &str) -> String {
        if self.scope.at.is_none() {
            return self.visible(v);
        }
        let ends = ["from", "to"].map(|end| {
            let entity = self.variable(end);
            format!(
                "EXISTS {{ MATCH ({entity}:Entity {{id: {v}.{end}}}) WHERE {} }}",
                self.valid(&entity)
            )
        });
        all(vec![
            self.visible(v),
            self.counts(v),
            ends[0].clone(),
            ends[1].clone(),
        ])
    }

    /// The test whether the node of a relation passes a filter.
    pub(in crate::store) fn relation(&mut self, v: &str, filter: &RelationFilter) -> String {
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
                let ids = self.param(self.canonical(ids));
                tests.push(format!("{v}.{property} IN {ids}"));
            }
        }
        if let Some(under) = &filter.under {
            let under = self.param(self.canonical(under));
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

/// A query of the full-text index that finds a superset of the entities that pass a filter; none if the filter has no words.
pub(in crate::store) fn words(filter: &EntityFilter) -> Option<String> {
    let any = |tokens: Vec<String>| (!tokens.is_empty()).then(|| format!("({})", tokens.join(" OR ")));
    let tags = filter
        .tags
        .as_ref()
        .and_then(|tags| any(tags.iter().map(|tag| quoted(&tag_token(tag))).collect()));
    let external = filter
        .external_id
        .as_ref()
        .map(|id| quoted(&external_token(&id.scheme, &id.value)));
    let name = filter.name.as_deref().map(text::NameFilter::of);
    let name = name.map(|name| name.tokens()).unwrap_or_default();
    let mut all: Vec<String> = name.iter().map(|token| quoted(token)).collect();
    all.extend(tags);
    all.extend(external);
    all.extend(filter.and.iter().filter_map(words));
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// A token as a quoted phrase, so that none of its characters is syntax.
pub(in crate::store) fn quoted(token: &str) -> String {
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

/// The labels that all entities of a filter have, with that of the kind if the filter names one, whose index is smaller.
pub(in crate::store) fn labels(filter: &EntityFilter) -> String {
    match filter.kinds.as_deref() {
        Some([kind]) => format!("Entity:{}", kind_label(*kind)),
        _ => "Entity".into(),
    }
}

fn passing_class(
    filter: &EvidenceFilter,
    assertion: Assertion,
    reliability: Reliability,
    rank: Rank,
) -> Option<String> {
    // Sources are tested separately: they are many, and the classes are few.
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

/// The conjunction of some tests; true if there are none.
pub(in crate::store) fn all(tests: Vec<String>) -> String {
    let tests: Vec<String> = tests.into_iter().filter(|test| test != "true").collect();
    if tests.is_empty() {
        "true".into()
    } else {
        format!("({})", tests.join(" AND "))
    }
}
