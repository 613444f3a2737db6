use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Subcommand;
use milepost_model::{AccountId, ConnectionId};
use milepost_runtime::now;
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// Runs of each connection that are looked at: a month of daily ones, a day and a half of hourly ones.
const RUNS: usize = 36;

/// `milepost statuses ...`
#[derive(Debug, Subcommand)]
pub enum Statuses {
    /// Event codes of the latest runs that no table gives a meaning: they count as status UN
    Unknown {
        /// Of whose connections; the shared ones and files given by hand are looked at too
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
}

impl Statuses {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let Self::Unknown { account } = self;
        let reach = Reach::hub(options).await?;
        let store = reach.access().store();
        let connections = milepost_track::connections(&store, &account).await?;
        let mut ids: Vec<ConnectionId> = connections.into_iter().map(|connection| connection.id).collect();
        ids.push(ConnectionId::by_hand());
        let mut unknown = BTreeMap::new();
        for id in ids {
            for run in store.runs(&id, RUNS, now().as_second()).await? {
                for (code, count) in run.unknown_codes {
                    *unknown.entry((id.as_str().to_owned(), code)).or_insert(0_u64) += count;
                }
            }
        }
        if options.json {
            let list = unknown
                .iter()
                .map(|((connection, code), events)| json!({"connection": connection, "code": code, "events": events}));
            say(json!({"unknown": list.collect::<Vec<_>>()}).to_string());
        } else if unknown.is_empty() {
            say("every code of the latest runs has a meaning");
        } else {
            for ((connection, code), events) in &unknown {
                say(format!("{connection}  {code}  {events} events"));
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}
