//! Learning, as members do it and as those who answer for them assign it.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};

use super::payload::{mutation, settle};
use super::{ContextExt, key};
use crate::course::assign::{self, Assign};
use crate::course::learn::{self, Record};
use crate::course::meant::What;
use crate::course::{answer, enroll, pursue, quiz, withdraw};
use crate::reads::certification::{Certificate, Certification};
use crate::reads::course::{Course, LearningPath, Lesson};
use crate::reads::identity::Person;
use crate::reads::learning::{Enrollment, LessonProgress, QuizAttempt};
use crate::reads::partner::Partner;
use crate::shape::scalar::Date;

/// Enrolls you on a course.
#[derive(InputObject)]
struct CourseEnrollInput {
    /// The course.
    course: ID,
}

mutation!(
    /// What `courseEnroll` answers.
    CourseEnroll => CourseEnrollPayload {
        /// Your enrollment.
        enrollment: Enrollment
    }
    refuses ["ALREADY_ENROLLED", "NOT_PUBLISHED"]
);

/// What is assigned.
#[derive(OneofObject)]
enum AssignedInput {
    /// A course.
    Course(ID),
    /// The courses of a learning path, each after the one before.
    LearningPath(ID),
    /// A certification, with the courses of its route.
    Certification(ID),
}

/// Assigns something to members of a partner.
#[derive(InputObject)]
struct CourseAssignInput {
    /// What.
    assigned: AssignedInput,
    /// The partner.
    partner: ID,
    /// Which of its members, at most 500; left out for all of them.
    people: Option<Vec<ID>>,
    /// The due day in each one's own time zone.
    due_on: Option<Date>,
}

mutation!(
    /// What `courseAssign` answers.
    CourseAssign => CourseAssignPayload with {
        /// How many people are on something new since now; who was on it already is left as they were.
        assigned_people: i32,
        /// How many enrollments are new.
        new_enrollments: i32,
        /// Slugs of courses of the route on which nobody starts now, and which can be done without:
        /// nobody was put on them.
        courses_left_out: Vec<String>
    }
    refuses ["NOT_MEMBER", "NOT_PUBLISHED", "OUT_OF_RANGE", "REQUIRED", "RETIRED", "TOO_MANY"]
);

/// Gives a course up.
#[derive(InputObject)]
struct EnrollmentWithdrawInput {
    /// The enrollment.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `enrollmentWithdraw` answers.
    EnrollmentWithdraw => EnrollmentWithdrawPayload {
        /// The enrollment.
        enrollment: Enrollment
    }
    refuses ["ASSIGNED", "CLOSED", "CONFLICT"]
);

/// Records what happened to a lesson.
#[derive(InputObject)]
struct LessonRecordInput {
    /// Your enrollment.
    enrollment: ID,
    /// The lesson.
    lesson: ID,
    /// How long it was open since the last record, in seconds: at most 3,600, and no more than has
    /// passed counts.
    #[graphql(default)]
    seconds: i32,
    /// Whether it is completed. A quiz is completed by passing it.
    #[graphql(default)]
    completed: bool,
}

mutation!(
    /// What `lessonRecord` answers.
    LessonRecord => LessonRecordPayload {
        /// How far you are with it; the enrollment is there.
        progress: LessonProgress
    }
    refuses ["CLOSED", "OUT_OF_RANGE", "PREREQUISITES", "QUIZ_FIRST"]
);

/// Begins a quiz.
#[derive(InputObject)]
struct QuizStartInput {
    /// Your enrollment.
    enrollment: ID,
    /// The lesson that is the quiz.
    lesson: ID,
}

mutation!(
    /// What `quizStart` answers.
    QuizStart => QuizStartPayload {
        /// The attempt, with its questions; the one under way where there is one.
        attempt: QuizAttempt
    }
    refuses ["ATTEMPTS_USED", "CLOSED", "COOL_DOWN", "NO_QUIZ", "PASSED", "PREREQUISITES"]
);

/// An answer to one question.
#[derive(InputObject)]
struct QuizAnswerInput {
    /// Key of the question.
    question: String,
    /// Keys of the choices; `true` or `false` where that is asked.
    #[graphql(default)]
    choices: Vec<String>,
    /// The words, where words are asked for.
    text: Option<String>,
}

/// Hands answers in.
#[derive(InputObject)]
struct QuizSubmitInput {
    /// The attempt.
    attempt: ID,
    /// The answers; what is not answered counts nothing.
    answers: Vec<QuizAnswerInput>,
}

mutation!(
    /// What `quizSubmit` answers.
    QuizSubmit => QuizSubmitPayload {
        /// The attempt, as it was judged.
        attempt: QuizAttempt
    }
    refuses [
        "ALREADY_SUBMITTED", "DUPLICATE", "INVALID_TEXT", "MISFIT", "TOO_LONG", "TOO_MANY",
        "UNKNOWN_CHOICE", "UNKNOWN_QUESTION"
    ]
);

/// Goes for a certification.
#[derive(InputObject)]
struct CertificationPursueInput {
    /// The certification.
    certification: ID,
}

mutation!(
    /// What `certificationPursue` answers.
    CertificationPursue => CertificationPursuePayload {
        /// The period in which you are to earn it, or the certificate that you hold.
        certificate: Certificate
    }
    refuses ["NOT_PUBLISHED", "RETIRED"]
);

/// Learning.
#[derive(Debug, Default)]
pub(crate) struct LearningMutation;

#[Object]
impl LearningMutation {
    /// Enrolls you on a course that is meant for you. One that you completed can be taken again.
    async fn course_enroll(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseEnrollInput,
    ) -> Result<Option<CourseEnrollPayload>> {
        let id = key::<Course>(&input.course)?;
        CourseEnrollPayload::of(enroll::enroll(ctx.op(), id.into()).await, None)
    }

    /// Assigns a course, a learning path or a certification to members of a partner: one, many or
    /// all of them. Everybody who is on something new gets one letter.
    async fn course_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CourseAssignInput,
    ) -> Result<Option<CourseAssignPayload>> {
        let what = match &input.assigned {
            AssignedInput::Course(id) => What::Course(key::<Course>(id)?.into()),
            AssignedInput::LearningPath(id) => What::Path(key::<LearningPath>(id)?.into()),
            AssignedInput::Certification(id) => {
                What::Certification(key::<Certification>(id)?.into())
            }
        };
        let people = input.people.map(|people| {
            let keys = people.iter().map(|id| key::<Person>(id).map(Into::into));
            keys.collect::<Result<Vec<_>>>()
        });
        let assign = Assign {
            what,
            partner: key::<Partner>(&input.partner)?.into(),
            people: people.transpose()?,
            due_on: input.due_on.map(|day| day.0),
        };
        let result = settle::<CourseAssign, _>(assign::assign(ctx.op(), assign).await)?;
        let int = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Some(match result {
            Ok(assigned) => CourseAssignPayload {
                assigned_people: Some(int(assigned.people)),
                new_enrollments: Some(int(assigned.enrollments.len())),
                courses_left_out: Some(assigned.left_out.into_iter().collect()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => CourseAssignPayload {
                assigned_people: None,
                new_enrollments: None,
                courses_left_out: None,
                user_errors,
            },
        }))
    }

    /// Gives a course up: your own, unless it was assigned to you; or one that you can assign.
    async fn enrollment_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EnrollmentWithdrawInput,
    ) -> Result<Option<EnrollmentWithdrawPayload>> {
        let id = key::<Enrollment>(&input.id)?;
        let result = withdraw::withdraw(ctx.op(), id.into(), input.expected_version).await;
        EnrollmentWithdrawPayload::of(result, Some(id))
    }

    /// Records that a lesson was open, and perhaps completed. With the last one the course is, and
    /// what follows from that happens at once. Sent twice, it changes nothing.
    async fn lesson_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: LessonRecordInput,
    ) -> Result<Option<LessonRecordPayload>> {
        let record = Record {
            enrollment: key::<Enrollment>(&input.enrollment)?.into(),
            lesson: key::<Lesson>(&input.lesson)?.into(),
            seconds: input.seconds,
            completed: input.completed,
        };
        LessonRecordPayload::of(learn::record(ctx.op(), record).await, None)
    }

    /// Begins a quiz, or goes on with the attempt that is under way.
    async fn quiz_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: QuizStartInput,
    ) -> Result<Option<QuizStartPayload>> {
        let enrollment = key::<Enrollment>(&input.enrollment)?;
        let lesson = key::<Lesson>(&input.lesson)?;
        let result = answer::start(ctx.op(), enrollment.into(), lesson.into()).await;
        QuizStartPayload::of(result, None)
    }

    /// Hands answers in: they are judged at once, and only once. What comes after the time is up
    /// counts for nothing.
    async fn quiz_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: QuizSubmitInput,
    ) -> Result<Option<QuizSubmitPayload>> {
        let id = key::<QuizAttempt>(&input.attempt)?;
        let answers = input.answers.into_iter().map(|it| quiz::Answer {
            question: it.question,
            choices: it.choices,
            text: it.text,
        });
        let result = answer::submit(ctx.op(), id.into(), answers.collect()).await;
        QuizSubmitPayload::of(result, Some(id))
    }

    /// Goes for a certification that is meant for you: its period opens, and you are enrolled on
    /// the courses of its route.
    async fn certification_pursue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CertificationPursueInput,
    ) -> Result<Option<CertificationPursuePayload>> {
        let id = key::<Certification>(&input.certification)?;
        CertificationPursuePayload::of(pursue::pursue(ctx.op(), id.into()).await, None)
    }
}
