//! What FTP servers write about a directory.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use suppaftp::list::ListParser;

/// A file as a listing tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size: Option<u64>,
    pub(super) modified_ms: Option<i64>,
}

/// A line, or a whole form, that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// How a directory is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `MLSD` (RFC 3659 section 7): made for programs, with size and time in UTC.
    Facts,
    /// `LIST`: made for people, in the manner of `ls` or DOS. Only the name is taken; the time has no zone, often no
    /// year, and changes its form with age.
    Long,
    /// `NLST`: bare names, directories among them.
    Names,
}

impl Form {
    pub(super) const BEST_FIRST: [Self; 3] = [Self::Facts, Self::Long, Self::Names];

    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Facts => "MLSD",
            Self::Long => "LIST",
            Self::Names => "NLST",
        }
    }

    /// The file of a line; `None` for a directory or a line that names nothing.
    pub(super) fn read(self, line: &str) -> Result<Option<Entry>, Unreadable> {
        if line.is_empty() {
            return Ok(None);
        }
        match self {
            Self::Facts => facts(line),
            Self::Long => long(line),
            Self::Names => Ok(name(line.rsplit('/').next().unwrap_or(line))),
        }
    }
}

/// `type=file;size=12;modify=20261120110000.123; name`
fn facts(line: &str) -> Result<Option<Entry>, Unreadable> {
    let (facts, path) = match line.strip_prefix(' ') {
        Some(path) => ("", path),
        None => line.split_once("; ").ok_or(Unreadable)?,
    };
    let Some(mut entry) = name(path) else {
        return Ok(None);
    };
    for fact in facts.split(';') {
        let Some((key, value)) = fact.split_once('=') else {
            continue;
        };
        match key.to_ascii_lowercase().as_str() {
            "type" if !value.eq_ignore_ascii_case("file") => return Ok(None),
            "size" => entry.size = value.parse().ok(),
            "modify" => entry.modified_ms = utc_milliseconds(value),
            _ => {}
        }
    }
    Ok(Some(entry))
}

fn long(line: &str) -> Result<Option<Entry>, Unreadable> {
    if line.starts_with("total ") {
        return Ok(None);
    }
    let file = ListParser::parse_posix(line)
        .or_else(|_| ListParser::parse_dos(line))
        .map_err(|_| Unreadable)?;
    Ok(if file.is_directory() { None } else { name(file.name()) })
}

/// A name within the directory; a path that leads elsewhere is none.
fn name(name: &str) -> Option<Entry> {
    let within = !name.is_empty() && name != "." && name != ".." && !name.contains('/');
    within.then(|| Entry {
        name: name.to_owned(),
        size: None,
        modified_ms: None,
    })
}

/// `YYYYMMDDHHMMSS` with or without a fraction (RFC 3659 section 2.3), as milliseconds since 1970.
fn utc_milliseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let time = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    let whole = Offset::UTC.to_timestamp(time).ok()?.as_millisecond();
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(whole + thousandths.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, size: Option<u64>, modified_ms: Option<i64>) -> Option<Entry> {
        Some(Entry {
            name: name.into(),
            size,
            modified_ms,
        })
    }

    #[test]
    fn facts_of_a_file() {
        let check = |line: &str, expect: Result<Option<Entry>, Unreadable>| {
            assert_eq!(Form::Facts.read(line), expect, "{line}");
        };
        let time = Some(1_795_172_400_000);
        check(
            "type=file;size=12;modify=20261120110000; a.csv",
            Ok(entry("a.csv", Some(12), time)),
        );
        check("Type=FILE;Size=12;Modify=20261120110000.5;UNIX.mode=0644; a.csv", {
            Ok(entry("a.csv", Some(12), Some(1_795_172_400_500)))
        });
        check(
            "modify=20261120110000.123456; a b; c.csv",
            Ok(entry("a b; c.csv", None, Some(1_795_172_400_123))),
        );
        check(" bare.csv", Ok(entry("bare.csv", None, None)));
        check("type=file;size=-1;modify=2026; a", Ok(entry("a", None, None)));
        check("type=file;modify=20261399110000; a", Ok(entry("a", None, None)));
        check("type=file;modify=20261120110000.x; a", Ok(entry("a", None, None)));
        check("type=file; ../../etc/passwd", Ok(None));
        check("type=cdir; .", Ok(None));
        check("type=dir; archive", Ok(None));
        check("type=OS.unix=slink:/x; link", Ok(None));
        check("type=file; ", Ok(None));
        check("", Ok(None));
        check("-rw-r--r-- 1 dpd dpd 12 Nov 20 11:00 a.csv", Err(Unreadable));
    }

    #[test]
    fn lines_for_people() {
        let check = |line: &str, expect: Result<Option<Entry>, Unreadable>| {
            assert_eq!(Form::Long.read(line), expect, "{line}");
        };
        check("total 12", Ok(None));
        check(
            "-rw-r--r-- 1 dpd dpd 12 Nov 20 11:00 a.csv",
            Ok(entry("a.csv", None, None)),
        );
        check(
            "-rw-r--r-- 1 dpd dpd 12 Nov 20 2025 a b.csv",
            Ok(entry("a b.csv", None, None)),
        );
        check(
            "lrwxrwxrwx 1 dpd dpd 12 Nov 20 2025 a.csv -> b.csv",
            Ok(entry("a.csv", None, None)),
        );
        check("drwxr-xr-x 2 dpd dpd 4096 Nov 20 11:00 archive", Ok(None));
        check("11-20-26  11:00AM       12 a.csv", Ok(entry("a.csv", None, None)));
        check("11-20-26  11:00AM       <DIR> archive", Ok(None));
        check("a.csv 12 bytes", Err(Unreadable));
    }

    #[test]
    fn bare_names() {
        let check = |line: &str, expect: Option<Entry>| assert_eq!(Form::Names.read(line), Ok(expect), "{line}");
        check("a.csv", entry("a.csv", None, None));
        check("/out/events/a b.csv", entry("a b.csv", None, None));
        check(".", None);
        check("/out/..", None);
        check("/out/", None);
    }
}
