use std::sync::Arc;

use jiff::Timestamp;
use milepost_carriers::layout::Layout;
use milepost_model::Connection;
use milepost_net::source::{ReadSecret, Sources};
use milepost_net::{Bucket, Source};
use milepost_store::Store;

use crate::{ImportError, Settings};

/// What runs work with.
#[derive(Clone)]
pub struct Importer {
    /// The table.
    pub store: Store,
    /// The hub's own bucket.
    pub bucket: Bucket,
    /// Opens what connections name.
    pub sources: Sources,
    /// Credentials by reference.
    pub secrets: ReadSecret,
    /// Limits.
    pub settings: Settings,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Importer {
    /// Where a connection's files are.
    ///
    /// # Errors
    /// A host that may not be reached, or credentials that cannot be read.
    pub async fn source(&self, connection: &Connection) -> Result<Source, ImportError> {
        let secret = match &connection.secret {
            Some(reference) => Some(
                (self.secrets)(reference.clone())
                    .await
                    .map_err(ImportError::Credentials)?,
            ),
            None => None,
        };
        let markers = connection.pickup.marker.as_ref();
        let markers = markers.map(|marker| marker.replace("{name}", "*").replace("{stem}", "*"));
        Ok(self.sources.open(&connection.source, secret, markers).await?)
    }
}

/// The layout of a name, or the one that is given in full.
///
/// # Errors
/// [`ImportError::NoSuchLayout`], or what is wrong with the layout.
pub fn layout(name: &str, text: Option<&str>) -> Result<Layout, ImportError> {
    match text {
        Some(text) => Ok(Layout::parse(text)?),
        None => Layout::bundled(name).ok_or_else(|| ImportError::NoSuchLayout(name.to_owned())),
    }
}
