//! Letters of programs, tiers and appeals.

use chrono::{Days, NaiveDate};

use super::{company, day, now, owner};
use crate::notification::Letter;
use crate::notification::letter::{Bar, Brought, Limit, Lost, Shortfall, TrackNews, TrackReport};

fn ladder() -> String {
    "Meridian Partner Program".to_owned()
}

fn track() -> String {
    "Delivery".to_owned()
}

fn standing() -> String {
    "U3RhbmRpbmc6MDE5MzhkNmM".to_owned()
}

fn lacking() -> Vec<Shortfall> {
    vec![
        Shortfall {
            name: "Certified people".to_owned(),
            unit: Some("people".to_owned()),
            has: Some("4".to_owned()),
            limit: Some("6".to_owned()),
            bound: Limit::AtLeast,
        },
        Shortfall {
            name: "Consumption in the last twelve months".to_owned(),
            unit: Some("EUR".to_owned()),
            has: Some("118250.5".to_owned()),
            limit: Some("150000".to_owned()),
            bound: Limit::AtLeast,
        },
        Shortfall {
            name: "Customers lost".to_owned(),
            unit: None,
            has: None,
            limit: Some("10".to_owned()),
            bound: Limit::AtMost,
        },
    ]
}

fn losses() -> Vec<Lost> {
    let lost = |name: &str, had: Option<&str>, left: Option<&str>| Lost {
        name: name.to_owned(),
        had: had.map(str::to_owned),
        left: left.map(str::to_owned),
    };
    vec![
        lost("Discount", Some("25 %"), Some("15 %")),
        lost("Marketing fund in a year, EUR", Some("20000"), None),
        lost("Use of the logo", None, None),
    ]
}

/// Letters about versions of the program.
pub(super) fn programs() -> Vec<Letter> {
    vec![
        Letter::ProgramAnnounced {
            partner: company(),
            name: ladder(),
            number: 3,
            is_first: false,
            in_force_on: day(92),
            note: "Delivered projects count from now on, and not only what was sold.\n\nNothing \
                   else changes."
                .to_owned(),
            tracks: vec![
                TrackNews {
                    track: track(),
                    stands: Some("Gold".to_owned()),
                    before: Some("Gold".to_owned()),
                    after: Some("Silver".to_owned()),
                    missing: lacking(),
                    changes: vec![
                        "Delivery, Gold: Discount is 20 %; before: 25 %.".to_owned(),
                        "Delivery, Gold asks for Certified people: at least 6; before: Certified \
                         people: at least 4."
                            .to_owned(),
                    ],
                    more: 3,
                },
                TrackNews {
                    track: "Sales".to_owned(),
                    stands: Some("Silver".to_owned()),
                    before: Some("Silver".to_owned()),
                    after: Some("Silver".to_owned()),
                    missing: Vec::new(),
                    changes: Vec::new(),
                    more: 0,
                },
            ],
            notice: "UHJvZ3JhbU5vdGljZTowMTkzOGQ2Yw".to_owned(),
        },
        Letter::ProgramWithdrawn {
            name: ladder(),
            number: 3,
            reason: "We were told that the new limit is out of reach for services partners."
                .to_owned(),
        },
    ]
}

/// Letters about where a partner stands.
pub(super) fn tiers() -> Vec<Letter> {
    let (gold, silver) = (|| "Gold".to_owned(), || "Silver".to_owned());
    vec![
        Letter::TierAdvanced {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            from: Some(silver()),
            benefits: benefits(),
            standing: standing(),
        },
        Letter::TierAtRisk {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            earned: Some(silver()),
            decided_on: day(43),
            lost_on: Some(day(133)),
            missing: lacking(),
            losses: losses(),
            appeal_until: Some(day(30)),
            standing: standing(),
        },
        Letter::TierGraceStarted {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            earned: Some(silver()),
            ends_on: day(60),
            missing: lacking(),
            losses: losses(),
            appeal_until: Some(day(30)),
            standing: standing(),
        },
        Letter::TierKept {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            standing: standing(),
        },
        Letter::TierDemoted {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: Some(silver()),
            from: gold(),
            missing: lacking(),
            losses: losses(),
            appeal_until: day(30),
            standing: standing(),
        },
        Letter::TierOverridden {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            ends_on: day(180),
            reason: "The flood closed your office for two months.".to_owned(),
            benefits: benefits(),
            standing: standing(),
        },
    ]
}

fn benefits() -> Vec<Brought> {
    let benefit = |name: &str, value: Option<&str>| Brought {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    vec![
        benefit("Discount", Some("25 %")),
        benefit("Marketing fund in a year, EUR", Some("20000")),
        benefit("Use of the logo", None),
    ]
}

/// Letters about tiers that people give.
pub(super) fn overrides() -> Vec<Letter> {
    vec![
        Letter::OverrideProposed {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: "Gold".to_owned(),
            ends_on: day(180),
            reason: "The flood closed their office for two months.".to_owned(),
            proposer: owner(),
            proposal: "U3RhbmRpbmdPdmVycmlkZTow".to_owned(),
        },
        Letter::OverrideDecided {
            partner: company(),
            track: track(),
            tier: "Gold".to_owned(),
            approved: false,
            reviewer: "Priya Raman".to_owned(),
            reason: "Half a year is long: please propose it until spring.".to_owned(),
        },
    ]
}

/// Letters about appeals.
pub(super) fn appeals() -> Vec<Letter> {
    let appeal = || "QXBwZWFsOjAxOTM4ZDZj".to_owned();
    let answer_by = now() + Days::new(14);
    vec![
        Letter::AppealToReview {
            partner: company(),
            name: ladder(),
            track: track(),
            submitter: "Ana Costa".to_owned(),
            reason: "Two of our people were certified in October.\nThe files show it.".to_owned(),
            answer_by,
            appeal: appeal(),
            resubmitted: false,
        },
        Letter::AppealDueSoon {
            partner: company(),
            track: track(),
            answer_by,
            appeal: appeal(),
        },
        Letter::AppealReceived {
            partner: company(),
            track: track(),
            answer_by,
            appeal: appeal(),
        },
        Letter::AppealNeedsMore {
            partner: company(),
            track: track(),
            reviewer: "Priya Raman".to_owned(),
            reason: "Which two people? The certificates name nobody.".to_owned(),
            appeal: appeal(),
        },
        Letter::AppealDecided {
            partner: company(),
            track: track(),
            upheld: true,
            reviewer: "Priya Raman".to_owned(),
            reason: "The certificates are good; the import had left them out.".to_owned(),
            tier: Some("Gold".to_owned()),
            ends_on: Some(day(90)),
            appeal: appeal(),
        },
    ]
}

/// The quarterly report.
pub(super) fn reports() -> Vec<Letter> {
    let bar = |name: &str, has: &str, needs: &str, percent| Bar {
        name: name.to_owned(),
        has: has.to_owned(),
        needs: needs.to_owned(),
        unit: None,
        before: None,
        percent,
    };
    let of = |unit: &str, before: &str, bar: Bar| Bar {
        unit: Some(unit.to_owned()),
        before: Some(before.to_owned()),
        ..bar
    };
    vec![Letter::StandingReport {
        partner: company(),
        name: ladder(),
        from: NaiveDate::from_ymd_opt(2026, 7, 1).unwrap_or_default(),
        until: NaiveDate::from_ymd_opt(2026, 9, 30).unwrap_or_default(),
        tracks: vec![
            TrackReport {
                track: track(),
                tier: Some("Silver".to_owned()),
                since: NaiveDate::from_ymd_opt(2025, 4, 15).unwrap_or_default(),
                decided_on: None,
                next: Some("Gold".to_owned()),
                bars: vec![
                    of("people", "3", bar("Certified people", "4", "6", 66)),
                    of(
                        "EUR",
                        "96400",
                        bar(
                            "Consumption in the last twelve months",
                            "118250.5",
                            "150000",
                            78,
                        ),
                    ),
                    bar("Customers served", "12", "10", 100),
                    bar("Case studies", "0", "2", 0),
                ],
                loses: Some((day(75), Some("Ready".to_owned()))),
            },
            TrackReport {
                track: "Sales".to_owned(),
                tier: Some("Gold".to_owned()),
                since: NaiveDate::from_ymd_opt(2026, 1, 15).unwrap_or_default(),
                decided_on: Some(day(43)),
                next: None,
                bars: vec![bar("Deals won", "14", "15", 93)],
                loses: None,
            },
        ],
    }]
}
