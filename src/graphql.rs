//! The GraphQL face of the portal: its schema, and how an answer leaves it.
//!
//! Errors reach clients in one form: a message, a `code` of a closed list and the `requestId`.
//! What carries no code was not meant for them; it is logged and masked here, whatever raised it.

pub mod document;
mod isolation;

use std::any::Any;
use std::panic::AssertUnwindSafe;

use async_graphql::{
    Context, EmptySubscription, Error as GraphQLError, ErrorExtensions, Object, ObjectType,
    PathSegment, Request, Response, Schema, ServerError, SubscriptionType, Value,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::Error;
use crate::op::Op;

pub use isolation::Isolation;

/// What clients are told of a fault.
pub(crate) const MASK: &str =
    "Something went wrong on our side. Name the requestId when you ask about it.";

/// More errors than these help nobody.
const MOST_ERRORS: usize = 50;

/// The whole schema.
pub type Portal = Schema<Query, Mutation, EmptySubscription>;

/// What can be asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// Version of the portal's software.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutation;

/// What can be done.
#[Object]
impl Mutation {
    /// Says the text back.
    async fn echo(&self, text: String) -> String {
        text
    }
}

/// Builds the schema.
#[must_use]
pub fn schema() -> Portal {
    Schema::build(Query, Mutation, EmptySubscription)
        .extension(Isolation)
        .finish()
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

/// The operation of a resolver.
#[must_use]
pub fn op<'a>(ctx: &Context<'a>) -> &'a Op {
    ctx.data_unchecked()
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
        Error::Unauthenticated | Error::Forbidden | Error::NotFound(_) => error.to_string(),
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
