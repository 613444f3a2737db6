//! Feed files in a bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use milepost_model::Afterwards;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::SourceError;
use super::reader::FeedReader;
use super::resume::{Patience, Transfer, within};
use super::state::FileState;
use super::{FeedFile, Listing, Pattern, Place, SourceFuture, is_unfinished};
use crate::bucket::{milliseconds, size};
use crate::error::AwsError;

/// The most pages of a listing that are read: 200,000 keys, which take a minute.
const MAX_PAGES: usize = 200;

/// Objects of one bucket under a prefix.
#[derive(Debug, Clone)]
pub struct S3Source {
    client: Client,
    bucket: String,
    prefix: String,
    pattern: Pattern,
    patience: Patience,
}

impl S3Source {
    /// The objects of `bucket` whose keys begin with `prefix` and go on as `pattern` says.
    pub fn new(client: Client, bucket: impl Into<String>, prefix: impl Into<String>, pattern: Pattern) -> Self {
        Self {
            client,
            bucket: bucket.into(),
            prefix: prefix.into(),
            pattern,
            patience: Patience::default(),
        }
    }

    /// Waits and tries otherwise than by default.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn look(&self, max: usize) -> Result<Listing, SourceError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix);
        // By default a repeated token would end the listing as if it were whole.
        let mut pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let mut listing = Listing::default();
        for _ in 0..MAX_PAGES {
            let page = within(self.patience.begin, "list", async { Ok(pages.next().await) }).await?;
            let Some(page) = page else {
                return Ok(listing);
            };
            let page = page.map_err(|error| source_error("ListObjectsV2", &error))?;
            for object in page.contents() {
                let Some(name) = object.key().filter(|key| self.wants(key)) else {
                    continue;
                };
                if listing.files.len() == max {
                    listing.more = true;
                    return Ok(listing);
                }
                listing.files.push(FeedFile {
                    name: name.to_owned(),
                    size: Some(size(object.size())),
                    etag: object.e_tag().map(ToOwned::to_owned),
                    modified_ms: object.last_modified().and_then(milliseconds),
                });
            }
        }
        listing.more = true;
        Ok(listing)
    }

    fn wants(&self, key: &str) -> bool {
        // A key that ends in a slash is a folder made by hand in the console.
        !key.ends_with('/')
            && !is_unfinished(key)
            && key
                .strip_prefix(&self.prefix)
                .is_some_and(|rest| self.pattern.matches(rest))
    }

    fn transfer(&self, file: &FeedFile) -> ObjectTransfer {
        ObjectTransfer {
            client: self.client.clone(),
            bucket: self.bucket.clone(),
            key: file.name.clone(),
            known: FileState::of(file),
            at: 0,
            body: None,
        }
    }

    /// S3 has no move: a copy, and then the deletion, both only of the listed version.
    async fn away(&self, file: &FeedFile, afterwards: &Afterwards) -> Result<(), SourceError> {
        if let Afterwards::MoveTo(folder) = afterwards {
            let rest = file.name.strip_prefix(&self.prefix).unwrap_or(&file.name);
            let source = format!("{}/{}", self.bucket, file.name);
            let copy = self.client.copy_object().bucket(&self.bucket);
            let copy = copy.key(format!(
                "{}/{}",
                folder.trim_end_matches('/'),
                rest.trim_start_matches('/')
            ));
            let copy = copy.copy_source(utf8_percent_encode(&source, COPY_SOURCE).to_string());
            let copy = copy.set_copy_source_if_match(file.etag.clone()).send().await;
            copy.map_err(|error| source_error("CopyObject", &error))?;
        }
        let delete = self.client.delete_object().bucket(&self.bucket).key(&file.name);
        let delete = delete.set_if_match(file.etag.clone()).send().await;
        delete.map_err(|error| source_error("DeleteObject", &error))?;
        Ok(())
    }

    async fn can_list(&self) -> Result<(), SourceError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix);
        let listed = request.max_keys(1).send().await;
        listed.map_err(|error| source_error("ListObjectsV2", &error))?;
        Ok(())
    }
}

/// What of a key has to be escaped in the header that names what is copied.
const COPY_SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl Place for S3Source {
    fn list(&self, max: usize) -> SourceFuture<'_, Listing> {
        Box::pin(self.look(max))
    }

    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        Box::pin(FeedReader::begin(self.transfer(file), offset, self.patience))
    }

    fn put_away<'a>(&'a self, file: &'a FeedFile, afterwards: &'a Afterwards) -> SourceFuture<'a, ()> {
        Box::pin(async move {
            match afterwards {
                Afterwards::Leave => Ok(()),
                _ => within(self.patience.begin, "put away", self.away(file, afterwards)).await,
            }
        })
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(within(self.patience.begin, "list", self.can_list()))
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

/// One object, by ranged reads that hold to its tag.
struct ObjectTransfer {
    client: Client,
    bucket: String,
    key: String,
    /// As listed, else as the first answer says.
    known: FileState,
    at: u64,
    /// None at the end: S3 has no answer to a range that begins there.
    body: Option<ByteStream>,
}

impl Transfer for ObjectTransfer {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.at = offset;
        self.body = None;
        match self.known.size {
            Some(size) if offset > size => return Err(SourceError::Changed),
            Some(size) if offset == size && offset > 0 => return Ok(()),
            _ => {}
        }
        let range = (offset > 0).then(|| format!("bytes={offset}-"));
        let request = self.client.get_object().bucket(&self.bucket).key(&self.key);
        let answer = request
            .set_if_match(self.known.etag.clone())
            .set_range(range)
            .send()
            .await;
        let answer = answer.map_err(|error| source_error("GetObject", &error))?;
        self.hold_to(&answer)?;
        self.body = Some(answer.body);
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        match body.next().await {
            Some(Ok(chunk)) => {
                self.at += chunk.len() as u64;
                Ok(Some(chunk))
            }
            // The SDK checks what S3 has a checksum of when the last byte has come.
            Some(Err(_)) if self.known.size == Some(self.at) => Err(SourceError::Corrupt),
            Some(Err(_)) => Err(SourceError::Broken { at: self.at }),
            None if self.known.size.is_none_or(|size| self.at >= size) => Ok(None),
            None => Err(SourceError::Broken { at: self.at }),
        }
    }
}

impl ObjectTransfer {
    /// Compares an answer with what is known of the object, for servers that pay no heed to a condition or a range.
    fn hold_to(&mut self, answer: &GetObjectOutput) -> Result<(), SourceError> {
        let begins_here = match answer.content_range() {
            Some(range) => range.starts_with(&format!("bytes {}-", self.at)),
            None => self.at == 0,
        };
        if !begins_here {
            return Err(SourceError::Protocol { step: "GetObject" });
        }
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let now = FileState {
            size: length.map(|length| self.at + length),
            // The tag tells versions apart, and some servers give another time in a listing.
            modified_ms: None,
            etag: answer.e_tag().map(ToOwned::to_owned),
        };
        if !self.known.is(&now) {
            return Err(SourceError::Changed);
        }
        self.known = self.known.seen_as(now);
        Ok(())
    }
}

fn source_error<E>(
    operation: &'static str,
    error: &aws_sdk_s3::error::SdkError<E, aws_sdk_s3::config::http::HttpResponse>,
) -> SourceError
where
    E: std::error::Error + aws_sdk_s3::error::ProvideErrorMetadata + 'static,
{
    let error = AwsError::new(operation, error);
    match (error.status, error.code.as_deref()) {
        // 416: a range begins behind the end, so the object is shorter than the one that was listed.
        (Some(412 | 416), _) => SourceError::Changed,
        (Some(404), Some("NoSuchKey")) => SourceError::Missing,
        _ => SourceError::Aws(error),
    }
}
