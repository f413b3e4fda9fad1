//! How a course goes, over all learners: who began, who finished and how long that took, and which
//! of its questions are good ones. For the vendor's staff.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::enrollment::{self, EnrollmentState};
use entity::id::{CourseId, LessonId};
use entity::{course, lesson, quiz_attempt};
use sea_orm::{ColumnTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::analysis::{Item, item_analysis};
use super::answer::Mark;
use super::quiz::{Marked, Score};
use super::store;
use crate::auth::{Permission, Scope, allows};
use crate::error::Result;
use crate::onboarding::durations::{Distribution, distribution, seconds_between};
use crate::op::Op;

/// The most enrollments, and the most attempts, that a report looks at: the latest.
pub const CAP: u64 = 20_000;

/// How a course goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseReport {
    /// Short name of the course.
    pub slug: String,
    /// How many enrollments there are.
    pub enrolled: usize,
    /// How many of them were begun.
    pub started: usize,
    /// How many were completed.
    pub completed: usize,
    /// How many were given up.
    pub withdrawn: usize,
    /// How many are overdue.
    pub overdue: usize,
    /// How long those took that were completed, from the first lesson; none where none was.
    pub took: Option<Distribution>,
    /// Its questions, by lesson.
    pub questions: Vec<QuestionReport>,
    /// Whether there were more than [`CAP`].
    pub capped: bool,
}

/// How a question does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionReport {
    /// Key of the lesson that is the quiz.
    pub lesson: String,
    /// Its counts.
    pub item: Item,
}

impl QuestionReport {
    /// The share of right answers, in thousandths: the easier, the higher.
    #[must_use]
    pub fn difficulty(&self) -> Option<u32> {
        thousandths(self.item.right, self.item.of)
    }

    /// How much more often those answer it right who do well than those who do not, in thousandths:
    /// below 200 it tells little, below 0 something is wrong with it.
    #[must_use]
    pub fn discrimination(&self) -> Option<i64> {
        let upper = thousandths(self.item.upper_right, self.item.upper_of)?;
        let lower = thousandths(self.item.lower_right, self.item.lower_of)?;
        Some(i64::from(upper) - i64::from(lower))
    }
}

fn thousandths(part: u32, of: u32) -> Option<u32> {
    u64::from(part)
        .saturating_mul(1000)
        .checked_div(of.into())
        .and_then(|share| u32::try_from(share).ok())
}

/// The report; none where there is no such course, and to all but the vendor's staff.
///
/// # Errors
/// What the database said.
pub async fn report(op: &Op, id: Option<CourseId>) -> Result<Option<CourseReport>> {
    let may_read = allows(op.actor(), Permission::ReadCourseReport, Scope::Portal);
    let Some(id) = id.filter(|_| may_read) else {
        return Ok(None);
    };
    let db = op.reader();
    let Some(course) = course::Entity::find_by_id(id).one(&db).await? else {
        return Ok(None);
    };
    let rows: Vec<Going> = enrollment::Entity::find()
        .filter(enrollment::Column::CourseId.eq(id))
        .order_by_desc(enrollment::Column::Id)
        .limit(CAP)
        .into_partial_model()
        .all(&db)
        .await?;
    let count = |is: &dyn Fn(&Going) -> bool| rows.iter().filter(|row| is(row)).count();
    let open = |row: &Going| {
        matches!(
            row.state,
            EnrollmentState::Enrolled | EnrollmentState::InProgress
        )
    };
    let took = rows
        .iter()
        .filter_map(|row| Some(seconds_between(row.started_at?, row.completed_at?)));
    let (questions, more) = questions(op, id).await?;
    Ok(Some(CourseReport {
        slug: course.slug,
        enrolled: rows.len(),
        started: count(&|row| row.started_at.is_some()),
        completed: count(&|row| row.state == EnrollmentState::Completed),
        withdrawn: count(&|row| row.state == EnrollmentState::Withdrawn),
        overdue: count(&|row| open(row) && row.due_at.is_some_and(|due| due < op.now())),
        took: distribution(took.collect()),
        questions,
        capped: more || rows.len() as u64 == CAP,
    }))
}

/// The questions of all versions, by the keys of their lessons, and whether there was more.
async fn questions(op: &Op, id: CourseId) -> Result<(Vec<QuestionReport>, bool)> {
    let db = op.reader();
    let versions = store::versions(&db, id).await?;
    let lessons = lesson::Entity::find()
        .filter(lesson::Column::CourseVersionId.is_in(versions.iter().map(|it| it.id)))
        .filter(lesson::Column::Quiz.is_not_null())
        .all(&db)
        .await?;
    let keys: HashMap<LessonId, String> = lessons.into_iter().map(|it| (it.id, it.key)).collect();
    let attempts: Vec<Judged> = quiz_attempt::Entity::find()
        .filter(quiz_attempt::Column::LessonId.is_in(keys.keys().copied()))
        .filter(quiz_attempt::Column::SubmittedAt.is_not_null())
        .order_by_desc(quiz_attempt::Column::Id)
        .limit(CAP)
        .into_partial_model()
        .all(&db)
        .await?;
    let mut scores: BTreeMap<&str, Vec<Score>> = BTreeMap::new();
    for attempt in &attempts {
        if let Some(key) = keys.get(&attempt.lesson_id) {
            scores.entry(key).or_default().push(score(attempt)?);
        }
    }
    let questions = scores.into_iter().flat_map(|(lesson, scores)| {
        item_analysis(&scores)
            .into_iter()
            .map(|item| QuestionReport {
                lesson: lesson.to_owned(),
                item,
            })
    });
    Ok((questions.collect(), attempts.len() as u64 == CAP))
}

/// What is looked at of an enrollment.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "enrollment::Entity")]
struct Going {
    state: EnrollmentState,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
}

/// What is looked at of an attempt: not the questions as they were asked, which are long.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "quiz_attempt::Entity")]
struct Judged {
    lesson_id: LessonId,
    marks: serde_json::Value,
    points: Option<i32>,
    out_of: i32,
    percent: Option<i32>,
    passed: Option<bool>,
}

/// What the attempt's row keeps of how it was judged.
fn score(attempt: &Judged) -> Result<Score> {
    let marks: Vec<Mark> = serde_json::from_value(attempt.marks.clone())?;
    let whole = |number: i32| u32::try_from(number).unwrap_or(0);
    let marked = |mark: Mark| Marked {
        question: mark.question,
        correct: mark.correct,
        points: mark.points,
    };
    Ok(Score {
        points: whole(attempt.points.unwrap_or(0)),
        out_of: whole(attempt.out_of),
        percent: whole(attempt.percent.unwrap_or(0)),
        passed: attempt.passed == Some(true),
        questions: marks.into_iter().map(marked).collect(),
    })
}

impl CourseReport {
    /// The report's head as CSV (RFC 4180): names, and one line.
    #[must_use]
    pub fn csv(&self) -> String {
        let median = self
            .took
            .map_or_else(String::new, |took| took.median.to_string());
        let p90 = self
            .took
            .map_or_else(String::new, |took| took.p90.to_string());
        let line = [
            self.slug.clone(),
            self.enrolled.to_string(),
            self.started.to_string(),
            self.completed.to_string(),
            self.withdrawn.to_string(),
            self.overdue.to_string(),
            median,
            p90,
        ];
        let names =
            "course,enrolled,started,completed,withdrawn,overdue,median_seconds,p90_seconds";
        format!("{names}\r\n{}\r\n", line.join(","))
    }

    /// Its questions as CSV: names, and one line each. Names are keys, which need no quotes.
    #[must_use]
    pub fn questions_csv(&self) -> String {
        let mut text =
            "course,lesson,question,answered,right,difficulty,discrimination\r\n".to_owned();
        for question in &self.questions {
            let share = |number: Option<i64>| {
                number.map_or_else(String::new, |it| {
                    let sign = if it < 0 { "-" } else { "" };
                    format!("{sign}{}.{:03}", it.abs() / 1000, it.abs() % 1000)
                })
            };
            let line = [
                self.slug.clone(),
                question.lesson.clone(),
                question.item.question.clone(),
                question.item.of.to_string(),
                question.item.right.to_string(),
                share(question.difficulty().map(i64::from)),
                share(question.discrimination()),
            ];
            text.push_str(&line.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(right: u32, upper_right: u32, lower_right: u32) -> QuestionReport {
        QuestionReport {
            lesson: "exam".to_owned(),
            item: Item {
                question: "one".to_owned(),
                right,
                of: 8,
                upper_right,
                upper_of: 2,
                lower_right,
                lower_of: 3,
            },
        }
    }

    fn report(questions: Vec<QuestionReport>) -> CourseReport {
        CourseReport {
            slug: "basics".to_owned(),
            enrolled: 9,
            started: 7,
            completed: 0,
            withdrawn: 1,
            overdue: 2,
            took: None,
            questions,
            capped: false,
        }
    }

    #[test]
    fn a_question_that_the_good_ones_miss_is_told() {
        let good = question(5, 2, 1);
        assert_eq!(
            (good.difficulty(), good.discrimination()),
            (Some(625), Some(667))
        );
        let bad = question(3, 0, 2);
        assert_eq!(bad.discrimination(), Some(-666));
        let csv = report(vec![good, bad]).questions_csv();
        assert!(
            csv.ends_with("basics,exam,one,8,3,0.375,-0.666\r\n"),
            "{csv}"
        );
    }

    #[test]
    fn what_nobody_finished_has_no_median() {
        let csv = report(Vec::new()).csv();
        assert!(csv.ends_with("\r\nbasics,9,7,0,1,2,,\r\n"), "{csv}");
    }
}
