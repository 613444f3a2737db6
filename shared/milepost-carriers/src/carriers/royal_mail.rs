//! Royal Mail. 267 codes: the event list of its Tracked event files (code, where it is scanned, what, status), as
//! quoted whole by a public importer of those files. Where the list's status says more than its text (an address that
//! is incomplete: returned to sender), the status decides; a scan of damage or of a wrong sort is that, although the
//! status shown to customers stays "in transit".
//!
//! 54 codes are silent: forty tell whether a notification reached a phone, eight are made by the system, and six leave
//! open what happened to the item.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("royal_mail", "Royal Mail")
    .ship24("gb-post")
    .post()
    .based_in("GB")
    .link("https://www.royalmail.com/track-your-item#/tracking-results/{0}")
    .track_login(needs::CLIENT)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("Royal Mail, event list of its Tracked files", 267, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("EVAIE", D::ElecAdviceRecdByCarrier),
    ("EVAIP", D::ElecAdviceRecdByCarrier),
    ("EVAPA", D::ElecAdviceRecdByCarrier),
    ("EVBAH", D::ReceivedByCarrier),
    ("EVBAV", D::ReceivedByCarrier),
    ("EVBAW", D::ReceivedByCarrier),
    ("EVBDM", D::ParcelDamaged),
    ("EVBMI", D::Misrouted),
    ("EVBOF", D::ReceivedByCarrier),
    ("EVBPM", D::ReceivedByCarrier),
    ("EVBPR", D::ReceivedByCarrier),
    ("EVBRA", D::ReturnToSender),
    ("EVBRB", D::ReturnToSender),
    ("EVBRS", D::ReceivedByCarrier),
    ("EVBRT", D::ReturnToSender),
    ("EVBRW", D::ReturnToSender),
    ("EVBSA", D::ReturnToSender),
    ("EVBSD", D::ParcelDamaged),
    ("EVBSM", D::ReceivedByCarrier),
    ("EVBSR", D::ReceivedByCarrier),
    ("EVBSS", D::ReceivedByCarrier),
    ("EVBSW", D::ReceivedByCarrier),
    ("EVCAH", D::HubScanIn),
    ("EVCAV", D::HubScanIn),
    ("EVCDM", D::ParcelDamaged),
    ("EVCMI", D::Misrouted),
    ("EVCOF", D::HubScanIn),
    ("EVCPA", D::ReturnToSender),
    ("EVCPD", D::ParcelDamaged),
    ("EVCPI", D::Misrouted),
    ("EVCPS", D::HubScanIn),
    ("EVCPW", D::HubScanIn),
    ("EVCRA", D::ReturnToSender),
    ("EVCRB", D::ReturnToSender),
    ("EVCRS", D::HubScanIn),
    ("EVCRW", D::HubScanIn),
    ("EVDAA", D::ReceivedByCarrier),
    ("EVDAC", D::ReceivedByCarrier),
    ("EVDAV", D::ReceivedByCarrier),
    ("EVDAW", D::ReceivedByCarrier),
    ("EVDDM", D::ParcelDamaged),
    ("EVDMI", D::Misrouted),
    ("EVDOF", D::ReceivedByCarrier),
    ("EVDPL", D::ReceivedByCarrier),
    ("EVDPM", D::ReceivedByCarrier),
    ("EVDPR", D::ReceivedByCarrier),
    ("EVDRA", D::ReturnToSender),
    ("EVDRB", D::ReturnToSender),
    ("EVDRO", D::ReceivedByCarrier),
    ("EVDRS", D::ReceivedByCarrier),
    ("EVDRW", D::ReturnToSender),
    ("EVDSA", D::ReturnToSender),
    ("EVDSD", D::ParcelDamaged),
    ("EVDSL", D::ReceivedByCarrier),
    ("EVDSM", D::ReceivedByCarrier),
    ("EVDSR", D::ReceivedByCarrier),
    ("EVDSS", D::ReceivedByCarrier),
    ("EVDSW", D::ReturnToSender),
    ("EVGDM", D::ParcelDamaged),
    ("EVGDO", D::ReceivedLocalDeliveryDepot),
    ("EVGMI", D::Misrouted),
    ("EVGPD", D::ReceivedLocalDeliveryDepot),
    ("EVHAC", D::HubScanIn),
    ("EVHAP", D::DutyNotPaid),
    ("EVHAR", D::Cancelled),
    ("EVHCA", D::ReturnToSender),
    ("EVHCR", D::ReturnToSender),
    ("EVHDI", D::ReturnToSender),
    ("EVHFM", D::DelayedNotCarrier),
    ("EVHID", D::ReturnToSender),
    ("EVHNC", D::HeldByCarrier),
    ("EVHOE", D::HubScanOut),
    ("EVHSR", D::Cancelled),
    ("EVIAV", D::HubScanIn),
    ("EVIDM", D::ParcelDamaged),
    ("EVILC", D::HubScanOut),
    ("EVIMC", D::HubScanIn),
    ("EVIMI", D::Misrouted),
    ("EVIMS", D::HubScanIn),
    ("EVIOF", D::HubScanIn),
    ("EVIPA", D::ReturnToSender),
    ("EVIPD", D::ParcelDamaged),
    ("EVIPI", D::Misrouted),
    ("EVIPR", D::HubScanIn),
    ("EVIPS", D::HubScanIn),
    ("EVIPW", D::HubScanIn),
    ("EVIRM", D::HubScanIn),
    ("EVIRO", D::HubScanIn),
    ("EVJAP", D::HeldByCustoms),
    ("EVJBA", D::HeldByCustoms),
    ("EVJCA", D::HeldByCustoms),
    ("EVJCC", D::HeldByCustoms),
    ("EVJCD", D::HeldByCustoms),
    ("EVJCO", D::HeldByCustoms),
    ("EVJDP", D::CustomsCleared),
    ("EVJDU", D::HubScanOut),
    ("EVJEA", D::CustomsCleared),
    ("EVJEM", D::HeldByCustoms),
    ("EVJES", D::HeldByCustoms),
    ("EVJFC", D::CustomsCleared),
    ("EVJIA", D::CustomsCleared),
    ("EVJIC", D::CustomsProcessing),
    ("EVJIN", D::HeldByCustoms),
    ("EVJJV", D::HubScanOut),
    ("EVJLV", D::HubScanOut),
    ("EVJML", D::HeldByCustoms),
    ("EVJMV", D::HubScanOut),
    ("EVJNT", D::CustomsCleared),
    ("EVJOE", D::HubScanIn),
    ("EVJPA", D::HeldByCustoms),
    ("EVJSR", D::HeldByCustoms),
    ("EVKAA", D::NoAccessToRecipientsAddress),
    ("EVKAI", D::ReturnToSender),
    ("EVKDN", D::DeliveredToNeighbour),
    ("EVKGA", D::ReturnToSender),
    ("EVKLC", D::DeliveredToPickupPoint),
    ("EVKLS", D::DeliveredToPickupPoint),
    ("EVKNA", D::AttemptedDelivery),
    ("EVKNS", D::DeliveredToNeighbour),
    ("EVKOP", D::Delivered),
    ("EVKRF", D::RefusedByCustomer),
    ("EVKSF", D::DeliveredSpecifiedSafePlace),
    ("EVKSP", D::Delivered),
    ("EVKSU", D::AttemptedDelivery),
    ("EVNAA", D::NoAccessToRecipientsAddress),
    ("EVNAB", D::RefusedByCustomer),
    ("EVNAC", D::ReturnToSender),
    ("EVNAD", D::NotCollectedFromPickupPoint),
    ("EVNAE", D::CollectAtLocalPo),
    ("EVNAI", D::ReturnToSender),
    ("EVNBA", D::AttemptedDelivery),
    ("EVNCE", D::ParcelCollectedFromPickupPoint),
    ("EVNCF", D::HeldByCarrier),
    ("EVNCO", D::ParcelCollectedFromPickupPoint),
    ("EVNDA", D::CollectAtLocalPo),
    ("EVNDL", D::ParcelDisposed),
    ("EVNDN", D::DeliveryRescheduled),
    ("EVNDO", D::HubScanOut),
    ("EVNFS", D::Delivered),
    ("EVNGA", D::ReturnToSender),
    ("EVNGL", D::ReturnToSender),
    ("EVNHE", D::NotCollectedFromPickupPoint),
    ("EVNHR", D::RefusedByCustomer),
    ("EVNIL", D::NoAccessToRecipientsAddress),
    ("EVNIO", D::NoAccessToRecipientsAddress),
    ("EVNKS", D::HeldByCarrier),
    ("EVNLA", D::ReturnToSender),
    ("EVNLC", D::CollectAtLocalPo),
    ("EVNLG", D::ReturnToSender),
    ("EVNLI", D::ReturnToSender),
    ("EVNLP", D::Delivered),
    ("EVNLR", D::RefusedByCustomer),
    ("EVNMC", D::HubScanOut),
    ("EVNMI", D::Misrouted),
    ("EVNOC", D::ParcelCollectedFromPickupPoint),
    ("EVNOI", D::Delivered),
    ("EVNPB", D::ReceivedByCarrier),
    ("EVNPO", D::DeliveredToPoBox),
    ("EVNRC", D::DeliveryArrangedWithRecipient),
    ("EVNRD", D::ParcelRedirected),
    ("EVNRE", D::NotCollectedFromPickupPoint),
    ("EVNRF", D::RefusedByCustomer),
    ("EVNRL", D::NotCollectedFromPickupPoint),
    ("EVNRN", D::ReturnToSender),
    ("EVNRO", D::RefusedByCustomer),
    ("EVNRR", D::RefusedByCustomer),
    ("EVNRS", D::ReturnToSender),
    ("EVNRT", D::HeldByCarrier),
    ("EVNSA", D::AttemptedDelivery),
    ("EVNSC", D::ParcelCollectedFromPickupPoint),
    ("EVNSI", D::ReturnToSender),
    ("EVNSR", D::DeliveryArrangedWithRecipient),
    ("EVNUK", D::ReturnToSender),
    ("EVNUL", D::AttemptedDelivery),
    ("EVNUO", D::AttemptedDelivery),
    ("EVNWA", D::ParcelRedirectedByCarrier),
    ("EVOAC", D::ReceivedByCarrier),
    ("EVOBC", D::ReceivedByCarrier),
    ("EVODO", D::HubScanOut),
    ("EVOLB", D::HubScanIn),
    ("EVOMI", D::Misrouted),
    ("EVOOC", D::HubScanIn),
    ("EVORC", D::HubScanIn),
    ("EVORI", D::HubScanIn),
    ("EVORR", D::ReturnToSender),
    ("EVORT", D::ReturnToSender),
    ("EVORW", D::HubScanIn),
    ("EVOVB", D::HubScanIn),
    ("EVPLA", D::CollectAtLocalPo),
    ("EVPLC", D::ParcelCollectedFromPickupPoint),
    ("EVPLF", D::ParcelCollectedFromPickupPoint),
    ("EVPLI", D::ReturnToSender),
    ("EVPLN", D::NotCollectedFromPickupPoint),
    ("EVPLR", D::RefusedByCustomer),
    ("EVPLU", D::ReturnToSender),
    ("EVPLX", D::ReturnToSender),
    ("EVPOA", D::NoAccessToRecipientsAddress),
    ("EVPOG", D::ReturnToSender),
    ("EVPOI", D::ReturnToSender),
    ("EVPON", D::AttemptedDelivery),
    ("EVPOR", D::RefusedByCustomer),
    ("EVPOU", D::AttemptedDelivery),
    ("EVPPA", D::ReceivedByCarrier),
    ("EVPUX", D::ReturnToSender),
    ("EVPXA", D::NoAccessToRecipientsAddress),
    ("EVPXG", D::ReturnToSender),
    ("EVPXI", D::ReturnToSender),
    ("EVPXN", D::AttemptedDelivery),
    ("EVPXR", D::RefusedByCustomer),
    ("EVPXU", D::AttemptedDelivery),
    ("EVSGD", D::ParcelDisposed),
    ("EVSGS", D::HazardousProhibited),
    ("EVSUS", D::HazardousProhibited),
];

const SILENT: &[&str] = &[
    "EVDLS", "EVNCL", "EVNDS", "EVNOU", "EVOUF", "EVPPB", "EVZAM", "EVZBF", "EVZDM", "EVZDR", "EVZLM", "EVZRD",
    "EVZRM", "EVZSO", "NDEDF", "NDERF", "NDERS", "NDESF", "NDESS", "NEPDF", "NEPRF", "NEPRS", "NEPSF", "NEPSS",
    "NFNDF", "NFNRF", "NFNRS", "NFNSF", "NFNSS", "NLCDF", "NLCRF", "NLCRS", "NLCSF", "NLCSS", "NRDDF", "NRDRF",
    "NRDRS", "NRDSF", "NRDSS", "NREDF", "NRERF", "NRERS", "NRESF", "NRESS", "NSFDF", "NSFRF", "NSFRS", "NSFSF",
    "NSFSS", "NUNDF", "NUNRF", "NUNRS", "NUNSF", "NUNSS",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("royal_mail", "EVAIP", "", Some(D::ElecAdviceRecdByCarrier));
        check("royal_mail", "EVDAV", "", Some(D::ReceivedByCarrier));
        check("royal_mail", "EVIMC", "", Some(D::HubScanIn));
        check("royal_mail", "EVGPD", "", Some(D::ReceivedLocalDeliveryDepot));
        check("royal_mail", "EVKSP", "", Some(D::Delivered));
        check("royal_mail", "EVKNA", "", Some(D::AttemptedDelivery));
        check("royal_mail", "EVKLC", "", Some(D::DeliveredToPickupPoint));
        check("royal_mail", "EVNRT", "", Some(D::HeldByCarrier));
        check("royal_mail", "EVNMI", "", Some(D::Misrouted));
        check("royal_mail", "EVJCD", "", Some(D::HeldByCustoms));
        check("royal_mail", "EVPLN", "", Some(D::NotCollectedFromPickupPoint));
        check("royal_mail", "EVNUK", "", Some(D::ReturnToSender));
        check("royal_mail", "NRDSS", "", None);
        check("royal_mail", "EVXXX", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("royal_mail.rs"));
    }
}
