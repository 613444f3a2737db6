//! A JSON value where one text is expected.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON value as a text: systems write weights, counts and even codes now as a number and now as a string.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// A string, a whole number as written, `true` or `false`.
    Text(Cow<'a, str>),
    /// A number with a fraction, or one too long to be kept whole.
    Decimal(String),
    /// An array or object: no text.
    Nested,
}

impl Scalar<'_> {
    /// The text, trimmed. `None` when there is none in it.
    pub(super) fn text(&self) -> Option<&str> {
        let text = match self {
            Self::Text(text) => text.as_ref(),
            Self::Decimal(text) => text,
            Self::Absent | Self::Nested => return None,
        };
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    /// Whether its digits may not be those that were written: a tracking number as a JSON number of 22 digits.
    pub(super) fn is_rounded(&self) -> bool {
        matches!(self, Self::Decimal(_))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

pub(super) struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Decimal(number.to_string()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, text: Option<&str>, rounded: bool) {
        let scalar: Scalar<'_> = serde_json::from_str(json).unwrap();
        assert_eq!((scalar.text(), scalar.is_rounded()), (text, rounded), "{json}");
    }

    #[test]
    fn values() {
        check(r#"" a b ""#, Some("a b"), false);
        check(r#""a\nb""#, Some("a\nb"), false);
        check("3", Some("3"), false);
        check("-3", Some("-3"), false);
        check("2.5", Some("2.5"), true);
        check("2.0", Some("2"), true);
        check("9405511899223197428490", Some("9405511899223197000000"), true);
        check("18446744073709551615", Some("18446744073709551615"), false);
        check("true", Some("true"), false);
        check("null", None, false);
        check(r#""  ""#, None, false);
        check(r#"[1, {"a": 2}]"#, None, false);
        check(r#"{"a": [1]}"#, None, false);
    }
}
