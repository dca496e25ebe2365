//! Checks of more than one node: relationships, degrees, counts, and data without a record.

use std::collections::{BTreeMap, HashMap};

use neo4rs::{BoltMap, BoltType};
use serde::Deserialize;

use super::check::NativeCheck;
use super::expected;
use super::expected::{RELATIONSHIP, differences, projected};
use super::records::{CheckedRecord, PAGE, keyed, put_properties};
use super::report::NativeProblem;
use crate::model::change::Record;
use crate::model::entity::EntityKind;
use crate::model::relation::Relation;
use crate::store::StoreResult;
use crate::store::codec::{DatasetRow, decode};
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::{kind_label, read_entity};
use crate::store::neo4j::write::properties;
use crate::store::neo4j::write::properties::NodeProperties;

/// The internal id of a relationship, its type and its properties.
#[derive(Deserialize)]
struct RelationshipRow(i64, String, BoltMap);

/// What makes the relationships of relations match their records.
#[derive(Default)]
struct RelationshipRepairs {
    /// The internal ids of those to delete.
    deleted: Vec<BoltType>,
    /// Properties to set, by internal id.
    changed: Vec<BoltType>,
    /// Those to create, by kind.
    created: BTreeMap<&'static str, Vec<BoltType>>,
}

impl NativeCheck {
    /// Compares the relationships of a page of relations with their records.
    pub(super) async fn check_relationships(&mut self, page: &[CheckedRecord]) -> StoreResult<()> {
        let relations = self.relations(page);
        let asked = relations.iter().map(|(found, relation)| {
            let ends = [found.id.as_str(), relation.from.as_str(), relation.to.as_str()];
            BoltType::from(ends.map(BoltType::from).to_vec())
        });
        let statement = cypher!("native/relationships")
            .fill("properties", &projected(RELATIONSHIP))
            .with("rows", asked.collect::<Vec<_>>());
        let rows: Vec<(String, bool, Vec<RelationshipRow>)> = self.run(statement).await?;
        let mut there: HashMap<String, (bool, Vec<RelationshipRow>)> = rows
            .into_iter()
            .map(|(id, ends, relationships)| (id, (ends, relationships)))
            .collect();
        let mut repairs = RelationshipRepairs::default();
        for (found, relation) in &relations {
            let Some((true, relationships)) = there.remove(&found.id) else {
                self.note(NativeProblem::EntityMissing, &found.id);
                continue;
            };
            self.check_relationship(found, relation, relationships, &mut repairs)?;
        }
        self.repair(cypher!("native/delete_relationships"), "numbers", repairs.deleted)
            .await?;
        self.repair(cypher!("native/put_relationships"), "rows", repairs.changed)
            .await?;
        for (kind, rows) in repairs.created {
            let statement = cypher!("native/create_relationships").fill("kind", kind);
            self.repair(statement, "rows", rows).await?;
        }
        Ok(())
    }

    /// The relations of a page, between the entities that their ends lead to.
    fn relations<'p>(&self, page: &'p [CheckedRecord]) -> Vec<(&'p CheckedRecord, Relation)> {
        let relations = page.iter().filter_map(|found| match &found.record {
            Record::Relation(relation) => {
                let mut relation = relation.clone();
                relation.from = self.reader.canonical(&relation.from).clone();
                relation.to = self.reader.canonical(&relation.to).clone();
                Some((found, relation))
            }
            _ => None,
        });
        relations.collect()
    }

    /// Compares the relationships of one relation with its record.
    fn check_relationship(
        &mut self,
        found: &CheckedRecord,
        relation: &Relation,
        relationships: Vec<RelationshipRow>,
        repairs: &mut RelationshipRepairs,
    ) -> StoreResult<()> {
        let expected = properties::relationship(relation, found.provenance).restricted(&found.restricted);
        let mut expected = expected::map(expected)?;
        expected.value.retain(|name, _| name.value != "entangled");
        let (mut typed, others): (Vec<_>, Vec<_>) = relationships
            .into_iter()
            .partition(|relationship| relationship.1 == relation.kind.name());
        if !others.is_empty() {
            self.note(NativeProblem::RelationshipType, &found.id);
            repairs
                .deleted
                .extend(others.iter().map(|relationship| BoltType::from(relationship.0)));
        }
        if typed.len() > 1 {
            self.note(NativeProblem::RelationshipDoubled, &found.id);
            repairs.deleted.extend(
                typed
                    .drain(1..)
                    .map(|relationship| BoltType::from(relationship.0)),
            );
        }
        let Some(RelationshipRow(number, _, there)) = typed.pop() else {
            if others.is_empty() {
                self.note(NativeProblem::RelationshipMissing, &found.id);
            }
            let row = NodeProperties::default()
                .with("from", relation.from.as_str())
                .with("to", relation.to.as_str())
                .with("properties", BoltType::Map(expected));
            repairs
                .created
                .entry(relation.kind.name())
                .or_default()
                .push(row.map());
            return Ok(());
        };
        let differs = differences(&expected, &there);
        if differs.keys().any(|name| name == "restricted") {
            self.note(NativeProblem::Restricted, &found.id);
        }
        if differs.keys().any(|name| name != "restricted") {
            self.note(NativeProblem::RelationshipProperty, &found.id);
        }
        if !differs.is_empty() {
            let mut row = BoltMap::default();
            row.put("number".into(), number.into());
            if let BoltType::Map(keyed) = keyed(&found.id, differs) {
                row.value.extend(keyed.value);
            }
            repairs.changed.push(BoltType::Map(row));
        }
        Ok(())
    }

    /// Checks the relationships without a matching relation, and the degrees, entity by entity.
    pub(super) async fn check_ends(&mut self) -> StoreResult<()> {
        let mut after = String::new();
        loop {
            let page = cypher!("native/entity_ids")
                .with("after", after.as_str())
                .with("limit", PAGE);
            let ids: Vec<String> = self.run(page).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            after.clone_from(last);
            let strays: Vec<(i64, String, bool, bool)> = self
                .run(cypher!("native/strays").with("ids", ids.clone()))
                .await?;
            let mut deleted = Vec::new();
            for (number, id, is_unknown, is_typed_otherwise) in strays {
                let problem = match (is_unknown, is_typed_otherwise) {
                    (true, _) => NativeProblem::RelationMissing,
                    (false, true) => NativeProblem::RelationshipType,
                    (false, false) => NativeProblem::RelationshipEnds,
                };
                self.note(problem, &id);
                deleted.push(BoltType::from(number));
            }
            self.repair(cypher!("native/delete_relationships"), "numbers", deleted)
                .await?;
            let degrees: Vec<(String, i64, i64)> =
                self.run(cypher!("native/degrees").with("ids", ids)).await?;
            let mut rows = Vec::new();
            for (id, number, _) in degrees.into_iter().filter(|(_, number, stored)| number != stored) {
                self.note(NativeProblem::Degree, &id);
                rows.push(keyed(&id, BTreeMap::from([("degree".into(), number.into())])));
            }
            self.repair(put_properties("Entity", "id"), "rows", rows).await?;
            self.end_page().await?;
        }
    }

    /// Checks for entities without the label `Entity`.
    pub(super) async fn check_labels(&mut self) -> StoreResult<()> {
        for kind in EntityKind::ALL {
            let statement = cypher!("native/unlabelled")
                .fill("label", &kind_label(*kind))
                .with("prefix", format!("{}:", kind.prefix()));
            let rows: Vec<(String, String)> = self.run(statement).await?;
            let ids: Vec<String> = rows
                .into_iter()
                // A node whose body is not a record is of another program.
                .filter(|(id, body)| read_entity(id, body).is_ok())
                .map(|(id, _)| id)
                .collect();
            for id in &ids {
                self.note(NativeProblem::Label, id);
            }
            let statement = cypher!("native/put_label").fill("label", &kind_label(*kind));
            let ids = ids.into_iter().map(BoltType::from).collect();
            self.repair(statement, "ids", ids).await?;
        }
        self.end_page().await
    }

    /// Compares the properties of data sets with their records, without their counts.
    pub(super) async fn check_datasets(&mut self) -> StoreResult<()> {
        let rows: Vec<(String, String, BoltMap)> = self.run(cypher!("native/datasets")).await?;
        let mut changed = Vec::new();
        for (id, body, node) in rows {
            let Ok(dataset) = decode::<DatasetRow>(&body).and_then(|row| row.read(&id)) else {
                self.note(NativeProblem::Unreadable, &id);
                continue;
            };
            let expected = NodeProperties::default()
                .with("title", dataset.title.as_str())
                .with("access", dataset.access.name());
            let differs = differences(&expected::map(expected)?, &node);
            if !differs.is_empty() {
                self.note(NativeProblem::Property, &id);
                changed.push(keyed(&id, differs));
            }
        }
        self.repair(put_properties("Dataset", "id"), "rows", changed)
            .await?;
        self.end_page().await
    }

    /// Checks the numbers of entities and relations of data sets.
    pub(super) async fn check_counts(&mut self) -> StoreResult<()> {
        let mut counted: HashMap<String, [i64; 2]> = HashMap::new();
        for (at, of) in ["Entity", "Relation"].into_iter().enumerate() {
            let rows: Vec<(String, i64)> = self.run(cypher!("native/counts").fill("label", of)).await?;
            for (dataset, number) in rows {
                counted.entry(dataset).or_default()[at] = number;
            }
        }
        let rows: Vec<(String, String, BoltMap)> = self.run(cypher!("native/datasets")).await?;
        let mut changed = Vec::new();
        for (id, _, node) in rows {
            let [entities, relations] = counted.remove(&id).unwrap_or_default();
            let expected = NodeProperties::default()
                .with("entities", entities)
                .with("relations", relations);
            let differs = differences(&expected::map(expected)?, &node);
            if !differs.is_empty() {
                self.note(NativeProblem::Count, &id);
                changed.push(keyed(&id, differs));
            }
        }
        self.repair(put_properties("Dataset", "id"), "rows", changed)
            .await?;
        self.end_page().await
    }

    /// Checks for statements on records that do not exist.
    pub(super) async fn check_statements(&mut self) -> StoreResult<()> {
        let mut after = String::new();
        loop {
            let page = cypher!("native/unowned")
                .with("after", after.as_str())
                .with("limit", PAGE);
            let rows: Vec<(String, bool)> = self.run(page).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for (id, is_owned) in rows {
                if !is_owned {
                    self.note(NativeProblem::StatementsUnowned, &id);
                }
            }
        }
    }

    /// Checks for redirects to ids that do not exist.
    pub(super) async fn check_redirects(&mut self) -> StoreResult<()> {
        let rows: Vec<(String,)> = self.run(cypher!("native/redirects")).await?;
        let known = |id: &String| {
            EntityKind::ALL
                .iter()
                .any(|kind| id.split(':').next() == Some(kind.prefix()))
        };
        for (id,) in rows.into_iter().filter(|(id,)| known(id)) {
            self.note(NativeProblem::EntityMissing, &id);
        }
        Ok(())
    }
}
