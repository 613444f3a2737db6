//! Randomness for spreading and naming; secrets take theirs from the operating system themselves.

/// A number from 0 to 1, for jitter. 0 when the operating system has no randomness: then nothing is spread.
pub fn random() -> f64 {
    f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX)
}

/// A version 4 UUID: API Gateway names requests so.
pub fn random_uuid() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the name is the same each time, which spoils a log and nothing else.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_form() {
        let (a, b) = (random_uuid(), random_uuid());
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(a.as_bytes()[14], b'4');
        assert!((0.0..=1.0).contains(&random()));
    }
}
