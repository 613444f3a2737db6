//! One HTTP exchange with a host that somebody named: a request and the beginning of its reply.
//!
//! Nothing the other side does costs more than the deadline and so many bytes: redirects are answers, not orders; the reply is
//! read up to a limit and the rest is dropped with the connection.
//!
//! No proxy variable is honoured, since a proxy would resolve the name itself, past the guard. Trust roots are the
//! system's (`rustls-platform-verifier`, which reads the bundle below `/etc/pki` on Amazon Linux and honours
//! `SSL_CERT_FILE`): a container without any makes [`Exchange::new`] fail rather than every delivery.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect};
use tokio::time::{Instant, timeout_at};

use crate::error::ErrorClass;
use crate::guard::{Guard, GuardError};

/// How much of a reply is kept: enough for an error page's first words and for a small JSON answer.
pub const MAX_REPLY: usize = 16 * 1024;

/// The longest value of a reply header that is kept, in bytes. Those kept are dates, numbers and media types.
const MAX_REPLY_HEADER: usize = 256;

/// What of a reply's headers is of use to a sender.
const KEPT_HEADERS: [HeaderName; 3] = [RETRY_AFTER, CONTENT_TYPE, DATE];

/// Headers that frame the message or belong to the connection. Set by hand they could smuggle a second request.
const FRAMING_HEADERS: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// How long an idle connection is kept for the next request to the same host. Receivers commonly close theirs after
/// five seconds or more; a connection that was closed meanwhile would cost an attempt.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);

/// How long an exchange may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// From the lookup of the name to the last byte of the reply that is read.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 5 s to connect, 15 s in all: what Standard Webhooks asks of a sender at least.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
        }
    }
}

/// What is asked of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET, whose body is not sent.
    Get,
    /// POST.
    Post,
}

/// The beginning of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code, 100 to 999, redirects included.
    pub status: u16,
    /// `retry-after`, `content-type` and `date`, if they came. Names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body, at most as many as were asked for.
    pub body: Bytes,
    /// Whether `body` is the whole body. It is not if the reply was longer, broke off or was still dripping in at the
    /// deadline; the status holds all the same.
    pub complete: bool,
}

impl Reply {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(kept, _)| kept == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why no reply came. No message holds the URL or a header.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The address guard refused the host, before or after the lookup.
    #[error("refused: {0}")]
    Guard(#[from] GuardError),
    /// A header cannot be sent: the name or the value has a forbidden character, or the name frames the message.
    #[error("header {position} cannot be sent")]
    Header {
        /// Its position in the list, from 0.
        position: usize,
    },
    /// No status line came before the deadline.
    #[error("no answer in time")]
    Timeout,
    /// The connection was refused, reset before TLS stood, or no route led there.
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    /// The TLS handshake failed: an untrusted, expired or foreign certificate, or no TLS at all.
    #[error("no TLS connection")]
    Tls(#[source] reqwest::Error),
    /// The connection stood, but no HTTP answer came back on it.
    #[error("no HTTP answer")]
    Other(#[source] reqwest::Error),
    /// The client could not be built: no trust roots, or a user agent that is not a header value.
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
}

impl ExchangeError {
    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Guard(error) => error.class(),
            Self::Header { .. } => ErrorClass::Caller,
            Self::Timeout | Self::Connect(_) | Self::Tls(_) | Self::Other(_) => ErrorClass::Retry,
            Self::Client(_) => ErrorClass::Permanent,
        }
    }
}

/// Makes exchanges. Cheap to clone; connections are shared between clones and used again.
#[derive(Debug, Clone)]
pub struct Exchange {
    client: Client,
    guard: Guard,
    total: Duration,
}

impl Exchange {
    /// Builds the client. `user_agent` is sent unless a request has its own.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Client`] without trust roots on the machine or with an impossible user agent.
    pub fn new(guard: Guard, timeouts: Timeouts, user_agent: &str) -> Result<Self, ExchangeError> {
        let client = guarded(guard.clone(), timeouts.connect)
            .user_agent(user_agent)
            .build()
            .map_err(ExchangeError::Client)?;
        Ok(Self {
            client,
            guard,
            total: timeouts.total,
        })
    }

    /// Posts `body` and gives the beginning of the reply, whatever its status.
    ///
    /// # Errors
    ///
    /// Any [`ExchangeError`] but [`ExchangeError::Client`]. After [`ExchangeError::Timeout`] and
    /// [`ExchangeError::Other`] the receiver may have taken the request.
    pub async fn post(&self, url: &str, headers: Vec<(String, String)>, body: Bytes) -> Result<Reply, ExchangeError> {
        self.send(Verb::Post, url, headers, body, MAX_REPLY).await
    }

    /// Sends a request and gives the beginning of the reply, `max_reply` bytes at most, whatever its status.
    ///
    /// # Errors
    ///
    /// As [`Exchange::post`].
    pub async fn send(
        &self,
        verb: Verb,
        url: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
        max_reply: usize,
    ) -> Result<Reply, ExchangeError> {
        let url = self.guard.check_url(url)?;
        let request = match verb {
            Verb::Get => self.client.get(url),
            Verb::Post => self.client.post(url).body(body),
        };
        self.exchange(request.headers(header_map(headers)?), max_reply).await
    }

    /// Asks by HEAD whether something answers at a URL.
    ///
    /// # Errors
    ///
    /// As [`Exchange::post`].
    pub async fn head(&self, url: &str) -> Result<Reply, ExchangeError> {
        let url = self.guard.check_url(url)?;
        self.exchange(self.client.head(url), MAX_REPLY).await
    }

    /// Whether a URL may be posted to, as far as no name server has to be asked.
    ///
    /// # Errors
    ///
    /// As [`AddressPolicy::check_url`](crate::AddressPolicy::check_url).
    pub fn check_url(&self, url: &str) -> Result<(), GuardError> {
        self.guard.check_url(url).map(drop)
    }

    /// Whether headers can be sent.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Header`].
    pub fn check_headers(headers: &[(String, String)]) -> Result<(), ExchangeError> {
        header_map(headers.to_vec()).map(drop)
    }

    async fn exchange(&self, request: RequestBuilder, max_reply: usize) -> Result<Reply, ExchangeError> {
        let deadline = Instant::now() + self.total;
        let mut response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| ExchangeError::Timeout)?
            .map_err(classify)?;
        let mut body = BytesMut::new();
        let complete = timeout_at(deadline, read_beginning(&mut response, &mut body, max_reply))
            .await
            .unwrap_or(false);
        Ok(Reply {
            status: response.status().as_u16(),
            headers: kept_headers(response.headers()),
            body: body.freeze(),
            complete,
        })
    }
}

/// A client that goes where the guard lets it and nowhere else: not to where a proxy or a redirect sends it.
pub(crate) fn guarded(guard: Guard, connect: Duration) -> ClientBuilder {
    Client::builder()
        .https_only(!guard.policy().allow_plain_http)
        .dns_resolver(guard)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(connect)
        .pool_idle_timeout(IDLE_CONNECTION)
}

fn header_map(headers: Vec<(String, String)>) -> Result<HeaderMap, ExchangeError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (position, (name, value)) in headers.into_iter().enumerate() {
        let bad = |_| ExchangeError::Header { position };
        let name = HeaderName::try_from(name).map_err(|_| ExchangeError::Header { position })?;
        if FRAMING_HEADERS.contains(&name.as_str()) {
            return Err(ExchangeError::Header { position });
        }
        let mut value = HeaderValue::try_from(value).map_err(bad)?;
        // Keeps signatures and bearer secrets out of every Debug below.
        value.set_sensitive(true);
        map.append(name, value);
    }
    Ok(map)
}

/// Fills `body` up to the limit. True if that was all.
async fn read_beginning(response: &mut Response, body: &mut BytesMut, most: usize) -> bool {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = most.saturating_sub(body.len());
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if chunk.len() > room {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for name in KEPT_HEADERS {
        if let Some(value) = headers.get(&name).and_then(|value| value.to_str().ok())
            && value.len() <= MAX_REPLY_HEADER
        {
            kept.push((name.as_str().to_owned(), value.to_owned()));
        }
    }
    kept
}

fn classify(error: reqwest::Error) -> ExchangeError {
    if let Some(refused) = find::<GuardError>(&error) {
        return ExchangeError::Guard(*refused);
    }
    // The URL may carry a token.
    let error = error.without_url();
    if error.is_timeout() {
        ExchangeError::Timeout
    } else if find::<rustls::Error>(&error).is_some() {
        ExchangeError::Tls(error)
    } else if error.is_connect() {
        ExchangeError::Connect(error)
    } else {
        ExchangeError::Other(error)
    }
}

/// Looks for a cause by its type, also inside I/O errors, whose `source` skips the error they wrap.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}
