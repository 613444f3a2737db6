//! Finding the elements of a list in JSON, byte by byte, without keeping any of it.
//!
//! It looks at brackets, quotes and the keys on the way to the list. Whether an element is well-formed is for its parser.

/// What came of scanning bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// More bytes are needed.
    More,
    /// An element begins with the next byte.
    Begin,
    /// An element ended.
    End,
    /// This is no JSON, from here on.
    Wrong(&'static str),
}

/// Longest key that is compared, in bytes as written.
const KEY_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Scan {
    path: Vec<String>,
    at: At,
    /// Open arrays and objects.
    depth: usize,
    /// How many keys of the path lie open.
    matched: usize,
    /// The last key, as written, if it is one to compare.
    key: Vec<u8>,
    text: Option<Text>,
    found: bool,
    /// Whether there was anything at all.
    begun: bool,
}

/// A string that is being read.
#[derive(Clone, Copy, Debug)]
struct Text {
    escaped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// On the way to the list, or behind it.
    Way,
    /// In the list, between elements.
    Between,
    /// An element begins with the next byte.
    Door,
    /// In an element.
    Element {
        /// The depth outside of it.
        outside: usize,
        /// Whether it is a number or a name, which ends before what follows it.
        bare: bool,
    },
}

impl Scan {
    pub(super) fn new(path: Vec<String>) -> Self {
        Self {
            path,
            at: At::Way,
            depth: 0,
            matched: 0,
            key: Vec::new(),
            text: None,
            found: false,
            begun: false,
        }
    }

    /// Whether everything that was opened is closed.
    pub(super) fn is_complete(&self) -> bool {
        self.depth == 0 && self.text.is_none()
    }

    /// Whether no list was at the end of the path, though there was something.
    pub(super) fn missed(&self) -> bool {
        self.begun && !self.found
    }

    /// Scans bytes: how many it took, and what came of them.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> (usize, Seen) {
        for (index, byte) in bytes.iter().enumerate() {
            let seen = match self.at {
                At::Way => self.on_way(*byte),
                At::Between => match byte {
                    b' ' | b'\t' | b'\r' | b'\n' | b',' => Seen::More,
                    b']' => {
                        self.at = At::Way;
                        self.close();
                        Seen::More
                    }
                    _ => {
                        self.at = At::Door;
                        return (index, Seen::Begin);
                    }
                },
                At::Door => {
                    let bare = !matches!(byte, b'{' | b'[' | b'"');
                    let outside = self.depth;
                    self.at = At::Element { outside, bare };
                    self.in_element(*byte, outside, bare)
                }
                At::Element { bare: true, .. } if matches!(byte, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n') => {
                    self.at = At::Between;
                    return (index, Seen::End);
                }
                At::Element { outside, bare } => self.in_element(*byte, outside, bare),
            };
            if seen != Seen::More {
                return (index + 1, seen);
            }
        }
        (bytes.len(), Seen::More)
    }

    fn in_element(&mut self, byte: u8, outside: usize, bare: bool) -> Seen {
        if bare {
            return Seen::More;
        }
        match (&mut self.text, byte) {
            (Some(text), _) if text.escaped => text.escaped = false,
            (Some(text), b'\\') => text.escaped = true,
            (Some(_), b'"') => self.text = None,
            (Some(_), _) => return Seen::More,
            (None, b'"') => self.text = Some(Text { escaped: false }),
            (None, b'{' | b'[') => self.depth += 1,
            (None, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
            (None, _) => return Seen::More,
        }
        if self.text.is_none() && self.depth <= outside {
            self.at = At::Between;
            return Seen::End;
        }
        Seen::More
    }

    fn on_way(&mut self, byte: u8) -> Seen {
        if let Some(text) = &mut self.text {
            match byte {
                _ if text.escaped => text.escaped = false,
                b'\\' => text.escaped = true,
                b'"' => {
                    self.text = None;
                    return Seen::More;
                }
                _ => {}
            }
            if self.key.len() < KEY_BYTES {
                self.key.push(byte);
            }
            return Seen::More;
        }
        match byte {
            b'"' => {
                self.key.clear();
                self.text = Some(Text { escaped: false });
            }
            b'{' => {
                // The way goes on when all objects so far are on it, and the next one stands under the right key.
                if self.depth > 0 && self.is_on_way() && self.matched < self.path.len() && self.key_fits() {
                    self.matched += 1;
                }
                self.depth += 1;
            }
            b'[' => {
                let is_list = if self.path.is_empty() {
                    self.depth == 0
                } else {
                    self.is_on_way() && self.matched + 1 == self.path.len() && self.key_fits()
                };
                self.depth += 1;
                if is_list {
                    self.found = true;
                    self.at = At::Between;
                }
            }
            b'}' | b']' => self.close(),
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => {}
            _ if self.depth == 0 => return Seen::Wrong("the file is no JSON: check the layout's format"),
            _ => {}
        }
        self.begun |= !byte.is_ascii_whitespace();
        // A key counts for the value right behind it.
        if matches!(byte, b'{' | b'[' | b',') {
            self.key.clear();
        }
        Seen::More
    }

    /// Whether the innermost open object is the last one of the way so far.
    fn is_on_way(&self) -> bool {
        self.depth == self.matched + 1
    }

    fn key_fits(&self) -> bool {
        let wanted = self.path.get(self.matched).map(String::as_bytes);
        wanted == Some(self.key.as_slice())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.matched > 0 && self.depth <= self.matched {
            self.matched = self.depth.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &[&str], json: &str, elements: &[&str]) {
        for size in [1, json.len()] {
            let mut scan = Scan::new(path.iter().map(|&key| key.to_owned()).collect());
            let (mut found, mut begin, mut at) = (Vec::new(), 0, 0);
            for piece in json.as_bytes().chunks(size) {
                let end = at + piece.len();
                while at < end {
                    let (taken, seen) = scan.scan(&json.as_bytes()[at..end]);
                    at += taken;
                    match seen {
                        Seen::Begin => begin = at,
                        Seen::End => found.push(&json[begin..at]),
                        Seen::More => assert_eq!(at, end),
                        Seen::Wrong(why) => panic!("{why}"),
                    }
                }
            }
            assert_eq!(found, elements, "{json}");
            assert!(scan.is_complete() && !scan.missed(), "{json}");
        }
    }

    #[test]
    fn elements_are_found() {
        check(&[], "[]", &[]);
        check(
            &[],
            r#" [ {"a":"]"} , [1,2],"x\"]",12, null]"#,
            &[r#"{"a":"]"}"#, "[1,2]", r#""x\"]""#, "12", "null"],
        );
        check(&[], "[1][2]", &["1", "2"]);
        check(
            &["data"],
            r#"{"no":[1],"data":[{"data":[2]},3],"x":{"data":[4]}}"#,
            &[r#"{"data":[2]}"#, "3"],
        );
        check(
            &["a", "b"],
            r#"{"b":[1],"a":{"c":{"b":[2]},"b":[3]},"n":[{"b":[5]}]}"#,
            &["3"],
        );
        check(&["a", "b"], r#"{"x":"a","a":[{"b":[1]}],"a":{"b":[2]}}"#, &["2"]);
    }
}
