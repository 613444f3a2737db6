//! From a description's text to a carrier, rule by rule.

mod answer;
mod call;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use milepost_model::CarrierCode;

use self::answer::{reading, rules, statuses};
use self::call::{body, fields, headers, login};
use super::template::Template;
use super::written::{self, Description};
use super::{DescribedCarrier, DescriptionError, MAX_DESCRIPTION_BYTES};
use crate::layout::line_of;
use crate::live::address::base;
use crate::live::{Method, Quota, Terms};
use crate::registry::{Need, Standing};

/// Most numbers in one call: FedEx's 30 is the most known, and an answer about 100 fits the limit of an answer.
const MAX_BATCH: usize = 100;

/// Most of any list in a description: fields, rules, headers, shapes, patterns.
const MAX_LIST: usize = 50;

/// Longest period of a quota, in seconds: a month.
const MONTH: u64 = 31 * 86_400;

/// Longest pause between two calls, in milliseconds: a minute.
const MINUTE: u64 = 60_000;

type Checked<T> = Result<T, DescriptionError>;

pub(super) fn description(text: &str) -> Checked<DescribedCarrier> {
    if text.len() > MAX_DESCRIPTION_BYTES {
        return Err(DescriptionError::TooLong {
            bytes: text.len(),
            limit: MAX_DESCRIPTION_BYTES,
        });
    }
    let written: Description = toml::from_str(text).map_err(|error| DescriptionError::Form {
        line: error
            .span()
            .filter(|span| span.start > 0)
            .map(|span| line_of(text, &span)),
        message: error.message().to_owned(),
    })?;
    carrier(&written)
}

fn carrier(written: &Description) -> Checked<DescribedCarrier> {
    let code = CarrierCode::parse(&written.code).map_err(|error| broken("code", error.to_string()))?;
    let registration = fields("registration", &written.registration)?;
    let settings = fields("settings", &written.settings)?;
    let all: BTreeSet<_> = registration.iter().chain(&settings).map(|field| &field.name).collect();
    if all.len() < registration.len() + settings.len() {
        return Err(broken(
            "settings",
            "a name stands once in registration and settings together",
        ));
    }
    let declared = |slot: &str| {
        let (form, name) = match slot.split_once('.')? {
            ("credential", name) => (&registration, name),
            ("setting", name) => (&settings, name),
            _ => return None,
        };
        form.iter()
            .find(|field| field.name == name)
            .map(|field| field.need == Need::Always)
    };
    let template = |field: &str, text: &str| Template::parse(text, &declared).map_err(|rule| broken(field, rule));
    let track = &written.track;
    let path = template("track.path", &track.path)?;
    if !track.path.starts_with('/')
        || track
            .path
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '#')
    {
        return Err(broken(
            "track.path",
            "it begins with a slash, and spaces are written as %20",
        ));
    }
    let body = body(track, &template)?;
    let takes = |wanted: fn(&Template) -> bool| wanted(&path) || body.iter().any(|(_, _, body)| wanted(body));
    if !takes(Template::takes_any) {
        return Err(broken("track", "neither path nor body has {number} or {numbers}"));
    }
    let tells_apart = written.answer.parcels.is_some() && written.answer.number.is_some();
    if track.batch > 1 && !(takes(Template::takes_many) && tells_apart) {
        let rule = "more than 1 needs {numbers} in path or body, and answer.parcels with answer.number to tell the \
                    parcels apart";
        return Err(broken("track.batch", rule));
    }
    let login = login(&written.login, &template)?;
    let headers = headers(&track.headers, &template)?;
    Ok(DescribedCarrier {
        terms: terms(written, &code)?,
        code,
        name: written.name.trim().to_owned(),
        registration,
        settings,
        login,
        method: match track.method {
            written::Method::Get => Method::Get,
            written::Method::Post => Method::Post,
        },
        path,
        headers,
        body,
        rules: rules(&written.problems)?,
        reading: reading(&written.answer)?,
        statuses: statuses(&written.status)?,
    })
}

fn broken(field: &str, rule: impl Into<String>) -> DescriptionError {
    DescriptionError::Field {
        field: field.to_owned(),
        rule: rule.into(),
    }
}

fn terms(written: &Description, code: &CarrierCode) -> Checked<Terms> {
    let url = |field: &str, url: &str| match base(url) {
        Ok(base) => Ok(Cow::Owned(base.to_owned())),
        Err(error) => Err(broken(field, error.to_string())),
    };
    let quota = &written.quota;
    if quota.requests == 0 || !(1..=MONTH).contains(&quota.period_seconds) {
        return Err(broken(
            "quota",
            format!("requests from 1, in a period of 1 to {MONTH} seconds"),
        ));
    }
    if quota.pause_ms > MINUTE {
        return Err(broken("quota.pause_ms", format!("at most {MINUTE}")));
    }
    if !(1..=MAX_BATCH).contains(&written.track.batch) {
        return Err(broken("track.batch", format!("1 to {MAX_BATCH}")));
    }
    if written.name.trim().is_empty() || written.source.trim().is_empty() {
        return Err(broken(
            "name",
            "name and source are not empty: source says what the description was written from",
        ));
    }
    Ok(Terms {
        carrier: Cow::Owned(code.as_str().to_owned()),
        base_url: url("base_url", &written.base_url)?,
        sandbox_url: written
            .sandbox_url
            .as_deref()
            .map(|sandbox| url("sandbox_url", sandbox))
            .transpose()?,
        batch: written.track.batch,
        quota: Quota {
            requests: quota.requests,
            period: Duration::from_secs(quota.period_seconds),
        },
        pause: Duration::from_millis(quota.pause_ms),
        standing: Standing::Documented,
        source: Cow::Owned(written.source.trim().to_owned()),
    })
}

fn few(field: &str, len: usize) -> Checked<()> {
    match len {
        0..=MAX_LIST => Ok(()),
        _ => Err(broken(field, format!("at most {MAX_LIST}"))),
    }
}
