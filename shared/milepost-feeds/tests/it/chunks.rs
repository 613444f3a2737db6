//! However the bytes arrive, the rows are the same, in order, and nowhere else.

use milepost_feeds::{
    Charset, CsvFormat, EdiFormat, EdiSyntax, FixedFormat, Format, JsonListFormat, Limits, Reader, Trailer, Wrapper,
    XmlFormat,
};
use proptest::prelude::*;

use crate::gzip::member;
use crate::support::{Outcome, Plan, block_on};
use crate::zip;

/// From single bytes to more than any buffer of the crate.
fn chunk_sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1_usize..4, 1_usize..100, 1_usize..70_000], 1..6)
}

/// Text made of what formats, charsets and line ends are sensitive to.
fn awkward_bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        b"\"".as_slice(),
        b"\"\"",
        b",",
        b";",
        b"\r",
        b"\n",
        b"\r\n",
        b"#",
        b" ",
        b"\t",
        b"a",
        b"field",
        b"0123456789",
        b"\0",
        b"\xc3\xa4",
        b"\xc3",
        b"\xa4",
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\x80",
        b"\xff",
        b"{",
        b"}",
        b"[1]\n",
        b"{\"a\":\"b\"}\n",
        b"\\",
        b",\"text\"\n",
        b"a,b,c\r\n",
        b"<r>",
        b"</r>",
        b"<r a='1'/>",
        b"<a>",
        b"</a>",
        b"<!-- x -->",
        b"<![CDATA[",
        b"]]>",
        b"&amp;",
        b"&#228;",
        b"&",
        b"ST*1*2~",
        b"LX*1~",
        b"AT7*D1*NS~\n",
        b"SE*4*2~",
        b"'",
        b"?'",
        b"UNH+1+X'",
        b"STS+1+21:?+:x'",
        b"UNT+3+1'",
        b"[",
        b"]",
        b"\"a\":",
        b"T;1",
        b"D1234567",
    ]);
    prop::collection::vec(pieces, 0..120).prop_map(|pieces| pieces.concat())
}

fn formats() -> impl Strategy<Value = Format> {
    let csv = (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY).prop_map(|(header, quoted, commented)| {
        let (quote, comment) = (quoted.then_some(b'"'), commented.then_some(b'#'));
        Format::Csv(CsvFormat {
            delimiter: b',',
            quote,
            header,
            comment,
        })
    });
    let list = prop::sample::select(vec![Vec::new(), vec!["a".to_owned()]]);
    let list = list.prop_map(|path| Format::JsonList(JsonListFormat { path }));
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let trailer = Trailer {
        kind: 0,
        is: "T".to_owned(),
        count: 1,
        of: Vec::new(),
    };
    let fixed = FixedFormat {
        fields: vec![1..=1, 3..=4, 2..=30],
        trailer: Some(trailer.clone()),
    };
    let counted = CsvFormat {
        delimiter: b';',
        header: false,
        ..CsvFormat::default()
    };
    let xml = XmlFormat {
        rows: names(&["r"]),
        fields: names(&["*", "a", "@a", "/a", "/a/a", "a/@a"]),
    };
    let x12 = EdiFormat {
        syntax: EdiSyntax::X12,
        levels: names(&["ST", "LX", "AT7"]),
        fields: names(&["ST.1", "LX.1", "AT7.1", "AT7(D1).2"]),
    };
    let edifact = EdiFormat {
        syntax: EdiSyntax::Edifact,
        levels: names(&["UNH", "STS"]),
        fields: names(&["UNH.1", "STS.2.1", "STS(1=1).2.3"]),
    };
    let others = prop::sample::select(vec![
        Format::JsonLines,
        Format::Fixed(fixed),
        Format::CountedCsv(counted, trailer),
        Format::Xml(xml),
        Format::Edi(x12),
        Format::Edi(edifact),
    ]);
    prop_oneof![2 => csv, 1 => list, 6 => others]
}

/// What a file of the format begins with, without which nothing else of it is looked at.
fn begun(format: &Format, bytes: &[u8]) -> Vec<u8> {
    let head: &[u8] = match format {
        Format::Xml(_) => b"<a>",
        Format::JsonList(list) if list.path.is_empty() => b"[",
        Format::JsonList(_) => b"{\"a\":[",
        Format::Edi(edi) if edi.syntax == EdiSyntax::X12 => {
            b"ISA*00*          *00*          *ZZ*DEMOCARR       *ZZ*SHIPPER01      *261120*1410*U*00401*000000042*0*P*>~"
        }
        Format::Edi(_) => b"UNB+UNOC:3+A:ZZ+B:ZZ+261120:1410+42'",
        _ => b"",
    };
    [head, bytes].concat()
}

fn plans() -> impl Strategy<Value = Plan> {
    let charset = prop::sample::select(vec![Charset::Utf8, Charset::Latin1, Charset::Cp1252]);
    // Small enough that awkward text reaches every limit.
    (formats(), charset, 8_usize..80, 2_usize..30, 1_usize..6, 0_u32..5).prop_map(
        |(format, charset, record_bytes, field_bytes, columns, rewinds)| {
            let limits = Limits {
                record_bytes,
                field_bytes,
                columns,
                rewinds,
                ..Limits::default()
            };
            Plan {
                charset,
                limits,
                ..Plan::of(format)
            }
        },
    )
}

fn same(one: &Outcome, other: &Outcome) -> Result<(), TestCaseError> {
    prop_assert_eq!(&one.header, &other.header);
    prop_assert_eq!(&one.rows, &other.rows);
    prop_assert_eq!(format!("{:?}", one.error), format!("{:?}", other.error));
    Ok(())
}

#[test]
fn a_byte_order_mark_behind_a_comment_is_text() {
    let format = Format::Csv(CsvFormat {
        header: false,
        comment: Some(b'#'),
        ..CsvFormat::default()
    });
    for sizes in [1, 4096] {
        let outcome = Plan::of(format.clone()).read(b"#\n\xef\xbb\xbfA1,OF\n", &[sizes]);
        assert_eq!(outcome.good(), [["\u{feff}A1", "OF"]]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_chunking_gives_the_same_rows(bytes in awkward_bytes(), plan in plans(), sizes in chunk_sizes()) {
        let bytes = begun(&plan.format, &bytes);
        let whole = plan.read(&bytes, &[1 << 20]);
        same(&plan.read(&bytes, &sizes), &whole)?;
        same(&plan.read(&bytes, &[1]), &whole)?;
        let split = bytes.len() / 2;
        let wrapped = [member(&bytes[..split]), member(&bytes[split..])].concat();
        same(&plan.read(&wrapped, &sizes), &whole)?;
        same(&plan.read(&wrapped, &[1]), &whole)?;
        let zipped = Plan { wrapper: Wrapper::Zip, ..plan };
        let archive = zip::archive(&[("a.csv", &bytes)], &zip::Making::default());
        same(&zipped.read(&archive, &sizes), &whole)?;
        same(&zipped.read(&archive, &[1]), &whole)?;
    }

    #[test]
    fn rows_lie_one_behind_the_other(bytes in awkward_bytes(), plan in plans()) {
        let bytes = begun(&plan.format, &bytes);
        let outcome = plan.read(&bytes, &[4096]);
        for pair in outcome.rows.windows(2) {
            prop_assert!(pair[0].offset < pair[0].end && pair[0].end <= pair[1].offset, "{pair:?}");
            let lines = matches!(plan.format, Format::Csv(_) | Format::CountedCsv(..) | Format::JsonLines | Format::Fixed(_));
            prop_assert!(pair[0].line < pair[1].line || (!lines && pair[0].line == pair[1].line), "{pair:?}");
        }
    }

    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(prop::collection::vec("[a-zäß€,;\"\r\n ]{0,12}", 1..8), 1..20),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        sizes in chunk_sizes(),
    ) {
        let written = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
        let lines: Vec<_> = rows.iter().map(|row| row.iter().map(written).collect::<Vec<_>>().join(",")).collect();
        let format = Format::Csv(CsvFormat { header: false, ..CsvFormat::default() });
        let outcome = Plan::of(format).read((lines.join(line_end) + line_end).as_bytes(), &sizes);
        prop_assert!(outcome.error.is_none());
        prop_assert_eq!(outcome.good(), rows);
    }

    #[test]
    fn reading_resumed_at_a_row_is_reading_on(bytes in awkward_bytes(), plan in plans(), at in any::<prop::sample::Index>()) {
        let bytes = begun(&plan.format, &bytes);
        let whole = plan.read(&bytes, &[4096]);
        if whole.error.is_some() || whole.rows.is_empty() {
            return Ok(());
        }
        let index = at.index(whole.rows.len());
        let (skipped, next) = block_on(async {
            let stream = milepost_feeds::decode(bytes.as_slice(), plan.charset);
            let mut reader = Reader::open(stream, &plan.format, &plan.limits).await.unwrap();
            let skipped = reader.skip_to(whole.rows[index].offset).await.unwrap();
            let next = reader.next().await.unwrap().unwrap();
            (skipped, (next.line, next.offset, next.end))
        });
        prop_assert_eq!(skipped, u64::try_from(index).unwrap());
        let row = &whole.rows[index];
        prop_assert_eq!(next, (row.line, row.offset, row.end));
    }
}
