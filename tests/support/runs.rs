//! Connections of USPS's, runs of them, and their reports.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use milepost_import::ImportOrder;
use milepost_local::hub::Access;
use milepost_model::{
    AccountId, CarrierCode, Connection, ConnectionId, RunOutcome, RunReport, Schedule, Scope, SourceAddress,
};
use milepost_runtime::now;

use crate::hub::TestHub;

/// A connection of the account `default` with files of the layout `generic`, which runs when it is asked to.
pub async fn connect(hub: &TestHub, id: &str, source: SourceAddress) -> ConnectionId {
    let connection = Connection {
        id: ConnectionId::parse(id).unwrap(),
        carrier_id: 0,
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Account(AccountId::default_account()),
        source,
        pickup: milepost_model::Pickup::default(),
        layout: "generic".to_owned(),
        layout_text: None,
        secret: None,
        schedule: Schedule::Manual,
        notify_from: Timestamp::UNIX_EPOCH,
        next_due: None,
        live: None,
    };
    let store = hub.hub.access().store();
    store.put_connection(&connection).await.unwrap().unwrap();
    connection.id
}

/// Queues a run; answers when it was due, which names it.
pub async fn run(hub: &TestHub, connection: &ConnectionId) -> Timestamp {
    let slot = now();
    let order = ImportOrder::Connection {
        connection: connection.as_str().to_owned(),
        slot,
    };
    let queue = hub.hub.access().import_queue();
    queue.send(order.to_body().unwrap(), 0).await.unwrap();
    slot
}

/// Waits for a report for at most a minute.
pub async fn report_where(
    access: &Access,
    connection: &ConnectionId,
    started: Timestamp,
    wanted: impl Fn(&RunReport) -> bool,
) -> RunReport {
    let store = access.store();
    let mut last = None;
    for _ in 0..1_200 {
        last = store.run(connection, started).await.unwrap();
        if let Some(report) = last.take_if(|report| wanted(report)) {
            return report;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the report is still {last:#?}");
}

/// Whether everything is stored.
pub fn is_finished(report: &RunReport) -> bool {
    report.outcome == RunOutcome::Finished
}

/// Whether it ended early; the queue may bring it back.
pub fn has_failed(report: &RunReport) -> bool {
    matches!(report.outcome, RunOutcome::Failed(_))
}

/// The different lines of a run's rejects files: after an interruption one may stand twice.
pub async fn rejects(access: &Access, report: &RunReport) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let Some(folder) = &report.rejects_file else {
        return lines;
    };
    for part in access.bucket().list(folder, 1_000).await.unwrap() {
        let text = access.bucket().get(&part.key, 1 << 20).await.unwrap().unwrap();
        lines.extend(String::from_utf8(text.to_vec()).unwrap().lines().map(str::to_owned));
    }
    lines
}
