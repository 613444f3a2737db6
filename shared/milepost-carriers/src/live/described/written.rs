//! A description as its text writes it.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) base_url: String,
    pub(super) sandbox_url: Option<String>,
    pub(super) quota: Quota,
    #[serde(default)]
    pub(super) registration: Vec<FormField>,
    #[serde(default)]
    pub(super) settings: Vec<FormField>,
    #[serde(default)]
    pub(super) login: Login,
    pub(super) track: Track,
    pub(super) answer: Answer,
    #[serde(default)]
    pub(super) problems: Vec<Problem>,
    #[serde(default)]
    pub(super) status: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quota {
    pub(super) requests: u32,
    pub(super) period_seconds: u64,
    #[serde(default)]
    pub(super) pause_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormField {
    pub(super) name: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) help: String,
    #[serde(default)]
    pub(super) kind: Kind,
    #[serde(default = "yes")]
    pub(super) required: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    #[default]
    Text,
    Secret,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub(super) enum Login {
    /// None, or one that stands in the templates.
    #[default]
    None,
    Basic {
        user: String,
        password: String,
    },
    Oauth2 {
        token_url: String,
        #[serde(default)]
        client: Client,
        client_id: String,
        client_secret: String,
        scope: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Client {
    #[default]
    Header,
    Form,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Track {
    #[serde(default)]
    pub(super) method: Method,
    pub(super) path: String,
    #[serde(default = "one")]
    pub(super) batch: usize,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default = "json")]
    pub(super) content_type: String,
    pub(super) body: Option<String>,
}

fn one() -> usize {
    1
}

fn json() -> String {
    "application/json".to_owned()
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Method {
    #[default]
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "POST")]
    Post,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) parcels: Option<String>,
    pub(super) number: Option<String>,
    pub(super) events: String,
    #[serde(default)]
    pub(super) order: Order,
    #[serde(default)]
    pub(super) html: bool,
    pub(super) event: Event,
    pub(super) time: Time,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Paths>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// A path, or several of which the first that holds something is taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a path, or a list of paths")]
pub(super) enum Paths {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Event {
    pub(super) event_code: Option<Paths>,
    pub(super) carrier_detail_code: Option<Paths>,
    pub(super) description: Option<Paths>,
    pub(super) city: Option<Paths>,
    pub(super) state: Option<Paths>,
    pub(super) postal_code: Option<Paths>,
    pub(super) country: Option<Paths>,
    pub(super) latitude: Option<Paths>,
    pub(super) longitude: Option<Paths>,
    pub(super) signer: Option<Paths>,
    pub(super) company: Option<Paths>,
    pub(super) piece: Option<Paths>,
    pub(super) proof_of_delivery_url: Option<Paths>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Time {
    pub(super) paths: Vec<String>,
    #[serde(default = "iso_alone")]
    pub(super) patterns: Vec<String>,
    pub(super) offset: Option<String>,
    #[serde(default = "unstated")]
    pub(super) zone: String,
}

fn iso_alone() -> Vec<String> {
    vec![crate::layout::time::ISO.to_owned()]
}

fn unstated() -> String {
    crate::layout::time::UNSTATED.to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) of: Of,
    #[serde(default)]
    pub(super) status: Vec<u16>,
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) is: Vec<String>,
    #[serde(default)]
    pub(super) contains: Vec<String>,
    pub(super) means: Means,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Of {
    #[default]
    Answer,
    Parcel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Means {
    NotFoundYet,
    InvalidNumber,
    TokenRefused,
    Refused,
    Throttled,
    CarrierDown,
}
