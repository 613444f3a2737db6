use std::collections::BTreeMap;

use crate::{LiveQuota, SecretRef};

/// How a connection asks its carrier about one parcel at a time: what Connect calls Track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAccess {
    /// Through what.
    pub api: LiveApi,
    /// Where the credentials are: a JSON object of texts, by the names of the carrier's registration form.
    pub secret: Option<SecretRef>,
    /// What the carrier's forms ask for and is no secret, by the names of their fields.
    pub settings: BTreeMap<String, String>,
    /// Where to ask instead of the carrier's own address: a sandbox, or a stand-in. What comes from there is nobody's
    /// but the asking account's, whatever the connection's scope.
    pub base_url: Option<String>,
    /// What the credentials may ask, where the carrier has granted other than it grants everybody.
    pub quota: Option<LiveQuota>,
}

/// Through what a carrier is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveApi {
    /// Its own API, as the hub knows it.
    Known,
    /// An API that the operator has described, in the text of the description.
    Described(String),
    /// A Lambda function of the operator's that speaks Connect's contract, by its ARN.
    Function(String),
}
