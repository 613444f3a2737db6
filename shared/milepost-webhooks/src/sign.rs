//! Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body` (specification of August 2026, symmetric `v1`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// What a secret begins with where it is shown.
const SECRET_PREFIX: &str = "whsec_";

/// What the official libraries take for fresh, either way.
const TOLERANCE_SECONDS: u64 = 300;

/// A secret as its owner is shown it, and as the official libraries take it.
pub fn secret_text(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// The secret that [`secret_text`] shows; `None` when it is none.
pub fn secret_bytes(shown: &str) -> Option<Vec<u8>> {
    STANDARD.decode(shown.trim().strip_prefix(SECRET_PREFIX)?).ok()
}

/// The three headers of one attempt. The id is the same for every attempt; the timestamp, in whole seconds, is the
/// attempt's own. Several secrets give several signatures with a space between: that is how a secret is changed.
pub(crate) fn signature_headers(id: &str, at: Timestamp, body: &[u8], secrets: &[&[u8]]) -> Vec<(String, String)> {
    let timestamp = at.as_second().to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| sign(id, &timestamp, body, secret))
        .collect();
    vec![
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), timestamp),
        ("webhook-signature".to_owned(), signatures.join(" ")),
    ]
}

/// Whether headers and body were signed with a secret within five minutes of an instant.
pub fn verifies(id: &str, timestamp: &str, signatures: &str, body: &[u8], secret: &[u8], now: Timestamp) -> bool {
    let fresh = timestamp
        .parse::<i64>()
        .is_ok_and(|at| now.as_second().abs_diff(at) <= TOLERANCE_SECONDS);
    let signed = |signature: &str| {
        let signature = signature
            .strip_prefix("v1,")
            .and_then(|text| STANDARD.decode(text).ok());
        // Compared in constant time.
        signature
            .zip(mac(id, timestamp, body, secret))
            .is_some_and(|(signature, mac)| mac.verify_slice(&signature).is_ok())
    };
    fresh && signatures.split(' ').any(signed)
}

fn sign(id: &str, timestamp: &str, body: &[u8], secret: &[u8]) -> Option<String> {
    let mac = mac(id, timestamp, body, secret)?;
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// `None` never happens: HMAC takes a key of any length.
fn mac(id: &str, timestamp: &str, body: &[u8], secret: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    Some(parts.into_iter().fold(mac, |mac, part| mac.chain_update(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderName};
    use standardwebhooks::Webhook;

    const SECRET: &[u8] = b"0123456789abcdef01234567";
    const OTHER: &[u8] = b"76543210fedcba9876543210";

    fn verifies(headers: &[(String, String)], body: &[u8], secret: &[u8]) -> bool {
        let named = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = named.collect();
        Webhook::new(&secret_text(secret))
            .unwrap()
            .verify(body, &headers)
            .is_ok()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the library compares with the clock")]
    fn the_library_accepts_and_refuses() {
        let headers = signature_headers("msg_1", Timestamp::now(), b"{}", &[OTHER, SECRET]);
        assert!(verifies(&headers, b"{}", SECRET));
        assert!(verifies(&headers, b"{}", OTHER), "both secrets of a change are good");
        assert!(!verifies(&headers, b"{ }", SECRET), "another byte in the body");
        assert!(!verifies(&headers, b"{}", b"another-secret-of-24-byt"));
        let old = signature_headers("msg_1", Timestamp::UNIX_EPOCH, b"{}", &[SECRET]);
        assert!(!verifies(&old, b"{}", SECRET), "older than five minutes");
    }

    #[test]
    fn what_was_signed_here_is_verified_here() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let headers = signature_headers("msg_1", at, b"{}", &[OTHER, SECRET]);
        let value = |name: &str| headers.iter().find(|(n, _)| n == name).unwrap().1.as_str();
        let check = |id, body, secret, seconds, expect| {
            let now = Timestamp::from_second(1_800_000_000_i64 + seconds).unwrap();
            let (timestamp, signatures) = (value("webhook-timestamp"), value("webhook-signature"));
            let verified = super::verifies(id, timestamp, signatures, body, secret, now);
            assert_eq!(verified, expect, "{id} {seconds}");
        };
        check("msg_1", b"{}", SECRET, 300, true);
        check("msg_1", b"{}", OTHER, -300, true);
        check("msg_1", b"{}", SECRET, 301, false);
        check("msg_2", b"{}", SECRET, 0, false);
        check("msg_1", b"[]", SECRET, 0, false);
        check("msg_1", b"{}", b"another-secret-of-24-byt", 0, false);
        let far = i64::MIN.to_string();
        assert!(!super::verifies("msg_1", &far, "v1,", b"{}", SECRET, at));
        assert_eq!(secret_bytes(&secret_text(SECRET)).as_deref(), Some(SECRET));
        assert_eq!(secret_bytes("MTIz"), None);
    }
}
