//! Reading JSON leniently: what is missing, null or of another type is empty, and loses nothing beside it.

use serde_json::Value;

use super::LiveProblem;

/// Longest text that is kept, in letters. The longest that carriers send, a sentence about the status, has 300; what
/// is longer is cut, because an event has to fit a bundle.
const MAX_LETTERS: usize = 1_000;

/// Most steps of a path: as deep as any answer known here, twice over.
pub(crate) const MAX_STEPS: usize = 12;

/// The whole answer as JSON.
///
/// # Errors
///
/// [`LiveProblem::Malformed`] with the place where it stops being JSON.
pub(crate) fn parse(body: &[u8]) -> Result<Value, LiveProblem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| LiveProblem::Malformed {
        hint: format!("no JSON at line {} column {}", error.line(), error.column()),
    })
}

/// A value that may not be there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(Option<&'a Value>);

impl<'a> Json<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        Self(Some(value))
    }

    /// The value at a path: keys and, into a list, positions from 0, with dots between. An empty path is the value
    /// itself.
    pub(crate) fn at(self, path: &str) -> Self {
        let steps = path.split('.').filter(|step| !step.is_empty()).take(MAX_STEPS);
        Self(steps.fold(self.0, |value, step| match value? {
            Value::Object(object) => object.get(step),
            Value::Array(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        }))
    }

    /// The members of a list; one object where a list is expected is a list of one, as some systems write it.
    pub(crate) fn list(self, path: &str) -> impl DoubleEndedIterator<Item = Self> + use<'a> {
        let members = match self.at(path).0 {
            Some(Value::Array(list)) => list.as_slice(),
            Some(object @ Value::Object(_)) => std::slice::from_ref(object),
            _ => &[],
        };
        members.iter().map(Self::of)
    }

    /// The text at a path, trimmed and cut; numbers, `true` and `false` as they are written. Empty where there is none.
    pub(crate) fn text(self, path: &str) -> String {
        let text = match self.at(path).0 {
            Some(Value::String(text)) => text.trim().chars().take(MAX_LETTERS).collect(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(truth)) => truth.to_string(),
            _ => String::new(),
        };
        // Cutting can leave a space at the end, and some systems write the word.
        if text == "null" { String::new() } else { text }
    }

    /// A text of any length, if it is one and not empty.
    pub(crate) fn whole_text(self, path: &str) -> Option<&'a str> {
        let text = self.at(path).0?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The first text that is not empty.
    pub(crate) fn first(self, paths: &[impl AsRef<str>]) -> String {
        let mut texts = paths.iter().map(|path| self.text(path.as_ref()));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// Whether anything but `null` is there.
    pub(crate) fn has(self, path: &str) -> bool {
        !matches!(self.at(path).0, None | Some(Value::Null))
    }

    /// Whether it is an object.
    pub(crate) fn is_object(self) -> bool {
        matches!(self.0, Some(Value::Object(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_empty() {
        let value =
            parse(b"\xef\xbb\xbf{\"a\": [{\"b\": \" x \"}, {\"b\": 3}, null], \"c\": null, \"d\": {\"e\": true}}")
                .unwrap();
        let json = Json::of(&value);
        assert_eq!(json.text("a.0.b"), "x");
        assert_eq!(json.text("a.1.b"), "3");
        assert_eq!(json.text("a.9.b"), "");
        assert_eq!(json.text("a.b"), "");
        assert_eq!(json.text("c"), "");
        assert_eq!(json.first(&["c", "a.2", "d.e"]), "true");
        assert_eq!(json.list("a").count(), 3);
        assert_eq!(json.list("d").count(), 1);
        assert_eq!(json.list("c").count(), 0);
        assert!(json.has("d") && !json.has("c") && !json.has("x"));
    }

    #[test]
    fn no_json_has_a_place_and_no_content() {
        let problem = parse(b"<html>J SMITH</html>").unwrap_err();
        assert_eq!(
            problem.to_string(),
            "the carrier's answer cannot be read: no JSON at line 1 column 1"
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let value = Value::String("é".repeat(5_000));
        assert_eq!(Json::of(&value).text("").chars().count(), MAX_LETTERS);
    }
}
