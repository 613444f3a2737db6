use serde::Serialize;

/// What a queue or stream function answers: which records of the batch are to come again. The others are done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Failures {
    /// Notes a record: a message id of a queue, a sequence number of a stream.
    pub fn add(&mut self, identifier: impl Into<String>) {
        self.batch_item_failures.push(Failure {
            item_identifier: identifier.into(),
        });
    }

    /// The records that are to come again.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_that_lambda_reads() {
        let mut failures = Failures::default();
        assert_eq!(serde_json::to_string(&failures).unwrap(), r#"{"batchItemFailures":[]}"#);
        failures.add("m-1");
        assert_eq!(
            serde_json::to_string(&failures).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#
        );
    }
}
