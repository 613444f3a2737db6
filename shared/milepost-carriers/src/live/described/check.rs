//! From a description's text to a carrier, rule by rule.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use milepost_model::{CarrierCode, DetailCode, FactName, WrittenZone};

use super::read::{EventPaths, Reading};
use super::rule::{Rule, Whose};
use super::shape::Shape;
use super::template::{Place, Template};
use super::written::{self, Description, Paths};
use super::{DescribedCarrier, DescriptionError, MAX_DESCRIPTION_BYTES, OwnField, Signature};
use crate::layout::time::{Clock, Pattern, UNSTATED};
use crate::live::address::base;
use crate::live::json::MAX_STEPS;
use crate::live::oauth::ClientLogin;
use crate::live::{Method, Quota, Terms};
use crate::registry::{FieldKind, Need, Standing};
use crate::zones;

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
        line: error.span().filter(|span| span.start > 0).map(|span| {
            let before = text.as_bytes().get(..span.start).unwrap_or_default();
            before.iter().filter(|byte| **byte == b'\n').count() + 1
        }),
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
    if track.batch > 1 && (!takes(Template::takes_many) || written.answer.number.is_none()) {
        let rule = "more than 1 needs {numbers} in path or body, and answer.number to tell the parcels apart";
        return Err(broken("track.batch", rule));
    }
    let login = login(&written.login, &template)?;
    let headers = headers(&track.headers, &template)?;
    Ok(DescribedCarrier {
        terms: terms(written, &code)?,
        code,
        name: written.name.trim().to_owned(),
        link: link(written.link.as_deref())?,
        numbers: shapes(&written.numbers)?,
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

fn link(link: Option<&str>) -> Checked<Option<String>> {
    match link {
        Some(link) if !link.starts_with("https://") || link.matches("{number}").count() != 1 => {
            Err(broken("link", "it begins with https:// and has {number} once"))
        }
        link => Ok(link.map(str::to_owned)),
    }
}

fn shapes(written: &[String]) -> Checked<Vec<Shape>> {
    few("numbers", written.len())?;
    let rule = "4 to 50 characters: # a digit, @ a letter, * either, capitals, digits and - _ / . themselves";
    let shape = |text: &String| Shape::parse(text).ok_or_else(|| broken("numbers", rule));
    written.iter().map(shape).collect()
}

fn fields(form: &str, written: &[written::FormField]) -> Checked<Vec<OwnField>> {
    few(form, written.len())?;
    let own = |field: &written::FormField| {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if field.name.is_empty() || field.name.len() > MAX_LIST || !field.name.bytes().all(letter) {
            return Err(broken(form, "a name is 1 to 50 lower case letters, digits and _"));
        }
        Ok(OwnField {
            name: field.name.clone(),
            title: field.title.clone(),
            help: field.help.clone(),
            kind: match field.kind {
                written::Kind::Text => FieldKind::Text,
                written::Kind::Secret => FieldKind::SecretRef,
            },
            need: if field.required { Need::Always } else { Need::Never },
        })
    };
    written.iter().map(own).collect()
}

type Parse<'a> = dyn Fn(&str, &str) -> Checked<Template> + 'a;

fn login(written: &written::Login, template: &Parse<'_>) -> Checked<Signature> {
    Ok(match written {
        written::Login::None => Signature::Templates,
        written::Login::Basic { user, password } => Signature::Basic {
            user: template("login.user", user)?,
            password: template("login.password", password)?,
        },
        written::Login::Oauth2 {
            token_url,
            client,
            client_id,
            client_secret,
            scope,
        } => {
            let absolute = token_url.starts_with("https://") && base(token_url).is_ok();
            let relative = token_url.starts_with('/') && !token_url.contains(char::is_whitespace);
            if !absolute && !relative {
                return Err(broken(
                    "login.token_url",
                    "a path that begins with a slash, or an https address",
                ));
            }
            Signature::Token {
                url: token_url.clone(),
                login: match client {
                    written::Client::Header => ClientLogin::Header,
                    written::Client::Form => ClientLogin::Form,
                },
                client_id: template("login.client_id", client_id)?,
                client_secret: template("login.client_secret", client_secret)?,
                scope: scope.clone(),
            }
        }
    })
}

fn headers(written: &BTreeMap<String, String>, template: &Parse<'_>) -> Checked<Vec<(String, Template)>> {
    few("track.headers", written.len())?;
    let header = |(name, value): (&String, &String)| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if name.is_empty() || !name.bytes().all(letter) || value.chars().any(char::is_control) {
            return Err(broken(
                "track.headers",
                "a name of letters, digits and hyphens, a value of one line",
            ));
        }
        Ok((
            name.to_ascii_lowercase(),
            template(&format!("track.headers.{name}"), value)?,
        ))
    };
    written.iter().map(header).collect()
}

fn body(track: &written::Track, template: &Parse<'_>) -> Checked<Option<(String, Place, Template)>> {
    let Some(body) = &track.body else { return Ok(None) };
    if matches!(track.method, written::Method::Get) {
        return Err(broken("track.body", "a GET has none: set method = \"POST\""));
    }
    let place = match track.content_type.split(';').next().map(str::trim) {
        Some(json) if json.ends_with("json") => Place::Json,
        Some("application/x-www-form-urlencoded") => Place::Url,
        _ => Place::Xml,
    };
    Ok(Some((track.content_type.clone(), place, template("track.body", body)?)))
}

fn rules(written: &[written::Problem]) -> Checked<Vec<Rule>> {
    few("problems", written.len())?;
    let rule = |rule: &written::Problem| {
        let words = !rule.is.is_empty() || !rule.contains.is_empty();
        if (words && rule.path.is_none()) || (rule.status.is_empty() && rule.path.is_none()) {
            return Err(broken(
                "problems",
                "a rule gives a status or a path, and a path for is and contains",
            ));
        }
        Ok(Rule {
            of: match rule.of {
                written::Of::Answer => Whose::Answer,
                written::Of::Parcel => Whose::Parcel,
            },
            status: rule.status.clone(),
            path: rule.path.as_deref().map(|at| path("problems.path", at)).transpose()?,
            is: rule.is.clone(),
            contains: rule.contains.clone(),
            means: rule.means,
        })
    };
    written.iter().map(rule).collect()
}

fn reading(written: &written::Answer) -> Checked<Reading> {
    let event = &written.event;
    let of = |field: &str, paths: &Option<Paths>| match paths {
        Some(paths) => several(&format!("answer.event.{field}"), paths),
        None => Ok(Vec::new()),
    };
    let event = EventPaths {
        code: of("event_code", &event.event_code)?,
        detail_code: of("carrier_detail_code", &event.carrier_detail_code)?,
        description: of("description", &event.description)?,
        city: of("city", &event.city)?,
        state: of("state", &event.state)?,
        postal_code: of("postal_code", &event.postal_code)?,
        country: of("country", &event.country)?,
        latitude: of("latitude", &event.latitude)?,
        longitude: of("longitude", &event.longitude)?,
        signer: of("signer", &event.signer)?,
        company: of("company", &event.company)?,
        piece: of("piece", &event.piece)?,
        proof_of_delivery_url: of("proof_of_delivery_url", &event.proof_of_delivery_url)?,
    };
    if event.code.is_empty() && event.description.is_empty() {
        return Err(broken(
            "answer.event",
            "give event_code or description, or no event says anything",
        ));
    }
    let time = &written.time;
    if !(1..=3).contains(&time.paths.len()) {
        return Err(broken("answer.time.paths", "1 to 3 paths, joined by a space"));
    }
    let one = |field: &str, at: &Option<String>| at.as_deref().map(|at| path(field, at)).transpose();
    Ok(Reading {
        parcels: one("answer.parcels", &written.parcels)?,
        number: one("answer.number", &written.number)?,
        events: path("answer.events", &written.events)?,
        newest_first: written.order == written::Order::NewestFirst,
        html: written.html,
        event,
        time: time
            .paths
            .iter()
            .map(|at| path("answer.time.paths", at))
            .collect::<Checked<_>>()?,
        offset: one("answer.time.offset", &time.offset)?,
        clock: clock(time)?,
        facts: facts(&written.facts)?,
    })
}

fn clock(time: &written::Time) -> Checked<Clock> {
    few("answer.time.patterns", time.patterns.len())?;
    let pattern = |text: &String| {
        let unusable = |why: String| broken("answer.time.patterns", format!("{text:?} cannot be used: {why}"));
        Pattern::parse(text).map_err(unusable)
    };
    let zone = match time.zone.as_str() {
        UNSTATED => WrittenZone::Unstated,
        "UTC" => WrittenZone::Utc,
        name => match zones::zone(name) {
            Some(zone) => WrittenZone::Feed(zone.iana_name().unwrap_or(name).into()),
            None => {
                let rule = "\"unstated\", \"UTC\" or an IANA zone such as \"Europe/Madrid\"";
                return Err(broken("answer.time.zone", rule));
            }
        },
    };
    Ok(Clock {
        patterns: time.patterns.iter().map(pattern).collect::<Checked<_>>()?,
        zone,
    })
}

fn facts(written: &BTreeMap<String, Paths>) -> Checked<Vec<(FactName, Vec<String>)>> {
    let fact = |(name, paths): (&String, &Paths)| {
        let field = format!("answer.facts.{name}");
        let known = FactName::from_text(name).filter(|name| *name != FactName::NumberAsWritten);
        let known = known.ok_or_else(|| broken(&field, "no fact has that name"))?;
        Ok((known, several(&field, paths)?))
    };
    written.iter().map(fact).collect()
}

fn statuses(written: &BTreeMap<String, String>) -> Checked<BTreeMap<String, DetailCode>> {
    let status = |(code, detail): (&String, &String)| match DetailCode::from_text(detail) {
        Some(known) => Ok((code.clone(), known)),
        None => Err(broken(
            &format!("status.{code}"),
            format!("{detail:?} is not one of the 75 detail codes, such as DELIVERED"),
        )),
    };
    written.iter().map(status).collect()
}

fn several(field: &str, paths: &Paths) -> Checked<Vec<String>> {
    match paths {
        Paths::One(one) => Ok(vec![path(field, one)?]),
        Paths::Many(many) => {
            few(field, many.len())?;
            many.iter().map(|one| path(field, one)).collect()
        }
    }
}

fn path(field: &str, path: &str) -> Checked<String> {
    let steps = path.split('.').count();
    if path.split('.').any(str::is_empty) || steps > MAX_STEPS {
        return Err(broken(
            field,
            format!("1 to {MAX_STEPS} keys or positions with dots between"),
        ));
    }
    Ok(path.to_owned())
}

fn few(field: &str, len: usize) -> Checked<()> {
    match len {
        0..=MAX_LIST => Ok(()),
        _ => Err(broken(field, format!("at most {MAX_LIST}"))),
    }
}
