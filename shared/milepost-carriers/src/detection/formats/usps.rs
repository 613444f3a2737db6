//! U.S. Postal Service.
//!
//! An `IMpb` (Publication 199) is `92` to `95`, three digits of service, a mailer identifier of 9 digits (beginning with
//! 9) or 6, a serial number and a GS1 check digit: 22 digits, 26 or, with a source identifier, 30. In the barcode `420`
//! and the ZIP code of 5 or 9 digits may stand before it. Who handed the parcel in is told by the mailer identifier, so
//! partners' numbers (FedEx, UPS, DHL) are in their own tables and end here as well.

use super::{CHECKED, CHECKED_SHAPE, Format, HINTED, STRONG, shaped};
use crate::detection::check::{GS1, GS1_AFTER_91};
use crate::detection::shape::Part::{AnyOf, Digits, Is, OneOf};

const USPS: &str = "usps";

/// What begins the labels of 20 digits (Publication 97): delivery confirmation, signature confirmation, certified,
/// insured, registered, return receipt.
const SERVICES: &[&str] = &["01", "03", "04", "13", "14", "23", "70", "71", "72", "73", "77", "81"];

pub(super) const FORMATS: &[Format] = &[
    shaped(&[Is("9"), OneOf("2345"), Digits(20)])
        .of(USPS, "USPS IMpb (22 digits)", STRONG)
        .checked(0..22, GS1)
        .forgiving()
        .routed(),
    shaped(&[Is("9"), OneOf("2345"), Digits(24)])
        .of(USPS, "USPS IMpb (26 digits)", STRONG)
        .checked(0..26, GS1)
        .forgiving()
        .routed(),
    shaped(&[Is("94"), Digits(28)])
        .of(USPS, "USPS IMpb (30 digits)", STRONG)
        .checked(0..30, GS1),
    shaped(&[Is("91"), Digits(20)])
        .of(USPS, "USPS barcode 91 (22 digits)", STRONG)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[AnyOf(SERVICES), Digits(18)])
        .of(USPS, "USPS label (20 digits)", CHECKED_SHAPE)
        .checked(0..20, GS1),
    // On some of them the check digit was computed with the `91` that the barcode has and the print has not.
    shaped(&[AnyOf(SERVICES), Digits(18)])
        .of(USPS, "USPS label (20 digits, 91 not printed)", CHECKED)
        .checked(0..20, GS1_AFTER_91),
    // Delivered abroad by FedEx.
    shaped(&[Is("82"), Digits(8)])
        .of(USPS, "USPS Global Express Guaranteed", HINTED)
        .with("fedex"),
];
