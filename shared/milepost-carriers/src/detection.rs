//! Which carriers a tracking number can belong to.
//!
//! A number is compared with every format of a table and the carriers are ranked. One number in eight of public sets
//! has the form of two carriers or more, so the answer is a list with a confidence and never one carrier, and a number
//! that one carrier takes and another delivers names both.

mod check;
mod formats;
mod shape;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use milepost_model::{CarrierCode, TrackingNumber};

use formats::{FORMATS, Format, Owner};

/// More carriers are not named for one number. No form of the table is shared by as many.
const MOST_DETECTED: usize = 8;

/// The longest number of the table: a USPS `IMpb` of 26 digits behind `420` and nine digits of ZIP code is 38 long, the
/// longest of DHL eCommerce 41.
const LONGEST: usize = 41;

/// A carrier of this confidence, in hundredths, is named as the partner of the one that it hands its parcels to. Below,
/// it is a guess among the parcels of that one.
const LIKELY: u8 = 50;

/// One carrier that a number can belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// Whose number it is. A code that [`crate::resolve`] knows, or one of a carrier that has formats and no more.
    pub carrier: CarrierCode,
    /// Who else moves the parcel under this number: USPS delivers what FedEx, UPS or DHL took in.
    pub partner: Option<CarrierCode>,
    /// What people call the format.
    pub format: &'static str,
    /// What its check character says.
    pub check: CheckDigit,
    /// How sure it is, above 0 and below 1: 0.9 and more only for a right check character behind a prefix of the
    /// carrier's own or for an unmistakable prefix; below 0.5 for a length or an arrangement of letters and digits
    /// without a check character; below 0.2 for a wrong one.
    pub confidence: f64,
    /// Another carrier of the list has the same confidence: neither is more likely than the other.
    pub tied: bool,
}

/// What the check character of a number says, and by which rule. It is a digit in most formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigit {
    /// It is right.
    Passed(&'static str),
    /// It is wrong, but the number begins as only this carrier's do.
    Failed(&'static str),
    /// The format has none that is known.
    Absent,
}

/// The carriers that a number can belong to, the likeliest first, at most eight and each once. Ties stand in the order
/// of the table, so that the same number always gives the same list.
///
/// The number is read as a caller or a label writes it: in either case, with spaces, dashes and dots. What can be no
/// tracking number has no carriers.
pub fn detect(number: &str) -> Vec<Detected> {
    let Ok(canonical) = TrackingNumber::parse(number) else {
        return Vec::new();
    };
    let text: Vec<u8> = canonical
        .as_str()
        .bytes()
        .filter(|c| !matches!(c, b'-' | b'.'))
        .collect();
    let mut found = Vec::new();
    // A word is no number, whatever its length.
    let number = text.iter().any(u8::is_ascii_digit);
    if number && text.len() <= LONGEST {
        for format in FORMATS.into_iter().flatten() {
            note(&mut found, read(format, &text));
        }
        for inner in behind_zip(&text) {
            for format in FORMATS.into_iter().flatten().filter(|format| format.routed) {
                note(&mut found, read(format, inner));
            }
        }
    }
    rank(found)
}

/// A candidate, its confidence in hundredths.
struct Candidate {
    detected: Detected,
    confidence: u8,
}

/// The number as one of a format. `None`: it is not.
fn read(format: &Format, text: &[u8]) -> Option<Candidate> {
    if !shape::has_shape(text, format.shape) {
        return None;
    }
    let (check, confidence) = match format.check {
        None => (CheckDigit::Absent, format.confidence),
        Some((start, end, rule)) if rule.passes(text.get(start..end)?) => {
            (CheckDigit::Passed(rule.name()), format.confidence)
        }
        Some((_, _, rule)) => (CheckDigit::Failed(rule.name()), formats::confidence_when_wrong(format)?),
    };
    let carrier = match format.owner {
        Owner::Carrier(code) => code.to_owned(),
        Owner::Post => formats::operator(std::str::from_utf8(text.last_chunk::<2>()?).ok()?)?,
    };
    let detected = Detected {
        carrier: CarrierCode::parse(&carrier).ok()?,
        partner: format.partner.and_then(|code| CarrierCode::parse(code).ok()),
        format: format.name,
        check,
        confidence: f64::from(confidence) / 100.0,
        tied: false,
    };
    Some(Candidate { detected, confidence })
}

/// What a USPS barcode holds behind `420` and a ZIP code of five digits or nine. With 34 characters both are tried.
fn behind_zip(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.strip_prefix(b"420")
        .into_iter()
        .flat_map(|rest| [rest.get(5..), rest.get(9..)])
        .flatten()
}

/// Keeps the surest reading of each carrier; of equal ones the first.
fn note(found: &mut Vec<Candidate>, candidate: Option<Candidate>) {
    let Some(new) = candidate else { return };
    match found
        .iter_mut()
        .find(|old| old.detected.carrier == new.detected.carrier)
    {
        Some(old) if old.confidence < new.confidence => *old = new,
        Some(_) => {}
        None => found.push(new),
    }
}

/// Sorts, and states ties and partners on both sides.
fn rank(mut found: Vec<Candidate>) -> Vec<Detected> {
    // A stable sort: what is equal stays in the order of the table.
    found.sort_by_key(|candidate| Reverse(candidate.confidence));
    found.truncate(MOST_DETECTED);
    let tied = |one: &Candidate| found.iter().filter(|other| other.confidence == one.confidence).count() > 1;
    let partner = |one: &Candidate| {
        let names_it = |other: &&Candidate| other.detected.partner.as_ref() == Some(&one.detected.carrier);
        let other = found.iter().filter(names_it).find(|other| other.confidence >= LIKELY)?;
        Some(other.detected.carrier.clone())
    };
    found
        .iter()
        .map(|one| Detected {
            tied: tied(one),
            partner: one.detected.partner.clone().or_else(|| partner(one)),
            ..one.detected.clone()
        })
        .collect()
}
