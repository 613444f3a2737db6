use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use milepost_contract::deliveries::ResentJson;
use milepost_contract::hub::DeliveryJson;
use milepost_model::{AccountId, Delivery, DeliveryId, EndpointId, TrackingNumber};
use milepost_runtime::now;
use milepost_webhooks::{DeliveryFilter, DeliveryPhase, Replay, WebhookError};
use serde_json::json;

use super::{Failure, Options, Reach, say};

/// Deliveries that are sent again at a time.
const AT_A_TIME: usize = 500;

/// `milepost deliveries`
#[derive(Debug, Args)]
pub struct Deliveries {
    #[command(subcommand)]
    again: Option<Again>,
    #[command(flatten)]
    which: Which,
    /// How many, newest first
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
enum Again {
    /// Send again: one by its id, or all that the options name
    Resend {
        /// The message id of one
        id: Option<String>,
        #[command(flatten)]
        which: Which,
    },
}

/// Which deliveries.
#[derive(Debug, Args)]
struct Which {
    /// Whose
    #[arg(long, default_value = "default")]
    account: AccountId,
    /// To this endpoint
    #[arg(long)]
    endpoint: Option<String>,
    /// waiting, held, delivered, exhausted or dropped
    #[arg(long)]
    state: Option<DeliveryPhase>,
    /// Of this tracking number
    #[arg(long)]
    number: Option<TrackingNumber>,
    /// Made at this instant or later, as 2026-11-20T14:00:00Z
    #[arg(long)]
    since: Option<Timestamp>,
    /// Made before this instant
    #[arg(long)]
    until: Option<Timestamp>,
}

impl Which {
    fn filter(self) -> (AccountId, DeliveryFilter) {
        let filter = DeliveryFilter {
            endpoint: self.endpoint.map(EndpointId),
            state: self.state,
            number: self.number,
            since: self.since,
            until: self.until,
        };
        (self.account, filter)
    }
}

impl Deliveries {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let reach = Reach::hub(options).await?;
        let replay = reach.access().replay();
        match self.again {
            None => {
                let (account, filter) = self.which.filter();
                let deliveries = list(&replay, &account, &filter, self.limit.max(1)).await?;
                let deliveries: Vec<DeliveryJson> = deliveries.iter().map(DeliveryJson::of).collect();
                if options.json {
                    say(json!({ "deliveries": deliveries }).to_string());
                } else {
                    deliveries.iter().for_each(print);
                }
            }
            Some(Again::Resend { id: Some(id), which }) => {
                replay.resend(&which.account, &DeliveryId(id), now()).await?;
                said(options, 1);
            }
            Some(Again::Resend { id: None, which }) => {
                let (account, filter) = which.filter();
                if filter == DeliveryFilter::default() {
                    return Err("say which: an id, or --since, --until, --endpoint, --state, --number".into());
                }
                let (mut resent, mut before) = (0, None);
                loop {
                    let (sent, next) = replay.resend_page(&account, &filter, before, AT_A_TIME, now()).await?;
                    resent += sent;
                    before = next;
                    if before.is_none() {
                        break;
                    }
                }
                said(options, resent);
            }
        }
        reach.leave().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest that fit, at most `limit`. A page ends early where few of those that were looked at fit.
async fn list(
    replay: &Replay,
    account: &AccountId,
    filter: &DeliveryFilter,
    limit: usize,
) -> Result<Vec<Delivery>, WebhookError> {
    let (mut deliveries, mut before) = (Vec::new(), None);
    loop {
        let left = limit - deliveries.len();
        let page = replay.page(account, filter, before, left, now()).await?;
        deliveries.extend(page.deliveries);
        before = page.next;
        if before.is_none() || deliveries.len() >= limit {
            return Ok(deliveries);
        }
    }
}

fn said(options: &Options, resent: usize) {
    if options.json {
        let resent = ResentJson { resent, next: None };
        say(json!(resent).to_string());
    } else {
        say(format!("{resent} queued"));
    }
}

fn print(delivery: &DeliveryJson) {
    let last = delivery.attempts.last();
    let status = last.and_then(|attempt| attempt.status).map(|status| status.to_string());
    let error = last.and_then(|attempt| attempt.error.clone());
    say(format!(
        "{}  {}  {}  {}  {} attempts  {}",
        delivery.created,
        delivery.id,
        delivery.state,
        delivery.number,
        delivery.attempts.len(),
        status.or(error).unwrap_or_default(),
    ));
}
