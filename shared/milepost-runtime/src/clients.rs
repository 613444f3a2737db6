use std::sync::Arc;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use milepost_net::source::S3Clients;
use milepost_net::{AddressPolicy, Bucket, Exchange, ExchangeError, Functions, Guard, Queue, Timeouts};
use milepost_store::{SealKey, Store};

use crate::USER_AGENT;

/// For an answer to one try of a call; a body that streams may take longer. The services answer in milliseconds, and
/// the SDK's default is to wait for ever: a connection that died unnoticed would hold a function until it is stopped.
const ANSWER: Duration = Duration::from_secs(15);

/// What the other account's log shows beside the role.
const SESSION: &str = "milepost-import";

/// Region, credentials and endpoints, from the environment as the AWS SDK reads them.
pub async fn sdk_settings() -> SdkConfig {
    sdk_loader().load().await
}

/// What [`sdk_settings`] loads, for who says something about it that the environment does not.
pub fn sdk_loader() -> ConfigLoader {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ANSWER).build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts)
}

/// Settings that were put together by hand have no clock, and who assumes a role without one panics.
async fn with_clock(settings: SdkConfig) -> SdkConfig {
    if settings.time_source().is_some() {
        return settings;
    }
    let region = settings.region().cloned();
    let usual = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .no_credentials();
    let mut settings = settings.into_builder();
    settings.set_time_source(usual.load().await.time_source());
    settings.build()
}

/// Makes the clients of a function, once, before its first event.
#[derive(Debug, Clone)]
pub struct Clients {
    settings: SdkConfig,
}

impl Clients {
    /// Over given settings: the environment's, or the endpoints of a hub on this machine.
    pub fn new(settings: SdkConfig) -> Self {
        Self { settings }
    }

    /// The settings.
    pub fn settings(&self) -> &SdkConfig {
        &self.settings
    }

    /// The table. The SDK's own retries are off: milepost-store retries, and two layers would multiply.
    pub fn store(&self, table: &str, seal: Option<SealKey>) -> Store {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.settings).retry_config(RetryConfig::disabled());
        Store::new(
            aws_sdk_dynamodb::Client::from_conf(config.build()),
            table.to_owned(),
            seal,
        )
    }

    /// S3. Path style, so that a bucket behind a bare address works too.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.settings).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// S3 under roles of other accounts, each assumed when it is needed: a run reads one bucket.
    pub fn s3_by_role(&self) -> S3Clients {
        let settings = self.settings.clone();
        Arc::new(move |role| {
            let settings = settings.clone();
            Box::pin(async move {
                let settings = with_clock(settings).await;
                let mut config = aws_sdk_s3::config::Builder::from(&settings).force_path_style(true);
                if let Some(role) = role {
                    let mut assumed = AssumeRoleProvider::builder(role.arn)
                        .session_name(SESSION)
                        .configure(&settings);
                    if let Some(external_id) = role.external_id {
                        assumed = assumed.external_id(external_id);
                    }
                    config = config.credentials_provider(assumed.build().await);
                }
                aws_sdk_s3::Client::from_conf(config.build())
            })
        })
    }

    /// The hub's own bucket.
    pub fn bucket(&self, name: &str) -> Bucket {
        Bucket::new(self.s3(), name)
    }

    /// Calls to carriers' APIs and to receivers of webhooks: 5 s to connect, 15 s in all, of the 20 s that all carriers
    /// of one request have.
    ///
    /// # Errors
    /// Without trust roots on the machine.
    pub fn exchange(&self, addresses: AddressPolicy) -> Result<Exchange, ExchangeError> {
        Exchange::new(Guard::new(addresses), Timeouts::default(), USER_AGENT)
    }

    /// Calls to functions of the operator's own. The SDK's own retries are off: a carrier is asked once.
    pub fn functions(&self, addresses: AddressPolicy) -> Functions {
        let config = aws_sdk_lambda::config::Builder::from(&self.settings).retry_config(RetryConfig::disabled());
        Functions::new(aws_sdk_lambda::Client::from_conf(config.build()), addresses)
    }

    /// A queue by its URL.
    pub fn queue(&self, url: &str) -> Queue {
        Queue::new(aws_sdk_sqs::Client::new(&self.settings), url)
    }
}
