use std::sync::Arc;

use aws_sdk_s3::Client as S3;
use jiff::Timestamp;
use milepost_carriers::layout::Layout;
use milepost_model::{Connection, SourceAddress};
use milepost_net::source::{FtpServer, FtpSource, Pattern, ReadSecret, S3Source, Secret};
use milepost_net::{AddressPolicy, Bucket, Guard, Source};
use milepost_store::Store;

use crate::{ImportError, Settings};

/// What runs work with.
#[derive(Clone)]
pub struct Importer {
    /// The table.
    pub store: Store,
    /// The hub's own bucket.
    pub bucket: Bucket,
    /// Buckets of others.
    pub s3: S3,
    /// Credentials by reference.
    pub secrets: ReadSecret,
    /// Limits.
    pub settings: Settings,
    /// Which hosts may be reached.
    pub addresses: AddressPolicy,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Importer {
    /// Where a connection's files are.
    ///
    /// # Errors
    /// A host that may not be reached, or credentials that cannot be read.
    pub async fn source(&self, connection: &Connection) -> Result<Source, ImportError> {
        match &connection.source {
            SourceAddress::S3 {
                bucket,
                prefix,
                pattern,
            } => {
                let pattern = Pattern::new(pattern);
                Ok(Source::S3(if bucket.is_empty() {
                    self.bucket.source(prefix, pattern)
                } else {
                    S3Source::new(self.s3.clone(), bucket, prefix, pattern)
                }))
            }
            SourceAddress::Ftp {
                host,
                port,
                user,
                folder,
                pattern,
            } => {
                let password = match &connection.secret {
                    Some(reference) => (self.secrets)(reference.clone())
                        .await
                        .map_err(ImportError::Credentials)?,
                    None => Secret::new(String::new()),
                };
                let server = FtpServer {
                    host: host.clone(),
                    port: *port,
                    user: user.clone(),
                    password,
                    directory: folder.clone(),
                };
                let guard = Guard::new(self.addresses.clone());
                Ok(Source::Ftp(FtpSource::new(server, Pattern::new(pattern), guard)))
            }
        }
    }
}

/// The layout of a name, or the one that is given in full.
///
/// # Errors
/// [`ImportError::NoSuchLayout`], or what is wrong with the layout.
pub fn layout(name: &str, text: Option<&str>) -> Result<Layout, ImportError> {
    match text {
        Some(text) => Ok(Layout::parse(text)?),
        None => Layout::bundled(name).ok_or_else(|| ImportError::NoSuchLayout(name.to_owned())),
    }
}
