use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use indicatif::ProgressBar;
use milepost_contract::shipengine::TrackingLog;
use milepost_model::{AccountId, CarrierCode, Scope};
use milepost_runtime::now;
use milepost_store::{KeyHash, KeyScopes};
use milepost_track::{Asked, Connections, start};
use tokio::net::TcpListener;

use super::import::{Given, import_file, summary};
use super::{Failure, Options, Target, key, say};
use crate::hub::{self, Hub};

/// `milepost up`
#[derive(Debug, Args)]
pub struct Up {
    /// Where to serve the HTTP API
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A name by which the API is reached too, besides addresses and localhost; can be given several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// How many requests each key may make in a minute, as a deployed hub limits them (200 unless set); 0 is no limit
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    requests_per_minute: u32,
    /// Begin an empty hub without the sample
    #[arg(long)]
    empty: bool,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            host: Vec::new(),
            requests_per_minute: 0,
            empty: false,
        }
    }
}

impl Up {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        if options.target == Target::Aws {
            return Err("a hub starts on this machine only; docs/deploying.md tells how to deploy one".into());
        }
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            format!(
                "{} cannot be served: {error}; another address: milepost up --listen 127.0.0.1:0",
                self.listen
            )
        })?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut hub = Hub::open_limited(&options.data, &url, self.requests_per_minute).await?;
        let (api_key, new) = api_key(&hub).await?;
        hub.serve_as(listener, self.host)?;
        if new && !self.empty {
            load_sample(&hub).await?;
        }
        greet(&hub, &url, &api_key).await?;
        tokio::signal::ctrl_c().await?;
        hub.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// The key that the hub prints, and whether the hub is a new one. A kept key that was revoked is replaced.
async fn api_key(hub: &Hub) -> Result<(String, bool), Failure> {
    let store = hub.access().store();
    let kept = hub.folder().default_key();
    if let Some(kept) = &kept
        && store.api_key(KeyHash::of(kept)).await?.is_some()
    {
        return Ok((kept.clone(), false));
    }
    let made = key::create(
        &store,
        AccountId::default_account(),
        "printed by milepost up".to_owned(),
        KeyScopes::ALL,
    )
    .await?;
    hub.folder().keep_default_key(&made)?;
    Ok((made, kept.is_none()))
}

/// The sample goes the way of every file: bucket, queue, run-import, table, stream.
async fn load_sample(hub: &Hub) -> Result<(), Failure> {
    let today = jiff::tz::Offset::UTC.to_datetime(now()).date();
    let path = hub.folder().path().join(hub::SAMPLE_NAME);
    tokio::fs::write(&path, hub::dated_sample(today)).await?;
    let carrier = CarrierCode::parse(hub::SAMPLE_CARRIER)?;
    let account = AccountId::default_account();
    let given = Given {
        name: hub::SAMPLE_LAYOUT.to_owned(),
        text: None,
        carrier: carrier.clone(),
        scope: Scope::Account(account.clone()),
        quiet: false,
    };
    let report = import_file(hub.access(), &path, given, &ProgressBar::hidden()).await?;
    say(format!(
        "A sample carrier file, {}:\n{}\n",
        path.display(),
        summary(&report)
    ));
    if let Some(number) = hub::followed_number() {
        start(
            &Connections::new(hub.access().store()),
            &account,
            &Asked::Carrier(carrier),
            &number,
            now(),
        )
        .await?;
    }
    Ok(())
}

/// What to try, with what it answers now.
async fn greet(hub: &Hub, url: &str, api_key: &str) -> Result<(), Failure> {
    say(format!(
        "Milepost is up.\n\n  API      {url}\n  API key  {api_key}\n  data     {}\n",
        hub.folder().path().display()
    ));
    let numbers = hub::sample_numbers();
    let (Some(first), Some(second)) = (numbers.first(), numbers.get(1)) else {
        return Ok(());
    };
    for (what, number) in [
        ("A parcel's timeline:", first.as_str()),
        ("One that is under way:", second.as_str()),
    ] {
        say(what);
        say(format!(
            "  curl -H 'API-Key: {api_key}' '{url}/v1/tracking?carrier_code={}&tracking_number={number}'",
            hub::SAMPLE_CARRIER
        ));
        for line in answer(hub, api_key, number).await? {
            say(format!("    {line}"));
        }
    }
    say("Follow one, and be told of its changes (204; see `milepost webhook add`):");
    say(format!(
        "  curl -i -X POST -H 'API-Key: {api_key}' '{url}/v1/tracking/start?carrier_code={}&tracking_number={first}'",
        hub::SAMPLE_CARRIER
    ));
    say(format!(
        "\nA file of your own, beside the running hub:\n  cargo run -p milepost -- import FILE --layout {} --carrier {}\n\nCtrl-C stops it.",
        hub::SAMPLE_LAYOUT,
        hub::SAMPLE_CARRIER
    ));
    Ok(())
}

/// The gist of what the API answers of a parcel: asked of the running API itself, so that it is what curl will see.
async fn answer(hub: &Hub, api_key: &str, number: &str) -> Result<Vec<String>, Failure> {
    let log: TrackingLog = serde_json::from_str(&hub.get_tracking(api_key, hub::SAMPLE_CARRIER, number).await?)?;
    let mut lines = vec![format!(
        "{} {}, {} events",
        log.status_code,
        log.status_description,
        log.events.len()
    )];
    lines.extend(log.events.iter().map(|event| {
        let place = format!("{} {}", event.city_locality, event.state_province);
        format!(
            "{}  {:<2}  {}  {}",
            event.occurred_at,
            event.event_code,
            event.description,
            place.trim()
        )
    }));
    Ok(lines)
}
