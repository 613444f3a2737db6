//! What one route takes and answers.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

/// The schemas of what is answered, and those that these refer to.
pub(super) struct Schemas(SchemaGenerator);

/// One parameter of a query.
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) about: &'static str,
}

/// One operation, beside what follows from the line of the table.
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) queries: &'static [Query],
    pub(super) body: Option<Value>,
    pub(super) answers: Vec<(u16, Value)>,
    /// Beside those that every route has.
    pub(super) errors: &'static [u16],
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self(settings.for_serialize().into_generator())
    }

    /// What is answered as JSON.
    pub(super) fn answered<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().to_value()
    }

    /// The schemas that others refer to.
    pub(super) fn named(mut self) -> serde_json::Map<String, Value> {
        self.0.take_definitions(true)
    }
}

impl Query {
    pub(super) const fn required(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            required: true,
            about,
        }
    }

    pub(super) const fn optional(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            required: false,
            about,
        }
    }
}

impl Operation {
    pub(super) fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            queries: &[],
            body: None,
            answers: Vec::new(),
            errors: &[],
        }
    }

    pub(super) fn queries(self, queries: &'static [Query]) -> Self {
        Self { queries, ..self }
    }

    /// The schema of its JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "schemas are written in place")]
    pub(super) fn body(self, schema: Value) -> Self {
        Self {
            body: Some(json!({"required": true, "content": {"application/json": {"schema": schema}}})),
            ..self
        }
    }

    /// An answer with JSON: a success, or an error in another envelope than its family's.
    pub(super) fn json(self, status: u16, about: &str, schema: Value) -> Self {
        self.content(status, about, "application/json", schema)
    }

    /// A success with something else.
    #[expect(clippy::needless_pass_by_value, reason = "schemas are written in place")]
    pub(super) fn content(mut self, status: u16, about: &str, media: &str, schema: Value) -> Self {
        let answer = json!({"description": about, "content": {media: {"schema": schema}}});
        self.answers.push((status, answer));
        self
    }

    /// A header of the answer named last.
    pub(super) fn header(mut self, name: &str, about: &str) -> Self {
        if let Some((_, answer)) = self.answers.last_mut() {
            answer["headers"][name] = json!({"description": about, "schema": {"type": "string"}});
        }
        self
    }

    /// A success without a body.
    pub(super) fn nothing(mut self, status: u16, about: &str) -> Self {
        self.answers.push((status, json!({"description": about})));
        self
    }

    pub(super) fn errors(self, errors: &'static [u16]) -> Self {
        Self { errors, ..self }
    }
}
