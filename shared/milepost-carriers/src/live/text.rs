//! Texts with HTML in them, as plain text.

/// Entities that carriers write. Others stay as they are.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("copy", '©'),
    ("gt", '>'),
    ("lt", '<'),
    ("nbsp", ' '),
    ("quot", '"'),
    ("reg", '®'),
    ("trade", '™'),
];

/// HTML reads the numbers of the C1 controls as Windows-1252; of those, these are letters in carriers' texts.
const WINDOWS: &[(u32, char)] = &[
    (145, '‘'),
    (146, '’'),
    (147, '“'),
    (148, '”'),
    (150, '–'),
    (151, '—'),
    (153, '™'),
];

/// Longest entity without its `&` and `;`.
const ENTITY: usize = 8;

/// Without superscript tags and with entities decoded: `Ground Advantage<SUP>&#153;</SUP>` is `Ground Advantage™`.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        rest = match (tag(from), entity(from)) {
            (Some(after), _) => after,
            (None, Some((letter, after))) => {
                plain.push(letter);
                after
            }
            (None, None) => {
                let mut letters = from.chars();
                plain.extend(letters.next());
                letters.as_str()
            }
        };
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

/// The text after one of the tags that carriers put into texts.
fn tag(text: &str) -> Option<&str> {
    let tags = ["<SUP>", "</SUP>", "<sup>", "</sup>", "<b>", "</b>", "<br>", "<br/>"];
    tags.iter().find_map(|tag| text.strip_prefix(tag))
}

fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    if name.len() > ENTITY {
        return None;
    }
    let letter = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((letter, after))
}

fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let windows = WINDOWS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, letter)| *letter);
    windows
        .or_else(|| char::from_u32(code))
        .filter(|letter| !letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |text, expect| assert_eq!(plain(text), expect);
        check("USPS Ground Advantage<SUP>&#153;</SUP>", "USPS Ground Advantage™");
        check("Priority Mail&lt;SUP&gt;", "Priority Mail<SUP>");
        check("AT&T &amp; Co", "AT&T & Co");
        check("A &unknown; B &#xAE; C &#0; D < E", "A &unknown; B ® C &#0; D < E");
        check("&", "&");
        check("é&;é", "é&;é");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[&<>#;a-zé0-9]{0,40}") {
            let _ = plain(&text);
        }
    }
}
