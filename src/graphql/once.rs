//! Requests with an `Idempotency-Key`: the first answer, for everyone who sends it again.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Pos, Request, Response, ServerError, Value};
use futures_util::future::BoxFuture;

use super::refusal;
use crate::error::Error;
use crate::op::Op;
use crate::replay::{self, Once};

/// Says in the answer's headers that it is the first one again.
pub(crate) const REPLAYED: &str = "idempotent-replayed";

/// Mutations whose input or answer holds a password, a code or a token: nothing of them is kept, not even a
/// hash from which a password could be guessed. Each can be sent again without harm.
pub const WITHOUT_KEY: [&str; 13] = [
    "factorPasskeyConfirm",
    "factorPasskeyStart",
    "factorTotpConfirm",
    "factorTotpStart",
    "invitationAccept",
    "passwordChange",
    "passwordReset",
    "recoveryCodesRenew",
    "sessionComplete",
    "sessionCreate",
    "sessionEnd",
    "sessionRefresh",
    "sessionStepUp",
];

/// Binds the operation's key to what is asked.
///
/// # Errors
/// `BAD_USER_INPUT` where there are several mutations under one key.
pub(super) fn under_key(op: Op, request: &mut Request) -> Result<Op, ServerError> {
    let Some(key) = op.key() else {
        return Ok(op);
    };
    let variables = serde_json::to_string(&request.variables)
        .map_err(|error| super::answer(error.into()).into_server_error(Pos::default()))?;
    let name = request.operation_name.clone().unwrap_or_default();
    let once = Once::new(key, op.actor(), &[&request.query, &name, &variables]);
    let document = request.parsed_query()?;
    match mutations(document, &name).as_slice() {
        [] => Ok(op),
        [only] if WITHOUT_KEY.contains(only) => Ok(op),
        [_] => Ok(op.once(Arc::new(once))),
        _ => Err(refusal(
            "BAD_USER_INPUT",
            "A request with an Idempotency-Key does one mutation: send one request for each.",
        )),
    }
}

/// The mutations at the root of the operation.
fn mutations<'d>(document: &'d ExecutableDocument, name: &str) -> Vec<&'d str> {
    let mut found = Vec::new();
    for (own, operation) in document.operations.iter() {
        let is_chosen = name.is_empty() || own.is_some_and(|own| own.as_str() == name);
        if is_chosen && operation.node.ty == OperationType::Mutation {
            fields(document, &operation.node.selection_set.node, &mut found);
        }
    }
    found
}

/// The document was measured: its fragments end, and its root has few fields.
fn fields<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, found: &mut Vec<&'d str>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                if name != "__typename" {
                    found.push(name);
                }
            }
            Selection::InlineFragment(inline) => {
                fields(document, &inline.node.selection_set.node, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    fields(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}

/// The answer from before, where there is one; otherwise what `run` answers, which is kept.
pub(super) fn answer(
    op: Op,
    run: impl FnOnce(Op) -> BoxFuture<'static, Response> + Send + 'static,
) -> BoxFuture<'static, Response> {
    let Some(once) = op.bound().cloned() else {
        return run(op);
    };
    Box::pin(async move {
        match replay::find(&op.reader(), &once, op.now()).await {
            Err(error) => return failed(error, &op),
            Ok(Some(kept)) => {
                if let Some(answer) = kept.answer {
                    return match serde_json::from_str::<Value>(&answer) {
                        Ok(data) => replayed(Response::new(data)),
                        Err(error) => failed(error.into(), &op),
                    };
                }
                if let Some(outcome) = kept.outcome {
                    once.know(outcome);
                }
            }
            Ok(None) => (),
        }
        let response = run(op.clone()).await;
        // What failed may go through the next time; what was written is known by its outcome.
        if response.is_ok()
            && let Err(error) = keep(&op, &once, &response).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an answer was not kept"
            );
        }
        if once.is_repeated() {
            replayed(response)
        } else {
            response
        }
    })
}

async fn keep(op: &Op, once: &Once, response: &Response) -> crate::error::Result<()> {
    let data = serde_json::to_string(&response.data)?;
    replay::keep_answer(op.db(), once, data, op.now()).await
}

fn replayed(mut response: Response) -> Response {
    if let Ok(value) = "true".parse() {
        response.http_headers.insert(REPLAYED, value);
    }
    response
}

fn failed(error: Error, op: &Op) -> Response {
    let error = super::answer(error).into_server_error(Pos::default());
    let mut response = Response::from_errors(vec![error]);
    super::mask(&mut response.errors, &op.origin().request_id);
    response
}
