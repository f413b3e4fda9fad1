//! The GraphQL face of the portal: its schema, and how an answer leaves it.
//!
//! Errors reach clients in one form: a message, a `code` of a closed list and the `requestId`.
//! What carries no code was not meant for them; it is logged and masked here, whatever raised it.

mod appeal;
mod browser;
mod case_study;
mod certification;
pub mod cost;
mod course;
pub mod document;
mod fact;
mod factor;
mod field_note;
mod file;
mod identity;
mod isolation;
mod learning;
mod library;
mod mail;
mod once;
mod onboarding;
mod partner;
pub(crate) mod payload;
mod playbook;
mod program;
mod proof;
mod query;
mod report;
mod review;
mod search;
mod tier;
mod viewer;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::{
    Context, EmptySubscription, Error as GraphQLError, ErrorExtensions, ID, MergedObject,
    ObjectType, PathSegment, Request, Response, SDLExportOptions, Schema, ServerError,
    SubscriptionType, Value,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::auth::Actor;
use crate::config::{self, Config};
use crate::error::{Error, KeyFault};
use crate::file::Store;
use crate::identity::Guard;
use crate::identity::profile::reader_locale;
use crate::identity::session::SignedIn;
use crate::op::Op;
use crate::reads::identity::Person;
use crate::shape::scalar::Locale;
use crate::shape::{One, Shape, key_of};

pub(crate) use browser::{Browser, COOKIE};
use cost::Cost;
pub use isolation::Isolation;
pub(crate) use once::REPLAYED;
pub use once::WITHOUT_KEY;

/// What clients are told of a fault.
pub(crate) const MASK: &str =
    "Something went wrong on our side. Name the requestId when you ask about it.";

/// More errors than these help nobody.
const MOST_ERRORS: usize = 50;

/// The whole schema.
pub type Portal = Schema<Query, Mutation, EmptySubscription>;

/// What can be read. Roots are nested by area: a flat merge of many is beyond the compiler.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    query::Shapes,
    viewer::ViewerQuery,
    partner::ApplicationQuery,
    report::ReportQuery,
    certification::CertificationQuery,
    playbook::PlaybookQuery,
    case_study::CaseStudyQuery,
    program::ProgramQuery,
    tier::TierQuery,
    search::SearchQuery,
);

/// What can be done.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    identity::IdentityMutation,
    factor::FactorMutation,
    identity::StaffMutation,
    viewer::ViewerMutation,
    partner::ApplicationMutation,
    partner::PartnerMutation,
    Enablement,
    onboarding::PlanMutation,
    onboarding::StepMutation,
    mail::MailMutation,
    file::FileMutation,
    fact::FactMutation,
    program::ProgramMutation,
    tier::TierMutation,
    appeal::AppealMutation,
);

/// What is done about courses, certificates, playbooks, case studies, the library and field notes.
#[derive(Debug, Default, MergedObject)]
pub struct Enablement(
    course::CourseMutation,
    learning::LearningMutation,
    certification::CertificationMutation,
    playbook::PlaybookMutation,
    case_study::CaseStudyMutation,
    library::LibraryMutation,
    field_note::FieldNoteMutation,
);

/// Builds the schema.
#[must_use]
pub fn schema() -> Portal {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<payload::AnyUserError>()
        .extension(Isolation)
        .finish()
}

/// The schema's text, sorted, as it is published and committed.
#[must_use]
pub fn sdl(schema: &Portal) -> String {
    schema.sdl_with_options(
        SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items()
            .include_specified_by()
            .prefer_single_line_descriptions(),
    )
}

/// What resolvers need beside the operation; the request's data holds it.
#[derive(Clone, Debug)]
struct Services {
    config: Arc<Config>,
    guard: Guard,
    files: Store,
}

/// The API: the schema, with what its resolvers need. Clones share it.
#[derive(Clone)]
pub struct Api {
    schema: Portal,
    sdl: Arc<str>,
    cost: Arc<Cost>,
    services: Services,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl Api {
    /// The API over this configuration, with these keys and this store.
    ///
    /// # Errors
    /// A fault where the schema's own text cannot be read back.
    pub fn new(config: Arc<Config>, guard: Guard, files: Store) -> crate::error::Result<Self> {
        let schema = schema();
        let cost = Cost::new(&schema.sdl(), config.http.cost_limit)
            .map_err(|error| Error::fault(format!("the schema cannot be priced: {error}")))?;
        Ok(Self {
            sdl: sdl(&schema).into(),
            cost: Arc::new(cost),
            services: Services {
                config,
                guard,
                files,
            },
            schema,
        })
    }

    /// The schema's text.
    #[must_use]
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// Prices the request and, where it does not cost too much, answers it.
    #[must_use]
    pub fn answer(&self, op: Op, request: Request) -> BoxFuture<'static, Response> {
        let (schema, cost) = (self.schema.clone(), self.cost.clone());
        let request_id = op.origin().request_id.clone();
        let mut request = request.data(self.services.clone());
        let admitted =
            once::under_key(op, &mut request).and_then(|op| Ok((cost.admit(&op, request)?, op)));
        match admitted {
            Ok(((request, rows), op)) => once::answer(op, |op| execute(schema, op, request))
                .map(move |response| cost.tell(response, rows))
                .boxed(),
            Err(error) => {
                let mut response = Response::from_errors(vec![error]);
                mask(&mut response.errors, &request_id);
                std::future::ready(response).boxed()
            }
        }
    }
}

/// What resolvers take from the request.
trait ContextExt {
    fn op(&self) -> &Op;
    fn services(&self) -> &Services;

    fn portal(&self) -> &config::Portal {
        &self.services().config.portal
    }

    fn files(&self) -> &Store {
        &self.services().files
    }

    fn guard(&self) -> &Guard {
        &self.services().guard
    }

    /// The language that was asked for, or the one in which the asker reads.
    async fn reads_in(&self, named: Option<Locale>) -> async_graphql::Result<String> {
        match named {
            Some(locale) => Ok(locale.0),
            None => reader_locale(self.op(), &self.op().reader())
                .await
                .map_err(answer),
        }
    }

    /// Whoever has just signed in, as they see themselves.
    async fn read_as(&self, signed_in: &SignedIn) -> async_graphql::Result<One<Person>> {
        let (op, guard) = (self.op(), self.guard());
        let token = signed_in.access.reveal();
        let actor: Actor = crate::identity::actor_for(op.db(), guard, token, op.now())
            .await
            .map_err(answer)?;
        Ok(One::by_key(signed_in.person.0).as_seen_by(actor))
    }
}

impl ContextExt for Context<'_> {
    fn op(&self) -> &Op {
        self.data_unchecked()
    }

    fn services(&self) -> &Services {
        self.data_unchecked()
    }
}

/// The key in an id of that type; any other text answers like the id of something absent.
fn key<S: Shape>(id: &ID) -> async_graphql::Result<Uuid> {
    key_of::<S>(id).ok_or_else(|| answer(Error::NotFound(S::NAME)))
}

/// Answers one request of `op`; whatever happens inside, there is an answer, and it is masked.
/// Boxed here so that nobody else has to lay out the whole schema's future.
#[must_use]
pub fn execute<Q, M, S>(
    schema: Schema<Q, M, S>,
    op: Op,
    request: Request,
) -> BoxFuture<'static, Response>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Box::pin(async move {
        let request_id = op.origin().request_id.clone();
        let run = AssertUnwindSafe(schema.execute(request.data(op))).catch_unwind();
        let mut response = run.await.unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(&*panic), "a resolver panicked");
            Response::from_errors(vec![refusal("INTERNAL", MASK)])
        });
        mask(&mut response.errors, &request_id);
        response
    })
}

/// The one place where an error of the portal becomes one of GraphQL.
#[must_use]
pub fn answer(error: Error) -> GraphQLError {
    let code = error.code();
    let mut retry_after = None;
    let message = match error {
        Error::Fault(fault) => {
            tracing::error!(error = &fault as &dyn std::error::Error, "fault");
            MASK.to_owned()
        }
        Error::Refused(refusals) => {
            let sentences: Vec<_> = refusals.iter().map(|refusal| &*refusal.message).collect();
            sentences.join(" ")
        }
        Error::Busy(after) => {
            retry_after = Some(after.as_secs().max(1));
            error.to_string()
        }
        Error::Unavailable(away) => {
            tracing::warn!(
                error = &away as &dyn std::error::Error,
                "the database is away"
            );
            retry_after = Some(1);
            away.to_string()
        }
        Error::Key(KeyFault::Running) => {
            retry_after = Some(1);
            error.to_string()
        }
        Error::Unauthenticated
        | Error::FactorRequired
        | Error::StepUpRequired
        | Error::Forbidden
        | Error::NotFound(_)
        | Error::Key(KeyFault::Reused) => error.to_string(),
    };
    GraphQLError::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(seconds) = retry_after {
            extensions.set("retryAfter", seconds);
        }
    })
}

/// An error with a code, for what is refused before or beside the resolvers.
#[must_use]
pub fn refusal(code: &'static str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// The code of an error, if it carries one.
#[must_use]
pub fn code(error: &ServerError) -> Option<&str> {
    let code = error.extensions.as_ref()?.get("code")?;
    if let Value::String(code) = code {
        Some(code)
    } else {
        None
    }
}

fn set_code(error: &mut ServerError, code: &'static str) {
    error
        .extensions
        .get_or_insert_default()
        .set("code", Value::from(code));
}

/// Gives every error its `requestId`, and those without a code the right one or the mask.
pub fn mask(errors: &mut Vec<ServerError>, request_id: &str) {
    errors.truncate(MOST_ERRORS);
    for error in errors {
        if code(error).is_none() {
            if is_about_input(error) {
                set_code(error, "BAD_USER_INPUT");
            } else {
                tracing::error!(
                    error = error.message,
                    path = path(&error.path),
                    "an error without a code was masked"
                );
                MASK.clone_into(&mut error.message);
                set_code(error, "INTERNAL");
            }
        }
        error
            .extensions
            .get_or_insert_default()
            .set("requestId", request_id);
    }
}

/// Whether async-graphql says so itself: before it runs anything, there is no path; while it runs,
/// it reads arguments, and has two ways to say that one does not fit its type.
fn is_about_input(error: &ServerError) -> bool {
    error.path.is_empty()
        || error.source.is_none()
            && (error.message.starts_with("Failed to parse \"")
                || error.message.starts_with("Expected input type \""))
}

fn path(segments: &[PathSegment]) -> String {
    let names = segments.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    names.collect::<Vec<_>>().join(".")
}

/// What a panic said, if it said it in words.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
