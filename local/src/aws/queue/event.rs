//! Received messages as Lambda's event source mapping hands them to a function.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};

use super::Received;
use crate::aws::md5_hex;

/// The account that the queues pretend to belong to.
pub(super) const ACCOUNT: &str = "000000000000";

/// The region that the queues pretend to be in.
const REGION: &str = "local";

/// The ARN of a queue.
#[must_use]
pub fn queue_arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

/// The event for one invocation of a function whose event source is `queue`.
#[must_use]
pub fn sqs_event(queue: &str, received: &[Received]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = received.iter().map(|message| sqs_message(queue, message)).collect();
    event
}

fn sqs_message(queue: &str, received: &Received) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(received.message_id.clone());
    message.receipt_handle = Some(received.receipt.clone());
    message.body = Some(received.body.clone());
    message.md5_of_body = Some(md5_hex(received.body.as_bytes()));
    message.attributes = attributes(received)
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    message.event_source_arn = Some(queue_arn(queue));
    message.event_source = Some("aws:sqs".to_owned());
    message.aws_region = Some(REGION.to_owned());
    message
}

/// The system attributes of a received message.
pub(super) fn attributes(received: &Received) -> [(&'static str, String); 4] {
    [
        (
            "ApproximateFirstReceiveTimestamp",
            received.first_received_ms.to_string(),
        ),
        ("ApproximateReceiveCount", received.receives.to_string()),
        ("SenderId", ACCOUNT.to_owned()),
        ("SentTimestamp", received.sent_ms.to_string()),
    ]
}
