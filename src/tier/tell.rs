//! Who is told what became of a standing.
//!
//! A partner's administrators are told everything; whoever looks after the partner is told what asks
//! for help. Who enters a track without a tier is told nothing: nothing was gained or lost.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::person;
use entity::standing_move::MoveKind;

use super::review::Turned;
use super::store;
use crate::error::Result;
use crate::notification::letter::{Brought, Lost};
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::partner::store::person;
use crate::program::document::Tier;
use crate::program::standing::{falls_to, lost_after_grace};
use crate::program::store::administrators;
use crate::program::telling::{MOST, brought, lost, shortfalls};
use crate::shape::global_id;

/// Tells whom it concerns.
pub(super) async fn about(permit: &Permit<'_>, turned: &Turned<'_>) -> Result<()> {
    let db = permit.reader();
    let mut readers = administrators(&db, turned.partner.id).await?;
    if matches!(
        turned.kind,
        MoveKind::AtRisk | MoveKind::GraceStarted | MoveKind::Kept | MoveKind::Demoted
    ) {
        readers.push(person(&db, turned.partner.owner_id).await?);
    }
    let mut told = BTreeSet::new();
    for reader in readers {
        if told.insert(reader.id)
            && let Some(letter) = letter(permit, turned, &reader)
        {
            notification::tell(permit, reader.id, Some(turned.partner.id), letter).await?;
        }
    }
    Ok(())
}

fn letter(permit: &Permit<'_>, turned: &Turned<'_>, reader: &person::Model) -> Option<Letter> {
    let (document, locale) = (&turned.rules.document, reader.locale.as_str());
    let key = &turned.track.key;
    let named = |tier: &Option<String>| {
        let tier = tier.as_deref()?;
        let name = document.tier_name(key, tier, locale);
        Some(name.unwrap_or(tier).to_owned())
    };
    let row = &turned.standing;
    let partner = turned.partner.legal_name.clone();
    let name = document.name.read(locale, &document.locale).to_owned();
    let track = turned.track.name.read(locale, &document.locale).to_owned();
    let standing = global_id("Standing", row.id.0);
    let missing = shortfalls(document, &turned.missing, locale);
    let earned = named(&row.earned);
    let from = named(&turned.from);
    let appeal_until = {
        let calendar = &turned.rules.calendar;
        turned
            .rules
            .day(calendar.after(permit.now(), document.appeals.within))
    };
    match turned.kind {
        MoveKind::Entered | MoveKind::Advanced => {
            let tier = named(&row.tier)?;
            Some(Letter::TierAdvanced {
                partner,
                name,
                track,
                tier,
                from,
                benefits: benefits(turned, locale),
                standing,
            })
        }
        MoveKind::AtRisk => Some(Letter::TierAtRisk {
            partner,
            name,
            track,
            tier: named(&row.tier)?,
            earned,
            decided_on: row.decided_on?,
            lost_on: lost_on(turned, row.decided_on?),
            missing,
            losses: would_lose(turned, locale),
            appeal_until: Some(appeal_until),
            standing,
        }),
        MoveKind::GraceStarted => Some(Letter::TierGraceStarted {
            partner,
            name,
            track,
            tier: named(&row.tier)?,
            earned,
            ends_on: row.decided_on?,
            missing,
            losses: would_lose(turned, locale),
            appeal_until: Some(appeal_until),
            standing,
        }),
        MoveKind::Kept => Some(Letter::TierKept {
            partner,
            name,
            track,
            tier: named(&row.tier)?,
            standing,
        }),
        MoveKind::Demoted => {
            let to = row.tier.as_deref().and_then(|it| turned.track.tier(it));
            Some(Letter::TierDemoted {
                partner,
                name,
                track,
                tier: named(&row.tier),
                from: from?,
                missing,
                losses: losses(turned, turned.from.as_deref(), to, locale),
                appeal_until,
                standing,
            })
        }
        MoveKind::Overridden => {
            let given = turned.given?;
            Some(Letter::TierOverridden {
                partner,
                name,
                track,
                tier: named(&row.tier)?,
                ends_on: given.ends_on,
                reason: given.reason.clone(),
                benefits: benefits(turned, locale),
                standing,
            })
        }
        // What the rules say then is told by itself.
        MoveKind::OverrideEnded | MoveKind::Ended => None,
    }
}

/// What the tier brings that the partner stands on now.
fn benefits(turned: &Turned<'_>, locale: &str) -> Vec<Brought> {
    let tier = turned.standing.tier.as_deref();
    let tier = tier.and_then(|it| turned.track.tier(it));
    let document = &turned.rules.document;
    let brought = tier.map(|it| brought(document, it, &turned.whose, locale));
    brought.into_iter().flatten().take(MOST).collect()
}

/// The day on which a tier that is not kept is lost, where grace comes between.
fn lost_on(turned: &Turned<'_>, decided_on: NaiveDate) -> Option<NaiveDate> {
    let known = store::known(&turned.standing);
    lost_after_grace(turned.track, &turned.rules.calendar, &known, decided_on)
}

/// What would be lost with the tier, if it was decided now.
fn would_lose(turned: &Turned<'_>, locale: &str) -> Vec<Lost> {
    let (tier, earned) = (&turned.standing.tier, &turned.standing.earned);
    let to = falls_to(turned.track, tier.as_deref(), earned.as_deref());
    losses(turned, tier.as_deref(), to, locale)
}

/// What is lost from one tier to another.
fn losses(turned: &Turned<'_>, tier: Option<&str>, to: Option<&Tier>, locale: &str) -> Vec<Lost> {
    let tier = tier.and_then(|it| turned.track.tier(it));
    let document = &turned.rules.document;
    let lost = tier.map(|it| lost(document, it, to, &turned.whose, locale));
    lost.into_iter().flatten().take(MOST).collect()
}
