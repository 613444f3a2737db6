//! Finding a layout's columns in a file.

use std::collections::BTreeMap;

use milepost_feeds::Format;
use milepost_model::DetailCode;

use super::super::error::{LayoutError, quoted};
use super::super::field::{Column, Field};
use super::cells::Shape;
use super::{ColumnMapper, ColumnRows, Slot};

/// Finds the columns of `rows` in a file, and says what is odd about the file's header but stops nothing.
pub(in super::super) fn find(
    rows: &ColumnRows,
    format: Format,
    statuses: &BTreeMap<String, DetailCode>,
    header: Option<&[String]>,
) -> Result<(ColumnMapper, Vec<String>), LayoutError> {
    let mut finder = Finder {
        file: match (format, header) {
            (Format::JsonLines, _) => File::Keys(Vec::new()),
            (Format::Csv(csv), _) if !csv.header => File::Numbers,
            (Format::Csv(_), Some(names)) => File::Header(names),
            (Format::Csv(_), None) => File::Empty,
        },
        required: Vec::new(),
        missing: Vec::new(),
        absent: Vec::new(),
    };
    let number = finder.must(rows.fields.get(&Field::TrackingNumber))?;
    let time = rows
        .time
        .iter()
        .map(|column| finder.must(Some(column)))
        .collect::<Result<Vec<_>, _>>()?;
    // Number and time have reasons of their own when they are empty.
    let own_reasons = finder.required.len();
    let mut fields = Vec::new();
    for (field, column) in rows.fields.iter().filter(|(field, _)| **field != Field::TrackingNumber) {
        if rows.required.contains(field) {
            fields.push((*field, finder.must(Some(column))?.index));
        } else if let Some(index) = finder.may(column)? {
            fields.push((*field, index));
        }
    }
    let mut facts = Vec::new();
    for (name, column) in &rows.facts {
        facts.extend(finder.may(column)?.map(|index| (*name, index)));
    }
    let offset = match &rows.offset {
        Some(column) => finder.may(column)?,
        None => None,
    };
    let mut used: Vec<usize> = fields.iter().map(|(_, index)| *index).chain([number.index]).collect();
    used.extend(time.iter().map(|slot| slot.index).chain(offset));
    used.extend(facts.iter().map(|(_, index)| *index));
    let (shape, notes) = finder.finish(own_reasons, &used)?;
    let mapper = ColumnMapper {
        shape,
        number,
        fields,
        facts,
        time,
        offset,
        clock: rows.clock.clone(),
        statuses: statuses.clone(),
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
    /// There is not even a header: no row will come.
    Empty,
}

struct Finder<'h> {
    file: File<'h>,
    required: Vec<usize>,
    missing: Vec<String>,
    absent: Vec<String>,
}

impl Finder<'_> {
    /// A column without which the file is of no use.
    fn must(&mut self, column: Option<&Column>) -> Result<Slot, LayoutError> {
        let label = column.map(Column::label).unwrap_or_default();
        let index = match column {
            Some(column) => self.index(column)?,
            None => None,
        };
        self.required.extend(index);
        if index.is_none() {
            self.missing.push(label.clone());
        }
        Ok(Slot {
            index: index.unwrap_or_default(),
            label,
        })
    }

    /// A column that files may leave out.
    fn may(&mut self, column: &Column) -> Result<Option<usize>, LayoutError> {
        let index = self.index(column)?;
        if index.is_none() {
            self.absent.push(column.label());
        }
        Ok(index)
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
            (File::Empty, _) => Ok(Some(0)),
            // The layout was checked: a name has a header to stand in, and a key is no number.
            (File::Numbers, Column::Name(_)) | (File::Keys(_), Column::Number(_)) => Ok(None),
        }
    }

    fn finish(self, own_reasons: usize, used: &[usize]) -> Result<(Shape, Vec<String>), LayoutError> {
        let header = match &self.file {
            File::Header(names) => *names,
            File::Numbers | File::Keys(_) | File::Empty => &[],
        };
        if !self.missing.is_empty() {
            return Err(LayoutError::MissingColumns {
                missing: self.missing,
                header: header.to_vec(),
            });
        }
        let unused = (0..)
            .zip(header)
            .filter(|(index, name)| !name.is_empty() && !used.contains(index));
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
                // A header that ends with a delimiter has one more name than its rows have fields.
                fewest: names
                    .iter()
                    .rposition(|name| !name.is_empty())
                    .map_or(0, |last| last + 1),
                most: Some(names.len()),
            },
            File::Numbers => Shape::Delimited {
                fewest: self.required.iter().max().map_or(0, |last| last + 1),
                most: None,
            },
            File::Keys(keys) => Shape::Keyed {
                keys,
                required: self.required.get(own_reasons..).unwrap_or_default().to_vec(),
            },
            File::Empty => Shape::Delimited {
                fewest: usize::MAX,
                most: None,
            },
        };
        Ok((shape, notes))
    }
}
