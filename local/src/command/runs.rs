use std::process::ExitCode;

use clap::Args;
use milepost_contract::hub::RunReportJson;
use milepost_model::ConnectionId;
use milepost_runtime::now;
use serde_json::json;

use super::import::summary;
use super::{Failure, Options, Reach, say};

/// `milepost runs`
#[derive(Debug, Args)]
pub struct Runs {
    /// Of this connection; files given by hand run as "by-hand"
    #[arg(default_value = "by-hand")]
    connection: ConnectionId,
    /// How many, newest first
    #[arg(long, default_value_t = 10)]
    limit: usize,
}

impl Runs {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let runs = reach
            .access()
            .store()
            .runs(&self.connection, self.limit, now().as_second())
            .await?;
        if options.json {
            let list: Vec<RunReportJson> = runs.iter().map(RunReportJson::of).collect();
            say(json!({"runs": list}).to_string());
        } else {
            for run in &runs {
                say(format!("{}  {}", run.started, run.files.join(" ")));
                say(summary(run));
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}
