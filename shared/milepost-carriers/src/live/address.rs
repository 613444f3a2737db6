//! Building URLs and form bodies.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::CallError;

/// Everything but the unreserved characters of RFC 3986: right in a path, a query and a form.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as it stands in a path, a query or a form.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Names and encoded values with `&` between.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> String {
    let written: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    written.join("&")
}

/// An address under a base URL. `path` begins with a slash and is encoded already.
pub(crate) fn under(base_url: &str, path: &str) -> Result<String, CallError> {
    Ok(format!("{}{path}", base(base_url)?))
}

/// A base URL without the slash at its end.
pub(crate) fn base(base_url: &str) -> Result<&str, CallError> {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| base_url.strip_prefix(scheme));
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '@' | '\\');
    match rest {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !host.contains(odd) => {
            Ok(base_url.trim_end_matches('/'))
        }
        _ => Err(CallError::BaseUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(under("https://a.example/", "/x").unwrap(), "https://a.example/x");
        assert_eq!(
            under("http://127.0.0.1:8080/p", "/x").unwrap(),
            "http://127.0.0.1:8080/p/x"
        );
        for bad in [
            "",
            "a.example",
            "ftp://a",
            "https://",
            "https:///x",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a b",
        ] {
            assert_eq!(under(bad, "/x"), Err(CallError::BaseUrl), "{bad}");
        }
    }

    #[test]
    fn what_is_reserved_is_encoded() {
        assert_eq!(encoded("1Z/ü?&=.-_~"), "1Z%2F%C3%BC%3F%26%3D.-_~");
        assert_eq!(pairs(&[("a", "b c"), ("d", "+")]), "a=b%20c&d=%2B");
    }
}
