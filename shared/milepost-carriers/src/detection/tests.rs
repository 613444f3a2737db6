//! What the table finds, and that it is sound. The properties of generated and of corrupted numbers are in
//! `tests/properties.rs`, what each rule cannot see in `tests/blind.rs`.

mod blind;
mod examples;
mod generator;
mod properties;

use std::collections::BTreeSet;

use super::check::{GLS, GS1, GS1_AFTER_91, IDENTCODE, ONTRAC, Rule, UPS};
use super::formats::FORMATS;
use super::shape::Part;
use super::*;
use examples::EXAMPLES;

/// Codes of carriers that have formats and do not stand in the registry. Those of posts are made from the country.
const WITHOUT_ENTRY: [&str; 9] = [
    "amazon",
    "bpost",
    "gofo",
    "hermes_de",
    "lasership",
    "old_dominion",
    "speedee",
    "yodel",
    "yunexpress",
];

/// As `carrier confidence`, with `+partner` and, where tied, `=`.
#[track_caller]
fn check(number: &str, expect: &[&str]) {
    let found: Vec<_> = detect(number)
        .iter()
        .map(|one| {
            let partner = one
                .partner
                .as_ref()
                .map_or(String::new(), |code| format!("+{}", code.as_str()));
            let tie = if one.tied { "=" } else { "" };
            format!("{}{partner} {:.2}{tie}", one.carrier, one.confidence)
        })
        .collect();
    assert_eq!(found, expect, "{number:?}");
}

#[test]
fn numbers_that_carriers_publish() {
    check("1Z999AA10123456784", &["ups 0.97"]);
    check("1Z12345E1512345676", &["ups 0.97"]);
    // USPS Publication 199, 4.6.
    check("9212391234567812345670", &["usps 0.95"]);
    // FedEx's test server, numbers of Express, Ground and Ground Economy.
    check("568838414941", &["fedex 0.75"]);
    check("449044304137821", &["fedex 0.75"]);
    check("02394653001023698293", &["fedex+usps 0.85"]);
    check("61292701078443410536", &["fedex+usps 0.85"]);
    // The UPU's example, from a country with an operator of the list and from one without.
    check("RA473124829US", &["usps 0.97"]);
    check("RA473124829GB", &["royal_mail 0.97"]);
    check("RA473124829JP", &["jp_post 0.97"]);
    check("8L20524752032", &["la_poste 0.85"]);
}

#[test]
fn shared_delivery_names_both() {
    check("9261292701000000000010", &["fedex+usps 0.97", "usps+fedex 0.95"]);
    check(
        "9374869903500000000018",
        &["dhl_global_mail+usps 0.97", "usps+dhl_global_mail 0.95"],
    );
    check("9274890100000000000019", &["usps+ups 0.95", "ups+usps 0.55"]);
    // The mailer is not known: FedEx is a guess.
    check("9261290280000000000018", &["usps 0.95", "fedex+usps 0.30"]);
    check("1ZWX0692YP40636269", &["ups 0.97"]);
    check("1ZWX0692YW40636265", &["ups+usps 0.97"]);
}

#[test]
fn a_usps_barcode_with_its_zip_code() {
    let fedex = ["fedex+usps 0.97", "usps+fedex 0.95"];
    check("420 90210 9261292701000000000010", &fedex);
    check("420 90210-1234 9261292701000000000010", &fedex);
    check("420 90210 9212391234567812345670", &["usps 0.95"]);
    // 26 digits, behind five and nine digits of ZIP code.
    check("92748931000000000000000010", &["usps 0.95"]);
    check("4209021092748931000000000000000010", &["usps 0.95"]);
    check("42090210123492748931000000000000000010", &["usps 0.95"]);
    check("42090210", &[]);
    check("420902101Z999AA10123456784", &[]);
}

#[test]
fn written_by_people() {
    for written in [
        "1z999aa10123456784",
        " 1Z 999 AA1 01 2345 6784\t",
        "1Z-999-AA1-01-2345-6784",
        "1Z.999.AA1.01.2345.6784",
        "1Z\u{a0}999AA10123456784",
    ] {
        check(written, &["ups 0.97"]);
    }
}

#[test]
fn ties_are_stated_in_the_order_of_the_table() {
    check("ABCD12345678", &["australia_post 0.30=", "star_track 0.30="]);
    check("AB1234567890", &["fastway_au 0.30=", "fastway_nz 0.30="]);
    // Right by FedEx's rule and by Luhn's.
    check("312345678113", &["fedex 0.75=", "purolator_ca 0.75="]);
}

#[test]
fn a_bare_length_is_a_weak_hint() {
    check("987654321", &["ups 0.20"]);
    check("98765432109", &["gls 0.20"]);
    check("5555555555", &["fedex 0.20"]);
    check("TBA123456789012", &["amazon 0.92"]);
    check("TBAONT123456789", &["amazon 0.80"]);
}

#[test]
fn a_wrong_check_digit_behind_an_unmistakable_prefix() {
    for (number, carrier) in [
        ("1Z999AA10123456785", "ups"),
        ("RA473124828US", "usps"),
        ("9212391234567812345671", "usps"),
    ] {
        let found = detect(number);
        assert_eq!(found.len(), 1, "{number}");
        assert_eq!(found[0].carrier.as_str(), carrier);
        assert!(matches!(found[0].check, CheckDigit::Failed(_)) && found[0].confidence < 0.2);
    }
    check("RA473124829XX", &[]);
}

#[test]
fn junk_is_nobody_s() {
    let long = "1".repeat(100);
    let spaced = " ".repeat(100_000);
    for junk in [
        "",
        " ",
        "1",
        "A",
        "-----",
        "0000000000",
        "123456789",
        "PASSWORDS",
        "PASSWORD",
        "GMAILCOMADDRESS",
        "1Z999AA10123456784\u{301}",
        "１Ｚ９９９ＡＡ１０１２３４５６７８４",
        "1Z999AA1012345678\u{0}",
        "RA473124829ÜS",
        "420",
        "🚚🚚🚚🚚🚚🚚",
        &long,
        &spaced,
    ] {
        check(junk, &[]);
    }
}

#[test]
fn a_number_of_every_format() {
    let plain = |number: &str| -> Vec<u8> { number.bytes().filter(|c| *c != b'-').collect() };
    for (name, number) in EXAMPLES {
        // The number itself, or what stands behind `420` and a ZIP code.
        let mut formats = FORMATS.into_iter().flatten().filter(|format| format.name == *name);
        let text = plain(number);
        let of_format = |format: &Format| {
            let routed = behind_zip(&text).filter(|_| format.routed);
            [text.as_slice()]
                .into_iter()
                .chain(routed)
                .any(|text| is_right(format, text))
        };
        assert!(formats.any(of_format), "{number} is not of {name}");
        assert!(!detect(number).is_empty(), "{number}");
    }
    for format in FORMATS.into_iter().flatten() {
        let named = || {
            EXAMPLES
                .iter()
                .filter(|(name, _)| *name == format.name)
                .map(|(_, number)| plain(number))
        };
        assert!(
            named().any(|text| is_right(format, &text)),
            "{}: {:?}",
            format.name,
            format.shape
        );
        let routed = named().any(|text| behind_zip(&text).any(|inner| is_right(format, inner)));
        assert_eq!(routed, format.routed, "{}: {:?}", format.name, format.shape);
        let (_, shortest, longest) = extent(format.shape);
        for length in [shortest, longest] {
            assert!(
                named().any(|text| text.len() == length),
                "{}: none of length {length}",
                format.name
            );
        }
    }
}

fn is_right(format: &Format, text: &[u8]) -> bool {
    read(format, text).is_some_and(|candidate| !matches!(candidate.detected.check, CheckDigit::Failed(_)))
}

#[test]
fn rules_by_known_answers() {
    let passes = |rule: Rule, text: &str| assert!(rule.passes(text.as_bytes()), "{} {text}", rule.name());
    passes(GS1, "4006381333931");
    passes(GS1, "20524752032");
    passes(GS1_AFTER_91, "71969010000000000014");
    // 3 + 2 + 9 + 4 + 15 + 6 + 21 + 8 + 27 + 0 + 3 = 98, and one is 99.
    passes(GLS, "123456789011");
    passes(IDENTCODE, "123456789016");
    passes(IDENTCODE, "428001369716");
    passes(UPS, "999AA10123456784");
    // C is 4: 4 + 2 + 2 + 6 + 4 + 10 + 6 + 14 + 8 + 18 + 0 + 2 + 2 + 6 = 84.
    passes(ONTRAC, "C12345678901236");
    passes(Rule::Luhn, "79927398713");
    passes(Rule::FedEx, "568838414941");
    passes(Rule::Seven, "81140743");
    passes(Rule::S10, "473124829");
    passes(Rule::Iso7064, "A12425GABC1234002M");
    for rule in [GS1, UPS, Rule::Luhn, Rule::FedEx, Rule::Seven, Rule::S10, Rule::Iso7064] {
        assert!(!rule.passes(b""), "{}", rule.name());
        assert!(!rule.passes("ÄÖÜ".as_bytes()), "{}", rule.name());
    }
}

#[test]
fn the_table_is_sound() {
    let mut carriers = BTreeSet::new();
    for format in FORMATS.into_iter().flatten() {
        let name = format.name;
        let (fixed, shortest, longest) = extent(format.shape);
        assert!(!name.is_empty() && longest <= LONGEST, "{name}");
        assert!((1..100).contains(&format.confidence), "{name}");
        if let Some((start, end, _)) = format.check {
            assert!(start < end && end <= shortest, "{name}: the check lies outside");
            assert_eq!(shortest, longest, "{name}: where is the check character?");
        }
        let unmistakable = fixed >= 3 || fixed == 2 && shortest >= 18;
        if format.confidence >= 90 {
            assert!(format.check.is_some() || unmistakable, "{name}: too sure");
        }
        if format.check.is_none() && fixed == 0 && !single_letter(format.shape) {
            assert!(format.confidence < 50, "{name}: a bare arrangement");
        }
        if format.forgiving {
            assert!(format.check.is_some() && format.confidence >= 90, "{name}");
        }
        let owner = match format.owner {
            Owner::Carrier(code) => Some(code),
            Owner::Post => None,
        };
        carriers.extend(owner.into_iter().chain(format.partner));
    }
    let unknown: Vec<_> = carriers
        .into_iter()
        .filter(|code| crate::resolve(code).is_none())
        .collect();
    assert_eq!(unknown, WITHOUT_ENTRY);
}

/// The carriers of the list that are marked as detected are those that have formats, or that are the post of a country.
#[test]
fn the_marks_of_the_carriers_are_true() {
    let owners = FORMATS.into_iter().flatten().flat_map(|format| match format.owner {
        Owner::Carrier(code) => vec![code.to_owned()],
        Owner::Post => POSTS.iter().filter_map(|country| formats::operator(country)).collect(),
    });
    let detected: BTreeSet<String> = owners.filter(|code| crate::resolve(code).is_some()).collect();
    let marked: BTreeSet<String> = crate::known_carriers()
        .iter()
        .filter(|carrier| carrier.support.detection.is_some())
        .map(|carrier| carrier.code.to_owned())
        .collect();
    assert_eq!(marked, detected);
}

/// Countries whose posts stand in the list.
const POSTS: [&str; 8] = ["US", "CA", "GB", "AU", "NZ", "FR", "NL", "DE"];

#[test]
fn every_post_has_a_code() {
    for country in ["AD", "US", "ZW"] {
        assert!(CarrierCode::parse(&formats::operator(country).unwrap()).is_ok());
    }
    assert_eq!(formats::operator("CV").as_deref(), Some("cv_post"));
    for bad in ["XX", "A", "", "us", " ", "AD "] {
        assert_eq!(formats::operator(bad), None, "{bad:?}");
    }
}

/// How many characters at the start are fixed, and the shortest and the longest length.
fn extent(shape: &[Part]) -> (usize, usize, usize) {
    let mut fixed = 0;
    let (mut shortest, mut longest) = (0, 0);
    for (place, part) in shape.iter().enumerate() {
        let (least, most) = match part {
            Part::Is(text) => (text.len(), text.len()),
            Part::AnyOf(texts) => {
                assert!(texts.iter().all(|text| text.len() == texts[0].len()), "{texts:?}");
                (texts[0].len(), texts[0].len())
            }
            Part::OneOf(_) => (1, 1),
            Part::Digits(count) | Part::Letters(count) | Part::Alnums(count) => (*count, *count),
            Part::DigitsToEnd(least, most) | Part::AlnumsToEnd(least, most) => {
                assert_eq!(place + 1, shape.len(), "only the last part may vary");
                assert!(least < most);
                (*least, *most)
            }
        };
        if place == 0 && matches!(part, Part::Is(_) | Part::AnyOf(_)) {
            fixed = least;
        }
        shortest += least;
        longest += most;
    }
    (fixed, shortest, longest)
}

/// One letter of a few before digits alone, 22 characters long: Canpar.
fn single_letter(shape: &[Part]) -> bool {
    matches!(shape, [Part::OneOf(_), Part::Digits(21)])
}
