//! A course as a document: what people write, by the API, as a YAML file or as a folder.

use entity::lesson_kind::LessonKind;
use serde::{Deserialize, Serialize};

use super::path;
use super::question::Quiz;
use crate::audience::Audience;
use crate::document::{self, Faults, TITLE};
use crate::error::Result;

/// The most modules of a course.
pub const MODULES: usize = 50;
/// The most lessons of a course, over all of its modules.
pub const LESSONS: usize = 300;
/// The most courses that can come first.
pub const PREREQUISITES: usize = 20;
/// The longest that a course counts, in months: ten years.
pub const REFRESH_MONTHS: u32 = 120;
/// The longest that a lesson can take, in minutes: a day.
pub const MINUTES: u32 = 24 * 60;
/// The most characters of a course's summary.
pub const SUMMARY: usize = 10_000;
/// The most characters of a lesson's text.
pub const BODY: usize = 100_000;
/// The most characters of an address on the web.
pub const URL: usize = 2000;
/// The most bytes of a course as YAML.
pub const FILE: usize = 5 << 20;

/// The codes of the refusals of a document.
pub const CODES: &[&str] = &[
    "INVALID_YAML",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "INVALID_TEXT",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "INVALID_URL",
    "INVALID_PATH",
    "DUPLICATE",
    "UNKNOWN_REGION",
    "UNKNOWN_TIER",
    "CYCLE",
    "MISFIT",
    "OUT_OF_RANGE",
    "CHOICES_MISSING",
    "ANSWER_MISSING",
];

/// A course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Short name in lower case: versions of the same course share it.
    pub slug: String,
    /// Name.
    pub title: String,
    /// What it is about, as Markdown.
    #[serde(default)]
    pub summary: String,
    /// Language of its texts.
    pub locale: String,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Audience::is_everybody")]
    pub audience: Audience,
    /// Slugs of the courses that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<String>,
    /// Months after which it has to be taken again; none for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_months: Option<u32>,
    /// Its parts, in their order.
    pub modules: Vec<Module>,
}

/// A part of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Module {
    /// Name within the course, in lower case.
    pub key: String,
    /// Name.
    pub title: String,
    /// Its lessons, in their order.
    pub lessons: Vec<Lesson>,
}

/// One lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lesson {
    /// Name within the course, in lower case.
    pub key: String,
    /// Name.
    pub title: String,
    /// How long it takes, about.
    pub minutes: u32,
    /// What it is.
    pub kind: LessonKind,
    /// Its text, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Where its text lies, instead of `body`. Only in a folder: [`super::folder`] reads it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_file: Option<String>,
    /// Where its film is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// Path of its file in the folder, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its questions, where it is a quiz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiz: Option<Quiz>,
}

impl Document {
    /// Reads a course from YAML; whether it is a good one [`Self::check`] says.
    ///
    /// # Errors
    /// `INVALID_YAML`, with line and column.
    pub fn from_yaml(text: &str) -> Result<Self> {
        document::from_yaml(text, FILE)
    }

    /// Writes it as YAML.
    ///
    /// # Errors
    /// A fault where it cannot be written, which no document that was checked can cause.
    pub fn to_yaml(&self) -> Result<String> {
        document::to_yaml(self)
    }

    /// Whether partners of these regions can take it.
    ///
    /// # Errors
    /// Every fault, with its path.
    pub fn check(&self, regions: &[String]) -> Result<()> {
        let mut faults = Faults::default();
        faults.key(&self.slug, "slug");
        faults.line(&self.title, TITLE, "title");
        faults.text(&self.summary, SUMMARY, "summary");
        faults.locale(&self.locale, "locale");
        self.audience.check(regions, "audience", &mut faults);
        self.check_prerequisites(&mut faults);
        if let Some(months) = self.refresh_months {
            faults.within(months, 1..=REFRESH_MONTHS, "refreshMonths");
        }
        if self.modules.is_empty() {
            let message = "A course has at least one module.";
            faults.add("REQUIRED", message, "modules");
        }
        faults.at_most(self.modules.len(), MODULES, "modules");
        let lessons = self.lessons().count();
        if lessons > LESSONS {
            let message = format!("At most {LESSONS} lessons in a course; these are {lessons}.");
            faults.add("TOO_MANY", message, "modules");
        }
        let keys = self.modules.iter().map(|module| &module.key);
        faults.distinct_at(keys, "modules", "key");
        faults.each_once(
            self.lessons()
                .map(|(path, lesson)| (&lesson.key, format!("{path}.key"))),
        );
        for (index, module) in self.modules.iter().enumerate() {
            module.check(&format!("modules.{index}"), &mut faults);
        }
        for (path, lesson) in self.lessons() {
            lesson.check(&path, &mut faults);
        }
        faults.result()?;
        self.check_size()
    }

    /// Every lesson, with its path in the document.
    pub fn lessons(&self) -> impl Iterator<Item = (String, &Lesson)> {
        self.modules.iter().enumerate().flat_map(|(at, module)| {
            let lessons = module.lessons.iter().enumerate();
            lessons.map(move |(index, it)| (format!("modules.{at}.lessons.{index}"), it))
        })
    }

    fn check_prerequisites(&self, faults: &mut Faults) {
        let path = "prerequisites";
        faults.at_most(self.prerequisites.len(), PREREQUISITES, path);
        faults.distinct(self.prerequisites.iter(), path);
        for (index, slug) in self.prerequisites.iter().enumerate() {
            let at = format!("{path}.{index}");
            faults.key(slug, &at);
            if *slug == self.slug {
                faults.add("CYCLE", "A course cannot come before itself.", &at);
            }
        }
    }

    /// What is not too long in any part may be so as a whole: it is kept as YAML, and read again.
    fn check_size(&self) -> Result<()> {
        let size = self.to_yaml()?.len();
        let mut faults = Faults::default();
        if size > FILE {
            let message = format!("At most {FILE} bytes of YAML; these are {size}.");
            faults.add("TOO_LONG", message, "modules");
        }
        faults.result()
    }
}

impl Module {
    /// Checks all but its lessons, which the course checks as one list.
    fn check(&self, path: &str, faults: &mut Faults) {
        faults.key(&self.key, &format!("{path}.key"));
        faults.line(&self.title, TITLE, &format!("{path}.title"));
        if self.lessons.is_empty() {
            let message = "A module has at least one lesson.";
            faults.add("REQUIRED", message, &format!("{path}.lessons"));
        }
    }
}

impl Lesson {
    fn check(&self, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.key(&self.key, &at("key"));
        faults.line(&self.title, TITLE, &at("title"));
        faults.within(self.minutes, 1..=MINUTES, &at("minutes"));
        if self.body_file.is_some() {
            let message = "Only a course that is kept as a folder has files: write the body here.";
            faults.add("MISFIT", message, &at("bodyFile"));
        } else if self.kind == LessonKind::Text {
            faults.words(&self.body, BODY, &at("body"));
        } else {
            faults.text(&self.body, BODY, &at("body"));
        }
        let parts = [
            (
                LessonKind::Video,
                "VIDEO",
                "videoUrl",
                self.video_url.is_some(),
            ),
            (LessonKind::File, "FILE", "file", self.file.is_some()),
            (LessonKind::Quiz, "QUIZ", "quiz", self.quiz.is_some()),
        ];
        for (kind, name, field, given) in parts {
            if given && self.kind != kind {
                let message = format!("Only a lesson of the kind {name} has this.");
                faults.add("MISFIT", message, &at(field));
            } else if !given && self.kind == kind {
                let message = format!("A lesson of the kind {name} needs this.");
                faults.add("REQUIRED", message, &at(field));
            }
        }
        if let Some(url) = &self.video_url {
            if is_https(url) {
                faults.line(url, URL, &at("videoUrl"));
            } else {
                let message = "Write an address that begins with https://.";
                faults.add("INVALID_URL", message, &at("videoUrl"));
            }
        }
        if let Some(file) = &self.file
            && !path::is_file(file)
        {
            let message = "Write a path such as `files/guide.pdf`, of plain letters and digits.";
            faults.add("INVALID_PATH", message, &at("file"));
        }
        if let Some(quiz) = &self.quiz {
            quiz.check(&at("quiz"), faults);
        }
    }
}

/// An address that a browser opens on a secure line, and that carries nobody's password.
fn is_https(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            // Those that the parser overlooks.
            && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{SAMPLES, sample};
    use super::*;
    use crate::error::Error;

    const SMALL: &str = "slug: small\ntitle: Small\nlocale: en\nmodules:\n";

    /// Reads and checks, where EMEA is the only region.
    fn checked(text: &str) -> Result<Document> {
        let course = Document::from_yaml(text)?;
        course.check(&["EMEA".to_owned()])?;
        Ok(course)
    }

    /// Code and path of each fault.
    fn told(text: &str) -> Vec<String> {
        match checked(text) {
            Ok(_) => Vec::new(),
            Err(Error::Refused(faults)) => faults
                .into_iter()
                .map(|fault| format!("{} {}", fault.code, fault.field.join(".")))
                .inspect(|fault| assert!(CODES.iter().any(|it| fault.starts_with(it)), "{fault}"))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    /// A small course with this one lesson.
    fn with_lesson(rest: &str) -> String {
        format!(
            "{SMALL}  - key: m\n    title: M\n    lessons:\n      \
             - {{key: l, title: L, minutes: 5, {rest}}}\n"
        )
    }

    /// The same, where the lesson is a quiz of this one question.
    fn with_question(rest: &str) -> String {
        with_lesson(&format!(
            "kind: QUIZ, quiz: {{passPercent: 50, pools: [{{questions: [{{key: q, text: Q, {rest}}}]}}]}}"
        ))
    }

    #[test]
    fn what_is_written_as_yaml_reads_the_same() {
        for slug in SAMPLES {
            let course = sample(slug).unwrap().document;
            assert_eq!(checked(&course.to_yaml().unwrap()).unwrap(), course);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_tells_line_and_column() {
        let message = |text: &str| match checked(text) {
            Err(Error::Refused(faults)) => faults[0].message.to_string(),
            other => panic!("{other:?}"),
        };
        let told = [
            message("slug: a\ntitle: [b\n"),
            message("slug: a\nname: b\n"),
            message(&with_lesson("kind: FILM")),
            message(&with_question(
                "kind: SINGLE, choices: [{key: a, text: A, right: true}]",
            )),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        Write one value, such as a text or a number. (line 2, column 8)
        There is no field `name`. There are audience, locale, modules, prerequisites, refreshMonths, slug, summary, title. (line 2, column 1)
        There is no `FILM`. Is `FILE` meant? (line 8, column 46)
        There is no field `right`. There are correct, key, text. (line 8, column 157)
        ");
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let text = r"
slug: Big Course
title: ''
locale: english
audience: {kinds: [RESELLER, RESELLER], tiers: [Gold], regions: [MARS]}
prerequisites: [one, one, Big Course]
refreshMonths: 0
modules:
  - {key: a, title: A, lessons: []}
  - key: a
    title: |
      Two
      lines
    lessons:
      - {key: l, title: L, minutes: 0, kind: TEXT}
      - {key: v, title: V, minutes: 1, kind: VIDEO, videoUrl: 'http://videos.example/v'}
      - {key: f, title: F, minutes: 1, kind: FILE, file: ../f.pdf, bodyFile: lessons/f.md}
  - key: b
    title: B
    lessons:
      - {key: l, title: L, minutes: 1, kind: TEXT, body: B, file: files/b.pdf}
      - {key: q, title: Q, minutes: 1, kind: QUIZ}
      - key: r
        title: R
        minutes: 1
        kind: QUIZ
        quiz:
          passPercent: 101
          attempts: 0
          timeLimitMinutes: 0
          coolDownMinutes: 10000000
          pools:
            - {draw: 3, questions: [{key: x, text: X, kind: TRUE_FALSE, answer: true}]}
            - {questions: [{key: x, text: X, kind: TRUE_FALSE, answer: true, points: 0}]}
            - {questions: []}
      - {key: s, title: S, minutes: 1, kind: QUIZ, quiz: {passPercent: 1, pools: []}}
";
        insta::assert_snapshot!(told(text).join("\n"), @r"
        INVALID_KEY slug
        REQUIRED title
        INVALID_LOCALE locale
        DUPLICATE audience.kinds.1
        INVALID_KEY audience.tiers.0
        UNKNOWN_REGION audience.regions.0
        DUPLICATE prerequisites.1
        INVALID_KEY prerequisites.2
        CYCLE prerequisites.2
        OUT_OF_RANGE refreshMonths
        DUPLICATE modules.1.key
        DUPLICATE modules.2.lessons.0.key
        REQUIRED modules.0.lessons
        INVALID_TEXT modules.1.title
        OUT_OF_RANGE modules.1.lessons.0.minutes
        REQUIRED modules.1.lessons.0.body
        INVALID_URL modules.1.lessons.1.videoUrl
        MISFIT modules.1.lessons.2.bodyFile
        INVALID_PATH modules.1.lessons.2.file
        MISFIT modules.2.lessons.0.file
        REQUIRED modules.2.lessons.1.quiz
        OUT_OF_RANGE modules.2.lessons.2.quiz.passPercent
        OUT_OF_RANGE modules.2.lessons.2.quiz.attempts
        OUT_OF_RANGE modules.2.lessons.2.quiz.coolDownMinutes
        OUT_OF_RANGE modules.2.lessons.2.quiz.timeLimitMinutes
        DUPLICATE modules.2.lessons.2.quiz.pools.1.questions.0.key
        OUT_OF_RANGE modules.2.lessons.2.quiz.pools.0.draw
        OUT_OF_RANGE modules.2.lessons.2.quiz.pools.1.questions.0.points
        REQUIRED modules.2.lessons.2.quiz.pools.2.questions
        REQUIRED modules.2.lessons.3.quiz.pools
        ");
    }

    #[test]
    fn a_question_says_what_is_right_in_the_way_of_its_kind() {
        let two = |one: &str, other: &str| {
            format!("choices: [{{key: a, text: A{one}}}, {{key: b, text: B{other}}}]")
        };
        let right = ", correct: true";
        let fault = |rest: String| told(&with_question(&rest)).join(" ");
        for good in [
            format!("kind: SINGLE, {}", two(right, "")),
            format!("kind: MULTIPLE, {}", two(right, right)),
            "kind: TRUE_FALSE, answer: false".to_owned(),
            "kind: SHORT_ANSWER, accepted: [one, two]".to_owned(),
        ] {
            assert_eq!(fault(good), "");
        }
        let q = "modules.0.lessons.0.quiz.pools.0.questions.0";
        for (bad, expected) in [
            (
                format!("kind: SINGLE, {}", two("", "")),
                format!("ANSWER_MISSING {q}.choices"),
            ),
            (
                format!("kind: SINGLE, {}", two(right, right)),
                format!("TOO_MANY {q}.choices"),
            ),
            (
                format!("kind: MULTIPLE, {}", two("", "")),
                format!("ANSWER_MISSING {q}.choices"),
            ),
            (
                "kind: MULTIPLE".to_owned(),
                format!("CHOICES_MISSING {q}.choices"),
            ),
            (
                "kind: TRUE_FALSE".to_owned(),
                format!("ANSWER_MISSING {q}.answer"),
            ),
            (
                "kind: SHORT_ANSWER".to_owned(),
                format!("ANSWER_MISSING {q}.accepted"),
            ),
            (
                "kind: SHORT_ANSWER, accepted: [One, one., '!']".to_owned(),
                format!("DUPLICATE {q}.accepted.1 INVALID_TEXT {q}.accepted.2"),
            ),
            (
                format!(
                    "kind: TRUE_FALSE, answer: true, accepted: [a], {}",
                    two("", "")
                ),
                format!("MISFIT {q}.choices MISFIT {q}.accepted"),
            ),
            (
                format!("kind: SINGLE, answer: true, {}", two(right, "")),
                format!("MISFIT {q}.answer"),
            ),
        ] {
            assert_eq!(fault(bad.clone()), expected, "{bad}");
        }
    }

    #[test]
    fn too_much_is_too_much() {
        let lesson = |n: usize| format!("{{key: l{n}, title: L, minutes: 1, kind: TEXT, body: B}}");
        let course = |count: usize| {
            let lessons: Vec<_> = (0..count).map(lesson).collect();
            format!(
                "{SMALL}  - {{key: m, title: M, lessons: [{}]}}\n",
                lessons.join(", ")
            )
        };
        assert_eq!(told(&course(LESSONS)), [""; 0]);
        assert_eq!(told(&course(LESSONS + 1)), ["TOO_MANY modules"]);
        let mut long = checked(&course(LESSONS)).unwrap();
        for lesson in &mut long.modules[0].lessons {
            lesson.body = "b".repeat(BODY);
        }
        let Err(Error::Refused(faults)) = long.check(&[]) else {
            panic!("{LESSONS} lessons, as long as they can be");
        };
        assert_eq!(faults[0].code, "TOO_LONG");
        long.modules[0].lessons[0].body.push('b');
        let Err(Error::Refused(faults)) = long.check(&[]) else {
            panic!("a lesson that is too long");
        };
        assert_eq!(faults[0].field.join("."), "modules.0.lessons.0.body");
    }

    #[test]
    fn as_many_questions_as_there_can_be_are_read_again() {
        let mut course = sample("cloud-administrator-exam").unwrap().document;
        let lesson = course.modules[0].lessons[0].clone();
        let pool = &lesson.quiz.as_ref().unwrap().pools[0];
        let question = pool.questions[0].clone();
        course.modules[0].lessons = (0..60)
            .map(|number| {
                let mut lesson = lesson.clone();
                lesson.key = format!("l{number}");
                let questions = (0..200).map(|number| {
                    let mut question = question.clone();
                    question.key = format!("q{number}");
                    question.text = "?".to_owned();
                    question.feedback.clear();
                    for choice in &mut question.choices {
                        "!".clone_into(&mut choice.text);
                    }
                    question
                });
                lesson.quiz.as_mut().unwrap().pools[0].questions = questions.collect();
                lesson
            })
            .collect();
        // Far more values than the reader of YAML lets through unless it is told to.
        course.check(&[]).unwrap();
        let again = Document::from_yaml(&course.to_yaml().unwrap()).unwrap();
        assert!(again == course);
    }

    #[test]
    fn a_film_comes_on_a_secure_line() {
        assert!(is_https("https://videos.example/a?b#c"));
        for bad in [
            "http://videos.example/a",
            "javascript:alert(1)",
            "https://",
            "//videos.example/a",
            "https://me:secret@videos.example/a",
            "https://videos.example/a b",
            " https://videos.example/a",
        ] {
            assert!(!is_https(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_being_written_as_yaml(
            parts in prop::collection::vec(
                prop_oneof![
                    2 => "[ -~]{0,8}",
                    2 => prop::sample::select(vec![
                        "\n", "\n\n", "\r\n", "\r", "\t", "  ", "- ", "# ", ": ", "---\n", "...\n", "|", ">",
                        "'", "\"", "\\", "%", "@", "&a ", "*a ", "!t ", "~", "null", "{", "}", "[", "]", "\u{feff}",
                        "\u{85}", "\u{2028}",
                    ]).prop_map(str::to_owned),
                    1 => "\\PC",
                ],
                0..10,
            ),
        ) {
            let mut course = sample("cloud-renewal").unwrap().document;
            let text = parts.concat();
            course.summary.clone_from(&text);
            course.modules[0].lessons[0].body.clone_from(&text);
            let quiz = course.modules[0].lessons[1].quiz.as_mut().unwrap();
            quiz.pools[0].questions[1].choices[0].text.clone_from(&text);
            let again = Document::from_yaml(&course.to_yaml().unwrap());
            prop_assert_eq!(again.unwrap(), course);
        }
    }
}
