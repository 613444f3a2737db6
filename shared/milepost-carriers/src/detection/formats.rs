//! The formats, one table per carrier or group of carriers.
//!
//! What a carrier publishes comes first: USPS Publication 97 and 199, UPU S10, GS1's SSCC, the label specifications of
//! DPD, GLS and FedEx, DHL's page of tracking identifiers. What no carrier publishes (who holds a mailer identifier,
//! which letters begin a number) is taken from numbers that shippers have shown in public, and is graded lower.

mod dhl;
mod europe;
mod fedex;
mod north_america;
mod pacific;
mod posts;
mod ups;
mod usps;

use std::ops::Range;

use super::check::Rule;
use super::shape::Part;

/// Every format. Where two carriers have the same confidence the earlier one is named first: the order is by how many
/// parcels the carriers move in the market that this hub is asked about most, the United States, and then by country.
pub(super) const FORMATS: [&[Format]; 8] = [
    usps::FORMATS,
    ups::FORMATS,
    fedex::FORMATS,
    dhl::FORMATS,
    north_america::FORMATS,
    posts::FORMATS,
    europe::FORMATS,
    pacific::FORMATS,
];

// How sure a number of a format is to be the carrier's, in hundredths: how many of the numbers that look so are, as far
// as the formats of this table compete for them. 90 and more stands only behind a check digit or an unmistakable
// prefix, under 50 whatever has only a length or an arrangement of letters and digits.

/// The check digit is right behind a prefix that no other carrier uses.
const CERTAIN: u8 = 97;
/// The check character is right behind a prefix that partners of the same delivery share, or it is one of 36 at the end
/// of a length that no other carrier has. Below [`CERTAIN`], so that a partner whose mailer identifier is known comes
/// first.
const STRONG: u8 = 95;
/// No check digit, but three fixed letters or more, or two and a length of 18 or more.
const NAMED: u8 = 92;
/// The check digit is right, and letters or a short prefix narrow it down. One number in ten of that shape passes by
/// chance.
const CHECKED_SHAPE: u8 = 85;
/// No check digit, and a prefix of two letters, or one that another carrier's numbers may begin with.
const PREFIXED: u8 = 80;
/// The check digit is right and nothing else is known but the length. One number in seven to eleven of other carriers
/// passes by chance, so that a second carrier can be right.
const CHECKED: u8 = 75;
/// As [`CHECKED`], of carriers with fewer parcels, or whose check digit misses more mistakes.
const CHECKED_RARE: u8 = 60;
/// A prefix that others use as well.
const HINTED: u8 = 55;
/// No check digit and no prefix: an arrangement of letters and digits.
const ARRANGED: u8 = 40;
/// As [`ARRANGED`], of carriers seldom met.
const ARRANGED_RARE: u8 = 30;
/// Whose parcel it may have been before USPS delivered it, by the service alone.
const GUESSED: u8 = 30;
/// Nothing but a length.
const LENGTH: u8 = 20;
/// The check digit is wrong behind a prefix that no other carrier uses: a slip of the pen, or one of the carrier's own
/// exceptions.
const MISTYPED: u8 = 15;

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Owner {
    /// This carrier's.
    Carrier(&'static str),
    /// The postal operator's of the country whose two letters end the number.
    Post,
}

/// One way in which a carrier writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) owner: Owner,
    /// Who else moves the parcel under the same number.
    pub(super) partner: Option<&'static str>,
    pub(super) shape: &'static [Part],
    /// Where the characters stand that the check character (the last of them) is computed from, and how.
    pub(super) check: Option<(usize, usize, Rule)>,
    /// In hundredths, with the check character right or none.
    pub(super) confidence: u8,
    /// Named with [`MISTYPED`] when the check character is wrong.
    pub(super) forgiving: bool,
    /// Also looked for behind `420` and a ZIP code, as scanners read a USPS barcode.
    pub(super) routed: bool,
}

/// A format of this shape; whose it is comes next.
const fn shaped(shape: &'static [Part]) -> Format {
    Format {
        name: "",
        owner: Owner::Post,
        partner: None,
        shape,
        check: None,
        confidence: 0,
        forgiving: false,
        routed: false,
    }
}

impl Format {
    const fn of(self, carrier: &'static str, name: &'static str, confidence: u8) -> Self {
        Self {
            owner: Owner::Carrier(carrier),
            name,
            confidence,
            ..self
        }
    }

    const fn of_post(self, name: &'static str, confidence: u8) -> Self {
        Self {
            owner: Owner::Post,
            name,
            confidence,
            ..self
        }
    }

    const fn with(self, partner: &'static str) -> Self {
        Self {
            partner: Some(partner),
            ..self
        }
    }

    const fn checked(self, span: Range<usize>, rule: Rule) -> Self {
        Self {
            check: Some((span.start, span.end, rule)),
            ..self
        }
    }

    const fn forgiving(self) -> Self {
        Self {
            forgiving: true,
            ..self
        }
    }

    const fn routed(self) -> Self {
        Self { routed: true, ..self }
    }
}

/// The confidence in a number of this format whose check character is wrong. `None`: it is not of this format.
pub(super) fn confidence_when_wrong(format: &Format) -> Option<u8> {
    format.forgiving.then_some(MISTYPED)
}

pub(super) use posts::operator;
