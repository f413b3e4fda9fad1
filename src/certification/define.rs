//! Writing certifications: what is to be shown, for how long it holds, who may hold it.

use entity::id::CertificationId;
use entity::{certification, course, course_version, lesson};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::json;

use super::rules::Route;
use super::{find, store};
use crate::audience::Audience;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::Faults;
use crate::error::Result;
use crate::op::{Op, Permit, Tx};
use crate::submission::{check_expected, check_revision};

/// The codes with which writing certifications is refused.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "DUPLICATE",
    "INVALID",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_TEXT",
    "NO_QUIZ",
    "OUT_OF_RANGE",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "UNKNOWN_COURSE",
    "UNKNOWN_REGION",
    "UNKNOWN_TIER",
];

/// The most courses of a route.
pub const COURSES: usize = 50;
/// The most characters of a title.
pub const TITLE: usize = 200;
/// The most characters of a longer text.
pub const TEXT: usize = 10_000;
/// The most months of validity: ten years.
pub const MONTHS: i32 = 120;
/// The most days of a window.
pub const WINDOW_DAYS: i32 = 366;

/// A certification as it is to be.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Short name in lower case; it says which.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What its holders can do, as Markdown.
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// Who may hold it.
    pub audience: Audience,
    /// What is to be shown the first time.
    pub route: Route,
    /// What is to be shown to renew it; the same again where none is said.
    pub renewal: Option<Route>,
    /// Months for which it is valid; none for ever.
    pub validity_months: Option<i32>,
    /// Days before its end in which it can be renewed.
    pub window_days: i32,
    /// The version that was read; none for a new one.
    pub expected_version: Option<i32>,
}

/// Saves a certification. What it says counts for what is issued from now on.
///
/// # Errors
/// Refusals of [`CODES`].
pub async fn save(
    op: &Op,
    portal: &config::Portal,
    definition: Definition,
) -> Result<CertificationId> {
    op.unit((definition, portal.regions.clone()), |tx, (it, regions)| {
        Box::pin(write(tx, it, regions))
    })
    .await
}

async fn write(tx: &Tx, it: &Definition, regions: &[String]) -> Result<CertificationId> {
    let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
    let mut faults = check(it, regions);
    let db = permit.reader();
    it.audience
        .check_tiers(&db, "audience", &mut faults)
        .await?;
    unknown_courses(&permit, it, &mut faults).await?;
    faults.result()?;
    let earlier = store::by_slug(&permit.reader(), &it.slug).await?;
    let actual = earlier.as_ref().map(|row| row.version);
    check_expected("certification", it.expected_version, actual)?;
    let kept = it.audience.kept();
    let row = certification::Model {
        id: earlier
            .as_ref()
            .map_or_else(|| permit.new_id(), |row| row.id),
        slug: it.slug.clone(),
        title: it.title.trim().to_owned(),
        summary: it.summary.trim().to_owned(),
        locale: it.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        route: serde_json::to_value(&it.route)?,
        renewal: serde_json::to_value(it.renewal.as_ref().unwrap_or(&it.route))?,
        validity_months: it.validity_months,
        window_days: it.window_days,
        created_at: earlier.as_ref().map_or(permit.now(), |row| row.created_at),
        retired_at: earlier.as_ref().and_then(|row| row.retired_at),
        version: earlier.as_ref().map_or(1, |row| row.version + 1),
    };
    let (id, after) = (row.id, line(&row));
    let before = earlier.as_ref().map(line);
    let row = row.into_active_model().reset_all();
    if earlier.is_some() {
        row.update(permit.writer()).await?;
    } else {
        row.insert(permit.writer()).await?;
    }
    find::index(&permit, id).await?;
    audit::record(&permit, subject(id), &before, &after).await?;
    Ok(id)
}

/// Nobody goes for the certification any more, or they do again; who is certified stays so.
///
/// # Errors
/// `CONFLICT`.
pub async fn set_retired(
    op: &Op,
    id: CertificationId,
    retired: bool,
    expected_version: i32,
) -> Result<CertificationId> {
    op.unit(
        (id, retired, expected_version),
        |tx, &(id, retired, version)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::WriteCourses, Scope::Portal)?;
                let row = store::certification(&permit.reader(), id).await?;
                check_revision(version, row.version)?;
                let before = json!({ "retiredAt": row.retired_at });
                let row = certification::Model {
                    retired_at: retired.then(|| row.retired_at.unwrap_or_else(|| permit.now())),
                    version: row.version + 1,
                    ..row
                };
                let after = json!({ "retiredAt": row.retired_at });
                row.into_active_model()
                    .reset_all()
                    .update(permit.writer())
                    .await?;
                find::index(&permit, id).await?;
                audit::record(&permit, subject(id), &before, &after).await?;
                Ok(id)
            })
        },
    )
    .await
}

fn line(row: &certification::Model) -> serde_json::Value {
    json!({
        "slug": row.slug, "title": row.title, "route": row.route, "renewal": row.renewal,
        "validityMonths": row.validity_months, "windowDays": row.window_days, "version": row.version,
    })
}

fn subject(id: CertificationId) -> Subject {
    Subject {
        kind: "Certification",
        id: id.0,
        partner: None,
    }
}

fn check(it: &Definition, regions: &[String]) -> Faults {
    let mut faults = Faults::default();
    faults.key(&it.slug, "slug");
    faults.locale(&it.locale, "locale");
    faults.line(&it.title, TITLE, "title");
    faults.text(&it.summary, TEXT, "summary");
    it.audience.check(regions, "audience", &mut faults);
    check_route(&it.route, "route", &mut faults);
    if let Some(renewal) = &it.renewal {
        check_route(renewal, "renewal", &mut faults);
    }
    if it
        .validity_months
        .is_some_and(|months| !(1..=MONTHS).contains(&months))
    {
        let message = format!("Give 1 to {MONTHS} months, or none for ever.");
        faults.add("OUT_OF_RANGE", message, "validityMonths");
    }
    if !(0..=WINDOW_DAYS).contains(&it.window_days) {
        faults.add(
            "OUT_OF_RANGE",
            format!("Give 0 to {WINDOW_DAYS} days."),
            "windowDays",
        );
    }
    faults
}

fn check_route(route: &Route, path: &str, faults: &mut Faults) {
    let at = |field: &str| format!("{path}.{field}");
    faults.at_most(route.courses.len(), COURSES, &at("courses"));
    faults.distinct(route.slugs(), &at("courses"));
    if route.courses.is_empty() && route.exam.is_none() && route.evidence.is_none() {
        let message = "Ask for a course, an exam or evidence: otherwise everybody holds it.";
        faults.add("REQUIRED", message, path);
    }
    let most = u32::try_from(route.courses.len()).unwrap_or(u32::MAX);
    if route
        .at_least
        .is_some_and(|count| count == 0 || count > most)
    {
        let message = format!("Give 1 to {most}, as many courses as it names.");
        faults.add("OUT_OF_RANGE", message, &at("atLeast"));
    }
    if let Some(evidence) = &route.evidence {
        if evidence.trim().is_empty() {
            let message = "Say what the evidence is to show, or leave it out.";
            faults.add("REQUIRED", message, &at("evidence"));
        }
        faults.text(evidence, TEXT, &at("evidence"));
    }
}

/// Courses that are named and not there.
async fn unknown_courses(permit: &Permit<'_>, it: &Definition, faults: &mut Faults) -> Result<()> {
    for (route, at) in [(Some(&it.route), "route"), (it.renewal.as_ref(), "renewal")] {
        let Some(route) = route else { continue };
        let there = course::Entity::find()
            .filter(course::Column::Slug.is_in(route.slugs().take(COURSES + 1)))
            .all(&permit.reader())
            .await?;
        for (index, slug) in route.slugs().enumerate() {
            if !there.iter().any(|course| course.slug == slug) {
                let path = if index < route.courses.len() {
                    format!("{at}.courses.{index}")
                } else {
                    format!("{at}.exam")
                };
                let message = format!("There is no course `{slug}`.");
                faults.add("UNKNOWN_COURSE", message, &path);
            }
        }
    }
    for (route, at) in [(Some(&it.route), "route"), (it.renewal.as_ref(), "renewal")] {
        if let Some(slug) = route.and_then(|route| route.exam.as_ref())
            && is_without_exam(permit, slug).await?
        {
            let message = format!("The newest version of `{slug}` has no quiz that is an exam.");
            faults.add("NO_QUIZ", message, &format!("{at}.exam"));
        }
    }
    Ok(())
}

/// Whether the course is there, and its newest version has no exam in it.
async fn is_without_exam(permit: &Permit<'_>, slug: &str) -> Result<bool> {
    let db = permit.reader();
    let course = course::Entity::find()
        .filter(course::Column::Slug.eq(slug))
        .one(&db)
        .await?;
    let Some(course) = course else {
        return Ok(false);
    };
    let newest = course_version::Entity::find()
        .filter(course_version::Column::CourseId.eq(course.id))
        .order_by_desc(course_version::Column::Number)
        .one(&db)
        .await?;
    let Some(newest) = newest else {
        return Ok(true);
    };
    let exam = lesson::Entity::find()
        .filter(lesson::Column::CourseVersionId.eq(newest.id))
        .filter(lesson::Column::Exam.eq(true))
        .one(&db)
        .await?;
    Ok(exam.is_none())
}
