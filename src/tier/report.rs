//! The quarterly report: each partner is told where it stands, how far it is, and what it loses next.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};
use entity::id::{PartnerId, ProgramVersionId};
use entity::program_version::ProgramVersionState;
use entity::{partner, standing};
use serde::{Deserialize, Serialize};

use super::review::InForce;
use super::store;
use crate::error::Result;
use crate::notification::letter::{Bar, TrackReport};
use crate::notification::{self, Letter};
use crate::op::Permit;
use crate::outbox::{self, Job};
use crate::program::evaluate::evaluate;
use crate::program::number::Number;
use crate::program::outlook::Outlook;
use crate::program::proof::{Evaluation, Judged, RequirementProof, TierProof, TrackProof, Turn};
use crate::program::rules::{Comparison, Rules};
use crate::program::standing::rank;
use crate::program::store::{self as programs, administrators};
use crate::program::telling::number;

/// Partners of a unit of work.
const BATCH: u64 = 25;
/// Bars of a track.
const BARS: usize = 8;

/// The promise to report on a quarter that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportQuarter {
    /// Under which version.
    pub version: ProgramVersionId,
    /// The first day of the quarter.
    pub from: NaiveDate,
    /// Its last day.
    pub until: NaiveDate,
    /// The last partner that was told.
    pub after: Option<PartnerId>,
}

impl Job for ReportQuarter {
    const KIND: &'static str = "tier.report_quarter";
}

/// Promises the reports on the quarter before today, in each program's own calendar, once: within its
/// first days, so that whoever installs a program in the middle of a quarter reports on none that was
/// not lived under it.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    for version in programs::in_force(&permit.reader()).await? {
        let rules = Rules::from_yaml(&version.document)?;
        let today = rules.day(permit.now());
        let start = rules.start_of_quarter(today);
        let is_new = today - start < TimeDelta::days(7);
        let lived = version.in_force_at.is_some_and(|at| rules.day(at) < start);
        let Some(until) = start.pred_opt().filter(|_| is_new && lived) else {
            continue;
        };
        let job = ReportQuarter {
            version: version.id,
            from: rules.start_of_quarter(until),
            until,
            after: None,
        };
        let key = format!("{}:{}:{until}", ReportQuarter::KIND, version.program_id);
        // In the morning, behind the night's round.
        let when = rules.calendar.midnight(start) + TimeDelta::hours(8);
        outbox::promise_once(permit, &job, when.max(permit.now()), key).await?;
    }
    Ok(())
}

/// Keeps the promise: tells the next partners, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn report(permit: &Permit<'_>, job: &ReportQuarter) -> Result<()> {
    let db = permit.reader();
    let version = programs::version(&db, job.version).await?;
    if version.state != ProgramVersionState::InForce {
        return Ok(());
    }
    let partners = programs::measured(&db, job.after, BATCH).await?;
    let Some(last) = partners.last().map(|it| it.id) else {
        return Ok(());
    };
    let program = InForce::of(&db, version).await?;
    for partner in &partners {
        report_to(permit, &program, partner, job).await?;
    }
    if partners.len() as u64 == BATCH {
        let rest = ReportQuarter {
            after: Some(last),
            ..*job
        };
        outbox::promise(permit, &rest).await?;
    }
    Ok(())
}

async fn report_to(
    permit: &Permit<'_>,
    program: &InForce,
    partner: &partner::Model,
    job: &ReportQuarter,
) -> Result<()> {
    let (db, now) = (permit.reader(), permit.now());
    let rows = store::standings(&db, partner.id, program.program.id).await?;
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|it| it.ended_at.is_none())
        .collect();
    let readers = administrators(&db, partner.id).await?;
    if rows.is_empty() || readers.is_empty() {
        return Ok(());
    }
    let facts = programs::facts(&db, partner.id, now).await?;
    let profile = programs::profile(partner)?;
    let rules = &program.rules;
    // By what is known now, since facts may have come later.
    let quarter_before = job.from.pred_opt().map(|day| rules.end_of(day));
    let quarter_before = quarter_before.filter(|end| partner.approved_at <= *end);
    let before = quarter_before.map(|end| evaluate(rules, &facts, &profile, end, now));
    let outlook = Outlook::new(rules, &facts, &profile, now, now);
    let proofs = outlook.tracks();
    let turns = outlook.turns(rules.day(now) + Days::new(366));
    for reader in readers {
        let tracks = rows.iter().filter_map(|row| {
            let proof = proofs.iter().find(|it| it.track == row.track)?;
            let report = Report {
                rules,
                before: before.as_ref(),
                locale: &reader.locale,
            };
            report.track(row, proof, &turns)
        });
        let document = &rules.document;
        let letter = Letter::StandingReport {
            partner: partner.legal_name.clone(),
            name: document
                .name
                .read(&reader.locale, &document.locale)
                .to_owned(),
            from: job.from,
            until: job.until,
            tracks: tracks.collect(),
        };
        notification::tell(permit, reader.id, Some(partner.id), letter).await?;
    }
    Ok(())
}

/// What a partner is told, in the language of one reader.
struct Report<'a> {
    rules: &'a Rules,
    /// How it was at the end of the quarter before.
    before: Option<&'a Evaluation>,
    locale: &'a str,
}

impl Report<'_> {
    fn track(
        &self,
        row: &standing::Model,
        proof: &TrackProof,
        turns: &[Turn],
    ) -> Option<TrackReport> {
        let document = &self.rules.document;
        let track = document.track(&row.track)?;
        let named = |tier: Option<&str>| {
            let name = document.tier_name(&row.track, tier?, self.locale);
            name.map(str::to_owned)
        };
        let place = usize::try_from(row.tier_rank).unwrap_or(0);
        // At the top, it is the tier itself that is to be kept.
        let above = proof.tiers.get(place);
        let shown = above.or_else(|| proof.tiers.last());
        let loses = turns.iter().find(|turn| {
            turn.track == row.track
                && rank(track, turn.to.as_deref()) < rank(track, row.tier.as_deref())
        });
        Some(TrackReport {
            track: track.name.read(self.locale, &document.locale).to_owned(),
            tier: named(row.tier.as_deref()),
            since: self.rules.day(row.since),
            decided_on: row.decided_on,
            next: above.and_then(|it| named(Some(&it.tier))),
            bars: shown.map(|it| self.bars(it)).unwrap_or_default(),
            loses: loses.map(|turn| (turn.on, named(turn.to.as_deref()))),
        })
    }

    /// How far a partner is with what a tier asks for at least.
    fn bars(&self, tier: &TierProof) -> Vec<Bar> {
        let document = &self.rules.document;
        let mut leaves = Vec::new();
        for requirement in &tier.requires {
            self::leaves(requirement, &mut leaves);
        }
        let mut seen = BTreeSet::new();
        let bars = leaves.into_iter().filter_map(|proof| {
            let Judged::Metric {
                metric,
                outcome,
                comparison: Comparison::AtLeast | Comparison::Above,
                limit: Some(limit),
                ..
            } = &proof.what
            else {
                return None;
            };
            if !seen.insert(metric) {
                return None;
            }
            let has = outcome.value().cloned().unwrap_or_else(Number::zero);
            let before = self.before.and_then(|it| it.metrics.get(metric));
            Some(Bar {
                name: document.metric_name(metric, self.locale).to_owned(),
                percent: percent(&has, limit),
                has: number(&has),
                needs: number(limit),
                unit: document.metric_unit(metric, self.locale).map(str::to_owned),
                before: before.and_then(|it| it.outcome.value()).map(number),
            })
        });
        bars.take(BARS).collect()
    }
}

fn leaves<'a>(proof: &'a RequirementProof, found: &mut Vec<&'a RequirementProof>) {
    match &proof.what {
        Judged::Metric { .. } | Judged::Partner(_) | Judged::Tier { .. } => found.push(proof),
        Judged::All(of)
        | Judged::Some { of, .. }
        | Judged::Days { of, .. }
        | Judged::Ends { of, .. } => {
            for it in of {
                leaves(it, found);
            }
        }
    }
}

/// What part of a limit there is, in whole percent: 100 where it is reached, and never before.
fn percent(has: &Number, limit: &Number) -> u32 {
    if has >= limit {
        return 100;
    }
    let part = has.divided_by(limit).unwrap_or_else(Number::zero);
    part.in_percent().floor().to_string().parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_where_the_limit_is_reached_and_never_before() {
        let of = |has: &str, limit: &str| {
            percent(&Number::parse(has).unwrap(), &Number::parse(limit).unwrap())
        };
        assert_eq!(of("0", "70"), 0);
        assert_eq!(of("69.99", "70"), 99);
        assert_eq!(of("70", "70"), 100);
        assert_eq!(of("900", "70"), 100);
        assert_eq!(of("-5", "70"), 0);
        assert_eq!(of("0", "0"), 100);
    }
}
