//! What the language can say that no program in `programs/` says: each document shows by its own tests
//! that it means what it says.

use entente::document::at_yaml;
use entente::error::Error;
use entente::program::evaluate::Profile;
use entente::program::outlook::Outlook;
use entente::program::record::Fact;
use entente::program::rules::Rules;
use serde_json::json;

use super::faults;
use super::laws::{at, fact};

/// A document is refused with that code where one text in it is replaced by another.
fn is_refused(document: &str, right: &str, wrong: &str, code: &str) {
    assert!(document.contains(right), "{right}");
    let told = faults(&document.replacen(right, wrong, 1));
    assert!(told.iter().any(|it| it.contains(code)), "{wrong}: {told:?}");
}

/// Who is counted by several measures, and the latest answer of each customer.
const WHOM: &str = r"
slug: whom
name: Whom
locale: en
metrics:
  certified: {measure: {of: certificates, distinct: person, where: {certification: cloud}}}
  trained: {measure: {of: courses, distinct: person, where: {course: cloud-sales}}}
  left: {measure: {of: certificates, distinct: person, where: {certification: retired}}}
  both: {counted: {byEach: [certified, trained]}}
  either: {counted: {byAny: [certified, trained]}}
  bothAndHere: {counted: {byEach: [certified, trained], byNone: [left]}}
  served: {measure: {of: customers, distinct: customer}}
  bought: {measure: {of: deals, distinct: customer, during: {trailing: 1 year}}}
  heard: {measure: {of: answers, distinct: customer}}
  fine: {measure: {of: answers, distinct: customer, having: {latest: score, atLeast: 3}}}
  happy: {counted: {byAny: [served, bought], byEach: [fine]}}
  silent: {counted: {byAny: [served, bought], byNone: [heard]}}
  satisfaction: {measure: {of: answers, average: score, latestPer: customer}}
tracks:
  - key: t
    name: T
    tiers: [{key: one, name: One, requires: [{metric: both, atLeast: 3}]}]
tests:
  - name: People with a certificate and a course
    asOf: 2027-06-30
    facts:
      - {kind: certificate.issued, on: 2027-01-10, times: 4, person: 'p{n}', certification: cloud}
      - {kind: course.completed, on: 2027-02-01, times: 3, person: 'p{n}', course: cloud-sales}
      - {kind: course.completed, on: 2027-02-01, person: p9, course: cloud-sales}
      - {kind: certificate.issued, on: 2027-03-01, person: p1, certification: retired}
    expect: {tiers: {t: one}, metrics: {certified: 4, trained: 4, both: 3, either: 5, bothAndHere: 2}}
  - name: Customers who bought or are served, and whose last answer is no bad one
    asOf: 2027-06-30
    facts:
      - {kind: customer.acquired, on: 2027-01-01, times: 3, customer: 'c{n}'}
      - {kind: deal.won, on: 2027-02-01, deal: d, customer: c4, motion: SOURCED, amount: 1, currency: EUR}
      - {kind: deal.won, on: 2027-02-01, deal: e, customer: c7, motion: SOURCED, amount: 1, currency: EUR}
      - {kind: satisfaction.answered, on: 2027-02-01, survey: s1, times: 5, customer: 'c{n}', score: 5}
      # The one is well again, the other was.
      - {kind: satisfaction.answered, on: 2027-01-20, survey: s0, customer: c1, score: 1}
      - {kind: satisfaction.answered, on: 2027-03-01, survey: s2, customer: c2, score: 2}
    expect: {tiers: {t: none}, metrics: {heard: 5, fine: 4, happy: 3, silent: 1, satisfaction: 4.4}}
";

#[test]
fn measures_are_asked_whom_they_count() {
    assert_eq!(faults(WHOM), Vec::<String>::new());
    for (right, wrong, code) in [
        (
            "byEach: [certified, trained]}}\n  either",
            "}}\n  either",
            "REQUIRED",
        ),
        (
            "byAny: [certified, trained]",
            "byAny: [certified, served]",
            "MISFIT",
        ),
        ("byNone: [left]", "byNone: [satisfaction]", "MISFIT"),
        ("byNone: [left]", "byNone: [both]", "MISFIT"),
        ("byNone: [left]", "byNone: [certified]", "DUPLICATE"),
        (
            "average: score, latestPer: customer",
            "average: score, latestPer: buyer",
            "UNKNOWN_NAME",
        ),
        (
            "average: score, latestPer: customer",
            "average: score, latestPer: []",
            "REQUIRED",
        ),
    ] {
        is_refused(WHOM, right, wrong, code);
    }
}

#[test]
fn what_is_missing_of_those_who_are_counted_by_several_is_told() {
    let rules = Rules::from_yaml(WHOM).unwrap();
    let certified = |n: u128| {
        let told = json!({ "certification": "cloud", "holder": format!("h{n}") });
        fact(n, "certificate.reported", 0, 0, told)
    };
    let ways = |facts: &[Fact]| {
        let profile = Profile::new();
        let outlook = Outlook::new(&rules, facts, &profile, at(1), at(1));
        let next = outlook.next("t").unwrap();
        let ways = next.missing[0].ways.iter();
        let ways = ways.map(|way| format!("{} +{}", way.metric, way.more));
        ways.collect::<Vec<_>>()
    };
    // Three who have the one lack the other.
    let three: Vec<_> = (1..=3).map(certified).collect();
    assert_eq!(ways(&three), ["trained +3"]);
    // Of two neither is enough by itself.
    assert_eq!(ways(&three[..2]), Vec::<String>::new());
}

/// Limits of amounts in one currency, and deals in several.
const LIMITS: &str = r"
slug: limits
name: Limits
locale: en
exchange: {currency: USD, rates: {JPY: 1/150, EUR: 11/10}}
metrics:
  large: {measure: {of: deals, where: {amount: {atLeast: 100000}}, currency: USD}}
  customers: {measure: {of: deals, distinct: customer, where: {amount: {atLeast: 100000}}, currency: USD}}
  inEuro: {measure: {of: deals, where: {amount: {above: 100000}}, currency: EUR}}
  worth: {measure: {of: deals, sum: amount, currency: USD, where: {amount: {below: 100000}}}}
  weighed: {measure: {of: deals, currency: USD, weights: [[{where: {amount: {atLeast: 100000}}, times: 2}, {times: 1}]]}}
  any: {measure: {of: deals, where: {amount: {above: 0}}}}
tracks:
  - {key: t, name: T, tiers: [{key: one, name: One, requires: [{metric: large, atLeast: 3}]}]}
tests:
  - name: A hundred thousand yen are no hundred thousand dollars
    asOf: 2027-03-31
    facts:
      - {kind: deal.won, on: 2027-01-10, deal: a, customer: c1, motion: SOURCED, amount: 100000, currency: USD}
      - {kind: deal.won, on: 2027-01-10, deal: b, customer: c2, motion: SOURCED, amount: 100000, currency: JPY}
      - {kind: deal.won, on: 2027-01-10, deal: c, customer: c3, motion: SOURCED, amount: 15000000, currency: JPY}
      - {kind: deal.won, on: 2027-01-10, deal: d, customer: c3, motion: SOURCED, amount: 95000, currency: EUR}
      # Nobody knows what it is worth.
      - {kind: deal.won, on: 2027-01-10, deal: e, customer: c4, motion: SOURCED, amount: 900000, currency: CHF}
    expect:
      tiers: {t: one}
      metrics: {large: 3, customers: 2, inEuro: 0, worth: 2000/3, weighed: 7, any: 5}
";

#[test]
fn limits_of_amounts_are_in_one_currency_whatever_a_deal_is_told_in() {
    assert_eq!(faults(LIMITS), Vec::<String>::new());
    for (right, wrong, code) in [
        (
            "where: {amount: {above: 100000}}, currency: EUR",
            "where: {amount: {above: 100000}}",
            "REQUIRED",
        ),
        (
            "where: {amount: {above: 100000}}, currency: EUR",
            "where: {amount: {above: 100000}}, currency: partner",
            "MISFIT",
        ),
        (
            "where: {amount: {above: 0}}",
            "where: {amount: {above: 0}}, currency: EUR",
            "MISFIT",
        ),
    ] {
        is_refused(LIMITS, right, wrong, code);
    }
}

/// Each ten times as long as the one before: the sixth would have twelve million digits.
const GROWING: &str = r"
slug: growing
name: Growing
locale: en
metrics:
  a: {value: 999999999999}
  b: {formula: 'a*a*a*a*a*a*a*a*a*a'}
  c: {formula: 'b*b*b*b*b*b*b*b*b*b'}
  d: {formula: 'c*c*c*c*c*c*c*c*c*c'}
  e: {formula: 'd*d*d*d*d*d*d*d*d*d'}
  f: {formula: 'e*e*e*e*e*e*e*e*e*e'}
  g: {formula: 'f*f*f*f*f*f*f*f*f*f'}
  instead: {formula: 'c*c*c*c*c*c*c*c*c*c', otherwise: 7}
tracks:
  - key: t
    name: T
    tiers:
      - {key: one, name: One, requires: [{metric: g, atLeast: 1}]}
tests:
  - name: What is too long to be reckoned with is nothing
    asOf: 2027-01-31
    expect: {tiers: {t: none}, metrics: {d: undefined, g: undefined, instead: 7}}
";

#[test]
fn numbers_do_not_grow_without_end() {
    assert_eq!(faults(GROWING), Vec::<String>::new());
}

/// At the ends of stretches, and on anniversaries.
const TIMES: &str = r"
slug: times
name: Times
locale: en
zone: Europe/Berlin
metrics:
  deals: {measure: {of: deals, during: {calendar: quarter}}}
  weekly: {measure: {of: deals, during: {calendar: week, last: 2}}}
tracks:
  - key: steady
    name: Steady
    tiers:
      - key: one
        name: One
        requires: [{atEndOf: {each: quarter, last: 4, count: 3, requires: [{metric: deals, atLeast: 2}]}}]
  - key: weeks
    name: Weeks
    tiers:
      - {key: one, name: One, requires: [{atEndOf: {each: week, last: 3, requires: [{metric: weekly, atLeast: 1}]}}]}
  - key: yearly
    name: Yearly
    review: {promotion: {afterEvery: 1 month}, demotion: {afterEvery: 1 year}, warning: 30 days}
    tiers:
      - {key: base, name: Base}
      - {key: one, name: One, requires: [{metric: weekly, atLeast: 1}]}
tests:
  - name: Three of four quarters
    asOf: 2027-01-01
    facts: &quarters
      - {kind: deal.won, on: 2026-02-01, times: 2, deal: 'a{n}', motion: SOURCED, amount: 1, currency: EUR}
      - {kind: deal.won, on: 2026-05-01, times: 2, deal: 'b{n}', motion: SOURCED, amount: 1, currency: EUR}
      - {kind: deal.won, on: 2026-08-01, times: 1, deal: 'c{n}', motion: SOURCED, amount: 1, currency: EUR}
      # On the very last day of the year where the vendor is.
      - {kind: deal.won, on: 2026-12-31, at: '22:59:59', times: 2, deal: 'd{n}', motion: SOURCED, amount: 1, currency: EUR}
    expect: {tiers: {steady: one}}
  - name: A quarter counts when it is over
    asOf: 2026-12-31
    facts: *quarters
    expect: {tiers: {steady: none}}
  - name: A quarter later the first is out of sight
    asOf: 2027-04-01
    facts: *quarters
    expect: {tiers: {steady: none}}
  - name: Two full weeks before a Sunday, three Sundays on end
    # A deal on Wednesday 6 January counts from Monday 11 to Sunday 24.
    asOf: 2027-01-31
    facts: &weeks
      - {kind: deal.won, on: 2027-01-06, deal: a, motion: SOURCED, amount: 1, currency: EUR}
      - {kind: deal.won, on: 2027-01-13, deal: b, motion: SOURCED, amount: 1, currency: EUR}
    expect: {tiers: {weeks: none}, metrics: {weekly: 1}}
  - name: From the Monday after the third
    asOf: 2027-02-01
    facts: *weeks
    expect: {tiers: {weeks: one}, metrics: {weekly: 0}}
  - name: Promoted a month after it came, and kept for a year though it is not earned any more
    since: 2027-01-31
    asOf: 2028-02-27
    facts: &once
      - {kind: deal.won, on: 2027-02-10, every: 1 week, times: 2, deal: 'a{n}', motion: SOURCED, amount: 1, currency: EUR}
    expect: {tiers: {yearly: base}, stands: {yearly: one}}
  - name: On its anniversary it is decided
    since: 2027-01-31
    asOf: 2028-02-28
    facts: *once
    expect: {stands: {yearly: base}}
  - name: Not promoted before
    since: 2027-01-31
    asOf: 2027-02-27
    facts: *once
    expect: {tiers: {yearly: one}, stands: {yearly: base}}
";

#[test]
fn ends_of_stretches_are_counted_and_tiers_have_anniversaries() {
    assert_eq!(faults(TIMES), Vec::<String>::new());
    for (right, wrong, code) in [
        ("last: 4, count: 3", "last: 4, count: 5", "OUT_OF_RANGE"),
        ("last: 4, count: 3", "last: 0", "OUT_OF_RANGE"),
        ("last: 4, count: 3", "last: 400", "OUT_OF_RANGE"),
        (
            "requires: [{metric: deals, atLeast: 2}]}}]",
            "requires: []}}]",
            "REQUIRED",
        ),
        (
            "{afterEvery: 1 year}",
            "{afterEvery: 0 days}",
            "OUT_OF_RANGE",
        ),
        (
            "{afterEvery: 1 year}",
            "{afterEvery: 1 year, every: quarter}",
            "MISFIT",
        ),
    ] {
        is_refused(TIMES, right, wrong, code);
    }
}

/// What case studies tell of, how many of each certification count, and a tier with a grace of its own.
const ATTRIBUTES: &str = r"
slug: attributes
name: Attributes
locale: en
metrics:
  retail: {measure: {of: caseStudies, where: {industry: RETAIL}}}
  backup: {measure: {of: caseStudies, where: {products: [backup, archive]}}}
  elsewhere: {measure: {of: caseStudies, where: {products: {not: [backup]}, region: north}}}
  capped:
    measure: {of: certificates, latestPer: [person, certification], atMostEach: {field: certification, amount: 2}}
  abroad: {measure: {of: deals, where: {country: [AT, CH], segment: SMB}}}
  pleased: {measure: {of: answers, average: score, where: {product: backup}}, otherwise: 0}
tracks:
  - key: t
    name: T
    review: {grace: 10 days}
    tiers:
      - {key: one, name: One, requires: [{metric: retail, atLeast: 1}], review: {grace: 100 days}}
tests:
  - name: Industry, region and products of case studies
    asOf: 2027-06-30
    facts:
      - {kind: case_study.published, on: 2027-01-10, slug: a, industry: RETAIL, region: north, products: [backup, cloud]}
      - {kind: case_study.published, on: 2027-01-10, slug: b, industry: ENERGY, region: north, products: [cloud]}
      - {kind: case_study.published, on: 2027-01-10, slug: c}
    expect: {metrics: {retail: 1, backup: 1, elsewhere: 1}, tiers: {t: one}}
  - name: Two people at most of each certification
    asOf: 2027-06-30
    facts:
      - {kind: certificate.reported, on: 2027-01-10, times: 5, holder: 'p{n}', certification: cloud}
      - {kind: certificate.reported, on: 2027-01-10, holder: p1, certification: backup}
    expect: {metrics: {capped: 3}, tiers: {t: none}}
  - name: Where customers are, and of what they think so
    asOf: 2027-06-30
    facts:
      - {kind: deal.won, on: 2027-01-10, deal: a, motion: SOURCED, amount: 1, currency: EUR, country: AT, segment: SMB}
      - {kind: deal.won, on: 2027-01-10, deal: b, motion: SOURCED, amount: 1, currency: EUR, country: DE, segment: SMB}
      - {kind: satisfaction.answered, on: 2027-02-01, survey: s, score: 5, product: backup}
      - {kind: satisfaction.answered, on: 2027-02-01, survey: t, score: 1, product: cloud}
    expect: {metrics: {abroad: 1, pleased: 5}, tiers: {t: none}}
  - name: The tier has a grace of its own
    asOf: 2027-06-30
    facts: &ended
      - {kind: case_study.published, on: 2027-01-10, slug: a, industry: RETAIL}
      - {kind: case_study.archived, on: 2027-03-31, slug: a}
    expect: {tiers: {t: none}, stands: {t: one}}
  - name: It ends
    asOf: 2027-07-15
    facts: *ended
    expect: {tiers: {t: none}, stands: {t: none}}
";

#[test]
fn case_studies_deals_and_answers_are_told_apart_by_what_they_are_about() {
    assert_eq!(faults(ATTRIBUTES), Vec::<String>::new());
    for (right, wrong, code) in [
        (
            "latestPer: [person, certification], atMostEach",
            "distinct: person, atMostEach",
            "`latestPer` instead of `distinct`",
        ),
        (
            "{of: caseStudies, where: {industry: RETAIL}}",
            "{of: caseStudies, distinct: products}",
            "`products` may say several at once",
        ),
        ("products: [cloud]", "products: cloud", "INVALID_VALUE"),
        ("grace: 100 days", "grace: 20 days", "TEST_FAILED"),
    ] {
        is_refused(ATTRIBUTES, right, wrong, code);
    }
}

/// A test whose facts could all be told.
const TOLD: &str = r"slug: told
name: Told
locale: en
metrics:
  users: {measure: {of: users, sum: users}}
  deals: {measure: {of: deals}}
tracks:
  - key: t
    name: T
    tiers: [{key: one, name: One, requires: [{metric: deals, atLeast: 1}]}]
tests:
  - name: One deal
    asOf: 2026-06-30
    facts:
      - {kind: users.changed, on: 2026-01-05, customer: c, change: NEW, users: 5}
      - {kind: deal.won, on: 2026-02-05, deal: d, motion: SOURCED, amount: 100, currency: EUR}
      - {kind: partner.classified, on: 2026-01-05, attribute: segment, value: small}
    expect: {tiers: {t: one}}
";

#[test]
fn facts_of_tests_look_like_those_that_are_told() {
    let fault = |yaml: &str| {
        let error = Rules::from_yaml(yaml).unwrap().try_out().unwrap_err();
        let Error::Refused(mut refusals) = error else {
            panic!("{error}");
        };
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        let fault = refusals.remove(0);
        let path = fault.field.join(".");
        let told = at_yaml(yaml, fault);
        (told.code, path, told.message.into_owned())
    };
    Rules::from_yaml(TOLD).unwrap().try_out().unwrap();
    let long = format!("deal: d, segment: {}", "x".repeat(201));
    for (right, wrong, code, path, at) in [
        (
            "users: 5}",
            "users: -5}",
            "OUT_OF_RANGE",
            "0.users",
            (15, 80),
        ),
        (
            "users: 5}",
            "users: 5.5}",
            "INVALID_VALUE",
            "0.users",
            (15, 80),
        ),
        (
            "change: NEW",
            "change: MORE",
            "INVALID_VALUE",
            "0.change",
            (15, 68),
        ),
        ("customer: c, ", "", "REQUIRED", "0.customer", (15, 9)),
        ("EUR}", "Euro}", "INVALID_VALUE", "1.currency", (16, 91)),
        ("100,", "hundred,", "INVALID_VALUE", "1.amount", (16, 76)),
        (
            "deal: d",
            "deal: d, size: 3",
            "UNKNOWN_NAME",
            "1.size",
            (16, 57),
        ),
        ("deal: d", &long, "TOO_LONG", "1.segment", (16, 60)),
        (
            "segment,",
            "region,",
            "INVALID_VALUE",
            "2.attribute",
            (17, 63),
        ),
    ] {
        let (is, field, message) = fault(&TOLD.replacen(right, wrong, 1));
        assert_eq!((is, field), (code, format!("tests.0.facts.{path}")));
        let (line, column) = at;
        let place = format!("line {line}, column {column}, ");
        assert!(message.starts_with(&place), "{wrong}: {message}");
    }
}

#[test]
fn a_test_that_fails_names_what_a_lower_tier_asks_for_and_attributes_that_nobody_told() {
    let document = "
slug: p
name: P
locale: en
metrics:
  deals: {name: Deals, measure: {of: deals}}
  exams: {name: Exams, measure: {of: certificates, distinct: person}}
tracks:
  - key: t
    name: T
    cumulative: true
    tiers:
      - {key: base, name: Base}
      - {key: ridge, name: Ridge, requires: [{metric: exams, atLeast: 1}]}
      - {key: crest, name: Crest, requires: [{metric: deals, atLeast: 1}]}
tests:
  - name: One deal
    asOf: 2027-06-30
    facts: [{kind: deal.won, on: 2027-02-01, deal: d, motion: SOURCED, amount: 1, currency: EUR}]
    expect: {tiers: {t: crest}}
";
    let told = faults(document);
    assert!(
        told.len() == 1 && told[0].contains("base is earned, not crest: Exams: 0 of at least 1"),
        "{told:?}"
    );
    let by = document.replace(
        "exams, atLeast: 1",
        "deals, atLeast: {by: segmnt, values: {SMB: 1}}",
    );
    let told = faults(&by);
    assert!(
        told.len() == 1 && told[0].contains("`segmnt` is not known"),
        "{told:?}"
    );
}
