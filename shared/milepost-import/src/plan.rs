//! What a run is to read: where, which files, and for whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_carriers::layout::Layout;
use milepost_model::{
    Afterwards, CarrierCode, Connection, ConnectionId, FileIdentity, FileOrdering, FileVersion, Pickup, Scope,
};
use milepost_net::source::{Pattern, settled};
use milepost_net::{FeedFile, Source};
use milepost_store::SeenFile;

use crate::spool::copies_of;
use crate::{FileOrder, ImportError, Importer, layout};

/// What a run reads, and for whom.
pub(crate) struct Plan {
    pub(crate) layout: Layout,
    pub(crate) carrier: CarrierCode,
    pub(crate) scope: Scope,
    pub(crate) source: Source,
    pub(crate) ready: Ready,
    /// Files that one run imports at most.
    pub(crate) max_files: usize,
    /// Percent of a file's rows that may be rejects.
    pub(crate) max_reject_percent: u8,
    pub(crate) afterwards: Afterwards,
    /// Where files are copied to that cannot be read on in the middle.
    pub(crate) copies: String,
    origin: Origin,
}

enum Origin {
    Connection(Box<Connection>),
    ByHand(Box<SeenFile>),
}

/// The files at a source that nobody is still writing.
pub(crate) struct Ready {
    /// In the order in which they are read.
    pub(crate) files: Vec<FeedFile>,
    /// The files that told that others are whole, by the others' names.
    pub(crate) markers: BTreeMap<String, FeedFile>,
    /// Whether the source holds more files than were listed.
    pub(crate) more: bool,
}

impl Plan {
    /// Whether it is of a file given by hand.
    pub(crate) fn is_by_hand(&self) -> bool {
        matches!(self.origin, Origin::ByHand(_))
    }

    /// A file as the ledger knows it.
    pub(crate) fn seen(&self, file: &FeedFile, now: Timestamp) -> SeenFile {
        match &self.origin {
            Origin::Connection(connection) => seen(connection, &self.layout, file, now),
            Origin::ByHand(seen) => (**seen).clone(),
        }
    }
}

impl Importer {
    /// What a run of a connection has to read. `stop_at` is when this attempt at it stops.
    pub(crate) async fn plan_connection(
        &self,
        name: &str,
        slot: Timestamp,
        stop_at: Option<Timestamp>,
    ) -> Result<Plan, ImportError> {
        let connection = ConnectionId::parse(name)?;
        let known = self.store.connection(&connection).await?;
        let known = known.ok_or_else(|| ImportError::NoSuchConnection(name.to_owned()))?;
        let source = self.source_until(&known, Some(slot), stop_at).await?;
        let pickup = &known.pickup;
        let layout = layout(&known.layout, known.layout_text.as_deref())?;
        Ok(Plan {
            copies: copies_of(&known, &layout),
            layout,
            carrier: known.carrier.clone(),
            scope: known.scope.clone(),
            ready: self.ready(&source, pickup).await?,
            source,
            max_files: pickup
                .max_files
                .map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX)),
            max_reject_percent: pickup.max_reject_percent.unwrap_or(self.settings.max_reject_percent),
            afterwards: pickup.afterwards.clone(),
            origin: Origin::Connection(Box::new(known)),
        })
    }

    /// What the source lists and nobody is still writing. Where a file can be seen half written, its marker must be
    /// there, or two looks must agree.
    pub(crate) async fn ready(&self, source: &Source, pickup: &Pickup) -> Result<Ready, ImportError> {
        let listing = source.list(self.settings.max_files).await?;
        let (mut files, mut more, mut markers) = (listing.files, listing.more, BTreeMap::new());
        if pickup.marker.is_some() {
            let by_name: BTreeMap<String, FeedFile> = files.drain(..).map(|file| (file.name.clone(), file)).collect();
            for (name, file) in &by_name {
                let marker = pickup.marker_of(name).and_then(|marker| by_name.get(&marker));
                if let Some(marker) = marker.filter(|marker| marker.name != *name) {
                    markers.insert(name.clone(), marker.clone());
                    files.push(file.clone());
                }
            }
        } else if !source.is_atomic() && !files.is_empty() {
            tokio::time::sleep(self.settings.settle).await;
            let again = source.list(self.settings.max_files).await?;
            files = settled(&files, &again.files).into_iter().cloned().collect();
            more |= again.more;
        }
        match pickup.order {
            FileOrdering::Name => files.sort_by(|a, b| a.name.cmp(&b.name)),
            FileOrdering::Time => files.sort_by(|a, b| (a.modified_ms, &a.name).cmp(&(b.modified_ms, &b.name))),
        }
        Ok(Ready { files, markers, more })
    }

    /// The one file that was given by hand.
    pub(crate) async fn plan_file(&self, order: &FileOrder, now: Timestamp) -> Result<Plan, ImportError> {
        let source = Source::new(self.bucket.source(&order.key, Pattern::default()));
        let stored = self
            .bucket
            .head(&order.key)
            .await?
            .ok_or_else(|| ImportError::FileGone(order.name.clone()))?;
        let layout = layout(&order.layout, order.layout_text.as_deref())?;
        let size = order.size.to_string();
        let parts = [
            "by-hand",
            &order.scope,
            &order.carrier,
            layout.name(),
            &size,
            &order.content,
        ];
        let version = FileVersion {
            file: FileIdentity::of(&parts),
            revision: layout.revision(),
        };
        // Given by hand, everything new is told, unless nothing is to be.
        let notify_from = order.quiet.then_some(Timestamp::MAX);
        let seen = SeenFile {
            version,
            name: order.name.clone(),
            size: Some(order.size),
            etag: None,
            first_seen_ms: u64::try_from(now.as_millisecond()).unwrap_or(0),
            notify_from,
        };
        Ok(Plan {
            layout,
            carrier: order.carrier()?,
            scope: order.scope()?,
            source,
            ready: Ready {
                files: vec![FeedFile::from(stored)],
                markers: BTreeMap::new(),
                more: false,
            },
            max_files: usize::MAX,
            max_reject_percent: self.settings.max_reject_percent,
            afterwards: Afterwards::Leave,
            // What was given by hand is in the bucket.
            copies: String::new(),
            origin: Origin::ByHand(Box::new(seen)),
        })
    }
}

/// A file of a connection as the ledger knows it: another size, tag or time is another version.
fn seen(connection: &Connection, layout: &Layout, file: &FeedFile, now: Timestamp) -> SeenFile {
    let size = file.size.map(|size| size.to_string()).unwrap_or_default();
    let modified = file.modified_ms.map(|ms| ms.to_string());
    let mark = file.etag.clone().or(modified).unwrap_or_default();
    let parts = [
        connection.id.as_str(),
        connection.carrier.as_str(),
        connection.scope.as_str(),
        layout.name(),
        &file.name,
        &size,
        &mark,
    ];
    SeenFile {
        version: FileVersion {
            file: FileIdentity::of(&parts),
            revision: layout.revision(),
        },
        name: file.name.clone(),
        size: file.size,
        etag: file.etag.clone(),
        first_seen_ms: u64::try_from(now.as_millisecond()).unwrap_or(0),
        notify_from: Some(connection.notify_from),
    }
}
