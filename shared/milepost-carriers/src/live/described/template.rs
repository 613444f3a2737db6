//! Texts with slots in braces, filled for a call.

use crate::live::address::encoded;
use crate::live::{Access, Asked, CallError};

/// A text with slots.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

#[derive(Debug, Clone, PartialEq)]
enum Slot {
    Number,
    Numbers,
    PostalCode,
    Country,
    OriginCountry,
    ShipDate,
    CallId,
    /// A value of the connection's.
    Value {
        name: String,
        needed: bool,
    },
}

/// Where the text goes, and so how what fills a slot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A path, a query or a form.
    Url,
    /// Inside a JSON string; `{numbers}` is a list and stands outside of one.
    Json,
    /// XML, or any other text with such escapes.
    Xml,
    /// A header, or a login.
    Verbatim,
}

/// What fills the slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill<'a> {
    pub(super) asked: &'a [Asked],
    pub(super) access: &'a Access<'a>,
}

impl Template {
    /// Reads a template. `declared` says of a name, `credential.x` or `setting.x`, whether it must be filled in.
    pub(super) fn parse(text: &str, declared: &dyn Fn(&str) -> Option<bool>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            pieces.push(Piece::Text(before.to_owned()));
            let name = after.split_once('}').filter(|(name, _)| is_name(name));
            rest = match name {
                Some((name, after)) => {
                    pieces.push(Piece::Slot(slot(name, declared)?));
                    after
                }
                // A brace of the text's own, as in JSON.
                None => {
                    pieces.push(Piece::Text("{".to_owned()));
                    after
                }
            };
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// Whether it asks for several numbers.
    pub(super) fn takes_many(&self) -> bool {
        self.0.contains(&Piece::Slot(Slot::Numbers))
    }

    /// Whether it asks for a number at all.
    pub(super) fn takes_any(&self) -> bool {
        self.takes_many() || self.0.contains(&Piece::Slot(Slot::Number))
    }

    /// The text.
    pub(super) fn fill(&self, fill: &Fill<'_>, place: Place) -> Result<String, CallError> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(own) => text.push_str(own),
                Piece::Slot(Slot::Numbers) => text.push_str(&numbers(fill.asked, place)),
                Piece::Slot(slot) => text.push_str(&written(&value(slot, fill)?, place)),
            }
        }
        Ok(text)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
}

fn slot(name: &str, declared: &dyn Fn(&str) -> Option<bool>) -> Result<Slot, String> {
    Ok(match name {
        "number" => Slot::Number,
        "numbers" => Slot::Numbers,
        "postal_code" => Slot::PostalCode,
        "country" => Slot::Country,
        "origin_country" => Slot::OriginCountry,
        "ship_date" => Slot::ShipDate,
        "call_id" => Slot::CallId,
        _ => {
            let needed = declared(name).ok_or_else(|| {
                format!("{{{name}}} is no slot: declare it under registration or settings, or see the list of slots")
            })?;
            let name = name.split_once('.').map_or(name, |(_, name)| name).to_owned();
            Slot::Value { name, needed }
        }
    })
}

fn value(slot: &Slot, fill: &Fill<'_>) -> Result<String, CallError> {
    let first = fill.asked.first();
    let of = |get: fn(&Asked) -> Option<&str>| first.and_then(get).unwrap_or_default().to_owned();
    Ok(match slot {
        Slot::Number | Slot::Numbers => of(|asked| Some(asked.number.as_str())),
        Slot::PostalCode => of(|asked| asked.destination_postal_code.as_deref()),
        Slot::Country => of(|asked| asked.destination_country.as_deref()),
        Slot::OriginCountry => of(|asked| asked.origin_country.as_deref()),
        Slot::ShipDate => first
            .and_then(|asked| asked.ship_date)
            .map_or_else(String::new, |day| day.to_string()),
        Slot::CallId => fill.access.call_id.to_owned(),
        Slot::Value { name, needed } => match fill.access.credentials.get(name) {
            Ok(value) => value.to_owned(),
            Err(_) if !needed => String::new(),
            Err(missing) => return Err(missing),
        },
    })
}

fn numbers(asked: &[Asked], place: Place) -> String {
    let each = |asked: &Asked| written(asked.number.as_str(), place);
    let texts: Vec<_> = asked.iter().map(each).collect();
    match place {
        Place::Json => format!("[\"{}\"]", texts.join("\",\"")),
        Place::Url | Place::Xml | Place::Verbatim => texts.join(","),
    }
}

fn written(value: &str, place: Place) -> String {
    match place {
        Place::Url => encoded(value),
        Place::Verbatim => value.to_owned(),
        Place::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            inside.unwrap_or_default().to_owned()
        }
        Place::Xml => {
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            escaped.replace('"', "&quot;").replace('\'', "&apos;")
        }
    }
}

#[cfg(test)]
mod tests {
    use milepost_model::TrackingNumber;

    use super::*;
    use crate::live::Credentials;

    #[track_caller]
    fn check(text: &str, place: Place, expect: &str) {
        let declared = |name: &str| match name {
            "credential.key" => Some(true),
            "setting.lang" => Some(false),
            _ => None,
        };
        let template = Template::parse(text, &declared).unwrap();
        let asked: Vec<_> = ["AB/1234", "CD5678"]
            .into_iter()
            .map(|number| Asked::from(TrackingNumber::parse(number).unwrap()))
            .collect();
        let credentials = Credentials::new([("key", "k\"<&")]);
        let access = Access {
            base_url: "https://a",
            credentials: &credentials,
            token: None,
            call_id: "c-1",
        };
        let fill = Fill {
            asked: &asked,
            access: &access,
        };
        assert_eq!(template.fill(&fill, place).unwrap(), expect);
    }

    #[test]
    fn slots() {
        check(
            "/t/{number}?k={credential.key}&l={setting.lang}",
            Place::Url,
            "/t/AB%2F1234?k=k%22%3C%26&l=",
        );
        check("/t/{numbers}", Place::Url, "/t/AB%2F1234,CD5678");
        check(
            r#"{"n": {numbers}, "k": "{credential.key}"}"#,
            Place::Json,
            r#"{"n": ["AB/1234","CD5678"], "k": "k\"<&"}"#,
        );
        check(
            "<n>{number}</n><k>{credential.key}</k>",
            Place::Xml,
            "<n>AB/1234</n><k>k&quot;&lt;&amp;</k>",
        );
        check("{call_id}{postal_code}{ship_date}", Place::Verbatim, "c-1");
        check("{}{A}{ x }{", Place::Verbatim, "{}{A}{ x }{");
    }

    #[test]
    fn what_is_no_slot() {
        let none = |_: &str| None;
        for bad in ["{nubmer}", "{credential.key}", "{setting.x}"] {
            assert!(Template::parse(bad, &none).is_err(), "{bad}");
        }
    }
}
