//! The list of carriers. One that has codes of its own is a file here; any other is a line.
//!
//! Codes and names of the first part are ShipEngine's list of carriers that support tracking. The second part are
//! carriers whose codes or numbers the hub reads and which that list does not have; their codes have ShipEngine's form
//! and are ours. A link stands only where the carrier's page is widely known to take the number that way. A home zone
//! stands only where one clock serves the whole of a carrier's own network: a national carrier of New Zealand (the
//! Chatham Islands, 600 people, keep another), and Australia Post, whose systems stamp the time of its head office.
//! Carriers that work across borders have none, whatever their address. A country stands where the carrier works in
//! one country, or began there and still works mainly there.
//!
//! Ship24's codes are those of an answer of its `GET /couriers` that stands in a public repository. A carrier has one
//! where the name and the site leave no doubt: not where Ship24 has two of the name (APC), one for two of these (Team
//! Global Express), or only the domestic service (Evri). Ship24's `dhl` is the group and none of its divisions here.

mod australia_post;
mod canada_post;
mod dhl_ecommerce;
mod dhl_express;
mod dhl_parcel_de;
pub(crate) mod dhl_unified;
mod dpd;
pub(crate) mod fedex;
mod gls;
mod la_poste;
mod landmark_global;
mod ontrac;
mod postnl;
mod purolator;
mod royal_mail;
pub(crate) mod ups;
pub(crate) mod usps;

use crate::registry::Carrier;

const NEW_ZEALAND: &str = "Pacific/Auckland";

/// How many carriers of the list are ShipEngine's; the others follow.
#[cfg(test)]
pub(crate) const OF_SHIPENGINE: usize = 47;

pub(crate) static CARRIERS: &[Carrier] = &[
    usps::CARRIER,
    fedex::CARRIER,
    ups::CARRIER,
    dhl_express::CARRIER,
    dhl_ecommerce::CARRIER,
    Carrier::new("dhl_ecommerce_au", "DHL eCommerce Australia").based_in("AU"),
    Carrier::new("access_worldwide", "Access Worldwide"),
    Carrier::new("apc", "APC"),
    Carrier::new("fastway_au", "Aramex AU / Fastway")
        .ship24("fastway-au")
        .based_in("AU")
        .detected(),
    Carrier::new("fastway_nz", "Aramex NZ / Fastway")
        .ship24("fastway-nz")
        .based_in("NZ")
        .home(NEW_ZEALAND)
        .detected(),
    Carrier::new("asendia", "Asendia").ship24("asendia"),
    australia_post::CARRIER,
    australia_post::MYPOST_BUSINESS,
    canada_post::CARRIER,
    Carrier::new("canpar", "Canpar Express")
        .ship24("canpar")
        .based_in("CA")
        .detected(),
    Carrier::new("couriers_please", "CouriersPlease")
        .ship24("couriersplease")
        .based_in("AU")
        .link("https://www.couriersplease.com.au/tools-track/no/{0}"),
    Carrier::new("dai", "DAI").ship24("dai-post"),
    Carrier::new("direct_freight", "Direct Freight")
        .ship24("directfreight-au")
        .based_in("AU"),
    Carrier::new("evri_international", "Evri International").based_in("GB"),
    Carrier::new("firstmile", "First Mile")
        .ship24("firstmile")
        .based_in("US"),
    Carrier::new("freightways", "Freightways")
        .based_in("NZ")
        .home(NEW_ZEALAND),
    Carrier::new("castle_parcels", "Freightways - Castle Parcels")
        .based_in("NZ")
        .home(NEW_ZEALAND),
    Carrier::new("new_zealand_couriers", "Freightways - New Zealand Couriers")
        .ship24("newzealand-couriers")
        .based_in("NZ")
        .home(NEW_ZEALAND),
    Carrier::new("now_couriers", "Freightways - Now Couriers")
        .based_in("NZ")
        .home(NEW_ZEALAND),
    Carrier::new("post_haste", "Freightways - Post Haste")
        .ship24("post-haste")
        .based_in("NZ")
        .home(NEW_ZEALAND),
    Carrier::new("global_access", "Global Access"),
    Carrier::new("imex", "IMEX").ship24("imexglobalsolutions"),
    landmark_global::CARRIER,
    Carrier::new("landmark_global_au", "Landmark Global AU").based_in("AU"),
    Carrier::new("landmark_global_uk", "Landmark Global UK").based_in("GB"),
    Carrier::new("newgistics", "Newgistics")
        .ship24("newgistics")
        .based_in("US"),
    Carrier::new("nobordist", "Nobordist").ship24("nobordist"),
    Carrier::new("courierpost", "NZ Post Domestic")
        .ship24("courierpost")
        .based_in("NZ")
        .link("https://www.nzpost.co.nz/tools/tracking?trackid={0}")
        .home(NEW_ZEALAND),
    Carrier::new("new_zealand_post_international", "NZ Post International")
        .ship24("nz-post")
        .post()
        .based_in("NZ")
        .link("https://www.nzpost.co.nz/tools/tracking?trackid={0}")
        .detected(),
    ontrac::CARRIER,
    purolator::CARRIER,
    Carrier::new("quantium", "Quantium").ship24("quantium-solutions"),
    Carrier::new("rr_donnelley", "RR Donnelley")
        .ship24("rr-donnelley")
        .based_in("US"),
    Carrier::new("seko", "SEKO Omni-Channel Logistics").ship24("sekologistics"),
    Carrier::new("seko_uk", "SEKO Omni-Channel Logistics UK").based_in("GB"),
    Carrier::new("sendle", "Sendle")
        .ship24("sendle")
        .link("https://track.sendle.com/tracking?ref={0}"),
    Carrier::new("seven_senders", "Seven Senders").based_in("DE"),
    australia_post::STAR_TRACK,
    Carrier::new("tnt_australia", "TNT Australia")
        .ship24("tnt-au")
        .based_in("AU"),
    Carrier::new("toll_ipec", "Team Global Express IPEC").based_in("AU"),
    Carrier::new("toll_priority", "Team Global Express Priority").based_in("AU"),
    Carrier::new("wizmo", "wizmo").ship24("wizmo"),
    // Beyond ShipEngine's list.
    dhl_parcel_de::CARRIER,
    dpd::CARRIER,
    gls::CARRIER,
    la_poste::CARRIER,
    postnl::CARRIER,
    royal_mail::CARRIER,
];

/// One row of a carrier's table, as an event of it is read.
#[cfg(test)]
#[track_caller]
pub(crate) fn check(carrier: &str, code: &str, specific: &str, detail: Option<milepost_model::DetailCode>) {
    let carrier = milepost_model::CarrierCode::parse(carrier).unwrap();
    let codes = crate::carrier(&carrier).and_then(|carrier| carrier.codes);
    let found = codes.and_then(|codes| codes.meaning(code, specific));
    assert_eq!(found, detail, "{carrier} {code} {specific}");
}
