//! Finding a layout's columns in a file.

use milepost_feeds::Format;

use super::super::error::{LayoutError, quoted};
use super::super::field::Column;
use super::cells::{Keys, Shape};
use super::event::{EventMapper, Slot};
use super::{ColumnMapper, ColumnRows, EventColumns, FoundWhen, Groups};

/// Finds the columns of `rows` in a file, and says what is odd about the file's header but stops nothing.
pub(in super::super) fn find(
    rows: &ColumnRows,
    format: &Format,
    header: Option<&[String]>,
) -> Result<(ColumnMapper, Vec<String>), LayoutError> {
    let mut finder = Finder::new(match (format, header) {
        (Format::JsonLines | Format::JsonList(_), _) => File::Keys(Vec::new()),
        (Format::Csv(csv) | Format::CountedCsv(csv, _), _) if !csv.header => File::Numbers,
        (Format::Csv(_) | Format::CountedCsv(..), Some(names)) => File::Header(names),
        (Format::Csv(_) | Format::CountedCsv(..), None) => File::Empty,
        (Format::Fixed(_) | Format::Xml(_) | Format::Edi(_) | Format::Other(_), _) => File::Picks(&rows.picks),
    });
    let number = finder.must(&rows.number)?;
    let base = finder.event(&rows.base, rows, &number)?;
    let mut kinds = Vec::new();
    for kind in &rows.kinds {
        let when = FoundWhen {
            slot: finder.must(&kind.when.column)?,
            is: kind.when.is.clone(),
            not: kind.when.not.clone(),
        };
        let event = match &kind.event {
            Some(event) => Some(finder.event(event, rows, &number)?),
            None => None,
        };
        kinds.push((when, event));
    }
    let (groups, list) = match rows.repeat.as_ref().map(|repeat| &repeat.of) {
        Some(Groups::List(key)) => (File::Keys(Vec::new()), Some(key.as_str())),
        Some(Groups::Fields { .. }) | None => (File::Numbers, None),
    };
    let mut group = Finder::new(groups);
    let repeat = match &rows.repeat {
        Some(written) => Some((written.of.clone(), group.event(&written.event, rows, &number)?)),
        None => None,
    };
    let (shape, notes) = finder.finish(&group.keys(), list)?;
    let mapper = ColumnMapper {
        shape,
        number,
        base,
        kinds,
        repeat,
    };
    Ok((mapper, notes))
}

/// What columns can be found by.
enum File<'h> {
    /// Names in a header row.
    Header(&'h [String]),
    /// Their numbers alone.
    Numbers,
    /// Keys of an object, gathered as they are asked for.
    Keys(Vec<String>),
    /// What the format was asked for.
    Picks(&'h [String]),
    /// There is not even a header: no row will come.
    Empty,
}

struct Finder<'h> {
    file: File<'h>,
    used: Vec<usize>,
    missing: Vec<String>,
    absent: Vec<String>,
}

impl<'h> Finder<'h> {
    fn new(file: File<'h>) -> Self {
        Self {
            file,
            used: Vec::new(),
            missing: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// The columns of an event. Number and time have reasons of their own when they are empty, the others that are
    /// required do not.
    fn event(&mut self, event: &EventColumns, rows: &ColumnRows, number: &Slot) -> Result<EventMapper, LayoutError> {
        let mut needed = number.indexes.clone();
        let mut time = Vec::new();
        for column in event.time.iter().flat_map(|time| &time.columns) {
            let slot = self.must(column)?;
            needed.extend(slot.indexes.first());
            time.push(slot);
        }
        let (mut fields, mut required) = (Vec::new(), Vec::new());
        for (field, column) in &event.fields {
            if rows.required.contains(field) {
                let slot = self.must(column)?;
                needed.extend(slot.indexes.first());
                fields.push((*field, slot.indexes.clone()));
                required.push(slot);
            } else {
                let indexes = self.may(column)?;
                if !indexes.is_empty() {
                    fields.push((*field, indexes));
                }
            }
        }
        let mut facts = Vec::new();
        for (name, column) in &event.facts {
            facts.push((*name, self.may(column)?));
        }
        let offset = match event.time.as_ref().and_then(|time| time.offset.as_ref()) {
            Some(column) => Some(self.may(column)?),
            None => None,
        };
        Ok(EventMapper {
            fields,
            values: event
                .values
                .iter()
                .map(|(field, text)| (*field, text.clone()))
                .collect(),
            facts,
            time,
            offset,
            clock: event.time.as_ref().map(|time| time.clock.clone()),
            meanings: event.meanings.clone(),
            required,
            fewest: self.fewest(&needed),
        })
    }

    /// How many fields a row of delimited text has at least.
    fn fewest(&self, needed: &[usize]) -> usize {
        let behind = |last: usize| last + 1;
        match &self.file {
            // A header that ends with a delimiter has one more name than its rows have fields.
            File::Header(names) => names.iter().rposition(|name| !name.is_empty()).map_or(0, behind),
            File::Numbers => needed.iter().max().copied().map_or(0, behind),
            File::Keys(_) | File::Picks(_) => 0,
            File::Empty => usize::MAX,
        }
    }

    /// A column without which the file is of no use.
    fn must(&mut self, column: &Column) -> Result<Slot, LayoutError> {
        let label = column.label();
        let indexes = self.indexes(column)?;
        if indexes.is_empty() && !self.missing.contains(&label) {
            self.missing.push(label.clone());
        }
        Ok(Slot { indexes, label })
    }

    /// A column that files may leave out.
    fn may(&mut self, column: &Column) -> Result<Vec<usize>, LayoutError> {
        let indexes = self.indexes(column)?;
        if indexes.is_empty() && !self.absent.contains(&column.label()) {
            self.absent.push(column.label());
        }
        Ok(indexes)
    }

    fn indexes(&mut self, column: &Column) -> Result<Vec<usize>, LayoutError> {
        let mut indexes = Vec::new();
        for column in column.all() {
            indexes.extend(self.index(column)?);
        }
        self.used.extend(&indexes);
        Ok(indexes)
    }

    fn index(&mut self, column: &Column) -> Result<Option<usize>, LayoutError> {
        match (&mut self.file, column) {
            (File::Header(names), Column::Name(name)) => {
                let mut found = (0..)
                    .zip(names.iter())
                    .filter(|(_, known)| known.eq_ignore_ascii_case(name.trim()));
                let first = found.next().map(|(index, _)| index);
                match found.next() {
                    Some(_) => Err(LayoutError::DoubledColumn { column: name.clone() }),
                    None => Ok(first),
                }
            }
            (File::Header(names), Column::Number(number)) => Ok(Some(number - 1).filter(|index| *index < names.len())),
            (File::Numbers, Column::Number(number)) => Ok(Some(number - 1)),
            (File::Keys(keys), Column::Name(name)) => {
                let known = keys.iter().position(|key| key == name);
                if known.is_none() {
                    keys.push(name.clone());
                }
                Ok(known.or(Some(keys.len() - 1)))
            }
            (File::Picks(names), Column::Name(name)) => Ok(names.iter().position(|known| known == name)),
            (File::Empty, _) => Ok(Some(0)),
            // The layout was checked: a name has a header to stand in, a key is no number, and a list was taken apart.
            (_, Column::First(_))
            | (File::Numbers, Column::Name(_))
            | (File::Keys(_) | File::Picks(_), Column::Number(_)) => Ok(None),
        }
    }

    fn keys(self) -> Vec<String> {
        match self.file {
            File::Keys(keys) => keys,
            _ => Vec::new(),
        }
    }

    fn finish(self, group: &[String], list: Option<&str>) -> Result<(Shape, Vec<String>), LayoutError> {
        let header = match &self.file {
            File::Header(names) => *names,
            _ => &[],
        };
        if !self.missing.is_empty() {
            return Err(LayoutError::MissingColumns {
                missing: self.missing,
                header: header.to_vec(),
            });
        }
        let unused = (0..)
            .zip(header)
            .filter(|(index, name)| !name.is_empty() && !self.used.contains(index));
        let unused: Vec<String> = unused.map(|(_, name)| name.clone()).collect();
        let mut notes = Vec::new();
        if !self.absent.is_empty() {
            notes.push(format!(
                "the file has no column {}, which may be missing",
                quoted(&self.absent)
            ));
        }
        if !unused.is_empty() {
            notes.push(format!("the layout does not read the column {}", quoted(&unused)));
        }
        let shape = match self.file {
            File::Header(names) => Shape::Delimited {
                most: Some(names.len()),
            },
            File::Numbers | File::Empty => Shape::Delimited { most: None },
            File::Keys(keys) => Shape::Keyed {
                keys: Keys::of(&keys, list),
                group: Keys::of(group, None),
            },
            File::Picks(_) => Shape::Picked,
        };
        Ok((shape, notes))
    }
}
