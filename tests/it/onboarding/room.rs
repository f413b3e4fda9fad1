//! A portal with a vendor and partners on their way, without its shells.
//!
//! People, partners and seats are written as rows: how they come to be is told elsewhere. Steps,
//! plans and reminders are the product's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use entente::auth::{Actor, Assurance, Permission, Scope, SignedIn};
use entente::config::{self, Args, Config};
use entente::db::Db;
use entente::error::{Error, Result};
use entente::fact::{self, About, Detail};
use entente::notification::{Deliver, Letter, Reader};
use entente::onboarding::form::Answer;
use entente::onboarding::plan::{self, Source};
use entente::onboarding::remind::{self, StepDueSoon, StepOverdue};
use entente::onboarding::review::{self, Review};
use entente::onboarding::submit::{self, HandIn};
use entente::onboarding::{self as ways};
use entente::op::{Op, Origin};
use entente::outbox::Job;
use entity::id::{ApplicationId, OnboardingStepId, PartnerId, PersonId, PlanVersionId};
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::person::PersonState;
use entity::plan_step::Performer;
use entity::staff_role::VendorRole;
use entity::{
    application, membership, onboarding_step, outbox_message, partner, person, staff_role,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, Database, DatabaseConnection,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// A plan with every rule, short.
pub(super) const PLAN: &str = "
slug: every-rule
name: Every rule
locale: en
steps:
  - key: profile
    title: Profile
    performer: PARTNER
    dueDays: 5
    rule: {kind: FORM_FILLED}
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
pub(super) struct Room {
    pub(super) db: Db,
    pub(super) portal: config::Portal,
    /// For what other concepts write, and for looking.
    pub(super) rows: DatabaseConnection,
    pub(super) now: Mutex<DateTime<Utc>>,
    names: Mutex<BTreeMap<PersonId, &'static str>>,
    told: Mutex<usize>,
    _folder: TempDir,
}

/// A partner on its way, with two members and its manager.
pub(super) struct Team {
    pub(super) partner: PartnerId,
    /// Its admin.
    pub(super) ana: Actor,
    /// Its other member.
    pub(super) ben: Actor,
    /// Its owner.
    pub(super) mia: Actor,
}

/// An id of a row that the test writes.
#[expect(
    clippy::disallowed_methods,
    reason = "rows of other concepts, without a permit"
)]
pub(super) fn new<Id: From<Uuid>>() -> Id {
    Id::from(Uuid::now_v7())
}

pub(super) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn id_of(actor: &Actor) -> PersonId {
    actor.person().unwrap().id
}

impl Room {
    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::read(&Args::default(), [("", "")]).unwrap();
        let db = Db::open(&config.database, folder.path()).await.unwrap();
        let url = format!("sqlite://{}", folder.path().join("entente.db").display());
        Self::new(db, config.portal, &url, folder).await
    }

    /// None, and a loud word, where there is no server.
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    pub(super) async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("ENTENTE_TEST_POSTGRES_URL") else {
            println!("NOT RUN ON POSTGRESQL: set ENTENTE_TEST_POSTGRES_URL");
            return None;
        };
        let mut url: url::Url = server.parse().unwrap();
        let admin = Database::connect(url.as_str()).await.unwrap();
        let name = format!("onboarding_{}", new::<Uuid>().simple());
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        url.set_path(&name);
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::read(&Args::default(), [("", "")]).unwrap();
        config.database.url = Some(url.clone());
        let db = Db::open(&config.database, folder.path()).await.unwrap();
        Some(Self::new(db, config.portal, url.as_str(), folder).await)
    }

    async fn new(db: Db, portal: config::Portal, url: &str, folder: TempDir) -> Self {
        db.migrate().await.unwrap();
        Self {
            db,
            portal,
            rows: Database::connect(url).await.unwrap(),
            now: Mutex::new(utc("2026-03-02T09:00:00Z")),
            names: Mutex::default(),
            told: Mutex::default(),
            _folder: folder,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(super) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// What `actor` does next: every operation has an instant of its own.
    pub(super) fn op(&self, actor: &Actor) -> Op {
        self.pass(Duration::microseconds(1));
        let (db, key) = (self.db.clone(), [7; 32].into());
        Op::new(db, key, actor.clone(), self.now(), Origin::default())
    }

    pub(super) async fn insert<A>(&self, row: impl IntoActiveModel<A>)
    where
        A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let row = row.into_active_model().reset_all();
        row.insert(&self.rows).await.unwrap();
    }

    pub(super) async fn person(&self, name: &'static str) -> PersonId {
        let id: PersonId = new();
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

    pub(super) async fn staff(&self, name: &'static str, role: VendorRole) -> Actor {
        let id = self.person(name).await;
        self.insert(staff_role::Model {
            id: new(),
            person_id: id,
            role,
            granted_at: self.now(),
        })
        .await;
        signed_in(id, vec![role], vec![])
    }

    pub(super) async fn member(
        &self,
        partner: PartnerId,
        name: &'static str,
        role: MemberRole,
    ) -> Actor {
        let id = self.person(name).await;
        self.insert(membership::Model {
            id: new(),
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

    /// The member's seat ends.
    pub(super) async fn leaves(&self, team: &Team, who: &Actor) {
        membership::Entity::update_many()
            .set(membership::ActiveModel {
                state: ActiveValue::Set(MembershipState::Deactivated),
                ended_at: ActiveValue::Set(Some(self.now())),
                ..Default::default()
            })
            .filter(membership::Column::PartnerId.eq(team.partner))
            .filter(membership::Column::PersonId.eq(id_of(who)))
            .exec(&self.rows)
            .await
            .unwrap();
    }

    /// A partner that was let in just now.
    pub(super) async fn partner(&self, kind: PartnerKind, owner: PersonId) -> PartnerId {
        let application: ApplicationId = new();
        let id: PartnerId = new();
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
            logo_id: None,
            hides_advancement: false,
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
            factor_required: false,
            activated_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        })
        .await;
        id
    }

    /// Publishes a plan as the command line does.
    pub(super) async fn publish(&self, text: &str) -> PlanVersionId {
        let source = Source::Yaml(text.to_owned());
        plan::publish_document(&self.op(&Actor::System), &self.portal, source)
            .await
            .unwrap()
    }

    pub(super) async fn start(
        &self,
        partner: PartnerId,
        version: PlanVersionId,
        by: &Actor,
    ) -> Result<()> {
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
    pub(super) async fn team(&self, plan: &str) -> Team {
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

    pub(super) async fn welcome(&self, partner: PartnerId, person: PersonId) {
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
    pub(super) async fn learned(&self, partner: PartnerId, who: &Actor, detail: Detail) -> Uuid {
        let subject = new();
        self.happened(partner, who, subject, detail).await;
        subject
    }

    /// The same about a row that is there, such as the certificate that is revoked.
    pub(super) async fn happened(
        &self,
        partner: PartnerId,
        who: &Actor,
        subject: Uuid,
        detail: Detail,
    ) {
        self.op(&Actor::System)
            .unit(
                (partner, id_of(who), subject, detail),
                |tx, (partner, who, subject, detail)| {
                    Box::pin(async move {
                        let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                        let about = About {
                            partner: None,
                            person: Some(*who),
                            subject: *subject,
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
    pub(super) async fn keep_reminders(&self) {
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
    pub(super) async fn letters(&self) -> Vec<(&'static str, Letter)> {
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
    pub(super) async fn post(&self) -> String {
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

    pub(super) async fn steps(&self, partner: PartnerId) -> Vec<onboarding_step::Model> {
        onboarding_step::Entity::find()
            .filter(onboarding_step::Column::PartnerId.eq(partner))
            .order_by_asc(onboarding_step::Column::Position)
            .all(&self.rows)
            .await
            .unwrap()
    }

    pub(super) async fn step(&self, team: &Team, key: &str) -> onboarding_step::Model {
        let steps = self.steps(team.partner).await;
        steps.into_iter().find(|step| step.key == key).unwrap()
    }

    /// Keys of the steps by state, those in no state but LOCKED left out.
    pub(super) async fn states(&self, partner: PartnerId) -> String {
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
    pub(super) async fn hand_in(
        &self,
        team: &Team,
        by: &Actor,
        key: &str,
    ) -> Result<OnboardingStepId> {
        let step = self.step(team, key).await;
        let input = hand_in(&step, &good_answers(&step), "Done, see our notes.");
        if step.performer == Performer::Vendor {
            submit::complete_vendor_step(&self.op(by), input).await
        } else {
            submit::submit_step(&self.op(by), input).await
        }
    }

    pub(super) async fn facts(&self, partner: PartnerId) -> Vec<String> {
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

pub(super) fn signed_in(
    id: PersonId,
    roles: Vec<VendorRole>,
    seats: Vec<(PartnerId, MemberRole)>,
) -> Actor {
    let session = new();
    Actor::Person(Arc::new(SignedIn {
        id,
        session,
        roles,
        seats,
        assurance: Assurance::Recent,
    }))
}

pub(super) fn answers(pairs: &[(&str, &str)]) -> Vec<Answer> {
    let answer = |(question, value): &(&str, &str)| Answer {
        question: (*question).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(answer).collect()
}

pub(super) fn good_answers(step: &onboarding_step::Model) -> Vec<Answer> {
    match step.rule["kind"].as_str() {
        Some("FORM_FILLED") => answers(&[("name", "Nordwind"), ("size", "small")]),
        _ => Vec::new(),
    }
}

pub(super) fn hand_in(step: &onboarding_step::Model, answers: &[Answer], evidence: &str) -> HandIn {
    HandIn {
        document: None,
        step: step.id,
        answers: Some(answers.to_vec()),
        evidence: Some(evidence.to_owned()),
        expected_version: step.version,
    }
}

pub(super) fn review(step: &onboarding_step::Model, reason: &str) -> Review {
    Review {
        step: step.id,
        reason: reason.to_owned(),
        fields: Vec::new(),
        comments: Vec::new(),
        expected_version: step.version,
    }
}

/// Codes and paths of the refusals.
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<(&'static str, String)> {
    match result {
        Err(Error::Refused(faults)) => faults
            .into_iter()
            .map(|fault| (fault.code, fault.field.join(".")))
            .collect(),
        other => panic!("it was not refused: {other:?}"),
    }
}

pub(super) fn refused_whole(code: &'static str) -> Vec<(&'static str, String)> {
    vec![(code, String::new())]
}

/// What a reviewer can say.
#[derive(Clone, Copy)]
pub(super) enum Word {
    SignOff,
    Return,
    Waive,
}

impl Word {
    pub(super) async fn say(self, op: &Op, review: Review) -> Result<OnboardingStepId> {
        match self {
            Self::SignOff => review::sign_off_step(op, review).await,
            Self::Return => review::return_step(op, review).await,
            Self::Waive => review::waive_step(op, review).await,
        }
    }
}

/// A plan of one step.
pub(super) fn one_step(performer: &str, rule: &str, needs_review: bool) -> String {
    format!(
        "slug: small\nname: Small\nlocale: en\nsteps:\n  - {{key: only, title: Only, performer: \
         {performer}, dueDays: 10, needsReview: {needs_review}, rule: {rule}}}\n"
    )
}
