//! Pure: many durations in three numbers.
//!
//! Percentiles are by nearest rank: the p-th is the smallest duration that at least p percent of
//! all do not exceed, so it is always one that was measured.

use chrono::{DateTime, Utc};

/// Durations in three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// How many there are.
    pub count: u32,
    /// Half of them took no longer: seconds.
    pub median: i64,
    /// Nine in ten took no longer: seconds.
    pub p90: i64,
}

/// Seconds from one instant to another; none below zero.
#[must_use]
pub fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_seconds().max(0)
}

/// The distribution of durations in seconds; none where there is none.
#[must_use]
pub fn distribution(mut seconds: Vec<i64>) -> Option<Distribution> {
    seconds.sort_unstable();
    Some(Distribution {
        count: u32::try_from(seconds.len()).ok()?,
        median: nearest_rank(&seconds, 50)?,
        p90: nearest_rank(&seconds, 90)?,
    })
}

/// The percentile of sorted values by nearest rank: the value at place ⌈p · n / 100⌉, from 1.
fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let ten = distribution((1..=10).rev().collect()).unwrap();
        assert_eq!((ten.count, ten.median, ten.p90), (10, 5, 9));
        let one = distribution(vec![7]).unwrap();
        assert_eq!((one.count, one.median, one.p90), (1, 7, 7));
        let eleven = distribution((1..=11).collect()).unwrap();
        assert_eq!((eleven.median, eleven.p90), (6, 10));
        assert_eq!(distribution(Vec::new()), None);
    }

    proptest! {
        #[test]
        fn a_percentile_covers_its_share(seconds in prop::collection::vec(0_i64..1000, 1..60)) {
            let it = distribution(seconds.clone()).unwrap();
            let share = |limit: i64| seconds.iter().filter(|&&s| s <= limit).count() * 100;
            prop_assert!(share(it.median) >= 50 * seconds.len());
            prop_assert!(share(it.p90) >= 90 * seconds.len());
            prop_assert!(share(it.median - 1) < 50 * seconds.len());
            prop_assert!(share(it.p90 - 1) < 90 * seconds.len());
            prop_assert!(seconds.contains(&it.median) && seconds.contains(&it.p90));
        }
    }
}
