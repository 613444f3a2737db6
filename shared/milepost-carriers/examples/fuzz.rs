//! Throws damaged files at every reader, wrapper, charset and layout, and damaged texts at every pattern of time.
//!
//! Each target takes the good files of its kind, damages them by a seeded generator, and reads them in chunks of any
//! size. A panic, rows without end, rows that lie not one behind the other, and chunks that change what is read are
//! findings: the input is written to a file, which is named with its target and its seed, and
//! `--target NAME --seed N` tries that input alone. A target whose good files give no row is a mistake of this program.
//!
//! ```text
//! cargo run -p milepost-carriers --example fuzz -- --seconds 10 --jobs 2
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a program that is run by hand: it prints, and stops at what it finds"
)]

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use milepost_carriers::layout::{Layout, bundled_layouts, reason_of};
use milepost_feeds::{Charset, FeedError, Limits, Reader, Wrapper, decode, decompress};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// Longest input in bytes: enough for every limit below.
const INPUT_BYTES: usize = 8 * 1024;

/// An input of so few bytes is read in less, on any machine.
const LONGEST: Duration = Duration::from_secs(20);

/// So small that damaged files reach them.
const LIMITS: Limits = Limits {
    record_bytes: 600,
    field_bytes: 200,
    columns: 64,
    inflated_bytes: 1 << 20,
    inflation_ratio: 200,
    rewinds: 50,
};

/// A kind of input, by its good files.
struct Target {
    name: String,
    corpus: Vec<Vec<u8>>,
    what: What,
}

/// What is done with an input.
enum What {
    /// It is read by a layout.
    Read {
        layout: Layout,
        wrapper: Wrapper,
        charset: Option<Charset>,
    },
    /// It is a layout.
    LayoutText,
    /// It is a time, and read in a row.
    Time(Layout),
}

/// A generator of 64 bits (xorshift*): good enough to damage files with, and the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }
}

struct Options {
    /// For each target.
    seconds: u64,
    /// Targets at once.
    jobs: usize,
    /// One target alone.
    target: Option<String>,
    /// One input alone.
    seed: Option<u64>,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            seconds: 60,
            jobs: available_parallelism().map_or(1, NonZero::get),
            target: None,
            seed: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            match argument.as_str() {
                "--seconds" => options.seconds = value.parse().unwrap(),
                "--jobs" => options.jobs = value.parse().unwrap(),
                "--target" => options.target = Some(value),
                "--seed" => options.seed = Some(value.parse().unwrap()),
                other => panic!("{other} is neither --seconds, --jobs, --target nor --seed"),
            }
        }
        options
    }
}

fn main() {
    let options = Options::read();
    let mut targets = targets();
    targets.retain(|target| options.target.as_ref().is_none_or(|only| *only == target.name));
    assert!(!targets.is_empty(), "there is no such target");
    let next = AtomicUsize::new(0);
    let findings: usize = std::thread::scope(|scope| {
        let job = || {
            let mut findings = 0;
            while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                findings += usize::from(!fuzz(target, &options));
            }
            findings
        };
        let jobs: Vec<_> = (0..options.jobs.max(1)).map(|_| scope.spawn(job)).collect();
        jobs.into_iter().map(|job| job.join().unwrap()).sum()
    });
    assert!(findings == 0, "{findings} targets with findings");
}

/// Tries inputs until the time is over, or the one of a seed. Whether nothing was found.
fn fuzz(target: &Target, options: &Options) -> bool {
    if let Some(nothing) = target.good_files_without_rows() {
        println!("{}: {nothing}", target.name);
        return false;
    }
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let mut tried = 0_u64;
    while Instant::now() < end {
        let number = options.seed.unwrap_or(tried);
        // Seeds of neighbours are far apart, and none is 0.
        let mut rng = Rng(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let input = damaged(&target.corpus, &mut rng);
        let began = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(|| target.attempt(&input, &mut rng)));
        let took = began.elapsed();
        if held.is_err() || took > LONGEST {
            let file = keep(&target.name, number, &input);
            println!(
                "finding: --target {} --seed {number}, the input is {}, it took {took:?}",
                target.name,
                file.display()
            );
            return false;
        }
        tried += 1;
        if options.seed.is_some() {
            break;
        }
    }
    println!(
        "{}: {tried} inputs in {} s, nothing found",
        target.name, options.seconds
    );
    true
}

/// Writes an input down.
fn keep(name: &str, seed: u64, input: &[u8]) -> PathBuf {
    let file = std::env::temp_dir().join(format!("milepost-fuzz-{name}-{seed}"));
    std::fs::write(&file, input).unwrap();
    file
}

fn targets() -> Vec<Target> {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/feeds");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut targets = Vec::new();
    let mut target = |name: &str, corpus: Vec<Vec<u8>>, what: What| {
        let name = name.to_owned();
        targets.push(Target { name, corpus, what });
    };
    let plain = |layout: Layout| What::Read {
        layout,
        wrapper: Wrapper::Plain,
        charset: None,
    };
    for (name, _) in bundled_layouts() {
        let mut corpus = [files(&feeds.join(name)), files(&feeds.join(name).join("bad"))].concat();
        if corpus.is_empty() {
            let file = match *name {
                "generic" => "generic.csv",
                "connect-items" => "connect-items.jsonl",
                _ => "generated.jsonl",
            };
            corpus = vec![std::fs::read(own.join(file)).unwrap()];
        }
        target(name, corpus, plain(Layout::bundled(name).unwrap()));
    }
    let list = "name='list'\nrevision=1\nformat='json'\n[json]\nlist='data'\n[columns]\ntracking_number='n.a'\n\
                [repeat]\nlist='e'\n[repeat.columns]\nevent_code='c'\n[repeat.time]\ncolumns=['t']\n";
    let json = br#"{"x":["data",{"data":[1]}],"data":[{"n":{"a":"AB12345"},"e":[{"c":"1","t":"2026-11-20"}]},[],"x",1.5,null]}"#;
    target("json-list", vec![json.to_vec()], plain(Layout::parse(list).unwrap()));
    let csv = std::fs::read(own.join("generic.csv")).unwrap();
    let wide: Vec<u8> = String::from_utf8_lossy(&csv)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf_16 = What::Read {
        layout: Layout::bundled("generic").unwrap(),
        wrapper: Wrapper::Plain,
        charset: Some(Charset::Utf16Le),
    };
    target("utf-16", vec![wide], utf_16);
    let declared = What::Read {
        layout: Layout::bundled("status-xml").unwrap(),
        wrapper: Wrapper::Plain,
        charset: Some(Charset::Declared),
    };
    let polish = files(&feeds.join("status-xml")).into_iter().map(|file| {
        let text = String::from_utf8_lossy(&file).into_owned();
        let (_, text) = text.split_once("?>").unwrap_or(("", &text));
        format!("<?xml version='1.0' encoding='windows-1250'?>{text}").into_bytes()
    });
    target("declared", polish.collect(), declared);
    let wrapped = |wrapper| What::Read {
        layout: time_layout(),
        wrapper,
        charset: None,
    };
    target("gzip", vec![gzip()], wrapped(Wrapper::Gzip));
    target("zip", vec![zip()], wrapped(Wrapper::Zip));
    let layouts = bundled_layouts().iter().map(|(_, text)| text.as_bytes().to_vec());
    target("layout-text", layouts.collect(), What::LayoutText);
    target("times", times(), What::Time(time_layout()));
    targets
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.is_file()
            && path
                .extension()
                .is_none_or(|extension| extension != "snap" && extension != "new")
    });
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Two rows of [`time_layout`], and their checksum.
const GOOD_ROWS: &[u8; 66] = b"AB12345;10;2026-11-20T08:10:00Z;\nAB12346;10;2026-11-20T08:11:00Z;\n";
const GOOD_ROWS_CRC: [u8; 4] = [0xdd, 0xe0, 0x9e, 0x23];

/// Two members, the second of no bytes.
fn gzip() -> Vec<u8> {
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    // One stored block: its length, the length's complement, and behind it the checksum and the length once more.
    let stored = [
        b"\x01\x42\0\xbd\xff",
        GOOD_ROWS.as_slice(),
        &GOOD_ROWS_CRC,
        b"\x42\0\0\0",
    ]
    .concat();
    [head.as_slice(), &stored, head, b"\x03\0\0\0\0\0\0\0\0\0"].concat()
}

/// A stored file and one with its lengths behind it.
fn zip() -> Vec<u8> {
    let head = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0";
    let stored = [
        head.as_slice(),
        &GOOD_ROWS_CRC,
        b"\x42\0\0\0\x42\0\0\0\x01\0\0\0a",
        GOOD_ROWS,
    ]
    .concat();
    let behind = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0b\x03\0PK\x07\x08\0\0\0\0\x02\0\0\0\0\0\0\0PK\x01\x02";
    [stored.as_slice(), behind].concat()
}

fn times() -> Vec<Vec<u8>> {
    let times = [
        "2026-11-20T08:10:00+02:00",
        "20.11.26 24:00",
        "202611201403+01 303",
        "20261120 EST",
        "11/20/2026 02:03 pm",
        "1795442580",
    ];
    times.iter().map(|time| time.as_bytes().to_vec()).collect()
}

fn time_layout() -> Layout {
    let text = "name='times'\nrevision=1\nformat='csv'\n[csv]\ndelimiter=';'\nheader=false\n[columns]\ntracking_number=1\n\
                event_code=2\n[time]\ncolumns=[3]\noffset=4\npatterns=['iso','%d.%m.%y %H:%M','%Y%m%d%H%M%z 303','%Y%m%d %Z',\
                '%m/%d/%Y %I:%M %p','%s','%b %d %Y %H%M']\n[time.zones]\nEST='-05:00'\n";
    Layout::parse(text).unwrap()
}

/// A file of the corpus, damaged in one to eight places.
fn damaged(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    const ODD: &[&[u8]] = &[
        b"\0",
        b"\"",
        b"'",
        b"<",
        b">",
        b"</",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"&",
        b"&#x1;",
        b"?",
        b"~",
        b"*",
        b"+",
        b"\r",
        b"\n",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"{",
        b"[",
        b"]",
        b"\\",
        b"\\u",
        b"UNA",
        b"ISA",
        b"PK",
        b"\x1f\x8b",
        b"24",
        b"99999999999",
    ];
    let mut file = corpus[rng.below(corpus.len())].clone();
    file.truncate(INPUT_BYTES);
    for _ in 0..=rng.below(8) {
        let at = rng.below(file.len() + 1);
        let length = rng.below(40).min(file.len() - at);
        match rng.below(6) {
            0 => drop(file.drain(at..at + length)),
            1 => file.truncate(at),
            2 => {
                let odd = ODD[rng.below(ODD.len())].repeat(1 + rng.below(3));
                drop(file.splice(at..at, odd));
            }
            3 => {
                let again = file[at..at + length].repeat(1 + rng.below(20));
                drop(file.splice(at..at, again));
            }
            4 => file
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 1 << rng.below(8)),
            _ => {
                let other = &corpus[rng.below(corpus.len())];
                let from = rng.below(other.len() + 1);
                file.truncate(at);
                file.extend_from_slice(&other[from..]);
            }
        }
        file.truncate(INPUT_BYTES);
    }
    file
}

impl Target {
    /// Panics on what must not be.
    fn attempt(&self, input: &[u8], rng: &mut Rng) {
        match &self.what {
            What::Read { wrapper, .. } => {
                let sizes = [1 + rng.below(9), 1 + rng.below(300)];
                let whole = self.read(input, &[INPUT_BYTES * 2]);
                let pieces = self.read(input, &sizes);
                // How much comes out of a damaged archive before its checksum is reached does depend on them.
                if *wrapper == Wrapper::Plain || (whole.1.is_none() && pieces.1.is_none()) {
                    assert_eq!(whole, pieces, "chunks of {sizes:?} change what is read");
                }
            }
            What::LayoutText => drop(Layout::parse(&String::from_utf8_lossy(input))),
            What::Time(layout) => {
                let row = [b"AB12345;10;".as_slice(), input, b"\n"].concat();
                drop(read(layout, Wrapper::Plain, Charset::Utf8, &row, &[4096]));
            }
        }
    }

    /// What is wrong with a target that reads nothing, however little its files are damaged.
    fn good_files_without_rows(&self) -> Option<&'static str> {
        let read = |file: &Vec<u8>| {
            let (rows, _) = self.read(file, &[INPUT_BYTES]);
            rows.contains("Ok(")
        };
        let reads = !matches!(self.what, What::Read { .. }) || self.corpus.iter().any(read);
        (!reads).then_some("no row of its good files is read")
    }

    fn read(&self, input: &[u8], sizes: &[usize]) -> (String, Option<String>) {
        match &self.what {
            What::Read {
                layout,
                wrapper,
                charset,
            } => read(layout, *wrapper, charset.unwrap_or(layout.charset()), input, sizes),
            _ => (String::new(), None),
        }
    }
}

/// Everything that is read of an input, as text, and the error that ended it.
fn read(
    layout: &Layout,
    wrapper: Wrapper,
    charset: Charset,
    input: &[u8],
    sizes: &[usize],
) -> (String, Option<String>) {
    let mut said = String::new();
    let reading = read_into(layout, wrapper, charset, Chunks::new(input, sizes), &mut said);
    let Poll::Ready(ended) = pin!(reading).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits, although all of the input is there");
    };
    (said, ended.err().map(|error| error.to_string()))
}

async fn read_into(
    layout: &Layout,
    wrapper: Wrapper,
    charset: Charset,
    bytes: Chunks<'_>,
    said: &mut String,
) -> Result<(), FeedError> {
    // What comes out of a wrapper of 8 KB is no longer than this, and a row has a byte at least.
    const ROWS: usize = 2 << 20;
    let plain = decompress(bytes, wrapper, &LIMITS).await?;
    let mut reader = Reader::open(decode(plain, charset), layout.format(), &LIMITS).await?;
    let Ok(mapper) = layout.mapper(reader.header()) else {
        return Ok(());
    };
    let (mut rows, mut behind) = (0, 0);
    while let Some(row) = reader.next().await? {
        assert!(row.offset >= behind && row.end >= row.offset, "rows overlap: {row:?}");
        (rows, behind) = (rows + 1, row.end);
        assert!(rows < ROWS, "rows without end");
        let item = match &row.content {
            Ok(record) => mapper.map(record),
            Err(fault) => Err((reason_of(*fault), fault.to_string())),
        };
        said.push_str(&format!("{} {} {} {item:?}\n", row.line, row.offset, row.end));
    }
    Ok(())
}

/// Bytes that come in pieces of some sizes, over and over.
struct Chunks<'b> {
    bytes: &'b [u8],
    sizes: Vec<usize>,
    at: usize,
    chunk: usize,
}

impl<'b> Chunks<'b> {
    fn new(bytes: &'b [u8], sizes: &[usize]) -> Self {
        let (sizes, at, chunk) = (sizes.to_vec(), 0, 0);
        Self {
            bytes,
            sizes,
            at,
            chunk,
        }
    }

    fn ready(&self) -> &'b [u8] {
        let rest = &self.bytes[self.at..];
        &rest[..rest.len().min(self.sizes[self.chunk % self.sizes.len()])]
    }
}

impl AsyncBufRead for Chunks<'_> {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<&[u8]>> {
        Poll::Ready(Ok(self.ready()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let this = self.get_mut();
        this.at += amount;
        this.chunk += 1;
    }
}

impl AsyncRead for Chunks<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let ready = self.ready();
        let taken = ready.len().min(out.remaining());
        out.put_slice(&ready[..taken]);
        self.consume(taken);
        Poll::Ready(Ok(()))
    }
}
