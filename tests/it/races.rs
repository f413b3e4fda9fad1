//! Many at once: what holds when people and workers get into each other's way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entente::auth::{Actor, Permission, Scope};
use entente::clock::Clock;
use entente::error::{Away, Error};
use entente::jobs::Worker;
use entente::mail::mailbox;
use entente::notification::{Deliver, Letter, Reader};
use entente::op::Origin;
use entente::outbox::{self, Job};
use entity::outbox_message;
use entity::staff_role::VendorRole;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::team::company;
use crate::support::{PASSWORD, Portal, Someone, answer, rows};

/// Asks as somebody who has signed in already: signing in takes turns, and a race would be lost in it.
async fn ask(portal: &Portal, actor: &Actor, query: &str, variables: Value) -> Value {
    let op = portal.app.op_from(actor.clone(), Origin::default());
    answer(&portal.app, op, query, variables).await
}

/// The codes with which a mutation was refused; none where it was done. Faults fail the test.
fn refusals(answer: &Value) -> Vec<String> {
    if let Some(errors) = answer["errors"].as_array() {
        let codes: Vec<_> = errors
            .iter()
            .map(|error| {
                error["extensions"]["code"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        assert!(!codes.iter().any(|code| code == "INTERNAL"), "{answer:#}");
        return codes;
    }
    let payload = answer["data"].as_object().unwrap().values().next().unwrap();
    let errors = payload["userErrors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect()
}

async fn count(portal: &Portal, what: &str) -> i64 {
    let sql = format!("SELECT CAST(count(*) AS TEXT) FROM {what}");
    rows::column(&portal.app.db, &sql).await[0].parse().unwrap()
}

async fn promises(portal: &Portal) -> Vec<outbox_message::Model> {
    let reader = portal.app.db.reader();
    outbox_message::Entity::find().all(reader).await.unwrap()
}

const CHANGE_ROLE: &str =
    "mutation($input: MemberChangeRoleInput!) { memberChangeRole(input: $input) {
    userErrors { code message } } }";

fn role(seat: &Value, role: &str) -> Value {
    json!({ "input": { "id": seat["id"], "expectedVersion": seat["version"], "role": role } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_demote_each_other_one_stays() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let seat = |seats: &[Value], someone: &Someone<'_>| {
            let email = json!(someone.email);
            let mut found = seats.iter().filter(|it| it["person"]["email"] == email);
            found.next().unwrap().clone()
        };
        for round in 0..8 {
            let seats = paula.seats(&team.partner).await;
            for someone in [&team.admin, &team.member] {
                paula
                    .act(CHANGE_ROLE, role(&seat(&seats, someone), "PARTNER_ADMIN"))
                    .await;
            }
            let seats = paula.seats(&team.partner).await;
            let (anna, ben) = (team.admin.actor().await, team.member.actor().await);
            let demote_ben = role(&seat(&seats, &team.member), "PARTNER_MEMBER");
            let demote_anna = role(&seat(&seats, &team.admin), "PARTNER_MEMBER");
            let (one, other) = tokio::join!(
                ask(&portal, &anna, CHANGE_ROLE, demote_ben),
                ask(&portal, &ben, CHANGE_ROLE, demote_anna),
            );
            let mut outcome = [refusals(&one), refusals(&other)];
            outcome.sort();
            let name = portal.name();
            assert_eq!(
                outcome[0], [""; 0],
                "round {round} on {name}: {one} {other}"
            );
            assert_eq!(
                outcome[1],
                ["LAST_ADMIN"],
                "round {round} on {name}: {one} {other}"
            );
        }
        let admins = count(
            &portal,
            "membership WHERE role = 'PARTNER_ADMIN' AND state = 'ACTIVE'",
        )
        .await;
        assert_eq!(admins, 1);
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_approvals_at_once_one_makes_a_partner() {
    for portal in Portal::each().await {
        let manager = [VendorRole::PartnerManager];
        portal.plan("{slug: short, name: Short, locale: en, steps: [{key: one, title: One, performer: VENDOR, dueDays: 9, rule: {kind: MANUAL_SIGN_OFF}}]}").await;
        let paula = portal.staff("Paula", &manager).await.actor().await;
        let otto = portal.staff("Otto", &manager).await.actor().await;
        for brand in ["Anemone", "Birke", "Calla", "Dahlie"] {
            let application = portal.applied(brand).await;
            let approve = "mutation($input: PartnerApplicationApproveInput!) {
                partnerApplicationApprove(input: $input) { userErrors { code message } } }";
            let input = json!({ "input": {
                "id": application["id"], "expectedVersion": application["version"], "region": "EMEA",
            } });
            let answers = join_all(
                [&paula, &otto, &paula, &otto]
                    .map(|actor| ask(&portal, actor, approve, input.clone())),
            )
            .await;
            let (done, refused): (Vec<_>, Vec<_>) =
                answers.iter().map(refusals).partition(Vec::is_empty);
            assert_eq!(done.len(), 1, "{answers:#?}");
            assert!(
                refused.iter().all(|codes| codes == &["ALREADY_DECIDED"]),
                "{refused:?}"
            );
        }
        for (table, many) in [
            ("partner", 4),
            ("onboarding", 4),
            ("invitation", 4),
            ("verdict", 4),
        ] {
            assert_eq!(
                count(&portal, table).await,
                many,
                "{table} on {}",
                portal.name()
            );
        }
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_seat_is_taken_once_however_often_its_link_is_used_at_once() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let people = count(&portal, "person").await;
        let seats = count(&portal, "membership").await;
        let token = portal.token("invitation", "cleo@bergwind.example").await;
        let accept = "mutation($token: String!, $password: String!) {
            invitationAccept(input: { token: $token, password: $password }) {
                tokens { accessToken } userErrors { code message } } }";
        let input = json!({ "token": token, "password": PASSWORD });
        let answers =
            join_all((0..4).map(|_| ask(&portal, &Actor::Anonymous, accept, input.clone()))).await;
        let (done, refused): (Vec<_>, Vec<_>) =
            answers.iter().map(refusals).partition(Vec::is_empty);
        assert_eq!(done.len(), 1, "{answers:#?}");
        assert!(
            refused.iter().all(|codes| codes == &["LINK_INVALID"]),
            "{refused:?}"
        );
        assert_eq!(count(&portal, "person").await, people + 1);
        assert_eq!(count(&portal, "membership").await, seats + 1);
        assert_eq!(team.admin.seats(&team.partner).await.len(), 3);
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_who_submit_a_step_at_once_one_does() {
    for portal in Portal::each().await {
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        let team = portal.team(&paula, "Bergwind").await;
        let profile = paula.step(&team.partner, "profile").await;
        paula
            .act(
                "mutation($input: OnboardingStepReviewInput!) { onboardingStepSignOff(input: $input) {
                    userErrors { code message } } }",
                json!({ "input": { "id": profile["id"], "expectedVersion": profile["version"] } }),
            )
            .await;
        let anna = team.admin.actor().await;
        let step = team.admin.step(&team.partner, "agreement").await;
        let submit =
            "mutation($input: OnboardingStepHandInInput!) { onboardingStepSubmit(input: $input) {
            userErrors { code message } } }";
        let input = json!({ "input": {
            "id": step["id"], "expectedVersion": step["version"], "evidence": "Signed.",
        } });
        let answers = join_all((0..40).map(|_| ask(&portal, &anna, submit, input.clone()))).await;
        let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
        for answer in &answers {
            *outcomes.entry(refusals(answer).join(" ")).or_default() += 1;
        }
        assert_eq!(
            outcomes.get(""),
            Some(&1),
            "{}: {outcomes:?}",
            portal.name()
        );
        // Whoever waits too long is told to come again; nobody is told of a fault.
        let known = ["", "CONFLICT", "RATE_LIMITED", "CLOSED", "NOT_ONBOARDING"];
        assert!(
            outcomes.keys().all(|it| known.contains(&it.as_str())),
            "{outcomes:?}"
        );
        let accepted = count(&portal, "fact WHERE kind LIKE '%agreement_accepted'").await;
        assert_eq!(accepted, 1, "on {}", portal.name());
        portal.keep_promises().await;
    }
}

/// Four steps that are open at once, so that many reminders fall on one day.
const MANY_STEPS: &str = "
slug: many
name: Many
locale: en
steps:
  - {key: a, title: A, performer: PARTNER, dueDays: 7, rule: {kind: DOCUMENT_UPLOADED, document: a}}
  - {key: b, title: B, performer: PARTNER, dueDays: 7, rule: {kind: DOCUMENT_UPLOADED, document: b}}
  - {key: c, title: C, performer: PARTNER, dueDays: 7, rule: {kind: DOCUMENT_UPLOADED, document: c}}
  - {key: d, title: D, performer: PARTNER, dueDays: 7, rule: {kind: DOCUMENT_UPLOADED, document: d}}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_keep_each_promise_once() {
    for portal in Portal::each().await {
        portal.plan(MANY_STEPS).await;
        let paula = portal.staff("Paula", &[VendorRole::PartnerManager]).await;
        for brand in ["Anemone", "Birke", "Calla"] {
            let application = portal.applied(brand).await;
            paula
                .act(
                    "mutation($input: PartnerApplicationApproveInput!) {
                        partnerApplicationApprove(input: $input) { userErrors { code message } } }",
                    json!({ "input": {
                        "id": application["id"], "expectedVersion": application["version"],
                        "region": "EMEA",
                    } }),
                )
                .await;
            portal
                .accepted(&format!("anna@{}.example", brand.to_lowercase()))
                .await;
        }
        portal.keep_promises().await;
        portal.pass(TimeDelta::days(30));
        let all_at_once = || async {
            let workers: Vec<_> = (0..8)
                .map(|_| {
                    let worker = portal.app.worker();
                    tokio::spawn(async move {
                        let mut taken = 0;
                        for _ in 0..20 {
                            taken += worker.turn().await.unwrap();
                        }
                        taken
                    })
                })
                .collect();
            let taken = join_all(workers).await;
            taken.into_iter().map(Result::unwrap).sum::<usize>()
        };
        let before = promises(&portal).await;
        let waiting = before.iter().filter(|row| row.done_at.is_none()).count();
        assert!(waiting >= 24, "{waiting}");
        let kept = all_at_once().await;
        let after = promises(&portal).await;
        assert!(kept >= waiting, "{kept} of {waiting}");
        for row in &after {
            assert!(row.done_at.is_some() && row.dead_at.is_none(), "{row:#?}");
            assert_eq!(row.attempts, 1, "{row:#?}");
        }

        // Letters: one file each, as many as were promised.
        let folder = mailbox::folder(&portal.app.config.data);
        let letters = mailbox::list(&folder, 1_000).unwrap();
        let promised = after.iter().filter(|row| row.kind == Deliver::KIND).count();
        assert_eq!(letters.len(), promised, "on {}", portal.name());
        // Reactions: what they tell, they tell everybody once of each step.
        let told = rows::column(
            &portal.app.db,
            "SELECT CAST(person_id AS TEXT) || kind || CAST(letter AS TEXT) FROM notification \
             WHERE kind IN ('step_due_soon', 'step_overdue')",
        );
        let told = if portal.app.db.is_postgres() {
            told.await
        } else {
            rows::column(
                &portal.app.db,
                "SELECT hex(person_id) || kind || letter FROM notification \
                 WHERE kind IN ('step_due_soon', 'step_overdue')",
            )
            .await
        };
        let mut each = told.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), told.len(), "somebody was told twice");
        // Of 12 steps: their members that they are overdue, and Paula too.
        let overdue = told.iter().filter(|it| it.contains("step_overdue")).count();
        assert_eq!(overdue, 24, "{told:#?}");
    }
}

/// What two promises of one unit wait for in between.
#[derive(Clone, Default)]
struct Halfway {
    reached: Arc<Notify>,
    go_on: Arc<Notify>,
}

fn somebody(number: u32) -> Deliver {
    let to = Reader::Address {
        email: format!("reader{number}@elsewhere.example"),
        name: "Rita Reader".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let letter = Letter::ApplicationApproved {
        company: "Bergwind GmbH".to_owned(),
        owner: "Paula".to_owned(),
    };
    Deliver { to, letter }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_begun_is_finished_though_nobody_waits_for_it() {
    for portal in Portal::each().await {
        let op = portal.app.op(Actor::System);
        let halfway = Halfway::default();
        let input = halfway.clone();
        let request = tokio::spawn(async move {
            op.unit(input, |tx, halfway| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    outbox::promise(&permit, &somebody(1)).await?;
                    halfway.reached.notify_one();
                    halfway.go_on.notified().await;
                    outbox::promise(&permit, &somebody(2)).await
                })
            })
            .await
        });
        halfway.reached.notified().await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(
            promises(&portal).await.len(),
            0,
            "nothing is there by halves"
        );
        halfway.go_on.notify_one();
        let wait = async {
            while promises(&portal).await.len() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), wait)
            .await
            .unwrap();
        portal.keep_promises().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_are_dropped_leave_nothing_by_halves_and_no_connection_that_forgets() {
    for portal in Portal::each().await {
        let apply = "mutation($company: CompanyInput!, $email: String!) { partnerApply(input: {
            company: $company, contactEmail: $email, termsVersion: \"1\", acceptsTerms: true
        }) { userErrors { code message } } }";
        let input = |number: u64| {
            let brand = format!("Company{number}");
            json!({ "company": company(&brand), "email": format!("anna@company{number}.example") })
        };
        for number in 0..60 {
            let app = portal.app.clone();
            let (op, input) = (app.op(Actor::Anonymous), input(number));
            let request = tokio::spawn(async move { answer(&app, op, apply, input).await });
            tokio::time::sleep(Duration::from_micros(number * 150)).await;
            request.abort();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        let dropped = count(&portal, "application").await;
        // Each connection is used again, and keeps what it acknowledges.
        for number in 100..120 {
            let answer = ask(&portal, &Actor::Anonymous, apply, input(number)).await;
            assert_eq!(refusals(&answer), [""; 0]);
        }
        let name = portal.name();
        let applications = count(&portal, "application").await;
        assert_eq!(applications, dropped + 20, "on {name}");
        for what in ["link", "outbox_message", "audit_entry"] {
            assert_eq!(count(&portal, what).await, applications, "{what} on {name}");
        }
        portal.keep_promises().await;
    }
}

/// A clock that stops working at one of its calls.
#[derive(Debug)]
struct BrokenOnce {
    now: DateTime<Utc>,
    calls: AtomicUsize,
}

impl Clock for BrokenOnce {
    fn now(&self) -> DateTime<Utc> {
        // The first call is the claim's, the second that of the first promise.
        assert_ne!(
            self.calls.fetch_add(1, Ordering::SeqCst),
            1,
            "the clock is broken"
        );
        self.now
    }
}

async fn promise<J: Job + Clone + 'static>(portal: &Portal, job: J) {
    portal
        .app
        .op(Actor::System)
        .unit(job, |tx, job| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                outbox::promise(&permit, job).await
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_job_that_panics_is_tried_again_and_the_others_go_on() {
    for portal in Portal::each().await {
        for number in 0..5 {
            promise(&portal, somebody(number)).await;
        }
        let app = &portal.app;
        let clock = BrokenOnce {
            now: app.clock.now(),
            calls: AtomicUsize::new(0),
        };
        let worker = Worker::new(
            app.db.clone(),
            app.guard.keys.link().clone(),
            Arc::new(clock),
            app.mailer.clone(),
            app.files.store().clone(),
            app.config.jobs.clone(),
            app.config.mail.keep_days,
        );
        assert_eq!(worker.turn().await.unwrap(), 5);
        let (kept, left): (Vec<_>, Vec<_>) = promises(&portal)
            .await
            .into_iter()
            .partition(|row| row.done_at.is_some());
        assert_eq!((kept.len(), left.len()), (4, 1), "on {}", portal.name());
        assert!(left[0].dead_at.is_none() && left[0].lease.is_none());
        assert!(
            left[0].last_error.as_ref().unwrap().contains("ended early"),
            "{left:?}"
        );
        portal.pass(TimeDelta::seconds(11));
        portal.keep_promises().await;
        let again = promises(&portal).await;
        assert!(again.iter().all(|row| row.done_at.is_some()));
        assert_eq!(portal.letters().await.len(), 5);
    }
}

/// What no binary can read.
#[derive(Clone, Serialize, Deserialize)]
struct Poison {
    nonsense: u32,
}

impl Job for Poison {
    const KIND: &'static str = Deliver::KIND;
}

/// What perhaps a newer binary knows.
#[derive(Clone, Serialize, Deserialize)]
struct Tomorrow {}

impl Job for Tomorrow {
    const KIND: &'static str = "tomorrow.job";
}

#[tokio::test]
async fn what_cannot_be_kept_dies_alone() {
    for portal in Portal::each().await {
        promise(&portal, somebody(1)).await;
        promise(&portal, Poison { nonsense: 1 }).await;
        promise(&portal, Tomorrow {}).await;
        promise(&portal, somebody(2)).await;
        let worker = portal.app.worker();
        assert_eq!(worker.turn().await.unwrap(), 4);
        let of = |rows: &[outbox_message::Model], kind: &str, is_poison: bool| {
            let mut found = rows.iter().filter(|row| {
                row.kind == kind && row.payload.get("nonsense").is_some() == is_poison
            });
            found.next().unwrap().clone()
        };
        let rows = promises(&portal).await;
        let poison = of(&rows, Deliver::KIND, true);
        assert!(poison.dead_at.is_some() && poison.done_at.is_none());
        assert!(poison.last_error.unwrap().contains("cannot read"));
        assert_eq!(rows.iter().filter(|row| row.done_at.is_some()).count(), 2);
        // What is unknown waits for a binary that knows it, and is given up after so many tries.
        let tries = portal.app.config.jobs.attempts;
        for _ in 1..tries {
            let row = of(&promises(&portal).await, Tomorrow::KIND, false);
            assert!(row.dead_at.is_none(), "{row:?}");
            portal.pass(TimeDelta::hours(7));
            assert_eq!(worker.turn().await.unwrap(), 1);
        }
        let row = of(&promises(&portal).await, Tomorrow::KIND, false);
        assert!(row.dead_at.is_some());
        assert_eq!(u32::try_from(row.attempts), Ok(tries));
        portal.pass(TimeDelta::days(30));
        assert_eq!(worker.turn().await.unwrap(), 0);
    }
}

/// The server ends the connection, in the midst of a unit of work or at its end.
const DIE: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

/// How often the unit of work below has been begun.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

#[tokio::test]
async fn a_unit_of_work_whose_connection_dies_is_done_again_or_says_that_it_was_not() {
    for portal in Portal::each().await {
        // SQLite does not go away.
        if !portal.app.db.is_postgres() {
            continue;
        }
        let op = portal.app.op(Actor::System);
        let always = op.unit((), |tx, ()| {
            Box::pin(async move {
                tx.reader().execute_unprepared(DIE).await?;
                Ok(())
            })
        });
        let error = always.await.unwrap_err();
        assert!(
            matches!(error, Error::Unavailable(Away::NotDone(_))),
            "{error:?}"
        );
        let once = op.unit((), |tx, ()| {
            Box::pin(async move {
                let db = tx.reader();
                db.execute_unprepared("INSERT INTO throttle VALUES ('n', 0)")
                    .await?;
                if BEGUN.fetch_add(1, Ordering::SeqCst) == 0 {
                    db.execute_unprepared(DIE).await?;
                }
                Ok(())
            })
        });
        once.await.unwrap();
        assert_eq!(BEGUN.load(Ordering::SeqCst), 2);
        assert_eq!(count(&portal, "throttle").await, 1);
    }
}

#[tokio::test]
async fn a_commit_during_which_the_database_dies_says_that_nobody_knows() {
    for portal in Portal::each().await {
        if !portal.app.db.is_postgres() {
            continue;
        }
        portal
            .force(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'; \
                 CREATE CONSTRAINT TRIGGER die AFTER INSERT ON throttle DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION die()",
            )
            .await;
        let op = portal.app.op(Actor::System);
        let kept = op.unit((), |tx, ()| {
            Box::pin(async move {
                let sql = "INSERT INTO throttle VALUES ('n', 0)";
                tx.reader().execute_unprepared(sql).await?;
                Ok(())
            })
        });
        let error = kept.await.unwrap_err();
        assert!(
            matches!(error, Error::Unavailable(Away::Unknown(_))),
            "{error:?}"
        );
    }
}
