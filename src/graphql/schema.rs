//! The schema, and how a question is answered: parse, hold it against the limits, then validate and execute in one session.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Request, Response, SDLExportOptions,
    Schema, ServerResult, ValidationMode, Value,
};
use serde_json::Map;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::asker::Writes;
pub(super) use super::asker::{Asker, Done, asker};
use super::batch::Batched;
use super::errors::Failure;
use super::front::{Checked, Front, Introspection, Sent, SentVariables};
use super::limits::DocumentLimits;
use super::meter::Metering;
use super::mutation::Mutation;
use super::query::Fields;
use super::question::{Answer, Question, finish, give_up};
use super::subscription::Feed;
use super::types::kinds;
use crate::model::memory::{Account, Memory, Purpose};
use crate::model::principal::Principal;
use crate::service::{self, Service, ServiceError, Session};

/// Reading the graph.
pub(super) struct Query(Fields);

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        "Query".into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        let name = registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let mut query = registry.create_fake_output_type::<Fields>();
            if let MetaType::Object {
                name,
                description,
                rust_typename,
                ..
            } = &mut query
            {
                *name = "Query".to_string();
                *description =
                    Some("Reading the graph. Everything in one request is read at one revision.".to_string());
                *rust_typename = Some(std::any::type_name::<Self>());
            }
            query
        });
        kinds::complete(registry);
        name
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}
impl ObjectType for Query {}

pub(super) type HukunSchema = Schema<Query, Mutation, Feed>;

fn build(introspection: bool) -> HukunSchema {
    // What comes here passed the checks of `front`, which leave nothing to find. The limit on recursion stays above ours.
    let schema = Schema::build(Query(Fields::default()), Mutation, Feed)
        .validation_mode(ValidationMode::Fast)
        .extension(Metering)
        .limit_recursive_depth(256);
    if introspection {
        schema.finish()
    } else {
        schema.disable_introspection().disable_suggestions().finish()
    }
}

/// The schema in the schema definition language.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .include_specified_by();
    let mut text = build(true).sdl_with_options(options).trim_end().to_string();
    text.push('\n');
    text
}

/// How often a question is asked again because the graph was written to, before writers are kept waiting for it.
pub(super) const OVERTAKEN_MAX: usize = 2;
/// The same for a question that writes.
const OVERTAKEN_WRITING_MAX: usize = 20;

/// Answers questions over a service.
#[derive(Clone)]
pub struct Engine {
    schema: HukunSchema,
    service: Service,
    front: Arc<Front>,
    rows_max: u64,
    answer_bytes_max: u64,
    memory: Memory,
    feed_turns: Arc<Semaphore>,
}

impl Engine {
    /// An engine over a service. Of followers of the changes, so many are worked for at a time.
    pub fn new(service: Service, limits: DocumentLimits, introspection: bool, feed_turns: usize) -> Self {
        Self {
            schema: build(introspection),
            service,
            rows_max: limits.rows_max,
            answer_bytes_max: limits.answer_bytes_max,
            memory: Memory::new(limits.memory_max),
            front: Arc::new(Front::new(limits, introspection)),
            feed_turns: Arc::new(Semaphore::new(feed_turns.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Reads a question and checks all of it, or says why it cannot be answered.
    pub fn read(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: impl Into<SentVariables>,
    ) -> Result<Question, Box<Answer>> {
        let account = self.memory.account(Purpose::Work);
        let checked = self.check(query, operation_name, variables.into(), &account)?;
        Ok(Question::new(checked, account))
    }

    /// The variables with which an operation is executed: coerced, and with their default values.
    pub fn variables(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: impl Into<SentVariables>,
    ) -> Result<Map<String, serde_json::Value>, Box<Answer>> {
        let account = self.memory.account(Purpose::Work);
        let checked = self.check(query, operation_name, variables.into(), &account)?;
        if let Some(unread) = &checked.unread {
            return Err(Box::new(unread.refusal(Answer::refusal(Vec::new()))));
        }
        let coerced = checked.variables.into_iter();
        Ok(coerced
            .map(|(name, value)| (name.to_string(), value.into_json().unwrap_or_default()))
            .collect())
    }

    fn check(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: SentVariables,
        account: &Account,
    ) -> Result<Checked, Box<Answer>> {
        let sent = Sent {
            query,
            operation_name,
            variables,
            account,
        };
        let checked = self.front.check(sent);
        checked.map_err(|errors| {
            Box::new(match account.exhausted() {
                Some(exhausted) => Answer::exhausted(exhausted),
                None => Answer::refusal(errors),
            })
        })
    }

    /// Answers a question, at one revision. Where the graph is written to meanwhile and the store keeps no older one, it is asked
    /// again; the last time with writers kept waiting, so that it comes to an end however often they write. A question that writes
    /// keeps nobody waiting, since it might wait for itself; what it has written is not written again.
    pub async fn answer(&self, question: Question, principal: &Principal) -> Answer {
        let unread = question.unread.clone();
        let answer = self.executed(question, principal).await;
        match unread {
            Some(unread) => unread.refusal(answer),
            None => answer,
        }
    }

    async fn executed(&self, question: Question, principal: &Principal) -> Answer {
        if question.subscribes() {
            let elsewhere = "a subscription is asked for over a connection that stays: /graphql/ws (WebSocket) or /graphql/stream \
                             (server-sent events)";
            return Answer::refusal(vec![Failure::input(elsewhere).of_request()]);
        }
        let writes = Arc::new(Writes::default());
        if self.service.may_be_overtaken() {
            let tries = if question.mutates() {
                OVERTAKEN_WRITING_MAX
            } else {
                OVERTAKEN_MAX
            };
            for _ in 0..tries {
                let session = self.service.session(principal).await;
                let (answer, overtaken) = self.attempt(question.clone(), session, &writes).await;
                if !overtaken {
                    return answer;
                }
            }
            if !question.mutates() {
                let session = self.service.steady_session(principal).await;
                return self.attempt(question, session, &writes).await.0;
            }
        }
        let session = self.service.session(principal).await;
        self.attempt(question, session, &writes).await.0
    }

    /// Answers a question in a session, and tells whether the graph moved on meanwhile.
    async fn attempt(
        &self,
        question: Question,
        session: service::Result<Session>,
        writes: &Arc<Writes>,
    ) -> (Answer, bool) {
        let session = match session {
            Ok(session) => session,
            Err(error) => {
                let overtaken = matches!(error, ServiceError::Overtaken);
                return (
                    Answer::refusal(vec![Failure::from(error).of_request()]),
                    overtaken,
                );
            }
        };
        let asker = self.asker(session, writes.clone());
        let introspection = question.introspection.clone();
        let request = Self::request(question, &asker);
        let mut response = match Batched::new(self.schema.execute(request), asker.clone()).await {
            Ok(response) => response,
            Err(exhausted) => return (give_up(exhausted, &asker), false),
        };
        if let Some(introspection) = introspection {
            Self::introspect(&introspection, &mut response, &asker.account);
            if let Some(exhausted) = asker.account.exhausted() {
                return (give_up(exhausted, &asker), false);
            }
        }
        let overtaken = asker.all().any(|asker| asker.session.stats().had_stale_read());
        (finish(response, &asker), overtaken)
    }

    /// Puts what a question asks of the schema into its answer, in the places that were kept for it.
    fn introspect(asked: &Introspection, response: &mut Response, account: &Account) {
        let Value::Object(data) = &mut response.data else {
            return;
        };
        match Front::introspect(asked, account) {
            Some(answers) => data.extend(answers),
            None => *response = Response::from_errors(vec![Failure::fault("no introspection").of_request()]),
        }
    }

    /// An asker in a session.
    pub(super) fn asker(&self, session: Session, writes: Arc<Writes>) -> Arc<Asker> {
        let account = self.memory.answer_account(Purpose::Work, self.answer_bytes_max);
        Arc::new(Asker::new(
            self.service.clone(),
            session,
            account,
            self.rows_max,
            writes,
        ))
    }

    /// A question made ready to be executed for an asker.
    pub(super) fn request(question: Question, asker: &Arc<Asker>) -> Request {
        let mut request = Request::new("");
        request.set_parsed_query(question.document);
        let request = request.data(asker.clone());
        match question.unread {
            Some(unread) => request.data(unread),
            None => request,
        }
    }

    /// A session that a write may overtake, or one that keeps writers waiting.
    pub(super) async fn session(&self, principal: &Principal, steady: bool) -> service::Result<Session> {
        if steady {
            self.service.steady_session(principal).await
        } else {
            self.service.session(principal).await
        }
    }

    /// The memory that all requests share.
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    pub(super) fn schema(&self) -> &HukunSchema {
        &self.schema
    }

    /// A turn to work out what a follower is told: many wake at once.
    pub async fn turn(&self) -> service::Result<OwnedSemaphorePermit> {
        let turn = self.feed_turns.clone().acquire_owned().await;
        turn.map_err(|closed| ServiceError::Fault(closed.to_string()))
    }
}
