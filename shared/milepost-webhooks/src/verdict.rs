//! What an attempt came to.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use milepost_model::{EndpointStyle, Failed};
use milepost_net::{ExchangeError, Reply};
use serde_json::Value;

/// What a receiver said by its answer, or by none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has the message.
    Taken,
    /// It wants no message any more.
    Gone,
    /// It has not taken it.
    Failed {
        /// In which way.
        how: Failed,
        /// In how many seconds it wants to be asked again.
        retry_after: Option<u64>,
        /// Why, where its status does not say it.
        why: Option<String>,
    },
}

/// Judges an answer. Only 2xx is a success: a redirect is not followed. For Ship24's style a success whose JSON says
/// `"success": false` is none (contract of Ship24's webhooks).
pub(crate) fn verdict(style: EndpointStyle, reply: &Result<Reply, ExchangeError>, now: Timestamp) -> Verdict {
    let failed = |how, retry_after, why| Verdict::Failed { how, retry_after, why };
    match reply {
        Err(error @ ExchangeError::Timeout) => failed(Failed::Silently, None, Some(error.to_string())),
        Err(error) => failed(Failed::Quickly, None, Some(error.to_string())),
        Ok(reply) if reply.status == 410 => Verdict::Gone,
        Ok(reply) if !(200..300).contains(&reply.status) => failed(Failed::Quickly, retry_after(reply, now), None),
        Ok(reply) if style == EndpointStyle::Ship24 && says_no(&reply.body) => {
            let why = "the answer says \"success\": false".to_owned();
            failed(Failed::Quickly, retry_after(reply, now), Some(why))
        }
        Ok(_) => Verdict::Taken,
    }
}

/// Whole seconds, or a date of HTTP.
fn retry_after(reply: &Reply, now: Timestamp) -> Option<u64> {
    static DATES: DateTimeParser = DateTimeParser::new();
    let value = reply.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let at = DATES.parse_timestamp(value).ok()?;
    u64::try_from(at.as_second().saturating_sub(now.as_second())).ok()
}

fn says_no(body: &[u8]) -> bool {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else {
        return false;
    };
    match answer.get("success") {
        Some(Value::Bool(success)) => !success,
        Some(Value::String(success)) => success.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn reply(status: u16, retry_after: Option<&str>, body: &'static str) -> Result<Reply, ExchangeError> {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        Ok(Reply {
            status,
            headers: headers.into_iter().collect(),
            body: Bytes::from_static(body.as_bytes()),
            complete: true,
        })
    }

    #[test]
    fn what_answers_mean() {
        let now = "2026-11-20T14:03:00Z".parse().unwrap();
        let taken = |style, reply: &Result<Reply, ExchangeError>| verdict(style, reply, now) == Verdict::Taken;
        let (ours, theirs) = (EndpointStyle::ShipEngine, EndpointStyle::Ship24);
        for (status, expect) in [
            (200, true),
            (204, true),
            (299, true),
            (301, false),
            (404, false),
            (503, false),
        ] {
            assert_eq!(taken(ours, &reply(status, None, "")), expect, "{status}");
        }
        assert_eq!(verdict(ours, &reply(410, None, ""), now), Verdict::Gone);
        for body in [r#"{"success":false}"#, r#"{"success":"False"}"#] {
            assert!(taken(ours, &reply(200, None, body)));
            assert!(!taken(theirs, &reply(200, None, body)), "{body}");
        }
        for body in [r#"{"success":true}"#, "{}", "[false]", "no JSON", r#"{"success":0}"#] {
            assert!(taken(theirs, &reply(200, None, body)), "{body}");
        }
        let wish = |value| match verdict(ours, &reply(429, Some(value), ""), now) {
            Verdict::Failed { retry_after, .. } => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wish("120"), Some(120));
        assert_eq!(wish("Fri, 20 Nov 2026 14:05:00 GMT"), Some(120));
        assert_eq!(wish("Fri, 20 Nov 2026 14:00:00 GMT"), None);
        assert_eq!(wish("soon"), None);
        assert_eq!(wish("-1"), None);
        let silent = verdict(ours, &Err(ExchangeError::Timeout), now);
        assert!(matches!(
            silent,
            Verdict::Failed {
                how: Failed::Silently,
                ..
            }
        ));
    }
}
