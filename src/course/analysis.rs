//! Which questions are good ones: how often they are answered rightly, and by whom.
//!
//! The classic analysis of items. The *difficulty* of a question is the share of right answers to
//! it. Its *discrimination* is that share among the best attempts less that among the weakest, 27
//! per cent of them each (Kelley, 1939): near one where only those who know answer it, near
//! nothing where it tells nobody apart, and below where its key is likely to be wrong. Here are
//! the counts; who shows them divides.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::quiz::Score;

/// Of how many in a hundred either group is made.
const GROUP: usize = 27;

/// How one question was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Key of the question.
    pub question: String,
    /// Right answers.
    pub right: u32,
    /// Attempts that were asked it.
    pub of: u32,
    /// Right answers among the best attempts.
    pub upper_right: u32,
    /// The best attempts that were asked it.
    pub upper_of: u32,
    /// Right answers among the weakest attempts.
    pub lower_right: u32,
    /// The weakest attempts that were asked it.
    pub lower_of: u32,
}

/// Every question that was asked in these attempts, by key.
///
/// Attempts that tie with the last of a group belong to it too, so that the order in which they
/// come makes no difference; where everybody has the same score, both groups are everybody.
#[must_use]
pub fn item_analysis(attempts: &[Score]) -> Vec<Item> {
    let mut ranked: Vec<&Score> = attempts.iter().collect();
    ranked.sort_by(|one, other| by_share(one, other));
    let size = (ranked.len() * GROUP).div_ceil(100).min(ranked.len() / 2);
    let (lower, upper) = match size.checked_sub(1) {
        Some(last) => (ranked.get(last), ranked.iter().rev().nth(last)),
        None => (None, None),
    };
    let mut items: BTreeMap<&str, Item> = BTreeMap::new();
    for score in &ranked {
        let is_lower = lower.is_some_and(|last| by_share(score, last).is_le());
        let is_upper = upper.is_some_and(|last| by_share(score, last).is_ge());
        for marked in &score.questions {
            let right = u32::from(marked.correct);
            let item = items.entry(&marked.question).or_default();
            item.of += 1;
            item.right += right;
            item.lower_of += u32::from(is_lower);
            item.lower_right += u32::from(is_lower) * right;
            item.upper_of += u32::from(is_upper);
            item.upper_right += u32::from(is_upper) * right;
        }
    }
    let named = items.into_iter().map(|(key, item)| Item {
        question: key.to_owned(),
        ..item
    });
    named.collect()
}

/// Which attempt is the weaker: by the share of points, since not every paper has as many.
fn by_share(one: &Score, other: &Score) -> Ordering {
    let share = |score: &Score, of: &Score| u64::from(score.points) * u64::from(of.out_of.max(1));
    share(one, other).cmp(&share(other, one))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::quiz::Marked;
    use super::*;

    /// An attempt that answered these questions so, each for a point.
    fn attempt(answers: &[(&str, bool)]) -> Score {
        let questions: Vec<_> = answers
            .iter()
            .map(|(question, correct)| Marked {
                question: (*question).to_owned(),
                correct: *correct,
                points: u32::from(*correct),
            })
            .collect();
        Score {
            points: questions.iter().map(|it| it.points).sum(),
            out_of: u32::try_from(questions.len()).unwrap(),
            percent: 0,
            passed: false,
            questions,
        }
    }

    #[test]
    fn a_question_that_only_the_best_can_answer_tells_them_apart() {
        // Ten attempts: three are the best, three the weakest.
        let attempts: Vec<_> = (0..10)
            .map(|n| {
                attempt(&[
                    ("easy", true),
                    ("hard", n >= 8),
                    ("n1", n > 1),
                    ("n2", n > 3),
                    ("n3", n > 5),
                    ("n4", n > 6),
                    ("wrong-key", n < 2),
                ])
            })
            .collect();
        let items = item_analysis(&attempts);
        let told = |key: &str| {
            let it = items.iter().find(|it| it.question == key).unwrap();
            (
                (it.right, it.of),
                (it.upper_right, it.upper_of),
                (it.lower_right, it.lower_of),
            )
        };
        // Of the weakest, the first two and the next two have the same score.
        assert_eq!(told("easy"), ((10, 10), (3, 3), (4, 4)));
        assert_eq!(told("hard"), ((2, 10), (2, 3), (0, 4)));
        assert_eq!(told("wrong-key"), ((2, 10), (0, 3), (2, 4)));
    }

    #[test]
    fn one_attempt_tells_nobody_apart() {
        assert_eq!(item_analysis(&[]), []);
        let [item] = &item_analysis(&[attempt(&[("a", true)])])[..] else {
            panic!("one question");
        };
        assert_eq!((item.right, item.of), (1, 1));
        assert_eq!((item.upper_of, item.lower_of), (0, 0));
    }

    proptest! {
        #[test]
        fn the_order_of_attempts_makes_no_difference(
            right in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..5), 0..20),
            turn in 0_usize..20,
        ) {
            const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
            let attempts: Vec<_> = right
                .iter()
                .map(|row| attempt(&KEYS.into_iter().zip(row.iter().copied()).collect::<Vec<_>>()))
                .collect();
            let mut turned = attempts.clone();
            turned.rotate_left(turn.min(attempts.len()));
            let items = item_analysis(&attempts);
            prop_assert_eq!(&items, &item_analysis(&turned));
            for item in items {
                prop_assert!(item.right <= item.of);
                prop_assert!(item.upper_of <= item.of && item.lower_of <= item.of);
                prop_assert!(item.upper_right <= item.upper_of && item.lower_right <= item.lower_of);
            }
        }
    }
}
