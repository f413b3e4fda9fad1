//! What holds of every evaluation, whatever the facts.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use entente::program::evaluate::{Profile, evaluate};
use entente::program::outlook::Outlook;
use entente::program::proof::{Evaluation, Judged};
use entente::program::record::Fact;
use entente::program::rules::Rules;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn rules(name: &str) -> Rules {
    let path = format!("programs/{name}.yaml");
    Rules::from_yaml(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn start() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

pub(super) fn fact(n: u128, kind: &str, hours: i64, late: i64, detail: Value) -> Fact {
    let at = start() + TimeDelta::hours(hours);
    Fact {
        recorded_at: at + TimeDelta::hours(late),
        ..fact_at(n, kind, at, detail)
    }
}

/// What happened to a partner at an instant, and was recorded then.
pub(super) fn fact_at(n: u128, kind: &str, occurred_at: DateTime<Utc>, detail: Value) -> Fact {
    Fact {
        id: Uuid::from_u128(n),
        kind: kind.to_owned(),
        person: None,
        subject: Uuid::from_u128(n),
        detail,
        occurred_at,
        recorded_at: occurred_at,
        corrects: None,
    }
}

/// Facts that the rules of Odoo's agreement read.
fn some_facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (0_u8..9, 0_i64..20_000, 0_i64..2_000, 0_u32..12, 0_i64..60);
    prop::collection::vec(one, 0..60).prop_map(|told| {
        let facts = told
            .into_iter()
            .zip(1_u128..)
            .map(|((kind, hours, late, who, users), n)| {
                let customer = format!("c{who}");
                match kind {
                    0 | 1 => fact(
                        n,
                        "users.changed",
                        hours,
                        late,
                        json!({ "customer": customer, "change": "NEW", "users": users }),
                    ),
                    2 => fact(
                        n,
                        "users.changed",
                        hours,
                        late,
                        json!({ "customer": customer, "change": "CHURN", "users": users / 4 }),
                    ),
                    3 | 4 => fact(
                        n,
                        "customer.acquired",
                        hours,
                        late,
                        json!({ "customer": customer }),
                    ),
                    5 => fact(
                        n,
                        "customer.lost",
                        hours,
                        late,
                        json!({ "customer": customer }),
                    ),
                    6 => fact(
                        n,
                        "certificate.reported",
                        hours,
                        late,
                        json!({ "holder": customer, "certification": "odoo-16" }),
                    ),
                    7 => fact(
                        n,
                        "partner.classified",
                        hours,
                        late,
                        json!({ "attribute": "segment", "value": if users % 2 == 0 { "SMB" } else { "LARGE" } }),
                    ),
                    _ => Fact {
                        corrects: Some(Uuid::from_u128(n.saturating_sub(1).max(1))),
                        ..fact(
                            n,
                            "users.changed",
                            hours,
                            late,
                            json!({ "customer": customer, "change": "NEW", "users": users }),
                        )
                    },
                }
            });
        facts.collect()
    })
}

pub(super) fn at(hours: i64) -> DateTime<Utc> {
    start() + TimeDelta::hours(hours)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Facts come in any order, and an evaluation that was stored is the one that is computed again.
    #[test]
    fn the_order_of_facts_does_not_matter(facts in some_facts(), seed in any::<u64>(), as_of in 0_i64..24_000, known in 0_i64..24_000) {
        let rules = rules("odoo-v11");
        let profile = Profile::new();
        let found = evaluate(&rules, &facts, &profile, at(as_of), at(known));
        let mut shuffled = facts;
        let many = shuffled.len();
        for place in 0..many {
            let step = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(place as u64);
            shuffled.swap(place, usize::try_from(step % many as u64).unwrap());
        }
        let again = evaluate(&rules, &shuffled, &profile, at(as_of), at(known));
        prop_assert_eq!(&found, &again);
        let stored = serde_json::to_string(&found).unwrap();
        let read: Evaluation = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        prop_assert_eq!(read, found);
    }

    /// What was recorded later is not known, whatever it says.
    #[test]
    fn what_was_not_known_changes_nothing(facts in some_facts(), as_of in 0_i64..24_000, known in 0_i64..24_000) {
        let rules = rules("odoo-v11");
        let profile = Profile::new();
        let found = evaluate(&rules, &facts, &profile, at(as_of), at(known));
        let before: Vec<_> = facts.into_iter().filter(|it| it.recorded_at <= at(known)).collect();
        prop_assert_eq!(evaluate(&rules, &before, &profile, at(as_of), at(known)), found);
    }

    /// More of what counts never leads to less.
    #[test]
    fn more_new_users_and_certificates_never_lower_a_tier(facts in some_facts(), users in 0_i64..500, as_of in 0_i64..24_000) {
        let rules = rules("odoo-v11");
        let profile = Profile::new();
        let tier = |facts: &[Fact]| {
            let found = evaluate(&rules, facts, &profile, at(as_of), at(100_000));
            found.tracks[0].tiers.iter().rposition(|it| it.earned)
        };
        let before = tier(&facts);
        let mut more = facts;
        more.push(fact(1000, "users.changed", as_of, 0, json!({ "customer": "new", "change": "NEW", "users": users })));
        more.push(fact(1001, "certificate.reported", as_of, 0, json!({ "holder": "new", "certification": "odoo-15" })));
        prop_assert!(tier(&more) >= before);
    }

    /// What is told to come, comes: nothing changes between the days that are told.
    #[test]
    fn what_is_told_to_come_comes(facts in some_facts(), as_of in 0_i64..20_000) {
        comes(&rules("odoo-v11"), facts, at(as_of))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The same where days of a window are asked for.
    #[test]
    fn what_is_told_to_come_of_days_comes(facts in some_facts(), as_of in 0_i64..20_000, every in any::<bool>()) {
        comes(&by_days(every), facts, at(as_of))?;
    }

    /// And where ends of stretches of the calendar are, and who is counted by several measures.
    #[test]
    fn what_is_told_to_come_of_ends_and_of_whom_comes(facts in some_facts(), as_of in 0_i64..20_000) {
        comes(&by_ends(), facts, at(as_of))?;
    }

    /// A requirement of ends counts those days on which its requirements hold as they end.
    #[test]
    fn ends_are_judged_as_each_of_them_is(facts in some_facts(), as_of in 0_i64..20_000) {
        let (rules, profile) = (by_ends(), Profile::new());
        let found = evaluate(&rules, &facts, &profile, at(as_of), at(100_000));
        let Judged::Ends { held, missed, .. } = &found.tracks[0].tiers[0].requires[0].what else {
            panic!("{:?}", found.tracks);
        };
        let holds = |day: &NaiveDate| {
            evaluate(&rules, &facts, &profile, rules.end_of(*day), at(100_000)).tracks[1].earned.is_some()
        };
        prop_assert!(held.iter().all(holds));
        prop_assert!(!missed.iter().any(holds));
        prop_assert_eq!(held.len() + missed.len(), 5);
        let months = held.iter().chain(missed).map(|day| day.succ_opt().unwrap());
        prop_assert!(months.clone().all(|day| day.day() == 1 && day <= rules.day(at(as_of))));
        prop_assert_eq!(months.collect::<BTreeSet<_>>().len(), 5);
        prop_assert_eq!(found.tracks[0].earned.is_some(), held.len() >= 2);
    }

    /// A requirement of days says what its requirements say day by day, and names the latest that decides.
    #[test]
    fn days_are_judged_as_each_of_them_is(facts in some_facts(), as_of in 0_i64..20_000, every in any::<bool>()) {
        let (rules, profile) = (by_days(every), Profile::new());
        let found = evaluate(&rules, &facts, &profile, at(as_of), at(100_000));
        let Judged::Days { from, to, day, .. } = &found.tracks[0].tiers[0].requires[0].what else {
            panic!("{:?}", found.tracks);
        };
        let holds = |day: NaiveDate| {
            let end = rules.end_of(day).min(at(as_of));
            evaluate(&rules, &facts, &profile, end, at(100_000)).tracks[1].earned.is_some()
        };
        let decides = from.iter_days().take_while(|it| it <= to).filter(|it| holds(*it) != every);
        prop_assert_eq!(*day, decides.last());
        prop_assert_eq!(found.tracks[0].earned.is_some(), day.is_some() != every);
    }
}

/// A program whose first track asks for days on which what the second asks for holds.
fn by_days(every: bool) -> Rules {
    let days = if every { "onEveryDay" } else { "onAnyDay" };
    let asks = "[{metric: net, atLeast: 40}, {metric: customers, atLeast: 2}]";
    let yaml = format!(
        "{{slug: days, name: Days, locale: en, zone: Europe/Brussels, metrics: {{\
           net: {{measure: {{of: users, sum: users, during: {{trailing: 6 months}}}}}}, \
           customers: {{measure: {{of: customers, distinct: customer}}}}}}, \
         tracks: [{{key: days, name: Days, tiers: [{{key: a, name: A, requires: \
           [{{{days}: {{within: {{trailing: 45 days}}, requires: {asks}}}}}]}}]}}, \
           {{key: each, name: Each, tiers: [{{key: a, name: A, requires: {asks}}}]}}]}}"
    );
    Rules::from_yaml(&yaml).unwrap()
}

/// A program whose first track asks for ends of months at which what the second asks for holds.
fn by_ends() -> Rules {
    let asks = "[{metric: weighed, atLeast: 40}, {metric: kept, atLeast: {by: segment, values: {SMB: 1}, otherwise: 2}}]";
    let yaml = format!(
        "{{slug: ends, name: Ends, locale: en, zone: Europe/Brussels, metrics: {{\
           net: {{measure: {{of: users, sum: users, during: {{trailing: 6 months}}}}}}, \
           half: {{formula: net / 2}}, \
           weighed: {{cases: [{{when: {{partner: {{segment: [SMB]}}}}, use: net}}, {{use: half}}]}}, \
           customers: {{measure: {{of: customers, distinct: customer}}}}, \
           users: {{measure: {{of: users, distinct: customer, latestPer: customer, during: {{trailing: 8 months}}}}}}, \
           kept: {{counted: {{byEach: [customers, users]}}}}}}, \
         tracks: [{{key: ends, name: Ends, tiers: [{{key: a, name: A, requires: \
           [{{atEndOf: {{each: month, last: 5, count: 2, requires: {asks}}}}}]}}]}}, \
           {{key: each, name: Each, tiers: [{{key: a, name: A, requires: {asks}}}]}}]}}"
    );
    Rules::from_yaml(&yaml).unwrap()
}

/// Looks at every thirteenth day, and at those that are told, each of them by itself.
fn comes(rules: &Rules, facts: Vec<Fact>, as_of: DateTime<Utc>) -> Result<(), TestCaseError> {
    let profile = Profile::new();
    let known = at(100_000);
    // Nothing more happens after the instant that is looked from.
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|it| it.occurred_at <= as_of)
        .collect();
    let outlook = Outlook::new(rules, &facts, &profile, as_of, known);
    let until = (as_of + TimeDelta::days(366)).date_naive();
    let found = outlook.evaluation();
    let turns = outlook.turns(until);
    prop_assert_eq!(&found.turns, &turns);
    let mut turns = turns
        .into_iter()
        .filter(|it| it.track == found.tracks[0].track)
        .peekable();
    let mut tier = found.tracks[0].earned.clone();
    let mut day = as_of.date_naive() + TimeDelta::days(1);
    while day <= until {
        if turns.peek().is_some_and(|it| it.on == day) {
            tier = turns.next().unwrap().to;
        }
        let midnight = day.and_hms_opt(0, 0, 0).unwrap();
        let midnight = midnight
            .and_local_timezone(chrono_tz::Europe::Brussels)
            .unwrap();
        let then = evaluate(rules, &facts, &profile, midnight.with_timezone(&Utc), known);
        prop_assert_eq!(&then.tracks[0].earned, &tier, "{}", day);
        let asked = |of: &Evaluation| -> Vec<_> {
            let tiers = of.tracks.iter().flat_map(|it| it.tiers.clone());
            tiers.flat_map(|it| it.requires).collect()
        };
        for (before, after) in asked(&found).into_iter().zip(asked(&then)) {
            // Up to the day that is told it is judged as it is, and on that day otherwise.
            if before.until.is_none_or(|until| day < until) {
                prop_assert_eq!(before.verdict, after.verdict, "{:?} on {}", before, day);
            }
            if before.until == Some(day) {
                prop_assert_ne!(before.verdict, after.verdict, "{:?} on {}", before, day);
            }
        }
        for (name, metric) in &found.metrics {
            let then = &then.metrics[name].outcome;
            if let Some(next) = &metric.next
                && day <= next.on
            {
                let wanted = if day < next.on {
                    &metric.outcome
                } else {
                    &next.outcome
                };
                prop_assert_eq!(then, wanted, "{} on {}", name, day);
            }
        }
        day += TimeDelta::days(13);
        // Days that are told are looked at, too.
        let told = asked(&found).into_iter().filter_map(|it| it.until);
        let told = told.chain(
            found
                .metrics
                .values()
                .filter_map(|it| Some(it.next.as_ref()?.on)),
        );
        let told = told.chain(turns.peek().map(|it| it.on));
        let before = day - TimeDelta::days(13);
        day = told
            .filter(|it| *it > before && *it < day)
            .min()
            .unwrap_or(day);
    }
    Ok(())
}

#[test]
fn what_is_missing_is_told_as_the_least_that_is_enough() {
    let rules = rules("microsoft-azure-infrastructure");
    let mut facts = vec![fact(
        1,
        "consumption.reported",
        24,
        0,
        json!({
            "customer": "c", "product": "sql", "amount": "1500", "currency": "USD",
        }),
    )];
    facts.extend((2..4).map(|n| {
        fact(
            n,
            "certificate.reported",
            24,
            0,
            json!({
                "holder": format!("h{n}"), "certification": "azure-administrator",
            }),
        )
    }));
    let profile = Profile::new();
    let outlook = Outlook::new(&rules, &facts, &profile, at(24 * 40), at(24 * 40));
    let next = outlook.next("infrastructure").unwrap();
    assert_eq!(next.tier, "solutions-partner");

    let rules = super::laws::rules("odoo-v11");
    let facts: Vec<_> = (1..3)
        .map(|n| {
            fact(
                n,
                "certificate.reported",
                24,
                0,
                json!({
                    "holder": format!("h{n}"), "certification": "odoo-16",
                }),
            )
        })
        .chain([fact(
            9,
            "users.changed",
            24,
            0,
            json!({ "customer": "a", "change": "NEW", "users": 60 }),
        )])
        .collect();
    let outlook = Outlook::new(&rules, &facts, &profile, at(48), at(48));
    let next = outlook.next("partnership").unwrap();
    let ways: Vec<_> = next
        .missing
        .iter()
        .map(|it| {
            let ways = it
                .ways
                .iter()
                .map(|way| format!("{} +{}", way.metric, way.more));
            ways.collect::<Vec<_>>().join(" or ")
        })
        .collect();
    assert_eq!(next.tier, "silver");
    assert_eq!(ways, ["newUsers +15", "certifiedEmployees +1", ""]);
}

#[test]
fn nobody_sits_on_two_seats() {
    let yaml = "slug: p\nname: P\nlocale: en\nmetrics:\n  experts: {measure: {of: certificates, distinct: \
                person, where: {certification: expert}}}\n  consultants: {measure: {of: certificates, \
                distinct: person, where: {certification: consultant}}}\n  staff: {seats: [{of: experts, count: \
                2}, {of: consultants, count: 2}]}\ntracks: [{key: t, name: T, tiers: [{key: one, name: One, \
                requires: [{metric: staff, atLeast: 4}]}]}]\n";
    let rules = Rules::from_yaml(yaml).unwrap();
    let seats = |held: &[(&str, &str)]| {
        let facts: Vec<_> = held
            .iter()
            .zip(1_u128..)
            .map(|((holder, certification), n)| {
                fact(
                    n,
                    "certificate.reported",
                    0,
                    0,
                    json!({ "holder": holder, "certification": certification }),
                )
            })
            .collect();
        let found = evaluate(&rules, &facts, &Profile::new(), at(1), at(1));
        found.metrics["staff"].outcome.value().unwrap().to_string()
    };
    assert_eq!(seats(&[]), "0");
    let two = [
        ("a", "expert"),
        ("b", "expert"),
        ("a", "consultant"),
        ("b", "consultant"),
    ];
    assert_eq!(seats(&two), "2");
    // Whoever comes for one seat may have to leave it to another.
    let four = [
        ("a", "expert"),
        ("b", "expert"),
        ("c", "expert"),
        ("d", "consultant"),
        ("a", "consultant"),
        ("a", "other"),
        ("e", "other"),
    ];
    assert_eq!(seats(&four), "4");
}
