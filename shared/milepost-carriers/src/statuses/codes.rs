//! One list of event codes: a carrier's own, and how an event's codes are looked up in it.

use milepost_model::DetailCode;

/// What a carrier's event codes mean, and where the list was read.
///
/// Codes are compared as written: `of` is not USPS's `OF`.
#[derive(Debug, PartialEq)]
pub struct Codes {
    /// The public source, in a few words.
    pub source: &'static str,
    /// How many codes there are, the silent ones among them.
    pub listed: usize,
    means: &'static [(&'static str, DetailCode)],
    silent: &'static [&'static str],
    pairs: &'static [(&'static str, &'static str, DetailCode)],
    zeros_before: bool,
}

/// What is known of an event's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// They mean this.
    Means(DetailCode),
    /// The carrier lists them, but they say nothing of where the parcel stands (a notification, a change of the
    /// expected date), or no source settles what they say. There is nothing to add to the table.
    Silent,
    /// They stand in no table: somebody should look them up.
    Unknown,
}

impl Codes {
    /// `means` is sorted by code.
    pub(crate) const fn new(source: &'static str, listed: usize, means: &'static [(&'static str, DetailCode)]) -> Self {
        Self {
            source,
            listed,
            means,
            silent: &[],
            pairs: &[],
            zeros_before: false,
        }
    }

    /// Listed by the source, and no detail follows from them. Sorted.
    pub(crate) const fn silent(self, silent: &'static [&'static str]) -> Self {
        Self { silent, ..self }
    }

    /// A generic and a specific code that mean something only together. Sorted.
    pub(crate) const fn pairs(self, pairs: &'static [(&'static str, &'static str, DetailCode)]) -> Self {
        Self { pairs, ..self }
    }

    /// The carrier's systems write its numbers with zeros before them: `0174` is `174`.
    pub(crate) const fn zeros_before(self) -> Self {
        Self {
            zeros_before: true,
            ..self
        }
    }

    /// How many codes have no meaning of their own.
    pub fn silent_count(&self) -> usize {
        self.silent.len()
    }

    /// The rows: each code that means something, with its meaning.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, DetailCode)> {
        self.means.iter().copied()
    }

    /// What an event's code and its more specific code say: the two together where the table has the pair, else the
    /// specific code, else the code.
    pub fn known(&self, code: &str, specific: &str) -> Known {
        let detail = self
            .pair(code, specific)
            .or_else(|| self.detail(specific))
            .or_else(|| self.detail(code));
        match detail {
            Some(detail) => Known::Means(detail),
            None if code.is_empty() && specific.is_empty() => Known::Silent,
            None if self.is_silent(code) || self.is_silent(specific) => Known::Silent,
            None => Known::Unknown,
        }
    }

    /// What they mean. `None`: nothing that is known.
    pub fn meaning(&self, code: &str, specific: &str) -> Option<DetailCode> {
        match self.known(code, specific) {
            Known::Means(detail) => Some(detail),
            Known::Silent | Known::Unknown => None,
        }
    }

    fn detail(&self, code: &str) -> Option<DetailCode> {
        let code = self.trimmed(code);
        let at = self.means.binary_search_by(|(known, _)| (*known).cmp(code)).ok()?;
        self.means.get(at).map(|row| row.1)
    }

    fn pair(&self, code: &str, specific: &str) -> Option<DetailCode> {
        let wanted = (code, specific);
        let at = self.pairs.binary_search_by(|row| (row.0, row.1).cmp(&wanted)).ok()?;
        self.pairs.get(at).map(|row| row.2)
    }

    fn is_silent(&self, code: &str) -> bool {
        self.silent.binary_search(&self.trimmed(code)).is_ok()
    }

    fn trimmed<'a>(&self, code: &'a str) -> &'a str {
        if self.zeros_before && code.bytes().all(|byte| byte.is_ascii_digit()) {
            code.trim_start_matches('0')
        } else {
            code
        }
    }
}

#[cfg(test)]
impl Codes {
    /// The head of the table's file, `text`, says how many codes it has; a reader must be able to believe it.
    #[track_caller]
    pub(crate) fn assert_head(&self, text: &str) {
        let head: Vec<_> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(str::trim)
            .collect();
        let stated = format!("{} codes", self.listed);
        assert!(head.join(" ").contains(&stated), "the head says: {stated}");
    }

    /// Every list in ascending order, nothing twice, and the count as stated.
    #[track_caller]
    pub(crate) fn assert_sound(&self) {
        let of = self.source;
        assert!(
            self.means.is_sorted_by(|a, b| a.0 < b.0),
            "{of}: sorted by code, no code twice"
        );
        assert!(
            self.silent.is_sorted_by(|a, b| a < b),
            "{of}: silent codes sorted, none twice"
        );
        assert!(
            self.pairs.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)),
            "{of}: pairs sorted"
        );
        for code in self.silent {
            assert!(
                self.detail(code).is_none(),
                "{of}: {code} is silent and means something"
            );
        }
        for (code, _) in self.means {
            assert!(self.detail(code).is_some(), "{of}: {code} is found");
            assert!(!code.is_empty() && code.trim() == *code, "{of}: {code:?}");
            assert_ne!(
                self.rows().find(|row| row.0 == *code).unwrap().1,
                DetailCode::CarrierStatusNotMapped
            );
        }
        assert_eq!(
            self.means.len() + self.silent.len(),
            self.listed,
            "{of}: as many as stated"
        );
    }
}

#[cfg(test)]
mod tests {
    use milepost_model::DetailCode as D;

    use super::*;

    const CODES: Codes = Codes::new(
        "a test",
        5,
        &[
            ("17", D::InTransit),
            ("DE", D::UnspecifiedException),
            ("OK", D::Delivered),
        ],
    )
    .silent(&["EI", "QQ"])
    .pairs(&[("I", "OT", D::OutForDelivery), ("OK", "DE", D::DeliveredDamaged)])
    .zeros_before();

    #[track_caller]
    fn check(code: &str, specific: &str, known: Known) {
        assert_eq!(CODES.known(code, specific), known, "{code:?} {specific:?}");
    }

    #[test]
    fn the_pair_goes_first_then_the_specific_code_then_the_code() {
        CODES.assert_sound();
        check("OK", "", Known::Means(D::Delivered));
        check("OK", "17", Known::Means(D::InTransit));
        check("I", "OT", Known::Means(D::OutForDelivery));
        check("OK", "DE", Known::Means(D::DeliveredDamaged));
        check("DE", "OT", Known::Means(D::UnspecifiedException));
    }

    #[test]
    fn silent_codes_are_known() {
        check("QQ", "", Known::Silent);
        check("ZZ", "QQ", Known::Silent);
        check("", "", Known::Silent);
        check("OK", "QQ", Known::Means(D::Delivered));
    }

    #[test]
    fn others_are_not() {
        check("ZZ", "", Known::Unknown);
        check("ok", "", Known::Unknown);
        check("I", "", Known::Unknown);
        check("", "OT", Known::Unknown);
    }

    #[test]
    fn zeros_before_a_number_are_passed_over() {
        check("0017", "", Known::Means(D::InTransit));
        check("0OK", "", Known::Unknown);
        check("000", "", Known::Unknown);
    }
}
