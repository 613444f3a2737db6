//! Files as carriers send them, whole and broken.

use std::path::Path;

use milepost_feeds::{Charset, CsvFormat, FeedError, Format, RowFault};

use crate::support::{Outcome, Plan};

const COMMA: Format = Format::Csv(CsvFormat {
    delimiter: b',',
    quote: Some(b'"'),
    header: true,
    comment: None,
});
const SEMICOLON: Format = Format::Csv(CsvFormat {
    delimiter: b';',
    quote: Some(b'"'),
    header: true,
    comment: None,
});

fn read(file: &str, plan: &Plan) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    plan.read(&std::fs::read(path).unwrap(), &[4096])
}

/// Rows as `line@offset field|field` or `line@offset !reason`.
fn shown(outcome: &Outcome) -> Vec<String> {
    let rows = outcome.rows.iter().map(|row| match &row.content {
        Ok(fields) => format!("{}@{} {}", row.line, row.offset, fields.join("|")),
        Err(fault) => format!("{}@{} !{}", row.line, row.offset, fault.reason()),
    });
    rows.collect()
}

fn check(file: &str, format: Format, charset: Charset, header: Option<&[&str]>, rows: &[&str]) {
    let outcome = read(
        file,
        &Plan {
            charset,
            ..Plan::of(format)
        },
    );
    assert!(outcome.error.is_none(), "{file}: {:?}", outcome.error);
    let names = outcome
        .header
        .as_ref()
        .map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(names.as_deref(), header, "{file}");
    assert_eq!(shown(&outcome), rows, "{file}");
}

#[test]
fn delimited_files_read_as_written() {
    let without_header = |delimiter, quote| {
        Format::Csv(CsvFormat {
            delimiter,
            quote,
            header: false,
            comment: None,
        })
    };
    let commented = Format::Csv(CsvFormat {
        comment: Some(b'#'),
        ..CsvFormat::default()
    });
    let two = Some(["parcel", "code"].as_slice());

    check(
        "bom_semicolon.csv",
        SEMICOLON,
        Charset::Utf8,
        Some(&["Parcel", "Code", "Text", ""]),
        &[
            "2@21 00340000000017|OF|Out for delivery|",
            "3@58 00340000000017|01|Delivered; left\r\nwith \"front desk\"|",
        ],
    );
    check(
        "cr_only.csv",
        COMMA,
        Charset::Utf8,
        two,
        &["2@12 A1|OF", "4@19 A2|01\r02", "6@30 A3|03"],
    );
    check(
        "mixed_line_ends.csv",
        COMMA,
        Charset::Utf8,
        two,
        &["2@13 A1|OF", "3@19 A2|01", "4@25 A3|02", "6@34 A4|03"],
    );
    check(
        "latin1.txt",
        without_header(b';', Some(b'"')),
        Charset::Latin1,
        None,
        &["1@0 A1|Müller|Haustür", "2@21 A2|Köln|"],
    );
    check(
        "cp1252.csv",
        COMMA,
        Charset::Cp1252,
        Some(&["parcel", "fee"]),
        &["2@11 A1|€5 – paid", "3@28 A2|café"],
    );
    check(
        "comments.csv",
        commented,
        Charset::Utf8,
        two,
        &["5@38 A1|OF", "7@46 A2|01 # not a comment"],
    );
    check(
        "no_final_line_end.csv",
        COMMA,
        Charset::Utf8,
        two,
        &["2@17 A1|OF", "3@28 A2|01"],
    );
    check("header_only.csv", COMMA, Charset::Utf8, two, &[]);
    check("empty.csv", COMMA, Charset::Utf8, None, &[]);
    check(
        "ragged.csv",
        COMMA,
        Charset::Utf8,
        Some(&["parcel", "code", "place"]),
        &["2@18 A1", "3@21 A2|OF", "4@27 A3|01|MIA|extra"],
    );
    check(
        "quotes_as_text.txt",
        without_header(b'\t', None),
        Charset::Utf8,
        None,
        &["1@0 A1|5\" pipe", "2@11 A2|\"as is", "3@21 A3|01"],
    );
    check(
        "two_members.csv.gz",
        COMMA,
        Charset::Utf8,
        two,
        &["2@12 A1|OF", "3@18 A2|01", "4@24 A3|02"],
    );
    check("padded.csv.gz", COMMA, Charset::Utf8, two, &["2@12 A1|OF"]);
}

#[test]
fn json_lines_read_as_written() {
    check(
        "events.jsonl",
        Format::JsonLines,
        Charset::Utf8,
        None,
        &[
            r#"1@0 {"parcel":"A1","code":"OF"}"#,
            r#"4@35 {"parcel":"A2","place":"Köln"}"#,
            r#"5@68 {"parcel":"A3"}"#,
        ],
    );
}

#[test]
fn a_bad_row_costs_no_other_row() {
    let three = Some(["parcel", "place", "code"].as_slice());
    let two = Some(["parcel", "place"].as_slice());
    check(
        "bad/quote_open_to_the_end.csv",
        COMMA,
        Charset::Utf8,
        three,
        &[
            "2@18 A1|MIA|OF",
            "3@28 !unclosed_quote",
            "4@39 A3|BOG|01",
            "5@49 A4|LIM|02",
        ],
    );
    check(
        "bad/quote_closed_by_a_later_row.csv",
        COMMA,
        Charset::Utf8,
        three,
        &[
            "2@18 !unclosed_quote",
            "3@29 A2|BOG|01",
            "4@39 A3|LIM, Peru|02",
            "5@57 A4|MEX|03",
        ],
    );
    check(
        "bad/wrong_utf8.csv",
        COMMA,
        Charset::Utf8,
        two,
        &["2@13 A1|MIA", "3@20 !encoding", "4@31 !encoding", "5@38 A4|Köln"],
    );
    check("bad/nul.csv", COMMA, Charset::Utf8, two, &["2@13 !nul", "3@20 A2|BOG"]);
}

#[test]
fn a_bad_line_of_json_has_a_reason_and_a_place() {
    let outcome = read("bad/broken.jsonl", &Plan::of(Format::JsonLines));
    let faults: Vec<_> = outcome
        .rows
        .iter()
        .map(|row| row.content.as_ref().err().copied())
        .collect();
    assert_eq!(
        faults,
        [
            None,
            Some(RowFault::Json { column: 10 }),
            Some(RowFault::Encoding { column: 13 }),
            Some(RowFault::Json { column: 2 }),
            Some(RowFault::Json { column: 128 }),
            None,
            Some(RowFault::TruncatedLine { column: 24 }),
        ]
    );
}

#[test]
fn only_the_last_line_of_json_can_be_truncated() {
    for (file, fault) in [
        ("{}\n[1,", RowFault::TruncatedLine { column: 3 }),
        ("{}\n[1,\r\n \n", RowFault::TruncatedLine { column: 3 }),
        ("{}\n[1,\n{}", RowFault::Json { column: 3 }),
        ("{}\n[1 2", RowFault::Json { column: 4 }),
    ] {
        for sizes in [1, 4096] {
            let outcome = Plan::of(Format::JsonLines).read(file.as_bytes(), &[sizes]);
            assert_eq!(outcome.rows[1].content, Err(fault), "{file:?}");
        }
    }
}

#[test]
fn a_header_that_cannot_be_read_ends_the_file() {
    for (file, expected) in [
        ("bad/quote_open_in_header.csv", RowFault::UnclosedQuote),
        ("bad/utf16.csv", RowFault::Nul { column: 1 }),
    ] {
        let outcome = read(file, &Plan::of(COMMA));
        assert!(
            matches!(outcome.error, Some(FeedError::BadHeader { source }) if source == expected),
            "{file}: {:?}",
            outcome.error
        );
    }
}

#[test]
fn a_damaged_wrapper_ends_the_file_after_its_good_rows() {
    let outcome = read("bad/wrong_checksum.csv.gz", &Plan::of(COMMA));
    assert!(
        matches!(outcome.error, Some(FeedError::BadGzip { .. })),
        "{:?}",
        outcome.error
    );
    assert_eq!(shown(&outcome), ["2@12 A1|OF", "3@18 A2|01"]);

    let outcome = read("bad/cut_off.csv.gz", &Plan::of(COMMA));
    assert!(
        matches!(outcome.error, Some(FeedError::Truncated)),
        "{:?}",
        outcome.error
    );
}

#[test]
fn trailing_bytes_are_told_after_the_last_row() {
    let outcome = read("bad/trailing_bytes.csv.gz", &Plan::of(COMMA));
    assert_eq!(shown(&outcome), ["2@12 A1|OF", "3@18 A2|01"]);
    assert!(
        matches!(outcome.error, Some(FeedError::TrailingBytes { .. })),
        "{:?}",
        outcome.error
    );
}
