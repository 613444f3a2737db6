//! The kinds of sources by their names: one place that a new kind is added to.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aws_sdk_s3::Client;
use milepost_model::SourceAddress;

use super::error::SourceError;
use super::settings::{Settings, wrong};
use super::{
    Fingerprint, FtpServer, FtpSource, HttpsLogin, HttpsSource, Pattern, Protection, S3Source, Secret, SftpServer,
    SftpSource, Source,
};
use crate::bucket::Bucket;
use crate::guard::Guard;

/// A role of another account, under which its bucket is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedRole {
    /// Its ARN.
    pub arn: String,
    /// What the other account wants to hear from who assumes it, if anything.
    pub external_id: Option<String>,
}

/// A client of S3, as the hub itself or under a role.
pub type S3Clients = Arc<dyn Fn(Option<AssumedRole>) -> Pin<Box<dyn Future<Output = Client> + Send>> + Send + Sync>;

/// Makes a source of a kind: from the address, the connection's secret and the pattern of markers.
pub type MakeSource = Arc<dyn Fn(&SourceAddress, Option<Secret>, Pattern) -> Result<Source, SourceError> + Send + Sync>;

/// Opens sources by their addresses.
#[derive(Clone)]
pub struct Sources {
    own: Bucket,
    s3: S3Clients,
    guard: Guard,
    others: BTreeMap<String, MakeSource>,
}

impl Sources {
    /// With the hub's own bucket, clients for those of others, and a guard over the hosts that connections name.
    pub fn new(own: Bucket, s3: S3Clients, guard: Guard) -> Self {
        Self {
            own,
            s3,
            guard,
            others: BTreeMap::new(),
        }
    }

    /// Knows one more kind.
    #[must_use]
    pub fn with_kind(mut self, name: &str, make: MakeSource) -> Self {
        self.others.insert(name.to_owned(), make);
        self
    }

    /// Reads buckets of others with this client, whatever the role.
    #[must_use]
    pub fn with_s3(self, client: Client) -> Self {
        let s3: S3Clients = Arc::new(move |_| {
            let client = client.clone();
            Box::pin(async move { client })
        });
        Self { s3, ..self }
    }

    /// Whether an address can be opened, as far as that shows without connecting: for whoever adds a connection.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub async fn check(&self, address: &SourceAddress) -> Result<(), SourceError> {
        if let Some(host) = address.setting("host") {
            self.guard.policy().check_host(host)?;
        }
        // A password, for kinds that need a secret.
        self.open(address, Some(Secret::new("-")), None).await.map(drop)
    }

    /// The source at an address. `markers` is the pattern of the files that tell that others are whole.
    ///
    /// # Errors
    ///
    /// [`SourceError::NoSuchKind`], [`SourceError::Setting`], or a host that may not be reached.
    pub async fn open(
        &self,
        address: &SourceAddress,
        secret: Option<Secret>,
        markers: Option<String>,
    ) -> Result<Source, SourceError> {
        let pattern = Pattern::new(address.setting("pattern").unwrap_or("*")).or(markers);
        match address.kind.as_str() {
            "s3" => self.s3(address, pattern).await,
            "ftp" => self.ftp(address, secret, pattern, false),
            "ftps" => self.ftp(address, secret, pattern, true),
            "sftp" => self.sftp(address, secret, pattern),
            "https" => self.https(address, secret),
            kind => match self.others.get(kind) {
                Some(make) => make(address, secret, pattern),
                None => Err(SourceError::NoSuchKind(kind.to_owned())),
            },
        }
    }

    async fn s3(&self, address: &SourceAddress, pattern: Pattern) -> Result<Source, SourceError> {
        let settings = Settings::of(address, &["bucket", "prefix", "pattern", "role", "external_id"])?;
        let prefix = settings.some_text("prefix").unwrap_or_default();
        let Some(bucket) = settings.some_text("bucket") else {
            return Ok(Source::new(self.own.source(prefix, pattern)));
        };
        let role = settings.some_text("role").map(|arn| AssumedRole {
            arn: arn.to_owned(),
            external_id: settings.some_text("external_id").map(str::to_owned),
        });
        if role.as_ref().is_some_and(|role| !role.arn.starts_with("arn:")) {
            return Err(wrong("role", "is not the ARN of a role"));
        }
        let client = (self.s3)(role).await;
        Ok(Source::new(S3Source::new(client, bucket, prefix, pattern)))
    }

    fn ftp(
        &self,
        address: &SourceAddress,
        secret: Option<Secret>,
        pattern: Pattern,
        tls: bool,
    ) -> Result<Source, SourceError> {
        let known = ["host", "port", "user", "folder", "pattern", "certificate"];
        let settings = Settings::of(address, known.get(..if tls { 6 } else { 5 }).unwrap_or_default())?;
        let protection = match settings.some_text("certificate") {
            _ if !tls => Protection::None,
            None => Protection::Tls,
            Some(text) => {
                let pinned = Fingerprint::parse(text);
                Protection::Pinned(pinned.ok_or_else(|| wrong("certificate", "is not a SHA-256 in hex"))?)
            }
        };
        let server = FtpServer {
            host: settings.text("host")?.to_owned(),
            port: settings.port("port", 21)?,
            user: settings.text("user")?.to_owned(),
            password: secret.unwrap_or_else(|| Secret::new(String::new())),
            directory: settings.some_text("folder").unwrap_or_default().to_owned(),
            protection,
        };
        Ok(Source::new(FtpSource::new(server, pattern, self.guard.clone())?))
    }

    fn sftp(&self, address: &SourceAddress, secret: Option<Secret>, pattern: Pattern) -> Result<Source, SourceError> {
        let known = ["host", "port", "user", "folder", "pattern", "host_key"];
        let settings = Settings::of(address, &known)?;
        let keys = settings.some_text("host_key").unwrap_or_default();
        let host_keys: Vec<String> = keys
            .split([' ', ','])
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect();
        if host_keys.iter().any(|key| !key.starts_with("SHA256:")) {
            return Err(wrong(
                "host_key",
                "is not a fingerprint such as SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            ));
        }
        let server = SftpServer {
            host: settings.text("host")?.to_owned(),
            port: settings.port("port", 22)?,
            user: settings.text("user")?.to_owned(),
            login: secret.ok_or_else(|| wrong("secret", "is missing: a password or a private key"))?,
            directory: settings.some_text("folder").unwrap_or_default().to_owned(),
            host_keys,
        };
        Ok(Source::new(SftpSource::new(server, pattern, self.guard.clone())))
    }

    fn https(&self, address: &SourceAddress, secret: Option<Secret>) -> Result<Source, SourceError> {
        let settings = Settings::of(address, &["url", "user", "header"])?;
        let login = match (secret, settings.some_text("user"), settings.some_text("header")) {
            (None, ..) => HttpsLogin::None,
            (Some(secret), Some(user), None) => HttpsLogin::Basic(user.to_owned(), secret),
            (Some(secret), None, Some(name)) => HttpsLogin::Header(name.to_owned(), secret),
            (Some(secret), None, None) => HttpsLogin::Bearer(secret),
            (Some(_), Some(_), Some(_)) => return Err(wrong("header", "cannot stand beside user")),
        };
        Ok(Source::new(HttpsSource::new(
            settings.text("url")?,
            &login,
            self.guard.clone(),
        )?))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("own", &self.own)
            .field("guard", &self.guard)
            .field("others", &self.others.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
