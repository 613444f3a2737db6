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
    pub(super) format: Spanned<WrittenFormat>,
    #[serde(default)]
    pub(super) wrapper: WrittenWrapper,
    #[serde(default)]
    pub(super) charset: WrittenCharset,
    pub(super) csv: Option<Spanned<WrittenCsv>>,
    #[serde(default)]
    pub(super) required: Vec<Spanned<Field>>,
    #[serde(default)]
    pub(super) columns: BTreeMap<Field, Spanned<Column>>,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, Spanned<Column>>,
    pub(super) time: Option<Spanned<WrittenTime>>,
    #[serde(default)]
    pub(super) status: BTreeMap<String, Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WrittenFormat {
    Csv,
    JsonLines,
    ConnectItems,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WrittenWrapper {
    #[default]
    Auto,
    Plain,
    Gzip,
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
}

fn iso_alone() -> Spanned<Vec<String>> {
    Spanned::new(0..0, vec![super::time::ISO.to_owned()])
}

fn unstated() -> Spanned<String> {
    Spanned::new(0..0, super::time::UNSTATED.to_owned())
}
