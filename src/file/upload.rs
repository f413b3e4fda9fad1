//! Uploads: begun with what the file is to be, done when bytes that are so have come.

use chrono::TimeDelta;
use entity::file::{self, FileState};
use entity::id::{FileId, PartnerId};
use entity::{file_inbox, file_use};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect,
};

use super::bare::bare;
use super::collect::Gone;
use super::download::{self, Outgoing, Pace};
use super::kind::{self, Kind};
use super::room::{Held, Room};
use super::scan::Scanner;
use super::storage::Store;
use crate::auth::link::Door;
use crate::auth::{Permission, Scope, SignedIn, allows};
use crate::error::{Error, Refusal, Result};
use crate::op::Op;
use crate::{config, digest, outbox};

/// How long the path of an upload stands open.
pub(super) const OPEN_FOR: TimeDelta = TimeDelta::hours(1);
/// The most uploads that one person has begun and not done.
const STAGED: u64 = 50;
/// Bytes of uploads that are held in memory at once, for all of the process, and of one person.
const UPLOADS: (usize, u32) = (128 << 20, 32 << 20);
/// The same of what people fetch who have signed in, and of what strangers do: pictures of pages.
const DOWNLOADS: (usize, u32) = (64 << 20, 8 << 20);

/// What is to come.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// What it is called; its ending says what it is.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Whose it is to be; none for the vendor's.
    pub partner: Option<PartnerId>,
}

/// An upload that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The file.
    pub file: FileId,
    /// Where its bytes go, for an hour.
    pub url: String,
}

fn scope(partner: Option<PartnerId>) -> Scope {
    partner.map_or(Scope::Portal, Scope::Partner)
}

/// Who uploads: only people do.
fn person(op: &Op) -> Result<&SignedIn> {
    op.actor().known()?;
    op.actor().person().ok_or(Error::Forbidden)
}

/// Begins an upload.
///
/// # Errors
/// Refusals of [`super::UPLOAD_CODES`].
pub async fn begin(op: &Op, limits: &config::Files, upload: NewUpload) -> Result<Begun> {
    let input = (upload, limits.largest, limits.partner_quota);
    let file = op
        .unit(input, |tx, (upload, largest, quota)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UploadFiles, scope(upload.partner))?;
                let owner = person(permit.op())?.id;
                let kind = check(upload, *largest)?;
                let db = permit.reader();
                let staged = file::Entity::find()
                    .filter(file::Column::OwnerId.eq(owner))
                    .filter(file::Column::State.eq(FileState::Staged))
                    .filter(file::Column::CreatedAt.gt(permit.now() - OPEN_FOR))
                    .count(&db)
                    .await?;
                if staged >= STAGED {
                    let message = format!("You have begun {STAGED} uploads: finish some of them first.");
                    return Err(Refusal::new("TOO_MANY_UPLOADS", message).into());
                }
                let size = i32::try_from(upload.size).unwrap_or(i32::MAX);
                if let Some(partner) = upload.partner {
                    let used: Option<i64> = file::Entity::find()
                        .select_only()
                        .column_as(Expr::cust("CAST(COALESCE(SUM(size), 0) AS bigint)"), "used")
                        .filter(file::Column::PartnerId.eq(partner))
                        .into_tuple()
                        .one(&db)
                        .await?;
                    let left = i64::try_from(*quota).unwrap_or(i64::MAX) - used.unwrap_or(0);
                    if i64::from(size) > left {
                        let message = format!(
                            "The partner has room for {} bytes more: remove what is not needed, or ask the program for more room.",
                            Ord::max(left, 0)
                        );
                        return Err(Refusal::new("QUOTA_EXCEEDED", message).at("size").into());
                    }
                }
                let row = file::Model {
                    id: permit.new_id(),
                    owner_id: Some(owner),
                    partner_id: upload.partner,
                    name: upload.name.clone(),
                    media_type: kind.media_type().to_owned(),
                    size,
                    sha256: None,
                    state: FileState::Staged,
                    is_open: false,
                    created_at: permit.now(),
                    stored_at: None,
                };
                let id = row.id;
                file::Entity::insert(row.into_active_model().reset_all())
                    .exec_without_returning(permit.writer())
                    .await?;
                Ok(id)
            })
        })
        .await?;
    let until = op.now() + OPEN_FOR;
    let session = person(op)?.session;
    let url = op
        .link_key()
        .file_url(Door::Upload, file, Some(session), until, None);
    Ok(Begun { file, url })
}

/// Gives up an upload of the asker's that nothing uses yet: its room is free at once, and its bytes
/// are removed.
///
/// # Errors
/// `IN_USE`; [`Error::NotFound`] where the asker has uploaded no such file.
pub async fn discard(op: &Op, id: FileId) -> Result<FileId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            let me = person(tx.op())?.id;
            let found = file::Entity::find_by_id(id).one(&tx.reader()).await?;
            let row = found
                .filter(|row| row.owner_id == Some(me))
                .ok_or(Error::NotFound("File"))?;
            let permit = tx.permit(Permission::UploadFiles, scope(row.partner_id))?;
            let uses = file_use::Entity::find()
                .filter(file_use::Column::FileId.eq(id))
                .count(&permit.reader())
                .await?;
            if uses > 0 {
                let message = "It is attached to something: take it off there.";
                return Err(Refusal::new("IN_USE", message).at("id").into());
            }
            outbox::promise(&permit, &Gone { file: id }).await?;
            file::Entity::delete_by_id(id).exec(permit.writer()).await?;
            Ok(id)
        })
    })
    .await
}

fn check(upload: &NewUpload, largest: u64) -> Result<Kind> {
    let mut faults = Vec::new();
    if let Some(fault) = kind::name_fault(&upload.name) {
        faults.push(Refusal::new("INVALID_NAME", fault).at("name"));
    }
    if upload.size == 0 {
        faults.push(Refusal::new("EMPTY_FILE", "There is nothing in it.").at("size"));
    } else if upload.size > largest {
        let message = format!("A file has at most {largest} bytes.");
        faults.push(Refusal::new("FILE_TOO_LARGE", message).at("size"));
    }
    match Kind::of_name(&upload.name) {
        Some(kind) if faults.is_empty() => return Ok(kind),
        Some(_) => {}
        None if faults.iter().any(|fault| fault.code == "INVALID_NAME") => {}
        None => {
            let endings = Kind::ALL.iter().flat_map(|kind| kind.endings());
            let known: Vec<_> = endings.copied().collect();
            let message = format!("Files of these kinds are taken: {}.", known.join(", "));
            faults.push(Refusal::new("WRONG_FILE_TYPE", message).at("name"));
        }
    }
    Err(Error::Refused(faults))
}

/// Takes in what is uploaded, and gives out what is there. Clones share its room: one for what comes
/// in and one for what goes out, so that slow uploads stop no download, and strangers nobody.
#[derive(Clone, Debug)]
pub struct Receiver {
    store: Store,
    scanner: Option<Scanner>,
    uploads: Room,
    downloads: Room,
    strangers: Room,
    pace: Pace,
}

impl Receiver {
    /// One that lays bytes into `store`.
    #[must_use]
    pub fn new(store: Store, scanner: Option<Scanner>) -> Self {
        let room = |(bytes, share)| Room::new(bytes, share);
        Self {
            store,
            scanner,
            uploads: room(UPLOADS),
            downloads: room(DOWNLOADS),
            strangers: room(DOWNLOADS),
            pace: Pace::default(),
        }
    }

    /// The same, for clients who take what they ask for at least as fast as this.
    #[must_use]
    pub fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The slowest that they may take it.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The file whose upload the asker has begun.
    ///
    /// # Errors
    /// [`Error::NotFound`] where they have not.
    pub async fn expected(&self, op: &Op, id: FileId) -> Result<file::Model> {
        let me = person(op)?.id;
        let found = file::Entity::find_by_id(id).one(&op.reader()).await?;
        let own = found.filter(|row| {
            let may = allows(op.actor(), Permission::UploadFiles, scope(row.partner_id));
            row.owner_id == Some(me) && may
        });
        own.ok_or(Error::NotFound("File"))
    }

    /// Room in memory for the bytes of an upload, while it is held.
    ///
    /// # Errors
    /// [`Error::Busy`] where there is none.
    pub fn room(&self, op: &Op, row: &file::Model) -> Result<Held> {
        let size = u32::try_from(row.size).unwrap_or(u32::MAX);
        self.uploads.take(op, size)
    }

    /// The bytes of a file on their way out, wherever they lie at this moment. Whether the asker may
    /// have them, the caller has asked.
    ///
    /// # Errors
    /// [`Error::Busy`] where there is no room; a fault where they lie nowhere.
    pub async fn open(&self, op: &Op, row: &file::Model) -> Result<Outgoing> {
        let room = match op.actor().person() {
            Some(_) => &self.downloads,
            None => &self.strangers,
        };
        download::open(op, &self.store, room, self.pace, row).await
    }

    /// Looks at the bytes, lays them down, and says that they are there. The same bytes once more
    /// are as good as once.
    ///
    /// # Errors
    /// The refusals `WRONG_SIZE`, `WRONG_FILE_TYPE`, `MALWARE` and `ALREADY_UPLOADED`;
    /// [`crate::error::Away::Store`] where the store or the scanner is away.
    pub async fn receive(&self, op: &Op, row: &file::Model, bytes: Vec<u8>) -> Result<FileId> {
        if i32::try_from(bytes.len()).ok() != Some(row.size) {
            let message = format!(
                "{} bytes were announced, {} have come.",
                row.size,
                bytes.len()
            );
            return Err(Refusal::new("WRONG_SIZE", message).into());
        }
        let media_type = row.media_type.clone();
        // What partners bring may be shown to everybody; what the vendor's pictures say of their
        // makers is to stay with them.
        let is_partners = row.partner_id.is_some();
        let looked = tokio::task::spawn_blocking(move || {
            let mut bytes = bytes;
            let kind = Kind::of_media_type(&media_type);
            let fault = kind.map_or(Some("it is of no kind".to_owned()), |kind| {
                kind.fault(&bytes)
            });
            if let Some(kind) = kind.filter(|_| is_partners && fault.is_none()) {
                bare(kind, &mut bytes);
            }
            (fault, digest::hex(&digest::bytes(&bytes)), bytes)
        });
        let (fault, sha256, bytes) = looked
            .await
            .map_err(|panic| Error::fault(format!("a file was not looked at: {panic}")))?;
        if let Some(fault) = fault {
            let message = format!("The file cannot be taken: {fault}.");
            return Err(Refusal::new("WRONG_FILE_TYPE", message).into());
        }
        if let Some(scanner) = &self.scanner
            && let Some(found) = scanner.found(&bytes).await?
        {
            tracing::warn!(file = %row.id, found, "malware was uploaded");
            let message = format!("The file cannot be taken: the scanner found {found}.");
            return Err(Refusal::new("MALWARE", message).into());
        }
        if let Some(done) = done(row, &sha256) {
            return done;
        }
        self.store.put(row.id, &sha256, bytes).await?;
        let kept = op.unit((row.id, sha256), |tx, (id, sha256)| {
            Box::pin(async move {
                let found = file::Entity::find_by_id(*id).one(&tx.reader()).await?;
                let row = found.ok_or(Error::NotFound("File"))?;
                let permit = tx.permit(Permission::UploadFiles, scope(row.partner_id))?;
                if let Some(done) = done(&row, sha256) {
                    return done;
                }
                let row = file::Model {
                    sha256: Some(sha256.clone()),
                    state: FileState::Stored,
                    stored_at: Some(permit.now()),
                    ..row
                };
                row.into_active_model()
                    .reset_all()
                    .update(permit.writer())
                    .await?;
                Ok(*id)
            })
        });
        let kept = kept.await;
        if let Err(Error::NotFound(_)) = kept {
            // It was given up meanwhile: nothing else would ever remove these bytes.
            self.store.delete(row.id).await?;
        }
        kept
    }
}

/// What is to be said where bytes have come before; nothing where they have not.
fn done(row: &file::Model, sha256: &str) -> Option<Result<FileId>> {
    if row.state == FileState::Staged {
        return None;
    }
    if row.sha256.as_deref() == Some(sha256) {
        return Some(Ok(row.id));
    }
    let message = "Other bytes have come for this file: begin another upload.";
    Some(Err(Refusal::new("ALREADY_UPLOADED", message).into()))
}

/// What the asker has brought, whatever it is for; none where it is not there, or not theirs.
///
/// # Errors
/// What the database said.
pub async fn waiting(op: &Op, id: FileId) -> Result<Option<file::Model>> {
    let me = op.actor().person().map(|person| person.id);
    let row = file::Entity::find_by_id(id).one(&op.reader()).await?;
    Ok(row.filter(|row| row.owner_id == me && row.state == FileState::Stored))
}

/// The bytes of a file, wherever they lie at this moment. Whether the asker may have them, the
/// caller has asked.
///
/// # Errors
/// A fault where they lie nowhere.
pub async fn read(op: &Op, store: &Store, row: &file::Model) -> Result<Vec<u8>> {
    // Carried between the two looks, it is in the store at the second.
    for _ in 0..2 {
        let stored = store.get(row).await;
        if let Ok(Some(bytes)) = stored {
            return Ok(bytes);
        }
        if let Some(waiting) = file_inbox::Entity::find_by_id(row.id)
            .one(&op.reader())
            .await?
        {
            return Ok(waiting.content);
        }
        // While the store is away, what still waits for it can be had.
        stored?;
    }
    Err(gone(row))
}

pub(super) fn gone(row: &file::Model) -> Error {
    Error::fault(format!("the bytes of file {} are gone", row.id))
}
