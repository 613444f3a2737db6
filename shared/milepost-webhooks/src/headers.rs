//! The headers of one attempt.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use milepost_model::{DeliveryId, Endpoint, EndpointSecrets, EndpointStyle};
use sha2::Sha256;

use crate::sign::signature_headers;
use crate::{SigningKey, WebhookError};

/// Everything that is sent beside a body: the signatures, then what the endpoint's owner wants.
pub(crate) fn headers(
    endpoint: &Endpoint,
    secrets: &EndpointSecrets,
    key: Option<&SigningKey>,
    id: &DeliveryId,
    at: Timestamp,
    body: &[u8],
) -> Result<Vec<(String, String)>, WebhookError> {
    let former = secrets.former_at(at);
    let signing: Vec<&[u8]> = [secrets.signing.as_slice()].into_iter().chain(former).collect();
    let mut headers = signature_headers(&id.0, at, body, &signing);
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    let own = |name: &str| secrets.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    match endpoint.style {
        EndpointStyle::ShipEngine => {
            if let Some(key) = key {
                headers.extend(key.headers(at, body)?);
            }
        }
        // One header holds one secret, so the old one is sent until receivers have had the time to learn the new.
        EndpointStyle::Ship24 if !own("authorization") => {
            let bearer = bearer_text(former.unwrap_or(&secrets.signing));
            headers.push(("authorization".to_owned(), format!("Bearer {bearer}")));
        }
        EndpointStyle::Ship24 => {}
    }
    headers.extend(secrets.headers.iter().cloned());
    Ok(headers)
}

/// What endpoints of Ship24's style are sent as `Authorization: Bearer`. It is made from the signing secret and does not
/// give it away: whoever reads a receiver's log of headers cannot sign.
pub fn bearer_text(signing: &[u8]) -> String {
    // HMAC takes a key of any length.
    let mac = Hmac::<Sha256>::new_from_slice(signing).map(|mac| mac.chain_update(b"milepost bearer"));
    let bytes = mac.map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    format!("whbearer_{}", URL_SAFE_NO_PAD.encode(bytes))
}
