//! The part of a layout that says what columns hold.

use std::collections::BTreeMap;

use milepost_feeds::COLUMNS;
use milepost_model::{DetailCode, FactName, WrittenZone};
use toml::Spanned;

use super::super::LayoutError;
use super::super::columns::{ColumnRows, EventColumns, Groups, Kind, Repeat, TimeColumns, When};
use super::super::field::{Column, Field};
use super::super::meanings::Meanings;
use super::super::time::{Clock, Pattern, read_offset, written_zone};
use super::super::values::fact_named;
use super::super::written::{Fields, Values, WrittenKind, WrittenLayout, WrittenRepeat, WrittenTime};
use super::Checker;
use super::format::Named;
use crate::statuses::Standard;

/// Most columns that make up one time: date, time, and a half of the day.
const TIME_COLUMNS: usize = 3;

/// Most patterns: each one that does not fit is tried on every row before the one that does.
const PATTERNS: usize = 8;

/// Most kinds of rows: each is looked at for every row. The richest documented feed has some twenty.
const KINDS: usize = 64;

impl Checker<'_> {
    pub(super) fn rows(
        &self,
        named: &Named,
        written: &WrittenLayout,
        statuses: &BTreeMap<String, DetailCode>,
    ) -> Result<ColumnRows, LayoutError> {
        let whole = written.format.span();
        let Some(number) = written.columns.get(&Field::TrackingNumber) else {
            return self.broken(&whole, "columns.tracking_number", "it must be given");
        };
        let fields = self.fields(named, &written.columns)?;
        let time = match &written.time {
            Some(time) => Some(self.time(named, time.get_ref())?),
            None if written.repeat.is_some() => None,
            None => return self.broken(&whole, "time", "it must be given"),
        };
        let meanings = Meanings {
            table: statuses.clone(),
            standard: self.standard(written.standard.as_ref())?,
        };
        let base = EventColumns {
            fields,
            values: self.values(&written.values)?,
            facts: self.facts(named, &written.facts)?,
            time,
            meanings,
        };
        for field in &written.required {
            if !written.columns.contains_key(field.get_ref()) {
                let name = field.get_ref().as_str();
                return self.broken(&field.span(), "required", &format!("columns has no {name}"));
            }
        }
        let mut kinds = Vec::new();
        if let Some(trailer) = &written.trailer {
            let (span, trailer) = (trailer.span(), trailer.get_ref());
            self.column(named, "trailer", &span, &trailer.column)?;
            self.column(named, "trailer", &span, &trailer.count)?;
            kinds.push(trailer_kind(trailer));
        }
        if written.kind.len() > KINDS {
            return self.broken(&whole, "kind", &format!("at most {KINDS} kinds"));
        }
        for kind in &written.kind {
            kinds.push(self.kind(named, kind, &base)?);
        }
        let repeat = match &written.repeat {
            Some(repeat) => Some(self.repeat(named, repeat, &base)?),
            None => None,
        };
        let kinds_speak = kinds.iter().filter_map(|kind| kind.event.as_ref()).any(speaks);
        if !speaks(&base) && !kinds_speak && !repeat.as_ref().is_some_and(|repeat| speaks(&repeat.event)) {
            let rule = "give event_code or description, or no row says anything";
            return self.broken(&whole, "columns", rule);
        }
        let mut rows = ColumnRows {
            number: number.get_ref().clone(),
            required: written.required.iter().map(|field| *field.get_ref()).collect(),
            base,
            kinds,
            repeat,
            picks: Vec::new(),
        };
        let trailer = written.trailer.iter().map(|trailer| &trailer.get_ref().count);
        rows.picks = picks(&rows, trailer);
        Ok(rows)
    }

    fn fields(&self, named: &Named, written: &Fields) -> Result<BTreeMap<Field, Column>, LayoutError> {
        let mut fields = BTreeMap::new();
        for (field, column) in written {
            let name = format!("columns.{}", field.as_str());
            self.column(named, &name, &column.span(), column.get_ref())?;
            if *field != Field::TrackingNumber {
                fields.insert(*field, column.get_ref().clone());
            }
        }
        Ok(fields)
    }

    fn values(&self, written: &Values) -> Result<BTreeMap<Field, String>, LayoutError> {
        let mut values = BTreeMap::new();
        for (field, text) in written {
            if matches!(
                field,
                Field::TrackingNumber | Field::Sequence | Field::Latitude | Field::Longitude
            ) {
                let rule = "this is not the same in every row";
                return self.broken(&text.span(), &format!("values.{}", field.as_str()), rule);
            }
            values.insert(*field, text.get_ref().clone());
        }
        Ok(values)
    }

    fn facts(
        &self,
        named: &Named,
        written: &BTreeMap<String, Spanned<Column>>,
    ) -> Result<BTreeMap<FactName, Column>, LayoutError> {
        let mut facts = BTreeMap::new();
        for (name, column) in written {
            let field = format!("facts.{name}");
            let Some(fact) = fact_named(name) else {
                let names = FactName::ALL.iter().filter(|fact| **fact != FactName::NumberAsWritten);
                let names: Vec<_> = names.map(|fact| fact.as_str()).collect();
                return self.broken(&column.span(), &field, &format!("facts are {}", names.join(", ")));
            };
            self.column(named, &field, &column.span(), column.get_ref())?;
            facts.insert(fact, column.get_ref().clone());
        }
        Ok(facts)
    }

    fn kind(&self, named: &Named, kind: &Spanned<WrittenKind>, base: &EventColumns) -> Result<Kind, LayoutError> {
        let (span, written) = (kind.span(), kind.get_ref());
        self.column(named, "kind.when.column", &span, &written.when.column)?;
        if written.when.is.is_empty() && written.when.not.is_empty() {
            return self.broken(&span, "kind.when", "is or not must be given");
        }
        let when = When {
            column: written.when.column.clone(),
            is: written.when.is.clone(),
            not: written.when.not.clone(),
        };
        if written.skip {
            return Ok(Kind { when, event: None });
        }
        let mut event = base.clone();
        event.fields.extend(self.fields(named, &written.columns)?);
        event.values.extend(self.values(&written.values)?);
        event.facts.extend(self.facts(named, &written.facts)?);
        if let Some(time) = &written.time {
            event.time = Some(self.time(named, time.get_ref())?);
        }
        event.meanings = event.meanings.with(self.statuses(&written.status)?);
        Ok(Kind {
            when,
            event: Some(event),
        })
    }

    fn repeat(
        &self,
        named: &Named,
        repeat: &Spanned<WrittenRepeat>,
        base: &EventColumns,
    ) -> Result<Repeat, LayoutError> {
        let (span, written) = (repeat.span(), repeat.get_ref());
        let (of, called) = match (named, written.from, written.width, &written.list) {
            (Named::Csv { .. }, Some(from @ 1..), Some(width @ 1..), None) if from.max(width) <= COLUMNS => {
                (Groups::Fields { from: from - 1, width }, Named::Csv { header: false })
            }
            (Named::JsonLines | Named::Json, None, None, Some(list)) if !list.is_empty() => {
                (Groups::List(list.clone()), Named::JsonLines)
            }
            _ => {
                let rule = "from and width in csv, list in JSON; in XML and EDI the repeated part is the row";
                return self.broken(&span, "repeat", rule);
            }
        };
        let Some(time) = &written.time else {
            return self.broken(&span, "repeat.time", "it must be given");
        };
        let event = EventColumns {
            fields: self.fields(&called, &written.columns)?,
            values: self.values(&written.values)?,
            facts: BTreeMap::new(),
            time: Some(self.time(&called, time.get_ref())?),
            meanings: base.meanings.clone(),
        };
        Ok(Repeat { of, event })
    }

    fn standard(&self, written: Option<&Spanned<String>>) -> Result<Option<Standard>, LayoutError> {
        let Some(written) = written else { return Ok(None) };
        match written.get_ref().as_str() {
            "x12" => Ok(Some(Standard::X12)),
            "iftsta" => Ok(Some(Standard::Iftsta)),
            _ => self.broken(&written.span(), "standard", "standards are x12 and iftsta"),
        }
    }

    fn time(&self, named: &Named, time: &WrittenTime) -> Result<TimeColumns, LayoutError> {
        let (span, columns) = (time.columns.span(), time.columns.get_ref());
        if !(1..=TIME_COLUMNS).contains(&columns.len()) {
            let rule = format!("1 to {TIME_COLUMNS} columns, joined by a space");
            return self.broken(&span, "time.columns", &rule);
        }
        for column in columns {
            self.column(named, "time.columns", &span, column)?;
        }
        if let Some(column) = &time.offset {
            self.column(named, "time.offset", &column.span(), column.get_ref())?;
        }
        Ok(TimeColumns {
            columns: columns.clone(),
            offset: time.offset.as_ref().map(|column| column.get_ref().clone()),
            clock: self.clock(time)?,
        })
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
        let mut names = BTreeMap::new();
        for (name, zone) in &time.zones {
            names.insert(name.clone(), self.zone(zone, &format!("time.zones.{name}"), true)?);
        }
        Ok(Clock {
            patterns,
            zone: self.zone(&time.zone, "time.zone", false)?,
            zones: names,
        })
    }

    /// A zone of a layout; `offsets`: or an offset.
    fn zone(&self, written: &Spanned<String>, field: &str, offsets: bool) -> Result<WrittenZone, LayoutError> {
        let name = written.get_ref().as_str();
        let offset = || read_offset(name).filter(|_| offsets).map(WrittenZone::Offset);
        if let Some(zone) = written_zone(name).or_else(offset) {
            return Ok(zone);
        }
        let or_offset = if offsets {
            ", or an offset such as \"-05:00\""
        } else {
            ""
        };
        let rule = format!("\"unstated\", \"UTC\" or an IANA zone such as \"America/Chicago\"{or_offset}");
        self.broken(&written.span(), field, &rule)
    }
}

/// Whether an event of these columns can tell more than a time and a place.
fn speaks(event: &EventColumns) -> bool {
    let fields = [
        Field::EventCode,
        Field::Description,
        Field::StatusCode,
        Field::StatusDetailCode,
    ];
    let has = |field: &Field| event.fields.contains_key(field) || event.values.contains_key(field);
    !event.facts.is_empty() || fields.iter().any(has)
}

/// A trailer is no event.
fn trailer_kind(trailer: &super::super::written::WrittenTrailer) -> Kind {
    Kind {
        when: When {
            column: trailer.column.clone(),
            is: vec![trailer.is.clone()],
            not: Vec::new(),
        },
        event: None,
    }
}

/// Every name that a row's values are asked for by, once.
fn picks<'c>(rows: &'c ColumnRows, more: impl Iterator<Item = &'c Column>) -> Vec<String> {
    let of_event = |event: &'c EventColumns| {
        let times = event
            .time
            .iter()
            .flat_map(|time| time.columns.iter().chain(&time.offset));
        event.fields.values().chain(event.facts.values()).chain(times)
    };
    let kinds = rows.kinds.iter();
    let columns = std::iter::once(&rows.number)
        .chain(of_event(&rows.base))
        .chain(kinds.clone().map(|kind| &kind.when.column))
        .chain(kinds.filter_map(|kind| kind.event.as_ref()).flat_map(of_event))
        .chain(more);
    let mut picks: Vec<String> = Vec::new();
    for column in columns.flat_map(Column::all) {
        if let Column::Name(name) = column
            && !picks.contains(name)
        {
            picks.push(name.clone());
        }
    }
    picks
}
