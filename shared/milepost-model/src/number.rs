use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// A tracking number in canonical form: upper case, without spaces, 4 to 50 characters of `A-Z 0-9 - _ / .`.
///
/// Callers, carriers and labels write the same number with spaces and in either case; the canonical form is what is
/// stored and compared. A form that differed is kept beside it as a fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingNumber(Box<str>);

/// Ship24 accepts 5 to 50 characters; some freight carriers' numbers have 4.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=50;

/// What order systems write into the field when they have no number. They would gather thousands of strangers'
/// events under one key, so they are refused by name.
const PLACEHOLDERS: [&str; 14] = [
    "N/A",
    "NONE",
    "NULL",
    "TEST",
    "UNKNOWN",
    "UNDEFINED",
    "PENDING",
    "TRACKING",
    "TRACKINGNUMBER",
    "12345",
    "123456",
    "12345678",
    "123456789",
    "1234567890",
];

impl TrackingNumber {
    /// Reads a number as a caller or a carrier wrote it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        let mut canonical = String::with_capacity(written.len().min(*LENGTH.end() + 1));
        for c in written.chars() {
            match c {
                'a'..='z' => canonical.push(c.to_ascii_uppercase()),
                'A'..='Z' | '0'..='9' | '-' | '_' | '/' | '.' => canonical.push(c),
                // Labels group digits with spaces; some exports use the no-break space.
                ' ' | '\t' | '\u{a0}' => {}
                '+' if is_rounded(written) => return Err(Invalid::NumberRounded),
                _ => return Err(Invalid::NumberCharacter),
            }
            if canonical.len() > *LENGTH.end() {
                return Err(Invalid::NumberLength(
                    written.chars().filter(|c| !c.is_whitespace()).count(),
                ));
            }
        }
        // `0`, `000000`, `----`: what order systems and spreadsheets put where nothing is.
        let nothing = canonical.bytes().all(|b| b == b'0' || b.is_ascii_punctuation());
        match canonical.len() {
            0 => Err(Invalid::NumberEmpty),
            _ if nothing || PLACEHOLDERS.contains(&canonical.as_str()) => Err(Invalid::NumberPlaceholder),
            n if !LENGTH.contains(&n) => Err(Invalid::NumberLength(n)),
            _ => Ok(Self(canonical.into())),
        }
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `9.40014E+21` and its like, in any case and with spaces around.
fn is_rounded(written: &str) -> bool {
    let text = written.trim();
    let Some((mantissa, exponent)) = text.split_once("E+").or_else(|| text.split_once("e+")) else {
        return false;
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    digits(mantissa) && digits(exponent)
}

impl FromStr for TrackingNumber {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::parse(s)
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrackingNumber({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expect: Result<&str, Invalid>) {
        let got = TrackingNumber::parse(written).map(|number| number.as_str().to_owned());
        assert_eq!(got, expect.map(str::to_owned), "{written:?}");
    }

    #[test]
    fn canonical_form() {
        check("9405 5118 9922 3197 4284 90", Ok("9405511899223197428490"));
        check(" 1z999aa10123456784\t", Ok("1Z999AA10123456784"));
        check("AB/12-3_4.5", Ok("AB/12-3_4.5"));
        // The numbers of the seeds' own import example.
        check("11111", Ok("11111"));
        check("9400\u{a0}1368", Ok("94001368"));
    }

    #[test]
    fn refusals() {
        check("", Err(Invalid::NumberEmpty));
        check("   ", Err(Invalid::NumberEmpty));
        check("AB1", Err(Invalid::NumberLength(3)));
        check(&"A1".repeat(26), Err(Invalid::NumberLength(52)));
        check("9405?!", Err(Invalid::NumberCharacter));
        check("９４０５５", Err(Invalid::NumberCharacter));
        check("9.40014E+21", Err(Invalid::NumberRounded));
        check("n/a", Err(Invalid::NumberPlaceholder));
        check("0", Err(Invalid::NumberPlaceholder));
        check("0000000000", Err(Invalid::NumberPlaceholder));
        check("123456789", Err(Invalid::NumberPlaceholder));
    }
}
