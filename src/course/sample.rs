//! The courses that come with Entente: for the demo, and as a beginning for one's own.

use rust_embed::Embed;

use super::folder::{Bundle, Files};
use crate::error::Result;

#[derive(Embed)]
#[folder = "assets/courses"]
struct Assets;

/// A course with a quiz, the exam behind a certification, and the assessment that renews it.
pub const SAMPLES: [&str; 3] = [
    "cloud-fundamentals",
    "cloud-administrator-exam",
    "cloud-renewal",
];

/// One of [`SAMPLES`], by its slug.
///
/// # Errors
/// Those of [`Bundle::from_files`]; `MISSING_FILE` where there is no such sample.
pub fn sample(slug: &str) -> Result<Bundle> {
    let prefix = format!("{slug}/");
    let mut files = Files::new();
    for path in Assets::iter() {
        if let Some(name) = path.strip_prefix(&prefix)
            && let Some(file) = Assets::get(&path)
        {
            files.insert(name.to_owned(), file.data.into_owned());
        }
    }
    Bundle::from_files(files)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::quiz::draw;
    use super::*;

    #[test]
    fn the_samples_are_good_courses_with_quizzes() {
        for slug in SAMPLES {
            let bundle = sample(slug).unwrap();
            assert_eq!(bundle.document.slug, slug);
            bundle.document.check(&[]).unwrap();
            assert!(bundle.document.lessons().any(|(_, it)| it.quiz.is_some()));
        }
    }

    #[test]
    fn the_samples_survive_every_form_in_which_a_course_is_kept() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/courses");
        for slug in SAMPLES {
            let bundle = sample(slug).unwrap();
            assert_eq!(Bundle::read_folder(&assets.join(slug)).unwrap(), bundle);
            assert_eq!(
                Bundle::from_files(bundle.to_files().unwrap()).unwrap(),
                bundle
            );
            let zip = bundle.to_zip().unwrap();
            assert_eq!(zip, bundle.to_zip().unwrap());
            assert_eq!(Bundle::from_zip(&zip).unwrap(), bundle);
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().join("course");
            bundle.write_folder(&folder).unwrap();
            assert_eq!(Bundle::read_folder(&folder).unwrap(), bundle);
        }
    }

    #[test]
    fn the_exam_asks_six_questions_of_twelve() {
        let exam = sample("cloud-administrator-exam").unwrap().document;
        let quiz = exam.modules[0].lessons[0].quiz.as_ref().unwrap();
        assert!(quiz.exam);
        assert_eq!(quiz.pools[0].questions.len(), 12);
        assert_eq!(draw(quiz, 1).questions.len(), 6);
    }
}
