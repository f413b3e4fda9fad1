//! The reference reader: one row and one field at a time over plain values, with no cleverness. It
//! knows what the declarations mean and nothing of how they are read.

mod answer;
mod case_studies;
mod certificates;
mod courses;
mod field_notes;
mod files;
mod ground;
mod people;
mod learning;
mod library;
mod steps;
mod partners;
mod playbooks;
mod programs;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};
use base64::Engine;
use chrono::{DateTime, Utc};
use entente::auth::{Actor, Assurance, SignedIn};
use entity::asset::AssetState;
use entity::case_study::CaseStudyState;
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::field_note::FieldNoteState;
use entity::invitation::InvitationState;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::playbook::PlaybookState;
use entity::playbook_version::PlaybookVersionState;
use entity::program_version::ProgramVersionState;
use entity::staff_role::VendorRole;
use entity::standing_override::OverrideState;
use entity::*;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::world::{World, now};

pub(super) use answer::{Answer, CURSOR, cursors_of};

macro_rules! things {
    ($($name:ident = $module:ident),+ $(,)?) => {
        /// A row of any kind.
        #[derive(Clone, Copy)]
        pub(super) enum Thing<'w> { $($name(&'w $module::Model)),+ }

        impl<'w> Thing<'w> {
            pub(super) fn type_name(self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            fn key(self) -> Uuid {
                match self { $(Self::$name(row) => row.id.0),+ }
            }

            /// Every row of that type.
            fn all(world: &'w World, type_name: &str) -> Vec<Self> {
                match type_name {
                    $(stringify!($name) => world.$module.iter().map(Self::$name).collect(),)+
                    other => panic!("no such type: {other}"),
                }
            }
        }

        pub(super) const TYPES: &[&str] = &[$(stringify!($name)),+];
    };
}
things!(
    Person = person,
    Session = session,
    Notification = notification,
    LetterPreference = letter_preference,
    Factor = factor,
    PartnerApplication = application,
    Partner = partner,
    Membership = membership,
    Invitation = invitation,
    Verdict = verdict,
    OnboardingPlan = onboarding_plan,
    OnboardingPlanVersion = plan_version,
    OnboardingPlanStep = plan_step,
    Onboarding = onboarding,
    OnboardingStep = onboarding_step,
    Fact = fact,
    AuditEntry = audit_entry,
    DeadLetter = outbox_message,
    Suppression = suppression,
    Course = course,
    CourseVersion = course_version,
    CourseModule = course_module,
    Lesson = lesson,
    LearningPath = learning_path,
    LearningPathCourse = learning_path_course,
    Enrollment = enrollment,
    LessonProgress = lesson_progress,
    QuizAttempt = quiz_attempt,
    Certification = certification,
    Certificate = certificate,
    CertificateCorrection = certificate_correction,
    CertificationEvidence = certification_evidence,
    CaseStudy = case_study,
    CaseStudyContributor = case_study_contributor,
    CaseStudyConsent = case_study_consent,
    Asset = asset,
    AssetVersion = asset_version,
    AssetDownload = asset_download,
    AssetCollection = asset_collection,
    AssetCollectionItem = asset_collection_item,
    FieldNote = field_note,
    FieldNoteChange = field_note_change,
    File = file,
    Playbook = playbook,
    PlaybookVersion = playbook_version,
    PlaybookSection = playbook_section,
    PlaybookAcknowledgement = playbook_acknowledgement,
    Program = program,
    ProgramVersion = program_version,
    ProgramNotice = program_notice,
    ProgramReview = program_review,
    Standing = standing,
    StandingMove = standing_move,
    StandingOverride = standing_override,
    Evaluation = evaluation,
    Appeal = appeal,
    Recognition = recognition,
);

/// What a field holds.
enum Held<'w> {
    Plain(serde_json::Value),
    One(Option<Thing<'w>>),
    Many(&'static str, Vec<Thing<'w>>),
    Linked(Option<Vec<Thing<'w>>>),
    /// An object without a row, or a list of such.
    Within(&'static str, serde_json::Value),
}

/// A form's questions, with what is left out where it is stored.
fn questions(form: &serde_json::Value) -> serde_json::Value {
    let full = |question: &serde_json::Value| {
        let mut full = json!({ "choices": [], "required": false });
        full.as_object_mut()
            .unwrap()
            .extend(question.as_object().unwrap().clone());
        full
    };
    form["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(full)
        .collect()
}

fn answers(answers: &serde_json::Value) -> serde_json::Value {
    let answer = |(question, value)| json!({ "question": question, "value": value });
    answers.as_object().unwrap().iter().map(answer).collect()
}

/// The values of a part of an audience; none stands for everybody.
fn listed(kept: &str) -> Vec<&str> {
    kept.split('|').filter(|value| !value.is_empty()).collect()
}

/// A route, with what is left out where it is stored.
fn route(stored: &serde_json::Value) -> serde_json::Value {
    let mut full = json!({ "courses": [], "atLeast": null, "exam": null, "evidence": null });
    let fields = full.as_object_mut().unwrap();
    fields.extend(stored.as_object().unwrap().clone());
    full
}

/// Questions of an attempt, their choices taken apart.
fn asked(questions: &serde_json::Value) -> serde_json::Value {
    let each = |question: &serde_json::Value| {
        let choices = question["choices"].as_array().unwrap();
        let every = |name: &str| choices.iter().map(|it| it[name].clone()).collect();
        let (keys, texts): (serde_json::Value, serde_json::Value) = (every("key"), every("text"));
        json!({
            "key": question["key"], "text": question["text"], "kind": question["kind"],
            "points": question["points"], "choiceKeys": keys, "choiceTexts": texts,
        })
    };
    questions.as_array().unwrap().iter().map(each).collect()
}

/// Where a certificate stands, as the manual says it.
/// What `due_at` says is for those who may know.
fn standing(row: &certificate::Model, due_at: Option<DateTime<Utc>>) -> &'static str {
    let days = |days: i64| chrono::TimeDelta::days(days);
    let is_over = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now());
    if row.revoked_at.is_some() {
        "REVOKED"
    } else if row.issued_at.is_some() {
        let window = days(row.window_days.into());
        if is_over(row.valid_until) {
            "EXPIRED"
        } else if row.outdated_at.is_some() || is_over(row.valid_until.map(|at| at - window)) {
            "EXPIRING"
        } else {
            "VALID"
        }
    } else if row.window_opens_at > now() {
        "NOT_OPEN"
    } else if is_over(due_at) {
        "OVERDUE"
    } else if is_over(due_at.map(|at| at - days(30))) {
        "DUE"
    } else {
        "OPEN"
    }
}

fn plain<'w>(value: impl Serialize) -> Held<'w> {
    Held::Plain(serde_json::to_value(value).unwrap())
}

/// RFC 3339 in UTC.
fn instant<'w>(at: impl Into<Option<DateTime<Utc>>>) -> Held<'w> {
    let text = at
        .into()
        .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
    plain(text)
}

pub(super) fn id(type_name: &str, key: Uuid) -> String {
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.as_bytes());
    format!("{type_name}_{key}")
}

/// Reads as somebody.
pub(super) struct Slow<'w> {
    pub(super) world: &'w World,
    pub(super) actor: Actor,
}

impl<'w> Slow<'w> {
    fn seats(&self) -> Vec<Uuid> {
        let person = self.actor.person();
        person.map_or(vec![], |me| {
            me.seats.iter().map(|(partner, _)| partner.0).collect()
        })
    }

    fn is_me(&self, person: Uuid) -> bool {
        self.actor.person().is_some_and(|me| me.id.0 == person)
    }

    fn is_staff(&self) -> bool {
        self.actor == Actor::System || self.actor.person().is_some_and(|me| !me.roles.is_empty())
    }

    fn has(&self, roles: &[VendorRole]) -> bool {
        self.actor == Actor::System
            || self
                .actor
                .person()
                .is_some_and(|me| me.roles.iter().any(|it| roles.contains(it)))
    }

    fn of_mine(&self, partner: Uuid) -> bool {
        self.is_staff() || self.seats().contains(&partner)
    }

    fn is_colleague(&self, person: Uuid) -> bool {
        let seats = self.seats();
        self.is_me(person)
            || self
                .world
                .membership
                .iter()
                .any(|it| it.person_id.0 == person && seats.contains(&it.partner_id.0))
    }

    /// Whether the actor is an administrator of a partner of which that person is a member now.
    fn leads(&self, person: id::PersonId) -> bool {
        let Some(me) = self.actor.person() else {
            return false;
        };
        self.world.membership.iter().any(|it| {
            it.person_id == person
                && it.state == MembershipState::Active
                && me
                    .seats
                    .contains(&(it.partner_id, MemberRole::PartnerAdmin))
        })
    }

    /// What somebody learns and shows is theirs once they have the second factor that they need.
    fn of_me(&self, person: id::PersonId) -> bool {
        let is_asked = |me: &SignedIn| me.assurance == Assurance::Missing;
        self.is_staff() || self.is_me(person.0) && !self.actor.person().is_some_and(is_asked)
    }

    fn of_me_or_team(&self, person: id::PersonId) -> bool {
        self.of_me(person) || self.leads(person)
    }

    /// Whether what a partner asked of a person is the actor's to know.
    fn is_told(&self, person: id::PersonId, partner: Option<id::PartnerId>) -> bool {
        self.of_me(person) || partner.is_none_or(|it| self.seats().contains(&it.0))
    }

    /// Whether something is for a partner of the actor's.
    fn is_meant(&self, kinds: &str, tiers: &str, regions: &str) -> bool {
        let takes_in = |list: &str, value: &str| {
            let list = listed(list);
            list.is_empty() || list.contains(&value)
        };
        let seats = self.seats();
        let mut mine = self
            .world
            .partner
            .iter()
            .filter(|it| seats.contains(&it.id.0));
        self.is_staff()
            || mine.any(|it| {
                let mut standings = self.world.standing.iter();
                takes_in(kinds, json!(it.kind).as_str().unwrap())
                    && takes_in(regions, &it.region)
                    && (listed(tiers).is_empty()
                        || standings.any(|standing| {
                            let tier = standing.tier.as_deref();
                            standing.partner_id == it.id
                                && tier.is_some_and(|tier| listed(tiers).contains(&tier))
                        }))
            })
    }

    fn is_offered(&self, course: &course::Model) -> bool {
        course.state == CourseState::Published
            && self.is_meant(&course.kinds, &course.tiers, &course.regions)
    }

    /// Whether the actor, or somebody of their team, is or was on what this picks.
    fn is_taken(&self, of: impl Fn(&enrollment::Model) -> bool) -> bool {
        let mut enrollments = self.world.enrollment.iter();
        enrollments.any(|it| of(it) && self.of_me_or_team(it.person_id))
    }

    fn sees_course_version(&self, id: id::CourseVersionId) -> bool {
        let mut versions = self.world.course_version.iter();
        let version = versions.find(|it| it.id == id).unwrap();
        let mut courses = self.world.course.iter();
        let course = courses.find(|it| it.id == version.course_id).unwrap();
        self.is_staff()
            || version.state == CourseVersionState::Published && self.is_offered(course)
            || self.is_taken(|it| it.course_version_id == id)
    }

    fn sees_path(&self, path: &learning_path::Model) -> bool {
        self.is_staff()
            || path.retired_at.is_none() && self.is_meant(&path.kinds, &path.tiers, &path.regions)
    }

    fn sees_playbook(&self, row: &playbook::Model) -> bool {
        let mut asked = self.world.playbook_acknowledgement.iter();
        self.is_staff()
            || row.state == PlaybookState::Published
                && self.is_meant(&row.kinds, &row.tiers, &row.regions)
            || asked.any(|it| it.playbook_id == row.id && self.is_asked(it))
    }

    fn sees_playbook_version(&self, id: id::PlaybookVersionId) -> bool {
        let mut versions = self.world.playbook_version.iter();
        let version = versions.find(|it| it.id == id).unwrap();
        let mut playbooks = self.world.playbook.iter();
        let playbook = playbooks.find(|it| it.id == version.playbook_id).unwrap();
        let mut asked = self.world.playbook_acknowledgement.iter();
        self.is_staff()
            || version.state == PlaybookVersionState::Published
                && playbook.state == PlaybookState::Published
                && self.is_meant(&playbook.kinds, &playbook.tiers, &playbook.regions)
            || asked.any(|it| it.playbook_version_id == id && self.is_asked(it))
    }

    fn sees_program_version(&self, row: &program_version::Model) -> bool {
        let is_told = row.state != ProgramVersionState::Draft;
        self.is_staff() || is_told && !self.seats().is_empty()
    }

    /// Whether it is the actor who is asked, or somebody of a partner that they lead.
    fn is_asked(&self, row: &playbook_acknowledgement::Model) -> bool {
        let own = self.seats().contains(&row.partner_id.0) && self.of_me(row.person_id);
        let leads = self.actor.person().is_some_and(|me| {
            me.seats
                .contains(&(row.partner_id, MemberRole::PartnerAdmin))
        });
        self.is_staff() || own || leads && self.leads(row.person_id)
    }

    fn on_version(&self, version: Uuid) -> bool {
        let seats = self.seats();
        let mut mine = self
            .world
            .onboarding
            .iter()
            .filter(|it| seats.contains(&it.partner_id.0));
        self.is_staff() || mine.any(|it| it.plan_version_id.0 == version)
    }

    /// Ids of all rows of a type that the actor may see.
    pub(super) fn ids(&self, type_name: &str) -> Vec<String> {
        let visible = self.visible(type_name).into_iter();
        visible.map(|thing| id(type_name, thing.key())).collect()
    }

    /// Whether the actor may see the row.
    #[expect(clippy::too_many_lines, reason = "every type once")]
    fn sees(&self, thing: Thing<'_>) -> bool {
        use VendorRole as R;
        let world = self.world;
        let seats = self.seats();
        match thing {
            Thing::Person(row) => {
                self.is_staff()
                    || self.is_colleague(row.id.0)
                    || world
                        .partner
                        .iter()
                        .any(|it| it.owner_id == row.id && seats.contains(&it.id.0))
                    || world.verdict.iter().any(|it| {
                        it.reviewer_id == row.id
                            && (it
                                .partner_id
                                .is_some_and(|partner| seats.contains(&partner.0))
                                || it.person_id.is_some_and(|person| self.of_me(person)))
                    })
            }
            Thing::Session(row) => self.is_me(row.person_id.0),
            Thing::Notification(row) => self.is_me(row.person_id.0),
            Thing::LetterPreference(row) => self.is_me(row.person_id.0),
            Thing::Factor(row) => self.is_me(row.person_id.0) && row.confirmed_at.is_some(),
            Thing::PartnerApplication(row) => {
                self.actor == Actor::Applicant(row.id)
                    || self.has(&[R::Admin, R::ProgramManager, R::PartnerManager, R::Auditor])
            }
            Thing::Partner(row) => self.of_mine(row.id.0),
            Thing::Membership(row) => self.of_mine(row.partner_id.0),
            Thing::Invitation(row) => match row.partner_id {
                None => self.has(&[R::Admin, R::Auditor]),
                Some(partner) => {
                    self.is_staff()
                        || self.actor.person().is_some_and(|me| {
                            me.seats.contains(&(partner, MemberRole::PartnerAdmin))
                        })
                }
            },
            Thing::Verdict(row) => {
                self.is_staff()
                    || row
                        .partner_id
                        .is_some_and(|partner| seats.contains(&partner.0))
                    || row.person_id.is_some_and(|person| self.of_me(person))
                    || matches!(self.actor, Actor::Applicant(own) if own.0 == row.subject_id)
            }
            Thing::OnboardingPlan(row) => {
                self.is_staff()
                    || world
                        .plan_version
                        .iter()
                        .any(|it| it.plan_id == row.id && self.on_version(it.id.0))
            }
            Thing::OnboardingPlanVersion(row) => self.on_version(row.id.0),
            Thing::OnboardingPlanStep(row) => self.on_version(row.plan_version_id.0),
            Thing::Onboarding(row) => self.of_mine(row.partner_id.0),
            Thing::OnboardingStep(row) => self.of_mine(row.partner_id.0),
            Thing::Fact(row) => {
                let is_personal = row.partner_id.is_none()
                    && row.person_id.is_some_and(|it| self.of_me_or_team(it));
                let is_own = |it: entity::id::PartnerId| seats.contains(&it.0);
                self.is_staff() || row.partner_id.is_some_and(is_own) || is_personal
            }
            Thing::AuditEntry(_) | Thing::Suppression(_) => self.has(&[R::Admin, R::Auditor]),
            Thing::DeadLetter(row) => self.has(&[R::Admin, R::Auditor]) && row.dead_at.is_some(),
            Thing::Course(row) => {
                self.is_staff()
                    || self.is_offered(row)
                    || self.is_taken(|it| it.course_id == row.id)
            }
            Thing::CourseVersion(row) => self.sees_course_version(row.id),
            Thing::CourseModule(row) => self.sees_course_version(row.course_version_id),
            Thing::Lesson(row) => self.sees_course_version(row.course_version_id),
            Thing::LearningPath(row) => self.sees_path(row),
            Thing::LearningPathCourse(row) => {
                let mut paths = world.learning_path.iter();
                self.sees_path(paths.find(|it| it.id == row.learning_path_id).unwrap())
            }
            Thing::Enrollment(row) => self.of_me_or_team(row.person_id),
            Thing::LessonProgress(row) => self.of_me_or_team(row.person_id),
            Thing::QuizAttempt(row) => self.of_me(row.person_id),
            Thing::Certification(row) => {
                let mut periods = world.certificate.iter();
                self.is_staff()
                    || row.retired_at.is_none()
                        && self.is_meant(&row.kinds, &row.tiers, &row.regions)
                    || periods
                        .any(|it| it.certification_id == row.id && self.of_me_or_team(it.person_id))
            }
            Thing::Certificate(row) => self.of_me_or_team(row.person_id),
            Thing::CertificateCorrection(row) => {
                let mut periods = world.certificate.iter();
                periods.any(|it| it.id == row.certificate_id && self.of_me(it.person_id))
            }
            Thing::CertificationEvidence(row) => self.of_me(row.person_id),
            Thing::CaseStudy(row) => {
                row.state == CaseStudyState::Published || self.of_mine(row.partner_id.0)
            }
            Thing::CaseStudyContributor(row) => self.of_mine(row.partner_id.0),
            Thing::CaseStudyConsent(row) => self.of_mine(row.partner_id.0),
            Thing::Asset(row) => self.sees_asset(row.id),
            Thing::AssetVersion(row) => self.sees_asset(row.asset_id),
            Thing::AssetDownload(row) => {
                let seat = (row.partner_id, MemberRole::PartnerAdmin);
                self.of_me(row.person_id)
                    || self
                        .actor
                        .person()
                        .is_some_and(|me| me.seats.contains(&seat))
            }
            Thing::AssetCollection(row) => self.sees_collection(row.id),
            Thing::AssetCollectionItem(row) => {
                self.sees_collection(row.collection_id) && self.sees_asset(row.asset_id)
            }
            Thing::FieldNote(row) => {
                self.of_mine(row.partner_id.0)
                    || row.state == FieldNoteState::Published
                        && self.is_meant(&row.kinds, &row.tiers, &row.regions)
            }
            Thing::FieldNoteChange(row) => self.of_mine(row.partner_id.0),
            Thing::File(row) => self.sees_file(row),
            Thing::Playbook(row) => self.sees_playbook(row),
            Thing::PlaybookVersion(row) => self.sees_playbook_version(row.id),
            Thing::PlaybookSection(row) => self.sees_playbook_version(row.playbook_version_id),
            Thing::PlaybookAcknowledgement(row) => self.is_asked(row),
            Thing::Program(row) => {
                let mut versions = world.program_version.iter();
                self.is_staff()
                    || versions.any(|it| it.program_id == row.id && self.sees_program_version(it))
            }
            Thing::ProgramVersion(row) => self.sees_program_version(row),
            Thing::ProgramReview(_) => self.is_staff(),
            Thing::ProgramNotice(row) => self.of_mine(row.partner_id.0),
            Thing::Standing(row) => self.of_mine(row.partner_id.0),
            Thing::StandingMove(row) => self.of_mine(row.partner_id.0),
            Thing::Evaluation(row) => self.of_mine(row.partner_id.0),
            Thing::Appeal(row) => self.of_mine(row.partner_id.0),
            Thing::StandingOverride(row) => {
                let counted = [OverrideState::Approved, OverrideState::Ended];
                self.is_staff() || counted.contains(&row.state) && seats.contains(&row.partner_id.0)
            }
            Thing::Recognition(_) => self.is_staff() || !seats.is_empty(),
        }
    }

    fn visible(&self, type_name: &str) -> Vec<Thing<'w>> {
        let mut all = Thing::all(self.world, type_name);
        all.retain(|thing| self.sees(*thing));
        all
    }

    fn one(&self, type_name: &str, key: Option<Uuid>) -> Held<'w> {
        let mut all = self.visible(type_name).into_iter();
        Held::One(all.find(|thing| Some(thing.key()) == key))
    }

    fn many(&self, type_name: &'static str, of: impl Fn(Thing<'w>) -> bool) -> Held<'w> {
        let all = self.visible(type_name);
        Held::Many(
            type_name,
            all.into_iter().filter(|thing| of(*thing)).collect(),
        )
    }

    /// The first in the type's own order.
    fn latest(&self, type_name: &'static str, of: impl Fn(Thing<'w>) -> bool) -> Held<'w> {
        let Held::Many(_, mut all) = self.many(type_name, of) else {
            unreachable!()
        };
        self.sort(&mut all, &default_order(type_name));
        Held::One(all.first().copied())
    }

    fn count(&self, type_name: &'static str, of: impl Fn(Thing<'w>) -> bool) -> Held<'w> {
        let Held::Many(_, all) = self.many(type_name, of) else {
            unreachable!()
        };
        plain(all.len())
    }

    fn duplicates(
        &self,
        row: &application::Model,
        type_name: &str,
        traits: impl Fn(Thing<'w>) -> (&'w str, &'w str),
    ) -> Held<'w> {
        use VendorRole as R;
        if !self.has(&[R::Admin, R::ProgramManager, R::PartnerManager, R::Auditor]) {
            return Held::Linked(None);
        }
        let mut all = self.visible(type_name);
        all.retain(|thing| {
            let (name, domain) = traits(*thing);
            thing.key() != row.id.0 && (name == row.normalized_name || domain == row.domain)
        });
        all.sort_by_key(|thing| std::cmp::Reverse(thing.key()));
        all.truncate(20);
        Held::Linked(Some(all))
    }

    fn person(&self, key: Option<id::PersonId>) -> Held<'w> {
        self.one("Person", key.map(|key| key.0))
    }

    fn partner(&self, key: id::PartnerId) -> Held<'w> {
        self.one("Partner", Some(key.0))
    }

    fn verdicts(&self, key: Uuid) -> Held<'w> {
        self.many(
            "Verdict",
            move |it| matches!(it, Thing::Verdict(it) if it.subject_id == key),
        )
    }

    /// What the field holds; an enum's or a scalar's value as JSON.
    fn field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        if name == "id" {
            return plain(id(thing.type_name(), thing.key()));
        }
        match thing {
            Thing::File(_) => self.files_field(thing, name),
            Thing::Person(_)
            | Thing::Session(_)
            | Thing::Factor(_)
            | Thing::Notification(_)
            | Thing::LetterPreference(_) => self.people_field(thing, name),
            Thing::PartnerApplication(_)
            | Thing::Partner(_)
            | Thing::Membership(_)
            | Thing::Invitation(_)
            | Thing::Verdict(_) => self.partners_field(thing, name),
            Thing::OnboardingPlan(_)
            | Thing::OnboardingPlanVersion(_)
            | Thing::OnboardingPlanStep(_)
            | Thing::Onboarding(_)
            | Thing::OnboardingStep(_) => self.steps_field(thing, name),
            Thing::Fact(_)
            | Thing::AuditEntry(_)
            | Thing::DeadLetter(_)
            | Thing::Suppression(_) => self.ground_field(thing, name),
            Thing::Course(_)
            | Thing::CourseVersion(_)
            | Thing::CourseModule(_)
            | Thing::Lesson(_)
            | Thing::LearningPath(_)
            | Thing::LearningPathCourse(_) => self.courses_field(thing, name),
            Thing::Enrollment(_) | Thing::LessonProgress(_) | Thing::QuizAttempt(_) => {
                self.learning_field(thing, name)
            }
            Thing::Certification(_)
            | Thing::Certificate(_)
            | Thing::CertificateCorrection(_)
            | Thing::CertificationEvidence(_) => self.certificates_field(thing, name),
            Thing::Playbook(_)
            | Thing::PlaybookVersion(_)
            | Thing::PlaybookSection(_)
            | Thing::PlaybookAcknowledgement(_) => self.playbooks_field(thing, name),
            Thing::CaseStudy(_) | Thing::CaseStudyContributor(_) | Thing::CaseStudyConsent(_) => {
                self.case_studies_field(thing, name)
            }
            Thing::Asset(_)
            | Thing::AssetVersion(_)
            | Thing::AssetDownload(_)
            | Thing::AssetCollection(_)
            | Thing::AssetCollectionItem(_) => self.library_field(thing, name),
            Thing::FieldNote(_) | Thing::FieldNoteChange(_) => self.field_notes_field(thing, name),
            Thing::Program(_)
            | Thing::ProgramVersion(_)
            | Thing::ProgramNotice(_)
            | Thing::ProgramReview(_)
            | Thing::Standing(_)
            | Thing::StandingMove(_)
            | Thing::StandingOverride(_)
            | Thing::Evaluation(_)
            | Thing::Appeal(_)
            | Thing::Recognition(_) => self.programs_field(thing, name),
        }
    }

    /// The first lesson of the version that is not completed on this enrollment.
    fn next_lessons(&self, row: &enrollment::Model) -> Held<'w> {
        let is_completed = |lesson: id::LessonId| {
            self.world.lesson_progress.iter().any(|it| {
                it.enrollment_id == row.id && it.lesson_id == lesson && it.completed_at.is_some()
            })
        };
        let mut left = self.visible("Lesson");
        left.retain(|it| {
            matches!(it, Thing::Lesson(it)
                if it.course_version_id == row.course_version_id && !is_completed(it.id))
        });
        self.sort(&mut left, &default_order("Lesson"));
        left.truncate(1);
        Held::Linked(Some(left))
    }

    /// The value by which a filter or an order goes: that of the field, or the id behind it, seen
    /// or not.
    fn compared(&self, thing: Thing<'w>, name: &str) -> serde_json::Value {
        let link = |type_name: &str, key: Option<Uuid>| json!(key.map(|key| id(type_name, key)));
        let person = |key: Option<id::PersonId>| link("Person", key.map(|key| key.0));
        let partner = |key: Option<id::PartnerId>| link("Partner", key.map(|key| key.0));
        match (thing, name) {
            (Thing::PartnerApplication(row), "reviewer") => person(row.reviewer_id),
            (Thing::Partner(row), "owner") => person(Some(row.owner_id)),
            (Thing::Notification(row), "partner") => partner(row.partner_id),
            (Thing::Invitation(row), "partner") => partner(row.partner_id),
            (Thing::OnboardingStep(row), "partner") => partner(Some(row.partner_id)),
            (Thing::Fact(row), "partner") => partner(row.partner_id),
            (Thing::Fact(row), "person") => person(row.person_id),
            (Thing::Fact(row), "corrects") => link("Fact", row.corrects_id.map(|key| key.0)),
            (Thing::AuditEntry(row), "partner") => partner(row.partner_id),
            (Thing::AuditEntry(row), "actor") => person(row.actor_id),
            (Thing::DeadLetter(row), "person") => person(row.person_id),
            (Thing::CourseVersion(row), "course") => link("Course", Some(row.course_id.0)),
            (Thing::Enrollment(row), "person") => person(Some(row.person_id)),
            (Thing::Enrollment(row), "course") => link("Course", Some(row.course_id.0)),
            // Whoever may not know of it finds nothing by it either.
            (Thing::Enrollment(row), "assignedFor") => {
                let is_told = self.is_told(row.person_id, row.assigned_for);
                partner(row.assigned_for.filter(|_| is_told))
            }
            (Thing::QuizAttempt(row), "lesson") => link("Lesson", Some(row.lesson_id.0)),
            (Thing::Certificate(row), "person") => person(Some(row.person_id)),
            (Thing::Certificate(row), "certification") => {
                link("Certification", Some(row.certification_id.0))
            }
            (Thing::CaseStudy(row), "partner") => partner(Some(row.partner_id)),
            (Thing::CaseStudy(row), "translationOf") => {
                link("CaseStudy", row.translation_of.map(|key| key.0))
            }
            // Who reviews what is the partner's and the staff's to know.
            (Thing::CaseStudy(row), "takenUpBy") => {
                person(row.taken_up_by.filter(|_| self.of_mine(row.partner_id.0)))
            }
            (Thing::CaseStudyContributor(row), "person") => person(Some(row.person_id)),
            (Thing::CaseStudyConsent(row), "caseStudy") => {
                link("CaseStudy", Some(row.case_study_id.0))
            }
            (Thing::ProgramVersion(row), "program") => link("Program", Some(row.program_id.0)),
            (Thing::ProgramNotice(row), "partner") => partner(Some(row.partner_id)),
            (Thing::ProgramNotice(row), "programVersion") => {
                link("ProgramVersion", Some(row.program_version_id.0))
            }
            (Thing::ProgramReview(row), "programVersion") => {
                link("ProgramVersion", Some(row.program_version_id.0))
            }
            (Thing::Standing(row), "partner") => partner(Some(row.partner_id)),
            (Thing::Standing(row), "program") => link("Program", Some(row.program_id.0)),
            (Thing::StandingMove(row), "partner") => partner(Some(row.partner_id)),
            (Thing::StandingMove(row), "programVersion") => {
                link("ProgramVersion", Some(row.program_version_id.0))
            }
            (Thing::StandingOverride(row), "partner") => partner(Some(row.partner_id)),
            (Thing::Evaluation(row), "partner") => partner(Some(row.partner_id)),
            (Thing::Evaluation(row), "programVersion") => {
                link("ProgramVersion", Some(row.program_version_id.0))
            }
            (Thing::Appeal(row), "partner") => partner(Some(row.partner_id)),
            (Thing::AssetDownload(row), "person") => person(Some(row.person_id)),
            (Thing::AssetDownload(row), "partner") => partner(Some(row.partner_id)),
            (Thing::FieldNoteChange(row), "partner") => partner(Some(row.partner_id)),
            (Thing::FieldNoteChange(row), "fieldNote") => {
                link("FieldNote", Some(row.field_note_id.0))
            }
            // Whoever may not know whose it is finds nothing by it either.
            (Thing::FieldNote(row), "partner") => {
                partner(Some(row.partner_id).filter(|own| self.of_mine(own.0)))
            }
            (Thing::CertificationEvidence(row), "person") => person(Some(row.person_id)),
            (Thing::CertificationEvidence(row), "certification") => {
                link("Certification", Some(row.certification_id.0))
            }
            (Thing::PlaybookVersion(row), "playbook") => link("Playbook", Some(row.playbook_id.0)),
            (Thing::PlaybookAcknowledgement(row), "playbook") => {
                link("Playbook", Some(row.playbook_id.0))
            }
            (Thing::PlaybookAcknowledgement(row), "playbookVersion") => {
                link("PlaybookVersion", Some(row.playbook_version_id.0))
            }
            (Thing::PlaybookAcknowledgement(row), "partner") => partner(Some(row.partner_id)),
            (Thing::PlaybookAcknowledgement(row), "person") => person(Some(row.person_id)),
            _ => match self.field(thing, name) {
                Held::Plain(value) => value,
                _ => panic!("{}.{name} cannot be compared", thing.type_name()),
            },
        }
    }

    fn searched(thing: Thing<'w>) -> Vec<&'w str> {
        match thing {
            Thing::Person(row) => vec![&row.name],
            Thing::PartnerApplication(row) => {
                vec![
                    &row.legal_name,
                    &row.domain,
                    &row.contact_name,
                    &row.contact_email,
                ]
            }
            Thing::Partner(row) => vec![&row.legal_name, &row.domain],
            Thing::OnboardingPlan(row) => vec![&row.name, &row.slug],
            Thing::OnboardingStep(row) => vec![&row.title],
            Thing::Suppression(row) => vec![&row.address],
            Thing::Course(row) => vec![&row.title, &row.slug],
            Thing::LearningPath(row) => vec![&row.title, &row.slug],
            Thing::Certification(row) => vec![&row.title, &row.slug],
            Thing::Lesson(row) => vec![&row.title],
            Thing::Playbook(row) => vec![&row.title, &row.slug],
            Thing::PlaybookVersion(row) => vec![&row.title],
            Thing::Program(row) => vec![&row.name, &row.slug],
            Thing::ProgramVersion(row) => vec![&row.name],
            Thing::PlaybookSection(row) => vec![&row.title, &row.body],
            Thing::CaseStudy(row) => {
                vec![&row.title, &row.summary, &row.customer, &row.products]
            }
            Thing::Asset(row) => vec![&row.title, &row.slug, &row.tags],
            Thing::AssetCollection(row) => vec![&row.title, &row.slug],
            Thing::FieldNote(row) => vec![&row.title, &row.text, &row.tags],
            other => panic!("{} cannot be searched", other.type_name()),
        }
    }

    fn passes(&self, thing: Thing<'w>, filter: &Value) -> bool {
        let Value::Object(filter) = filter else {
            return true;
        };
        filter
            .iter()
            .all(|(name, value)| match (name.as_str(), value) {
                (_, Value::Null) => true,
                ("and", _) => items(value).iter().all(|it| self.passes(thing, it)),
                ("or", _) => items(value).iter().any(|it| self.passes(thing, it)),
                ("not", _) => !self.passes(thing, value),
                ("search", _) => {
                    let text = string(value);
                    Self::searched(thing).iter().any(|column| {
                        column.contains(&text)
                            || column.to_ascii_lowercase().contains(&text.to_lowercase())
                    })
                }
                (name, _) => {
                    let held = self.compared(thing, name);
                    let Value::Object(operators) = value else {
                        panic!("operators")
                    };
                    operators
                        .iter()
                        .all(|(operator, value)| match operator.as_str() {
                            _ if *value == Value::Null => true,
                            "isNull" => *value == Value::Boolean(held.is_null()),
                            "in" => items(value)
                                .iter()
                                .any(|it| order(&held, it) == Some(Ordering::Equal)),
                            "has" | "hasAny" => {
                                let among = held.as_array().unwrap();
                                let is_among = |it: &Value| among.contains(&json!(string(it)));
                                items(value).iter().any(is_among)
                            }
                            operator => {
                                let order = order(&held, value);
                                match operator {
                                    "eq" => order == Some(Ordering::Equal),
                                    "gt" => order == Some(Ordering::Greater),
                                    "lt" => order == Some(Ordering::Less),
                                    "gte" => order.is_some_and(Ordering::is_ge),
                                    "lte" => order.is_some_and(Ordering::is_le),
                                    other => panic!("{other}"),
                                }
                            }
                        })
                }
            })
    }

    fn sort(&self, things: &mut [Thing<'w>], by: &[(String, bool)]) {
        things.sort_by(|one, other| self.compare(*one, *other, by));
    }

    fn compare(&self, one: Thing<'w>, other: Thing<'w>, by: &[(String, bool)]) -> Ordering {
        let turn = |order: Ordering, descending| if descending { order.reverse() } else { order };
        let mut last = false;
        for (name, descending) in by {
            last = *descending;
            let (a, b) = (self.compared(one, name), self.compared(other, name));
            let b = Value::from_json(b).unwrap();
            let order = turn(order(&a, &b).unwrap(), *descending);
            if order != Ordering::Equal {
                return order;
            }
        }
        turn(one.key().cmp(&other.key()), last)
    }
}

/// How lists are ordered that name no order.
pub(super) fn default_order(type_name: &str) -> Vec<(String, bool)> {
    let (field, descending) = match type_name {
        "Person" | "Program" => ("name", false),
        "OnboardingPlan" => ("slug", false),
        "OnboardingPlanStep"
        | "OnboardingStep"
        | "CourseModule"
        | "Lesson"
        | "LearningPathCourse"
        | "PlaybookSection"
        | "AssetCollectionItem" => ("position", false),
        "Course" | "LearningPath" | "Certification" | "Asset" | "AssetCollection" | "Playbook" => {
            ("title", false)
        }
        "PlaybookAcknowledgement" | "CaseStudyConsent" => ("askedAt", true),
        "LessonProgress" => ("openedAt", false),
        "Enrollment" => ("enrolledAt", true),
        "Certificate" => ("windowOpensAt", true),
        "CertificateCorrection" => ("correctedAt", true),
        "CertificationEvidence" | "FieldNote" | "FieldNoteChange" | "Appeal" => {
            ("submittedAt", true)
        }
        "AssetDownload" => ("downloadedAt", true),
        "Factor" => ("createdAt", false),
        "Membership" => ("joinedAt", false),
        "OnboardingPlanVersion"
        | "CourseVersion"
        | "AssetVersion"
        | "PlaybookVersion"
        | "ProgramVersion" => ("number", true),
        "ProgramNotice" => ("toldAt", true),
        "Standing" => ("since", true),
        "StandingMove" => ("movedAt", true),
        "StandingOverride" => ("proposedAt", true),
        "Evaluation" => ("asOf", true),
        "Recognition" => ("advancedAt", true),
        "CaseStudy" => ("updatedAt", true),
        "CaseStudyContributor" => ("addedAt", false),
        "Onboarding" | "QuizAttempt" | "ProgramReview" => ("startedAt", true),
        "Verdict" => ("decidedAt", true),
        "Fact" => ("recordedAt", true),
        "AuditEntry" => ("at", true),
        "LetterPreference" => ("changedAt", true),
        _ => ("createdAt", true),
    };
    vec![(field.to_owned(), descending)]
}

/// How a field's value stands to a client's; nothing stands to null.
fn order(held: &serde_json::Value, asked: &Value) -> Option<Ordering> {
    let asked = asked.clone().into_json().unwrap();
    match (held, &asked) {
        (serde_json::Value::String(held), serde_json::Value::String(asked)) => {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            match (instant(held), instant(asked)) {
                (Some(held), Some(asked)) => Some(held.cmp(&asked)),
                _ => Some(held.as_bytes().cmp(asked.as_bytes())),
            }
        }
        (serde_json::Value::Number(held), serde_json::Value::Number(asked)) => {
            Some(held.as_i64().cmp(&asked.as_i64()))
        }
        (serde_json::Value::Bool(held), serde_json::Value::Bool(asked)) => Some(held.cmp(asked)),
        _ => None,
    }
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.clone(),
        single => vec![single.clone()],
    }
}

fn string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Enum(name) => name.to_string(),
        other => panic!("{other} is no text"),
    }
}

/// `JOINED_AT` as fields are named: `joinedAt`.
fn camel(name: &str) -> String {
    let mut camel = String::new();
    for (index, word) in name.split('_').enumerate() {
        let lower = word.to_lowercase();
        if index == 0 {
            camel += &lower;
        } else {
            camel += &lower[..1].to_uppercase();
            camel += &lower[1..];
        }
    }
    camel
}

/// What a list of that type goes by, and whether downward, where a client says so.
pub(super) fn order_of(type_name: &str, said: &Value, at_root: bool) -> Vec<(String, bool)> {
    let of_root = match type_name {
        "OnboardingStep" => Some(("dueAt", false)),
        "PlaybookVersion" | "ProgramVersion" => Some(("createdAt", true)),
        _ => None,
    };
    if at_root
        && let Some((field, descending)) = of_root
        && !matches!(said, Value::List(said) if !said.is_empty())
    {
        return vec![(field.to_owned(), descending)];
    }
    if matches!(said, Value::Null) || matches!(said, Value::List(said) if said.is_empty()) {
        return default_order(type_name);
    }
    items(said)
        .iter()
        .map(|order| {
            let Value::Object(order) = order else {
                panic!("an order")
            };
            let down = order
                .get("direction")
                .is_some_and(|it| string(it) == "DESC");
            (camel(&string(&order["field"])), down)
        })
        .collect()
}

fn never(thing: Thing<'_>, name: &str) -> ! {
    panic!("{}.{name} is not known", thing.type_name())
}
