//! A course as a folder: `course.yaml`, `lessons/*.md`, `files/*`.
//!
//! In a folder a lesson may say `bodyFile: lessons/intro.md` instead of `body`, so that texts are
//! Markdown files, one change to read at a time. What comes from outside is held to limits while
//! it is read, and everything in it has to be of use: a file that no lesson names was forgotten,
//! or is nothing that we should keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::document::Document;
use super::path::{self, COURSE, FILES, LESSONS};
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};

/// The most files of a course.
pub const ENTRIES: usize = 500;
/// The most bytes of one file.
pub const ENTRY_BYTES: usize = 5 << 20;
/// The most bytes of all files together.
pub const BYTES: usize = 25 << 20;

/// The codes of the refusals of folders and archives, beside those of
/// [`super::document::CODES`].
pub const CODES: &[&str] = &["INVALID_ARCHIVE", "MISSING_FILE", "UNUSED_FILE"];

/// What lies in a folder or an archive, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A course with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The course; its texts are in it.
    pub document: Document,
    /// The files that lessons give away, by their path `files/…`.
    pub files: Files,
}

impl Bundle {
    /// Reads a course from the files of its folder; whether it is a good one
    /// [`Document::check`] says.
    ///
    /// # Errors
    /// `INVALID_ARCHIVE` and `INVALID_YAML`, each alone; otherwise every fault of how files and
    /// lessons go together.
    pub fn from_files(files: Files) -> Result<Self> {
        let mut intake = Intake::default();
        for (name, bytes) in files {
            intake.keep(&name, bytes)?;
        }
        intake.open()
    }

    /// The files of its folder. Texts of lessons become files of their own, numbered so that they
    /// lie in their order.
    ///
    /// # Errors
    /// `INVALID_ARCHIVE` where that would not be read again, as for a document that was never
    /// checked.
    pub fn to_files(&self) -> Result<Files> {
        let mut document = self.document.clone();
        let mut intake = Intake::default();
        let lessons = document.modules.iter_mut().flat_map(|it| &mut it.lessons);
        for (index, lesson) in lessons.enumerate() {
            if !lesson.body.is_empty() {
                let name = format!("{LESSONS}{:02}-{}.md", index + 1, lesson.key);
                intake.keep(&name, std::mem::take(&mut lesson.body).into_bytes())?;
                lesson.body_file = Some(name);
            }
        }
        intake.keep(COURSE, document.to_yaml()?.into_bytes())?;
        for (name, bytes) in &self.files {
            intake.keep(name, bytes.clone())?;
        }
        Ok(intake.files)
    }

    /// Reads a course from a folder.
    ///
    /// # Errors
    /// As for [`Self::from_files`]; and `INVALID_ARCHIVE` where the folder cannot be read or has
    /// links in it.
    pub fn read_folder(folder: &Path) -> Result<Self> {
        let mut intake = Intake::default();
        read_into(&mut intake, folder, "")?;
        for inner in [LESSONS, FILES] {
            if folder.join(inner).is_dir() {
                read_into(&mut intake, &folder.join(inner), inner)?;
            }
        }
        intake.open()
    }

    /// Writes it to a folder that is not there yet, or empty: what else lay there would be part of
    /// the course when it is read again.
    ///
    /// # Errors
    /// As for [`Self::to_files`]; `INVALID_ARCHIVE` where something lies there; a fault where the
    /// system refuses.
    pub fn write_folder(&self, folder: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::fault(format!("{}: {error}", folder.display()));
        let files = self.to_files()?;
        if folder.exists() && fs::read_dir(folder).map_err(failed)?.next().is_some() {
            return Err(invalid("There is something in this folder: name an empty one.").into());
        }
        for (name, bytes) in files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            fs::write(path, bytes).map_err(failed)?;
        }
        Ok(())
    }
}

/// Reads what lies in one folder itself, under that prefix.
fn read_into(intake: &mut Intake, folder: &Path, prefix: &str) -> Result<()> {
    let unreadable = |error: io::Error| invalid(format!("{}: {error}.", folder.display()));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = format!("{prefix}{}", name.to_string_lossy());
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_file() {
            let file = File::open(entry.path()).map_err(|error| unread(&name, &error))?;
            intake.read(&name, file)?;
        } else if !kind.is_dir() {
            let message = format!("`{name}` is a link or a device: put the file itself here.");
            return Err(invalid(message).into());
        } else if !prefix.is_empty() || !matches!(name.as_str(), "lessons" | "files") {
            let message = format!("`{name}` is a folder: there are only `lessons` and `files`.");
            return Err(invalid(message).into());
        }
    }
    Ok(())
}

pub(super) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new("INVALID_ARCHIVE", message)
}

fn unread(name: &str, error: &io::Error) -> Refusal {
    invalid(format!("`{name}` cannot be read: {error}."))
}

/// The files that were read so far, within the limits.
#[derive(Debug, Default)]
pub(super) struct Intake {
    files: Files,
    /// Their names in lower case: there are systems where those are the same.
    names: BTreeSet<String>,
    bytes: usize,
}

impl Intake {
    /// Reads one more, and no further than there is room: what a file says of its own size counts
    /// for nothing.
    pub(super) fn read(&mut self, name: &str, from: impl Read) -> Result<()> {
        self.check_name(name)?;
        let room = ENTRY_BYTES.min(BYTES - self.bytes);
        let mut bytes = Vec::new();
        from.take(room as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unread(name, &error))?;
        self.keep(name, bytes)
    }

    /// Takes one more.
    fn keep(&mut self, name: &str, bytes: Vec<u8>) -> Result<()> {
        self.check_name(name)?;
        if bytes.len() > ENTRY_BYTES {
            let message = format!("`{name}` has more than {ENTRY_BYTES} bytes.");
            return Err(invalid(message).into());
        }
        if bytes.len() > BYTES - self.bytes {
            let message = format!("With `{name}`, there are more than {BYTES} bytes in all.");
            return Err(invalid(message).into());
        }
        self.bytes += bytes.len();
        self.names.insert(name.to_ascii_lowercase());
        self.files.insert(name.to_owned(), bytes);
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<()> {
        if let Some(fault) = path::fault(name) {
            return Err(invalid(format!("`{}` {fault}.", name.escape_debug())).into());
        }
        if self.files.contains_key(name) {
            return Err(invalid(format!("`{name}` is there twice.")).into());
        }
        if self.names.contains(&name.to_ascii_lowercase()) {
            let message = format!("`{name}` is there twice, but for capital letters.");
            return Err(invalid(message).into());
        }
        if self.files.len() == ENTRIES {
            return Err(invalid(format!("There are more than {ENTRIES} files.")).into());
        }
        Ok(())
    }

    /// The course that these files make up.
    pub(super) fn open(mut self) -> Result<Bundle> {
        let Some(yaml) = self.files.remove(COURSE) else {
            return Err(Refusal::new("MISSING_FILE", self.where_is_it()).into());
        };
        let Ok(yaml) = String::from_utf8(yaml) else {
            let message = format!("`{COURSE}` is not a text in UTF-8.");
            return Err(Refusal::new("INVALID_YAML", message).into());
        };
        let mut document = Document::from_yaml(&yaml).map_err(|error| {
            error.map_refusals(|it| Refusal::new(it.code, format!("{COURSE}: {}", it.message)))
        })?;
        let mut faults = Faults::default();
        let mut used = BTreeSet::new();
        for (at, module) in document.modules.iter_mut().enumerate() {
            for (index, lesson) in module.lessons.iter_mut().enumerate() {
                let path = format!("modules.{at}.lessons.{index}");
                if let Some(file) = lesson.body_file.take() {
                    self.fill(
                        &mut lesson.body,
                        &file,
                        &format!("{path}.bodyFile"),
                        &mut faults,
                    );
                    used.insert(file);
                }
                if let Some(file) = &lesson.file {
                    if !self.files.contains_key(file) {
                        let message = format!("There is no file `{file}`.");
                        faults.add("MISSING_FILE", message, &format!("{path}.file"));
                    }
                    used.insert(file.clone());
                }
            }
        }
        let mut refusals = faults.into_refusals();
        let unused = self.files.keys().filter(|name| !used.contains(*name));
        refusals.extend(unused.map(|name| {
            let message = if path::is_file(name) || path::is_lesson(name) {
                format!("`{name}` is named by no lesson.")
            } else {
                format!("`{name}` has no place in a course: there are only `{COURSE}`, `lessons/*.md` and `files/*`.")
            };
            Refusal::new("UNUSED_FILE", message)
        }));
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        self.files.retain(|name, _| path::is_file(name));
        Ok(Bundle {
            document,
            files: self.files,
        })
    }

    /// Reads a lesson's text in.
    fn fill(&self, body: &mut String, file: &str, at: &str, faults: &mut Faults) {
        if !body.is_empty() {
            let message = "Write the text here or in a file, not both.";
            return faults.add("MISFIT", message, at);
        }
        if !path::is_lesson(file) {
            let message = "Write a path such as `lessons/intro.md`, of plain letters and digits.";
            return faults.add("INVALID_PATH", message, at);
        }
        let Some(bytes) = self.files.get(file) else {
            return faults.add("MISSING_FILE", format!("There is no file `{file}`."), at);
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => text.clone_into(body),
            Err(_) => faults.add(
                "INVALID_TEXT",
                format!("`{file}` is not a text in UTF-8."),
                at,
            ),
        }
    }

    /// What to do where there is no document at the top.
    fn where_is_it(&self) -> String {
        let below = format!("/{COURSE}");
        match self.files.keys().find(|name| name.ends_with(&below)) {
            Some(name) => {
                format!("Put what lies beside `{name}` at the top: there is no `{COURSE}`.")
            }
            None => format!("There is no `{COURSE}`."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE_YAML: &str =
        "slug: a\ntitle: A\nlocale: en\nmodules:\n  - key: m\n    title: M\n    lessons:\n";
    const INTRO: &str =
        "      - {key: intro, title: I, minutes: 1, kind: TEXT, bodyFile: lessons/intro.md}\n";
    const GUIDE: &str =
        "      - {key: guide, title: G, minutes: 1, kind: FILE, file: files/guide.pdf}\n";

    /// A folder with these lessons and files, each of which says its own name.
    fn folder(lessons: &[&str], names: &[&str]) -> Files {
        let yaml = format!("{COURSE_YAML}{}", lessons.concat());
        names
            .iter()
            .map(|it| ((*it).to_owned(), it.as_bytes().to_vec()))
            .chain([(COURSE.to_owned(), yaml.into_bytes())])
            .collect()
    }

    /// Code, path and message of each fault.
    fn told(result: Result<Bundle>) -> Vec<String> {
        match result {
            Ok(_) => Vec::new(),
            Err(Error::Refused(faults)) => faults
                .into_iter()
                .map(|fault| format!("{} {} {}", fault.code, fault.field.join("."), fault.message))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn texts_and_files_are_read_in() {
        let files = folder(&[INTRO, GUIDE], &["lessons/intro.md", "files/guide.pdf"]);
        let bundle = Bundle::from_files(files).unwrap();
        bundle.document.check(&[]).unwrap();
        let lesson = &bundle.document.modules[0].lessons[0];
        assert_eq!(lesson.body, "lessons/intro.md");
        assert_eq!(lesson.body_file, None);
        assert_eq!(bundle.files["files/guide.pdf"], b"files/guide.pdf");
        assert_eq!(bundle.files.len(), 1);
        let names: Vec<_> = bundle.to_files().unwrap().into_keys().collect();
        assert_eq!(names, [COURSE, "files/guide.pdf", "lessons/01-intro.md"]);
    }

    #[test]
    fn every_fault_between_lessons_and_files_is_told() {
        let both =
            "      - {key: b, title: B, minutes: 1, kind: TEXT, body: B, bodyFile: lessons/b.md}\n";
        let away =
            "      - {key: c, title: C, minutes: 1, kind: TEXT, bodyFile: ../../secret.md}\n";
        let lost = "      - {key: d, title: D, minutes: 1, kind: TEXT, bodyFile: lessons/d.md}\n";
        let names = [
            "lessons/intro.md",
            "lessons/b.md",
            "lessons/old.md",
            "files/x.pdf",
            "README.md",
        ];
        let mut files = folder(&[INTRO, both, away, lost, GUIDE], &names);
        files.insert("lessons/intro.md".to_owned(), vec![0xff, 0xfe]);
        insta::assert_snapshot!(told(Bundle::from_files(files)).join("\n"), @r"
        INVALID_TEXT modules.0.lessons.0.bodyFile `lessons/intro.md` is not a text in UTF-8.
        MISFIT modules.0.lessons.1.bodyFile Write the text here or in a file, not both.
        INVALID_PATH modules.0.lessons.2.bodyFile Write a path such as `lessons/intro.md`, of plain letters and digits.
        MISSING_FILE modules.0.lessons.3.bodyFile There is no file `lessons/d.md`.
        MISSING_FILE modules.0.lessons.4.file There is no file `files/guide.pdf`.
        UNUSED_FILE  `README.md` has no place in a course: there are only `course.yaml`, `lessons/*.md` and `files/*`.
        UNUSED_FILE  `files/x.pdf` is named by no lesson.
        UNUSED_FILE  `lessons/old.md` is named by no lesson.
        ");
    }

    #[test]
    fn what_is_wrong_with_the_document_is_told_with_file_and_line() {
        let files = folder(&["      - {key: a, titel: A}\n"], &[]);
        insta::assert_snapshot!(told(Bundle::from_files(files)).join("\n"), @"INVALID_YAML  course.yaml: There is no field `titel`. Is `title` meant? (line 8, column 18)");
        let nothing = told(Bundle::from_files(Files::new()));
        assert_eq!(nothing, ["MISSING_FILE  There is no `course.yaml`."]);
        let below = Files::from([("cloud/course.yaml".to_owned(), Vec::new())]);
        insta::assert_snapshot!(told(Bundle::from_files(below)).join("\n"), @"MISSING_FILE  Put what lies beside `cloud/course.yaml` at the top: there is no `course.yaml`.");
    }

    #[test]
    fn names_that_lead_elsewhere_or_are_not_the_same_everywhere_are_refused() {
        let cases = [
            &["../course.yaml"][..],
            &["/etc/passwd"],
            &["files/../../x"],
            &["files\\x"],
            &["C:/x"],
            &["files//x"],
            &["files/a\u{202e}fdp.exe"],
            &["files/.hidden"],
            &["files/Guide.pdf", "files/guide.pdf"],
        ];
        let all: Vec<_> = cases
            .iter()
            .flat_map(|names| told(Bundle::from_files(folder(&[], names))))
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        INVALID_ARCHIVE  `../course.yaml` leads out of the folder.
        INVALID_ARCHIVE  `/etc/passwd` is not a path from the top of the folder.
        INVALID_ARCHIVE  `files/../../x` leads out of the folder.
        INVALID_ARCHIVE  `files\\x` has a backslash: parts of a path are divided by `/`.
        INVALID_ARCHIVE  `C:/x` is not a path from the top of the folder.
        INVALID_ARCHIVE  `files//x` has an empty part.
        INVALID_ARCHIVE  `files/a\u{202e}fdp.exe` is not named with the letters a-z and A-Z, digits, hyphens, underscores and dots inside, at most 100 of them.
        INVALID_ARCHIVE  `files/.hidden` is not named with the letters a-z and A-Z, digits, hyphens, underscores and dots inside, at most 100 of them.
        INVALID_ARCHIVE  `files/guide.pdf` is there twice, but for capital letters.
        ");
    }

    #[test]
    fn there_is_a_limit_to_everything() {
        let one = |bytes: usize| {
            let mut files = folder(&[GUIDE], &[]);
            files.insert("files/guide.pdf".to_owned(), vec![0; bytes]);
            told(Bundle::from_files(files))
        };
        assert_eq!(one(ENTRY_BYTES), [""; 0]);
        assert_eq!(one(ENTRY_BYTES + 1).len(), 1);
        let names: Vec<_> = (0..ENTRIES).map(|n| format!("files/{n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let many = told(Bundle::from_files(folder(&[], &names)));
        assert_eq!(many, ["INVALID_ARCHIVE  There are more than 500 files."]);
        let mut large = folder(&[], &[]);
        for name in &names[..6] {
            large.insert((*name).to_owned(), vec![0; ENTRY_BYTES]);
        }
        assert!(told(Bundle::from_files(large))[0].contains("bytes in all"));
    }

    #[test]
    fn a_document_that_was_never_checked_is_not_written_elsewhere() {
        let files = folder(&[INTRO], &["lessons/intro.md"]);
        let mut bundle = Bundle::from_files(files).unwrap();
        bundle.document.modules[0].lessons[0].key = "../../x".to_owned();
        let folder = tempfile::tempdir().unwrap();
        assert!(bundle.write_folder(&folder.path().join("a/b/c")).is_err());
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_folder_that_holds_something_is_not_written_to() {
        let bundle = Bundle::from_files(folder(&[INTRO], &["lessons/intro.md"])).unwrap();
        let folder = tempfile::tempdir().unwrap();
        bundle.write_folder(folder.path()).unwrap();
        assert_eq!(Bundle::read_folder(folder.path()).unwrap(), bundle);
        assert!(bundle.write_folder(folder.path()).is_err());
        assert!(Bundle::read_folder(&folder.path().join("nowhere")).is_err());
        fs::create_dir(folder.path().join("files")).unwrap();
        fs::create_dir(folder.path().join("files/deep")).unwrap();
        assert!(Bundle::read_folder(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_folder_are_not_followed() {
        use std::os::unix::fs::symlink;

        let bundle = Bundle::from_files(folder(&[INTRO], &["lessons/intro.md"])).unwrap();
        for (target, link) in [("course.yaml", "files"), ("../course.yaml", "lessons/a.md")] {
            let folder = tempfile::tempdir().unwrap();
            bundle.write_folder(folder.path()).unwrap();
            symlink(target, folder.path().join(link)).unwrap();
            assert!(told(Bundle::read_folder(folder.path()))[0].contains("is a link"));
        }
    }
}
