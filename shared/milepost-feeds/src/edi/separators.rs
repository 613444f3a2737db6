//! What separates segments, elements and components, and what takes that meaning away.

use std::borrow::Cow;

use super::EdiSyntax;

/// Length of X12's `ISA` in bytes: all its elements are of fixed length, so that separators can be read by place.
const ISA_BYTES: usize = 106;

/// Blanks between segments are passed over in pieces of so many bytes.
const BLANK_BYTES: usize = 4096;

/// Length of EDIFACT's `UNA`.
const UNA_BYTES: usize = 9;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Separators {
    syntax: EdiSyntax,
    element: u8,
    component: u8,
    /// EDIFACT's `?`: the next character is text.
    release: Option<u8>,
    segment: u8,
}

impl Separators {
    /// Those of the standard, until the file says others.
    pub(crate) fn of(syntax: EdiSyntax) -> Self {
        let (element, component, release, segment) = match syntax {
            EdiSyntax::X12 => (b'*', b'>', None, b'~'),
            EdiSyntax::Edifact => (b'+', b':', Some(b'?'), b'\''),
        };
        Self {
            syntax,
            element,
            component,
            release,
            segment,
        }
    }

    /// Length of the segment that `bytes` begin with, its end included, or of the blanks before one.
    pub(crate) fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        let first = *bytes.first()?;
        if first.is_ascii_whitespace() && first != self.segment {
            let looked_at = bytes.get(..BLANK_BYTES).unwrap_or(bytes);
            let blank = |byte: &u8| byte.is_ascii_whitespace() && *byte != self.segment;
            let other = looked_at.iter().position(|byte| !blank(byte));
            let all = (at_end || looked_at.len() == BLANK_BYTES).then_some(looked_at.len());
            return other.or(all);
        }
        let by_place = match self.syntax {
            EdiSyntax::X12 => (b"ISA".as_slice(), ISA_BYTES),
            EdiSyntax::Edifact => (b"UNA".as_slice(), UNA_BYTES),
        };
        let (name, length) = by_place;
        if bytes.starts_with(name) || (name.starts_with(bytes) && !at_end) {
            return if bytes.len() >= length {
                Some(length)
            } else {
                at_end.then_some(bytes.len())
            };
        }
        let mut released = false;
        for (index, byte) in bytes.iter().enumerate() {
            if released {
                released = false;
            } else if self.release == Some(*byte) {
                released = true;
            } else if *byte == self.segment {
                return Some(index + 1);
            }
        }
        at_end.then_some(bytes.len())
    }

    /// Reads the separators, if it is the segment that says them; true when that is all it says.
    pub(crate) fn read(&mut self, token: &str) -> Result<bool, &'static str> {
        let bytes = token.as_bytes();
        match self.syntax {
            EdiSyntax::X12 if token.starts_with("ISA") => {
                let at = |place: usize| bytes.get(place).copied().filter(u8::is_ascii);
                let wrong = "ISA must have 106 characters: its separators are read by place";
                let (element, component, segment) = (at(3), at(104), at(105));
                (self.element, self.component) = (element.ok_or(wrong)?, component.ok_or(wrong)?);
                self.segment = segment.ok_or(wrong)?;
                self.are_sound(&[self.element, self.component, self.segment])
                    .then_some(false)
                    .ok_or(wrong)
            }
            EdiSyntax::Edifact if token.starts_with("UNA") => {
                let wrong = "UNA must have six separators, each another";
                let [b'U', b'N', b'A', component, element, _, release, _, segment] = *bytes else {
                    return Err(wrong);
                };
                (self.component, self.element, self.segment) = (component, element, segment);
                self.release = (release != b' ').then_some(release);
                self.are_sound(&[component, element, segment, release])
                    .then_some(true)
                    .ok_or(wrong)
            }
            _ => Ok(false),
        }
    }

    fn are_sound(&self, all: &[u8]) -> bool {
        let distinct = |(index, byte): (usize, &u8)| !all.iter().skip(index + 1).any(|other| other == byte);
        all.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()) && all.iter().enumerate().all(distinct)
    }

    pub(crate) fn without_end<'s>(&self, segment: &'s str) -> &'s str {
        segment.strip_suffix(char::from(self.segment)).unwrap_or(segment)
    }

    pub(crate) fn tag<'s>(&self, segment: &'s str) -> &'s str {
        let ends = |c: char| c == char::from(self.element) || c == char::from(self.segment);
        let tag = segment.split(ends).next().unwrap_or_default();
        // EDIFACT may number a tag: `STS:1+...`.
        tag.split(char::from(self.component)).next().unwrap_or_default().trim()
    }

    /// The tag, then the elements, as written.
    pub(crate) fn elements<'s>(&self, segment: &'s str) -> impl Iterator<Item = &'s str> + use<'s> {
        Split {
            rest: Some(segment),
            at: self.element,
            release: self.release,
        }
    }

    /// The components of an element, as written.
    pub(crate) fn components<'s>(&self, element: &'s str) -> impl Iterator<Item = &'s str> + use<'s> {
        Split {
            rest: Some(element),
            at: self.component,
            release: self.release,
        }
    }

    /// A value without release characters.
    pub(crate) fn unescaped<'s>(&self, raw: &'s str) -> Cow<'s, str> {
        let Some(release) = self.release.map(char::from).filter(|release| raw.contains(*release)) else {
            return Cow::Borrowed(raw);
        };
        let mut text = String::with_capacity(raw.len());
        let mut letters = raw.chars();
        while let Some(letter) = letters.next() {
            text.extend(if letter == release {
                letters.next()
            } else {
                Some(letter)
            });
        }
        Cow::Owned(text)
    }
}

struct Split<'s> {
    rest: Option<&'s str>,
    at: u8,
    release: Option<u8>,
}

impl<'s> Iterator for Split<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        let rest = self.rest?;
        let mut released = false;
        for (index, byte) in rest.bytes().enumerate() {
            if released {
                released = false;
            } else if self.release == Some(byte) {
                released = true;
            } else if byte == self.at {
                self.rest = rest.get(index + 1..);
                return rest.get(..index);
            }
        }
        self.rest = None;
        Some(rest)
    }
}
