//! Lessons, quizzes and who may do what about them.

use chrono::TimeDelta;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::house::{ASSIGN, RECORD, START, SUBMIT, certification, course, exam, publish};
use crate::support::Portal;

#[tokio::test]
async fn a_course_is_completed_by_its_lessons_however_often_they_are_sent() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let ben = &team.member;
        let id = publish(&elena, &course("basics", "Basics"), false).await;
        ben.act(
            "mutation($id: ID!) { courseEnroll(input: { course: $id }) { userErrors { code } } }",
            json!({ "id": id }),
        )
        .await;
        let enrollment = ben.enrolled_on("basics").await;
        let lessons = enrollment["courseVersion"]["lessons"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        assert!(
            !lessons[1]["html"].as_str().unwrap().contains("<script"),
            "it is sanitized"
        );
        let record = |lesson: &Value, completed: bool| {
            json!({ "input": {
                "enrollment": enrollment["id"], "lesson": lesson["id"], "completed": completed, "seconds": 3000,
            } })
        };
        ben.act(RECORD, record(&lessons[0], false)).await;
        portal.pass(TimeDelta::minutes(2));
        let opened = ben.act(RECORD, record(&lessons[0], false)).await;
        assert_eq!(
            opened["progress"]["seconds"], 120,
            "no more than has passed counts"
        );
        assert_eq!(
            ben.enrolled_on("basics").await["nextLessons"][0]["key"],
            "first"
        );
        // Both lessons, each from five tabs at once.
        let tabs = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
            .map(|index| ben.act(RECORD, record(&lessons[index], true)));
        let told = join_all(tabs).await;
        assert_eq!(told.len(), 10);
        let facts = elena
            .ask(
                "query($ben: ID!) { facts(filter: { kind: { in: [\"lesson.completed\", \"course.completed\"] },
                    person: { eq: $ben }, recordedAt: { gte: \"2026-11-02T12:00:00Z\" } }) { nodes { detail } } }",
                json!({ "ben": ben.id().await }),
            )
            .await;
        let facts = facts["facts"]["nodes"].as_array().unwrap();
        let here = facts.iter().filter(|it| it["detail"]["course"] == "basics");
        assert_eq!(here.count(), 3, "two lessons and the course, each once");
        let again = ben.act(RECORD, record(&lessons[0], true)).await;
        assert_eq!(again["progress"]["enrollment"]["state"], "COMPLETED");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_quiz_never_shows_its_key_and_is_judged_once() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let (ana, ben) = (&team.admin, &team.member);
        let more = "attempts: 2\n          timeLimitMinutes: 10";
        let id = publish(&elena, &exam("check", "Check", more), false).await;
        let input = json!({ "assigned": { "course": id }, "partner": team.partner });
        ana.act(ASSIGN, json!({ "input": input })).await;
        let attempt = ben.begin("check").await;
        let text = attempt.to_string();
        for key in ["answer\"", "correct", "accepted", "It is."] {
            assert!(!text.contains(key), "{key} in {text}");
        }
        assert_eq!(
            ben.begin("check").await["id"],
            attempt["id"],
            "a double click begins nothing new"
        );
        // Whoever completes the lesson without passing, or answers what is not theirs, is refused.
        let enrollment = ben.enrolled_on("check").await;
        let lesson = enrollment["courseVersion"]["lessons"]["nodes"][0]["id"].clone();
        let input = json!({ "enrollment": enrollment["id"], "lesson": lesson, "completed": true });
        assert_eq!(
            ben.refused(RECORD, json!({ "input": input })).await[0].0,
            "QUIZ_FIRST"
        );
        let input = json!({ "attempt": attempt["id"], "answers": [{ "question": "three", "choices": ["true"] }] });
        let wrong = ben.refused(SUBMIT, json!({ "input": input })).await;
        assert_eq!(
            wrong,
            [(
                "UNKNOWN_QUESTION".to_owned(),
                "answers.0.question".to_owned()
            )]
        );
        let foreign = ana
            .answer(
                SUBMIT,
                json!({ "input": { "attempt": attempt["id"], "answers": [] } }),
            )
            .await;
        assert_eq!(foreign["errors"][0]["extensions"]["code"], "NOT_FOUND");
        // The time is up: nobody handed it in, and the portal closes it.
        portal.pass(TimeDelta::minutes(11));
        portal.keep_promises().await;
        let late = ben
            .refused(
                SUBMIT,
                json!({ "input": { "attempt": attempt["id"], "answers": [] } }),
            )
            .await;
        assert_eq!(late[0].0, "ALREADY_SUBMITTED");
        // The second and last one is passed; feedback comes then.
        let attempt = ben.begin("check").await;
        let judged = ben.answer_all(&attempt, "true").await;
        assert_eq!(
            (&judged["passed"], &judged["percent"]),
            (&json!(true), &json!(100))
        );
        assert!(judged["marks"].to_string().contains("It is."));
        // Ana's attempts are used up.
        for _ in 0..2 {
            ana.take_exam("check", false).await;
        }
        let enrollment = ana.enrolled_on("check").await;
        let input = json!({ "enrollment": enrollment["id"], "lesson": lesson });
        assert_eq!(
            ana.refused(START, json!({ "input": input })).await[0].0,
            "ATTEMPTS_USED"
        );
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_was_started_is_finished_on_its_version_and_a_new_one_may_outdate_certificates() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let (ana, ben) = (&team.admin, &team.member);
        let id = publish(&elena, &course("basics", "Basics"), false).await;
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller", "locale": "en", "route": { "courses": ["basics"] } }),
        )
        .await;
        for who in [ana, ben] {
            who.goes_for(&seller).await;
        }
        ben.read_all("basics").await;
        portal.pass(TimeDelta::days(1));
        publish(&elena, &course("basics", "Basics, anew"), true).await;
        portal.keep_promises().await;
        assert_eq!(
            ana.enrolled_on("basics").await["courseVersion"]["number"],
            1
        );
        let held = ben.certificates("seller").await;
        assert_eq!(
            (&held[1]["state"], &held[0]["state"]),
            (&json!("EXPIRING"), &json!("OPEN"))
        );
        portal
            .letter("certificate_outdated", ben.email.as_ref().unwrap())
            .await;
        // Ana finishes on what she started; that is no longer enough, and she takes it again.
        ana.read_all("basics").await;
        assert_eq!(ana.certificates("seller").await[0]["state"], "OPEN");
        ana.act(
            "mutation($id: ID!) { courseEnroll(input: { course: $id }) { userErrors { code } } }",
            json!({ "id": id }),
        )
        .await;
        assert_eq!(
            ana.enrolled_on("basics").await["courseVersion"]["number"],
            2
        );
        ana.read_all("basics").await;
        assert_eq!(ana.certificates("seller").await[0]["state"], "VALID");
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn a_refresher_is_due_again_and_a_path_goes_in_order() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let (ana, ben) = (&team.admin, &team.member);
        publish(
            &elena,
            &course("safety", "Safety").replace("locale: en", "locale: en\nrefreshMonths: 12"),
            false,
        )
        .await;
        publish(&elena, &course("depth", "Depth"), false).await;
        let path = elena
            .act(
                "mutation($input: LearningPathSaveInput!) { learningPathSave(input: $input) {
                    learningPath { id } userErrors { code field message } } }",
                json!({ "input": {
                    "slug": "way", "title": "The way", "locale": "en", "courses": ["safety", "depth"],
                } }),
            )
            .await;
        let input = json!({
            "assigned": { "learningPath": path["learningPath"]["id"] }, "partner": team.partner,
            "people": [ben.id().await],
        });
        ana.act(ASSIGN, json!({ "input": input })).await;
        let depth = ben.enrolled_on("depth").await;
        let lesson = &depth["courseVersion"]["lessons"]["nodes"][0]["id"];
        let input = json!({ "enrollment": depth["id"], "lesson": lesson, "completed": true });
        assert_eq!(
            ben.refused(RECORD, json!({ "input": input })).await[0].0,
            "PREREQUISITES"
        );
        ben.read_all("safety").await;
        ben.read_all("depth").await;
        portal.pass(TimeDelta::days(336));
        portal.keep_promises().await;
        let again = ben.enrolled_on("safety").await;
        assert_eq!(
            (&again["refreshes"], &again["dueOn"]),
            (&json!(true), &json!("2027-11-02"))
        );
        portal
            .letter("refresher_due", ben.email.as_ref().unwrap())
            .await;
    }
}

const PLAN: &str = r"
slug: learners
name: Learners
locale: en
steps:
  - key: learn
    title: One of you knows the basics
    performer: SYSTEM
    dueDays: 30
    rule: { kind: COURSE_COMPLETED, course: basics, members: 1 }
  - key: certify
    title: One of you is certified
    performer: SYSTEM
    dueDays: 60
    rule: { kind: CERTIFICATE_HELD, certification: seller, members: 1 }
";

#[tokio::test]
async fn a_step_that_waits_for_learning_is_done_with_the_last_lesson() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let id = publish(&elena, &course("basics", "Basics"), false).await;
        let seller = certification(
            &elena,
            json!({ "slug": "seller", "title": "Seller", "locale": "en", "route": { "courses": ["basics"] } }),
        )
        .await;
        portal.plan(PLAN).await;
        let application = portal.applied("Fjord").await;
        let approved = paula
            .act(
                "mutation($input: PartnerApplicationApproveInput!) { partnerApplicationApprove(input: $input) {
                    partner { id } userErrors { code field message } } }",
                json!({ "input": {
                    "id": application["id"], "expectedVersion": application["version"], "region": "EMEA",
                } }),
            )
            .await;
        let partner = approved["partner"]["id"].as_str().unwrap();
        let anna = portal.accepted("anna@fjord.example").await;
        anna.goes_for(&seller).await;
        assert_eq!(anna.enrolled_on("basics").await["state"], "ENROLLED");
        assert_eq!(anna.step(partner, "learn").await["state"], "OPEN");
        anna.read_all("basics").await;
        for key in ["learn", "certify"] {
            assert_eq!(anna.step(partner, key).await["state"], "DONE", "{key}");
        }
        let state = "query($id: ID!) { partner(id: $id) { state } }";
        let state = anna.ask(state, json!({ "id": partner })).await;
        assert_eq!(state["partner"]["state"], "ACTIVE", "it was the last step");
        // It may be taken again: nothing is counted twice.
        anna.act(
            "mutation($id: ID!) { courseEnroll(input: { course: $id }) { userErrors { code } } }",
            json!({ "id": id }),
        )
        .await;
        portal.keep_promises().await;
    }
}

#[tokio::test]
async fn what_cannot_be_earned_is_refused_and_what_can_be_done_without_is_told() {
    for portal in Portal::each().await {
        let elena = portal.elena().await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let (ana, ben) = (&team.admin, &team.member);
        publish(&elena, &course("open", "Open"), false).await;
        let closed = publish(&elena, &course("closed", "Closed"), false).await;
        let of = |slug: &str, route: Value| {
            let input = json!({ "slug": slug, "title": slug, "locale": "en", "route": route });
            certification(&elena, input)
        };
        let both = of("both", json!({ "courses": ["open", "closed"] })).await;
        let either = of(
            "either",
            json!({ "courses": ["open", "closed"], "atLeast": 1 }),
        )
        .await;
        // Who is on a course when it is retired finishes it.
        ben.goes_for(&both).await;
        let version = "query($id: ID!) { node(id: $id) { ... on Course { version } } }";
        let found = elena.ask(version, json!({ "id": closed })).await;
        elena
            .act(
                "mutation($input: CourseRetireInput!) { courseRetire(input: $input) {
                    userErrors { code field message } } }",
                json!({ "input": {
                    "id": closed, "retired": true, "expectedVersion": found["node"]["version"],
                } }),
            )
            .await;
        ben.goes_for(&both).await;
        ben.read_all("closed").await;
        ben.read_all("open").await;
        let held = ben.certificates("both").await;
        assert!(held.iter().any(|it| it["state"] == "VALID"), "{held:#?}");

        // Others cannot earn it any more, and are told so.
        let pursue = "mutation($id: ID!) { certificationPursue(input: { certification: $id }) {
            certificate { id } userErrors { code field message } } }";
        let refused = ana.answer(pursue, json!({ "id": both })).await;
        let error = &refused["data"]["certificationPursue"]["userErrors"][0];
        assert_eq!(error["code"], "NOT_PUBLISHED", "{refused}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("closed") && !message.contains("open"),
            "{message}"
        );
        let assign = |certification: &Value| {
            json!({ "input": {
                "assigned": { "certification": certification }, "partner": team.partner,
            } })
        };
        let refused = elena.refused(ASSIGN, assign(&both)).await;
        assert_eq!(refused[0].0, "NOT_PUBLISHED");
        assert_eq!(ana.certificates("both").await, Vec::<Value>::new());

        // One of two is enough: the other is left out, and that is told.
        let assigned = elena.act(ASSIGN, assign(&either)).await;
        assert_eq!(assigned["coursesLeftOut"], json!(["closed"]));
        assert_eq!(
            assigned["newEnrollments"], 1,
            "Ana's: Ben has completed both"
        );
        ana.read_all("open").await;
        let held = ana.certificates("either").await;
        assert!(held.iter().any(|it| it["state"] == "VALID"), "{held:#?}");
        portal.keep_promises().await;
    }
}
