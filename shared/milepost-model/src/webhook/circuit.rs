//! When an endpoint that does not answer is left alone, and when it is asked again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Failed attempts in a row after which an endpoint is left alone.
const PATIENCE: u32 = 5;

/// An attempt without an answer holds its sender for the whole deadline, so it counts for so many that fail at once.
const SILENCE_COUNTS: u32 = 3;

/// The first rest; each further one is twice as long.
const FIRST_REST: Duration = Duration::from_secs(30);

/// The longest rest: an endpoint that is back is found within half an hour.
const LONGEST_REST: Duration = Duration::from_mins(30);

/// A probe is over within so long: four times the deadline of an attempt.
const PROBE_LEASE: Duration = Duration::from_secs(60);

/// An endpoint whose attempts have all failed for so long is disabled (as Svix does; Stripe gives up after three days).
const HOPE: Duration = Duration::from_hours(5 * 24);

/// What the last attempts at an endpoint came to. While it rests, nothing is sent there but one probe after each rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circuit {
    /// How much has failed since the last success: an attempt without an answer counts for more than a refusal.
    pub failures: u32,
    /// When the first of them failed.
    pub since: Option<Timestamp>,
    /// Until when it rests; nothing while it is not resting.
    pub rests_until: Option<Timestamp>,
}

/// How an attempt ended that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// With an answer, or at once.
    Quickly,
    /// Without any answer before the deadline.
    Silently,
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// It may, by whoever is the first to put the circuit's rest off to the instant.
    Probe {
        /// The end of the probe's lease.
        lease: Timestamp,
    },
    /// It may not.
    Shut,
}

impl Circuit {
    /// Whether an attempt may be made now.
    pub fn gate(&self, now: Timestamp) -> Gate {
        match self.rests_until {
            None => Gate::Open,
            Some(until) if now < until => Gate::Shut,
            Some(_) => Gate::Probe {
                lease: later(now, PROBE_LEASE),
            },
        }
    }

    /// Whether it rests, or is probed.
    pub fn is_shut(&self) -> bool {
        self.rests_until.is_some()
    }

    /// What it is after a failed attempt. Attempts that were under way when it shut do not prolong the rest; a failed
    /// probe doubles it.
    #[must_use]
    pub fn failed(&self, how: Failed, probe: bool, now: Timestamp) -> Self {
        let weight = match how {
            Failed::Quickly => 1,
            Failed::Silently => SILENCE_COUNTS,
        };
        let failures = if self.is_shut() && !probe {
            self.failures
        } else {
            self.failures.saturating_add(if self.is_shut() { 1 } else { weight })
        };
        let rests_until = match self.rests_until {
            Some(until) if !probe => Some(until),
            None if failures < PATIENCE => None,
            before => Some(later(now, rest(failures, before.is_some()))),
        };
        Self {
            failures,
            since: self.since.or(Some(now)),
            rests_until,
        }
    }

    /// Whether it has failed for so long that nothing more is to be hoped for. Two failures with nothing to send between
    /// them say nothing of the days between.
    pub fn is_hopeless(&self, now: Timestamp) -> bool {
        self.is_shut() && self.since.is_some_and(|since| later(since, HOPE) <= now)
    }
}

/// How long the rest is after so many failures. Those beyond patience are probes.
fn rest(failures: u32, probed: bool) -> Duration {
    let doublings = if probed { failures.saturating_sub(PATIENCE) } else { 0 };
    FIRST_REST
        .saturating_mul(1_u32.checked_shl(doublings.min(16)).unwrap_or(u32::MAX))
        .min(LONGEST_REST)
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_shuts_after_five_refusals_or_two_silences() {
        let mut circuit = Circuit::default();
        for second in 0..4 {
            circuit = circuit.failed(Failed::Quickly, false, at(second));
            assert_eq!(circuit.gate(at(second)), Gate::Open, "{second}");
        }
        circuit = circuit.failed(Failed::Quickly, false, at(4));
        assert_eq!(circuit.rests_until, Some(at(34)));
        assert_eq!(circuit.since, Some(at(0)));
        assert_eq!(circuit.gate(at(33)), Gate::Shut);
        assert_eq!(circuit.gate(at(34)), Gate::Probe { lease: at(94) });
        let silent = Circuit::default().failed(Failed::Silently, false, at(0));
        assert_eq!(silent.gate(at(0)), Gate::Open);
        assert!(silent.failed(Failed::Silently, false, at(1)).is_shut());
    }

    #[test]
    fn rests_double_to_half_an_hour_and_late_failures_do_not_prolong_them() {
        let mut circuit = Circuit {
            failures: 5,
            since: Some(at(0)),
            rests_until: Some(at(30)),
        };
        assert_eq!(circuit.failed(Failed::Silently, false, at(10)), circuit);
        let mut now = 30;
        for rest in [60, 120, 240, 480, 960, 1800, 1800, 1800] {
            circuit = circuit.failed(Failed::Silently, true, at(now));
            assert_eq!(circuit.rests_until, Some(at(now + rest)), "{rest}");
            now += rest;
        }
        for _ in 0..100 {
            circuit = circuit.failed(Failed::Quickly, true, at(now));
        }
        assert_eq!(circuit.rests_until, Some(at(now + 1800)), "no overflow");
    }

    #[test]
    fn five_days_are_the_end() {
        let failed = |times: u32| {
            let none = Circuit::default();
            (0..times).fold(none, |circuit, _| circuit.failed(Failed::Quickly, false, at(0)))
        };
        assert!(!failed(PATIENCE).is_hopeless(at(5 * 86_400 - 1)));
        assert!(failed(PATIENCE).is_hopeless(at(5 * 86_400)));
        assert!(!failed(PATIENCE - 1).is_hopeless(at(5 * 86_400)));
        assert!(!failed(0).is_hopeless(at(5 * 86_400)));
    }
}
