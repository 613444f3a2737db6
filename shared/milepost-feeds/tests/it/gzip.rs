//! Gzip: members, cuts, bombs, and telling damage from trouble of the source.

use async_compression::tokio::write::GzipEncoder;
use milepost_feeds::{
    CsvFormat, ErrorClass, FeedError, Format, INFLATION_GRACE_BYTES, Limits, Reader, Wrapper, decompress,
};
use tokio::io::AsyncWriteExt;

use crate::support::{Chunked, Plan, block_on};

const CSV: Format = Format::Csv(CsvFormat {
    delimiter: b',',
    quote: Some(b'"'),
    header: false,
    comment: None,
});

/// One member.
pub(crate) fn member(bytes: &[u8]) -> Vec<u8> {
    block_on(async {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(bytes).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    })
}

#[test]
fn a_cut_anywhere_is_noticed_except_between_members() {
    let first = member(b"A1,OF\nA2,01\n");
    let mut file = first.clone();
    file.extend(member(b"A3,02\n"));
    for length in 0..=file.len() {
        let outcome = Plan {
            wrapper: Wrapper::Gzip,
            ..Plan::of(CSV)
        }
        .read(&file[..length], &[7]);
        let whole = [0, first.len(), file.len()].contains(&length);
        match outcome.error {
            None => assert!(whole, "cut at {length} went unnoticed"),
            Some(FeedError::Truncated) => assert!(!whole, "{length} bytes are whole members"),
            Some(error) => panic!("cut at {length}: {error:?}"),
        }
    }
}

#[test]
fn a_changed_bit_of_data_or_checksum_is_noticed() {
    // Behind the ten bytes of header, which hold a time stamp and other things without meaning.
    let good = member(b"A1,OF\nA2,01\nA3,02\n");
    let rows = Plan::of(CSV).read(&good, &[4096]).rows;
    for index in 10..good.len() {
        for bit in 0..8 {
            let mut file = good.clone();
            file[index] ^= 1 << bit;
            let outcome = Plan::of(CSV).read(&file, &[4096]);
            // Some bits behind the end of the compressed data mean nothing.
            assert!(
                outcome.error.is_some() || outcome.rows == rows,
                "bit {bit} of byte {index} went unnoticed"
            );
        }
    }
}

#[test]
fn members_may_be_empty_and_padded() {
    let mut file = member(b"");
    for part in [b"A1,O".as_slice(), b"", b"F\n"] {
        file.extend(member(part));
        file.extend([0; 3]);
    }
    let outcome = Plan::of(CSV).read(&file, &[1]);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.good(), [["A1", "OF"]]);
}

#[test]
fn a_wrapper_that_was_stated_is_not_guessed() {
    let gzip = Plan {
        wrapper: Wrapper::Gzip,
        ..Plan::of(CSV)
    }
    .read(b"A1,OF\n", &[4096]);
    assert!(matches!(gzip.error, Some(FeedError::NotGzip)), "{:?}", gzip.error);
    let plain = Plan {
        wrapper: Wrapper::Plain,
        ..Plan::of(CSV)
    }
    .read(&member(b"A1,OF\n"), &[4096]);
    assert!(plain.error.is_none() && plain.good().is_empty(), "{plain:?}");
}

#[test]
fn a_bomb_is_stopped_soon_after_the_grace() {
    let bomb = member(&vec![b'x'; 16 << 20]);
    let outcome = Plan::of(CSV).read(&bomb, &[512]);
    assert!(
        matches!(outcome.error, Some(FeedError::RatioTooHigh { limit: 200 })),
        "{:?}",
        outcome.error
    );

    // As much as the grace gives is read, however well it was packed.
    let length = usize::try_from(INFLATION_GRACE_BYTES).unwrap();
    let outcome = Plan::of(CSV).read(&member(&b"A1,OF\n".repeat(length / 6)), &[512]);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.rows.len(), length / 6);
}

#[test]
fn inflated_bytes_are_capped_over_all_members() {
    let limits = Limits {
        inflated_bytes: 100,
        ..Limits::default()
    };
    let file = member(&b"A1,OF\n".repeat(10)).repeat(2);
    let outcome = Plan {
        limits,
        ..Plan::of(CSV)
    }
    .read(&file, &[4096]);
    assert!(
        matches!(outcome.error, Some(FeedError::TooLarge { limit: 100 })),
        "{:?}",
        outcome.error
    );
}

#[test]
fn trouble_of_the_source_is_not_taken_for_damage() {
    let text = b"A1,OF\nA2,01\n".repeat(50);
    for file in [text.clone(), member(&text), [member(&text), member(&text)].concat()] {
        for after in (0..file.len()).step_by(5) {
            let outcome = Plan::of(CSV).read_from(Chunked::new(&file[..after], &[64]).breaking());
            let error = outcome.error.unwrap();
            assert_eq!(error.class(), ErrorClass::Retry, "after {after} bytes: {error:?}");
        }
    }
}

#[test]
fn rows_before_an_error_are_given() {
    for (format, file) in [
        (CSV, "A1,OF\nA2,01\nA3"),
        (CSV, "A1,OF\nA2,01\n"),
        (Format::JsonLines, "[1]\n[2]\n"),
    ] {
        let outcome = Plan::of(format).read_from(Chunked::new(file.as_bytes(), &[5]).breaking());
        assert_eq!((outcome.rows.len(), outcome.error.is_some()), (2, true), "{file:?}");
    }
}

#[test]
fn after_an_error_every_call_fails() {
    for file in [
        b"A1,OF\nA2,01\n".to_vec(),
        b"[1]\n[2]\n".to_vec(),
        member(&b"A1,OF\n".repeat(9)),
    ] {
        for format in [CSV, Format::JsonLines] {
            block_on(async {
                let limits = Limits::default();
                let source = Chunked::new(&file[..file.len() / 2], &[64]).breaking();
                let stream = decompress(source, Wrapper::Auto, &limits).await.unwrap();
                let mut reader = Reader::open(stream, &format, &limits).await.unwrap();
                while reader.next().await.is_ok_and(|row| row.is_some()) {}
                assert!(reader.next().await.is_err());
                assert!(reader.skip_to(1000).await.is_err());
            });
        }
    }
}
