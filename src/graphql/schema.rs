//! The schema, and how a question is answered: parse, hold it against the limits, then validate and execute in one session.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{
    Context, ContextSelectionSet, EmptyMutation, ObjectType, OutputType, Positioned, Request,
    SDLExportOptions, Schema, ServerError, ServerResult, Value, Variables,
};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::batch::Batched;
use super::errors::{self, Failure};
use super::limits::{self, DocumentLimits};
use super::loaders::Loaders;
use super::query::Fields;
use super::question::{Answer, Question, finish};
use super::subscription::Feed;
use super::text;
use super::types::kinds;
use crate::model::principal::Principal;
use crate::service::{self, Service, ServiceError, Session};

/// What resolvers reach for: one session a request, and what is read in it.
pub(super) struct Asker {
    pub(super) session: Session,
    pub(super) loaders: Arc<Loaders>,
    rows: Rows,
    withheld: Arc<Withheld>,
}

/// The fields of personal data that were asked for by one who may not see it. By what was asked alone: whether there was
/// something to hide is not told.
pub(super) type Withheld = Mutex<BTreeSet<&'static str>>;

/// What is left of the rows that an answer may have.
struct Rows {
    left: AtomicU64,
    max: u64,
}

impl Asker {
    /// Notes that a field of personal data is asked for, as `Type.field`.
    pub(super) fn asks_personal(&self, field: &'static str) {
        if !self.session.principal().pii {
            self.withheld.lock().insert(field);
        }
    }

    /// Takes the rows of a page from what the answer may have. What a question may cost is reckoned beforehand from the
    /// sizes it names; this is what it does cost.
    pub(super) fn spend_rows(&self, rows: usize) -> errors::Result<()> {
        let take = |left: u64| left.checked_sub(rows as u64);
        let Rows { left, max } = &self.rows;
        let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        spent.map(drop).map_err(|_| {
            Failure::limit(format!(
                "the answer has more than {max} rows; ask for smaller pages (`first`)"
            ))
        })
    }
}

/// The asker of the request that is being answered.
pub(super) fn asker<'a>(ctx: &Context<'a>) -> &'a Asker {
    ctx.data_unchecked::<Asker>()
}

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

pub(super) type HukunSchema = Schema<Query, EmptyMutation, Feed>;

fn build(introspection: bool) -> HukunSchema {
    // The limits of `async-graphql` walk spreads again and again; ours come first and are linear. Its own recursion
    // limit stays above ours, so that the asker reads our message.
    let schema = Schema::build(Query(Fields::default()), EmptyMutation, Feed).limit_recursive_depth(256);
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

/// Answers questions over a service.
#[derive(Clone)]
pub struct Engine {
    schema: HukunSchema,
    service: Service,
    limits: DocumentLimits,
    introspection: bool,
    feed_turns: Arc<Semaphore>,
}

impl Engine {
    /// An engine over a service. Of followers of the changes, so many are worked for at a time.
    pub fn new(service: Service, limits: DocumentLimits, introspection: bool, feed_turns: usize) -> Self {
        Self {
            schema: build(introspection),
            service,
            limits,
            introspection,
            feed_turns: Arc::new(Semaphore::new(feed_turns.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Reads a question and holds it against the limits, or says why not.
    pub fn read(
        &self,
        query: &str,
        operation_name: Option<String>,
        variables: Variables,
    ) -> Result<Question, Box<Answer>> {
        let refuse = |failure: Failure| Box::new(Answer::refusal(vec![failure.of_request()]));
        text::check_text(query, &self.limits).map_err(refuse)?;
        let document =
            parse_query(query).map_err(|error| Box::new(Answer::refusal(vec![ServerError::from(error)])))?;
        limits::check_document(&document, &variables, &self.limits, self.introspection).map_err(refuse)?;
        Question::new(document, operation_name, variables).map_err(refuse)
    }

    /// Answers a question, at one revision. Where the graph is written to meanwhile and the store keeps no older one, it is asked
    /// again; the last time with writers kept waiting, so that it comes to an end however often they write.
    pub async fn answer(&self, question: Question, principal: &Principal) -> Answer {
        if question.subscribes() {
            let elsewhere = "a subscription is asked for over a connection that stays: /graphql/ws (WebSocket) or /graphql/stream \
                             (server-sent events)";
            return Answer::refusal(vec![Failure::input(elsewhere).of_request()]);
        }
        if self.service.may_be_overtaken() {
            for _ in 0..OVERTAKEN_MAX {
                let (answer, overtaken) = self
                    .attempt(question.clone(), self.service.session(principal).await)
                    .await;
                if !overtaken {
                    return answer;
                }
            }
            return self
                .attempt(question, self.service.steady_session(principal).await)
                .await
                .0;
        }
        self.attempt(question, self.service.session(principal).await)
            .await
            .0
    }

    /// Answers a question in a session, and tells whether the graph moved on meanwhile.
    async fn attempt(&self, question: Question, session: service::Result<Session>) -> (Answer, bool) {
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
        let loaders = Arc::new(Loaders::new(&session));
        let withheld = Arc::<Withheld>::default();
        let request = self.request(question, &session, &loaders, withheld.clone());
        let response = Batched::new(self.schema.execute(request), loaders).await;
        let overtaken = session.stats().overtaken();
        (finish(response, &session, &withheld), overtaken)
    }

    /// A question made ready to be executed in a session.
    pub(super) fn request(
        &self,
        question: Question,
        session: &Session,
        loaders: &Arc<Loaders>,
        withheld: Arc<Withheld>,
    ) -> Request {
        let mut request = Request::new("").variables(question.variables);
        request.operation_name = question.operation_name;
        request.set_parsed_query(question.document);
        let max = self.limits.rows_max;
        let rows = Rows {
            left: AtomicU64::new(max),
            max,
        };
        request.data(Asker {
            session: session.clone(),
            loaders: loaders.clone(),
            rows,
            withheld,
        })
    }

    /// A session that a write may overtake, or one that keeps writers waiting.
    pub(super) async fn session(&self, principal: &Principal, steady: bool) -> service::Result<Session> {
        if steady {
            self.service.steady_session(principal).await
        } else {
            self.service.session(principal).await
        }
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    pub(super) fn schema(&self) -> &HukunSchema {
        &self.schema
    }

    /// A turn to work out what a follower is told: many wake at once.
    pub(super) async fn turn(&self) -> service::Result<SemaphorePermit<'_>> {
        let turn = self.feed_turns.acquire().await;
        turn.map_err(|closed| ServiceError::Fault(closed.to_string()))
    }
}
