//! Pure: how case studies move, and how their public addresses are made.

use std::collections::BTreeSet;

use entity::case_study::CaseStudyState;

use crate::document::{KEY, plain_words};

/// What can happen to a case study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Its authors submit it.
    Submit,
    /// They take it back, to write on.
    TakeBack,
    /// A reviewer takes it up.
    TakeUp,
    /// A reviewer asks for changes.
    RequestChanges,
    /// A reviewer finds it good.
    Approve,
    /// A reviewer finds that it is not to be published.
    Decline,
    /// It is published.
    Publish,
    /// It is taken down.
    Archive,
    /// The customer's consent is withdrawn.
    Withdraw,
}

/// Where the turn leads from that state; none where it is not possible. The whole state machine.
#[must_use]
pub fn next(state: CaseStudyState, turn: Turn) -> Option<CaseStudyState> {
    use CaseStudyState as S;
    match (state, turn) {
        (S::Draft, Turn::Submit) => Some(S::Submitted),
        // Whoever asked for the changes is still on it.
        (S::ChangesRequested, Turn::Submit) | (S::Submitted, Turn::TakeUp) => Some(S::InReview),
        (S::Submitted | S::InReview | S::ChangesRequested, Turn::TakeBack) => Some(S::Draft),
        (S::Submitted | S::InReview | S::Approved, Turn::RequestChanges) => {
            Some(S::ChangesRequested)
        }
        (S::Submitted | S::InReview, Turn::Approve) => Some(S::Approved),
        (S::Submitted | S::InReview | S::Approved, Turn::Decline) => Some(S::Declined),
        (S::Approved, Turn::Publish) => Some(S::Published),
        (S::Published, Turn::Archive) => Some(S::Archived),
        (S::Published, Turn::Withdraw) => Some(S::Withdrawn),
        _ => None,
    }
}

/// Whether its authors are writing it.
#[must_use]
pub fn is_written(state: CaseStudyState) -> bool {
    matches!(
        state,
        CaseStudyState::Draft | CaseStudyState::ChangesRequested
    )
}

/// Whether its text is whole and stands still, so that a customer can be asked about it.
#[must_use]
pub fn is_settled(state: CaseStudyState) -> bool {
    matches!(
        state,
        CaseStudyState::Submitted | CaseStudyState::InReview | CaseStudyState::Approved
    )
}

/// Whether it has, or had, a public address.
#[must_use]
pub fn is_or_was_public(state: CaseStudyState) -> bool {
    matches!(
        state,
        CaseStudyState::Published | CaseStudyState::Archived | CaseStudyState::Withdrawn
    )
}

/// The last part of an address, made of a title: a-z, 0-9 and hyphens, at most [`KEY`] of them.
#[must_use]
pub fn slug(title: &str) -> String {
    let slug = plain_words(title);
    if slug.is_empty() {
        "case-study".to_owned()
    } else {
        slug
    }
}

/// Whether it can be one that [`slug`] makes.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=KEY).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The slug, or the first of `slug-2`, `slug-3`, … that is not taken.
#[must_use]
pub fn free_slug(slug: &str, taken: &BTreeSet<String>) -> String {
    let mut free = slug.to_owned();
    let mut count = 1_u32;
    while taken.contains(&free) {
        count += 1;
        let end = format!("-{count}");
        let kept = slug.get(..slug.len().min(KEY - end.len())).unwrap_or(slug);
        free = format!("{}{end}", kept.trim_end_matches('-'));
    }
    free
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::Iterable;

    use super::*;

    const TURNS: [Turn; 9] = [
        Turn::Submit,
        Turn::TakeBack,
        Turn::TakeUp,
        Turn::RequestChanges,
        Turn::Approve,
        Turn::Decline,
        Turn::Publish,
        Turn::Archive,
        Turn::Withdraw,
    ];

    fn walk(turns: &[usize]) -> Vec<(CaseStudyState, Turn, Option<CaseStudyState>)> {
        let mut state = CaseStudyState::Draft;
        let mut steps = Vec::new();
        for turn in turns.iter().map(|at| TURNS[*at]) {
            let to = next(state, turn);
            steps.push((state, turn, to));
            state = to.unwrap_or(state);
        }
        steps
    }

    #[test]
    fn every_state_is_reached_and_the_last_ones_are_not_left() {
        let mut reached = BTreeSet::from([CaseStudyState::Draft]);
        while let Some(new) = reached
            .iter()
            .flat_map(|state| TURNS.map(|turn| next(*state, turn)))
            .flatten()
            .find(|state| !reached.contains(state))
        {
            reached.insert(new);
        }
        assert_eq!(reached, CaseStudyState::iter().collect());
        for last in [
            CaseStudyState::Declined,
            CaseStudyState::Archived,
            CaseStudyState::Withdrawn,
        ] {
            assert!(TURNS.iter().all(|turn| next(last, *turn).is_none()));
        }
    }

    #[test]
    fn slugs_are_plain_words() {
        for (title, expected) in [
            (
                "How Nordwind cut costs by 40 %",
                "how-nordwind-cut-costs-by-40",
            ),
            ("Größer & schöner: Straße", "groesser-schoener-strasse"),
            ("  --Éclair!--  ", "eclair"),
            ("東京", "case-study"),
            ("<script>", "script"),
            ("../../etc/passwd", "etc-passwd"),
        ] {
            assert_eq!(slug(title), expected);
        }
        let long = slug(&"longword ".repeat(20));
        assert!(long.len() <= KEY && long.ends_with("longword"), "{long}");
        assert_eq!(slug(&"x".repeat(200)).len(), KEY);
    }

    #[test]
    fn a_taken_slug_gets_a_number() {
        let taken = ["a", "a-2", "b"].map(str::to_owned).into();
        assert_eq!(free_slug("a", &taken), "a-3");
        assert_eq!(free_slug("c", &taken), "c");
        let long = "y".repeat(KEY);
        let free = free_slug(&long, &BTreeSet::from([long.clone()]));
        assert_eq!((free.len(), &free[KEY - 2..]), (KEY, "-2"));
    }

    proptest! {
        #[test]
        fn nothing_is_published_that_was_not_approved(turns in prop::collection::vec(0..9_usize, 0..40)) {
            for (from, turn, to) in walk(&turns) {
                if to == Some(CaseStudyState::Published) {
                    prop_assert_eq!((from, turn), (CaseStudyState::Approved, Turn::Publish));
                }
                // What everybody has seen never becomes a draft again.
                if is_or_was_public(from) {
                    prop_assert!(to.is_none_or(is_or_was_public));
                }
                // A text that is being written is not one that somebody consents to.
                prop_assert!(!(is_written(from) && is_settled(from)));
            }
        }

        #[test]
        fn a_slug_is_a_key_whatever_the_title(title in "\\PC{0,120}", taken in prop::collection::btree_set("[a-z]{0,3}", 0..9)) {
            let slug = free_slug(&slug(&title), &taken);
            let mut faults = crate::document::Faults::default();
            faults.key(&slug, "slug");
            prop_assert!(faults.result().is_ok() && is_slug(&slug), "{slug}");
            prop_assert!(!taken.contains(&slug));
        }
    }
}
