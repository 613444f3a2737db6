//! AWS's stand-ins alone, for functions in processes of their own: nothing carries events between them.

use std::sync::Arc;
use std::time::Duration;

use milepost_local::aws::{ACCESS_KEY, Cloud, CloudOptions, QueueSpec, SECRET_KEY, SystemClock, TableSpec};
use milepost_local::hub::{Access, BUCKET, Folder, IMPORT_QUEUE, NOTIFY_QUEUE, TABLE, WEBHOOK_QUEUE};
use serde_json::json;
use tempfile::TempDir;

/// Running stand-ins, on a folder of their own.
pub struct StandIns {
    pub cloud: Cloud,
    pub access: Access,
    pub folder: TempDir,
}

impl StandIns {
    /// New ones, empty.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let queue = |name: &str| QueueSpec {
            name: name.to_owned(),
            visibility: Duration::from_secs(60),
            dead_letter: None,
        };
        let options = CloudOptions {
            table: TableSpec {
                name: TABLE.to_owned(),
                expires_attribute: milepost_store::TTL_ATTRIBUTE.to_owned(),
            },
            queues: [IMPORT_QUEUE, WEBHOOK_QUEUE, NOTIFY_QUEUE].map(queue).to_vec(),
            buckets: vec![BUCKET.to_owned()],
            notices: Vec::new(),
            clock: Arc::new(SystemClock),
        };
        let cloud = Cloud::start(folder.path(), options).await.unwrap();
        // As a hub that runs leaves it for commands, but that there is no HTTP API.
        let endpoints = cloud.endpoints();
        let announcement = json!({
            "address": "127.0.0.1:9",
            "table": endpoints.table,
            "queues": endpoints.queues,
            "bucket": endpoints.bucket,
        });
        std::fs::write(folder.path().join("hub.json"), announcement.to_string()).unwrap();
        let announcement = Folder::announced(folder.path()).unwrap();
        Self {
            access: Access::to_announced(&announcement, folder.path()),
            cloud,
            folder,
        }
    }

    /// What a function needs to find them in AWS's place.
    pub fn endpoints(&self) -> Vec<(&'static str, String)> {
        let endpoints = self.cloud.endpoints();
        vec![
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", endpoints.table.clone()),
            ("AWS_ENDPOINT_URL_S3", endpoints.bucket.clone()),
            ("AWS_ENDPOINT_URL_SQS", endpoints.queues.clone()),
        ]
    }

    /// The value of one of the hub's own variables.
    pub fn variable(&self, name: &'static str) -> (&'static str, String) {
        let queue = |queue| self.cloud.endpoints().queue_url(queue);
        let value = match name {
            "MILEPOST_TABLE" => TABLE.to_owned(),
            "MILEPOST_BUCKET" => BUCKET.to_owned(),
            "MILEPOST_IMPORT_QUEUE" => queue(IMPORT_QUEUE),
            "MILEPOST_WEBHOOK_QUEUE" => queue(WEBHOOK_QUEUE),
            "MILEPOST_NOTIFY_QUEUE" => queue(NOTIFY_QUEUE),
            "MILEPOST_PUBLIC_URL" => "https://hub.example".to_owned(),
            "MILEPOST_SEAL_KEY" => format!("file:{}", self.folder.path().join("seal.key").display()),
            "MILEPOST_SIGNING_KEY" => format!("file:{}", self.folder.path().join("signing.key").display()),
            _ => panic!("{name} is no variable of the hub"),
        };
        (name, value)
    }
}
