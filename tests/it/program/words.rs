//! Rules, proofs and changes are told in the reader's language, sentence by sentence.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entente::program::diff::{Change, changes};
use entente::program::document::Document;
use entente::program::evaluate::evaluate;
use entente::program::outlook::lacking;
use entente::program::proof::Why;
use entente::program::rules::Rules;
use entente::program::span::Span;
use entente::program::standing::Move;
use entente::program::telling::shortfalls;
use entente::program::words::{self, Words};
use serde_json::json;

use super::laws::fact_at;

/// A change in words.
pub(super) fn said(old: &Document, new: &Document, change: &Change<'_>, locale: &str) -> String {
    words::change(change, Words::of(old, locale), Words::of(new, locale))
}

/// A program that asks for something of every kind.
const EVERYTHING: &str = "
slug: everything
name: {en: Everything, de: Alles}
locale: en
exchange: {currency: EUR, rates: {USD: 0.9}}
lists: {experts: [architect, security]}
metrics:
  revenue:
    name: {en: Revenue, de: Umsatz}
    measure: {of: deals, sum: amount, currency: EUR}
  score:
    name: {en: Score, de: Wertung}
    measure: {of: answers, average: score}
  complaints:
    name: {en: Complaints, de: Beschwerden}
    measure: {of: answers}
  growth: {name: {en: Growth, de: Wachstum}, formula: revenue / complaints}
  exam: {name: {en: Exam, de: Prüfung}, notApplicable: {en: There is none., de: Es gibt keine.}}
  seats: {name: {en: Seats, de: Plätze}, value: {by: segment, values: {SMB: 2.5}}}
benefits:
  discount: {name: {en: Discount, de: Rabatt}, kind: share}
  logo: {name: {en: Use of the logo, de: Nutzung des Logos}, kind: right}
  help: {name: {en: Help, de: Hilfe}, kind: words}
tracks:
  - key: sales
    name: {en: Sales, de: Vertrieb}
    tiers:
      - {key: bronze, name: Bronze}
      - key: silver
        name: {en: Silver, de: Silber}
        requires:
          - {metric: revenue, atLeast: 250000.5}
          - {metric: revenue, atLeast: {by: segment, values: {SMB: 1000}, otherwise: not applicable}}
          - {metric: score, above: 4.5}
          - {metric: complaints, below: 1}
          - {metric: growth, atMost: seats}
          - {metric: exam, atLeast: 1}
          - {partner: {segment: [SMB, MM]}}
          - {anyOf: [{metric: score, atLeast: 3}, {metric: revenue, atLeast: 1}]}
          - {someOf: {count: 2, of: [{metric: score, atLeast: 3}, {metric: revenue, atLeast: 1}]}}
          - {everyMetric: {of: [score, revenue], atLeast: 0.5}}
          - {allOf: [{metric: score, atLeast: 3}, {metric: revenue, atLeast: 1}]}
          - onAnyDay:
              within: {calendar: month, last: 2, current: true}
              requires: [{metric: revenue, atLeast: 1}]
          - {name: {en: Something, de: Etwas}, onEveryDay: {within: {trailing: 3 days}, requires: [{metric: revenue, atLeast: 1}]}}
          - {tier: {support: solid}}
          - {atEndOf: {each: quarter, last: 4, count: 3, requires: [{metric: revenue, atLeast: 1}]}}
        benefits: {discount: 12.5 %, help: {en: By mail, de: Per E-Mail}}
  - key: support
    name: {en: Support, de: Betreuung}
    tiers:
      - {key: solid, name: {en: Solid, de: Solide}, requires: [{metric: revenue, atLeast: 1000000}]}
";

pub(super) fn rules(yaml: &str) -> Rules {
    Rules::from_yaml(yaml).unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn what_a_program_asks_for_is_said_in_every_language() {
    let document = rules(EVERYTHING).document;
    let told = |locale| {
        let words = Words::of(&document, locale);
        let asked = &document.tracks[0].tiers[1].requires;
        let asked: Vec<_> = asked.iter().map(|it| words.requirement(it)).collect();
        asked.join("\n")
    };
    insta::assert_snapshot!("asked_en", told("en"));
    insta::assert_snapshot!("asked_de", told("de-AT"));
    // Where the portal does not speak a language, names may be in it all the same.
    assert_eq!(told("fr"), told("en"));
}

#[test]
fn a_proof_is_said_in_every_language() {
    let rules = rules(EVERYTHING);
    let deal = json!({ "deal": "a", "motion": "SOURCED", "amount": "1234.5", "currency": "EUR" });
    let at: DateTime<Utc> = "2027-05-04T12:00:00Z".parse().unwrap();
    let facts = [fact_at(1, "deal.won", at - TimeDelta::days(1), deal)];
    let told = |locale, profile: &[(&str, &str)]| {
        let profile = profile
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let found = evaluate(&rules, &facts, &profile, at, at);
        Words::of(&rules.document, locale)
            .evaluation(&found)
            .join("\n")
    };
    insta::assert_snapshot!("proof_en", told("en", &[]));
    insta::assert_snapshot!("proof_de", told("de", &[]));
    insta::assert_snapshot!("proof_of_smb_de", told("de", &[("segment", "SMB")]));
}

#[test]
fn what_happened_and_what_did_not_count_is_said_in_every_language() {
    let document = rules(EVERYTHING).document;
    let day = "2027-05-03".parse().unwrap();
    let moves = [
        Move::Entered,
        Move::Advanced { from: None },
        Move::AtRisk {
            earned: None,
            decided_on: day,
        },
        Move::GraceStarted {
            earned: None,
            ends_on: day,
        },
        Move::Kept,
        Move::Demoted { from: None },
    ];
    let whys = [
        Why::Unreadable("amount".to_owned()),
        Why::NoNumber,
        Why::NoCurrency,
        Why::UnknownCurrency("JPY".to_owned()),
    ];
    let told = |locale| {
        let words = Words::of(&document, locale);
        let lines = moves.iter().filter_map(|it| words.moved(day, it, &[]));
        let left_out = whys.iter().map(|it| words.left_out(it));
        lines.chain(left_out).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("happened_en", told("en"));
    insta::assert_snapshot!("happened_de", told("de"));
}

#[test]
fn what_changes_is_said_in_every_language() {
    let old = rules(EVERYTHING).document;
    let mut new = old.clone();
    new.notice.changes = Span::of_days(30);
    new.zone = Some("Europe/Berlin".to_owned());
    new.lists.insert(
        "experts".to_owned(),
        vec!["architect".to_owned(), "data".to_owned()],
    );
    let complaints = new.metrics.remove("complaints").unwrap();
    new.metrics.insert("praise".to_owned(), complaints);
    let score = new.metrics.get_mut("score").unwrap();
    score.measure = rules(&EVERYTHING.replace("average: score", "median: score"))
        .document
        .metrics["score"]
        .measure
        .clone();
    let sales = &mut new.tracks[0];
    let mut gained = sales.clone();
    "projects".clone_into(&mut gained.key);
    sales.cumulative = true;
    sales.review.warning = Some(Span::of_days(14));
    sales.partner = entente::document::from_yaml("segment: SMB", 100).unwrap();
    let silver = &mut sales.tiers[1];
    let asks = |yaml: &str| entente::document::from_yaml(yaml, 100).unwrap();
    silver.requires[0] = asks("{metric: revenue, atLeast: 300000.5}");
    silver.requires[2] = asks("{metric: seats, atLeast: 3}");
    silver.benefits = entente::document::from_yaml("{discount: 15 %, logo: true}", 100).unwrap();
    let mut gold = silver.clone();
    "gold".clone_into(&mut gold.key);
    sales.tiers.insert(0, gold);
    sales.tiers.swap(1, 2);
    new.tracks.push(gained);
    let told = |old: &Document, new: &Document, locale| {
        let all = changes(old, new);
        let said: Vec<_> = all.iter().map(|it| said(old, new, it, locale)).collect();
        said.join("\n")
    };
    insta::assert_snapshot!("changes_en", told(&old, &new, "en"));
    insta::assert_snapshot!("changes_de", told(&old, &new, "de"));
    // The other way, what was new ends.
    insta::assert_snapshot!("changes_back_de", told(&new, &old, "de"));
}

#[test]
fn when_standings_change_is_said_in_every_language() {
    let old = rules(EVERYTHING).document;
    let with = |review: &str| {
        let track = "name: {en: Sales, de: Vertrieb}\n";
        let told = EVERYTHING.replacen(track, &format!("{track}    review: {review}\n"), 1);
        rules(&told).document
    };
    let seasons = with(
        "{promotion: {every: week}, demotion: {on: [01-15, 07-15]}, grace: 60 days, falls: oneTier}",
    );
    let anniversaries =
        with("{promotion: {every: quarter}, demotion: {afterEvery: 1 year}, warning: 30 days}");
    let at_once =
        with("{promotion: {every: week}, warning: 0 days, grace: 60 days, lost: afterGrace}");
    let mut own = old.clone();
    let review = "{promotion: {every: month}, demotion: {every: year}, warning: 0 days, \
                  lost: afterGrace, falls: oneTier}";
    own.tracks[0].tiers[1].review = Some(entente::document::from_yaml(review, 200).unwrap());
    let told = |locale| {
        let steps = [
            (&old, &seasons),
            (&seasons, &anniversaries),
            (&anniversaries, &old),
            (&seasons, &at_once),
            (&old, &own),
            (&own, &old),
        ];
        let each = steps.iter().flat_map(|(old, new)| {
            let each = changes(old, new);
            let each = each.iter();
            let said = each.map(|it| format!("{:?}: {}", it.favours, said(old, new, it, locale)));
            said.collect::<Vec<_>>()
        });
        each.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("reviews_en", told("en"));
    insta::assert_snapshot!("reviews_de", told("de"));
    let when = |locale| {
        let each = [&at_once, &own].into_iter();
        let each = each.flat_map(|it| Words::of(it, locale).review(&it.tracks[0]));
        each.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("when_en", when("en"));
    insta::assert_snapshot!("when_de", when("de"));
}

#[test]
fn what_a_requirement_of_the_same_name_asks_for_is_said() {
    let old = rules(EVERYTHING).document;
    let new = EVERYTHING.replace("trailing: 3 days", "trailing: 5 days");
    let new = rules(&new).document;
    let changes = changes(&old, &new);
    let told: Vec<_> = changes
        .iter()
        .map(|it| said(&old, &new, it, "de"))
        .collect();
    assert_eq!(
        told,
        [
            "Vertrieb, Silber: Verlangt wird „Etwas (an jedem Tag der letzten 5 Tage: Umsatz: mindestens 1)“; bisher: \
          „Etwas (an jedem Tag der letzten 3 Tage: Umsatz: mindestens 1)“."
        ]
    );
}

/// A document, changed at one place: each leaf another one, or gone.
fn mutated(json: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::Value as Json;
    let mut found = Vec::new();
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                let mut without = map.clone();
                without.remove(key);
                found.push(Json::Object(without));
                for other in mutated(value) {
                    let mut with = map.clone();
                    with.insert(key.clone(), other);
                    found.push(Json::Object(with));
                }
            }
        }
        Json::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                let mut without = list.clone();
                without.remove(place);
                found.push(Json::Array(without));
                for other in mutated(value) {
                    let mut with = list.clone();
                    with[place] = other;
                    found.push(Json::Array(with));
                }
            }
        }
        Json::String(text) => {
            let others = [format!("{text}x"), "40 days".to_owned(), "17".to_owned()];
            found.extend(others.map(Json::String));
            if let Ok(day) = text.parse::<chrono::NaiveDate>() {
                found.push(json!(day.succ_opt()));
            }
        }
        Json::Number(number) => found.push(json!(number.as_i64().unwrap_or(0) + 3)),
        Json::Bool(flag) => found.push(json!(!flag)),
        Json::Null => {}
    }
    found
}

#[test]
fn no_change_is_said_by_a_path_or_as_data() {
    // What only documents are written with: `atLeast`, `yearStart`.
    let schema = std::fs::read_to_string("programs/schema.json").unwrap();
    let quoted = schema.split('"').map(str::to_owned);
    let written: std::collections::BTreeSet<_> = quoted
        .filter(|it| it.chars().all(char::is_alphanumeric))
        .filter(|it| it.starts_with(char::is_lowercase) && it.contains(char::is_uppercase))
        .filter(|it| schema.contains(&format!("\"{it}\": {{")))
        .collect();
    assert!(written.contains("atLeast") && written.contains("yearStart"));
    let paths = [
        "measure.",
        "benefits.",
        "notice.",
        "appeals.",
        "exchange.",
        "during.",
        "where.",
        "value.",
    ];
    let mut told = 0;
    let mut wordless = Vec::new();
    for name in [
        "odoo-v11",
        "hubspot",
        "aws-services-path",
        "microsoft-modern-work",
        "wix",
    ] {
        let yaml = std::fs::read_to_string(format!("programs/{name}.yaml")).unwrap();
        let mut old = rules(&yaml).document;
        old.tests.clear();
        let whole = serde_json::to_value(&old).unwrap();
        for part in [
            "metrics",
            "benefits",
            "lists",
            "notice",
            "appeals",
            "exchange",
            "zone",
            "yearStart",
        ] {
            for other in mutated(&whole[part]) {
                let mut whole = whole.clone();
                whole[part] = other;
                let Ok(new) = serde_json::from_value::<Document>(whole) else {
                    continue;
                };
                for it in &changes(&old, &new) {
                    for locale in ["en", "de"] {
                        let said = said(&old, &new, it, locale);
                        let words = said.split(|c: char| !c.is_alphanumeric());
                        let mut raw = words.filter(|it| written.contains(*it));
                        assert_eq!(raw.next(), None, "{said}");
                        let data = said.contains(['{', '[', '"']);
                        let path = paths.iter().find(|it| {
                            let behind = said.split(**it).skip(1);
                            let mut behind = behind.filter_map(|it| it.chars().next());
                            behind.any(char::is_alphanumeric)
                        });
                        assert!(!data && path.is_none(), "{said}");
                        told += 1;
                        if said.ends_with("is measured otherwise.") {
                            wordless.push(said);
                        }
                    }
                }
            }
        }
    }
    assert!(told > 1000, "{told}");
    // Whatever is measured otherwise is said with what is otherwise.
    assert!(wordless.is_empty(), "{wordless:#?}");
}

#[test]
fn how_something_is_measured_otherwise_is_said() {
    let with = |measure: &str| {
        let program = EVERYTHING.replace("{of: answers, average: score}", measure);
        rules(&program).document
    };
    let old =
        with("{of: measures, latest: value, where: {measure: score}, during: {trailing: 90 days}}");
    let new = with(
        "{of: measures, latest: value, where: {measure: score, value: {atLeast: 1}}, during: \
         {trailing: 30 days}}",
    );
    let told = |locale| {
        let changes = changes(&old, &new);
        let told: Vec<_> = changes
            .iter()
            .map(|it| said(&old, &new, it, locale))
            .collect();
        told.join("\n")
    };
    insta::assert_snapshot!(told("en"), @"Score is measured otherwise: only where value is at least 1, over the time of the last 30 days; before: over the time of the last 90 days.");
    insta::assert_snapshot!(told("de"), @"„Wertung“ wird anders gemessen: nur solche: Wert ist mindestens 1, in der Zeit der letzten 30 Tage; bisher: in der Zeit der letzten 90 Tage.");
}

#[test]
fn of_what_is_enough_in_part_the_whole_is_told() {
    let either = rules(
        "
slug: either
name: Either
locale: en
metrics:
  deals: {name: Deals, measure: {of: deals}}
  people: {name: People, measure: {of: certificates, distinct: person}}
  plans: {name: Plans, measure: {of: courses}}
tracks:
  - key: t
    name: T
    tiers:
      - key: gold
        name: Gold
        requires:
          - allOf:
              - {metric: deals, atLeast: 1}
              - someOf:
                  count: 2
                  of: [{metric: deals, atLeast: 3}, {metric: people, atLeast: 2}, {metric: plans, atLeast: 1}]
tests:
  - {name: Nobody, asOf: 2027-01-01, facts: [], expect: {stands: {t: gold}}}
",
    );
    let now: DateTime<Utc> = "2027-01-01T12:00:00Z".parse().unwrap();
    let found = evaluate(&either, &[], &BTreeMap::new(), now, now);
    let track = &found.tracks[0];
    let lacks = lacking(&either.document.tracks[0], track, Some("gold"));
    let words = Words::of(&either.document, "en");
    let told: Vec<_> = lacks.iter().map(|it| words.judged(it)).collect();
    let whole = "at least 2 of (Deals: 0 of at least 3 (3 missing); People: 0 of at least 2 (2 missing); Plans: 0 of at least 1 (1 missing))";
    assert_eq!(told, ["Deals: 0 of at least 1 (1 missing)", whole]);
    for (locale, name) in [("en", "2 of these are enough"), ("de", "2 davon genügen")] {
        let told = shortfalls(&either.document, &track.tiers[0].requires, locale);
        let told: Vec<_> = told.iter().map(|it| it.name.as_str()).collect();
        let [deals, people, plans] =
            ["Deals", "People", "Plans"].map(|it| format!("{it} ({name})"));
        assert_eq!(told, ["Deals", &deals, &people, &plans]);
    }
    // One of the two that are asked for is there.
    let deals = [1, 2, 3].map(|n: u128| {
        let deal =
            json!({ "deal": n.to_string(), "motion": "SOURCED", "amount": "1", "currency": "EUR" });
        fact_at(n, "deal.won", now - TimeDelta::days(1), deal)
    });
    let found = evaluate(&either, &deals, &BTreeMap::new(), now, now);
    let lacks = lacking(&either.document.tracks[0], &found.tracks[0], Some("gold"));
    let told: Vec<_> = lacks.iter().map(|it| words.judged(it)).collect();
    assert_eq!(
        told,
        [
            "at least 2 of (People: 0 of at least 2 (2 missing); Plans: 0 of at least 1 (1 missing); 1 of 3 met)"
        ]
    );
    for (locale, name) in [
        ("en", "People (one of these is enough)"),
        ("de", "People (eines davon genügt)"),
    ] {
        let told = shortfalls(&either.document, &found.tracks[0].tiers[0].requires, locale);
        assert_eq!(told[0].name, name);
    }
    let failed = either.try_out().unwrap_err();
    assert!(
        format!("{failed:?}").contains("it stands on none, not on gold"),
        "{failed:?}"
    );
}
