//! The envelopes around messages, and their counts.
//!
//! | | X12 | EDIFACT |
//! |---|---|---|
//! | interchange | `ISA` .. `IEA` (groups, number) | `UNB` .. `UNZ` (messages or groups, number) |
//! | group | `GS` .. `GE` (messages, number) | `UNG` .. `UNE` (messages, number) |
//! | message | `ST` .. `SE` (segments, number) | `UNH` .. `UNT` (segments, number) |

use super::EdiSyntax;
use crate::RowFault;

pub(super) struct Envelope {
    names: &'static [Names; 3],
    /// Interchange, group, message.
    open: [Option<Open>; 3],
}

struct Names {
    open: &'static str,
    close: &'static str,
    /// The element of the opening segment with the control number.
    number: usize,
}

struct Open {
    number: String,
    /// Segments of a message, its own two included; what is directly inside of the others.
    inside: u64,
}

const X12: [Names; 3] = [
    Names {
        open: "ISA",
        close: "IEA",
        number: 13,
    },
    Names {
        open: "GS",
        close: "GE",
        number: 6,
    },
    Names {
        open: "ST",
        close: "SE",
        number: 2,
    },
];

const EDIFACT: [Names; 3] = [
    Names {
        open: "UNB",
        close: "UNZ",
        number: 5,
    },
    Names {
        open: "UNG",
        close: "UNE",
        number: 5,
    },
    Names {
        open: "UNH",
        close: "UNT",
        number: 1,
    },
];

/// Longest control number: 14 characters in both syntaxes.
const NUMBER_BYTES: usize = 40;

const INTERCHANGE: usize = 0;
const MESSAGE: usize = 2;

impl Envelope {
    pub(super) fn new(syntax: EdiSyntax) -> Self {
        Self {
            names: match syntax {
                EdiSyntax::X12 => &X12,
                EdiSyntax::Edifact => &EDIFACT,
            },
            open: [None, None, None],
        }
    }

    /// Whether a segment opens or closes an envelope.
    pub(super) fn is_part(&self, tag: &str) -> bool {
        self.names.iter().any(|names| names.open == tag || names.close == tag)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.open.iter().all(Option::is_none)
    }

    /// A segment of the message.
    pub(super) fn count(&mut self) {
        if let Some(Some(message)) = self.open.get_mut(MESSAGE) {
            message.inside += 1;
        }
    }

    /// Takes a segment in. `None`: it is the message's own. Else it is done with, and what is wrong with it.
    pub(super) fn take(&mut self, tag: &str, elements: &[&str]) -> Result<Option<Option<RowFault>>, &'static str> {
        self.count();
        for (depth, names) in self.names.iter().enumerate() {
            if names.open == tag {
                return self.opens(depth, elements, names.number);
            }
            if names.close == tag {
                return Ok(Some(self.closes(depth, elements)));
            }
        }
        self.begun().map(|()| None)
    }

    /// Every other segment stands in an interchange.
    fn begun(&self) -> Result<(), &'static str> {
        match &self.open {
            [Some(_), ..] => Ok(()),
            _ => Err("the file does not begin with an interchange (ISA or UNB): check the layout's format"),
        }
    }

    fn opens(
        &mut self,
        depth: usize,
        elements: &[&str],
        number: usize,
    ) -> Result<Option<Option<RowFault>>, &'static str> {
        if depth > INTERCHANGE {
            self.begun()?;
        }
        // What is open at this depth and below was never closed.
        let unclosed = self.open.iter_mut().skip(depth).filter_map(Option::take).count() > 0;
        // An interchange counts its groups, and its messages where it has no groups.
        if let Some(around) = self.open.iter_mut().take(depth).rev().flatten().next() {
            around.inside += 1;
        }
        let number = elements.get(number).map(|number| number.trim()).unwrap_or_default();
        if let Some(place) = self.open.get_mut(depth) {
            *place = Some(Open {
                number: number.chars().take(NUMBER_BYTES).collect(),
                inside: u64::from(depth == MESSAGE),
            });
        }
        match (unclosed, depth) {
            // The header of a message is also its first segment, with values in it.
            (false, MESSAGE) => Ok(None),
            (false, _) => Ok(Some(None)),
            (true, _) => Ok(Some(Some(RowFault::WrongControl))),
        }
    }

    fn closes(&mut self, depth: usize, elements: &[&str]) -> Option<RowFault> {
        let unclosed = self.open.iter_mut().skip(depth + 1).filter_map(Option::take).count() > 0;
        let open = self.open.get_mut(depth).and_then(Option::take);
        let element = |nth: usize| elements.get(nth).map(|text| text.trim()).unwrap_or_default();
        let Some(open) = open.filter(|open| !unclosed && open.number == element(2)) else {
            return Some(RowFault::WrongControl);
        };
        let counted = element(1).parse().unwrap_or(0);
        (counted != open.inside).then_some(RowFault::WrongCount {
            counted,
            read: open.inside,
        })
    }
}
