//! DHL Parcel Germany. 38 codes: the international coded events (`DLVRD`) and standard events (`ZU`) of its Parcel DE
//! Tracking API, as two public integrations name them with DHL's own words beside them, and the five status codes of
//! DHL's unified tracking API.
//!
//! An event has both codes, the standard event as the general one and the coded event as the specific one. `LDTMV`
//! (loaded into a vehicle) is a lorry between two centres or the van at the door: it is silent, and the standard event
//! decides. Five more of the 7 silent codes stand under different statuses in the sources, and `unknown` is DHL's own
//! word for what it does not know.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("dhl_parcel_de", "DHL Parcel Germany")
    .ship24("dhl-packet")
    .based_in("DE")
    .link("https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={0}")
    .track_login(needs::KEY)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("DHL Parcel DE Tracking API, ICE and standard events", 38, MEANS)
    .silent(SILENT)
    .pairs(PAIRS);

const MEANS: &[(&str, D)] = &[
    ("AA", D::HubProcessing),
    ("AE", D::InTransit),
    ("CANCL", D::Cancelled),
    ("CNRFC", D::CollectAtLocalPo),
    ("DLVRD", D::Delivered),
    ("DLVRF", D::RefusedByCustomer),
    ("DMGDS", D::ParcelDamaged),
    ("DSPSD", D::ParcelDisposed),
    ("EE", D::HubScanIn),
    ("ES", D::InTransit),
    ("EXPHD", D::HeldByCarrier),
    ("HLDCC", D::CustomerToCollectFromCarrier),
    ("LDEXC", D::CarrierDelays),
    ("MSRTD", D::Misrouted),
    ("MVTEX", D::UnspecifiedException),
    ("NB", D::InTransit),
    ("NTDEL", D::NotDelivered),
    ("PARCV", D::ElecAdviceRecdByCarrier),
    ("PO", D::OutForDelivery),
    ("RETRN", D::ReturnToSender),
    ("SRTED", D::HubProcessing),
    ("ULFMV", D::HubScanIn),
    ("VA", D::ElecAdviceRecdByCarrier),
    ("ZF", D::CollectAtLocalPo),
    ("ZN", D::AttemptedDelivery),
    ("ZO", D::InTransit),
    ("ZU", D::Delivered),
    ("delivered", D::Delivered),
    ("failure", D::UnspecifiedException),
    ("pre-transit", D::NotYetReceivedByCarrier),
    ("transit", D::InTransit),
];

const SILENT: &[&str] = &["FWDCF", "LDTMV", "MVARR", "MVDEX", "MVDPT", "PCKDU", "unknown"];

/// Standard event and coded event: nobody was met at the door, which is more than "not delivered".
const PAIRS: &[(&str, &str, D)] = &[("ZN", "NTDEL", D::AttemptedDelivery)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("dhl_parcel_de", "VA", "PARCV", Some(D::ElecAdviceRecdByCarrier));
        check("dhl_parcel_de", "AA", "LDTMV", Some(D::HubProcessing));
        check("dhl_parcel_de", "PO", "LDTMV", Some(D::OutForDelivery));
        check("dhl_parcel_de", "ZU", "DLVRD", Some(D::Delivered));
        check("dhl_parcel_de", "ZN", "NTDEL", Some(D::AttemptedDelivery));
        check("dhl_parcel_de", "", "NTDEL", Some(D::NotDelivered));
        check("dhl_parcel_de", "ZN", "", Some(D::AttemptedDelivery));
        check("dhl_parcel_de", "ZF", "HLDCC", Some(D::CustomerToCollectFromCarrier));
        check("dhl_parcel_de", "failure", "", Some(D::UnspecifiedException));
        check("dhl_parcel_de", "", "LDTMV", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("dhl_parcel_de.rs"));
    }
}
