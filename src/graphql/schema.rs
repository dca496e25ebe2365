//! The schema, and the engine that validates and executes requests on it.

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

use super::batch::BatchedExecution;
use super::errors::Failure;
use super::limits::DocumentLimits;
use super::meter::MeterExtension;
use super::mutation::Mutation;
use super::prepared_request::PreparedRequest;
use super::query::QueryFields;
use super::request_context::{RequestContext, WriteResults};
use super::response::{GraphqlResponse, abandon, complete};
use super::subscription::SubscriptionRoot;
use super::types::kinds;
use super::validation::{Introspection, RawRequest, RequestValidator, SentVariables, ValidRequest};
use crate::model::memory::{Account, Memory, Purpose};
use crate::model::principal::Principal;
use crate::service::{self, Service, ServiceError, Session};

/// The root type of queries.
pub(super) struct Query(QueryFields);

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        "Query".into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        let name = registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let mut query = registry.create_fake_output_type::<QueryFields>();
            if let MetaType::Object {
                name,
                description,
                rust_typename,
                ..
            } = &mut query
            {
                *name = "Query".to_string();
                *description = Some(
                    "Read access to the graph. Everything in one request is read at one revision."
                        .to_string(),
                );
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

pub(super) type HukunSchema = Schema<Query, Mutation, SubscriptionRoot>;

fn build(introspection: bool) -> HukunSchema {
    // Requests passed `validation` before, so the fast mode suffices. The recursion limit stays above that of `validation`.
    let schema = Schema::build(Query(QueryFields::default()), Mutation, SubscriptionRoot)
        .validation_mode(ValidationMode::Fast)
        .extension(MeterExtension)
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

/// Number of stale reads after which a request is repeated on a snapshot, which makes writers wait.
pub(super) const STALE_READS_MAX: usize = 2;
/// Number of stale reads after which a mutation is executed for the last time.
const STALE_READS_WRITING_MAX: usize = 20;

/// Executes GraphQL requests on a service.
#[derive(Clone)]
pub struct Engine {
    schema: HukunSchema,
    service: Service,
    validator: Arc<RequestValidator>,
    rows_max: u64,
    answer_bytes_max: u64,
    memory: Memory,
    feed_turns: Arc<Semaphore>,
}

impl Engine {
    /// An engine over a service. `feed_turns` is the number of subscribers it serves at a time.
    pub fn new(service: Service, limits: DocumentLimits, introspection: bool, feed_turns: usize) -> Self {
        Self {
            schema: build(introspection),
            service,
            rows_max: limits.rows_max,
            answer_bytes_max: limits.answer_bytes_max,
            memory: Memory::new(limits.memory_max),
            validator: Arc::new(RequestValidator::new(limits, introspection)),
            feed_turns: Arc::new(Semaphore::new(feed_turns.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Parses and validates a request. The error is the response to send.
    pub fn prepare(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: impl Into<SentVariables>,
    ) -> Result<PreparedRequest, Box<GraphqlResponse>> {
        let account = self.memory.account(Purpose::Work);
        let valid = self.validate(query, operation_name, variables.into(), &account)?;
        Ok(PreparedRequest::new(valid, account))
    }

    /// The variables of an operation, coerced and with their default values. The error is the response to send.
    pub fn coerce_variables(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: impl Into<SentVariables>,
    ) -> Result<Map<String, serde_json::Value>, Box<GraphqlResponse>> {
        let account = self.memory.account(Purpose::Work);
        let valid = self.validate(query, operation_name, variables.into(), &account)?;
        if let Some(partial_batch) = &valid.partial_batch {
            return Err(Box::new(
                partial_batch.rejection(GraphqlResponse::rejection(Vec::new())),
            ));
        }
        let coerced = valid.variables.into_iter();
        Ok(coerced
            .map(|(name, value)| (name.to_string(), value.into_json().unwrap_or_default()))
            .collect())
    }

    fn validate(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: SentVariables,
        account: &Account,
    ) -> Result<ValidRequest, Box<GraphqlResponse>> {
        let request = RawRequest {
            query,
            operation_name,
            variables,
            account,
        };
        let validated = self.validator.validate(request);
        validated.map_err(|errors| {
            Box::new(match account.exhausted() {
                Some(exhausted) => GraphqlResponse::memory_exhausted(exhausted),
                None => GraphqlResponse::rejection(errors),
            })
        })
    }

    /// Executes a request at one revision. After a stale read it is executed again; the last time on a snapshot, which makes
    /// writers wait, so that it ends however often they write. A mutation never uses a snapshot, since it could wait for
    /// itself; a write that was made is not repeated.
    pub async fn execute(&self, request: PreparedRequest, principal: &Principal) -> GraphqlResponse {
        let partial_batch = request.partial_batch.clone();
        let answer = self.execute_valid(request, principal).await;
        match partial_batch {
            Some(partial_batch) => partial_batch.rejection(answer),
            None => answer,
        }
    }

    async fn execute_valid(&self, request: PreparedRequest, principal: &Principal) -> GraphqlResponse {
        if request.is_subscription() {
            let message =
                "subscriptions need WebSocket (/graphql/ws) or server-sent events (/graphql/stream)";
            return GraphqlResponse::rejection(vec![Failure::input(message).into_request_error()]);
        }
        let writes = Arc::new(WriteResults::default());
        if self.service.may_have_stale_reads() {
            let tries = if request.is_mutation() {
                STALE_READS_WRITING_MAX
            } else {
                STALE_READS_MAX
            };
            for _ in 0..tries {
                let session = self.service.session(principal).await;
                let (answer, is_stale) = self.attempt(request.clone(), session, &writes).await;
                if !is_stale {
                    return answer;
                }
            }
            if !request.is_mutation() {
                let session = self.service.snapshot_session(principal).await;
                return self.attempt(request, session, &writes).await.0;
            }
        }
        let session = self.service.session(principal).await;
        self.attempt(request, session, &writes).await.0
    }

    /// Executes a request in a session. Returns the response, and whether a read was stale.
    async fn attempt(
        &self,
        request: PreparedRequest,
        session: service::Result<Session>,
        writes: &Arc<WriteResults>,
    ) -> (GraphqlResponse, bool) {
        let session = match session {
            Ok(session) => session,
            Err(error) => {
                let is_stale = matches!(error, ServiceError::StaleRead);
                return (
                    GraphqlResponse::rejection(vec![Failure::from(error).into_request_error()]),
                    is_stale,
                );
            }
        };
        let context = self.new_context(session, writes.clone());
        let introspection = request.introspection.clone();
        let executable = Self::executable(request, &context);
        let execution = BatchedExecution::new(self.schema.execute(executable), context.clone());
        let mut response = match execution.await {
            Ok(response) => response,
            Err(exhausted) => return (abandon(exhausted, &context), false),
        };
        if let Some(introspection) = introspection {
            Self::introspect(&introspection, &mut response, &context.account);
            if let Some(exhausted) = context.account.exhausted() {
                return (abandon(exhausted, &context), false);
            }
        }
        let is_stale = context
            .chain()
            .any(|context| context.session.stats().had_stale_read());
        (complete(response, &context), is_stale)
    }

    /// Fills the values of introspection fields into a response, in place of their placeholders.
    fn introspect(introspection: &Introspection, response: &mut Response, account: &Account) {
        let Value::Object(data) = &mut response.data else {
            return;
        };
        match RequestValidator::introspect(introspection, account) {
            Some(fields) => data.extend(fields),
            None => {
                *response =
                    Response::from_errors(vec![Failure::internal("no introspection").into_request_error()]);
            }
        }
    }

    /// A context for a request in a session.
    pub(super) fn new_context(&self, session: Session, writes: Arc<WriteResults>) -> Arc<RequestContext> {
        let account = self.memory.answer_account(Purpose::Work, self.answer_bytes_max);
        Arc::new(RequestContext::new(
            self.service.clone(),
            session,
            account,
            self.rows_max,
            writes,
        ))
    }

    /// The form of a request that the schema executes, with its context.
    pub(super) fn executable(prepared: PreparedRequest, context: &Arc<RequestContext>) -> Request {
        let mut request = Request::new("");
        request.set_parsed_query(prepared.document);
        let request = request.data(context.clone());
        match prepared.partial_batch {
            Some(partial_batch) => request.data(partial_batch),
            None => request,
        }
    }

    /// A session that a write may overtake, or one that keeps writers waiting.
    pub(super) async fn session(&self, principal: &Principal, on_snapshot: bool) -> service::Result<Session> {
        if on_snapshot {
            self.service.snapshot_session(principal).await
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

    /// A turn to compute the next events of a subscriber: many wake at once.
    pub async fn feed_turn(&self) -> service::Result<OwnedSemaphorePermit> {
        let turn = self.feed_turns.clone().acquire_owned().await;
        turn.map_err(|closed| ServiceError::Internal(closed.to_string()))
    }
}
