//! The check characters that carriers put at the end of their numbers.

/// How the last character of a number follows from those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// The characters times weights that repeat from the right, summed up; the check digit fills the sum to a multiple
    /// of ten. Letters count as UPS has it: A is 2, H is 9, I is 0, and so round.
    Ten {
        name: &'static str,
        weights: &'static [usize],
        /// What the sum begins with.
        start: usize,
    },
    /// ISO/IEC 7812: as [`Rule::Ten`] with 2 and 1, but a product of two digits counts as their sum.
    Luhn,
    /// FedEx: weights 1, 3, 7 from the right; the sum modulo 11, of which ten is written as 0.
    FedEx,
    /// Air waybills: the number before it modulo 7.
    Seven,
    /// UPU S10: weights 8, 6, 4, 2, 3, 5, 9, 7; eleven less the sum modulo 11, with ten written 0 and eleven written 5.
    S10,
    /// ISO/IEC 7064 MOD 37,36: digits and letters.
    Iso7064,
}

/// GS1's own, of every EAN and SSCC. USPS, FedEx Ground, Canada Post, La Poste and DHL in Germany use it too.
pub(super) const GS1: Rule = gs1(0);
/// GLS begins its sum with one (its Uni-Box documentation, 3.2.1).
pub(super) const GLS: Rule = gs1(1);
/// A number of 19 digits printed without the `91` that its check digit was computed with: 3 x 9 + 1 x 1.
pub(super) const GS1_AFTER_91: Rule = gs1(28);
/// As above, without `92`: 3 x 9 + 1 x 2.
pub(super) const GS1_AFTER_92: Rule = gs1(29);
/// UPS where the digit beside the check digit weighs one.
pub(super) const UPS: Rule = Rule::Ten {
    name: "mod 10 (1-2)",
    weights: &[1, 2],
    start: 0,
};
/// `OnTrac`: UPS's sum over its letter and 13 digits, so that the digit beside the check digit weighs two.
pub(super) const ONTRAC: Rule = Rule::Ten {
    name: "mod 10 (2-1)",
    weights: &[2, 1],
    start: 0,
};
/// Deutsche Post's Identcode.
pub(super) const IDENTCODE: Rule = Rule::Ten {
    name: "mod 10 (4-9)",
    weights: &[4, 9],
    start: 0,
};

const fn gs1(start: usize) -> Rule {
    Rule::Ten {
        name: "mod 10 (3-1)",
        weights: &[3, 1],
        start,
    }
}

const CHARACTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Rule {
    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ten { name, .. } => name,
            Self::Luhn => "Luhn",
            Self::FedEx => "mod 11 (1-3-7)",
            Self::Seven => "mod 7",
            Self::S10 => "S10 mod 11",
            Self::Iso7064 => "ISO 7064 mod 37,36",
        }
    }

    /// Whether the last character is the one that the others ask for.
    pub(super) fn passes(self, text: &[u8]) -> bool {
        text.split_last()
            .is_some_and(|(last, before)| self.character(before) == Some(*last))
    }

    /// The check character of what stands before it. `None` for characters that the rule does not know.
    pub(super) fn character(self, before: &[u8]) -> Option<u8> {
        let value = match self {
            Self::Ten { weights, start, .. } => {
                let weighed = before.iter().rev().zip(weights.iter().cycle());
                let products = weighed.map(|(c, weight)| ups_value(*c).map(|value| value * weight));
                (10 - (start + sum(products)?) % 10) % 10
            }
            Self::Luhn => {
                let weighed = before.iter().rev().zip([2, 1].iter().cycle());
                let products = weighed.map(|(c, weight)| digit(*c).map(|value| value * weight));
                (10 - sum(products.map(|product| product.map(|p| p / 10 + p % 10)))? % 10) % 10
            }
            Self::FedEx => {
                let weighed = before.iter().rev().zip([1, 3, 7].iter().cycle());
                sum(weighed.map(|(c, weight)| digit(*c).map(|value| value * weight)))? % 11 % 10
            }
            Self::Seven => before
                .iter()
                .try_fold(0, |rest, c| Some((rest * 10 + digit(*c)?) % 7))?,
            Self::S10 => {
                let weighed = before.iter().zip([8, 6, 4, 2, 3, 5, 9, 7]);
                match sum(weighed.map(|(c, weight)| digit(*c).map(|value| value * weight)))? % 11 {
                    0 => 5,
                    1 => 0,
                    rest => 11 - rest,
                }
            }
            Self::Iso7064 => {
                let product = before.iter().try_fold(36, |product, c| {
                    let sum = match (product + iso_value(*c)?) % 36 {
                        0 => 36,
                        sum => sum,
                    };
                    Some(sum * 2 % 37)
                })?;
                (37 - product) % 36
            }
        };
        CHARACTERS.get(value).copied()
    }
}

fn sum(mut values: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    values.try_fold(0, |sum, value| Some(sum + value?))
}

fn digit(c: u8) -> Option<usize> {
    c.is_ascii_digit().then(|| usize::from(c - b'0'))
}

fn ups_value(c: u8) -> Option<usize> {
    match c {
        b'A'..=b'Z' => Some((usize::from(c - b'A') + 2) % 10),
        _ => digit(c),
    }
}

fn iso_value(c: u8) -> Option<usize> {
    match c {
        b'A'..=b'Z' => Some(usize::from(c - b'A') + 10),
        _ => digit(c),
    }
}
