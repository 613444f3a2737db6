//! Imports through a Lambda function of the operator's own, which speaks `ImportTrackingEvents`.
//!
//! A run asks `ScheduledFunction`, if the connection names one, which inputs there are; each of them is a file, and its
//! pages one after the other are the file's text, JSON Lines of the layout `connect-items`. A page is kept in the hub's
//! bucket before it is read, with the cursor behind it: an attempt that goes on later reads there what it was told, and
//! asks for what comes behind. So a function is asked for each page at least once, and not again for one that came: it
//! need not give the same page again.

mod pages;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_carriers::live::LiveProblem;
use milepost_carriers::live::connect::{Envelope, read_function_error, read_scheduled_inputs, scheduled_request};
use milepost_model::{Afterwards, Connection, ErrorClass, SourceAddress};
use milepost_net::function::Output;
use milepost_net::source::{Place, Settings, SourceFuture};
use milepost_net::{Bucket, FeedFile, FeedReader, FunctionError, Functions, Listing, Patience, SourceError};
use serde_json::{Map, Value};

use self::pages::Pages;
use crate::Importer;
use crate::pieces::{kept, remove_below};

/// What the kind of source is called.
pub(crate) const KIND: &str = "lambda";

/// What such a source may be told.
const SETTINGS: [&str; 4] = ["function", "scheduled_function", "metadata", "base_url"];

/// What a function says once for a run: each input is a file with a place in the ledger.
const MAX_INPUTS: usize = 1_000;

/// The list of inputs as it is kept: as long as an answer of Lambda.
const MAX_INPUTS_BYTES: usize = 6 << 20;

/// What one more page may take: five minutes for the function, as for every client of Lambda's, and half a minute to
/// keep what it tells and to read it.
const PAGE_TIME: SignedDuration = SignedDuration::from_secs(300 + 30);

/// The name of the only file where no input has one.
const ONLY: &str = "items";

/// The function of a connection, as a place of files.
#[derive(Debug, Clone)]
pub(crate) struct FunctionSource(Arc<Parts>);

struct Parts {
    functions: Functions,
    function: String,
    scheduled: Option<String>,
    endpoint: Option<String>,
    metadata: Map<String, Value>,
    connection: String,
    carrier: String,
    /// The run's slot: what the function tells in another run is another version.
    at: Timestamp,
    /// Where answers are kept; nowhere while a connection is only tried.
    kept: Option<(Bucket, String)>,
    /// As the listing has found them.
    inputs: OnceLock<Vec<Map<String, Value>>>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// When this attempt at the run stops.
    stop_at: Option<Timestamp>,
    /// Whether this attempt was told a page.
    told: AtomicBool,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl FunctionSource {
    /// Whether its settings are complete.
    pub(crate) fn check(address: &SourceAddress) -> Result<(), SourceError> {
        let settings = Settings::of(address, &SETTINGS)?;
        settings.text("function")?;
        for name in ["function", "scheduled_function"] {
            let function = settings.some_text(name);
            if function.is_some_and(|arn| !arn.starts_with("arn:") || !arn.contains(":function:")) {
                return Err(setting(name, "is not the ARN of a function"));
            }
        }
        metadata(settings).map(drop)
    }

    /// The function of a connection, in a run.
    pub(crate) fn new(
        importer: &Importer,
        connection: &Connection,
        run: Option<Timestamp>,
        stop_at: Option<Timestamp>,
    ) -> Result<Self, SourceError> {
        Self::check(&connection.source)?;
        let settings = Settings::of(&connection.source, &SETTINGS)?;
        let text = |name| settings.some_text(name).map(str::to_owned);
        let folder = |run: Timestamp| format!("spool/{}/{}/", connection.id, run.as_millisecond());
        Ok(Self(Arc::new(Parts {
            functions: importer.functions.clone(),
            function: settings.text("function")?.to_owned(),
            scheduled: text("scheduled_function"),
            endpoint: text("base_url"),
            metadata: metadata(settings)?,
            connection: connection.id.to_string(),
            carrier: connection.carrier.to_string(),
            at: run.unwrap_or_else(|| (importer.now)()),
            kept: run.map(|run| (importer.bucket.clone(), folder(run))),
            inputs: OnceLock::new(),
            now: Arc::clone(&importer.now),
            stop_at,
            told: AtomicBool::new(false),
        })))
    }

    async fn look(&self, max: usize) -> Result<Listing, SourceError> {
        let inputs = self.inputs().await?;
        let file = |name: String| FeedFile {
            name,
            size: None,
            etag: None,
            modified_ms: Some(self.0.at.as_millisecond()),
        };
        let count = inputs.as_ref().map(Vec::len);
        let listing = Listing {
            files: match count {
                None => vec![file(ONLY.to_owned())],
                Some(count) => (1..=count.min(max)).map(|nth| file(named(nth))).collect(),
            },
            more: count.is_some_and(|count| count > max),
        };
        let _ = self.0.inputs.set(inputs.unwrap_or_default());
        Ok(listing)
    }

    /// The inputs of this run; `None` for one without an input of its own. They are asked for once, so that an attempt
    /// that goes on finds those that were begun.
    async fn inputs(&self) -> Result<Option<Vec<Map<String, Value>>>, SourceError> {
        let Some(scheduled) = &self.0.scheduled else {
            return Ok(None);
        };
        let key = self.0.kept.as_ref().map(|(_, folder)| format!("{folder}inputs.json"));
        if let Some(((bucket, _), key)) = self.0.kept.as_ref().zip(key.as_ref())
            && let Some(kept) = bucket.get(key, MAX_INPUTS_BYTES).await.map_err(kept)?
        {
            return read_scheduled_inputs(&kept).map_err(|found| problem(&found));
        }
        let transaction = format!("{}-{}-inputs", self.0.connection, self.0.at.as_millisecond());
        let request = scheduled_request(&self.envelope(&transaction), &self.0.carrier);
        let told = self.call(scheduled, &request).await?;
        let inputs = read_scheduled_inputs(&told).map_err(|found| problem(&found))?;
        if inputs.as_ref().is_some_and(|inputs| inputs.len() > MAX_INPUTS) {
            return Err(SourceError::Place {
                why: format!("the function: more than {MAX_INPUTS} inputs"),
                class: ErrorClass::Permanent,
            });
        }
        if let Some(((bucket, _), key)) = self.0.kept.as_ref().zip(key) {
            bucket.put(&key, "application/json", told).await.map_err(kept)?;
        }
        Ok(inputs)
    }

    /// Whether there is time for one more page. Every attempt asks for one at least, and gets on.
    fn has_time(&self) -> bool {
        let left = |stop_at: Timestamp| stop_at.duration_since((self.0.now)());
        !self.0.told.load(Ordering::Relaxed) || self.0.stop_at.is_none_or(|stop_at| left(stop_at) >= PAGE_TIME)
    }

    /// The input of a file.
    fn input(&self, name: &str) -> Map<String, Value> {
        let inputs = self.0.inputs.get().map(Vec::as_slice).unwrap_or_default();
        let mut named = (1..).zip(inputs).filter(|(nth, _)| named(*nth) == name);
        named.next().map(|(_, input)| input.clone()).unwrap_or_default()
    }

    fn envelope<'a>(&'a self, transaction: &'a str) -> Envelope<'a> {
        Envelope {
            transaction_id: transaction,
            connection_name: &self.0.connection,
            metadata: &self.0.metadata,
        }
    }

    async fn call(&self, function: &str, request: &Value) -> Result<Bytes, SourceError> {
        let (functions, endpoint) = (&self.0.functions, self.0.endpoint.as_deref());
        let answer = functions.call(function, request.to_string().into_bytes(), endpoint);
        match answer.await.map_err(|error| uncalled(&error))? {
            Output::Done(output) => Ok(output),
            Output::Failed(output) => Err(problem(&read_function_error(&output))),
        }
    }

    async fn give_up(&self, file: &FeedFile) -> Result<(), SourceError> {
        let Some((bucket, folder)) = &self.0.kept else {
            return Ok(());
        };
        remove_below(bucket, &format!("{folder}{}/", file.name)).await
    }
}

impl Place for FunctionSource {
    fn list(&self, max: usize) -> SourceFuture<'_, Listing> {
        Box::pin(self.look(max))
    }

    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        // What is asked is asked once: the queue brings the run back, later than a second try here.
        let patience = Patience {
            tries: 1,
            idle: std::time::Duration::MAX,
            ..Patience::default()
        };
        Box::pin(FeedReader::begin(Pages::of(self, file), offset, patience))
    }

    fn put_away<'a>(&'a self, _: &'a FeedFile, afterwards: &'a Afterwards) -> SourceFuture<'a, ()> {
        let can = *afterwards == Afterwards::Leave;
        Box::pin(async move { if can { Ok(()) } else { Err(SourceError::Unsupported) } })
    }

    fn release<'a>(&'a self, file: &'a FeedFile) -> SourceFuture<'a, ()> {
        Box::pin(self.give_up(file))
    }

    /// A page that is gone would be asked for anew, and what comes then may be another one.
    fn goes_on_at<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, ()> {
        Box::pin(async move { self.open(file, offset).await.map(drop) })
    }

    /// There is nothing to reach but by asking.
    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

/// The file of an input, from 1.
fn named(nth: usize) -> String {
    format!("{ONLY}-{nth:04}")
}

/// What every request carries for the function: an object.
fn metadata(settings: Settings<'_>) -> Result<Map<String, Value>, SourceError> {
    let text = settings.some_text("metadata").unwrap_or("{}");
    serde_json::from_str(text).map_err(|_| setting("metadata", "is not an object of JSON"))
}

fn setting(name: &str, problem: &'static str) -> SourceError {
    SourceError::Setting {
        name: name.to_owned(),
        problem,
    }
}

fn uncalled(error: &FunctionError) -> SourceError {
    SourceError::Place {
        why: format!("the function could not be called: {error}"),
        class: match error.class() {
            ErrorClass::Retry => ErrorClass::Retry,
            ErrorClass::Caller | ErrorClass::Permanent => ErrorClass::Permanent,
        },
    }
}

/// Permanent is what asking again does not help: then what was told before is stored.
fn problem(problem: &LiveProblem) -> SourceError {
    let (why, class) = match problem {
        LiveProblem::Throttled { .. } => ("it wants a pause".to_owned(), ErrorClass::Retry),
        LiveProblem::CarrierDown { .. } | LiveProblem::NotAsked { .. } => ("it failed".to_owned(), ErrorClass::Retry),
        LiveProblem::Refused { .. } | LiveProblem::TokenRefused => {
            ("its carrier refuses the credentials".to_owned(), ErrorClass::Permanent)
        }
        LiveProblem::Malformed { hint } => (format!("its answer is none ({hint})"), ErrorClass::Permanent),
        LiveProblem::NotFoundYet | LiveProblem::InvalidNumber => {
            ("it does not take the request".to_owned(), ErrorClass::Permanent)
        }
    };
    SourceError::Place {
        why: format!("the function: {why}"),
        class,
    }
}
