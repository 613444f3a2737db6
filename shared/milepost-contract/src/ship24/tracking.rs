use milepost_carriers::{Category, Milestone, Ship24Code};
use milepost_model::{FactName, Parcel, Tracker, TrackingNumber, leading, uuid_of};
use serde::{Deserialize, Serialize};

use super::event::EventJson;
use super::time;
use super::timeline::{Placed, status_of_all, status_of_parcel, timeline};
use crate::ship24::TrackerJson;
use crate::shipengine::TimeStyle;

/// The answer with trackings: one, one for each tracker of a number, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingsAnswer {
    /// What Ship24 wraps every answer in.
    pub data: TrackingsData,
}

/// What is in a [`TrackingsAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingsData {
    /// In the order of the trackers' creation.
    pub trackings: Vec<TrackingJson>,
}

/// What a tracker found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingJson {
    /// The tracker; absent where there is none (`POST /tracking/search`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tracker: Option<TrackerJson>,
    /// The shipment as a whole.
    pub shipment: ShipmentJson,
    /// Newest first.
    pub events: Vec<EventJson>,
    /// When it came how far.
    pub statistics: StatisticsJson,
}

/// A shipment as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShipmentJson {
    /// A UUID, the same whenever this is asked.
    pub shipment_id: Option<String>,
    /// What happened last, in Ship24's codes.
    pub status_code: Option<String>,
    /// What kind of thing that was.
    pub status_category: Option<String>,
    /// How far the shipment is; `pending` while nothing is known.
    pub status_milestone: String,
    /// Two letters.
    pub origin_country_code: Option<String>,
    /// Two letters.
    pub destination_country_code: Option<String>,
    /// About its delivery.
    pub delivery: DeliveryJson,
    /// The numbers that it is known by.
    pub tracking_numbers: Vec<NumberJson>,
    /// To whom it goes, as far as its owner said.
    pub recipient: Option<RecipientJson>,
}

/// About a shipment's delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Ship24Delivery"))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryJson {
    /// When the carrier expects to deliver; `null` where its estimate is words and not a time.
    pub estimated_delivery_date: Option<String>,
    /// The carrier's service.
    pub service: Option<String>,
    /// Who signed.
    pub signed_by: Option<String>,
    /// The carrier's estimate again, as a range.
    pub courier_estimated_delivery_date: Option<RangeJson>,
}

/// From when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RangeJson {
    /// Not before.
    pub from: Option<String>,
    /// Not after.
    pub to: Option<String>,
}

/// One number of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NumberJson {
    /// Canonical.
    pub tn: String,
}

/// To whom a shipment goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecipientJson {
    /// The name.
    pub name: Option<String>,
    /// Always `null`: the hub is not told.
    pub address: Option<String>,
    /// The postal code.
    pub post_code: Option<String>,
    /// Always `null`.
    pub city: Option<String>,
    /// Always `null`.
    pub subdivision: Option<String>,
}

/// When a shipment came how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatisticsJson {
    /// The first time of each milestone.
    pub timestamps: TimestampsJson,
}

/// The first time of each milestone, in the words of its event; `null` where it was never reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TimestampsJson {
    /// `info_received`
    pub info_received_datetime: Option<String>,
    /// `in_transit`
    pub in_transit_datetime: Option<String>,
    /// `out_for_delivery`
    pub out_for_delivery_datetime: Option<String>,
    /// `failed_attempt`
    pub failed_attempt_datetime: Option<String>,
    /// `available_for_pickup`
    pub available_for_pickup_datetime: Option<String>,
    /// `exception`
    pub exception_datetime: Option<String>,
    /// `delivered`
    pub delivered_datetime: Option<String>,
}

impl TrackingJson {
    /// What a tracker found: what each of its carriers knows, as the tracker means it.
    pub fn of(tracker: &Tracker, parcels: &[Parcel]) -> Self {
        let bare = Self::bare(&tracker.number, parcels);
        Self {
            tracker: Some(TrackerJson::of(tracker, status_of_all(parcels))),
            shipment: bare.shipment.owned(tracker),
            ..bare
        }
    }

    /// What is known of a number without a tracker.
    pub fn bare(number: &TrackingNumber, parcels: &[Parcel]) -> Self {
        let placed = timeline(parcels);
        Self {
            tracker: None,
            shipment: ShipmentJson::bare(number, parcels),
            events: placed.iter().rev().map(EventJson::of).collect(),
            statistics: StatisticsJson::of(&placed, parcels),
        }
    }
}

impl From<Vec<TrackingJson>> for TrackingsAnswer {
    fn from(trackings: Vec<TrackingJson>) -> Self {
        let data = TrackingsData { trackings };
        Self { data }
    }
}

impl ShipmentJson {
    /// Of a tracker: its owner knows what the carriers did not say.
    pub fn of(tracker: &Tracker, parcels: &[Parcel]) -> Self {
        Self::bare(&tracker.number, parcels).owned(tracker)
    }

    /// The same shipment as its tracker's owner sees it.
    fn owned(self, tracker: &Tracker) -> Self {
        let id = tracker.id.to_string();
        let (name, post_code) = (&tracker.recipient_name, &tracker.terms.destination_post_code);
        let recipient = (name.is_some() || post_code.is_some()).then(|| RecipientJson {
            name: name.clone(),
            address: None,
            post_code: post_code.clone(),
            city: None,
            subdivision: None,
        });
        Self {
            shipment_id: Some(uuid_of(["shipment", id.as_str()])),
            origin_country_code: self
                .origin_country_code
                .or_else(|| tracker.terms.origin_country.clone()),
            destination_country_code: self
                .destination_country_code
                .or_else(|| tracker.terms.destination_country.clone()),
            recipient,
            ..self
        }
    }

    /// What the carriers know.
    fn bare(number: &TrackingNumber, parcels: &[Parcel]) -> Self {
        let status = leading(parcels).map(status_of_parcel);
        let fact = |name| parcels.iter().find_map(|parcel| parcel.fact(name));
        let estimate = fact(FactName::EstimatedDelivery).and_then(|written| TimeStyle::Exact.fact(written));
        let country = |name| fact(name).and_then(milepost_carriers::country_code);
        let events = parcels.iter().flat_map(|parcel| &parcel.events);
        let signer = events
            .map(|event| &event.event.signer)
            .find(|signer| !signer.is_empty());
        Self {
            shipment_id: None,
            status_code: status
                .and_then(|status| status.code)
                .map(Ship24Code::as_str)
                .map(str::to_owned),
            status_category: status
                .and_then(|status| status.category)
                .map(Category::as_str)
                .map(str::to_owned),
            status_milestone: status
                .map_or(Milestone::Pending, |status| status.milestone)
                .as_str()
                .to_owned(),
            origin_country_code: country(FactName::OriginCountry),
            destination_country_code: country(FactName::DestinationCountry),
            delivery: DeliveryJson {
                estimated_delivery_date: estimate.clone(),
                service: fact(FactName::Service).map(str::to_owned),
                signed_by: signer.cloned(),
                courier_estimated_delivery_date: estimate.map(|estimate| RangeJson {
                    from: None,
                    to: Some(estimate),
                }),
            },
            tracking_numbers: vec![NumberJson { tn: number.to_string() }],
            recipient: None,
        }
    }
}

impl StatisticsJson {
    pub(super) fn of(placed: &[Placed<'_>], parcels: &[Parcel]) -> Self {
        let first = |milestone| {
            let event = placed.iter().find(|placed| placed.milestone == milestone)?;
            Some(time::occurrence(event.event))
        };
        // A carrier that sends no events may still state when it delivered.
        let stated = || {
            let parcel =
                leading(parcels).filter(|parcel| status_of_parcel(parcel).milestone == Milestone::Delivered)?;
            TimeStyle::Exact.fact(parcel.fact(FactName::ActualDelivery)?)
        };
        Self {
            timestamps: TimestampsJson {
                info_received_datetime: first(Milestone::InfoReceived),
                in_transit_datetime: first(Milestone::InTransit),
                out_for_delivery_datetime: first(Milestone::OutForDelivery),
                failed_attempt_datetime: first(Milestone::FailedAttempt),
                available_for_pickup_datetime: first(Milestone::AvailableForPickup),
                exception_datetime: first(Milestone::Exception),
                delivered_datetime: first(Milestone::Delivered).or_else(stated),
            },
        }
    }
}
