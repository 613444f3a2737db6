use std::process::ExitCode;

use clap::Args;
use milepost_carriers::resolve;
use milepost_contract::shipengine::{TimeStyle, TrackingLog};
use milepost_model::{AccountId, CarrierCode, TrackingNumber};
use milepost_runtime::now;
use milepost_track::{Asked, lookup};

use super::{Failure, Options, Reach, say};

/// `milepost track CARRIER NUMBER`
#[derive(Debug, Args)]
pub struct Track {
    /// The carrier's code, such as usps
    carrier: String,
    /// The tracking number
    number: TrackingNumber,
    /// Who asks
    #[arg(long, default_value = "default")]
    account: AccountId,
}

impl Track {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let code = resolve(&self.carrier).map_or_else(|| CarrierCode::parse(&self.carrier), Ok)?;
        let reach = Reach::hub(options).await?;
        let store = reach.access().store();
        let answer = lookup(
            &store,
            None,
            &self.account,
            &Asked::Carrier(code),
            &self.number,
            &[],
            now(),
        )
        .await?;
        let log = TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default());
        if options.json {
            say(serde_json::to_string(&log)?);
        } else {
            timeline(&log);
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The parcel's status, then its events, newest first, each with its local time.
fn timeline(log: &TrackingLog) {
    say(format!(
        "{}  {}  {}",
        log.tracking_number, log.carrier_code, log.status_description
    ));
    if log.events.is_empty() {
        say("  nothing is known of it yet");
    }
    for event in &log.events {
        let place = [&event.city_locality, &event.state_province, &event.country_code];
        let place: Vec<&str> = place
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let at = event.carrier_occurred_at.replace('T', " ");
        say(format!(
            "  {at:<19}  {:<4}  {}  {}",
            event.event_code,
            event.description,
            place.join(", ")
        ));
    }
}
