//! The hub's own JSON: reports of import runs, health, deliveries.

mod imports;

use milepost_carriers::{CheckDigit, Detected, carrier, detect};
use std::collections::BTreeMap;

use milepost_model::{Attempt, Delivery, DeliveryState, Rejected, RunOutcome, RunReport};
use serde::{Deserialize, Serialize};

pub use imports::{FileRejectJson, ImportDetailJson, ImportId, ImportJson, ImportListJson};

/// What an import run did: `milepost import --json` and `GET /v1/imports`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunReportJson {
    /// When it began, in UTC.
    pub started: String,
    /// `running`, `finished` or `failed`.
    pub outcome: String,
    /// Why it failed and what to change; `null` unless it failed.
    pub failure: Option<String>,
    /// Names of the files it read.
    pub files: Vec<String>,
    /// Rows read, without headers.
    pub rows: u64,
    /// Events stored.
    pub events: u64,
    /// Facts stored.
    pub facts: u64,
    /// Rows that repeated an event of the window.
    pub duplicates: u64,
    /// Events and facts that the table already had, and that were not stored again; `null` where nothing was left out.
    pub known: Option<u64>,
    /// Rows that could not become an event or fact.
    pub rejected: u64,
    /// The same by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Events by their code, for codes that the carrier's table does not have.
    pub unknown_codes: BTreeMap<String, u64>,
    /// The first of the rejects.
    pub first_rejects: Vec<RejectJson>,
    /// Where all of them are, as a key of the hub's bucket.
    pub rejects_file: Option<String>,
    /// What is odd but lost nothing.
    pub warnings: Vec<String>,
    /// Distinct parcels, counted each time that they enter the window.
    pub parcels: u64,
    /// Bundles put.
    pub bundles: u64,
    /// DynamoDB write units.
    pub write_units: f64,
    /// DynamoDB read units.
    pub read_units: f64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// Seconds at work, by the clock.
    pub seconds: f64,
}

/// A reject with where it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RejectJson {
    /// Line of the decoded file, from 1.
    pub line: u64,
    /// Byte offset in the decoded stream.
    pub offset: u64,
    /// Why, as in [`RunReportJson::reasons`].
    pub reason: String,
    /// What to look at.
    pub hint: String,
}

impl RunReportJson {
    /// The report of a run.
    pub fn of(report: &RunReport) -> Self {
        let (outcome, failure) = match &report.outcome {
            RunOutcome::Running => ("running", None),
            RunOutcome::Finished => ("finished", None),
            RunOutcome::Failed(why) => ("failed", Some(why.clone())),
        };
        let reasons = report.rejected.iter();
        Self {
            started: report.started.to_string(),
            outcome: outcome.to_owned(),
            failure,
            files: report.files.clone(),
            rows: report.rows,
            events: report.events,
            facts: report.facts,
            duplicates: report.duplicates,
            known: report.known,
            rejected: report.rejects(),
            reasons: reasons
                .map(|(reason, count)| (reason.as_str().to_owned(), *count))
                .collect(),
            unknown_codes: report.unknown_codes.clone(),
            first_rejects: report.first_rejects.iter().map(RejectJson::of).collect(),
            rejects_file: report.rejects_file.clone(),
            warnings: report.warnings.clone(),
            parcels: report.parcels,
            bundles: report.bundles,
            write_units: report.write_units,
            read_units: report.read_units,
            bytes: report.bytes,
            seconds: report.seconds,
        }
    }
}

impl RejectJson {
    /// One reject.
    pub fn of(rejected: &Rejected) -> Self {
        Self {
            line: rejected.line,
            offset: rejected.offset,
            reason: rejected.reason.as_str().to_owned(),
            hint: rejected.hint.clone(),
        }
    }
}

/// `GET /v1/couriers/detect`: which carriers a number can belong to, the likeliest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DetectedJson {
    /// At most eight; none for what is no number of a known form.
    pub couriers: Vec<DetectedCourierJson>,
}

/// One carrier of a [`DetectedJson`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DetectedCourierJson {
    /// Its code here.
    pub carrier_code: String,
    /// Ship24's code of it; `null` where Ship24 has none.
    pub courier_code: Option<String>,
    /// Who else moves the parcel under this number.
    pub partner_carrier_code: Option<String>,
    /// 0 to 1: 0.9 and more only for a right check digit behind a prefix of the carrier's own or for an unmistakable
    /// prefix; below 0.5 for a bare length.
    pub confidence: f64,
    /// Another carrier of the list has the same confidence.
    pub tied: bool,
    /// What people call the format.
    pub format: String,
    /// What its check digit says: `right`, `wrong`, `none`.
    pub check_digit: String,
    /// By which rule; `null` without a check digit.
    pub check_rule: Option<String>,
}

impl DetectedJson {
    /// What is detected of a number as somebody wrote it.
    pub fn of(number: &str) -> Self {
        Self {
            couriers: detect(number).iter().map(DetectedCourierJson::of).collect(),
        }
    }
}

impl DetectedCourierJson {
    fn of(detected: &Detected) -> Self {
        let (check_digit, rule) = match detected.check {
            CheckDigit::Passed(rule) => ("right", Some(rule)),
            CheckDigit::Failed(rule) => ("wrong", Some(rule)),
            CheckDigit::Absent => ("none", None),
        };
        let known = carrier(&detected.carrier);
        Self {
            carrier_code: detected.carrier.to_string(),
            courier_code: known.and_then(|known| known.ship24).map(ToOwned::to_owned),
            partner_carrier_code: detected.partner.as_ref().map(ToString::to_string),
            confidence: detected.confidence,
            tied: detected.tied,
            format: detected.format.to_owned(),
            check_digit: check_digit.to_owned(),
            check_rule: rule.map(ToOwned::to_owned),
        }
    }
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HealthJson {
    /// `ok`: a hub that is not does not answer.
    pub status: String,
    /// Which version runs.
    pub version: String,
}

impl HealthJson {
    /// A hub that answers.
    pub fn ok(version: &str) -> Self {
        Self {
            status: "ok".to_owned(),
            version: version.to_owned(),
        }
    }
}

/// One change told to one endpoint: `milepost deliveries --json` and `GET /v1/deliveries`. Without its body, which is
/// the receiver's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryJson {
    /// The message id, the same at every attempt.
    pub id: String,
    /// The id of the endpoint.
    pub endpoint: String,
    /// Of which tracking number.
    pub number: String,
    /// `waiting`, `held` (until its endpoint answers again), `delivered`, `exhausted` or `dropped`.
    pub state: String,
    /// When the next attempt is due, in UTC; `null` unless it is waiting.
    pub retry_at: Option<String>,
    /// What was tried, oldest first.
    pub attempts: Vec<AttemptJson>,
    /// When it was made, in UTC.
    pub created: String,
}

/// One POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttemptJson {
    /// When, in UTC.
    pub at: String,
    /// The HTTP status of the answer; `null` where there was none.
    pub status: Option<u16>,
    /// What went wrong where nothing was answered.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: u32,
}

impl DeliveryJson {
    /// One delivery.
    pub fn of(delivery: &Delivery) -> Self {
        let (state, retry_at) = match delivery.state {
            DeliveryState::Waiting { retry_at } => ("waiting", Some(retry_at.to_string())),
            DeliveryState::Held => ("held", None),
            DeliveryState::Delivered => ("delivered", None),
            DeliveryState::Exhausted => ("exhausted", None),
            DeliveryState::Dropped => ("dropped", None),
        };
        Self {
            id: delivery.id.0.clone(),
            endpoint: delivery.endpoint.0.clone(),
            number: delivery.number.to_string(),
            state: state.to_owned(),
            retry_at,
            attempts: delivery.attempts.iter().map(AttemptJson::of).collect(),
            created: delivery.created.to_string(),
        }
    }
}

impl AttemptJson {
    /// One attempt.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            status: attempt.status,
            error: attempt.error.clone(),
            milliseconds: attempt.milliseconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use milepost_model::{
        AccountId, CarrierCode, DeliveryId, EndpointId, FollowerName, RejectReason, ToldTo, TrackingNumber,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn report() -> RunReport {
        RunReport {
            outcome: RunOutcome::Finished,
            files: vec!["out/scans_20261120.csv.gz".into()],
            rows: 1_000,
            events: 990,
            facts: 4,
            duplicates: 5,
            rejected: [(RejectReason::BadTime, 3), (RejectReason::PlaceholderNumber, 2)].into(),
            first_rejects: vec![Rejected {
                line: 17,
                offset: 1_904,
                reason: RejectReason::BadTime,
                hint: "column event_time".into(),
            }],
            rejects_file: Some("rejects/demo/20261120T110000Z.csv".into()),
            warnings: vec!["the last line has no line end".into()],
            parcels: 412,
            bundles: 412,
            write_units: 430.5,
            bytes: 48_211,
            seconds: 0.75,
            ..RunReport::started(at("2026-11-20T11:00:00Z"))
        }
    }

    #[test]
    fn run_report() {
        insta::assert_json_snapshot!(RunReportJson::of(&report()));
    }

    #[test]
    fn run_report_comes_back() {
        let failed = RunReport {
            outcome: RunOutcome::Failed("the server refused the login: check the connection's password".into()),
            known: Some(3),
            ..RunReport::started(at("2026-11-20T11:00:00Z"))
        };
        for report in [report(), failed, RunReport::started(Timestamp::UNIX_EPOCH)] {
            let json = RunReportJson::of(&report);
            let text = serde_json::to_string(&json).unwrap();
            assert_eq!(serde_json::from_str::<RunReportJson>(&text).unwrap(), json);
        }
    }

    #[test]
    fn delivery() {
        let attempt = |second: &str, status, error: Option<&str>| Attempt {
            at: at(&format!("2026-11-20T11:00:{second}Z")),
            status,
            error: error.map(str::to_owned),
            milliseconds: 120,
        };
        let delivery = Delivery {
            id: DeliveryId("msg_5f2b".into()),
            account: AccountId::default_account(),
            endpoint: EndpointId("se-7".into()),
            number: TrackingNumber::parse("94055118").unwrap(),
            told: ToldTo {
                name: FollowerName::Subscription(CarrierCode::parse("usps").unwrap()),
                started_ms: 0,
            },
            body: b"{}".to_vec(),
            state: DeliveryState::Waiting {
                retry_at: at("2026-11-20T11:05:06Z"),
            },
            attempts: vec![
                attempt("00", None, Some("connection refused")),
                attempt("06", Some(503), None),
            ],
            created: at("2026-11-20T11:00:00Z"),
        };
        insta::assert_json_snapshot!(DeliveryJson::of(&delivery));
        for (state, name) in [
            (DeliveryState::Held, "held"),
            (DeliveryState::Delivered, "delivered"),
            (DeliveryState::Exhausted, "exhausted"),
            (DeliveryState::Dropped, "dropped"),
        ] {
            let json = DeliveryJson::of(&Delivery {
                state,
                ..delivery.clone()
            });
            assert_eq!((json.state.as_str(), json.retry_at), (name, None));
        }
    }

    #[test]
    fn health() {
        let json = serde_json::to_value(HealthJson::ok("0.0.0")).unwrap();
        assert_eq!(json, serde_json::json!({ "status": "ok", "version": "0.0.0" }));
    }
}
