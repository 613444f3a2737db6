//! What S3 tells a queue of: objects that were put.

use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::queue::{NewMessage, Queues};

/// One rule of a bucket's notification configuration, for `s3:ObjectCreated:*`.
#[derive(Debug, Clone)]
pub struct NoticeSpec {
    /// Of which bucket's objects.
    pub bucket: String,
    /// What their keys begin with.
    pub prefix: String,
    /// The queue that is told.
    pub queue: String,
}

/// Tells of objects that were put through the endpoint. Files that somebody puts into a bucket's folder go unnoticed.
#[derive(Debug)]
pub(super) struct Notices {
    rules: Vec<NoticeSpec>,
    queues: Queues,
}

impl Notices {
    pub(super) fn new(rules: Vec<NoticeSpec>, queues: Queues) -> Self {
        Self { rules, queues }
    }

    /// `how` is S3's word: `Put`, `Copy` or `CompleteMultipartUpload`. The object is there whether or not the notice
    /// comes, as with S3.
    pub(super) async fn created(&self, how: &str, bucket: &str, key: &str) {
        let concerned = |rule: &&NoticeSpec| rule.bucket == bucket && key.starts_with(&rule.prefix);
        for rule in self.rules.iter().filter(concerned) {
            let message = NewMessage {
                body: event(how, bucket, key),
                delay: std::time::Duration::ZERO,
            };
            if let Err(error) = self.queues.send(&rule.queue, message).await {
                tracing::error!(%error, "nobody is told of an object that was put");
            }
        }
    }
}

/// S3's event, with what is read of it. The key is written as forms are, but for its slashes.
fn event(how: &str, bucket: &str, key: &str) -> String {
    let parts: Vec<String> = key
        .split('/')
        .map(|part| byte_serialize(part.as_bytes()).collect())
        .collect();
    let object = json!({"bucket": {"name": bucket}, "object": {"key": parts.join("/")}});
    json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": format!("ObjectCreated:{how}"),
        "s3": object,
    }]})
    .to_string()
}
