//! What files are attached to: steps of whatever has files.

use entity::file::{self, FileState};
use entity::file_inbox;
use entity::file_use::{self, UseKind};
use entity::id::{FileId, PartnerId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::collect::Carry;
use super::kind::Kind;
use crate::error::{Refusal, Result};
use crate::op::{Op, Permit};
use crate::{digest, outbox};

/// What a file is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The kind of thing.
    pub kind: UseKind,
    /// Which.
    pub subject: Uuid,
    /// Whose that is; none where it is the vendor's.
    pub partner: Option<PartnerId>,
}

/// Attaches a file that the asker has uploaded, and answers what it is. What is attached to the
/// same already stays so, whoever brought it. `at` is the input's path.
///
/// # Errors
/// Refusals of [`super::ATTACH_CODES`].
pub async fn attach(
    permit: &Permit<'_>,
    id: FileId,
    to: Use,
    accepts: &[Kind],
    at: &str,
) -> Result<file::Model> {
    let db = permit.reader();
    let asker = permit.op().actor();
    let me = asker.person().map(|person| person.id);
    let found = file::Entity::find_by_id(id).one(&db).await?;
    let is_attached = file_use::Entity::find_by_id((id, to.kind, to.subject))
        .one(&db)
        .await?
        .is_some();
    let is_for = |row: &file::Model| {
        row.partner_id == to.partner || (row.partner_id.is_none() && asker.is_staff())
    };
    let own =
        found.filter(|row| is_attached || (row.owner_id == me && me.is_some() && is_for(row)));
    let row = usable(own, accepts, at)?;
    let row = if row.partner_id.is_none() && to.partner.is_some() {
        handed_over(permit, row, to).await?
    } else {
        row
    };
    put_to_use(permit, id, to).await?;
    Ok(row)
}

/// A file that the asker has uploaded for the vendor and that is read at once: nothing uses it, and
/// so it is collected. `at` is the input's path.
///
/// # Errors
/// Refusals of [`super::ATTACH_CODES`].
pub async fn brought(op: &Op, id: FileId, accepts: &[Kind], at: &str) -> Result<file::Model> {
    let me = op.actor().person().map(|person| person.id);
    let found = file::Entity::find_by_id(id).one(&op.reader()).await?;
    let own = found.filter(|row| row.partner_id.is_none() && row.owner_id == me && me.is_some());
    usable(own, accepts, at)
}

/// The file, where there is one that can be used for this.
fn usable(own: Option<file::Model>, accepts: &[Kind], at: &str) -> Result<file::Model> {
    let Some(row) = own else {
        let message =
            "There is no such file: upload it first, for the same partner, and name it here.";
        return Err(Refusal::new("UNKNOWN_FILE", message).at(at).into());
    };
    if row.state == FileState::Staged {
        let message = "Its bytes have not come yet: send them to its `uploadUrl` first.";
        return Err(Refusal::new("NOT_UPLOADED", message).at(at).into());
    }
    let kind = Kind::of_media_type(&row.media_type);
    if !kind.is_some_and(|kind| accepts.contains(&kind)) {
        let endings: Vec<_> = accepts
            .iter()
            .filter_map(|it| it.endings().first().copied())
            .collect();
        let message = format!("It has to be one of: {}.", endings.join(", "));
        return Err(Refusal::new("WRONG_FILE_TYPE", message).at(at).into());
    }
    Ok(row)
}

/// What staff brought for a partner's thing is the partner's from then on, unless something of the
/// vendor's uses it: it stands behind the second wall, and counts to the partner's quota.
async fn handed_over(permit: &Permit<'_>, row: file::Model, to: Use) -> Result<file::Model> {
    let is_used = file_use::Entity::find()
        .filter(file_use::Column::FileId.eq(row.id))
        .one(&permit.reader())
        .await?
        .is_some();
    if is_used {
        return Ok(row);
    }
    let row = file::Model {
        partner_id: to.partner,
        ..row
    };
    let kept = row.clone().into_active_model().reset_all();
    kept.update(permit.writer()).await?;
    Ok(row)
}

/// Lets one more thing use a file that something else uses already.
///
/// # Errors
/// What the database said.
pub(crate) async fn put_to_use(permit: &Permit<'_>, file: FileId, to: Use) -> Result<()> {
    let row = file_use::Model {
        file_id: file,
        subject_kind: to.kind,
        subject_id: to.subject,
    };
    let key = [
        file_use::Column::FileId,
        file_use::Column::SubjectKind,
        file_use::Column::SubjectId,
    ];
    file_use::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// Takes all files off a thing but for those: nothing else may use them, and then they are
/// collected.
///
/// # Errors
/// What the database said.
pub async fn detach(permit: &Permit<'_>, from: Use, but: &[FileId]) -> Result<()> {
    file_use::Entity::delete_many()
        .filter(file_use::Column::SubjectKind.eq(from.kind))
        .filter(file_use::Column::SubjectId.eq(from.subject))
        .filter(file_use::Column::FileId.is_not_in(but.iter().copied()))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// Keeps a file that the portal makes, in the unit of work of its cause, attached from the
/// beginning. The same bytes under the same name that are attached to `before` already are not kept
/// twice.
///
/// # Errors
/// What the database said.
pub async fn keep(
    permit: &Permit<'_>,
    name: &str,
    bytes: &[u8],
    to: Use,
    before: &[file::Model],
) -> Result<file::Model> {
    let sha256 = digest::hex(&digest::bytes(bytes));
    let same = |row: &&file::Model| row.name == name && row.sha256.as_deref() == Some(&sha256);
    if let Some(same) = before.iter().find(same) {
        put_to_use(permit, same.id, to).await?;
        return Ok(same.clone());
    }
    let media_type = Kind::of_name(name).map_or("application/octet-stream", Kind::media_type);
    let row = file::Model {
        id: permit.new_id(),
        owner_id: None,
        partner_id: to.partner,
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: i32::try_from(bytes.len()).unwrap_or(i32::MAX),
        sha256: Some(sha256),
        state: FileState::Stored,
        is_open: false,
        created_at: permit.now(),
        stored_at: Some(permit.now()),
    };
    file::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let waiting = file_inbox::Model {
        id: row.id,
        content: bytes.to_vec(),
    };
    file_inbox::Entity::insert(waiting.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    put_to_use(permit, row.id, to).await?;
    outbox::promise(permit, &Carry { file: row.id }).await?;
    Ok(row)
}

/// Opens the files of a thing to everybody, or closes them: the second wall lets them pass. Who may
/// read them is still said by the thing.
///
/// # Errors
/// What the database said.
pub async fn open_to_all(permit: &Permit<'_>, of: Use, open: bool) -> Result<()> {
    let used = Query::select()
        .column(file_use::Column::FileId)
        .from(file_use::Entity)
        .and_where(file_use::Column::SubjectKind.eq(of.kind))
        .and_where(file_use::Column::SubjectId.eq(of.subject))
        .take();
    file::Entity::update_many()
        .col_expr(file::Column::IsOpen, Expr::value(open))
        .filter(file::Column::Id.in_subquery(used))
        .exec(permit.writer())
        .await?;
    Ok(())
}
