//! What a document says that its author hardly means.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use entente::program::lint::lint;
use entente::program::rules::Rules;

use super::words::rules;

fn doubts(yaml: &str) -> Vec<String> {
    let told = lint(&rules(yaml)).into_iter();
    let told = told.map(|it| format!("{}: {}", it.field.join("."), it.message));
    told.collect()
}

#[test]
fn what_is_hardly_meant_is_told_where_it_is_written() {
    let yaml = r"
slug: doubtful
name: Doubtful
locale: en
lists: {read: [a], left: [b]}
benefits: {desk: {name: Desk, kind: right}}
metrics:
  left: {measure: {of: customers}}
  here: {measure: {of: customers, where: {country: [DE, Germany], customer: {in: read}}}}
  large: {measure: {of: deals, where: {lineSince: {since: 2027-02-01, before: 2027-02-01}}}}
  never: {measure: {of: deals, during: {trailing: 0 days}, countsFor: 0 days}}
  share: {formula: 100 * here / (2 - 2)}
tracks:
  - key: t
    name: T
    review: {grace: 90 months}
    tiers:
      - key: gold
        name: Gold
        requires: [{metric: here, atLeast: 10}, {metric: large, atMost: {by: size, values: {S: 3, L: 4}}}]
        keeps: [{metric: here, above: 10}, {metric: here, below: 10}]
      - key: silver
        name: Silver
        review: {warning: 1000 days}
        requires: [{metric: here, atLeast: 5}, {metric: large, atMost: {by: size, values: {S: 3, L: 5}}}]
        keeps: [{metric: here, atLeast: 6}]
      - key: bronze
        name: Bronze
      - key: last
        name: Last
        requires:
          - anyOf: [{metric: share, atLeast: 2}, {metric: share, atMost: 1}]
          - allOf: [{metric: never, atLeast: 2}, {metric: never, below: 2}]
      - key: same
        name: Same
        requires:
          - anyOf: [{metric: share, atLeast: 2}, {metric: share, atMost: 1}]
          - allOf: [{metric: never, atLeast: 2}, {metric: never, below: 2}]
tests:
  - name: Nobody
    asOf: 2027-01-01
    facts: []
    expect: {tiers: {t: none}}
";
    insta::assert_snapshot!(doubts(yaml).join("\n"), @r"
    metrics.left: Nothing looks at it: no requirement, no benefit and no test, nor a metric that one of them looks at. Was a requirement forgotten? If it is there to be read alone, say in `about` what it is.
    lists.left: No metric refers to this list.
    benefits.desk: No tier brings it.
    metrics.here.measure.where.country: No country is called `Germany` in facts: they say two capital letters of ISO 3166-1, such as DE.
    metrics.large.measure.where.lineSince: Nothing is both, so nothing is measured.
    metrics.never.measure.during.trailing: So long a time holds no fact: write how far it goes back, such as `12 months`.
    metrics.never.measure.countsFor: So nothing counts on any day.
    metrics.share.formula: It divides by a number that is always 0, and so is never known.
    tracks.0.review.grace: That is more than two years. Is it meant?
    tracks.0.tiers.1.keeps.0: Silver is harder to keep than to reach: `here` 6 here, and 5 to reach it.
    tracks.0.tiers.1.requires.0: Silver asks for less than Gold below it: `here` 5 here, and 10 there. Tiers are written from the lowest to the highest.
    tracks.0.tiers.1.requires.1: Silver asks for less than Gold below it: `large` 5 here, and 4 there. Tiers are written from the lowest to the highest.
    tracks.0.tiers.2: It asks for nothing more, so nobody ever stays on Silver below it.
    tracks.0.tiers.4: It asks for nothing more, so nobody ever stays on Last below it.
    tracks.0.tiers.0.keeps.1: This and one before it are never both met.
    tracks.0.tiers.1.review.warning: That is more than two years. Is it meant?
    tracks.0.tiers.3.requires.1.allOf.1: This and one before it are never both met.
    tracks.0.tiers.4.requires.1.allOf.1: This and one before it are never both met.
    tracks.0: No test comes to a tier of it that asks for anything, so none shows that it can be reached.
    ");
}

#[test]
fn what_is_meant_is_not_doubted() {
    let good = r"
slug: good
name: Good
locale: en
benefits: {fee: {name: Fee, kind: share, costsOf: cost}}
metrics:
  cost: {measure: {of: deals, sum: amount, currency: EUR}}
  sales: {measure: {of: measures, latest: value, where: {measure: sales}}}
  people: {measure: {of: certificates, distinct: person}}
  told: {measure: {of: customers}}
  read: {about: Read on the page of the program alone., measure: {of: customers}}
  capped: {points: {of: sales, each: 1, atMost: 20}}
exchange: {currency: EUR, rates: {}}
tracks:
  - key: t
    name: T
    review: {demotion: {every: year}, grace: 2 years}
    tiers:
      - {key: registered, name: Registered, benefits: {fee: 5 %}}
      - key: silver
        name: Silver
        requires: [{metric: sales, atLeast: 50}, {metric: capped, atLeast: 20}]
        keeps: [{metric: sales, atLeast: 40.5}]
      # Less of one, and more of another.
      - {key: gold, name: Gold, requires: [{metric: sales, above: 20}, {metric: sales, atMost: 500}, {metric: people, atLeast: 3}]}
      # For others.
      - {key: expert, name: Expert, requires: [{metric: sales, atLeast: 1}, {partner: {kind: SERVICES}}]}
tests:
  - name: Silver
    asOf: 2027-01-01
    partner: {kind: RESELLER}
    facts: [{kind: measure.reported, on: 2026-01-01, measure: sales, value: 60}]
    expect: {tiers: {t: silver}, metrics: {told: 0}}
";
    assert_eq!(doubts(good), Vec::<String>::new());
}

#[test]
fn what_nobody_can_meet_is_told() {
    let yaml = r"
slug: reach
name: Reach
locale: en
metrics:
  people: {measure: {of: certificates, distinct: person}}
  points: {points: {of: people, each: 2, atMost: 20}}
  steps: {steps: {of: [{metric: people, needs: 1, each: 1, atMost: 5}, {metric: people, needs: 3, each: 1, atMost: 6}]}}
  seats: {seats: [{of: people, count: 2}, {of: people, count: 1}]}
  fixed: {value: {by: segment, values: {SMB: 5, MM: 10}}}
  bands: {bands: {of: people, steps: [{from: 0, is: 1}, {from: 5, is: 3}]}}
  least: {formula: 'min(people, 7)'}
  total: {total: [points, steps]}
  best: {best: [points, fixed], otherwise: 30}
  before: {earlier: {of: points, by: 1 year}}
  anew: {measure: {of: deals, sinceTier: t}}
  mean: {mean: [{metric: points, weight: 3}, steps]}
benefits:
  rebate: {name: Rebate, kind: share}
  hours: {name: Hours, kind: count}
tracks:
  - key: t
    name: T
    cumulative: true
    tiers:
      - key: a
        name: A
        requires:
          - {metric: points, above: 20}
          - {metric: steps, atLeast: 12}
          - {metric: seats, atLeast: 4}
          - {metric: fixed, atLeast: 11}
          - {metric: bands, above: 3}
          - {metric: least, atLeast: 8}
          - {metric: total, atLeast: 31.5}
          - {metric: total, atLeast: 32}
          - {metric: best, atLeast: 31}
          - {metric: before, atLeast: 21}
          - {metric: people, atLeast: 70 %}
          - {metric: mean, atLeast: 21}
        benefits: {rebate: bands, hours: bands}
      - {key: b, name: B, requires: [{metric: anew, atLeast: 1}, {metric: seats, atLeast: 3}, {metric: people, atLeast: 9}]}
tests:
  - {name: Nobody, asOf: 2027-01-01, facts: [], expect: {tiers: {t: none}}}
";
    insta::assert_snapshot!(doubts(yaml).join("\n"), @r"
    tracks.0.tiers.1.requires.1: What A asks for is asked for here, too, and is more: `seats` 3 here, and 4 there.
    tracks.0.tiers.0.requires.0: `points` comes to 20 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.1: `steps` comes to 11 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.2: `seats` comes to 3 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.3: `fixed` comes to 10 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.4: `bands` comes to 3 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.5: `least` comes to 7 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.6: `total` comes to 31 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.7: `total` comes to 31 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.7: One before it asks for the same metric: the stricter limit counts.
    tracks.0.tiers.0.requires.8: `best` comes to 30 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.9: `before` comes to 20 at most, so nobody ever meets this.
    tracks.0.tiers.0.requires.10: `people` counts whole ones, and 0.7 is none.
    tracks.0.tiers.0.requires.11: `mean` comes to 20 at most, so nobody ever meets this.
    tracks.0: No test comes to a tier of it that asks for anything, so none shows that it can be reached.
    tracks.0.tiers.0.benefits.rebate: `bands` comes to as much as 3, and a share to 1: 3 % is 0.03.
    tracks.0.tiers.1.requires: `anew` begins anew as soon as a partner stands here, so that the tier is not earned any more: say in `keeps` what is enough to stay, or in `demotion` when that is decided.
    ");
}

#[test]
fn metrics_that_are_made_of_each_other_are_looked_at_once() {
    // Each of all before it: by every way there would be 2^37 of them.
    let each = (1..39).map(|n| {
        let before: Vec<_> = (0..n).map(|it| format!("m{it}")).collect();
        format!("  m{n}: {{total: [{}]}}\n", before.join(", "))
    });
    let metrics = "  m0: {value: 1}\n".to_owned() + &each.collect::<String>();
    let yaml = format!(
        "slug: deep\nname: Deep\nlocale: en\nmetrics:\n{metrics}tracks:\n  - key: t\n    name: T\n    tiers:\n      - {{key: a, name: A, requires: [{{metric: m38, above: 1}}]}}\n"
    );
    assert_eq!(doubts(&yaml).len(), 1, "only that no test comes there");
}

#[test]
fn nothing_is_doubtful_in_the_programs_that_are_published() {
    let mut seen = 0;
    for file in std::fs::read_dir("programs").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let rules = Rules::from_yaml(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let told = lint(&rules);
            assert!(told.is_empty(), "{}: {told:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} programs");
}

fn check(file: &Path, more: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["program", "check"])
        .arg(file)
        .args(more)
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap();
    let told = [stdout, stderr].map(|it| String::from_utf8(it).unwrap());
    (status.success(), told.concat())
}

#[test]
fn a_warning_is_told_with_its_place_and_is_a_fault_where_it_is_wanted_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("program.yaml");
    let good = fs::read_to_string("programs/wix.yaml").unwrap();
    fs::write(&file, good.clone() + "lists: {left: [a]}\n").unwrap();
    let line = good.lines().count() + 1;
    let place =
        format!("program.yaml:{line}:15: warning: lists.left: No metric refers to this list.");
    for (more, passes, says) in [
        (vec![], true, "good, 4 tests passed. sha256:"),
        (vec!["--strict"], false, "4 tests passed; warnings: 1."),
    ] {
        let (passed, told) = check(&file, &more);
        assert_eq!(passed, passes, "{told}");
        assert!(told.contains(&place), "{told}");
        assert!(told.contains(says), "{told}");
    }
    fs::write(&file, b"name: Z\xfcrich\n").unwrap();
    let (passed, told) = check(&file, &[]);
    assert!(
        !passed && told.contains("is not UTF-8: save it in that encoding"),
        "{told}"
    );
}
