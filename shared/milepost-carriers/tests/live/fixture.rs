//! One fixture: a file that holds a carrier's answer, its source, the numbers that were asked, and what must come of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use milepost_carriers::live::{Asked, HttpAnswer, LiveAnswer, LiveCarrier, Outcome, live};
use milepost_carriers::read_parcel;
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, Kind, Parcel, Scope, SourceHash, TrackingNumber, Which,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// What it was written from. Numbers, names and places are invented.
    pub(crate) source: String,
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    pub(crate) asked: Vec<Question>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) ship_date: Option<jiff::civil::Date>,
    /// The problem, in its own words.
    #[serde(default)]
    pub(crate) problem: Option<String>,
    /// The status of the parcel.
    #[serde(default)]
    pub(crate) becomes: Option<String>,
    /// Instant, event code, detail code, city and postal code, newest first: `-` for what is empty.
    #[serde(default)]
    pub(crate) events: Vec<String>,
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/live")
        .join(name)
}

/// The carrier of a folder. GLS and La Poste are files; no code is theirs.
pub(crate) fn carrier(name: &str) -> &'static dyn LiveCarrier {
    live(&CarrierCode::parse(name).unwrap()).unwrap()
}

pub(crate) const CARRIERS: [&str; 7] = [
    "ups",
    "usps",
    "fedex",
    "dhl_express",
    "dhl_parcel_de",
    "gls",
    "la_poste",
];

/// The fixtures of a carrier by name.
pub(crate) fn fixtures(carrier: &str) -> Vec<(String, Fixture)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder(carrier))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = format!("{carrier}/{}", path.file_stem().unwrap().to_str().unwrap());
        let fixture: Fixture = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(fixture.source.len() > 10, "{name} names its source");
        (name, fixture)
    };
    paths.into_iter().map(read).collect()
}

impl Fixture {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let asked = |question: &Question| Asked {
            ship_date: question.ship_date,
            ..Asked::from(TrackingNumber::parse(&question.number).unwrap())
        };
        self.asked.iter().map(asked).collect()
    }

    /// The body's bytes: a text as it is, anything else as JSON.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Value::String(text) => text.clone().into_bytes(),
            body => body.to_string().into_bytes(),
        }
    }

    pub(crate) fn read(&self, carrier: &dyn LiveCarrier, body: &[u8]) -> Vec<Outcome> {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let answer = HttpAnswer {
            status: self.status,
            headers: &headers,
            body,
        };
        carrier.read(&answer, &self.asked())
    }
}

/// The answer as a lookup folds it.
pub(crate) fn fold(carrier: &str, number: &TrackingNumber, answer: &LiveAnswer) -> Parcel {
    let code = CarrierCode::parse(carrier).unwrap();
    let bundle = Bundle {
        number: number.clone(),
        carrier: code.clone(),
        scope: Scope::Shared,
        kind: Kind::Live,
        arrival: Arrival {
            at_ms: 1_795_000_000_000,
            source: SourceHash::of(b"test"),
            offset: 0,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: answer
            .events
            .iter()
            .cloned()
            .map(|value| Arrived { offset: 0, value })
            .collect(),
        facts: answer
            .facts
            .iter()
            .cloned()
            .map(|value| Arrived { offset: 0, value })
            .collect(),
        expires_at: i64::MAX,
    };
    read_parcel(
        number,
        &code,
        &[bundle],
        &AccountId::parse("test").unwrap(),
        Which::Newest,
    )
}
