//! What the hub can do for a carrier, and how sure that is.

/// How well founded it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A test of the hub does it with what the carrier itself sent or published in full.
    Verified,
    /// It is built from public documentation, and no carrier's own data has passed through it here.
    Documented,
}

impl Standing {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Documented => "documented",
        }
    }
}

/// What is supported for a carrier. `None`: not, beyond what works for any carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Support {
    /// Asking its API about one parcel.
    pub track: Option<Standing>,
    /// Files of a form that is its own: a test reads one with a layout written for it.
    pub files: Option<Standing>,
    /// Telling from a number that it may be the carrier's.
    pub detection: Option<Standing>,
}
