//! Where a partner stands over time: rules, of what was earned and of the days of review.
//!
//! Up goes whoever has earned it, at once or on the days of promotion. Down goes nobody at once:
//! first comes the word that a tier is *at risk*, then the day of demotion, then the time of *grace*,
//! and only then a lower tier; whoever mends it meanwhile *keeps* theirs. Days that nobody looked at,
//! because the portal rested, do not shorten what a partner was promised. A document may promise no
//! warning, and decide on the day of demotion itself; and it may let go of a tier as soon as grace is over.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::document::{Dates, Falls, Lost, Tier, Track};
use super::proof::TrackProof;
use super::span::{Calendar, Span};

/// How safe a tier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Phase {
    /// It is earned.
    Steady,
    /// It is not earned any more, and the partner was told.
    AtRisk {
        /// When it was.
        since: DateTime<Utc>,
        /// The day on which it is decided.
        decided_on: NaiveDate,
    },
    /// The day has come, and the partner keeps it for a while yet.
    Grace {
        /// Since when.
        since: DateTime<Utc>,
        /// The day on which it ends.
        ends_on: NaiveDate,
    },
}

/// Where a partner stands on a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The tier; none where the track has none for it.
    pub tier: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// How safe it is.
    pub phase: Phase,
    /// When it was last looked at.
    pub looked_at: DateTime<Utc>,
}

/// What became of a standing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Move {
    /// A partner stands on the track for the first time.
    Entered,
    /// Up.
    Advanced {
        /// From which tier.
        from: Option<String>,
    },
    /// The tier is not earned any more.
    AtRisk {
        /// What is earned.
        earned: Option<String>,
        /// The day on which it is decided.
        decided_on: NaiveDate,
    },
    /// The partner keeps the tier for a while yet.
    GraceStarted {
        /// What is earned.
        earned: Option<String>,
        /// The day on which it ends.
        ends_on: NaiveDate,
    },
    /// It is earned again.
    Kept,
    /// Down.
    Demoted {
        /// From which tier.
        from: Option<String>,
    },
}

/// What a partner merits on a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merit<'a> {
    /// The highest tier that is earned.
    pub earned: Option<&'a str>,
    /// All tiers that would be kept.
    pub kept: Vec<&'a str>,
}

impl<'a> From<&'a TrackProof> for Merit<'a> {
    fn from(proof: &'a TrackProof) -> Self {
        let kept = proof.tiers.iter().filter(|it| it.kept);
        Self {
            earned: proof.earned.as_deref(),
            kept: kept.map(|it| it.tier.as_str()).collect(),
        }
    }
}

/// What follows for a standing of what is earned at an instant.
#[must_use]
pub fn follow(
    track: &Track,
    calendar: &Calendar,
    before: Option<&Standing>,
    merit: &Merit<'_>,
    at: DateTime<Utc>,
) -> (Standing, Option<Move>) {
    let earned = merit.earned;
    let stands = |tier: Option<&str>, since, phase| Standing {
        tier: tier.map(str::to_owned),
        since,
        phase,
        looked_at: at,
    };
    let Some(before) = before else {
        return (stands(earned, at, Phase::Steady), Some(Move::Entered));
    };
    let day = calendar.day(at);
    let tier = before.tier.as_deref();
    let (held, merited) = (rank(track, tier), rank(track, earned));
    let from = || before.tier.clone();
    if let Some(reached) = reached(track, calendar, before, held..merited, at) {
        return (
            stands(Some(reached), at, Phase::Steady),
            Some(Move::Advanced { from: from() }),
        );
    }
    // What is enough to keep a tier need not be enough to earn it.
    if merited >= held || tier.is_some_and(|tier| merit.kept.contains(&tier)) {
        let kept = (before.phase != Phase::Steady).then_some(Move::Kept);
        return (stands(tier, before.since, Phase::Steady), kept);
    }
    let stays = |phase, what| (stands(tier, before.since, phase), what);
    let lost = || down(track, held, merited, at, from());
    let decided = || match track.graced(tier) {
        grace if grace > Span::of_days(0) => {
            let ends_on = lost_on(track, calendar, before, calendar.after(at, grace));
            let earned = earned.map(str::to_owned);
            let what = Move::GraceStarted { earned, ends_on };
            stays(Phase::Grace { since: at, ends_on }, Some(what))
        }
        _ => lost(),
    };
    let demotion = track.demotes(tier);
    let warned = track.warned(tier);
    match before.phase {
        // Whoever promises no warning decides on the very day of demotion.
        Phase::Steady
            if warned == Span::of_days(0)
                && falls_between(demotion, calendar, before.since, before.looked_at, at) =>
        {
            decided()
        }
        Phase::Steady => {
            let tomorrow = calendar.after(at, Span::of_days(1));
            let earliest = calendar.day(calendar.after(at, warned).max(tomorrow));
            let decided_on = next(demotion, calendar, before.since, earliest);
            let what = Move::AtRisk {
                earned: earned.map(str::to_owned),
                decided_on,
            };
            stays(
                Phase::AtRisk {
                    since: at,
                    decided_on,
                },
                Some(what),
            )
        }
        Phase::AtRisk { decided_on, .. } if day >= decided_on => decided(),
        Phase::Grace { ends_on, .. } if day >= ends_on => lost(),
        phase @ (Phase::AtRisk { .. } | Phase::Grace { .. }) => stays(phase, None),
    }
}

/// The highest of these tiers to which the partner goes up by now: each on its own days.
fn reached<'t>(
    track: &'t Track,
    calendar: &Calendar,
    before: &Standing,
    above: std::ops::Range<usize>,
    at: DateTime<Utc>,
) -> Option<&'t str> {
    let tiers = track.tiers.get(above).unwrap_or_default();
    let mut keys = tiers.iter().rev().map(|it| it.key.as_str());
    keys.find(|key| {
        let dates = track.promotes(key);
        falls_between(dates, calendar, before.since, before.looked_at, at)
    })
}

/// The day on which a tier is lost whose time of grace is over at an instant.
fn lost_on(
    track: &Track,
    calendar: &Calendar,
    standing: &Standing,
    over: DateTime<Utc>,
) -> NaiveDate {
    let (tier, day) = (standing.tier.as_deref(), calendar.day(over));
    match track.lost(tier) {
        Lost::AfterGrace => day,
        Lost::OnDemotion => next(track.demotes(tier), calendar, standing.since, day),
    }
}

/// The first day on which a tier may be lost that is decided on a day, where a time of grace follows;
/// nothing where none does.
#[must_use]
pub fn lost_after_grace(
    track: &Track,
    calendar: &Calendar,
    standing: &Standing,
    decided_on: NaiveDate,
) -> Option<NaiveDate> {
    let grace = track.graced(standing.tier.as_deref());
    if grace == Span::of_days(0) {
        return None;
    }
    let over = calendar.after(calendar.midnight(decided_on), grace);
    Some(lost_on(track, calendar, standing, over))
}

fn down(
    track: &Track,
    held: usize,
    merited: usize,
    at: DateTime<Utc>,
    from: Option<String>,
) -> (Standing, Option<Move>) {
    let standing = Standing {
        tier: below(track, held, merited).map(|it| it.key.clone()),
        since: at,
        phase: Phase::Steady,
        looked_at: at,
    };
    (standing, Some(Move::Demoted { from }))
}

/// The tier to which a partner falls from one that it does not merit any more; none for none.
fn below(track: &Track, held: usize, merited: usize) -> Option<&Tier> {
    let from = held.checked_sub(1).and_then(|place| track.tiers.get(place));
    let rank = match track.falls(from.map(|it| it.key.as_str())) {
        Falls::OneTier => merited.max(held.saturating_sub(1)),
        Falls::ToEarned => merited,
    };
    rank.checked_sub(1).and_then(|place| track.tiers.get(place))
}

/// The tier to which a partner would fall that stands on one and has earned another; none for none.
#[must_use]
pub fn falls_to<'t>(
    track: &'t Track,
    tier: Option<&str>,
    earned: Option<&str>,
) -> Option<&'t Tier> {
    below(track, rank(track, tier), rank(track, earned))
}

/// How high a tier is: 0 for none, and for one that the track does not have any more.
#[must_use]
pub fn rank(track: &Track, tier: Option<&str>) -> usize {
    let place = track
        .tiers
        .iter()
        .position(|it| Some(it.key.as_str()) == tier);
    place.map_or(0, |place| place + 1)
}

/// Whether one of the days lies after one instant, and not after another, for a tier on which a partner
/// stands since then.
#[must_use]
pub fn falls_between(
    dates: &Dates,
    calendar: &Calendar,
    since: DateTime<Utc>,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> bool {
    let (seen, today) = (calendar.day(after), calendar.day(until));
    let from = if seen < today {
        seen.succ_opt().unwrap_or(today)
    } else {
        today
    };
    next(dates, calendar, since, from) <= today
}

/// The first of the days that is not before this one, for a tier on which a partner stands since then.
#[must_use]
pub fn next(
    dates: &Dates,
    calendar: &Calendar,
    since: DateTime<Utc>,
    from: NaiveDate,
) -> NaiveDate {
    use chrono::Datelike;
    if let Some(every) = dates.after_every {
        let since = calendar.day(since);
        // From the first day each time: a month after 31 January and two after it are other days than
        // a month after the end of February.
        let mut days = (1..).map(|times| every.times(times).after_day(since));
        return days.find(|day| *day >= from).unwrap_or(from);
    }
    if let Some(unit) = dates.every {
        let start = calendar.start_of(unit, from);
        if start == from {
            return from;
        }
        let mut day = from;
        // No stretch is longer than a year and a day.
        for _ in 0..=366 {
            day = day.succ_opt().unwrap_or(day);
            if calendar.start_of(unit, day) == day {
                break;
            }
        }
        return day;
    }
    let year = from.year();
    let days =
        (year..=year + 1).flat_map(|year| dates.on.iter().filter_map(move |it| it.in_year(year)));
    days.filter(|day| *day >= from).min().unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::program::span::{MonthDay, Unit};

    fn track(review: &str) -> Track {
        let yaml = format!(
            "{{key: t, name: T, review: {review}, tiers: [{{key: a, name: A}}, {{key: b, name: B}}, \
             {{key: c, name: C}}]}}"
        );
        crate::document::from_yaml(&yaml, 10_000).unwrap()
    }

    fn calendar() -> Calendar {
        Calendar {
            zone: chrono_tz::Europe::Berlin,
            year: MonthDay { month: 1, day: 1 },
        }
    }

    fn merit(earned: Option<&str>) -> Merit<'_> {
        Merit {
            earned,
            kept: Vec::new(),
        }
    }

    fn at(day: &str) -> DateTime<Utc> {
        calendar().midnight(day.parse().unwrap()) + chrono::TimeDelta::hours(2)
    }

    /// What happens day by day, where so much is earned from those days on.
    fn told(review: &str, earned: &[(&str, Option<&str>)], until: &str) -> Vec<String> {
        let track = track(review);
        let (mut day, last) = (
            earned[0].0.parse::<NaiveDate>().unwrap(),
            until.parse().unwrap(),
        );
        let (mut standing, mut told) = (None, Vec::new());
        while day <= last {
            let merited = earned
                .iter()
                .rev()
                .find(|(from, _)| from.parse::<NaiveDate>().unwrap() <= day);
            let (next, what) = follow(
                &track,
                &calendar(),
                standing.as_ref(),
                &merit(merited.unwrap().1),
                at(&day.to_string()),
            );
            if let Some(what) = what {
                let name = format!("{what:?}");
                let name = name.split([' ', '{']).next().unwrap();
                told.push(format!(
                    "{day} {name} {}",
                    next.tier.as_deref().unwrap_or("-")
                ));
            }
            standing = Some(next);
            day = day.succ_opt().unwrap();
        }
        told
    }

    #[test]
    fn a_tier_is_lost_on_the_day_of_demotion_after_warning_and_grace() {
        let review = "{demotion: {on: [01-15, 07-15]}, warning: 30 days, grace: 60 days}";
        let earned = [("2027-01-01", Some("c")), ("2027-06-20", Some("a"))];
        assert_eq!(
            told(review, &earned, "2028-12-31"),
            [
                "2027-01-01 Entered c",
                // 15 July is too soon for a warning of 30 days.
                "2027-06-20 AtRisk c",
                "2028-01-15 GraceStarted c",
                "2028-07-15 Demoted a",
            ]
        );
        // That is known as soon as it is at risk, and told; without grace there is nothing to tell.
        let standing = Standing {
            tier: Some("c".to_owned()),
            since: at("2027-01-01"),
            phase: Phase::Steady,
            looked_at: at("2027-06-20"),
        };
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let lost = |review: &str| {
            let track = track(review);
            lost_after_grace(&track, &calendar(), &standing, day("2028-01-15"))
        };
        assert_eq!(lost(review), Some(day("2028-07-15")));
        assert_eq!(lost("{warning: 30 days}"), None);
    }

    #[test]
    fn a_tier_may_have_a_warning_and_a_grace_of_its_own() {
        let mut track = track("{warning: 10 days, grace: 20 days}");
        track.tiers[1].review = Some(crate::program::document::TierReview {
            warning: Some(Span::of_days(30)),
            grace: Some(Span::of_days(0)),
            ..Default::default()
        });
        let decided_on = |tier: &str, day: &str, phase| {
            let held = Standing {
                tier: Some(tier.to_owned()),
                since: at("2026-01-01"),
                phase,
                looked_at: at("2027-01-31"),
            };
            follow(&track, &calendar(), Some(&held), &merit(None), at(day)).1
        };
        let day = |day: &str| day.parse().unwrap();
        let warned = |tier| match decided_on(tier, "2027-02-01", Phase::Steady) {
            Some(Move::AtRisk { decided_on, .. }) => decided_on,
            other => panic!("{other:?}"),
        };
        assert_eq!(warned("b"), day("2027-03-03"));
        assert_eq!(warned("c"), day("2027-02-11"));
        let at_risk = || Phase::AtRisk {
            since: at("2027-01-01"),
            decided_on: day("2027-03-03"),
        };
        let then = |tier| decided_on(tier, "2027-03-03", at_risk());
        assert!(matches!(then("b"), Some(Move::Demoted { .. })));
        assert!(matches!(then("c"), Some(Move::GraceStarted { .. })));
    }

    #[test]
    fn a_tier_is_lost_when_grace_is_over_where_the_document_says_so() {
        let earned = [("2027-01-01", Some("c")), ("2027-06-20", Some("a"))];
        let review =
            "{demotion: {every: year}, warning: 30 days, grace: 90 days, lost: afterGrace}";
        let moves = [
            "2027-01-01 Entered c",
            "2027-06-20 AtRisk c",
            "2028-01-01 GraceStarted c",
            "2028-03-31 Demoted a",
        ];
        assert_eq!(told(review, &earned, "2029-02-01"), moves);
        let later = review.replace("lost: afterGrace", "lost: onDemotion");
        let moves = told(&later, &earned, "2029-02-01");
        assert_eq!(moves.last().unwrap(), "2029-01-01 Demoted a");
    }

    #[test]
    fn without_any_warning_it_is_decided_on_the_day_of_demotion_itself() {
        let review = "{demotion: {every: month}, warning: 0 days}";
        let earned = [
            ("2027-01-01", Some("c")),
            ("2027-06-01", Some("b")),
            ("2027-07-20", Some("a")),
        ];
        let moves = [
            "2027-01-01 Entered c",
            "2027-06-01 Demoted b",
            // Between such days there is time to tell it.
            "2027-07-20 AtRisk b",
            "2027-08-01 Demoted a",
        ];
        assert_eq!(told(review, &earned, "2027-12-31"), moves);
        let with_grace =
            "{demotion: {every: month}, warning: 0 days, grace: 5 days, lost: afterGrace}";
        let moves = told(with_grace, &earned, "2027-06-30");
        assert_eq!(
            moves[1..],
            ["2027-06-01 GraceStarted c", "2027-06-06 Demoted b"]
        );
    }

    #[test]
    fn a_tier_may_have_days_of_its_own_and_a_fall_of_its_own() {
        let mut track = track("{promotion: {every: year}, demotion: {every: year}}");
        let own = "{promotion: {every: month}, demotion: {every: month}, falls: oneTier, \
                    warning: 0 days}";
        track.tiers[2].review = Some(crate::document::from_yaml(own, 1_000).unwrap());
        let moved = |tier: &str, earned, day: &str| {
            let held = Standing {
                tier: Some(tier.to_owned()),
                since: at("2027-01-01"),
                phase: Phase::Steady,
                looked_at: at("2027-05-31"),
            };
            let (next, _) = follow(&track, &calendar(), Some(&held), &merit(earned), at(day));
            next.tier.unwrap()
        };
        // Up to `c` in any month, up to `b` when the year begins.
        assert_eq!(moved("a", Some("c"), "2027-06-01"), "c");
        assert_eq!(moved("a", Some("b"), "2027-06-01"), "a");
        assert_eq!(moved("a", Some("b"), "2028-01-01"), "b");
        // Down from `c` by one tier, in any month, and from `b` when the year begins.
        assert_eq!(moved("c", Some("a"), "2027-06-01"), "b");
        assert_eq!(moved("b", Some("a"), "2027-06-01"), "b");
    }

    #[test]
    fn whoever_mends_it_keeps_it_and_one_step_is_one_step() {
        let review =
            "{demotion: {every: quarter}, warning: 10 days, grace: 10 days, falls: oneTier}";
        let earned = [
            ("2027-01-01", Some("c")),
            ("2027-02-01", Some("b")),
            ("2027-04-05", Some("c")),
            ("2027-05-01", None),
        ];
        assert_eq!(
            told(review, &earned, "2028-01-31"),
            [
                "2027-01-01 Entered c",
                "2027-02-01 AtRisk c",
                "2027-04-01 GraceStarted c",
                "2027-04-05 Kept c",
                "2027-05-01 AtRisk c",
                "2027-07-01 GraceStarted c",
                "2027-10-01 Demoted b",
                "2027-10-02 AtRisk b",
                "2028-01-01 GraceStarted b",
            ]
        );
    }

    #[test]
    fn up_goes_it_on_the_days_of_promotion_also_where_nobody_looked_that_day() {
        let review = "{promotion: {on: [04-15]}}";
        let earned = [("2027-01-01", None), ("2027-02-01", Some("b"))];
        let moves = told(review, &earned, "2027-12-31");
        assert_eq!(moves, ["2027-01-01 Entered -", "2027-04-15 Advanced b"]);
        let track = track(review);
        let before = Standing {
            tier: None,
            since: at("2027-01-01"),
            phase: Phase::Steady,
            looked_at: at("2027-04-10"),
        };
        let (after, _) = follow(
            &track,
            &calendar(),
            Some(&before),
            &merit(Some("b")),
            at("2027-04-20"),
        );
        assert_eq!(after.tier.as_deref(), Some("b"));
        let (after, what) = follow(
            &track,
            &calendar(),
            Some(&after),
            &merit(Some("c")),
            at("2027-04-21"),
        );
        assert_eq!((after.tier.as_deref(), what), (Some("b"), None));
    }

    #[test]
    fn what_is_enough_to_keep_a_tier_need_not_be_enough_to_earn_it() {
        let track = track("{}");
        let keeps = Merit {
            earned: Some("a"),
            kept: vec!["a", "b"],
        };
        let moved = |tier: &str| {
            let before = Standing {
                tier: Some(tier.to_owned()),
                since: at("2027-01-01"),
                phase: Phase::Steady,
                looked_at: at("2027-01-01"),
            };
            follow(&track, &calendar(), Some(&before), &keeps, at("2027-01-02")).1
        };
        assert_eq!(moved("b"), None);
        assert!(matches!(moved("c"), Some(Move::AtRisk { .. })));
    }

    #[test]
    fn the_portal_may_rest_and_nobody_loses_a_day_of_grace() {
        let track = track("{demotion: {every: month}, warning: 10 days, grace: 30 days}");
        let follow = |standing: &Standing, day| {
            follow(
                &track,
                &calendar(),
                Some(standing),
                &merit(Some("a")),
                at(day),
            )
            .0
        };
        let held = Standing {
            tier: Some("c".to_owned()),
            since: at("2026-01-01"),
            phase: Phase::Steady,
            looked_at: at("2026-12-31"),
        };
        let warned = follow(&held, "2027-01-10");
        let after_a_rest = follow(&warned, "2027-06-20");
        let Phase::Grace { ends_on, .. } = after_a_rest.phase else {
            panic!("{after_a_rest:?}");
        };
        assert_eq!(ends_on, "2027-08-01".parse().unwrap());
    }

    proptest! {
        /// Nobody goes down who was not warned as long before as the document says.
        #[test]
        fn nobody_goes_down_unwarned(
            earned in prop::collection::vec(0_usize..4, 1..400),
            warning in 0_u32..40,
            grace in 0_u32..40,
            quarterly in any::<bool>(),
        ) {
            let every = if quarterly { Unit::Quarter } else { Unit::Month };
            let mut track = track("{}");
            track.review.demotion.every = Some(every);
            track.review.warning = Some(Span::of_days(warning));
            track.review.grace = Some(Span::of_days(grace));
            let tiers = [None, Some("a"), Some("b"), Some("c")];
            let mut standing: Option<Standing> = None;
            let mut warned: Option<NaiveDate> = None;
            let mut day: NaiveDate = "2027-01-01".parse().unwrap();
            for merited in earned {
                let before = standing.as_ref().map_or(0, |it| rank(&track, it.tier.as_deref()));
                let (next, what) = follow(&track, &calendar(), standing.as_ref(), &merit(tiers[merited]), at(&day.to_string()));
                match what {
                    Some(Move::AtRisk { .. }) => warned = Some(day),
                    // Where nobody is warned ahead, grace is the first that is heard of it.
                    Some(Move::GraceStarted { .. }) => {
                        prop_assert!(warned.is_some() || warning == 0);
                        warned = warned.or(Some(day));
                    }
                    Some(Move::Demoted { .. }) => {
                        let told = warned.take().map_or(0, |since| (day - since).num_days());
                        prop_assert!(told >= i64::from(warning + grace));
                        prop_assert!(merited < before);
                    }
                    Some(Move::Kept | Move::Advanced { .. }) => warned = None,
                    Some(Move::Entered) | None => {}
                }
                let after = rank(&track, next.tier.as_deref());
                let is_down = matches!(what, Some(Move::Demoted { .. }));
                prop_assert!(after >= before || is_down);
                prop_assert!(after >= merited);
                standing = Some(next);
                day = day.succ_opt().unwrap();
            }
        }
    }
}
