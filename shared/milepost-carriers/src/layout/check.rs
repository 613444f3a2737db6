//! From a layout's text to a layout, rule by rule.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use milepost_feeds::{COLUMNS, Charset, CsvFormat, Format, Wrapper};
use milepost_model::{DetailCode, FactName, WrittenZone};
use toml::Spanned;

use super::columns::ColumnRows;
use super::field::{Column, Field};
use super::time::{Clock, Pattern, UNSTATED};
use super::written::{WrittenCharset, WrittenCsv, WrittenFormat, WrittenLayout, WrittenTime, WrittenWrapper};
use super::{Layout, LayoutError, MAX_LAYOUT_BYTES, Rows};
use crate::zones;

/// Longest name, as long as a connection's.
const NAME_LETTERS: usize = 60;

/// Most columns that make up one time: date, time, and a half of the day.
const TIME_COLUMNS: usize = 3;

/// Most patterns: each one that does not fit is tried on every row before the one that does.
const PATTERNS: usize = 8;

pub(super) fn layout(text: &str) -> Result<Layout, LayoutError> {
    if text.len() > MAX_LAYOUT_BYTES {
        return Err(LayoutError::TooLong {
            bytes: text.len(),
            limit: MAX_LAYOUT_BYTES,
        });
    }
    let written: WrittenLayout = toml::from_str(text).map_err(|error| {
        // What is missing from the layout as a whole has the beginning of the text as its place.
        let whole = |span: &Range<usize>| span.start == 0 && error.message().starts_with("missing");
        let span = error.span().filter(|span| !whole(span));
        let key = span.as_ref().and_then(|span| key_of(text, span));
        LayoutError::Form {
            line: span.map(|span| line_of(text, &span)),
            message: key.map_or_else(String::new, |key| format!("{key}: ")) + error.message(),
        }
    })?;
    Checker { text }.layout(&written)
}

/// Line of a place in the text, from 1.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// What is set in the line of a place in the text.
fn key_of<'t>(text: &'t str, span: &Range<usize>) -> Option<&'t str> {
    let line = text.lines().nth(line_of(text, span) - 1)?;
    line.split_once('=').map(|(key, _)| key.trim())
}

/// Knows the text, so that an error can say its line.
struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    fn layout(&self, written: &WrittenLayout) -> Result<Layout, LayoutError> {
        let name = written.name.get_ref();
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > NAME_LETTERS || !name.bytes().all(letter) {
            return self.broken(
                &written.name.span(),
                "name",
                "1 to 60 lower case letters, digits and hyphens",
            );
        }
        if *written.revision.get_ref() == 0 {
            return self.broken(&written.revision.span(), "revision", "revisions count from 1");
        }
        let rows = match written.format.get_ref() {
            WrittenFormat::Csv | WrittenFormat::JsonLines => Rows::Columns(self.columns(written)?),
            WrittenFormat::ConnectItems => {
                self.nothing_but_statuses(written)?;
                Rows::ConnectItems
            }
        };
        Ok(Layout {
            name: name.clone(),
            revision: *written.revision.get_ref(),
            description: written.description.clone(),
            format: self.format(written)?,
            wrapper: match written.wrapper {
                WrittenWrapper::Auto => Wrapper::Auto,
                WrittenWrapper::Plain => Wrapper::Plain,
                WrittenWrapper::Gzip => Wrapper::Gzip,
            },
            charset: match written.charset {
                WrittenCharset::Utf8 => Charset::Utf8,
                WrittenCharset::Latin1 => Charset::Latin1,
                WrittenCharset::Cp1252 => Charset::Cp1252,
            },
            statuses: self.statuses(&written.status)?,
            rows,
        })
    }

    fn format(&self, written: &WrittenLayout) -> Result<Format, LayoutError> {
        match (written.format.get_ref(), &written.csv) {
            (WrittenFormat::Csv, None) => Ok(Format::Csv(CsvFormat::default())),
            (WrittenFormat::Csv, Some(csv)) => self.csv(csv).map(Format::Csv),
            (_, None) => Ok(Format::JsonLines),
            (_, Some(csv)) => self.broken(&csv.span(), "csv", "only the format csv has it"),
        }
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

    fn nothing_but_statuses(&self, written: &WrittenLayout) -> Result<(), LayoutError> {
        let columns = written
            .columns
            .values()
            .chain(written.facts.values())
            .map(Spanned::span);
        let required = written.required.iter().map(Spanned::span);
        let time = written.time.iter().map(Spanned::span);
        match columns.chain(required).chain(time).next() {
            Some(span) => self.broken(
                &span,
                "format",
                "connect-items has its own fields: columns, facts, required and time must not be given",
            ),
            None => Ok(()),
        }
    }

    fn columns(&self, written: &WrittenLayout) -> Result<ColumnRows, LayoutError> {
        let whole = written.format.span();
        if !written.columns.contains_key(&Field::TrackingNumber) {
            return self.broken(&whole, "columns.tracking_number", "it must be given");
        }
        let speaks = [
            Field::EventCode,
            Field::Description,
            Field::StatusCode,
            Field::StatusDetailCode,
        ];
        if written.facts.is_empty() && !speaks.iter().any(|field| written.columns.contains_key(field)) {
            return self.broken(
                &whole,
                "columns",
                "give event_code or description, or no row says anything",
            );
        }
        let Some(time) = &written.time else {
            return self.broken(&whole, "time", "it must be given");
        };
        let how = CalledBy::of(written);
        let mut fields = BTreeMap::new();
        for (field, column) in &written.columns {
            self.column(
                how,
                &format!("columns.{}", field.as_str()),
                &column.span(),
                column.get_ref(),
            )?;
            fields.insert(*field, column.get_ref().clone());
        }
        for field in &written.required {
            if !written.columns.contains_key(field.get_ref()) {
                let name = field.get_ref().as_str();
                return self.broken(&field.span(), "required", &format!("columns has no {name}"));
            }
        }
        let time = time.get_ref();
        Ok(ColumnRows {
            fields,
            facts: self.facts(how, written)?,
            required: written.required.iter().map(|field| *field.get_ref()).collect(),
            time: self.time_columns(how, time)?,
            offset: self.offset(how, time)?,
            clock: self.clock(time)?,
        })
    }

    fn column(&self, how: CalledBy, field: &str, span: &Range<usize>, column: &Column) -> Result<(), LayoutError> {
        let rule = match (column, how) {
            (Column::Name(name), _) if name.trim().is_empty() => "a column's name is not empty".to_owned(),
            (Column::Name(_), CalledBy::Number) => "without a header, columns are given by number, from 1".to_owned(),
            (Column::Number(_), CalledBy::Key) => "in JSON, columns are given by their keys".to_owned(),
            (Column::Number(number), _) if !(1..=COLUMNS).contains(number) => {
                format!("columns are counted from 1 to {COLUMNS}")
            }
            _ => return Ok(()),
        };
        self.broken(span, field, &rule)
    }

    fn facts(&self, how: CalledBy, written: &WrittenLayout) -> Result<Vec<(FactName, Column)>, LayoutError> {
        let mut facts = Vec::new();
        for (name, column) in &written.facts {
            let field = format!("facts.{name}");
            let Some(fact) = FactName::from_text(name).filter(|fact| *fact != FactName::NumberAsWritten) else {
                let names = FactName::ALL.iter().filter(|fact| **fact != FactName::NumberAsWritten);
                let names: Vec<_> = names.map(|fact| fact.as_str()).collect();
                return self.broken(&column.span(), &field, &format!("facts are {}", names.join(", ")));
            };
            self.column(how, &field, &column.span(), column.get_ref())?;
            facts.push((fact, column.get_ref().clone()));
        }
        Ok(facts)
    }

    fn time_columns(&self, how: CalledBy, time: &WrittenTime) -> Result<Vec<Column>, LayoutError> {
        let (span, columns) = (time.columns.span(), time.columns.get_ref());
        if !(1..=TIME_COLUMNS).contains(&columns.len()) {
            return self.broken(
                &span,
                "time.columns",
                &format!("1 to {TIME_COLUMNS} columns, joined by a space"),
            );
        }
        for column in columns {
            self.column(how, "time.columns", &span, column)?;
        }
        Ok(columns.clone())
    }

    fn offset(&self, how: CalledBy, time: &WrittenTime) -> Result<Option<Column>, LayoutError> {
        if let Some(column) = &time.offset {
            self.column(how, "time.offset", &column.span(), column.get_ref())?;
        }
        Ok(time.offset.as_ref().map(|column| column.get_ref().clone()))
    }

    fn clock(&self, time: &WrittenTime) -> Result<Clock, LayoutError> {
        let (span, written) = (time.patterns.span(), time.patterns.get_ref());
        if !(1..=PATTERNS).contains(&written.len()) {
            return self.broken(&span, "time.patterns", &format!("1 to {PATTERNS} patterns"));
        }
        let mut patterns = Vec::new();
        for pattern in written {
            match Pattern::parse(pattern) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => return self.broken(&span, "time.patterns", &format!("{pattern:?} cannot be used: {why}")),
            }
        }
        let zone = match time.zone.get_ref().as_str() {
            UNSTATED => WrittenZone::Unstated,
            // Times in UTC have lost the local time, which is another thing than a place on the meridian.
            "UTC" => WrittenZone::Utc,
            name => match zones::zone(name) {
                Some(zone) => WrittenZone::Feed(zone.iana_name().unwrap_or(name).into()),
                None => {
                    let rule = "\"unstated\", \"UTC\" or an IANA zone such as \"America/Chicago\"";
                    return self.broken(&time.zone.span(), "time.zone", rule);
                }
            },
        };
        Ok(Clock { patterns, zone })
    }

    fn statuses(
        &self,
        written: &BTreeMap<String, Spanned<String>>,
    ) -> Result<BTreeMap<String, DetailCode>, LayoutError> {
        let mut statuses = BTreeMap::new();
        for (code, detail) in written {
            let Some(known) = DetailCode::from_text(detail.get_ref()) else {
                let rule = format!(
                    "{:?} is not one of the 75 detail codes, such as DELIVERED",
                    detail.get_ref()
                );
                return self.broken(&detail.span(), &format!("status.{code}"), &rule);
            };
            statuses.insert(code.clone(), known);
        }
        Ok(statuses)
    }

    fn broken<T>(&self, span: &Range<usize>, field: &str, rule: &str) -> Result<T, LayoutError> {
        Err(LayoutError::Field {
            line: Some(line_of(self.text, span)),
            field: field.to_owned(),
            rule: rule.to_owned(),
        })
    }
}

/// How a layout's columns are called.
#[derive(Debug, Clone, Copy)]
enum CalledBy {
    NameOrNumber,
    Number,
    Key,
}

impl CalledBy {
    fn of(written: &WrittenLayout) -> Self {
        let header = written.csv.as_ref().is_none_or(|csv| csv.get_ref().header);
        match written.format.get_ref() {
            WrittenFormat::Csv if header => Self::NameOrNumber,
            WrittenFormat::Csv => Self::Number,
            WrittenFormat::JsonLines | WrittenFormat::ConnectItems => Self::Key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "acme"
revision = 1
format = "csv"

[columns]
tracking_number = "Number"
event_code = "Code"

[time]
columns = ["Date", "Time"]
patterns = ["%m/%d/%Y %H:%M", "iso"]
zone = "America/Chicago"

[status]
D1 = "DELIVERED"
"#;

    #[test]
    fn a_good_layout() {
        let layout = layout(GOOD).unwrap();
        assert_eq!((layout.name(), layout.revision()), ("acme", 1));
        assert_eq!(layout.format(), Format::Csv(CsvFormat::default()));
        assert_eq!(layout.statuses.get("D1"), Some(&DetailCode::Delivered));
    }

    /// The message for the good layout with `from` replaced by `to`.
    #[track_caller]
    fn message(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        let error = layout(&GOOD.replace(from, to)).unwrap_err();
        assert_eq!(error.class(), milepost_model::ErrorClass::Caller);
        error.to_string()
    }

    #[test]
    fn what_is_wrong_and_where() {
        let messages = [
            message("format = \"csv\"", "format = \"excel\""),
            message("revision = 1", "revison = 1"),
            message("revision = 1\n", ""),
            message("revision = 1", "revision = \"one\""),
            message("revision = 1", "revision = 0"),
            message("revision = 1", "revision = "),
            message("\"acme\"", "\"Acme Parcels\""),
            message("event_code =", "event_kode ="),
            message("tracking_number = \"Number\"\n", ""),
            message("event_code = \"Code\"", "city = \"City\""),
            message("\"Number\"", "0"),
            message("\"Number\"", "\" \""),
            message("\"Number\"", "[1]"),
            message("\n[columns]", "required = [\"city\"]\n[columns]"),
            message("[time]", "[csv]\ndelimiter = \";;\"\n[time]"),
            message("[time]", "[csv]\ndelimiter = '\"'\n[time]"),
            message("[time]", "[csv]\nheader = false\n[time]"),
            message("[time]", "[facts]\neta = \"ETA\"\n[time]"),
            message("\"csv\"", "\"connect-items\""),
            message("[\"Date\", \"Time\"]", "[]"),
            message("[\"Date\", \"Time\"]", "[\"Date\", 600]"),
            message("%m/%d/%Y %H:%M", "%H:%M"),
            message("%m/%d/%Y %H:%M", "%m/%d/%!"),
            message("America/Chicago", "Central"),
            message("\"DELIVERED\"", "\"Delivered\""),
            message("[time]\n", "[tme]\n"),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r#"
        line 4: format: unknown variant `excel`, expected one of `csv`, `json-lines`, `connect-items`
        line 3: revison: unknown field `revison`, expected one of `name`, `revision`, `description`, `format`, `wrapper`, `charset`, `csv`, `required`, `columns`, `facts`, `time`, `status`
        missing field `revision`
        line 3: revision: invalid type: string "one", expected u32
        line 3: revision: revisions count from 1
        line 3: revision: string values must be quoted, expected literal string
        line 2: name: 1 to 60 lower case letters, digits and hyphens
        line 8: event_kode: unknown variant `event_kode`, expected one of `tracking_number`, `carrier`, `event_code`, `carrier_detail_code`, `description`, `city`, `state`, `postal_code`, `country`, `latitude`, `longitude`, `signer`, `company`, `piece`, `sequence`, `proof_of_delivery_url`, `status_code`, `status_detail_code`
        line 4: columns.tracking_number: it must be given
        line 4: columns: give event_code or description, or no row says anything
        line 7: columns.tracking_number: columns are counted from 1 to 512
        line 7: columns.tracking_number: a column's name is not empty
        line 7: tracking_number: a column is given by its name or by its number, from 1
        line 5: required: columns has no city
        line 10: csv.delimiter: one ASCII character that ends no line
        line 10: csv: delimiter, quote and comment must differ
        line 7: columns.tracking_number: without a header, columns are given by number, from 1
        line 11: facts.eta: facts are status_code, status_detail_code, carrier_status_code, carrier_detail_code, carrier_status_description, ship_date, estimated_delivery_date, actual_delivery_date, exception_description, service, packaging, weight, package_count, origin_country_code, destination_country_code
        line 7: format: connect-items has its own fields: columns, facts, required and time must not be given
        line 11: time.columns: 1 to 3 columns, joined by a space
        line 11: time.columns: columns are counted from 1 to 512
        line 12: time.patterns: "%H:%M" cannot be used: a pattern must give year, month and day
        line 12: time.patterns: "%m/%d/%!" cannot be used: strftime formatting failed: found unrecognized specifier directive `!`
        line 13: time.zone: "unstated", "UTC" or an IANA zone such as "America/Chicago"
        line 16: status.D1: "Delivered" is not one of the 75 detail codes, such as DELIVERED
        line 10: unknown field `tme`, expected one of `name`, `revision`, `description`, `format`, `wrapper`, `charset`, `csv`, `required`, `columns`, `facts`, `time`, `status`
        "#);
    }

    #[test]
    fn json_lines_have_keys_and_no_csv() {
        let json = GOOD.replace("\"csv\"", "\"json-lines\"");
        assert_eq!(layout(&json).unwrap().format(), Format::JsonLines);
        let numbered = layout(&json.replace("\"Number\"", "1")).unwrap_err();
        insta::assert_snapshot!(numbered, @"line 7: columns.tracking_number: in JSON, columns are given by their keys");
        let csv = layout(&json.replace("[time]", "[csv]\n[time]")).unwrap_err();
        insta::assert_snapshot!(csv, @"line 10: csv: only the format csv has it");
    }

    #[test]
    fn a_layout_is_bounded() {
        let long = format!("{GOOD}\n#{}", "x".repeat(MAX_LAYOUT_BYTES));
        assert!(matches!(layout(&long), Err(LayoutError::TooLong { .. })));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".*", from in 0usize..200, to in 0usize..200) {
            // Whatever it answers: any text, and the good layout with a piece cut out.
            let _ = layout(&text);
            let kept = GOOD.char_indices().filter(|(at, _)| *at < from.min(to) || *at >= from.max(to));
            let _ = layout(&kept.map(|(_, letter)| letter).collect::<String>());
        }
    }
}
