//! XML: each element of a name is a row.
//!
//! Tags are cut here, by [`token`], because a parser that reads to the end of a tag would keep a tag of a gigabyte; what a
//! tag, an attribute or an entity says is `quick-xml`'s to tell. There is no DTD: a file with a `DOCTYPE` is refused, so
//! that no entity is ever defined, let alone expanded.

mod token;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use crate::grammar::{Grammar, Step};
use crate::{FeedError, Limits, Picks, RowFault};
use token::Token;

/// How an XML file is read. Namespaces are not looked at: `a:status` is `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlFormat {
    /// Names of the elements that are rows: `["Delivery", "Exception"]`.
    pub rows: Vec<String>,
    /// The values that are read. `Town` and `Location/Town` are elements within the row, `Location/@code` an attribute,
    /// `*` the row's own name; a path with a slash before it, `/shipments/shipment/number`, begins at the file's root and
    /// is of an element that was closed before the row ends and whose parent is still open.
    pub fields: Vec<String>,
}

/// Deepest nesting. Documented files have eight levels.
const DEPTH: usize = 64;

/// Longest name of an element in bytes.
const NAME_BYTES: usize = 256;

/// Most elements that can be rows.
const ROWS: usize = 64;

pub(crate) struct XmlGrammar {
    rows: Vec<String>,
    fields: Vec<Field>,
    /// Names of the open elements, each behind a slash.
    path: String,
    /// Where each of them begins in `path`.
    open: Vec<usize>,
    /// Length of `path` at the row's element, and its depth.
    row: Option<(usize, usize)>,
    /// What stands directly in the innermost element, since its last child.
    text: String,
    /// Values of elements around the rows.
    around: Picks,
    limits: Limits,
}

enum Field {
    Name,
    InRow(String),
    Around(String),
}

impl XmlGrammar {
    pub(crate) fn new(format: &XmlFormat, limits: &Limits) -> Result<Self, FeedError> {
        if format.rows.is_empty() || format.rows.len() > ROWS {
            let problem = "rows must name 1 to 64 elements";
            return Err(FeedError::BadFormat { problem });
        }
        let field = |written: &String| match written.trim() {
            "*" => Field::Name,
            path if path.starts_with('/') => Field::Around(path.to_owned()),
            path => Field::InRow(path.to_owned()),
        };
        Ok(Self {
            rows: format.rows.clone(),
            fields: format.fields.iter().map(field).collect(),
            path: String::new(),
            open: Vec::new(),
            row: None,
            text: String::new(),
            around: Picks::new(format.fields.len(), limits),
            limits: *limits,
        })
    }

    fn start(&mut self, content: &str, row: &mut Picks) -> Result<Step, &'static str> {
        let (content, empty) = match content.strip_suffix('/') {
            Some(content) => (content, true),
            None => (content, false),
        };
        let length = content.find(|c: char| c.is_ascii_whitespace()).unwrap_or(content.len());
        let name = local(content.get(..length).unwrap_or_default());
        if name.is_empty() || name.len() > NAME_BYTES {
            return Err("this tag has no name, or a longer one than 256 bytes");
        }
        if self.open.len() >= DEPTH {
            return Err("elements are nested more than 64 deep");
        }
        self.open.push(self.path.len());
        self.path.push('/');
        self.path.push_str(name);
        self.text.clear();
        let begins = self.row.is_none() && self.rows.iter().any(|known| known == name);
        if begins {
            self.row = Some((self.path.len(), self.open.len()));
            for (slot, field) in self.fields.iter().enumerate() {
                if matches!(field, Field::Name) {
                    row.put(slot, name);
                }
            }
        }
        self.attributes(content, length, row);
        let ends = empty && self.end(row);
        Ok(match (begins, ends) {
            (true, true) => Step::Whole,
            (true, false) => Step::Begin,
            (false, true) => Step::End,
            (false, false) => Step::Pass,
        })
    }

    fn attributes(&mut self, content: &str, name_length: usize, row: &mut Picks) {
        if content.len() == name_length {
            return;
        }
        for attribute in BytesStart::from_content(content, name_length)
            .attributes()
            .with_checks(false)
        {
            let value = attribute.ok().and_then(|attribute| {
                let name = std::str::from_utf8(attribute.key.local_name().into_inner())
                    .ok()?
                    .to_owned();
                let raw = std::str::from_utf8(&attribute.value).ok()?;
                Some((name, unescape(raw).ok()?.into_owned()))
            });
            match value {
                Some((name, value)) => self.put(Some(&name), &value, row),
                None => self.spoil(RowFault::Markup, row),
            }
        }
    }

    /// The innermost element ends; true when it is the row.
    fn end(&mut self, row: &mut Picks) -> bool {
        let text = std::mem::take(&mut self.text);
        self.put(None, text.trim(), row);
        self.text = text;
        self.text.clear();
        let depth = self.open.len();
        // What an element around the rows said holds until that element's parent ends.
        for (slot, field) in self.fields.iter().enumerate() {
            if let Field::Around(path) = field
                && path
                    .strip_prefix(self.path.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            {
                self.around.remove(slot);
            }
        }
        if let Some(begin) = self.open.pop() {
            self.path.truncate(begin);
        }
        let ends = self.row.is_some_and(|(_, row_depth)| row_depth == depth);
        if ends {
            self.row = None;
        }
        ends
    }

    /// A value of the innermost element, or of its attribute.
    fn put(&mut self, attribute: Option<&str>, value: &str, row: &mut Picks) {
        for (slot, field) in self.fields.iter().enumerate() {
            match field {
                Field::Name => {}
                Field::InRow(wanted) => {
                    let inside = self.row.and_then(|(length, _)| self.path.get(length..));
                    if inside.is_some_and(|inside| is_at(wanted, inside.trim_start_matches('/'), attribute)) {
                        row.put(slot, value);
                    }
                }
                Field::Around(wanted) => {
                    if is_at(wanted, &self.path, attribute) {
                        self.around.remove(slot);
                        self.around.put(slot, value);
                    }
                }
            }
        }
    }

    /// Text of the innermost element. More than a field may have need not be kept to be refused.
    fn add(&mut self, text: &str, row: &mut Picks) {
        if self.text.is_empty() && text.trim_ascii_start().is_empty() {
            return;
        }
        if self.text.len() + text.len() > self.limits.field_bytes {
            let limit = self.limits.field_bytes;
            self.spoil(RowFault::FieldTooLong { column: 1, limit }, row);
        } else {
            self.text.push_str(text);
        }
    }

    /// Something is wrong with the row, if one is open.
    fn spoil(&self, fault: RowFault, row: &mut Picks) {
        if self.row.is_some() {
            row.spoil(fault);
        }
    }
}

impl Grammar for XmlGrammar {
    fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        token::length(bytes, at_end)
    }

    fn take(&mut self, token: &[u8], row: &mut Picks) -> Result<Step, &'static str> {
        let Ok(text) = std::str::from_utf8(token) else {
            self.spoil(RowFault::Encoding { column: 1 }, row);
            return if token.starts_with(b"<") {
                Err("a tag has letters that are not of the file's charset: check the layout's charset")
            } else {
                Ok(Step::Pass)
            };
        };
        match token::kind(text)? {
            Token::Nothing => {}
            Token::Text(text) if self.open.is_empty() => {
                if !text.trim().is_empty() {
                    return Err("there is text outside of the root element: is this XML?");
                }
            }
            Token::Text(text) | Token::Raw(text) => self.add(text, row),
            Token::Entity(entity) => match unescape(entity) {
                Ok(letter) => self.add(&letter, row),
                Err(_) => self.spoil(RowFault::Markup, row),
            },
            Token::Start(content) => return self.start(content, row),
            Token::End(name) => {
                let innermost = self.open.last().and_then(|begin| self.path.get(begin + 1..));
                if innermost != Some(local(name.trim())) {
                    return Err("this end tag does not close the element that is open");
                }
                return Ok(if self.end(row) { Step::End } else { Step::Pass });
            }
        }
        Ok(Step::Pass)
    }

    fn close(&mut self, row: &mut Picks) {
        row.fill_from(&self.around);
        if let Some(fault) = self.around.fault() {
            row.spoil(fault);
        }
    }

    fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    fn passes_over(&self) -> bool {
        false
    }
}

/// Whether the wanted path is that of an element, or of its attribute.
fn is_at(wanted: &str, path: &str, attribute: Option<&str>) -> bool {
    match (wanted.rsplit_once('@'), attribute) {
        (None, None) => wanted == path,
        (Some((element, name)), Some(attribute)) => {
            name == attribute && element.strip_suffix('/').unwrap_or(element) == path
        }
        _ => false,
    }
}

/// A name without its namespace's prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
