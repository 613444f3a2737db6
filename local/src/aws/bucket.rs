//! The stand-in for S3: a folder for each bucket, in which every file is an object.
//!
//! s3s speaks the protocol and s3s-fs writes, copies and deletes. Reading is done here, because s3s-fs ignores
//! `If-Match`, reads a whole file for each range of it, gives no `ETags` in lists, and keeps the `ETag` of an object
//! whose file was replaced by hand. An `ETag` here is always the MD5 of the content, for objects of several parts too.
//!
//! Not there: versions, content types and user metadata on reading, conditions on dates. s3s-fs keeps two small files
//! beside the buckets for each object it wrote, named after the key, so a key above 150 bytes cannot be put; a file
//! that long can be read.

use std::fs::create_dir_all;
use std::io::SeekFrom;
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::stream;
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CopySource, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag, ETagCondition,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp,
    UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::etag::{EtagBook, Opened};
use super::notice::Notices;
use super::{Error, SECRET_KEY};

/// Bytes of a body that are read at a time.
const CHUNK: usize = 64 * 1024;

/// The buckets of one folder.
pub(super) struct Bucket {
    files: FileSystem,
    root: PathBuf,
    book: EtagBook,
    notices: Notices,
}

/// A service for the buckets `names` under `root`, whose folders are created. `book` is where `ETags` are remembered.
pub(super) fn service(root: &Path, book: &Path, names: &[String], notices: Notices) -> Result<S3Service, Error> {
    for name in names {
        let folder = root.join(name);
        create_dir_all(&folder).map_err(Error::io(format!("create {}", folder.display())))?;
    }
    let root = root
        .canonicalize()
        .map_err(Error::io(format!("open {}", root.display())))?;
    let files = FileSystem::new(&root)
        .map_err(|error| Error::io(format!("open {}", root.display()))(std::io::Error::other(format!("{error:?}"))))?;
    let mut builder = S3ServiceBuilder::new(Bucket {
        files,
        root,
        book: EtagBook::open(book)?,
        notices,
    });
    builder.set_auth(AnyKey);
    Ok(builder.build())
}

/// Every access key has the same secret. It keeps out pages in the operator's browser, which cannot sign, and nobody
/// else.
struct AnyKey;

#[async_trait]
impl S3Auth for AnyKey {
    async fn get_secret_key(&self, _access_key: &str) -> S3Result<SecretKey> {
        Ok(SECRET_KEY.into())
    }
}

impl Bucket {
    async fn look(&self, bucket: &str, key: &str) -> S3Result<Opened> {
        let path = self.path(bucket, key)?;
        let book = self.book.clone();
        let opened = tokio::task::spawn_blocking(move || book.look(&path))
            .await
            .map_err(s3s::S3Error::internal_error)?;
        opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => s3_error!(NoSuchKey),
            _ => s3s::S3Error::internal_error(error),
        })
    }

    /// The file of an object, which is never outside its bucket's folder.
    fn path(&self, bucket: &str, key: &str) -> S3Result<PathBuf> {
        let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        let relative = Path::new(bucket).join(key);
        if !inside(Path::new(key)) || !inside(&relative) {
            return Err(s3_error!(NoSuchKey));
        }
        Ok(self.root.join(relative))
    }

    /// Fails with 412 unless the object is the one that the condition names.
    async fn require(&self, bucket: &str, key: &str, condition: Option<ETagCondition>) -> S3Result<()> {
        let Some(condition) = condition else { return Ok(()) };
        let opened = self
            .look(bucket, key)
            .await
            .map_err(|_| s3_error!(PreconditionFailed))?;
        check_match(&opened, Some(&condition))
    }
}

#[async_trait]
impl S3 for Bucket {
    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = req.input;
        let opened = self.look(&input.bucket, &input.key).await?;
        check_match(&opened, input.if_match.as_ref())?;
        check_none_match(&opened, input.if_none_match.as_ref())?;
        let (range, content_range) = match input.range {
            None => (0..opened.size, None),
            Some(range) => {
                let range = range.check(opened.size)?;
                let text = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), opened.size);
                (range, Some(text))
            }
        };
        let length = range.end.saturating_sub(range.start);
        let mut file = tokio::fs::File::from_std(opened.file);
        file.seek(SeekFrom::Start(range.start))
            .await
            .map_err(s3s::S3Error::internal_error)?;
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body(file, length)),
            content_length: Some(signed(length)),
            content_range,
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(ETag::Strong(opened.etag)),
            last_modified: Some(Timestamp::from(opened.modified)),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = req.input;
        let opened = self.look(&input.bucket, &input.key).await?;
        check_match(&opened, input.if_match.as_ref())?;
        check_none_match(&opened, input.if_none_match.as_ref())?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(signed(opened.size)),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(ETag::Strong(opened.etag)),
            last_modified: Some(Timestamp::from(opened.modified)),
            ..HeadObjectOutput::default()
        }))
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let bucket = req.input.bucket.clone();
        let mut response = self.files.list_objects_v2(req).await?;
        for object in response.output.contents.iter_mut().flatten() {
            // A file that went since, or cannot be read, stays in the list without an ETag; asking for it tells why.
            if let Ok(opened) = self.look(&bucket, object.key.as_deref().unwrap_or_default()).await {
                object.size = Some(signed(opened.size));
                object.last_modified = Some(Timestamp::from(opened.modified));
                object.e_tag = Some(ETag::Strong(opened.etag));
            }
        }
        Ok(response)
    }

    async fn put_object(&self, mut req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let condition = req.input.if_match.take();
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        self.require(&bucket, &key, condition).await?;
        let response = self.files.put_object(req).await?;
        self.notices.created("Put", &bucket, &key).await;
        Ok(response)
    }

    async fn copy_object(&self, mut req: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let condition = req.input.copy_source_if_match.take();
        if let CopySource::Bucket { bucket, key, .. } = &req.input.copy_source {
            self.require(bucket, key, condition).await?;
        }
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        let mut response = self.files.copy_object(req).await?;
        let copy = self.look(&bucket, &key).await?;
        if let Some(result) = &mut response.output.copy_object_result {
            result.e_tag = Some(ETag::Strong(copy.etag));
        }
        self.notices.created("Copy", &bucket, &key).await;
        Ok(response)
    }

    async fn complete_multipart_upload(
        &self,
        mut req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        let condition = req.input.if_match.take();
        self.require(&bucket, &key, condition).await?;
        self.files.complete_multipart_upload(req).await?;
        let whole = self.look(&bucket, &key).await?;
        self.notices.created("CompleteMultipartUpload", &bucket, &key).await;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            e_tag: Some(ETag::Strong(whole.etag)),
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(req).await
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.files.delete_object(req).await
    }

    async fn delete_objects(&self, req: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.files.delete_objects(req).await
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.files.create_multipart_upload(req).await
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.files.upload_part(req).await
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.files.abort_multipart_upload(req).await
    }
}

fn check_match(opened: &Opened, condition: Option<&ETagCondition>) -> S3Result<()> {
    match condition.and_then(ETagCondition::as_etag) {
        Some(wanted) if wanted.as_strong() != Some(&opened.etag) => Err(s3_error!(PreconditionFailed)),
        _ => Ok(()),
    }
}

fn check_none_match(opened: &Opened, condition: Option<&ETagCondition>) -> S3Result<()> {
    match condition {
        Some(ETagCondition::ETag(known)) if known.value() != opened.etag => Ok(()),
        None => Ok(()),
        Some(_) => Err(s3_error!(NotModified)),
    }
}

fn body(file: tokio::fs::File, length: u64) -> StreamingBlob {
    StreamingBlob::wrap(stream::try_unfold(file.take(length), |mut rest| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = rest.read_buf(&mut chunk).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (chunk.freeze(), rest)))
    }))
}

/// A length as S3's JSON and XML have it; no file is longer.
fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
