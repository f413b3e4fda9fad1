//! A version tried on the facts of the past four quarters, a page of partners at a time: beside the
//! rules in force over the same facts, and beside where partners stand now.

use chrono::NaiveDate;
use entity::id::{PartnerId, ProgramVersionId};
use entity::standing;

use super::store;
use crate::auth::{Permission, Scope, allows};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::program::beside::{Beside, Distributions, Pair, Turned};
use crate::program::document::Document;
use crate::program::number::Number;
use crate::program::rules::Rules;
use crate::program::simulate::{Past, simulate};
use crate::program::store as programs;
use crate::program::words::{self, Words};

/// Partners of a page.
const PAGE: u64 = 25;

/// What would have become of a partner on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which partner.
    pub partner: PartnerId,
    /// The track, by its key.
    pub track: String,
    /// The tier at the end by the rules in force.
    pub before: Option<Named>,
    /// The tier at the end by the version that is tried.
    pub after: Option<Named>,
    /// Whether that is another.
    pub turned: Turned,
    /// Why it is, in words.
    pub why: Vec<String>,
    /// The tier at the end of each of the days that are told.
    pub tiers: Vec<Option<String>>,
    /// What would have happened, in words.
    pub story: Vec<String>,
}

/// A tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
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
    /// For how many of them something of that is not known, and counts as nothing.
    pub cost_unknown: i32,
    /// The same by the rules in force; none where there are none.
    pub before: Option<StandBefore>,
}

/// How many would stand on a tier by the rules in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandBefore {
    /// How many would at the end.
    pub partners: i32,
    /// What its benefits would cost in a year.
    pub cost: Number,
    /// For how many of them something of that is not known, and counts as nothing.
    pub cost_unknown: i32,
}

/// A page of partners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The version in force beside which it is tried; none where there is none.
    pub beside: Option<ProgramVersionId>,
    /// The days that are told.
    pub days: Vec<NaiveDate>,
    /// How many would stand where.
    pub stands: Vec<Stand>,
    /// What would have become of each, those first that end elsewhere than by the rules in force.
    pub moves: Vec<Moved>,
    /// How many of these do.
    pub turned: i32,
    /// What it would cost more in a year than by the rules in force; none where there are none.
    pub costs_more: Option<Number>,
    /// What tiers bring and costs nothing here, because the document does not say what it costs.
    pub without_cost: Vec<String>,
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
    let in_force = programs::in_force_at(&db, version.program_id, op.now()).await?;
    let before = in_force.as_ref().map(|it| Rules::from_yaml(&it.document));
    let before = before.transpose()?;
    let pair = Pair {
        before: before.as_ref().map(|it| &it.document),
        after: &rules.document,
    };
    let past = Past::of(&rules, rules.day(op.now()));
    let partners = programs::measured(&db, after, PAGE).await?;
    let (mut found, mut moves, mut now) = (Distributions::default(), Vec::new(), Vec::new());
    for partner in &partners {
        let facts = programs::facts(&db, partner.id, op.now()).await?;
        let profile = programs::profile(partner)?;
        now.extend(store::standings(&db, partner.id, version.program_id).await?);
        let course = |rules: &Rules| simulate(rules, &facts, &profile, &past.days, op.now());
        let by_force = before.as_ref().map(course).unwrap_or_default();
        for track in Beside::all(by_force, course(&rules)) {
            found.add(&pair, &track);
            moves.push(moved(&pair, partner.id, &track, &past, locale));
        }
    }
    moves.sort_by_key(|it| it.turned);
    let is_full = partners.len() as u64 == PAGE;
    Ok(Page {
        beside: in_force.map(|it| it.id),
        stands: stands(&pair, &found, &now),
        turned: count(found.turned),
        costs_more: pair.before.map(|_| found.costs_more),
        without_cost: rules.document.without_cost(locale),
        days: past.marks,
        moves,
        after: partners.last().map(|it| it.id).filter(|_| is_full),
    })
}

fn moved(pair: &Pair<'_>, partner: PartnerId, track: &Beside, past: &Past, locale: &str) -> Moved {
    let words = Words::of(pair.after, locale);
    let named = |document: Option<&Document>, tier: Option<&str>| {
        let name = document?.tier_name(&track.track, tier?, locale);
        Some(Named {
            key: tier?.to_owned(),
            name: name.or(tier)?.to_owned(),
        })
    };
    let course = track.after.as_ref();
    Moved {
        partner,
        track: track.track.clone(),
        before: named(pair.before, track.end_before()),
        after: named(Some(pair.after), track.end_after()),
        turned: pair.turned(track),
        why: words::why(pair, track, locale),
        tiers: course.map_or_else(|| vec![None; past.marks.len()], |it| past.told(it)),
        story: course.map_or_else(Vec::new, |it| words.story(it)),
    }
}

fn stands(pair: &Pair<'_>, found: &Distributions, now: &[standing::Model]) -> Vec<Stand> {
    let stand = |(track, tier): (String, Option<String>)| {
        let held = found.after.on(&track, tier.as_deref());
        let before = pair.before.map(|_| {
            let held = found.before.on(&track, tier.as_deref());
            StandBefore {
                partners: count(held.partners),
                cost: held.cost,
                cost_unknown: count(held.cost_unknown),
            }
        });
        let here = now.iter().filter(|it| it.track == track && it.tier == tier);
        Stand {
            partners_now: count(here.count()),
            partners: count(held.partners),
            cost: held.cost,
            cost_unknown: count(held.cost_unknown),
            before,
            track,
            tier,
        }
    };
    pair.tiers().into_iter().map(stand).collect()
}

fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}
