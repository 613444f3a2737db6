//! A kind of source that nothing outside this file knows: what [`Place`] and [`Transfer`] ask for is enough.

use std::sync::Arc;

use bytes::Bytes;
use milepost_model::{Afterwards, SourceAddress};
use milepost_net::source::{MakeSource, Place, S3Clients, Settings, SourceFuture, Transfer};
use milepost_net::{
    AddressPolicy, Bucket, FeedFile, FeedReader, Guard, Listing, Patience, Source, SourceError, Sources,
};

use crate::support::http::{Answer, HttpServer};
use crate::support::read;
use crate::support::s3::client;

/// One file whose text is a setting.
#[derive(Debug, Clone)]
struct Shelf {
    text: String,
}

struct Book {
    text: Bytes,
    at: usize,
}

impl Transfer for Book {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.at = usize::try_from(offset).unwrap();
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let rest = self.text.slice(self.at..);
        self.at = self.text.len();
        Ok((!rest.is_empty()).then_some(rest))
    }
}

impl Place for Shelf {
    fn list(&self, _: usize) -> SourceFuture<'_, Listing> {
        let file = FeedFile {
            name: "book".into(),
            size: Some(self.text.len() as u64),
            etag: None,
            modified_ms: None,
        };
        Box::pin(async {
            Ok(Listing {
                files: vec![file],
                more: false,
            })
        })
    }

    fn open<'a>(&'a self, _: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        let book = Book {
            text: Bytes::from(self.text.clone()),
            at: 0,
        };
        Box::pin(FeedReader::begin(book, offset, Patience::default()))
    }

    fn put_away<'a>(&'a self, _: &'a FeedFile, _: &'a Afterwards) -> SourceFuture<'a, ()> {
        Box::pin(async { Err(SourceError::Unsupported) })
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_new_kind_is_a_place_and_a_transfer() {
    let server = HttpServer::start(|_| Answer::new(500, "")).await;
    let s3 = client(&server);
    let clients: S3Clients = {
        let s3 = s3.clone();
        Arc::new(move |_| {
            let s3 = s3.clone();
            Box::pin(async move { s3 })
        })
    };
    let make: MakeSource = Arc::new(|address, _, _| {
        let settings = Settings::of(address, &["text"])?;
        Ok(Source::new(Shelf {
            text: settings.text("text")?.to_owned(),
        }))
    });
    let guard = Guard::new(AddressPolicy::default());
    let sources = Sources::new(Bucket::new(s3, "hub"), clients, guard).with_kind("shelf", make);

    let address = SourceAddress::new("shelf", &[("text", "once upon a time")]);
    let source = sources.open(&address, None, None).await.unwrap();
    let file = source.list(10).await.unwrap().files.remove(0);
    let (got, end) = read(source.open(&file, 5).await.unwrap()).await;
    end.unwrap();
    assert_eq!(got, b"upon a time");

    let refused = async |kind: &str, settings: &[(&str, &str)]| {
        let address = SourceAddress::new(kind, settings);
        sources.check(&address).await.unwrap_err().to_string()
    };
    assert_eq!(refused("shelf", &[]).await, "the source's setting text is missing");
    assert_eq!(refused("gopher", &[]).await, "there is no kind of source named gopher");
    let misspelt = [("host", "h.example.com"), ("user", "u"), ("pasword", "x")];
    assert_eq!(
        refused("ftp", &misspelt).await,
        "the source's setting pasword is not one of this kind of source"
    );
    assert_eq!(
        refused("sftp", &[("user", "u")]).await,
        "the source's setting host is missing"
    );
    let private = [("host", "10.0.0.1"), ("user", "u")];
    assert_eq!(refused("ftps", &private).await, "refused: the address is not public");
    let port = [("host", "h.example.com"), ("user", "u"), ("port", "0")];
    assert_eq!(refused("ftp", &port).await, "the source's setting port is not a port");
    let pin = [("host", "h.example.com"), ("user", "u"), ("certificate", "ab")];
    assert_eq!(
        refused("ftps", &pin).await,
        "the source's setting certificate is not a SHA-256 in hex"
    );
}
