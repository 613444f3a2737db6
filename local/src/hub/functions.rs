//! The functions, as AWS would hold them: built once, called for each event.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use deliver_webhook::DeliverWebhook;
use lookup_tracking::LookupTracking;
use manage_hub::{ManageHub, Webhooks};
use milepost_import::{Importer, Scheduler, Settings};
use milepost_model::{Retention, SecretRef};
use milepost_net::{Exchange, Guard, Sources};
use milepost_runtime::{Api, Metrics, Secrets, now};
use milepost_store::SealKey;
use milepost_track::{Connections, Live, LiveParts, Refresher};
use milepost_webhooks::{Deliverer, Endpoints, Notifier, SigningKey};
use notify_changes::NotifyChanges;
use refresh_tracking::RefreshTracking;
use run_import::{Heartbeat, RunImport};
use schedule_imports::ScheduleImports;
use start_tracking::StartTracking;

use super::access::Access;
use super::folder::HubError;

/// The memory that `run-import` is given, as in the template.
const IMPORT_MEMORY_MIB: u32 = 128;

#[derive(Clone)]
pub(super) struct Functions {
    pub(super) lookup: LookupTracking,
    pub(super) start: StartTracking,
    pub(super) manage: ManageHub,
    pub(super) import: Arc<RunImport>,
    pub(super) refresh: Arc<RefreshTracking>,
    pub(super) schedule: Arc<ScheduleImports>,
    pub(super) notify: NotifyChanges,
    pub(super) deliver: Arc<DeliverWebhook>,
    /// How often a look at the stream has found nothing left.
    pub(super) empty_looks: Arc<AtomicU64>,
}

impl Functions {
    pub(super) fn new(
        access: &Access,
        seal: SealKey,
        seal_key: SecretRef,
        key: Arc<SigningKey>,
        importer: Importer,
        public_url: &str,
        requests_per_minute: u32,
    ) -> Result<Self, HubError> {
        let store = access.store();
        let (imports, webhooks, numbers) = (access.import_queue(), access.webhook_queue(), access.notify_queue());
        let notifier = Notifier::new(store.clone(), webhooks.clone(), public_url.to_owned());
        let exchange = access.clients().exchange(access.addresses())?;
        let api = Api::new(store.clone()).limited_to(requests_per_minute);
        let sealed = access.store_sealed(seal);
        let live = live(access, seal_key, exchange.clone());
        let webhooks_of_hub = Webhooks {
            endpoints: Endpoints::new(sealed.clone(), webhooks.clone(), exchange.clone(), Some(key.clone())),
            replay: access.replay(),
            key: Some(key.clone()),
        };
        Ok(Self {
            lookup: LookupTracking::new(api.clone(), store.clone()).asking(live.clone()),
            start: StartTracking::new(api.clone(), store.clone(), numbers.clone()).asking(live.clone()),
            manage: ManageHub::new(api, store.clone(), access.bucket(), webhooks_of_hub),
            import: Arc::new(RunImport::new(
                importer,
                imports.clone(),
                Heartbeat { hidden_seconds: 5 },
            )),
            refresh: Arc::new(RefreshTracking::new(Refresher::new(live), Metrics::nowhere())),
            schedule: Arc::new(ScheduleImports::new(Scheduler::new(store, imports))),
            notify: NotifyChanges::new(notifier, numbers),
            deliver: Arc::new(DeliverWebhook::new(Deliverer::new(
                sealed,
                webhooks,
                exchange,
                Some(key),
            ))),
            empty_looks: Arc::default(),
        })
    }

    pub(super) fn empty_looks(&self) -> u64 {
        self.empty_looks.load(Ordering::SeqCst)
    }
}

/// What asks carriers.
fn live(access: &Access, seal_key: SecretRef, exchange: Exchange) -> Live {
    let store = access.store();
    let secrets = Secrets::new(access.clients().settings().clone());
    Live::new(LiveParts {
        connections: Connections::new(store.clone()),
        store,
        exchange,
        functions: access.clients().functions(access.addresses()),
        seal: secrets.clone().seal_reader(seal_key),
        secrets: secrets.reader(),
        retention: Retention::default(),
        now: Arc::new(now),
    })
}

pub(super) fn importer(access: &Access, secrets: Secrets) -> Importer {
    Importer {
        store: access.store(),
        bucket: access.bucket(),
        functions: access.clients().functions_for_imports(access.addresses()),
        sources: Sources::new(access.bucket(), access.s3_by_role(), Guard::new(access.addresses())),
        secrets: secrets.reader(),
        settings: Settings::for_memory(IMPORT_MEMORY_MIB, Retention::default()),
        now: Arc::new(now),
    }
}
