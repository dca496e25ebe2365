//! Checks of more than one node: relationships, degrees, counts, and what is left without its record.

use std::collections::{BTreeMap, HashMap};

use neo4rs::{BoltMap, BoltType};
use serde::Deserialize;

use super::driver::Driver;
use super::expected;
use super::expected::{RELATIONSHIP, differing, projected};
use super::records::{CheckedRecord, PAGE, keyed, put_properties};
use super::report::NativeFault;
use crate::model::change::Record;
use crate::model::entity::EntityKind;
use crate::model::relation::Relation;
use crate::store::Answer;
use crate::store::codec::{DatasetRow, decode};
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::{kind_label, read_entity};
use crate::store::neo4j::write::properties;
use crate::store::neo4j::write::properties::Properties;

/// The server's number of a relationship, its type, and its properties.
#[derive(Deserialize)]
struct RelationshipRow(i64, String, BoltMap);

impl Driver {
    /// Compares the relationships of a page of relations with their records.
    pub(super) async fn relationships(&mut self, page: &[CheckedRecord]) -> Answer<()> {
        let relations: Vec<(&CheckedRecord, Relation)> = page
            .iter()
            .filter_map(|found| match &found.record {
                Record::Relation(relation) => {
                    let mut relation = relation.clone();
                    relation.from = self.reader.canonical(&relation.from).clone();
                    relation.to = self.reader.canonical(&relation.to).clone();
                    Some((found, relation))
                }
                _ => None,
            })
            .collect();
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
        let (mut deleted, mut changed) = (Vec::new(), Vec::new());
        let mut created: BTreeMap<&'static str, Vec<BoltType>> = BTreeMap::new();
        for (found, relation) in &relations {
            let Some((true, relationships)) = there.remove(&found.id) else {
                self.note(NativeFault::EntityMissing, &found.id);
                continue;
            };
            let expected = properties::relationship(relation, found.provenance).restricted(&found.restricted);
            let mut expected = expected::map(expected)?;
            expected.value.retain(|name, _| name.value != "entangled");
            let (mut typed, others): (Vec<_>, Vec<_>) = relationships
                .into_iter()
                .partition(|relationship| relationship.1 == relation.kind.name());
            if !others.is_empty() {
                self.note(NativeFault::RelationshipType, &found.id);
                deleted.extend(others.iter().map(|relationship| BoltType::from(relationship.0)));
            }
            if typed.len() > 1 {
                self.note(NativeFault::RelationshipDoubled, &found.id);
                deleted.extend(
                    typed
                        .drain(1..)
                        .map(|relationship| BoltType::from(relationship.0)),
                );
            }
            let Some(RelationshipRow(number, _, there)) = typed.pop() else {
                if others.is_empty() {
                    self.note(NativeFault::RelationshipMissing, &found.id);
                }
                let row = Properties::default()
                    .with("from", relation.from.as_str())
                    .with("to", relation.to.as_str())
                    .with("properties", BoltType::Map(expected));
                created.entry(relation.kind.name()).or_default().push(row.map());
                continue;
            };
            let differs = differing(&expected, &there);
            if differs.keys().any(|name| name == "restricted") {
                self.note(NativeFault::Restricted, &found.id);
            }
            if differs.keys().any(|name| name != "restricted") {
                self.note(NativeFault::RelationshipProperty, &found.id);
            }
            if !differs.is_empty() {
                let mut row = BoltMap::default();
                row.put("number".into(), number.into());
                if let BoltType::Map(keyed) = keyed(&found.id, differs) {
                    row.value.extend(keyed.value);
                }
                changed.push(BoltType::Map(row));
            }
        }
        self.mend(cypher!("native/delete_relationships"), "numbers", deleted)
            .await?;
        self.mend(cypher!("native/put_relationships"), "rows", changed)
            .await?;
        for (kind, rows) in created {
            let statement = cypher!("native/create_relationships").fill("kind", kind);
            self.mend(statement, "rows", rows).await?;
        }
        Ok(())
    }

    /// Relationships that have no relation where they are, and degrees, entity by entity.
    pub(super) async fn ends(&mut self) -> Answer<()> {
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
                let fault = match (is_unknown, is_typed_otherwise) {
                    (true, _) => NativeFault::RelationMissing,
                    (false, true) => NativeFault::RelationshipType,
                    (false, false) => NativeFault::RelationshipEnds,
                };
                self.note(fault, &id);
                deleted.push(BoltType::from(number));
            }
            self.mend(cypher!("native/delete_relationships"), "numbers", deleted)
                .await?;
            let degrees: Vec<(String, i64, i64)> =
                self.run(cypher!("native/degrees").with("ids", ids)).await?;
            let mut rows = Vec::new();
            for (id, number, _) in degrees.into_iter().filter(|(_, number, told)| number != told) {
                self.note(NativeFault::Degree, &id);
                rows.push(keyed(&id, BTreeMap::from([("degree".into(), number.into())])));
            }
            self.mend(put_properties("Entity", "id"), "rows", rows).await?;
            self.end_page().await?;
        }
    }

    /// Entities that lost the label of all entities.
    pub(super) async fn unlabelled(&mut self) -> Answer<()> {
        for kind in EntityKind::ALL {
            let statement = cypher!("native/unlabelled")
                .fill("label", &kind_label(*kind))
                .with("prefix", format!("{}:", kind.prefix()));
            let rows: Vec<(String, String)> = self.run(statement).await?;
            let ids: Vec<String> = rows
                .into_iter()
                // One whose body is no record is a node of others.
                .filter(|(id, body)| read_entity(id, body).is_ok())
                .map(|(id, _)| id)
                .collect();
            for id in &ids {
                self.note(NativeFault::Label, id);
            }
            let statement = cypher!("native/put_label").fill("label", &kind_label(*kind));
            let ids = ids.into_iter().map(BoltType::from).collect();
            self.mend(statement, "ids", ids).await?;
        }
        self.end_page().await
    }

    /// What stands on data sets beside their records and their counts.
    pub(super) async fn datasets(&mut self) -> Answer<()> {
        let rows: Vec<(String, String, BoltMap)> = self.run(cypher!("native/datasets")).await?;
        let mut changed = Vec::new();
        for (id, body, node) in rows {
            let Ok(dataset) = decode::<DatasetRow>(&body).and_then(|row| row.read(&id)) else {
                self.note(NativeFault::Unreadable, &id);
                continue;
            };
            let expected = Properties::default()
                .with("title", dataset.title.as_str())
                .with("access", dataset.access.name());
            let differs = differing(&expected::map(expected)?, &node);
            if !differs.is_empty() {
                self.note(NativeFault::Property, &id);
                changed.push(keyed(&id, differs));
            }
        }
        self.mend(put_properties("Dataset", "id"), "rows", changed)
            .await?;
        self.end_page().await
    }

    /// How many entities and relations each data set has.
    pub(super) async fn counts(&mut self) -> Answer<()> {
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
            let expected = Properties::default()
                .with("entities", entities)
                .with("relations", relations);
            let differs = differing(&expected::map(expected)?, &node);
            if !differs.is_empty() {
                self.note(NativeFault::Count, &id);
                changed.push(keyed(&id, differs));
            }
        }
        self.mend(put_properties("Dataset", "id"), "rows", changed)
            .await?;
        self.end_page().await
    }

    /// Statements on what is not there.
    pub(super) async fn unowned(&mut self) -> Answer<()> {
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
                    self.note(NativeFault::StatementsUnowned, &id);
                }
            }
        }
    }

    /// Redirects that lead nowhere.
    pub(super) async fn redirects(&mut self) -> Answer<()> {
        let rows: Vec<(String,)> = self.run(cypher!("native/redirects")).await?;
        let known = |id: &String| {
            EntityKind::ALL
                .iter()
                .any(|kind| id.split(':').next() == Some(kind.prefix()))
        };
        for (id,) in rows.into_iter().filter(|(id,)| known(id)) {
            self.note(NativeFault::EntityMissing, &id);
        }
        Ok(())
    }
}
