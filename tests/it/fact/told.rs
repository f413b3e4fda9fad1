//! What other systems tell: in requests and in files.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entente::error::Error;
use entente::intake::import::{Import, PART, Report, import};
use entente::intake::line::Form;
use entity::staff_role::VendorRole;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Portal, Someone, rows};

const RECORD: &str = "mutation($input: FactsRecordInput!) { factsRecord(input: $input) {
    recorded { ids recorded known } userErrors { code field message } } }";
const IMPORT: &str = "mutation($input: FactsImportInput!) { factsImport(input: $input) {
    report { recorded known refused dryRun refusals { line field code message } }
    userErrors { code field message } } }";

fn deal(partner: &str, name: &str, amount: &str) -> Value {
    json!({
        "partner": partner, "occurredAt": "2026-10-05T08:00:00Z", "externalId": name,
        "what": { "dealWon": {
            "deal": name, "motion": "SOURCED", "amount": amount, "currency": "EUR",
        } },
    })
}

async fn count(portal: &Portal) -> usize {
    let sql = "SELECT kind FROM fact WHERE source IS NOT NULL";
    rows::column(&portal.app.db, sql).await.len()
}

/// A table with so many lines about the partner of that domain.
fn table(domain: &str, lines: usize) -> String {
    let lines = (1..=lines).map(|number| {
        format!("consumption.reported,{domain},2026-10-01,c-{number},cust-{number},seat,{number}.50,EUR\n")
    });
    let head = "kind,partner,occurredAt,externalId,customer,product,amount,currency\n";
    head.to_owned() + &lines.collect::<String>()
}

async fn taken(someone: &Someone<'_>, form: Form, text: &str) -> Result<Report, Error> {
    let import_of = Import {
        source: "billing".to_owned(),
        form,
        bytes: text.into(),
        dry_run: false,
    };
    import(&someone.op().await, import_of).await
}

#[tokio::test]
async fn a_request_has_room_for_a_thousand() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let some = |count: usize, amount: &str| {
            let facts = (1..=count).map(|n| deal(&ours.partner, &format!("deal-{n}"), amount));
            json!({ "input": { "source": "crm", "facts": facts.collect::<Vec<_>>() } })
        };
        assert_eq!(
            paula.refused(RECORD, some(1001, "1")).await,
            [("TOO_MANY".to_owned(), "facts".to_owned())]
        );
        // What is wrong with all of them is told of a hundred.
        assert_eq!(paula.refused(RECORD, some(1000, "1,5")).await.len(), 100);
        let input = some(1000, "1500.25");
        let body = json!({ "query": RECORD, "variables": input }).to_string();
        assert!(body.len() < 1 << 20, "{}", body.len());
        for (recorded, known) in [(1000, 0), (0, 1000)] {
            let done = paula.act(RECORD, input.clone()).await;
            assert_eq!(done["recorded"]["recorded"], recorded);
            assert_eq!(done["recorded"]["known"], known);
        }
        assert_eq!(count(&portal).await, 1000);
    }
}

#[tokio::test]
async fn a_request_is_recorded_once_whole_and_read_by_the_partner_alone() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let finn = portal.staff("Finn", &[VendorRole::Finance]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let both = json!({ "source": "crm", "facts": [
            deal(&ours.partner, "d-1", "1500.00"), deal(&ours.partner, "d-2", "-0.250000"),
        ] });
        let done = finn.act(RECORD, json!({ "input": both })).await;
        assert_eq!(done["recorded"]["recorded"], 2);
        // The same again, and other words for the same number.
        let again = json!({ "source": "crm", "facts": [
            deal(&ours.partner, "d-2", "-0.25"), deal(&ours.partner, "d-3", "7"),
        ] });
        let again = finn.act(RECORD, json!({ "input": again })).await;
        assert_eq!(again["recorded"]["recorded"], 1);
        assert_eq!(again["recorded"]["known"], 1);
        assert_eq!(again["recorded"]["ids"][0], done["recorded"]["ids"][1]);
        // Another system may use the same name.
        let other = json!({ "source": "erp", "facts": [deal(&ours.partner, "d-1", "1")] });
        finn.act(RECORD, json!({ "input": other })).await;
        assert_eq!(count(&portal).await, 4);

        // One that is wrong, and nothing of all is recorded.
        let mut wrong = deal(&ours.partner, "d-5", "1,5");
        wrong["occurredAt"] = json!("2027-01-01T00:00:00Z");
        let absent = deal("Partner_AAAAAAAAAAAAAAAAAAAAAA", "d-6", "1");
        for (facts, refusals) in [
            (
                json!([deal(&ours.partner, "d-4", "1"), wrong]),
                vec![
                    ("IN_FUTURE", "facts.1.occurredAt"),
                    ("INVALID_NUMBER", "facts.1.what.dealWon.amount"),
                ],
            ),
            (
                json!([
                    deal(&ours.partner, "d-4", "1"),
                    deal(&ours.partner, "d-1", "2")
                ]),
                vec![("KNOWN_OTHERWISE", "facts.1.externalId")],
            ),
            (
                json!([
                    deal(&ours.partner, "d-4", "1"),
                    deal(&ours.partner, "d-4", "1")
                ]),
                vec![("DUPLICATE", "facts.1.externalId")],
            ),
            (
                json!([absent]),
                vec![("UNKNOWN_PARTNER", "facts.0.partner")],
            ),
            (json!([]), vec![("REQUIRED", "facts")]),
        ] {
            let input = json!({ "source": "crm", "facts": facts });
            let said = finn.refused(RECORD, json!({ "input": input })).await;
            let refusals: Vec<_> = refusals
                .into_iter()
                .map(|(code, at)| (code.to_owned(), at.to_owned()))
                .collect();
            assert_eq!(said, refusals, "{facts}");
        }
        assert_eq!(count(&portal).await, 4);

        // Who may, and who reads it.
        let elena = portal
            .staff("Elena", &[VendorRole::EnablementManager])
            .await;
        let one = json!({ "source": "crm", "facts": [deal(&ours.partner, "d-9", "1")] });
        for may_not in [&elena, &ours.admin] {
            let said = may_not.answer(RECORD, json!({ "input": one })).await;
            assert_eq!(said["errors"][0]["extensions"]["code"], "FORBIDDEN");
        }
        let read = "{ facts(first: 100, filter: { source: { in: [\"crm\", \"erp\"] } }) { nodes {
            kind source externalId occurredAt recordedAt detail partner { legalName } } } }";
        for (reader, sees) in [(&ours.admin, 4), (&ours.member, 4), (&theirs.admin, 0)] {
            let found = reader.ask(read, json!({})).await;
            let found = found["facts"]["nodes"].as_array().unwrap().clone();
            assert_eq!(found.len(), sees, "{}", portal.name());
            assert!(
                found
                    .iter()
                    .all(|it| it["occurredAt"] == "2026-10-05T08:00:00Z"
                        && it["recordedAt"] != it["occurredAt"])
            );
        }
        portal.keep_promises().await;
    }
}

/// A file in which each line is wrong in a way of its own, but for two.
const MIXED: &str = "\
kind;partner;occurredAt;externalId;customer;change;users;amount;currency;product;lineSince;deal;motion
users.changed;bergwind.example;2026-10-01;m-1;c-1;NEW;12;;;;;;
users.changed;https://www.bergwind.example/about;2026-10-01T10:00:00+02:00;m-2;c-2;CHURN;0;;;;;;
users.lost;bergwind.example;2026-10-01;m-3;c-3;;;;;;;;
users.changed;bergwind.example;2026-10-01;m-4;c-4;NEW;12;7;;;;;
users.changed;bergwind.example;2026-10-01;m-5;;NEW;12;;;;;;
users.changed;bergwind.example;2026-10-01;m-6;c-6;NEW;many;;;;;;
users.changed;bergwind.example;1.10.2026;m-7;c-7;NEW;12;;;;;;
users.changed;bergwind.example;2026-11-04;m-8;c-8;NEW;12;;;;;;
users.changed;elsewhere.example;2026-10-01;m-9;c-9;NEW;12;;;;;;
users.changed;bergwind.example;2026-10-01;m-10;LONG;NEW;12;;;;;;
users.changed;bergwind.example;2026-10-01;m-1;c-1;NEW;13;;;;;;
users.changed;bergwind.example;2026-10-01;m-12;c-12;NEW
deal.won;bergwind.example;2026-10-01;m-13;c-13;;;1.234.5;EURO;;soon;d;FOUND
";

#[tokio::test]
async fn good_lines_are_recorded_and_each_other_is_told_of() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        let text = MIXED.replace("LONG", &"x".repeat(201));
        let file = paula.upload("facts.csv", text.as_bytes(), None).await;
        let input = |dry_run: bool| json!({ "input": { "file": file, "source": "billing", "dryRun": dry_run } });
        let looked_at = paula.act(IMPORT, input(true)).await["report"].clone();
        assert_eq!(count(&portal).await, 0);
        let report = paula.act(IMPORT, input(false)).await["report"].clone();
        assert_eq!(count(&portal).await, 2);
        assert_eq!(
            (&report["recorded"], &report["refused"]),
            (&json!(2), &json!(11))
        );
        assert_eq!(
            (&looked_at["dryRun"], &report["dryRun"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(looked_at["refusals"], report["refusals"]);
        let said = report["refusals"].as_array().unwrap().iter().map(|it| {
            let field = it["field"].as_str().unwrap_or("-");
            format!("{} {field} {}", it["line"], it["code"].as_str().unwrap())
        });
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                "4 kind UNKNOWN_KIND",
                "5 amount UNKNOWN_FIELD",
                "6 customer REQUIRED",
                "7 users INVALID_NUMBER",
                "8 occurredAt INVALID_DATE",
                "9 occurredAt IN_FUTURE",
                "10 partner UNKNOWN_PARTNER",
                "11 customer TOO_LONG",
                "12 externalId DUPLICATE",
                "13 - INVALID",
                "14 motion INVALID",
                "14 amount INVALID_NUMBER",
                "14 currency INVALID",
                "14 lineSince INVALID_DATE",
            ]
        );
        let again = paula.act(IMPORT, input(false)).await["report"].clone();
        assert_eq!(
            (&again["recorded"], &again["known"]),
            (&json!(0), &json!(2))
        );

        // The same as objects is the same; another content is not.
        let same =
            r#"{"kind": "users.changed", "partner": "bergwind.example", "occurredAt": "2026-10-01",
            "externalId": "m-1", "detail": {"customer": "c-1", "change": "NEW", "users": 12}}"#
                .replace('\n', " ");
        let other = same.replace("12", "13");
        let report = taken(&paula, Form::JsonLines, &format!("{same}\n"))
            .await
            .unwrap();
        assert_eq!((report.recorded, report.known, report.refused), (0, 1, 0));
        let report = taken(&paula, Form::JsonLines, &other).await.unwrap();
        assert_eq!(report.refusals[0].code, "KNOWN_OTHERWISE");
        assert!(report.refusals[0].message.contains("factCorrect"));
        assert_eq!(count(&portal).await, 2);

        // What is no such file is refused as a whole, and so is another's.
        let pixel = crate::support::team::PIXEL;
        let picture = paula.upload("facts.png", pixel, None).await;
        let no_table = paula.upload("other.csv", b"a,b\n1,2\n", None).await;
        let finn = portal.staff("Finn", &[VendorRole::Finance]).await;
        for (who, file, code) in [
            (&paula, &picture, "WRONG_FILE_TYPE"),
            (&paula, &no_table, "UNKNOWN_FIELD"),
            (&finn, &file, "UNKNOWN_FILE"),
        ] {
            let input = json!({ "input": { "file": file, "source": "billing" } });
            let said = who.refused(IMPORT, input).await;
            assert_eq!(said[0].0, code);
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn the_same_file_twice_at_once_is_recorded_once() {
    const LINES: usize = 2500;
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        let text = table("bergwind.example", LINES);
        let (one, other) = tokio::join!(
            taken(&paula, Form::Csv, &text),
            taken(&paula, Form::Csv, &text)
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.recorded + other.recorded, LINES, "{}", portal.name());
        assert_eq!(one.known + other.known, LINES);
        assert_eq!(one.refused + other.refused, 0);
        assert_eq!(count(&portal).await, LINES);
        portal.keep_promises().await;
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a figure for those who look")]
async fn ten_thousand_facts_are_a_matter_of_moments() {
    const LINES: usize = 10_000;
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        let text = table("bergwind.example", LINES);
        for recorded in [LINES, 0] {
            let began = std::time::Instant::now();
            let report = taken(&paula, Form::Csv, &text).await.unwrap();
            let took = began.elapsed();
            assert_eq!(
                (report.recorded, report.known),
                (recorded, LINES - recorded)
            );
            println!("{}: {recorded} recorded in {took:?}", portal.name());
            // Without optimization, beside others, and still no row-by-row affair.
            assert!(took < Duration::from_mins(1), "{took:?}");
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn an_import_that_is_cut_off_goes_on_where_it_ended() {
    const LINES: usize = 8 * PART;
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        portal.team(&paula, "Bergwind").await;
        let text = table("bergwind.example", LINES);
        let op = paula.op().await;
        let first = Import {
            source: "billing".to_owned(),
            form: Form::Csv,
            bytes: text.clone().into(),
            dry_run: false,
        };
        let running = tokio::spawn(async move { import(&op, first).await });
        while count(&portal).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.abort();
        let _ = running.await;
        // The part under way is whole or not at all.
        let mut there = count(&portal).await;
        loop {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = count(&portal).await;
            if now == there {
                break;
            }
            there = now;
        }
        assert_eq!(there % PART, 0);
        assert!(there < LINES, "it was cut off too late to tell");
        let rest = taken(&paula, Form::Csv, &text).await.unwrap();
        assert_eq!((rest.known, rest.recorded), (there, LINES - there));
        assert_eq!(count(&portal).await, LINES);
        portal.keep_promises().await;
    }
}

const CORRECT: &str = "mutation($input: FactCorrectInput!) { factCorrect(input: $input) {
    fact { id kind detail occurredAt source externalId corrects { id } correctedBy { id } }
    userErrors { code field message } } }";

fn instead(fact: &Value, amount: &str) -> Value {
    let what = json!({ "dealWon": {
        "deal": "d-1", "motion": "SOURCED", "amount": amount, "currency": "EUR",
    } });
    json!({ "input": {
        "fact": fact, "reason": "It was mistyped.",
        "correction": { "replacement": { "what": what } },
    } })
}

fn taken_back(fact: &Value) -> Value {
    json!({ "input": {
        "fact": fact, "reason": "It was another's.", "correction": { "retracted": true },
    } })
}

#[tokio::test]
async fn a_correction_takes_the_place_of_the_newest_and_of_nothing_else() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let told = json!({ "source": "crm", "facts": [deal(&team.partner, "d-1", "10")] });
        let told = paula.act(RECORD, json!({ "input": told })).await;
        let first = json!({ "id": told["recorded"]["ids"][0] });
        let by_name = json!({ "external": { "source": "crm", "externalId": "d-1" } });

        let second = paula.act(CORRECT, instead(&first, "100")).await["fact"].clone();
        assert_eq!(second["corrects"]["id"], first["id"]);
        assert_eq!(second["detail"]["amount"], "100");
        assert_eq!(second["occurredAt"], "2026-10-05T08:00:00Z");
        assert_eq!(
            (&second["source"], &second["externalId"]),
            (&json!("crm"), &Value::Null)
        );
        // Who has not seen it is told, with what was corrected.
        let late = paula.answer(CORRECT, instead(&first, "1000")).await;
        let late = &late["data"]["factCorrect"];
        assert_eq!(late["userErrors"][0]["code"], "CONFLICT");
        assert_eq!(late["fact"]["correctedBy"]["id"], second["id"]);
        // By its name it goes on from what stands there now.
        let third = paula.act(CORRECT, instead(&by_name, "1000")).await["fact"].clone();
        assert_eq!(third["corrects"]["id"], second["id"]);
        // The old words, and those that stand there now, are known; others are not.
        let tell = |amount: &str| {
            let facts = json!([deal(&team.partner, "d-1", amount)]);
            json!({ "input": { "source": "crm", "facts": facts } })
        };
        for known in ["10", "1000"] {
            let done = paula.act(RECORD, tell(known)).await;
            assert_eq!(done["recorded"]["known"], 1);
        }
        let said = paula.refused(RECORD, tell("100")).await;
        assert_eq!(said[0].0, "KNOWN_OTHERWISE");

        let gone = paula.act(CORRECT, taken_back(&by_name)).await["fact"].clone();
        assert_eq!(gone["kind"], "fact.retracted");
        assert_eq!(gone["detail"]["reason"], "It was another's.");
        let said = paula.refused(CORRECT, taken_back(&by_name)).await;
        assert_eq!(said, [("RETRACTED".to_owned(), "fact".to_owned())]);
        // What was taken back can be put right.
        let back = paula.act(CORRECT, instead(&by_name, "5")).await["fact"].clone();
        assert_eq!(back["corrects"]["id"], gone["id"]);
        assert_eq!(back["kind"], "deal.won");
        assert_eq!(back["occurredAt"], "2026-10-05T08:00:00Z");

        // Two at once are not both right.
        let newest = json!({ "id": back["id"] });
        let (one, other) = tokio::join!(
            paula.answer(CORRECT, instead(&newest, "6")),
            paula.answer(CORRECT, instead(&newest, "7"))
        );
        let codes =
            [one, other].map(|it| it["data"]["factCorrect"]["userErrors"][0]["code"].clone());
        assert!(
            codes.contains(&Value::Null) && codes.contains(&json!("CONFLICT")),
            "{codes:?}"
        );

        // Another kind, a fault in a field, what the portal recorded itself, and what is not there.
        let mut other_kind = instead(&by_name, "1");
        other_kind["input"]["correction"] = json!({ "replacement": { "what": {
            "customerLost": { "customer": "c" },
        } } });
        let mut no_reason = instead(&by_name, "1.0.0");
        no_reason["input"]["reason"] = json!(" ");
        let own =
            "{ facts(first: 1, filter: { kind: { eq: \"member.joined\" } }) { nodes { id } } }";
        let own = paula.ask(own, json!({})).await;
        let own = json!({ "id": own["facts"]["nodes"][0]["id"] });
        for (input, refusals) in [
            (
                other_kind,
                vec![("INVALID", "correction.replacement.what.customerLost")],
            ),
            (
                no_reason,
                vec![
                    ("REQUIRED", "reason"),
                    (
                        "INVALID_NUMBER",
                        "correction.replacement.what.dealWon.amount",
                    ),
                ],
            ),
            (taken_back(&own), vec![("NOT_FROM_OUTSIDE", "fact")]),
        ] {
            let said = paula.refused(CORRECT, input).await;
            let said: Vec<_> = said.iter().map(|(code, at)| (&**code, &**at)).collect();
            assert_eq!(said, refusals);
        }
        let nothing = json!({ "external": { "source": "crm", "externalId": "d-9" } });
        let said = paula.answer(CORRECT, taken_back(&nothing)).await;
        assert_eq!(said["errors"][0]["extensions"]["code"], "NOT_FOUND");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_happened_to_a_person_alone_is_read_by_them_and_their_administrators() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let ours = portal.team(&paula, "Bergwind").await;
        let theirs = portal.team(&paula, "Quarzwerk").await;
        let read = "{ viewer { person { id } } facts(first: 100, filter: { kind: { in:
            [\"course.completed\", \"certificate.issued\"] } }) { nodes { kind person { id } } } }";
        let member = ours.member.ask(read, json!({})).await;
        let me = &member["viewer"]["person"]["id"];
        let of = |found: &Value, of: &Value| {
            let facts = found["facts"]["nodes"].as_array().unwrap().iter();
            facts.filter(|it| it["person"]["id"] == *of).count()
        };
        assert!(of(&member, me) > 0, "{}: {member}", portal.name());
        assert_eq!(
            of(&member, me),
            member["facts"]["nodes"].as_array().unwrap().len()
        );
        let admin = ours.admin.ask(read, json!({})).await;
        assert_eq!(of(&admin, me), of(&member, me));
        for other in [&theirs.admin, &theirs.member] {
            assert_eq!(of(&other.ask(read, json!({})).await, me), 0);
        }
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_meeting_that_another_system_tells_of_is_one() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let told = json!({ "source": "calendar", "facts": [{
            "partner": team.partner, "occurredAt": "2026-10-05T08:00:00Z", "externalId": "e-1",
            "what": { "meetingHeld": { "meeting": "review" } },
        }] });
        paula.act(RECORD, json!({ "input": told })).await;
        let found = entity::fact::Entity::find();
        let found = found.filter(entity::fact::Column::Source.eq("calendar"));
        let row = found.one(portal.app.db.reader()).await.unwrap().unwrap();
        let at: DateTime<Utc> = "2026-10-05T08:00:00Z".parse().unwrap();
        assert_eq!((row.occurred_at, row.subject_id), (at, row.id.0));
        assert!(row.recorded_at > at && row.recorded_by.is_some());
        portal.keep_promises().await;
    }
}
