use serde::Deserialize;

/// What invokes the function: a batch of the stream, or one of its retry queue. Only the fields in use.
#[derive(Debug, Clone, Deserialize)]
pub struct NotifyEvent {
    /// In order.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A record of either source.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "eventSource")]
pub enum Record {
    /// An item was put.
    #[serde(rename = "aws:dynamodb", rename_all = "camelCase")]
    Change {
        /// How.
        event_name: EventName,
        /// What changed.
        dynamodb: StreamChange,
    },
    /// A number is to be looked at again.
    #[serde(rename = "aws:sqs", rename_all = "camelCase")]
    Message {
        /// Names it in the answer.
        message_id: String,
        /// A `NotifyOrder`.
        body: String,
    },
}

/// How an item changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventName {
    /// It is new.
    Insert,
    /// It was put again.
    Modify,
    /// It expired, which is no news.
    Remove,
}

/// A change as the stream has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamChange {
    /// Of which item.
    pub keys: StreamKeys,
    /// Its place in the stream.
    pub sequence_number: String,
}

/// The keys of an item.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamKeys {
    /// The partition key.
    pub pk: Text,
    /// The sort key.
    pub sk: Text,
}

/// A string attribute.
#[derive(Debug, Clone, Deserialize)]
pub struct Text {
    /// Its text.
    #[serde(rename = "S")]
    pub text: String,
}
