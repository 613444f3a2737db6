//! The list of carriers. One that has tables of its own is a folder here; any other is a line.
//!
//! Codes and names are ShipEngine's list of carriers that support tracking. A link stands only where the carrier's page
//! is widely known to take the number that way. A home zone stands only where one clock serves the whole of a carrier's
//! own network: a national carrier of New Zealand (the Chatham Islands, 600 people, keep another), and Australia Post,
//! whose systems stamp the time of its head office. Carriers that work across borders have none, whatever their address.

mod usps;

use crate::registry::Carrier;

const NEW_ZEALAND: &str = "Pacific/Auckland";
const AUSTRALIA_POST_HEAD_OFFICE: &str = "Australia/Melbourne";
const AUSTRALIA_POST_LINK: &str = "https://auspost.com.au/mypost/track/#/details/{0}";

pub(crate) const CARRIERS: &[Carrier] = &[
    usps::CARRIER,
    Carrier::new("fedex", "FedEx")
        .link("https://www.fedex.com/fedextrack/?trknbr={0}")
        .without_connection(),
    Carrier::new("ups", "UPS")
        .link("https://www.ups.com/track?tracknum={0}")
        .without_connection(),
    Carrier::new("dhl_express", "DHL Express")
        .link("https://www.dhl.com/global-en/home/tracking/tracking-express.html?submit=1&tracking-id={0}"),
    Carrier::new("dhl_global_mail", "DHL ECommerce"),
    Carrier::new("dhl_ecommerce_au", "DHL eCommerce Australia"),
    Carrier::new("access_worldwide", "Access Worldwide"),
    Carrier::new("apc", "APC"),
    Carrier::new("fastway_au", "Aramex AU / Fastway"),
    Carrier::new("fastway_nz", "Aramex NZ / Fastway").home(NEW_ZEALAND),
    Carrier::new("asendia", "Asendia"),
    Carrier::new("australia_post", "Australia Post")
        .link(AUSTRALIA_POST_LINK)
        .home(AUSTRALIA_POST_HEAD_OFFICE),
    Carrier::new("australia_post_mypost_business", "Australia Post MyPost Business")
        .link(AUSTRALIA_POST_LINK)
        .home(AUSTRALIA_POST_HEAD_OFFICE),
    Carrier::new("canada_post", "Canada Post")
        .link("https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={0}"),
    Carrier::new("canpar", "Canpar Express"),
    Carrier::new("couriers_please", "CouriersPlease").link("https://www.couriersplease.com.au/tools-track/no/{0}"),
    Carrier::new("dai", "DAI"),
    Carrier::new("direct_freight", "Direct Freight"),
    Carrier::new("evri_international", "Evri International"),
    Carrier::new("firstmile", "First Mile"),
    Carrier::new("freightways", "Freightways").home(NEW_ZEALAND),
    Carrier::new("castle_parcels", "Freightways - Castle Parcels").home(NEW_ZEALAND),
    Carrier::new("new_zealand_couriers", "Freightways - New Zealand Couriers").home(NEW_ZEALAND),
    Carrier::new("now_couriers", "Freightways - Now Couriers").home(NEW_ZEALAND),
    Carrier::new("post_haste", "Freightways - Post Haste").home(NEW_ZEALAND),
    Carrier::new("global_access", "Global Access"),
    Carrier::new("imex", "IMEX"),
    Carrier::new("landmark_global", "Landmark Global"),
    Carrier::new("landmark_global_au", "Landmark Global AU"),
    Carrier::new("landmark_global_uk", "Landmark Global UK"),
    Carrier::new("newgistics", "Newgistics"),
    Carrier::new("nobordist", "Nobordist"),
    Carrier::new("courierpost", "NZ Post Domestic")
        .link("https://www.nzpost.co.nz/tools/tracking?trackid={0}")
        .home(NEW_ZEALAND),
    Carrier::new("new_zealand_post_international", "NZ Post International")
        .link("https://www.nzpost.co.nz/tools/tracking?trackid={0}"),
    Carrier::new("ontrac", "OnTrac").link("https://www.ontrac.com/tracking/?number={0}"),
    Carrier::new("purolator_ca", "Purolator Canada").link("https://www.purolator.com/en/shipping/tracker?pin={0}"),
    Carrier::new("quantium", "Quantium"),
    Carrier::new("rr_donnelley", "RR Donnelley"),
    Carrier::new("seko", "SEKO Omni-Channel Logistics"),
    Carrier::new("seko_uk", "SEKO Omni-Channel Logistics UK"),
    Carrier::new("sendle", "Sendle").link("https://track.sendle.com/tracking?ref={0}"),
    Carrier::new("seven_senders", "Seven Senders"),
    Carrier::new("star_track", "StarTrack").link("https://startrack.com.au/track/details/{0}"),
    Carrier::new("tnt_australia", "TNT Australia"),
    Carrier::new("toll_ipec", "Team Global Express IPEC"),
    Carrier::new("toll_priority", "Team Global Express Priority"),
    Carrier::new("wizmo", "wizmo"),
];
