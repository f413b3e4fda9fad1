//! A rendered letter as an e-mail message.

use chrono::{DateTime, Utc};
use entity::id::OutboxMessageId;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{self, Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};

use super::attachment::Attachment;
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
        attachment: Option<Attachment>,
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
        let mut parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("part-of-{id}"))
            .singlepart(SinglePart::plain(rendered.text))
            .singlepart(SinglePart::html(rendered.html));
        if let Some(attachment) = attachment {
            parts = MultiPart::builder()
                .kind(MultiPartKind::Mixed)
                .boundary(format!("whole-of-{id}"))
                .multipart(parts)
                .singlepart(attached(attachment)?);
        }
        builder
            .multipart(parts)
            .map_err(|error| Error::fault(format!("message: {error}")))
    }
}

/// The file as a part of a message. Its bytes stay as they are, whatever they are.
fn attached(file: Attachment) -> Result<SinglePart> {
    let broken = |what: &str| Error::fault(format!("attachment {}: {what}", file.name));
    let media_type = ContentType::parse(file.media_type)
        .map_err(|_| broken(&format!("`{}` is no media type", file.media_type)))?;
    let body = Body::new_with_encoding(file.bytes, ContentTransferEncoding::Base64)
        .map_err(|_| broken("it cannot be written as base64"))?;
    Ok(message::Attachment::new(file.name).body(body, media_type))
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

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::super::mailbox;
    use super::*;

    fn rendered() -> Rendered {
        Rendered {
            subject: "Your certificate".to_owned(),
            preheader: "It is attached.".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            text: "Hello".to_owned(),
            unsubscribe: None,
        }
    }

    fn written(attachment: Option<Attachment>) -> Vec<u8> {
        let config = Mail {
            transport: crate::config::MailTransport::None,
            smtp_url: None,
            smtp_user: None,
            smtp_password: None,
            smtp_ca_file: None,
            from: "Meridian Partners <partners@meridian.example>".to_owned(),
            reply_to: None,
            deadline: 1,
            keep_days: 30,
        };
        let to = Addressee {
            email: "ana@costa.example".to_owned(),
            name: "Ana Costa".to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/Lisbon".to_owned(),
            person: None,
        };
        let id = uuid::Uuid::from_u128(7).into();
        Sender::new(&config)
            .unwrap()
            .message(
                id,
                DateTime::default(),
                &to,
                "letter",
                rendered(),
                attachment,
            )
            .unwrap()
            .formatted()
    }

    fn file(name: &str, bytes: &[u8]) -> Attachment {
        Attachment {
            name: name.to_owned(),
            media_type: "application/pdf",
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_file_goes_with_the_letter_and_leaves_its_parts_as_they_are() {
        let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(5_000).collect();
        for bytes in [every_byte.as_slice(), b"%PDF\nall ASCII\r\n\r", b""] {
            let eml = written(Some(file("Certificate-7.pdf", bytes)));
            let message = MessageParser::default().parse(&eml).unwrap();
            let kind = message.content_type().unwrap();
            assert_eq!((kind.ctype(), kind.subtype()), ("multipart", Some("mixed")));
            // The two ways to read the letter stay together, so that one of them is shown.
            let inner = message.part(1).unwrap().content_type().unwrap();
            assert_eq!(inner.subtype(), Some("alternative"));
            assert_eq!(
                message.body_html(0).unwrap().trim_end(),
                rendered().html.as_str()
            );
            assert_eq!(
                message.body_text(0).unwrap().trim_end(),
                rendered().text.as_str()
            );
            assert_eq!(message.attachment_count(), 1);
            let attached = message.attachment(0).unwrap();
            let kind = attached.content_type().unwrap();
            assert_eq!((kind.ctype(), kind.subtype()), ("application", Some("pdf")));
            assert_eq!(attached.attachment_name(), Some("Certificate-7.pdf"));
            assert!(attached.content_disposition().unwrap().is_attachment());
            assert_eq!(attached.contents(), bytes);
            assert!(eml.is_ascii());
            assert!(
                eml.split(|byte| *byte == b'\n')
                    .all(|line| line.len() < 998)
            );
        }
    }

    #[test]
    fn the_mailbox_hands_the_file_out() {
        let folder = tempfile::tempdir().unwrap();
        let id = uuid::Uuid::from_u128(7).into();
        mailbox::put(folder.path(), id, &written(None)).unwrap();
        let page = mailbox::page(folder.path(), Some(&id.to_string())).unwrap();
        assert!(!page.contains("Attached"), "{page}");
        let eml = written(Some(file("Certificate-7.pdf", b"%PDF\xff")));
        mailbox::put(folder.path(), id, &eml).unwrap();
        let [read] = &mailbox::read(folder.path(), id).unwrap().files[..] else {
            panic!("not one file")
        };
        assert_eq!(
            (read.name.as_str(), read.media_type.as_str()),
            ("Certificate-7.pdf", "application/pdf")
        );
        assert_eq!(read.bytes, b"%PDF\xff");
        let page = mailbox::page(folder.path(), Some(&id.to_string())).unwrap();
        let link =
            "<a download=\"Certificate-7.pdf\" href=\"data:application&#x2f;pdf;base64,JVBERv8=\">";
        assert!(page.contains(link), "{page}");
    }

    #[test]
    fn a_letter_without_a_file_has_no_part_more() {
        let eml = written(None);
        let message = MessageParser::default().parse(&eml).unwrap();
        let kind = message.content_type().unwrap();
        assert_eq!(kind.subtype(), Some("alternative"));
        assert_eq!(message.attachment_count(), 0);
        assert_eq!(message.parts.len(), 3);
    }

    #[test]
    fn the_same_promise_gives_the_same_bytes() {
        let with = || written(Some(file("a.pdf", b"%PDF")));
        assert_eq!(with(), with());
        assert_eq!(written(None), written(None));
    }

    #[test]
    fn the_name_of_a_file_is_a_name_whatever_it_says() {
        for name in [
            "Zeugnis für Zoë.pdf",
            "a\"; b=\"c.pdf",
            "a\r\nBcc: x@y.example",
        ] {
            let eml = written(Some(file(name, b"%PDF")));
            let message = MessageParser::default().parse(&eml).unwrap();
            assert_eq!(message.attachment_count(), 1, "{name:?}");
            assert!(message.bcc().is_none(), "{name:?}");
            let attached = message.attachment(0).unwrap();
            assert_eq!(attached.contents(), b"%PDF", "{name:?}");
            assert_eq!(attached.attachment_name(), Some(name));
        }
    }
}
