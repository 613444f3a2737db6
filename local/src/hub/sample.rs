//! The carrier file that an empty hub begins with. Its days are counted from today, so that it never grows old.

use jiff::ToSpan;
use jiff::civil::Date;
use milepost_model::TrackingNumber;

/// The bundled file: a real `generic` file but for `{-3}`, which stands for the date three days ago.
const SAMPLE: &str = include_str!("../../sample/carrier-events.csv");

/// What it is called.
pub const SAMPLE_NAME: &str = "carrier-events.csv";
/// Its layout.
pub const SAMPLE_LAYOUT: &str = "generic";
/// Whose parcels are in it.
pub const SAMPLE_CARRIER: &str = "usps";

/// The sample with dates as of `today`.
pub fn dated_sample(today: Date) -> String {
    dated(SAMPLE, today)
}

/// A sample's text with each `{-n}` as the date `n` days before `today`.
fn dated(text: &str, today: Date) -> String {
    let mut parts = text.split('{');
    let mut dated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let day = part.split_once('}').and_then(|(days, rest)| {
            let days: i64 = days.parse().ok()?;
            Some((today.checked_add(days.days()).ok()?, rest))
        });
        match day {
            Some((date, rest)) => {
                dated.push_str(&date.to_string());
                dated.push_str(rest);
            }
            None => {
                dated.push('{');
                dated.push_str(part);
            }
        }
    }
    dated
}

/// The numbers of the sample, in order of first appearance.
pub fn sample_numbers() -> Vec<TrackingNumber> {
    let mut numbers: Vec<TrackingNumber> = Vec::new();
    let fields = SAMPLE.lines().skip(1).filter_map(|line| line.split(',').next());
    for number in fields.filter_map(|field| TrackingNumber::parse(field).ok()) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The number that a new hub follows: the second, which is still under way.
pub fn followed_number() -> Option<TrackingNumber> {
    sample_numbers().into_iter().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_counted_from_today() {
        let today = date(2026, 3, 1);
        assert_eq!(dated("a,{-3}T14:03:00,{0}", today), "a,2026-02-26T14:03:00,2026-03-01");
        assert_eq!(dated("no days, {x} and {", today), "no days, {x} and {");
        assert!(!dated_sample(today).contains('{'), "every day of the sample is read");
        assert!(sample_numbers().len() >= 3);
        assert!(followed_number().is_some());
    }
}
