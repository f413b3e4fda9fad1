//! A rendered letter as an e-mail message.

use chrono::{DateTime, Utc};
use entity::id::OutboxMessageId;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};

use super::{Addressee, Rendered, markdown};
use crate::config::Mail;
use crate::error::{Error, Result};

/// Who writes.
#[derive(Debug)]
pub(super) struct Sender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Sender {
    pub(super) fn new(config: &Mail) -> Result<Self> {
        Ok(Self {
            from: mailbox("mail.from", &config.from)?,
            reply_to: config
                .reply_to
                .as_deref()
                .map(|text| mailbox("mail.reply_to", text))
                .transpose()?,
        })
    }

    /// The message of promise `id`. Nothing in it is random, so the same promise gives the same
    /// bytes again.
    pub(super) fn message(
        &self,
        id: OutboxMessageId,
        at: DateTime<Utc>,
        to: &Addressee,
        kind: &str,
        rendered: Rendered,
    ) -> Result<Message> {
        let address: Address = to
            .email
            .parse()
            .map_err(|error| Error::fault(format!("`{}` is no address: {error}", to.email)))?;
        let name = Some(markdown::fold(&to.name)).filter(|name| !name.is_empty());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(rendered.subject)
            .date(at.into())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // Answering machines leave such letters alone.
            .raw_header(header("Auto-Submitted", "auto-generated")?)
            .raw_header(header("X-Entente-Letter", kind)?);
        if let Some(url) = &rendered.unsubscribe {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{url}>"))?)
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                )?);
        }
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("part-of-{id}"))
            .singlepart(SinglePart::plain(rendered.text))
            .singlepart(SinglePart::html(rendered.html));
        builder
            .multipart(parts)
            .map_err(|error| Error::fault(format!("message: {error}")))
    }
}

fn header(name: &str, value: &str) -> Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|_| Error::fault(format!("`{name}` is no header")))?;
    Ok(HeaderValue::new(name, value.to_owned()))
}

fn mailbox(setting: &str, text: &str) -> Result<Mailbox> {
    text.parse().map_err(|error| {
        Error::fault(format!(
            "{setting}: `{text}` is no sender ({error}): write `Name <name@example.com>`"
        ))
    })
}
