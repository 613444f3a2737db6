//! Asking a carrier's API where parcels are, without sending anything: the call is built here and its answer read here,
//! and whoever uses this makes the exchange in between.
//!
//! 1. [`live`] finds the carrier; [`LiveCarrier::terms`] says where its API is, how much may be asked, and what login
//!    it needs.
//! 2. [`LiveCarrier::token_call`] and [`LiveCarrier::read_token`] get a [`Token`], where the carrier wants one. It is
//!    good for many calls.
//! 3. [`LiveCarrier::track_call`] asks about one number or several.
//! 4. [`LiveCarrier::read`] gives one [`Outcome`] for each number asked, in that order: what the carrier knows, as it
//!    wrote it, or a [`LiveProblem`].
//!
//! A carrier that the hub does not know is a [`DescribedCarrier`], read from a file, or a function of the user's own
//! that speaks the [`connect`] contract.
//!
//! An answer is the carrier's whole history of the parcel. Events carry the carrier's codes; what they mean is worked
//! out when they are read, as for imported ones.

pub(crate) mod address;
mod answer;
mod asked;
pub(crate) mod call;
pub(crate) mod collect;
pub mod connect;
mod described;
pub(crate) mod json;
pub(crate) mod oauth;
pub(crate) mod problem;
mod secret;
mod terms;
pub(crate) mod text;

use std::fmt;

use milepost_model::CarrierCode;
pub use milepost_model::Secret;

pub use answer::{Concerns, LiveAnswer, LiveProblem, Outcome};
pub use asked::Asked;
pub use call::{Access, CallError, HttpAnswer, HttpCall, Method};
pub use described::{DescribedCarrier, DescriptionError, MAX_DESCRIPTION_BYTES, bundled_descriptions};
pub use secret::{Credentials, Token};
pub use terms::{Quota, Terms};

/// Longest answer that is read, in bytes. A USPS answer with 60 events has 40 KB; a FedEx answer about 30 numbers with
/// 60 scans each has 1.5 MB. What is longer is [`LiveProblem::Malformed`]: give [`LiveCarrier::read`] what came.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Most events of one number that are kept of an answer, the same as of a file.
pub const MAX_ANSWER_EVENTS: usize = 2_000;

/// A carrier whose API can be asked. No call reads a clock, and no input makes one panic.
pub trait LiveCarrier: fmt::Debug + Send + Sync {
    /// What holds for all calls.
    fn terms(&self) -> &Terms;

    /// The call that gets a token. `None`: track calls carry the credentials themselves, and there is no token.
    ///
    /// # Errors
    ///
    /// [`CallError::NoCredential`], and [`CallError::BaseUrl`] for an address that is none.
    fn token_call(&self, access: &Access<'_>) -> Result<Option<HttpCall>, CallError>;

    /// Reads the answer to [`LiveCarrier::token_call`].
    ///
    /// # Errors
    ///
    /// [`LiveProblem::Refused`] for credentials that the carrier does not take, and whatever else concerns the
    /// credentials or the carrier.
    fn read_token(&self, answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem>;

    /// The call that asks about `asked`: at least one number, at most [`Terms::batch`].
    ///
    /// # Errors
    ///
    /// [`CallError`]: what the caller has to give, or to give less of.
    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError>;

    /// Reads the answer to [`LiveCarrier::track_call`] about the same numbers: one outcome for each, in their order.
    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome>;
}

/// The carrier of a code, if the hub knows its API. Aliases are resolved before. A [`DescribedCarrier`] of a
/// connection's own goes before it.
pub fn live(carrier: &CarrierCode) -> Option<&'static dyn LiveCarrier> {
    live_carriers().find(|known| known.terms().carrier == carrier.as_str())
}

/// Every carrier whose API the hub knows.
pub fn live_carriers() -> impl Iterator<Item = &'static dyn LiveCarrier> {
    // The files are read when none of the carriers before them was the one that is looked for.
    let described = std::iter::once_with(described::bundled).flatten();
    CARRIERS
        .iter()
        .copied()
        .chain(described.map(|carrier| carrier as &dyn LiveCarrier))
}

/// One line for each carrier in Rust; those that come as files are in the folder `apis`.
static CARRIERS: &[&dyn LiveCarrier] = &[
    &crate::carriers::usps::live::API,
    &crate::carriers::fedex::live::API,
    &crate::carriers::ups::live::API,
    &crate::carriers::dhl_unified::EXPRESS,
    &crate::carriers::dhl_unified::ECOMMERCE,
    &crate::carriers::dhl_unified::PARCEL_DE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{self, known_carriers};

    #[test]
    fn the_registry_and_the_list_agree() {
        for known in known_carriers() {
            let code = CarrierCode::parse(known.code).unwrap();
            let api = live(&code);
            assert_eq!(api.map(|api| api.terms().standing), known.support.track, "{code}");
        }
        assert_eq!(
            live_carriers().count(),
            CARRIERS.len() + bundled_descriptions().len(),
            "every file is read"
        );
        assert!(live(&CarrierCode::parse("acme").unwrap()).is_none());
    }

    #[test]
    fn terms_are_sound() {
        for api in live_carriers() {
            let terms = api.terms();
            assert!(registry::carrier(&CarrierCode::parse(&terms.carrier).unwrap()).is_some());
            assert!(terms.batch > 0 && terms.quota.requests > 0 && !terms.source.is_empty());
            for url in [Some(&terms.base_url), terms.sandbox_url.as_ref()]
                .into_iter()
                .flatten()
            {
                assert!(url.starts_with("https://") && address::base(url) == Ok(url), "{url}");
            }
        }
    }
}
