//! Names as the tables know them: without case, marks, spaces and abbreviations, so that `ST. LOUIS`, `Saint Louis` and
//! `SAINTLOUIS` are one, and `München`, `MUNCHEN` and `Muenchen`. The generator folds the names in the tables alike.

/// A and Z letters for the Latin letters with marks: two bytes each, padded with spaces.
static LETTERS: &[[u8; 2]] = include_bytes!("../../places/letters.bin").as_chunks().0;

/// The code points that [`LETTERS`] holds, as first and end: Latin-1 to Latin Extended-B, and Vietnamese.
const LETTER_RANGES: [(u32, u32); 2] = [(0xC0, 0x250), (0x1E00, 0x1F00)];

/// No place has a longer name; a longer text is a message.
const LONGEST_BYTES: usize = 200;

const APOSTROPHES: &str = "'’‘ʻʼ`´";

/// What words stand for. Sorted.
const WORDS: &[(&str, &str)] = &[
    ("BCH", "BEACH"),
    ("CTY", "CITY"),
    ("E", "EAST"),
    ("FT", "FORT"),
    ("HBR", "HARBOR"),
    ("HTS", "HEIGHTS"),
    ("IS", "ISLAND"),
    ("JCT", "JUNCTION"),
    ("LK", "LAKE"),
    ("MT", "MOUNT"),
    ("N", "NORTH"),
    ("PT", "POINT"),
    ("S", "SOUTH"),
    ("SANKT", "SAINT"),
    ("SINT", "SAINT"),
    ("SPGS", "SPRINGS"),
    ("ST", "SAINT"),
    ("STA", "SANTA"),
    ("STE", "SAINTE"),
    ("STO", "SANTO"),
    ("VLG", "VILLAGE"),
    ("VLY", "VALLEY"),
    ("W", "WEST"),
];

/// The key of a name in the tables: FNV-1a of the folded name. `None` for what cannot be in them: nothing, a letter of
/// another script, a text that is too long.
pub(super) fn key(name: &str) -> Option<u32> {
    let folded = fold(name).filter(|folded| !folded.is_empty())?;
    let hash = |state: u32, byte| (state ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    Some(folded.bytes().fold(0x811C_9DC5, hash))
}

/// The words of a name, as they are written.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split(|c: char| !c.is_alphanumeric() && !is_silent(c));
    words.filter(|word| !word.is_empty())
}

fn fold(name: &str) -> Option<String> {
    if name.len() > LONGEST_BYTES {
        return None;
    }
    let (mut joined, mut word) = (String::with_capacity(name.len()), String::new());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_uppercase());
        } else if let Some(letters) = without_marks(c) {
            word.push_str(letters);
        } else if !is_silent(c) {
            if c.is_alphanumeric() {
                return None;
            }
            joined.push_str(spelled_out(&word));
            word.clear();
        }
    }
    joined.push_str(spelled_out(&word));
    Some(without_digraphs(&joined))
}

/// The plain letters of one with marks. `None` for one that the Latin alphabet does not know.
fn without_marks(c: char) -> Option<&'static str> {
    let mut before = 0;
    for (first, end) in LETTER_RANGES {
        if (first..end).contains(&u32::from(c)) {
            let row = LETTERS.get(usize::try_from(before + u32::from(c) - first).ok()?)?;
            return str::from_utf8(row.trim_ascii_end())
                .ok()
                .filter(|plain| !plain.is_empty());
        }
        before += end - first;
    }
    None
}

/// Apostrophes, and marks that stand behind their letter.
fn is_silent(c: char) -> bool {
    APOSTROPHES.contains(c) || ('\u{300}'..='\u{36F}').contains(&c)
}

fn spelled_out(word: &str) -> &str {
    let row = WORDS.binary_search_by_key(&word, |(short, _)| short);
    row.ok().and_then(|row| WORDS.get(row)).map_or(word, |(_, long)| long)
}

/// Umlauts written out: AE, OE and UE are Ä, Ö and Ü, AA is Å. It also shortens names that never had one, and so does
/// the generator.
fn without_digraphs(joined: &str) -> String {
    let mut before = '-';
    let kept = joined.chars().filter(|letter| {
        let second = matches!((before, letter), ('A' | 'O' | 'U', 'E') | ('A', 'A'));
        before = *letter;
        !second
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(names: &[&str], expect: &str) {
        for name in names {
            assert_eq!(fold(name).as_deref(), Some(expect), "{name:?}");
        }
    }

    #[test]
    fn one_town_however_written() {
        check(&["ST. LOUIS", "Saint Louis", "SAINTLOUIS", "st louis"], "SAINTLOUIS");
        check(&["München", "MUNCHEN", "Muenchen", "Mu\u{308}nchen"], "MUNCHEN");
        check(&["Århus", "AARHUS", "Aarhus"], "ARHUS");
        check(&["Coeur d'Alene", "COEUR D ALENE", "COEUR D’ALENE"], "COURDALENE");
        check(&["N LAS VEGAS", "North Las Vegas"], "NORTHLASVEGAS");
        check(&["FT WORTH", "Fort Worth"], "FORTWORTH");
        check(&["MT. VERNON", "Mount Vernon"], "MOUNTVERNON");
        check(&["Łódź", "LODZ"], "LODZ");
        check(&["Đà Nẵng", "DA NANG"], "DANANG");
        check(&["Gießen", "GIESSEN"], "GIESSEN");
        check(&["İstanbul", "ISTANBUL", "Istanbul"], "ISTANBUL");
        check(&["", " ", "--", "'"], "");
    }

    #[test]
    fn what_no_table_holds() {
        for name in ["Москва", "東京", "القاهرة"] {
            assert_eq!(fold(name), None, "{name}");
        }
        assert_eq!(key(""), None);
        assert_eq!(key("--"), None);
        assert_eq!(key(&"A".repeat(LONGEST_BYTES + 1)), None);
    }

    #[test]
    fn tables_are_well_formed() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
        let held: u32 = LETTER_RANGES.iter().map(|(first, end)| end - first).sum();
        assert_eq!(LETTERS.len(), usize::try_from(held).unwrap());
        for row in LETTERS {
            let plain = row.trim_ascii_end();
            assert!(plain.iter().all(u8::is_ascii_uppercase), "{row:?}");
        }
    }

    proptest! {
        /// Any text folds to plain letters and digits or to nothing.
        #[test]
        fn any_text_folds(name in "\\PC{0,60}") {
            if let Some(folded) = fold(&name) {
                prop_assert!(folded.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{}", folded);
            }
        }
    }
}
