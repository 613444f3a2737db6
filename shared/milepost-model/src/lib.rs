//! What a parcel is.
//!
//! Everything known about a tracking number is a grow-only set of tracking events and facts, kept in bundles. What is
//! answered is a pure fold over that set: [`fold()`]. Union is commutative, associative and idempotent, so rows that
//! come late, twice, in another order or through two imports at once all end in the same [`Parcel`].
//!
//! This crate is pure: no I/O, no clock, no environment, no carrier's name. What a carrier's code or a place's zone
//! means is handed to the fold as [`Reading`]s; how items and JSON look is the business of the store and the contract.
//!
//! # Words
//!
//! Each has one meaning in the whole project.
//!
//! | word | meaning |
//! |---|---|
//! | carrier | a company that moves parcels, named by its [`CarrierCode`] |
//! | connection | credentials and feed location at a carrier, of one account or shared ([`Connection`]) |
//! | feed file | one bulk file at a connection ([`FileIdentity`]) |
//! | row | one record of a feed file, with its position |
//! | reject | a row that could not become an event or fact, with the reason |
//! | tracking event | one thing that happened, as the carrier wrote it ([`TrackingEvent`]) |
//! | fact | what a carrier states beside events ([`Fact`]) |
//! | identity | which tracking event it is, whoever reports it ([`EventIdentity`]) |
//! | arrival | when, from where and at which offset something came in ([`Arrival`]) |
//! | bundle | the events and facts of one parcel that arrived together ([`Bundle`]) |
//! | scope, viewer | whose bundle it is, and who asks ([`Scope`], [`AccountId`]) |
//! | journey | one life of a tracking number; carriers use numbers again |
//! | parcel | the fold for one number, carrier and viewer ([`Parcel`]) |
//! | label | an account's own name for a parcel ([`Label`]) |
//! | follower | who is told about a parcel, with what it was told ([`Told`]): a subscription or a tracker |
//! | tracker | what an account asked Ship24's API to follow ([`Tracker`]) |
//! | poll | one question to a carrier's API about a followed parcel ([`LiveState`]) |
//! | import run | one attempt over a connection, with counts and outcome ([`RunReport`]) |
//! | webhook endpoint, delivery, attempt | where to tell, one change told there, one POST of it |

mod account;
mod arrival;
mod bundle;
mod carrier;
mod connection;
mod copies;
mod dated;
mod error;
mod event;
mod fact;
mod fold;
mod follower;
mod group;
mod hash;
mod identity;
mod journey;
mod key_scope;
mod known;
mod label;
mod live_connection;
mod live_quota;
mod live_state;
mod merge;
mod number;
mod parcel;
mod ruling;
mod run;
mod schedule;
mod secret;
mod settle;
mod status;
mod time;
mod timeline;
mod tracker;
mod webhook;

pub use account::{AccountId, Scope};
pub use arrival::{Arrival, SourceHash};
pub use bundle::{Arrived, Bundle, FileIdentity, FileVersion, Kind, MAX_BUNDLE_BYTES, MAX_BUNDLE_EVENTS, Retention};
pub use carrier::CarrierCode;
pub use connection::{Afterwards, Connection, ConnectionId, FileOrdering, Pickup, SecretRef, SourceAddress};
pub use error::{ErrorClass, Invalid};
pub use event::{Coordinates, Place, TrackingEvent};
pub use fact::{Fact, FactName};
pub use fold::{Which, fold};
pub use follower::{Follower, FollowerKind, News, Told};
pub use hash::hash_of_texts;
pub use identity::{EventIdentity, IDENTITY_VERSION, ShortIdentity};
pub use journey::{IMPORT_FED_DAYS, JOURNEY_GAP_DAYS, import_fed};
pub use key_scope::KeyScope;
pub use known::is_known;
pub use label::{Label, LabelId};
pub use live_connection::{LiveAccess, LiveApi};
pub use live_quota::{LiveQuota, QuotaState};
pub use live_state::{LiveKey, LiveState};
pub use merge::MergedEvent;
pub use number::TrackingNumber;
pub use parcel::{Parcel, ParcelEvent, ParcelFact};
pub use run::{RejectReason, Rejected, RunOutcome, RunReport};
pub use schedule::{Cron, Schedule, ScheduleError};
pub use secret::Secret;
pub use status::{DetailCode, Status};
pub use time::{EventTime, Reading, Wall, WrittenZone, ZoneRule};
pub use tracker::{Tracker, TrackerId, TrackerTerms, leading, uuid_of};
pub use webhook::{
    Attempt, Circuit, Delivery, DeliveryId, DeliveryState, DisabledWhy, Endpoint, EndpointFilter, EndpointId,
    EndpointSecrets, EndpointStyle, Failed, FollowerName, FormerSecret, Gate, Standing, Tell, ToldTo,
};
