//! What people of one company learn: one is certified, one is on the way, one has enrolled, and one
//! has been assigned what is due soon.

use chrono::TimeDelta;
use entity::id::{CertificationId, EnrollmentId, LessonId};
use entity::lesson_kind::LessonKind;
use entity::{certification, course, enrollment, lesson, quiz_attempt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::story::{Act, Story};
use crate::course::assign::{self, Assign};
use crate::course::learn::{self, Record};
use crate::course::meant::What;
use crate::course::question::{Question, Quiz};
use crate::course::quiz::Answer;
use crate::course::{answer, enroll, pursue, sample};
use crate::error::{Error, Result};
use crate::op::Op;

/// The company whose people learn: the first to sign in as.
const COMPANY: &str = "costa-filhos.example";

/// What somebody does about courses; people are named by their place in the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Study {
    /// Goes for the certification, and shows all of it.
    Certify(usize),
    /// Goes for it, and reads the first lessons.
    Begin(usize),
    /// Enrolls on a course.
    Enroll(usize),
    /// Is assigned the certification by the company's administrator.
    Assigned(usize),
}

impl Story {
    /// When who learns what, in days before today.
    pub(super) fn plan_study(&mut self) {
        let mut companies = self.cast.companies.iter();
        let Some(at) = companies.position(|it| it.domain == COMPANY) else {
            return;
        };
        for (ago, study) in [
            (33.2, Study::Certify(1)),
            (6.3, Study::Begin(2)),
            (2.4, Study::Enroll(4)),
            (1.3, Study::Assigned(3)),
        ] {
            let when = self.ago(ago);
            self.plan(when, Act::Study(at, study));
        }
    }

    pub(super) async fn study(&mut self, at: usize, study: Study) -> Result<()> {
        let people = self.cast.companies[at].people();
        match study {
            Study::Certify(nth) => {
                let op = self.stage.person(&people[nth].email)?;
                pursue::pursue(&op, self.certification().await?).await?;
                for slug in &sample::SAMPLES[..2] {
                    self.complete(&op, slug, usize::MAX).await?;
                }
            }
            Study::Begin(nth) => {
                let op = self.stage.person(&people[nth].email)?;
                pursue::pursue(&op, self.certification().await?).await?;
                self.complete(&op, sample::SAMPLES[0], 3).await?;
            }
            Study::Enroll(nth) => {
                let op = self.stage.person(&people[nth].email)?;
                let course = course::Entity::find()
                    .filter(course::Column::Slug.eq(sample::SAMPLES[0]))
                    .one(self.stage.app.db.reader())
                    .await?
                    .ok_or(Error::NotFound("Course"))?;
                enroll::enroll(&op, course.id).await?;
            }
            Study::Assigned(nth) => {
                let learner = self
                    .stage
                    .person(&people[nth].email)?
                    .actor()
                    .person()
                    .map(|person| person.id);
                let op = self.stage.person(&people[0].email)?;
                let assigned = Assign {
                    what: What::Certification(self.certification().await?),
                    partner: self.partner(at)?,
                    people: Some(learner.into_iter().collect()),
                    due_on: Some((self.stage.now() + TimeDelta::days(4)).date_naive()),
                };
                assign::assign(&op, assigned).await?;
            }
        }
        Ok(())
    }

    async fn certification(&self) -> Result<CertificationId> {
        let found = certification::Entity::find()
            .filter(certification::Column::Slug.eq("cloud-administrator"))
            .one(self.stage.app.db.reader())
            .await?;
        found
            .map(|row| row.id)
            .ok_or(Error::NotFound("Certification"))
    }

    /// Completes the first lessons of the course that the person is on.
    async fn complete(&self, op: &Op, slug: &str, first: usize) -> Result<()> {
        let db = self.stage.app.db.reader();
        let person = op.actor().person().map(|person| person.id);
        let course = course::Entity::find()
            .filter(course::Column::Slug.eq(slug))
            .one(db)
            .await?
            .ok_or(Error::NotFound("Course"))?;
        let row = enrollment::Entity::find()
            .filter(enrollment::Column::PersonId.eq(person))
            .filter(enrollment::Column::CourseId.eq(course.id))
            .one(db)
            .await?
            .ok_or(Error::NotFound("Enrollment"))?;
        let lessons = lesson::Entity::find()
            .filter(lesson::Column::CourseVersionId.eq(row.course_version_id))
            .order_by_asc(lesson::Column::Position)
            .all(db)
            .await?;
        for lesson in lessons.into_iter().take(first) {
            if lesson.kind == LessonKind::Quiz {
                let quiz = lesson.quiz.ok_or(Error::NotFound("Quiz"))?;
                let quiz: Quiz = serde_json::from_value(quiz)?;
                self.pass_quiz(op, row.id, lesson.id, &quiz).await?;
            } else {
                let record = Record {
                    enrollment: row.id,
                    lesson: lesson.id,
                    seconds: 0,
                    completed: true,
                };
                learn::record(op, record).await?;
            }
        }
        Ok(())
    }

    /// Answers all that is asked right.
    async fn pass_quiz(
        &self,
        op: &Op,
        enrollment: EnrollmentId,
        lesson: LessonId,
        quiz: &Quiz,
    ) -> Result<()> {
        let attempt = answer::start(op, enrollment, lesson).await?;
        let row = quiz_attempt::Entity::find_by_id(attempt)
            .one(self.stage.app.db.reader())
            .await?
            .ok_or(Error::NotFound("QuizAttempt"))?;
        let asked = row.asked.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_asked =
            |question: &&Question| asked.iter().any(|it| it["key"] == question.key.as_str());
        let questions = quiz.pools.iter().flat_map(|pool| &pool.questions);
        let answers = questions.filter(is_asked).map(right).collect();
        answer::submit(op, attempt, answers).await?;
        Ok(())
    }
}

/// The right answer.
fn right(question: &Question) -> Answer {
    let correct = question.choices.iter().filter(|choice| choice.correct);
    let mut choices: Vec<String> = correct.map(|choice| choice.key.clone()).collect();
    choices.extend(question.answer.map(|truth| truth.to_string()));
    Answer {
        question: question.key.clone(),
        choices,
        text: question.accepted.first().cloned(),
    }
}
