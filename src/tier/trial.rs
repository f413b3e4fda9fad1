//! A version tried on the facts of the past four quarters, a page of partners at a time: beside where
//! they stand now.

use chrono::NaiveDate;
use entity::id::{PartnerId, ProgramVersionId};

use super::store;
use crate::auth::{Permission, Scope, allows};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::program::number::Number;
use crate::program::rules::Rules;
use crate::program::simulate::{Distribution, Past, simulate};
use crate::program::store as programs;
use crate::program::words::Words;

/// Partners of a page.
const PAGE: u64 = 25;

/// What would have become of a partner on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which partner.
    pub partner: PartnerId,
    /// The track, by its key.
    pub track: String,
    /// The tier at the end of each of the days that are told.
    pub tiers: Vec<Option<String>>,
    /// What would have happened, in words.
    pub story: Vec<String>,
}

/// How many would stand on a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The track, by its key.
    pub track: String,
    /// The tier, by its key; none for none.
    pub tier: Option<String>,
    /// How many stand there now.
    pub partners_now: i32,
    /// How many would at the end.
    pub partners: i32,
    /// What its benefits would cost in a year.
    pub cost: Number,
}

/// A page of partners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The days that are told.
    pub days: Vec<NaiveDate>,
    /// How many would stand where.
    pub stands: Vec<Stand>,
    /// What would have become of each.
    pub moves: Vec<Moved>,
    /// The last partner of the page; none where there are no more.
    pub after: Option<PartnerId>,
}

/// Tries a version on the next partners, and tells what would have happened in a language.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not write programs; [`Error::NotFound`].
pub async fn page(
    op: &Op,
    version: ProgramVersionId,
    after: Option<PartnerId>,
    locale: &str,
) -> Result<Page> {
    op.actor().known()?;
    if !allows(op.actor(), Permission::WritePrograms, Scope::Portal) {
        return Err(Error::Forbidden);
    }
    let db = op.reader();
    let version = programs::version(&db, version).await?;
    let rules = Rules::from_yaml(&version.document)?;
    let words = Words::of(&rules.document, locale);
    let past = Past::of(&rules, rules.day(op.now()));
    let partners = programs::measured(&db, after, PAGE).await?;
    let (mut distribution, mut moves, mut now) = (Distribution::default(), Vec::new(), Vec::new());
    for partner in &partners {
        let facts = programs::facts(&db, partner.id, op.now()).await?;
        let profile = programs::profile(partner)?;
        now.extend(store::standings(&db, partner.id, version.program_id).await?);
        for course in simulate(&rules, &facts, &profile, &past.days, op.now()) {
            distribution.add(&course);
            let story = course
                .moves
                .iter()
                .filter_map(|(day, what, why)| words.moved(*day, what, why));
            moves.push(Moved {
                partner: partner.id,
                story: story.collect(),
                tiers: past.told(&course),
                track: course.track,
            });
        }
    }
    let mut stands = Vec::new();
    for track in &rules.document.tracks {
        let tiers = track.tiers.iter().map(|it| Some(it.key.clone()));
        for tier in std::iter::once(None).chain(tiers) {
            let (partners, cost) = distribution.on(&track.key, tier.as_deref());
            let here = now
                .iter()
                .filter(|it| it.track == track.key && it.tier == tier);
            stands.push(Stand {
                track: track.key.clone(),
                partners_now: i32::try_from(here.count()).unwrap_or(i32::MAX),
                partners: i32::try_from(partners).unwrap_or(i32::MAX),
                cost,
                tier,
            });
        }
    }
    let is_full = partners.len() as u64 == PAGE;
    Ok(Page {
        days: past.marks,
        stands,
        moves,
        after: partners.last().map(|it| it.id).filter(|_| is_full),
    })
}
