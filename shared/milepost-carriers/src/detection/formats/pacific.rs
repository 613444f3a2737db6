//! Australian and New Zealand carriers whose numbers are not S10. None of them publishes a check digit.

use super::{ARRANGED, ARRANGED_RARE, Format, HINTED, shaped};
use crate::detection::shape::Part::{Alnums, Digits, Is, Letters};

const AUSTRALIA_POST: &str = "australia_post";

pub(super) const FORMATS: &[Format] = &[
    shaped(&[Is("33"), Alnums(3), Digits(18)]).of(AUSTRALIA_POST, "Australia Post parcel 33", HINTED),
    // The merchant's location, consignment, article, service, last article, check digit of a rule not published.
    shaped(&[Letters(3), Digits(13)]).of(AUSTRALIA_POST, "Australia Post eParcel article", ARRANGED),
    shaped(&[Letters(3), Digits(7)]).of(AUSTRALIA_POST, "Australia Post eParcel consignment", ARRANGED_RARE),
    shaped(&[Letters(4), Digits(8)]).of(AUSTRALIA_POST, "Australia Post Express Post", ARRANGED_RARE),
    shaped(&[Letters(4), Digits(8)]).of("star_track", "StarTrack", ARRANGED_RARE),
    // The label of Fastway's franchises on both sides of the sea.
    shaped(&[Letters(2), Digits(10)]).of("fastway_au", "Aramex, Fastway label", ARRANGED_RARE),
    shaped(&[Letters(2), Digits(10)]).of("fastway_nz", "Aramex, Fastway label", ARRANGED_RARE),
];
