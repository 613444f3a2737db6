//! DHL: Express, eCommerce (Global Mail), and the parcel service in Germany.

use super::{ARRANGED, ARRANGED_RARE, CERTAIN, CHECKED, CHECKED_RARE, Format, HINTED, NAMED, PREFIXED, shaped};
use crate::detection::check::{GS1, IDENTCODE, Rule};
use crate::detection::shape::Part::{AlnumsToEnd, AnyOf, Digits, DigitsToEnd, Is, OneOf};

const EXPRESS: &str = "dhl_express";
const ECOMMERCE: &str = "dhl_global_mail";
const GERMANY: &str = "dhl_parcel_de";
const USPS: &str = "usps";
const IMPB: &str = "DHL eCommerce in a USPS IMpb";

pub(super) const FORMATS: &[Format] = &[
    shaped(&[Digits(10)])
        .of(EXPRESS, "DHL Express waybill (10 digits)", CHECKED)
        .checked(0..10, Rule::Seven),
    shaped(&[Digits(11)])
        .of(EXPRESS, "DHL Express waybill (11 digits)", CHECKED)
        .checked(0..11, Rule::Seven),
    shaped(&[Is("JD01"), Digits(16)]).of(EXPRESS, "DHL Express piece JD01", NAMED),
    shaped(&[Is("JJD01"), DigitsToEnd(8, 18)]).of(EXPRESS, "DHL Express piece JJD01", NAMED),
    shaped(&[Is("JJD00"), Digits(8)]).of(EXPRESS, "DHL Express piece JJD00", PREFIXED),
    // DHL's parcel service in the Netherlands has the same prefix.
    shaped(&[Is("JVGL"), DigitsToEnd(9, 20)]).of(EXPRESS, "DHL Express piece JVGL", PREFIXED),
    // Mailers 699035 and 109124 under `93`, 903361287 under `92612`.
    shaped(&[Is("93"), Digits(3), AnyOf(&["699035", "109124"]), Digits(11)])
        .of(ECOMMERCE, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[Is("93"), Digits(3), AnyOf(&["699035", "109124"]), Digits(15)])
        .of(ECOMMERCE, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..26, GS1)
        .routed(),
    shaped(&[Is("92612903361287"), Digits(8)])
        .of(ECOMMERCE, IMPB, CERTAIN)
        .with(USPS)
        .checked(0..22, GS1)
        .routed(),
    shaped(&[Is("GM"), Digits(1), AlnumsToEnd(9, 38)]).of(ECOMMERCE, "DHL eCommerce GM", PREFIXED),
    shaped(&[
        AnyOf(&["CN", "HK", "IN", "LX", "MY", "RX", "SG", "TH", "UV"]),
        DigitsToEnd(10, 37),
    ])
    .of(ECOMMERCE, "DHL eCommerce, other letters", ARRANGED),
    // No check digit is known. The numbers that were shown begin with 5 and 6.
    shaped(&[OneOf("56"), Digits(13)]).of(ECOMMERCE, "DHL eCommerce (14 digits)", ARRANGED_RARE),
    // GS1's SSCC behind its identifier `00`, with the company prefixes of Deutsche Post.
    shaped(&[Is("003404"), Digits(14)])
        .of(GERMANY, "DHL Paket (20 digits)", CERTAIN)
        .checked(2..20, GS1)
        .forgiving(),
    shaped(&[Digits(12)])
        .of(GERMANY, "DHL Paket Identcode (12 digits)", CHECKED_RARE)
        .checked(0..12, IDENTCODE),
    shaped(&[Is("JJD"), AnyOf(&["00", "14"]), Digits(11)]).of(GERMANY, "DHL Paket JJD", PREFIXED),
    shaped(&[Is("JJD00"), DigitsToEnd(15, 16)]).of(GERMANY, "DHL Paket JJD00", PREFIXED),
    shaped(&[Is("JJD"), DigitsToEnd(12, 20)]).of(GERMANY, "DHL Paket, other JJD", HINTED),
];
