//! The part of a connection file that says how its carrier is asked about one parcel (docs/live-tracking.md).

use std::collections::BTreeMap;
use std::path::Path;

use milepost_carriers::live::{DescribedCarrier, MAX_DESCRIPTION_BYTES, live};
use milepost_model::{CarrierCode, LiveAccess, LiveApi, LiveQuota, SecretRef};
use serde::Deserialize;

use crate::command::Failure;
use crate::hub::Access;

/// `[live]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Live {
    /// Where the credentials are: `file:/path` or `ssm:/name`, a JSON object of texts.
    secret: Option<String>,
    /// What the carrier's forms ask for and is no secret.
    #[serde(default)]
    settings: BTreeMap<String, String>,
    /// A sandbox, or a stand-in.
    base_url: Option<String>,
    /// What the carrier has granted.
    quota: Option<Quota>,
    /// A carrier that the hub does not know: the path of its description, beside the connection file.
    description: Option<String>,
    /// A carrier that a Lambda function answers for: its ARN.
    function: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quota {
    requests: u32,
    seconds: u32,
}

impl Live {
    /// Checks what can be checked without asking anybody.
    pub(super) async fn access(self, carrier: &CarrierCode, file: &Path, hub: &Access) -> Result<LiveAccess, Failure> {
        let api = match (self.function, self.description) {
            (Some(_), Some(_)) => return Err("live: a carrier has a function or a description, not both".into()),
            (Some(arn), None) if arn.starts_with("arn:") => LiveApi::Function(arn),
            (Some(_), None) => return Err("live.function: it begins with arn:".into()),
            (None, Some(path)) => LiveApi::Described(described(file, &path, carrier).await?),
            (None, None) if live(carrier).is_some() => LiveApi::Known,
            (None, None) => {
                let missing = "has no API that the hub knows: give live.description or live.function";
                return Err(format!("live: {carrier} {missing}").into());
            }
        };
        let secret = self.secret.map(SecretRef);
        if let Some(secret) = &secret {
            hub.check_secret(secret)
                .map_err(|error| format!("live.secret: {error}"))?;
        }
        if let Some(url) = &self.base_url {
            hub.addresses()
                .check_url(url)
                .map_err(|error| format!("live.base_url: {error}"))?;
        }
        let quota = match self.quota {
            Some(Quota { requests: 0, .. } | Quota { seconds: 0, .. }) => {
                return Err("live.quota: requests and seconds are 1 or more".into());
            }
            Some(Quota { requests, seconds }) => Some(LiveQuota {
                requests,
                seconds,
                pause_ms: 0,
            }),
            None => None,
        };
        Ok(LiveAccess {
            api,
            secret,
            settings: self.settings,
            base_url: self.base_url,
            quota,
        })
    }
}

async fn described(file: &Path, path: &str, carrier: &CarrierCode) -> Result<String, Failure> {
    let path = file.parent().unwrap_or(Path::new(".")).join(path);
    let about = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let length = tokio::fs::metadata(&path).await.map_err(|error| about(&error))?.len();
    if length > MAX_DESCRIPTION_BYTES as u64 {
        return Err(about(&format!("a description has at most {MAX_DESCRIPTION_BYTES} bytes")).into());
    }
    let text = tokio::fs::read_to_string(&path).await.map_err(|error| about(&error))?;
    let described = DescribedCarrier::parse(&text).map_err(|error| about(&error))?;
    if described.code() != carrier {
        return Err(about(&format!(
            "it describes {}, the connection is to {carrier}",
            described.code()
        ))
        .into());
    }
    Ok(text)
}
