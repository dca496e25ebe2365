//! Changes: lines of the log, with the record as it stands.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::entity::Record;
use super::kinds::{Entity, Node};
use super::observation::Observation;
use super::page::{Connection, Edge};
use super::record::{Rule, dataset};
use super::relation::Relation;
use super::statement::Source;
use crate::graphql::cursor::ChangeCursors;
use crate::graphql::errors::Result;
use crate::graphql::scalars::DateTime;
use crate::graphql::schema::{Asker, asker};
use crate::model::change::{ChangeAction, Subject};
use crate::model::log::{Changed, LoggedChange};

/// The cursors of the log for whoever asks.
pub(in crate::graphql) async fn cursors(asker: &Asker) -> Result<ChangeCursors> {
    let seal = asker.service.cursor_seal().await?;
    Ok(ChangeCursors::new(seal, asker.session.principal()))
}

/// A page of changes.
pub(in crate::graphql) type ChangeConnection = Connection<Edge<Change>>;

/// A line of the log.
#[derive(Clone)]
pub(in crate::graphql) struct Change {
    pub(in crate::graphql) line: Arc<LoggedChange>,
    pub(in crate::graphql) cursor: String,
}

/// What became of a record, or of a data set's own record. One write may make many changes, all of one revision.
#[Object]
impl Change {
    /// Its place in the feed: what `since` takes to go on just after it. The order of the feed is the same for everyone, and
    /// after every restart.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// The revision that made it.
    async fn revision(&self) -> String {
        self.line.place.revision.to_string()
    }
    /// When it was made.
    async fn at(&self) -> DateTime {
        DateTime(self.line.at)
    }
    /// Who made it.
    async fn by(&self) -> &str {
        &self.line.by
    }
    /// What became of the subject.
    async fn action(&self) -> ChangeAction {
        self.line.action
    }
    /// The key of what was changed.
    async fn subject_id(&self) -> ID {
        self.line.changed.as_str().into()
    }
    /// What it is: `entity`, `relation`, `observation`, `rule`, `source` or `dataset`.
    async fn kind(&self) -> &'static str {
        self.line.changed.kind_name()
    }
    /// What was changed, as it stands at the revision of the answer, which may be later than that of the change; null where it
    /// is gone by then.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match &self.line.changed {
            Changed::Record(Subject::Entity(id)) => {
                // A merged id leads to the entity kept, whose own change tells of it; what had the id is gone.
                let record = Record::load(ctx, id, None).await?;
                let stands = record.filter(|record| record.entity.id == *id);
                Ok(stands.map(|record| Node::Entity(Entity::from(record))))
            }
            Changed::Record(subject) => node_of(ctx, subject.clone()).await,
            Changed::Dataset(id) => Ok(dataset(ctx, id.as_str()).await?.map(Node::Dataset)),
        }
    }
    /// The id that stands for this one from then on, where the action is `MERGED`.
    async fn merged_into(&self) -> Option<ID> {
        self.line.merged_into.as_ref().map(|id| id.as_str().into())
    }
}

/// A record as a node; an entity merged away gives the one kept.
pub(in crate::graphql) async fn node_of(ctx: &Context<'_>, subject: Subject) -> Result<Option<Node>> {
    let loaders = &asker(ctx).loaders;
    Ok(match subject {
        Subject::Entity(id) => Record::load(ctx, &id, None)
            .await?
            .map(|record| Node::Entity(record.into())),
        Subject::Relation(id) => Relation::load(ctx, &id, None).await?.map(Node::Relation),
        Subject::Observation(id) => {
            let observation = loaders.one(&loaders.observations, id).await?;
            observation.map(|observation| {
                Node::Observation(Observation {
                    observation,
                    at: None,
                })
            })
        }
        Subject::Rule(id) => loaders
            .one(&loaders.rules, id)
            .await?
            .map(|rule| Node::Rule(Rule(rule))),
        Subject::Source(id) => loaders
            .one(&loaders.sources, id)
            .await?
            .map(|source| Node::Source(Source(source))),
    })
}
