//! A portal full of rows: of every kind, in every state, many of them alike, written in no order.

mod case_studies;
mod files;
mod learning;
mod playbooks;
mod programs;
mod team;
mod library;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entente::config;
use entente::db::Db;
use entity::application::ApplicationState;
use entity::id::{ApplicationId, PartnerId, PersonId, PlanVersionId};
use entity::invitation::InvitationState;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::plan_version::PlanVersionState;
use entity::staff_role::VendorRole;
use entity::verdict::{Outcome, SubjectKind};
use entity::*;
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    EntityTrait, IntoActiveModel, Iterable, TransactionTrait,
};
use serde_json::json;
use uuid::Uuid;

/// Numbers that are the same in every run.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    /// Once in `n` times.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn any<T: Iterable>(&mut self) -> T {
        let all: Vec<T> = T::iter().collect();
        all.into_iter().nth(self.below(T::iter().count())).unwrap()
    }

    fn key<Id: From<Uuid>>(&mut self) -> Id {
        Id::from(uuid::Builder::from_random_bytes(self.bytes()).into_uuid())
    }

    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }

    /// One of a few instants, so that many rows share theirs.
    fn instant(&mut self) -> DateTime<Utc> {
        let steps = [
            0,
            0,
            1,
            1_000,
            1_000_000,
            86_400_000_000,
            86_400_500_000,
            400_000_000_001,
        ];
        start() + TimeDelta::microseconds(*self.pick(&steps))
    }

    fn perhaps(&mut self, one_in: usize) -> Option<DateTime<Utc>> {
        self.one_in(one_in).then(|| self.instant())
    }
}

pub(super) fn start() -> DateTime<Utc> {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

/// The instant of every operation of the tests: before some of the rows' instants, after others.
pub(super) fn now() -> DateTime<Utc> {
    start() + TimeDelta::hours(24)
}

/// A database with its own folder or its own database on the server.
pub(super) struct House {
    pub(super) name: &'static str,
    pub(super) db: Db,
    /// Writes what no action would.
    pub(super) writer: DatabaseConnection,
    _folder: tempfile::TempDir,
}

/// SQLite always; PostgreSQL where the environment names one, and a word where it does not.
pub(super) async fn houses(test: &str) -> Vec<House> {
    let mut houses = vec![sqlite().await];
    match postgres().await {
        Some(house) => houses.push(house),
        None => println!("SKIPPED ON POSTGRESQL: {test}; set ENTENTE_TEST_POSTGRES_URL"),
    }
    houses
}

pub(super) async fn sqlite() -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("entente.db").display());
    open("SQLite", folder, None, url).await
}

/// A fresh database on the server of `ENTENTE_TEST_POSTGRES_URL`.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub(super) async fn postgres() -> Option<House> {
    let server = std::env::var("ENTENTE_TEST_POSTGRES_URL").ok()?;
    let name = format!("reads_{}", getrandom::u64().unwrap());
    let mut url: url::Url = server.parse().unwrap();
    let admin = Database::connect(server).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    url.set_path(&name);
    let folder = tempfile::tempdir().unwrap();
    Some(open("PostgreSQL", folder, Some(url.clone()), url.to_string()).await)
}

async fn open(
    name: &'static str,
    folder: tempfile::TempDir,
    server: Option<url::Url>,
    url: String,
) -> House {
    let config = config::Database {
        url: server,
        writers: 2,
        readers: 4,
        acquire_timeout: 10,
    };
    let db = Db::open(&config, folder.path()).await.unwrap();
    db.migrate().await.unwrap();
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    House {
        name,
        db,
        writer: Database::connect(options).await.unwrap(),
        _folder: folder,
    }
}

/// Every row of a small portal, read back row by row: what the slow reader reads.
#[derive(Default)]
pub(super) struct World {
    pub(super) application: Vec<application::Model>,
    pub(super) audit_entry: Vec<audit_entry::Model>,
    pub(super) fact: Vec<fact::Model>,
    pub(super) invitation: Vec<invitation::Model>,
    pub(super) letter_preference: Vec<letter_preference::Model>,
    pub(super) factor: Vec<factor::Model>,
    pub(super) recovery_code: Vec<recovery_code::Model>,
    pub(super) membership: Vec<membership::Model>,
    pub(super) notification: Vec<notification::Model>,
    pub(super) onboarding: Vec<onboarding::Model>,
    pub(super) onboarding_plan: Vec<onboarding_plan::Model>,
    pub(super) onboarding_step: Vec<onboarding_step::Model>,
    pub(super) outbox_message: Vec<outbox_message::Model>,
    pub(super) partner: Vec<partner::Model>,
    pub(super) person: Vec<person::Model>,
    pub(super) plan_step: Vec<plan_step::Model>,
    pub(super) plan_version: Vec<plan_version::Model>,
    pub(super) session: Vec<session::Model>,
    pub(super) staff_role: Vec<staff_role::Model>,
    pub(super) suppression: Vec<suppression::Model>,
    pub(super) verdict: Vec<verdict::Model>,
    pub(super) course: Vec<course::Model>,
    pub(super) course_version: Vec<course_version::Model>,
    pub(super) course_module: Vec<course_module::Model>,
    pub(super) file: Vec<file::Model>,
    pub(super) file_use: Vec<file_use::Model>,
    pub(super) lesson: Vec<lesson::Model>,
    pub(super) learning_path: Vec<learning_path::Model>,
    pub(super) learning_path_course: Vec<learning_path_course::Model>,
    pub(super) enrollment: Vec<enrollment::Model>,
    pub(super) lesson_progress: Vec<lesson_progress::Model>,
    pub(super) quiz_attempt: Vec<quiz_attempt::Model>,
    pub(super) certification: Vec<certification::Model>,
    pub(super) certificate: Vec<certificate::Model>,
    pub(super) certificate_correction: Vec<certificate_correction::Model>,
    pub(super) certification_evidence: Vec<certification_evidence::Model>,
    pub(super) playbook: Vec<playbook::Model>,
    pub(super) playbook_version: Vec<playbook_version::Model>,
    pub(super) playbook_section: Vec<playbook_section::Model>,
    pub(super) playbook_acknowledgement: Vec<playbook_acknowledgement::Model>,
    pub(super) case_study: Vec<case_study::Model>,
    pub(super) case_study_contributor: Vec<case_study_contributor::Model>,
    pub(super) case_study_consent: Vec<case_study_consent::Model>,
    pub(super) asset: Vec<asset::Model>,
    pub(super) asset_version: Vec<asset_version::Model>,
    pub(super) asset_co_branding: Vec<asset_co_branding::Model>,
    pub(super) asset_download: Vec<asset_download::Model>,
    pub(super) asset_collection: Vec<asset_collection::Model>,
    pub(super) asset_collection_item: Vec<asset_collection_item::Model>,
    pub(super) field_note: Vec<field_note::Model>,
    pub(super) field_note_change: Vec<field_note_change::Model>,
    pub(super) field_note_endorsement: Vec<field_note_endorsement::Model>,
    pub(super) program: Vec<program::Model>,
    pub(super) program_version: Vec<program_version::Model>,
    pub(super) program_notice: Vec<program_notice::Model>,
    pub(super) program_review: Vec<program_review::Model>,
    pub(super) evaluation: Vec<evaluation::Model>,
    pub(super) standing_override: Vec<standing_override::Model>,
    pub(super) standing: Vec<standing::Model>,
    pub(super) standing_move: Vec<standing_move::Model>,
    pub(super) appeal: Vec<appeal::Model>,
    pub(super) recognition: Vec<recognition::Model>,
}

macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        impl World {
            /// Writes all rows, each table in its own order.
            pub(super) async fn write(&self, to: &DatabaseConnection) {
                let to = to.begin().await.unwrap();
                // Partners and their files point at each other.
                let all_at_once = if to.get_database_backend() == DbBackend::Postgres {
                    "SET LOCAL session_replication_role = replica"
                } else {
                    "PRAGMA defer_foreign_keys = ON"
                };
                to.execute_unprepared(all_at_once).await.unwrap();
                // Many at once, and not more than values fit into one statement.
                $(for rows in self.$table.chunks(500) {
                    let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
                    let insert = $table::Entity::insert_many(rows);
                    insert.exec_without_returning(&to).await.unwrap();
                })+
                to.commit().await.unwrap();
            }

            /// Reads all rows back, so that what the database makes of a value is known.
            pub(super) async fn read(from: &DatabaseConnection) -> Self {
                Self { $($table: $table::Entity::find().all(from).await.unwrap()),+ }
            }
        }
    };
}
// In the order in which they point at each other.
tables!(
    person,
    staff_role,
    session,
    application,
    partner,
    membership,
    invitation,
    verdict,
    onboarding_plan,
    plan_version,
    plan_step,
    onboarding,
    onboarding_step,
    fact,
    audit_entry,
    notification,
    letter_preference,
    factor,
    recovery_code,
    outbox_message,
    suppression,
    course,
    course_version,
    course_module,
    file,
    file_use,
    lesson,
    learning_path,
    learning_path_course,
    enrollment,
    lesson_progress,
    quiz_attempt,
    certification,
    certificate,
    certificate_correction,
    certification_evidence,
    playbook,
    playbook_version,
    playbook_section,
    playbook_acknowledgement,
    case_study,
    case_study_contributor,
    case_study_consent,
    asset,
    asset_version,
    asset_co_branding,
    asset_download,
    asset_collection,
    asset_collection_item,
    field_note,
    field_note_change,
    field_note_endorsement,
    program,
    program_version,
    program_notice,
    program_review,
    evaluation,
    standing_override,
    standing,
    standing_move,
    appeal,
    recognition,
);

const NAMES: [&str; 8] = [
    "Alpha GmbH",
    "alpha gmbh",
    "Béta \"quoted\"",
    "Gamma_100%",
    "Delta\\Sons",
    "Épsilon",
    "Zeta",
    "Zeta",
];
/// Completion rules, as plans are stored.
fn rules() -> [serde_json::Value; 4] {
    [
        json!({ "kind": "FORM_FILLED" }),
        json!({ "kind": "AGREEMENT_ACCEPTED", "agreement": "terms", "version": "2" }),
        json!({ "kind": "CERTIFICATE_HELD", "certification": "sales", "members": 3 }),
        json!({ "kind": "MANUAL_SIGN_OFF" }),
    ]
}

/// The forms of steps, with and without what may be left out.
fn forms() -> [serde_json::Value; 2] {
    let size =
        json!({ "key": "size", "label": "How \"many\"?", "type": "NUMBER", "required": true });
    let area = json!({ "key": "area", "label": "Wo é", "type": "CHOICE", "choices": ["a", "é"] });
    [
        json!({ "questions": [] }),
        json!({ "questions": [size, area] }),
    ]
}

/// What was said of single fields.
fn comments(chance: &mut Chance) -> serde_json::Value {
    let said = json!([{ "field": "why", "text": "Say \"more\", é." }]);
    chance.pick(&[json!([]), said]).clone()
}

const KINDS: [&str; 3] = ["onboarding.step_done", "member.joined", "form.filled"];

impl World {
    /// A world of that size, the same for the same seed.
    #[expect(clippy::too_many_lines, reason = "everything that a portal can have")]
    pub(super) fn random(seed: u64, partners: usize) -> Self {
        let chance = &mut Chance::new(seed);
        let mut world = Self::default();
        for nth in 0..partners * 3 {
            world.person.push(person::Model {
                id: chance.key(),
                email: format!("person{nth}@example.test"),
                name: (*chance.pick(&NAMES)).to_owned(),
                locale: (*chance.pick(&["en", "de"])).to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                password_hash: Some("never shown".to_owned()),
                state: chance.any(),
                session_epoch: 1,
                email_confirmed_at: chance.perhaps(2),
                created_at: chance.instant(),
                updated_at: chance.instant(),
                version: 1,
            });
        }
        for person in &world.person {
            for letter in ["step_done", "step_opened"] {
                if chance.one_in(3) {
                    world.letter_preference.push(letter_preference::Model {
                        id: chance.key(),
                        person_id: person.id,
                        letter: letter.to_owned(),
                        wanted: chance.one_in(2),
                        changed_at: chance.instant(),
                    });
                }
            }
        }
        let people: Vec<PersonId> = world.person.iter().map(|row| row.id).collect();
        for (person, role) in people.iter().zip(VendorRole::iter().cycle()).take(8) {
            world.staff_role.push(staff_role::Model {
                id: chance.key(),
                person_id: *person,
                role,
                granted_at: start(),
            });
        }
        for _ in 0..partners * 2 {
            world.session.push(session::Model {
                id: chance.key(),
                person_id: *chance.pick(&people),
                created_at: chance.instant(),
                used_at: chance.instant(),
                expires_at: chance.instant(),
                ended_at: chance.perhaps(2),
                end_reason: chance.one_in(2).then(|| "SIGNED_OUT".to_owned()),
                user_agent: "Firefox".to_owned(),
                address: "192.0.2.1".to_owned(),
                used_from: "192.0.2.2".to_owned(),
                proven_at: chance.perhaps(2),
            });
            world.factor.push(factor::Model {
                id: chance.key(),
                person_id: *chance.pick(&people),
                kind: chance.any(),
                name: format!("Phone {}", chance.below(3)),
                created_at: chance.instant(),
                confirmed_at: chance.perhaps(2),
                used_at: chance.perhaps(2),
                last_step: None,
                ceremony: None,
                credential_id: None,
                credential: None,
                counter: None,
            });
            world.recovery_code.push(recovery_code::Model {
                id: chance.key(),
                person_id: *chance.pick(&people),
                code_hash: chance.next().to_string(),
                created_at: chance.instant(),
                used_at: chance.perhaps(2),
            });
            world.notification.push(notification::Model {
                id: chance.key(),
                person_id: *chance.pick(&people),
                partner_id: None,
                kind: "step_done".to_owned(),
                letter: json!({ "kind": "step_done", "left": chance.below(3), "a": null }),
                created_at: chance.instant(),
                read_at: chance.perhaps(2),
            });
        }
        for nth in 0..partners * 2 {
            world.add_letter(chance, nth, &people);
        }
        for nth in 0..partners * 2 {
            world.add_application(chance, nth, &people);
        }
        let versions = world.add_plans(chance, &people);
        let applications: Vec<ApplicationId> = world.application.iter().map(|row| row.id).collect();
        for application in applications.iter().take(partners) {
            world.add_partner(chance, *application, &people, &versions);
        }
        world.add_learning(chance, &people);
        world.add_playbooks(chance, &people);
        world.add_case_studies(chance, &people);
        world.add_library(chance, &people);
        world.add_field_notes(chance, &people);
        world.add_programs(chance, &people);
        world
    }

    /// A letter in any state, and perhaps an address to which none is sent on account of it.
    fn add_letter(&mut self, chance: &mut Chance, nth: usize, people: &[PersonId]) {
        let id = chance.key();
        let has_account = chance.one_in(2);
        let is_letter = !chance.one_in(4);
        self.outbox_message.push(outbox_message::Model {
            id,
            kind: if is_letter { "letter" } else { "mail.purge" }.to_owned(),
            payload: json!({ "secret": "never shown" }),
            once_key: None,
            attempts: i32::try_from(chance.below(12)).unwrap(),
            available_at: chance.instant(),
            lease: None,
            leased_until: None,
            created_at: chance.instant(),
            done_at: None,
            dead_at: (!chance.one_in(3)).then(|| chance.instant()),
            last_error: chance.one_in(2).then(|| "552 \"full\"".to_owned()),
            letter: is_letter.then(|| "step_done".to_owned()),
            person_id: has_account.then(|| *chance.pick(people)),
            masked_address: (!has_account).then(|| "a…@example.test".to_owned()),
            emptied_at: chance.perhaps(3),
        });
        if chance.one_in(2) {
            let lifted_at = chance.perhaps(2);
            self.suppression.push(suppression::Model {
                id: chance.key(),
                address: format!("lost{nth}@example.test"),
                reason: chance.any(),
                reply: "550 no such \"mailbox\"".to_owned(),
                letter_id: id,
                created_at: chance.instant(),
                lifted_at,
                lifted_by: lifted_at.map(|_| *chance.pick(people)),
            });
        }
    }

    fn add_application(&mut self, chance: &mut Chance, nth: usize, people: &[PersonId]) {
        let state: ApplicationState = chance.any();
        let decided = matches!(
            state,
            ApplicationState::Approved | ApplicationState::Rejected
        );
        let id = chance.key::<ApplicationId>();
        self.application.push(application::Model {
            id,
            legal_name: (*chance.pick(&NAMES)).to_owned(),
            normalized_name: format!("name {}", chance.below(5)),
            website: "https://example.test/".to_owned(),
            domain: format!("host{}.example.test", nth % 5),
            country: (*chance.pick(&["DE", "FR"])).to_owned(),
            kind: chance.any(),
            regions: json!(["EMEA", "APAC"]),
            time_zone: "Europe/Paris".to_owned(),
            locale: "en".to_owned(),
            contact_name: "Zoë \"Z\"".to_owned(),
            contact_email: format!("contact{nth}@example.test"),
            why: "Because,\nsimply.".to_owned(),
            terms_version: "2026-01".to_owned(),
            terms_accepted_at: chance.instant(),
            state,
            email_confirmed_at: chance.perhaps(2),
            submitted_at: chance.instant(),
            reviewer_id: chance.one_in(2).then(|| *chance.pick(people)),
            decided_at: decided.then(|| chance.instant()),
            welcome_again_on: chance.one_in(3).then(|| day(chance.below(40))),
            created_at: chance.instant(),
            updated_at: chance.instant(),
            version: 2,
        });
        if chance.one_in(2) {
            self.verdict.push(verdict::Model {
                id: chance.key(),
                partner_id: None,
                subject_kind: SubjectKind::Application,
                subject_id: id.0,
                revision: 1,
                outcome: chance.any(),
                reason: "Mend it.".to_owned(),
                fields: json!(["website"]),
                comments: comments(chance),
                reviewer_id: *chance.pick(people),
                decided_at: chance.instant(),
                person_id: None,
            });
        }
    }

    /// Two plans, the first in two versions, with steps; answers the versions with their steps.
    fn add_plans(&mut self, chance: &mut Chance, people: &[PersonId]) -> Vec<PlanVersionId> {
        let mut versions = Vec::new();
        for (slug, states) in [
            (
                "standard",
                &[PlanVersionState::Retired, PlanVersionState::Published][..],
            ),
            (
                "express",
                &[PlanVersionState::Published, PlanVersionState::Draft][..],
            ),
        ] {
            let plan = onboarding_plan::Model {
                id: chance.key(),
                slug: slug.to_owned(),
                name: slug.to_uppercase(),
                created_at: chance.instant(),
            };
            for (index, state) in states.iter().enumerate() {
                let version = plan_version::Model {
                    id: chance.key(),
                    plan_id: plan.id,
                    number: i32::try_from(index).unwrap() + 1,
                    state: *state,
                    locale: "en".to_owned(),
                    kinds: json!(["RESELLER"]),
                    regions: json!([]),
                    document: "steps: []".to_owned(),
                    author_id: chance.one_in(2).then(|| *chance.pick(people)),
                    created_at: chance.instant(),
                    published_at: (*state != PlanVersionState::Draft).then(|| chance.instant()),
                    version: 1,
                };
                for position in 1..=4 {
                    self.plan_step.push(plan_step::Model {
                        id: chance.key(),
                        plan_version_id: version.id,
                        key: format!("step-{position}"),
                        position,
                        title: format!("Step {position}"),
                        instructions: "*Do* it.".to_owned(),
                        performer: chance.any(),
                        rule: chance.pick(&rules()).clone(),
                        form: chance.pick(&forms()).clone(),
                        requires: json!([]),
                        needs_review: chance.one_in(2),
                        due_days: position * 7,
                    });
                }
                versions.push(version.id);
                self.plan_version.push(version);
            }
            self.onboarding_plan.push(plan);
        }
        versions
    }

    #[expect(clippy::too_many_lines, reason = "everything that hangs on a partner")]
    fn add_partner(
        &mut self,
        chance: &mut Chance,
        application: ApplicationId,
        people: &[PersonId],
        versions: &[PlanVersionId],
    ) {
        let id = chance.key::<PartnerId>();
        self.partner.push(partner::Model {
            logo_id: None,
            hides_advancement: false,
            id,
            application_id: application,
            legal_name: (*chance.pick(&NAMES)).to_owned(),
            normalized_name: format!("name {}", chance.below(5)),
            website: "https://example.test/".to_owned(),
            domain: format!("host{}.example.test", chance.below(5)),
            country: (*chance.pick(&["DE", "FR"])).to_owned(),
            kind: chance.any::<PartnerKind>(),
            region: (*chance.pick(&["EMEA", "APAC", "EU_1"])).to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            locale: "de".to_owned(),
            state: chance.any::<PartnerState>(),
            owner_id: people[chance.below(4)],
            approved_at: chance.instant(),
            factor_required: chance.one_in(2),
            activated_at: chance.perhaps(2),
            created_at: chance.instant(),
            updated_at: chance.instant(),
            version: 3,
        });
        let members = 2 + chance.below(4);
        let first = chance.below(people.len());
        for nth in 0..members {
            let ended = chance.perhaps(4);
            self.membership.push(membership::Model {
                id: chance.key(),
                partner_id: id,
                person_id: people[(first + nth) % people.len()],
                role: chance.any::<MemberRole>(),
                state: if ended.is_some() {
                    MembershipState::Deactivated
                } else {
                    MembershipState::Active
                },
                joined_at: chance.instant(),
                ended_at: ended,
                version: 1,
            });
        }
        for nth in 0..chance.below(3) {
            let state: InvitationState = chance.any();
            self.invitation.push(invitation::Model {
                id: chance.key(),
                partner_id: Some(id),
                email: format!("guest{nth}@example.test"),
                name: "Guest".to_owned(),
                member_role: Some(chance.any()),
                vendor_roles: json!([]),
                locale: "en".to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                state,
                invited_by: chance.one_in(2).then(|| *chance.pick(people)),
                created_at: chance.instant(),
                expires_at: chance.instant(),
                closed_at: (state != InvitationState::Pending).then(|| chance.instant()),
                accepted_by: chance.one_in(2).then(|| *chance.pick(people)),
            });
        }
        self.invitation.push(invitation::Model {
            id: chance.key(),
            partner_id: None,
            email: "staff@example.test".to_owned(),
            name: "Colleague".to_owned(),
            member_role: None,
            vendor_roles: json!(["ADMIN", "FINANCE"]),
            locale: "en".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            state: InvitationState::Pending,
            invited_by: None,
            created_at: chance.instant(),
            expires_at: chance.instant(),
            closed_at: None,
            accepted_by: None,
        });
        // A partner may have come back: one onboarding that ended, one that runs.
        for completed in [true, false] {
            if chance.one_in(2) {
                let version = *chance.pick(versions);
                let completed = completed.then(|| chance.instant());
                self.add_onboarding(chance, id, version, completed, people);
            }
        }
        let mut corrected = None;
        for _ in 0..chance.below(5) {
            self.fact.push(fact::Model {
                id: chance.key(),
                kind: (*chance.pick(&KINDS)).to_owned(),
                partner_id: (!chance.one_in(6)).then_some(id),
                person_id: chance.one_in(2).then(|| *chance.pick(people)),
                subject_id: id.0,
                detail: json!({ "step": "a", "n": chance.below(9) }),
                occurred_at: chance.instant(),
                recorded_at: chance.instant(),
                recorded_by: chance.one_in(2).then(|| *chance.pick(people)),
                corrects_id: corrected.take(),
                source: chance.one_in(2).then(|| "crm".to_owned()),
                external_id: None,
            });
            let fact = self.fact.last_mut().unwrap();
            fact.external_id = fact.source.as_ref().map(|_| format!("x-{}", fact.id));
            corrected = chance.one_in(3).then_some(fact.id);
            self.audit_entry.push(audit_entry::Model {
                id: chance.key(),
                at: chance.instant(),
                actor_kind: "PERSON".to_owned(),
                actor_id: Some(*chance.pick(people)),
                action: (*chance.pick(&["EditPartner", "ReviewStep"])).to_owned(),
                partner_id: chance.one_in(2).then_some(id),
                subject_kind: "Partner".to_owned(),
                subject_id: id.0,
                change: json!({ "before": null, "after": { "z": 1, "a": 2 } }),
                request_id: "r1".to_owned(),
                address: "192.0.2.7".to_owned(),
                chain: None,
                seq: None,
                salt: None,
                personal: None,
                hash: None,
            });
        }
        let line = self.notification.len();
        if let Some(row) = self.notification.get_mut(chance.below(line)) {
            row.partner_id = Some(id);
        }
    }

    fn add_onboarding(
        &mut self,
        chance: &mut Chance,
        partner: PartnerId,
        version: PlanVersionId,
        completed: Option<DateTime<Utc>>,
        people: &[PersonId],
    ) {
        let onboarding = onboarding::Model {
            id: chance.key(),
            partner_id: partner,
            plan_version_id: version,
            started_at: chance.instant(),
            completed_at: completed,
        };
        let of_version = self
            .plan_step
            .iter()
            .filter(|step| step.plan_version_id == version);
        for step in of_version.cloned().collect::<Vec<_>>() {
            let state: StepState = chance.any();
            let closed = matches!(state, StepState::Done | StepState::Waived);
            let id = chance.key::<entity::id::OnboardingStepId>();
            self.onboarding_step.push(onboarding_step::Model {
                document_id: None,
                id,
                partner_id: partner,
                onboarding_id: onboarding.id,
                plan_step_id: step.id,
                key: step.key,
                position: step.position,
                title: step.title,
                instructions: step.instructions,
                performer: step.performer,
                rule: step.rule,
                form: step.form,
                requires: step.requires,
                needs_review: step.needs_review,
                state,
                due_at: chance.instant(),
                due_on: day(chance.below(30)),
                opened_at: (state != StepState::Locked).then(|| chance.instant()),
                submitted_at: chance.perhaps(2),
                submitted_by: chance.one_in(2).then(|| *chance.pick(people)),
                closed_at: closed.then(|| chance.instant()),
                answers: chance
                    .pick(&[json!({}), json!({ "size": "10", "area": "é" })])
                    .clone(),
                evidence: String::new(),
                updated_at: chance.instant(),
                version: 1,
            });
            for revision in 0..chance.below(3) {
                self.verdict.push(verdict::Model {
                    id: chance.key(),
                    partner_id: Some(partner),
                    subject_kind: SubjectKind::OnboardingStep,
                    subject_id: id.0,
                    revision: i32::try_from(revision).unwrap(),
                    outcome: chance.any::<Outcome>(),
                    reason: "Thus.".to_owned(),
                    fields: json!([]),
                    comments: comments(chance),
                    reviewer_id: *chance.pick(people),
                    decided_at: chance.instant(),
                    person_id: None,
                });
            }
        }
        self.onboarding.push(onboarding);
    }
}

fn day(nth: usize) -> NaiveDate {
    start().date_naive() + Days::new(u64::try_from(nth).unwrap())
}
