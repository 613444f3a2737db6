//! Calls and answers: HTTP as values.

use std::fmt;
use std::time::Duration;

use milepost_model::ErrorClass;
use thiserror::Error;

use super::secret::{Credentials, Token};

/// Longest pause that a carrier's `Retry-After` can ask for: a day. Quotas are counted by the hour or the day; more is
/// a mistake, and would silence a connection.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, without a body.
    Get,
    /// POST.
    Post,
}

/// A call to make. Its URL, headers and body may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpCall {
    /// How.
    pub method: Method,
    /// The whole URL, encoded.
    pub url: String,
    /// Header names in lower case, `content-type` among them where there is a body.
    pub headers: Vec<(String, String)>,
    /// The body; empty for GET.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpCall {
    /// Without what may be secret: the query, the values of the headers, and the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpCall")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next().unwrap_or_default())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// What came back.
#[derive(Clone, Copy)]
pub struct HttpAnswer<'a> {
    /// The status code.
    pub status: u16,
    /// The headers. `retry-after` and `date` are looked at, in any case.
    pub headers: &'a [(String, String)],
    /// The body, at most [`MAX_ANSWER_BYTES`](super::MAX_ANSWER_BYTES).
    pub body: &'a [u8],
}

impl fmt::Debug for HttpAnswer<'_> {
    /// Without the body, which has places and names in it, or a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl HttpAnswer<'_> {
    /// A header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let is = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().find(is).map(|(_, value)| value.trim())
    }

    /// How long the carrier asks to be left alone: seconds, or an HTTP date less the answer's own `date`. At most a day.
    pub fn retry_after(&self) -> Option<Duration> {
        let written = self.header("retry-after")?;
        let seconds = match written.parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => {
                let at = |text: &str| {
                    jiff::fmt::rfc2822::parse(text)
                        .ok()
                        .map(|at| at.timestamp().as_second())
                };
                u64::try_from(at(written)? - at(self.header("date")?)?).unwrap_or(0)
            }
        };
        Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
    }
}

/// With what a call is made.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Where the API is: [`Terms::base_url`](super::Terms), the sandbox, or a connection's own. Scheme, host and
    /// possibly a path; a slash at its end changes nothing.
    pub base_url: &'a str,
    /// The connection's credentials and settings.
    pub credentials: &'a Credentials,
    /// The token, for track calls of carriers that have one.
    pub token: Option<&'a Token>,
    /// Names this call in the carrier's log: letters, digits and hyphens, another for each call.
    pub call_id: &'a str,
}

impl Access<'_> {
    /// The header with the token.
    pub(crate) fn bearer(&self) -> Result<(String, String), CallError> {
        let token = self.token.ok_or(CallError::NoToken)?;
        Ok(header("authorization", &format!("Bearer {}", token.value.expose())))
    }
}

/// A header of a call, its name in lower case.
pub(crate) fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Why a call cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// The connection does not give a credential or setting that the carrier needs.
    #[error("the connection has no {name}")]
    NoCredential {
        /// Its name in the connection's form.
        name: String,
    },
    /// A track call was to be built without a token.
    #[error("the carrier wants a token first")]
    NoToken,
    /// No number, or more than one call takes.
    #[error("one call asks about 1 to {most} numbers")]
    Batch {
        /// The most.
        most: usize,
    },
    /// The base URL is no `http` or `https` address.
    #[error("the base URL begins with http:// or https://, and holds no ? and no #")]
    BaseUrl,
    /// The carrier does not take such numbers, so that there is nothing to ask.
    #[error("no number of this carrier: {why}")]
    Number {
        /// The carrier's rule.
        why: &'static str,
    },
}

impl CallError {
    /// Always the caller's: the same call cannot be built later either.
    pub fn class(&self) -> ErrorClass {
        ErrorClass::Caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], seconds: Option<u64>) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answer = HttpAnswer {
            status: 429,
            headers: &headers,
            body: b"",
        };
        assert_eq!(
            answer.retry_after().map(|pause| pause.as_secs()),
            seconds,
            "{headers:?}"
        );
    }

    #[test]
    fn pauses() {
        check(&[("Retry-After", " 120 ")], Some(120));
        check(&[("retry-after", "99999999")], Some(86_400));
        check(&[], None);
        check(&[("retry-after", "soon")], None);
        check(&[("retry-after", "-5")], None);
        let at = ("retry-after", "Fri, 20 Nov 2026 10:05:00 GMT");
        check(&[at, ("Date", "Fri, 20 Nov 2026 10:00:00 GMT")], Some(300));
        check(&[at, ("Date", "Fri, 20 Nov 2026 10:10:00 GMT")], Some(0));
        check(&[at], None);
    }
}
