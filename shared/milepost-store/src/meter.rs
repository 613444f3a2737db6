use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What calls cost, in DynamoDB's request units: a write unit is 1 KB written, a read unit 4 KB read consistently.
///
/// As DynamoDB reports it: calls that it refuses (a condition that does not hold) are billed and not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

/// Adds up what calls cost. The numbers are kept as the bits of an `f64`, so that calls under way at once may add.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    write_units: AtomicU64,
    read_units: AtomicU64,
}

impl Meter {
    pub(crate) fn wrote(&self, units: f64) {
        add(&self.write_units, units);
    }

    pub(crate) fn read(&self, units: f64) {
        add(&self.read_units, units);
    }

    pub(crate) fn used(&self) -> Used {
        Used {
            write_units: f64::from_bits(self.write_units.load(Ordering::Relaxed)),
            read_units: f64::from_bits(self.read_units.load(Ordering::Relaxed)),
        }
    }
}

fn add(sum: &AtomicU64, units: f64) {
    // The closure always answers, so there is no failure to look at.
    let _ = sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bits| {
        Some((f64::from_bits(bits) + units).to_bits())
    });
}

/// The units of an answer.
pub(crate) fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_from_many_threads() {
        let meter = Meter::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| meter.wrote(0.5)));
            }
        });
        meter.read(1.5);
        assert_eq!(
            meter.used(),
            Used {
                write_units: 2_000.0,
                read_units: 1.5
            }
        );
    }
}
