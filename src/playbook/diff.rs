//! Pure: what differs between two versions, section by section and word by word.
//!
//! Texts are compared by lines, and lines that took the place of others by words: prose has long
//! lines, of which one word may have changed. `similar` does both; what would take long is told
//! whole, as one text that took another's place, so that the answer depends on nothing but the two.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::document::Words;

/// Comparing is about as much work as one text has pieces times those of the other: the most for
/// all sections of a playbook together.
const WORK: usize = 4_000_000;

/// A section of a version, as its readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side<'v> {
    /// Its key.
    pub key: &'v str,
    /// What it says.
    pub words: &'v Words,
    /// Slugs of its assets, of those that the reader may know of.
    pub assets: Vec<&'v str>,
}

/// What became of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// It says something else, or has other assets.
    Changed,
    /// It is the same in another place.
    Moved,
}

/// A section that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key.
    pub key: String,
    /// What became of it.
    pub what: What,
    /// What it is called, or was where it is no more.
    pub title: String,
    /// What it was called, where that was something else.
    pub former_title: Option<String>,
    /// Its text, piece by piece; empty where it was moved.
    pub runs: Vec<Run>,
    /// Slugs of the assets that came to it.
    pub added_assets: Vec<String>,
    /// Slugs of those that left it.
    pub removed_assets: Vec<String>,
}

/// Whether a piece of text stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It is no more.
    Removed,
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whether it stayed.
    pub sign: Sign,
    /// The text.
    pub text: String,
}

/// What differs: the sections of `new` in their order, then those that are no more.
#[must_use]
pub fn compare(old: &[Side<'_>], new: &[Side<'_>]) -> Vec<Change> {
    let mut work = WORK;
    let stayed = stayed(old, new);
    let mut changes = Vec::new();
    for side in new {
        let before = old.iter().find(|it| it.key == side.key);
        let had = before.map_or(&[][..], |it| it.assets.as_slice());
        let (added_assets, removed_assets) =
            (without(&side.assets, had), without(had, &side.assets));
        let has_others = !added_assets.is_empty() || !removed_assets.is_empty();
        let what = match before {
            None => What::Added,
            Some(before) if before.words != side.words || has_others => What::Changed,
            Some(_) if stayed.contains(&side.key) => continue,
            Some(_) => What::Moved,
        };
        let before = before.map(|it| it.words);
        let body = before.map_or("", |words| &words.body);
        changes.push(Change {
            key: side.key.to_owned(),
            what,
            title: side.words.title.clone(),
            former_title: before
                .map(|words| words.title.clone())
                .filter(|title| *title != side.words.title),
            runs: if what == What::Moved {
                Vec::new()
            } else {
                runs(body, &side.words.body, &mut work)
            },
            added_assets,
            removed_assets,
        });
    }
    let gone = old
        .iter()
        .filter(|it| new.iter().all(|side| side.key != it.key));
    changes.extend(gone.map(|it| Change {
        key: it.key.to_owned(),
        what: What::Removed,
        title: it.words.title.clone(),
        former_title: None,
        runs: runs(&it.words.body, "", &mut work),
        added_assets: Vec::new(),
        removed_assets: without(&it.assets, &[]),
    }));
    changes
}

/// How a text that is no section differs, piece by piece; empty where it is the same.
#[must_use]
pub fn text(old: &str, new: &str) -> Vec<Run> {
    if old == new {
        return Vec::new();
    }
    let mut work = WORK;
    runs(old, new, &mut work)
}

/// Those of the assets that are not among the others. Their order says nothing new.
fn without(assets: &[&str], others: &[&str]) -> Vec<String> {
    let left = assets.iter().filter(|slug| !others.contains(slug));
    left.map(|slug| (*slug).to_owned()).collect()
}

/// Keys of the sections that follow each other as they did: as many as possible.
fn stayed<'v>(old: &[Side<'v>], new: &[Side<'v>]) -> Vec<&'v str> {
    let keys = |sides: &[Side<'v>], others: &[Side<'v>]| -> Vec<&'v str> {
        let both = sides
            .iter()
            .filter(|it| others.iter().any(|other| other.key == it.key));
        both.map(|it| it.key).collect()
    };
    let (old, new) = (keys(old, new), keys(new, old));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut stayed = Vec::new();
    for op in ops {
        if let DiffOp::Equal { old_index, len, .. } = op {
            stayed.extend_from_slice(&old[old_index..old_index + len]);
        }
    }
    stayed
}

/// The two texts as pieces, of which neighbours differ in their sign.
fn runs(old: &str, new: &str, work: &mut usize) -> Vec<Run> {
    let mut told = Told::default();
    if old == new {
        told.push(Sign::Same, &[old]);
        return told.runs;
    }
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    told.pieces(
        &lines(old),
        &lines(new),
        work,
        &mut |told, old, new, work| {
            let (old, new) = (old.concat(), new.concat());
            told.pieces(&words(&old), &words(&new), work, &mut Told::whole);
        },
    );
    told.runs
}

/// Words and what stands between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_space = first.is_whitespace();
        let end = rest
            .find(|c: char| c.is_whitespace() != is_space)
            .unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        words.push(word);
        rest = tail;
    }
    words
}

/// What to do where some pieces took the place of others.
type Replaced<'f> = &'f mut dyn FnMut(&mut Told, &[&str], &[&str], &mut usize);

#[derive(Default)]
struct Told {
    runs: Vec<Run>,
}

impl Told {
    fn pieces(&mut self, old: &[&str], new: &[&str], work: &mut usize, replaced: Replaced<'_>) {
        let cost = old.len().saturating_mul(new.len());
        if cost > *work {
            return Self::whole(self, old, new, work);
        }
        *work -= cost;
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
            match op {
                DiffOp::Equal { .. } => self.push(Sign::Same, before),
                DiffOp::Delete { .. } => self.push(Sign::Removed, before),
                DiffOp::Insert { .. } => self.push(Sign::Added, after),
                DiffOp::Replace { .. } => replaced(self, before, after, work),
            }
        }
    }

    fn whole(&mut self, old: &[&str], new: &[&str], _: &mut usize) {
        self.push(Sign::Removed, old);
        self.push(Sign::Added, new);
    }

    fn push(&mut self, sign: Sign, pieces: &[&str]) {
        let text = pieces.concat();
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.sign == sign => last.text.push_str(&text),
            _ => self.runs.push(Run { sign, text }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn made(sections: &[(&str, &str)]) -> Vec<(String, Words)> {
        let words = |body: &str| Words {
            title: body.lines().next().unwrap_or_default().to_owned(),
            body: body.to_owned(),
        };
        let each = sections.iter();
        each.map(|(key, body)| ((*key).to_owned(), words(body)))
            .collect()
    }

    fn sides(sections: &[(String, Words)]) -> Vec<Side<'_>> {
        let each = sections.iter();
        each.map(|(key, words)| Side {
            key,
            words,
            assets: Vec::new(),
        })
        .collect()
    }

    /// As people read it.
    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> String {
        let (old, new) = (made(old), made(new));
        let mut text = String::new();
        for change in compare(&sides(&old), &sides(&new)) {
            let _ = write!(text, "{:?} {}", change.what, change.key);
            if let Some(former) = change.former_title {
                let _ = write!(text, ", once {former}");
            }
            text.push_str(": ");
            for run in change.runs {
                let _ = match run.sign {
                    Sign::Same => write!(text, "{}", run.text),
                    Sign::Added => write!(text, "+[{}]", run.text),
                    Sign::Removed => write!(text, "-[{}]", run.text),
                };
            }
            text.push('\n');
        }
        text
    }

    #[test]
    fn a_word_that_changed_is_told_and_not_its_paragraph() {
        let old = [("a", "First\n\nCall them in the morning, before nine.\n")];
        let new = [("a", "First\n\nCall them in the evening, before nine.\n")];
        insta::assert_snapshot!(told(&old, &new), @r"
        Changed a: First

        Call them in the -[morning,]+[evening,] before nine.
        ");
    }

    #[test]
    fn sections_come_go_and_move() {
        let old = [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")];
        let new = [("c", "C"), ("a", "A"), ("b", "B"), ("e", "E"), ("d", "D!")];
        insta::assert_snapshot!(told(&old, &new), @r"
        Moved c: 
        Added e: +[E]
        Changed d, once D: -[D]+[D!]
        ");
        insta::assert_snapshot!(told(&old, &old[..1]), @r"
        Removed b: -[B]
        Removed c: -[C]
        Removed d: -[D]
        ");
        assert_eq!(told(&old, &old), "");
    }

    #[test]
    fn assets_come_and_go_with_their_sections_and_within_them() {
        let (old, new) = (
            made(&[("a", "A"), ("b", "B"), ("c", "C")]),
            made(&[("a", "A"), ("b", "B"), ("d", "D")]),
        );
        let with = |sections, assets: [&[&'static str]; 3]| {
            let sides: Vec<Side<'_>> = sides(sections);
            let both = sides.into_iter().zip(assets);
            both.map(|(side, assets)| Side {
                assets: assets.to_vec(),
                ..side
            })
            .collect::<Vec<_>>()
        };
        let old = with(&old, [&["map", "film"], &["map", "film"], &["map"]]);
        let new = with(&new, [&["film", "map"], &["film", "slides"], &["film"]]);
        let told: Vec<_> = compare(&old, &new)
            .into_iter()
            .map(|it| {
                let text: String = it.runs.into_iter().map(|run| run.text).collect();
                let assets = (it.added_assets.join(" "), it.removed_assets.join(" "));
                format!(
                    "{:?} {} {text} +{} -{}",
                    it.what, it.key, assets.0, assets.1
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "Changed b B +slides -map",
                "Added d D +film -",
                "Removed c C + -map"
            ]
        );
    }

    #[test]
    fn what_would_take_long_is_told_whole() {
        let line = |n: usize| format!("{n} is a line\n");
        let old: String = (0..4000).map(line).collect();
        let new: String = (4000..8000).map(line).collect();
        let mut work = WORK;
        let runs = runs(&old, &new, &mut work);
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].sign, runs[1].sign), (Sign::Removed, Sign::Added));
        assert_eq!((&runs[0].text, &runs[1].text), (&old, &new));
    }

    fn body() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec!["a", "b", "ä", " ", "  ", "\n", "\n\n", "- ", "*c*"]);
        prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
    }

    fn version() -> impl Strategy<Value = Vec<(String, Words)>> {
        let keys = prop::sample::subsequence(vec!["k", "l", "m", "n", "o"], 0..=5).prop_shuffle();
        let titles = prop::sample::select(vec!["One", "Two"]);
        (keys, prop::collection::vec((titles, body()), 5)).prop_map(|(keys, words)| {
            let words = words.into_iter().map(|(title, body)| Words {
                title: title.to_owned(),
                body,
            });
            keys.into_iter().map(str::to_owned).zip(words).collect()
        })
    }

    /// The text on one side.
    fn side(runs: &[Run], sign: Sign) -> String {
        let kept = runs
            .iter()
            .filter(|run| run.sign == Sign::Same || run.sign == sign);
        kept.map(|run| run.text.as_str()).collect()
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_out_of_what_is_told(old in body(), new in body()) {
            let mut work = WORK;
            let runs = runs(&old, &new, &mut work);
            prop_assert_eq!(side(&runs, Sign::Removed), old.clone());
            prop_assert_eq!(side(&runs, Sign::Added), new.clone());
            prop_assert!(runs.windows(2).all(|two| two[0].sign != two[1].sign));
            prop_assert_eq!(runs.iter().all(|run| run.sign == Sign::Same), old == new);
        }

        #[test]
        fn every_section_that_differs_is_told_once(old in version(), new in version()) {
            let changes = compare(&sides(&old), &sides(&new));
            let keys: BTreeSet<_> = changes.iter().map(|it| it.key.as_str()).collect();
            prop_assert_eq!(keys.len(), changes.len());
            let find = |of: &[(String, Words)], key: &str| {
                of.iter().find(|it| it.0 == key).map(|it| it.1.clone())
            };
            for key in ["k", "l", "m", "n", "o"] {
                let told = changes.iter().find(|it| it.key == key).map(|it| it.what);
                match (find(&old, key), find(&new, key)) {
                    (None, None) => prop_assert_eq!(told, None),
                    (None, Some(_)) => prop_assert_eq!(told, Some(What::Added)),
                    (Some(_), None) => prop_assert_eq!(told, Some(What::Removed)),
                    (Some(before), Some(after)) if before == after => {
                        prop_assert!(matches!(told, None | Some(What::Moved)));
                    }
                    (Some(_), Some(_)) => prop_assert_eq!(told, Some(What::Changed)),
                }
            }
            // What nobody says was moved is in the order in which it was.
            let rest = |of: &[(String, Words)], other: &[(String, Words)]| -> Vec<String> {
                of.iter()
                    .filter(|it| find(other, &it.0).as_ref() == Some(&it.1))
                    .map(|it| it.0.clone())
                    .filter(|key| !keys.contains(key.as_str()))
                    .collect()
            };
            prop_assert_eq!(rest(&old, &new), rest(&new, &old));
            prop_assert_eq!(compare(&sides(&old), &sides(&old)), []);
        }
    }
}
