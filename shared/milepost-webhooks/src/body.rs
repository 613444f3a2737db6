//! Webhook bodies on their way: compressed, since a full history repeats itself, and the same bytes at every attempt.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// A body is at most this long: 2,000 events of 2 KB each.
pub(crate) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Compresses a body.
pub(crate) fn pack(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// The opposite of [`pack`]; `None` when the bytes are not a packed body.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let most = u64::try_from(MAX_BODY_BYTES + 1).ok()?;
    let read = DeflateDecoder::new(packed).take(most).read_to_end(&mut body).ok()?;
    (read <= MAX_BODY_BYTES).then_some(body)
}

/// A packed body as text of a queue message.
pub(crate) fn to_text(packed: &[u8]) -> String {
    STANDARD.encode(packed)
}

/// The opposite of [`to_text`].
pub(crate) fn from_text(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_refusal() {
        let body = br#"{"events":[]}"#.repeat(1000);
        let packed = pack(&body);
        assert!(packed.len() < body.len() / 10);
        assert_eq!(unpack(&from_text(&to_text(&packed)).unwrap()), Some(body));
        assert_eq!(unpack(b"not deflate"), None);
        assert_eq!(unpack(&pack(&vec![0; 5 * 1024 * 1024])), None, "a bomb stays packed");
    }
}
