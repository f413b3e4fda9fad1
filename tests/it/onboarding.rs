//! Onboarding: plans from draft to retirement, and partners' ways through them.
//!
//! Every story runs on SQLite, and again on PostgreSQL where `ENTENTE_TEST_POSTGRES_URL` names a
//! server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use entente::auth::{Actor, Permission, Scope, SignedIn};
use entente::config::{Args, Config};
use entente::db::Db;
use entente::error::{Error, Result};
use entente::fact::{self, About, Detail};
use entente::notification::{Deliver, Letter, Reader};
use entente::onboarding::choose::choose_for;
use entente::onboarding::form::Answer;
use entente::onboarding::plan::{self, Publish, SAMPLES, SaveDraft, Source};
use entente::onboarding::remind::{self, StepDueSoon, StepOverdue};
use entente::onboarding::report::{self, Window};
use entente::onboarding::review::{self, Review};
use entente::onboarding::submit::{self, HandIn};
use entente::onboarding::{self as ways};
use entente::op::{Op, Origin};
use entente::outbox::Job;
use entity::id::{
    ApplicationId, MembershipId, OnboardingStepId, PartnerId, PersonId, PlanVersionId, StaffRoleId,
};
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::person::PersonState;
use entity::staff_role::VendorRole;
use entity::{
    application, audit_entry, membership, onboarding, onboarding_step, outbox_message, partner,
    person, plan_version, staff_role, verdict,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, Database, DatabaseConnection,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// A plan with every rule, short.
const PLAN: &str = "
slug: every-rule
name: Every rule
locale: en
steps:
  - key: profile
    title: Profile
    performer: PARTNER
    dueDays: 5
    rule: {kind: FORM_FILLED}
    form:
      questions:
        - {key: name, label: Name, type: TEXT, required: true}
        - {key: size, label: Size, type: CHOICE, choices: [small, large], required: true}
        - {key: site, label: Site, type: URL}
  - {key: agreement, title: Agreement, performer: PARTNER, dueDays: 10, requires: [profile], rule: {kind: AGREEMENT_ACCEPTED, agreement: partner, version: '2'}}
  - {key: insurance, title: Insurance, performer: PARTNER, dueDays: 10, needsReview: true, rule: {kind: DOCUMENT_UPLOADED, document: insurance}}
  - {key: kickoff, title: Kick-off, performer: VENDOR, dueDays: 14, rule: {kind: MEETING_HELD, meeting: kickoff}}
  - {key: kicked-off, title: Kicked off, performer: SYSTEM, dueDays: 14, requires: [agreement], rule: {kind: MEETING_HELD, meeting: kickoff}}
  - {key: basics, title: Basics, performer: SYSTEM, dueDays: 30, requires: [agreement], rule: {kind: COURSE_COMPLETED, course: basics, members: 2}}
  - {key: seller, title: Seller, performer: SYSTEM, dueDays: 45, requires: [basics], rule: {kind: CERTIFICATE_HELD, certification: seller, members: 1}}
  - {key: demo, title: Demo, performer: PARTNER, dueDays: 60, requires: [seller, kicked-off], needsReview: true, rule: {kind: MANUAL_SIGN_OFF}}
  - {key: account, title: Account, performer: VENDOR, dueDays: 60, requires: [insurance], rule: {kind: MANUAL_SIGN_OFF}}
";

/// A portal with a vendor, without its shells.
struct Room {
    db: Db,
    /// For what other concepts write, and for looking.
    rows: DatabaseConnection,
    now: Mutex<DateTime<Utc>>,
    names: Mutex<BTreeMap<PersonId, &'static str>>,
    told: Mutex<usize>,
    _folder: TempDir,
}

/// A partner on its way, with two members and its manager.
struct Team {
    partner: PartnerId,
    /// Its admin.
    ana: Actor,
    /// Its other member.
    ben: Actor,
    /// Its owner.
    mia: Actor,
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn id_of(actor: &Actor) -> PersonId {
    actor.person().unwrap().id
}

impl Room {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::read(&Args::default(), [("", "")]).unwrap();
        let db = Db::open(&config.database, folder.path()).await.unwrap();
        let url = format!("sqlite://{}", folder.path().join("entente.db").display());
        Self::new(db, &url, folder).await
    }

    /// None, and a loud word, where there is no server.
    async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("ENTENTE_TEST_POSTGRES_URL") else {
            eprintln!("SKIPPED on PostgreSQL: ENTENTE_TEST_POSTGRES_URL is not set");
            return None;
        };
        let mut url: url::Url = server.parse().unwrap();
        let admin = Database::connect(url.as_str()).await.unwrap();
        let name = format!("t{}", Uuid::now_v7().simple());
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        url.set_path(&name);
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::read(&Args::default(), [("", "")]).unwrap();
        config.database.url = Some(url.clone());
        let db = Db::open(&config.database, folder.path()).await.unwrap();
        Some(Self::new(db, url.as_str(), folder).await)
    }

    async fn new(db: Db, url: &str, folder: TempDir) -> Self {
        db.migrate().await.unwrap();
        Self {
            db,
            rows: Database::connect(url).await.unwrap(),
            now: Mutex::new(utc("2026-03-02T09:00:00Z")),
            names: Mutex::default(),
            told: Mutex::default(),
            _folder: folder,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// What `actor` does next: every operation has an instant of its own.
    fn op(&self, actor: &Actor) -> Op {
        self.pass(Duration::microseconds(1));
        let (db, key) = (self.db.clone(), [7; 32].into());
        Op::new(db, key, actor.clone(), self.now(), Origin::default())
    }

    async fn insert<A>(&self, row: impl IntoActiveModel<A>)
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row = row.into_active_model().reset_all();
        row.insert(&self.rows).await.unwrap();
    }

    async fn person(&self, name: &'static str) -> PersonId {
        let id = PersonId(Uuid::now_v7());
        self.names.lock().unwrap().insert(id, name);
        self.insert(person::Model {
            id,
            email: format!("{}@example.com", id.0.simple()),
            name: name.to_owned(),
            locale: "en".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            password_hash: None,
            state: PersonState::Active,
            session_epoch: 0,
            email_confirmed_at: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        })
        .await;
        id
    }

    async fn staff(&self, name: &'static str, role: VendorRole) -> Actor {
        let id = self.person(name).await;
        self.insert(staff_role::Model {
            id: StaffRoleId(Uuid::now_v7()),
            person_id: id,
            role,
            granted_at: self.now(),
        })
        .await;
        signed_in(id, vec![role], vec![])
    }

    async fn member(&self, partner: PartnerId, name: &'static str, role: MemberRole) -> Actor {
        let id = self.person(name).await;
        self.insert(membership::Model {
            id: MembershipId(Uuid::now_v7()),
            partner_id: partner,
            person_id: id,
            role,
            state: MembershipState::Active,
            joined_at: self.now(),
            ended_at: None,
            version: 1,
        })
        .await;
        signed_in(id, vec![], vec![(partner, role)])
    }

    /// A partner that was let in just now.
    async fn partner(&self, kind: PartnerKind, owner: PersonId) -> PartnerId {
        let application = ApplicationId(Uuid::now_v7());
        let id = PartnerId(Uuid::now_v7());
        let now = self.now();
        self.insert(application::Model {
            id: application,
            legal_name: "Nordwind GmbH".to_owned(),
            normalized_name: "nordwind".to_owned(),
            website: "https://nordwind.example".to_owned(),
            domain: "nordwind.example".to_owned(),
            country: "DE".to_owned(),
            kind,
            regions: json!(["EMEA"]),
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de".to_owned(),
            contact_name: "Ana".to_owned(),
            contact_email: "ana@nordwind.example".to_owned(),
            why: "Because.".to_owned(),
            terms_version: "1".to_owned(),
            terms_accepted_at: now,
            state: application::ApplicationState::Approved,
            email_confirmed_at: Some(now),
            submitted_at: now,
            reviewer_id: Some(owner),
            decided_at: Some(now),
            welcome_again_on: None,
            created_at: now,
            updated_at: now,
            version: 3,
        })
        .await;
        self.insert(partner::Model {
            id,
            application_id: application,
            legal_name: "Nordwind GmbH".to_owned(),
            normalized_name: "nordwind".to_owned(),
            website: "https://nordwind.example".to_owned(),
            domain: "nordwind.example".to_owned(),
            country: "DE".to_owned(),
            kind,
            region: "EMEA".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de".to_owned(),
            state: PartnerState::Onboarding,
            owner_id: owner,
            approved_at: now,
            activated_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        })
        .await;
        id
    }

    /// Publishes a plan as the command line does.
    async fn publish(&self, text: &str) -> PlanVersionId {
        let source = Source::Yaml(text.to_owned());
        plan::publish_document(&self.op(&Actor::System), source)
            .await
            .unwrap()
    }

    async fn start(&self, partner: PartnerId, version: PlanVersionId, by: &Actor) -> Result<()> {
        self.op(by)
            .unit((partner, version), |tx, (id, version)| {
                Box::pin(async move {
                    let scope = Scope::Partner(*id);
                    let permit = tx.permit(Permission::ReviewApplications, scope)?;
                    let partner = partner::Entity::find_by_id(*id).one(&tx.reader()).await?;
                    ways::start(&permit, &partner.unwrap(), *version).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A partner that has just begun the plan, with its people seated. What they were told so far
    /// is not looked at again.
    async fn team(&self, plan: &str) -> Team {
        let mia = self.staff("Mia", VendorRole::PartnerManager).await;
        let version = self.publish(plan).await;
        let partner = self.partner(PartnerKind::Reseller, id_of(&mia)).await;
        self.start(partner, version, &mia).await.unwrap();
        let ana = self.member(partner, "Ana", MemberRole::PartnerAdmin).await;
        let ben = self.member(partner, "Ben", MemberRole::PartnerMember).await;
        self.letters().await;
        Team {
            partner,
            ana,
            ben,
            mia,
        }
    }

    async fn welcome(&self, partner: PartnerId, person: PersonId) {
        self.op(&Actor::System)
            .unit((partner, person), |tx, (partner, person)| {
                Box::pin(async move {
                    let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                    ways::welcome(&permit, *partner, *person).await
                })
            })
            .await
            .unwrap();
    }

    /// A fact about a person arrives, as the courses of tomorrow record it.
    async fn learned(&self, partner: PartnerId, who: &Actor, detail: Detail) {
        self.op(&Actor::System)
            .unit(
                (partner, id_of(who), detail),
                |tx, (partner, who, detail)| {
                    Box::pin(async move {
                        let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                        let about = About {
                            partner: None,
                            person: Some(*who),
                            subject: Uuid::now_v7(),
                        };
                        fact::record(&permit, about, detail).await?;
                        ways::facts_arrived(&permit, *partner).await
                    })
                },
            )
            .await
            .unwrap();
    }

    /// What the worker does with reminders that are due.
    async fn keep_reminders(&self) {
        let due = outbox_message::Entity::find()
            .filter(outbox_message::Column::Kind.is_in([StepDueSoon::KIND, StepOverdue::KIND]))
            .filter(outbox_message::Column::AvailableAt.lte(self.now()))
            .filter(outbox_message::Column::DoneAt.is_null())
            .order_by_asc(outbox_message::Column::AvailableAt)
            .order_by_asc(outbox_message::Column::Id)
            .all(&self.rows)
            .await
            .unwrap();
        for row in due {
            let id = row.id;
            self.op(&Actor::System)
                .unit(row, |tx, row| {
                    Box::pin(async move {
                        let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                        let job = row.payload.clone();
                        if row.kind == StepDueSoon::KIND {
                            remind::due_soon(&permit, &serde_json::from_value(job)?).await
                        } else {
                            remind::overdue(&permit, &serde_json::from_value(job)?).await
                        }
                    })
                })
                .await
                .unwrap();
            outbox_message::ActiveModel {
                id: ActiveValue::Unchanged(id),
                done_at: ActiveValue::Set(Some(self.now())),
                ..Default::default()
            }
            .update(&self.rows)
            .await
            .unwrap();
        }
    }

    /// The letters promised since the last look.
    async fn letters(&self) -> Vec<(&'static str, Letter)> {
        let rows = outbox_message::Entity::find()
            .filter(outbox_message::Column::Kind.eq(Deliver::KIND))
            .order_by_asc(outbox_message::Column::CreatedAt)
            .order_by_asc(outbox_message::Column::Id)
            .all(&self.rows)
            .await
            .unwrap();
        let mut told = self.told.lock().unwrap();
        let names = self.names.lock().unwrap();
        let new = rows[*told..]
            .iter()
            .map(|row| {
                let promise: Deliver = serde_json::from_value(row.payload.clone()).unwrap();
                let Reader::Person { id } = promise.to else {
                    panic!("nobody without an account is told about onboarding")
                };
                (names[&id], promise.letter)
            })
            .collect();
        *told = rows.len();
        new
    }

    /// The same, a line for each kind of letter and step: who reads it.
    async fn post(&self) -> String {
        let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, letter) in self.letters().await {
            let said = serde_json::to_value(&letter).unwrap();
            let what = format!("{} {}", letter.kind(), said["step"].as_str().unwrap_or("-"));
            match lines.iter_mut().find(|(known, _)| *known == what) {
                Some((_, readers)) => readers.push(name),
                None => lines.push((what, vec![name])),
            }
        }
        let line = |(what, mut readers): (String, Vec<&str>)| {
            readers.sort_unstable();
            format!("{what}: {}", readers.join(" "))
        };
        lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    async fn steps(&self, partner: PartnerId) -> Vec<onboarding_step::Model> {
        onboarding_step::Entity::find()
            .filter(onboarding_step::Column::PartnerId.eq(partner))
            .order_by_asc(onboarding_step::Column::Position)
            .all(&self.rows)
            .await
            .unwrap()
    }

    async fn step(&self, team: &Team, key: &str) -> onboarding_step::Model {
        let steps = self.steps(team.partner).await;
        steps.into_iter().find(|step| step.key == key).unwrap()
    }

    /// Keys of the steps by state, those in no state but LOCKED left out.
    async fn states(&self, partner: PartnerId) -> String {
        let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for step in self.steps(partner).await {
            if step.state != StepState::Locked {
                let state = format!("{:?}", step.state);
                states.entry(state).or_default().push(step.key);
            }
        }
        let line = |(state, keys): (String, Vec<String>)| format!("{state}: {}", keys.join(" "));
        states.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Hands in as its performer does, with what the step asks for.
    async fn hand_in(&self, team: &Team, by: &Actor, key: &str) -> Result<OnboardingStepId> {
        let step = self.step(team, key).await;
        let input = hand_in(&step, &good_answers(&step), "Done, see our notes.");
        match step.performer {
            entity::plan_step::Performer::Vendor => {
                submit::complete_vendor_step(&self.op(by), input).await
            }
            _ => submit::submit_step(&self.op(by), input).await,
        }
    }

    async fn facts(&self, partner: PartnerId) -> Vec<String> {
        entity::fact::Entity::find()
            .filter(entity::fact::Column::PartnerId.eq(partner))
            .order_by_asc(entity::fact::Column::RecordedAt)
            .order_by_asc(entity::fact::Column::Id)
            .all(&self.rows)
            .await
            .unwrap()
            .into_iter()
            .map(|row| match row.detail["step"].as_str() {
                Some(step) => format!("{} {step}", row.kind),
                None => row.kind,
            })
            .collect()
    }
}

fn signed_in(id: PersonId, roles: Vec<VendorRole>, seats: Vec<(PartnerId, MemberRole)>) -> Actor {
    let session = entity::id::SessionId(Uuid::now_v7());
    Actor::Person(Arc::new(SignedIn {
        id,
        session,
        roles,
        seats,
    }))
}

fn answers(pairs: &[(&str, &str)]) -> Vec<Answer> {
    let answer = |(question, value): &(&str, &str)| Answer {
        question: (*question).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(answer).collect()
}

fn good_answers(step: &onboarding_step::Model) -> Vec<Answer> {
    match step.rule["kind"].as_str() {
        Some("FORM_FILLED") => answers(&[("name", "Nordwind"), ("size", "small")]),
        _ => Vec::new(),
    }
}

fn hand_in(step: &onboarding_step::Model, answers: &[Answer], evidence: &str) -> HandIn {
    HandIn {
        step: step.id,
        answers: Some(answers.to_vec()),
        evidence: Some(evidence.to_owned()),
        expected_version: step.version,
    }
}

fn review(step: &onboarding_step::Model, reason: &str) -> Review {
    Review {
        step: step.id,
        reason: reason.to_owned(),
        fields: Vec::new(),
        expected_version: step.version,
    }
}

/// Codes and paths of the refusals.
fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<(&'static str, String)> {
    match result {
        Err(Error::Refused(faults)) => faults
            .into_iter()
            .map(|fault| (fault.code, fault.field.join(".")))
            .collect(),
        other => panic!("it was not refused: {other:?}"),
    }
}

fn refused_whole(code: &'static str) -> Vec<(&'static str, String)> {
    vec![(code, String::new())]
}

/// A snapshot that is the same on both databases.
macro_rules! says {
    ($value:expr, @$text:literal) => {
        let value = $value;
        insta::allow_duplicates! { insta::assert_snapshot!(value, @$text) }
    };
}

macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Room::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(room) = super::Room::postgres().await {
                    super::$name(room).await;
                }
            })+
        }
    };
}

stories!(
    a_partner_goes_through_a_plan_with_every_rule,
    a_partner_finishes_on_the_version_that_it_started,
    of_two_reviewers_at_once_one_decides_and_the_other_is_told,
    of_two_who_submit_at_once_one_does,
    the_last_step_is_decided_once,
    a_stale_version_is_a_conflict,
    nobody_reviews_their_own_submission,
    a_returned_step_is_mended_and_submitted_again,
    saving_keeps_what_is_unfinished_and_submitting_refuses_it,
    only_an_admin_accepts_an_agreement,
    steps_are_done_by_those_who_are_to_do_them,
    the_steps_of_others_are_as_absent_as_none,
    waiving_opens_what_waited,
    reminders_come_once_and_only_while_there_is_cause,
    a_step_that_opens_late_is_not_overdue_at_once,
    a_colleague_brings_what_they_have_learned,
    certificates_that_ran_out_or_were_revoked_do_not_count,
    those_who_begin_are_welcomed_with_the_plan,
    drafts_are_published_once_and_never_change,
    two_who_write_the_same_plan_do_not_lose_a_draft,
    publishing_a_file_again_does_nothing,
    the_sample_plans_are_chosen_for_whom_they_are_made,
    the_report_counts_what_was_measured,
);

async fn a_partner_goes_through_a_plan_with_every_rule(room: Room) {
    let team = room.team(PLAN).await;
    let course = || Detail::CourseCompleted {
        course: "basics".to_owned(),
    };
    says!(room.states(team.partner).await, @"Open: profile insurance kickoff");

    room.pass(Duration::days(1));
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    says!(room.post().await, @r"
    step_done Profile: Ana Mia
    step_opened Agreement: Ana Ben
    ");
    room.hand_in(&team, &team.ana, "agreement").await.unwrap();
    says!(room.post().await, @r"
    step_done Agreement: Mia
    step_opened Kicked off: Mia
    step_opened Basics: Ana Ben
    ");

    // The meeting that the vendor reports is the fact for which the system's step waits.
    room.hand_in(&team, &team.mia, "kickoff").await.unwrap();
    says!(room.post().await, @r"
    step_done Kick-off: Ana
    step_done Kicked off: Ana
    ");

    room.hand_in(&team, &team.ben, "insurance").await.unwrap();
    says!(room.post().await, @"step_submitted Insurance: Mia");
    let insurance = room.step(&team, "insurance").await;
    assert_eq!(insurance.state, StepState::Submitted);
    assert_eq!(insurance.evidence, "Done, see our notes.");
    review::sign_off_step(&room.op(&team.mia), review(&insurance, ""))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_done Insurance: Ana Ben
    step_opened Account: Mia
    ");
    room.hand_in(&team, &team.mia, "account").await.unwrap();
    says!(room.post().await, @"step_done Account: Ana");

    room.pass(Duration::days(10));
    room.learned(team.partner, &team.ana, course()).await;
    assert_eq!(room.post().await, "");
    room.learned(team.partner, &team.ben, course()).await;
    says!(room.post().await, @r"
    step_done Basics: Ana Mia
    step_opened Seller: Ana Ben
    ");
    let certificate = Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: Some(room.now() + Duration::days(365)),
    };
    room.learned(team.partner, &team.ben, certificate).await;
    says!(room.post().await, @r"
    step_done Seller: Ana Mia
    step_opened Demo: Ana Ben
    ");
    says!(room.states(team.partner).await, @r"
    Done: profile agreement insurance kickoff kicked-off basics seller account
    Open: demo
    ");

    room.hand_in(&team, &team.ana, "demo").await.unwrap();
    room.post().await;
    room.pass(Duration::hours(5));
    let demo = room.step(&team, "demo").await;
    review::sign_off_step(&room.op(&team.mia), review(&demo, "Well told."))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_done Demo: Ana
    onboarding_complete -: Ana Ben Mia
    ");

    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, PartnerState::Active);
    assert_eq!(row.activated_at, Some(room.now()));
    assert_eq!(
        report::seconds_to_onboard(&row),
        Some((Duration::days(11) + Duration::hours(5)).num_seconds())
    );
    let way = onboarding::Entity::find()
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(way.completed_at, Some(room.now()));
    says!(room.facts(team.partner).await.join("\n"), @r"
    onboarding.started
    onboarding.step_opened profile
    onboarding.step_opened insurance
    onboarding.step_opened kickoff
    form.filled
    onboarding.step_done profile
    onboarding.step_opened agreement
    agreement.accepted
    onboarding.step_done agreement
    onboarding.step_opened kicked-off
    onboarding.step_opened basics
    meeting.held
    onboarding.step_done kickoff
    onboarding.step_done kicked-off
    document.uploaded
    onboarding.step_submitted insurance
    onboarding.step_done insurance
    onboarding.step_opened account
    onboarding.step_done account
    onboarding.step_done basics
    onboarding.step_opened seller
    onboarding.step_done seller
    onboarding.step_opened demo
    onboarding.step_submitted demo
    onboarding.step_done demo
    onboarding.completed
    ");
    let trail = audit_entry::Entity::find()
        .filter(audit_entry::Column::PartnerId.eq(team.partner))
        .filter(audit_entry::Column::SubjectKind.eq("OnboardingStep"))
        .all(&room.rows)
        .await
        .unwrap();
    let turns = room.facts(team.partner).await;
    let turns = turns
        .iter()
        .filter(|fact| fact.starts_with("onboarding.step_"));
    assert_eq!(trail.len(), turns.count(), "a line for every turn");
}

async fn a_partner_finishes_on_the_version_that_it_started(room: Room) {
    let team = room.team(PLAN).await;
    let shorter = PLAN.replace("title: Profile", "title: Another profile");
    let second = room.publish(&shorter).await;
    let first = onboarding::Entity::find()
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap()
        .plan_version_id;
    assert_ne!(first, second);
    let row = |id| plan_version::Entity::find_by_id(id).one(&room.rows);
    let (first, second) = (row(first).await.unwrap(), row(second).await.unwrap());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.state, plan_version::PlanVersionState::Retired);
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(room.step(&team, "profile").await.title, "Profile");
    room.hand_in(&team, &team.ana, "profile").await.unwrap();
    assert_eq!(room.step(&team, "agreement").await.state, StepState::Open);

    // Nobody else begins on the old version.
    let other = room.partner(PartnerKind::Reseller, id_of(&team.mia)).await;
    assert_eq!(
        refused(room.start(other, first.id, &team.mia).await),
        [("NOT_PUBLISHED", "plan".to_owned())]
    );
    room.start(other, second.id, &team.mia).await.unwrap();
    assert_eq!(room.steps(other).await[0].title, "Another profile");
}

async fn of_two_reviewers_at_once_one_decides_and_the_other_is_told(room: Room) {
    let team = room.team(PLAN).await;
    let ole = room.staff("Ole", VendorRole::Admin).await;
    for round in 0..5 {
        room.hand_in(&team, &team.ana, "insurance").await.unwrap();
        let step = room.step(&team, "insurance").await;
        let (mia, ole) = (room.op(&team.mia), room.op(&ole));
        let (one, other) = tokio::join!(
            tokio::spawn({
                let review = review(&step, "Not ours.");
                async move { review::return_step(&mia, review).await }
            }),
            tokio::spawn({
                let review = review(&step, "No page two.");
                async move { review::return_step(&ole, review).await }
            }),
        );
        let results = [("Mia", one.unwrap()), ("Ole", other.unwrap())];
        let (won, lost): (Vec<_>, Vec<_>) = results.iter().partition(|(_, it)| it.is_ok());
        assert_eq!(
            (won.len(), lost.len()),
            (1, 1),
            "round {round}: {results:?}"
        );
        let Err(Error::Refused(faults)) = &lost[0].1 else {
            panic!("{:?}", lost[0]);
        };
        assert_eq!(faults[0].code, "ALREADY_DECIDED");
        let expected = format!("{} returned it on 2026-03-02 at 09:00 UTC.", won[0].0);
        assert_eq!(faults[0].message, expected);
        let verdicts = verdict::Entity::find().all(&room.rows).await.unwrap();
        assert_eq!(verdicts.len(), round + 1);
    }
}

async fn of_two_who_submit_at_once_one_does(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "insurance").await;
    let (ana, ben) = (room.op(&team.ana), room.op(&team.ben));
    let submit = |op: Op| {
        let input = hand_in(&step, &[], "Policy 4711.");
        tokio::spawn(async move { submit::submit_step(&op, input).await })
    };
    let (one, other) = tokio::join!(submit(ana), submit(ben));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(refused(lost), [("CONFLICT", "expectedVersion".to_owned())]);
    let facts = room.facts(team.partner).await;
    let uploads = facts.iter().filter(|fact| *fact == "document.uploaded");
    assert_eq!(uploads.count(), 1);
}

async fn the_last_step_is_decided_once(room: Room) {
    let team = room
        .team(&one_step("PARTNER", "{kind: MANUAL_SIGN_OFF}", true))
        .await;
    let ole = room.staff("Ole", VendorRole::Admin).await;
    room.hand_in(&team, &team.ana, "only").await.unwrap();
    let step = room.step(&team, "only").await;
    let decision = review(&step, "");
    review::sign_off_step(&room.op(&team.mia), decision.clone())
        .await
        .unwrap();
    let result = review::sign_off_step(&room.op(&ole), decision).await;
    let Err(Error::Refused(faults)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(faults[0].code, "ALREADY_DECIDED");
    assert_eq!(
        faults[0].message,
        "Mia accepted it on 2026-03-02 at 09:00 UTC."
    );
    let again = room.hand_in(&team, &team.ana, "only").await;
    assert_eq!(refused(again), refused_whole("CLOSED"));
}

async fn a_stale_version_is_a_conflict(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "profile").await;
    let saved = hand_in(&step, &answers(&[("name", "Nord")]), "");
    submit::save_step(&room.op(&team.ana), saved.clone())
        .await
        .unwrap();
    let conflict = [("CONFLICT", "expectedVersion".to_owned())];
    let op = room.op(&team.ben);
    assert_eq!(
        refused(submit::save_step(&op, saved.clone()).await),
        conflict
    );
    assert_eq!(refused(submit::submit_step(&op, saved).await), conflict);
    let waived = review::waive_step(&room.op(&team.mia), review(&step, "Known.")).await;
    assert_eq!(refused(waived), conflict);
    let now = room.step(&team, "profile").await;
    assert_eq!(now.answers, json!({ "name": "Nord" }));
    assert_eq!(now.version, step.version + 1);
}

async fn nobody_reviews_their_own_submission(room: Room) {
    let team = room
        .team(&one_step("VENDOR", "{kind: MANUAL_SIGN_OFF}", true))
        .await;
    let ole = room.staff("Ole", VendorRole::PartnerManager).await;
    room.hand_in(&team, &team.mia, "only").await.unwrap();
    // The owner did it, so the others are asked to look at it.
    says!(room.post().await, @"step_submitted Only: Ole");
    let step = room.step(&team, "only").await;
    for decide in [Word::SignOff, Word::Return, Word::Waive] {
        let own = decide
            .say(&room.op(&team.mia), review(&step, "Mine."))
            .await;
        assert_eq!(refused(own), refused_whole("OWN_SUBMISSION"));
    }
    review::sign_off_step(&room.op(&ole), review(&step, ""))
        .await
        .unwrap();
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

/// What a reviewer can say.
#[derive(Clone, Copy)]
enum Word {
    SignOff,
    Return,
    Waive,
}

impl Word {
    async fn say(self, op: &Op, review: Review) -> Result<OnboardingStepId> {
        match self {
            Self::SignOff => review::sign_off_step(op, review).await,
            Self::Return => review::return_step(op, review).await,
            Self::Waive => review::waive_step(op, review).await,
        }
    }
}

async fn a_returned_step_is_mended_and_submitted_again(room: Room) {
    let plan = PLAN.replace(
        "rule: {kind: FORM_FILLED}",
        "needsReview: true\n    rule: {kind: FORM_FILLED}",
    );
    let team = room.team(&plan).await;
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    let step = room.step(&team, "profile").await;
    let again = room.hand_in(&team, &team.ben, "profile").await;
    assert_eq!(refused(again), refused_whole("WAITS_FOR_REVIEW"));
    room.letters().await;

    let mut back = review(&step, "");
    back.fields = vec!["size".to_owned(), "shoe-size".to_owned()];
    let op = room.op(&team.mia);
    assert_eq!(
        refused(review::return_step(&op, back.clone()).await),
        [
            ("REQUIRED", "reason".to_owned()),
            ("UNKNOWN_FIELD", "fields.1".to_owned())
        ]
    );
    back.fields.pop();
    "Are you not larger?".clone_into(&mut back.reason);
    review::return_step(&op, back).await.unwrap();
    let letters = room.letters().await;
    let readers: Vec<_> = letters.iter().map(|(name, _)| *name).collect();
    assert_eq!(readers, ["Ana", "Ben"]);
    let Letter::StepReturned {
        reviewer,
        reason,
        fields,
        ..
    } = &letters[0].1
    else {
        panic!("{letters:?}");
    };
    assert_eq!(
        (reviewer.as_str(), reason.as_str()),
        ("Mia", "Are you not larger?")
    );
    assert_eq!(*fields, ["size"]);

    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Returned);
    // Only what is mended is sent: the rest is as it was saved.
    let mut input = hand_in(
        &step,
        &answers(&[("name", "Nordwind"), ("size", "large")]),
        "",
    );
    input.evidence = None;
    submit::submit_step(&room.op(&team.ana), input)
        .await
        .unwrap();
    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Submitted);
    assert_eq!(step.evidence, "Done, see our notes.");
    assert_eq!(step.answers["size"], "large");
    review::sign_off_step(&op, review(&step, "")).await.unwrap();
    let words: Vec<_> = verdict::Entity::find()
        .order_by_asc(verdict::Column::Id)
        .all(&room.rows)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.outcome, row.revision, row.fields))
        .collect();
    assert_eq!(
        words,
        [
            (verdict::Outcome::Returned, 3, json!(["size"])),
            (verdict::Outcome::Accepted, 5, json!([])),
        ]
    );
}

async fn saving_keeps_what_is_unfinished_and_submitting_refuses_it(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "profile").await;
    let unfinished = answers(&[("site", "nordwind"), ("size", "huge")]);
    let op = room.op(&team.ben);
    submit::save_step(&op, hand_in(&step, &unfinished, ""))
        .await
        .unwrap();
    let step = room.step(&team, "profile").await;
    assert_eq!(step.state, StepState::Open);
    assert_eq!(step.answers, json!({ "site": "nordwind", "size": "huge" }));
    assert_eq!(
        refused(submit::submit_step(&op, hand_in(&step, &unfinished, "")).await),
        [
            ("REQUIRED", "answers.name".to_owned()),
            ("INVALID_ANSWER", "answers.1.value".to_owned()),
            ("INVALID_ANSWER", "answers.0.value".to_owned()),
        ]
    );
    let hostile = answers(&[("name", "a\0b"), ("nothing", "x")]);
    assert_eq!(
        refused(submit::save_step(&op, hand_in(&step, &hostile, &"x".repeat(5001))).await),
        [
            ("INVALID_TEXT", "answers.0.value".to_owned()),
            ("UNKNOWN_QUESTION", "answers.1.question".to_owned()),
            ("TOO_LONG", "evidence".to_owned()),
        ]
    );
    let insurance = room.step(&team, "insurance").await;
    assert_eq!(
        refused(submit::submit_step(&op, hand_in(&insurance, &[], "  ")).await),
        [("REQUIRED", "evidence".to_owned())]
    );
    assert_eq!(
        room.step(&team, "profile").await,
        step,
        "nothing was written"
    );
}

async fn only_an_admin_accepts_an_agreement(room: Room) {
    let team = room.team(PLAN).await;
    room.hand_in(&team, &team.ben, "profile").await.unwrap();
    let refusal = room.hand_in(&team, &team.ben, "agreement").await;
    assert_eq!(refused(refusal), refused_whole("ADMIN_ONLY"));
    room.hand_in(&team, &team.ana, "agreement").await.unwrap();
    let accepted = entity::fact::Entity::find()
        .filter(entity::fact::Column::Kind.eq("agreement.accepted"))
        .one(&room.rows)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(accepted.person_id, Some(id_of(&team.ana)));
    assert_eq!(
        accepted.detail,
        json!({ "agreement": "partner", "version": "2" })
    );
}

async fn steps_are_done_by_those_who_are_to_do_them(room: Room) {
    let team = room.team(PLAN).await;
    let step = room.step(&team, "agreement").await;
    let locked = submit::submit_step(&room.op(&team.ana), hand_in(&step, &[], "")).await;
    let Err(Error::Refused(faults)) = locked else {
        panic!("{locked:?}");
    };
    assert_eq!(faults[0].code, "LOCKED");
    assert_eq!(
        faults[0].message,
        "This step waits for others. To be done first: Profile."
    );
    let vendors = room.step(&team, "kickoff").await;
    let systems = room.step(&team, "basics").await;
    let partners = room.step(&team, "insurance").await;
    let wrong = refused_whole("WRONG_PERFORMER");
    let (ana, mia) = (room.op(&team.ana), room.op(&team.mia));
    for step in [&vendors, &systems] {
        let result = submit::submit_step(&ana, hand_in(step, &[], "")).await;
        assert_eq!(refused(result), wrong);
    }
    for step in [&partners, &systems] {
        let result = submit::complete_vendor_step(&mia, hand_in(step, &[], "")).await;
        assert_eq!(refused(result), wrong);
    }
    assert_eq!(
        refused(submit::save_step(&ana, hand_in(&systems, &[], "")).await),
        wrong
    );
    let result = submit::complete_vendor_step(&ana, hand_in(&vendors, &[], "")).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    let result = submit::submit_step(&mia, hand_in(&partners, &[], "x")).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    let auditor = room.op(&room.staff("Ida", VendorRole::Auditor).await);
    for word in [Word::SignOff, Word::Return, Word::Waive] {
        for op in [&ana, &auditor] {
            let result = word.say(op, review(&partners, "No.")).await;
            assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
        }
    }
}

async fn the_steps_of_others_are_as_absent_as_none(room: Room) {
    let team = room.team(PLAN).await;
    let other = room.partner(PartnerKind::Services, id_of(&team.mia)).await;
    let eve = room.member(other, "Eve", MemberRole::PartnerAdmin).await;
    let mut step = room.step(&team, "profile").await;
    let (eve, nobody) = (room.op(&eve), room.op(&Actor::Anonymous));
    for _ in 0..2 {
        let input = hand_in(&step, &good_answers(&step), "");
        let results = [
            submit::save_step(&eve, input.clone()).await,
            submit::submit_step(&eve, input.clone()).await,
            submit::complete_vendor_step(&eve, input.clone()).await,
            review::waive_step(&eve, review(&step, "No.")).await,
            review::sign_off_step(&eve, review(&step, "No.")).await,
            review::return_step(&eve, review(&step, "No.")).await,
        ];
        for result in results {
            assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
        }
        let result = submit::save_step(&nobody, input).await;
        assert!(matches!(result, Err(Error::Unauthenticated)), "{result:?}");
        // And now the same with a step that there is not.
        step.id = OnboardingStepId(Uuid::now_v7());
    }
}

async fn waiving_opens_what_waited(room: Room) {
    let team = room.team(PLAN).await;
    let profile = room.step(&team, "profile").await;
    let op = room.op(&team.mia);
    assert_eq!(
        refused(review::waive_step(&op, review(&profile, " ")).await),
        [("REQUIRED", "reason".to_owned())]
    );
    review::waive_step(&op, review(&profile, "We know you well."))
        .await
        .unwrap();
    says!(room.post().await, @r"
    step_waived Profile: Ana
    step_opened Agreement: Ana Ben
    ");
    assert_eq!(room.step(&team, "agreement").await.state, StepState::Open);
    let again = review::waive_step(&op, review(&profile, "Twice.")).await;
    assert_eq!(refused(again), refused_whole("ALREADY_DECIDED"));
    // What is locked can be waived as well, and whoever waives the rest has the partner active.
    let steps = room.steps(team.partner).await;
    for key in steps
        .iter()
        .rev()
        .map(|step| step.key.as_str())
        .filter(|key| *key != "profile")
    {
        let step = room.step(&team, key).await;
        review::waive_step(&op, review(&step, "Not needed."))
            .await
            .unwrap();
    }
    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap();
    assert_eq!(row.unwrap().state, PartnerState::Active);
    let facts = room.facts(team.partner).await;
    assert_eq!(
        facts.last().map(String::as_str),
        Some("onboarding.completed")
    );
}

async fn reminders_come_once_and_only_while_there_is_cause(room: Room) {
    let team = room.team(PLAN).await;
    let promised = || async {
        outbox_message::Entity::find()
            .filter(outbox_message::Column::Kind.is_in([StepDueSoon::KIND, StepOverdue::KIND]))
            .all(&room.rows)
            .await
            .unwrap()
            .len()
    };
    // Profile, insurance and kick-off are open: two reminders each, however often it is settled.
    assert_eq!(promised().await, 6);
    room.welcome(team.partner, id_of(&team.ben)).await;
    room.letters().await;
    assert_eq!(promised().await, 6);
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");

    // Approved on the 2nd: the profile is due on the 7th, so on the 4th at nine in Berlin.
    *room.now.lock().unwrap() = utc("2026-03-04T08:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @"step_due_soon Profile: Ana Ben");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");

    // The insurance is handed in before its reminder: there is no cause any more. When it is
    // overdue it is the reviewer who keeps it.
    room.hand_in(&team, &team.ana, "insurance").await.unwrap();
    room.letters().await;
    *room.now.lock().unwrap() = utc("2026-03-07T22:59:59.999999Z");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
    *room.now.lock().unwrap() = utc("2026-03-07T23:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @"step_overdue Profile: Ana Ben Mia");
    *room.now.lock().unwrap() = utc("2026-03-20T00:00:00Z");
    room.keep_reminders().await;
    says!(room.post().await, @r"
    step_overdue Insurance: Mia
    step_due_soon Kick-off: Mia
    step_overdue Kick-off: Mia
    ");
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
}

async fn a_step_that_opens_late_is_not_overdue_at_once(room: Room) {
    let team = room.team(PLAN).await;
    room.pass(Duration::days(30));
    room.keep_reminders().await;
    room.letters().await;
    room.hand_in(&team, &team.ana, "profile").await.unwrap();
    room.letters().await;
    room.keep_reminders().await;
    assert_eq!(room.post().await, "");
    room.pass(Duration::days(3));
    room.keep_reminders().await;
    says!(room.post().await, @"step_overdue Agreement: Ana Ben Mia");
}

async fn a_colleague_brings_what_they_have_learned(room: Room) {
    let rule = "{kind: CERTIFICATE_HELD, certification: seller, members: 1}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let other = room.partner(PartnerKind::Services, id_of(&team.mia)).await;
    let eve = room.member(other, "Eve", MemberRole::PartnerMember).await;
    let issued = Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: None,
    };
    room.learned(other, &eve, issued).await;
    room.welcome(team.partner, id_of(&team.ben)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    room.insert(membership::Model {
        id: MembershipId(Uuid::now_v7()),
        partner_id: team.partner,
        person_id: id_of(&eve),
        role: MemberRole::PartnerMember,
        state: MembershipState::Active,
        joined_at: room.now(),
        ended_at: None,
        version: 1,
    })
    .await;
    room.letters().await;
    room.welcome(team.partner, id_of(&eve)).await;
    says!(room.post().await, @r"
    onboarding_welcome -: Eve
    step_done Only: Ana Mia
    onboarding_complete -: Ana Ben Eve Mia
    ");
    let row = partner::Entity::find_by_id(team.partner)
        .one(&room.rows)
        .await
        .unwrap();
    assert_eq!(row.unwrap().state, PartnerState::Active);
}

async fn certificates_that_ran_out_or_were_revoked_do_not_count(room: Room) {
    let rule = "{kind: CERTIFICATE_HELD, certification: seller, members: 2}";
    let team = room.team(&one_step("SYSTEM", rule, false)).await;
    let issued = |days: i64| Detail::CertificateIssued {
        certification: "seller".to_owned(),
        valid_until: Some(utc("2026-03-02T09:00:00Z") + Duration::days(days)),
    };
    room.learned(team.partner, &team.ana, issued(10)).await;
    room.pass(Duration::days(10));
    room.learned(team.partner, &team.ben, issued(100)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Open);
    room.learned(team.partner, &team.ana, issued(100)).await;
    assert_eq!(room.step(&team, "only").await.state, StepState::Done);
}

async fn those_who_begin_are_welcomed_with_the_plan(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let version = room.publish(PLAN).await;
    let partner = room.partner(PartnerKind::Reseller, id_of(&mia)).await;
    room.start(partner, version, &mia).await.unwrap();
    // Nobody has a seat yet, but the vendor has something to do.
    assert_eq!(room.post().await, "step_opened Kick-off: Mia");
    let ana = room.member(partner, "Ana", MemberRole::PartnerAdmin).await;
    room.welcome(partner, id_of(&ana)).await;
    let letters = room.letters().await;
    let [
        (
            "Ana",
            Letter::OnboardingWelcome {
                owner, plan, steps, ..
            },
        ),
    ] = &letters[..]
    else {
        panic!("{letters:?}");
    };
    assert_eq!((owner.as_str(), plan.as_str()), ("Mia", "Every rule"));
    assert_eq!(steps.len(), 9);
    assert_eq!(steps[0].title, "Profile");
    assert_eq!(steps[0].due_on.to_string(), "2026-03-07");

    // Members of a partner that comes back have their seats already.
    let other = room.partner(PartnerKind::Reseller, id_of(&mia)).await;
    room.member(other, "Ben", MemberRole::PartnerMember).await;
    room.start(other, version, &mia).await.unwrap();
    says!(room.post().await, @r"
    onboarding_welcome -: Ben
    step_opened Profile: Ben
    step_opened Insurance: Ben
    step_opened Kick-off: Mia
    ");
}

async fn drafts_are_published_once_and_never_change(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let op = room.op(&mia);
    let draft = |text: &str, expected_version| SaveDraft {
        plan: Source::Yaml(text.to_owned()),
        expected_version,
    };
    let conflict = [("CONFLICT", "expectedVersion".to_owned())];
    let first = plan::save_draft(&op, draft(PLAN, None)).await.unwrap();
    assert_eq!(
        refused(plan::save_draft(&op, draft(PLAN, None)).await),
        conflict
    );
    assert_eq!(
        refused(plan::save_draft(&op, draft(PLAN, Some(2))).await),
        conflict
    );
    let longer = PLAN.replace("title: Profile", "title: Your profile");
    let again = plan::save_draft(&op, draft(&longer, Some(1)))
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(plan::export(&op, first).await.unwrap(), longer);
    assert_eq!(
        choose_for(&op.reader(), PartnerKind::Reseller, "EMEA", "en")
            .await
            .unwrap(),
        None
    );

    let stale = Publish {
        plan_version: first,
        expected_version: 1,
    };
    assert_eq!(refused(plan::publish(&op, stale).await), conflict);
    let input = Publish {
        plan_version: first,
        expected_version: 2,
    };
    plan::publish(&op, input.clone()).await.unwrap();
    assert_eq!(
        refused(plan::publish(&op, input).await),
        refused_whole("NOT_DRAFT")
    );
    assert_eq!(
        choose_for(&op.reader(), PartnerKind::Reseller, "EMEA", "en")
            .await
            .unwrap(),
        Some(first)
    );

    assert_eq!(
        refused(plan::save_draft(&op, draft(PLAN, Some(2))).await),
        conflict
    );
    let second = plan::save_draft(&op, draft(PLAN, None)).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(plan::export(&op, first).await.unwrap(), longer);
    let shape = plan::publish_document(&op, Source::Yaml(longer))
        .await
        .unwrap();
    assert_eq!(shape, first, "the published text is what is asked for");
    let other = PLAN.replace("title: Profile", "title: A third");
    let taken = plan::publish_document(&op, Source::Yaml(other)).await;
    assert_eq!(refused(taken), refused_whole("DRAFT_EXISTS"));

    let bad = draft(&PLAN.replace("dueDays: 5", "dueDays: 99999"), None);
    assert_eq!(
        refused(plan::save_draft(&op, bad).await),
        [("OUT_OF_RANGE", "steps.0.dueDays".to_owned())]
    );
    let auditor = room.op(&room.staff("Ida", VendorRole::Auditor).await);
    let result = plan::save_draft(&auditor, draft(PLAN, Some(1))).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
    assert!(plan::export(&auditor, first).await.is_ok());
    let member = signed_in(PersonId(Uuid::now_v7()), vec![], vec![]);
    let result = plan::export(&room.op(&member), first).await;
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
}

async fn two_who_write_the_same_plan_do_not_lose_a_draft(room: Room) {
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let save = |title: &str| {
        let op = room.op(&mia);
        let input = SaveDraft {
            plan: Source::Yaml(PLAN.replace("title: Profile", title)),
            expected_version: None,
        };
        tokio::spawn(async move { plan::save_draft(&op, input).await })
    };
    let (one, other) = tokio::join!(save("title: One"), save("title: Other"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(refused(lost), [("CONFLICT", "expectedVersion".to_owned())]);
}

async fn publishing_a_file_again_does_nothing(room: Room) {
    let first = room.publish(PLAN).await;
    assert_eq!(room.publish(PLAN).await, first);
    let rows = plan_version::Entity::find().all(&room.rows).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].author_id, None);
}

async fn the_sample_plans_are_chosen_for_whom_they_are_made(room: Room) {
    for sample in SAMPLES {
        room.publish(sample).await;
    }
    let reader = room.op(&Actor::System);
    for (kind, locale, slug) in [
        (PartnerKind::Reseller, "en", "reseller-en"),
        (PartnerKind::Reseller, "de-AT", "reseller-de"),
        (PartnerKind::Referral, "de", "reseller-de"),
        (PartnerKind::Services, "de", "services-de"),
        (PartnerKind::Technology, "en-GB", "services-en"),
        (PartnerKind::ManagedService, "en", "services-en"),
    ] {
        let id = choose_for(&reader.reader(), kind, "EMEA", locale)
            .await
            .unwrap();
        let text = plan::export(&reader, id.unwrap()).await.unwrap();
        assert!(
            text.contains(&format!("slug: {slug}\n")),
            "{kind:?} {locale}"
        );
    }
}

async fn the_report_counts_what_was_measured(room: Room) {
    let plan = format!(
        "{}  - {{key: second, title: Second, performer: VENDOR, dueDays: 2, requires: [only], rule: {{kind: MANUAL_SIGN_OFF}}}}\n",
        one_step("VENDOR", "{kind: MANUAL_SIGN_OFF}", false)
    );
    let mia = room.staff("Mia", VendorRole::PartnerManager).await;
    let version = room.publish(&plan).await;
    let begin = room.now();
    // The first step takes so many days, the second one day more; the last partner stays in it.
    let mut teams = Vec::new();
    for (kind, days) in [
        (PartnerKind::Reseller, 1),
        (PartnerKind::Reseller, 2),
        (PartnerKind::Services, 3),
        (PartnerKind::Services, 10),
    ] {
        let partner = room.partner(kind, id_of(&mia)).await;
        room.start(partner, version, &mia).await.unwrap();
        let mia = mia.clone();
        teams.push((
            days,
            Team {
                partner,
                ana: mia.clone(),
                ben: mia.clone(),
                mia,
            },
        ));
    }
    for day in 1..=10 {
        room.pass(Duration::days(1));
        for (days, team) in &teams {
            if day == *days {
                room.hand_in(team, &team.mia, "only").await.unwrap();
            } else if day == 2 * *days + 1 {
                room.hand_in(team, &team.mia, "second").await.unwrap();
            }
        }
    }
    let day = |n: i64| Duration::days(n).num_seconds();
    let op = room.op(&mia);
    let window = Window {
        from: begin,
        to: room.now() + Duration::seconds(1),
    };
    let time = report::time_to_onboard(&op, window).await.unwrap();
    let overall = time.overall.unwrap();
    assert_eq!(
        (overall.count, overall.median, overall.p90),
        (3, day(5), day(7))
    );
    assert!(!time.capped);
    let groups: Vec<_> = time
        .groups
        .iter()
        .map(|it| (it.kind, it.region.as_deref(), it.took.count, it.took.median))
        .collect();
    let (reseller, services) = (Some(PartnerKind::Reseller), Some(PartnerKind::Services));
    assert_eq!(
        groups,
        [
            (reseller, None, 2, day(3)),
            (services, None, 1, day(7)),
            (None, Some("EMEA"), 3, day(5)),
            (reseller, Some("EMEA"), 2, day(3)),
            (services, Some("EMEA"), 1, day(7)),
        ]
    );
    // The window's end does not belong to it.
    let early = Window {
        from: begin,
        to: begin + Duration::days(5),
    };
    let early = report::time_to_onboard(&op, early).await.unwrap();
    assert_eq!(early.overall.unwrap().count, 1);
    let none = Window {
        from: room.now() + Duration::days(1),
        to: room.now() + Duration::days(2),
    };
    assert_eq!(
        report::time_to_onboard(&op, none).await.unwrap().overall,
        None
    );

    let steps = report::hold_ups(&op, window).await.unwrap().steps;
    let lines: Vec<_> = steps
        .iter()
        .map(|it| {
            let took = it.took.unwrap();
            let oldest = it.oldest.map(|at| (at - begin).num_days());
            (
                it.step.as_str(),
                took.count,
                took.median,
                took.p90,
                it.open,
                oldest,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("only", 4, day(2), day(10), 0, None),
            ("second", 3, day(3), day(4), 1, Some(10)),
        ]
    );
    assert_eq!(
        (steps[0].plan.as_str(), steps[0].title.as_str()),
        ("small", "Only")
    );
    let member = signed_in(PersonId(Uuid::now_v7()), vec![], vec![]);
    let result = report::hold_ups(&room.op(&member), window).await;
    assert!(matches!(result, Err(Error::Forbidden)), "{result:?}");
}

/// A plan of one step.
fn one_step(performer: &str, rule: &str, needs_review: bool) -> String {
    format!(
        "slug: small\nname: Small\nlocale: en\nsteps:\n  - {{key: only, title: Only, performer: \
         {performer}, dueDays: 10, needsReview: {needs_review}, rule: {rule}}}\n"
    )
}
