//! UPU S10: two letters of service, eight digits, a check digit and the country of the post that issued the number.
//!
//! In each country one postal operator answers for its numbers. An operator of ShipEngine's list, or one that another
//! table here has formats of, has its own code; any other is the country and `post`, the other way round from Ship24's
//! `us-post`.

use super::{CERTAIN, CHECKED, Format, shaped};
use crate::detection::check::Rule;
use crate::detection::shape::Part::{Digits, Letters, OneOf};

pub(super) const FORMATS: &[Format] = &[
    shaped(&[OneOf("ABCDEGHLMNPQRUVZ"), Letters(1), Digits(9), Letters(2)])
        .of_post("UPU S10", CERTAIN)
        .checked(2..11, Rule::S10)
        .forgiving(),
    // The standard keeps these letters for later; some posts use them at home.
    shaped(&[OneOf("FIJKOSTWXY"), Letters(1), Digits(9), Letters(2)])
        .of_post("UPU S10, reserved service", CHECKED)
        .checked(2..11, Rule::S10),
];

/// Operators with a code of their own.
const OPERATORS: [(&str, &str); 9] = [
    ("AU", "australia_post"),
    ("BE", "bpost"),
    ("CA", "canada_post"),
    ("DE", "deutsche_post"),
    ("FR", "la_poste"),
    ("GB", "royal_mail"),
    ("NL", "postnl"),
    ("NZ", "new_zealand_post_international"),
    ("US", "usps"),
];

/// ISO 3166-1, without uninhabited places.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR \
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP \
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS \
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA \
    RE RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV \
    TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The code of the postal operator of a country, given in two upper case letters. `None`: there is no such country.
pub(in crate::detection) fn operator(country: &str) -> Option<String> {
    COUNTRIES.split(' ').find(|known| *known == country)?;
    let known = OPERATORS.iter().find(|(of, _)| *of == country);
    Some(known.map_or_else(
        || format!("{}_post", country.to_ascii_lowercase()),
        |(_, code)| (*code).to_owned(),
    ))
}
