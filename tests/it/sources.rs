//! From a carrier's server to the run's report: what a source does on the way is neither lost nor stored twice.

use std::path::Path;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use milepost_import::{Importer, Message};
use milepost_local::hub::BUCKET;
use milepost_model::{
    Afterwards, CarrierCode, Connection, ConnectionId, Pickup, RejectReason, RunOutcome, SourceAddress, TrackingNumber,
};
use milepost_net::{AddressPolicy, Guard, Sources};
use milepost_runtime::{Clients, now};
use support::carrier_api::{ApiAnswer, CarrierApi};
use support::feed::{EventRow, days_ago, generic_file};
use support::ftp::FtpServer;
use support::hub::TestHub;
use support::runs::{connect, has_failed, is_finished, report_where, run};

const NUMBERS: [&str; 3] = [
    "9400100000000000000011",
    "9400100000000000000028",
    "9400100000000000000035",
];

fn quick(importer: &mut Importer) {
    importer.settings.settle = Duration::from_millis(20);
}

fn file(number: &str) -> String {
    generic_file(&[EventRow::new(number, "03", &format!("{}T10:00:00", days_ago(2)))])
}

/// Puts a file into the bucket's folder: unlike an object that is put through S3, nobody is told of it.
fn drop_in(hub: &TestHub, key: &str, text: &str) {
    let path = hub.folder.join("s3").join(BUCKET).join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A connection with a pickup of its own, under a name.
async fn connect_with(hub: &TestHub, id: &str, source: SourceAddress, pickup: Pickup) -> ConnectionId {
    let plain = connect(hub, &format!("{id}-plain"), source).await;
    let store = hub.hub.access().store();
    let found = store.connection(&plain).await.unwrap().unwrap();
    let connection = Connection {
        id: ConnectionId::parse(id).unwrap(),
        pickup,
        ..found
    };
    store.put_connection(&connection).await.unwrap().unwrap().id
}

fn ftp(server: &FtpServer, folder: &str) -> SourceAddress {
    let port = server.address.port().to_string();
    SourceAddress::new(
        "ftp",
        &[
            ("host", "127.0.0.1"),
            ("port", &port),
            ("user", "anonymous"),
            ("folder", folder),
            ("pattern", "*.csv"),
        ],
    )
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_waits_for_its_marker_and_is_moved_only_when_all_of_it_is_stored() {
    let carrier = tempfile::tempdir().unwrap();
    let out = carrier.path().join("out");
    std::fs::create_dir_all(out.join("archive")).unwrap();
    std::fs::write(out.join("a.csv"), file(NUMBERS[0])).unwrap();
    std::fs::write(out.join("b.csv"), file(NUMBERS[1])).unwrap();
    std::fs::write(out.join("c.csv"), "Dear customer,\r\nyour parcels are fine.\r\n").unwrap();
    for whole in ["a.csv.done", "c.csv.done"] {
        std::fs::write(out.join(whole), "").unwrap();
    }
    let server = FtpServer::start(carrier.path()).await;
    let hub = TestHub::start_with(quick).await;
    let pickup = Pickup {
        marker: Some("{name}.done".to_owned()),
        afterwards: Afterwards::MoveTo("archive".to_owned()),
        ..Pickup::default()
    };
    let connection = connect_with(&hub, "acme", ftp(&server, "out"), pickup).await;
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, has_failed).await;
    assert_eq!(report.files, ["a.csv", "c.csv"], "{report:#?}");
    // What was given up stays, and what has no marker; the marker goes with its file.
    assert_eq!(names(&out), ["archive", "b.csv", "c.csv", "c.csv.done"]);
    assert_eq!(names(&out.join("archive")), ["a.csv", "a.csv.done"]);

    std::fs::write(out.join("b.csv.done"), "").unwrap();
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    assert_eq!((report.files.as_slice(), report.events), (&["b.csv".to_owned()][..], 1));
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_takes_so_many_files_and_the_next_one_the_rest() {
    let hub = TestHub::start_with(quick).await;
    for (name, number) in ["a", "b", "c"].into_iter().zip(NUMBERS) {
        drop_in(&hub, &format!("in/acme/{name}.csv"), &file(number));
    }
    let pickup = Pickup {
        max_files: Some(2),
        ..Pickup::default()
    };
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/")]);
    let connection = connect_with(&hub, "acme", source, pickup).await;
    for expect in [vec!["in/acme/a.csv", "in/acme/b.csv"], vec!["in/acme/c.csv"]] {
        let slot = run(&hub, &connection).await;
        let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
        assert_eq!(report.files, expect);
    }
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_comes_twice_with_an_encoded_key_is_one_run() {
    let hub = TestHub::start_with(quick).await;
    drop_in(&hub, "in/acme/my file+1.csv", &file(NUMBERS[0]));
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/"), ("pattern", "my file+*.csv")]);
    let connection = connect(&hub, "acme", source).await;
    let event = |key: &str| {
        format!(
            r#"{{"Records":[{{"eventName":"ObjectCreated:Put","s3":{{"bucket":{{"name":"milepost-hub"}},
            "object":{{"key":"{key}"}}}}}}]}}"#
        )
    };
    let importer = hub.hub.access().importer();
    let notice = async |key: &str| {
        let Message::Objects(objects) = Message::parse(&event(key)).unwrap() else {
            panic!("it is a notice");
        };
        importer.notice(&objects).await.unwrap()
    };
    assert_eq!(notice("in/acme/other.csv").await, 0, "it is none of the connection's");
    assert_eq!(notice("in/acme/my+file%2B1.csv").await, 1);
    assert_eq!(notice("in/acme/my+file%2B1.csv").await, 0, "it is due already");
    let store = hub.hub.access().store();
    let due = store.connection(&connection).await.unwrap().unwrap().next_due.unwrap();
    assert!(due <= now());
    let report = report_where(hub.hub.access(), &connection, due, is_finished).await;
    assert_eq!((report.files.len(), report.events), (1, 1));
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_put_is_imported_without_a_schedule() {
    let hub = TestHub::start_with(quick).await;
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/"), ("pattern", "*.csv")]);
    let connection = connect(&hub, "acme", source).await;
    let access = hub.hub.access();
    for key in ["in/acme/my file+1.txt", "in/acme/my file+1.csv"] {
        let put = access.s3().put_object().bucket(BUCKET).key(key);
        put.body(file(NUMBERS[0]).into_bytes().into()).send().await.unwrap();
    }
    let store = access.store();
    let mut runs = Vec::new();
    for _ in 0..600 {
        runs = store.runs(&connection, 10, now().as_second()).await.unwrap();
        if runs.first().is_some_and(is_finished) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told: Vec<_> = runs.iter().map(|run| (run.files.join(" "), run.events)).collect();
    assert_eq!(told, [("in/acme/my file+1.csv".to_owned(), 1)], "{runs:#?}");
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_sent_again_does_not_bring_back_what_was_erased() {
    let hub = TestHub::start_with(quick).await;
    let rows = |count: usize| -> Vec<EventRow> {
        let row = |number: &&str| EventRow::new(number, "03", &format!("{}T10:00:00", days_ago(2)));
        NUMBERS.iter().take(count).map(row).collect()
    };
    drop_in(&hub, "in/acme/a.csv", &generic_file(&rows(2)));
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/")]);
    let connection = connect(&hub, "acme", source).await;
    let slot = run(&hub, &connection).await;
    report_where(hub.hub.access(), &connection, slot, is_finished).await;

    let (carrier, number) = (
        CarrierCode::parse("usps").unwrap(),
        TrackingNumber::parse(NUMBERS[0]).unwrap(),
    );
    let store = hub.hub.access().store();
    assert_eq!(
        store
            .forget(&carrier, &number, now().as_second() + 86_400)
            .await
            .unwrap(),
        1
    );
    drop_in(&hub, "in/acme/a.csv", &generic_file(&rows(3)));
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    assert_eq!(report.rejected.get(&RejectReason::Forgotten), Some(&1), "{report:#?}");
    assert_eq!((report.rows, report.events), (3, 2));
    let read = store.number(&number, now().as_second()).await.unwrap();
    assert!(read.bundles.is_empty());
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_order_goes_to_the_dead_letters_soon() {
    let hub = TestHub::start().await;
    let queue = hub.hub.access().import_queue();
    queue.send("not an order".to_owned(), 0).await.unwrap();
    // Five receives without a pause of 960 s between them; then the queue is free for what comes behind.
    drop_in(&hub, "in/acme/a.csv", &file(NUMBERS[0]));
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/")]);
    let connection = connect(&hub, "acme", source).await;
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_test_of_a_connection_says_of_each_step() {
    let carrier = tempfile::tempdir().unwrap();
    for folder in ["empty", "good", "letters", "wrong"] {
        std::fs::create_dir(carrier.path().join(folder)).unwrap();
    }
    std::fs::write(carrier.path().join("good/a.csv"), file(NUMBERS[0])).unwrap();
    std::fs::write(
        carrier.path().join("letters/a.csv"),
        "Dear customer,\r\nyour parcels are fine.\r\n",
    )
    .unwrap();
    let wrong = file(NUMBERS[0]).replace(NUMBERS[0], "N/A");
    std::fs::write(carrier.path().join("wrong/a.csv"), wrong).unwrap();
    let server = FtpServer::start(carrier.path()).await;
    let hub = TestHub::start_with(quick).await;
    let mut importer = hub.hub.access().importer();
    quick(&mut importer);
    let mut said = String::new();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().to_string()
    };
    let unreachable = [("host", "127.0.0.1"), ("port", closed.as_str()), ("user", "u")];
    let cases = [
        ("unreachable", SourceAddress::new("ftp", &unreachable)),
        (
            "private",
            SourceAddress::new("ftp", &[("host", "10.1.2.3"), ("user", "u")]),
        ),
        ("no-folder", ftp(&server, "nowhere")),
        ("empty", ftp(&server, "empty")),
        ("letters", ftp(&server, "letters")),
        ("wrong-rows", ftp(&server, "wrong")),
        ("good", ftp(&server, "good")),
    ];
    for (name, source) in cases {
        let id = connect(&hub, name, source).await;
        let connection = hub.hub.access().store().connection(&id).await.unwrap().unwrap();
        let (steps, good) = importer.test(&connection).await;
        said.push_str(&format!(
            "== {name}: {}\n{}\n",
            if good { "works" } else { "does not" },
            steps.join("\n")
        ));
    }
    insta::assert_snapshot!(said);
    hub.hub.stop().await;
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_told_in_words() {
    let sts = CarrierApi::start().await;
    sts.answer(ApiAnswer {
        status: 403,
        headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to \
               perform: sts:AssumeRole</Message></Error></ErrorResponse>"
            .into(),
        delay: Duration::ZERO,
    });
    let credentials = Credentials::new("hub", "hunter2", Some("hunter3".to_owned()), None, "test");
    let settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .endpoint_url(&sts.url)
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    let clients = Clients::new(settings.build());
    let guard = Guard::new(AddressPolicy::default());
    let sources = Sources::new(clients.bucket("hub"), clients.s3_by_role(), guard);
    let role = "arn:aws:iam::123456789012:role/feeds";
    let address = SourceAddress::new("s3", &[("bucket", "feeds"), ("role", role), ("external_id", "hunter4")]);
    let source = sources.open(&address, None, None).await.unwrap();
    let error = source.reach().await.unwrap_err();
    let said = format!("{error} [{:?}]", error.class());
    println!("{said}");
    assert!(said.starts_with("ListObjectsV2 failed (AccessDenied): "), "{said}");
    assert!(said.ends_with("[Caller]"), "{said}");
    assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
}
