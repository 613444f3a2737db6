//! A layout as its text writes it. `generic.toml` explains each field; `check` makes a [`Layout`](super::Layout) of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::field::{Column, Field};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLayout {
    pub(super) name: Spanned<String>,
    pub(super) revision: Spanned<u32>,
    #[serde(default)]
    pub(super) description: String,
    pub(super) format: Spanned<String>,
    #[serde(default)]
    pub(super) wrapper: WrittenWrapper,
    #[serde(default)]
    pub(super) charset: WrittenCharset,
    pub(super) csv: Option<Spanned<WrittenCsv>>,
    pub(super) json: Option<Spanned<WrittenJson>>,
    pub(super) xml: Option<Spanned<WrittenXml>>,
    pub(super) edi: Option<Spanned<WrittenEdi>>,
    pub(super) trailer: Option<Spanned<WrittenTrailer>>,
    #[serde(default)]
    pub(super) required: Vec<Spanned<Field>>,
    #[serde(default)]
    pub(super) columns: Fields,
    #[serde(default)]
    pub(super) values: Values,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Spanned<Column>>,
    pub(super) time: Option<Spanned<WrittenTime>>,
    #[serde(default)]
    pub(super) kind: Vec<Spanned<WrittenKind>>,
    pub(super) repeat: Option<Spanned<WrittenRepeat>>,
    #[serde(default)]
    pub(super) status: BTreeMap<String, Spanned<String>>,
    pub(super) standard: Option<Spanned<String>>,
}

pub(super) type Fields = BTreeMap<Field, Spanned<Column>>;

pub(super) type Values = BTreeMap<Field, Spanned<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenJson {
    pub(super) list: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenXml {
    pub(super) rows: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenEdi {
    pub(super) levels: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenTrailer {
    pub(super) column: Column,
    pub(super) is: String,
    pub(super) count: Column,
    #[serde(default)]
    pub(super) of: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenKind {
    pub(super) when: WrittenWhen,
    #[serde(default)]
    pub(super) skip: bool,
    #[serde(default)]
    pub(super) columns: Fields,
    #[serde(default)]
    pub(super) values: Values,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Spanned<Column>>,
    pub(super) time: Option<Spanned<WrittenTime>>,
    #[serde(default)]
    pub(super) status: BTreeMap<String, Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenWhen {
    pub(super) column: Column,
    #[serde(default)]
    pub(super) is: Vec<String>,
    #[serde(default)]
    pub(super) not: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRepeat {
    pub(super) from: Option<usize>,
    pub(super) width: Option<usize>,
    pub(super) list: Option<String>,
    #[serde(default)]
    pub(super) columns: Fields,
    #[serde(default)]
    pub(super) values: Values,
    pub(super) time: Option<Spanned<WrittenTime>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WrittenWrapper {
    #[default]
    Auto,
    Plain,
    Gzip,
    Zip,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum WrittenCharset {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "latin-1")]
    Latin1,
    #[serde(rename = "cp1252")]
    Cp1252,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "declared")]
    Declared,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenCsv {
    pub(super) delimiter: String,
    pub(super) quote: String,
    pub(super) header: bool,
    pub(super) comment: String,
}

impl Default for WrittenCsv {
    fn default() -> Self {
        Self {
            delimiter: ",".to_owned(),
            quote: "\"".to_owned(),
            header: true,
            comment: String::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenTime {
    pub(super) columns: Spanned<Vec<Column>>,
    #[serde(default = "iso_alone")]
    pub(super) patterns: Spanned<Vec<String>>,
    pub(super) offset: Option<Spanned<Column>>,
    #[serde(default = "unstated")]
    pub(super) zone: Spanned<String>,
    #[serde(default)]
    pub(super) zones: BTreeMap<String, Spanned<String>>,
}

fn iso_alone() -> Spanned<Vec<String>> {
    Spanned::new(0..0, vec![super::time::ISO.to_owned()])
}

fn unstated() -> Spanned<String> {
    Spanned::new(0..0, super::time::UNSTATED.to_owned())
}
