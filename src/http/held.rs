//! A body of unknown length is held until its answer is out.
//!
//! Where nobody holds it any more, actix reads it to its end before it closes the connection, and
//! a client that sends a byte a second for ever has a connection for ever. Held, it is unread, and
//! the connection is closed once the answer is written.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Bytes;
use futures_util::{Stream, stream};

/// A body on its way in.
pub(super) struct Held {
    _body: Rc<RefCell<Payload>>,
}

impl Held {
    /// Lends the body to whoever reads it; none where its length is known.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(TRANSFER_ENCODING) {
            return None;
        }
        let held = Rc::new(RefCell::new(request.take_payload()));
        let lent = held.clone();
        let reader = stream::poll_fn(move |cx| Pin::new(&mut *lent.borrow_mut()).poll_next(cx));
        request.set_payload(Payload::Stream {
            payload: Box::pin(reader),
        });
        Some(Self { _body: held })
    }
}

/// Lets the body go when the answer is out.
pub(super) fn until_sent<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    held: Option<Held>,
) -> ServiceResponse<EitherBody<B, Holding>> {
    match held {
        None => response.map_into_left_body(),
        Some(held) => response
            .map_body(|_, body| Holding {
                body: body.boxed(),
                _held: held,
            })
            .map_into_right_body(),
    }
}

/// An answer that holds what it answers.
pub(super) struct Holding {
    body: BoxBody,
    _held: Held,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
