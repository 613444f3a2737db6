//! FedEx: Express, Ground, and Ground Economy (`SmartPost`), which USPS may deliver.

use super::{CERTAIN, CHECKED, CHECKED_SHAPE, Format, GUESSED, LENGTH, PREFIXED, shaped};
use crate::detection::check::{GS1, GS1_AFTER_91, GS1_AFTER_92, Rule};
use crate::detection::shape::Part::{AnyOf, Digits, Is};

const FEDEX: &str = "fedex";
const USPS: &str = "usps";
const IMPB: &str = "FedEx Ground Economy in a USPS IMpb";
const PRINTED: &str = "FedEx Ground Economy (20 digits)";

pub(super) const FORMATS: &[Format] = &[
    shaped(&[Digits(12)])
        .of(FEDEX, "FedEx Express (12 digits)", CHECKED)
        .checked(0..12, Rule::FedEx),
    shaped(&[Digits(15)])
        .of(FEDEX, "FedEx Ground (15 digits)", CHECKED)
        .checked(0..15, GS1),
    // The last 15 digits are a Ground number.
    shaped(&[Is("96"), Digits(20)])
        .of(FEDEX, "FedEx Ground 96 (22 digits)", CERTAIN)
        .checked(7..22, GS1)
        .forgiving(),
    // The last 14 digits hold a number of 12 and its check digit.
    shaped(&[Is("96"), Digits(32)])
        .of(FEDEX, "FedEx Ground GSN (34 digits)", CERTAIN)
        .checked(20..34, Rule::FedEx),
    shaped(&[Is("10"), Digits(32)])
        .of(FEDEX, "FedEx Express (34 digits)", CERTAIN)
        .checked(20..34, Rule::FedEx),
    // The barcode of air waybills, with the number of 12 digits in it.
    shaped(&[Digits(32)])
        .of(FEDEX, "FedEx ASTRA (32 digits)", CHECKED_SHAPE)
        .checked(16..28, Rule::FedEx),
    // FedEx computes the check digit without the two digits of the container type; for cartons, `00`, it is the same.
    shaped(&[Is("00"), Digits(16)])
        .of(FEDEX, "FedEx Ground SSCC (18 digits)", CHECKED_SHAPE)
        .checked(2..18, GS1),
    // Mailers whose parcels were FedEx's under every service shown: 9999.., 92700.., 92701.. and 909834979.
    shaped(&[Is("92"), Digits(3), Is("9999"), Digits(13)])
        .of(FEDEX, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[Is("92"), Digits(3), AnyOf(&["92700", "92701"]), Digits(12)])
        .of(FEDEX, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[Is("92"), Digits(3), Is("909834979"), Digits(8)])
        .of(FEDEX, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[Is("926129"), Digits(16)])
        .of(FEDEX, "FedEx Ground Economy in a USPS IMpb, other mailer", GUESSED)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    // The same numbers as FedEx prints them, without `92`.
    shaped(&[AnyOf(&["02", "61"]), Digits(18)])
        .of(FEDEX, PRINTED, CHECKED_SHAPE)
        .with(USPS)
        .checked(0..20, GS1_AFTER_92),
    // Older ones had `91` before them.
    shaped(&[Is("02"), Digits(18)])
        .of(FEDEX, PRINTED, CHECKED_SHAPE)
        .with(USPS)
        .checked(0..20, GS1_AFTER_91),
    shaped(&[Digits(3), Is("9999"), Digits(13)])
        .of(FEDEX, PRINTED, CHECKED_SHAPE)
        .with(USPS)
        .checked(0..20, GS1_AFTER_92),
    shaped(&[Is("DT"), Digits(12)]).of(FEDEX, "FedEx door tag", PREFIXED),
    // Numbers of ten digits have been shown that FedEx tracks; no document tells their check digit.
    shaped(&[Digits(10)]).of(FEDEX, "FedEx (10 digits)", LENGTH),
];
