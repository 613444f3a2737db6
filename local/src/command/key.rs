use std::process::ExitCode;

use clap::Subcommand;
use milepost_model::{AccountId, KeyScope};
use milepost_runtime::{NewKey, now};
use milepost_store::{ApiKey, KeyScopes, KnownKey, Store};
use serde_json::json;

use super::account::written;
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
        /// What it may do: read (where parcels are), write (follow them), admin (webhooks, deliveries, imports);
        /// everything unless given
        #[arg(long, value_delimiter = ',', value_name = "SCOPE")]
        scope: Vec<KeyScope>,
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
            Self::Create { label, account, scope } => {
                if !store.has_account(&account).await? {
                    return Err(format!("there is no account {account}: milepost account add {account}").into());
                }
                let scopes = if scope.is_empty() {
                    KeyScopes::ALL
                } else {
                    KeyScopes::of(&scope)
                };
                say(create(&store, account, label, scopes).await?);
            }
            Self::List { account } => {
                let keys = store.api_keys(&account).await?;
                if options.json {
                    let list = keys.iter().map(|known| {
                        json!({
                            "hash": known.hash.to_hex(),
                            "label": known.key.label,
                            "scopes": scopes(known),
                            "created_ms": known.key.created_ms,
                            "last_used": known.last_used_ms.and_then(written),
                        })
                    });
                    say(json!({"keys": list.collect::<Vec<_>>()}).to_string());
                } else {
                    for known in &keys {
                        let used = known.last_used_ms.and_then(written);
                        say(format!(
                            "{}  {}  {}  {}",
                            short(&known.hash.to_hex()),
                            scopes(known).join(","),
                            used.map_or("never used".to_owned(), |used| format!("used {used}")),
                            known.key.label
                        ));
                    }
                }
            }
            Self::Revoke { hash, .. } if hash.len() < SHORTEST_HASH => {
                return Err(format!("give at least {SHORTEST_HASH} digits of the hash").into());
            }
            Self::Revoke { hash, account } => {
                let keys = store.api_keys(&account).await?;
                let mut meant = keys.iter().filter(|known| known.hash.to_hex().starts_with(&hash));
                match (meant.next(), meant.next()) {
                    (Some(known), None) => {
                        store.revoke_api_key(known.hash).await?;
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

fn scopes(known: &KnownKey) -> Vec<&'static str> {
    let all = KeyScope::ALL.into_iter().filter(|scope| known.key.scopes.has(*scope));
    all.map(KeyScope::as_str).collect()
}

/// Makes a key of an account and answers its text.
pub(super) async fn create(
    store: &Store,
    account: AccountId,
    label: String,
    scopes: KeyScopes,
) -> Result<String, Failure> {
    let NewKey { text, hash } = NewKey::generate()?;
    let key = ApiKey {
        account,
        label,
        created_ms: now().as_millisecond(),
        scopes,
    };
    store.put_api_key(hash, &key).await?;
    Ok(text)
}
