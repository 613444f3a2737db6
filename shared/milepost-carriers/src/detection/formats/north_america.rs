//! Regional carriers and freight in the United States, and Canada's carriers.

use super::{ARRANGED, CHECKED, CHECKED_SHAPE, Format, HINTED, NAMED, PREFIXED, shaped};
use crate::detection::check::{GS1, ONTRAC, Rule};
use crate::detection::shape::Part::{Alnums, AlnumsToEnd, AnyOf, Digits, Is, Letters, OneOf};

const AMAZON: &str = "amazon";
const CANADA_POST: &str = "canada_post";
const CANPAR: &str = "canpar";
const GOFO: &str = "gofo";
const LANDMARK: &str = "landmark_global";
const LASERSHIP: &str = "lasership";
const OLD_DOMINION: &str = "old_dominion";
const ONTRAC_CODE: &str = "ontrac";
const PUROLATOR: &str = "purolator_ca";
const SPEE_DEE: &str = "speedee";

pub(super) const FORMATS: &[Format] = &[
    // America, Canada, Mexico.
    shaped(&[AnyOf(&["TBA", "TBC", "TBM"]), Digits(12)]).of(AMAZON, "Amazon Logistics", NAMED),
    // The three letters of an airport's station in the place of three digits.
    shaped(&[AnyOf(&["TBA", "TBC", "TBM"]), Letters(3), Digits(9)]).of(AMAZON, "Amazon Logistics, station", PREFIXED),
    shaped(&[OneOf("ACF"), Digits(10)]).of(AMAZON, "Amazon international", ARRANGED),
    shaped(&[OneOf("CD"), Digits(14)])
        .of(ONTRAC_CODE, "OnTrac", CHECKED_SHAPE)
        .checked(0..15, ONTRAC),
    // LaserShip bought OnTrac and took its name in 2023: these numbers are looked up there.
    shaped(&[Is("1LS7"), OneOf("12"), Digits(10)])
        .of(LASERSHIP, "LaserShip 1LS7 (15)", NAMED)
        .with(ONTRAC_CODE),
    shaped(&[
        Is("1LS7"),
        OneOf("12"),
        Digits(2),
        Is("01"),
        OneOf("1234"),
        Digits(6),
        Is("1"),
    ])
    .of(LASERSHIP, "LaserShip 1LS7 (17)", NAMED)
    .with(ONTRAC_CODE),
    shaped(&[Is("1LSC"), Alnums(11)])
        .of(LASERSHIP, "LaserShip 1LSC (15)", NAMED)
        .with(ONTRAC_CODE),
    // Longer ones have been shown, without a description.
    shaped(&[Is("1LS"), AlnumsToEnd(11, 18)])
        .of(LASERSHIP, "LaserShip 1LS, other", PREFIXED)
        .with(ONTRAC_CODE),
    shaped(&[Is("L"), OneOf("AEHINX"), OneOf("123"), Digits(7)])
        .of(LASERSHIP, "LaserShip L", HINTED)
        .with(ONTRAC_CODE),
    shaped(&[Digits(16)])
        .of(CANADA_POST, "Canada Post (16 digits)", CHECKED)
        .checked(0..16, GS1),
    shaped(&[OneOf("012345"), Digits(11)])
        .of(PUROLATOR, "Purolator (12 digits)", CHECKED)
        .checked(0..12, Rule::Luhn),
    shaped(&[Letters(3), Digits(9)]).of(PUROLATOR, "Purolator (3 letters)", ARRANGED),
    shaped(&[OneOf("CDKLSUXZ"), Digits(21)]).of(CANPAR, "Canpar", PREFIXED),
    shaped(&[Is("LTN"), Digits(8), Is("N1")]).of(LANDMARK, "Landmark Global", NAMED),
    shaped(&[AnyOf(&["072", "777", "778", "780"]), Digits(8)])
        .of(OLD_DOMINION, "Old Dominion PRO", CHECKED_SHAPE)
        .checked(0..11, Rule::Luhn),
    shaped(&[Is("80"), Digits(9)])
        .of(OLD_DOMINION, "Old Dominion guaranteed", CHECKED_SHAPE)
        .checked(0..11, Rule::Luhn),
    shaped(&[Is("SP"), Digits(18)]).of(SPEE_DEE, "Spee-Dee", NAMED),
    shaped(&[Is("GFUS"), Digits(14)]).of(GOFO, "GOFO Express", NAMED),
    shaped(&[Is("YT"), Digits(16)]).of("yunexpress", "YunExpress", NAMED),
];
