//! What a source says of a file at one moment: by this a file is told from another one of its name.

use super::FeedFile;

/// Size, time and tag of a file. `None` is what the source does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileState {
    pub(super) size: Option<u64>,
    pub(super) modified_ms: Option<i64>,
    pub(super) etag: Option<String>,
}

impl FileState {
    /// That of a listed file.
    pub(super) fn of(file: &FeedFile) -> Self {
        Self {
            size: file.size,
            modified_ms: file.modified_ms,
            etag: file.etag.clone(),
        }
    }

    /// Whether it is the same file still, as far as both say.
    pub(super) fn is(&self, now: &Self) -> bool {
        self.is_by(now, |then, now| then == now)
    }

    /// The same, where two times can mean one moment.
    pub(super) fn is_by(&self, now: &Self, same_time: impl Fn(i64, i64) -> bool) -> bool {
        // Some servers quote the tag in one answer and not in the other.
        let same_tag = |then: &str, now: &str| then.trim_matches('"') == now.trim_matches('"');
        agree(self.size, now.size, |then, now| then == now)
            && agree(self.modified_ms, now.modified_ms, same_time)
            && agree(self.etag.as_deref(), now.etag.as_deref(), same_tag)
    }

    /// What is known after the same file was seen again. Of two times that mean one moment the later word stays.
    pub(super) fn seen_as(&self, now: Self) -> Self {
        Self {
            size: self.size.or(now.size),
            modified_ms: now.modified_ms.or(self.modified_ms),
            etag: self.etag.clone().or(now.etag),
        }
    }
}

fn agree<T>(then: Option<T>, now: Option<T>, equal: impl Fn(T, T) -> bool) -> bool {
    match (then, now) {
        (Some(then), Some(now)) => equal(then, now),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_as_far_as_both_say() {
        let state = |size, modified_ms, etag: Option<&str>| FileState {
            size,
            modified_ms,
            etag: etag.map(str::to_owned),
        };
        let check = |then: &FileState, now: &FileState, expect| {
            assert_eq!(then.is(now), expect, "{then:?} {now:?}");
            assert_eq!(now.is(then), expect, "{now:?} {then:?}");
        };
        let whole = state(Some(10), Some(1_000), Some("\"a\""));
        check(&whole, &whole, true);
        check(&whole, &FileState::default(), true);
        check(&whole, &state(Some(10), None, None), true);
        check(&whole, &state(None, None, Some("a")), true);
        check(&whole, &state(Some(11), Some(1_000), Some("\"a\"")), false);
        check(&whole, &state(Some(10), Some(1_001), Some("\"a\"")), false);
        check(&whole, &state(Some(10), Some(1_000), Some("\"b\"")), false);
        assert!(whole.is_by(&state(None, Some(9), None), |_, _| true));
    }

    #[test]
    fn what_is_known_grows() {
        let listed = FileState {
            modified_ms: Some(3_600_000),
            ..FileState::default()
        };
        let now = FileState {
            size: Some(10),
            modified_ms: Some(0),
            etag: Some("a".to_owned()),
        };
        assert_eq!(listed.seen_as(now.clone()), now);
        assert_eq!(now.seen_as(FileState::default()), now);
    }
}
