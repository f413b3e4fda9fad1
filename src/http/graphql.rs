//! `/graphql`, after the GraphQL-over-HTTP specification.
//!
//! A foreign page cannot act in somebody's name here: who asks is told by a bearer token that the
//! client has to add itself; the one cookie gets such a token for pages of the portal and for
//! nobody else; a `POST` must be JSON, for which browsers ask first; and a `GET` runs queries only.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, Request, Response, ServerError};
use chrono::{DateTime, Utc};

use super::answer::{self, Outcome};
use super::incoming::{self, Incoming, Refused};
use super::media::Media;
use super::{IDEMPOTENCY_KEY, Worker, browser, origin};
use crate::auth::Actor;
use crate::config::{self, Introspection};
use crate::error::Error;
use crate::graphql::document::{Document, Operation};
use crate::graphql::{mask, refusal};
use crate::op::{Op, Origin};
use crate::replay::Key;

/// Longest token that is looked at.
const LONGEST_TOKEN: usize = 4096;

/// `POST /graphql`.
pub(super) async fn post(
    request: HttpRequest,
    payload: Payload,
    worker: Data<Worker>,
) -> HttpResponse {
    let call = Call::new(&request, &worker);
    if let Err(refused) = acceptable(&request) {
        return call.refuse(refused);
    }
    let limit = call.body_limit().await;
    match incoming::posted(&request, payload, limit, &worker.shared.parts.config).await {
        Ok(incoming) => call.answer(incoming, true).await,
        Err(refused) => call.refuse(refused),
    }
}

/// `GET /graphql`.
pub(super) async fn get(request: HttpRequest, worker: Data<Worker>) -> HttpResponse {
    let call = Call::new(&request, &worker);
    match acceptable(&request).and_then(|()| incoming::asked(request.query_string())) {
        Ok(incoming) => call.answer(incoming, false).await,
        Err(refused) => call.refuse(refused),
    }
}

/// Any other method.
pub(super) async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let refused = Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Send GraphQL by POST, or queries by GET.",
    );
    let mut response = answer::refused(
        refused.status,
        refused.error(),
        &origin::kept(&request).request_id,
        Media::Json,
        Outcome::default(),
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

fn media(request: &HttpRequest) -> Option<Media> {
    let accept = request.headers().get(ACCEPT);
    Media::accepted(accept.and_then(|it| it.to_str().ok()))
}

fn acceptable(request: &HttpRequest) -> Result<(), Refused> {
    if media(request).is_some() {
        return Ok(());
    }
    Err(Refused::new(
        StatusCode::NOT_ACCEPTABLE,
        "Accept `application/graphql-response+json` or `application/json`.",
    ))
}

/// The key under which the client may send it again.
fn idempotency_key(request: &HttpRequest) -> Result<Option<Key>, Refused> {
    let mut all = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(header) = all.next() else {
        return Ok(None);
    };
    match (header.to_str().ok().and_then(Key::new), all.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "An `Idempotency-Key` has 1 to 255 visible ASCII characters, and there is one.",
        )),
    }
}

/// One request on its way.
struct Call<'r> {
    request: &'r HttpRequest,
    worker: &'r Worker,
    origin: Origin,
    media: Media,
}

impl<'r> Call<'r> {
    fn new(request: &'r HttpRequest, worker: &'r Worker) -> Self {
        Self {
            request,
            worker,
            origin: origin::kept(request),
            media: media(request).unwrap_or(Media::Json),
        }
    }

    /// How long its body may be. Who sends a long one is asked for before it is read.
    async fn body_limit(&self) -> usize {
        let parts = &self.worker.shared.parts;
        let config = &parts.config;
        if incoming::declared(self.request).is_none_or(|length| length <= config.body_limit) {
            return config.body_limit;
        }
        match self.actor(parts.clock.now()).await {
            Ok(Actor::Person(_) | Actor::System) => config.long_body_limit,
            Ok(Actor::Anonymous | Actor::Applicant(_)) | Err(_) => config.body_limit,
        }
    }

    fn refuse(&self, refused: Refused) -> HttpResponse {
        let id = &self.origin.request_id;
        answer::refused(
            refused.status,
            refused.error(),
            id,
            self.media,
            Outcome::default(),
        )
    }

    /// Answers with an error of the document or of the asker's right to run it.
    fn fail(&self, error: ServerError, outcome: Outcome) -> HttpResponse {
        let mut response = Response::from_errors(vec![error]);
        mask(&mut response.errors, &self.origin.request_id);
        answer::of(&response, self.media, outcome)
    }

    async fn answer(&self, incoming: Incoming, may_mutate: bool) -> HttpResponse {
        let parts = &self.worker.shared.parts;
        let document = match Document::read(&incoming.query, &parts.limits) {
            Ok(document) => document,
            Err(error) => return self.fail(error, Outcome::default()),
        };
        let operation = match document.operation(incoming.operation_name.as_deref()) {
            Ok(operation) => operation.clone(),
            Err(error) => return self.fail(error, Outcome::default()),
        };
        let mut outcome = Outcome {
            kind: match operation.kind {
                OperationType::Query => "query",
                OperationType::Mutation => "mutation",
                OperationType::Subscription => "other",
            },
            operation: operation.name.clone(),
            ..Outcome::default()
        };
        if !may_mutate && operation.kind != OperationType::Query {
            let mut response = self.refuse(Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Only queries are run by GET: send this by POST.",
            ));
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        let Incoming {
            query, variables, ..
        } = incoming;
        let mut request = Request::new(query).variables(variables);
        request.operation_name = incoming.operation_name;
        request.set_parsed_query(document.into_parsed());
        let run = self.run(request, &operation, &mut outcome);
        let deadline = Duration::from_secs(parts.config.deadline);
        match tokio::time::timeout(deadline, run).await {
            Ok(response) => response,
            Err(_) => self.fail(timed_out(&operation), outcome),
        }
    }

    /// Finds out who asks, and runs it for them.
    async fn run(
        &self,
        request: Request,
        operation: &Operation,
        outcome: &mut Outcome,
    ) -> HttpResponse {
        let parts = &self.worker.shared.parts;
        let now = parts.clock.now();
        let actor = match self.actor(now).await {
            Ok(actor) => actor,
            Err(error) => return self.not_identified(error, outcome.clone()),
        };
        outcome.actor = kind(&actor);
        if operation.introspects && !may_introspect(&parts.config, &actor) {
            let error = refusal(
                "FORBIDDEN",
                "The schema is not shown here: read it at /schema.graphql.",
            );
            return self.fail(error, outcome.clone());
        }
        let key = self.worker.shared.parts.link_key.clone();
        let op = Op::new(self.worker.db.clone(), key, actor, now, self.origin.clone());
        let key = match operation.kind {
            OperationType::Mutation => idempotency_key(self.request),
            OperationType::Query | OperationType::Subscription => Ok(None),
        };
        let op = match key {
            Ok(Some(key)) => op.under(key),
            Ok(None) => op,
            Err(refused) => return self.refuse(refused),
        };
        let request = request.data(browser::of(self.request, parts));
        let response = (parts.execute)(op, request).await;
        answer::of(&response, self.media, outcome.clone())
    }

    /// Who asks.
    async fn actor(&self, now: DateTime<Utc>) -> Result<Actor, Error> {
        let parts = &self.worker.shared.parts;
        let bearer = self.bearer()?;
        parts.identify.identify(&self.worker.db, bearer, now).await
    }

    /// The token, where there is one. What cannot be one is refused like one that does not hold.
    fn bearer(&self) -> Result<Option<&'r str>, Error> {
        let mut all = self.request.headers().get_all(AUTHORIZATION);
        let Some(header) = all.next() else {
            return Ok(None);
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty() && token.len() <= LONGEST_TOKEN);
        match (token, all.next()) {
            (Some(token), None) => Ok(Some(token)),
            _ => Err(Error::Unauthenticated),
        }
    }

    fn not_identified(&self, error: Error, outcome: Outcome) -> HttpResponse {
        let status = match &error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::FactorRequired | Error::StepUpRequired | Error::Forbidden => {
                StatusCode::FORBIDDEN
            }
            Error::Busy(_) | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::NotFound(_) | Error::Refused(_) | Error::Key(_) | Error::Fault(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let mut shown = crate::graphql::answer(error).into_server_error(Pos::default());
        shown.locations.clear();
        if status == StatusCode::UNAUTHORIZED {
            "The access token does not hold, or no longer: refresh it or sign in."
                .clone_into(&mut shown.message);
        }
        let id = &self.origin.request_id;
        let mut response = answer::refused(status, shown, id, self.media, outcome);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer error=\"invalid_token\""),
            );
        }
        response
    }
}

fn timed_out(operation: &Operation) -> ServerError {
    refusal(
        "TIMEOUT",
        if operation.kind == OperationType::Mutation {
            "It took too long. It may have been done all the same: look before you send it again."
        } else {
            "It took too long. Ask for less at once, or try again."
        },
    )
}

/// In development GraphiQL is there, and is of no use without.
fn may_introspect(config: &config::Http, actor: &Actor) -> bool {
    match config.introspection {
        Introspection::Public => true,
        Introspection::Staff => config.development || actor.is_staff(),
        Introspection::Off => false,
    }
}

fn kind(actor: &Actor) -> &'static str {
    match actor {
        Actor::Anonymous => "anonymous",
        Actor::Applicant(_) => "applicant",
        Actor::Person(_) if actor.is_staff() => "staff",
        Actor::Person(_) => "member",
        Actor::System => "system",
    }
}
