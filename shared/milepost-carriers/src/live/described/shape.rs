/// What a carrier's numbers look like: `#` a digit, `@` a letter, `*` either, anything else itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape(String);

impl Shape {
    /// Reads a shape: 4 to 50 of the characters that numbers have.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"#@*-_/.".contains(&b);
        ((4..=50).contains(&text.len()) && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    pub(super) fn fits(&self, number: &str) -> bool {
        let letter = |(shape, c): (u8, u8)| match shape {
            b'#' => c.is_ascii_digit(),
            b'@' => c.is_ascii_uppercase(),
            b'*' => c.is_ascii_uppercase() || c.is_ascii_digit(),
            own => own == c,
        };
        self.0.len() == number.len() && self.0.bytes().zip(number.bytes()).all(letter)
    }

    /// Bare length says little, fixed characters say more; certainty takes a check digit, which a shape has not.
    pub(super) fn confidence(&self) -> f64 {
        match self.0.bytes().filter(|b| !b"#@*".contains(b)).count() {
            0 => 0.3,
            1 => 0.5,
            _ => 0.8,
        }
    }
}
