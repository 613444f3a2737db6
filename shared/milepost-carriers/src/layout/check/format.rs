//! The part of a layout that milepost-feeds reads by.

use std::collections::BTreeSet;
use std::ops::Range;

use milepost_feeds::{
    COLUMNS, CsvFormat, EdiFormat, EdiSyntax, FixedFormat, Format, JsonListFormat, OtherFormat, Trailer, XmlFormat,
};
use toml::Spanned;

use super::super::LayoutError;
use super::super::field::Column;
use super::super::written::{WrittenCsv, WrittenLayout};
use super::Checker;

/// The formats by the names that layouts have for them.
pub(super) enum Named {
    Csv { header: bool },
    Fixed,
    JsonLines,
    Json,
    Xml,
    Edi(EdiSyntax),
    ConnectItems,
    Other(OtherFormat),
}

/// All of them, for who misspells one.
const NAMES: &str = "csv, fixed, json-lines, json, xml, x12, edifact and connect-items";

const PLACES: &str = "in fixed width, columns are given by places, from 1: \"2-11\"";

impl Checker<'_> {
    pub(super) fn named(&self, written: &WrittenLayout) -> Result<Named, LayoutError> {
        let header = written.csv.as_ref().is_none_or(|csv| csv.get_ref().header);
        Ok(match written.format.get_ref().as_str() {
            "csv" => Named::Csv { header },
            "fixed" => Named::Fixed,
            "json-lines" => Named::JsonLines,
            "json" => Named::Json,
            "xml" => Named::Xml,
            "x12" => Named::Edi(EdiSyntax::X12),
            "edifact" => Named::Edi(EdiSyntax::Edifact),
            "connect-items" => Named::ConnectItems,
            name => match self.others.iter().find(|other| other.name == name) {
                Some(other) => Named::Other(other.clone()),
                None => return self.broken(&written.format.span(), "format", &format!("formats are {NAMES}")),
            },
        })
    }

    /// A table of one format in a layout of another is a mistake.
    pub(super) fn own_tables(&self, named: &Named, written: &WrittenLayout) -> Result<(), LayoutError> {
        let counts = matches!(named, Named::Csv { .. } | Named::Fixed);
        let tables = [
            (
                "csv",
                written.csv.as_ref().map(Spanned::span),
                matches!(named, Named::Csv { .. }),
            ),
            (
                "json",
                written.json.as_ref().map(Spanned::span),
                matches!(named, Named::Json),
            ),
            (
                "xml",
                written.xml.as_ref().map(Spanned::span),
                matches!(named, Named::Xml),
            ),
            (
                "edi",
                written.edi.as_ref().map(Spanned::span),
                matches!(named, Named::Edi(_)),
            ),
            ("trailer", written.trailer.as_ref().map(Spanned::span), counts),
        ];
        for (table, span, is_own) in tables {
            if let Some(span) = span.filter(|_| !is_own) {
                let format = written.format.get_ref();
                return self.broken(&span, table, &format!("the format {format} has no such table"));
            }
        }
        Ok(())
    }

    /// `picks` is what the columns are called, where the format has to be asked for them.
    pub(super) fn format(
        &self,
        named: &Named,
        written: &WrittenLayout,
        picks: Vec<String>,
    ) -> Result<Format, LayoutError> {
        let whole = written.format.span();
        Ok(match named {
            Named::Csv { .. } => {
                let csv = match &written.csv {
                    None => CsvFormat::default(),
                    Some(csv) => self.csv(csv)?,
                };
                match self.trailer(written, &[])? {
                    None => Format::Csv(csv),
                    Some(trailer) => Format::CountedCsv(csv, trailer),
                }
            }
            Named::JsonLines | Named::ConnectItems => Format::JsonLines,
            Named::Json => {
                let list = written.json.as_ref().map_or("", |json| json.get_ref().list.as_str());
                let path = list.split('.').filter(|key| !key.is_empty()).map(str::to_owned);
                Format::JsonList(JsonListFormat { path: path.collect() })
            }
            Named::Fixed => {
                let trailer = self.trailer(written, &picks)?;
                let fields: Option<_> = picks.iter().map(|place| FixedFormat::place(place)).collect();
                let Some(fields) = fields else {
                    return self.broken(&whole, "columns", PLACES);
                };
                Format::Fixed(FixedFormat { fields, trailer })
            }
            Named::Xml => {
                let rows = written
                    .xml
                    .as_ref()
                    .map(|xml| xml.get_ref().rows.clone())
                    .unwrap_or_default();
                let good = |name: &String| !name.is_empty() && !name.contains(['/', ':', '@']);
                if !(1..=64).contains(&rows.len()) || !rows.iter().all(good) {
                    return self.broken(&whole, "xml.rows", "names of 1 to 64 elements, without path and prefix");
                }
                Format::Xml(XmlFormat { rows, fields: picks })
            }
            Named::Edi(syntax) => {
                let levels = written
                    .edi
                    .as_ref()
                    .map(|edi| edi.get_ref().levels.clone())
                    .unwrap_or_default();
                if !(1..=8).contains(&levels.len()) {
                    let rule = "1 to 8 segments that open a level, outermost first; a row begins at the last";
                    return self.broken(&whole, "edi.levels", rule);
                }
                Format::Edi(EdiFormat {
                    syntax: *syntax,
                    levels,
                    fields: picks,
                })
            }
            Named::Other(other) => Format::Other(OtherFormat {
                fields: picks,
                ..other.clone()
            }),
        })
    }

    fn csv(&self, csv: &Spanned<WrittenCsv>) -> Result<CsvFormat, LayoutError> {
        let written = csv.get_ref();
        let mark = |field: &str, text: &str| match text.as_bytes() {
            [] => Ok(None),
            [byte] if byte.is_ascii() && !matches!(byte, 0 | b'\r' | b'\n') => Ok(Some(*byte)),
            _ => self.broken(&csv.span(), field, "one ASCII character that ends no line"),
        };
        let Some(delimiter) = mark("csv.delimiter", &written.delimiter)? else {
            return self.broken(&csv.span(), "csv.delimiter", "it must be given");
        };
        let quote = mark("csv.quote", &written.quote)?;
        let comment = mark("csv.comment", &written.comment)?;
        let marks: Vec<u8> = [Some(delimiter), quote, comment].into_iter().flatten().collect();
        if marks.iter().collect::<BTreeSet<_>>().len() < marks.len() {
            return self.broken(&csv.span(), "csv", "delimiter, quote and comment must differ");
        }
        Ok(CsvFormat {
            delimiter,
            quote,
            header: written.header,
            comment,
        })
    }

    fn trailer(&self, written: &WrittenLayout, picks: &[String]) -> Result<Option<Trailer>, LayoutError> {
        let Some(trailer) = &written.trailer else {
            return Ok(None);
        };
        let (span, trailer) = (trailer.span(), trailer.get_ref());
        let index = |column: &Column| {
            let found = match column {
                Column::Number(number) if (1..=COLUMNS).contains(number) => Some(number - 1),
                Column::Name(name) => picks.iter().position(|pick| pick == name),
                _ => None,
            };
            let rule = "its columns are given by number in csv, by place in fixed width";
            found.map_or_else(|| self.broken(&span, "trailer", rule), Ok)
        };
        Ok(Some(Trailer {
            kind: index(&trailer.column)?,
            is: trailer.is.clone(),
            count: index(&trailer.count)?,
            of: trailer.of.clone(),
        }))
    }

    /// Whether a column can be called so in a format.
    pub(super) fn column(
        &self,
        named: &Named,
        field: &str,
        span: &Range<usize>,
        column: &Column,
    ) -> Result<(), LayoutError> {
        let rule = match (column, named) {
            (Column::First(columns), _) => {
                if columns.is_empty() || columns.iter().any(|column| matches!(column, Column::First(_))) {
                    return self.broken(span, field, "a list of columns has columns in it, and no lists");
                }
                return columns
                    .iter()
                    .try_for_each(|column| self.column(named, field, span, column));
            }
            (Column::Name(name), _) if name.trim().is_empty() => "a column's name is not empty".to_owned(),
            (Column::Name(_), Named::Csv { header: false }) => {
                "without a header, columns are given by number, from 1".to_owned()
            }
            (Column::Number(number), Named::Csv { .. }) if !(1..=COLUMNS).contains(number) => {
                format!("columns are counted from 1 to {COLUMNS}")
            }
            (Column::Number(_), Named::JsonLines | Named::Json) => {
                "in JSON, columns are given by their keys".to_owned()
            }
            (Column::Name(place), Named::Fixed) if FixedFormat::place(place).is_none() => PLACES.to_owned(),
            (Column::Name(value), Named::Edi(_)) if !EdiFormat::is_field(value) => {
                "in EDI, columns are given by segment, element and component: \"AT7.1\", \"RFF(AAM).1.2\"".to_owned()
            }
            (Column::Number(_), Named::Fixed | Named::Xml | Named::Edi(_) | Named::Other(_)) => {
                "in this format, columns are not given by numbers".to_owned()
            }
            _ => return Ok(()),
        };
        self.broken(span, field, &rule)
    }
}
