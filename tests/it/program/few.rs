//! The best few of several, one person on several seats, and what is said with what there is.

use entente::program::diff::changes;

use super::faults;
use super::words::{rules, said};

/// Areas of which the best two count, roles of which one person may have two, and customers of whom two
/// things are asked.
const FEW: &str = r"
slug: few
name: Few
locale: en
exchange: {currency: EUR, rates: {}}
metrics:
  a: {measure: {of: measures, latest: value, where: {measure: a}}}
  b: {measure: {of: measures, latest: value, where: {measure: b}}}
  c: {measure: {of: measures, latest: value, where: {measure: c}}}
  bestTwo: {bestOf: {count: 2, of: [a, b, c]}}
  index: {name: {en: Index, de: Index}, mean: [{metric: a, weight: 60 %}, {metric: area, weight: 40 %}]}
  area: {cases: [{when: {partner: {inCloud: yes}}, use: b}]}
  plain: {mean: [a, b, c]}
  sales: {measure: {of: certificates, distinct: person, where: {certification: sales}}}
  design: {measure: {of: certificates, distinct: person, where: {certification: design}}}
  support: {measure: {of: certificates, distinct: person, where: {certification: support}}}
  alone: {seats: &roles [{of: sales, count: 1}, {of: design, count: 2}, {of: support, count: 1}]}
  twice: {seats: *roles, seatsEach: 2}
  asOften: {seats: *roles, seatsEach: 3}
  often: {measure: {of: deals, distinct: customer, having: {atLeast: 2}}}
  much: {measure: {of: deals, distinct: customer, currency: EUR, having: {sum: amount, atLeast: 100}}}
  oftenAndMuch: {counted: {byEach: [often, much]}}
  joined: {measure: {of: measures, where: {measure: joined}, during: {trailing: 50 years, back: 12 months}}}
  onSilver: {measure: {of: standings, where: {program: few, track: t, tier: [silver, gold]}}}
tracks:
  - key: t
    name: T
    review: {promotion: {every: month}, warning: 0 days}
    tiers:
      - {key: silver, name: Silver, requires: [{metric: sales, atLeast: 1}]}
      - {key: gold, name: Gold, requires: [{metric: sales, atLeast: 1}, {metric: onSilver, atLeast: 1}]}
  - key: slow
    name: Slow
    tiers:
      - key: kept
        name: Kept
        requires:
          - {onAnyDay: {within: {trailing: 90 days}, requires: [{metric: support, atLeast: 1}]}}
          - {atEndOf: {each: quarter, last: 1, requires: [{metric: often, atLeast: 1}]}}
tests:
  - name: The best two of three areas
    asOf: 2027-06-30
    facts:
      - {kind: measure.reported, on: 2027-01-01, measure: a, value: 30}
      - {kind: measure.reported, on: 2027-01-01, measure: b, value: -5}
      - {kind: measure.reported, on: 2027-01-01, measure: c, value: 7.5}
    expect: {metrics: {bestTwo: 37.5, index: 30, plain: 65/6}}
  - name: What applies weighs
    asOf: 2027-06-30
    facts:
      - {kind: partner.classified, on: 2027-01-01, attribute: inCloud, value: yes}
      - {kind: measure.reported, on: 2027-01-01, measure: a, value: 30}
      - {kind: measure.reported, on: 2027-01-01, measure: b, value: 50}
    expect: {metrics: {index: 38, plain: undefined}}
  - name: One that is known is the best of two
    asOf: 2027-06-30
    facts:
      - {kind: measure.reported, on: 2027-01-01, measure: b, value: -5}
    expect: {metrics: {bestTwo: -5}}
  - name: Nothing is known of any
    asOf: 2027-06-30
    facts: []
    expect: {metrics: {bestTwo: undefined}}
  - name: Two people on four seats, where each may have two
    asOf: 2027-06-30
    facts:
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: sales}
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: design}
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: support}
      - {kind: certificate.reported, on: 2027-01-10, holder: y, certification: design}
      - {kind: certificate.reported, on: 2027-01-10, holder: y, certification: support}
    expect: {metrics: {alone: 2, twice: 4, asOften: 4}}
  - name: Nobody sits twice on seats of one kind
    asOf: 2027-06-30
    facts:
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: sales}
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: design}
      - {kind: certificate.reported, on: 2027-01-10, holder: x, certification: support}
    expect: {metrics: {alone: 1, twice: 2, asOften: 3}}
  - name: Customers of whom two things are asked, and a year since joining
    asOf: 2027-06-30
    facts:
      - {kind: deal.won, on: 2027-01-10, deal: a, customer: x, motion: SOURCED, amount: 60, currency: EUR}
      - {kind: deal.won, on: 2027-02-10, deal: b, customer: x, motion: SOURCED, amount: 60, currency: EUR}
      - {kind: deal.won, on: 2027-02-10, deal: c, customer: y, motion: SOURCED, amount: 600, currency: EUR}
      - {kind: deal.won, on: 2027-02-10, times: 2, every: 1 day, deal: 'd{n}', customer: z, motion: SOURCED, amount: 6, currency: EUR}
      - {kind: measure.reported, on: 2026-06-30, measure: joined, value: 1}
    expect: {metrics: {often: 2, much: 2, oftenAndMuch: 1, joined: 1}}
  - name: Up one tier at a time, a month for each
    asOf: 2027-02-20
    facts: &seller
      - {kind: onboarding.completed, on: 2027-01-01, seconds: 5}
      - {kind: certificate.reported, on: 2027-01-20, holder: x, certification: sales}
    expect: {stands: {t: silver}}
  - name: And a month later the next
    asOf: 2027-03-02
    facts: *seller
    expect: {stands: {t: gold}}
  - name: Each requirement with a time of its own
    asOf: 2027-06-30
    facts: &slow
      - {kind: certificate.reported, on: 2026-01-10, holder: x, certification: support, validUntil: 2027-04-15}
      - {kind: deal.won, on: 2027-01-10, times: 2, every: 1 day, deal: 'd{n}', customer: z, motion: SOURCED, amount: 6, currency: EUR}
    expect: {tiers: {slow: kept}}
  - name: And past it
    asOf: 2027-07-20
    facts: *slow
    expect: {tiers: {slow: none}}
";

#[test]
fn the_best_few_and_seats_for_several_are_said() {
    assert_eq!(faults(FEW), Vec::<String>::new());
    for (right, wrong, code) in [
        ("count: 2, of: [a", "count: 4, of: [a", "OUT_OF_RANGE"),
        ("count: 2, of: [a, b, c]", "count: 1, of: []", "REQUIRED"),
        ("weight: 40 %", "weight: 0", "OUT_OF_RANGE"),
        ("{metric: area,", "{metric: areas,", "UNKNOWN_NAME"),
        ("{metric: area,", "{metric: index,", "CYCLE"),
        ("seatsEach: 2", "seatsEach: 0", "OUT_OF_RANGE"),
        (
            "{bestOf: {count: 2, of: [a, b, c]}}",
            "{best: [a, b, c], seatsEach: 2}",
            "MISFIT",
        ),
        ("twice: 4", "twice: 3", "TEST_FAILED"),
    ] {
        assert!(FEW.contains(right), "{right}");
        let found = faults(&FEW.replace(right, wrong));
        assert!(
            found.iter().any(|it| it.contains(code)),
            "{wrong}: {found:?}"
        );
    }
}

#[test]
fn they_are_told_in_both_languages() {
    let old = rules(FEW).document;
    let new = FEW.replace("{bestOf: {count: 2, of: [a, b, c]}}", "{best: [a, b, c]}");
    let new = new.replace("mean: [a, b, c]", "total: [a, b, c]");
    let new = new.replace("weight: 60 %", "weight: 2");
    let new = rules(&new.replace(", seatsEach: 2", "")).document;
    let told = |locale| {
        let changes = changes(&new, &old);
        let each = changes.iter().map(|it| said(&new, &old, it, locale));
        each.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(told("en"), @"
    bestTwo is measured otherwise: the sum of the highest 2 of “a”; “b”; “c”; before: the highest of “a”; “b”; “c”.
    Index is measured otherwise: the mean of “a” with weight 0.6; “area” with weight 0.4; before: the mean of “a” with weight 2; “area” with weight 0.4.
    plain is measured otherwise: the mean of “a”; “b”; “c”; before: the sum of “a”; “b”; “c”.
    twice is measured otherwise: whoever counts may fill seats of 2 kinds; this is new.
    ");
    insta::assert_snapshot!(told("de"), @"
    „bestTwo“ wird anders gemessen: die Summe der 2 höchsten von „a“; „b“; „c“; bisher: das Höchste von „a“; „b“; „c“.
    „Index“ wird anders gemessen: das Mittel von „a“ mit Gewicht 0,6; „area“ mit Gewicht 0,4; bisher: das Mittel von „a“ mit Gewicht 2; „area“ mit Gewicht 0,4.
    „plain“ wird anders gemessen: das Mittel von „a“; „b“; „c“; bisher: die Summe von „a“; „b“; „c“.
    „twice“ wird anders gemessen; neu gilt: wer zählt, darf Plätze von 2 Arten füllen.
    ");
}
