//! What S3 tells of: objects that were put where connections read.
//!
//! A notice is a reason to look, not a list of what to read: the connections that read there become due now, and the
//! next tick queues a run of each, which lists. So a thousand objects are one run, a notice that comes twice is nothing,
//! and one that never comes is made good by the schedule.

use jiff::Timestamp;
use milepost_model::Connection;
use milepost_net::source::Pattern;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::{ImportError, Importer};

/// An object that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNotice {
    /// In which bucket.
    pub bucket: String,
    /// Under which key.
    pub key: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
    /// What S3 sends when a notification is set up.
    #[serde(rename = "Event", default)]
    test: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    name: String,
    s3: Object,
}

#[derive(Deserialize)]
struct Object {
    bucket: Named,
    object: Keyed,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

impl ObjectNotice {
    /// Reads an event of S3's; `None` when the text is none.
    pub(crate) fn parse(body: &str) -> Option<Vec<Self>> {
        let event: Event = serde_json::from_str(body).ok()?;
        if event.records.is_empty() {
            return event.test.filter(|test| test == "s3:TestEvent").map(|_| Vec::new());
        }
        let created = event
            .records
            .into_iter()
            .filter(|record| record.name.starts_with("ObjectCreated"));
        let notices = created.map(|record| Self {
            bucket: record.s3.bucket.name,
            key: decoded(&record.s3.object.key),
        });
        Some(notices.collect())
    }
}

/// S3 writes keys in its events as forms write them: a space as `+`.
fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

impl Importer {
    /// Makes the connections due that read these objects. How many became due.
    ///
    /// # Errors
    /// The table's.
    pub async fn notice(&self, objects: &[ObjectNotice]) -> Result<usize, ImportError> {
        let now = (self.now)();
        let mut due = 0;
        for object in objects {
            let own = object.bucket == self.bucket.name();
            for id in self.store.readers(if own { "" } else { &object.bucket }).await? {
                let Some(connection) = self.store.connection(&id).await? else {
                    continue;
                };
                if reads(&connection, &object.key) {
                    due += usize::from(self.make_due(&connection, now).await?);
                }
            }
        }
        Ok(due)
    }

    /// The entry first, as for every slot. Who loses the race finds it due already.
    async fn make_due(&self, connection: &Connection, now: Timestamp) -> Result<bool, ImportError> {
        if connection.next_due.is_some_and(|due| due <= now) {
            return Ok(false);
        }
        Ok(self.store.bring_forward(connection, now).await?)
    }
}

/// Whether an object is one of those that a connection takes up, or the marker of one.
fn reads(connection: &Connection, key: &str) -> bool {
    let source = &connection.source;
    let prefix = source.setting("prefix").unwrap_or_default();
    // Where markers tell, a file without its marker is no reason to look.
    let pattern = connection.pickup.marker_of("*");
    let pattern = pattern.unwrap_or_else(|| source.setting("pattern").unwrap_or("*").to_owned());
    key.strip_prefix(prefix)
        .is_some_and(|rest| Pattern::new(pattern).matches(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(bucket: &str, key: &str) -> ObjectNotice {
        ObjectNotice {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }
    }

    #[test]
    fn events_of_s3() {
        let check = |body: &str, expect: Option<Vec<ObjectNotice>>| {
            assert_eq!(ObjectNotice::parse(body), expect, "{body}");
        };
        let event = |name: &str, key: &str| {
            format!(
                r#"{{"Records":[{{"eventSource":"aws:s3","eventName":"{name}",
                "s3":{{"bucket":{{"name":"feeds"}},"object":{{"key":"{key}","size":7}}}}}}]}}"#
            )
        };
        check(
            &event("ObjectCreated:Put", "in/a.csv"),
            Some(vec![notice("feeds", "in/a.csv")]),
        );
        // The key is URL-encoded, with `+` for a space.
        check(
            &event("ObjectCreated:CompleteMultipartUpload", "in/2026/my+file%2B%C3%A9.csv"),
            Some(vec![notice("feeds", "in/2026/my file+é.csv")]),
        );
        check(&event("ObjectRemoved:Delete", "in/a.csv"), Some(Vec::new()));
        check(
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"feeds"}"#,
            Some(Vec::new()),
        );
        check(
            r#"{"import":"connection","connection":"a","slot":"2026-11-20T10:00:00Z"}"#,
            None,
        );
        check("{}", None);
        check("not json", None);
    }
}
