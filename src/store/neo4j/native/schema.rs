//! Checks of constraints and indexes by their names in the migrations, and counts of other programs' data in the same database.

use neo4rs::query;

use super::check::NativeCheck;
use super::report::NativeProblem;
use crate::model::entity::EntityKind;
use crate::store::StoreResult;
use crate::store::neo4j::driver::error::Neo4jError;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::format::kind_label;
use crate::store::neo4j::migrate::{self, relationship_keys};

impl NativeCheck {
    /// Whether all constraints and indexes of nodes exist, after repairs if this is a repair. Without them a check of a large graph would
    /// take too long. Constraints of relationships are only named: [`Self::repair_relationship_keys`] creates them.
    pub(super) async fn check_schema(&mut self) -> StoreResult<bool> {
        let client = self.shared.client.clone();
        let ms_max = client.options().limits.write_ms_max;
        let failed = |error: Neo4jError| error.into_store_error(ms_max);
        let mut there: Vec<String> = Vec::new();
        for names in [cypher!("native/schema"), cypher!("native/indexes")] {
            there.extend(
                client
                    .run_once::<String>(names.query(ms_max))
                    .await
                    .map_err(failed)?,
            );
        }
        let mut made = Vec::new();
        for (name, statement) in migrate::schema() {
            if !there.iter().any(|there| there == name) {
                self.note(NativeProblem::Schema, name);
                made.push(statement);
            }
        }
        if !self.repairs() {
            for (_, name) in relationship_keys::missing(&client).await.map_err(failed)? {
                self.note(NativeProblem::Schema, &name);
            }
        }
        if made.is_empty() {
            return Ok(true);
        }
        if !self.repairs() {
            self.report.is_partial = true;
            return Ok(false);
        }
        for statement in made {
            client.execute(query(&statement)).await.map_err(failed)?;
        }
        let wait = query("CALL db.awaitIndexes(300)");
        client.execute(wait).await.map_err(failed)?;
        Ok(true)
    }

    /// Creates the constraints of relationships that are missing, if this is a repair. It is the last step, because they cannot be
    /// created while a relation has several relationships.
    pub(super) async fn repair_relationship_keys(&mut self) -> StoreResult<()> {
        if !self.repairs() {
            return Ok(());
        }
        self.end_page().await?;
        let client = self.shared.client.clone();
        let ms_max = client.options().limits.write_ms_max;
        let keys = relationship_keys::ensure(&client)
            .await
            .map_err(|error| error.into_store_error(ms_max))?;
        for name in &keys.created {
            self.note(NativeProblem::Schema, name);
        }
        for name in &keys.blocked {
            self.note(NativeProblem::ConstraintBlocked, name);
        }
        Ok(())
    }

    /// Counts the data of other programs: labels, types of relationships, and nodes with Hukun's labels.
    pub(super) async fn count_foreign_data(&mut self) -> StoreResult<()> {
        let kinds: Vec<String> = EntityKind::ALL.iter().map(|kind| kind_label(*kind)).collect();
        let is_ours = |name: &str| {
            name == "ApiKey"
                || kinds.iter().any(|kind| kind == name)
                || ownership::labels().any(|(label, _)| label == name)
        };
        let mut labels: Vec<String> = self.run(cypher!("native/labels")).await?;
        labels.retain(|name| !is_ours(name));
        labels.sort();
        for name in labels {
            let count = cypher!("native/count_nodes").fill("label", &quoted(&name));
            let number = self.total(count).await?;
            self.report
                .foreign_labels
                .extend((number > 0).then_some((name, number)));
        }
        let mut types: Vec<String> = self.run(cypher!("native/types")).await?;
        types.retain(|name| ownership::types().split('|').all(|ours| ours != name));
        types.sort();
        for name in types {
            let count = cypher!("native/count_typed").fill("type", &quoted(&name));
            let number = self.total(count).await?;
            self.report
                .foreign_types
                .extend((number > 0).then_some((name, number)));
        }
        for (name, test) in ownership::labels() {
            let statement = cypher!("native/others").fill("label", name).fill("test", &test);
            let number = self.total(statement).await?;
            self.report
                .foreign_nodes
                .extend((number > 0).then(|| (name.into(), number)));
        }
        for kind in kinds {
            let statement = cypher!("native/others")
                .fill("label", &kind)
                .fill("test", "n:Entity");
            let number = self.total(statement).await?;
            self.report
                .foreign_nodes
                .extend((number > 0).then_some((kind, number)));
        }
        Ok(())
    }

    async fn total(&mut self, statement: CypherStatement) -> StoreResult<u64> {
        let counts: Vec<i64> = self.run(statement).await?;
        Ok(counts.into_iter().sum::<i64>().unsigned_abs())
    }
}

/// A name of another program, quoted for a statement.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
