//! Deliveries, in two items.
//!
//! The body is written once, under the instant of its making, which also is the order of the list. How the delivery
//! stands is a small item under the message id: DynamoDB bills an update by the size of the whole item, so an attempt
//! costs one write unit whatever the body's size.

use jiff::Timestamp;
use milepost_model::{
    AccountId, Attempt, Delivery, DeliveryId, DeliveryState, EndpointId, FollowerName, ToldTo, TrackingNumber,
};
use minicbor::{Decode, Encode};

use super::packing::{cbor, from_cbor};
use super::{Fields, Fill, Item, Unreadable, bytes, checked, flag, instant, list, new_item, number, text};
use crate::{Key, StoreError};

const KIND: &str = "delivery";

/// A list of packed attempts, oldest first.
pub(crate) const ATTEMPTS: &str = "attempts";

/// How it stands.
pub(crate) const PHASE: &str = "phase";

/// The phase of a delivery that has an attempt before it.
pub(crate) const WAITING: &str = "waiting";

/// When the next attempt is due, in Unix milliseconds, while it waits.
pub(crate) const RETRY_AT: &str = "retry_at";

/// That somebody asked for the attempt that waits for its endpoint; absent otherwise.
const BY_HAND: &str = "by_hand";

/// What tells one entry of a held delivery from the next; entries of earlier versions have none.
pub(crate) const MARK: &str = "mark";

/// The longest account of an attempt's error that is kept, in bytes: a sentence, not a page.
const MAX_ERROR: usize = 300;

/// Where a delivery's standing is.
pub(crate) fn key(account: &AccountId, id: &DeliveryId) -> Key {
    Key::Delivery {
        account: account.clone(),
        id: id.clone(),
    }
}

/// Where its body is.
pub(crate) fn message_key(delivery: &Delivery) -> Key {
    Key::Message {
        account: delivery.account.clone(),
        created_ms: delivery.created.as_millisecond(),
        id: delivery.id.clone(),
    }
}

/// Its standing.
pub(crate) fn to_item(delivery: &Delivery, expires_at: i64) -> Item {
    let attempts = delivery.attempts.iter().map(|attempt| bytes(pack_attempt(attempt)));
    let (phase, retry_at) = phase(delivery.state);
    new_item(&key(&delivery.account, &delivery.id))
        .with("endpoint", text(&delivery.endpoint.0))
        .with("tracking_number", text(delivery.number.as_str()))
        .with("follower", text(delivery.told.name.to_string()))
        .with("since", number(delivery.told.started_ms))
        .with("created_ms", instant(delivery.created))
        .with(PHASE, text(phase))
        .with_some(RETRY_AT, retry_at.map(instant))
        .with(ATTEMPTS, list(attempts.collect()))
        .expiring(expires_at)
}

/// Its body.
///
/// # Errors
/// [`StoreError::TooLarge`].
pub(crate) fn to_message(delivery: &Delivery, expires_at: i64) -> Result<Item, StoreError> {
    let item = new_item(&message_key(delivery))
        .with("body", bytes(delivery.body.as_slice()))
        .expiring(expires_at);
    checked("webhook body", item)
}

/// The delivery without its body.
pub(crate) fn from_item(item: &Item) -> Result<Delivery, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Delivery { account, id } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    let state = match fields.text(PHASE)? {
        WAITING => DeliveryState::Waiting {
            retry_at: fields.instant(RETRY_AT)?,
        },
        "held" => DeliveryState::Held,
        "delivered" => DeliveryState::Delivered,
        "exhausted" => DeliveryState::Exhausted,
        "dropped" => DeliveryState::Dropped,
        _ => return Err(fields.damaged(PHASE)),
    };
    let attempts = fields.list_of_bytes(ATTEMPTS)?;
    let attempts = attempts.into_iter().map(unpack_attempt).collect::<Option<Vec<_>>>();
    Ok(Delivery {
        id,
        account,
        endpoint: EndpointId(fields.text("endpoint")?.to_owned()),
        number: fields.parsed("tracking_number", TrackingNumber::parse)?,
        told: ToldTo {
            name: FollowerName::parse(fields.text("follower")?).ok_or_else(|| fields.damaged("follower"))?,
            started_ms: fields.number("since")?,
        },
        body: Vec::new(),
        state,
        attempts: attempts.ok_or_else(|| fields.damaged(ATTEMPTS))?,
        created: fields.instant("created_ms")?,
    })
}

/// The body of a message item.
pub(crate) fn body(item: &Item) -> Result<Vec<u8>, Unreadable> {
    Fields::of("webhook body", item)?.bytes("body").map(<[u8]>::to_vec)
}

/// How many attempts an item has, and whether this packed one is among them.
pub(crate) fn attempts(item: &Item, packed: &[u8]) -> Result<(usize, bool), Unreadable> {
    let attempts = Fields::of(KIND, item)?.list_of_bytes(ATTEMPTS)?;
    Ok((attempts.len(), attempts.contains(&packed)))
}

/// The stored words for a state, and when the next attempt is due.
pub(crate) fn phase(state: DeliveryState) -> (&'static str, Option<Timestamp>) {
    match state {
        DeliveryState::Waiting { retry_at } => (WAITING, Some(retry_at)),
        DeliveryState::Held => ("held", None),
        DeliveryState::Delivered => ("delivered", None),
        DeliveryState::Exhausted => ("exhausted", None),
        DeliveryState::Dropped => ("dropped", None),
    }
}

/// That it waits for its endpoint.
pub(crate) fn to_held(delivery: &Delivery, by_hand: bool, mark: &str, expires_at: i64) -> Item {
    new_item(&held_key(delivery))
        .with_some(BY_HAND, by_hand.then(|| flag(true)))
        .with(MARK, text(mark))
        .expiring(expires_at)
}

/// Whether what waits for its endpoint was asked for by somebody.
pub(crate) fn is_by_hand(held: &Item) -> bool {
    held.get(BY_HAND)
        .is_some_and(|value| value.as_bool().is_ok_and(|by_hand| *by_hand))
}

/// What tells this entry from others of its delivery.
pub(crate) fn mark(held: &Item) -> Option<&str> {
    held.get(MARK)?.as_s().ok().map(String::as_str)
}

/// Where it stands that it waits for its endpoint.
pub(crate) fn held_key(delivery: &Delivery) -> Key {
    Key::Held {
        account: delivery.account.clone(),
        endpoint: delivery.endpoint.clone(),
        created_ms: delivery.created.as_millisecond(),
        id: delivery.id.clone(),
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct AttemptForm<'a> {
    #[n(0)]
    at_ms: i64,
    #[n(1)]
    status: Option<u16>,
    #[n(2)]
    error: Option<&'a str>,
    #[n(3)]
    milliseconds: u32,
}

/// An attempt; equal ones are equal bytes.
pub(crate) fn pack_attempt(attempt: &Attempt) -> Vec<u8> {
    let error = attempt.error.as_deref();
    cbor(&AttemptForm {
        at_ms: attempt.at.as_millisecond(),
        status: attempt.status,
        error: error.map(|error| error.get(..error.floor_char_boundary(MAX_ERROR)).unwrap_or_default()),
        milliseconds: attempt.milliseconds,
    })
}

fn unpack_attempt(packed: &[u8]) -> Option<Attempt> {
    let form: AttemptForm<'_> = from_cbor(packed)?;
    Some(Attempt {
        at: Timestamp::from_millisecond(form.at_ms).ok()?,
        status: form.status,
        error: form.error.map(ToOwned::to_owned),
        milliseconds: form.milliseconds,
    })
}
