//! One CBOR value in one attribute: a byte that says how it is packed, then the value, deflated where that saves money.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use minicbor::{Decode, Encode};

/// The value as it is.
const PLAIN: u8 = 0;

/// The value under raw deflate.
const DEFLATED: u8 = 1;

/// A value is never larger than this once inflated: more than twice the largest item, and little enough for a function
/// of 128 MB. It stops a damaged or malicious item.
const MAX_INFLATED: u64 = 1024 * 1024;

/// DynamoDB bills writes by the kilobyte.
const WRITE_UNIT: usize = 1024;

/// How many write units an item of so many bytes costs.
pub(crate) fn write_units(bytes: usize) -> usize {
    bytes.div_ceil(WRITE_UNIT).max(1)
}

/// A value as CBOR.
pub(crate) fn cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Room for an event.
    let mut out = Vec::with_capacity(256);
    // Writing to a Vec cannot fail, and no value here has an encoding that can.
    let _ = minicbor::encode(value, &mut out);
    out
}

/// Packs a value that shares its item with `beside` other bytes. Deflate costs time on both sides and often grows small
/// values, so it is used only where it saves a write unit.
pub(crate) fn pack(value: &[u8], beside: usize) -> Vec<u8> {
    let plain_units = write_units(beside + 1 + value.len());
    if plain_units > 1
        && let Some(deflated) = deflate(value)
        && write_units(beside + 1 + deflated.len()) < plain_units
    {
        return [&[DEFLATED], deflated.as_slice()].concat();
    }
    [&[PLAIN], value].concat()
}

/// The opposite of [`pack`]; `None` when the bytes are none of its results.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    match packed.split_first()? {
        (&PLAIN, value) => Some(value.to_vec()),
        (&DEFLATED, value) => inflate(value),
        _ => None,
    }
}

/// Decodes a value that borrows from `bytes`.
pub(crate) fn from_cbor<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    minicbor::decode(bytes).ok()
}

fn deflate(value: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(value).ok()?;
    encoder.finish().ok()
}

fn inflate(deflated: &[u8]) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    let mut bounded = DeflateDecoder::new(deflated).take(MAX_INFLATED + 1);
    let length = bounded.read_to_end(&mut value).ok()?;
    (u64::try_from(length).ok()? <= MAX_INFLATED).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_values_come_back(value in proptest::collection::vec(0_u8..4, 0..4_000), beside in 0_usize..300) {
            let packed = pack(&value, beside);
            prop_assert!(write_units(beside + packed.len()) <= write_units(beside + 1 + value.len()));
            prop_assert_eq!(unpack(&packed), Some(value));
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn small_values_stay_plain_and_large_ones_shrink() {
        assert_eq!(pack(&[b'a'; 900], 100)[0], PLAIN);
        assert_eq!(pack(&[b'a'; 900], 200)[0], DEFLATED);
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = [&[DEFLATED], deflate(&vec![0; 2 * 1024 * 1024]).unwrap().as_slice()].concat();
        assert!(bomb.len() < 4_096);
        assert_eq!(unpack(&bomb), None);
        assert_eq!(unpack(&[]), None);
        assert_eq!(unpack(&[9, 1, 2]), None);
    }
}
