//! DHL eCommerce (Americas, once Global Mail). 12 codes: seven event numbers that answers of its tracking API show in
//! the test files of a public tracking library, and the five status codes of DHL's unified tracking API. DHL publishes
//! no list of the event numbers; others stay unknown. `unknown` is DHL's own word, and silent.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("dhl_global_mail", "DHL ECommerce")
    .ship24("dhl-global-mail")
    .based_in("US")
    .track_login(needs::KEY)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("answers of DHL's tracking APIs", 12, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("132", D::NotYetReceivedByCarrier),
    ("200", D::HubScanIn),
    ("220", D::HubProcessing),
    ("300", D::HubScanOut),
    ("350", D::HubScanIn),
    ("400", D::SubContractorReceived),
    ("99", D::ElecAdviceRecdByCarrier),
    ("delivered", D::Delivered),
    ("failure", D::UnspecifiedException),
    ("pre-transit", D::NotYetReceivedByCarrier),
    ("transit", D::InTransit),
];

const SILENT: &[&str] = &["unknown"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("dhl_global_mail", "99", "", Some(D::ElecAdviceRecdByCarrier));
        check("dhl_global_mail", "200", "", Some(D::HubScanIn));
        check("dhl_global_mail", "400", "", Some(D::SubContractorReceived));
        check("dhl_global_mail", "delivered", "", Some(D::Delivered));
        check("dhl_global_mail", "600", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("dhl_ecommerce.rs"));
    }
}
