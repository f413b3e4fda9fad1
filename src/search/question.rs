//! What is asked for: the words of a query, and what they may have been meant to be.

use std::collections::{BTreeSet, HashSet};

use strsim::osa_distance;

use super::word::{Language, plain, words};

/// The most characters of a query.
pub(super) const LONGEST: usize = 500;
/// The most words that are looked up; more make no question better.
const WORDS: usize = 12;
/// The least letters of a word that is taken for the slip of another.
const SLIP: usize = 4;
/// The most letters of a short word, which is near to many others: names and abbreviations are short.
const SHORT: usize = 4;
/// The least letters of a word in which two slips are forgiven.
const TWO_SLIPS: usize = 8;
/// The least letters of a part of a compound.
const PART: usize = 4;
/// What German puts between the parts of a compound.
const LINKS: [&str; 7] = ["", "s", "es", "n", "en", "er", "e"];
/// The least letters of a word that is joined with its neighbour.
const JOINED: usize = 3;

/// The words of a query, each once, without those that say nothing, unless it has no others.
pub(super) fn asked(query: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in words(query) {
        if !all.contains(&word) && !plain(&word).is_empty() {
            all.push(word);
        }
    }
    let says_something = |word: &String| {
        let plain = plain(word);
        ![Language::English, Language::German]
            .iter()
            .any(|language| language.passes_over(&plain))
    };
    let mut telling: Vec<String> = all
        .iter()
        .filter(|it| says_something(it))
        .cloned()
        .collect();
    if telling.is_empty() {
        telling = all;
    }
    telling.truncate(WORDS);
    telling
}

/// How a plain word begins and ends that can be the slip of another one. One slip leaves one of the
/// two as it was, since they are a letter shorter than the word together; so do two that are near to
/// each other. The longer the two are, the less has to be looked through.
pub(super) fn ends(plain: &str) -> Option<(String, String)> {
    let letters: Vec<char> = plain.chars().collect();
    if letters.len() < SLIP {
        return None;
    }
    let half = letters.len() / 2;
    let (first, last) = if letters.len() < TWO_SLIPS {
        (half, letters.len() - 1 - half)
    } else {
        (half - 1, half - 1)
    };
    let first = letters.iter().take(first.max(2)).collect();
    let last = letters.iter().skip(letters.len() - last.max(2)).collect();
    Some((first, last))
}

/// How many slips are forgiven in a plain word.
pub(super) fn forgiven(plain: &str) -> usize {
    match plain.chars().count() {
        ..SLIP => 0,
        SLIP..TWO_SLIPS => 1,
        _ => 2,
    }
}

/// Whether a plain word is so short that it is taken for a slip only where nothing else is found.
pub(super) fn is_short(plain: &str) -> bool {
    plain.chars().count() <= SHORT
}

/// Those of the plain words that are nearest to this one, where any is near enough; of a short one
/// those alone that begin with the same letter.
pub(super) fn near<'w>(
    word: &str,
    others: impl IntoIterator<Item = &'w str>,
) -> (usize, BTreeSet<&'w str>) {
    let mut least = forgiven(word);
    let mut nearest = BTreeSet::new();
    for other in others {
        let distance = osa_distance(word, other);
        if distance > least || distance == 0 {
            continue;
        }
        if distance < least {
            nearest.clear();
            least = distance;
        }
        nearest.insert(other);
    }
    // Who mistypes seldom does so in the first letter.
    let starts = |it: &&str| it.chars().next() == word.chars().next();
    if is_short(word) || nearest.iter().any(starts) {
        nearest.retain(starts);
    }
    (least, nearest)
}

/// What may be the two parts of a compound: its beginnings and its ends.
pub(super) fn parts(plain: &str) -> Vec<String> {
    let cuts: Vec<usize> = plain.char_indices().map(|(at, _)| at).collect();
    let middle = cuts.get(PART..(cuts.len() + 1).saturating_sub(PART));
    let cuts = middle.unwrap_or_default().iter();
    let parts = cuts.flat_map(|cut| {
        let (first, second) = plain.split_at(*cut);
        [first.to_owned(), second.to_owned()]
    });
    parts.collect()
}

/// Two words beside each other as one: as they are, and as German links them.
pub(super) fn joined(first: &str, second: &str) -> Vec<String> {
    let long = |word: &str| word.chars().count() >= JOINED;
    let links = LINKS.iter().filter(|_| long(first) && long(second));
    links.map(|link| format!("{first}{link}{second}")).collect()
}

/// A compound in two words that are known: the longest beginning, perhaps what links, and an end, which
/// bears the case and the number of the whole.
pub(super) fn split(
    plain: &str,
    known: &HashSet<String>,
    ends: impl Fn(&str) -> bool,
) -> Option<[String; 2]> {
    let mut cuts: Vec<usize> = plain.char_indices().map(|(at, _)| at).collect();
    cuts.reverse();
    for cut in cuts {
        let (first, after) = plain.split_at(cut);
        if !known.contains(first) {
            continue;
        }
        let seconds = LINKS.iter().filter_map(|link| after.strip_prefix(link));
        if let Some(second) = seconds.into_iter().find(|it| ends(it)) {
            return Some([first.to_owned(), second.to_owned()]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_say_nothing_are_asked_for_only_alone() {
        assert_eq!(
            asked("How do I renew the certificate?"),
            ["renew", "certificate"]
        );
        assert_eq!(
            asked("Wie bekomme ich die Zertifizierung"),
            ["bekomme", "zertifizierung"]
        );
        assert_eq!(asked("to be or not to be"), ["to", "be", "or", "not"]);
        assert_eq!(asked("a \"b' OR 1=1; --"), ["b", "1"]);
        assert_eq!(asked("\0 🚀 \u{202e} '\"*()^"), Vec::<String>::new());
        assert_eq!(asked(&"x1 ".repeat(50)).len(), 1);
    }

    #[test]
    fn slips_are_forgiven_by_the_length_of_the_word() {
        let known = ["certification", "course", "cost", "security"];
        let nearest = |word: &str| near(word, known).1.into_iter().collect::<Vec<_>>();
        assert_eq!(nearest("certifcation"), ["certification"]);
        assert_eq!(nearest("cretificatoin"), ["certification"]);
        assert_eq!(nearest("secuirty"), ["security"]);
        assert_eq!(nearest("cuorse"), ["course"]);
        assert_eq!(nearest("cots"), ["cost"]);
        assert_eq!(nearest("cos"), Vec::<&str>::new());
        assert_eq!(nearest("curze"), Vec::<&str>::new());
        // A short word that begins otherwise is another one.
        assert_eq!(nearest("most"), Vec::<&str>::new());
    }

    #[test]
    fn a_slip_leaves_one_end_as_it_was() {
        let letters = ["security", "course", "cost", "certification"];
        for word in letters {
            let (first, last) = ends(word).unwrap();
            for at in 1..word.len() {
                // Two letters that changed places, and one that was left out.
                let mut swapped: Vec<char> = word.chars().collect();
                swapped.swap(at - 1, at);
                let swapped: String = swapped.into_iter().collect();
                let mut short = word.to_owned();
                short.remove(at);
                for slip in [swapped, short] {
                    let fits = slip.starts_with(&first) || slip.ends_with(&last);
                    assert!(fits || slip.len() < 5, "{slip}");
                }
            }
        }
        assert_eq!(ends("abc"), None);
    }

    #[test]
    fn words_beside_each_other_may_be_one() {
        let joined = |first, second| {
            joined(first, second)
                .into_iter()
                .take(2)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            joined("daten", "sicherung"),
            ["datensicherung", "datenssicherung"]
        );
        assert_eq!(joined("it", "plan"), Vec::<String>::new());
    }

    #[test]
    fn compounds_come_apart_into_words_that_are_known() {
        let known: HashSet<String> = ["partner", "vertrag", "vertragsmuster", "zertifizierung"]
            .map(str::to_owned)
            .into();
        let split = |word: &str| {
            split(word, &known, |end| known.contains(end)).map(|parts| parts.join(" "))
        };
        assert_eq!(split("partnervertrag").unwrap(), "partner vertrag");
        assert_eq!(
            split("zertifizierungsvertrag").unwrap(),
            "zertifizierung vertrag"
        );
        assert_eq!(
            split("partnervertragsmuster").unwrap(),
            "partner vertragsmuster"
        );
        assert_eq!((split("partnerschaft"), split("partner")), (None, None));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_there_are_few_words(query: String) {
            let asked = asked(&query);
            prop_assert!(asked.len() <= WORDS);
            for word in asked {
                let plain = plain(&word);
                let _ = ends(&plain);
                for part in parts(&plain) {
                    prop_assert!(plain.contains(&part));
                }
            }
        }

        #[test]
        fn one_slip_leaves_one_end_as_it_was(
            word in "[a-eä]{5,7}",
            at in 0_usize..8,
            slip in 0..4,
            letter in prop::sample::select(vec!['a', 'b', 'ö']),
        ) {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at % letters.len();
            match slip {
                0 => letters.insert(at, letter),
                1 => letters[at] = letter,
                2 if at > 0 => letters.swap(at - 1, at),
                _ => { letters.remove(at); }
            }
            let slipped: String = letters.into_iter().collect();
            let few = slipped.chars().count() < 5;
            if let (1, Some((first, last))) = (forgiven(&slipped), ends(&slipped)) {
                prop_assert!(few || word.starts_with(&first) || word.ends_with(&last), "{slipped}");
            }
        }

        #[test]
        fn a_compound_is_made_of_its_parts(a in "[a-z]{4,8}", b in "[a-zäöü]{4,8}") {
            let known = HashSet::from([a.clone(), b.clone()]);
            let whole = format!("{a}{b}");
            prop_assert!(parts(&whole).contains(&a) && parts(&whole).contains(&b));
            prop_assert!(split(&whole, &known, |end| known.contains(end)).is_some());
        }
    }
}
