//! EDI: ANSI X12 and UN/EDIFACT, read segment by segment.
//!
//! An interchange says itself how it is separated: X12 by the places of its `ISA` segment, EDIFACT by `UNA` or else by
//! the standard. A message is a tree that is written flat: the segment that opens a level (`ST`, `LX`, `AT7`) closes the
//! open levels of that depth and below. A row is one occurrence of the deepest level, and knows the values of the levels
//! around it. Control counts and numbers are checked where they stand; a wrong one is a row that cannot be used.

mod envelope;
mod field;
mod separators;

use crate::grammar::{Grammar, Step};
use crate::{FeedError, Limits, Picks, RowFault};
use envelope::Envelope;
pub(crate) use field::EdiField;
use separators::Separators;

/// The two syntaxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdiSyntax {
    /// ANSI X12: `ISA` to `IEA`.
    X12,
    /// UN/EDIFACT: `UNB` to `UNZ`.
    Edifact,
}

/// How an EDI file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdiFormat {
    /// Its syntax.
    pub syntax: EdiSyntax,
    /// The segments that open a level, outermost first; a row begins at the last: `["ST", "LX", "AT7"]`.
    pub levels: Vec<String>,
    /// The values that are read: segment, qualifier if it matters, element and component, from 1. `AT7.1`,
    /// `STS.2.1`, `RFF(AAM).1.2` (the first value of the segment is `AAM`), `L11(2=PO).1` (its second element is `PO`).
    pub fields: Vec<String>,
}

impl EdiFormat {
    /// Whether a text names a value as `fields` has them.
    pub fn is_field(written: &str) -> bool {
        EdiField::parse(written).is_some()
    }
}

/// Most levels: documented messages have four.
const LEVELS: usize = 8;

pub(crate) struct EdiGrammar {
    levels: Vec<String>,
    fields: Vec<EdiField>,
    separators: Separators,
    envelope: Envelope,
    /// The values of each level around the rows, outermost first.
    around: Vec<Picks>,
    /// How many levels are open.
    open: usize,
}

impl EdiGrammar {
    pub(crate) fn new(format: &EdiFormat, limits: &Limits) -> Result<Self, FeedError> {
        if !(1..=LEVELS).contains(&format.levels.len()) {
            let problem = "levels must name 1 to 8 segments";
            return Err(FeedError::BadFormat { problem });
        }
        let fields: Option<Vec<_>> = format.fields.iter().map(|field| EdiField::parse(field)).collect();
        let Some(fields) = fields else {
            let problem =
                "a value of EDI is a segment, an element and perhaps a component: AT7.1, STS.2.1, RFF(AAM).1.2";
            return Err(FeedError::BadFormat { problem });
        };
        let around = format.levels.iter().map(|_| Picks::new(fields.len(), limits));
        Ok(Self {
            around: around.collect(),
            levels: format.levels.clone(),
            fields,
            separators: Separators::of(format.syntax),
            envelope: Envelope::new(format.syntax),
            open: 0,
        })
    }

    fn level_of(&self, tag: &str) -> Option<usize> {
        self.levels.iter().position(|level| level == tag)
    }

    /// Puts what is wanted of a segment where it belongs: the open row, or the deepest level that is open.
    fn pick(&mut self, elements: &[&str], in_row: bool, row: &mut Picks) {
        let to = match self.open.checked_sub(1) {
            _ if in_row => row,
            None => return,
            Some(level) => match self.around.get_mut(level) {
                Some(picks) => picks,
                None => return,
            },
        };
        for (slot, field) in self.fields.iter().enumerate() {
            if let Some(value) = field.of(elements, &self.separators) {
                to.put(slot, &value);
            }
        }
    }
}

impl Grammar for EdiGrammar {
    fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        self.separators.token(bytes, at_end)
    }

    fn ends_before(&self, token: &[u8]) -> bool {
        let text = std::str::from_utf8(token).unwrap_or_default();
        let tag = self.separators.tag(text);
        self.level_of(tag).is_some() || self.envelope.is_part(tag)
    }

    fn take(&mut self, token: &[u8], row: &mut Picks) -> Result<Step, &'static str> {
        if token.trim_ascii().is_empty() {
            return Ok(Step::Pass);
        }
        let Ok(text) = std::str::from_utf8(token) else {
            self.envelope.count();
            return Ok(Step::Fault(RowFault::Encoding { column: 1 }));
        };
        if self.separators.read(text)? {
            return Ok(Step::Pass);
        }
        let segment = self.separators.without_end(text);
        let tag = self.separators.tag(segment);
        let elements: Vec<&str> = self.separators.elements(segment).collect();
        let done = self.envelope.take(tag, &elements)?;
        let deepest = self.levels.len() - 1;
        let level = self.level_of(tag);
        if let Some(level) = level {
            // A level that is left out (an AT7 without LX) leaves the values of an earlier one behind: they go.
            for picks in self.around.iter_mut().skip(level) {
                picks.clear();
            }
            self.open = level + 1;
        } else if done.is_some() {
            self.open = 0;
        }
        if let Some(fault) = done {
            return Ok(fault.map_or(Step::Pass, Step::Fault));
        }
        let in_row = self.open == deepest + 1;
        self.pick(&elements, in_row, row);
        Ok(if level == Some(deepest) {
            Step::Begin
        } else {
            Step::Pass
        })
    }

    fn lose(&mut self) {
        self.envelope.count();
    }

    fn close(&mut self, row: &mut Picks) {
        for picks in self.around.iter().rev() {
            row.fill_from(picks);
            if let Some(fault) = picks.fault() {
                row.spoil(fault);
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.envelope.is_closed()
    }
}
