//! Pure: how steps move, and which open when others close.

use std::collections::{BTreeMap, BTreeSet};

use entity::onboarding_step::StepState;
use entity::plan_step::Performer;

use super::rules::{Evidence, Rule, met};

/// What can happen to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// What it waited for is done or waived.
    Open,
    /// It was handed in; with whether somebody has to look at it.
    Submit {
        /// Whether it needs a review.
        needs_review: bool,
    },
    /// A reviewer sent it back.
    Return,
    /// A reviewer signed it off.
    SignOff,
    /// The facts that it waited for arrived.
    FactsArrived,
    /// A reviewer found that this partner does not need it.
    Waive,
}

/// Whether a step is done with, for good.
#[must_use]
pub fn is_closed(state: StepState) -> bool {
    matches!(state, StepState::Done | StepState::Waived)
}

/// Whether the step is with those who do it.
#[must_use]
pub fn is_to_do(state: StepState) -> bool {
    matches!(state, StepState::Open | StepState::Returned)
}

/// Where the turn leads from that state; none where it is not possible. The whole state machine.
#[must_use]
pub fn next(state: StepState, turn: Turn) -> Option<StepState> {
    use StepState as S;
    match (state, turn) {
        (S::Locked, Turn::Open) => Some(S::Open),
        (S::Open | S::Returned, Turn::Submit { needs_review: true }) => Some(S::Submitted),
        (
            S::Open | S::Returned,
            Turn::Submit {
                needs_review: false,
            },
        )
        | (S::Submitted, Turn::SignOff)
        | (S::Open, Turn::FactsArrived) => Some(S::Done),
        (S::Submitted, Turn::Return) => Some(S::Returned),
        (S::Locked | S::Open | S::Submitted | S::Returned, Turn::Waive) => Some(S::Waived),
        _ => None,
    }
}

/// A step as the flow looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name in the plan.
    pub key: String,
    /// Where it stands.
    pub state: StepState,
    /// Who does it.
    pub performer: Performer,
    /// When it is done.
    pub rule: Rule,
    /// What comes first, by key.
    pub requires: Vec<String>,
}

/// What moves by itself: opens every step that waits for nothing any more and completes every open
/// step of the system whose rule is met, until nothing moves. Gives the turns in the order in which
/// they are taken, by index.
#[must_use]
pub fn settle(steps: &[Node], evidence: &Evidence) -> Vec<(usize, Turn)> {
    let mut states: Vec<StepState> = steps.iter().map(|step| step.state).collect();
    let index: BTreeMap<&str, usize> = steps
        .iter()
        .enumerate()
        .map(|(index, step)| (step.key.as_str(), index))
        .collect();
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        for (at, step) in steps.iter().enumerate() {
            let waits = step.requires.iter().any(|key| {
                index
                    .get(key.as_str())
                    .is_some_and(|&other| !is_closed(states[other]))
            });
            let turn = match states[at] {
                StepState::Locked if !waits => Turn::Open,
                StepState::Open
                    if step.performer == Performer::System
                        && met(&step.rule, &step.key, evidence) =>
                {
                    Turn::FactsArrived
                }
                StepState::Locked
                | StepState::Open
                | StepState::Submitted
                | StepState::Returned
                | StepState::Done
                | StepState::Waived => continue,
            };
            if let Some(state) = next(states[at], turn) {
                states[at] = state;
                turns.push((at, turn));
            }
        }
        if turns.len() == before {
            return turns;
        }
    }
}

/// A cycle among prerequisites, as the keys along it, the first again at the end; none where there
/// is none. Keys that do not exist lead nowhere.
#[must_use]
pub fn cycle<'a>(requires: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for &start in requires.keys() {
        // The way from `start` to where we are, with how many of each key's prerequisites were
        // looked at: a walk in depth without recursion.
        let mut way: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((key, seen)) = way.pop() {
            let Some(&first) = requires.get(key).and_then(|keys| keys.get(seen)) else {
                done.insert(key);
                continue;
            };
            way.push((key, seen + 1));
            if let Some(from) = way.iter().position(|(on_way, _)| *on_way == first) {
                let mut cycle: Vec<&str> = way[from..].iter().map(|(key, _)| *key).collect();
                cycle.push(first);
                return Some(cycle);
            }
            if !done.contains(first) && requires.contains_key(first) {
                way.push((first, 0));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATES: [StepState; 6] = [
        StepState::Locked,
        StepState::Open,
        StepState::Submitted,
        StepState::Returned,
        StepState::Done,
        StepState::Waived,
    ];

    const TURNS: [Turn; 7] = [
        Turn::Open,
        Turn::Submit { needs_review: true },
        Turn::Submit {
            needs_review: false,
        },
        Turn::Return,
        Turn::SignOff,
        Turn::FactsArrived,
        Turn::Waive,
    ];

    #[test]
    fn the_state_machine_on_one_page() {
        use StepState as S;
        let mut page = Vec::new();
        for state in STATES {
            for turn in TURNS {
                if let Some(to) = next(state, turn) {
                    page.push((state, turn, to));
                }
            }
        }
        let review = Turn::Submit { needs_review: true };
        let plain = Turn::Submit {
            needs_review: false,
        };
        assert_eq!(
            page,
            [
                (S::Locked, Turn::Open, S::Open),
                (S::Locked, Turn::Waive, S::Waived),
                (S::Open, review, S::Submitted),
                (S::Open, plain, S::Done),
                (S::Open, Turn::FactsArrived, S::Done),
                (S::Open, Turn::Waive, S::Waived),
                (S::Submitted, Turn::Return, S::Returned),
                (S::Submitted, Turn::SignOff, S::Done),
                (S::Submitted, Turn::Waive, S::Waived),
                (S::Returned, review, S::Submitted),
                (S::Returned, plain, S::Done),
                (S::Returned, Turn::Waive, S::Waived),
            ]
        );
    }

    fn node(key: usize, state: StepState, performer: Performer, requires: &[usize]) -> Node {
        Node {
            key: key.to_string(),
            state,
            performer,
            rule: Rule::MeetingHeld {
                meeting: "kickoff".to_owned(),
            },
            requires: requires.iter().map(ToString::to_string).collect(),
        }
    }

    fn held() -> Evidence {
        Evidence {
            meetings: ["kickoff".to_owned()].into(),
            ..Evidence::default()
        }
    }

    /// Where everything stands after settling.
    fn settled(steps: &[Node], evidence: &Evidence) -> Vec<StepState> {
        let mut states: Vec<_> = steps.iter().map(|step| step.state).collect();
        for (at, turn) in settle(steps, evidence) {
            states[at] = next(states[at], turn).expect("settling takes possible turns only");
        }
        states
    }

    #[test]
    fn a_step_waits_for_all_that_it_requires_and_waived_is_as_good_as_done() {
        use StepState as S;
        let mut steps = [
            node(0, S::Done, Performer::Partner, &[]),
            node(1, S::Submitted, Performer::Partner, &[]),
            node(2, S::Locked, Performer::Partner, &[0, 1]),
        ];
        assert_eq!(settle(&steps, &Evidence::default()), []);
        steps[1].state = S::Waived;
        assert_eq!(settle(&steps, &Evidence::default()), [(2, Turn::Open)]);
    }

    #[test]
    fn a_chain_of_the_systems_steps_completes_at_once() {
        use StepState as S;
        let steps = [
            // In the plan's order the last comes first, so one pass is not enough.
            node(0, S::Locked, Performer::Partner, &[1]),
            node(1, S::Locked, Performer::System, &[2]),
            node(2, S::Locked, Performer::System, &[]),
        ];
        assert_eq!(settled(&steps, &held()), [S::Open, S::Done, S::Done]);
        assert_eq!(
            settled(&steps, &Evidence::default()),
            [S::Locked, S::Locked, S::Open]
        );
    }

    #[test]
    fn a_cycle_is_told_by_its_steps() {
        let plan = BTreeMap::from([
            ("a", vec!["b"]),
            ("b", vec!["c"]),
            ("c", vec!["d", "b"]),
            ("d", vec![]),
        ]);
        assert_eq!(cycle(&plan), Some(vec!["b", "c", "b"]));
        assert_eq!(
            cycle(&BTreeMap::from([("a", vec!["a"])])),
            Some(vec!["a", "a"])
        );
        let diamond = BTreeMap::from([
            ("a", vec![]),
            ("b", vec!["a"]),
            ("c", vec!["a"]),
            ("d", vec!["b", "c", "nowhere"]),
        ]);
        assert_eq!(cycle(&diamond), None);
    }

    fn any_state() -> impl Strategy<Value = StepState> {
        prop::sample::select(&STATES[..])
    }

    fn any_performer() -> impl Strategy<Value = Performer> {
        prop::sample::select(&[Performer::Partner, Performer::Vendor, Performer::System][..])
    }

    /// Steps that may require any of those before them.
    fn any_steps() -> impl Strategy<Value = Vec<Node>> {
        prop::collection::vec(
            (
                any_state(),
                any_performer(),
                prop::collection::vec(any::<prop::sample::Index>(), 0..3),
            ),
            1..12,
        )
        .prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(key, (state, performer, requires))| {
                    let requires: Vec<usize> = match key {
                        0 => Vec::new(),
                        _ => requires.iter().map(|index| index.index(key)).collect(),
                    };
                    node(key, state, performer, &requires)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_closed_stays_as_it_is(turns in prop::collection::vec(prop::sample::select(&TURNS[..]), 0..30)) {
            let mut state = StepState::Locked;
            let mut closed = None;
            for turn in turns {
                state = next(state, turn).unwrap_or(state);
                prop_assert!(closed.is_none_or(|it| it == state));
                closed = is_closed(state).then_some(state);
            }
        }

        #[test]
        fn after_settling_nothing_moves_by_itself(steps in any_steps()) {
            let states = settled(&steps, &held());
            let after: Vec<Node> = steps
                .iter()
                .zip(&states)
                .map(|(step, &state)| Node { state, ..step.clone() })
                .collect();
            prop_assert_eq!(settle(&after, &held()), []);
            for step in &after {
                let free = step.requires.iter().all(|key| {
                    after.iter().any(|other| other.key == *key && is_closed(other.state))
                });
                prop_assert!(!(free && step.state == StepState::Locked));
            }
        }

        #[test]
        fn closing_a_step_never_locks_another(steps in any_steps(), at in any::<prop::sample::Index>()) {
            let at = at.index(steps.len());
            let mut closer = steps.clone();
            if !is_closed(closer[at].state) {
                closer[at].state = StepState::Waived;
            }
            let (less, more) = (settled(&steps, &held()), settled(&closer, &held()));
            for (less, more) in less.iter().zip(more) {
                prop_assert!(more != StepState::Locked || *less == StepState::Locked);
            }
        }

        #[test]
        fn steps_that_require_earlier_ones_have_no_cycle_and_one_back_makes_one(
            steps in any_steps(),
            from in any::<prop::sample::Index>(),
            to in any::<prop::sample::Index>(),
        ) {
            let mut requires: BTreeMap<&str, Vec<&str>> = steps
                .iter()
                .map(|step| (step.key.as_str(), step.requires.iter().map(String::as_str).collect()))
                .collect();
            prop_assert_eq!(cycle(&requires), None);
            // From a step to one that needs it, or to itself: always a way round.
            let (from, to) = (from.index(steps.len()), to.index(steps.len()));
            let (low, high) = (from.min(to), from.max(to));
            let (low, high) = (steps[low].key.as_str(), steps[high].key.as_str());
            requires.entry(high).or_default().push(low);
            requires.entry(low).or_default().push(high);
            let found = cycle(&requires);
            prop_assert!(found.is_some());
            let found = found.unwrap_or_default();
            prop_assert_eq!(found.first(), found.last());
            for pair in found.windows(2) {
                prop_assert!(requires[pair[0]].contains(&pair[1]));
            }
        }
    }
}
