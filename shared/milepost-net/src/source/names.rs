//! Names of feed files: which are wanted, and which are not finished yet.

/// Endings that uploading programs give a file until it is whole.
const UNFINISHED: [&str; 3] = [".tmp", ".part", ".filepart"];

/// Whether a name says that the file is still being written.
pub fn is_unfinished(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    UNFINISHED.iter().any(|ending| name.ends_with(ending))
}

/// Which names are wanted: `*` stands for any characters, also none and also `/`; all else for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// Names that are wanted besides.
    other: Option<String>,
}

impl Pattern {
    /// A pattern as written in a connection's settings.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            other: None,
        }
    }

    /// Wants names of another pattern too, such as those of the markers that tell whole files.
    #[must_use]
    pub fn or(self, other: Option<String>) -> Self {
        Self { other, ..self }
    }

    /// Whether the name is wanted. Takes time in proportion to both lengths, whatever they hold.
    pub fn matches(&self, name: &str) -> bool {
        Self::fits(&self.text, name) || self.other.as_ref().is_some_and(|other| Self::fits(other, name))
    }

    fn fits(pattern: &str, name: &str) -> bool {
        let mut pieces = pattern.split('*');
        // A split gives at least one piece.
        let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = pieces.next_back() else {
            return rest.is_empty();
        };
        for piece in pieces {
            // The leftmost place is as good as any: whatever fits after a later one fits after it.
            match rest.split_once(piece) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl Default for Pattern {
    /// Every name.
    fn default() -> Self {
        Self::new("*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let check = |pattern: &str, name: &str, expect: bool| {
            assert_eq!(Pattern::new(pattern).matches(name), expect, "{pattern} {name}");
        };
        check("*", "", true);
        check("*", "events.csv", true);
        check("", "", true);
        check("", "a", false);
        check("events.csv", "events.csv", true);
        check("events.csv", "events.csv.gz", false);
        check("SCANINFO_*", "SCANINFO_DE0000_D20261120T110000_482913", true);
        check("SCANINFO_*", "SCANINFOCR_DE0000", false);
        check("*.csv", "events.csv", true);
        check("*.csv", ".csv", true);
        check("*.csv", "events.csv.gz", false);
        check("*.csv", "events.CSV", false);
        check("*.csv*", "events.csv.gz", true);
        check("a*b*c", "abc", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "acb", false);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("**", "x", true);
        check("*.csv", "2026/11/20/events.csv", true);
        check("[a]?", "[a]?", true);
        check("*é*", "café.csv", true);
    }

    #[test]
    fn a_hostile_pattern_is_quick() {
        let name = "a".repeat(100_000);
        assert!(!Pattern::new("*a".repeat(1_000) + "b").matches(&name));
    }

    #[test]
    fn unfinished_names() {
        for name in ["a.tmp", "a.csv.part", "A.FILEPART", "in/2026/a.csv.Tmp", ".tmp"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in [
            "a.csv",
            "tmp",
            "a.tmp.csv",
            "part",
            "a.parts",
            "SCANINFO_DE0000_D20261120T110000_482913",
        ] {
            assert!(!is_unfinished(name), "{name}");
        }
    }
}
