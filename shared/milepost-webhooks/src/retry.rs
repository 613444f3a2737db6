use std::time::Duration;

/// Attempts of a delivery, the first included: the example schedule of the Standard Webhooks specification, about 76
/// hours from first to last.
pub const ATTEMPTS: usize = DELAYS.len() + 1;

/// How long after each failed attempt the next one comes.
const DELAYS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// The longest delay of an SQS message. What comes later is parked in the table, where it holds no place among the
/// queue's 120,000 in flight.
const LONGEST_QUEUE_DELAY: Duration = Duration::from_mins(15);

/// What a receiver may always ask for: the windows of common rate limits are an hour or shorter.
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// The share by which a delay may grow, so that deliveries that failed together do not come back together.
const JITTER: f64 = 0.2;

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt after a delay of the queue.
    Queue(Duration),
    /// Another attempt, parked until it is due.
    Park(Duration),
    /// None: it was the last.
    Exhausted,
}

/// What follows the failed attempt number `failed` (1 is the first).
///
/// `retry_after` is the receiver's wish in seconds; it is heard between the schedule's own delay and twice that, or an
/// hour where that is longer.
/// `random` is 0 to 1 and decides the jitter.
pub fn next_attempt(failed: usize, retry_after: Option<u64>, random: f64) -> Next {
    let Some(delay) = failed.checked_sub(1).and_then(|index| DELAYS.get(index)) else {
        return Next::Exhausted;
    };
    let wished = Duration::from_secs(retry_after.unwrap_or(0)).clamp(*delay, (*delay * 2).max(LONGEST_WISH));
    let delay = wished.mul_f64(1.0 + JITTER * random.clamp(0.0, 1.0));
    if delay <= LONGEST_QUEUE_DELAY {
        Next::Queue(delay)
    } else {
        Next::Park(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_in_about_76_hours() {
        let mut total = Duration::ZERO;
        for failed in 1..ATTEMPTS {
            total += match next_attempt(failed, None, 0.0) {
                Next::Queue(delay) | Next::Park(delay) => delay,
                Next::Exhausted => panic!("attempt {failed} is not the last"),
            };
        }
        assert_eq!(total, Duration::from_secs(75 * 3600 + 35 * 60 + 5));
        assert_eq!(next_attempt(ATTEMPTS, None, 0.0), Next::Exhausted);
    }

    #[test]
    fn where_the_next_one_waits() {
        assert_eq!(next_attempt(1, None, 0.0), Next::Queue(Duration::from_secs(5)));
        assert_eq!(next_attempt(2, None, 1.0), Next::Queue(Duration::from_mins(6)));
        assert_eq!(next_attempt(3, None, 0.0), Next::Park(Duration::from_mins(30)));
    }

    #[test]
    fn a_wish_is_bounded() {
        assert_eq!(next_attempt(1, Some(1), 0.0), Next::Queue(Duration::from_secs(5)));
        assert_eq!(next_attempt(1, Some(8), 0.0), Next::Queue(Duration::from_secs(8)));
        assert_eq!(next_attempt(1, Some(86_400), 0.0), Next::Park(Duration::from_hours(1)));
        assert_eq!(next_attempt(4, Some(86_400), 0.0), Next::Park(Duration::from_hours(4)));
    }
}
