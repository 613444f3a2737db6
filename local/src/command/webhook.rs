mod listen;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use milepost_contract::deliveries::TestedJson;
use milepost_contract::hub::AttemptJson;
use milepost_model::{
    AccountId, CarrierCode, Endpoint, EndpointFilter, EndpointId, EndpointSecrets, EndpointStyle, Standing, Status,
    Tell,
};
use milepost_runtime::now;
use milepost_webhooks::{NewEndpoint, OVERLAP_HOURS, bearer_text, secret_text};
use serde_json::{Value, json};

use super::{Failure, Options, Reach, say};

/// `milepost webhook ...`
#[derive(Debug, Subcommand)]
pub enum Webhook {
    /// Tell changes to a URL, and print the secret that signs them
    Add(Add),
    /// The endpoints of an account
    List {
        /// Whose
        #[arg(long, default_value = "default")]
        account: AccountId,
    },
    /// Send a signed message of no parcel, and print what came of it
    Test(Named),
    /// Send to an endpoint again that was disabled, or that rests
    Enable(Named),
    /// Give an endpoint a new secret; the old one signs beside it for a day
    Rotate(Named),
    /// Tell a URL nothing more
    Remove(Named),
    /// Receive, verify and print deliveries, here
    Listen(listen::Listen),
}

/// `milepost webhook add`
#[derive(Debug, Args)]
pub struct Add {
    /// Where to POST, by https to a public address; from a hub on this machine also by http, and to loopback
    url: String,
    /// Whose changes
    #[arg(long, default_value = "default")]
    account: AccountId,
    /// In which form: "shipengine" tells of subscriptions, "ship24" of trackers
    #[arg(long, default_value = "shipengine", value_parser = style)]
    style: EndpointStyle,
    /// How much: `status_changes` (usual for shipengine) or `every_event` (usual for ship24)
    #[arg(long, value_parser = tell)]
    tell: Option<Tell>,
    /// Only parcels of these carriers
    #[arg(long = "carrier")]
    carriers: Vec<CarrierCode>,
    /// Only parcels that come to these statuses, as DE or EX
    #[arg(long = "status", value_parser = status)]
    statuses: Vec<Status>,
    /// A header to send along, as "Name: value"
    #[arg(long = "header", value_parser = header)]
    headers: Vec<(String, String)>,
    /// What you call it
    #[arg(long)]
    name: Option<String>,
}

/// An endpoint by its id.
#[derive(Debug, Args)]
pub struct Named {
    /// Its id
    id: String,
    /// Whose it is
    #[arg(long, default_value = "default")]
    account: AccountId,
}

impl Webhook {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let endpoints = reach.access().endpoints().await?;
        let id = |named: &Named| EndpointId(named.id.clone());
        let mut code = ExitCode::SUCCESS;
        match self {
            Self::Add(add) => {
                let (account, new) = add.asked();
                let (endpoint, secrets) = endpoints.add(&account, new, now()).await?;
                say_secret(options, &endpoint, &secrets);
            }
            Self::List { account } => {
                let list = endpoints.list(&account).await?;
                if options.json {
                    let list = list.iter().map(|(endpoint, _)| shown(endpoint));
                    say(json!({"webhooks": list.collect::<Vec<_>>()}).to_string());
                } else {
                    for (endpoint, _) in list {
                        let style = endpoint.style.as_str();
                        say(format!(
                            "{}  {style}  {}{}",
                            endpoint.id.0,
                            endpoint.url,
                            state(&endpoint)
                        ));
                    }
                }
            }
            Self::Test(named) => {
                let (attempt, delivered) = endpoints.test(&named.account, &id(&named), &now).await?;
                let attempt = AttemptJson::of(&attempt);
                if options.json {
                    say(serde_json::to_string(&TestedJson { attempt, delivered })?);
                } else {
                    let status = attempt.status.map(|status| status.to_string()).unwrap_or_default();
                    let outcome = if delivered { "delivered" } else { "not delivered" };
                    say(format!("{outcome}  {status}  {}", attempt.error.unwrap_or_default()));
                }
                if !delivered {
                    code = ExitCode::FAILURE;
                }
            }
            Self::Enable(named) => {
                endpoints.enable(&named.account, &id(&named), now()).await?;
                say("enabled");
            }
            Self::Rotate(named) => {
                let (endpoint, secrets) = endpoints.rotate(&named.account, &id(&named), now()).await?;
                say_secret(options, &endpoint, &secrets);
                if !options.json {
                    say(format!("the old secret signs too for {OVERLAP_HOURS} hours"));
                }
            }
            Self::Remove(named) => {
                endpoints.remove(&named.account, &id(&named)).await?;
                say("removed");
            }
            Self::Listen(listen) => listen.run(options, &endpoints).await?,
        }
        reach.leave().await?;
        Ok(code)
    }
}

impl Add {
    fn asked(self) -> (AccountId, NewEndpoint) {
        let filter = EndpointFilter {
            carriers: self.carriers.into_iter().collect(),
            statuses: self.statuses.into_iter().collect(),
            tell: self.tell.unwrap_or(self.style.usual()),
        };
        let new = NewEndpoint {
            url: self.url,
            name: self.name,
            store_id: None,
            style: self.style,
            filter,
            headers: self.headers,
        };
        (self.account, new)
    }
}

fn say_secret(options: &Options, endpoint: &Endpoint, secrets: &EndpointSecrets) {
    let secret = secret_text(&secrets.signing);
    let bearer = (endpoint.style == EndpointStyle::Ship24).then(|| bearer_text(&secrets.signing));
    if options.json {
        let mut shown = shown(endpoint);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("secret".to_owned(), secret.into());
            shown.insert("bearer".to_owned(), bearer.into());
        }
        say(shown.to_string());
        return;
    }
    say(format!("{}{}\nsecret {secret}", endpoint.id.0, state(endpoint)));
    if let Some(bearer) = bearer {
        say(format!("bearer {bearer}"));
    }
    if !endpoint.standing.is_enabled() {
        let id = &endpoint.id.0;
        say(format!(
            "nothing answered there: start the receiver, then `milepost webhook enable {id}`"
        ));
    }
}

fn shown(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id.0,
        "url": endpoint.url,
        "style": endpoint.style.as_str(),
        "tell": endpoint.filter.tell.as_str(),
        "enabled": endpoint.standing.is_enabled(),
    })
}

fn state(endpoint: &Endpoint) -> String {
    match endpoint.standing {
        Standing::Enabled if endpoint.circuit.is_shut() => "  (does not answer)".to_owned(),
        Standing::Enabled => String::new(),
        Standing::Disabled { why, .. } => format!("  (disabled: {})", why.as_str()),
    }
}

fn style(text: &str) -> Result<EndpointStyle, &'static str> {
    EndpointStyle::from_text(text).ok_or("it is shipengine or ship24")
}

fn tell(text: &str) -> Result<Tell, &'static str> {
    Tell::from_text(text).ok_or("it is status_changes or every_event")
}

fn status(text: &str) -> Result<Status, &'static str> {
    Status::from_code(text).ok_or("it is one of UN AC IT DE EX AT NY SP")
}

fn header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("write it as Name: value")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
