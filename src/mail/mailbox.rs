//! The mailbox folder and the page that shows it: where letters go while nobody has set up mail.
//!
//! Each letter is a message file, named for its promise, as a mail program would open it. The
//! functions read and write files and block: from a server, call them on a thread that may wait.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use entity::id::OutboxMessageId;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};
use minijinja::context;
use uuid::Uuid;

use super::template;
use crate::error::{Error, Result};

/// The most letters that the page lists.
pub const LISTED: usize = 200;

/// Where the page is served; its links say so.
pub const PATH: &str = "/mailbox";

/// The policy with which the page is to be served: its own style and nothing else, and the letter
/// in a frame that inherits it.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'";

/// A letter in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The promise that it keeps.
    pub id: OutboxMessageId,
    /// Kind of letter.
    pub kind: String,
    /// From whom.
    pub from: String,
    /// To which address.
    pub to: String,
    /// To whom.
    pub name: String,
    /// Subject.
    pub subject: String,
    /// When it was sent.
    pub date: DateTime<Utc>,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
    /// Files that go with it.
    pub files: Vec<File>,
}

/// A file that goes with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The mailbox of a data folder.
#[must_use]
pub fn folder(data: &Path) -> PathBuf {
    data.join("mailbox")
}

/// Puts a message into the folder, whole or not at all; the same promise again takes its place.
///
/// # Errors
/// What the file system said.
pub fn put(folder: &Path, id: OutboxMessageId, message: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!("{id}.part"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // Letters hold links that open doors: they are for the one who runs the portal.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&unfinished, file_of(folder, id))
}

/// The newest letters first, at most `limit`. Ids grow with time, so their names tell the order.
///
/// # Errors
/// A fault where the folder cannot be read; that there is none yet is no fault.
pub fn list(folder: &Path, limit: usize) -> Result<Vec<Posted>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut ids: Vec<OutboxMessageId> = entries
        .filter_map(|entry| id_of(&entry.ok()?.path()))
        .collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(limit);
    ids.into_iter().map(|id| read(folder, id)).collect()
}

/// One letter.
///
/// # Errors
/// [`Error::NotFound`] where there is no such letter, a fault where it cannot be read.
pub fn read(folder: &Path, id: OutboxMessageId) -> Result<Posted> {
    let path = file_of(folder, id);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NotFound("letter"));
        }
        Err(error) => return Err(unreadable(&path, &error)),
    };
    MessageParser::default()
        .parse(&bytes)
        .map(|message| posted(id, &message))
        .ok_or_else(|| Error::fault(format!("{} is no message", path.display())))
}

/// The page: the list, or the letter that is asked for.
///
/// # Errors
/// [`Error::NotFound`] where there is no such letter, a fault where the folder cannot be read.
pub fn page(folder: &Path, letter: Option<&str>) -> Result<String> {
    let pages = template::pages(&["page.css", "mailbox.html", "mailbox_letter.html"])?;
    let Some(id) = letter else {
        let letters = list(folder, LISTED)?;
        let rows: Vec<_> = letters.iter().map(row).collect();
        let context = context! { rows, path => PATH, listed => LISTED };
        return template::render(&pages, "mailbox.html", &context);
    };
    // Only an id is ever made into a file name.
    let id = id.parse::<Uuid>().map_err(|_| Error::NotFound("letter"))?;
    let letter = read(folder, id.into())?;
    let context = context! {
        path => PATH,
        letter => row(&letter),
        text => letter.text,
        files => letter.files.iter().map(offered).collect::<Vec<_>>(),
        // In the frame, links open beside the page, not in it.
        html => letter.html.replacen("<head>", "<head><base target=\"_blank\">", 1),
    };
    template::render(&pages, "mailbox_letter.html", &context)
}

/// What the page says about a letter.
fn row(letter: &Posted) -> minijinja::Value {
    context! {
        id => letter.id.to_string(),
        kind => letter.kind.as_str(),
        from => letter.from.as_str(),
        to => letter.to.as_str(),
        name => letter.name.as_str(),
        subject => letter.subject.as_str(),
        date => letter.date.format("%Y-%m-%d %H:%M").to_string(),
    }
}

/// A file as the page offers it: within the link itself, so that the page loads nothing.
fn offered(file: &File) -> minijinja::Value {
    let bytes = STANDARD.encode(&file.bytes);
    context! {
        name => file.name.as_str(),
        url => format!("data:{};base64,{bytes}", file.media_type),
    }
}

fn file_of(folder: &Path, id: OutboxMessageId) -> PathBuf {
    folder.join(format!("{id}.eml"))
}

fn id_of(path: &Path) -> Option<OutboxMessageId> {
    let name = path.file_name()?.to_str()?.strip_suffix(".eml")?;
    name.parse::<Uuid>().ok().map(OutboxMessageId::from)
}

fn posted(id: OutboxMessageId, message: &Message<'_>) -> Posted {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let to = message.to().and_then(|to| to.first());
    let from = message.from().and_then(|from| from.first());
    let sent = message
        .date()
        .map_or(0, mail_parser::DateTime::to_timestamp);
    Posted {
        id,
        kind: owned(message.header_raw("X-Entente-Letter").map(str::trim)),
        from: owned(from.and_then(|from| from.address())),
        to: owned(to.and_then(|to| to.address())),
        name: owned(to.and_then(|to| to.name())),
        subject: owned(message.subject()),
        date: DateTime::from_timestamp(sent, 0).unwrap_or_default(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        files: message.attachments().map(file).collect(),
    }
}

fn file(part: &MessagePart<'_>) -> File {
    let media_type = part.content_type().map_or_else(String::new, |kind| {
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
    });
    File {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        media_type,
        bytes: part.contents().to_vec(),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::fault(format!("{} cannot be read: {error}", path.display()))
}
