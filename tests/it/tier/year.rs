//! A year of one partner's life under Odoo's partnership agreement, version 11: facts, standings and
//! letters, as they come.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Stage;
use crate::support::Portal;

const ODOO: &str = include_str!("../../../programs/odoo-v11.yaml");

fn users(customer: &str, change: &str, users: u32) -> (&'static str, Value) {
    (
        "users.changed",
        json!({ "customer": customer, "change": change, "users": users }),
    )
}

fn certified(holder: &str) -> (&'static str, Value) {
    (
        "certificate.reported",
        json!({ "certification": "odoo-16", "holder": holder }),
    )
}

/// What happens on which day.
fn story() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let won = |customer: &str| ("customer.acquired", json!({ "customer": customer }));
    let lost = |customer: &str| ("customer.lost", json!({ "customer": customer }));
    vec![
        ("2026-11-10", vec![won("hotel"), users("hotel", "NEW", 12)]),
        ("2026-11-12", vec![certified("Ana")]),
        (
            "2027-01-20",
            vec![
                won("bakery"),
                won("clinic"),
                won("school"),
                users("bakery", "NEW", 40),
                users("clinic", "NEW", 30),
            ],
        ),
        ("2027-02-03", vec![certified("Ben"), certified("Cleo")]),
        (
            "2027-03-15",
            vec![
                won("harbour"),
                users("harbour", "NEW", 240),
                certified("Dana"),
                certified("Emil"),
                certified("Flo"),
            ],
        ),
        (
            "2027-05-04",
            vec![lost("clinic"), users("clinic", "CHURN", 30)],
        ),
        (
            "2027-06-20",
            vec![won("museum"), won("library"), users("museum", "UPSELL", 10)],
        ),
        ("2027-09-01", vec![lost("school")]),
    ]
}

#[tokio::test]
async fn a_year_under_odoo_version_11() {
    let mut told = Vec::new();
    for portal in Portal::each().await {
        let stage = Stage::bare(&portal).await;
        stage.announce(ODOO).await;
        // What happened when, in which order of what happened at once.
        let mut lines: Vec<(DateTime<Utc>, u8, String)> = Vec::new();
        let mut story = story().into_iter().peekable();
        let last: NaiveDate = "2027-11-12".parse().unwrap();
        loop {
            let now = stage.paula.op().await.now();
            if now.date_naive() > last {
                break;
            }
            while let Some((_, facts)) =
                story.next_if(|(day, _)| day.parse() == Ok(now.date_naive()))
            {
                for (kind, detail) in &facts {
                    lines.push((now, 0, format!("{kind} {}", told_of(detail))));
                }
                stage.facts(&facts).await;
            }
            stage.pass(TimeDelta::days(1)).await;
        }
        let query = "{ standingMoves(first: 100) { nodes {
            kind movedAt fromTier tier earned decidedOn } } }";
        let found = stage.team.admin.ask(query, json!({})).await;
        for it in found["standingMoves"]["nodes"].as_array().unwrap() {
            let word = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            let day = it["decidedOn"].as_str();
            let day = day.map_or_else(String::new, |day| format!(", decided on {day}"));
            let line = format!(
                "  {}: {} to {}, earns {}{day}",
                word("kind"),
                word("fromTier"),
                word("tier"),
                word("earned")
            );
            lines.push((word("movedAt").parse().unwrap(), 1, line));
        }
        for letter in portal.letters().await {
            if letter.to == "anna@bergwind.example" && is_told(&letter.kind) {
                lines.push((letter.date, 2, format!("    mail: {}", letter.subject)));
            }
        }
        lines.sort_by(|one, other| {
            let key = |(at, place, line): &(DateTime<Utc>, u8, String)| {
                let line = (*place == 2).then(|| line.clone());
                (at.date_naive(), *place, line)
            };
            key(one).cmp(&key(other))
        });
        let lines = lines.iter();
        let mut lines: Vec<_> = lines
            .map(|(at, _, line)| format!("{} {line}", at.date_naive()))
            .collect();
        let verified = super::round::all_verified(&portal).await;
        lines.push(format!(
            "{verified} evaluations follow again, byte for byte"
        ));
        told.push(lines.join("\n"));
    }
    for other in &told[1..] {
        assert_eq!(other, &told[0], "the databases tell it differently");
    }
    assert_snapshot!(told[0]);
}

fn is_told(kind: &str) -> bool {
    let concerns = ["tier_", "program_", "standing_"];
    concerns.iter().any(|it| kind.starts_with(it))
}

fn told_of(detail: &Value) -> String {
    let parts = detail.as_object().unwrap().values();
    let words = parts.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    words.collect::<Vec<_>>().join(" ")
}
