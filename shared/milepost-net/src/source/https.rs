//! One feed file at a URL.
//!
//! What the server says of it (entity tag, time, length) is its version; a server that says none of these has one file
//! for ever. Redirects are not followed: where they lead, the guard has not looked.

use bytes::Bytes;
use jiff::fmt::rfc2822;
use milepost_model::Afterwards;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    LAST_MODIFIED, RANGE,
};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::error::SourceError;
use super::reader::FeedReader;
use super::resume::{Patience, Transfer, within};
use super::settings::wrong;
use super::state::FileState;
use super::tls::{NO_TRUST, why};
use super::{FeedFile, Listing, Place, Secret, SourceFuture};
use crate::exchange::{find, guarded};
use crate::guard::{Guard, GuardError};

/// How a request says who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpsLogin {
    /// It does not.
    None,
    /// By user and password.
    Basic(String, Secret),
    /// By a token.
    Bearer(Secret),
    /// By a header of this name.
    Header(String, Secret),
}

/// The file at a URL.
#[derive(Debug, Clone)]
pub struct HttpsSource {
    client: Client,
    url: Url,
    login: HeaderMap,
    patience: Patience,
}

impl HttpsSource {
    /// The file at `url`, on a host that `guard` lets through.
    ///
    /// # Errors
    ///
    /// [`SourceError::Guard`], [`SourceError::Setting`], or [`SourceError::Tls`] on a machine without trust roots.
    pub fn new(url: &str, login: &HttpsLogin, guard: Guard) -> Result<Self, SourceError> {
        let url = guard.check_url(url)?;
        let client = guarded(guard, Patience::default().connect).build();
        Ok(Self {
            client: client.map_err(|_| NO_TRUST)?,
            url,
            login: headers(login)?,
            patience: Patience::default(),
        })
    }

    /// Waits and tries otherwise than by default.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn ask(&self, method: Method, headers: HeaderMap) -> Result<Response, SourceError> {
        let request = self.client.request(method, self.url.clone());
        // A coding of the transport would change the bytes that offsets count.
        let request = request
            .header(ACCEPT_ENCODING, "identity")
            .headers(self.login.clone())
            .headers(headers);
        request.send().await.map_err(|error| http_error(&error))
    }

    /// The head of the answer, by GET where the server knows no HEAD.
    async fn head(&self) -> Result<Option<FeedFile>, SourceError> {
        let mut answer = self.ask(Method::HEAD, HeaderMap::new()).await?;
        if matches!(
            answer.status(),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED
        ) {
            answer = self.ask(Method::GET, HeaderMap::new()).await?;
        }
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status if status.is_success() => Ok(Some(self.file(answer.headers()))),
            status => Err(refused(status)),
        }
    }

    fn file(&self, headers: &HeaderMap) -> FeedFile {
        let segments = self.url.path_segments().and_then(|mut segments| segments.next_back());
        let name = segments
            .filter(|name| !name.is_empty())
            .or(self.url.host_str())
            .unwrap_or("file");
        FeedFile {
            name: name.to_owned(),
            size: text(headers, &CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            etag: text(headers, &ETAG).map(str::to_owned),
            modified_ms: text(headers, &LAST_MODIFIED).and_then(milliseconds),
        }
    }
}

impl Place for HttpsSource {
    fn list(&self, max: usize) -> SourceFuture<'_, Listing> {
        Box::pin(async move {
            let file = within(self.patience.begin, "HEAD", self.head()).await?;
            Ok(Listing {
                more: max == 0 && file.is_some(),
                files: file.into_iter().take(max).collect(),
            })
        })
    }

    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        let transfer = BodyTransfer {
            source: self.clone(),
            known: FileState::of(file),
            at: 0,
            skip: 0,
            body: None,
        };
        Box::pin(FeedReader::begin(transfer, offset, self.patience))
    }

    fn put_away<'a>(&'a self, _: &'a FeedFile, afterwards: &'a Afterwards) -> SourceFuture<'a, ()> {
        let can = *afterwards == Afterwards::Leave;
        Box::pin(async move { if can { Ok(()) } else { Err(SourceError::Unsupported) } })
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(within(self.patience.begin, "HEAD", async {
            self.head().await.map(drop)
        }))
    }

    /// A server that writes the file while it is asked for shows it half written.
    fn is_atomic(&self) -> bool {
        false
    }
}

/// One file, by GET from an offset.
struct BodyTransfer {
    source: HttpsSource,
    /// As listed, else as the first answer says.
    known: FileState,
    at: u64,
    /// Bytes that a server sends again although it was asked for those behind them.
    skip: u64,
    /// None at the end.
    body: Option<Response>,
}

impl Transfer for BodyTransfer {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.body = None;
        (self.at, self.skip) = (offset, 0);
        match self.known.size {
            Some(size) if offset > size => return Err(SourceError::Changed),
            Some(size) if offset == size && offset > 0 => return Ok(()),
            _ => {}
        }
        let mut headers = HeaderMap::new();
        if offset > 0 {
            headers.insert(RANGE, value(&format!("bytes={offset}-"))?);
            // A weak tag names no bytes (RFC 9110 section 13.1.1).
            if let Some(etag) = self.known.etag.as_ref().filter(|etag| !etag.starts_with("W/")) {
                headers.insert(IF_MATCH, value(etag)?);
            }
        }
        let answer = self.source.ask(Method::GET, headers).await?;
        let whole = match answer.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range = text(answer.headers(), &CONTENT_RANGE).unwrap_or_default();
                if !range.starts_with(&format!("bytes {offset}-")) {
                    return Err(SourceError::Protocol { step: "GET" });
                }
                range.rsplit_once('/').and_then(|(_, whole)| whole.parse().ok())
            }
            StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => return Err(SourceError::Changed),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(SourceError::Missing),
            status if status.is_success() => {
                self.skip = offset;
                answer.content_length()
            }
            status => return Err(refused(status)),
        };
        let now = FileState {
            size: whole,
            ..FileState::of(&self.source.file(answer.headers()))
        };
        if !self.known.is(&now) {
            return Err(SourceError::Changed);
        }
        self.known = self.known.seen_as(now);
        self.body = Some(answer);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        loop {
            let chunk = body.chunk().await.map_err(|_| SourceError::Broken { at: self.at })?;
            let Some(mut chunk) = chunk else {
                return match self.known.size {
                    Some(size) if self.at < size => Err(SourceError::Broken { at: self.at }),
                    // All of it is less than what was read of it before.
                    _ if self.skip > 0 => Err(SourceError::Changed),
                    _ => Ok(None),
                };
            };
            let over = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
            self.skip -= over as u64;
            let _ = chunk.split_to(over);
            if !chunk.is_empty() {
                self.at += chunk.len() as u64;
                if self.known.size.is_some_and(|size| self.at > size) {
                    return Err(SourceError::Changed);
                }
                return Ok(Some(chunk));
            }
        }
    }
}

fn headers(login: &HttpsLogin) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    let (name, said) = match login {
        HttpsLogin::None => return Ok(headers),
        HttpsLogin::Basic(user, password) => (
            AUTHORIZATION,
            format!("Basic {}", base64(&format!("{user}:{}", password.expose()))),
        ),
        HttpsLogin::Bearer(token) => (AUTHORIZATION, format!("Bearer {}", token.expose())),
        HttpsLogin::Header(name, text) => (
            HeaderName::try_from(name.as_str()).map_err(|_| wrong("header", "is not the name of a header"))?,
            text.expose().to_owned(),
        ),
    };
    headers.insert(name, value(&said)?);
    Ok(headers)
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn value(text: &str) -> Result<HeaderValue, SourceError> {
    let mut value = HeaderValue::try_from(text).map_err(|_| wrong("secret", "cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `Sun, 22 Nov 2026 05:00:00 GMT` (RFC 9110 section 5.6.7).
fn milliseconds(date: &str) -> Option<i64> {
    let zoned = rfc2822::parse(date).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn refused(status: StatusCode) -> SourceError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SourceError::Denied,
        status => SourceError::Http {
            status: status.as_u16(),
        },
    }
}

fn http_error(error: &reqwest::Error) -> SourceError {
    if let Some(refused) = find::<GuardError>(error) {
        return SourceError::Guard(*refused);
    }
    match find::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(problem)) => return SourceError::Untrusted { why: why(problem) },
        Some(_) => return SourceError::Tls { step: "GET" },
        None => {}
    }
    let kind = if error.is_timeout() {
        std::io::ErrorKind::TimedOut
    } else {
        std::io::ErrorKind::ConnectionReset
    };
    SourceError::Io {
        step: "GET",
        source: kind.into(),
    }
}
