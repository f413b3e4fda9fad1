//! Files: what people upload and the portal makes, until nothing uses it any more.
//!
//! A file is a row, which says what it is and whose, and bytes in the [`Store`]. It comes in one of
//! two ways. What people bring is *staged*: a row is made, bytes are put to a signed path, looked at
//! ([`kind`], the scanner) and laid into the store before the row says that they are there. What
//! the portal makes ([`keep`]) is written with its cause in one transaction, into `file_inbox`, and
//! carried into the store by promise.
//!
//! A file is worth nothing by itself: it is *attached* to something ([`attach()`]), and whoever may
//! read that may read the file; `reads::file` says so in a line for each kind. What nothing uses
//! is collected after a day. So nothing is lost between upload and attach, whatever dies in
//! between: bytes without a row that knows them lie under the key of a staged row, and go with it.

mod attach;
mod bare;
mod collect;
mod download;
mod kind;
pub mod picture;
mod room;
mod scan;
mod storage;
mod turn;
mod upload;

pub(crate) use attach::put_to_use;
pub use attach::{Use, attach, brought, detach, keep, open_to_all};
pub use collect::{Carry, Collect, Gone, carry, collect, let_go, promise_today};
pub use download::{Outgoing, Pace, Pieces};
pub use kind::Kind;
pub use room::Held;
pub use scan::Scanner;
pub use storage::Store;
pub use turn::in_turn;
pub use upload::{Begun, NewUpload, Receiver, begin, discard, read, waiting};

/// The codes with which attaching a file is refused.
pub const ATTACH_CODES: &[&str] = &["UNKNOWN_FILE", "NOT_UPLOADED", "WRONG_FILE_TYPE"];

/// The codes with which an upload is refused where it begins.
pub const UPLOAD_CODES: &[&str] = &[
    "EMPTY_FILE",
    "FILE_TOO_LARGE",
    "INVALID_NAME",
    "QUOTA_EXCEEDED",
    "REQUIRED",
    "TOO_MANY_UPLOADS",
    "WRONG_FILE_TYPE",
];
