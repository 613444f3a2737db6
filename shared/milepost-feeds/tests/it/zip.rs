//! Zip archives as carriers and their tools write them, and as nobody should.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use milepost_feeds::{CsvFormat, Format, Limits, Wrapper};

use crate::support::Plan;

/// How an archive is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making {
    pub(crate) stored: bool,
    /// Lengths and checksum stand behind each file.
    pub(crate) descriptors: bool,
    pub(crate) signed: bool,
    pub(crate) wide: bool,
    pub(crate) flags: u16,
    pub(crate) method: Option<u16>,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            stored: false,
            descriptors: false,
            signed: true,
            wide: false,
            flags: 0,
            method: None,
        }
    }
}

/// An archive of some files, without more of a directory than its signature: nothing else of it is read.
pub(crate) fn archive(files: &[(&str, &[u8])], making: &Making) -> Vec<u8> {
    let mut zip = Vec::new();
    for (name, bytes) in files {
        let packed = if making.stored { bytes.to_vec() } else { deflated(bytes) };
        let mut crc = Crc::new();
        crc.update(bytes);
        let sizes = [packed.len(), bytes.len()].map(|length| u64::try_from(length).unwrap());
        let flags = making.flags | if making.descriptors { 8 } else { 0 };
        zip.extend(b"PK\x03\x04\x14\x00");
        zip.extend(flags.to_le_bytes());
        zip.extend(making.method.unwrap_or(if making.stored { 0 } else { 8 }).to_le_bytes());
        zip.extend([0; 4]);
        let (sum, known) = if making.descriptors {
            (0, [0, 0])
        } else {
            (crc.sum(), sizes)
        };
        zip.extend(sum.to_le_bytes());
        zip.extend(known.map(|size| u32::try_from(size).unwrap().to_le_bytes()).concat());
        zip.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        zip.extend([0; 2]);
        zip.extend(name.bytes());
        zip.extend(&packed);
        if making.descriptors {
            zip.extend(if making.signed { b"PK\x07\x08".as_slice() } else { b"" });
            zip.extend(crc.sum().to_le_bytes());
            for size in sizes {
                let bytes = size.to_le_bytes();
                zip.extend(if making.wide { bytes.as_slice() } else { &bytes[..4] });
            }
        }
    }
    zip.extend(b"PK\x01\x02 and so on");
    zip
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflate.write_all(bytes).unwrap();
    deflate.finish().unwrap()
}

fn plan() -> Plan {
    Plan::of(Format::Csv(CsvFormat::default()))
}

const FIRST: &[u8] = b"parcel,place\nA1,K\xc3\xb6ln";
const SECOND: &[u8] = b"\xef\xbb\xbfparcel,place\r\nA2,Bonn\r\n";

#[track_caller]
fn check(archive: &[u8], rows: &[&[&str]], error: &str) {
    for sizes in [1, 3, 1 << 20] {
        let wrapper = if sizes > 3 { Wrapper::Auto } else { Wrapper::Zip };
        let outcome = Plan { wrapper, ..plan() }.read(archive, &[sizes]);
        assert_eq!(outcome.good(), rows, "{sizes}");
        let told = outcome.error.map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(told, error, "{sizes}");
    }
}

#[test]
fn one_file_or_many_however_they_are_written() {
    let files: &[(&str, &[u8])] = &[
        ("folder/", b""),
        ("folder/a.csv", FIRST),
        ("__MACOSX/._a.csv", b"junk"),
        ("../../etc/passwd", SECOND),
        ("empty.csv", b""),
    ];
    let rows: &[&[&str]] = &[&["A1", "Köln"], &["parcel", "place"], &["A2", "Bonn"]];
    for descriptors in [false, true] {
        for (signed, wide) in [(true, false), (false, false), (true, true), (false, true)] {
            let making = Making {
                descriptors,
                signed,
                wide,
                ..Making::default()
            };
            check(&archive(files, &making), rows, "");
        }
    }
    check(
        &archive(
            files,
            &Making {
                stored: true,
                ..Making::default()
            },
        ),
        rows,
        "",
    );
    let outcome = Plan {
        wrapper: Wrapper::Zip,
        ..plan()
    }
    .read(b"no archive at all", &[3]);
    assert_eq!(
        outcome.error.unwrap().to_string(),
        "the file is not zip: check the layout's wrapper"
    );
}

/// The charset is found out at the first file that has text, wherever it stands.
#[test]
fn a_mark_stands_before_the_first_text() {
    let wide = |text: &str, mark: u16| -> Vec<u8> {
        let units = std::iter::once(mark).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let first = wide("parcel,place\r\nA1,K\u{f6}ln\r\n", 0xfeff);
    let rows: &[&[&str]] = &[&["A1", "K\u{f6}ln"]];
    let pack = |files: &[(&str, &[u8])]| archive(files, &Making::default());
    check(
        &pack(&[("folder/", b""), ("empty.csv", b""), ("a.csv", &first)]),
        rows,
        "",
    );
    let later = pack(&[("a.csv", &first), ("b.csv", &wide("A2,Bonn\r\n", 0xfeff))]);
    let why = "the zip file cannot be read: a later file in it is in UTF-16: send such files one by one";
    check(&later, rows, why);
}

#[test]
fn what_cannot_be_read_is_told() {
    let one: &[(&str, &[u8])] = &[("a.csv", FIRST)];
    let told = |making: Making, why: &str| {
        let why = format!("the zip file cannot be read: {why}");
        check(&archive(one, &making), &[], &why);
    };
    told(
        Making {
            flags: 1,
            ..Making::default()
        },
        "a file in it is encrypted",
    );
    told(
        Making {
            method: Some(12),
            ..Making::default()
        },
        "a file in it is compressed by another method than deflate",
    );
    told(
        Making {
            stored: true,
            descriptors: true,
            ..Making::default()
        },
        "a file in it is stored without its length before it",
    );
    let mut damaged = archive(one, &Making::default());
    damaged[14] ^= 1;
    check(
        &damaged,
        &[],
        "the zip file cannot be read: the checksum of a file in it is wrong",
    );
    let whole = archive(&[("a.csv", SECOND), ("b.csv", SECOND)], &Making::default());
    for cut in [10, 35, 60, 80] {
        let outcome = Plan {
            wrapper: Wrapper::Zip,
            ..plan()
        }
        .read(&whole[..cut], &[7]);
        assert_eq!(
            outcome.error.unwrap().to_string(),
            "the file is cut off: was it still being uploaded?",
            "{cut}"
        );
    }
}

#[test]
fn a_bomb_is_stopped() {
    let bomb = archive(&[("a.csv", &vec![b'\n'; 64 << 20])], &Making::default());
    assert!(bomb.len() < 100_000 * 4);
    let outcome = plan().read(&bomb, &[4096]);
    let told = outcome.error.unwrap().to_string();
    assert_eq!(
        told,
        "the file inflates more than 200 times: it looks like a decompression bomb"
    );
    let limits = Limits {
        inflated_bytes: 1 << 20,
        ..Limits::default()
    };
    let outcome = Plan { limits, ..plan() }.read(
        &archive(
            &[("a", &[b'\n'; 2 << 20])],
            &Making {
                stored: true,
                ..Making::default()
            },
        ),
        &[4096],
    );
    assert_eq!(
        outcome.error.unwrap().to_string(),
        "the file inflates to more than 1048576 bytes"
    );
}
