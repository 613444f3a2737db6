use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;

use crate::meter::Meter;
use crate::pace::Pace;
use crate::{Retries, SealKey, Used};

/// The table. Clones are cheap and share the client, the pace of writes and the count of units.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    pub(crate) meter: Arc<Meter>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) seal: Option<SealKey>,
    pub(crate) retries: Retries,
    pub(crate) pace: Mutex<Pace>,
}

impl Store {
    /// A store over a table that exists.
    ///
    /// `client` must have the SDK's own retries off (`RetryConfig::disabled()`) and a timeout on each operation: the
    /// store tries again by itself, and a call that nobody ends cannot be tried again. `seal` is needed by whoever
    /// stores or reads webhook endpoints.
    pub fn new(client: Client, table: String, seal: Option<SealKey>) -> Self {
        Self::with_retries(client, table, seal, Retries::default())
    }

    /// A store that tries again as told.
    pub fn with_retries(client: Client, table: String, seal: Option<SealKey>, retries: Retries) -> Self {
        let pace = Mutex::new(Pace::new(retries.widest_gap));
        let shared = Shared {
            client,
            table,
            seal,
            retries,
            pace,
        };
        Self {
            shared: Arc::new(shared),
            meter: Arc::default(),
        }
    }

    /// The same store with a count of units of its own, for one run or request.
    #[must_use]
    pub fn metered(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            meter: Arc::default(),
        }
    }

    /// What the calls of this store and its clones have cost so far.
    pub fn used(&self) -> Used {
        self.meter.used()
    }

    pub(crate) fn table(&self) -> &str {
        &self.shared.table
    }
}

/// The table's name alone: the client's configuration has credentials.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("table", &self.shared.table)
            .finish_non_exhaustive()
    }
}
