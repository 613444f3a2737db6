//! Australia Post, with `MyPost` Business and `StarTrack`, whose parcels the same Shipping and Tracking API follows. 66
//! codes: 13 words that this API gives as a status, as the Karrio project lists them, and 53 two-part event codes
//! (`DD-ER13`) of the page where people follow a parcel, as two public readers of that page file them, some with the
//! post's words. It publishes no list of the event codes; others stay unknown.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

const HEAD_OFFICE: &str = "Australia/Melbourne";
const LINK: &str = "https://auspost.com.au/mypost/track/#/details/{0}";

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("australia_post", "Australia Post")
    .ship24("au-post")
    .post()
    .based_in("AU")
    .link(LINK)
    .home(HEAD_OFFICE)
    .track_login(needs::KEY_AND_ACCOUNT)
    .detected()
    .codes(&CODES);

/// The registry's entry of the small business service.
pub(crate) const MYPOST_BUSINESS: Carrier =
    Carrier::new("australia_post_mypost_business", "Australia Post MyPost Business")
        .based_in("AU")
        .link(LINK)
        .home(HEAD_OFFICE)
        .track_login(needs::KEY_AND_ACCOUNT)
        .codes(&CODES);

/// The registry's entry of the road freight service.
pub(crate) const STAR_TRACK: Carrier = Carrier::new("star_track", "StarTrack")
    .ship24("startrak")
    .based_in("AU")
    .link("https://startrack.com.au/track/details/{0}")
    .track_login(needs::KEY_AND_ACCOUNT)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new(
    "Australia Post Shipping and Tracking API, statuses, and event codes of its tracking page",
    66,
    MEANS,
);

const MEANS: &[(&str, D)] = &[
    ("ADMIN-ER39", D::ElecAdviceRecdByCarrier),
    ("ADMIN-ER40", D::ElecAdviceRecdByCarrier),
    ("AFC-ER15", D::ReceivedByCarrier),
    ("AFC-ER16", D::ReceivedByCarrier),
    ("AFC-ER31", D::ReceivedByCarrier),
    ("AFC-ER36", D::ReceivedByCarrier),
    ("AFC-ER64", D::ReceivedByCarrier),
    ("AFP-ER13", D::OutForDelivery),
    ("AFP-ER37", D::InTransit),
    ("AFP-ER59", D::InTransit),
    ("AFP-ER73", D::InTransit),
    ("AFP-ER87", D::InTransit),
    ("Article damaged", D::ParcelDamaged),
    ("Awaiting collection", D::CollectAtLocalPo),
    ("Cancelled", D::Cancelled),
    ("Cannot be delivered", D::NotDelivered),
    ("DD-ER11", D::AttemptedDelivery),
    ("DD-ER13", D::Delivered),
    ("DD-ER14", D::Delivered),
    ("DD-ER15", D::Delivered),
    ("DD-ER37", D::Delivered),
    ("DD-ER38", D::Delivered),
    ("DD-ER4", D::CollectAtLocalPo),
    ("DD-ER5", D::AttemptedDelivery),
    ("DD-ER8", D::AttemptedDelivery),
    ("DOM-0033", D::InTransit),
    ("DOM-0035", D::InTransit),
    ("DOM-0046", D::InTransit),
    ("Delivered", D::Delivered),
    ("Delivered in Full", D::Delivered),
    ("Held by courier", D::HeldByCarrier),
    ("INT-0001", D::ReceivedByCarrier),
    ("INT-0008", D::InTransit),
    ("INT-0030", D::CustomsProcessing),
    ("INT-0031", D::CustomsProcessing),
    ("INT-0032", D::InTransit),
    ("INT-0035", D::InTransit),
    ("INT-0036", D::AttemptedDelivery),
    ("INT-0037", D::Delivered),
    ("INT-0044", D::CustomsProcessing),
    ("INT-0071", D::InTransit),
    ("INT-0074", D::OutForDelivery),
    ("INT-0075", D::AwaitingCollectionFromPickupPoint),
    ("INT-2144", D::ReceivedByCarrier),
    ("INT-2164", D::InTransit),
    ("INT-2165", D::InTransit),
    ("INT-2171", D::InTransit),
    ("INT-2177", D::InTransit),
    ("INT-2180", D::InTransit),
    ("INT-2185", D::InTransit),
    ("In transit", D::InTransit),
    ("NSS-ER01", D::InTransit),
    ("NSS-ER42", D::HubProcessing),
    ("NSS-ER46", D::InTransit),
    ("NT-ER4", D::CollectAtLocalPo),
    ("On Board for Delivery", D::OutForDelivery),
    ("Possible delay", D::CarrierDelays),
    ("Ready for Pickup", D::AwaitingCollectionFromPickupPoint),
    ("TDD-ER37", D::InTransit),
    ("TTP-ER14", D::InTransit),
    ("TTP-ER21", D::InTransit),
    ("TTP-ER37", D::InTransit),
    ("TTP-ER8", D::InTransit),
    ("TTP-ER81", D::InTransit),
    ("To be Re-Delivered", D::DeliveryRescheduled),
    ("Unsuccessful Delivery", D::AttemptedDelivery),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("australia_post", "In transit", "", Some(D::InTransit));
        check("australia_post", "On Board for Delivery", "", Some(D::OutForDelivery));
        check("australia_post", "Delivered", "", Some(D::Delivered));
        check("australia_post", "Awaiting collection", "", Some(D::CollectAtLocalPo));
        check("australia_post", "Possible delay", "", Some(D::CarrierDelays));
        check("australia_post", "delivered", "", None);
        check("australia_post", "ADMIN-ER39", "", Some(D::ElecAdviceRecdByCarrier));
        check("australia_post", "NSS-ER42", "", Some(D::HubProcessing));
        check("australia_post", "AFP-ER13", "", Some(D::OutForDelivery));
        check("australia_post", "DD-ER8", "", Some(D::AttemptedDelivery));
        check("australia_post", "DD-ER4", "", Some(D::CollectAtLocalPo));
        check("star_track", "DD-ER13", "", Some(D::Delivered));
        check("australia_post", "CE-SR05", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("australia_post.rs"));
    }
}
