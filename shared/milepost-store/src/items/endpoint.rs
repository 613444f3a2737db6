//! Webhook endpoints. What is secret of one is sealed to its item, so that who reads the table can neither sign nor see
//! the headers that its owner wants sent.

use std::collections::BTreeSet;

use jiff::Timestamp;
use milepost_model::{
    CarrierCode, Circuit, DisabledWhy, Endpoint, EndpointFilter, EndpointSecrets, EndpointStyle, FormerSecret,
    Standing, Status, Tell,
};
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::packing::{cbor, from_cbor};
use super::{Fields, Fill, Item, Unreadable, Value, bytes, instant, list, new_item, number, text};
use crate::{Key, SealKey, StoreError};

const KIND: &str = "webhook endpoint";

/// The secrets, sealed.
const SEALED: &str = "sealed";
/// Why it is disabled; nothing while it is not.
const DISABLED: &str = "disabled";
/// Since when it is disabled.
const DISABLED_MS: &str = "disabled_ms";
/// The circuit's failures, the first of them and its rest; nothing while all is well.
const FAILURES: &str = "failures";
const FAILING_MS: &str = "failing_ms";
const RESTS_UNTIL: &str = "rests_until";

/// Where an endpoint is.
pub(crate) fn key(endpoint: &Endpoint) -> Key {
    Key::Endpoint {
        account: endpoint.account.clone(),
        id: endpoint.id.clone(),
    }
}

/// # Errors
/// [`StoreError::Random`].
pub(crate) fn to_item(endpoint: &Endpoint, secrets: &EndpointSecrets, seal: &SealKey) -> Result<Item, StoreError> {
    let mut item = new_item(&key(endpoint)).with("created_ms", instant(endpoint.created));
    for (name, value) in settings(endpoint, secrets, seal)? {
        item = item.with_some(name, value);
    }
    for (name, value) in standing(endpoint.standing)
        .into_iter()
        .chain(circuit(&endpoint.circuit))
    {
        item = item.with_some(name, value);
    }
    Ok(item)
}

/// What the owner of an endpoint sets, by attribute; `None` where there is none.
///
/// # Errors
/// [`StoreError::Random`].
pub(crate) fn settings(
    endpoint: &Endpoint,
    secrets: &EndpointSecrets,
    seal: &SealKey,
) -> Result<[(&'static str, Option<Value>); 8], StoreError> {
    let sealed = seal.seal(&key(endpoint), &Zeroizing::new(pack(secrets)))?;
    let Endpoint { filter, .. } = endpoint;
    let carriers = filter.carriers.iter().map(|carrier| text(carrier.as_str()));
    let statuses = filter.statuses.iter().map(|status| text(status.code()));
    Ok([
        ("address", Some(text(&endpoint.url))),
        (SEALED, Some(bytes(sealed))),
        ("style", Some(text(endpoint.style.as_str()))),
        ("tell", Some(text(filter.tell.as_str()))),
        ("carriers", some_list(carriers.collect())),
        ("statuses", some_list(statuses.collect())),
        ("label", endpoint.name.as_ref().map(text)),
        ("store_id", endpoint.store_id.map(number)),
    ])
}

fn some_list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then(|| list(values))
}

/// Whether it is disabled, by attribute.
pub(crate) fn standing(standing: Standing) -> [(&'static str, Option<Value>); 2] {
    let (why, at) = match standing {
        Standing::Enabled => (None, None),
        Standing::Disabled { why, at } => (Some(text(why.as_str())), Some(instant(at))),
    };
    [(DISABLED, why), (DISABLED_MS, at)]
}

/// The circuit, by attribute.
pub(crate) fn circuit(circuit: &Circuit) -> [(&'static str, Option<Value>); 3] {
    [
        (FAILURES, (circuit.failures > 0).then(|| number(circuit.failures))),
        (FAILING_MS, circuit.since.map(instant)),
        (RESTS_UNTIL, circuit.rests_until.map(instant)),
    ]
}

/// The endpoint without its secrets.
pub(crate) fn from_item(item: &Item) -> Result<Endpoint, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Endpoint { account, id } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    // One of the first form has no style, and was told of everything.
    let style = fields
        .some_text("style")?
        .map_or(Some(EndpointStyle::ShipEngine), EndpointStyle::from_text);
    let tell = fields
        .some_text("tell")?
        .map_or(Some(Tell::EveryEvent), Tell::from_text);
    let standing = match fields.some_text(DISABLED)? {
        None if matches!(fields.some_flag("enabled")?, Some(false)) => Standing::Disabled {
            why: DisabledWhy::Failing,
            at: fields.instant("created_ms")?,
        },
        None => Standing::Enabled,
        Some(why) => Standing::Disabled {
            why: DisabledWhy::from_text(why).ok_or_else(|| fields.damaged(DISABLED))?,
            at: fields.instant(DISABLED_MS)?,
        },
    };
    Ok(Endpoint {
        id,
        account,
        url: fields.text("address")?.to_owned(),
        name: fields.some_text("label")?.map(ToOwned::to_owned),
        store_id: fields.some_number("store_id")?,
        style: style.ok_or_else(|| fields.damaged("style"))?,
        filter: EndpointFilter {
            carriers: parsed(&fields, "carriers", |code| CarrierCode::parse(code).ok())?,
            statuses: parsed(&fields, "statuses", Status::from_code)?,
            tell: tell.ok_or_else(|| fields.damaged("tell"))?,
        },
        created: fields.instant("created_ms")?,
        standing,
        circuit: Circuit {
            failures: fields.some_number(FAILURES)?.unwrap_or(0),
            since: fields.some_instant(FAILING_MS)?,
            rests_until: fields.some_instant(RESTS_UNTIL)?,
        },
    })
}

fn parsed<T: Ord>(
    fields: &Fields<'_>,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<BTreeSet<T>, Unreadable> {
    let texts = fields.list_of_texts(name)?.into_iter();
    texts
        .map(|text| parse(text).ok_or_else(|| fields.damaged(name)))
        .collect()
}

/// Opens the secrets of an endpoint's item.
///
/// # Errors
/// [`StoreError::Sealed`] when it was sealed under another key; what the item lacks, as [`Unreadable`].
pub(crate) fn open(item: &Item, seal: &SealKey) -> Result<Result<EndpointSecrets, StoreError>, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let opened = seal.open(&fields.key()?, fields.bytes(SEALED)?).map(Zeroizing::new);
    Ok(opened.and_then(|opened| match fields.some_text("style") {
        // The first form sealed the secret alone.
        Ok(None) => Ok(EndpointSecrets::new(opened.to_vec())),
        _ => unpack(&opened).ok_or(StoreError::Sealed),
    }))
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct SecretsForm<'a> {
    #[b(0)]
    signing: &'a ByteSlice,
    #[b(1)]
    former: Option<&'a ByteSlice>,
    #[n(2)]
    former_until_ms: Option<i64>,
    #[b(3)]
    headers: Vec<(&'a str, &'a str)>,
}

fn pack(secrets: &EndpointSecrets) -> Vec<u8> {
    let former = secrets.former.as_ref();
    let headers = secrets.headers.iter();
    cbor(&SecretsForm {
        signing: secrets.signing.as_slice().into(),
        former: former.map(|former| former.secret.as_slice().into()),
        former_until_ms: former.map(|former| former.until.as_millisecond()),
        headers: headers.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    })
}

fn unpack(packed: &[u8]) -> Option<EndpointSecrets> {
    let form: SecretsForm<'_> = from_cbor(packed)?;
    let former = match (form.former, form.former_until_ms) {
        (Some(secret), Some(until)) => Some(FormerSecret {
            secret: secret.to_vec(),
            until: Timestamp::from_millisecond(until).ok()?,
        }),
        _ => None,
    };
    let headers = form.headers.into_iter();
    Some(EndpointSecrets {
        signing: form.signing.to_vec(),
        former,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}
