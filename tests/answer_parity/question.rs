//! Questions made at random: every list, every filter, every order, nested, and the walks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;
use hukun::model::entity::{EntityKind, ProgramFamily, ProjectStage};
use hukun::model::ontology::RelationKind;
use hukun::model::quantity::QuantityStatus;
use hukun::model::relation::Driver;
use hukun::model::resource::Resource;
use hukun::model::selector::{EntityOrderField, GroupKey, RegionRole};
use hukun::model::statement::{Assertion, Reliability};
use serde_json::{Map, Value, json};

use super::world::{DATASETS, INDICATORS, NAMES, SOURCES, TAGS, World, once_in, one};

const LISTS: [&str; 14] = [
    "entities",
    "regions",
    "industries",
    "parks",
    "universities",
    "labs",
    "facilities",
    "funds",
    "experts",
    "projects",
    "companies",
    "organizations",
    "programs",
    "claims",
];
const DAYS: [&str; 8] = [
    "2019",
    "2020-02",
    "2017-01-01",
    "2019-07-01",
    "2020-12-31",
    "2021-03-05",
    "2023-12-31",
    "2025-01-01",
];
const QUANTITY: &str = "{ lower upper lowerExclusive upperExclusive unit basis status measure qualifier originalText contested unknownReason }";
/// Without when it was recorded: the stores write one after the other.
const STATEMENTS: &str = "statements { source { id title } locator { text section lines start end } quote assertion \
    reliability rank property quantity { lower upper unit basis qualifier } asOf recordedBy }";
/// Without when it was imported, as [`STATEMENTS`].
const DATASET: &str = "{ id title licence synthetic coverage entityCount relationCount }";
const PAGE_INFO: &str = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// A question, and how to go on with it.
pub struct Question {
    pub text: String,
    pub variables: Map<String, Value>,
    /// Whether its list, which is called `list`, has pages: the variables `first`, `after`, `last` and `before`.
    pub has_pages: bool,
    /// Whether its cursors hold when something was written, which differs.
    pub by_time: bool,
    /// Whether parts of it are read each by itself, beside each other: what one finds that another has read already depends
    /// on which is quicker, and so does the number of calls.
    pub is_raced: bool,
}

impl Question {
    /// Another page of it, beside a cursor of a page that was answered.
    pub fn page(&self, rng: &mut Rng, cursors: &[&str]) -> Map<String, Value> {
        let mut variables = self.variables.clone();
        for name in ["first", "after", "last", "before"] {
            variables.remove(name);
        }
        let size = rng.u32(0..6);
        variables.insert(if rng.bool() { "first" } else { "last" }.into(), size.into());
        for name in ["after", "before"] {
            if rng.bool() && !cursors.is_empty() {
                variables.insert(name.into(), one(rng, cursors).into());
            }
        }
        variables
    }
}

/// Names of connections by the type that has them.
pub type Named = BTreeMap<String, Vec<String>>;

/// The connections that a kind of entity has beside those of all.
pub fn named_connections() -> Named {
    let mut found = Named::new();
    let (mut owner, mut field) = (None, "");
    for line in include_str!("../../schema.graphql").lines() {
        if !line.starts_with(' ') {
            let entity = line.strip_suffix(" implements Node & Entity {");
            owner = entity.and_then(|line| line.strip_prefix("type "));
        }
        if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix('(')) {
            field = name;
        }
        if let Some(owner) = owner.filter(|_| line == "  ): RelatedConnection!" && field != "related") {
            found.entry(owner.into()).or_default().push(field.into());
        }
    }
    found
}

/// Makes questions.
pub struct Asker<'a> {
    pub rng: Rng,
    pub world: &'a World,
    pub named: &'a Named,
    declared: Vec<String>,
    variables: Map<String, Value>,
}

impl<'a> Asker<'a> {
    pub fn new(rng: Rng, world: &'a World, named: &'a Named) -> Self {
        Self {
            rng,
            world,
            named,
            declared: Vec::new(),
            variables: Map::new(),
        }
    }

    /// A question of any sort.
    pub fn question(&mut self) -> Question {
        let (mut has_pages, mut by_time) = (false, false);
        let sort = self.rng.u32(0..25);
        let field = match sort {
            0..8 => {
                has_pages = true;
                self.list(&mut by_time)
            }
            8 | 9 => {
                has_pages = true;
                self.relations()
            }
            10 => self.nodes(),
            11 | 12 => self.search(),
            13 => self.aggregate(),
            14 | 15 => self.neighborhood(),
            16 | 17 => self.trace(),
            18 => self.mechanisms(),
            19 | 20 => self.analysis(),
            21..24 => self.flow(),
            _ => self.leaves(),
        };
        if has_pages {
            self.declared
                .extend(["$first: Int", "$after: String", "$last: Int", "$before: String"].map(String::from));
            let size = if self.chance(5) { "last" } else { "first" };
            self.variables.insert(size.into(), self.rng.u32(1..12).into());
        }
        let declared = std::mem::take(&mut self.declared);
        let declared = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        Question {
            text: format!("query {declared} {{ {field} }}"),
            variables: std::mem::take(&mut self.variables),
            has_pages,
            by_time,
            is_raced: sort >= 16,
        }
    }

    fn chance(&mut self, many: u32) -> bool {
        once_in(&mut self.rng, many)
    }

    fn var(&mut self, of_type: &str, value: Value) -> String {
        let name = format!("v{}", self.declared.len());
        self.declared.push(format!("${name}: {of_type}"));
        self.variables.insert(name.clone(), value);
        format!("${name}")
    }

    /// Some of the values there are; now and then none.
    fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let many = if self.chance(12) { 0 } else { self.rng.usize(1..4) };
        (0..many).map(|_| one(&mut self.rng, of)).collect()
    }

    fn kinds(&mut self) -> Value {
        self.some(EntityKind::ALL)
            .into_iter()
            .map(EntityKind::name)
            .collect()
    }

    fn id(&mut self) -> String {
        if self.chance(20) {
            return "company:nowhere".into();
        }
        let world = self.world;
        one(&mut self.rng, &world.ids)
    }

    fn ids(&mut self) -> Value {
        let many = if self.chance(12) { 0 } else { self.rng.usize(1..9) };
        (0..many).map(|_| self.id()).collect()
    }

    fn known_ids(&mut self) -> Value {
        let world = self.world;
        let many = self.rng.usize(1..4);
        (0..many).map(|_| one(&mut self.rng, &world.ids)).collect()
    }

    fn region(&mut self) -> String {
        let world = self.world;
        let regions = world.of_kind(EntityKind::Region);
        one(&mut self.rng, &regions).clone()
    }

    fn day(&mut self) -> Value {
        if self.chance(2) {
            Value::Null
        } else {
            one(&mut self.rng, &DAYS).into()
        }
    }

    /// When facts must hold, as arguments.
    fn when(&mut self) -> String {
        let day = self.day();
        let mut arguments = format!("asOf: {}", self.var("Date", day));
        if self.chance(4) {
            let range = self.range();
            let range = self.var("DateRange", range);
            arguments.extend([", during: ", range.as_str()]);
        }
        if self.chance(4) {
            arguments += ", undated: EXCLUDE";
        }
        arguments
    }

    fn range(&mut self) -> Value {
        match self.rng.u32(0..3) {
            0 => json!({ "from": "2019-06", "to": "2021" }),
            1 => json!({ "from": one(&mut self.rng, &DAYS) }),
            _ => json!({ "to": one(&mut self.rng, &DAYS) }),
        }
    }

    /// A part of a name, as somebody may type it.
    fn word(&mut self) -> String {
        let name: Vec<char> = one(&mut self.rng, NAMES).chars().collect();
        let from = self.rng.usize(..name.len());
        let many = self.rng.usize(1..6);
        let word: String = name.iter().skip(from).take(many).collect();
        match self.rng.u32(0..5) {
            0 => word.to_uppercase(),
            1 => word.to_lowercase(),
            _ => word,
        }
    }

    fn evidence(&mut self) -> Value {
        let mut evidence = Map::new();
        if self.chance(2) {
            let some = self.some(Assertion::ALL).into_iter().map(Assertion::name);
            evidence.insert("assertions".into(), some.collect());
        }
        if self.chance(2) {
            let some = self.some(Reliability::ALL).into_iter().map(Reliability::name);
            evidence.insert("reliabilities".into(), some.collect());
        }
        if self.chance(3) {
            evidence.insert("excludeSources".into(), self.some(SOURCES).into());
        }
        evidence.into()
    }

    fn entity_filter(&mut self, depth: u32) -> Value {
        let mut filter = Map::new();
        for _ in 0..self.rng.usize(1..3) {
            let (field, value) = match self.rng.u32(0..if depth == 0 { 10 } else { 15 }) {
                0 => ("ids", self.ids()),
                1 => ("kinds", self.kinds()),
                2 | 3 => {
                    if self.chance(2) {
                        filter.insert(
                            "regionRole".into(),
                            one(&mut self.rng, RegionRole::ALL).name().into(),
                        );
                    }
                    ("regionId", self.region().into())
                }
                4 => ("tags", self.some(TAGS).into()),
                5 if self.chance(2) => (
                    "families",
                    self.some(ProgramFamily::ALL)
                        .into_iter()
                        .map(ProgramFamily::name)
                        .collect(),
                ),
                5 => (
                    "stages",
                    self.some(ProjectStage::ALL)
                        .into_iter()
                        .map(ProjectStage::name)
                        .collect(),
                ),
                6 => ("datasets", self.some(DATASETS).into()),
                7 => ("name", self.word().into()),
                8 => {
                    let value = format!("Q{} /?:9", self.rng.u32(0..5));
                    (
                        "externalId",
                        json!({ "scheme": one(&mut self.rng, &["wikidata", "ror"]), "value": value }),
                    )
                }
                9 => ("evidence", self.evidence()),
                10 | 11 => {
                    let mut related = Map::new();
                    for quantor in ["some", "none"] {
                        if self.chance(2) {
                            related.insert(quantor.into(), self.related(depth - 1));
                        }
                    }
                    ("related", related.into())
                }
                12 => (
                    "and",
                    (0..self.rng.u32(0..3))
                        .map(|_| self.entity_filter(depth - 1))
                        .collect(),
                ),
                13 => (
                    "or",
                    (0..self.rng.u32(0..4))
                        .map(|_| self.entity_filter(depth - 1))
                        .collect(),
                ),
                _ => ("not", self.entity_filter(depth - 1)),
            };
            filter.insert(field.into(), value);
        }
        filter.into()
    }

    fn related(&mut self, depth: u32) -> Value {
        let mut related = Map::new();
        if self.chance(2) {
            related.insert("relation".into(), self.relation_filter());
        }
        if self.chance(2) {
            related.insert(
                "direction".into(),
                one(&mut self.rng, &["OUT", "IN", "BOTH"]).into(),
            );
        }
        if self.chance(2) {
            related.insert("entity".into(), self.entity_filter(depth));
        }
        related.into()
    }

    fn relation_filter(&mut self) -> Value {
        let mut filter = Map::new();
        for _ in 0..self.rng.usize(1..3) {
            let (field, value) = match self.rng.u32(0..13) {
                0 => {
                    let world = self.world;
                    (
                        "ids",
                        self.some(&world.relations.iter().collect::<Vec<_>>())
                            .into_iter()
                            .cloned()
                            .collect(),
                    )
                }
                1..5 => {
                    let kinds: Vec<RelationKind> =
                        (0..5).flat_map(|_| self.some(RelationKind::ALL)).collect();
                    ("kinds", kinds.into_iter().map(RelationKind::name).collect())
                }
                5 => (
                    "resources",
                    self.some(Resource::ALL).into_iter().map(Resource::name).collect(),
                ),
                6 => ("fromIds", self.ids()),
                7 => ("toIds", self.ids()),
                8 => {
                    let world = self.world;
                    let programs = world.of_kind(EntityKind::Program);
                    ("under", self.some(&programs).into_iter().cloned().collect())
                }
                9 => (
                    "drivers",
                    self.some(Driver::ALL).into_iter().map(Driver::name).collect(),
                ),
                10 => (
                    "units",
                    self.some(&["CNY", "PERSON", "PROJECT", "CORE_HOUR"]).into(),
                ),
                11 => (
                    "statuses",
                    self.some(QuantityStatus::ALL)
                        .into_iter()
                        .map(QuantityStatus::name)
                        .collect(),
                ),
                _ => ("evidence", self.evidence()),
            };
            filter.insert(field.into(), value);
        }
        filter.into()
    }

    fn list(&mut self, by_time: &mut bool) -> String {
        let name = if self.chance(2) {
            "entities"
        } else {
            one(&mut self.rng, &LISTS)
        };
        let filter = if self.chance(6) {
            Value::Null
        } else {
            self.entity_filter(3)
        };
        let filter = self.var("EntityFilter", filter);
        let order: Vec<Value> = (0..self.rng.usize(0..3))
            .map(|_| {
                let field = one(&mut self.rng, EntityOrderField::ALL);
                *by_time |= field == EntityOrderField::RecordedAt;
                json!({ "field": field.name(), "direction": one(&mut self.rng, &["ASC", "DESC"]) })
            })
            .collect();
        let order = self.var("[EntityOrder!]", order.into());
        let when = self.when();
        let depth = self.rng.u32(0..4);
        let entity = self.entity(depth);
        format!(
            "list: {name}(filter: {filter}, orderBy: {order}, {when}, first: $first, after: $after, last: $last, \
             before: $before) {{ totalCount {PAGE_INFO} edges {{ cursor node {{ {entity} }} }} }}"
        )
    }

    fn relations(&mut self) -> String {
        let filter = self.relation_filter();
        let filter = self.var("RelationFilter", filter);
        let when = self.when();
        let relation = self.relation(2);
        format!(
            "list: relations(filter: {filter}, {when}, first: $first, after: $after, last: $last, before: $before) \
             {{ totalCount {PAGE_INFO} edges {{ cursor node {{ {relation} }} }} }}"
        )
    }

    /// What is read of an entity, so many levels deep.
    fn entity(&mut self, depth: u32) -> String {
        let mut fields = "__typename id".to_string();
        for field in [
            "kind",
            "name",
            "english: name(lang: \"en\")",
            "names { value lang role }",
            "description",
            "region { id name }",
            "tags",
            "externalIds { scheme value }",
            "validFrom validTo",
            "formerIds",
            "degree",
        ] {
            if self.chance(3) {
                write!(fields, " {field}").unwrap();
            }
        }
        for (field, selected) in [("size", QUANTITY), ("datasets", DATASET), (STATEMENTS, "")] {
            if self.chance(6) {
                write!(fields, " {field} {selected}").unwrap();
            }
        }
        if self.chance(5) {
            let role = one(&mut self.rng, RegionRole::ALL).name();
            write!(fields, " regions(role: {role}) {{ id level }}").unwrap();
        }
        if self.chance(6) {
            let indicators = self.some(INDICATORS).into();
            let indicators = self.var("[String!]", indicators);
            let page = self.page();
            write!(
                fields,
                " observations(indicators: {indicators}, {page}) {{ totalCount {PAGE_INFO} nodes {{ id indicator \
                 quantity {QUANTITY} period {{ from to text }} {STATEMENTS} }} }}"
            )
            .unwrap();
        }
        if depth > 0 {
            self.neighbours(&mut fields, depth - 1);
        }
        fields
    }

    fn neighbours(&mut self, fields: &mut String, depth: u32) {
        if self.chance(3) {
            let filter = if self.chance(3) {
                Value::Null
            } else {
                self.relation_filter()
            };
            let filter = self.var("RelationFilter", filter);
            let (direction, page) = (self.direction(), self.page());
            let relation = self.relation(depth);
            write!(
                fields,
                " relations(filter: {filter}, direction: {direction}, {page}) {{ totalCount {PAGE_INFO} edges {{ cursor \
                 node {{ {relation} }} }} }}"
            )
            .unwrap();
        }
        if self.chance(2) {
            let filter = if self.chance(2) {
                Value::Null
            } else {
                self.relation_filter()
            };
            let filter = self.var("RelationFilter", filter);
            let entities = if self.chance(2) {
                Value::Null
            } else {
                self.entity_filter(1)
            };
            let entities = self.var("EntityFilter", entities);
            let (direction, page) = (self.direction(), self.page());
            let entity = self.entity(depth);
            write!(
                fields,
                " related(filter: {filter}, entities: {entities}, direction: {direction}, {page}) {{ totalCount {PAGE_INFO} \
                 edges {{ cursor relation {{ id kind }} node {{ {entity} }} }} }}"
            )
            .unwrap();
        }
        if self.chance(3) {
            let named = self.named;
            for _ in 0..3 {
                let kinds: Vec<&String> = named.keys().collect();
                let kind = one(&mut self.rng, &kinds);
                let field = one(&mut self.rng, &named[kind]);
                let page = self.page();
                write!(
                    fields,
                    " ... on {kind} {{ {kind}_{field}: {field}({page}) {{ totalCount {PAGE_INFO} nodes {{ id name }} }} }}"
                )
                .unwrap();
            }
        }
    }

    fn direction(&mut self) -> &'static str {
        one(&mut self.rng, &["OUT", "IN", "BOTH"])
    }

    fn page(&mut self) -> String {
        let side = if self.chance(3) { "last" } else { "first" };
        format!("{side}: {}", self.rng.u32(0..5))
    }

    /// A page that holds most lists whole, or a small one.
    fn long_page(&mut self) -> String {
        if self.chance(2) {
            "first: 20".into()
        } else {
            self.page()
        }
    }

    fn relation(&mut self, depth: u32) -> String {
        let mut fields =
            format!("id kind resource flow conserved share driver validFrom validTo quantity {QUANTITY}");
        for field in ["under { id name }", "datasets { id }", STATEMENTS] {
            if self.chance(4) {
                write!(fields, " {field}").unwrap();
            }
        }
        if depth == 0 {
            fields.push_str(" from { id } to { id }");
        } else {
            for end in ["from", "to"] {
                let entity = self.entity(depth - 1);
                write!(fields, " {end} {{ {entity} }}").unwrap();
            }
        }
        fields
    }

    fn nodes(&mut self) -> String {
        let world = self.world;
        let mut ids: Vec<String> = (0..6).map(|_| self.id()).collect();
        ids.push(one(&mut self.rng, &world.relations));
        ids.extend(["source:s", "d", "rule:d", "obs:d4"].map(String::from));
        let ids = self.var("[ID!]!", ids.into());
        let entity = self.entity(2);
        format!("nodes(ids: {ids}) {{ __typename id ... on Entity {{ {entity} }} ... on Dataset {DATASET} }}")
    }

    fn search(&mut self) -> String {
        let query = match self.rng.u32(0..4) {
            0 => one(
                &mut self.rng,
                &[
                    "kunshan", "ks", "jijin", "fudan", "tianshi", "wlcy", "chanye", "zq",
                ],
            )
            .into(),
            1 => format!("{} {}", self.word(), self.word()),
            2 => self.id(),
            _ => self.word(),
        };
        let query = self.var("String!", query.into());
        let kinds = if self.chance(2) { Value::Null } else { self.kinds() };
        let kinds = self.var("[EntityKind!]", kinds);
        let (entity, page) = (self.entity(1), self.page());
        format!(
            "search(query: {query}, kinds: {kinds}, {page}) {{ totalCount {PAGE_INFO} edges {{ cursor score highlight \
             node {{ {entity} }} }} }}"
        )
    }

    fn aggregate(&mut self) -> String {
        let mut keys: Vec<&str> = self.some(GroupKey::ALL).into_iter().map(GroupKey::name).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys = self.var("[GroupKey!]!", keys.into());
        let filter = if self.chance(3) {
            Value::Null
        } else {
            self.entity_filter(2)
        };
        let filter = self.var("EntityFilter", filter);
        let when = self.when();
        format!(
            "aggregate(groupBy: {keys}, filter: {filter}, {when}) {{ count members {{ lower upper }} keys {{ key value \
             entity {{ id name }} }} }}"
        )
    }

    fn neighborhood(&mut self) -> String {
        let ids = self.known_ids();
        let ids = self.var("[ID!]!", ids);
        let filter = if self.chance(2) {
            Value::Null
        } else {
            self.relation_filter()
        };
        let filter = self.var("RelationFilter", filter);
        let when = self.when();
        let (depth, most) = (self.rng.u32(0..4), self.rng.u32(1..40));
        format!(
            "neighborhood(ids: {ids}, depth: {depth}, filter: {filter}, {when}, maxEntities: {most}) {{ entities {{ id name \
             degree }} relations {{ id from {{ id }} to {{ id }} }} truncated hidden {{ entity {{ id }} kind count }} }}"
        )
    }

    fn selector(&mut self) -> Value {
        match self.rng.u32(0..6) {
            0 | 1 => json!({ "ids": self.known_ids() }),
            2 => {
                let some = self.some(ProgramFamily::ALL).into_iter().map(ProgramFamily::name);
                json!({ "families": some.collect::<Value>() })
            }
            3 => json!({ "tags": self.some(TAGS), "kinds": self.kinds() }),
            4 => json!({ "kinds": self.kinds() }),
            _ => {
                let (region, role) = (self.region(), one(&mut self.rng, RegionRole::ALL).name());
                if self.chance(2) {
                    json!({ "regionId": region, "regionRole": role, "kinds": self.kinds() })
                } else {
                    json!({ "regionId": region, "regionRole": role })
                }
            }
        }
    }

    fn trace_input(&mut self) -> Value {
        let (from, to) = (self.selector(), self.selector());
        let mut input = json!({ "from": from, "to": to });
        let mut set = |name: &str, value: Value| input[name] = value;
        if self.chance(6) {
            set("through", json!([self.selector()]));
        }
        if self.chance(4) {
            set("exclude", self.known_ids());
        }
        if self.chance(4) {
            set(
                "resources",
                self.some(Resource::ALL).into_iter().map(Resource::name).collect(),
            );
        }
        if self.chance(8) {
            let kinds: Vec<RelationKind> = (0..6).flat_map(|_| self.some(RelationKind::ALL)).collect();
            set(
                "relationKinds",
                kinds.into_iter().map(RelationKind::name).collect(),
            );
        }
        if self.chance(5) {
            let walk = one(&mut self.rng, &["FORWARD", "BACKWARD", "BOTH", "NONE"]);
            let kind = one(&mut self.rng, RelationKind::ALL).name();
            set("kindRules", json!([{ "kind": kind, "walk": walk }]));
        }
        if self.chance(5) {
            set(
                "stages",
                self.some(ProjectStage::ALL)
                    .into_iter()
                    .map(ProjectStage::name)
                    .collect(),
            );
        }
        if self.chance(3) {
            set("evidence", self.evidence());
        }
        set("asOf", self.day());
        if self.chance(5) {
            set("during", self.range());
        }
        if self.chance(4) {
            set("undated", "EXCLUDE".into());
        }
        for flag in ["includeUnstated", "passSources", "passTargets"] {
            if self.chance(3) {
                set(flag, true.into());
            }
        }
        if self.chance(3) {
            set("conversion", "ANY".into());
        }
        set("maxLength", self.rng.u32(1..7).into());
        if self.chance(3) {
            set("mode", "SHORTEST".into());
        }
        input
    }

    fn trace(&mut self) -> String {
        let input = self.trace_input();
        let input = self.var("TraceInput!", input);
        let (entity, page, ends) = (self.entity(0), self.long_page(), self.long_page());
        format!(
            "trace(input: {input}) {{ totalCount {{ value exact }} truncated truncatedBy revision paths({page}) {{ {PAGE_INFO} \
             nodes {{ length resources weakest undatedCount entities {{ {entity} }} relations {{ id }} placements {{ id }} }} }} graph {{ entities \
             {{ id }} relations {{ id }} truncated }} deadEnds({ends}) {{ totalCount {PAGE_INFO} nodes {{ entity {{ id }} \
             reached reasons arriving {{ id quantity {QUANTITY} }} }} }} }}"
        )
    }

    fn mechanisms(&mut self) -> String {
        const ELSEWHERE: &str =
            "{ relationCount amounts { lower upper unit basis } relations(first: 5) { nodes { id } } }";
        const FIGURE: &str = "{ status resource unit basis total { lower upper } bothStated { lower upper } originNotStated { lower upper } \
             destinationNotStated { lower upper } neitherStated { lower upper } totals { entity { id } counts } stages { nodes { id } } \
             splitNotStated { nodes { id } } open { nodes { id } } relations { nodes { id } } }";
        let input = self.trace_input();
        let input = self.var("TraceInput!", input);
        let page = self.page();
        format!(
            "ledger(input: {input}) {{ truncatedBy leftOut {{ program {{ id }} reason notTied elsewhere {ELSEWHERE} }} rows \
             {{ program {{ id name }} resources relationCount pathCount {{ value exact }} endsDead \
             truncatedBy relations({page}) {{ totalCount {PAGE_INFO} nodes {{ id }} }} members {{ kind count {{ lower upper }} \
             }} realised {QUANTITY} promised {QUANTITY} claimed {QUANTITY} originStated destinationStated directionStated \
             industryStated undated tied notTied reason elsewhere {ELSEWHERE} figures {FIGURE} drivers \
             statements {{ assertion reliability count }} rules {{ id check {{ status reason relations {{ id }} }} }} }} }}"
        )
    }

    fn flow(&mut self) -> String {
        if self.chance(4) {
            let (from, to) = (self.selector(), self.selector());
            let (from, to) = (self.var("Selector", from), self.var("Selector", to));
            let (when, page) = (self.when(), self.page());
            return format!(
                "flowLayers(from: {from}, to: {to}, {when}) {{ resource unit status relationCount knownCount total {QUANTITY} \
                 relations({page}) {{ totalCount {PAGE_INFO} nodes {{ id }} }} }}"
            );
        }
        let units = ["CNY", "CNY", "PERSON", "PROJECT"];
        let mut input = json!({
            "from": self.selector(), "to": self.selector(),
            "resource": one(&mut self.rng, &["CAPITAL", "CAPITAL", "TALENT", "TECHNOLOGY", "TAX"]),
            "unit": one(&mut self.rng, &units), "asOf": self.day(),
        });
        let options: [(&str, &[&str]); 5] = [
            ("status", &["REALISED", "PROMISED"]),
            ("scenario", &["LOWER", "UPPER"]),
            ("assume", &["EQUAL_SPLIT"]),
            ("groupBy", &["KIND", "REGION"]),
            ("undated", &["EXCLUDE"]),
        ];
        for (name, values) in options {
            if self.chance(4) {
                input[name] = one(&mut self.rng, values).into();
            }
        }
        if self.chance(3) {
            input["evidence"] = self.evidence();
        }
        let input = self.var("FlowInput!", input);
        if self.chance(6) {
            return format!(
                "robustness(flow: {input}) {{ without holds lost total {{ min proportional max bounds }} }}"
            );
        }
        let (amount, page) = ("amount { min proportional max bounds }", self.page());
        format!(
            "flow(input: {input}) {{ total {{ min proportional max bounds unit }} absorbed {{ min proportional max bounds }} \
             bySource {{ entity {{ id }} {amount} }} byTarget {{ entity {{ id }} {amount} }} byIndustry {{ industry {{ id }} {amount} }} \
             otherOrigins {{ entity {{ id }} origin {amount} }} attributions({page}) {{ totalCount {PAGE_INFO} nodes {{ source {{ id }} \
             target {{ id }} {amount} }} }} sankey {{ nodes {{ id group label }} links {{ source target amount circulating relations \
             {{ id }} }} }} missing {{ relation {{ id }} entity {{ id }} reason detail narrows }} circulations {{ entities {{ id }} \
             amount closed }} structural scenario truncatedBy revision }}"
        )
    }

    /// What is computed of a trace, of regions, of a fund or programme: one of it.
    fn analysis(&mut self) -> String {
        match self.rng.u32(0..5) {
            0 => {
                let input = self.trace_input();
                let (input, first) = (self.var("TraceInput!", input), self.rng.u32(1..30));
                format!(
                    "criticality(input: {input}, first: {first}) {{ entity {{ id }} relation {{ id }} value singlePoint cohort \
                     sourceCount truncatedBy }}"
                )
            }
            1 => {
                let input = self.trace_input();
                let input = self.var("TraceInput!", input);
                format!(
                    "robustness(trace: {input}) {{ without holds pathCount {{ value exact }} lost truncatedBy }}"
                )
            }
            2 => {
                let (regions, when) = self.regions_then();
                let page = self.page();
                format!(
                    "indicators(regions: {regions}, {when}) {{ code currency regions {{ id }} industry {{ id }} value inRecord missing {{ \
                     reason detail }} factCount excluded facts({page}) {{ totalCount {PAGE_INFO} nodes {{ id }} }} }}"
                )
            }
            3 => {
                let (regions, when) = self.regions_then();
                format!(
                    "brokerage(regions: {regions}, {when}) {{ entity {{ id }} coordinator gatekeeper representative consultant \
                     liaison }}"
                )
            }
            _ => {
                let id = self.id().into();
                let id = self.var("ID!", id);
                format!(
                    "leverage(id: {id}) {{ input {QUANTITY} output {QUANTITY} lower upper label missing {{ reason detail }} \
                     inputRelation {{ id }} inputObservation {{ id }} outputRelation {{ id }} outputObservation {{ id }} }}"
                )
            }
        }
    }

    /// Some regions and a day, declared.
    fn regions_then(&mut self) -> (String, String) {
        let regions: Value = (0..self.rng.usize(1..4)).map(|_| self.region()).collect();
        let regions = self.var("[ID!]!", regions);
        (regions, self.when())
    }

    /// Sources, data sets and rules.
    fn leaves(&mut self) -> String {
        let bearer = if self.chance(2) {
            Value::Null
        } else {
            self.id().into()
        };
        let bearer = self.var("ID", bearer);
        let (entity, page) = (self.entity(1), self.page());
        format!(
            "revision sources({page}) {{ totalCount {PAGE_INFO} nodes {{ id title authors publishedOn language }} }} datasets \
             {DATASET} rules(bearerId: {bearer}) {{ id type base bearer {{ {entity} }} parts {{ label lower upper party {{ id }} }} \
             {STATEMENTS} check {{ status reason relations {{ id }} }} }}"
        )
    }
}
