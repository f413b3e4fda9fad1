//! A partner of so many members who are all on so many courses.

use entity::certificate;
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::id::PartnerId;
use entity::lesson_kind::LessonKind;
use entity::membership::MembershipState;
use entity::*;
use serde_json::json;

use super::{Chance, World, start};

/// Lessons of each course; the first two are completed by everybody.
const LESSONS: i32 = 4;

impl World {
    /// A world with a partner of its own: each of its `members` is on each of `courses`, half way,
    /// and holds two certificates.
    pub(in crate::reads) fn with_team(members: usize, courses: usize) -> (Self, PartnerId) {
        let chance = &mut Chance::new(3);
        let mut world = Self::random(7, 4);
        let partner = partner::Model {
            id: chance.key(),
            application_id: world.application.last().unwrap().id,
            legal_name: "Large GmbH".to_owned(),
            ..world.partner[0].clone()
        };
        for nth in 0..courses {
            world.add_course_of_four(chance, nth);
        }
        let versions = world.course_version[world.course_version.len() - courses..].to_vec();
        for nth in 0..members {
            let person = person::Model {
                id: chance.key(),
                email: format!("learner{nth}@example.test"),
                name: format!("Learner {nth:03}"),
                ..world.person[0].clone()
            };
            world.membership.push(membership::Model {
                id: chance.key(),
                partner_id: partner.id,
                person_id: person.id,
                state: MembershipState::Active,
                ended_at: None,
                ..world.membership[0].clone()
            });
            for version in &versions {
                world.add_half_way(chance, person.id, version);
            }
            for of in 0..2 {
                let serial = world.certificate.len();
                world.certificate.push(certificate::Model {
                    id: chance.key(),
                    certification_id: world.certification[of].id,
                    person_id: person.id,
                    sequence: 1,
                    issued_at: Some(start()),
                    valid_from: Some(start()),
                    valid_until: None,
                    revoked_at: None,
                    revoked_by: None,
                    revoked_reason: None,
                    revoked_evidence: None,
                    number: Some(format!("TEAM-{serial:05}")),
                    holder: Some(person.name.clone()),
                    status_index: Some(i64::try_from(serial).unwrap()),
                    ..world.certificate[0].clone()
                });
            }
            world.person.push(person);
        }
        let id = partner.id;
        world.partner.push(partner);
        (world, id)
    }

    fn add_course_of_four(&mut self, chance: &mut Chance, nth: usize) {
        let course = course::Model {
            id: chance.key(),
            slug: format!("of-four-{nth}"),
            title: format!("Of four {nth:02}"),
            kinds: String::new(),
            tiers: String::new(),
            regions: String::new(),
            state: CourseState::Published,
            ..self.course[0].clone()
        };
        let version = course_version::Model {
            id: chance.key(),
            course_id: course.id,
            number: 1,
            state: CourseVersionState::Published,
            published_at: Some(start()),
            ..self.course_version[0].clone()
        };
        let module = course_module::Model {
            id: chance.key(),
            course_version_id: version.id,
            ..self.course_module[0].clone()
        };
        for position in 1..=LESSONS {
            self.lesson.push(lesson::Model {
                stored_file_id: None,
                id: chance.key(),
                course_version_id: version.id,
                module_id: module.id,
                key: format!("lesson-{position}"),
                position,
                title: format!("Lesson {position}"),
                kind: LessonKind::Text,
                minutes: 10,
                body: "Read *this*.".to_owned(),
                html: "<p>Read <em>this</em>.</p>".to_owned(),
                video_url: None,
                file_id: None,
                quiz: None,
                exam: false,
            });
        }
        self.course_module.push(module);
        self.course_version.push(version);
        self.course.push(course);
    }

    fn add_half_way(
        &mut self,
        chance: &mut Chance,
        person: id::PersonId,
        version: &course_version::Model,
    ) {
        let row = enrollment::Model {
            id: chance.key(),
            person_id: person,
            course_id: version.course_id,
            course_version_id: version.id,
            round: 1,
            state: EnrollmentState::InProgress,
            requires: json!([]),
            assigned_by: None,
            assigned_for: None,
            due_on: None,
            due_at: None,
            refreshes: false,
            enrolled_at: start(),
            started_at: Some(start()),
            completed_at: None,
            withdrawn_at: None,
            version: 1,
        };
        let of_version = |it: &&lesson::Model| it.course_version_id == version.id;
        let lessons: Vec<_> = self.lesson.iter().filter(of_version).cloned().collect();
        for lesson in lessons.iter().take(2) {
            self.lesson_progress.push(lesson_progress::Model {
                id: chance.key(),
                enrollment_id: row.id,
                lesson_id: lesson.id,
                person_id: person,
                opened_at: start(),
                seen_at: start(),
                completed_at: Some(start()),
                seconds: 60,
            });
        }
        self.enrollment.push(row);
    }
}
