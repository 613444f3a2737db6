//! A feed file from a web server.

use milepost_net::source::{HttpsLogin, HttpsSource};
use milepost_net::{AddressPolicy, FeedFile, Guard, Secret, Source, SourceError};

use crate::support::http::{Answer, HttpServer, Manner, Request};
use crate::support::{bytes, patience, read};

const TIME: &str = "Fri, 20 Nov 2026 11:00:00 GMT";

fn source(server: &HttpServer, login: &HttpsLogin) -> Source {
    let policy = AddressPolicy {
        allow_loopback: true,
        allow_plain_http: true,
        ..AddressPolicy::default()
    };
    let source = HttpsSource::new(&server.url("/feeds/events.csv?x=1"), login, Guard::new(policy)).unwrap();
    Source::new(source.with_patience(patience()))
}

/// A file as a good server gives it, ranges included.
fn file(request: &Request, body: &[u8], etag: &str) -> Answer {
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = range.unwrap_or(0);
    let answer = if request.header("if-match").is_some_and(|wanted| wanted != etag) {
        Answer::new(412, "")
    } else if range.is_some() {
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        Answer::new(206, &body[from..]).header("content-range", range)
    } else {
        Answer::new(200, body)
    };
    answer.header("etag", etag).header("last-modified", TIME)
}

#[tokio::test]
async fn what_the_server_says_is_the_version() {
    let server = HttpServer::start(|request| file(request, &bytes(1_000), "\"1\"")).await;
    let listing = source(&server, &HttpsLogin::Bearer(Secret::new("token")))
        .list(10)
        .await
        .unwrap();
    assert_eq!(listing.files.len(), 1);
    let listed = &listing.files[0];
    assert_eq!(
        (listed.name.as_str(), listed.etag.as_deref()),
        ("events.csv", Some("\"1\""))
    );
    assert_eq!(listed.modified_ms, Some(1_795_172_400_000));
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer token"));
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn a_body_that_breaks_off_goes_on_where_it_was() {
    let server = HttpServer::start(|request| {
        let answer = file(request, &bytes(1_000), "\"1\"");
        if request.header("range").is_none() {
            answer.manner(Manner::CutAfter(400))
        } else {
            answer
        }
    })
    .await;
    let source = source(&server, &HttpsLogin::Basic("dpd".into(), Secret::new("hunter2")));
    let listed = FeedFile {
        name: "events.csv".into(),
        size: Some(1_000),
        etag: Some("\"1\"".into()),
        modified_ms: None,
    };
    let mut reader = source.open(&listed, 0).await.unwrap();
    let (got, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((got, reader.resumes()), (bytes(1_000), 1));
    let again = server.requests().pop().unwrap();
    assert_eq!(
        (again.header("range"), again.header("if-match")),
        (Some("bytes=400-"), Some("\"1\""))
    );
    assert_eq!(again.header("authorization"), Some("Basic ZHBkOmh1bnRlcjI="));
    let other = FeedFile {
        etag: Some("\"2\"".into()),
        ..listed
    };
    assert!(matches!(source.open(&other, 10).await, Err(SourceError::Changed)));
    assert!(matches!(source.open(&other, 0).await, Err(SourceError::Changed)));
}

#[tokio::test]
async fn a_server_without_ranges_is_read_over() {
    let server = HttpServer::start(|_| Answer::new(200, bytes(1_000))).await;
    let source = source(&server, &HttpsLogin::None);
    let listed = FeedFile {
        name: "events.csv".into(),
        size: Some(1_000),
        etag: None,
        modified_ms: None,
    };
    let (got, end) = read(source.open(&listed, 700).await.unwrap()).await;
    end.unwrap();
    assert_eq!(got, bytes(1_000)[700..]);
}

/// A body whose length the server does not tell.
fn chunked(body: &[u8]) -> Answer {
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
    Answer::new(200, chunk).header("transfer-encoding", "chunked")
}

#[tokio::test]
async fn a_file_of_untold_length_that_is_shorter_than_what_was_read_is_another_one() {
    let server = HttpServer::start(|_| chunked(&bytes(500))).await;
    let source = source(&server, &HttpsLogin::None);
    let listed = FeedFile {
        name: "events.csv".into(),
        size: None,
        etag: None,
        modified_ms: None,
    };
    for (offset, left) in [(0, 500), (499, 1), (500, 0)] {
        let (got, end) = read(source.open(&listed, offset).await.unwrap()).await;
        end.unwrap();
        assert_eq!(got.len(), left, "{offset}");
    }
    for (size, offset) in [(None, 501), (Some(499), 0)] {
        let listed = FeedFile { size, ..listed.clone() };
        let (_, end) = read(source.open(&listed, offset).await.unwrap()).await;
        let error = end.unwrap_err();
        assert!(
            matches!(SourceError::find(&error), Some(SourceError::Changed)),
            "{size:?} {offset}: {error}"
        );
    }
}

#[tokio::test]
async fn answers_that_are_no_file() {
    for (status, expect) in [
        (401, "the login was refused"),
        (302, "the web server answered 302"),
        (503, "the web server answered 503"),
    ] {
        let server = HttpServer::start(move |_| Answer::new(status, "").header("location", "http://10.0.0.1/")).await;
        let error = source(&server, &HttpsLogin::None).reach().await.unwrap_err();
        assert_eq!(error.to_string(), expect);
        assert_eq!(server.requests().len(), 1, "a redirect is not followed");
    }
    let server = HttpServer::start(|_| Answer::new(404, "")).await;
    assert!(
        source(&server, &HttpsLogin::None)
            .list(10)
            .await
            .unwrap()
            .files
            .is_empty()
    );
    let private = HttpsSource::new(
        "https://10.0.0.1/x",
        &HttpsLogin::None,
        Guard::new(AddressPolicy::default()),
    );
    assert!(matches!(private, Err(SourceError::Guard(_))));
}
