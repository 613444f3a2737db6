//! Cutting XML into tokens, none of which is longer than it must be.

use memchr::{memchr, memchr2, memmem};

/// A piece of text ends here at the latest: a text of any length can be passed over.
const TEXT_BYTES: usize = 4096;

/// Longest reference that is one: `&#x10FFFF;`. Behind this an ampersand stands for nothing.
const ENTITY_BYTES: usize = 12;

/// What a token is.
pub(super) enum Token<'t> {
    /// A comment or a processing instruction.
    Nothing,
    Text(&'t str),
    /// Of a CDATA section.
    Raw(&'t str),
    /// A reference with its ampersand.
    Entity(&'t str),
    /// What stands in a start tag.
    Start(&'t str),
    /// What stands in an end tag.
    End(&'t str),
}

/// Sections that end where their own mark is, whatever stands in them.
const SECTIONS: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];

/// Length of the token that `bytes` begin with.
pub(super) fn length(bytes: &[u8], at_end: bool) -> Option<usize> {
    let whole = at_end.then_some(bytes.len());
    match bytes.first()? {
        b'<' => {
            for (begin, end) in SECTIONS {
                if bytes.starts_with(begin.as_bytes()) {
                    let behind = bytes.get(begin.len()..).unwrap_or_default();
                    let found = memmem::find(behind, end.as_bytes());
                    return found.map(|at| begin.len() + at + end.len()).or(whole);
                }
                if begin.as_bytes().starts_with(bytes) && !at_end {
                    return None;
                }
            }
            tag(bytes).or(whole)
        }
        b'&' => {
            let looked_at = bytes.get(..ENTITY_BYTES).unwrap_or(bytes);
            match memchr(b';', looked_at) {
                Some(end) => Some(end + 1),
                None if looked_at.len() == ENTITY_BYTES || at_end => Some(1),
                None => None,
            }
        }
        _ => {
            let looked_at = bytes.get(..TEXT_BYTES).unwrap_or(bytes);
            match memchr2(b'<', b'&', looked_at) {
                Some(end) => Some(end),
                None if looked_at.len() == TEXT_BYTES => Some(letter_end(looked_at)),
                None => whole,
            }
        }
    }
}

/// Length of a tag: to the first `>` that is not in quotes.
fn tag(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (index, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(index + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The longest start that cuts no letter of UTF-8 in two.
fn letter_end(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(4).position(|byte| byte & 0xC0 != 0x80);
    let Some(tail) = tail else { return bytes.len() };
    let start = bytes.len() - tail - 1;
    match bytes.get(start) {
        Some(lead) if *lead >= 0xC0 && start > 0 => start,
        _ => bytes.len(),
    }
}

/// What a token is.
pub(super) fn kind(text: &str) -> Result<Token<'_>, &'static str> {
    let cut_off = "the file ends in the middle of a tag: was it still being uploaded?";
    let Some(inside) = text.strip_prefix('<') else {
        return Ok(if text.starts_with('&') {
            Token::Entity(text)
        } else {
            Token::Text(text)
        });
    };
    if let Some(raw) = text.strip_prefix("<![CDATA[") {
        return raw.strip_suffix("]]>").map(Token::Raw).ok_or(cut_off);
    }
    if text.starts_with("<!--") || text.starts_with("<?") {
        return if text.ends_with('>') {
            Ok(Token::Nothing)
        } else {
            Err(cut_off)
        };
    }
    let content = inside.strip_suffix('>').ok_or(cut_off)?;
    if content.starts_with('!') {
        return Err("the file has a DOCTYPE, which could define entities: they are not read");
    }
    Ok(match content.strip_prefix('/') {
        Some(name) => Token::End(name),
        None => Token::Start(content),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: Option<usize>) {
        assert_eq!(length(bytes, false), expect, "{}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn lengths() {
        check(b"<a b='>'>x", Some(9));
        check(b"<a b='>", None);
        check(b"</a>", Some(4));
        check(b"<!-- > -->x", Some(10));
        check(b"<!", None);
        check(b"<![CDATA[ ]] > ]]>x", Some(18));
        check(b"<![CDA", None);
        check(b"<?xml >?>", Some(9));
        check(b"text", None);
        check(b"text<", Some(4));
        check(b"text&amp;", Some(4));
        check(b"&amp;x", Some(5));
        check(b"&am", None);
        check(b"& is no entity", Some(1));
        assert_eq!(length(b"text", true), Some(4));
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"€".repeat(2_000);
            let length = length(text.as_bytes(), false).unwrap();
            assert!(
                text.is_char_boundary(length) && length > TEXT_BYTES - 4,
                "{shift}: {length}"
            );
        }
    }
}
