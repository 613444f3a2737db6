use std::sync::Arc;

use jiff::Timestamp;
use milepost_carriers::layout::Layout;
use milepost_model::{Connection, SourceAddress};
use milepost_net::source::{ReadSecret, Sources};
use milepost_net::{Bucket, Functions, Source};
use milepost_store::Store;

use crate::function::{self, FunctionSource};
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
    /// Calls functions of the operator's own.
    pub functions: Functions,
    /// Credentials by reference.
    pub secrets: ReadSecret,
    /// Limits.
    pub settings: Settings,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Importer {
    /// Whether an address can be opened, as far as that shows without connecting: for whoever adds a connection.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn check(&self, address: &SourceAddress) -> Result<(), ImportError> {
        if address.kind == function::KIND {
            return Ok(FunctionSource::check(address)?);
        }
        Ok(self.sources.check(address).await?)
    }

    /// Where a connection's files are. `run` names the run that reads them; without one nothing is kept on the way.
    ///
    /// # Errors
    /// A host that may not be reached, or credentials that cannot be read.
    pub async fn source(&self, connection: &Connection, run: Option<Timestamp>) -> Result<Source, ImportError> {
        self.source_until(connection, run, None).await
    }

    /// The same, where nothing is begun that may end after `stop_at`.
    pub(crate) async fn source_until(
        &self,
        connection: &Connection,
        run: Option<Timestamp>,
        stop_at: Option<Timestamp>,
    ) -> Result<Source, ImportError> {
        if connection.source.kind == function::KIND {
            return Ok(Source::new(FunctionSource::new(self, connection, run, stop_at)?));
        }
        let secret = match &connection.secret {
            Some(reference) => Some(
                (self.secrets)(reference.clone())
                    .await
                    .map_err(ImportError::Credentials)?,
            ),
            None => None,
        };
        // The pattern of all markers.
        let markers = connection.pickup.marker_of("*");
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
