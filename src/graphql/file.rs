//! Uploads.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::id::FileId;
use uuid::Uuid;

use super::payload::{mutation, settle};
use super::{ContextExt, key};
use crate::error::Refusal;
use crate::file::{self, NewUpload};
use crate::reads::file::File;
use crate::reads::partner::Partner;
use crate::shape::scalar::Url;
use crate::shape::{One, key_of};

/// Begins an upload.
#[derive(InputObject)]
struct FileUploadCreateInput {
    /// What it is called; its ending says what it is, and its bytes have to agree.
    name: String,
    /// How many bytes will come.
    size: i32,
    /// Whose it is to be: the partner for which you upload it. Left out by the vendor's staff.
    partner: Option<ID>,
}

mutation!(
    /// What `fileUploadCreate` answers.
    FileUploadCreate => FileUploadCreatePayload with {
        /// The file, without its bytes. Attach it by its id when they have come; what is not attached
        /// to anything is removed after a day.
        file: One<File>,
        /// Send the bytes there by `PUT`, within an hour and in this session. The same bytes can be
        /// sent again.
        upload_url: Url
    }
    refuses [
        "EMPTY_FILE", "FILE_TOO_LARGE", "INVALID_NAME", "QUOTA_EXCEEDED", "TOO_MANY_UPLOADS",
        "WRONG_FILE_TYPE"
    ]
);

/// Gives up an upload.
#[derive(InputObject)]
struct FileUploadDiscardInput {
    /// The file, which you have uploaded or begun to.
    id: ID,
}

mutation!(
    /// What `fileUploadDiscard` answers.
    FileUploadDiscard => FileUploadDiscardPayload telling {
        /// The id that the file had.
        discarded: ID
    }
    refuses ["IN_USE"]
);

/// The file that an input names; another text names one that is not there, which is refused where
/// it would be attached.
pub(super) fn named(id: Option<&ID>) -> Option<FileId> {
    id.map(of_id)
}

/// The same where there has to be one.
pub(super) fn of_id(id: &ID) -> FileId {
    FileId(key_of::<File>(id).unwrap_or(Uuid::nil()))
}

/// What is done about files.
#[derive(Debug, Default)]
pub(crate) struct FileMutation;

#[Object]
impl FileMutation {
    /// Begins an upload. For members, and the vendor's staff but auditors.
    async fn file_upload_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to come.")] input: FileUploadCreateInput,
    ) -> Result<Option<FileUploadCreatePayload>> {
        let partner = input.partner.as_ref().map(key::<Partner>).transpose()?;
        let begun = match u64::try_from(input.size) {
            Ok(size) => {
                let upload = NewUpload {
                    name: input.name,
                    size,
                    partner: partner.map(Into::into),
                };
                let limits = &ctx.services().config.files;
                file::begin(ctx.op(), limits, upload).await
            }
            Err(_) => Err(Refusal::new("EMPTY_FILE", "There is nothing in it.")
                .at("size")
                .into()),
        };
        Ok(Some(match settle::<FileUploadCreate, _>(begun)? {
            Ok(begun) => FileUploadCreatePayload {
                file: Some(One::by_key(begun.file.0)),
                upload_url: Some(Url(begun.url)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => FileUploadCreatePayload {
                file: None,
                upload_url: None,
                user_errors,
            },
        }))
    }

    /// Gives up an upload that is not attached to anything: its bytes are removed, and its room is
    /// free at once.
    async fn file_upload_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FileUploadDiscardInput,
    ) -> Result<Option<FileUploadDiscardPayload>> {
        let id = key::<File>(&input.id)?;
        let discarded = file::discard(ctx.op(), id.into()).await;
        FileUploadDiscardPayload::told(discarded.map(|_| input.id))
    }
}
