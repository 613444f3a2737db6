//! The stand-ins against the real SDK clients, over HTTP.

mod bucket;
mod queue;
mod queue_http;
mod stream;
mod table;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::Credentials;
use tempfile::TempDir;

use super::*;

/// A whole cloud on a folder of its own, with a clock that the test moves.
struct Fixture {
    cloud: Cloud,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

const QUEUE: &str = "deliveries";
const DEAD: &str = "deliveries-dead";
const BUCKET: &str = "milepost-hub";

impl Fixture {
    async fn start() -> Self {
        Self::start_on(TempDir::new().unwrap(), Arc::new(ManualClock::at(1_700_000_000_000))).await
    }

    async fn start_on(folder: TempDir, clock: Arc<ManualClock>) -> Self {
        let options = CloudOptions {
            table: table_spec(),
            queues: queue_specs(),
            buckets: vec![BUCKET.to_owned()],
            notices: vec![NoticeSpec {
                bucket: BUCKET.to_owned(),
                prefix: "in/".to_owned(),
                queue: QUEUE.to_owned(),
            }],
            clock: clock.clone(),
        };
        let cloud = Cloud::start(folder.path(), options).await.unwrap();
        Self { cloud, clock, folder }
    }

    /// Stops everything and starts it again on the same folder.
    async fn restart(self) -> Self {
        self.cloud.stop().await;
        Self::start_on(self.folder, self.clock).await
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("local"))
            .endpoint_url(&self.cloud.endpoints().table)
            .credentials_provider(credentials());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        use aws_sdk_sqs::config::{BehaviorVersion, Region};
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("local"))
            .endpoint_url(&self.cloud.endpoints().queues)
            .credentials_provider(credentials());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{BehaviorVersion, Region};
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("local"))
            .endpoint_url(&self.cloud.endpoints().bucket)
            .force_path_style(true)
            .credentials_provider(credentials());
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local")
}

fn table_spec() -> TableSpec {
    TableSpec {
        name: "milepost".to_owned(),
        expires_attribute: "expires_at".to_owned(),
    }
}

fn queue_specs() -> Vec<QueueSpec> {
    let dead_letter = Some(DeadLetter {
        queue: DEAD.to_owned(),
        max_receives: 3,
    });
    vec![
        QueueSpec {
            name: QUEUE.to_owned(),
            visibility: Duration::from_secs(60),
            dead_letter,
        },
        QueueSpec {
            name: DEAD.to_owned(),
            visibility: Duration::from_secs(60),
            dead_letter: None,
        },
    ]
}

#[tokio::test]
async fn every_endpoint_is_on_loopback() {
    let hub = Fixture::start().await;
    let endpoints = hub.cloud.endpoints();
    for url in [&endpoints.table, &endpoints.queues, &endpoints.bucket] {
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    }
}

#[tokio::test]
async fn a_table_is_not_served_to_the_network() {
    let table = EmbeddedTable::open(None, &table_spec()).unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let (_stop, stopped) = Stop::channel();
    assert!(matches!(
        table.serve(listener, stopped).await,
        Err(Error::NotLoopback(_))
    ));
}

#[tokio::test]
async fn stopping_closes_the_ports_also_when_clients_have_sent_half_a_request() {
    let hub = Fixture::start().await;
    hub.dynamodb().list_tables().send().await.unwrap();
    let urls = hub.cloud.endpoints().clone();
    let _clients = [half_request(&urls.table).await, half_request(&urls.queues).await];
    hub.cloud.stop().await;
    for url in [urls.table, urls.queues, urls.bucket] {
        assert!(tokio::net::TcpStream::connect(address(&url)).await.is_err(), "{url}");
    }
}

async fn half_request(url: &str) -> tokio::net::TcpStream {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut client = tokio::net::TcpStream::connect(address(url)).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n\
                Content-Length: 10\r\nExpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    // The server says that it waits for the body: the request is under way.
    let mut answer = [0; 12];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    client.write_all(b"{").await.unwrap();
    client
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}
