//! Tiers that ask for tiers, both ways where no circle comes of it, and for what was long ago.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use entente::program::diff::changes;

use super::faults;
use super::words::{rules, said};

/// The highest tier of each of two tracks gives the middle one of the other.
const BOTH: &str = r"
slug: both
name: Both
locale: en
metrics:
  sold: {measure: {of: measures, latest: value, where: {measure: sold}}, otherwise: 0}
  served: {measure: {of: measures, latest: value, where: {measure: served}}, otherwise: 0}
tracks:
  - key: selling
    name: Selling
    tiers:
      - {key: silver, name: Silver, requires: [{metric: sold, atLeast: 10}]}
      - {key: gold, name: Gold, requires: [{anyOf: [{metric: sold, atLeast: 50}, {tier: {serving: platinum}}]}]}
      - {key: platinum, name: Platinum, requires: [{metric: sold, atLeast: 100}]}
  - key: serving
    name: Serving
    tiers:
      - {key: silver, name: Silver, requires: [{metric: served, atLeast: 10}]}
      - key: gold
        name: Gold
        requires: [{anyOf: [{metric: served, atLeast: 50}, {tier: {selling: platinum}}]}]
        keeps: [{tier: {selling: gold}}]
      - {key: platinum, name: Platinum, requires: [{metric: served, atLeast: 100}]}
tests:
  - name: Platinum for selling gives gold for serving
    asOf: 2027-06-30
    facts: [{kind: measure.reported, on: 2027-01-01, measure: sold, value: 100}]
    expect: {tiers: {selling: platinum, serving: gold}}
  - name: And the other way round
    asOf: 2027-06-30
    facts: [{kind: measure.reported, on: 2027-01-01, measure: served, value: 100}]
    expect: {tiers: {selling: gold, serving: platinum}}
  - name: Gold gives nothing, and keeps gold for serving
    asOf: 2027-06-30
    facts:
      - {kind: measure.reported, on: 2026-01-01, measure: sold, value: 100}
      - {kind: measure.reported, on: 2027-01-01, measure: sold, value: 50}
    expect: {tiers: {selling: gold, serving: none}, stands: {selling: gold, serving: gold}}
";

#[test]
fn tiers_of_two_tracks_may_ask_for_each_other() {
    assert_eq!(faults(BOTH), Vec::<String>::new());
    // What is enough to keep a tier, nothing waits for.
    let keeps = BOTH.replace(
        "{key: platinum, name: Platinum, requires: [{metric: served, atLeast: 100}]}",
        "{key: platinum, name: Platinum, requires: [{metric: served, atLeast: 100}], keeps: [{tier: {selling: gold}}]}",
    );
    assert_eq!(faults(&keeps), Vec::<String>::new());
}

/// Each asks for the lower tier of the other, and gold on one gives gold on the other.
const MUTUAL: &str = r"
slug: mutual
name: Mutual
locale: en
metrics:
  sold: {measure: {of: measures, latest: value, where: {measure: sold}}, otherwise: 0}
  served: {measure: {of: measures, latest: value, where: {measure: served}}, otherwise: 0}
tracks:
  - key: a
    name: A
    cumulative: true
    tiers:
      - {key: silver, name: Silver, requires: [{metric: sold, atLeast: 1}]}
      - {key: gold, name: Gold, requires: [{anyOf: [{metric: sold, atLeast: 5}, {tier: {b: gold}}]}, {tier: {b: silver}}]}
  - key: b
    name: B
    cumulative: true
    tiers:
      - {key: silver, name: Silver, requires: [{metric: served, atLeast: 1}]}
      - {key: gold, name: Gold, requires: [{anyOf: [{metric: served, atLeast: 5}, {tier: {a: gold}}]}, {tier: {a: silver}}]}
tests:
  - name: Silver on both is no gold by itself
    asOf: 2027-06-30
    facts:
      - {kind: measure.reported, on: 2027-01-01, measure: sold, value: 4}
      - {kind: measure.reported, on: 2027-01-01, measure: served, value: 4}
    expect: {tiers: {a: silver, b: silver}}
  - name: Gold on one is gold on the other
    asOf: 2027-06-30
    facts:
      - {kind: measure.reported, on: 2027-01-01, measure: sold, value: 5}
      - {kind: measure.reported, on: 2027-01-01, measure: served, value: 1}
    expect: {tiers: {a: gold, b: gold}}
  - name: Without silver on the other there is no gold
    asOf: 2027-06-30
    facts: [{kind: measure.reported, on: 2027-01-01, measure: sold, value: 9}]
    expect: {tiers: {a: silver, b: none}}
";

#[test]
fn tiers_may_wait_for_each_other_as_long_as_something_else_brings_them() {
    assert_eq!(faults(MUTUAL), Vec::<String>::new());
}

#[test]
fn a_tier_that_nobody_could_ever_earn_is_refused() {
    let both = MUTUAL
        .replace("{metric: sold, atLeast: 5}, ", "")
        .replace("{metric: served, atLeast: 5}, ", "");
    insta::assert_snapshot!(faults(&both).join("\n"), @r#"Refusal { code: "CYCLE", message: "Nobody can ever earn this, since each waits for another one, or for itself: gold of a, gold of b.", field: ["tracks", "0", "tiers", "1", "requires"] }"#);
    let own = BOTH.replace(
        "{key: silver, name: Silver, requires: [{metric: served, atLeast: 10}]}",
        "{key: silver, name: Silver, requires: [{tier: {serving: silver}}]}",
    );
    // Gold and platinum bring it yet.
    let told = faults(&own);
    assert!(!told.iter().any(|it| it.contains("CYCLE")), "{told:?}");
}

#[test]
fn what_does_not_apply_of_a_lower_tier_is_not_asked_for_by_those_above_it() {
    let yaml = r"
slug: exams
name: Exams
locale: en
metrics:
  exams: {cases: [{when: {partner: {segment: [MM]}}, use: 0}]}
  people: {measure: {of: certificates, distinct: person}}
tracks:
  - key: t
    name: T
    cumulative: true
    tiers:
      - {key: base, name: Base}
      - {key: silver, name: Silver, requires: [{metric: exams, atLeast: 1}]}
      - {key: gold, name: Gold, requires: [{metric: people, atLeast: 1}]}
tests:
  - name: There is no exam for small ones
    asOf: 2027-06-30
    partner: {segment: SMB}
    facts: &one [{kind: certificate.reported, on: 2027-01-10, holder: h, certification: network}]
    expect: {tiers: {t: gold}}
  - {name: And nobody there, asOf: 2027-06-30, partner: {segment: SMB}, expect: {tiers: {t: base}}}
  - {name: Larger ones need it, asOf: 2027-06-30, partner: {segment: MM}, facts: *one, expect: {tiers: {t: base}}}
";
    assert_eq!(faults(yaml), Vec::<String>::new());
}

/// Points that count anew with each tier, and fewer of them to stay on it for another year.
const ANEW: &str = r"
slug: miles
name: Miles
locale: en
metrics:
  miles: {name: Miles, measure: {of: points, sum: points, sinceTier: status}}
  onSilver: {measure: {of: standings, where: {program: miles, track: status, tier: [silver, gold]}}}
tracks:
  - key: status
    name: Status
    review: {demotion: {afterEvery: 1 year}, warning: 0 days, falls: oneTier}
    tiers:
      - {key: bronze, name: Bronze}
      - {key: silver, name: Silver, requires: [{metric: miles, atLeast: 100}], keeps: [{metric: miles, atLeast: 60}]}
      - key: gold
        name: Gold
        requires: [{metric: onSilver, atLeast: 1}, {metric: miles, atLeast: 100}]
        keeps: [{metric: miles, atLeast: 60}]
tests:
  - name: What brought Silver does not count for Gold
    asOf: 2026-05-31
    facts: &miles
      - {kind: points.awarded, on: 2026-01-10, achievement: a, points: 150}
      - {kind: points.awarded, on: 2026-05-01, achievement: b, points: 90}
      - {kind: points.awarded, on: 2026-06-01, achievement: c, points: 10}
      - {kind: points.awarded, on: 2027-01-01, achievement: d, points: 60}
    expect: {stands: {status: silver}}
  - name: A hundred more do
    asOf: 2026-06-30
    facts: *miles
    expect: {stands: {status: gold}}
  - name: With sixty in its first year it stays
    asOf: 2027-06-30
    facts: *miles
    expect: {stands: {status: gold}}
  - name: As facts tell it
    asOf: 2026-06-30
    facts:
      - {kind: tier.entered, on: 2025-12-01, program: miles, track: status, tier: bronze}
      - {kind: points.awarded, on: 2026-01-10, achievement: a, points: 150}
      - {kind: tier.advanced, on: 2026-01-11, program: miles, track: status, tier: silver, from: bronze}
      - {kind: points.awarded, on: 2026-02-01, achievement: b, points: 20}
    expect: {metrics: {miles: 20}}
";

#[test]
fn a_count_may_begin_anew_with_each_tier() {
    assert_eq!(faults(ANEW), Vec::<String>::new());
    // Without the sixty it falls by one tier, a year after it came there.
    let fewer = ANEW.replace("achievement: d, points: 60", "achievement: d, points: 59");
    let told = faults(&fewer).join("\n");
    assert!(told.contains("it stands on silver, not on gold"), "{told}");
    // What is enough to stay is what is missing, and not what it took to come there.
    assert!(told.contains("Miles: 59 of at least 60"), "{told}");
    for (right, wrong, code) in [
        ("sinceTier: status", "sinceTier: state", "UNKNOWN_NAME"),
        ("{of: points, sum: points,", "{of: customers,", "MISFIT"),
    ] {
        let told = faults(&ANEW.replace(right, wrong));
        assert!(told.iter().any(|it| it.contains(code)), "{told:?}");
    }
    let new = rules(ANEW).document;
    let old = rules(&ANEW.replace(", sinceTier: status", "")).document;
    let told = changes(&old, &new);
    let [change] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(
        ["en", "de"].map(|locale| said(&old, &new, change, locale)),
        [
            "Miles is measured otherwise: only since the partner came to its tier of “Status”; this is new.",
            "„Miles“ wird anders gemessen; neu gilt: nur, seit der Partner auf seine Stufe bei „Status“ kam.",
        ]
    );
}

/// A tier of which nothing applies, on a track that is for some.
const NOTHING: &str = r"
slug: nothing
name: Nothing
locale: en
metrics:
  exams: {notApplicable: There is no exam for this area.}
tracks:
  - key: t
    name: T
    tiers: [{key: one, name: One, requires: [{metric: exams, atLeast: 1}]}]
  - key: others
    name: Others
    partner: {kind: [SERVICES]}
    tiers: [{key: one, name: One}]
tests:
  - {name: Nobody, asOf: 2027-06-30, expect: {tiers: {t: one, others: one}}}
  - {name: Nowhere, asOf: 2027-06-30, expect: {stands: {t: one, others: one}}}
";

#[test]
fn why_a_tier_is_not_earned_of_which_nothing_applies_is_told() {
    insta::assert_snapshot!(faults(NOTHING).join("\n"), @r#"
    Refusal { code: "TEST_FAILED", message: "Nobody: none is earned, not one: the track is not for this partner.", field: ["tests", "0", "expect", "tiers", "others"] }
    Refusal { code: "TEST_FAILED", message: "Nobody: none is earned, not one: exams: not applicable (There is no exam for this area.); needed: at least 1.", field: ["tests", "0", "expect", "tiers", "t"] }
    Refusal { code: "TEST_FAILED", message: "Nowhere: it stands on none, not on one: nothing moved, the track is not for this partner.", field: ["tests", "1", "expect", "stands", "others"] }
    Refusal { code: "TEST_FAILED", message: "Nowhere: it stands on none, not on one: nothing moved, exams: not applicable (There is no exam for this area.); needed: at least 1.", field: ["tests", "1", "expect", "stands", "t"] }
    "#);
}

#[test]
fn changes_are_told_before_the_tests_of_a_draft_pass() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (dir.path().join("old.yaml"), dir.path().join("new.yaml"));
    fs::write(&old, BOTH).unwrap();
    fs::write(
        &new,
        BOTH.replace(
            "{metric: sold, atLeast: 50}",
            "{metric: sold, atLeast: 500}",
        ),
    )
    .unwrap();
    let entente = |args: &[&OsStr]| {
        let command = Command::new(env!("CARGO_BIN_EXE_entente"))
            .arg("program")
            .args(args)
            .output()
            .unwrap();
        (
            command.status.success(),
            String::from_utf8(command.stdout).unwrap(),
        )
    };
    let (passed, _) = entente(&["check".as_ref(), new.as_ref()]);
    assert!(!passed);
    let (told, says) = entente(&["diff".as_ref(), old.as_ref(), new.as_ref()]);
    assert!(told && says.contains("500"), "{says}");
}

#[test]
fn ends_of_many_years_are_looked_at() {
    let years = |last: u32, count: u32, expected: &str| {
        let deals = (2013..2027).filter(|year| year % 3 != 0);
        let deals = deals.map(|year| {
            format!(
                "{{kind: deal.won, on: {year}-05-05, deal: d{year}, amount: 1, currency: EUR, motion: SOURCED}}"
            )
        });
        let facts: Vec<_> = deals.collect();
        format!(
            "{{slug: loyal, name: Loyal, locale: en, exchange: {{currency: EUR, rates: {{}}}}, metrics: {{deals: {{measure: {{of: deals, \
             during: {{calendar: year, current: true}}}}}}}}, tracks: [{{key: t, name: T, tiers: [{{key: one, name: One, requires: \
             [{{atEndOf: {{each: year, last: {last}, count: {count}, requires: [{{metric: deals, atLeast: 1}}]}}}}]}}]}}], \
             tests: [{{name: Years, asOf: 2027-06-30, facts: [{}], expect: {{tiers: {{t: {expected}}}}}}}]}}",
            facts.join(", ")
        )
    };
    // Nine of the fourteen years from 2013 on.
    assert_eq!(faults(&years(15, 9, "one")), Vec::<String>::new());
    assert_eq!(faults(&years(15, 10, "none")), Vec::<String>::new());
    assert_eq!(faults(&years(12, 9, "none")), Vec::<String>::new());
    let wrong = faults(&years(201, 10, "none"));
    assert!(
        wrong[0].contains("OUT_OF_RANGE") && wrong[0].contains("last"),
        "{wrong:?}"
    );
}
