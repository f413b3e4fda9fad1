//! The reference reader: one row and one field at a time over plain values, with no cleverness. It
//! knows what the declarations mean and nothing of how they are read.

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
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::invitation::InvitationState;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::staff_role::VendorRole;
use entity::*;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::world::{World, now};

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

    /// Whether something is for a partner of the actor's. Nobody stands on a tier yet.
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
            || listed(tiers).is_empty()
                && mine.any(|it| {
                    takes_in(kinds, json!(it.kind).as_str().unwrap())
                        && takes_in(regions, &it.region)
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
                            && it
                                .partner_id
                                .is_some_and(|partner| seats.contains(&partner.0))
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
                self.is_staff() || row.partner_id.is_some_and(|it| seats.contains(&it.0))
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

    /// What the field holds; an enum's or a scalar's value as JSON.
    #[expect(clippy::too_many_lines, reason = "every field of the API once")]
    fn field(&self, thing: Thing<'w>, name: &str) -> Held<'w> {
        if name == "id" {
            return plain(id(thing.type_name(), thing.key()));
        }
        let person = |key: Option<id::PersonId>| self.one("Person", key.map(|key| key.0));
        let partner = |key: id::PartnerId| self.one("Partner", Some(key.0));
        let verdicts = |key: Uuid| {
            self.many(
                "Verdict",
                move |it| matches!(it, Thing::Verdict(it) if it.subject_id == key),
            )
        };
        let never = || panic!("{}.{name} is not known", thing.type_name());
        match thing {
            Thing::Person(row) => {
                let me_or_staff = self.is_staff() || self.is_me(row.id.0);
                let own = |value: Held<'w>| if me_or_staff { value } else { plain(None::<()>) };
                match name {
                    "name" => plain(&row.name),
                    "email" if self.is_staff() || self.is_colleague(row.id.0) => plain(&row.email),
                    "email" => plain(None::<()>),
                    "locale" => own(plain(&row.locale)),
                    "timeZone" => own(plain(&row.time_zone)),
                    "state" => own(plain(row.state)),
                    "createdAt" => instant(row.created_at),
                    "version" => plain(row.version),
                    "vendorRoles" => {
                        let roles = self.world.staff_role.iter();
                        let mut roles: Vec<String> = roles
                            .filter(|it| it.person_id == row.id)
                            .map(|it| json!(it.role).as_str().unwrap().to_owned())
                            .collect();
                        roles.sort();
                        own(plain(roles))
                    }
                    "memberships" => self.many("Membership", |it| {
                        matches!(it, Thing::Membership(it) if it.person_id == row.id)
                    }),
                    "ownedPartners" => self.many("Partner", |it| {
                        matches!(it, Thing::Partner(it) if it.owner_id == row.id)
                    }),
                    "sessions" => self.many("Session", |it| {
                        matches!(it, Thing::Session(it) if it.person_id == row.id)
                    }),
                    "factors" => self.many("Factor", |it| {
                        matches!(it, Thing::Factor(it) if it.person_id == row.id)
                    }),
                    "hasFactor" => {
                        let is_admin = self.actor.has_role(&[VendorRole::Admin]);
                        let mut factors = self.world.factor.iter();
                        let has = factors
                            .any(|it| it.person_id == row.id && it.confirmed_at.is_some());
                        plain((is_admin || self.is_me(row.id.0)).then_some(has))
                    }
                    "recoveryCodesLeft" => {
                        let codes = self.world.recovery_code.iter();
                        let left = codes
                            .filter(|it| it.person_id == row.id && it.used_at.is_none())
                            .count();
                        plain(self.is_me(row.id.0).then_some(left))
                    }
                    "enrollments" => self.many("Enrollment", |it| {
                        matches!(it, Thing::Enrollment(it) if it.person_id == row.id)
                    }),
                    "certificates" => self.many("Certificate", |it| {
                        matches!(it, Thing::Certificate(it) if it.person_id == row.id)
                    }),
                    "notifications" => self.many("Notification", |it| {
                        matches!(it, Thing::Notification(it) if it.person_id == row.id)
                    }),
                    "letterPreferences" => self.many("LetterPreference", |it| {
                        matches!(it, Thing::LetterPreference(it) if it.person_id == row.id)
                    }),
                    "unreadNotificationCount" => self.count("Notification", |it| {
                        matches!(it, Thing::Notification(it)
                            if it.person_id == row.id && it.read_at.is_none())
                    }),
                    _ => never(),
                }
            }
            Thing::Session(row) => match name {
                "isCurrent" => {
                    plain(self.actor.person().is_some_and(|me| me.session == row.id))
                }
                "isActive" => plain(row.ended_at.is_none() && row.expires_at > now()),
                "createdAt" => instant(row.created_at),
                "usedAt" => instant(row.used_at),
                "expiresAt" => instant(row.expires_at),
                "endedAt" => instant(row.ended_at),
                "endReason" => plain(&row.end_reason),
                "device" => plain(&row.user_agent),
                "address" => plain(&row.address),
                "usedFrom" => plain(&row.used_from),
                "provenAt" => instant(row.proven_at),
                _ => never(),
            },
            Thing::Factor(row) => match name {
                "kind" => plain(row.kind),
                "name" => plain(&row.name),
                "createdAt" => instant(row.created_at),
                "usedAt" => instant(row.used_at),
                _ => never(),
            },
            Thing::Notification(row) => match name {
                "kind" => plain(&row.kind),
                "letter" => plain(&row.letter),
                "createdAt" => instant(row.created_at),
                "readAt" => instant(row.read_at),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                _ => never(),
            },
            Thing::PartnerApplication(row) => match name {
                "legalName" => plain(&row.legal_name),
                "website" => plain(&row.website),
                "domain" => plain(&row.domain),
                "country" => plain(&row.country),
                "kind" => plain(row.kind),
                "regions" => plain(&row.regions),
                "timeZone" => plain(&row.time_zone),
                "locale" => plain(&row.locale),
                "contactName" => plain(&row.contact_name),
                "contactEmail" => plain(&row.contact_email),
                "why" => plain(&row.why),
                "termsVersion" => plain(&row.terms_version),
                "termsAcceptedAt" => instant(row.terms_accepted_at),
                "state" => plain(row.state),
                "emailConfirmedAt" => instant(row.email_confirmed_at),
                "submittedAt" => instant(row.submitted_at),
                "reviewer" => person(row.reviewer_id),
                "decidedAt" => instant(row.decided_at),
                "welcomeAgainOn" => plain(row.welcome_again_on),
                "createdAt" => instant(row.created_at),
                "updatedAt" => instant(row.updated_at),
                "version" => plain(row.version),
                "verdicts" => verdicts(row.id.0),
                "partner" => self.latest("Partner", |it| {
                    matches!(it, Thing::Partner(it) if it.application_id == row.id)
                }),
                "possibleDuplicates" => {
                    self.duplicates(row, "PartnerApplication", |it| match it {
                        Thing::PartnerApplication(it) => (&it.normalized_name, &it.domain),
                        _ => unreachable!(),
                    })
                }
                "possibleDuplicatePartners" => self.duplicates(row, "Partner", |it| match it {
                    Thing::Partner(it) => (&it.normalized_name, &it.domain),
                    _ => unreachable!(),
                }),
                _ => never(),
            },
            Thing::Partner(row) => {
                let of = |key: id::PartnerId| key == row.id;
                match name {
                    "legalName" => plain(&row.legal_name),
                    "website" => plain(&row.website),
                    "domain" => plain(&row.domain),
                    "country" => plain(&row.country),
                    "kind" => plain(row.kind),
                    "region" => plain(&row.region),
                    "timeZone" => plain(&row.time_zone),
                    "locale" => plain(&row.locale),
                    "state" => plain(row.state),
                    "owner" => person(Some(row.owner_id)),
                    "application" => {
                        self.one("PartnerApplication", Some(row.application_id.0))
                    }
                    "approvedAt" => instant(row.approved_at),
                    "activatedAt" => instant(row.activated_at),
                    "timeToOnboard" => {
                        plain(row.activated_at.map(|at| (at - row.approved_at).num_seconds()))
                    }
                    "createdAt" => instant(row.created_at),
                    "updatedAt" => instant(row.updated_at),
                    "version" => plain(row.version),
                    "factorRequired" => plain(row.factor_required),
                    "memberships" => self.many("Membership", |it| {
                        matches!(it, Thing::Membership(it) if of(it.partner_id))
                    }),
                    "memberCount" => self.count("Membership", |it| {
                        matches!(it, Thing::Membership(it)
                            if of(it.partner_id) && it.state == MembershipState::Active)
                    }),
                    "invitations" => self.many("Invitation", |it| {
                        matches!(it, Thing::Invitation(it) if it.partner_id == Some(row.id))
                    }),
                    "onboarding" => self.latest("Onboarding", |it| {
                        matches!(it, Thing::Onboarding(it) if of(it.partner_id))
                    }),
                    "onboardings" => self.many("Onboarding", |it| {
                        matches!(it, Thing::Onboarding(it) if of(it.partner_id))
                    }),
                    "onboardingSteps" => self.many("OnboardingStep", |it| {
                        matches!(it, Thing::OnboardingStep(it) if of(it.partner_id))
                    }),
                    "openStepCount" => self.count("OnboardingStep", |it| {
                        matches!(it, Thing::OnboardingStep(it) if of(it.partner_id)
                            && matches!(it.state, StepState::Open | StepState::Returned))
                    }),
                    "facts" => self.many("Fact", |it| {
                        matches!(it, Thing::Fact(it) if it.partner_id == Some(row.id))
                    }),
                    "auditEntries" => self.many("AuditEntry", |it| {
                        matches!(it, Thing::AuditEntry(it) if it.partner_id == Some(row.id))
                    }),
                    _ => never(),
                }
            }
            Thing::Membership(row) => match name {
                "partner" => partner(row.partner_id),
                "person" => person(Some(row.person_id)),
                "role" => plain(row.role),
                "state" => plain(row.state),
                "joinedAt" => instant(row.joined_at),
                "endedAt" => instant(row.ended_at),
                "version" => plain(row.version),
                _ => never(),
            },
            Thing::Invitation(row) => match name {
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "email" => plain(&row.email),
                "name" => plain(&row.name),
                "memberRole" => plain(row.member_role),
                "vendorRoles" => plain(&row.vendor_roles),
                "locale" => plain(&row.locale),
                "timeZone" => plain(&row.time_zone),
                "state" => plain(row.state),
                "isExpired" => plain(
                    row.state == InvitationState::Pending && row.expires_at <= now(),
                ),
                "invitedBy" => person(row.invited_by),
                "createdAt" => instant(row.created_at),
                "expiresAt" => instant(row.expires_at),
                "closedAt" => instant(row.closed_at),
                "acceptedBy" => person(row.accepted_by),
                _ => never(),
            },
            Thing::Verdict(row) => match name {
                "outcome" => plain(row.outcome),
                "reason" => plain(&row.reason),
                "fields" => plain(&row.fields),
                "revision" => plain(row.revision),
                "reviewer" => person(Some(row.reviewer_id)),
                "application" => self.one("PartnerApplication", Some(row.subject_id)),
                "onboardingStep" => self.one("OnboardingStep", Some(row.subject_id)),
                "decidedAt" => instant(row.decided_at),
                _ => never(),
            },
            Thing::OnboardingPlan(row) => {
                let version = |it: Thing<'_>| {
                    matches!(it, Thing::OnboardingPlanVersion(it) if it.plan_id == row.id)
                };
                match name {
                    "slug" => plain(&row.slug),
                    "name" => plain(&row.name),
                    "createdAt" => instant(row.created_at),
                    "versions" => self.many("OnboardingPlanVersion", version),
                    "newestVersion" => self.latest("OnboardingPlanVersion", version),
                    _ => never(),
                }
            }
            Thing::OnboardingPlanVersion(row) => match name {
                "plan" => self.one("OnboardingPlan", Some(row.plan_id.0)),
                "number" => plain(row.number),
                "state" => plain(row.state),
                "locale" => plain(&row.locale),
                "kinds" => plain(&row.kinds),
                "regions" => plain(&row.regions),
                "document" => plain(self.is_staff().then_some(&row.document)),
                "author" => person(row.author_id),
                "createdAt" => instant(row.created_at),
                "publishedAt" => instant(row.published_at),
                "version" => plain(row.version),
                "steps" => self.many("OnboardingPlanStep", |it| {
                    matches!(it, Thing::OnboardingPlanStep(it) if it.plan_version_id == row.id)
                }),
                _ => never(),
            },
            Thing::OnboardingPlanStep(row) => match name {
                "planVersion" => self.one("OnboardingPlanVersion", Some(row.plan_version_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "instructions" => plain(&row.instructions),
                "performer" => plain(row.performer),
                "rule" => Held::Within("CompletionRule", row.rule.clone()),
                "questions" => Held::Within("FormQuestion", questions(&row.form)),
                "requires" => plain(&row.requires),
                "needsReview" => plain(row.needs_review),
                "dueDays" => plain(row.due_days),
                _ => never(),
            },
            Thing::Onboarding(row) => {
                let step = |it: Thing<'_>| {
                    matches!(it, Thing::OnboardingStep(it) if it.onboarding_id == row.id)
                };
                match name {
                    "partner" => partner(row.partner_id),
                    "planVersion" => {
                        self.one("OnboardingPlanVersion", Some(row.plan_version_id.0))
                    }
                    "startedAt" => instant(row.started_at),
                    "completedAt" => instant(row.completed_at),
                    "steps" => self.many("OnboardingStep", step),
                    "stepCount" => self.count("OnboardingStep", step),
                    "closedStepCount" => self.count("OnboardingStep", |it| {
                        step(it)
                            && matches!(it, Thing::OnboardingStep(it)
                                if matches!(it.state, StepState::Done | StepState::Waived))
                    }),
                    _ => never(),
                }
            }
            Thing::OnboardingStep(row) => match name {
                "partner" => partner(row.partner_id),
                "onboarding" => self.one("Onboarding", Some(row.onboarding_id.0)),
                "planStep" => self.one("OnboardingPlanStep", Some(row.plan_step_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "instructions" => plain(&row.instructions),
                "performer" => plain(row.performer),
                "rule" => Held::Within("CompletionRule", row.rule.clone()),
                "questions" => Held::Within("FormQuestion", questions(&row.form)),
                "requires" => plain(&row.requires),
                "needsReview" => plain(row.needs_review),
                "state" => plain(row.state),
                "dueAt" => instant(row.due_at),
                "dueOn" => plain(row.due_on),
                "isOverdue" => plain(
                    matches!(row.state, StepState::Open | StepState::Returned)
                        && row.due_at < now(),
                ),
                "openedAt" => instant(row.opened_at),
                "submittedAt" => instant(row.submitted_at),
                "submittedBy" => person(row.submitted_by),
                "closedAt" => instant(row.closed_at),
                "answers" => Held::Within("FormAnswer", answers(&row.answers)),
                "evidence" => plain(&row.evidence),
                "updatedAt" => instant(row.updated_at),
                "version" => plain(row.version),
                "verdicts" => verdicts(row.id.0),
                _ => never(),
            },
            Thing::Fact(row) => match name {
                "kind" => plain(&row.kind),
                "detail" => plain(&row.detail),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "person" => person(row.person_id),
                "occurredAt" => instant(row.occurred_at),
                "recordedAt" => instant(row.recorded_at),
                "recordedBy" => person(row.recorded_by),
                _ => never(),
            },
            Thing::AuditEntry(row) => match name {
                "at" => instant(row.at),
                "actorKind" => plain(&row.actor_kind),
                "actor" => person(row.actor_id),
                "action" => plain(&row.action),
                "partner" => self.one("Partner", row.partner_id.map(|key| key.0)),
                "subjectKind" => plain(&row.subject_kind),
                "subjectId" => plain(id(&row.subject_kind, row.subject_id)),
                "change" => plain(&row.change),
                "requestId" => plain(&row.request_id),
                "address" => plain(&row.address),
                _ => never(),
            },
            Thing::LetterPreference(row) => match name {
                "letter" => plain(&row.letter),
                "wanted" => plain(row.wanted),
                "changedAt" => instant(row.changed_at),
                _ => never(),
            },
            Thing::DeadLetter(row) => match name {
                "kind" => plain(&row.kind),
                "letter" => plain(&row.letter),
                "person" => person(row.person_id),
                "maskedAddress" => plain(&row.masked_address),
                "createdAt" => instant(row.created_at),
                "deadAt" => instant(row.dead_at),
                "attempts" => plain(row.attempts),
                "lastError" => plain(&row.last_error),
                "emptiedAt" => instant(row.emptied_at),
                _ => never(),
            },
            Thing::Suppression(row) => match name {
                "address" => plain(&row.address),
                "reason" => plain(row.reason),
                "reply" => plain(&row.reply),
                "letter" => self.one("DeadLetter", Some(row.letter_id.0)),
                "createdAt" => instant(row.created_at),
                "liftedAt" => instant(row.lifted_at),
                "liftedBy" => person(row.lifted_by),
                _ => never(),
            },
            Thing::Course(row) => {
                let version = |it: Thing<'_>| {
                    matches!(it, Thing::CourseVersion(it) if it.course_id == row.id)
                };
                match name {
                    "slug" => plain(&row.slug),
                    "title" => plain(&row.title),
                    "summary" => plain(&row.summary),
                    "locale" => plain(&row.locale),
                    "kinds" => plain(listed(&row.kinds)),
                    "tiers" => plain(listed(&row.tiers)),
                    "regions" => plain(listed(&row.regions)),
                    "refreshMonths" => plain(row.refresh_months),
                    "state" => plain(row.state),
                    "createdAt" => instant(row.created_at),
                    "version" => plain(row.version),
                    "versions" => self.many("CourseVersion", version),
                    "newestVersion" => self.latest("CourseVersion", version),
                    "enrollments" => self.many("Enrollment", |it| {
                        matches!(it, Thing::Enrollment(it) if it.course_id == row.id)
                    }),
                    _ => never(),
                }
            }
            Thing::CourseVersion(row) => {
                let lesson = |it: Thing<'_>| {
                    matches!(it, Thing::Lesson(it) if it.course_version_id == row.id)
                };
                match name {
                    "course" => self.one("Course", Some(row.course_id.0)),
                    "number" => plain(row.number),
                    "state" => plain(row.state),
                    "title" => plain(&row.title),
                    "summary" => plain(&row.summary),
                    "locale" => plain(&row.locale),
                    "minutes" => plain(row.minutes),
                    "prerequisites" => plain(&row.prerequisites),
                    "refreshMonths" => plain(row.refresh_months),
                    "outdates" => plain(row.outdates),
                    "document" => plain(self.is_staff().then_some(&row.document)),
                    "author" => person(row.author_id),
                    "createdAt" => instant(row.created_at),
                    "publishedAt" => instant(row.published_at),
                    "version" => plain(row.version),
                    "modules" => self.many("CourseModule", |it| {
                        matches!(it, Thing::CourseModule(it) if it.course_version_id == row.id)
                    }),
                    "lessons" => self.many("Lesson", lesson),
                    "lessonCount" => self.count("Lesson", lesson),
                    _ => never(),
                }
            }
            Thing::CourseModule(row) => match name {
                "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                "key" => plain(&row.key),
                "position" => plain(row.position),
                "title" => plain(&row.title),
                "lessons" => self.many("Lesson", |it| {
                    matches!(it, Thing::Lesson(it) if it.module_id == row.id)
                }),
                _ => never(),
            },
            Thing::Lesson(row) => {
                // What the rules leave out stands for this.
                let quiz = |field: &str, default: serde_json::Value| match &row.quiz {
                    None => plain(None::<()>),
                    Some(quiz) => plain(quiz.get(field).cloned().unwrap_or(default)),
                };
                match name {
                    "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                    "module" => self.one("CourseModule", Some(row.module_id.0)),
                    "key" => plain(&row.key),
                    "position" => plain(row.position),
                    "title" => plain(&row.title),
                    "kind" => plain(row.kind),
                    "minutes" => plain(row.minutes),
                    "body" => plain(&row.body),
                    "html" => plain(&row.html),
                    "videoUrl" => plain(&row.video_url),
                    "exam" => plain(row.exam),
                    "passPercent" => quiz("passPercent", json!(null)),
                    "attemptsAllowed" => quiz("attempts", json!(null)),
                    "coolDownMinutes" => quiz("coolDownMinutes", json!(0)),
                    "timeLimitMinutes" => quiz("timeLimitMinutes", json!(null)),
                    _ => never(),
                }
            }
            Thing::LearningPath(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "createdAt" => instant(row.created_at),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "courses" => self.many("LearningPathCourse", |it| {
                    matches!(it, Thing::LearningPathCourse(it) if it.learning_path_id == row.id)
                }),
                _ => never(),
            },
            Thing::LearningPathCourse(row) => match name {
                "learningPath" => self.one("LearningPath", Some(row.learning_path_id.0)),
                "course" => self.one("Course", Some(row.course_id.0)),
                "position" => plain(row.position),
                _ => never(),
            },
            Thing::Enrollment(row) => {
                let is_told = self.is_told(row.person_id, row.assigned_for);
                let is_open = matches!(
                    row.state,
                    EnrollmentState::Enrolled | EnrollmentState::InProgress
                );
                let progress = |it: Thing<'_>| {
                    matches!(it, Thing::LessonProgress(it) if it.enrollment_id == row.id)
                };
                match name {
                    "person" => person(Some(row.person_id)),
                    "course" => self.one("Course", Some(row.course_id.0)),
                    "courseVersion" => self.one("CourseVersion", Some(row.course_version_id.0)),
                    "round" => plain(row.round),
                    "state" => plain(row.state),
                    "requires" => plain(&row.requires),
                    "refreshes" => plain(row.refreshes),
                    "dueOn" => plain(row.due_on.filter(|_| is_told)),
                    "dueAt" => instant(row.due_at.filter(|_| is_told)),
                    "isOverdue" => {
                        let is_late = row.due_at.is_some_and(|due| due < now());
                        plain(is_told && is_open && is_late)
                    }
                    "assignedBy" => person(row.assigned_by),
                    "assignedFor" => self.one("Partner", row.assigned_for.map(|key| key.0)),
                    "enrolledAt" => instant(row.enrolled_at),
                    "startedAt" => instant(row.started_at),
                    "completedAt" => instant(row.completed_at),
                    "withdrawnAt" => instant(row.withdrawn_at),
                    "progress" => self.many("LessonProgress", progress),
                    "completedLessonCount" => self.count("LessonProgress", |it| {
                        progress(it)
                            && matches!(it, Thing::LessonProgress(it) if it.completed_at.is_some())
                    }),
                    "nextLessons" => self.next_lessons(row),
                    "attempts" => self.many("QuizAttempt", |it| {
                        matches!(it, Thing::QuizAttempt(it) if it.enrollment_id == row.id)
                    }),
                    "version" => plain(row.version),
                    _ => never(),
                }
            }
            Thing::LessonProgress(row) => match name {
                "enrollment" => self.one("Enrollment", Some(row.enrollment_id.0)),
                "lesson" => self.one("Lesson", Some(row.lesson_id.0)),
                "openedAt" => instant(row.opened_at),
                "seenAt" => instant(row.seen_at),
                "completedAt" => instant(row.completed_at),
                "seconds" => plain(row.seconds),
                _ => never(),
            },
            Thing::QuizAttempt(row) => match name {
                "enrollment" => self.one("Enrollment", Some(row.enrollment_id.0)),
                "lesson" => self.one("Lesson", Some(row.lesson_id.0)),
                "number" => plain(row.number),
                "questions" => Held::Within("QuizQuestion", asked(&row.asked)),
                "answers" => plain(&row.answers),
                "marks" => Held::Within("QuizMark", row.marks.clone()),
                "passPercent" => plain(row.pass_percent),
                "startedAt" => instant(row.started_at),
                "endsAt" => instant(row.ends_at),
                "submittedAt" => instant(row.submitted_at),
                "points" => plain(row.points),
                "outOf" => plain(row.out_of),
                "percent" => plain(row.percent),
                "passed" => plain(row.passed),
                _ => never(),
            },
            Thing::Certification(row) => match name {
                "slug" => plain(&row.slug),
                "title" => plain(&row.title),
                "summary" => plain(&row.summary),
                "locale" => plain(&row.locale),
                "kinds" => plain(listed(&row.kinds)),
                "tiers" => plain(listed(&row.tiers)),
                "regions" => plain(listed(&row.regions)),
                "route" => Held::Within("CertificationRoute", route(&row.route)),
                "renewal" => Held::Within("CertificationRoute", route(&row.renewal)),
                "validityMonths" => plain(row.validity_months),
                "windowDays" => plain(row.window_days),
                "createdAt" => instant(row.created_at),
                "retiredAt" => instant(row.retired_at),
                "version" => plain(row.version),
                "certificates" => self.many("Certificate", |it| {
                    matches!(it, Thing::Certificate(it) if it.certification_id == row.id)
                }),
                _ => never(),
            },
            Thing::Certificate(row) => match name {
                "certification" => self.one("Certification", Some(row.certification_id.0)),
                "person" => person(Some(row.person_id)),
                "sequence" => plain(row.sequence),
                "renewal" => plain(row.renewal),
                "state" => {
                    let is_told = self.is_told(row.person_id, row.assigned_for);
                    plain(standing(row, row.due_at.filter(|_| is_told)))
                }
                "windowOpensAt" => instant(row.window_opens_at),
                "dueAt" => {
                    let is_told = self.is_told(row.person_id, row.assigned_for);
                    instant(row.due_at.filter(|_| is_told))
                }
                "assignedBy" => person(row.assigned_by),
                "assignedFor" => self.one("Partner", row.assigned_for.map(|key| key.0)),
                "issuedAt" => instant(row.issued_at),
                "validFrom" => instant(row.valid_from),
                "validUntil" => instant(row.valid_until),
                "number" => plain(&row.number),
                "holder" => plain(&row.holder),
                "outdatedAt" => instant(row.outdated_at),
                "revokedAt" => instant(row.revoked_at),
                "revokedBy" => person(row.revoked_by),
                "revokedReason" => plain(&row.revoked_reason),
                "revokedEvidence" => {
                    plain(row.revoked_evidence.as_ref().filter(|_| self.is_staff()))
                }
                "corrections" => self.many("CertificateCorrection", |it| {
                    matches!(it, Thing::CertificateCorrection(it) if it.certificate_id == row.id)
                }),
                "evidence" => self.latest("CertificationEvidence", |it| {
                    matches!(it, Thing::CertificationEvidence(it) if it.certificate_id == row.id)
                }),
                "version" => plain(row.version),
                _ => never(),
            },
            Thing::CertificateCorrection(row) => match name {
                "certificate" => self.one("Certificate", Some(row.certificate_id.0)),
                "before" => plain(&row.before),
                "after" => plain(&row.after),
                "reason" => plain(&row.reason),
                "correctedBy" => person(Some(row.corrected_by)),
                "correctedAt" => instant(row.corrected_at),
                _ => never(),
            },
            Thing::CertificationEvidence(row) => match name {
                "certificate" => self.one("Certificate", Some(row.certificate_id.0)),
                "certification" => self.one("Certification", Some(row.certification_id.0)),
                "person" => person(Some(row.person_id)),
                "state" => plain(row.state),
                "text" => plain(&row.text),
                "url" => plain(&row.url),
                "submittedAt" => instant(row.submitted_at),
                "takenUpBy" => person(row.taken_up_by),
                "decidedAt" => instant(row.decided_at),
                "version" => plain(row.version),
                "verdicts" => verdicts(row.id.0),
                _ => never(),
            },
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
            (Thing::CertificationEvidence(row), "person") => person(Some(row.person_id)),
            (Thing::CertificationEvidence(row), "certification") => {
                link("Certification", Some(row.certification_id.0))
            }
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
        "Person" => ("name", false),
        "OnboardingPlan" => ("slug", false),
        "OnboardingPlanStep" | "OnboardingStep" | "CourseModule" | "Lesson"
        | "LearningPathCourse" => ("position", false),
        "Course" | "LearningPath" | "Certification" => ("title", false),
        "LessonProgress" => ("openedAt", false),
        "Enrollment" => ("enrolledAt", true),
        "Certificate" => ("windowOpensAt", true),
        "CertificateCorrection" => ("correctedAt", true),
        "CertificationEvidence" => ("submittedAt", true),
        "Factor" => ("createdAt", false),
        "Membership" => ("joinedAt", false),
        "OnboardingPlanVersion" | "CourseVersion" => ("number", true),
        "Onboarding" | "QuizAttempt" => ("startedAt", true),
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
    if at_root
        && type_name == "OnboardingStep"
        && !matches!(said, Value::List(said) if !said.is_empty())
    {
        return vec![("dueAt".to_owned(), false)];
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

/// Begins what stands for a cursor while it is not known how the fast reader writes it.
pub(super) const CURSOR: &str = "\u{1}cursor";

/// What stands for a cursor: the list and its order, and the key.
pub(super) fn cursor(type_name: &str, by: &[(String, bool)], key: Uuid) -> String {
    format!("{} {key}", cursors_of(type_name, by))
}

/// What the cursors of such a list have in common.
pub(super) fn cursors_of(type_name: &str, by: &[(String, bool)]) -> String {
    format!("{CURSOR} {type_name} {by:?}")
}

/// An answer to a whole document.
pub(super) struct Answer<'w, 'q> {
    pub(super) slow: &'q Slow<'w>,
    document: ExecutableDocument,
    variables: &'q Variables,
    /// What is known of the fast reader's cursors: the place that each stands for.
    pub(super) cursors: &'q BTreeMap<String, String>,
}

/// A part of a list.
struct Page<'w> {
    type_name: &'static str,
    by: Vec<(String, bool)>,
    rows: Vec<Thing<'w>>,
    total: usize,
    has_next: bool,
    has_previous: bool,
}

impl<'w, 'q> Answer<'w, 'q> {
    pub(super) fn new(
        slow: &'q Slow<'w>,
        query: &str,
        variables: &'q Variables,
        cursors: &'q BTreeMap<String, String>,
    ) -> Self {
        let document = parse_query(query).unwrap();
        Self {
            slow,
            document,
            variables,
            cursors,
        }
    }

    pub(super) fn answer(&self) -> Value {
        let DocumentOperations::Single(operation) = &self.document.operations else {
            panic!("one operation")
        };
        let mut answer = IndexMap::new();
        for fields in self.fields(&[&operation.node.selection_set.node], "Query") {
            let field = fields[0];
            let value = match field.name.node.as_str() {
                "__typename" => Value::from("Query"),
                "nodes" => items(&self.argument(field, "ids"))
                    .iter()
                    .map(|id| self.thing(self.by_id(&string(id)), &fields))
                    .collect(),
                "node" => self.thing(self.by_id(&string(&self.argument(field, "id"))), &fields),
                name => match root(name) {
                    (type_name, false) => {
                        let found = self.by_id(&string(&self.argument(field, "id")));
                        let found = found.filter(|thing| thing.type_name() == type_name);
                        self.thing(found, &fields)
                    }
                    (type_name, true) => {
                        self.connection(type_name, self.slow.visible(type_name), &fields, true)
                    }
                },
            };
            answer.insert(field.response_key().node.clone(), value);
        }
        Value::Object(answer)
    }

    fn by_id(&self, wanted: &str) -> Option<Thing<'w>> {
        let mut all = TYPES
            .iter()
            .flat_map(|type_name| self.slow.visible(type_name));
        all.find(|thing| id(thing.type_name(), thing.key()) == wanted)
    }

    fn thing(&self, thing: Option<Thing<'w>>, fields: &[&Field]) -> Value {
        let Some(thing) = thing else {
            return Value::Null;
        };
        let selections: Vec<_> = fields
            .iter()
            .map(|field| &field.selection_set.node)
            .collect();
        let mut object = IndexMap::new();
        for fields in self.fields(&selections, thing.type_name()) {
            let value = match fields[0].name.node.as_str() {
                "__typename" => Value::from(thing.type_name()),
                name => match self.slow.field(thing, name) {
                    Held::Plain(value) => Value::from_json(value).unwrap(),
                    Held::One(other) => self.thing(other, &fields),
                    Held::Many(type_name, all) => self.connection(type_name, all, &fields, false),
                    Held::Within(name, serde_json::Value::Array(all)) => all
                        .iter()
                        .map(|it| self.within(name, it, &fields))
                        .collect(),
                    Held::Within(name, it) => self.within(name, &it, &fields),
                    Held::Linked(None) => Value::Null,
                    Held::Linked(Some(all)) => all
                        .into_iter()
                        .map(|other| self.thing(Some(other), &fields))
                        .collect(),
                },
            };
            object.insert(fields[0].response_key().node.clone(), value);
        }
        Value::Object(object)
    }

    fn page(
        &self,
        type_name: &'static str,
        mut all: Vec<Thing<'w>>,
        field: &Field,
        at_root: bool,
    ) -> Page<'w> {
        let filter = self.argument(field, "filter");
        all.retain(|thing| self.slow.passes(*thing, &filter));
        let by = order_of(type_name, &self.argument(field, "orderBy"), at_root);
        self.slow.sort(&mut all, &by);
        let total = all.len();
        let place = |name: &str| match self.argument(field, name) {
            Value::Null => None,
            cursor => {
                let place = &self.cursors[&string(&cursor)];
                let every = Thing::all(self.slow.world, type_name);
                let at = every
                    .iter()
                    .find(|it| &self::cursor(type_name, &by, it.key()) == place);
                Some(*at.expect("a cursor of this order"))
            }
        };
        let (after, before) = (place("after"), place("before"));
        all.retain(|thing| {
            let stands = |at: &Thing<'w>| self.slow.compare(*thing, *at, &by);
            after.as_ref().is_none_or(|at| stands(at).is_gt())
                && before.as_ref().is_none_or(|at| stands(at).is_lt())
        });
        let size = |name: &str| match self.argument(field, name) {
            Value::Number(number) => Some(usize::try_from(number.as_u64().unwrap()).unwrap()),
            _ => None,
        };
        let (mut has_next, mut has_previous) = (before.is_some(), after.is_some());
        if let Some(last) = size("last") {
            let beyond = all.len().saturating_sub(last);
            all.drain(..beyond);
            has_previous = beyond > 0;
        } else {
            let first = size("first").unwrap_or(20);
            has_next = all.len() > first;
            all.truncate(first);
        }
        if size("last").is_some() {
            has_next = before.is_some();
        } else {
            has_previous = after.is_some();
        }
        Page {
            type_name,
            by,
            rows: all,
            total,
            has_next,
            has_previous,
        }
    }

    fn connection(
        &self,
        type_name: &'static str,
        all: Vec<Thing<'w>>,
        fields: &[&Field],
        at_root: bool,
    ) -> Value {
        let page = self.page(type_name, all, fields[0], at_root);
        let own = format!("{type_name}Connection");
        self.object(fields, &own, |name, fields| match name {
            "totalCount" => Value::from(page.total),
            "nodes" => page
                .rows
                .iter()
                .map(|it| self.thing(Some(*it), fields))
                .collect(),
            "edges" => page
                .rows
                .iter()
                .map(|it| self.edge(&page, *it, fields))
                .collect(),
            "pageInfo" => self.object(fields, "PageInfo", |name, _| {
                let cursor = |row: Option<&Thing<'w>>| {
                    row.map_or(Value::Null, |it| {
                        Value::from(cursor(page.type_name, &page.by, it.key()))
                    })
                };
                match name {
                    "hasNextPage" => Value::from(page.has_next),
                    "hasPreviousPage" => Value::from(page.has_previous),
                    "startCursor" => cursor(page.rows.first()),
                    "endCursor" => cursor(page.rows.last()),
                    other => panic!("{other}"),
                }
            }),
            other => panic!("{other}"),
        })
    }

    fn edge(&self, page: &Page<'w>, row: Thing<'w>, fields: &[&Field]) -> Value {
        let own = format!("{}Edge", page.type_name);
        self.object(fields, &own, |name, fields| match name {
            "cursor" => Value::from(cursor(page.type_name, &page.by, row.key())),
            "node" => self.thing(Some(row), fields),
            other => panic!("{other}"),
        })
    }

    /// An object that is stored within a row.
    fn within(&self, type_name: &str, it: &serde_json::Value, fields: &[&Field]) -> Value {
        self.object(fields, type_name, |name, _| {
            Value::from_json(it[name].clone()).unwrap()
        })
    }

    fn object(
        &self,
        fields: &[&Field],
        type_name: &str,
        value: impl Fn(&str, &[&Field]) -> Value,
    ) -> Value {
        let selections: Vec<_> = fields
            .iter()
            .map(|field| &field.selection_set.node)
            .collect();
        let mut object = IndexMap::new();
        for fields in self.fields(&selections, type_name) {
            let value = match fields[0].name.node.as_str() {
                "__typename" => Value::from(type_name),
                name => value(name, &fields),
            };
            object.insert(fields[0].response_key().node.clone(), value);
        }
        Value::Object(object)
    }

    /// The fields that are asked, by response key, in the order of the text.
    fn fields<'a>(&'a self, sets: &[&'a SelectionSet], type_name: &str) -> Vec<Vec<&'a Field>> {
        let mut all: Vec<Vec<&Field>> = Vec::new();
        for set in sets {
            self.collect(set, type_name, &mut all);
        }
        all
    }

    fn collect<'a>(
        &'a self,
        set: &'a SelectionSet,
        type_name: &str,
        all: &mut Vec<Vec<&'a Field>>,
    ) {
        for item in &set.items {
            let skipped = item.node.directives().iter().any(|directive| {
                let condition = self.resolve(&directive.node.arguments[0].1.node);
                condition == Value::Boolean(directive.node.name.node == "skip")
            });
            if skipped {
                continue;
            }
            let applies =
                |on: &str| on == type_name || (on == "Node" && TYPES.contains(&type_name));
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    match all
                        .iter_mut()
                        .find(|fields| &fields[0].response_key().node == key)
                    {
                        Some(fields) => fields.push(&field.node),
                        None => all.push(vec![&field.node]),
                    }
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    if on.is_none_or(|on| applies(&on.node.on.node)) {
                        self.collect(&inline.node.selection_set.node, type_name, all);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.node.fragment_name.node].node;
                    if applies(&fragment.type_condition.node.on.node) {
                        self.collect(&fragment.selection_set.node, type_name, all);
                    }
                }
            }
        }
    }

    fn argument(&self, field: &Field, name: &str) -> Value {
        let value = field.get_argument(name);
        value.map_or(Value::Null, |value: &Positioned<_>| {
            self.resolve(&value.node)
        })
    }

    fn resolve(&self, value: &async_graphql_value::Value) -> Value {
        let resolved = value.clone().into_const_with(|name: Name| {
            Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default())
        });
        resolved.unwrap()
    }
}

/// The type of a field of the root, and whether it is a list.
fn root(name: &str) -> (&'static str, bool) {
    match name {
        "partner" => ("Partner", false),
        "partners" => ("Partner", true),
        "partnerApplication" => ("PartnerApplication", false),
        "partnerApplications" => ("PartnerApplication", true),
        "person" => ("Person", false),
        "people" => ("Person", true),
        "onboardingPlans" => ("OnboardingPlan", true),
        "onboardingSteps" => ("OnboardingStep", true),
        "facts" => ("Fact", true),
        "auditEntries" => ("AuditEntry", true),
        "deadLetters" => ("DeadLetter", true),
        "suppressions" => ("Suppression", true),
        "course" => ("Course", false),
        "courses" => ("Course", true),
        "learningPaths" => ("LearningPath", true),
        "enrollments" => ("Enrollment", true),
        "certifications" => ("Certification", true),
        "certificates" => ("Certificate", true),
        "certificationEvidence" => ("CertificationEvidence", true),
        other => panic!("no such root: {other}"),
    }
}
