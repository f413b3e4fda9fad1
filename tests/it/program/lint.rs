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
";
    insta::assert_snapshot!(doubts(yaml).join("\n"), @r"
    metrics.left: Nothing looks at it: no requirement, no benefit and no test, nor a metric that one of them looks at. Was a requirement forgotten?
    lists.left: No metric refers to this list.
    benefits.desk: No tier brings it.
    metrics.here.measure.where.country: No country is called `Germany` in facts: they say two capital letters of ISO 3166-1, such as DE.
    metrics.large.measure.where.lineSince: Nothing is both, so nothing is measured.
    metrics.never.measure.during.trailing: So long a time holds no fact: write how far it goes back, such as `12 months`.
    metrics.never.measure.countsFor: So nothing counts on any day.
    metrics.share.formula: It divides by a number that is always 0, and so is never known.
    tracks.0.review.grace: That is more than two years. Is it meant?
    tracks.0.tiers.0.keeps.1: This and one before it are never both met.
    tracks.0.tiers.1.review.warning: That is more than two years. Is it meant?
    tracks.0.tiers.1.keeps.0: Silver is harder to keep than to reach: `here` 6 here, and 5 to reach it.
    tracks.0.tiers.1.requires.0: Silver asks for less than Gold below it: `here` 5 here, and 10 there. Tiers are written from the lowest to the highest.
    tracks.0.tiers.1.requires.1: Silver asks for less than Gold below it: `large` 5 here, and 4 there. Tiers are written from the lowest to the highest.
    tracks.0.tiers.2: It asks for nothing more, so nobody ever stays on Silver below it.
    tracks.0.tiers.3.requires.1.allOf.1: This and one before it are never both met.
    ");
}

#[test]
fn what_is_meant_is_not_doubted() {
    let good = r"
slug: good
name: Good
locale: en
benefits: {fee: {name: Fee, kind: share, costsOf: sales}}
metrics:
  sales: {measure: {of: deals, sum: amount, currency: EUR}}
  told: {measure: {of: customers}}
  here: {measure: {of: customers, where: {country: DE}}}
exchange: {currency: EUR, rates: {}}
tracks:
  - key: t
    name: T
    tiers:
      - {key: registered, name: Registered, benefits: {fee: 5 %}}
      - {key: silver, name: Silver, requires: [{metric: here, atLeast: 5}], keeps: [{metric: here, atLeast: 4}]}
      - {key: gold, name: Gold, requires: [{metric: here, above: 5}, {metric: here, atMost: 50}]}
tests:
  - {name: Nobody, asOf: 2027-01-01, facts: [], expect: {tiers: {t: registered}, metrics: {told: 0}}}
";
    assert_eq!(doubts(good), Vec::<String>::new());
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
    for (more, passes) in [(vec![], true), (vec!["--strict"], false)] {
        let (passed, told) = check(&file, &more);
        assert_eq!(passed, passes, "{told}");
        assert!(told.contains(&place), "{told}");
        assert!(told.contains("good, 4 tests passed"), "{told}");
    }
    fs::write(&file, b"name: Z\xfcrich\n").unwrap();
    let (passed, told) = check(&file, &[]);
    assert!(
        !passed && told.contains("is not UTF-8: save it in that encoding"),
        "{told}"
    );
}
