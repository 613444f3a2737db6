//! Carrier files as bytes in, records out, bounded at every step.
//!
//! A feed file is read in four steps, each of which pulls from the one before:
//!
//! 1. [`decompress`] takes the wrapper off (gzip, zip or none) and stops a file that inflates without end.
//! 2. [`decode`] turns the charset into UTF-8 and removes the byte order mark.
//! 3. [`Reader`] cuts the text into [`Row`]s by its [`Format`]: delimited text, fixed width, JSON, XML or EDI.
//! 4. The caller asks for one row at a time with [`Reader::next`].
//!
//! A row that cannot be used is a value ([`RowFault`]) and the file goes on. A [`FeedError`] ends the file: the source
//! broke, the wrapper is damaged, or a limit of the whole file was passed. Memory is bounded by [`Limits`], never by
//! what a file contains.
//!
//! ```
//! use milepost_feeds::{Charset, CsvFormat, Format, Limits, Reader, Record, Wrapper, decode, decompress};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), milepost_feeds::FeedError> {
//! let file = "parcel,place\nA1,Köln\n".as_bytes();
//! let limits = Limits::default();
//! let stream = decode(decompress(file, Wrapper::Auto, &limits).await?, Charset::Utf8);
//! let mut reader = Reader::open(stream, &Format::Csv(CsvFormat::default()), &limits).await?;
//! while let Some(row) = reader.next().await? {
//!     match row.content {
//!         Ok(Record::Fields(fields)) => assert_eq!(fields.field(1), Some("Köln")),
//!         Ok(_) => unreachable!("the format is CSV"),
//!         Err(fault) => println!("line {}: {fault}", row.line),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A value that stands deeper than in a list of fields (a path of XML, a component of a segment) is asked for by name when
//! the file is opened, and comes as one of [`Picks`]. Another format implements [`Grammar`].
//!
//! This crate knows nothing about carriers, columns, times or tracking numbers, opens no files and no sockets, and
//! reads no clock. What a field means is for the layouts of `milepost-carriers`.

mod charset;
mod csv;
mod edi;
mod error;
mod fixed;
mod grammar;
mod json_lines;
mod json_list;
mod limits;
mod lines;
mod picks;
mod reader;
mod row;
mod trailer;
mod wrapper;
mod xml;

pub use charset::{Charset, Decoded, decode};
pub use csv::{CsvFormat, Fields};
pub use edi::{EdiFormat, EdiSyntax};
pub use error::{ErrorClass, FeedError};
pub use fixed::FixedFormat;
pub use grammar::{Grammar, MORE_FORMATS, OpenGrammar, OtherFormat, Step};
pub use json_lines::JsonLine;
pub use json_list::JsonListFormat;
pub use limits::{
    COLUMNS, FIELD_BYTES, INFLATED_BYTES, INFLATION_GRACE_BYTES, INFLATION_RATIO, Limits, RECORD_BYTES, REWINDS,
};
pub use picks::Picks;
pub use reader::{Format, Reader};
pub use row::{Record, Row, RowFault};
pub use trailer::Trailer;
pub use wrapper::{Decompressed, Wrapper, decompress};
pub use xml::XmlFormat;
