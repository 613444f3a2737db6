//! Trackers: the item under the number, its place in the account's list, and the claim of its owner's name for it.

use jiff::civil::Date;
use milepost_model::{AccountId, CarrierCode, Tracker, TrackerId, TrackerTerms, TrackingNumber};
use minicbor::{Decode, Encode};

use super::packing::{cbor, from_cbor};
use super::{Fields, Fill, Item, Unreadable, bytes, flag, instant, new_item, text};
use crate::Key;

const KIND: &str = "tracker";

/// Whether its owner wants to be told.
pub(crate) const SUBSCRIBED: &str = "subscribed";

/// The owner's own name for it.
const CLIENT_ID: &str = "client_id";

/// What was asked for, as CBOR.
pub(crate) const FORM: &str = "form";

/// In pointers: the number.
const NUMBER: &str = "number";

/// In pointers: the tracker's id.
const ID: &str = "tracker";

/// What was asked for. Integer keys never change their meaning.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Form<'a> {
    #[b(0)]
    couriers: Vec<&'a str>,
    #[n(1)]
    restricted: bool,
    /// ISO 8601.
    #[n(2)]
    ship_date: Option<String>,
    #[n(3)]
    origin_country: Option<&'a str>,
    #[n(4)]
    destination_country: Option<&'a str>,
    #[n(5)]
    destination_post_code: Option<&'a str>,
    #[n(6)]
    reference: Option<&'a str>,
    #[n(7)]
    courier_name: Option<&'a str>,
    #[n(8)]
    tracking_url: Option<&'a str>,
    #[n(9)]
    title: Option<&'a str>,
    #[n(10)]
    order_number: Option<&'a str>,
    #[n(11)]
    recipient_name: Option<&'a str>,
}

/// Where a tracker is.
pub(crate) fn key(tracker: &Tracker) -> Key {
    Key::Tracker {
        number: tracker.number.clone(),
        account: tracker.account.clone(),
        tracker: tracker.id,
    }
}

/// Fills a follower's item.
pub(crate) fn fill(item: Item, tracker: &Tracker) -> Item {
    item.with("created_ms", instant(tracker.created))
        .with(SUBSCRIBED, flag(tracker.subscribed))
        .with_some(CLIENT_ID, tracker.client_id.as_ref().map(text))
        .with(FORM, bytes(form(tracker)))
}

/// What was asked for.
pub(crate) fn form(tracker: &Tracker) -> Vec<u8> {
    let terms = &tracker.terms;
    cbor(&Form {
        couriers: terms.couriers.iter().map(CarrierCode::as_str).collect(),
        restricted: terms.restricted,
        ship_date: terms.ship_date.map(|date| date.to_string()),
        origin_country: terms.origin_country.as_deref(),
        destination_country: terms.destination_country.as_deref(),
        destination_post_code: terms.destination_post_code.as_deref(),
        reference: terms.reference.as_deref(),
        courier_name: terms.courier_name.as_deref(),
        tracking_url: terms.tracking_url.as_deref(),
        title: tracker.title.as_deref(),
        order_number: tracker.order_number.as_deref(),
        recipient_name: tracker.recipient_name.as_deref(),
    })
}

pub(crate) fn from_item(
    item: &Item,
    account: &AccountId,
    number: &TrackingNumber,
    id: TrackerId,
) -> Result<Tracker, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let damaged = || fields.damaged(FORM);
    let form: Form<'_> = from_cbor(fields.bytes(FORM)?).ok_or_else(damaged)?;
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    let couriers = form.couriers.into_iter().map(CarrierCode::parse);
    let ship_date = form.ship_date.as_deref().map(str::parse::<Date>).transpose();
    Ok(Tracker {
        id,
        account: account.clone(),
        number: number.clone(),
        created: fields.instant("created_ms")?,
        subscribed: fields.flag(SUBSCRIBED)?,
        client_id: owned(fields.some_text(CLIENT_ID)?),
        terms: TrackerTerms {
            couriers: couriers.collect::<Result<_, _>>().map_err(|_| damaged())?,
            restricted: form.restricted,
            ship_date: ship_date.map_err(|_| damaged())?,
            origin_country: owned(form.origin_country),
            destination_country: owned(form.destination_country),
            destination_post_code: owned(form.destination_post_code),
            reference: owned(form.reference),
            courier_name: owned(form.courier_name),
            tracking_url: owned(form.tracking_url),
        },
        title: owned(form.title),
        order_number: owned(form.order_number),
        recipient_name: owned(form.recipient_name),
    })
}

/// Finds a tracker by its place, and so by its id, which holds the place.
pub(crate) fn place(tracker: &Tracker) -> Item {
    pointer(
        &Key::TrackerPlace {
            account: tracker.account.clone(),
            place: tracker.id.place(),
        },
        tracker,
    )
}

/// Finds a subscribed tracker by the owner's name for it, and keeps that name from another.
pub(crate) fn claim(tracker: &Tracker, client_id: &str) -> Item {
    pointer(&claim_key(&tracker.account, client_id), tracker)
}

/// Where a claim is.
pub(crate) fn claim_key(account: &AccountId, client_id: &str) -> Key {
    Key::TrackerName {
        account: account.clone(),
        client_id: client_id.to_owned(),
    }
}

fn pointer(key: &Key, tracker: &Tracker) -> Item {
    new_item(key)
        .with(NUMBER, text(tracker.number.as_str()))
        .with(ID, bytes(tracker.id.as_bytes().as_slice()))
}

/// Which tracker a pointer points at.
pub(crate) fn pointed_at(item: &Item) -> Result<(TrackingNumber, TrackerId), Unreadable> {
    let fields = Fields::of("pointer to a tracker", item)?;
    let id = <[u8; 16]>::try_from(fields.bytes(ID)?).map_err(|_| fields.damaged(ID))?;
    Ok((fields.parsed(NUMBER, TrackingNumber::parse)?, TrackerId::from_bytes(id)))
}
