//! A value of a segment, as a layout names it.

use std::borrow::Cow;

use super::separators::Separators;

/// `RFF(AAM).1.2`: of the segments `RFF` whose first value is `AAM`, the second component of the first element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EdiField {
    tag: String,
    qualifier: Option<Qualifier>,
    /// From 1; 0 would be the tag.
    element: usize,
    /// From 1. `None`: the whole element, which has one component as a rule.
    component: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Qualifier {
    /// From 1.
    element: usize,
    value: String,
}

impl EdiField {
    pub(crate) fn parse(written: &str) -> Option<Self> {
        let written = written.trim();
        let (segment, rest) = match written.find(')') {
            Some(end) => (written.get(..=end)?, written.get(end + 1..)?.strip_prefix('.')?),
            None => written.split_once('.')?,
        };
        let (tag, qualifier) = match segment.strip_suffix(')') {
            None => (segment, None),
            Some(segment) => {
                let (tag, qualifier) = segment.split_once('(')?;
                let (element, value) = qualifier.split_once('=').unwrap_or(("1", qualifier));
                let element = position(element)?;
                let value = value.to_owned();
                (tag, Some(Qualifier { element, value }))
            }
        };
        let (element, component) = match rest.split_once('.') {
            None => (position(rest)?, None),
            Some((element, component)) => (position(element)?, Some(position(component)?)),
        };
        let is_tag = (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        is_tag.then(|| Self {
            tag: tag.to_owned(),
            qualifier,
            element,
            component,
        })
    }

    /// The value in a segment's elements, the tag first.
    pub(crate) fn of<'s>(&self, elements: &[&'s str], separators: &Separators) -> Option<Cow<'s, str>> {
        if elements.first()?.trim() != self.tag {
            return None;
        }
        if let Some(qualifier) = &self.qualifier {
            let element = elements.get(qualifier.element)?;
            let first = separators.components(element).next()?;
            if separators.unescaped(first).trim() != qualifier.value {
                return None;
            }
        }
        let element = elements.get(self.element)?;
        let raw = match self.component {
            None => element,
            Some(component) => separators.components(element).nth(component - 1)?,
        };
        Some(separators.unescaped(raw))
    }
}

/// Elements and components: X12 has at most 30 in a segment.
fn position(text: &str) -> Option<usize> {
    text.parse().ok().filter(|position| (1..=99).contains(position))
}

#[cfg(test)]
mod tests {
    use super::super::EdiSyntax;
    use super::*;

    #[track_caller]
    fn check(field: &str, segment: &str, expect: Option<&str>) {
        let separators = Separators::of(EdiSyntax::Edifact);
        let elements: Vec<&str> = separators.elements(segment).collect();
        let value = EdiField::parse(field).unwrap().of(&elements, &separators);
        assert_eq!(value.as_deref(), expect, "{field} of {segment}");
    }

    #[test]
    fn values() {
        check("STS.2.1", "STS+1+21:::Delivered", Some("21"));
        check("STS.2.4", "STS+1+21:::Delivered", Some("Delivered"));
        check("STS.2.5", "STS+1+21:::Delivered", None);
        check("STS.1", "STS+1+21", Some("1"));
        check("RFF(AAM).1.2", "RFF+AAM:0034", Some("0034"));
        check("RFF(AAM).1.2", "RFF+CU:0034", None);
        check("NAD(CN).4", "NAD+CN+++O?'NEIL J", Some("O'NEIL J"));
        check("DTM(334).1.2", "DTM+334:202611201403?+01:303", Some("202611201403+01"));
        check("LOC(1=14).2", "LOC+14+X", Some("X"));
        check("AT7.1", "AT8+1", None);
    }

    #[test]
    fn what_is_no_field() {
        for bad in [
            "",
            "AT7",
            "AT7.",
            "AT7.0",
            "AT7.1.0",
            "at7.1",
            "RFF(AAM",
            "RFF(AAM)",
            "RFF(x=AAM).1",
            "ABCD.1",
            ".1",
        ] {
            assert_eq!(EdiField::parse(bad), None, "{bad}");
        }
    }
}
