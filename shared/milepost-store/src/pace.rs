//! The spacing of batch writes under a table that takes only so much.
//!
//! Backoff alone makes every writer of a throttled table alternate between a refused batch and a pause, at twice the
//! calls. So the batches of one process share a gap for each write unit. There is none at first. A quarter of a second
//! in which something was refused sets it to what was taken in that time, and a little more, so that a table that has
//! grown is noticed; a quarter of a second without a refusal makes it narrower.

use std::time::Duration;

use tokio::time::Instant;

/// How long units are counted before the gap is set: a hundred batches at a table of 10,000 units a second.
const WINDOW: Duration = Duration::from_millis(250);

/// A window that was left open for so long says nothing: nothing was put meanwhile.
const IDLE: Duration = Duration::from_secs(2);

/// The gap is set for a twentieth more than what was taken. Refusals of less than that, which are faults and not a
/// limit, so slow nothing down; and a limit costs no more than that in repeated calls.
const MORE: f64 = 1.05;

/// Gaps narrower than this are none: 40,000 units a second is what AWS lets a table take.
const NARROWEST: Duration = Duration::from_micros(25);

pub(crate) struct Pace {
    /// Per write unit.
    gap: Duration,
    widest: Duration,
    /// When the next batch may leave.
    next: Option<Instant>,
    window: Option<Window>,
}

struct Window {
    begun: Instant,
    taken: u32,
    refused: bool,
}

impl Pace {
    pub(crate) fn new(widest: Duration) -> Self {
        Self {
            gap: Duration::ZERO,
            widest,
            next: None,
            window: None,
        }
    }

    /// When a batch of so many units may leave.
    pub(crate) fn reserve(&mut self, now: Instant, units: u32) -> Instant {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = Some(at + self.gap * units);
        at
    }

    /// How much was taken of a batch, and whether that was all of it.
    pub(crate) fn answered(&mut self, now: Instant, taken: u32, all: bool) {
        let window = self.window.as_mut().map(|window| (now - window.begun, window));
        let Some((length, window)) = window.filter(|(length, _)| *length < IDLE) else {
            // What this batch took was taken before the window that begins now.
            self.window = Some(Window::at(now));
            return;
        };
        window.taken = window.taken.saturating_add(taken);
        window.refused |= !all;
        if length < WINDOW {
            return;
        }
        self.gap = if window.refused {
            let each = length.checked_div(window.taken);
            each.map_or(self.widest, |each| each.div_f64(MORE).min(self.widest))
        } else {
            self.gap - self.gap / 10
        };
        if self.gap < NARROWEST {
            self.gap = Duration::ZERO;
        }
        self.window = Some(Window::at(now));
    }
}

impl Window {
    fn at(begun: Instant) -> Self {
        Self {
            begun,
            taken: 0,
            refused: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDEST: Duration = Duration::from_millis(1);

    /// A table of so many units a second, with one second's worth saved up, that also refuses a part of some batches
    /// for no reason.
    struct Table {
        rate: f64,
        saved: f64,
        at: Instant,
        faults: f64,
        drawn: u32,
    }

    impl Table {
        fn new(rate: f64, faults: f64, at: Instant) -> Self {
            Self {
                rate,
                saved: rate,
                at,
                faults,
                drawn: 1,
            }
        }

        /// From 0 to 1, always the same row.
        fn draw(&mut self) -> f64 {
            self.drawn = self.drawn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(self.drawn) / f64::from(u32::MAX)
        }

        /// How many of the units it takes.
        fn take(&mut self, now: Instant, units: u32) -> u32 {
            self.saved = (self.saved + (now - self.at).as_secs_f64() * self.rate).min(self.rate);
            self.at = now;
            let most = if self.draw() < self.faults { units / 2 } else { units };
            let taken = (0..=most)
                .rev()
                .find(|units| f64::from(*units) <= self.saved)
                .unwrap_or(0);
            self.saved -= f64::from(taken);
            taken
        }
    }

    /// Eight writers of batches of 25 in simulated time: how many calls, and seconds.
    fn simulate(rate: f64, faults: f64, items: u32, widest: Duration) -> (f64, f64) {
        let latency = Duration::from_millis(4);
        let begun = Instant::now();
        let mut table = Table::new(rate, faults, begun);
        let mut pace = Pace::new(widest);
        let mut free: Vec<Instant> = vec![begun; 8];
        let (mut left, mut calls, mut last) = (items, 0.0, begun);
        while left > 0 {
            let writer = (0..free.len()).min_by_key(|nth| free[*nth]).unwrap();
            let units = left.min(25);
            let leaves = pace.reserve(free[writer], units);
            let taken = table.take(leaves, units);
            calls += 1.0;
            left -= taken;
            last = leaves + latency;
            pace.answered(last, taken, taken == units);
            // A refused writer pauses for 50 ms at most before its next try.
            let pause = if taken == units { 0.0 } else { 0.05 * table.draw() };
            free[writer] = last + Duration::from_secs_f64(pause);
        }
        (calls, (last - begun).as_secs_f64())
    }

    #[test]
    fn a_capped_table_is_used_up_in_few_calls() {
        for (rate, items) in [(4_000.0, 400_000), (2_000.0, 400_000), (10_000.0, 1_000_000)] {
            let (calls, seconds) = simulate(rate, 0.0, items, WIDEST);
            let least_calls = f64::from(items) / 25.0;
            let least_seconds = f64::from(items) / rate - 1.0;
            assert!(calls < 1.1 * least_calls, "{rate}: {calls} calls");
            assert!(seconds < least_seconds / 0.98, "{rate}: {seconds} s of {least_seconds}");
        }
    }

    #[test]
    fn without_a_pace_it_would_be_many() {
        let (calls, _) = simulate(4_000.0, 0.0, 200_000, Duration::ZERO);
        assert!(calls > 1.3 * 200_000.0 / 25.0, "{calls} calls");
    }

    #[test]
    fn faults_do_not_slow_an_open_table() {
        let (_, paced) = simulate(1e9, 0.05, 200_000, WIDEST);
        let (_, unpaced) = simulate(1e9, 0.05, 200_000, Duration::ZERO);
        assert!(paced < 1.5 * unpaced, "{paced} s, {unpaced} s without");
    }

    #[test]
    fn an_open_table_is_not_held_up() {
        let mut now = Instant::now();
        let mut pace = Pace::new(WIDEST);
        for _ in 0..1_000 {
            assert_eq!(pace.reserve(now, 25), now);
            now += Duration::from_millis(1);
            pace.answered(now, 25, true);
        }
        pace.answered(now + Duration::from_secs(60), 5, false);
        assert_eq!(pace.gap, Duration::ZERO, "a refusal after a minute of nothing");
    }

    #[test]
    fn the_gap_has_an_end_and_is_forgotten() {
        let mut now = Instant::now();
        let mut pace = Pace::new(WIDEST);
        for _ in 0..100 {
            now += Duration::from_millis(10);
            pace.answered(now, 0, false);
        }
        assert_eq!(pace.gap, WIDEST, "nothing is taken");
        for _ in 0..1_500 {
            now += Duration::from_millis(10);
            pace.answered(now, 25, true);
        }
        assert_eq!(pace.gap, Duration::ZERO, "all is taken for 15 seconds");
    }
}
