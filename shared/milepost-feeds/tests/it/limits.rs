//! Rows that are too large in one way or another.

use milepost_feeds::{CsvFormat, FeedError, Format, Limits, Reader, RowFault};
use tokio::io::{AsyncReadExt, BufReader, repeat};

use crate::support::{Plan, block_on};

const CSV: Format = Format::Csv(CsvFormat {
    delimiter: b',',
    quote: Some(b'"'),
    header: false,
    comment: None,
});

/// Reads three rows, of which the middle one is too large.
fn check(format: Format, first: &str, middle: &str, last: &str, fault: RowFault) {
    let file = format!("{first}\n{middle}\n{last}\n");
    let outcome = Plan::of(format).read(file.as_bytes(), &[10_000, 3]);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    let faults: Vec<_> = outcome
        .rows
        .iter()
        .map(|row| row.content.as_ref().err().copied())
        .collect();
    assert_eq!(faults, [None, Some(fault), None]);
    assert_eq!(outcome.rows[2].line, 3);
}

#[test]
fn what_is_too_large_is_a_reject() {
    let limits = Limits::default();
    let long = "x".repeat(70_000);
    let fields = RowFault::FieldTooLong {
        column: 2,
        limit: limits.field_bytes,
    };
    check(CSV, "A1,OF", &format!("A2,{long},01"), "A3,02", fields);
    check(
        CSV,
        "A1,OF",
        &"1,".repeat(600),
        "A3,02",
        RowFault::TooManyColumns { limit: limits.columns },
    );
    let line = RowFault::RecordTooLong {
        limit: limits.record_bytes,
    };
    check(CSV, "A1,OF", &long.repeat(4), "A3,02", line);

    let string = RowFault::FieldTooLong {
        column: 6,
        limit: limits.field_bytes,
    };
    check(Format::JsonLines, "{}", &format!(r#"{{"a":"{long}"}}"#), "{}", string);
    check(
        Format::JsonLines,
        "{}",
        &format!("[{}1]", "1,".repeat(200_000)),
        "{}",
        line,
    );
}

#[test]
fn many_short_strings_are_no_long_field() {
    let file = format!("[{}1]\n", r#""a\"b","#.repeat(12_000));
    let outcome = Plan::of(Format::JsonLines).read(file.as_bytes(), &[4096]);
    assert_eq!(outcome.rejects(), []);
}

#[test]
fn a_line_without_end_streams_by() {
    for format in [CSV, Format::JsonLines] {
        let source = repeat(b'7').take(64 << 20).chain(b"\n[8]\n".as_slice());
        let outcome = Plan::of(format).read_from(BufReader::with_capacity(1 << 16, source));
        assert!(outcome.error.is_none(), "{:?}", outcome.error);
        assert_eq!(outcome.rejects(), [(1, "record_too_long")]);
        assert_eq!((outcome.rows[1].line, outcome.rows[1].offset), (2, (64 << 20) + 1));
        assert_eq!(outcome.good(), [["[8]"]]);
    }
}

#[test]
fn a_comment_without_end_streams_by() {
    let format = Format::Csv(CsvFormat {
        comment: Some(b'#'),
        header: false,
        ..CsvFormat::default()
    });
    let source = repeat(b'#').take(8 << 20).chain(b"\rA1,OF\r".as_slice());
    let outcome = Plan::of(format).read_from(BufReader::with_capacity(1 << 16, source));
    assert_eq!(outcome.good(), [["A1", "OF"]]);
}

#[test]
fn a_format_that_contradicts_itself_is_refused() {
    let bad = [
        CsvFormat {
            delimiter: b'"',
            ..CsvFormat::default()
        },
        CsvFormat {
            delimiter: b'\n',
            ..CsvFormat::default()
        },
        CsvFormat {
            delimiter: 0xa6,
            ..CsvFormat::default()
        },
        CsvFormat {
            quote: Some(b'\r'),
            ..CsvFormat::default()
        },
        CsvFormat {
            comment: Some(b'"'),
            ..CsvFormat::default()
        },
        CsvFormat {
            comment: Some(b','),
            ..CsvFormat::default()
        },
    ];
    for format in bad {
        let opened = block_on(Reader::open(
            b"a,b".as_slice(),
            &Format::Csv(format),
            &Limits::default(),
        ));
        assert!(matches!(opened.err(), Some(FeedError::BadFormat { .. })), "{format:?}");
    }
}
