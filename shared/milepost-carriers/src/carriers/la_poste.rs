//! La Poste, with Colissimo and Chronopost, which its tracking API follows too. 23 codes: all that the documentation of
//! Suivi v2 lists, as quoted whole by several public clients. `ID0` only carries customs information.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("la_poste", "La Poste")
    .ship24("fr-post")
    .post()
    .based_in("FR")
    .link("https://www.laposte.fr/outils/suivre-vos-envois?code={0}")
    .track_login(needs::KEY)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("La Poste Suivi API v2, event codes", 23, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("AG1", D::CollectAtLocalPo),
    ("DI0", D::Delivered),
    ("DI1", D::Delivered),
    ("DI2", D::UndeliverableReturnedToSender),
    ("DI3", D::CarrierDelays),
    ("DO1", D::CustomsProcessing),
    ("DO2", D::CustomsCleared),
    ("DO3", D::HeldByCustoms),
    ("DR1", D::ElecAdviceRecdByCarrier),
    ("DR2", D::UnspecifiedException),
    ("EP1", D::InTransit),
    ("ET1", D::HubProcessing),
    ("ET2", D::HubProcessing),
    ("ET3", D::HubProcessing),
    ("ET4", D::HubProcessing),
    ("MD2", D::OutForDelivery),
    ("ND1", D::NotDelivered),
    ("PB1", D::UnspecifiedException),
    ("PB2", D::InTransit),
    ("PC1", D::ReceivedByCarrier),
    ("PC2", D::ReceivedByCarrier),
    ("RE1", D::ReturnToSender),
];

const SILENT: &[&str] = &["ID0"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("la_poste", "DR1", "", Some(D::ElecAdviceRecdByCarrier));
        check("la_poste", "PC1", "", Some(D::ReceivedByCarrier));
        check("la_poste", "ET1", "", Some(D::HubProcessing));
        check("la_poste", "MD2", "", Some(D::OutForDelivery));
        check("la_poste", "DI1", "", Some(D::Delivered));
        check("la_poste", "AG1", "", Some(D::CollectAtLocalPo));
        check("la_poste", "DO3", "", Some(D::HeldByCustoms));
        check("la_poste", "RE1", "", Some(D::ReturnToSender));
        check("la_poste", "DI2", "", Some(D::UndeliverableReturnedToSender));
        check("la_poste", "ID0", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("la_poste.rs"));
    }
}
