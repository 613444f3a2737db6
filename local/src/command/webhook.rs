use std::process::ExitCode;

use clap::Subcommand;
use milepost_model::{AccountId, Endpoint, EndpointId};
use milepost_runtime::now;
use milepost_webhooks::secret_text;
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// `milepost webhook ...`
#[derive(Debug, Subcommand)]
pub enum Webhook {
    /// Tell changes to a URL, and print the secret that signs them
    Add {
        /// Where to POST, by https to a public address; from a hub on this machine also by http, and to loopback
        url: String,
        /// Whose changes
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// The endpoints of an account
    List {
        /// Whose
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// Tell a URL nothing more
    Remove {
        /// Its id
        id: String,
        /// Whose it is
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
}

impl Webhook {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let store = reach.access().store_with_secrets().await?;
        match self {
            Self::Add { url, account } => {
                reach.access().addresses().check_url(&url)?;
                let mut secret = vec![0; SECRET_BYTES];
                getrandom::fill(&mut secret)?;
                let number = store.next_number(&account, "webhook").await?;
                let id = EndpointId(format!("se-{number}"));
                let shown = secret_text(&secret);
                let endpoint = Endpoint {
                    id: id.clone(),
                    account,
                    url,
                    secret,
                    created: now(),
                    enabled: true,
                };
                store.put_endpoint(&endpoint).await?;
                if options.json {
                    say(json!({"id": id.0, "secret": shown}).to_string());
                } else {
                    say(format!("{}\nsecret {shown}", id.0));
                }
            }
            Self::List { account } => {
                let endpoints = store.endpoints(&account).await?;
                if options.json {
                    let list = endpoints
                        .iter()
                        .map(|e| json!({"id": e.id.0, "url": e.url, "enabled": e.enabled}));
                    say(json!({"webhooks": list.collect::<Vec<_>>()}).to_string());
                } else {
                    for endpoint in endpoints {
                        let state = if endpoint.enabled { "" } else { "  (disabled)" };
                        say(format!("{}  {}{state}", endpoint.id.0, endpoint.url));
                    }
                }
            }
            Self::Remove { id, account } => {
                if !store.remove_endpoint(&account, &EndpointId(id.clone())).await? {
                    return Err(format!("the account has no webhook {id}").into());
                }
                say("removed");
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}
