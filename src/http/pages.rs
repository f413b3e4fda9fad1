//! Pages for people: GraphiQL, what letters point to, and the local mailbox.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::{Worker, answer, asset, origin};
use crate::error::Error;

/// What letters point to. A front end has pages of its own there.
pub(super) const LINKS: [Link; 11] = [
    Link {
        path: "/confirm",
        title: "Confirm your e-mail address",
        about: "The link proves that your application came from this address. It works once.",
        document: "link/confirm.graphql",
    },
    Link {
        path: "/application",
        title: "Change your application",
        about: "A reviewer asked for changes. The link lets you mend what the letter names.",
        document: "link/application.graphql",
    },
    Link {
        path: "/invitation",
        title: "Take your seat",
        about: "The link takes the seat that you were offered, and signs you in. It works once.",
        document: "link/invitation.graphql",
    },
    Link {
        path: "/reset-password",
        title: "Set a new password",
        about: "The link sets a new password and ends all your sessions. It works once.",
        document: "link/reset-password.graphql",
    },
    Link {
        path: "/onboarding/steps/{id}",
        title: "A step of the onboarding",
        about: "Sign in to see it.",
        document: "link/step.graphql",
    },
    Link {
        path: "/applications/{id}",
        title: "An application",
        about: "Sign in as one of the staff to see it.",
        document: "link/review.graphql",
    },
    Link {
        path: "/learning/{id}",
        title: "A course that you take",
        about: "Sign in to see it.",
        document: "link/enrollment.graphql",
    },
    Link {
        path: "/evidence/{id}",
        title: "Evidence for a certification",
        about: "Sign in to see it.",
        document: "link/evidence.graphql",
    },
    Link {
        path: "/case-study/{id}",
        title: "A case study",
        about: "Sign in to see it.",
        document: "link/case-study.graphql",
    },
    Link {
        path: "/library/{id}",
        title: "Something in the library",
        about: "Sign in to see it.",
        document: "link/asset.graphql",
    },
    Link {
        path: "/field-notes/{id}",
        title: "A field note",
        about: "Sign in to see it.",
        document: "link/field-note.graphql",
    },
];

/// A page that a letter points to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The route.
    pub(super) path: &'static str,
    title: &'static str,
    about: &'static str,
    /// The request that the link is for; the page puts the token into it.
    document: &'static str,
}

/// Everything from here; pictures and fonts also from inside style sheets.
const OWN: &str = "default-src 'self'; img-src 'self' data:; font-src 'self' data:; \
                   frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Letters carry their styles with them and are shown in a frame, where nothing runs.
const LETTERS: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                       frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// `GET /`, in development: GraphiQL from our own origin, offline.
pub(super) async fn graphiql() -> HttpResponse {
    html(OWN, asset::page("graphiql.html"))
}

/// What stands where a letter points to, as long as there is no front end.
pub(super) fn link(link: Link, worker: &Worker) -> HttpResponse {
    let has_graphiql = worker.shared.parts.config.development.to_string();
    let page = asset::page("link.html")
        .replace("{graphiql}", &has_graphiql)
        .replace("{title}", link.title)
        .replace("{about}", link.about)
        .replace("{document}", &asset::page(link.document));
    html(OWN, page)
}

/// `GET /mailbox` and what is below it, in development.
pub(super) async fn mailbox(request: HttpRequest, worker: web::Data<Worker>) -> HttpResponse {
    let letter = request.match_info().get("letter").map(str::to_owned);
    let Some(mailbox) = &worker.shared.parts.mailbox else {
        return nothing_here(request).await;
    };
    match mailbox(letter).await {
        Ok(page) => html(LETTERS, page),
        Err(Error::Fault(fault)) => {
            tracing::error!(%fault, "the mailbox cannot be read");
            answer::page_refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "The mailbox cannot be read. The log says why.",
                &origin::kept(&request).request_id,
            )
        }
        Err(_) => nothing_here(request).await,
    }
}

/// Anything else.
pub(super) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    answer::page_refused(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "There is nothing here. GraphQL is at /graphql.",
        &origin::kept(&request).request_id,
    )
}

/// There is nothing at this address.
pub(super) fn absent(request: &HttpRequest, message: &'static str) -> HttpResponse {
    let id = origin::kept(request).request_id;
    answer::page_refused(StatusCode::NOT_FOUND, "NOT_FOUND", message, &id)
}

/// A page that could not be made.
pub(super) fn failed(request: &HttpRequest, error: &Error) -> HttpResponse {
    let (status, code, message) = match error {
        Error::Unavailable(_) | Error::Busy(_) => {
            tracing::warn!(error = error as &dyn std::error::Error, "no page now");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "The portal is away for a moment. Try again.",
            )
        }
        Error::Unauthenticated
        | Error::FactorRequired
        | Error::StepUpRequired
        | Error::Forbidden
        | Error::NotFound(_)
        | Error::Refused(_)
        | Error::Key(_)
        | Error::Fault(_) => {
            tracing::error!(error = error as &dyn std::error::Error, "no page");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "This could not be shown. Try again later.",
            )
        }
    };
    answer::page_refused(status, code, message, &origin::kept(request).request_id)
}

pub(super) fn html(policy: &'static str, html: String) -> HttpResponse {
    HttpResponseBuilder::new(StatusCode::OK)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(html)
}
