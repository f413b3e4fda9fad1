//! A new version of a course outdates certificates that were earned on earlier ones: their holders
//! can renew them at once, and are told so. What is left of their validity stays.

use entity::id::CourseVersionId;
use serde::{Deserialize, Serialize};

use super::store;
use crate::certification::outdate;
use crate::error::Result;
use crate::op::Permit;
use crate::outbox::{self, Job};

/// The promise to look for certificates that a version outdates, a batch at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outdate {
    /// The version.
    pub version: CourseVersionId,
}

impl Job for Outdate {
    const KIND: &'static str = "course.outdate";
}

/// Promises it, once.
pub(super) async fn promise(permit: &Permit<'_>, version: CourseVersionId) -> Result<()> {
    let key = format!("{}:{version}", Outdate::KIND);
    outbox::promise_once(permit, &Outdate { version }, permit.now(), key).await
}

/// Keeps the promise; where more is left, the next one is promised.
///
/// # Errors
/// What the database said.
pub async fn outdate(permit: &Permit<'_>, job: &Outdate) -> Result<()> {
    let db = permit.reader();
    let version = store::version(&db, job.version).await?;
    let course = store::course(&db, version.course_id).await?;
    let published_at = version.published_at.unwrap_or_else(|| permit.now());
    if outdate::outdate(permit, &course.slug, &course.title, published_at).await? {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}
