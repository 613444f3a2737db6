use std::process::ExitCode;

use clap::Args;
use milepost_carriers::{CheckDigit, Detected, carrier, detect};
use milepost_contract::hub::DetectedJson;
use milepost_model::CarrierCode;

use super::{Failure, Options, say};

/// `milepost detect NUMBER`
#[derive(Debug, Args)]
pub struct Detect {
    /// The tracking number, as somebody wrote it
    number: String,
}

impl Detect {
    pub(super) fn run(&self, options: &Options) -> Result<ExitCode, Failure> {
        let found = detect(&self.number);
        if options.json {
            say(serde_json::to_string(&DetectedJson::of(&self.number))?);
        } else if found.is_empty() {
            say("no known carrier has numbers like that");
        } else {
            found.iter().map(to_text).for_each(say);
        }
        Ok(if found.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

fn to_text(found: &Detected) -> String {
    let check = match found.check {
        CheckDigit::Passed(rule) => format!("check digit is right ({rule})"),
        CheckDigit::Failed(rule) => format!("check digit is wrong ({rule})"),
        CheckDigit::Absent => "no check digit".to_owned(),
    };
    let tied = if found.tied { "  tied" } else { "" };
    let partner = found.partner.as_ref().map(|code| format!("  with {}", name(code)));
    format!(
        "{:.2}  {:<20} {}, {check}{tied}{}",
        found.confidence,
        name(&found.carrier),
        found.format,
        partner.unwrap_or_default()
    )
}

/// A carrier's code, with its name where it is of the list.
fn name(code: &CarrierCode) -> String {
    match carrier(code) {
        Some(known) => format!("{code} ({})", known.name),
        None => code.to_string(),
    }
}
