//! A request to an HTTP function, from the gateway's event to its answer: the same way in and out for each of them.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_http::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use lambda_http::{Body, Request, RequestExt, Response};
use milepost_contract::routes::{Family, Found, Missed, Route, route};
use milepost_contract::ship24;
use milepost_contract::shipengine::{KeyFault, Problem};
use milepost_model::AccountId;
use milepost_store::Store;
use tracing::{Instrument, Span};

use crate::http::{empty, json, query, text_of};
use crate::limits::{Limits, Standing};
use crate::{Auth, Caller, now, random_uuid};

/// Ship24's clients read it; ShipEngine's read the body.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The time, handed in so that tests can choose it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What every HTTP function does before its use case and behind it: route, key, scope, request id, errors.
#[derive(Clone)]
pub struct Api {
    auth: Arc<Auth>,
    limits: Option<Arc<Limits>>,
    clock: Clock,
}

/// A request that may be answered: it meets a route, and its key is made for it.
pub struct Call {
    /// The request.
    pub request: Request,
    /// Which route.
    pub route: Route,
    /// What stands in the braces of the route's path, percent-decoded; empty for a route without.
    pub parameter: String,
    /// When it came.
    pub now: Timestamp,
    caller: Option<Caller>,
    exchange: Exchange,
}

/// What an answer needs of its request.
struct Exchange {
    family: Family,
    request_id: String,
    span: Span,
    standing: Option<(Standing, Timestamp)>,
}

impl Api {
    /// Over the table's keys.
    pub fn new(store: Store) -> Self {
        Self {
            auth: Arc::new(Auth::new(store)),
            limits: None,
            clock: Arc::new(now),
        }
    }

    /// With a limit of requests in a minute for each key, and Ship24's own limits at its routes; 0 sets none.
    #[must_use]
    pub fn limited_to(self, requests_per_minute: u32) -> Self {
        Self {
            limits: NonZeroU32::new(requests_per_minute).map(|limit| Arc::new(Limits::new(limit))),
            ..self
        }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Finds the route of a request and who asks, and whether the two go together. A request that is refused is
    /// answered here.
    ///
    /// # Errors
    /// The answer to a request that is refused.
    pub async fn admit(&self, request: Request) -> Result<Call, Box<Response<Body>>> {
        let request_id = request_id(&request);
        // An error's span, so that it is there at every level of logging.
        let span = tracing::error_span!("request", request_id);
        let found = route(request.method().as_str(), path_of(&request));
        let exchange = |family| Exchange {
            family,
            request_id,
            span,
            standing: None,
        };
        let Found { entry, parameter } = match found {
            Ok(found) => found,
            Err(Missed { problem, family }) => return Err(Box::new(exchange(family).refuse(&problem))),
        };
        let mut exchange = exchange(entry.family);
        let now = (self.clock)();
        let caller = match entry.scope {
            None => None,
            Some(scope) => {
                let caller = self
                    .auth
                    .caller(request.headers(), now)
                    .instrument(exchange.span.clone());
                match caller.await.and_then(|caller| caller.may(scope).map(|()| caller)) {
                    Ok(caller) => {
                        exchange.standing = self
                            .limits
                            .as_ref()
                            .map(|limits| (limits.take(caller.key, entry, now), now));
                        Some(caller)
                    }
                    Err(problem) => return Err(Box::new(exchange.refuse(&problem))),
                }
            }
        };
        if let Some(retry_after) = exchange.standing.and_then(|(standing, _)| standing.wait) {
            return Err(Box::new(exchange.refuse(&Problem::RateLimited { retry_after })));
        }
        Ok(Call {
            request,
            route: entry.route,
            parameter,
            now,
            caller,
            exchange,
        })
    }
}

impl Call {
    /// Whose key it is.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] at a route that needs no key.
    pub fn account(&self) -> Result<&AccountId, Problem> {
        let caller = self.caller.as_ref().map(|caller| &caller.account);
        caller.ok_or(Problem::Unauthorized(KeyFault::Missing))
    }

    /// The first value of a name in the query, without spaces around it; an empty one counts as not sent.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut values = query(&self.request).filter(|(written, _)| *written == name);
        let (_, value) = values.next()?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The day on which it came, in UTC.
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// A UUID that stands in the answer and in each line that is logged for the request.
    pub fn request_id(&self) -> &str {
        &self.exchange.request_id
    }

    /// In which what is done for the request is done, so that its log lines have the request's id.
    pub fn span(&self) -> Span {
        self.exchange.span.clone()
    }

    /// The answer, or what a problem makes of it, with the headers that every answer has.
    pub fn finish(self, answer: Result<Response<Body>, Problem>) -> Response<Body> {
        match answer {
            Ok(answer) => self.exchange.mark(answer),
            Err(problem) => self.exchange.refuse(&problem),
        }
    }
}

impl Exchange {
    /// The answer that a problem makes, in the words of the route's family.
    fn refuse(self, problem: &Problem) -> Response<Body> {
        let answer = match self.family {
            Family::ShipEngine => json(problem.status(), &problem.body(&self.request_id)),
            // Ship24's own clients expect a text.
            Family::Ship24 if matches!(problem, Problem::RateLimited { .. }) => {
                Ok(text_of("text/plain; charset=utf-8", 429, problem.to_string()))
            }
            Family::Ship24 => json(ship24::status(problem), &ship24::errors(problem)),
        };
        let mut answer = answer.unwrap_or_else(|_| empty(500));
        if let Some(seconds) = problem.retry_after() {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = problem.allow().and_then(|methods| HeaderValue::from_str(methods).ok()) {
            answer.headers_mut().insert(ALLOW, methods);
        }
        self.mark(answer)
    }

    fn mark(self, mut answer: Response<Body>) -> Response<Body> {
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        if let (Family::Ship24, Some((standing, now))) = (self.family, self.standing) {
            let full_at = now.as_second().saturating_add(i64::from(standing.full_in));
            let values = [
                HeaderValue::from(standing.limit),
                HeaderValue::from(standing.remaining),
                HeaderValue::from(standing.full_in),
                HeaderValue::from(full_at),
            ];
            let [limit, remaining, full_in, full_at] = values;
            let headers = answer.headers_mut();
            headers.insert("ratelimit-limit", limit.clone());
            headers.insert("ratelimit-remaining", remaining.clone());
            // The one counts seconds from now, the other from 1970.
            headers.insert("ratelimit-reset", full_in);
            headers.insert("x-ratelimit-limit", limit);
            headers.insert("x-ratelimit-remaining", remaining);
            headers.insert("x-ratelimit-reset", full_at);
        }
        answer
    }
}

/// The invocation's id, a UUID; one of its own where there is no invocation.
fn request_id(request: &Request) -> String {
    let context = request.lambda_context_ref();
    context.map_or_else(random_uuid, |context| context.request_id.clone())
}

/// The path as the gateway hands it over: the URI beside it has been parsed, and a `?` of a decoded path with it.
fn path_of(request: &Request) -> &str {
    match request.raw_http_path() {
        "" => request.uri().path(),
        raw => raw,
    }
}
