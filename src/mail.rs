//! Letters and mail: what the portal writes to people, and how it leaves.
//!
//! To add a letter:
//!
//! 1. name it, with its merge fields, in [`crate::notification::letter`];
//! 2. write `templates/letters/<kind>.<language>.md` in every language: subject, preheader, why the
//!    reader gets it, and the body in Markdown — HTML and text are both made from it, and
//!    `[label]({{ link | url }} "button")` in a paragraph of its own is the call to action;
//! 3. give it a believable example in [`sample`](mod@sample).
//!
//! Then `entente mail preview` shows it, and the tests say what was forgotten. A language is a file
//! beside `language/english.rs` and its templates.
//!
//! Merged values are escaped, always: they may be written as they are in a template, with a space
//! or a sign behind bold ones. In templates stand, beside the letter's own fields, `program` (its
//! name) and `portal` (its address), and these filters: `date`, `instant`, `day`, `last_day`, `plural`,
//! `role`, `performer`, `field`, `quote`, `url`, `step_url`, `application_url`, `enrollment_url`,
//! `evidence_url`, `case_study_url`, `public_url`, `consent_url`, `certificate_url`. A name that does
//! not exist is an error at start-up or in the tests, never an empty place in a letter.

pub mod language;
mod markdown;
mod text;
mod template;
mod renderer;
mod attachment;
mod message;
mod reply;
mod smtp;
mod gate;
pub mod mailbox;
mod transport;
pub mod sample;
mod preview;

use std::path::Path;

use chrono::{DateTime, Utc};
use entity::id::{OutboxMessageId, PersonId};
use entity::suppression::SuppressionReason;
use lettre::Message;

use crate::auth::link::LinkKey;
use crate::config::{Mail, Portal};
use crate::error::{Error, Result};
use crate::notification::Letter;

pub use gate::{Closed, Gate, Wait};
pub use preview::preview;
pub use renderer::{Rendered, Renderer};
pub use sample::sample;
pub use transport::Transport;

/// To whom a letter goes, and how they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Where.
    pub email: String,
    /// How they are addressed; may be empty.
    pub name: String,
    /// Their language, such as `de` or `de-CH`.
    pub locale: String,
    /// Their zone, an IANA name.
    pub time_zone: String,
    /// Who it is, where they have an account: they can switch letters off.
    pub person: Option<PersonId>,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It left.
    Sent,
    /// Not now, and why: the way is out of order, and the same letter may leave later.
    Later(String),
    /// Not now, and why: the reader's side asks to wait.
    Deferred(String),
    /// Not ever, and why: trying again would change nothing.
    Never(String),
    /// Not ever, and neither will any other letter to this address: what was said of it, and the
    /// server's words.
    NoSuchAddress(SuppressionReason, String),
    /// Not now, and neither will any other: the server does not let us in, and why.
    SignInRefused(String),
}

/// Renders letters and lets them leave.
#[derive(Debug)]
pub struct Mailer {
    renderer: Renderer,
    transport: Transport,
    sender: message::Sender,
    gate: Gate,
}

impl Mailer {
    /// The mailer of this configuration; `data` is the data folder, `links` the key from which
    /// links are made.
    ///
    /// # Errors
    /// A fault that says which setting or template is wrong.
    pub fn new(portal: &Portal, mail: &Mail, data: &Path, links: LinkKey) -> Result<Self> {
        Ok(Self {
            renderer: Renderer::new(portal, links)?,
            transport: Transport::new(mail, data)?,
            sender: message::Sender::new(mail)?,
            gate: Gate::default(),
        })
    }

    /// What renders the letters.
    #[must_use]
    pub fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    /// When letters may leave.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Writes the letter of promise `id` and hands it over, dated `at`, when it was promised. The
    /// same promise gives the same message again, with the same Message-ID, so that one which
    /// arrives twice shows once.
    pub async fn deliver(
        &self,
        id: OutboxMessageId,
        at: DateTime<Utc>,
        to: &Addressee,
        letter: &Letter,
    ) -> Delivery {
        match self.message(id, at, to, letter) {
            Ok(message) => self.transport.send(id, &message).await,
            Err(error) => Delivery::Never(why(&error)),
        }
    }

    fn message(
        &self,
        id: OutboxMessageId,
        at: DateTime<Utc>,
        to: &Addressee,
        letter: &Letter,
    ) -> Result<Message> {
        let rendered = self.renderer.render(letter, to)?;
        let attachment = attachment::attachment(&self.renderer, letter, to)?;
        let kind = letter.kind();
        self.sender.message(id, at, to, kind, rendered, attachment)
    }

    /// Tries the way by which letters leave, without sending one.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub async fn check(&self) -> Result<(), String> {
        self.transport.check().await
    }
}

/// What happened, for the log and the outbox: faults say more than people are shown.
fn why(error: &Error) -> String {
    if let Error::Fault(fault) = error {
        fault.to_string()
    } else {
        error.to_string()
    }
}
