use std::fmt;

use crate::{CarrierCode, Invalid, TrackingNumber};

/// What an account calls a shipping label: 1 to 50 letters, digits, `-` and `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(Box<str>);

impl LabelId {
    /// Reads a label's id.
    ///
    /// # Errors
    /// [`Invalid::LabelId`].
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        let is_one = (1..=50).contains(&written.len())
            && written
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if is_one {
            Ok(Self(written.into()))
        } else {
            Err(Invalid::LabelId)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LabelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelId({})", self.0)
    }
}

/// A shipping label: the account's own name for a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// The parcel's carrier.
    pub carrier: CarrierCode,
    /// The parcel's number.
    pub number: TrackingNumber,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for good in ["se-28529731", "A", "lbl_01", &"x".repeat(50)] {
            assert_eq!(LabelId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a/b", "a#b", "\u{e9}", &"x".repeat(51)] {
            assert_eq!(LabelId::parse(bad), Err(Invalid::LabelId), "{bad}");
        }
    }
}
