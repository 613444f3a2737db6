//! Files that nobody is writing any more.

use std::collections::HashMap;

use super::FeedFile;
use super::names::is_unfinished;

/// The files of this look that were there at the previous look with the same size, tag and time.
///
/// FTP servers list a file from its first byte on, so a file that is new or still changing waits for the next look. A
/// source that tells neither size nor time gives no better sign than a name that was there twice.
pub fn settled<'a>(previous_look: &[FeedFile], this_look: &'a [FeedFile]) -> Vec<&'a FeedFile> {
    let before: HashMap<&str, &FeedFile> = previous_look.iter().map(|file| (file.name.as_str(), file)).collect();
    this_look
        .iter()
        .filter(|file| !is_unfinished(&file.name))
        .filter(|file| before.get(file.name.as_str()).is_some_and(|before| before == file))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: Option<u64>, modified_ms: Option<i64>) -> FeedFile {
        FeedFile {
            name: name.into(),
            size,
            etag: None,
            modified_ms,
        }
    }

    #[test]
    fn only_what_did_not_change_between_two_looks() {
        let check = |before: &[FeedFile], now: &[FeedFile], expect: &[&str]| {
            let found: Vec<&str> = settled(before, now).iter().map(|file| file.name.as_str()).collect();
            assert_eq!(found, expect, "{before:?} {now:?}");
        };
        let whole = file("a.csv", Some(10), Some(1_000));
        check(&[], &[], &[]);
        check(&[], std::slice::from_ref(&whole), &[]);
        check(std::slice::from_ref(&whole), &[], &[]);
        check(std::slice::from_ref(&whole), std::slice::from_ref(&whole), &["a.csv"]);
        check(
            &[file("a.csv", Some(9), Some(1_000))],
            std::slice::from_ref(&whole),
            &[],
        );
        check(&[file("a.csv", Some(10), Some(999))], std::slice::from_ref(&whole), &[]);
        check(&[file("a.csv", Some(10), None)], std::slice::from_ref(&whole), &[]);
        check(
            &[file("b.csv", Some(10), Some(1_000))],
            std::slice::from_ref(&whole),
            &[],
        );
        check(&[file("a", None, None)], &[file("a", None, None)], &["a"]);
        let tagged = |tag: &str| FeedFile {
            etag: Some(tag.into()),
            ..whole.clone()
        };
        check(&[tagged("1")], &[tagged("2")], &[]);
        check(&[tagged("1")], &[tagged("1")], &["a.csv"]);
    }

    #[test]
    fn an_unfinished_name_never_settles() {
        let file = file("a.csv.part", Some(10), Some(1_000));
        assert!(settled(std::slice::from_ref(&file), std::slice::from_ref(&file)).is_empty());
    }

    #[test]
    fn a_name_once_unfinished_settles_under_its_final_name() {
        let before = [file("a.csv.part", Some(10), Some(1)), file("b.csv", Some(5), Some(1))];
        let now = [file("a.csv", Some(10), Some(1)), file("b.csv", Some(5), Some(1))];
        assert_eq!(settled(&before, &now), [&now[1]]);
    }
}
