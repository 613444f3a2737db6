//! From a layout's text to a layout, rule by rule.

mod format;
mod rows;

use std::collections::BTreeMap;
use std::ops::Range;

use milepost_feeds::{Charset, OtherFormat, Wrapper};
use milepost_model::DetailCode;
use toml::Spanned;

use super::written::{WrittenCharset, WrittenLayout, WrittenWrapper};
use super::{Layout, LayoutError, MAX_LAYOUT_BYTES, Rows};
use format::Named;

/// Longest name, as long as a connection's.
const NAME_LETTERS: usize = 60;

pub(super) fn layout(text: &str, others: &[OtherFormat]) -> Result<Layout, LayoutError> {
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
    Checker { text, others }.layout(&written)
}

/// Line of a place in the text, from 1.
pub(crate) fn line_of(text: &str, span: &Range<usize>) -> usize {
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
    others: &'a [OtherFormat],
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
        let named = self.named(written)?;
        self.own_tables(&named, written)?;
        let statuses = self.statuses(&written.status)?;
        let (rows, picks) = if matches!(named, Named::ConnectItems) {
            self.nothing_but_statuses(written)?;
            (Rows::ConnectItems, Vec::new())
        } else {
            let rows = self.rows(&named, written, &statuses)?;
            let picks = rows.picks.clone();
            (Rows::Columns(Box::new(rows)), picks)
        };
        Ok(Layout {
            name: name.clone(),
            revision: *written.revision.get_ref(),
            description: written.description.clone(),
            format: self.format(&named, written, picks)?,
            wrapper: match written.wrapper {
                WrittenWrapper::Auto => Wrapper::Auto,
                WrittenWrapper::Plain => Wrapper::Plain,
                WrittenWrapper::Gzip => Wrapper::Gzip,
                WrittenWrapper::Zip => Wrapper::Zip,
            },
            charset: match written.charset {
                WrittenCharset::Utf8 => Charset::Utf8,
                WrittenCharset::Latin1 => Charset::Latin1,
                WrittenCharset::Cp1252 => Charset::Cp1252,
                WrittenCharset::Utf16Le => Charset::Utf16Le,
                WrittenCharset::Utf16Be => Charset::Utf16Be,
                WrittenCharset::Declared => Charset::Declared,
            },
            statuses,
            rows,
        })
    }

    fn nothing_but_statuses(&self, written: &WrittenLayout) -> Result<(), LayoutError> {
        let columns = written.columns.values().chain(written.facts.values());
        let spans = columns
            .map(Spanned::span)
            .chain(written.values.values().map(Spanned::span))
            .chain(written.required.iter().map(Spanned::span))
            .chain(written.time.iter().map(Spanned::span))
            .chain(written.kind.iter().map(Spanned::span))
            .chain(written.repeat.iter().map(Spanned::span))
            .chain(written.standard.iter().map(Spanned::span));
        match spans.into_iter().next() {
            Some(span) => self.broken(
                &span,
                "format",
                "connect-items has its own fields: only status can be given besides",
            ),
            None => Ok(()),
        }
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

#[cfg(test)]
mod tests {
    use milepost_feeds::{CsvFormat, Format};

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
        let layout = layout(GOOD, &[]).unwrap();
        assert_eq!((layout.name(), layout.revision()), ("acme", 1));
        assert_eq!(*layout.format(), Format::Csv(CsvFormat::default()));
        assert_eq!(layout.statuses.get("D1"), Some(&DetailCode::Delivered));
    }

    /// The message for the good layout with `from` replaced by `to`.
    #[track_caller]
    fn message(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        let error = layout(&GOOD.replace(from, to), &[]).unwrap_err();
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
            message("\"Number\"", "[[1]]"),
            message("\"Number\"", "true"),
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
            message("[time]", "[xml]\nrows = [\"a\"]\n[time]"),
            message("\"csv\"", "\"xml\""),
            message("\"csv\"", "\"x12\""),
            message("\"csv\"", "\"fixed\""),
            message("[time]", "[trailer]\ncolumn = 1\nis = \"T\"\ncount = \"x\"\n[time]"),
            message("[time]", "[repeat]\nlist = \"x\"\n[time]"),
            message("[time]", "[repeat]\nfrom = 5\nwidth = 2\n[time]"),
            message("[time]", "[[kind]]\nwhen = { column = \"Code\" }\n[time]"),
            message("[time]", "[values]\nsequence = \"1\"\n[time]"),
            message("[status]", "[time.zones]\nEST = \"Eastern\"\n[status]"),
            message("[columns]", "standard = \"iso\"\n[columns]"),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r#"
        line 4: format: formats are csv, fixed, json-lines, json, xml, x12, edifact and connect-items
        line 3: revison: unknown field `revison`, expected one of `name`, `revision`, `description`, `format`, `wrapper`, `charset`, `csv`, `json`, `xml`, `edi`, `trailer`, `required`, `columns`, `values`, `facts`, `time`, `kind`, `repeat`, `status`, `standard`
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
        line 7: columns.tracking_number: a list of columns has columns in it, and no lists
        line 7: tracking_number: a column is given by its name or by its number, from 1, or as a list of such
        line 5: required: columns has no city
        line 10: csv.delimiter: one ASCII character that ends no line
        line 10: csv: delimiter, quote and comment must differ
        line 7: columns.tracking_number: without a header, columns are given by number, from 1
        line 11: facts.eta: facts are status_code, status_detail_code, carrier_status_code, carrier_detail_code, carrier_status_description, ship_date, estimated_delivery_date, actual_delivery_date, exception_description, service, packaging, weight, package_count, origin_country_code, destination_country_code
        line 7: format: connect-items has its own fields: only status can be given besides
        line 11: time.columns: 1 to 3 columns, joined by a space
        line 11: time.columns: columns are counted from 1 to 512
        line 12: time.patterns: "%H:%M" cannot be used: a pattern must give year, month and day
        line 12: time.patterns: "%m/%d/%!" cannot be used: strftime formatting failed: found unrecognized specifier directive `!`
        line 13: time.zone: "unstated", "UTC" or an IANA zone such as "America/Chicago"
        line 16: status.D1: "Delivered" is not one of the 75 detail codes, such as DELIVERED
        line 10: unknown field `tme`, expected one of `name`, `revision`, `description`, `format`, `wrapper`, `charset`, `csv`, `json`, `xml`, `edi`, `trailer`, `required`, `columns`, `values`, `facts`, `time`, `kind`, `repeat`, `status`, `standard`
        line 10: xml: the format csv has no such table
        line 4: xml.rows: names of 1 to 64 elements, without path and prefix
        line 7: columns.tracking_number: in EDI, columns are given by segment, element and component: "AT7.1", "RFF(AAM).1.2"
        line 7: columns.tracking_number: in fixed width, columns are given by places, from 1: "2-11"
        line 10: trailer: its columns are given by number in csv, by place in fixed width
        line 10: repeat: from and width in csv, list in JSON; in XML and EDI the repeated part is the row
        line 10: repeat.time: it must be given
        line 10: kind.when: is or not must be given
        line 11: values.sequence: this is not the same in every row
        line 16: time.zones.EST: "unstated", "UTC" or an IANA zone such as "America/Chicago", or an offset such as "-05:00"
        line 6: standard: standards are x12 and iftsta
        "#);
    }

    #[test]
    fn a_trailer_of_fixed_width_has_places() {
        let columns = [
            ("Number", "2-11"),
            ("Code", "13-14"),
            ("Date", "15-24"),
            ("Time", "25-29"),
        ];
        let mut fixed = GOOD.replace("\"csv\"", "\"fixed\"");
        for (name, place) in columns {
            fixed = fixed.replace(&format!("\"{name}\""), &format!("\"{place}\""));
        }
        let with = |column: &str, count: &str| {
            let trailer = format!("[trailer]\ncolumn = {column}\nis = \"T\"\ncount = {count}\n[time]");
            layout(&fixed.replace("[time]", &trailer), &[])
        };
        let good = with("\"1\"", "\"2-8\"").unwrap();
        let Format::Fixed(format) = good.format() else {
            panic!("{:?}", good.format());
        };
        let trailer = format.trailer.as_ref().unwrap();
        assert_eq!(format.fields.get(trailer.kind), Some(&(1..=1)));
        assert_eq!(format.fields.get(trailer.count), Some(&(2..=8)));
        let messages = [with("\"x\"", "\"2-8\""), with("\"1\"", "\"8-2\""), with("\"1\"", "2")];
        let messages = messages.map(|layout| layout.unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"), @r#"
        line 10: trailer: in fixed width, columns are given by places, from 1: "2-11"
        line 10: trailer: in fixed width, columns are given by places, from 1: "2-11"
        line 10: trailer: in this format, columns are not given by numbers
        "#);
    }

    #[test]
    fn json_lines_have_keys_and_no_csv() {
        let json = GOOD.replace("\"csv\"", "\"json-lines\"");
        assert_eq!(*layout(&json, &[]).unwrap().format(), Format::JsonLines);
        let numbered = layout(&json.replace("\"Number\"", "1"), &[]).unwrap_err();
        insta::assert_snapshot!(numbered, @"line 7: columns.tracking_number: in JSON, columns are given by their keys");
        let csv = layout(&json.replace("[time]", "[csv]\n[time]"), &[]).unwrap_err();
        insta::assert_snapshot!(csv, @"line 10: csv: the format json-lines has no such table");
    }

    #[test]
    fn a_layout_is_bounded() {
        let long = format!("{GOOD}\n#{}", "x".repeat(MAX_LAYOUT_BYTES));
        assert!(matches!(layout(&long, &[]), Err(LayoutError::TooLong { .. })));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".*", from in 0usize..200, to in 0usize..200) {
            // Whatever it answers: any text, and the good layout with a piece cut out.
            let _ = layout(&text, &[]);
            let kept = GOOD.char_indices().filter(|(at, _)| *at < from.min(to) || *at >= from.max(to));
            let _ = layout(&kept.map(|(_, letter)| letter).collect::<String>(), &[]);
        }
    }
}
