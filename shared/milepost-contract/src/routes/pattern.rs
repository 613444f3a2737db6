use percent_encoding::percent_decode_str;

/// The longest value of a parameter, in bytes, as it stands in the path: no id or number is as long with each of its bytes
/// encoded, and the table takes keys of 1,024 bytes.
const MAX_VALUE: usize = 512;

/// The path of a route. `{id}` stands for one segment, `{number+}` for one or more, since numbers may hold `/` and some
/// clients do not encode it. A pattern has one of the two at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern(&'static str);

impl Pattern {
    pub(super) const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// As it stands in the table: `/v1/trackers/{id}/results`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The name in its braces.
    pub fn parameter(self) -> Option<&'static str> {
        let (_, name) = self.0.split_once('{')?;
        let (name, _) = name.split_once('}')?;
        Some(name.trim_end_matches('+'))
    }

    /// What stands in the place of the parameter, percent-decoded, or an empty text for a pattern without one; `None`
    /// when the path is another, or the value longer than any.
    ///
    /// API Gateway may have decoded the path before, and some clients do not encode: a `%` that begins no escape stays.
    pub(super) fn value_in(self, path: &str) -> Option<String> {
        let Some((before, after)) = self.0.split_once('{') else {
            return (self.0 == path).then(String::new);
        };
        let (name, after) = after.split_once('}')?;
        let value = path.strip_prefix(before)?.strip_suffix(after)?;
        let fits = if name.ends_with('+') {
            value.split('/').all(|segment| !segment.is_empty())
        } else {
            !value.is_empty() && !value.contains('/')
        };
        (fits && value.len() <= MAX_VALUE).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// How many segments from the first are the same, none of them a parameter.
    pub(super) fn shared_with(self, path: &str) -> usize {
        let pairs = self.0.split('/').zip(path.split('/')).skip(1);
        pairs.take_while(|(own, other)| own == other).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &'static str, path: &str, expect: Option<&str>) {
        assert_eq!(Pattern(pattern).value_in(path).as_deref(), expect, "{pattern} {path}");
    }

    #[test]
    fn paths() {
        check("/a", "/a", Some(""));
        check("/a", "/a/", None);
        check("/a/{id}", "/a/b", Some("b"));
        check("/a/{id}", "/a/", None);
        check("/a/{id}", "/a/b/c", None);
        check("/a/{id}/c", "/a/b/c", Some("b"));
        check("/a/{id}", "/a/AB%2F12%20%2b", Some("AB/12 +"));
        check("/a/{id}", "/a/50%", Some("50%"));
        check("/a/{id}", "/a/%ff", Some("\u{fffd}"));
        check("/s/{n+}/r", "/s/AB/12/r", Some("AB/12"));
        check("/s/{n+}/r", "/s/AB%2F12/r", Some("AB/12"));
        check("/s/{n+}/r", "/s/r/r", Some("r"));
        check("/s/{n+}/r", "/s//r", None);
        check("/s/{n+}/r", "/s/r", None);
        check("/s/{n+}/r", "/s/a//b/r", None);
        let long = "x".repeat(MAX_VALUE);
        check("/a/{id}", &format!("/a/{long}"), Some(&long));
        check("/a/{id}", &format!("/a/{long}x"), None);
    }

    #[test]
    fn parameters() {
        assert_eq!(Pattern("/s/{n+}/r").parameter(), Some("n"));
        assert_eq!(Pattern("/s").parameter(), None);
    }
}
