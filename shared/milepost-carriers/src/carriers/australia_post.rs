//! Australia Post, with `MyPost` Business and `StarTrack`, whose parcels the same Shipping and Tracking API follows. 13
//! codes: the words that this API gives as a status, as the Karrio project lists them. The two-part event codes of its
//! files are not published.

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

pub(crate) static CODES: Codes = Codes::new("Australia Post Shipping and Tracking API, statuses", 13, MEANS);

const MEANS: &[(&str, D)] = &[
    ("Article damaged", D::ParcelDamaged),
    ("Awaiting collection", D::CollectAtLocalPo),
    ("Cancelled", D::Cancelled),
    ("Cannot be delivered", D::NotDelivered),
    ("Delivered", D::Delivered),
    ("Delivered in Full", D::Delivered),
    ("Held by courier", D::HeldByCarrier),
    ("In transit", D::InTransit),
    ("On Board for Delivery", D::OutForDelivery),
    ("Possible delay", D::CarrierDelays),
    ("Ready for Pickup", D::AwaitingCollectionFromPickupPoint),
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
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("australia_post.rs"));
    }
}
