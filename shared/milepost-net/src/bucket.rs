//! Objects in the hub's own bucket: reports, rejects, large messages, spooled feed files.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::future::join;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{AwsError, ErrorClass};
use crate::source::{FeedFile, Pattern, S3Source, SourceError};

/// The size of a part of an upload. S3 asks for at least 5 MiB; two of these fit into the smallest function.
pub const PART_BYTES: usize = 8 * 1024 * 1024;

/// The most parts of one upload, by S3: 78 GiB in all.
const MAX_PARTS: i32 = 10_000;

/// The most keys of one page of a listing, by S3.
const PAGE: usize = 1_000;

/// What the bucket says about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag with the quotes, if one was given.
    pub etag: Option<String>,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: Option<i64>,
}

impl From<StoredObject> for FeedFile {
    fn from(object: StoredObject) -> Self {
        Self {
            name: object.key,
            size: Some(object.size),
            etag: object.etag,
            modified_ms: object.modified_ms,
        }
    }
}

/// An object that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// S3 refused or broke the call.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The object is longer than the caller's limit.
    #[error("the object is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The body of an object broke off.
    #[error("the object broke off")]
    Broken(#[source] aws_sdk_s3::primitives::ByteStreamError),
    /// What was to be uploaded could not be read.
    #[error("the upload could not be read")]
    Read(#[source] std::io::Error),
    /// What was to be uploaded is longer than 10,000 parts.
    #[error("the upload is longer than {MAX_PARTS} parts")]
    TooManyParts,
}

impl BucketError {
    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Aws(error) => error.class(),
            Self::TooLong { .. } | Self::TooManyParts => ErrorClass::Permanent,
            Self::Broken(_) => ErrorClass::Retry,
            Self::Read(error) => SourceError::find(error).map_or(ErrorClass::Retry, SourceError::class),
        }
    }
}

/// One bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// A bucket by its name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The objects under a prefix as feed files, to read one that was uploaded or spooled.
    pub fn source(&self, prefix: &str, pattern: Pattern) -> S3Source {
        S3Source::new(self.client.clone(), self.name.as_str(), prefix, pattern)
    }

    /// Writes an object from memory.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`].
    pub async fn put(&self, key: &str, content_type: &str, body: Bytes) -> Result<(), BucketError> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| AwsError::new("PutObject", &error))?;
        Ok(())
    }

    /// Reads an object of at most `limit` bytes into memory; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`], [`BucketError::TooLong`] or [`BucketError::Broken`].
    pub async fn get(&self, key: &str, limit: usize) -> Result<Option<Bytes>, BucketError> {
        let answer = self.client.get_object().bucket(&self.name).key(key).send().await;
        let answer = match answer.map_err(|error| AwsError::new("GetObject", &error)) {
            Err(error) if is_absent(&error) => return Ok(None),
            answer => answer?,
        };
        let mut body = answer.body;
        let mut read = BytesMut::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(BucketError::Broken)?;
            if read.len() + chunk.len() > limit {
                return Err(BucketError::TooLong { limit });
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Some(read.freeze()))
    }

    /// What the bucket says about an object; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`].
    pub async fn head(&self, key: &str) -> Result<Option<StoredObject>, BucketError> {
        let answer = self.client.head_object().bucket(&self.name).key(key).send().await;
        let answer = match answer.map_err(|error| AwsError::new("HeadObject", &error)) {
            Err(error) if is_absent(&error) => return Ok(None),
            answer => answer?,
        };
        Ok(Some(StoredObject {
            key: key.to_owned(),
            size: size(answer.content_length()),
            etag: answer.e_tag().map(ToOwned::to_owned),
            modified_ms: answer.last_modified().and_then(milliseconds),
        }))
    }

    /// Removes an object, if there is one.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`].
    pub async fn delete(&self, key: &str) -> Result<(), BucketError> {
        self.client
            .delete_object()
            .bucket(&self.name)
            .key(key)
            .send()
            .await
            .map_err(|error| AwsError::new("DeleteObject", &error))?;
        Ok(())
    }

    /// The first `max` objects whose keys begin with `prefix`, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`].
    pub async fn list(&self, prefix: &str, max: usize) -> Result<Vec<StoredObject>, BucketError> {
        let page = i32::try_from(max.min(PAGE)).unwrap_or(1);
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .max_keys(page);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while found.len() < max
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| AwsError::new("ListObjectsV2", &error))?;
            found.extend(
                page.contents()
                    .iter()
                    .take(max - found.len())
                    .map(|object| StoredObject {
                        key: object.key().unwrap_or_default().to_owned(),
                        size: size(object.size()),
                        etag: object.e_tag().map(ToOwned::to_owned),
                        modified_ms: object.last_modified().and_then(milliseconds),
                    }),
            );
        }
        Ok(found)
    }

    /// Writes an object of any length, reading the next part while one is sent; so at most two are in memory. Gives
    /// its length.
    ///
    /// An upload that fails is aborted. One whose future is dropped leaves its parts to the bucket's lifecycle rule.
    ///
    /// # Errors
    ///
    /// [`BucketError::Aws`], [`BucketError::Read`] or [`BucketError::TooManyParts`].
    pub async fn upload<R>(&self, key: &str, content_type: &str, mut reader: R) -> Result<u64, BucketError>
    where
        R: AsyncRead + Unpin + Send,
    {
        let first = read_part(&mut reader).await?;
        if first.len() < PART_BYTES {
            let length = first.len();
            self.put(key, content_type, first).await?;
            return Ok(length as u64);
        }
        let request = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type);
        let answer = request
            .send()
            .await
            .map_err(|error| AwsError::new("CreateMultipartUpload", &error))?;
        let id = answer.upload_id().unwrap_or_default();
        let sent = self.upload_parts(key, id, first, reader).await;
        if sent.is_err() {
            // The first error is the one to report; a failed abort is left to the lifecycle rule as well.
            let _ = self
                .client
                .abort_multipart_upload()
                .bucket(&self.name)
                .key(key)
                .upload_id(id)
                .send()
                .await;
        }
        sent
    }

    async fn upload_parts<R>(&self, key: &str, id: &str, first: Bytes, mut reader: R) -> Result<u64, BucketError>
    where
        R: AsyncRead + Unpin + Send,
    {
        let mut done = Vec::new();
        let mut length = 0;
        let mut part = first;
        for number in 1..=MAX_PARTS {
            length += part.len() as u64;
            let (sent, next) = join(self.upload_part(key, id, number, part), read_part(&mut reader)).await;
            done.push(sent?);
            part = next?;
            if part.is_empty() {
                let parts = CompletedMultipartUpload::builder().set_parts(Some(done)).build();
                self.client
                    .complete_multipart_upload()
                    .bucket(&self.name)
                    .key(key)
                    .upload_id(id)
                    .multipart_upload(parts)
                    .send()
                    .await
                    .map_err(|error| AwsError::new("CompleteMultipartUpload", &error))?;
                return Ok(length);
            }
        }
        Err(BucketError::TooManyParts)
    }

    async fn upload_part(&self, key: &str, id: &str, number: i32, part: Bytes) -> Result<CompletedPart, BucketError> {
        let answer = self
            .client
            .upload_part()
            .bucket(&self.name)
            .key(key)
            .upload_id(id)
            .part_number(number)
            .body(ByteStream::from(part))
            .send()
            .await
            .map_err(|error| AwsError::new("UploadPart", &error))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(answer.e_tag().map(ToOwned::to_owned))
            .set_checksum_crc32(answer.checksum_crc32().map(ToOwned::to_owned))
            .build())
    }
}

/// The next [`PART_BYTES`] of a reader, or what is left of it.
async fn read_part<R: AsyncRead + Unpin>(reader: &mut R) -> Result<Bytes, BucketError> {
    let mut part = BytesMut::with_capacity(PART_BYTES);
    let mut reader = reader.take(PART_BYTES as u64);
    while reader.read_buf(&mut part).await.map_err(BucketError::Read)? > 0 {}
    Ok(part.freeze())
}

/// A missing object, as opposed to a missing bucket, which has the same status.
fn is_absent(error: &AwsError) -> bool {
    error.status == Some(404) && error.class() != ErrorClass::Caller
}

/// A length as S3 gives it, which is never negative.
pub(crate) fn size(length: Option<i64>) -> u64 {
    length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0)
}

pub(crate) fn milliseconds(time: &DateTime) -> Option<i64> {
    time.to_millis().ok()
}
