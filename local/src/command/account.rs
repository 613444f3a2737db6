use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use milepost_model::AccountId;
use milepost_runtime::now;
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// `milepost account ...`
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add an account: who has its keys sees its parcels, webhooks and connections, and nobody else's
    Add {
        /// Its name
        name: AccountId,
    },
    /// The accounts there are
    List,
}

impl Account {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let store = reach.access().store();
        match self {
            Self::Add { name } => {
                if name == AccountId::default_account() || !store.add_account(&name, now().as_millisecond()).await? {
                    return Err(format!("there is an account {name} already").into());
                }
                say(if options.json {
                    json!({"account": name.as_str()}).to_string()
                } else {
                    format!("{name} is an account; a key of it: milepost key create --account {name}")
                });
            }
            Self::List => {
                let added = store.accounts().await?;
                let default = AccountId::default_account();
                if options.json {
                    let first = json!({"account": default.as_str(), "created": null});
                    let others = added.iter().map(
                        |(account, created_ms)| json!({"account": account.as_str(), "created": written(*created_ms)}),
                    );
                    let accounts: Vec<_> = std::iter::once(first).chain(others).collect();
                    say(json!({ "accounts": accounts }).to_string());
                } else {
                    say(default.as_str());
                    for (account, created_ms) in &added {
                        say(format!("{account}  {}", written(*created_ms).unwrap_or_default()));
                    }
                }
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An instant in Unix milliseconds, to the second.
pub(super) fn written(milliseconds: i64) -> Option<String> {
    let at = Timestamp::from_second(milliseconds.div_euclid(1_000)).ok()?;
    Some(at.to_string())
}
