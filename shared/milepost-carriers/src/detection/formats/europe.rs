//! European carriers whose numbers are not S10.

use super::{
    ARRANGED_RARE, CHECKED, CHECKED_RARE, CHECKED_SHAPE, Format, HINTED, LENGTH, NAMED, PREFIXED, STRONG, shaped,
};
use crate::detection::check::{GLS as GLS_CHECK, GS1, Rule};
use crate::detection::shape::Part::{Alnums, AlnumsToEnd, Digits, Is, Letters};

const BPOST: &str = "bpost";
const DPD: &str = "dpd";
const GLS: &str = "gls";
const HERMES: &str = "hermes_de";
const LA_POSTE: &str = "la_poste";
const POSTNL: &str = "postnl";
const YODEL: &str = "yodel";

pub(super) const FORMATS: &[Format] = &[
    // The barcode of the label: postal code, parcel number, service, country.
    shaped(&[Digits(27), Alnums(1)])
        .of(DPD, "DPD barcode (28)", STRONG)
        .checked(0..28, Rule::Iso7064),
    // The check character is a letter in 26 numbers of 36, and nobody else ends 14 digits so.
    shaped(&[Digits(14), Letters(1)])
        .of(DPD, "DPD (14 digits and a letter)", STRONG)
        .checked(0..15, Rule::Iso7064),
    shaped(&[Digits(15)])
        .of(DPD, "DPD (14 digits and a check digit)", CHECKED)
        .checked(0..15, Rule::Iso7064),
    shaped(&[Digits(14)]).of(DPD, "DPD (14 digits)", LENGTH),
    shaped(&[Digits(12)])
        .of(GLS, "GLS (12 digits)", CHECKED_RARE)
        .checked(0..12, GLS_CHECK),
    shaped(&[Digits(11)]).of(GLS, "GLS (11 digits)", LENGTH),
    // The Track-ID that GLS gives beside its own numbers.
    shaped(&[Letters(1), Alnums(7)]).of(GLS, "GLS Track-ID (8)", LENGTH),
    // One letter of customer code to four, 13 or 15 characters in all (PostNL's description of its barcode service).
    shaped(&[Is("3S"), Letters(1), Alnums(10)]).of(POSTNL, "PostNL 3S (13)", PREFIXED),
    shaped(&[Is("3S"), Letters(1), Alnums(12)]).of(POSTNL, "PostNL 3S (15)", PREFIXED),
    // DHL in the Netherlands has `3S` with 14 characters.
    shaped(&[Is("3S"), AlnumsToEnd(11, 16)]).of(POSTNL, "PostNL 3S, other", ARRANGED_RARE),
    // Two characters of product (6A, 8L, 7Q), ten digits, the key.
    shaped(&[Digits(1), Letters(1), Digits(11)])
        .of(LA_POSTE, "La Poste, Colissimo", CHECKED_SHAPE)
        .checked(2..13, GS1),
    shaped(&[Is("JD000"), Digits(13)]).of(YODEL, "Yodel JD", NAMED),
    shaped(&[Is("JJD000"), Digits(13)]).of(YODEL, "Yodel JJD", NAMED),
    shaped(&[Digits(14)])
        .of(HERMES, "Hermes DE (14 digits)", CHECKED_RARE)
        .checked(0..14, GS1),
    shaped(&[Is("H"), Digits(19)]).of(HERMES, "Hermes DE H", HINTED),
    shaped(&[Is("3232"), Digits(20)]).of(BPOST, "bpost (24 digits)", HINTED),
];
