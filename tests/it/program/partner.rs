//! What a program asks of the partner itself: people in its own country, and where the program's own
//! rules have brought it.

use super::faults;

/// People where the partner is, and deals by their tags.
const OWN: &str = r"
slug: own
name: Own
locale: en
metrics:
  engineers:
    measure:
      of: certificates
      distinct: person
      where: {certification: network, country: {ofPartner: country}}
  abroad:
    measure:
      of: certificates
      latestPer: [person]
      weights: [[{where: {country: {ofPartner: country}}, times: 0}]]
  fresh: {measure: {of: validations, stillFor: 90 days}}
  registered: {measure: {of: deals, sum: amount, currency: EUR, where: {tags: REGISTERED}}}
exchange: {currency: EUR, rates: {}}
tracks:
  - key: t
    name: T
    tiers: [{key: gold, name: Gold, requires: [{metric: engineers, atLeast: 2}]}]
tests:
  - name: Two engineers at home, and one abroad
    asOf: 2027-06-30
    partner: {country: DE}
    facts: &people
      - {kind: certificate.reported, on: 2027-01-10, times: 2, holder: 'h{n}', certification: network, country: DE}
      - {kind: certificate.reported, on: 2027-01-10, holder: h3, certification: network, country: FR}
    expect: {tiers: {t: gold}, metrics: {engineers: 2, abroad: 1}}
  - name: The same people do not count at home for somebody elsewhere
    asOf: 2027-06-30
    partner: {country: FR}
    facts: *people
    expect: {tiers: {t: none}, metrics: {engineers: 1, abroad: 2}}
  - name: Where nobody knows the partner's country, nobody is there
    asOf: 2027-06-30
    facts: *people
    expect: {metrics: {engineers: 0, abroad: 3}}
  - name: Deals that were registered
    asOf: 2027-06-30
    facts:
      - {kind: deal.won, on: 2027-02-01, deal: a, motion: SOURCED, amount: 5, currency: EUR, tags: [REGISTERED, PUBLIC]}
      - {kind: deal.won, on: 2027-02-01, deal: b, motion: SOURCED, amount: 7, currency: EUR}
    expect: {metrics: {registered: 5}}
  - name: What goes on for ninety days yet
    asOf: 2027-06-30
    facts: &validations
      - {kind: validation.passed, on: 2027-01-10, validation: a, validUntil: 2027-09-28}
      - {kind: validation.passed, on: 2027-01-10, validation: b, validUntil: 2027-09-27}
      - {kind: validation.passed, on: 2027-01-10, validation: c}
    expect: {metrics: {fresh: 2}}
  - name: And a day later
    asOf: 2027-07-01
    facts: *validations
    expect: {metrics: {fresh: 1}}
";

#[test]
fn people_count_where_the_partner_is_and_deals_by_their_tags() {
    assert_eq!(faults(OWN), Vec::<String>::new());
    for (right, wrong, code) in [
        (
            "ofPartner: country}}\n  abroad",
            "ofPartner: segment}}\n  abroad",
            "UNKNOWN_NAME",
        ),
        (
            "sum: amount, currency: EUR, where: {tags: REGISTERED}",
            "sum: amount, currency: EUR, where: {amount: {ofPartner: kind}}",
            "MISFIT",
        ),
        (
            "{of: validations, stillFor",
            "{of: deals, stillFor",
            "MISFIT",
        ),
        (
            "engineers: 2, abroad: 1",
            "engineers: 3, abroad: 1",
            "TEST_FAILED",
        ),
    ] {
        assert!(OWN.contains(right), "{right}");
        let told = faults(&OWN.replacen(right, wrong, 1));
        assert!(told.iter().any(|it| it.contains(code)), "{wrong}: {told:?}");
    }
}

/// A tier for whoever was a year on the one below it.
const YEARS: &str = r"
slug: years
name: Years
locale: en
metrics:
  sales: {measure: {of: deals, during: {trailing: 1 year}}}
  onGold: {measure: {of: standings, where: {program: years, track: t, tier: [gold, platinum]}}}
tracks:
  - key: t
    name: T
    review: {warning: 0 days}
    tiers:
      - {key: silver, name: Silver}
      - {key: gold, name: Gold, requires: [{metric: sales, atLeast: 1}]}
      - key: platinum
        name: Platinum
        requires:
          - {metric: sales, atLeast: 1}
          - onEveryDay: {within: {trailing: 1 year}, requires: [{metric: onGold, atLeast: 1}]}
tests:
  - name: A year on Gold is Platinum
    asOf: 2026-04-01
    facts: &sales
      - {kind: deal.won, on: 2025-02-01, times: 4, every: 6 months, deal: 'd{n}', motion: SOURCED, amount: 1, currency: EUR}
    expect: {stands: {t: platinum}}
  - name: Not a day earlier
    asOf: 2026-01-31
    facts: *sales
    expect: {stands: {t: gold}}
  - name: Whoever lost it begins anew
    asOf: 2027-06-01
    facts:
      - {kind: deal.won, on: 2025-02-01, deal: a, motion: SOURCED, amount: 1, currency: EUR}
      - {kind: deal.won, on: 2026-07-01, deal: b, motion: SOURCED, amount: 1, currency: EUR}
    expect: {stands: {t: gold}}
  - name: Where a test tells where it stood, that is where it stood
    asOf: 2025-03-01
    facts:
      - {kind: tier.entered, on: 2023-01-01, program: years, track: t, tier: gold}
      - {kind: deal.won, on: 2025-02-01, deal: a, motion: SOURCED, amount: 1, currency: EUR}
    expect: {stands: {t: platinum}}
";

#[test]
fn how_long_it_stood_is_where_its_own_rules_brought_it() {
    assert_eq!(faults(YEARS), Vec::<String>::new());
    let wrong = YEARS.replace("asOf: 2026-01-31", "asOf: 2026-02-02");
    let told = faults(&wrong).join("\n");
    assert!(
        told.contains("it stands on platinum, not on gold"),
        "{told}"
    );
}
