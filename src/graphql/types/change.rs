//! Changes: entries of the change log, with the current record.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::dataset::dataset;
use super::entity::EntityAtDate;
use super::kinds::{Entity, Node};
use super::node::load_node;
use super::page::{Connection, Edge};
use crate::graphql::cursor::ChangeCursors;
use crate::graphql::errors::Result;
use crate::graphql::request_context::RequestContext;
use crate::graphql::scalars::DateTime;
use crate::model::change::{ChangeAction, LogSubject, LoggedChange, Subject};

/// The cursors of the change log for the current principal.
pub(in crate::graphql) async fn cursors(context: &RequestContext) -> Result<ChangeCursors> {
    let seal = context.service.cursor_seal().await?;
    Ok(ChangeCursors::new(seal, context.session.principal()))
}

/// A page of changes.
pub(in crate::graphql) type ChangeConnection = Connection<Edge<Change>>;

/// An entry of the change log.
#[derive(Clone)]
pub(in crate::graphql) struct Change {
    pub(in crate::graphql) line: Arc<LoggedChange>,
    pub(in crate::graphql) cursor: String,
}

/// A change of a record or of the description of a data set. One write may make several changes, which share a revision.
#[Object]
impl Change {
    /// Position of the change in the feed. Pass it as `since` to continue after this change. The order of the feed is the same
    /// for every client and after every restart.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// Revision that made the change.
    async fn revision(&self) -> String {
        self.line.position.revision.to_string()
    }
    /// Time of the change.
    async fn at(&self) -> DateTime {
        DateTime(self.line.at)
    }
    /// Principal who made the change.
    async fn by(&self) -> &str {
        &self.line.by
    }
    /// What happened to the subject.
    async fn action(&self) -> ChangeAction {
        self.line.action
    }
    /// Id of the changed record or data set.
    async fn subject_id(&self) -> ID {
        self.line.changed.as_str().into()
    }
    /// Kind of the subject: `entity`, `relation`, `observation`, `rule`, `source` or `dataset`.
    async fn kind(&self) -> &'static str {
        self.line.changed.kind_name()
    }
    /// Changed record or data set at the revision of the response, which may be later than that of the change. Null if it no
    /// longer exists then.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match &self.line.changed {
            LogSubject::Record(Subject::Entity(id)) => {
                // A merged id redirects to another entity, which has a change of its own; the entity of this id is gone.
                let record = EntityAtDate::load(ctx, id, None).await?;
                let current = record.filter(|record| record.entity.id == *id);
                Ok(current.map(|record| Node::Entity(Entity::from(record))))
            }
            LogSubject::Record(subject) => load_node(ctx, subject.clone()).await,
            LogSubject::Dataset(id) => Ok(dataset(ctx, id.as_str()).await?.map(Node::Dataset)),
        }
    }
    /// Id to which the subject redirects from then on. Null unless the action is `MERGED`.
    async fn merged_into(&self) -> Option<ID> {
        self.line.merged_into.as_ref().map(|id| id.as_str().into())
    }
}
