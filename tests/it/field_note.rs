//! Field notes: written, reviewed, read by other partners and endorsed by them.

use std::fmt::Write as _;

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::support::team::Team;
use crate::support::{Portal, Someone, rows};

const SUBMIT: &str = "mutation($input: FieldNoteSubmitInput!) { fieldNoteSubmit(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const RESUBMIT: &str =
    "mutation($input: FieldNoteResubmitInput!) { fieldNoteResubmit(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const WITHDRAW: &str =
    "mutation($input: FieldNoteWithdrawInput!) { fieldNoteWithdraw(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const ACCEPT: &str = "mutation($input: FieldNoteAcceptInput!) { fieldNoteAccept(input: $input) {
    fieldNote { id version state partnerName } userErrors { code field message } } }";

const HIDE: &str = "mutation($input: FieldNoteReviewInput!) { fieldNoteHide(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const CHANGES: &str =
    "mutation($input: FieldNoteReviewInput!) { fieldNoteRequestChanges(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const DECLINE: &str = "mutation($input: FieldNoteReviewInput!) { fieldNoteDecline(input: $input) {
    fieldNote { id version state } userErrors { code field message } } }";

const ENDORSE: &str = "mutation($input: FieldNoteEndorseInput!) { fieldNoteEndorse(input: $input) {
    fieldNote { endorsementCount endorsedByViewer } userErrors { code field message } } }";

/// All that clients may ask of a note.
const WHOLE: &str = "query($id: ID!) { node(id: $id) { ... on FieldNote {
    id title text tags locale playbook course state partnerName showsPartner kinds tiers regions
    endorsementCount endorsedByViewer submittedAt publishedAt version
    change { state title text tags playbook showsPartner partner { id } fieldNote { id } }
    partner { id legalName } author { id name } verdicts { nodes { reason reviewer { name } } } } } }";

fn content(more: &Value) -> Value {
    let mut content = json!({
        "title": "Talk to the night manager", "locale": "en", "tags": ["hotels", "tender"],
        "text": "They *know* which doors matter.",
    });
    for (name, value) in more.as_object().unwrap() {
        content[name] = value.clone();
    }
    content
}

/// Submits a note; it.
async fn submit(who: &Someone<'_>, partner: &str, more: &Value) -> Value {
    // Letters of one instant come in any order.
    who.portal.pass(TimeDelta::minutes(1));
    let input = json!({ "partner": partner, "content": content(more) });
    let mut done = who.act(SUBMIT, json!({ "input": input })).await;
    done["fieldNote"].take()
}

/// Does what takes a note's id and version; the note as it is then.
async fn on(who: &Someone<'_>, mutation: &str, note: &Value, more: &Value) -> Value {
    who.portal.pass(TimeDelta::minutes(1));
    let mut done = who
        .act(mutation, json!({ "input": input(note, more) }))
        .await;
    done["fieldNote"].take()
}

fn input(note: &Value, more: &Value) -> Value {
    let mut input = more.clone();
    input["id"] = note["id"].clone();
    input["expectedVersion"] = note["version"].clone();
    input
}

async fn endorse(who: &Someone<'_>, note: &Value, endorsed: bool) -> Value {
    let input = json!({ "id": note["id"], "endorsed": endorsed });
    let mut done = who.act(ENDORSE, json!({ "input": input })).await;
    done["fieldNote"].take()
}

/// The note, as they see it; null where they do not.
async fn seen(who: &Someone<'_>, note: &Value) -> Value {
    let mut data = who.ask(WHOLE, json!({ "id": note["id"] })).await;
    data["node"].take()
}

/// The kinds of the facts about notes, in the order of the alphabet.
async fn facts(portal: &Portal) -> Vec<String> {
    let sql = "SELECT kind FROM fact WHERE kind LIKE 'field_note.%' ORDER BY kind";
    rows::column(&portal.app.db, sql).await
}

async fn two(portal: &Portal) -> (Someone<'_>, Team<'_>, Team<'_>) {
    let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
    let ours = portal.team(&paula, "Bergwind").await;
    let theirs = portal.team(&paula, "Quarzwerk").await;
    (portal.someone("enno@lumen.example"), ours, theirs)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is one story")]
async fn a_note_is_mended_published_endorsed_edited_hidden_and_taken_back() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let before = portal.letters().await.len();
        let (ben, reader) = (&ours.member, &theirs.member);
        let note = submit(
            ben,
            &ours.partner,
            &json!({ "course": "bergwind-tour", "playbook": "bergwind-plays" }),
        )
        .await;
        assert_eq!(note["state"], "SUBMITTED");
        assert_eq!(seen(reader, &note).await, Value::Null);
        portal.keep_promises().await;
        let why = json!({ "reason": "Leave the hotel's name out.", "fields": ["text"] });
        let note = on(&enno, CHANGES, &note, &why).await;
        portal.keep_promises().await;
        let text = json!({ "text": "They know the doors.", "playbook": "bergwind-plays" });
        let mended = json!({ "content": content(&text) });
        let note = on(ben, RESUBMIT, &note, &mended).await;
        portal.keep_promises().await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        assert_eq!(
            (&note["state"], &note["partnerName"]),
            (&json!("PUBLISHED"), &json!(null))
        );
        portal.keep_promises().await;

        // Nobody elsewhere learns whose it is: not by a name, an id, a verdict or a filter; not
        // even who knows its author from elsewhere.
        let email = ben.email.as_deref().unwrap();
        theirs.admin.invite(&theirs.partner, "Ben", email).await;
        portal.keep_promises().await;
        portal.pass(TimeDelta::minutes(1));
        portal.accepted(email).await;
        portal.keep_promises().await;
        let theirs_view = seen(reader, &note).await;
        assert_eq!(theirs_view["text"], "They know the doors.");
        let told = theirs_view.to_string();
        for trace in ["Bergwind", "Ben", "Enno", &ours.partner] {
            assert!(!told.contains(trace), "{trace}: {told}");
        }
        let query = "query($partner: ID!) { fieldNotes(filter: { partner: { eq: $partner } }) {
            totalCount nodes { id } } }";
        let of_ours = json!({ "partner": ours.partner });
        let found = reader.ask(query, of_ours.clone()).await;
        assert_eq!(found["fieldNotes"]["totalCount"], 0, "{found}");
        assert!(seen(ben, &note).await["author"]["name"].is_string());
        let found = ben.ask(query, of_ours).await;
        assert_eq!(found["fieldNotes"]["totalCount"], 3, "{found}");
        let beside = "{ fieldNotes(filter: { playbook: { eq: \"bergwind-plays\" } },
            orderBy: [{ field: ENDORSEMENT_COUNT, direction: DESC }]) { nodes { title } } }";
        // Nor do they learn of a playbook that they may not open.
        let found = reader.ask(beside, json!({})).await;
        assert_eq!(found["fieldNotes"]["nodes"], json!([]));
        assert_eq!(theirs_view["playbook"], Value::Null);
        let found = ben.ask(beside, json!({})).await;
        let titles = found["fieldNotes"].to_string();
        assert!(titles.contains("Talk to the night manager"), "{titles}");
        assert_eq!(seen(ben, &note).await["playbook"], "bergwind-plays");

        let endorsed = json!({ "endorsementCount": 1, "endorsedByViewer": true });
        for _ in 0..2 {
            assert_eq!(endorse(reader, &note, true).await, endorsed);
        }
        assert_eq!(
            endorse(&theirs.admin, &note, true).await["endorsementCount"],
            2
        );
        assert_eq!(
            endorse(&theirs.admin, &note, false).await["endorsementCount"],
            1
        );
        let own = json!({ "input": { "id": note["id"] } });
        for colleague in [ben, &ours.admin] {
            assert_eq!(
                colleague.refused(ENDORSE, own.clone()).await,
                [("OWN_NOTE".to_owned(), String::new())]
            );
        }

        // A change goes to review, and says from then on whose it is; until then nobody learns it.
        let more = json!({ "showsPartner": true, "text": "They know the doors." });
        let edit = json!({ "content": content(&more) });
        let note = on(ben, RESUBMIT, &note, &edit).await;
        assert_eq!(note["state"], "PUBLISHED");
        let meanwhile = seen(reader, &note).await;
        assert_eq!(meanwhile["showsPartner"], false, "{meanwhile}");
        portal.keep_promises().await;
        let audience = json!({ "audience": { "regions": ["APAC"] } });
        let note = on(&enno, ACCEPT, &note, &audience).await;
        let again = seen(reader, &note).await;
        assert_eq!(again["partnerName"], "Bergwind GmbH");
        assert_eq!(
            (&again["partner"], &again["author"]),
            (&json!(null), &json!(null))
        );
        assert_eq!(again["endorsementCount"], 1);
        portal.keep_promises().await;

        // Whoever reads it does so after the next change as well, unless the reviewer says otherwise.
        let more =
            json!({ "showsPartner": true, "text": "They know the doors.", "tags": ["doors"] });
        let note = on(ben, RESUBMIT, &note, &json!({ "content": content(&more) })).await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        assert_eq!(seen(reader, &note).await["regions"], json!(["APAC"]));
        portal.keep_promises().await;

        let hide = json!({ "reason": "The product is not sold any more." });
        let note = on(&enno, HIDE, &note, &hide).await;
        assert_eq!(seen(reader, &note).await, Value::Null);
        assert_eq!(
            reader
                .answer(ENDORSE, json!({ "input": { "id": note["id"] } }))
                .await["errors"][0]["extensions"]["code"],
            "NOT_FOUND"
        );
        portal.keep_promises().await;
        let note = on(&ours.admin, WITHDRAW, &note, &json!({})).await;
        assert_eq!(note["state"], "WITHDRAWN");
        let closed = json!({ "input": input(&note, &edit) });
        assert_eq!(
            ben.refused(RESUBMIT, closed).await,
            [("CLOSED".to_owned(), String::new())]
        );
        assert_eq!(
            facts(&portal).await,
            [
                "field_note.endorsed",
                "field_note.endorsed",
                // This one, and one of each team.
                "field_note.published",
                "field_note.published",
                "field_note.published",
                "field_note.taken_down",
                "field_note.unendorsed",
            ]
        );
        let letters = portal.letters().await;
        let mut told = String::new();
        for letter in &letters[before..] {
            let first = letter.text.lines().nth(2).unwrap_or_default();
            writeln!(told, "{} | {} | {first}", letter.to, letter.subject).unwrap();
        }
        insta::assert_snapshot!("letters_of_a_field_note", told);
    }
}

/// The changes that somebody sees, and the notes beside the playbook.
const CHANGES_AND_BESIDE: &str = "{ fieldNoteChanges { nodes { state title fieldNote { id } } }
    playbooks { nodes { slug fieldNotes(filter: { state: { eq: PUBLISHED } }) { totalCount nodes { title } } } }
    courses { nodes { slug fieldNotes { nodes { title } } } } }";

/// What of theirs is found by the word, by title.
async fn found(who: &Someone<'_>, word: &str) -> Vec<String> {
    let query = "query($word: String!) { search(query: $word, filter: { kinds: [FIELD_NOTE] }) {
        edges { node { title } } } }";
    let data = who.ask(query, json!({ "word": word })).await;
    let edges = data["search"]["edges"].as_array().unwrap();
    let titles = edges.iter().map(|it| it["node"]["title"].as_str().unwrap());
    titles.map(str::to_owned).collect()
}

#[tokio::test]
async fn what_was_accepted_is_read_until_the_change_is_accepted() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let (ben, reader) = (&ours.member, &theirs.member);
        let beside = json!({ "playbook": "bergwind-plays", "course": "bergwind-tour" });
        let note = submit(ben, &ours.partner, &beside).await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        endorse(reader, &note, true).await;
        portal.keep_promises().await;

        let new = json!({ "title": "Talk to the porter", "text": "Porters know." });
        let edit = json!({ "content": content(&new) });
        let note = on(ben, RESUBMIT, &note, &edit).await;
        portal.keep_promises().await;
        let mine = seen(ben, &note).await;
        assert_eq!(mine["title"], "Talk to the night manager");
        let change = json!({ "state": "SUBMITTED", "title": "Talk to the porter",
            "text": "Porters know.", "tags": ["hotels", "tender"], "playbook": null,
            "showsPartner": false, "partner": { "id": ours.partner },
            "fieldNote": { "id": note["id"] } });
        assert_eq!(mine["change"], change);
        // Others see, find and count what was accepted, and nothing of the rest.
        let theirs_view = seen(reader, &note).await;
        assert_eq!(theirs_view["title"], "Talk to the night manager");
        assert_eq!(
            (&theirs_view["change"], &theirs_view["endorsementCount"]),
            (&Value::Null, &json!(1))
        );
        assert_eq!(found(reader, "porter").await, [""; 0]);
        assert_eq!(found(reader, "night").await, ["Talk to the night manager"]);
        let theirs_all = reader.ask(CHANGES_AND_BESIDE, json!({})).await;
        let changes = theirs_all["fieldNoteChanges"]["nodes"].as_array().unwrap();
        let titles: Vec<_> = changes.iter().map(|it| &it["title"]).collect();
        assert_eq!(titles, ["Call Quarzwerk early"]);
        assert!(!theirs_all.to_string().contains("porter"), "{theirs_all}");
        let waiting = enno.ask(CHANGES_AND_BESIDE, json!({})).await;
        let told = json!({ "state": "SUBMITTED", "title": "Talk to the porter",
            "fieldNote": { "id": note["id"] } });
        let changes = waiting["fieldNoteChanges"]["nodes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]), (3, &told));
        let plays = waiting["playbooks"]["nodes"].as_array().unwrap();
        let plays = plays
            .iter()
            .find(|it| it["slug"] == "bergwind-plays")
            .unwrap();
        let two = json!({ "totalCount": 2, "nodes": [
            { "title": "Talk to the night manager" }, { "title": "Call Bergwind early" },
        ] });
        assert_eq!(plays["fieldNotes"], two);
        let tours = waiting["courses"]["nodes"].as_array().unwrap();
        let tour = tours
            .iter()
            .find(|it| it["slug"] == "bergwind-tour")
            .unwrap();
        assert!(
            tour["fieldNotes"].to_string().contains("night manager"),
            "{tour}"
        );

        // It is mended, and accepted: it is read, found, beside nothing any more, and endorsed anew.
        let why = json!({ "reason": "Which porters?", "fields": ["text"] });
        let note = on(&enno, CHANGES, &note, &why).await;
        assert_eq!(note["state"], "PUBLISHED");
        assert_eq!(
            seen(ben, &note).await["change"]["state"],
            "CHANGES_REQUESTED"
        );
        let accept = json!({ "input": input(&note, &json!({})) });
        assert_eq!(
            enno.refused(ACCEPT, accept).await,
            [("ALREADY_DECIDED".to_owned(), String::new())]
        );
        let note = on(ben, RESUBMIT, &note, &edit).await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        portal.keep_promises().await;
        let read = seen(reader, &note).await;
        assert_eq!(
            (&read["title"], &read["text"]),
            (&json!("Talk to the porter"), &json!("Porters know."))
        );
        assert_eq!(
            (&read["playbook"], &read["endorsementCount"]),
            (&Value::Null, &json!(0))
        );
        assert_eq!(seen(ben, &note).await["change"], Value::Null);
        assert_eq!(found(reader, "porter").await, ["Talk to the porter"]);
        assert_eq!(found(reader, "night").await, [""; 0]);
        let all = enno.ask(CHANGES_AND_BESIDE, json!({})).await;
        let plays = all["playbooks"]["nodes"].as_array().unwrap();
        assert!(
            plays.iter().all(|it| it["fieldNotes"]["totalCount"] == 1),
            "{all}"
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_change_ends_declined_taken_back_or_with_its_note() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let (ben, reader) = (&ours.member, &theirs.member);
        let note = submit(ben, &ours.partner, &json!({})).await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        let edit = json!({ "content": content(&json!({ "text": "Sell them all." })) });
        let as_it_was = json!({ "content": content(&json!({})) });

        let note = on(ben, RESUBMIT, &note, &edit).await;
        let no = json!({ "reason": "That is no learning." });
        let note = on(&enno, DECLINE, &note, &no).await;
        portal.keep_promises().await;
        let letter = portal
            .letter("field_note_declined", "ben@bergwind.example")
            .await;
        assert!(
            letter.text.contains("Others go on reading"),
            "{}",
            letter.text
        );
        let mine = seen(ben, &note).await;
        assert_eq!(
            (&mine["state"], &mine["change"]["state"]),
            (&json!("PUBLISHED"), &json!("DECLINED"))
        );
        assert_eq!(mine["change"]["text"], "Sell them all.");
        assert_eq!(
            seen(reader, &note).await["text"],
            "They *know* which doors matter."
        );

        // What is published already takes the change back; once more it changes nothing.
        let note = on(ben, RESUBMIT, &note, &edit).await;
        let back = on(ben, RESUBMIT, &note, &as_it_was).await;
        assert_eq!(seen(ben, &back).await["change"], Value::Null);
        let again = on(ben, RESUBMIT, &back, &as_it_was).await;
        assert_eq!(again["version"], back["version"]);
        let accept = json!({ "input": input(&again, &json!({})) });
        assert_eq!(
            enno.refused(ACCEPT, accept).await,
            [("ALREADY_DECIDED".to_owned(), String::new())]
        );

        // What is hidden takes its change with it, and mended it is reviewed as a whole.
        let note = on(ben, RESUBMIT, &again, &edit).await;
        let note = on(
            &enno,
            HIDE,
            &note,
            &json!({ "reason": "Not sold any more." }),
        )
        .await;
        let mine = seen(ben, &note).await;
        assert_eq!(
            (&mine["state"], &mine["change"]["state"]),
            (&json!("HIDDEN"), &json!("DECLINED"))
        );
        let note = on(ben, RESUBMIT, &note, &edit).await;
        let mine = seen(ben, &note).await;
        assert_eq!(
            (&mine["state"], &mine["change"]),
            (&json!("SUBMITTED"), &Value::Null)
        );
        assert_eq!(mine["text"], "Sell them all.");

        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        let note = on(ben, RESUBMIT, &note, &as_it_was).await;
        let note = on(&ours.admin, WITHDRAW, &note, &json!({})).await;
        let mine = seen(ben, &note).await;
        assert_eq!(
            (&mine["state"], &mine["change"]["state"]),
            (&json!("WITHDRAWN"), &json!("WITHDRAWN"))
        );
        assert_eq!(seen(reader, &note).await, Value::Null);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_text_that_is_written_anew_is_endorsed_anew() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let (ben, reader) = (&ours.member, &theirs.member);
        let note = submit(ben, &ours.partner, &json!({})).await;
        let mut note = on(&enno, ACCEPT, &note, &json!({})).await;
        // What it is filed under is not what was endorsed; each of the others is.
        for (change, left) in [
            (json!({ "tags": ["doors"] }), 2),
            (
                json!({ "tags": ["doors"], "title": "Never talk to anybody" }),
                0,
            ),
            (
                json!({ "title": "Never talk to anybody", "text": "They lie." }),
                0,
            ),
        ] {
            endorse(reader, &note, true).await;
            endorse(&theirs.admin, &note, true).await;
            let edit = json!({ "content": content(&change) });
            note = on(ben, RESUBMIT, &note, &edit).await;
            note = on(&enno, ACCEPT, &note, &json!({})).await;
            let view = seen(reader, &note).await;
            assert_eq!(view["endorsementCount"], left, "{change}");
            assert_eq!(view["endorsedByViewer"], left > 0, "{change}");
        }
        let told = facts(&portal).await;
        let told = told.iter().filter(|it| *it == "field_note.unendorsed");
        assert_eq!(told.count(), 2);
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_note_has_no_pictures() {
    for portal in Portal::each().await {
        let (_, ours, _) = two(&portal).await;
        let text = content(&json!({ "text": "See ![this](https://evil.example/p.png)." }));
        let input = json!({ "input": { "partner": ours.partner, "content": text } });
        assert_eq!(
            ours.member.refused(SUBMIT, input).await,
            [("INVALID_TEXT".to_owned(), "content.text".to_owned())]
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_note_is_told_at_once() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let ben = &ours.member;
        let wrong = content(&json!({
            "title": " ", "text": "x".repeat(4_001), "tags": ["Hotels", "a", "a"], "locale": "EN",
            // There are such, for partners of another region.
            "playbook": "quarzwerk-plays", "course": "quarzwerk-tour",
        }));
        let given = json!({ "input": { "partner": ours.partner, "content": wrong } });
        let told = ben.refused(SUBMIT, given).await;
        let told: Vec<_> = told
            .iter()
            .map(|(code, at)| format!("{code} {at}"))
            .collect();
        assert_eq!(
            told,
            [
                "REQUIRED content.title",
                "TOO_LONG content.text",
                "INVALID_LOCALE content.locale",
                "DUPLICATE content.tags.2",
                "INVALID_KEY content.tags.0",
                "UNKNOWN_PLAYBOOK content.playbook",
                "UNKNOWN_COURSE content.course",
            ]
        );
        // What is meant is told of what they are offered.
        let near = content(&json!({ "playbook": "bergwind-play", "course": "bergwind-tuor" }));
        let given = json!({ "input": { "partner": ours.partner, "content": near } });
        let answer = ben.answer(SUBMIT, given).await;
        let told = answer["data"]["fieldNoteSubmit"]["userErrors"].to_string();
        for meant in ["Is `bergwind-plays` meant?", "Is `bergwind-tour` meant?"] {
            assert!(told.contains(meant), "{told}");
        }
        assert!(!told.contains("quarzwerk"), "{told}");
        let elsewhere = json!({ "partner": theirs.partner, "content": content(&json!({})) });
        for stranger in [ben, &enno] {
            let answer = stranger.answer(SUBMIT, json!({ "input": elsewhere })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }

        let note = submit(ben, &ours.partner, &json!({})).await;
        let stale = json!({ "id": note["id"], "expectedVersion": 7 });
        let refused = |code: &str, at: &str| vec![(code.to_owned(), at.to_owned())];
        assert_eq!(
            ben.refused(WITHDRAW, json!({ "input": stale })).await,
            refused("CONFLICT", "expectedVersion")
        );
        let edit = json!({ "input": input(&note, &json!({ "content": content(&json!({})) })) });
        assert_eq!(
            ours.admin.refused(RESUBMIT, edit).await,
            refused("NOT_AUTHOR", "")
        );
        let hide = json!({ "input": input(&note, &json!({ "reason": "No." })) });
        assert_eq!(enno.refused(HIDE, hide).await, refused("NOT_SUBMITTED", ""));
        let silent = json!({ "input": input(&note, &json!({ "reason": " " })) });
        assert_eq!(
            enno.refused(DECLINE, silent).await,
            refused("REQUIRED", "reason")
        );
        let declined = on(
            &enno,
            DECLINE,
            &note,
            &json!({ "reason": "It names a customer." }),
        )
        .await;
        assert_eq!(declined["state"], "DECLINED");
        let late = json!({ "input": input(&note, &json!({})) });
        assert_eq!(
            enno.refused(ACCEPT, late).await,
            refused("ALREADY_DECIDED", "")
        );
        portal.keep_promises().await;
        let letter = portal
            .letter("field_note_declined", "ben@bergwind.example")
            .await;
        assert!(letter.text.contains("It names a customer."));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_endorsements_at_once_each_person_counts_once() {
    for portal in Portal::each().await {
        let (enno, ours, theirs) = two(&portal).await;
        let note = submit(&ours.member, &ours.partner, &json!({})).await;
        let note = on(&enno, ACCEPT, &note, &json!({})).await;
        let (one, other) = (theirs.admin.op().await, theirs.member.op().await);
        let id = entente::shape::key_of::<entente::reads::field_note::FieldNote>(
            &note["id"].as_str().unwrap().into(),
        );
        let id: entity::id::FieldNoteId = id.unwrap().into();
        let ops = [&one, &other, &one, &other, &one, &other, &one, &other];
        let all = ops.map(|op| entente::field_note::endorse::endorse(op, id, true));
        for done in join_all(all).await {
            done.unwrap();
        }
        assert_eq!(seen(&ours.member, &note).await["endorsementCount"], 2);
        let endorsed = facts(&portal).await;
        let endorsed = endorsed.iter().filter(|it| *it == "field_note.endorsed");
        assert_eq!(endorsed.count(), 2);
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_reviewers_one_decides_and_the_other_learns_of_it() {
    for portal in Portal::each().await {
        let (enno, ours, _) = two(&portal).await;
        let erik = portal.staff("Erik", &[VendorRole::EnablementManager]).await;
        let note = submit(&ours.member, &ours.partner, &json!({})).await;
        portal.pass(TimeDelta::minutes(1));
        let accept = json!({ "input": input(&note, &json!({})) });
        let decline = json!({ "input": input(&note, &json!({ "reason": "No." })) });
        let (accepted, declined) =
            futures_util::join!(enno.answer(ACCEPT, accept), erik.answer(DECLINE, decline));
        let codes = [
            &accepted["data"]["fieldNoteAccept"]["userErrors"],
            &declined["data"]["fieldNoteDecline"]["userErrors"],
        ];
        let won = codes.iter().filter(|errors| **errors == &json!([])).count();
        let told = codes
            .iter()
            .filter(|errors| errors[0]["code"] == "ALREADY_DECIDED")
            .count();
        assert_eq!((won, told), (1, 1), "{accepted:#} {declined:#}");
        portal.keep_promises().await;
    }
}

/// On PostgreSQL, what a statement without any condition does in a unit of work of theirs.
#[tokio::test]
async fn behind_the_wall_others_read_what_is_published_and_write_nothing_of_it() {
    for portal in Portal::each().await {
        if !portal.app.db.is_postgres() {
            continue;
        }
        let (enno, ours, theirs) = two(&portal).await;
        let note = submit(&ours.member, &ours.partner, &json!({})).await;
        on(&enno, ACCEPT, &note, &json!({})).await;
        let op = theirs.member.op().await;
        let (read, written) = op
            .secret_unit((), |tx, ()| {
                Box::pin(async move {
                    let db = tx.reader();
                    let ask = |sql: &str| Statement::from_string(db.get_database_backend(), sql);
                    let read = db.query_all_raw(ask("SELECT id FROM field_note")).await?;
                    let write = ask("UPDATE field_note SET title = 'Ours'");
                    let written = db.execute_raw(write).await?.rows_affected();
                    Ok((read.len(), written))
                })
            })
            .await
            .unwrap();
        // Their own, of which one waits for a reviewer, and ours that are published.
        assert_eq!((read, written), (4, 2));
        portal.keep_promises().await;
    }
}
