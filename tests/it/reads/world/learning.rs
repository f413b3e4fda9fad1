//! Courses, who is on them, and certificates.

use chrono::{DateTime, TimeDelta, Utc};
use entente::course::answer::Mark;
use entente::course::question::Quiz;
use entente::course::quiz::{Answer, draw, judge};
use entity::certification_evidence::EvidenceState;
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::id::{CertificateId, CertificationId, CourseId, PartnerId, PersonId};
use entity::lesson_kind::LessonKind;
use entity::verdict::SubjectKind;
use entity::*;
use serde_json::{Value, json};

use super::{Chance, NAMES, World, day, now};

/// Kinds, tiers and regions of audiences: for all, for some, for nobody yet. A region's code is no
/// pattern: `EU_1` is not `EUX1`.
pub(super) const AUDIENCES: [[&str; 3]; 7] = [
    ["", "", ""],
    ["|RESELLER|", "", ""],
    ["|SERVICES|REFERRAL|", "", "|EMEA|APAC|"],
    ["", "", "|APAC|"],
    ["", "", "|EUX1|"],
    ["", "|gold|silver|", ""],
    ["|MANAGED_SERVICE|RESELLER|", "", "|EU_1|EMEA|"],
];

/// Quizzes, with and without what may be left out.
fn quizzes() -> [Quiz; 2] {
    let question = |key: &str, points: u32| {
        json!({
            "key": key, "text": format!("*Which* \"{key}\"?"), "kind": "MULTIPLE", "points": points,
            "feedback": "Read é again.",
            "choices": [
                { "key": "a", "text": "This", "correct": true }, { "key": "b", "text": "That\nor" },
            ],
        })
    };
    let bare = json!({
        "passPercent": 50,
        "pools": [{ "questions": [
            { "key": "is-it", "text": "Is it?", "kind": "TRUE_FALSE", "answer": true },
            { "key": "say", "text": "Say.", "kind": "SHORT_ANSWER", "accepted": ["so"] },
        ] }],
    });
    let full = json!({
        "exam": true, "passPercent": 80, "attempts": 3, "coolDownMinutes": 60,
        "timeLimitMinutes": 45, "shuffle": true,
        "pools": [{ "draw": 2, "questions": [
            question("one", 1), question("two", 2), question("three", 5),
        ] }],
    });
    [bare, full].map(|quiz| serde_json::from_value(quiz).unwrap())
}

/// What is to be shown, as routes are stored.
fn routes() -> [Value; 3] {
    [
        json!({ "courses": [] }),
        json!({ "courses": ["course-0", "course-1"], "atLeast": 1, "exam": "course-2" }),
        json!({ "courses": ["course-3"], "evidence": "A *project*." }),
    ]
}

impl Chance {
    pub(super) fn day_or_none(&mut self) -> Option<chrono::NaiveDate> {
        self.one_in(2).then(|| day(self.below(30)))
    }

    pub(super) fn person_or_none(&mut self, people: &[PersonId]) -> Option<PersonId> {
        self.one_in(2).then(|| *self.pick(people))
    }

    /// One of the instants near which a period changes its state.
    fn turn(&mut self) -> DateTime<Utc> {
        let days = *self.pick(&[-1, 0, 29, 30, 31, 89, 90, 91]);
        now() + TimeDelta::days(days) + TimeDelta::microseconds(*self.pick(&[0, 0, 1]))
    }
}

impl World {
    pub(super) fn add_learning(&mut self, chance: &mut Chance, people: &[PersonId]) {
        let partners: Vec<PartnerId> = self.partner.iter().map(|row| row.id).collect();
        for nth in 0..10 {
            self.add_course(chance, nth, people);
        }
        for nth in 0..7 {
            self.add_path(chance, nth);
            self.add_certification(chance, nth);
        }
        self.add_files(chance);
        let courses: Vec<CourseId> = self.course.iter().map(|row| row.id).collect();
        let certifications: Vec<CertificationId> =
            self.certification.iter().map(|row| row.id).collect();
        for person in people {
            for _ in 0..chance.below(4) {
                let course = *chance.pick(&courses);
                self.add_enrollments(chance, *person, course, &partners, people);
            }
            for certification in &certifications {
                if chance.one_in(4) {
                    self.add_periods(chance, *person, *certification, &partners, people);
                }
            }
        }
    }

    fn add_course(&mut self, chance: &mut Chance, nth: usize, people: &[PersonId]) {
        let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
        let state: CourseState = if nth < 7 {
            CourseState::Published
        } else {
            chance.any()
        };
        let row = course::Model {
            id: chance.key(),
            slug: format!("course-{nth}"),
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "What\n*it* teaches.".to_owned(),
            locale: (*chance.pick(&["en", "de"])).to_owned(),
            kinds,
            tiers,
            regions,
            refresh_months: chance.one_in(2).then_some(12),
            state,
            created_at: chance.instant(),
            version: 2,
        };
        let states = match state {
            CourseState::Draft => &[CourseVersionState::Draft][..],
            CourseState::Published | CourseState::Retired => &[
                CourseVersionState::Retired,
                CourseVersionState::Published,
                CourseVersionState::Draft,
            ][..2 + nth % 2],
        };
        for (index, state) in states.iter().enumerate() {
            let version = course_version::Model {
                id: chance.key(),
                course_id: row.id,
                number: i32::try_from(index).unwrap() + 1,
                state: *state,
                title: row.title.clone(),
                summary: row.summary.clone(),
                locale: row.locale.clone(),
                minutes: 90,
                prerequisites: chance.pick(&[json!([]), json!(["course-0"])]).clone(),
                refresh_months: row.refresh_months,
                outdates: chance.one_in(3),
                document: "modules: \"…\"".to_owned(),
                author_id: chance.person_or_none(people),
                created_at: chance.instant(),
                published_at: (*state != CourseVersionState::Draft).then(|| chance.instant()),
                version: 1,
            };
            self.add_lessons(chance, &version);
            self.course_version.push(version);
        }
        self.course.push(row);
    }

    fn add_lessons(&mut self, chance: &mut Chance, version: &course_version::Model) {
        let kinds = [LessonKind::Text, LessonKind::Video, LessonKind::Quiz];
        let mut position = 0;
        for part in 1..=2 {
            let module = course_module::Model {
                id: chance.key(),
                course_version_id: version.id,
                key: format!("part-{part}"),
                position: part,
                title: format!("Part {part}"),
            };
            for kind in &kinds[..=chance.below(3)] {
                position += 1;
                let quiz = (*kind == LessonKind::Quiz).then(|| chance.pick(&quizzes()).clone());
                self.lesson.push(lesson::Model {
                    id: chance.key(),
                    course_version_id: version.id,
                    module_id: module.id,
                    key: format!("lesson-{position}"),
                    position,
                    title: (*chance.pick(&NAMES)).to_owned(),
                    kind: *kind,
                    minutes: 10,
                    body: "# Read \"this\"".to_owned(),
                    html: "<h1>Read &quot;this&quot;</h1>".to_owned(),
                    video_url: (*kind == LessonKind::Video)
                        .then(|| "https://film.example.test/1".to_owned()),
                    file_id: None,
                    stored_file_id: None,
                    exam: quiz.as_ref().is_some_and(|quiz| quiz.exam),
                    quiz: quiz.map(|quiz| serde_json::to_value(quiz).unwrap()),
                });
            }
            self.course_module.push(module);
        }
    }

    fn add_path(&mut self, chance: &mut Chance, nth: usize) {
        let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
        let path = learning_path::Model {
            id: chance.key(),
            slug: format!("path-{nth}"),
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "Where it leads.".to_owned(),
            locale: "en".to_owned(),
            kinds,
            tiers,
            regions,
            created_at: chance.instant(),
            retired_at: chance.perhaps(4),
            version: 1,
        };
        for (position, course) in self.course.iter().enumerate().skip(nth).take(4) {
            self.learning_path_course.push(learning_path_course::Model {
                id: chance.key(),
                learning_path_id: path.id,
                course_id: course.id,
                position: i32::try_from(position - nth).unwrap() + 1,
            });
        }
        self.learning_path.push(path);
    }

    fn add_certification(&mut self, chance: &mut Chance, nth: usize) {
        let [kinds, tiers, regions] = AUDIENCES[nth % AUDIENCES.len()].map(str::to_owned);
        self.certification.push(certification::Model {
            id: chance.key(),
            slug: format!("certification-{nth}"),
            title: (*chance.pick(&NAMES)).to_owned(),
            summary: "What its holders *can*.".to_owned(),
            locale: "de".to_owned(),
            kinds,
            tiers,
            regions,
            route: chance.pick(&routes()).clone(),
            renewal: chance.pick(&routes()).clone(),
            validity_months: chance.one_in(2).then_some(24),
            window_days: 90,
            created_at: chance.instant(),
            retired_at: chance.perhaps(4),
            version: 1,
        });
    }

    /// One or two rounds of somebody on a course: the first is over where there is a second.
    fn add_enrollments(
        &mut self,
        chance: &mut Chance,
        person: PersonId,
        course: CourseId,
        partners: &[PartnerId],
        people: &[PersonId],
    ) {
        let is_on = |it: &enrollment::Model| it.person_id == person && it.course_id == course;
        if self.enrollment.iter().any(is_on) {
            return;
        }
        let rounds = 1 + i32::from(chance.one_in(3));
        for round in 1..=rounds {
            let state: EnrollmentState = if round < rounds {
                *chance.pick(&[EnrollmentState::Completed, EnrollmentState::Withdrawn])
            } else {
                chance.any()
            };
            let of_course = self
                .course_version
                .iter()
                .filter(|it| it.course_id == course);
            let versions: Vec<_> = of_course.map(|it| it.id).collect();
            let due_at = chance.one_in(2).then(|| chance.instant());
            let row = enrollment::Model {
                id: chance.key(),
                person_id: person,
                course_id: course,
                course_version_id: *chance.pick(&versions),
                round,
                state,
                requires: chance
                    .pick(&[json!([]), json!(["course-0", "course-1"])])
                    .clone(),
                assigned_by: chance.person_or_none(people),
                assigned_for: chance.one_in(2).then(|| *chance.pick(partners)),
                due_on: chance.day_or_none(),
                due_at,
                refreshes: round > 1,
                enrolled_at: chance.instant(),
                started_at: chance.perhaps(2),
                completed_at: (state == EnrollmentState::Completed).then(|| chance.instant()),
                withdrawn_at: (state == EnrollmentState::Withdrawn).then(|| chance.instant()),
                version: 1,
            };
            self.add_progress(chance, &row);
            self.enrollment.push(row);
        }
    }

    /// The first lessons, some of them completed, and attempts at their quizzes.
    fn add_progress(&mut self, chance: &mut Chance, row: &enrollment::Model) {
        let of_version = |it: &&lesson::Model| it.course_version_id == row.course_version_id;
        let lessons: Vec<_> = self.lesson.iter().filter(of_version).cloned().collect();
        for lesson in lessons.iter().take(chance.below(lessons.len() + 1)) {
            self.lesson_progress.push(lesson_progress::Model {
                id: chance.key(),
                enrollment_id: row.id,
                lesson_id: lesson.id,
                person_id: row.person_id,
                opened_at: chance.instant(),
                seen_at: chance.instant(),
                completed_at: (!chance.one_in(4)).then(|| chance.instant()),
                seconds: i32::try_from(chance.below(500)).unwrap(),
            });
        }
        for lesson in &lessons {
            if let Some(quiz) = &lesson.quiz {
                let quiz: Quiz = serde_json::from_value(quiz.clone()).unwrap();
                let attempts = chance.below(4);
                for number in 1..=attempts {
                    // Only the last may still be under way.
                    let is_open = number == attempts && chance.one_in(2);
                    let attempt = attempt(chance, row, lesson, &quiz, (number, is_open));
                    self.quiz_attempt.push(attempt);
                }
            }
        }
    }

    /// Periods of somebody with a certification: earned one after the other, the last perhaps open.
    fn add_periods(
        &mut self,
        chance: &mut Chance,
        person: PersonId,
        certification: CertificationId,
        partners: &[PartnerId],
        people: &[PersonId],
    ) {
        let periods = 1 + chance.below(2);
        for nth in 1..=periods {
            let is_issued = nth < periods || chance.one_in(2);
            let valid_from = chance.instant();
            let serial = self.certificate.len();
            let number = format!("LP-{serial:04}");
            let revoked_at = chance.perhaps(4).filter(|_| is_issued);
            let is_revoked = revoked_at.is_some();
            let row = certificate::Model {
                id: chance.key(),
                certification_id: certification,
                person_id: person,
                sequence: i32::try_from(nth).unwrap(),
                renewal: nth > 1,
                window_opens_at: if chance.one_in(2) {
                    chance.turn()
                } else {
                    chance.instant()
                },
                due_at: chance.one_in(2).then(|| chance.turn()),
                window_days: *chance.pick(&[0, 30, 90]),
                assigned_by: chance.person_or_none(people),
                assigned_for: chance.one_in(2).then(|| *chance.pick(partners)),
                issued_at: is_issued.then_some(valid_from),
                valid_from: is_issued.then_some(valid_from),
                valid_until: Some(chance.turn())
                    .filter(|until| is_issued && *until > valid_from && !chance.one_in(4)),
                number: is_issued.then_some(number),
                holder: is_issued.then(|| "Zoë \"Z\"".to_owned()),
                outdated_at: chance.perhaps(4).filter(|_| is_issued),
                revoked_at,
                revoked_by: is_revoked.then(|| *chance.pick(people)),
                revoked_reason: is_revoked.then(|| "It was copied.".to_owned()),
                revoked_evidence: is_revoked.then(|| "For staff alone.".to_owned()),
                status_index: is_issued.then(|| i64::try_from(serial).unwrap()),
                version: 1,
            };
            for _ in 0..chance.below(3) {
                self.certificate_correction
                    .push(certificate_correction::Model {
                        id: chance.key(),
                        certificate_id: row.id,
                        before: "Zoe".to_owned(),
                        after: "Zoë \"Z\"".to_owned(),
                        reason: "A dot was missing.".to_owned(),
                        corrected_by: *chance.pick(people),
                        corrected_at: chance.instant(),
                    });
            }
            if chance.one_in(2) {
                self.add_evidence(chance, person, certification, row.id, people);
            }
            self.certificate.push(row);
        }
    }

    fn add_evidence(
        &mut self,
        chance: &mut Chance,
        person: PersonId,
        certification: CertificationId,
        certificate: CertificateId,
        people: &[PersonId],
    ) {
        let id = chance.key::<entity::id::CertificationEvidenceId>();
        self.certification_evidence
            .push(certification_evidence::Model {
                id,
                certificate_id: certificate,
                certification_id: certification,
                person_id: person,
                state: chance.any::<EvidenceState>(),
                text: "I *did* it.".to_owned(),
                url: chance
                    .one_in(2)
                    .then(|| "https://proof.example.test/".to_owned()),
                submitted_at: chance.instant(),
                taken_up_by: chance.person_or_none(people),
                decided_at: chance.perhaps(2),
                version: 1,
            });
        for revision in 0..chance.below(3) {
            self.verdict.push(verdict::Model {
                id: chance.key(),
                partner_id: None,
                subject_kind: SubjectKind::CertificationEvidence,
                subject_id: id.0,
                revision: i32::try_from(revision).unwrap(),
                outcome: chance.any(),
                reason: "Show more.".to_owned(),
                fields: json!(["text"]),
                reviewer_id: *chance.pick(people),
                decided_at: chance.instant(),
                person_id: Some(person),
            });
        }
    }
}

/// An attempt as the portal keeps it: what was asked is drawn, and judged unless it is under way.
fn attempt(
    chance: &mut Chance,
    row: &enrollment::Model,
    lesson: &lesson::Model,
    quiz: &Quiz,
    (number, is_open): (usize, bool),
) -> quiz_attempt::Model {
    let seed = chance.next();
    let paper = draw(quiz, seed);
    let answers: Vec<Answer> = paper
        .questions
        .iter()
        .filter(|_| !chance.one_in(3))
        .map(|question| Answer {
            question: question.key.clone(),
            choices: question
                .choices
                .first()
                .map(|it| it.key.clone())
                .into_iter()
                .collect(),
            text: (!question.accepted.is_empty()).then(|| "so é".to_owned()),
        })
        .collect();
    let score = judge(&paper, &answers);
    let feedback = |key: &str| {
        let question = paper.questions.iter().find(|it| it.key == key);
        question.unwrap().feedback.clone()
    };
    let marks: Vec<Mark> = score
        .questions
        .iter()
        .map(|it| Mark {
            question: it.question.clone(),
            correct: it.correct,
            points: it.points,
            feedback: feedback(&it.question),
        })
        .collect();
    let int = |number: u32| i32::try_from(number).unwrap();
    // Whoever ran out of time is judged without answers.
    let in_time = !chance.one_in(4);
    quiz_attempt::Model {
        id: chance.key(),
        enrollment_id: row.id,
        lesson_id: lesson.id,
        person_id: row.person_id,
        number: i32::try_from(number).unwrap(),
        seed: seed.cast_signed(),
        asked: serde_json::to_value(paper.asked()).unwrap(),
        paper: serde_json::to_value(&paper).unwrap(),
        answers: (!is_open && in_time).then(|| serde_json::to_value(&answers).unwrap()),
        marks: if is_open {
            json!([])
        } else {
            serde_json::to_value(marks).unwrap()
        },
        pass_percent: int(quiz.pass_percent),
        started_at: chance.instant(),
        ends_at: chance.perhaps(2),
        submitted_at: (!is_open).then(|| chance.instant()),
        points: (!is_open).then(|| int(score.points)),
        out_of: if is_open { 0 } else { int(score.out_of) },
        percent: (!is_open).then(|| int(score.percent)),
        passed: (!is_open).then_some(score.passed && in_time),
    }
}
