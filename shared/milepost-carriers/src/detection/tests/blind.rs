//! What each rule cannot see, worked out from its arithmetic. The properties hold this list to the rules both ways: what
//! is listed passes, and what is not is caught.

use crate::detection::check::Rule;

/// A slip of the pen within the characters that the check character covers, itself (the last) included.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slip {
    /// The character at this place is another.
    Change(usize, u8),
    /// The characters at this place and the next are exchanged.
    Exchange(usize),
}

impl Slip {
    pub(super) fn of(self, right: &[u8]) -> Vec<u8> {
        let mut wrong = right.to_vec();
        match self {
            Self::Change(place, to) => wrong[place] = to,
            Self::Exchange(place) => wrong.swap(place, place + 1),
        }
        wrong
    }
}

/// Whether the rule passes the number in spite of the slip.
pub(super) fn is_blind(rule: Rule, right: &[u8], slip: Slip) -> bool {
    let last = right.len() - 1;
    let value = |place: usize| value_of(rule, right[place]);
    match (rule, slip) {
        (Rule::Ten { weights, .. }, Slip::Change(place, to)) => {
            let change = value(place).abs_diff(value_of(rule, to));
            // GS1 and Luhn: none. UPS and OnTrac where the weight is 2, Identcode where it is 4: 0-5, 1-6, 2-7, 3-8,
            // 4-9. UPS also letters and digits of one value: 2, A, K and U. The check digit is a digit, so that no
            // other stands for it.
            place != last && (weigh(weights, last, place) * change).is_multiple_of(10)
        }
        (Rule::Ten { weights, .. }, Slip::Exchange(place)) => {
            let (here, next) = (weigh(weights, last, place), weigh(weights, last, place + 1));
            let digits = right[place].is_ascii_digit() || place + 1 != last;
            // GS1 (3 and 1): 0-5, 1-6, 2-7, 3-8, 4-9. Identcode (4 and 9): any two that are both even or both odd,
            // save the last, where it sees all. UPS (1 and 2): none, save beside the check digit, which weighs one
            // as its neighbour does: none is seen there. OnTrac (2 and 1): none.
            digits && (here.abs_diff(next) * value(place).abs_diff(value(place + 1))).is_multiple_of(10)
        }
        (Rule::Luhn, Slip::Change(..)) => false,
        (Rule::Luhn, Slip::Exchange(place)) => value(place).abs_diff(value(place + 1)) == 9,
        // 0-7, 1-8, 2-9. The check digit is never above 6.
        (Rule::Seven, Slip::Change(place, to)) => place != last && value(place).abs_diff(value_of(rule, to)) == 7,
        (Rule::Seven, Slip::Exchange(place)) => place + 1 != last && value(place).abs_diff(value(place + 1)) == 7,
        // The remainders 0 and 10 are both written 0; beside the check digit, 0 and 5 where they are those remainders.
        (Rule::FedEx, Slip::Change(place, _)) => place != last && remainders(rule, right, slip) == [0, 10],
        (Rule::FedEx, Slip::Exchange(place)) if place + 1 == last => match (value(place), value(last)) {
            (0, 5) => true,
            (5, 0) => remainders(rule, right, slip)[1] == 10,
            _ => false,
        },
        (Rule::FedEx, Slip::Exchange(_)) => remainders(rule, right, slip) == [0, 10],
        // The remainders 0 and 6 are both written 5; beside the check digit, 0 and 2, 4 and 5.
        (Rule::S10, Slip::Change(place, _)) => place != last && remainders(rule, right, slip) == [0, 6],
        (Rule::S10, Slip::Exchange(place)) if place + 1 == last => match (value(place), value(last)) {
            (5, 4) | (0, 2) | (2, 0) => true,
            (4, 5) => remainders(rule, right, slip)[0] == 0,
            _ => false,
        },
        (Rule::S10, Slip::Exchange(_)) => remainders(rule, right, slip) == [0, 6],
        // Neighbours in the alphabet (9 and A, Z and 0 too), after one of 36 products; beside the check character only
        // 0 and 1.
        (Rule::Iso7064, Slip::Change(..)) => false,
        (Rule::Iso7064, Slip::Exchange(place)) => {
            let (here, next) = (value(place), value(place + 1));
            let product = product(&right[..place]);
            let neighbours = |low: usize, high: usize| (low + 1) % 36 == high && (product + low) % 36 == 18;
            (neighbours(here, next) || neighbours(next, here)) && (place + 1 != last || here + next == 1)
        }
    }
}

/// The weight of a place; the check digit weighs one.
fn weigh(weights: &[usize], last: usize, place: usize) -> usize {
    if place == last {
        1
    } else {
        weights[(last - 1 - place) % weights.len()]
    }
}

/// The remainders modulo 11 with and without the slip, the smaller first.
fn remainders(rule: Rule, right: &[u8], slip: Slip) -> [usize; 2] {
    let remainder = |text: &[u8]| {
        let before = &text[..text.len() - 1];
        let weighed: usize = before
            .iter()
            .enumerate()
            .map(|(place, c)| {
                let weight = match rule {
                    Rule::S10 => [8, 6, 4, 2, 3, 5, 9, 7][place],
                    _ => [1, 3, 7][(before.len() - 1 - place) % 3],
                };
                weight * value_of(rule, *c)
            })
            .sum();
        weighed % 11
    };
    let mut both = [remainder(right), remainder(&slip.of(right))];
    both.sort_unstable();
    both
}

/// ISO 7064's product after these characters.
fn product(before: &[u8]) -> usize {
    before.iter().fold(36, |product, c| {
        let sum = (product + value_of(Rule::Iso7064, *c)) % 36;
        (if sum == 0 { 36 } else { sum }) * 2 % 37
    })
}

fn value_of(rule: Rule, c: u8) -> usize {
    let base = if rule == Rule::Iso7064 { 36 } else { 10 };
    match char::from(c) {
        digit @ '0'..='9' => digit.to_digit(10).unwrap() as usize,
        letter if base == 36 => letter.to_digit(36).unwrap() as usize,
        // UPS: A is 2.
        letter => (letter as usize - 'A' as usize + 2) % 10,
    }
}
