//! An output of `ImportTrackingEvents` as JSON Lines. It has up to six megabytes, so its items are rewritten one by one
//! and never stand in memory as values all together.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{ImportPage, malformed};
use crate::live::LiveProblem;

/// Reads an output in any of its forms.
pub(super) fn read(output: &[u8]) -> Result<ImportPage, LiveProblem> {
    match serde_json::from_slice::<Form>(output) {
        Ok(Form::Page(page)) => Ok(page),
        // A function that answers a text: AWS Lambda wraps it into a JSON string.
        Ok(Form::Text(text)) if text.trim().is_empty() => Ok(ImportPage {
            lines: Vec::new(),
            next: None,
        }),
        Ok(Form::Text(text)) => lines(text.as_bytes()).ok_or_else(|| malformed("the text is no JSON Lines")),
        Ok(Form::Bare) => Err(malformed("no list of events")),
        Ok(Form::BadCursor) => Err(malformed("next is neither a text nor a number")),
        // JSON of another shape is no text of lines.
        Err(error) if error.is_data() => Err(malformed("neither a list of items nor a page of them")),
        Err(error) => lines(output).ok_or_else(|| {
            let (line, column) = (error.line(), error.column());
            malformed(&format!("no JSON at line {line} column {column}, and no JSON Lines"))
        }),
    }
}

/// A text of which some line is an object of JSON; the others are rejects.
fn lines(text: &[u8]) -> Option<ImportPage> {
    let is_item =
        |line: &[u8]| line.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok();
    text.split(|byte| *byte == b'\n').any(is_item).then(|| ImportPage {
        lines: text.to_vec(),
        next: None,
    })
}

enum Form {
    Page(ImportPage),
    Text(String),
    /// An object that is neither a page nor an item.
    Bare,
    /// A page whose `next` asks for nothing that can be asked for. Were it taken for the last page, the rest would be
    /// lost without a word.
    BadCursor,
}

impl<'de> serde::Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormVisitor)
    }
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of items, an object with events, or JSON Lines")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Form, A::Error> {
        let lines = Lines.visit_seq(items)?;
        Ok(Form::Page(ImportPage { lines, next: None }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut page: A) -> Result<Form, A::Error> {
        let (mut events, mut others) = (None, Map::new());
        while let Some(name) = page.next_key::<String>()? {
            if name == "events" {
                events = Some(page.next_value_seed(Lines)?);
            } else {
                others.insert(name, page.next_value()?);
            }
        }
        Ok(match events {
            Some(lines) => match cursor(others.get("next")) {
                Some(next) => Form::Page(ImportPage { lines, next }),
                None => Form::BadCursor,
            },
            // One line of JSON Lines is an object too.
            None if others.contains_key("tracking_info") => Form::Page(ImportPage {
                lines: format!("{}\n", Value::Object(others)).into_bytes(),
                next: None,
            }),
            None => Form::Bare,
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Form, E> {
        Ok(Form::Text(text.to_owned()))
    }
}

/// What asks for the next page: a text, or a number, which is written as it stands; nothing behind the last page. `None`
/// for what is none of these.
fn cursor(next: Option<&Value>) -> Option<Option<String>> {
    match next {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some((!text.is_empty()).then(|| text.clone())),
        Some(Value::Number(number)) => Some(Some(number.to_string())),
        Some(_) => None,
    }
}

/// A list whose members become lines.
struct Lines;

impl<'de> DeserializeSeed<'de> for Lines {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Lines {
    type Value = Vec<u8>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<u8>, A::Error> {
        let mut lines = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            // Writing JSON to memory cannot fail.
            if serde_json::to_writer(&mut lines, &item).is_ok() {
                lines.push(b'\n');
            }
        }
        Ok(lines)
    }
}
