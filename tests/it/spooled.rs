//! Compressed files of a carrier's server that one invocation cannot finish.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use milepost_import::{ImportOrder, Importer, Step};
use milepost_model::{AccountId, Afterwards, Connection, ConnectionId, RunOutcome, Scope, SourceAddress};
use milepost_net::source::{MakeSource, Place, SourceFuture, Transfer};
use milepost_net::{FeedFile, FeedReader, Listing, Patience, Source, SourceError};
use milepost_runtime::now;
use support::answers::answers;
use support::carrier_file::CarrierFile;
use support::hub::TestHub;
use support::runs::connect;

use crate::import_functions::hurried;

/// A server with one file, which counts what it sends and can lose the file.
#[derive(Debug, Clone)]
struct Shelf(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    content: Option<Bytes>,
    sent: u64,
}

impl Shelf {
    fn content(&self) -> Result<Bytes, SourceError> {
        self.0.lock().unwrap().content.clone().ok_or(SourceError::Missing)
    }
}

impl Place for Shelf {
    fn list(&self, _: usize) -> SourceFuture<'_, Listing> {
        let file = |content: Bytes| FeedFile {
            name: "events.csv.gz".to_owned(),
            size: Some(content.len() as u64),
            etag: None,
            modified_ms: Some(1_795_183_380_000),
        };
        let files = self.content().map(file).into_iter().collect();
        Box::pin(async { Ok(Listing { files, more: false }) })
    }

    fn open<'a>(&'a self, _: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        let transfer = Sending {
            shelf: self.clone(),
            at: 0,
        };
        Box::pin(FeedReader::begin(transfer, offset, Patience::default()))
    }

    fn put_away<'a>(&'a self, _: &'a FeedFile, _: &'a Afterwards) -> SourceFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_atomic(&self) -> bool {
        false
    }
}

struct Sending {
    shelf: Shelf,
    at: usize,
}

impl Transfer for Sending {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.at = usize::try_from(offset).unwrap();
        self.shelf.content().map(drop)
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let content = self.shelf.content()?;
        let chunk = content.slice(self.at..content.len().min(self.at + 1_000));
        self.at += chunk.len();
        self.shelf.0.lock().unwrap().sent += chunk.len() as u64;
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

/// An importer from the shelf, of small pieces.
fn reading(mut importer: Importer, shelf: &Shelf, copied_from_bytes: u64) -> Importer {
    importer.settings.copied_from_bytes = copied_from_bytes;
    importer.settings.piece_bytes = 10_000;
    importer.settings.window_bytes = 40_000;
    importer.settings.settle = std::time::Duration::from_millis(1);
    let place = shelf.clone();
    let make: MakeSource = Arc::new(move |_, _, _| Ok(Source::new(place.clone())));
    importer.sources = importer.sources.with_kind("shelf", make);
    importer
}

/// Imports a file by invocations whose time is up in the middle; the server loses it after the one that has stored the
/// first of it. Answers how many rows there were, and how many bytes the server has sent.
async fn import(file: &CarrierFile, copied_from_bytes: u64) -> (u64, u64) {
    let (hub, content) = (TestHub::start().await, Bytes::from(file.gzipped()));
    let shelf = Shelf(Arc::new(Mutex::new(Kept {
        content: Some(content),
        sent: 0,
    })));
    let connection = connect(&hub, "acme", SourceAddress::new("shelf", &[])).await;
    let order = ImportOrder::Connection {
        connection: connection.to_string(),
        slot: now(),
    };
    let access = hub.hub.access();
    let (mut attempts, mut empty) = (0, 0);
    loop {
        let (importer, deadline) = hurried(reading(access.importer(), &shelf, copied_from_bytes), 5);
        let step = importer.run(&order, "message", Some(deadline)).await.unwrap();
        let rows = report(&hub, &connection, &order).await.0;
        attempts += 1;
        empty += u64::from(rows == 0);
        assert!(attempts < 60, "it gets on");
        if rows > 0 {
            shelf.0.lock().unwrap().content = None;
        }
        if step == Step::Finished {
            break;
        }
    }
    let (rows, outcome) = report(&hub, &connection, &order).await;
    assert_eq!(outcome, RunOutcome::Finished);
    let kept = access.bucket().list("spool/", 10).await.unwrap();
    assert_eq!(kept, [], "a copy goes when all of it is stored");
    if rows == file.rows {
        assert!(
            attempts >= 4 && empty >= 1,
            "{attempts} attempts, {empty} while it was copied"
        );
        file.check(&answers(&hub, &hub.key, file.numbers()).await);
    }
    hub.hub.stop().await;
    let sent = shelf.0.lock().unwrap().sent;
    (rows, sent)
}

async fn report(hub: &TestHub, connection: &ConnectionId, order: &ImportOrder) -> (u64, RunOutcome) {
    let store = hub.hub.access().store();
    let report = store.run(connection, order.started()).await.unwrap().unwrap();
    (report.rows, report.outcome)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compressed_file_is_fetched_once_and_finished_without_its_server() {
    let file = CarrierFile::of_rows(3_000, 51);
    let length = file.gzipped().len() as u64;
    assert!(length > 40_000, "more than four pieces");
    assert_eq!(import(&file, 0).await, (file.rows, length), "each byte is sent once");

    // Read where it lies, it is lost with its server.
    let (rows, _) = import(&file, u64::MAX).await;
    assert!(rows < file.rows, "{rows}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_not_found_by_who_takes_the_name() {
    let (hub, file) = (TestHub::start().await, CarrierFile::of_rows(3_000, 52));
    let shelf = Shelf(Arc::new(Mutex::new(Kept {
        content: Some(Bytes::from(file.gzipped())),
        sent: 0,
    })));
    let connection = connect(&hub, "acme", SourceAddress::new("shelf", &[])).await;
    let order = || ImportOrder::Connection {
        connection: connection.to_string(),
        slot: now(),
    };
    let (access, first) = (hub.hub.access(), order());
    let mut rows = 0;
    for _ in 0..60 {
        let (importer, deadline) = hurried(reading(access.importer(), &shelf, 0), 5);
        let step = importer.run(&first, "message", Some(deadline)).await.unwrap();
        assert_eq!(step, Step::Continue);
        rows = report(&hub, &connection, &first).await.0;
        if rows > 0 {
            break;
        }
    }
    assert!(rows > 0, "all of it is copied, and some of it read");
    shelf.0.lock().unwrap().content = None;

    let store = access.store();
    let removed = store.remove_connection(&connection).await.unwrap().unwrap();
    let another = Connection {
        scope: Scope::Account(AccountId::parse("another").unwrap()),
        ..removed
    };
    store.put_connection(&another).await.unwrap().unwrap();
    let second = order();
    let importer = reading(access.importer(), &shelf, 0);
    assert_eq!(importer.run(&second, "message", None).await.unwrap(), Step::Finished);
    assert_eq!(report(&hub, &connection, &second).await, (0, RunOutcome::Finished));
    hub.hub.stop().await;
}
