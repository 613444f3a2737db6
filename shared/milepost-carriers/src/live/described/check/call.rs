//! How a carrier is asked: the forms, the login, headers and body.

use std::collections::BTreeMap;

use super::{Checked, broken, few};
use crate::live::address::base;
use crate::live::described::template::{Place, Template};
use crate::live::described::{OwnField, Signature, written};
use crate::live::oauth::ClientLogin;
use crate::registry::{FieldKind, Need};

/// Longest name of a field, in letters.
const NAME: usize = 50;

pub(super) fn fields(form: &str, written: &[written::FormField]) -> Checked<Vec<OwnField>> {
    few(form, written.len())?;
    let own = |field: &written::FormField| {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if field.name.is_empty() || field.name.len() > NAME || !field.name.bytes().all(letter) {
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

/// Reads a template of a field.
pub(super) type Parse<'a> = dyn Fn(&str, &str) -> Checked<Template> + 'a;

pub(super) fn login(written: &written::Login, template: &Parse<'_>) -> Checked<Signature> {
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

pub(super) fn headers(written: &BTreeMap<String, String>, template: &Parse<'_>) -> Checked<Vec<(String, Template)>> {
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

pub(super) fn body(track: &written::Track, template: &Parse<'_>) -> Checked<Option<(String, Place, Template)>> {
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
