//! What is called how, and with which settings: as template.yaml has it, with a shorter patience where somebody waits.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::StreamViewType;

use crate::aws::{CloudOptions, DeadLetter, NoticeSpec, QueueSpec, StreamOptions, SystemClock, TableSpec};

/// The table.
pub const TABLE: &str = "milepost";
/// The hub's bucket.
pub const BUCKET: &str = "milepost-hub";
/// The queue of `run-import`.
pub const IMPORT_QUEUE: &str = "imports";
/// The queue of `deliver-webhook`.
pub const WEBHOOK_QUEUE: &str = "webhooks";
/// The retry queue of `notify-changes`.
pub const NOTIFY_QUEUE: &str = "notify";

/// Receives after which a message is given up, as in the template.
const MAX_RECEIVES: u32 = 5;

/// How long a message is hidden unless its function says otherwise. A killed import shows again after this.
const VISIBILITY: Duration = Duration::from_secs(5);

/// Deliveries and retries take seconds.
const DELIVERY_VISIBILITY: Duration = Duration::from_secs(60);

pub(super) fn cloud_options() -> CloudOptions {
    let queues = [
        (IMPORT_QUEUE, VISIBILITY),
        (WEBHOOK_QUEUE, DELIVERY_VISIBILITY),
        (NOTIFY_QUEUE, DELIVERY_VISIBILITY),
    ];
    let with_dead_letters = queues.into_iter().flat_map(|(name, visibility)| {
        let dead = format!("{name}-dead");
        let dead_letter = DeadLetter {
            queue: dead.clone(),
            max_receives: MAX_RECEIVES,
        };
        [
            QueueSpec {
                name: dead,
                visibility,
                dead_letter: None,
            },
            QueueSpec {
                name: name.to_owned(),
                visibility,
                dead_letter: Some(dead_letter),
            },
        ]
    });
    CloudOptions {
        table: TableSpec {
            name: TABLE.to_owned(),
            expires_attribute: milepost_store::TTL_ATTRIBUTE.to_owned(),
        },
        queues: with_dead_letters.collect(),
        buckets: vec![BUCKET.to_owned()],
        notices: vec![NoticeSpec {
            bucket: BUCKET.to_owned(),
            prefix: "in/".to_owned(),
            queue: IMPORT_QUEUE.to_owned(),
        }],
        clock: Arc::new(SystemClock),
    }
}

pub(super) fn stream_options(poll: Duration) -> StreamOptions {
    StreamOptions {
        sort_key_prefix: "B#".to_owned(),
        view: StreamViewType::KeysOnly,
        batch_size: 100,
        poll,
    }
}
