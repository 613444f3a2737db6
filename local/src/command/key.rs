use std::process::ExitCode;

use clap::Subcommand;
use milepost_model::AccountId;
use milepost_runtime::{NewKey, now};
use milepost_store::{ApiKey, KeyScopes, Store};
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// Digits of a hash that name a key.
const SHORTEST_HASH: usize = 8;

/// `milepost key ...`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make an API key and print it, once
    Create {
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
        /// Whose it is
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// The keys of an account, without the keys
    List {
        /// Whose
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// End a key: it stops within a minute
    Revoke {
        /// The first characters of its hash, as `key list` prints them
        hash: String,
        /// Whose it is
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
}

impl Key {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let store = reach.access().store();
        match self {
            Self::Create { label, account } => say(create(&store, account, label).await?),
            Self::List { account } => {
                let keys = store.api_keys(&account).await?;
                if options.json {
                    let list = keys.iter().map(
                        |(hash, key)| json!({"hash": hash.to_hex(), "label": key.label, "created_ms": key.created_ms}),
                    );
                    say(json!({"keys": list.collect::<Vec<_>>()}).to_string());
                } else {
                    for (hash, key) in keys {
                        say(format!("{}  {}", short(&hash.to_hex()), key.label));
                    }
                }
            }
            Self::Revoke { hash, .. } if hash.len() < SHORTEST_HASH => {
                return Err(format!("give at least {SHORTEST_HASH} digits of the hash").into());
            }
            Self::Revoke { hash, account } => {
                let keys = store.api_keys(&account).await?;
                let mut meant = keys.iter().filter(|(key, _)| key.to_hex().starts_with(&hash));
                match (meant.next(), meant.next()) {
                    (Some((key, _)), None) => {
                        store.revoke_api_key(*key).await?;
                        say("revoked");
                    }
                    (None, _) => return Err(format!("the account has no key that begins with {hash}").into()),
                    (Some(_), Some(_)) => return Err(format!("several keys begin with {hash}").into()),
                }
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Makes a key of an account and answers its text.
pub(super) async fn create(store: &Store, account: AccountId, label: String) -> Result<String, Failure> {
    let NewKey { text, hash } = NewKey::generate()?;
    let key = ApiKey {
        account,
        label,
        created_ms: now().as_millisecond(),
        scopes: KeyScopes::ALL,
    };
    store.put_api_key(hash, &key).await?;
    Ok(text)
}
