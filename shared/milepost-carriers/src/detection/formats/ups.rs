//! UPS, its Mail Innovations and `SurePost`, which USPS delivers.

use super::{ARRANGED, CERTAIN, CHECKED_SHAPE, Format, HINTED, LENGTH, shaped};
use crate::detection::check::{GS1, UPS as MOD_10};
use crate::detection::shape::Part::{Alnums, AlnumsToEnd, Digits, Is, OneOf};

const UPS: &str = "ups";
const USPS: &str = "usps";

pub(super) const FORMATS: &[Format] = &[
    // The service `YW`: UPS to the post office, USPS from there.
    shaped(&[Is("1Z"), Alnums(6), Is("YW"), Alnums(7), Digits(1)])
        .of(UPS, "UPS SurePost", CERTAIN)
        .with(USPS)
        .checked(2..18, MOD_10),
    shaped(&[Is("1Z"), Alnums(15), Digits(1)])
        .of(UPS, "UPS 1Z", CERTAIN)
        .checked(2..18, MOD_10)
        .forgiving(),
    // A letter of service and ten digits; the letter is not part of the sum.
    shaped(&[OneOf("AHJKTV"), Digits(10)])
        .of(UPS, "UPS waybill", CHECKED_SHAPE)
        .checked(1..11, MOD_10),
    // The package identifier of the shipper's own making: `MI`, the customer's six digits, up to 22 characters.
    shaped(&[Is("MI"), Digits(6), AlnumsToEnd(1, 22)])
        .of(UPS, "UPS Mail Innovations package", HINTED)
        .with(USPS),
    // 748 is a service and not a mailer: most numbers with it that shippers have shown were UPS's, not all.
    shaped(&[Is("927489"), Digits(16)])
        .of(UPS, "UPS Mail Innovations in a USPS IMpb", HINTED)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    // The sequence number: 18 digits, of which every one that was shown begins so. Without a check digit.
    shaped(&[Is("80"), Digits(16)])
        .of(UPS, "UPS Mail Innovations sequence", ARRANGED)
        .with(USPS),
    // UPS names nine digits among its formats; freight PRO numbers are of that length.
    shaped(&[Digits(9)]).of(UPS, "UPS freight (9 digits)", LENGTH),
];
