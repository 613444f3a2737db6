//! Metrics as lines of the log: `CloudWatch` takes them from lines of its Embedded Metric Format, without a call.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::now;

/// The namespace of the hub's metrics.
const NAMESPACE: &str = "Milepost";

/// Where metrics go.
#[derive(Debug, Clone)]
pub struct Metrics {
    function: Option<String>,
}

impl Metrics {
    /// To standard output, which Lambda carries to the log, under a function's name.
    pub fn to_log(function: String) -> Self {
        Self {
            function: Some(function),
        }
    }

    /// Nowhere: a hub on one's own machine has no `CloudWatch`.
    pub fn nowhere() -> Self {
        Self { function: None }
    }

    /// Puts measures: name, `CloudWatch`'s unit, value.
    pub fn put(&self, measures: &[(&str, &str, u64)]) {
        let Some(function) = &self.function else { return };
        let line = line(function, now().as_millisecond(), measures);
        // A log that cannot be written is nothing that a function could tell anybody.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn line(function: &str, at_ms: i64, measures: &[(&str, &str, u64)]) -> Value {
    let metrics = measures
        .iter()
        .map(|(name, unit, _)| json!({"Name": name, "Unit": unit}));
    let metrics: Vec<Value> = metrics.collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at_ms,
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics}],
        }),
    );
    line.insert("FunctionName".to_owned(), function.into());
    for (name, _, value) in measures {
        line.insert((*name).to_owned(), (*value).into());
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_the_embedded_metric_format() {
        let line = line("refresh-tracking", 1_795_183_380_123, &[("PollBacklog", "Count", 7)]);
        let expect = json!({
            "_aws": {
                "Timestamp": 1_795_183_380_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Milepost",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [{"Name": "PollBacklog", "Unit": "Count"}],
                }],
            },
            "FunctionName": "refresh-tracking",
            "PollBacklog": 7,
        });
        assert_eq!(line, expect);
    }
}
