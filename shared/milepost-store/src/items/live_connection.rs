//! How a connection asks its carrier, as attributes of the connection's item: operators look here.

use std::collections::{BTreeMap, HashMap};

use milepost_model::{LiveAccess, LiveApi, LiveQuota, SecretRef};

use super::{Fields, Fill, Item, Unreadable, Value, number, text};

pub(crate) fn with_live(item: Item, live: Option<&LiveAccess>) -> Item {
    let Some(live) = live else { return item };
    let item = match &live.api {
        LiveApi::Known => item.with("live", text("known")),
        LiveApi::Described(described) => item
            .with("live", text("described"))
            .with("live_description", text(described)),
        LiveApi::Function(arn) => item.with("live", text("function")).with("live_function", text(arn)),
    };
    let item = item
        .with_some("live_secret_ref", live.secret.as_ref().map(|secret| text(&secret.0)))
        .with_some("live_base_url", live.base_url.as_ref().map(text));
    let item = match live.quota {
        None => item,
        Some(quota) => item
            .with("live_requests", number(quota.requests))
            .with("live_seconds", number(quota.seconds)),
    };
    if live.settings.is_empty() {
        return item;
    }
    let settings = live.settings.iter();
    let settings: HashMap<String, Value> = settings.map(|(name, value)| (name.clone(), text(value))).collect();
    item.with("live_settings", Value::M(settings))
}

pub(crate) fn live(fields: Fields<'_>) -> Result<Option<LiveAccess>, Unreadable> {
    let owned = |name| fields.text(name).map(ToOwned::to_owned);
    let api = match fields.some_text("live")? {
        None => return Ok(None),
        Some("known") => LiveApi::Known,
        Some("described") => LiveApi::Described(owned("live_description")?),
        Some("function") => LiveApi::Function(owned("live_function")?),
        Some(_) => return Err(fields.damaged("live")),
    };
    let quota = match fields.some_number("live_requests")? {
        None => None,
        Some(requests) => Some(LiveQuota {
            requests,
            seconds: fields.number("live_seconds")?,
            // What a carrier grants by name has no other rule beside it.
            pause_ms: 0,
        }),
    };
    let secret = fields.some_text("live_secret_ref")?;
    Ok(Some(LiveAccess {
        api,
        secret: secret.map(|reference| SecretRef(reference.to_owned())),
        settings: settings(fields)?,
        base_url: fields.some_text("live_base_url")?.map(ToOwned::to_owned),
        quota,
    }))
}

fn settings(fields: Fields<'_>) -> Result<BTreeMap<String, String>, Unreadable> {
    let Some(settings) = fields.some_map("live_settings")? else {
        return Ok(BTreeMap::new());
    };
    let setting = |(name, value): (&String, &Value)| Some((name.clone(), value.as_s().ok()?.clone()));
    let settings: Option<_> = settings.iter().map(setting).collect();
    settings.ok_or_else(|| fields.damaged("live_settings"))
}
