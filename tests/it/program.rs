//! The program: real ones as documents, and what is refused.

mod language;
mod brought;
mod few;
mod lint;
mod partner;
mod tiers;
mod laws;
mod words;

use entente::error::Error;
use entente::program::rules::Rules;

/// What is wrong with a document, each with its path.
fn faults(yaml: &str) -> Vec<String> {
    let told = |error| {
        let Error::Refused(refusals) = error else {
            panic!("{error}");
        };
        let told = refusals.iter().map(|it| format!("{it:?}"));
        told.collect::<Vec<_>>()
    };
    match Rules::from_yaml(yaml) {
        Ok(rules) => rules.try_out().err().map(told).unwrap_or_default(),
        Err(error) => told(error),
    }
}

#[test]
fn every_published_program_comes_out_as_its_examples_say() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("programs").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "yaml") {
            continue;
        }
        let yaml = std::fs::read_to_string(&path).unwrap();
        let wrong = faults(&yaml);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        let rules = Rules::from_yaml(&yaml).unwrap();
        assert!(rules.document.tests.len() > 1, "{}", path.display());
        names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names.len(), 14, "{names:?}");
}

/// A program with these metrics, whose only tier asks that `it` be at least 1.
fn with(metrics: &str) -> String {
    format!(
        "slug: p\nname: P\nlocale: en\nlists: {{few: [a, b]}}\nexchange: {{currency: USD, rates: \
         {{EUR: 2}}}}\nmetrics:\n{metrics}\ntracks:\n  - key: t\n    name: T\n    tiers:\n      - {{key: \
         one, name: One, requires: [{{metric: it, atLeast: 1}}]}}\ntests: [{{name: Nobody, asOf: 2026-01-01, \
         partner: {{country: NO}}, expect: {{metrics: {{it: 1}}}}}}]\n"
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn what_makes_no_sense_is_refused_with_its_place() {
    let long = format!("{{formula: {}}}", "1+".repeat(300) + "1");
    let deep = format!("{{formula: \"{}1{}\"}}", "(".repeat(30), ")".repeat(30));
    for (metrics, code, path) in [
        ("  it: {}", "MISFIT", "metrics.it"),
        ("  it: {value: 1, formula: it}", "MISFIT", "metrics.it"),
        (
            "  it: {formula: this}",
            "UNKNOWN_NAME",
            "metrics.it.formula",
        ),
        (
            "  it: {formula: 1 +}",
            "INVALID_FORMULA",
            "metrics.it.formula",
        ),
        (
            &format!("  it: {long}"),
            "INVALID_FORMULA",
            "metrics.it.formula",
        ),
        (
            &format!("  it: {deep}"),
            "INVALID_FORMULA",
            "metrics.it.formula",
        ),
        ("  it: {formula: it + 1}", "CYCLE", "metrics.it"),
        (
            "  a: {best: [b]}\n  b: {total: [it]}\n  it: {formula: a}",
            "CYCLE",
            "metrics.a",
        ),
        (
            "  it: {cases: [{when: {metric: it, atLeast: 1}, use: b}, {use: b}]}\n  b: {value: 1}",
            "CYCLE",
            "metrics.it",
        ),
        (
            "  it: {cases: [{use: b}, {use: b}]}\n  b: {value: 1}",
            "REQUIRED",
            "metrics.it.cases.0.when",
        ),
        (
            "  It: {value: 1}\n  it: {value: 1}",
            "INVALID_KEY",
            "metrics.It",
        ),
        (
            "  it: {measure: {of: members, where: {role: MEMBER}}}",
            "INVALID_VALUE",
            "metrics.it.measure.where.role",
        ),
        (
            "  b: {value: 1}\n  it: {cases: [{when: {partner: {kind: [RESELER]}}, use: b}, {use: b}]}",
            "INVALID_VALUE",
            "metrics.it.cases.0.when.partner.kind",
        ),
        (
            "  b: {value: 1}\n  it: {cases: [{when: {partner: {country: Germany}}, use: b}, {use: b}]}",
            "INVALID_VALUE",
            "metrics.it.cases.0.when.partner.country",
        ),
        (
            "  it: {value: {by: kind, values: {RESELER: 1}}}",
            "INVALID_VALUE",
            "metrics.it.value.values.RESELER",
        ),
        (
            "  it: {measure: {of: deals, where: {currency: [eur]}}}",
            "INVALID_VALUE",
            "metrics.it.measure.where.currency",
        ),
        (
            "  it: {measure: {of: standings, where: {program: p, track: nope}}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.where.track",
        ),
        (
            "  it: {measure: {of: standings, where: {program: p, track: t, tier: nope}}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.where.tier",
        ),
        (
            "  it: {measure: {of: certificate}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.of",
        ),
        (
            "  it: {measure: {of: deals, sum: amount}}",
            "REQUIRED",
            "metrics.it.measure.currency",
        ),
        (
            "  it: {measure: {of: deals, sum: amount, currency: CHF}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.currency",
        ),
        (
            "  it: {measure: {of: deals, sum: motion}}",
            "MISFIT",
            "metrics.it.measure.sum",
        ),
        (
            "  it: {measure: {of: deals, sum: users}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.sum",
        ),
        (
            "  it: {measure: {of: users, sum: users, distinct: customer}}",
            "MISFIT",
            "metrics.it.measure",
        ),
        (
            "  b: {value: 1}\n  it: {cases: [{when: {onAnyDay: {within: {trailing: 30 days}, requires: \
             [{metric: b, atLeast: 1}]}}, use: b}]}",
            "MISFIT",
            "metrics.it.cases.0.when.onAnyDay",
        ),
        (
            "  it: {measure: {of: certificates, where: {certificaton: a}}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.where.certificaton",
        ),
        (
            "  it: {measure: {of: certificates, where: {certification: {in: many}}}}",
            "UNKNOWN_NAME",
            "metrics.it.measure.where.certification",
        ),
        (
            "  it: {measure: {of: quizzes, where: {passed: often}}}",
            "INVALID_VALUE",
            "metrics.it.measure.where.passed",
        ),
        (
            "  it: {measure: {of: quizzes, where: {passed: {atLeast: 1}}}}",
            "MISFIT",
            "metrics.it.measure.where.passed",
        ),
        (
            "  it: {measure: {of: deals, during: {}}}",
            "MISFIT",
            "metrics.it.measure.during",
        ),
        (
            "  it: {measure: {of: deals, during: {trailing: 1 year, calendar: month}}}",
            "MISFIT",
            "metrics.it.measure.during",
        ),
        (
            "  it: {measure: {of: deals, during: {from: 2024-02-01, to: 2024-01-01}}}",
            "OUT_OF_RANGE",
            "metrics.it.measure.during",
        ),
        (
            "  it: {measure: {of: deals, started: {trailing: 1 year}}}",
            "MISFIT",
            "metrics.it.measure.started",
        ),
        (
            "  it: {measure: {of: deals, having: {atLeast: 1}}}",
            "MISFIT",
            "metrics.it.measure.having",
        ),
        (
            "  it: {measure: {of: deals, distinct: customer, having: {sum: amount, latest: amount, atLeast: 1}}}",
            "MISFIT",
            "metrics.it.measure.having",
        ),
        (
            "  it: {measure: {of: deals, where: {motion: sourced}}}",
            "INVALID_VALUE",
            "metrics.it.measure.where.motion",
        ),
        (
            "  it: {bands: {of: b, steps: [{from: 5, is: 1}, {from: 5, is: 2}]}}\n  b: {value: 1}",
            "OUT_OF_RANGE",
            "metrics.it.bands.steps",
        ),
        (
            "  it: {earlier: {of: it, by: 1 year}}",
            "CYCLE",
            "metrics.it",
        ),
        ("  it: {value: 250k}", "INVALID_VALUE", "metrics.it.value"),
        (
            "  b: {value: 1}\n  it: {cases: [{when: {tier: {t: one}}, use: b}]}",
            "MISFIT",
            "metrics.it.cases.0.when.tier",
        ),
        (
            "  it: {points: {of: b, each: 1, per: 0}}\n  b: {value: 1}",
            "OUT_OF_RANGE",
            "metrics.it.points.per",
        ),
        (
            "  b: {value: 1}\n  c: {value: b}",
            "UNKNOWN_NAME",
            "tracks.0.tiers.0.requires.0.metric",
        ),
    ] {
        let wrong = faults(&with(metrics));
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        let is_told = |fault: &String| {
            fault.contains(&format!("code: {code:?}"))
                && fault.contains(&format!("field: {path:?}"))
        };
        assert!(
            wrong.iter().any(is_told),
            "{metrics}: {code} {path:?}: {wrong:#?}"
        );
    }
    assert_eq!(faults(&with("  it: {value: 1}")), Vec::<String>::new());
}

/// A program with a track for each tier that another one asks for, and one that asks how long.
const STEADY: &str = r"
slug: steady
name: Steady
locale: en
zone: Europe/Berlin
metrics:
  deals: {measure: {of: deals, during: {trailing: 12 months}}}
  onGold: {name: Gold or above, measure: {of: standings, where: {program: steady, track: sales, tier: [gold, platinum]}}}
  plans: {measure: {of: businessPlans, countsFor: 1 year}}
tracks:
  - key: club
    name: Club
    tiers:
      - key: member
        name: Member
        requires:
          - {tier: {sales: gold}}
          - onEveryDay: {within: {trailing: 2 years}, requires: [{metric: onGold, atLeast: 1}]}
  - key: sales
    name: Sales
    review: {demotion: {every: quarter}, warning: 30 days, grace: 60 days}
    tiers:
      - {key: silver, name: Silver}
      - {key: gold, name: Gold, requires: [{metric: deals, atLeast: 1}]}
      - {key: platinum, name: Platinum, requires: [{metric: deals, atLeast: 2}, {metric: plans, atLeast: 1}]}
tests:
  - name: Gold for two years, with a better tier between, and still
    asOf: 2026-03-01
    facts: &years
      - {kind: tier.entered, on: 2023-01-01, program: steady, track: sales, tier: silver}
      - {kind: tier.advanced, on: 2024-02-10, program: steady, track: sales, tier: gold, from: silver}
      - {kind: tier.advanced, on: 2025-01-01, program: steady, track: sales, tier: platinum, from: gold}
      - {kind: tier.demoted, on: 2025-06-01, program: steady, track: sales, tier: gold, from: platinum}
      - {kind: deal.won, on: 2025-09-01, deal: a, motion: SOURCED, amount: 1, currency: EUR}
    expect: {tiers: {sales: gold, club: member}, metrics: {onGold: 1}}
  - name: Not yet two years
    asOf: 2026-02-08
    facts: *years
    expect: {tiers: {sales: gold, club: none}}
  - name: Whoever has it still, and does not earn it, is no member
    asOf: 2026-09-02
    facts: *years
    expect: {tiers: {sales: silver, club: none}}
  - name: A plan that is agreed on each year counts on
    asOf: 2026-06-01
    facts:
      - {kind: business_plan.agreed, on: 2024-05-01, plan: ours}
      - {kind: business_plan.agreed, on: 2025-05-02, plan: ours}
      - {kind: business_plan.agreed, on: 2026-04-01, plan: ours}
    expect: {metrics: {plans: 1}}
  - name: It lapses where it is not
    asOf: 2026-06-01
    facts:
      - {kind: business_plan.agreed, on: 2024-05-01, plan: ours}
      - {kind: business_plan.agreed, on: 2025-05-02, plan: ours}
    expect: {metrics: {plans: 0}}
  - name: Lost after warning and grace, and not before
    asOf: 2026-03-31
    facts: [{kind: deal.won, on: 2024-11-20, deal: a, motion: SOURCED, amount: 1, currency: EUR}]
    expect: {tiers: {sales: silver}, stands: {sales: gold, club: none}}
  - name: On the day after grace it is
    asOf: 2026-04-01
    facts: [{kind: deal.won, on: 2024-11-20, deal: a, motion: SOURCED, amount: 1, currency: EUR}]
    expect: {stands: {sales: silver}}
";

#[test]
fn a_tier_may_ask_for_another_and_for_how_long_it_was_held() {
    assert_eq!(faults(STEADY), Vec::<String>::new());
    let unknown = STEADY.replace("tier: {sales: gold}", "tier: {sales: golden}");
    let wrong = faults(&unknown);
    assert!(
        wrong[0].contains("it has silver, gold, platinum"),
        "{wrong:?}"
    );
}

#[test]
fn a_test_that_fails_says_why() {
    let wrong = STEADY.replace("club: member}, metrics", "club: none}, metrics");
    let wrong = wrong.replace(
        "sales: gold, club: none}}\n  - name: Whoever",
        "sales: platinum}}\n  - name: Whoever",
    );
    let wrong = wrong.replace("stands: {sales: silver}", "stands: {sales: gold}");
    let told = faults(&wrong).join("\n");
    for why in [
        "member is earned, not none.",
        "gold is earned, not platinum: deals: 1 of at least 2 (1 missing); plans: 0 of at least 1 (1 missing).",
        "it stands on silver, not on gold: 20 November 2025: at risk, decided on 1 January 2026 – deals: 0 of at \
         least 1 (1 missing), 1 January 2026: grace until 1 April 2026 – deals: 0 of at least 1 (1 missing), 1 \
         April 2026: down from Gold to Silver – deals: 0 of at least 1 (1 missing).",
    ] {
        assert!(told.contains(why), "{why}\n{told}");
    }
    let long = STEADY.replace("asOf: 2026-04-01", "asOf: 2036-04-01");
    let wrong = faults(&long);
    assert!(wrong[0].contains("ten years at most"), "{wrong:?}");
    let none = STEADY.split("tests:").next().unwrap();
    assert!(
        faults(none)[0].contains("Show with at least one test"),
        "{:?}",
        faults(none)
    );
}

#[test]
fn a_document_that_is_no_yaml_or_too_long_or_too_deep_is_refused() {
    let long = format!("slug: {}", "x".repeat(10 << 20));
    let deep = format!("slug: {}", "[".repeat(100_000));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c \
                [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e \
                [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nslug: p";
    let unknown = with("  it: {value: 1, valeu: 2}");
    for (text, told) in [
        (long.as_str(), "At most"),
        (deep.as_str(), "line 1"),
        (bomb, ""),
        (
            unknown.as_str(),
            "There is no field `valeu`. Is `value` meant?",
        ),
        ("slug: [", "line 1"),
        ("", ""),
    ] {
        let wrong = faults(text);
        assert!(
            wrong[0].contains("INVALID_YAML") && wrong[0].contains(told),
            "{wrong:?}"
        );
    }
}

#[test]
fn the_pages_and_the_schema_say_what_the_code_reads() {
    let pages = std::fs::read_to_string("docs/programs.md").unwrap();
    for source in entente::program::record::SOURCES {
        let fields: Vec<_> = source
            .fields
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let (start, end) = (
            format!("| `{}` | ", source.name),
            format!(" | {} |", fields.join(", ")),
        );
        let is_told = |line: &str| {
            let kind = match (source.personal, source.lasts) {
                (true, _) => "lasts, a person's",
                (false, true) => "lasts",
                (false, false) => "happens",
            };
            line.starts_with(&format!("{start}{kind} | {}", source.about.trim()))
                && line.ends_with(&end)
        };
        assert!(pages.lines().any(is_told), "{}", source.name);
    }
    let sources = entente::program::record::SOURCES.iter();
    let parts = sources.flat_map(|it| it.begins.iter().chain(it.ends));
    let kinds: std::collections::BTreeSet<_> = parts.map(|it| it.kind).collect();
    let own = kinds
        .into_iter()
        .filter(|it| !entente::fact::FROM_OUTSIDE.contains(it));
    let wanted: Vec<_> = own
        .map(|kind| {
            let fields = entente::fact::fields_of(kind).unwrap().iter();
            let fields = fields.map(|it| {
                let mark = if it.is_optional { "?" } else { "" };
                format!("`{}`{mark}", it.name)
            });
            format!("| `{kind}` | {} |", fields.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let is_kind = |line: &&str| {
        let first = line.split('`').nth(1).unwrap_or_default();
        line.starts_with("| `") && first.contains('.') && !first.contains(['(', ' '])
    };
    let told: Vec<_> = pages.lines().filter(is_kind).collect();
    assert_eq!(told.join("\n"), wanted.join("\n"));

    let example = pages
        .split("```yaml\n")
        .find(|it| it.starts_with("slug: "))
        .unwrap();
    let example = example.split("```").next().unwrap();
    assert_eq!(faults(example), Vec::<String>::new());

    let schema = schemars::schema_for!(entente::program::document::Document);
    let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let written = std::fs::read_to_string("programs/schema.json").unwrap_or_default();
    assert_eq!(
        written, schema,
        "run `entente program schema > programs/schema.json`"
    );
}

#[test]
fn what_changes_is_said_in_words() {
    use entente::program::diff::{Favours, changes, favours_partners};
    use entente::program::document::Text;
    let read = |name: &str| {
        let yaml = std::fs::read_to_string(format!("programs/{name}.yaml")).unwrap();
        Rules::from_yaml(&yaml).unwrap().document
    };
    let (old, new) = (read("odoo-v9b"), read("odoo-v11"));
    let told = changes(&old, &new);
    let words = |locale| {
        let told = told.iter().map(|it| {
            let said = words::said(&old, &new, it, locale);
            format!("{:?}: {said}", it.favours)
        });
        told.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(words("en"));
    insta::assert_snapshot!("what_changes_is_said_in_words_de", words("de"));
    assert!(!favours_partners(&told));
    assert_eq!(changes(&old, &old), []);

    // Less is asked for, and more is brought.
    let mut easier = new.clone();
    let gold = &mut easier.tracks[0].tiers[3];
    let yaml = "{metric: netNewUsers, atLeast: 250}";
    gold.requires[0] = entente::document::from_yaml(yaml, 100).unwrap();
    gold.requires.pop();
    let told = changes(&new, &easier);
    assert!(favours_partners(&told), "{told:?}");
    assert_eq!(told.len(), 2);
    assert!(!favours_partners(&changes(&easier, &new)));

    // What is enough to keep a tier comes beside what earns it, and is no favour to take away.
    let mut kept = new.clone();
    let yaml = "{metric: netNewUsers, atLeast: 200}";
    kept.tracks[0].tiers[3].keeps = vec![entente::document::from_yaml(yaml, 100).unwrap()];
    let told = changes(&new, &kept);
    assert!(favours_partners(&told) && told.len() == 1, "{told:?}");
    let told = words::said(&new, &kept, &told[0], "en");
    assert!(told.ends_with("Gold is kept with Net new users in 12 months: at least 200; before: with what it requires."), "{told}");
    assert!(!favours_partners(&changes(&kept, &new)));

    // More that is asked for and less that is brought is no favour to partners, and what has the same
    // name need not be the same.
    let mut worse = easier.clone();
    let gold = &mut worse.tracks[0].tiers[3];
    let yaml = "{metric: netNewUsers, atLeast: 260}";
    gold.requires[0] = entente::document::from_yaml(yaml, 100).unwrap();
    gold.benefits.clear();
    let told = changes(&easier, &worse);
    assert!(
        told.len() > 1 && told.iter().all(|it| it.favours == Favours::Vendor),
        "{told:?}"
    );
    let named = |metric: &str| {
        let mut named = easier.clone();
        let yaml = format!("{{name: Growth, metric: {metric}, atLeast: 5}}");
        named.tracks[0].tiers[3].requires[0] = entente::document::from_yaml(&yaml, 100).unwrap();
        named
    };
    let others: Vec<_> = new
        .metrics
        .keys()
        .filter(|it| *it != "netNewUsers")
        .collect();
    let (one, other) = (named("netNewUsers"), named(others[0]));
    assert_eq!(changes(&one, &other)[0].favours, Favours::Unclear);

    // What a benefit is called is what is promised.
    let mut renamed = new.clone();
    renamed.benefits.get_mut("hostingShare").unwrap().name = Text::Plain("Share".to_owned());
    assert!(!favours_partners(&changes(&new, &renamed)));
}

#[test]
fn what_tests_tell_is_what_the_portal_can_tell() {
    let told = |facts: &str, partner: &str| {
        let yaml = with("  it: {measure: {of: members, where: {role: PARTNER_ADMIN}}}");
        let yaml = yaml.replace(
            "partner: {country: NO}",
            &format!("partner: {partner}, {facts}"),
        );
        faults(&yaml)
    };
    let joined = |role: &str| {
        format!("facts: [{{kind: member.joined, on: 2025-01-01, person: p, role: {role}}}]")
    };
    assert!(told(&joined("PARTNER_ADMIN"), "{kind: RESELLER}").is_empty());
    let wrong = told(&joined("KING"), "{kind: RESELLER}");
    assert!(
        wrong.len() == 1 && wrong[0].contains("PARTNER_ADMIN, PARTNER_MEMBER"),
        "{wrong:?}"
    );
    let wrong = told(&joined("PARTNER_ADMIN"), "{kind: RESELER}");
    assert!(
        wrong.len() == 1 && wrong[0].contains("`RESELER` is none of"),
        "{wrong:?}"
    );
}
