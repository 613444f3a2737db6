use jiff::Timestamp;

use crate::{AccountId, CarrierCode, Scope, TrackingNumber};

/// Which parcel is asked about, with whose credentials: there is one chain of polls for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveKey {
    /// Which number.
    pub number: TrackingNumber,
    /// At which carrier.
    pub carrier: CarrierCode,
    /// Who sees what comes: the account whose connection asks, or everybody.
    pub scope: Scope,
}

impl LiveKey {
    /// One text, from which [`LiveKey::parse`] makes it again. None of its parts holds a `#`.
    pub fn to_text(&self) -> String {
        format!("{}#{}#{}", self.number, self.carrier, self.scope.as_str())
    }

    /// The opposite of [`LiveKey::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '#');
        Some(Self {
            number: TrackingNumber::parse(parts.next()?).ok()?,
            carrier: CarrierCode::parse(parts.next()?).ok()?,
            scope: Scope::parse(parts.next()?).ok()?,
        })
    }
}

/// How far the asking has come about one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveState {
    /// Which parcel.
    pub key: LiveKey,
    /// Whose follower began the polls: fairness between accounts goes by it.
    pub account: AccountId,
    /// When the next poll is due; `None`: nobody polls.
    pub due: Option<Timestamp>,
    /// When the polls began.
    pub began: Option<Timestamp>,
    /// Polls since then that had an answer, or wait for one.
    pub polls: u32,
    /// When the carrier was last asked.
    pub asked: Option<Timestamp>,
    /// Until when somebody is asking.
    pub held_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for (number, carrier, scope) in [
            ("9405511899223197428490", "usps", "*"),
            ("AB/12-3_4.5", "dhl_express", "acme"),
        ] {
            let key = LiveKey {
                number: TrackingNumber::parse(number).unwrap(),
                carrier: CarrierCode::parse(carrier).unwrap(),
                scope: Scope::parse(scope).unwrap(),
            };
            assert_eq!(LiveKey::parse(&key.to_text()), Some(key));
        }
        for bad in ["", "9405511899223197428490", "9405511899223197428490#usps", "1#usps#*"] {
            assert_eq!(LiveKey::parse(bad), None, "{bad}");
        }
    }
}
