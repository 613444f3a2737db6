use std::process::ExitCode;

use clap::Args;
use milepost_carriers::resolve;
use milepost_model::{CarrierCode, Retention, TrackingNumber};
use milepost_runtime::now;
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// `milepost forget CARRIER NUMBER`
#[derive(Debug, Args)]
pub struct Forget {
    /// Its carrier: usps
    carrier: String,
    /// Its tracking number
    number: String,
    /// Days for which files do not bring it back: as long as the hub keeps events
    #[arg(long, default_value_t = Retention::default().days)]
    days: u16,
}

impl Forget {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let carrier = resolve(&self.carrier).map_or_else(|| CarrierCode::parse(&self.carrier), Ok)?;
        let number = TrackingNumber::parse(&self.number)?;
        let reach = Reach::hub(options).await?;
        let until = now().as_second() + i64::from(self.days) * 86_400;
        let erased = reach.access().store().forget(&carrier, &number, until).await?;
        reach.leave().await?;
        say(if options.json {
            json!({"erased": erased}).to_string()
        } else {
            format!(
                "{erased} items erased; no file brings the parcel back for {} days",
                self.days
            )
        });
        Ok(ExitCode::SUCCESS)
    }
}
