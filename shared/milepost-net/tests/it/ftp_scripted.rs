//! Feed files from FTP servers that misbehave.

use std::time::Duration;

use milepost_net::source::{FtpServer as Server, FtpSource, Pattern, Place, Protection};
use milepost_net::{
    AddressPolicy, ErrorClass, FeedFile, FeedReader, Guard, GuardError, Patience, Secret, Source, SourceError,
};
use proptest::prelude::*;

use crate::support::ftp::{End, File, FtpServer, Script, Turn};
use crate::support::{bytes, patience, read};

const TIME: i64 = 1_795_172_400_000;
const DONE: End = End::Reply("226 done");

fn ftp_with(server: &FtpServer, patience: Patience) -> FtpSource {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let settings = Server {
        host: server.address.ip().to_string(),
        port: server.address.port(),
        user: "dpd".into(),
        password: Secret::new("hunter2"),
        directory: "out/events".into(),
        protection: Protection::None,
    };
    FtpSource::new(settings, Pattern::new("*.csv"), Guard::new(policy))
        .unwrap()
        .with_patience(patience)
}

fn source(server: &FtpServer) -> Source {
    Source::new(ftp_with(server, patience()))
}

fn file(size: Option<u64>) -> FeedFile {
    FeedFile {
        name: "a.csv".into(),
        size,
        etag: None,
        modified_ms: Some(TIME),
    }
}

async fn open(server: &FtpServer, offset: u64) -> Result<FeedReader, SourceError> {
    source(server).open(&file(Some(1_000)), offset).await
}

fn cause(error: &std::io::Error) -> &SourceError {
    SourceError::find(error).unwrap_or_else(|| panic!("not a source error: {error:?}"))
}

#[tokio::test]
async fn a_file_is_read_in_binary_mode_and_checked_afterwards() {
    let server = FtpServer::start(Script::new(bytes(1_000), [])).await;
    let mut reader = open(&server, 0).await.unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(1_000), 0));
    let commands = server.commands(&[
        "USER", "PASS", "TYPE", "CWD", "SIZE", "MDTM", "REST", "RETR", "QUIT", "ABOR",
    ]);
    assert_eq!(
        commands,
        [
            "USER dpd",
            "PASS hunter2",
            "TYPE I",
            "CWD out/events",
            "SIZE a.csv",
            "MDTM a.csv",
            "RETR a.csv",
            "SIZE a.csv",
            "MDTM a.csv",
            "QUIT"
        ]
    );
}

#[tokio::test]
async fn an_offset_becomes_rest_and_the_end_needs_no_transfer() {
    let server = FtpServer::start(Script::new(bytes(1_000), [])).await;
    let (got, end) = read(open(&server, 999).await.unwrap()).await;
    end.unwrap();
    assert_eq!(got, bytes(1_000)[999..]);
    assert_eq!(server.commands(&["REST", "RETR"]), ["REST 999", "RETR a.csv"]);
    let (got, end) = read(open(&server, 1_000).await.unwrap()).await;
    end.unwrap();
    assert!(got.is_empty());
    assert_eq!(server.commands(&["RETR"]).len(), 1);
    assert!(matches!(open(&server, 1_001).await, Err(SourceError::Changed)));
}

#[tokio::test]
async fn a_transfer_that_ends_early_is_resumed_whatever_the_server_says() {
    for end in [
        End::Reply("226 done"),
        End::Reply("250 done"),
        End::Reply("426 connection closed"),
        End::Reply("451 local error"),
        End::Reply("550 gone wrong"),
        End::Hangup,
    ] {
        let turns = [
            Turn::new(300, end.clone()),
            Turn::new(0, end.clone()),
            Turn::new(200, end.clone()),
        ];
        let server = FtpServer::start(Script::new(bytes(1_000), turns)).await;
        let mut reader = open(&server, 0).await.unwrap();
        let (read, result) = read(&mut reader).await;
        assert!(result.is_ok(), "{end:?} {result:?}");
        assert_eq!((read, reader.resumes()), (bytes(1_000), 3), "{end:?}");
        assert_eq!(
            server.commands(&["REST"]),
            ["REST 300", "REST 300", "REST 500"],
            "{end:?}"
        );
        // Each resume is a login of its own, and no transfer is aborted on a connection that is used again.
        assert_eq!(server.commands(&["PASS"]).len(), 4, "{end:?}");
        assert!(server.commands(&["ABOR"]).is_empty());
    }
}

#[tokio::test]
async fn a_whole_file_without_the_last_reply_is_confirmed_by_a_new_session() {
    for end in [End::Silence, End::Hangup, End::Reply("426 connection closed")] {
        let server = FtpServer::start(Script::new(bytes(1_000), [Turn::new(1_000, end.clone())])).await;
        let patience = Patience {
            idle: Duration::from_secs(2),
            ..patience()
        };
        let source = Source::new(ftp_with(&server, patience));
        let mut reader = source.open(&file(Some(1_000)), 0).await.unwrap();
        let (read, result) = read(&mut reader).await;
        assert!(result.is_ok(), "{end:?} {result:?}");
        assert_eq!((read, reader.resumes()), (bytes(1_000), 1), "{end:?}");
        // The second session asks for size and time and finds nothing left to fetch.
        assert_eq!(server.commands(&["RETR", "REST"]), ["RETR a.csv"], "{end:?}");
        assert_eq!(server.commands(&["SIZE"]).len(), 2, "{end:?}");
    }
}

#[tokio::test]
async fn a_stall_is_resumed_after_the_idle_time() {
    let server = FtpServer::start(Script::new(bytes(1_000), [Turn::new(400, End::Stall)])).await;
    let patience = Patience {
        idle: Duration::from_secs(2),
        ..patience()
    };
    let mut reader = Source::new(ftp_with(&server, patience))
        .open(&file(Some(1_000)), 0)
        .await
        .unwrap();
    let (read, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((read, reader.resumes()), (bytes(1_000), 1));
    assert_eq!(server.commands(&["REST"]), ["REST 400"]);
}

#[tokio::test]
async fn without_progress_the_tries_end() {
    let turns: Vec<Turn> = std::iter::once(100)
        .chain([0; 20])
        .map(|bytes| Turn::new(bytes, DONE))
        .collect();
    let server = FtpServer::start(Script::new(bytes(1_000), turns)).await;
    let mut reader = open(&server, 0).await.unwrap();
    let (got, end) = read(&mut reader).await;
    let error = end.unwrap_err();
    assert!(matches!(cause(&error), SourceError::Broken { at: 100 }), "{error:?}");
    assert_eq!(cause(&error).class(), ErrorClass::Retry);
    assert_eq!(got, bytes(100));
    assert_eq!(
        server.commands(&["PASS"]).len(),
        usize::try_from(patience().tries).unwrap()
    );
    assert!(matches!(
        cause(&read(&mut reader).await.1.unwrap_err()),
        SourceError::Failed
    ));
}

#[tokio::test]
async fn a_file_that_changes_between_two_sessions_is_never_mixed() {
    let other = |length, modified| {
        Some(File {
            body: vec![b'x'; length],
            modified,
        })
    };
    for then in [
        other(1_000, "20261120110001"),
        other(1_500, "20261120110000"),
        other(50, "20261120110000"),
        // An hour apart may be a zone in a listing, but not between two answers to the same command.
        other(1_000, "20261120120000"),
        None,
    ] {
        let script = Script::new(bytes(1_000), [Turn::new(300, End::Hangup).then(then.clone())]);
        let server = FtpServer::start(script).await;
        let (got, end) = read(open(&server, 0).await.unwrap()).await;
        let error = end.unwrap_err();
        match then {
            Some(_) => assert!(matches!(cause(&error), SourceError::Changed), "{then:?} {error:?}"),
            None => assert!(matches!(cause(&error), SourceError::Missing), "{error:?}"),
        }
        assert_eq!(cause(&error).class(), ErrorClass::Permanent);
        assert_eq!(got, bytes(300));
        assert_eq!(server.commands(&["RETR"]).len(), 1);
    }
}

#[tokio::test]
async fn a_file_that_changes_during_the_transfer_is_changed() {
    // All bytes and the reply came, but afterwards the file is another one, or has grown.
    let other = |length, modified| {
        Some(File {
            body: bytes(length),
            modified,
        })
    };
    for then in [other(1_000, "20261120110001"), other(1_200, "20261120110000")] {
        let script = Script::new(bytes(1_000), [Turn::new(1_000, DONE).then(then)]);
        let server = FtpServer::start(script).await;
        let (_, end) = read(open(&server, 0).await.unwrap()).await;
        assert!(matches!(cause(&end.unwrap_err()), SourceError::Changed));
    }
}

#[tokio::test]
async fn a_file_that_is_moved_away_after_the_transfer_is_whole() {
    let script = Script::new(bytes(1_000), [Turn::new(1_000, DONE).then(None)]);
    let server = FtpServer::start(script).await;
    let (got, end) = read(open(&server, 0).await.unwrap()).await;
    end.unwrap();
    assert_eq!(got, bytes(1_000));
}

#[tokio::test]
async fn more_bytes_than_announced_are_a_growing_file() {
    let mut script = Script::new(bytes(1_200), []);
    script.replies = vec![("SIZE", "213 1000")];
    let server = FtpServer::start(script).await;
    let (_, end) = read(open(&server, 0).await.unwrap()).await;
    assert!(matches!(cause(&end.unwrap_err()), SourceError::Changed));
}

#[tokio::test]
async fn a_file_other_than_the_listed_one_is_not_begun() {
    let server = FtpServer::start(Script::new(bytes(1_000), [])).await;
    let listed = |size, modified_ms| FeedFile {
        size,
        modified_ms,
        ..file(None)
    };
    for (file, same) in [
        (listed(Some(1_000), Some(TIME)), true),
        (listed(Some(1_000), Some(TIME + 999)), true),
        (listed(None, None), true),
        (listed(Some(1_000), Some(TIME + 3_600_000)), true),
        (listed(Some(999), Some(TIME)), false),
        (listed(Some(1_000), Some(TIME + 1_000)), false),
    ] {
        match source(&server).open(&file, 0).await {
            Ok(_) => assert!(same, "{file:?}"),
            Err(error) => assert!(!same && matches!(error, SourceError::Changed), "{file:?} {error:?}"),
        }
    }
}

#[tokio::test]
async fn without_size_and_time_the_reply_alone_ends_the_file() {
    let script = |turns: Vec<Turn>| Script {
        unknown: &["SIZE", "MDTM"],
        ..Script::new(bytes(1_000), turns)
    };
    let server = FtpServer::start(script(vec![Turn::new(300, End::Hangup)])).await;
    let listed = FeedFile {
        size: None,
        modified_ms: None,
        ..file(None)
    };
    let mut reader = source(&server).open(&listed, 0).await.unwrap();
    let (got, end) = read(&mut reader).await;
    end.unwrap();
    assert_eq!((got, reader.resumes()), (bytes(1_000), 1));

    // The size of the listing still tells a cut that calls itself complete.
    let server = FtpServer::start(script(vec![Turn::new(300, DONE)])).await;
    let (got, end) = read(open(&server, 0).await.unwrap()).await;
    end.unwrap();
    assert_eq!(got, bytes(1_000));
}

#[tokio::test]
async fn an_announced_host_is_never_connected_to() {
    for (host, foreign) in [
        ("10,0,0,5", true),
        ("169,254,169,254", true),
        ("0,0,0,0", true),
        ("127,0,0,1", false),
    ] {
        let script = Script {
            passive_host: host,
            ..Script::new(bytes(1_000), [])
        };
        let server = FtpServer::start(script).await;
        let ftp = ftp_with(&server, patience());
        let source = Source::new(ftp.clone());
        // It works, over the host of the control connection.
        let (got, end) = read(source.open(&file(Some(1_000)), 0).await.unwrap()).await;
        end.unwrap();
        assert_eq!(got, bytes(1_000));
        assert_eq!(source.list(10).await.unwrap().files.len(), 1);
        assert_eq!(ftp.foreign_addresses(), if foreign { 2 } else { 0 }, "{host}");
    }
}

#[tokio::test]
async fn the_guard_refuses_before_a_connection_is_made() {
    let server = FtpServer::start(Script::new(bytes(1_000), [])).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "::ffff:127.0.0.1",
        "10.0.0.5",
        "169.254.169.254",
    ] {
        let settings = Server {
            host: host.into(),
            port: server.address.port(),
            user: "dpd".into(),
            password: Secret::new("hunter2"),
            directory: String::new(),
            protection: Protection::None,
        };
        let guard = Guard::new(AddressPolicy::default());
        let source = Source::new(
            FtpSource::new(settings, Pattern::default(), guard)
                .unwrap()
                .with_patience(patience()),
        );
        let error = source.list(1).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Guard(GuardError::Address)),
            "{host} {error:?}"
        );
        assert!(matches!(
            source.open(&file(None), 0).await,
            Err(SourceError::Guard(GuardError::Address))
        ));
    }
    assert!(server.commands(&["USER"]).is_empty());
}

#[tokio::test]
async fn refusals_are_told_apart_and_show_no_secret() {
    for (command, reply, class, tries) in [
        ("PASS", "530 not hunter2", ErrorClass::Caller, 1),
        ("USER", "421 too many connections, hunter2", ErrorClass::Retry, 2),
        ("CWD", "550 no such directory, hunter2", ErrorClass::Caller, 1),
        ("RETR", "550 no such file, hunter2", ErrorClass::Permanent, 1),
        ("RETR", "425 no data connection, hunter2", ErrorClass::Retry, 2),
        ("SIZE", "550 no such file, hunter2", ErrorClass::Permanent, 1),
        ("SIZE", "213 many, hunter2", ErrorClass::Permanent, 1),
    ] {
        let mut script = Script::new(bytes(1_000), []);
        script.replies = vec![(command, reply); 9];
        let server = FtpServer::start(script).await;
        let ftp = ftp_with(&server, Patience { tries: 2, ..patience() });
        let error = Source::new(ftp.clone()).open(&file(Some(1_000)), 0).await.unwrap_err();
        assert_eq!(error.class(), class, "{reply} {error:?}");
        assert_eq!(server.commands(&["USER"]).len(), tries, "{reply}");
        let shown = format!("{error} {error:?} {ftp:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn a_name_with_a_line_break_sends_no_second_command() {
    let server = FtpServer::start(Script::new(bytes(1_000), [])).await;
    let listed = FeedFile {
        name: "a.csv\r\nDELE a.csv".into(),
        ..file(None)
    };
    let patience = Patience { tries: 1, ..patience() };
    assert!(Source::new(ftp_with(&server, patience)).open(&listed, 0).await.is_err());
    assert!(server.commands(&["DELE"]).is_empty());
}

fn listings(unknown: &'static [&'static str], listings: &[(&'static str, &str)]) -> Script {
    Script {
        unknown,
        listings: listings
            .iter()
            .map(|(command, text)| (*command, text.replace('\n', "\r\n")))
            .collect(),
        ..Script::new(bytes(1_000), [])
    }
}

#[tokio::test]
async fn every_form_of_listing_gives_the_file() {
    let long = "total 8\n\
                drwxr-xr-x 2 dpd dpd 4096 Nov 20 11:00 archive.csv\n\
                -rw-r--r-- 1 dpd dpd 1000 Nov 20 11:00 a.csv\n\
                -rw-r--r-- 1 dpd dpd 1000 Nov 20 11:00 b.txt\n\
                -rw-r--r-- 1 dpd dpd 1000 Nov 20 11:00 c.csv.part\n";
    let strange = "a.csv 1000 bytes, yesterday\n";
    for script in [
        listings(&[], &[]),
        listings(&["MLSD"], &[("LIST", long)]),
        // A form that cannot be read is left for the next one.
        listings(&["MLSD"], &[("LIST", strange), ("NLST", "a.csv\narchive.csv\nb.txt\n")]),
        listings(
            &[],
            &[("MLSD", strange), ("LIST", strange), ("NLST", "/out/events/a.csv\n")],
        ),
        listings(&["MLSD", "LIST"], &[("NLST", "a.csv\n")]),
    ] {
        let server = FtpServer::start(script.clone()).await;
        let listing = source(&server).list(10).await.unwrap();
        assert_eq!(listing.files, [file(Some(1_000))], "{script:?}");
        assert!(!listing.more);
        assert_eq!(server.commands(&["CWD"]), ["CWD out/events"]);
    }
}

#[tokio::test]
async fn an_empty_directory_is_an_empty_listing() {
    for script in [
        listings(&[], &[("MLSD", "type=cdir; .\ntype=pdir; ..\n")]),
        listings(&["MLSD"], &[("LIST", "total 0\n")]),
        Script {
            replies: vec![("NLST", "550 no files found")],
            ..listings(&["MLSD", "LIST"], &[])
        },
        Script {
            replies: vec![("NLST", "450 no files found")],
            ..listings(&["MLSD", "LIST"], &[])
        },
    ] {
        let server = FtpServer::start(script).await;
        assert!(source(&server).list(10).await.unwrap().files.is_empty());
    }
}

#[tokio::test]
async fn a_server_without_size_and_time_lists_names() {
    let script = listings(&["MLSD", "LIST", "SIZE", "MDTM"], &[("NLST", "a.csv\n")]);
    let server = FtpServer::start(script).await;
    let listing = source(&server).list(10).await.unwrap();
    assert_eq!(
        listing.files,
        [FeedFile {
            modified_ms: None,
            ..file(None)
        }]
    );
}

#[tokio::test]
async fn a_listing_says_when_there_is_more() {
    let three: String = (0..3).map(|at| format!("type=file;size=1; {at}.csv\n")).collect();
    for (max, expect, more) in [(0, 0, true), (2, 2, true), (3, 3, false)] {
        let server = FtpServer::start(listings(&[], &[("MLSD", &three)])).await;
        let listing = source(&server).list(max).await.unwrap();
        assert_eq!((listing.files.len(), listing.more), (expect, more), "{max}");
    }
    // Where sizes are asked for one by one, the connection with the half-read listing is not used for it.
    let script = listings(&["MLSD", "LIST"], &[("NLST", "a.csv\nb.csv\nc.csv\n")]);
    let server = FtpServer::start(script).await;
    let listing = source(&server).list(1).await.unwrap();
    assert_eq!((listing.files, listing.more), (vec![file(Some(1_000))], true));
    assert_eq!(server.commands(&["USER"]).len(), 2);
}

#[tokio::test]
async fn an_endless_listing_ends() {
    let line = format!("type=dir; {}\n", "x".repeat(1_000));
    let script = listings(&[], &[("MLSD", &line.repeat(17_000))]);
    let server = FtpServer::start(script).await;
    let error = source(&server).list(10).await.unwrap_err();
    assert!(matches!(error, SourceError::ListingTooLong { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_lists_in_no_form_is_an_error() {
    let server = FtpServer::start(listings(&["MLSD", "LIST", "NLST"], &[])).await;
    let error = source(&server).list(10).await.unwrap_err();
    assert!(matches!(error, SourceError::Protocol { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is cut where and however it is told, the bytes are those of the file from the offset on.
    #[test]
    fn any_cuts_give_the_same_bytes(
        length in 0..5_000_usize,
        offset in 0..5_000_usize,
        cuts in prop::collection::vec((1..2_000_usize, 0..3_usize), 0..6),
    ) {
        let offset = offset.min(length);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (read, end) = runtime.block_on(async {
            let ends = [DONE, End::Reply("426 cut"), End::Hangup];
            let turns: Vec<Turn> = cuts.iter().map(|(cut, end)| Turn::new(*cut, ends[*end].clone())).collect();
            let server = FtpServer::start(Script::new(bytes(length), turns)).await;
            read(source(&server).open(&file(Some(length as u64)), offset as u64).await.unwrap()).await
        });
        prop_assert!(end.is_ok(), "{end:?}");
        prop_assert_eq!(read, bytes(length)[offset..].to_vec());
    }
}
