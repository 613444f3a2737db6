//! Fixed width: a line is a row, and its values stand at positions.

use std::ops::RangeInclusive;

use memchr::memchr2;

use crate::grammar::{Grammar, Step};
use crate::trailer::{Tally, Trailer};
use crate::{Picks, RowFault};

/// How a file of fixed width is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFormat {
    /// The values that are read: positions of a line in letters, from 1.
    pub fields: Vec<RangeInclusive<usize>>,
    /// A line that counts those before it. Its columns are numbers of `fields`, from 0.
    pub trailer: Option<Trailer>,
}

impl FixedFormat {
    /// A value's place as layouts write it: `2-11`, or `1` for a single letter.
    pub fn place(written: &str) -> Option<RangeInclusive<usize>> {
        let (from, to) = written.split_once('-').unwrap_or((written, written));
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let (from, to) = (number(from)?, number(to)?);
        (1 <= from && from <= to && to <= LINE_LETTERS).then_some(from..=to)
    }
}

/// Longest line that positions are counted in, in letters: documented records have 80 to 600.
const LINE_LETTERS: usize = 32 * 1024;

pub(crate) struct FixedGrammar {
    format: FixedFormat,
    tally: Option<Tally>,
}

impl FixedGrammar {
    pub(crate) fn new(format: FixedFormat) -> Self {
        let tally = format.trailer.clone().map(Tally::new);
        Self { format, tally }
    }
}

impl Grammar for FixedGrammar {
    fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        let end = memchr2(b'\r', b'\n', bytes).map(|end| end + 1);
        end.or(at_end.then_some(bytes.len()))
    }

    fn take(&mut self, token: &[u8], row: &mut Picks) -> Result<Step, &'static str> {
        let line = token.strip_suffix(b"\n").or(token.strip_suffix(b"\r")).unwrap_or(token);
        // A file whose editor marked its end as DOS did.
        if line.trim_ascii().is_empty() || line == b"\x1a" {
            return Ok(Step::Pass);
        }
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => {
                let column = error.valid_up_to() + 1;
                self.lose();
                return Ok(Step::Fault(RowFault::Encoding { column }));
            }
        };
        for (slot, place) in self.format.fields.iter().enumerate() {
            row.put(slot, cut(text, place));
        }
        let wrong = self.tally.as_mut().and_then(|tally| tally.count(|slot| row.get(slot)));
        Ok(wrong.map_or(Step::Whole, Step::Fault))
    }

    fn lose(&mut self) {
        self.tally.iter_mut().for_each(Tally::lose);
    }

    fn is_complete(&self) -> bool {
        self.tally.as_ref().is_none_or(Tally::is_closed)
    }
}

/// The letters of a place; as many as the line has.
fn cut<'a>(text: &'a str, place: &RangeInclusive<usize>) -> &'a str {
    let (from, to) = (*place.start() - 1, *place.end());
    if text.is_ascii() {
        return text.get(from..to.min(text.len())).unwrap_or_default();
    }
    let at = |letter: usize| text.char_indices().nth(letter).map_or(text.len(), |(index, _)| index);
    text.get(at(from)..at(to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place = FixedFormat::place;
        assert_eq!(place("2-11"), Some(2..=11));
        assert_eq!(place("1"), Some(1..=1));
        for bad in ["", "0", "0-3", "5-4", "a-b", "-3", "3-", "1-99999"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }

    #[test]
    fn letters_not_bytes() {
        assert_eq!(cut("Köln DE", &(6..=7)), "DE");
        assert_eq!(cut("Koeln DE", &(7..=20)), "DE");
        assert_eq!(cut("Köln", &(5..=7)), "");
    }
}
