//! Files for the layout `generic`, made in the test, and their import by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use milepost_local::command::{Given, import_file};
use milepost_local::hub::Hub;
use milepost_model::{AccountId, CarrierCode, RunReport, Scope};

/// One row of the layout `generic`.
#[derive(Debug, Clone)]
pub struct EventRow {
    pub number: String,
    pub code: String,
    pub description: String,
    /// `2026-11-20T14:03:00`
    pub local_timestamp: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    /// `-06:00`
    pub utc_offset: String,
}

impl EventRow {
    /// A row of USPS's, in Sarcoxie.
    pub fn new(number: &str, code: &str, local_timestamp: &str) -> Self {
        Self {
            number: number.to_owned(),
            code: code.to_owned(),
            description: format!("event {code}"),
            local_timestamp: local_timestamp.to_owned(),
            city: "SARCOXIE".to_owned(),
            state: "MO".to_owned(),
            postal_code: "64862".to_owned(),
            utc_offset: "-06:00".to_owned(),
        }
    }
}

/// The text of a file with these rows.
pub fn generic_file(rows: &[EventRow]) -> String {
    let mut text =
        "tracking_number,event_code,description,local_timestamp,city,state,postal_code,country,signer,company,\
                    utc_offset\n"
            .to_owned();
    for row in rows {
        let EventRow {
            number,
            code,
            description,
            local_timestamp,
            city,
            state,
            postal_code,
            utc_offset,
        } = row;
        writeln!(
            text,
            "{number},{code},{description},{local_timestamp},{city},{state},{postal_code},US,,,{utc_offset}"
        )
        .unwrap();
    }
    text
}

/// The day so many days before today, as a date: fixtures must not grow older than the retention.
pub fn days_ago(days: i64) -> jiff::civil::Date {
    let today = jiff::tz::Offset::UTC.to_datetime(milepost_runtime::now()).date();
    today.checked_sub(jiff::Span::new().days(days)).unwrap()
}

/// Imports a text by hand as USPS's, under the layout `generic`, through bucket, queue and `run-import`.
pub async fn import_text(hub: &Hub, name: &str, text: &str) -> RunReport {
    let path = write(hub.folder().path(), name, text);
    import_path(hub, &path, "generic").await
}

/// Imports a file by hand as USPS's.
pub async fn import_path(hub: &Hub, path: &Path, layout: &str) -> RunReport {
    let given = Given {
        name: layout.to_owned(),
        text: None,
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Account(AccountId::default_account()),
        quiet: false,
    };
    import_file(hub.access(), path, given, &ProgressBar::hidden())
        .await
        .unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
