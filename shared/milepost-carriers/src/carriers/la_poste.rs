//! La Poste, with Colissimo and Chronopost, which its tracking API follows too. 84 codes: 23 of three characters, all
//! that the documentation of Suivi v2 lists, as quoted whole by several public clients, and 61 of six letters, which the
//! tracking service of Colissimo gives, as AnyBlok-Delivery and a public client of the service quote them with La Poste's
//! words. The list of six letters is not complete; others stay unknown.
//!
//! Silent are `ID0`, which only carries customs information, and `DEPGUI` (left at a postal counter), which the source
//! takes for a delivery and whose words may as well be the sender's.

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
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new(
    "La Poste Suivi API v2 and Colissimo tracking service, event codes",
    84,
    MEANS,
)
.silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("AARCFM", D::ReceivedLocalDeliveryDepot),
    ("AARDVY", D::Misrouted),
    ("AG1", D::CollectAtLocalPo),
    ("CHGCFM", D::InTransit),
    ("CHGRCA", D::ParcelRepacked),
    ("COMCFM", D::NotYetReceivedByCarrier),
    ("DCHCFM", D::InTransit),
    ("DCHDDT", D::InTransit),
    ("DI0", D::Delivered),
    ("DI1", D::Delivered),
    ("DI2", D::UndeliverableReturnedToSender),
    ("DI3", D::CarrierDelays),
    ("DO1", D::CustomsProcessing),
    ("DO2", D::CustomsCleared),
    ("DO3", D::HeldByCustoms),
    ("DOUAGV", D::HeldByCustoms),
    ("DOUCOI", D::HeldByCustoms),
    ("DOUCOM", D::HeldByCustoms),
    ("DOUCRR", D::HeldByCustoms),
    ("DOUDDI", D::IncorrectDeclaration),
    ("DOUDDM", D::HeldByCustoms),
    ("DOUDOU", D::HeldByCustoms),
    ("DOUDVR", D::HeldByCustoms),
    ("DOUEXI", D::HeldByCustoms),
    ("DOUFCI", D::HeldByCustoms),
    ("DOUFCM", D::HeldByCustoms),
    ("DOUIDD", D::HeldByCustoms),
    ("DOUIIR", D::HeldByCustoms),
    ("DOUNIR", D::HeldByCustoms),
    ("DOUPRO", D::HazardousProhibited),
    ("DOURES", D::HeldByCustoms),
    ("DR1", D::ElecAdviceRecdByCarrier),
    ("DR2", D::UnspecifiedException),
    ("ECHCFM", D::PickedUp),
    ("EMLCFM", D::AwaitingPickupDropOff),
    ("ENEMQT", D::PickupFailed),
    ("EP1", D::InTransit),
    ("ET1", D::HubProcessing),
    ("ET2", D::HubProcessing),
    ("ET3", D::HubProcessing),
    ("ET4", D::HubProcessing),
    ("EXPCFM", D::InTransit),
    ("LIVCFM", D::Delivered),
    ("LIVGAR", D::Delivered),
    ("LIVREO", D::UndeliverableReturnedToSender),
    ("LIVRTI", D::Delivered),
    ("LIVVOI", D::DeliveredToNeighbour),
    ("MD2", D::OutForDelivery),
    ("MLVARS", D::AwaitingCollectionFromPickupPoint),
    ("MLVCFM", D::OutForDelivery),
    ("ND1", D::NotDelivered),
    ("PB1", D::UnspecifiedException),
    ("PB2", D::InTransit),
    ("PC1", D::ReceivedByCarrier),
    ("PC2", D::ReceivedByCarrier),
    ("PCHCEX", D::ReceivedByCarrier),
    ("PCHCFM", D::ReceivedByCarrier),
    ("PCHMQT", D::NotYetReceivedByCarrier),
    ("PCHTAR", D::DroppedOff),
    ("QDICFM", D::DeliveryScheduled),
    ("RE1", D::ReturnToSender),
    ("RENACP", D::DelayedNotCarrier),
    ("RENAIN", D::NotDelivered),
    ("RENARV", D::AttemptedDelivery),
    ("RENAVA", D::ReturnToSender),
    ("RENAVI", D::CollectAtLocalPo),
    ("RENCAD", D::AddressQuery),
    ("RENDIA", D::ReturnToSender),
    ("RENDIV", D::ReturnToSender),
    ("RENLNA", D::ParcelRedirected),
    ("RENNRV", D::AttemptedDelivery),
    ("RENSNC", D::ReturnToSender),
    ("RENSRB", D::ReturnToSender),
    ("RENTAR", D::ReturnToSender),
    ("RSTBRT", D::CollectAtLocalPo),
    ("RSTDIL", D::DeliveryArrangedWithRecipient),
    ("RSTFHB", D::NoAccessToRecipientsAddress),
    ("RSTFMA", D::DelayedNotCarrier),
    ("RSTNCG", D::DeliveryRescheduled),
    ("SOLREI", D::ReturnToSender),
    ("SOLREO", D::ReturnToSender),
    ("TRACFM", D::HubProcessing),
];

const SILENT: &[&str] = &["DEPGUI", "ID0"];

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
        check("la_poste", "COMCFM", "", Some(D::NotYetReceivedByCarrier));
        check("la_poste", "MLVCFM", "", Some(D::OutForDelivery));
        check("la_poste", "RENAVI", "", Some(D::CollectAtLocalPo));
        check("la_poste", "LIVVOI", "", Some(D::DeliveredToNeighbour));
        check("la_poste", "DOUFCM", "", Some(D::HeldByCustoms));
        check("la_poste", "DEPGUI", "", None);
        check("la_poste", "AARBPR", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("la_poste.rs"));
    }
}
