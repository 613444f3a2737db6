//! Numbers of a format, made from arbitrary bytes by the format's own shape and rule.

use crate::detection::formats::{Format, Owner};
use crate::detection::shape::{Part, has_shape};

const ALNUMS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A number of the format. `None` where no character of the shape is the right check character (DPD's number that ends
/// in a letter, when the check character is a digit), and where letters alone came out.
pub(super) fn generate(format: &Format, bytes: &[u8]) -> Option<String> {
    let mut bytes = bytes.iter().copied().cycle();
    let mut choose = |from: &[u8]| from[usize::from(bytes.next().unwrap()) % from.len()];
    let (digits, letters) = ALNUMS.split_at(10);
    let mut text = Vec::new();
    for part in format.shape {
        match *part {
            Part::Is(fixed) => text.extend_from_slice(fixed.as_bytes()),
            Part::AnyOf(choices) => {
                let which = usize::from(choose(ALNUMS)) % choices.len();
                text.extend_from_slice(choices[which].as_bytes());
            }
            Part::OneOf(choices) => text.push(choose(choices.as_bytes())),
            Part::Digits(count) => text.extend((0..count).map(|_| choose(digits))),
            Part::Letters(count) => text.extend((0..count).map(|_| choose(letters))),
            Part::Alnums(count) => text.extend((0..count).map(|_| choose(ALNUMS))),
            Part::DigitsToEnd(least, most) => {
                let count = least + usize::from(choose(ALNUMS)) % (most - least + 1);
                text.extend((0..count).map(|_| choose(digits)));
            }
            Part::AlnumsToEnd(least, most) => {
                let count = least + usize::from(choose(ALNUMS)) % (most - least + 1);
                text.extend((0..count).map(|_| choose(ALNUMS)));
            }
        }
    }
    if format.owner == Owner::Post {
        let country = [b"US", b"GB", b"JP", b"DE"][usize::from(choose(ALNUMS)) % 4];
        text.truncate(text.len() - 2);
        text.extend_from_slice(country);
    }
    if let Some((start, end, rule)) = format.check {
        text[end - 1] = rule.character(&text[start..end - 1])?;
    }
    let number = text.iter().any(u8::is_ascii_digit);
    (number && has_shape(&text, format.shape)).then(|| String::from_utf8(text).unwrap())
}
