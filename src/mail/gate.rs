//! When letters may leave: what this process has learned of the server and of its readers' hosts.
//!
//! A server that refuses our sign-in refuses every letter, and each further try may lock the
//! account: one refusal closes the gate for all letters. A host that puts off letter after letter
//! is in trouble or has had enough of us: some refusals in a row close the gate for its letters
//! alone. A closed gate lets one letter try when its pause is over; what comes of that opens it, or
//! closes it for longer. Neither letters that wait nor the one that tries use up their tries.
//!
//! It lives in memory: each process finds out for itself, and knows nothing after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Delivery;

/// How a gate closes.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// After so many refusals in a row.
    after: u32,
    /// For so many minutes at first; each time doubled.
    first: i64,
    /// For so many minutes at the longest.
    longest: i64,
}

const SIGN_IN: Rule = Rule {
    after: 1,
    first: 1,
    longest: 30,
};

const HOST: Rule = Rule {
    after: 5,
    first: 1,
    longest: 120,
};

/// How long a letter that tries is waited for, before another may.
const TRIAL: TimeDelta = TimeDelta::minutes(2);

/// More hosts than these are not remembered.
const MOST_HOSTS: usize = 10_000;

/// Why a letter has to wait, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until when.
    pub until: DateTime<Utc>,
    /// In a sentence.
    pub why: String,
    /// Whether it waits for its reader's host, and not for us.
    pub is_for_host: bool,
}

/// How the gate stands, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Whether the server refused our sign-in: no letter leaves.
    pub sign_in: bool,
    /// To how many hosts no letter leaves.
    pub hosts: u64,
}

/// One gate: open while it was refused less often than its rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Refused so often in a row.
    Open(u32),
    /// Closed for the so manieth time in a row.
    Shut { times: u32, until: DateTime<Utc> },
    /// One letter tries; others wait for what comes of it.
    Trial { times: u32, until: DateTime<Utc> },
}

impl Default for State {
    fn default() -> Self {
        Self::Open(0)
    }
}

impl State {
    /// Whether a letter may pass; until when it waits, if not.
    fn ask(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        match *self {
            Self::Open(_) => Ok(()),
            Self::Shut { times, until } | Self::Trial { times, until } if until <= now => {
                let until = now + TRIAL;
                *self = Self::Trial { times, until };
                Ok(())
            }
            Self::Shut { until, .. } | Self::Trial { until, .. } => Err(until),
        }
    }

    /// Remembers a refusal; until when it is closed, if this closed it.
    fn refused(&mut self, rule: Rule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let times = match *self {
            Self::Open(refusals) if refusals + 1 < rule.after => {
                *self = Self::Open(refusals + 1);
                return None;
            }
            Self::Open(_) => 1,
            // It had left before the gate closed.
            Self::Shut { .. } => return None,
            Self::Trial { times, .. } => times.saturating_add(1),
        };
        let minutes = rule
            .first
            .saturating_mul(1 << times.saturating_sub(1).min(16));
        let until = now + TimeDelta::minutes(minutes.min(rule.longest));
        *self = Self::Shut { times, until };
        Some(until)
    }

    /// Until when it is closed, if it is.
    fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Open(_) => None,
            Self::Shut { until, .. } | Self::Trial { until, .. } => Some(*until),
        }
    }

    fn is_closed(&self) -> bool {
        self.until().is_some()
    }
}

/// What this process has learned.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    sign_in: State,
    hosts: HashMap<String, State>,
}

impl Gate {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a letter to this address may leave now.
    ///
    /// # Errors
    /// Until when it has to wait.
    pub fn ask(&self, address: &str, now: DateTime<Utc>) -> Result<(), Wait> {
        let known = &mut *self.known();
        let host = host(address);
        known.sign_in.ask(now).map_err(|until| Wait {
            until,
            why: "the SMTP server refuses our sign-in".to_owned(),
            is_for_host: false,
        })?;
        let Some(state) = known.hosts.get_mut(host) else {
            return Ok(());
        };
        state.ask(now).map_err(|until| Wait {
            until,
            why: format!("{host} puts off letter after letter"),
            is_for_host: true,
        })
    }

    /// Learns from what became of a letter to this address; until when it has to wait, where that
    /// closed the gate.
    pub fn learn(
        &self,
        address: &str,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let known = &mut *self.known();
        let host = host(address);
        match delivery {
            Delivery::Sent | Delivery::NoSuchAddress(..) => {
                known.sign_in = State::default();
                known.hosts.remove(host);
                None
            }
            Delivery::Deferred(_) => {
                known.sign_in = State::default();
                if known.hosts.len() >= MOST_HOSTS {
                    known.hosts.retain(|_, state| state.is_closed());
                }
                let state = known.hosts.entry(host.to_owned()).or_default();
                if let Some(until) = state.refused(HOST, now) {
                    tracing::warn!(host, %until, "letters to this host wait");
                }
                state.until()
            }
            Delivery::SignInRefused(why) => {
                if let Some(until) = known.sign_in.refused(SIGN_IN, now) {
                    tracing::error!(
                        why,
                        %until,
                        "no letter leaves: the SMTP server refuses our sign-in. Mend \
                         mail.smtp_user and mail.smtp_password, and start anew"
                    );
                }
                known.sign_in.until()
            }
            // Neither says anything of the sign-in or of the host.
            Delivery::Later(_) | Delivery::Never(_) => None,
        }
    }

    /// How it stands.
    #[must_use]
    pub fn closed(&self) -> Closed {
        let known = self.known();
        let hosts = known.hosts.values().filter(|state| state.is_closed());
        Closed {
            sign_in: known.sign_in.is_closed(),
            hosts: hosts.count().try_into().unwrap_or(u64::MAX),
        }
    }
}

/// The host of an address.
fn host(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "ana@costa.example";
    const RUI: &str = "rui@costa.example";
    const BEN: &str = "ben@berg.example";

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_303_100 + minute * 60, 0).unwrap()
    }

    fn deferred() -> Delivery {
        Delivery::Deferred("451 later".to_owned())
    }

    fn waits(gate: &Gate, address: &str, now: i64) -> Option<i64> {
        let wait = gate.ask(address, at(now)).err()?;
        Some((wait.until - at(0)).num_minutes())
    }

    #[test]
    fn a_host_waits_after_five_refusals_in_a_row_and_longer_each_time() {
        let gate = Gate::default();
        for _ in 0..4 {
            assert_eq!(waits(&gate, ANA, 0), None);
            gate.learn(ANA, &deferred(), at(0));
        }
        assert_eq!(waits(&gate, RUI, 0), None);
        gate.learn(RUI, &deferred(), at(0));
        assert_eq!(waits(&gate, ANA, 0), Some(1));
        assert_eq!(waits(&gate, BEN, 0), None, "other hosts do not wait");
        // Those that were under way change nothing.
        gate.learn(ANA, &deferred(), at(0));
        assert_eq!(waits(&gate, ANA, 0), Some(1));
        // One tries, the others wait for it.
        assert_eq!(waits(&gate, ANA, 1), None);
        assert_eq!(waits(&gate, RUI, 1), Some(3));
        gate.learn(ANA, &deferred(), at(1));
        assert_eq!(waits(&gate, RUI, 1), Some(3), "two minutes this time");
        let mut now = 3;
        for expected in [4, 8, 16, 32, 64, 120, 120] {
            assert_eq!(waits(&gate, ANA, now), None);
            gate.learn(ANA, &deferred(), at(now));
            assert_eq!(waits(&gate, ANA, now), Some(now + expected));
            now += expected;
        }
        assert_eq!(
            gate.closed(),
            Closed {
                sign_in: false,
                hosts: 1
            }
        );
        assert_eq!(waits(&gate, ANA, now), None);
        gate.learn(ANA, &Delivery::Sent, at(now));
        assert_eq!(waits(&gate, RUI, now), None);
        assert_eq!(gate.closed(), Closed::default());
    }

    #[test]
    fn refusals_that_are_not_in_a_row_close_nothing() {
        let gate = Gate::default();
        for _ in 0..20 {
            for _ in 0..4 {
                gate.learn(ANA, &deferred(), at(0));
            }
            gate.learn(RUI, &Delivery::Sent, at(0));
        }
        assert_eq!(waits(&gate, ANA, 0), None);
    }

    #[test]
    fn a_refused_sign_in_stops_all_letters_and_one_tries_again() {
        let gate = Gate::default();
        let refused = Delivery::SignInRefused("535".to_owned());
        gate.learn(ANA, &refused, at(0));
        assert_eq!(waits(&gate, BEN, 0), Some(1));
        assert!(gate.closed().sign_in);
        assert_eq!(waits(&gate, BEN, 1), None);
        assert_eq!(waits(&gate, ANA, 1), Some(3));
        gate.learn(BEN, &refused, at(1));
        assert_eq!(waits(&gate, ANA, 2), Some(3), "two minutes this time");
        assert_eq!(waits(&gate, ANA, 3), None);
        gate.learn(ANA, &deferred(), at(3));
        assert_eq!(waits(&gate, BEN, 3), None, "whoever is put off was let in");
    }

    #[test]
    fn a_try_of_which_nothing_comes_makes_room_for_the_next() {
        let gate = Gate::default();
        gate.learn(ANA, &Delivery::SignInRefused("535".to_owned()), at(0));
        assert_eq!(waits(&gate, ANA, 1), None);
        gate.learn(ANA, &Delivery::Later("silence".to_owned()), at(1));
        assert_eq!(waits(&gate, BEN, 2), Some(3));
        assert_eq!(waits(&gate, BEN, 3), None);
    }
}
