//! Where things lie in a course's folder: `course.yaml`, `lessons/*.md`, `files/*`, with names that
//! every system can keep.

/// Where the document lies.
pub const COURSE: &str = "course.yaml";
/// Where the texts of lessons lie.
pub const LESSONS: &str = "lessons/";
/// Where the files lie that lessons give away.
pub const FILES: &str = "files/";
/// The most characters of a file's name.
const NAME: usize = 100;

/// Why the path cannot stand in a course's folder, as the end of a sentence about it.
///
/// Names are kept to letters, digits and three signs: what is told apart by its case, its accents
/// or what a system reserves would be another file elsewhere, or none.
#[must_use]
pub fn fault(path: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if path.contains('\\') {
        Some("has a backslash: parts of a path are divided by `/`")
    } else if path.starts_with('/') || path.contains(':') {
        Some("is not a path from the top of the folder")
    } else if path.split('/').any(|part| matches!(part, "." | "..")) {
        Some("leads out of the folder")
    } else if path.split('/').any(str::is_empty) {
        Some("has an empty part")
    } else if path.split('/').any(|part| {
        part.len() > NAME
            || part.starts_with('.')
            || part.ends_with('.')
            || !part.chars().all(plain)
    }) {
        Some(
            "is not named with the letters a-z and A-Z, digits, hyphens, underscores and dots \
             inside, at most 100 of them",
        )
    } else {
        None
    }
}

/// Whether it is the path of a file that a lesson can give away: `files/name`.
#[must_use]
pub fn is_file(path: &str) -> bool {
    fault(path).is_none() && within(path, FILES).is_some()
}

/// Whether it is the path of a lesson's text: `lessons/name.md`.
#[must_use]
pub fn is_lesson(path: &str) -> bool {
    let name = within(path, LESSONS).and_then(|name| name.strip_suffix(".md"));
    fault(path).is_none() && name.is_some_and(|name| !name.is_empty())
}

/// The name of what lies in that folder itself, not deeper.
fn within<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder).filter(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_lessons_lie_where_they_belong() {
        for good in ["files/guide.pdf", "files/A_b-1.2.tar.gz"] {
            assert!(is_file(good), "{good}");
        }
        for bad in [
            "guide.pdf",
            "files/",
            "files/a/b.pdf",
            "files/../a",
            "files/.hidden",
            "files/a b",
            "files/ä",
            "files/a.",
            "/files/a",
            "files\\a",
            "c:files/a",
            "Files/a",
            "files/a\0",
        ] {
            assert!(!is_file(bad), "{bad}");
        }
        assert!(is_lesson("lessons/01-intro.md"));
        for bad in ["lessons/.md", "lessons/a.txt", "files/a.md", "a.md"] {
            assert!(!is_lesson(bad), "{bad}");
        }
    }
}
