use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// Which carrier: `usps`, `dhl_express`. ShipEngine's pattern `[a-z0-9]+(_[a-z0-9]+)*`, at most 50 characters.
///
/// Aliases (`stamps_com` is `usps`) are resolved before a code gets here; see milepost-carriers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarrierCode(Box<str>);

/// Twice the longest code that ShipEngine lists.
const MAX_LENGTH: usize = 50;

impl CarrierCode {
    /// Reads a code; upper case is accepted and lowered.
    ///
    /// # Errors
    /// [`Invalid::CarrierCode`] when the text does not have the pattern.
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        let code = written.trim().to_ascii_lowercase();
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if code.len() <= MAX_LENGTH && code.split('_').all(word) {
            Ok(Self(code.into()))
        } else {
            Err(Invalid::CarrierCode)
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CarrierCode {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::parse(s)
    }
}

impl fmt::Display for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern() {
        for good in ["usps", "dhl_express", "UPS", "seko_uk", "4px"] {
            assert!(CarrierCode::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "_usps",
            "usps_",
            "dhl__express",
            "dhl express",
            "düsseldorf",
            &"a".repeat(51),
        ] {
            assert_eq!(CarrierCode::parse(bad), Err(Invalid::CarrierCode), "{bad}");
        }
    }
}
