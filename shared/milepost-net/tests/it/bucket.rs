//! Objects of the hub's own bucket.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use milepost_net::bucket::{BucketError, PART_BYTES, StoredObject};
use milepost_net::source::Pattern;
use milepost_net::{Bucket, ErrorClass, Source, SourceError};
use tokio::io::{AsyncRead, ReadBuf};

use crate::support::http::{Answer, HttpServer, Manner};
use crate::support::s3::{Object, Turn, client, refusal, serve};
use crate::support::{bytes, read};

fn bucket(server: &HttpServer) -> Bucket {
    Bucket::new(client(server), "hub")
}

fn object(length: usize) -> Object {
    Object {
        etag: "\"v1\"".into(),
        body: bytes(length),
        extra: Vec::new(),
    }
}

#[tokio::test]
async fn an_object_is_put_with_its_type() {
    let server = HttpServer::start(|_| Answer::new(200, "").header("etag", "\"v1\"")).await;
    bucket(&server)
        .put("runs/1.json", "application/json", Bytes::from_static(b"{}"))
        .await
        .unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.method, "PUT");
    assert!(request.path.starts_with("/hub/runs/1.json"), "{}", request.path);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, b"{}");
}

#[tokio::test]
async fn an_object_is_got_up_to_a_limit() {
    let server = serve(object(1_000), vec![]).await;
    assert_eq!(bucket(&server).get("a", 1_000).await.unwrap().unwrap(), bytes(1_000));
    assert!(matches!(
        bucket(&server).get("a", 999).await,
        Err(BucketError::TooLong { limit: 999 })
    ));
}

#[tokio::test]
async fn an_object_is_read_as_a_feed_file() {
    let server = serve(object(1_000), vec![Turn::Body(Manner::CutAfter(10))]).await;
    let stored = StoredObject {
        key: "spool/a".into(),
        size: 1_000,
        etag: Some("\"v1\"".into()),
        modified_ms: None,
    };
    let source = Source::new(bucket(&server).source("spool/", Pattern::default()));
    let mut reader = source.open(&stored.into(), 0).await.unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(1_000), 1));
    assert_eq!(server.requests()[0].path.split('?').next(), Some("/hub/spool/a"));
}

#[tokio::test]
async fn absence_is_no_error_but_other_refusals_are() {
    let script = ["NoSuchKey", "NoSuchBucket", "AccessDenied"]
        .into_iter()
        .zip([404, 404, 403]);
    let server = serve(
        object(1),
        script.map(|(code, status)| Turn::Refuse(status, code)).collect(),
    )
    .await;
    assert_eq!(bucket(&server).get("a", 10).await.unwrap(), None);
    for _ in 0..2 {
        assert_eq!(
            bucket(&server).get("a", 10).await.unwrap_err().class(),
            ErrorClass::Caller
        );
    }
}

#[tokio::test]
async fn an_object_that_breaks_off_is_an_error() {
    let server = serve(object(1_000), vec![Turn::Body(Manner::CutAfter(10))]).await;
    let error = bucket(&server).get("a", 1_000).await.unwrap_err();
    assert!(matches!(error, BucketError::Broken(_)), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Retry);
}

#[tokio::test]
async fn head_and_delete() {
    let server = HttpServer::start(|request| match (request.method.as_str(), request.path.as_str()) {
        ("HEAD", "/hub/a") => Answer::new(200, bytes(12))
            .header("etag", "\"v1\"")
            .header("last-modified", "Fri, 20 Nov 2026 11:00:00 GMT"),
        ("HEAD", _) => Answer::new(404, ""),
        _ => Answer::new(204, ""),
    })
    .await;
    let expect = StoredObject {
        key: "a".into(),
        size: 12,
        etag: Some("\"v1\"".into()),
        modified_ms: Some(1_795_172_400_000),
    };
    assert_eq!(bucket(&server).head("a").await.unwrap(), Some(expect));
    assert_eq!(bucket(&server).head("b").await.unwrap(), None);
    bucket(&server).delete("a").await.unwrap();
    assert_eq!(server.requests()[2].method, "DELETE");
}

#[tokio::test]
async fn a_listing_is_cut_at_its_limit() {
    let server = HttpServer::start(|request| {
        let (keys, next) = if request.path.contains("continuation-token") {
            (["c", "d"], "<IsTruncated>false</IsTruncated>")
        } else {
            (
                ["a", "b"],
                "<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>",
            )
        };
        let contents = keys
            .map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>"))
            .concat();
        Answer::new(200, format!("<ListBucketResult>{contents}{next}</ListBucketResult>"))
    })
    .await;
    for (max, expect, calls) in [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (9, 4, 2)] {
        let before = server.requests().len();
        let found = bucket(&server).list("x/", max).await.unwrap();
        assert_eq!(
            (found.len(), server.requests().len() - before),
            (expect, calls),
            "{max}"
        );
    }
}

/// An S3 that keeps the parts of one upload; `fail` names a part that it refuses.
async fn uploads(fail: Option<u32>) -> (HttpServer, Arc<Mutex<Vec<u8>>>) {
    let stored = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&stored);
    let server = HttpServer::start(move |request| {
        let query = request.path.split_once('?').map_or("", |(_, query)| query);
        let part = query.split('&').find_map(|pair| pair.strip_prefix("partNumber="));
        match (request.method.as_str(), part) {
            ("POST", None) if query.contains("uploads") => Answer::new(
                200,
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
            ),
            ("PUT", Some(part)) if fail == part.parse().ok() => refusal(400, "EntityTooSmall"),
            ("PUT", _) => {
                keep.lock().unwrap().extend_from_slice(&request.body);
                Answer::new(200, "").header("etag", format!("\"{}\"", part.unwrap_or("whole")))
            }
            ("POST", _) => Answer::new(
                200,
                "<CompleteMultipartUploadResult><ETag>\"all\"</ETag></CompleteMultipartUploadResult>",
            ),
            _ => Answer::new(204, ""),
        }
    })
    .await;
    (server, stored)
}

fn calls(server: &HttpServer) -> Vec<String> {
    server.requests().iter().map(|request| request.method.clone()).collect()
}

#[tokio::test]
async fn a_short_file_is_put_in_one_call() {
    for length in [0, 1, PART_BYTES - 1] {
        let (server, stored) = uploads(None).await;
        let sent = bucket(&server)
            .upload("a", "text/csv", &bytes(length)[..])
            .await
            .unwrap();
        assert_eq!((sent, calls(&server)), (length as u64, vec!["PUT".to_owned()]));
        assert!(*stored.lock().unwrap() == bytes(length));
    }
}

#[tokio::test]
async fn a_long_file_is_uploaded_in_parts() {
    for (length, parts) in [(PART_BYTES, 1), (PART_BYTES + 1, 2), (2 * PART_BYTES, 2)] {
        let (server, stored) = uploads(None).await;
        let sent = bucket(&server)
            .upload("a", "text/csv", &bytes(length)[..])
            .await
            .unwrap();
        assert_eq!(sent, length as u64);
        assert!(*stored.lock().unwrap() == bytes(length));
        let requests = server.requests();
        assert_eq!(requests.len(), parts + 2);
        assert_eq!(requests[0].header("content-type"), Some("text/csv"));
        let complete = String::from_utf8(requests.last().unwrap().body.clone()).unwrap();
        for number in 1..=parts {
            assert!(
                complete.contains(&format!("<PartNumber>{number}</PartNumber>")),
                "{complete}"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_part_aborts_the_upload() {
    let (server, _) = uploads(Some(2)).await;
    let error = bucket(&server)
        .upload("a", "text/csv", &bytes(3 * PART_BYTES)[..])
        .await
        .unwrap_err();
    assert!(
        matches!(&error, BucketError::Aws(error) if error.operation == "UploadPart"),
        "{error:?}"
    );
    assert_eq!(calls(&server), ["POST", "PUT", "PUT", "DELETE"]);
}

/// Gives zeros and then fails; counts what was taken from it.
struct Failing {
    left: usize,
    taken: Arc<AtomicUsize>,
}

impl AsyncRead for Failing {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(SourceError::Changed.into()));
        }
        let length = self.left.min(buf.remaining());
        buf.put_slice(&vec![0; length]);
        self.left -= length;
        self.taken.fetch_add(length, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_reader_that_fails_aborts_the_upload_and_keeps_its_class() {
    let (server, _) = uploads(None).await;
    let reader = Failing {
        left: PART_BYTES + 10,
        taken: Arc::default(),
    };
    let error = bucket(&server).upload("a", "text/csv", reader).await.unwrap_err();
    assert!(matches!(error, BucketError::Read(_)), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(calls(&server), ["POST", "PUT", "DELETE"]);
}

#[tokio::test]
async fn no_more_than_two_parts_are_read_ahead() {
    // The first part never gets an answer, so whatever is read by then is in memory.
    let server = HttpServer::start(|request| {
        if request.method == "POST" {
            Answer::new(
                200,
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
            )
        } else {
            Answer::new(200, "").manner(Manner::Silence)
        }
    })
    .await;
    let taken = Arc::new(AtomicUsize::new(0));
    let reader = Failing {
        left: 5 * PART_BYTES,
        taken: Arc::clone(&taken),
    };
    let bucket = bucket(&server);
    let upload = tokio::spawn(async move { bucket.upload("a", "text/csv", reader).await });
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    upload.abort();
    assert_eq!(taken.load(Ordering::Relaxed), 2 * PART_BYTES);
}
