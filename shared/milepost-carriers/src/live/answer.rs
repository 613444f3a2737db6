//! What a carrier's answer says of each number.

use std::time::Duration;

use milepost_model::{ErrorClass, Fact, TrackingEvent, TrackingNumber};
use thiserror::Error;

/// What came of one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The number that was asked about.
    pub number: TrackingNumber,
    /// What the carrier knows of it, or why that is not known.
    pub result: Result<LiveAnswer, LiveProblem>,
}

/// What a carrier knows of one parcel: its whole history, as the carrier wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveAnswer {
    /// What happened, in the carrier's order, newest first. May be empty where the carrier states facts alone. `sequence`
    /// counts from the oldest in this answer: a carrier that drops old events begins anew, so compare by identity.
    pub events: Vec<TrackingEvent>,
    /// What else it states.
    pub facts: Vec<Fact>,
    /// What is odd in the answer but lost none of it that could be read. Holds nothing of its content.
    pub warnings: Vec<String>,
}

/// Why nothing is known of a number. No message holds content of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiveProblem {
    /// The carrier does not know the number yet, or no more. No error: the parcel is `NY`, and is asked about again.
    #[error("the carrier does not know the number yet")]
    NotFoundYet,
    /// The carrier says that the number is none of its numbers. Asking again is useless.
    #[error("the carrier does not take the number")]
    InvalidNumber,
    /// The token is refused or has run out. A new one may help, once.
    #[error("the carrier refused the token")]
    TokenRefused,
    /// The carrier does not take the credentials, or they may not track: somebody has to change them.
    #[error("the carrier refused the credentials: {why}")]
    Refused {
        /// What to look at.
        why: &'static str,
    },
    /// The quota is used up.
    #[error("the carrier's quota is used up")]
    Throttled {
        /// How long the carrier asks to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The carrier's systems are down or too busy. Also what a caller makes of an exchange without an answer.
    #[error("the carrier's service is down")]
    CarrierDown {
        /// How long the carrier asks to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The answer is none that the carrier documents.
    #[error("the carrier's answer cannot be read: {hint}")]
    Malformed {
        /// What to look at: a place in the answer, or a status code.
        hint: String,
    },
    /// It was not asked at all: the caller lacks something, or its own table does not answer.
    #[error("the carrier was not asked: {why}")]
    NotAsked {
        /// What to look at.
        why: &'static str,
    },
}

/// Whom a problem concerns, and so what has to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// This number alone.
    Number,
    /// Every call with these credentials.
    Credentials,
    /// Every call to this carrier.
    Carrier,
    /// Whoever would ask: the carrier has nothing to do with it.
    Caller,
}

impl LiveProblem {
    /// Who is to act.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::InvalidNumber | Self::Refused { .. } => ErrorClass::Caller,
            Self::NotFoundYet | Self::TokenRefused | Self::NotAsked { .. } => ErrorClass::Retry,
            Self::Throttled { .. } | Self::CarrierDown { .. } => ErrorClass::Retry,
            Self::Malformed { .. } => ErrorClass::Permanent,
        }
    }

    /// Whom it concerns.
    pub fn concerns(&self) -> Concerns {
        match self {
            Self::NotFoundYet | Self::InvalidNumber | Self::Malformed { .. } => Concerns::Number,
            Self::TokenRefused | Self::Refused { .. } | Self::Throttled { .. } => Concerns::Credentials,
            Self::CarrierDown { .. } => Concerns::Carrier,
            Self::NotAsked { .. } => Concerns::Caller,
        }
    }
}
