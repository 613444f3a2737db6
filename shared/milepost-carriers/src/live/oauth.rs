//! Tokens by client credentials, RFC 6749 section 4.4.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::address::pairs;
use super::call::header;
use super::json::{self, Json};
use super::problem::{Login, by_status, unexpected, without};
use super::{Access, CallError, HttpAnswer, HttpCall, LiveProblem, Method, Secret, Token};

/// Taken off a token's life, for the calls that are under way when it ends and for clocks that differ.
const MARGIN: Duration = Duration::from_secs(60);

/// The life of a token that states none.
const UNSTATED: Duration = Duration::from_secs(600);

/// No token is kept longer: carriers give hours, and a stated century would outlive the credentials.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Where the client's id and secret go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientLogin {
    /// An `Authorization` header.
    Header,
    /// The form.
    Form,
}

/// A basic `Authorization` header's value.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The client's id and secret, as the connections of carriers in Rust call them.
pub(crate) fn client<'a>(access: &Access<'a>) -> Result<(&'a str, &'a str), CallError> {
    let credentials = access.credentials;
    Ok((credentials.get("client_id")?, credentials.get("client_secret")?))
}

/// The call that gets a token.
pub(crate) fn token_call(url: String, login: ClientLogin, client: (&str, &str), scope: Option<&str>) -> HttpCall {
    let mut fields = vec![("grant_type", "client_credentials")];
    let mut headers = vec![
        header("content-type", "application/x-www-form-urlencoded"),
        header("accept", "application/json"),
    ];
    match login {
        ClientLogin::Header => headers.push(header("authorization", &basic(client.0, client.1))),
        ClientLogin::Form => fields.extend([("client_id", client.0), ("client_secret", client.1)]),
    }
    fields.extend(scope.map(|scope| ("scope", scope)));
    HttpCall {
        method: Method::Post,
        url,
        headers,
        body: pairs(&fields).into_bytes(),
    }
}

/// Reads the answer. Carriers write `expires_in` as a number or as a text.
pub(crate) fn read_token(answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
    match (answer.status, by_status(answer, Login::Credentials)) {
        (_, Some(problem)) => return Err(problem),
        (200 | 201, None) => {}
        // RFC 6749 section 5.2: what is wrong with a token request is a 400.
        (400, None) => {
            return Err(LiveProblem::Refused {
                why: "the client's id or secret is wrong, or the client may not have the scope",
            });
        }
        (_, None) => return Err(unexpected(answer)),
    }
    let value = json::parse(answer.body)?;
    let value = Json::of(&value);
    // Longer than any text: a signed token has 1,500 letters.
    let token = value
        .whole_text("access_token")
        .ok_or_else(|| without("access_token"))?;
    let stated = value
        .text("expires_in")
        .parse::<u64>()
        .map_or(UNSTATED, Duration::from_secs);
    let life = stated.min(LONGEST);
    Ok(Token {
        value: Secret::new(token),
        good_for: life.saturating_sub(MARGIN).max(life / 2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expect: Result<(&str, u64), &str>) {
        let answer = HttpAnswer {
            status,
            headers: &[],
            body: body.as_bytes(),
        };
        let got = read_token(&answer);
        match (&got, expect) {
            (Ok(token), Ok(expect)) => assert_eq!((token.value.expose(), token.good_for.as_secs()), expect),
            (Err(problem), Err(expect)) => assert!(problem.to_string().contains(expect), "{problem}"),
            _ => panic!("{got:?}"),
        }
    }

    #[test]
    fn tokens() {
        check(
            200,
            r#"{"access_token": "t", "expires_in": "14399"}"#,
            Ok(("t", 14_339)),
        );
        check(200, r#"{"access_token": "t", "expires_in": 3600}"#, Ok(("t", 3_540)));
        check(200, r#"{"access_token": "t", "expires_in": 30}"#, Ok(("t", 15)));
        check(
            200,
            r#"{"access_token": "t", "expires_in": 99999999}"#,
            Ok(("t", 86_340)),
        );
        check(200, r#"{"access_token": "t", "expires_in": -5}"#, Ok(("t", 540)));
        check(200, r#"{"access_token": ""}"#, Err("no access_token"));
        check(200, "maintenance", Err("no JSON"));
        check(400, r#"{"error": "invalid_client"}"#, Err("the client's id or secret"));
        check(401, "", Err("refused the credentials"));
        check(429, "", Err("quota"));
        check(503, "", Err("down"));
        check(302, "", Err("status 302"));
    }

    #[test]
    fn where_the_login_goes() {
        let call = token_call("https://a/t".to_owned(), ClientLogin::Header, ("id", "s&c"), None);
        assert_eq!(call.body, b"grant_type=client_credentials");
        assert!(
            call.headers
                .contains(&("authorization".to_owned(), "Basic aWQ6cyZj".to_owned()))
        );
        let call = token_call("https://a/t".to_owned(), ClientLogin::Form, ("id", "s&c"), Some("x y"));
        let body = "grant_type=client_credentials&client_id=id&client_secret=s%26c&scope=x%20y";
        assert_eq!(call.body, body.as_bytes());
        assert!(!format!("{call:?}").contains("s%26c"));
    }
}
