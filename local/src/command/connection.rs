#[cfg(test)]
mod documented;
mod file;
mod live;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use milepost_import::ImportOrder;
use milepost_model::{AccountId, ConnectionId, RunOutcome, Schedule, SourceAddress};
use milepost_runtime::now;
use milepost_store::DueKind;
use serde_json::json;

use super::import::{progress, summary, wait_for_report};
use super::{Failure, Options, Reach, say};

/// `milepost connection ...`
#[derive(Debug, Subcommand)]
pub enum Connection {
    /// Add a connection from its file
    Add {
        /// The connection file (see docs/connections.md)
        file: PathBuf,
    },
    /// The connections of an account, and the shared ones
    List {
        /// Whose
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// One connection
    Show {
        /// Its name
        id: ConnectionId,
    },
    /// Whether its server answers and which files are ready; nothing is stored
    Test {
        /// Its name
        id: ConnectionId,
    },
    /// Import what is ready there, now
    Run {
        /// Its name
        id: ConnectionId,
    },
    /// Forget a connection; what it brought stays
    Remove {
        /// Its name
        id: ConnectionId,
    },
}

impl Connection {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let store = reach.access().store();
        let mut code = ExitCode::SUCCESS;
        match self {
            Self::Add { file } => {
                let connection = file::read(&file, now(), reach.access()).await?;
                // The slot first: one without a connection falls to the check, a connection without one never runs.
                if let Some(due) = connection.next_due {
                    let id = connection.id.as_str();
                    store.put_due(DueKind::Connection, id, due.as_millisecond(), id).await?;
                }
                let added = store.put_connection(&connection).await?;
                let added =
                    added.ok_or_else(|| format!("there is a connection {} already: remove it first", connection.id))?;
                say(if options.json {
                    json!({"id": added.id.as_str(), "carrier_id": added.carrier_id}).to_string()
                } else {
                    format!("{} is connection se-{}", added.id, added.carrier_id)
                });
            }
            Self::List { account } => {
                let all = milepost_track::connections(&store, &account).await?;
                if options.json {
                    say(json!({"connections": all.iter().map(shown).collect::<Vec<_>>()}).to_string());
                } else {
                    for connection in &all {
                        say(format!(
                            "se-{}  {}  {}  {}",
                            connection.carrier_id,
                            connection.id,
                            connection.carrier,
                            address(&connection.source)
                        ));
                    }
                }
            }
            Self::Show { id } => {
                let connection = store
                    .connection(&id)
                    .await?
                    .ok_or_else(|| format!("there is no connection {id}"))?;
                say(serde_json::to_string_pretty(&shown(&connection))?);
            }
            Self::Test { id } => {
                let connection = store
                    .connection(&id)
                    .await?
                    .ok_or_else(|| format!("there is no connection {id}"))?;
                let importer = reach.access().importer();
                let (steps, good) = importer.test(&connection).await;
                if options.json {
                    say(json!({"steps": steps, "ok": good}).to_string());
                } else {
                    steps.iter().for_each(say);
                }
                if !good {
                    code = ExitCode::FAILURE;
                }
            }
            Self::Run { id } => {
                store
                    .connection(&id)
                    .await?
                    .ok_or_else(|| format!("there is no connection {id}"))?;
                let slot = now();
                let order = ImportOrder::Connection {
                    connection: id.as_str().to_owned(),
                    slot,
                };
                reach.access().import_queue().send(order.to_body()?, 0).await?;
                let report = wait_for_report(reach.access(), &id, slot, &progress(options.json)).await?;
                say(if options.json {
                    serde_json::to_string(&milepost_contract::hub::RunReportJson::of(&report))?
                } else {
                    summary(&report)
                });
                if !matches!(report.outcome, RunOutcome::Finished) {
                    code = ExitCode::FAILURE;
                }
            }
            Self::Remove { id } => {
                if store.remove_connection(&id).await?.is_none() {
                    return Err(format!("there is no connection {id}").into());
                }
                say("removed");
            }
        }
        reach.leave().await?;
        Ok(code)
    }
}

fn shown(connection: &milepost_model::Connection) -> serde_json::Value {
    json!({
        "id": connection.id.as_str(),
        "carrier_id": connection.carrier_id,
        "carrier": connection.carrier.as_str(),
        "scope": connection.scope.as_str(),
        "layout": connection.layout,
        "source": address(&connection.source),
        "secret": connection.secret.as_ref().map(|secret| &secret.0),
        "notify_from": connection.notify_from.to_string(),
        "schedule": schedule(&connection.schedule),
        "next_due": connection.next_due.map(|due| due.to_string()),
    })
}

/// When it runs, in words.
fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Manual => "when asked".to_owned(),
        Schedule::Every { minutes } => format!("every {minutes} minutes"),
        Schedule::Cron(cron) => format!("{} in {}", cron.written(), cron.zone()),
    }
}

/// Where its files are, as one line.
fn address(source: &SourceAddress) -> String {
    let setting = |name| source.setting(name).unwrap_or_default();
    let pattern = source.setting("pattern").unwrap_or("*");
    match source.kind.as_str() {
        "s3" if setting("bucket").is_empty() => format!("hub bucket: {}{pattern}", setting("prefix")),
        "s3" => format!("s3://{}/{}{pattern}", setting("bucket"), setting("prefix")),
        "https" => setting("url").to_owned(),
        kind => {
            let port = source
                .setting("port")
                .map(|port| format!(":{port}"))
                .unwrap_or_default();
            let folder = setting("folder").trim_matches('/');
            format!(
                "{kind}://{}@{}{port}/{folder}/{pattern}",
                setting("user"),
                setting("host")
            )
        }
    }
}
