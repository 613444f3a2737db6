//! What a connection to a carrier needs: fields of two forms, from which a JSON Schema is made.
//!
//! ShipEngine Connect asks a seller for a carrier's account in a registration form and for everything else in a settings
//! form. Here the registration form has where the carrier leaves its files, who may read them, and the login of its
//! tracking API where it has a public one; the settings form has how the files are read and when. A field is called what
//! a connection file calls it.

use serde_json::{Map, Value, json};

/// One field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name: `host`.
    pub name: &'a str,
    /// What people read beside it.
    pub title: &'a str,
    /// One sentence of help.
    pub help: &'a str,
    /// What may be filled in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub need: Need,
}

/// What may be filled into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text of at most 500 characters.
    Text,
    /// A reference to a secret, `file:/path` or `ssm:/name`. The secret itself never is in a form.
    SecretRef,
    /// A whole number between the two.
    Number(u16, u16),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// An instant, RFC 3339.
    Instant,
}

/// When a field must be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It may be left out.
    Never,
    /// Always.
    Always,
    /// Where the field `kind` is filled in with this.
    ForKind(&'static str),
}

/// A name, an address, a folder: no field of a connection file is longer.
const MAX_TEXT: u32 = 500;

/// The longest pause between two looks for files: a week, in minutes.
const WEEK: u16 = 7 * 24 * 60;

/// The field that says which kind of server holds the files.
const KIND: &str = "kind";

const fn text(name: &'static str, title: &'static str, help: &'static str) -> Field<'static> {
    Field {
        name,
        title,
        help,
        kind: FieldKind::Text,
        need: Need::Never,
    }
}

const fn secret(name: &'static str, title: &'static str, help: &'static str) -> Field<'static> {
    Field {
        kind: FieldKind::SecretRef,
        ..text(name, title, help)
    }
}

impl Field<'_> {
    const fn needed(self, need: Need) -> Self {
        Self { need, ..self }
    }

    const fn of(self, kind: FieldKind) -> Self {
        Self { kind, ..self }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            FieldKind::Text => json!({"type": "string", "maxLength": MAX_TEXT}),
            FieldKind::SecretRef => json!({"type": "string", "maxLength": MAX_TEXT, "pattern": "^(file|ssm):/.+"}),
            FieldKind::Number(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
            FieldKind::OneOf(choices) => json!({"type": "string", "enum": choices}),
            FieldKind::Instant => json!({"type": "string", "format": "date-time"}),
        };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("title".into(), self.title.into());
            schema.insert("description".into(), self.help.into());
        }
        schema
    }
}

/// A form: its fields in the order of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<'a>(Vec<Field<'a>>);

impl<'a> Form<'a> {
    pub(crate) fn new(parts: &[&[Field<'a>]]) -> Self {
        Self(parts.iter().copied().flatten().copied().collect())
    }

    /// The fields.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.0
    }

    /// The JSON Schema (draft 2020-12) that a filled form must fulfil.
    pub fn json_schema(&self) -> Value {
        let properties: Map<_, _> = self
            .0
            .iter()
            .map(|field| (field.name.to_owned(), field.schema()))
            .collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": self.needed(Need::Always),
            "additionalProperties": false,
        });
        let by_kind: Vec<_> = KINDS.iter().filter_map(|kind| self.rule_of(kind)).collect();
        if let Some(schema) = schema.as_object_mut().filter(|_| !by_kind.is_empty()) {
            schema.insert("allOf".into(), by_kind.into());
        }
        schema
    }

    fn rule_of(&self, kind: &'static str) -> Option<Value> {
        let needed = self.needed(Need::ForKind(kind));
        (!needed.is_empty()).then(|| {
            json!({
                "if": {"properties": {KIND: {"const": kind}}, "required": [KIND]},
                "then": {"required": needed},
            })
        })
    }

    fn needed(&self, need: Need) -> Vec<&'a str> {
        let needed = self.0.iter().filter(|field| field.need == need);
        needed.map(|field| field.name).collect()
    }
}

const KINDS: &[&str] = &["s3", "ftp"];

/// Where the carrier leaves its files, and who may read them.
pub(crate) const FEED_ACCOUNT: &[Field<'static>] = &[
    text(KIND, "Server", "What holds the files: an S3 bucket or an FTP server.")
        .of(FieldKind::OneOf(KINDS))
        .needed(Need::Always),
    text("host", "Host", "Name of the FTP server.").needed(Need::ForKind("ftp")),
    text("port", "Port", "Port of the FTP server; 21 unless filled in.").of(FieldKind::Number(1, u16::MAX)),
    text("user", "User", "User name at the FTP server.").needed(Need::ForKind("ftp")),
    secret("secret", "Password", "Where the password is kept."),
    text(
        "bucket",
        "Bucket",
        "Name of the S3 bucket; the hub's own unless filled in.",
    ),
];

/// How the files are read, and when.
pub(crate) const FEED_SETTINGS: &[Field<'static>] = &[
    text("layout", "Layout", "Name of the layout that the files are written in.").needed(Need::Always),
    text("folder", "Folder", "Folder of the FTP server."),
    text("prefix", "Prefix", "What the keys in the bucket begin with."),
    text(
        "pattern",
        "File names",
        "Which files are read: a name in which * stands for anything.",
    ),
    text(
        "every_minutes",
        "Minutes between two looks",
        "Left out, files are looked for when asked.",
    )
    .of(FieldKind::Number(1, WEEK)),
    text(
        "notify_from",
        "Tell followers from",
        "Older events are taken as told; the time of adding unless filled in.",
    )
    .of(FieldKind::Instant),
];

/// An `OAuth2` client.
pub(crate) const CLIENT: &[Field<'static>] = &[
    text(
        "client_id",
        "Client id",
        "Id of the client at the carrier's developer portal.",
    ),
    secret("client_secret", "Client secret", "Where the client's secret is kept."),
];

/// A user name and a password, or a key and a password.
pub(crate) const USER: &[Field<'static>] = &[
    text(
        "api_user",
        "API user",
        "User name or key of the carrier's web services.",
    ),
    secret("api_secret", "API password", "Where the password is kept."),
];

/// One key.
pub(crate) const KEY: &[Field<'static>] = &[secret(
    "api_key",
    "API key",
    "Where the key of the carrier's API is kept.",
)];

/// A key with a password, for an account number.
pub(crate) const KEY_AND_ACCOUNT: &[Field<'static>] = &[
    text(
        "account_number",
        "Account number",
        "Number of the account at the carrier.",
    ),
    text("api_user", "API key", "Key of the carrier's API."),
    secret("api_secret", "API password", "Where the key's password is kept."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_stand_once_in_a_form() {
        for login in [&[][..], CLIENT, USER, KEY, KEY_AND_ACCOUNT] {
            for form in [Form::new(&[FEED_ACCOUNT, login]), Form::new(&[FEED_SETTINGS])] {
                let names: BTreeSet<_> = form.fields().iter().map(|field| field.name).collect();
                assert_eq!(names.len(), form.fields().len());
            }
        }
    }

    #[test]
    fn the_schema_of_a_form() {
        let form = Form::new(&[FEED_ACCOUNT, KEY]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&form.json_schema()).unwrap());
    }

    #[test]
    fn a_form_without_kinds_has_no_rules_of_them() {
        let schema = Form::new(&[FEED_SETTINGS]).json_schema();
        assert_eq!(schema["required"], json!(["layout"]));
        assert!(schema.get("allOf").is_none());
    }
}
