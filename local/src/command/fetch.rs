//! Files that a command is given by address.

use milepost_net::source::{FtpServer, FtpSource, Pattern, Protection, S3Source, Secret};
use milepost_net::{AddressPolicy, FeedReader, Guard, Source};
use milepost_runtime::{Clients, sdk_settings};

use super::Failure;

/// Files listed to find the one that is meant.
const MAX_LISTED: usize = 1_000;

/// Whether it is an address, not a path.
pub(super) fn is_remote(file: &str) -> bool {
    file.starts_with("s3://") || file.starts_with("ftp://")
}

/// Opens an address: the file's name, its size and its bytes.
pub(super) async fn open(address: &str) -> Result<(String, Option<u64>, FeedReader), Failure> {
    let (source, wanted) = match address.strip_prefix("s3://") {
        Some(object) => s3(object).await?,
        None => ftp(address)?,
    };
    let listing = source.list(MAX_LISTED).await?;
    let file = listing.files.into_iter().find(|file| file.name == wanted);
    let file = file.ok_or_else(|| format!("there is no file {wanted} there, or it is still being written"))?;
    let bytes = source.open(&file, 0).await?;
    let name = file.name.rsplit('/').next().unwrap_or_default().to_owned();
    Ok((name, file.size, bytes))
}

async fn s3(object: &str) -> Result<(Source, String), Failure> {
    let (bucket, key) = object.split_once('/').ok_or("an S3 address is s3://BUCKET/KEY")?;
    let client = Clients::new(sdk_settings().await).s3();
    Ok((
        Source::new(S3Source::new(client, bucket, key, Pattern::default())),
        key.to_owned(),
    ))
}

/// The operator's own machine may reach any host that its operator names.
fn ftp(address: &str) -> Result<(Source, String), Failure> {
    let url = url::Url::parse(address)?;
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let path = decoded(url.path());
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let server = FtpServer {
        host: url
            .host_str()
            .ok_or("an FTP address is ftp://USER:PASSWORD@HOST/PATH")?
            .to_owned(),
        port: url.port().unwrap_or(21),
        user: if url.username().is_empty() {
            "anonymous".to_owned()
        } else {
            decoded(url.username())
        },
        password: Secret::new(decoded(url.password().unwrap_or_default())),
        directory: directory.to_owned(),
        protection: Protection::None,
    };
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .into_iter()
        .filter_map(|range| range.parse().ok());
    let policy = AddressPolicy {
        allow_loopback: true,
        extra_ranges: private.collect(),
        ..AddressPolicy::default()
    };
    Ok((
        Source::new(FtpSource::new(server, Pattern::new(name), Guard::new(policy))?),
        name.to_owned(),
    ))
}
