//! The schema, and how a question is answered: parse, hold it against the limits, then validate and execute in one session.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType};
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{
    Context, ContextSelectionSet, EmptySubscription, ObjectType, OutputType, Positioned, Request, Response,
    SDLExportOptions, Schema, ServerError, ServerResult, Value, Variables,
};

use parking_lot::Mutex;

use super::batch::{Batched, Queue, Running};
use super::errors::{self, Failure};
use super::limits::{self, DocumentLimits};
use super::loaders::Loaders;
use super::mutation::Mutation;
use super::query::Fields;
use super::text;
use super::types::kinds;
use super::types::written::{DeleteResult, MergeResult, UpsertResult};
use crate::model::principal::Principal;
use crate::service::{self, Service, ServiceError, Session};

/// What resolvers reach for: one session a request, and what is read in it. A write makes a newer one, in which what comes
/// after it is read.
pub(super) struct Asker {
    pub(super) session: Session,
    pub(super) loaders: Arc<Loaders>,
    pub(super) service: Service,
    rows: Arc<Rows>,
    writes: Arc<Writes>,
    newer: OnceLock<Box<Asker>>,
}

/// What is left of the rows that an answer may have.
struct Rows {
    left: AtomicU64,
    max: u64,
}

/// What came of the writes of a request, by the field that made each. Where the answer has to be read again, because the
/// graph moved on, nothing is written again.
type Writes = Mutex<HashMap<String, errors::Result<Done>>>;

/// What came of a write.
#[derive(Clone)]
pub(super) enum Done {
    Upserted(UpsertResult),
    Removed(DeleteResult),
    Merged(MergeResult),
}

impl Asker {
    fn new(service: Service, session: Session, rows: Arc<Rows>, writes: Arc<Writes>) -> Self {
        Self {
            loaders: Arc::new(Loaders::new(&session)),
            session,
            service,
            rows,
            writes,
            newer: OnceLock::new(),
        }
    }

    /// The one that reads after all writes so far.
    fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(newer) = newest.newer.get() {
            newest = newer;
        }
        newest
    }

    /// Every one, in the order of the writes between them.
    fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |one| one.newer.get().map(AsRef::as_ref))
    }

    /// Reads from now on at the newest revision.
    pub(super) async fn renew(&self) -> errors::Result<()> {
        let session = self.service.session(self.session.principal()).await?;
        let newer = Self::new(
            self.service.clone(),
            session,
            self.rows.clone(),
            self.writes.clone(),
        );
        // Fields that write are done one after the other, so nobody else has set it.
        let _ = self.newer.set(Box::new(newer));
        Ok(())
    }

    /// What came of the write of this field, where it was made already.
    pub(super) fn done(&self, ctx: &Context<'_>) -> errors::Result<Option<Done>> {
        self.writes.lock().get(&response_key(ctx)).cloned().transpose()
    }

    /// Notes what came of the write of this field.
    pub(super) fn note(&self, ctx: &Context<'_>, done: errors::Result<Done>) {
        self.writes.lock().insert(response_key(ctx), done);
    }

    /// Takes the rows of a page from what the answer may have. What a question may cost is reckoned beforehand from the
    /// sizes it names; this is what it does cost.
    pub(super) fn spend_rows(&self, rows: usize) -> errors::Result<()> {
        let take = |left: u64| left.checked_sub(rows as u64);
        let Rows { left, max } = &*self.rows;
        let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        spent.map(drop).map_err(|_| {
            Failure::limit(format!(
                "the answer has more than {max} rows; ask for smaller pages (`first`)"
            ))
        })
    }
}

impl Queue for Arc<Asker> {
    fn start(&self, running: &mut Vec<Running>) {
        self.all().for_each(|asker| asker.loaders.start(running));
    }
}

/// The name of a field in the answer.
fn response_key(ctx: &Context<'_>) -> String {
    let field = ctx.field();
    field.alias().unwrap_or_else(|| field.name()).to_string()
}

/// The asker of the request that is being answered.
pub(super) fn asker<'a>(ctx: &Context<'a>) -> &'a Asker {
    ctx.data_unchecked::<Arc<Asker>>().newest()
}

/// Reading the graph.
struct Query(Fields);

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

type HukunSchema = Schema<Query, Mutation, EmptySubscription>;

fn build(introspection: bool) -> HukunSchema {
    // The limits of `async-graphql` walk spreads again and again; ours come first and are linear. Its own recursion
    // limit stays above ours, so that the asker reads our message.
    let schema =
        Schema::build(Query(Fields::default()), Mutation, EmptySubscription).limit_recursive_depth(256);
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
const OVERTAKEN_MAX: usize = 2;
/// The same for a question that writes.
const OVERTAKEN_WRITING_MAX: usize = 20;

/// A question, read and within the limits.
#[derive(Clone)]
pub struct Question {
    document: ExecutableDocument,
    operation_name: Option<String>,
    variables: Variables,
    mutates: bool,
}

impl Question {
    /// Whether it writes, which must not be asked for by GET.
    pub fn mutates(&self) -> bool {
        self.mutates
    }
}

/// An answer as it is sent.
pub struct Answer {
    /// The response body.
    pub response: Response,
    /// Whether the request was refused before anything was executed, so that there is no `data`.
    pub refused: bool,
}

impl Answer {
    /// The answer to a request that was refused.
    pub(crate) fn refusal(errors: Vec<ServerError>) -> Self {
        let mut response = Response::from_errors(errors);
        errors::complete(&mut response.errors);
        Self {
            response,
            refused: true,
        }
    }

    /// The code of the first error, where there is one.
    pub fn code(&self) -> Option<&str> {
        let extensions = self.response.errors.first()?.extensions.as_ref()?;
        match extensions.get("code")? {
            Value::String(code) => Some(code),
            _ => None,
        }
    }
}

/// Answers questions over a service.
#[derive(Clone)]
pub struct Engine {
    schema: HukunSchema,
    service: Service,
    limits: DocumentLimits,
    introspection: bool,
}

impl Engine {
    /// An engine over a service.
    pub fn new(service: Service, limits: DocumentLimits, introspection: bool) -> Self {
        Self {
            schema: build(introspection),
            service,
            limits,
            introspection,
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
        let chosen = document.operations.iter().find(|(name, _)| {
            operation_name.is_none() || name.map(async_graphql::Name::as_str) == operation_name.as_deref()
        });
        let mutates = chosen.is_some_and(|(_, operation)| operation.node.ty == OperationType::Mutation);
        Ok(Question {
            document,
            operation_name,
            variables,
            mutates,
        })
    }

    /// Answers a question, at one revision. Where the graph is written to meanwhile and the store keeps no older one, it is asked
    /// again; the last time with writers kept waiting, so that it comes to an end however often they write. A question that writes
    /// keeps nobody waiting, since it might wait for itself; what it has written is not written again.
    pub async fn answer(&self, question: Question, principal: &Principal) -> Answer {
        let writes = Arc::new(Writes::default());
        if self.service.may_be_overtaken() {
            let tries = if question.mutates {
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
            if !question.mutates {
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
        let mut request = Request::new("").variables(question.variables);
        request.operation_name = question.operation_name;
        request.set_parsed_query(question.document);
        let max = self.limits.rows_max;
        let rows = Arc::new(Rows {
            left: AtomicU64::new(max),
            max,
        });
        let asker = Arc::new(Asker::new(self.service.clone(), session, rows, writes.clone()));
        let request = request.data(asker.clone());
        let response = Batched::new(self.schema.execute(request), asker.clone()).await;
        let overtaken = asker.all().any(|asker| asker.session.stats().overtaken());
        (finish(response, &asker), overtaken)
    }
}

fn finish(mut response: Response, asker: &Asker) -> Answer {
    errors::complete(&mut response.errors);
    // What was executed has a path to the field that failed; what was refused has none.
    let refused = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    let calls: u64 = asker.all().map(|asker| asker.session.stats().store_calls()).sum();
    let cost = async_graphql::value!({ "storeCalls": calls });
    response.extensions.insert(
        "revision".into(),
        asker.newest().session.revision().to_string().into(),
    );
    response.extensions.insert("cost".into(), cost);
    Answer { response, refused }
}
