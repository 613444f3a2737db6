//! The part of a connection file that says how its carrier is asked about one parcel (docs/live-tracking.md).

use std::collections::BTreeMap;
use std::path::Path;

use milepost_carriers::live::{DescribedCarrier, MAX_DESCRIPTION_BYTES, live};
use milepost_carriers::{Form, Need};
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
            (None, Some(path)) => {
                LiveApi::Described(described(file, &path, carrier, &self.settings, self.secret.is_some()).await?)
            }
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

async fn described(
    file: &Path,
    path: &str,
    carrier: &CarrierCode,
    settings: &BTreeMap<String, String>,
    has_secret: bool,
) -> Result<String, Failure> {
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
    match lacks(&described, settings, has_secret) {
        Some(lacks) => Err(lacks.into()),
        None => Ok(text),
    }
}

/// What the description asks of a connection and the connection file does not give. What is in a secret nobody looks at
/// here.
fn lacks(described: &DescribedCarrier, settings: &BTreeMap<String, String>, has_secret: bool) -> Option<String> {
    let needed = |form: Form<'_>, given: &dyn Fn(&str) -> bool| -> Vec<String> {
        let fields = form.fields().iter();
        let missing = fields.filter(|field| field.need == Need::Always && !given(field.name));
        missing
            .map(|field| format!("{} ({})", field.name, field.title))
            .collect()
    };
    let settings = needed(described.settings_form(), &|name| settings.contains_key(name));
    let secret = needed(described.registration_form(), &|_| has_secret);
    if !settings.is_empty() {
        return Some(format!("live.settings: it has no {}", settings.join(", ")));
    }
    let missing = "live.secret: there is none, and the carrier wants";
    (!secret.is_empty()).then(|| format!("{missing} {}", secret.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_description_asks_for_is_missed() {
        let (_, gls) = milepost_carriers::live::bundled_descriptions()[0];
        let setting = "[[settings]]\nname = \"site\"\ntitle = \"Site\"\n\n[login]";
        let described = DescribedCarrier::parse(&gls.replacen("[login]", setting, 1)).unwrap();
        let settings: BTreeMap<String, String> = [("site".to_owned(), "one".to_owned())].into();
        let none = BTreeMap::new();
        assert_eq!(
            lacks(&described, &none, true).as_deref(),
            Some("live.settings: it has no site (Site)")
        );
        let secret = lacks(&described, &settings, false).unwrap();
        assert!(
            secret.starts_with("live.secret: ") && secret.contains("client_id ("),
            "{secret}"
        );
        assert_eq!(lacks(&described, &settings, true), None);
    }
}
