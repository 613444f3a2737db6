//! Feed files in S3: resumed after cuts, never a mix of two objects, listed within limits.

use std::time::Duration;

use milepost_net::source::{Pattern, S3Source};
use milepost_net::{ErrorClass, FeedFile, FeedReader, Patience, Source, SourceError};
use proptest::prelude::*;

use crate::support::http::{Answer, HttpServer, Manner};
use crate::support::s3::{Object, Turn, client, refusal, serve};
use crate::support::{bytes, patience, read};

fn object(etag: &str, length: usize) -> Object {
    Object {
        etag: format!("\"{etag}\""),
        body: bytes(length),
        extra: Vec::new(),
    }
}

fn source(server: &HttpServer, patience: Patience) -> Source {
    Source::new(S3Source::new(client(server), "feeds", "in/", Pattern::default()).with_patience(patience))
}

fn file(etag: Option<&str>, size: Option<u64>) -> FeedFile {
    FeedFile {
        name: "in/a.csv".into(),
        size,
        etag: etag.map(|tag| format!("\"{tag}\"")),
        modified_ms: Some(0),
    }
}

async fn open(server: &HttpServer, file: &FeedFile, offset: u64) -> Result<FeedReader, SourceError> {
    source(server, patience()).open(file, offset).await
}

fn cause(error: &std::io::Error) -> &SourceError {
    SourceError::find(error).unwrap_or_else(|| panic!("not a source error: {error:?}"))
}

#[tokio::test]
async fn a_whole_object_is_read_with_its_tag_as_condition() {
    let server = serve(object("v1", 300_000), vec![]).await;
    let reader = open(&server, &file(Some("v1"), Some(300_000)), 0).await.unwrap();
    assert_eq!(reader.resumes(), 0);
    let (read, end) = read(reader).await;
    end.unwrap();
    assert_eq!(read, bytes(300_000));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].header("if-match"), requests[0].header("range")),
        (Some("\"v1\""), None)
    );
}

#[tokio::test]
async fn an_offset_becomes_a_range_and_the_end_needs_no_request() {
    let server = serve(object("v1", 1_000), vec![]).await;
    let listed = file(Some("v1"), Some(1_000));
    for offset in [1, 999] {
        let (read, end) = read(open(&server, &listed, offset).await.unwrap()).await;
        end.unwrap();
        assert_eq!(read, bytes(1_000)[usize::try_from(offset).unwrap()..]);
    }
    assert_eq!(server.requests()[1].header("range"), Some("bytes=999-"));
    let (nothing, end) = read(open(&server, &listed, 1_000).await.unwrap()).await;
    end.unwrap();
    assert!(nothing.is_empty());
    assert_eq!(server.requests().len(), 2);
    assert!(matches!(open(&server, &listed, 1_001).await, Err(SourceError::Changed)));
}

#[tokio::test]
async fn an_empty_object_is_an_empty_file() {
    let server = serve(object("v1", 0), vec![]).await;
    let (read, end) = read(open(&server, &file(Some("v1"), Some(0)), 0).await.unwrap()).await;
    end.unwrap();
    assert!(read.is_empty());
}

#[tokio::test]
async fn a_cut_is_resumed_where_it_happened() {
    let cuts = [100_000, 1, 50_000].map(|length| Turn::Body(Manner::CutAfter(length)));
    let server = serve(object("v1", 300_000), cuts.into()).await;
    let mut reader = open(&server, &file(Some("v1"), Some(300_000)), 0).await.unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!(read, bytes(300_000));
    assert_eq!(reader.resumes(), 3);
    let ranges: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|request| request.header("range").map(Into::into))
        .collect();
    assert_eq!(
        ranges,
        [
            None,
            Some("bytes=100000-".into()),
            Some("bytes=100001-".into()),
            Some("bytes=150001-".into())
        ]
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("if-match") == Some("\"v1\""))
    );
}

#[tokio::test]
async fn a_stall_is_resumed_after_the_idle_time() {
    let script = vec![Turn::Body(Manner::StallAfter(1_000))];
    let server = serve(object("v1", 3_000), script).await;
    let patience = Patience {
        idle: Duration::from_secs(2),
        ..patience()
    };
    let mut reader = source(&server, patience)
        .open(&file(Some("v1"), Some(3_000)), 0)
        .await
        .unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(3_000), 1));
}

#[tokio::test]
async fn passing_refusals_are_tried_again_also_at_the_first_open() {
    let script = vec![
        Turn::Refuse(503, "SlowDown"),
        Turn::Body(Manner::CutAfter(10)),
        Turn::Refuse(500, "InternalError"),
        Turn::Refuse(503, "SlowDown"),
    ];
    let server = serve(object("v1", 1_000), script).await;
    let mut reader = open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap();
    assert_eq!(reader.resumes(), 1);
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(1_000), 4));
}

#[tokio::test]
async fn without_progress_the_tries_end_and_what_was_read_stays_read() {
    let mut script = vec![Turn::Body(Manner::CutAfter(100))];
    script.extend((0..20).map(|_| Turn::Body(Manner::CutAfter(0))));
    let server = serve(object("v1", 1_000), script).await;
    let mut reader = open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap();
    let (got, end) = read(&mut reader).await;
    let error = end.unwrap_err();
    assert!(matches!(cause(&error), SourceError::Broken { at: 100 }), "{error:?}");
    assert_eq!(cause(&error).class(), ErrorClass::Retry);
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(got, bytes(100));
    assert_eq!(server.requests().len(), usize::try_from(patience().tries).unwrap());
    // A reader that failed does not end like a file.
    let (nothing, end) = read(&mut reader).await;
    assert!(nothing.is_empty());
    assert!(matches!(cause(&end.unwrap_err()), SourceError::Failed));
}

#[tokio::test]
async fn progress_begins_the_tries_anew() {
    let script = (0..30).map(|_| Turn::Body(Manner::CutAfter(10))).collect();
    let server = serve(object("v1", 1_000), script).await;
    let mut reader = open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(1_000), 30));
}

#[tokio::test]
async fn the_resumes_of_one_file_end_progress_or_not() {
    let script = (0..1_000).map(|_| Turn::Body(Manner::CutAfter(1))).collect();
    let server = serve(object("v1", 10_000), script).await;
    let patience = Patience {
        first_pause: Duration::ZERO,
        ..patience()
    };
    let mut reader = source(&server, patience)
        .open(&file(Some("v1"), Some(10_000)), 0)
        .await
        .unwrap();
    let (read, end) = read(&mut reader).await;
    assert!(matches!(cause(&end.unwrap_err()), SourceError::Broken { .. }));
    assert_eq!((read, reader.resumes()), (bytes(257), 256));
}

#[tokio::test]
async fn an_object_that_was_replaced_is_changed_and_never_mixed() {
    // Before the first byte, and between two parts; with servers that heed the condition and with those that do not.
    for size in [1_000, 2_000] {
        let server = serve(object("v2", size), vec![]).await;
        let error = open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap_err();
        assert!(matches!(error, SourceError::Changed), "{error:?}");
        assert_eq!(error.class(), ErrorClass::Permanent);
        let script = vec![Turn::IgnoreCondition(Manner::Whole)];
        let server = serve(object("v2", size), script).await;
        assert!(matches!(
            open(&server, &file(Some("v1"), Some(1_000)), 0).await,
            Err(SourceError::Changed)
        ));
    }
    for second in [object("v2", 1_000), object("v2", 50)] {
        let script = vec![Turn::Body(Manner::CutAfter(100)), Turn::Replace(second)];
        let server = serve(object("v1", 1_000), script).await;
        let (got, end) = read(open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap()).await;
        assert!(matches!(cause(&end.unwrap_err()), SourceError::Changed));
        assert_eq!(got, bytes(100));
    }
}

#[tokio::test]
async fn without_a_listed_tag_the_first_answer_sets_it() {
    let script = vec![Turn::Body(Manner::CutAfter(100)), Turn::Replace(object("v2", 1_000))];
    let server = serve(object("v1", 1_000), script).await;
    let (got, end) = read(open(&server, &file(None, None), 0).await.unwrap()).await;
    assert!(matches!(cause(&end.unwrap_err()), SourceError::Changed));
    assert_eq!(got, bytes(100));
    assert_eq!(server.requests()[0].header("if-match"), None);
    assert_eq!(server.requests()[1].header("if-match"), Some("\"v1\""));

    let server = serve(object("v2", 999), vec![]).await;
    assert!(matches!(
        open(&server, &file(None, Some(1_000)), 0).await,
        Err(SourceError::Changed)
    ));
}

#[tokio::test]
async fn an_answer_from_another_offset_is_never_taken() {
    let script = vec![Turn::Body(Manner::CutAfter(100)), Turn::IgnoreRange];
    let server = serve(object("v1", 1_000), script).await;
    let (got, end) = read(open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap()).await;
    assert!(matches!(cause(&end.unwrap_err()), SourceError::Protocol { .. }));
    assert_eq!(got, bytes(100));
}

#[tokio::test]
async fn a_wrong_checksum_is_an_error_that_is_not_resumed() {
    let bad = Object {
        extra: vec![("x-amz-checksum-crc32".into(), "AAAAAA==".into())],
        ..object("v1", 1_000)
    };
    let server = serve(bad, vec![]).await;
    let mut reader = open(&server, &file(Some("v1"), Some(1_000)), 0).await.unwrap();
    let (_, end) = read(&mut reader).await;
    let error = end.unwrap_err();
    assert!(matches!(cause(&error), SourceError::Corrupt), "{error:?}");
    assert_eq!(reader.resumes(), 0);
}

#[tokio::test]
async fn refusals_for_good_are_told_apart() {
    for (status, code, class) in [
        (404, "NoSuchKey", ErrorClass::Permanent),
        (404, "NoSuchBucket", ErrorClass::Caller),
        (403, "AccessDenied", ErrorClass::Caller),
        (301, "PermanentRedirect", ErrorClass::Caller),
    ] {
        let server = serve(object("v1", 1), vec![Turn::Refuse(status, code)]).await;
        let error = open(&server, &file(Some("v1"), Some(1)), 0).await.unwrap_err();
        assert_eq!(error.class(), class, "{code} {error:?}");
        assert_eq!(matches!(error, SourceError::Missing), code == "NoSuchKey");
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn the_signature_that_s3_repeats_is_not_in_the_error() {
    let server = HttpServer::start(|_| {
        Answer::new(
            403,
            "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message>\
             <CanonicalRequest>x-amz-security-token:4711</CanonicalRequest></Error>",
        )
    })
    .await;
    let error = open(&server, &file(Some("v1"), Some(1)), 0).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("SignatureDoesNotMatch") && !shown.contains("4711"),
        "{shown}"
    );
}

fn page(keys: &[&str], next: Option<&str>) -> Answer {
    let contents: String = keys
        .iter()
        .map(|key| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-20T11:00:00.000Z</LastModified>\
                 <ETag>&quot;v1&quot;</ETag><Size>12</Size></Contents>"
            )
        })
        .collect();
    let next = next.map_or("<IsTruncated>false</IsTruncated>".into(), |token| {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>")
    });
    Answer::new(200, format!("<ListBucketResult>{contents}{next}</ListBucketResult>"))
}

/// Two pages: what is wanted and what is not.
async fn listed() -> HttpServer {
    HttpServer::start(|request| {
        if request.path.contains("continuation-token=two") {
            page(&["in/d.csv", "in/e.csv.part"], None)
        } else {
            page(
                &["in/", "in/a.csv", "in/b.txt", "in/2026/c.csv", "in/c.csv.tmp"],
                Some("two"),
            )
        }
    })
    .await
}

#[tokio::test]
async fn a_listing_goes_through_the_pages_and_takes_what_matches() {
    let server = listed().await;
    let source = Source::new(S3Source::new(client(&server), "feeds", "in/", Pattern::new("*.csv*")));
    assert!(source.is_atomic());
    let listing = source.list(10).await.unwrap();
    let names: Vec<&str> = listing.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["in/a.csv", "in/2026/c.csv", "in/d.csv"]);
    assert!(!listing.more);
    assert_eq!(
        listing.files[0],
        FeedFile {
            name: "in/a.csv".into(),
            size: Some(12),
            etag: Some("\"v1\"".into()),
            modified_ms: Some(1_795_172_400_000)
        }
    );
    assert!(
        server.requests()[0].path.contains("prefix=in%2F"),
        "{}",
        server.requests()[0].path
    );
}

#[tokio::test]
async fn a_listing_says_when_there_is_more() {
    let server = listed().await;
    let source = Source::new(S3Source::new(client(&server), "feeds", "in/", Pattern::new("*.csv")));
    for (max, expect, more) in [(0, 0, true), (2, 2, true), (3, 3, false), (4, 3, false)] {
        let listing = source.list(max).await.unwrap();
        assert_eq!((listing.files.len(), listing.more), (expect, more), "{max}");
    }
}

#[tokio::test]
async fn an_endless_listing_ends() {
    let server = HttpServer::start(|_| page(&["in/a.txt"], Some("the same again"))).await;
    let source = Source::new(S3Source::new(client(&server), "feeds", "in/", Pattern::new("*.csv")));
    let listing = source.list(10).await.unwrap();
    assert!(listing.files.is_empty() && listing.more);
    assert_eq!(server.requests().len(), 200);
}

#[tokio::test]
async fn a_listing_that_is_refused_is_an_error() {
    let server = HttpServer::start(|_| refusal(403, "AccessDenied")).await;
    let error = source(&server, patience()).list(1).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Caller);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is cut where, the bytes are those of the object from the offset on.
    #[test]
    fn any_cuts_give_the_same_bytes(
        length in 0..5_000_usize,
        offset in 0..5_000_usize,
        cuts in prop::collection::vec(1..2_000_usize, 0..8),
    ) {
        let offset = offset.min(length);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (read, end) = runtime.block_on(async {
            let script = cuts.iter().map(|cut| Turn::Body(Manner::CutAfter(*cut))).collect();
            let server = serve(object("v1", length), script).await;
            let patience = Patience { first_pause: Duration::ZERO, ..patience() };
            let listed = file(Some("v1"), Some(length as u64));
            read(source(&server, patience).open(&listed, offset as u64).await.unwrap()).await
        });
        prop_assert!(end.is_ok(), "{end:?}");
        prop_assert_eq!(read, bytes(length)[offset..].to_vec());
    }
}
