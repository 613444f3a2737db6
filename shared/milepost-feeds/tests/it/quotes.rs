//! An unclosed quote costs its own line and nothing else.

use milepost_feeds::{CsvFormat, FeedError, Format, Limits, RowFault};
use proptest::prelude::*;

use crate::support::Plan;

const CSV: Format = Format::Csv(CsvFormat {
    delimiter: b',',
    quote: Some(b'"'),
    header: false,
    comment: None,
});

fn plan(record_bytes: usize) -> Plan {
    Plan {
        limits: Limits {
            record_bytes,
            ..Limits::default()
        },
        ..Plan::of(CSV)
    }
}

/// Reads the file and expects these good first fields and these rejects.
fn check(record_bytes: usize, file: &str, good: &[&str], rejects: &[(u64, &'static str)]) {
    let outcome = plan(record_bytes).read(file.as_bytes(), &[4096]);
    assert!(outcome.error.is_none(), "{file:?}: {:?}", outcome.error);
    let first: Vec<_> = outcome.good().into_iter().map(|fields| fields[0].clone()).collect();
    assert_eq!(first, good, "{file:?}");
    assert_eq!(outcome.rejects(), rejects, "{file:?}");
}

#[test]
fn only_the_line_with_the_quote_is_rejected() {
    let quote = |line| (line, "unclosed_quote");
    // To the end of the file, with and without line end, in the first and in the last line.
    check(1000, "a,\"x\nb,1\nc,2\n", &["b", "c"], &[quote(1)]);
    check(1000, "a,\"x\nb,1\nc,2", &["b", "c"], &[quote(1)]);
    check(1000, "a,1\nb,\"x\n", &["a"], &[quote(2)]);
    check(1000, "a,1\nb,\"x", &["a"], &[quote(2)]);
    check(1000, "a,\"x\r\nb,1\r\nc,2\r\n", &["b", "c"], &[quote(1)]);
    check(1000, "a,\"x\rb,1\rc,2\r", &["b", "c"], &[quote(1)]);
    check(1000, "a,\"", &[], &[quote(1)]);
    check(1000, "\"\"\"", &[], &[quote(1)]);
    // Past the length of a record.
    check(
        20,
        "a,\"x\nb,1\nc,2\nd,3\ne,4\nf,5\ng,6\n",
        &["b", "c", "d", "e", "f", "g"],
        &[quote(1)],
    );
    // The cut falls between the halves of a doubled quote.
    check(8, "a,\"x\nbc\"\"\n", &["bc\"\""], &[quote(1)]);
    // Closed by the opening quote of a later row: of any, of the last, and of one that is as bad.
    check(1000, "a,\"x\nb,\"1\"", &["b"], &[quote(1)]);
    check(1000, "a,\"x\nb,1\nc,\"2\"\nd,3\n", &["b", "c", "d"], &[quote(1)]);
    check(1000, "a,\"x\nb,\"y\nc,1\n", &["c"], &[quote(1), quote(2)]);
}

#[test]
fn quoted_line_ends_are_no_fault() {
    check(
        1000,
        "a,\"x\ny\"\nb,\"\n\n\"\n\"c\r\n\",1\r\nd,2",
        &["a", "b", "c\r\n", "d"],
        &[],
    );
    check(1000, "a,\"x \"\"y\"\"\nz\",1\nb,2\n", &["a", "b"], &[]);
    check(1000, "a,\"x\ny\"", &["a"], &[]);
    check(1000, "\"a\"", &["a"], &[]);
    // Text behind a closing quote on one line swallows nothing.
    check(1000, "a,\"x\"y,1\nb,2\n", &["a", "b"], &[]);
    check(1000, "\"a\"b,\"x\ny\"\nc,1\n", &["ab", "c"], &[]);
}

#[test]
fn a_record_may_be_as_long_as_the_limit() {
    check(8, "a,\"\n345\"", &["a"], &[]);
    check(8, "a,\"\n34\"\nb,1\n", &["a", "b"], &[]);
    check(8, "a,\"\n345\"\nb,1\n", &["345\"", "b"], &[(1, "unclosed_quote")]);
    check(8, "a,23456\nb,1\n", &["a", "b"], &[]);
    check(8, "a,234567", &["a"], &[]);
    check(8, "a,234567\nb,1\n", &["b"], &[(1, "record_too_long")]);
    check(8, "a,234567890123\rb,1\r", &["b"], &[(1, "record_too_long")]);
    check(8, "a,\"4567890123\nb,1\n", &["b"], &[(1, "record_too_long")]);
}

#[test]
fn going_back_ends_when_every_line_needs_it() {
    let limits = Limits {
        rewinds: 3,
        ..Limits::default()
    };
    let outcome = Plan {
        limits,
        ..Plan::of(CSV)
    }
    .read(b"a,\"x\n".repeat(10).as_slice(), &[4096]);
    assert!(
        matches!(outcome.error, Some(FeedError::TooManyRewinds { limit: 3, line: 4 })),
        "{:?}",
        outcome.error
    );
    assert_eq!(outcome.rejects().len(), 3);
}

#[test]
fn the_reject_covers_its_line_and_the_next_row_follows() {
    let outcome = plan(1000).read(b"a,\"x\r\nb,1\r\n", &[4096]);
    let places: Vec<_> = outcome.rows.iter().map(|row| (row.line, row.offset, row.end)).collect();
    assert_eq!(places, [(1, 0, 5), (2, 6, 10)]);
    assert_eq!(outcome.rows[0].content, Err(RowFault::UnclosedQuote));
}

/// A field in quotes, from a letter on, as a carrier would write it.
fn quoted() -> impl Strategy<Value = String> {
    "[a-z][a-z,\r\n]{0,12}(\"\"[a-z]){0,2}".prop_map(|text| format!("\"{text}\""))
}

proptest! {
    #[test]
    fn every_good_row_around_a_stray_quote_survives(
        fields in prop::collection::vec(prop_oneof!["[a-z0-9]{0,9}", quoted()], 1..40),
        at in any::<prop::sample::Index>(),
        chunk in 1_usize..50,
    ) {
        let good: Vec<String> = fields.iter().enumerate().map(|(n, field)| format!("{n},{field},end\n")).collect();
        let expected = plan(4000).read(good.concat().as_bytes(), &[4096]);
        prop_assert!(expected.rejects().is_empty());

        let mut spoiled = good;
        spoiled.insert(at.index(fields.len() + 1), "x,\"y,end\n".to_owned());
        let outcome = plan(4000).read(spoiled.concat().as_bytes(), &[chunk]);
        prop_assert_eq!(outcome.good(), expected.good());
        prop_assert_eq!(outcome.rejects().len(), 1);
    }
}
