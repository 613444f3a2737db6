//! What real carrier files have in them that sample files have not, each with what comes of it.
//!
//! Pitfalls of bytes, records and times are tried here on the whole way from bytes to events; those that need more than
//! a file (a source, a second import, a clock) name the test that has them.

use std::fmt::Write as _;
use std::path::Path;

use milepost_carriers::layout::Layout;
use milepost_feeds::Limits;
use milepost_import::Rows;
use milepost_model::{TrackingEvent, Wall, WrittenZone};

/// A layout with everything that the pitfalls need.
const LAYOUT: &str = r##"
name = "pitfalls"
revision = 1
format = "csv"
charset = "utf-8"
[csv]
delimiter = ";"
comment = "#"
[trailer]
column = 1
is = "END"
count = 2
[columns]
tracking_number = "number"
event_code = "code"
description = "text"
[time]
columns = ["date", "time"]
patterns = ["%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M%z", "%d.%m.%y %H:%M", "%Y-%m-%d %H:%M %Z"]
[time.zones]
EST = "America/New_York"
AEST = "Australia/Sydney"
"##;

/// What a layout makes of bytes that come in chunks of a few.
async fn read(layout: &str, bytes: &[u8]) -> String {
    let layout = Layout::parse(layout).unwrap();
    let mut said = String::new();
    let bytes = tokio::io::BufReader::with_capacity(7, bytes);
    let mut rows = match Rows::open("file", bytes, &layout, &Limits::default()).await {
        Ok(rows) => rows,
        Err(error) => return format!("{error}"),
    };
    loop {
        match rows.next().await {
            Ok(None) => return said.trim_end().to_owned(),
            Err(error) => {
                write!(said, "ended: {error}").unwrap();
                return said;
            }
            Ok(Some(row)) => match row.item {
                Err((reason, _)) => writeln!(said, "line {}: {}", row.line, reason.as_str()).unwrap(),
                Ok(item) => {
                    for event in &item.events {
                        writeln!(said, "{} {}", item.number, shown(event)).unwrap();
                    }
                }
            },
        }
    }
}

fn shown(event: &TrackingEvent) -> String {
    let wall = match event.time.wall {
        Wall::Date(date) => date.to_string(),
        Wall::At(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
    };
    let zone = match &event.time.zone {
        WrittenZone::Unstated => String::new(),
        WrittenZone::Offset(offset) => offset.to_string(),
        WrittenZone::Utc => "Z".to_owned(),
        WrittenZone::Feed(zone) => format!(" {zone}"),
    };
    let text = [wall + &zone, event.code.clone(), event.description.clone()];
    text.join(" ").trim_end().to_owned()
}

const HEADER: &str = "number;code;text;date;time\n";

const END: &str = "END;1\n";

const GOOD: &str = "AB12345;10;;2026-11-20;08:10\n";

const READ: &str = "AB12345 2026-11-20 08:10 10";

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

/// A pitfall, a file with it, and what is read.
fn of_bytes_and_records() -> Vec<(&'static str, Vec<u8>, String)> {
    let file = format!("{HEADER}{GOOD}{END}");
    let good = READ.to_owned();
    let row = |row: &str| format!("{HEADER}{row}\n{END}").into_bytes();
    let gzipped = gzip(&file);
    vec![
        ("UTF-8 byte order mark", format!("\u{feff}{file}").into(), good.clone()),
        ("UTF-16, little-endian", utf16(&file, u16::to_le_bytes), good.clone()),
        ("UTF-16, big-endian", utf16(&file, u16::to_be_bytes), good.clone()),
        ("wrong declared encoding", [HEADER.as_bytes(), b"AB12345;10;K\xf6ln;2026-11-20;08:10\n", GOOD.as_bytes(), b"END;2\n"].concat(), format!("line 2: encoding\n{READ}")),
        ("NUL bytes", row("AB12345;10;\0;2026-11-20;08:10"), "line 2: malformed".to_owned()),
        ("CR only", file.replace('\n', "\r").into(), good.clone()),
        ("mixed line ends", file.replacen('\n', "\r\n", 1).replacen("\nEND", "\rEND", 1).into(), good.clone()),
        ("quoted line end across a chunk's border", row("AB12345;10;\"a\r\nb\r\nc\";2026-11-20;08:10"), "AB12345 2026-11-20 08:10 10 a\r\nb\r\nc".to_owned()),
        ("unclosed quote to the end", format!("{HEADER}AB12345;10;\"a;2026-11-20;08:10\n{GOOD}END;2\n").into(), format!("line 2: malformed\n{READ}")),
        ("ragged rows", row("AB12345;10;;2026-11-20"), "line 2: missing_fields".to_owned()),
        ("header repeated in the middle", format!("{HEADER}{GOOD}{HEADER}{GOOD}END;3\n").into(), format!("{READ}\n{READ}")),
        ("blank lines and comments", format!("#made today\n\n{HEADER}\n# rows\n{GOOD}\n\n{END}\n#end").into(), good.clone()),
        ("trailer that counts right", file.clone().into(), good.clone()),
        ("trailer that counts more", format!("{HEADER}{GOOD}END;2\n").into(), format!("{READ}\nline 3: malformed")),
        ("truncated upload: no trailer", format!("{HEADER}{GOOD}").into(), format!("{READ}\nended: the file is cut off: was it still being uploaded?")),
        ("a long line", row(&format!("AB12345;10;{};2026-11-20;08:10", "x".repeat(300_000))), "line 2: too_long".to_owned()),
        ("a long field", row(&format!("AB12345;10;{};2026-11-20;08:10", "x".repeat(70_000))), "line 2: too_long".to_owned()),
        ("10,000 columns", row(&"x;".repeat(10_000)), "line 2: too_long".to_owned()),
        ("duplicate row", format!("{HEADER}{GOOD}{GOOD}END;2\n").into(), format!("{READ}\n{READ}")),
        ("number mangled by a spreadsheet", row("9.40014E+21;10;;2026-11-20;08:10"), "line 2: bad_tracking_number".to_owned()),
        ("placeholder number", row("123456789;10;;2026-11-20;08:10"), "line 2: placeholder_number".to_owned()),
        ("trailing spaces", row("AB12345  ;10 ;;2026-11-20 ; 08:10 "), good.clone()),
        ("full-width digits", row("ＡＢ１２３４５;10;;2026-11-20;08:10"), "line 2: bad_tracking_number".to_owned()),
        ("full-width digits in a time", row("AB12345;10;;２０２６-11-20;08:10"), "line 2: bad_time".to_owned()),
        ("formula of a spreadsheet", row("=1+1;10;;2026-11-20;08:10"), "line 2: bad_tracking_number".to_owned()),
        ("no line end behind the last row", format!("{HEADER}{GOOD}END;1").into(), good.clone()),
        ("empty file", Vec::new(), String::new()),
        ("header alone", HEADER.into(), String::new()),
        ("columns in another order", b"time;date;code;number;text\n08:10;2026-11-20;10;AB12345;\nEND;1\n".to_vec(), good.clone()),
        ("no header", GOOD.into(), "file: the file has no column \"number\", \"date\", \"time\"; its header has \"AB12345\", \"10\", \"\", \"2026-11-20\", \"08:10\"".to_owned()),
        ("gzip of several members", [gzip(HEADER), gzip(GOOD), gzip(END)].concat(), good.clone()),
        ("gzip with padding", [gzipped.clone(), vec![0; 512]].concat(), good),
        ("gzip with something behind it", [gzipped.clone(), b"-- sent by acme --".to_vec()].concat(), format!("{READ}\nended: bytes that are not gzip follow the compressed data at byte {} of the file", gzipped.len())),
        ("gzip cut off", gzipped[..gzipped.len() - 10].to_vec(), format!("{READ}\nended: the file is cut off: was it still being uploaded?")),
        ("gzip of nothing", gzip(""), String::new()),
        ("poison row", format!("{HEADER};;;;\n{GOOD}END;2\n").into(), format!("line 2: no_tracking_number\n{READ}")),
    ]
}

#[tokio::test]
async fn bytes_and_records() {
    for (pitfall, bytes, expected) in of_bytes_and_records() {
        assert_eq!(read(LAYOUT, &bytes).await, expected, "{pitfall}");
    }
}

/// A pitfall, date and time as written, and what is read of them.
const TIMES: &[(&str, &str, &str)] = &[
    ("midnight as 24:00", "2026-12-31;24:00", "2027-01-01 00:00"),
    ("offset without colon", "2026-11-20;08:10+0200", "2026-11-20 08:10+02"),
    ("offset with colon", "2026-11-20;08:10+02:00", "2026-11-20 08:10+02"),
    ("two-digit year", "20.11.26;08:10", "2026-11-20 08:10"),
    (
        "zone abbreviation, one EST",
        "2026-11-20;08:10 EST",
        "2026-11-20 08:10 America/New_York",
    ),
    (
        "zone abbreviation, the other",
        "2026-11-20;08:10 AEST",
        "2026-11-20 08:10 Australia/Sydney",
    ),
    (
        "zone abbreviation that nobody explained",
        "2026-11-20;08:10 CST",
        "bad_time",
    ),
    ("no time of day", "2026-11-20;", "2026-11-20"),
    ("no time at all", ";", "bad_time"),
    ("31 February", "2026-02-31;08:10", "bad_time"),
    ("month 13", "2026-13-01;08:10", "bad_time"),
    ("year 1969", "1969-11-20;08:10", "bad_time"),
    ("year 1970", "1970-11-20;08:10", "1970-11-20 08:10"),
    ("year 2200", "2200-11-20;08:10", "bad_time"),
    ("an hour that clocks left out", "2026-03-29;02:30", "2026-03-29 02:30"),
    ("an hour that came twice", "2026-10-25;02:30", "2026-10-25 02:30"),
];

#[tokio::test]
async fn times() {
    for (pitfall, written, expected) in TIMES {
        let row = format!("{HEADER}AB12345;10;;{written}\n{END}");
        let read = read(LAYOUT, row.as_bytes()).await;
        let expected = match *expected {
            "bad_time" => "line 2: bad_time".to_owned(),
            time => format!("AB12345 {time} 10"),
        };
        assert_eq!(read, expected, "{pitfall}");
    }
}

/// Pitfalls that other tests have, and where.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "a line of 1 GiB, in every format",
        "tests/it/hostile.rs",
        "no_file_takes_more_memory_than_a_small_function_has",
    ),
    (
        "entity bomb and nesting of XML",
        "shared/milepost-carriers/tests/layouts_shipped.rs",
        "every_shipped_layout_reads_its_files",
    ),
    (
        "zip: many files, folders, names with two dots",
        "shared/milepost-feeds/tests/it/zip.rs",
        "one_file_or_many_however_they_are_written",
    ),
    (
        "zip: encrypted, damaged, cut off",
        "shared/milepost-feeds/tests/it/zip.rs",
        "what_cannot_be_read_is_told",
    ),
    ("zip bomb", "shared/milepost-feeds/tests/it/zip.rs", "a_bomb_is_stopped"),
    (
        "gzip with a wrong checksum",
        "shared/milepost-feeds/tests/it/gzip.rs",
        "a_changed_bit_of_data_or_checksum_is_noticed",
    ),
    (
        "any chunk border",
        "shared/milepost-feeds/tests/it/chunks.rs",
        "any_chunking_gives_the_same_rows",
    ),
    (
        "resumed at any row",
        "shared/milepost-carriers/tests/layouts_shipped.rs",
        "every_file_can_be_resumed_at_every_row",
    ),
    (
        "hours that clocks left out or repeat, placed",
        "shared/milepost-carriers/src/zones/ladder.rs",
        "mod tests",
    ),
    ("duplicate rows and files", "tests/it/oracle.rs", "async fn"),
    (
        "error budget of a file",
        "tests/it/bad_input.rs",
        "a_file_that_will_not_do_is_told_in_its_report",
    ),
    (
        "placeholder by conduct, future and old events",
        "shared/milepost-import/src/rules.rs",
        "MAX_EVENTS_OF_NUMBER",
    ),
];

#[test]
fn what_is_elsewhere_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (pitfall, file, test) in ELSEWHERE {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(test), "{pitfall}: {file} has no {test}");
    }
}
