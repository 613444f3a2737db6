use std::process::ExitCode;

use clap::Subcommand;
use milepost_carriers::{Carrier, Standing, Support, carrier, known_carriers, resolve};
use serde_json::{Value, json};

use super::{Failure, Options, say};

/// `milepost carriers ...`
#[derive(Debug, Subcommand)]
pub enum Carriers {
    /// Every carrier of the list, and what the hub can do for it
    List,
    /// One carrier: its codes in other APIs, and what a connection to it needs
    Show {
        /// Its code, or an alias
        code: String,
    },
}

impl Carriers {
    pub(super) fn run(&self, options: &Options) -> Result<ExitCode, Failure> {
        match self {
            Self::List if options.json => {
                let carriers: Vec<Value> = known_carriers().iter().map(in_short).collect();
                say(json!({"carriers": carriers}).to_string());
            }
            Self::List => {
                for carrier in known_carriers() {
                    say(format!("{:<32}{:<40}{}", carrier.code, carrier.name, support(carrier)));
                }
            }
            Self::Show { code } => {
                let known = resolve(code).and_then(|code| carrier(&code));
                let known = known.ok_or_else(|| format!("there is no carrier {code}: `milepost carriers list`"))?;
                let mut shown = in_short(known);
                if let Value::Object(fields) = &mut shown {
                    let form = known.registration_form();
                    fields.insert("registration_schema".to_owned(), form.json_schema());
                    let form = known.settings_form();
                    fields.insert("settings_schema".to_owned(), form.json_schema());
                }
                say(serde_json::to_string_pretty(&shown)?);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn in_short(carrier: &Carrier) -> Value {
    let Support {
        track,
        files,
        detection,
    } = carrier.support;
    let codes = carrier.codes;
    json!({
        "code": carrier.code,
        "name": carrier.name,
        "aliases": carrier.aliases,
        "country": carrier.country,
        "ship24": carrier.ship24,
        "track": track.map(standing),
        "files": files.map(standing),
        "detection": detection.map(standing),
        "event_codes": codes.map(|codes| codes.listed),
        "event_codes_source": codes.map(|codes| codes.source),
    })
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "verified",
        Standing::Documented => "documented",
    }
}

fn support(carrier: &Carrier) -> String {
    let Support {
        track,
        files,
        detection,
    } = carrier.support;
    let supported = [
        ("track", track.is_some()),
        ("files", files.is_some()),
        ("detection", detection.is_some()),
    ];
    let mut told: Vec<String> = supported
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| name.to_owned())
        .collect();
    told.extend(carrier.codes.map(|codes| format!("{} event codes", codes.listed)));
    told.join(", ")
}
