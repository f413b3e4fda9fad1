//! Asking and marking: a paper is drawn for an attempt, and its answers are judged.
//!
//! Both are functions of what they are given. The paper is stored as it was drawn, so that a quiz
//! can be rewritten while people sit it; and it can be drawn again from its seed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::question::{ANSWER, Choice, Question, QuestionKind, Quiz, normalize};
use crate::digest;
use crate::document::Faults;
use crate::error::Refusal;

/// The codes with which answers are refused.
pub const CODES: &[&str] = &[
    "UNKNOWN_QUESTION",
    "UNKNOWN_CHOICE",
    "DUPLICATE",
    "TOO_MANY",
    "TOO_LONG",
    "INVALID_TEXT",
    "MISFIT",
];

/// What one attempt is asked, with what is right. Learners see [`Paper::asked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paper {
    /// Share of the points that it takes to pass, in per cent.
    pub pass_percent: u32,
    /// The questions in the order in which they are asked, as are the choices of each.
    pub questions: Vec<Question>,
}

/// A question without what is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedQuestion {
    /// Name within the quiz.
    pub key: String,
    /// The question, as Markdown.
    pub text: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What can be chosen.
    pub choices: Vec<AskedChoice>,
    /// What the right answer is worth.
    pub points: u32,
}

/// A choice without whether it is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskedChoice {
    /// Name within the question.
    pub key: String,
    /// What it says, as Markdown.
    pub text: String,
}

/// An answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Key of the question.
    pub question: String,
    /// Keys of what was chosen; `true` or `false` where that is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What was written, where words are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What an attempt is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Points that were made.
    pub points: u32,
    /// Points that could be made.
    pub out_of: u32,
    /// Their share, in whole per cent, rounded down.
    pub percent: u32,
    /// Whether that is enough; counted in points, not in per cent that were rounded.
    pub passed: bool,
    /// Each question, in the order of the paper.
    pub questions: Vec<Marked>,
}

/// What the answer to one question is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Marked {
    /// Key of the question.
    pub question: String,
    /// Whether it was answered rightly.
    pub correct: bool,
    /// Points that were made with it.
    pub points: u32,
}

/// The paper of an attempt: of each pool as many questions as it says. The same seed gives the
/// same paper, on every machine and in every version.
#[must_use]
pub fn draw(quiz: &Quiz, seed: u64) -> Paper {
    let seed = seed.to_string();
    // Each for a purpose of its own: which questions are drawn says nothing about their order.
    let lot = |purpose: &str, parts: &[&str]| {
        let mut all = vec![seed.as_str()];
        all.extend(parts);
        digest::of(purpose, &all)
    };
    let mut questions = Vec::new();
    for pool in &quiz.pools {
        let mut lots: Vec<_> = pool.questions.iter().enumerate().collect();
        lots.sort_by_cached_key(|(_, question)| lot("quiz draw", &[&question.key]));
        let draw = pool.draw.and_then(|draw| usize::try_from(draw).ok());
        lots.truncate(draw.unwrap_or(usize::MAX));
        lots.sort_by_key(|(index, _)| *index);
        questions.extend(lots.into_iter().map(|(_, question)| question.clone()));
    }
    if quiz.shuffle {
        questions.sort_by_cached_key(|question| lot("quiz question", &[&question.key]));
        for Question { key, choices, .. } in &mut questions {
            choices.sort_by_cached_key(|choice| lot("quiz choice", &[key, &choice.key]));
        }
    }
    Paper {
        pass_percent: quiz.pass_percent,
        questions,
    }
}

impl Paper {
    /// The questions as learners may see them while they answer.
    #[must_use]
    pub fn asked(&self) -> Vec<AskedQuestion> {
        let ask = |choice: &Choice| AskedChoice {
            key: choice.key.clone(),
            text: choice.text.clone(),
        };
        self.questions
            .iter()
            .map(|question| AskedQuestion {
                key: question.key.clone(),
                text: question.text.clone(),
                kind: question.kind,
                choices: question.choices.iter().map(ask).collect(),
                points: question.points,
            })
            .collect()
    }
}

/// All that keeps these answers from being taken, each with its path. What is not answered is no
/// fault: it makes no points.
#[must_use]
pub fn check(paper: &Paper, answers: &[Answer]) -> Vec<Refusal> {
    let questions: BTreeMap<&str, &Question> = paper
        .questions
        .iter()
        .map(|question| (question.key.as_str(), question))
        .collect();
    let mut faults = Faults::default();
    faults.distinct_at(
        answers.iter().map(|answer| &answer.question),
        "answers",
        "question",
    );
    for (index, answer) in answers.iter().enumerate() {
        let path = format!("answers.{index}");
        match questions.get(answer.question.as_str()) {
            Some(question) => question.check_answer(answer, &path, &mut faults),
            None => faults.add(
                "UNKNOWN_QUESTION",
                "This attempt is not asked such a question.",
                &format!("{path}.question"),
            ),
        }
    }
    faults.into_refusals()
}

/// What the answers are worth. A question that is answered twice, or not on the paper, makes no
/// points, so the order of the answers makes no difference.
#[must_use]
pub fn judge(paper: &Paper, answers: &[Answer]) -> Score {
    let mut given: BTreeMap<&str, Option<&Answer>> = BTreeMap::new();
    for answer in answers {
        given
            .entry(&answer.question)
            .and_modify(|first| *first = None)
            .or_insert(Some(answer));
    }
    let questions: Vec<_> = paper
        .questions
        .iter()
        .map(|question| {
            let answer = given.get(question.key.as_str()).copied().flatten();
            let correct = answer.is_some_and(|answer| question.is_right(answer));
            Marked {
                question: question.key.clone(),
                correct,
                points: if correct { question.points } else { 0 },
            }
        })
        .collect();
    let sum = |points: u32, more: u32| points.saturating_add(more);
    let points = questions.iter().map(|it| it.points).fold(0, sum);
    let out_of = paper.questions.iter().map(|it| it.points).fold(0, sum);
    let hundredfold = u64::from(points) * 100;
    let percent = hundredfold.checked_div(u64::from(out_of)).unwrap_or(0);
    Score {
        points,
        out_of,
        percent: u32::try_from(percent).unwrap_or(100),
        passed: out_of > 0 && hundredfold >= u64::from(paper.pass_percent) * u64::from(out_of),
        questions,
    }
}

impl Question {
    fn check_answer(&self, answer: &Answer, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        if self.kind == QuestionKind::ShortAnswer {
            if !answer.choices.is_empty() {
                let message = "This question is answered in words.";
                faults.add("MISFIT", message, &at("choices"));
            }
            let text = answer.text.as_deref().unwrap_or_default();
            return faults.text(text, ANSWER, &at("text"));
        }
        if answer.text.is_some() {
            let message = "This question is answered by a choice.";
            faults.add("MISFIT", message, &at("text"));
        }
        let known: BTreeSet<&str> = match self.kind {
            QuestionKind::TrueFalse => BTreeSet::from(["true", "false"]),
            QuestionKind::Single | QuestionKind::Multiple | QuestionKind::ShortAnswer => {
                self.choices.iter().map(|it| it.key.as_str()).collect()
            }
        };
        let most = match self.kind {
            QuestionKind::Multiple => known.len(),
            QuestionKind::Single | QuestionKind::TrueFalse | QuestionKind::ShortAnswer => 1,
        };
        if answer.choices.len() > most {
            return faults.at_most(answer.choices.len(), most, &at("choices"));
        }
        faults.distinct(answer.choices.iter(), &at("choices"));
        for (index, choice) in answer.choices.iter().enumerate() {
            if !known.contains(choice.as_str()) {
                let message = "This question has no such choice.";
                faults.add("UNKNOWN_CHOICE", message, &at(&format!("choices.{index}")));
            }
        }
    }

    fn is_right(&self, answer: &Answer) -> bool {
        match self.kind {
            QuestionKind::Single | QuestionKind::Multiple => {
                let chosen: BTreeSet<&String> = answer.choices.iter().collect();
                let right = self.choices.iter().filter(|choice| choice.correct);
                chosen == right.map(|choice| &choice.key).collect()
            }
            QuestionKind::TrueFalse => {
                let right = self.answer.map(|answer| answer.to_string());
                right.is_some_and(|right| answer.choices == [right])
            }
            QuestionKind::ShortAnswer => {
                let words = normalize(answer.text.as_deref().unwrap_or_default());
                !words.is_empty() && self.accepted.iter().any(|it| normalize(it) == words)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::question::Pool;
    use super::super::sample::{SAMPLES, sample};
    use super::*;

    fn quizzes() -> Vec<Quiz> {
        let courses = SAMPLES.map(|slug| sample(slug).unwrap().document);
        courses
            .iter()
            .flat_map(|course| course.lessons().filter_map(|(_, it)| it.quiz.clone()))
            .collect()
    }

    fn question(key: &str, kind: QuestionKind) -> Question {
        let choice = |key: &str, correct| Choice {
            key: key.to_owned(),
            text: key.to_uppercase(),
            correct,
        };
        let (choices, answer, accepted) = match kind {
            QuestionKind::Single => (vec![choice("a", true), choice("b", false)], None, vec![]),
            QuestionKind::Multiple => {
                let choices = vec![choice("a", true), choice("b", true), choice("c", false)];
                (choices, None, vec![])
            }
            QuestionKind::TrueFalse => (vec![], Some(false), vec![]),
            QuestionKind::ShortAnswer => (vec![], None, vec!["Least privilege".to_owned()]),
        };
        Question {
            key: key.to_owned(),
            text: "?".to_owned(),
            kind,
            choices,
            answer,
            accepted,
            points: 1,
            feedback: String::new(),
        }
    }

    fn paper() -> Paper {
        Paper {
            pass_percent: 75,
            questions: vec![
                question("s", QuestionKind::Single),
                question("m", QuestionKind::Multiple),
                question("t", QuestionKind::TrueFalse),
                question("w", QuestionKind::ShortAnswer),
            ],
        }
    }

    fn chosen(question: &str, choices: &[&str]) -> Answer {
        Answer {
            question: question.to_owned(),
            choices: choices.iter().map(|it| (*it).to_owned()).collect(),
            text: None,
        }
    }

    fn written(question: &str, text: &str) -> Answer {
        Answer {
            question: question.to_owned(),
            choices: Vec::new(),
            text: Some(text.to_owned()),
        }
    }

    /// Every question, answered rightly.
    fn all_right(paper: &Paper) -> Vec<Answer> {
        let right = |question: &Question| Answer {
            question: question.key.clone(),
            choices: match question.answer {
                Some(answer) => vec![answer.to_string()],
                None => question
                    .choices
                    .iter()
                    .filter(|choice| choice.correct)
                    .map(|choice| choice.key.clone())
                    .collect(),
            },
            text: question.accepted.first().cloned(),
        };
        paper.questions.iter().map(right).collect()
    }

    #[test]
    fn a_seed_stands_for_the_same_paper_in_every_version() {
        let exam = sample("cloud-administrator-exam").unwrap().document;
        let quiz = exam.modules[0].lessons[0].quiz.clone().unwrap();
        let told: Vec<_> = draw(&quiz, 42)
            .questions
            .iter()
            .map(|question| {
                let choices: Vec<_> = question.choices.iter().map(|it| it.key.as_str()).collect();
                format!("{}: {}", question.key, choices.join(" "))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        firewall: any network narrow
        patch-window: 
        public-bucket: tell cause delete logs wait
        alert-stops: 
        night-bill: tax minimum disks
        restore-test: restore reports size
        ");
    }

    #[test]
    fn every_question_and_every_order_comes_up() {
        let exam = sample("cloud-administrator-exam").unwrap().document;
        let mut quiz = exam.modules[0].lessons[0].quiz.clone().unwrap();
        let first = |quiz: &Quiz| -> BTreeSet<String> {
            let papers = (0..300).map(|seed| draw(quiz, seed));
            papers.map(|it| it.questions[0].key.clone()).collect()
        };
        assert_eq!(first(&quiz).len(), 12);
        // In the order of the document, only one of the first seven can be the first of six.
        quiz.shuffle = false;
        assert!(first(&quiz).len() <= 7);
        let paper = draw(&quiz, 1);
        let all = &quiz.pools[0].questions;
        let place = |key: &str| all.iter().position(|it| it.key == key);
        assert!(paper.questions.is_sorted_by_key(|it| place(&it.key)));
        assert!(paper.questions.iter().all(|it| all.contains(it)));
    }

    #[test]
    fn of_each_pool_as_many_are_drawn_as_it_says() {
        let pool = |draw, prefix: &str| Pool {
            draw,
            questions: (0..4)
                .map(|n| question(&format!("{prefix}{n}"), QuestionKind::Single))
                .collect(),
        };
        let mut quiz = quizzes().remove(0);
        quiz.pools = vec![pool(Some(1), "a"), pool(None, "b"), pool(Some(9), "c")];
        let keys: Vec<_> = draw(&quiz, 7)
            .questions
            .into_iter()
            .map(|it| it.key)
            .collect();
        let of = |prefix: &str| keys.iter().filter(|key| key.starts_with(prefix)).count();
        assert_eq!((of("a"), of("b"), of("c")), (1, 4, 4));
    }

    #[test]
    fn all_that_is_wrong_with_answers_is_told() {
        let answers = [
            chosen("s", &["a", "b"]),
            chosen("m", &["a", "a", "x"]),
            chosen("t", &["maybe"]),
            written("w", &"w".repeat(ANSWER + 1)),
            chosen("s", &["a"]),
            chosen("nowhere", &["a"]),
        ];
        let told: Vec<_> = check(&paper(), &answers)
            .iter()
            .map(|fault| format!("{} {}", fault.code, fault.field.join(".")))
            .inspect(|fault| assert!(CODES.iter().any(|it| fault.starts_with(it)), "{fault}"))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        DUPLICATE answers.4.question
        TOO_MANY answers.0.choices
        DUPLICATE answers.1.choices.1
        UNKNOWN_CHOICE answers.1.choices.2
        UNKNOWN_CHOICE answers.2.choices.0
        TOO_LONG answers.3.text
        UNKNOWN_QUESTION answers.5.question
        ");
        let crossed = [written("s", "a"), chosen("w", &["a"]), written("t", "x\0")];
        let codes: Vec<_> = check(&paper(), &crossed).iter().map(|it| it.code).collect();
        assert_eq!(codes, ["MISFIT", "MISFIT", "MISFIT"]);
        assert_eq!(check(&paper(), &[]), []);
        assert_eq!(check(&paper(), &[chosen("m", &[])]), []);
    }

    #[test]
    fn points_are_made_by_the_whole_answer_alone() {
        let right = |answer: Answer| judge(&paper(), &[answer]).points == 1;
        assert!(right(chosen("s", &["a"])));
        assert!(!right(chosen("s", &["b"])));
        assert!(!right(chosen("s", &["a", "b"])));
        assert!(!right(chosen("s", &[])));
        assert!(right(chosen("m", &["b", "a"])));
        assert!(!right(chosen("m", &["a"])));
        assert!(!right(chosen("m", &["a", "b", "c"])));
        assert!(right(chosen("t", &["false"])));
        assert!(!right(chosen("t", &["true"])));
        assert!(!right(chosen("t", &["true", "false"])));
        assert!(right(written("w", "  LEAST\tprivilege! ")));
        assert!(!right(written("w", "most privilege")));
        assert!(!right(written("w", " . ")));
    }

    #[test]
    fn whether_it_is_passed_is_counted_in_points() {
        let mut paper = paper();
        let three = [
            chosen("s", &["a"]),
            chosen("t", &["false"]),
            written("w", "least privilege"),
        ];
        let score = judge(&paper, &three);
        assert_eq!((score.points, score.out_of, score.percent), (3, 4, 75));
        assert!(score.passed);
        assert!(!judge(&paper, &three[..2]).passed);
        // Two of three are 66.7 per cent: 66 are enough, 67 are not, whatever is shown.
        paper.questions.remove(1);
        paper.pass_percent = 67;
        let score = judge(&paper, &three[..2]);
        assert_eq!((score.percent, score.passed), (66, false));
        paper.pass_percent = 66;
        assert!(judge(&paper, &three[..2]).passed);
        paper.questions.clear();
        assert!(!judge(&paper, &three).passed);
    }

    #[test]
    fn a_question_that_is_answered_twice_makes_no_points() {
        let twice = [
            chosen("s", &["a"]),
            chosen("s", &["b"]),
            chosen("s", &["a"]),
        ];
        assert_eq!(judge(&paper(), &twice).points, 0);
    }

    /// Keys and words that a paper may know, or not.
    fn word() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => prop::sample::select(vec!["s", "m", "t", "w", "a", "b", "c", "true", "false"])
                .prop_map(str::to_owned),
            1 => "\\PC{0,8}",
        ]
    }

    fn answers() -> impl Strategy<Value = Vec<Answer>> {
        let choices = prop::collection::vec(word(), 0..4);
        let answer = (word(), choices, prop::option::of(word()));
        let answer = answer.prop_map(|(question, choices, text)| Answer {
            question,
            choices,
            text,
        });
        prop::collection::vec(answer, 0..8)
    }

    proptest! {
        #[test]
        fn any_answers_are_checked_and_judged(answers in answers(), turn in 0_usize..8) {
            let paper = paper();
            let score = judge(&paper, &answers);
            prop_assert!(score.points <= score.out_of && score.percent <= 100);
            for fault in check(&paper, &answers) {
                prop_assert!(CODES.contains(&fault.code));
            }
            let mut turned = answers.clone();
            turned.rotate_left(turn.min(answers.len()));
            prop_assert_eq!(judge(&paper, &turned), score);
        }

        #[test]
        fn right_answers_are_worth_everything(seed: u64) {
            for quiz in quizzes() {
                let paper = draw(&quiz, seed);
                let answers = all_right(&paper);
                prop_assert_eq!(check(&paper, &answers), []);
                let score = judge(&paper, &answers);
                prop_assert_eq!(score.percent, 100);
                prop_assert!(score.passed);
            }
        }

        #[test]
        fn the_same_seed_draws_the_same_paper(seed: u64) {
            for quiz in quizzes() {
                let paper = draw(&quiz, seed);
                prop_assert_eq!(&draw(&quiz, seed), &paper);
                let stored = serde_json::to_string(&paper).unwrap();
                prop_assert_eq!(serde_json::from_str::<Paper>(&stored).unwrap(), paper);
            }
        }

        #[test]
        fn what_learners_see_does_not_say_what_is_right(seed: u64) {
            for mut quiz in quizzes() {
                for question in quiz.pools.iter_mut().flat_map(|pool| &mut pool.questions) {
                    question.feedback = "SECRET".to_owned();
                    for words in &mut question.accepted {
                        "SECRET".clone_into(words);
                    }
                }
                let mut paper = draw(&quiz, seed);
                let seen = serde_json::to_string(&paper.asked()).unwrap();
                for name in ["SECRET", "\"correct\"", "\"answer\"", "\"accepted\"", "\"feedback\""] {
                    prop_assert!(!seen.contains(name), "{name} in {seen}");
                }
                // Nor does it in any other way: with another key, they see the same.
                for question in &mut paper.questions {
                    question.answer = question.answer.map(|answer| !answer);
                    for choice in &mut question.choices {
                        choice.correct = !choice.correct;
                    }
                }
                prop_assert_eq!(serde_json::to_string(&paper.asked()).unwrap(), seen);
            }
        }
    }
}
