//! What a number looks like, part by part.

/// A piece of a number. Letters are `A` to `Z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// This text.
    Is(&'static str),
    /// One of these texts. None of them begins another.
    AnyOf(&'static [&'static str]),
    /// One of the characters of the text.
    OneOf(&'static str),
    /// So many digits.
    Digits(usize),
    /// So many letters.
    Letters(usize),
    /// So many letters or digits.
    Alnums(usize),
    /// Digits, at least and at most so many, to the end.
    DigitsToEnd(usize, usize),
    /// Letters or digits, at least and at most so many, to the end.
    AlnumsToEnd(usize, usize),
}

/// Whether the whole text has the shape.
pub(super) fn has_shape(text: &[u8], shape: &[Part]) -> bool {
    shape
        .iter()
        .try_fold(text, |rest, part| part.strip(rest))
        .is_some_and(<[u8]>::is_empty)
}

impl Part {
    /// The text after this part. `None` when it does not begin with it.
    fn strip(self, text: &[u8]) -> Option<&[u8]> {
        let to_end = |least, most, is: fn(&u8) -> bool| {
            ((least..=most).contains(&text.len()) && text.iter().all(is)).then_some([].as_slice())
        };
        match self {
            Self::Is(fixed) => text.strip_prefix(fixed.as_bytes()),
            Self::AnyOf(choices) => choices.iter().find_map(|fixed| text.strip_prefix(fixed.as_bytes())),
            Self::OneOf(choices) => text
                .split_first()
                .and_then(|(first, rest)| choices.as_bytes().contains(first).then_some(rest)),
            Self::Digits(count) => strip_all(text, count, u8::is_ascii_digit),
            Self::Letters(count) => strip_all(text, count, u8::is_ascii_uppercase),
            Self::Alnums(count) => strip_all(text, count, is_alnum),
            Self::DigitsToEnd(least, most) => to_end(least, most, u8::is_ascii_digit),
            Self::AlnumsToEnd(least, most) => to_end(least, most, is_alnum),
        }
    }
}

fn strip_all(text: &[u8], count: usize, is: fn(&u8) -> bool) -> Option<&[u8]> {
    let (taken, rest) = text.split_at_checked(count)?;
    taken.iter().all(is).then_some(rest)
}

fn is_alnum(c: &u8) -> bool {
    c.is_ascii_digit() || c.is_ascii_uppercase()
}
