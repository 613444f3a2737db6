use milepost_model::KeyScope;

use super::Pattern;

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// By which method.
    pub method: Method,
    /// At which path.
    pub path: Pattern,
    /// What answers, and in which function.
    pub route: Route,
    /// What the caller's key must be made for; `None`: it needs no key.
    pub scope: Option<KeyScope>,
    /// In whose words it answers.
    pub family: Family,
}

/// The methods that the hub knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// Whose clients a route is for: it decides the form of errors and the headers beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ShipEngine's, and the hub's own.
    ShipEngine,
    /// Ship24's.
    Ship24,
}

/// What answers, by function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `lookup-tracking`.
    Lookup(LookupRoute),
    /// `start-tracking`.
    Start(StartRoute),
    /// `manage-hub`.
    Manage(ManageRoute),
}

/// What `lookup-tracking` answers: it changes nothing that anybody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LookupRoute {
    /// ShipEngine: where a parcel is.
    Tracking,
    /// ShipEngine: where the parcel of a label is.
    Label,
    /// ShipEngine: the carriers of the account.
    Carriers,
    /// Ship24: the couriers there are.
    Couriers,
    /// Own: which couriers a number can belong to.
    Detect,
    /// Ship24: where a parcel is, without a tracker.
    Search,
    /// Ship24: a page of the account's trackers.
    Trackers,
    /// Own: the account's trackers as JSON Lines, by what became of them.
    ExportTrackers,
    /// Ship24: one tracker.
    Tracker,
    /// Ship24: where a tracker's parcel is.
    TrackerResults,
    /// Ship24: where the parcels of a number's trackers are.
    ResultsByNumber,
    /// Ship24: what a tracker's webhooks were told.
    WebhookHistory,
}

/// What `start-tracking` answers: it begins, changes and ends following.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StartRoute {
    /// ShipEngine: follow a parcel.
    Start,
    /// ShipEngine: follow it no more.
    Stop,
    /// Ship24: create a tracker.
    CreateTracker,
    /// Ship24: create up to a hundred.
    CreateTrackers,
    /// Ship24: create a tracker and answer where its parcel is.
    CreateAndTrack,
    /// Ship24: change a tracker.
    UpdateTracker,
}

/// What `manage-hub` answers: what operators and receivers of webhooks ask for. Requests that meet no line of the table
/// come here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ManageRoute {
    /// ShipEngine: the account's webhooks.
    Webhooks,
    /// ShipEngine: add one.
    CreateWebhook,
    /// ShipEngine: one of them.
    Webhook,
    /// ShipEngine: change one.
    UpdateWebhook,
    /// ShipEngine: remove one.
    DeleteWebhook,
    /// Own: send to one again that was disabled.
    EnableWebhook,
    /// Own: give one a new secret.
    RotateWebhook,
    /// Own: send one a delivery of no parcel.
    TestWebhook,
    /// ShipEngine: the keys that verify its signatures.
    Jwks,
    /// Own: the account's deliveries, newest first.
    Deliveries,
    /// Own: one of them with its attempts.
    Delivery,
    /// Own: send one again.
    ResendDelivery,
    /// Own: send several again.
    ResendDeliveries,
    /// Ship24: send what a tracker's webhooks were told again.
    ResendTracker,
    /// Own: the import runs that the account may see, newest first.
    Imports,
    /// Own: one of them with its rejects.
    Import,
    /// Own: this API.
    OpenApi,
    /// Own: whether the hub answers.
    Health,
}

impl Route {
    /// How many requests a second Ship24 takes of one key at one of its routes.
    pub const fn ship24_per_second(self) -> u32 {
        match self {
            Self::Start(StartRoute::CreateTrackers) => 3,
            Self::Manage(ManageRoute::ResendTracker)
            | Self::Lookup(LookupRoute::Couriers | LookupRoute::WebhookHistory) => 1,
            _ => 10,
        }
    }
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<LookupRoute> for Route {
    fn from(route: LookupRoute) -> Self {
        Self::Lookup(route)
    }
}

impl From<StartRoute> for Route {
    fn from(route: StartRoute) -> Self {
        Self::Start(route)
    }
}

impl From<ManageRoute> for Route {
    fn from(route: ManageRoute) -> Self {
        Self::Manage(route)
    }
}

/// Every route. A literal path stands before the pattern that would take it too. Ship24's stand twice: its servers have
/// them under `/public/v1`, its pages under `/v1`.
#[rustfmt::skip] // Lines of a table.
pub static TABLE: &[Entry] = {
    use Family::{Ship24, ShipEngine};
    use LookupRoute as L;
    use ManageRoute as M;
    use Method::{Delete, Get, Patch, Post, Put};
    use Route::{Lookup, Manage, Start};
    use StartRoute as S;
    const ANYBODY: Option<KeyScope> = None;
    const READ: Option<KeyScope> = Some(KeyScope::Read);
    const WRITE: Option<KeyScope> = Some(KeyScope::Write);
    const ADMIN: Option<KeyScope> = Some(KeyScope::Admin);
    &[
        line(Get, "/v1/tracking", Lookup(L::Tracking), READ, ShipEngine),
        line(Post, "/v1/tracking/start", Start(S::Start), WRITE, ShipEngine),
        line(Post, "/v1/tracking/stop", Start(S::Stop), WRITE, ShipEngine),
        line(Get, "/v1/labels/{label_id}/track", Lookup(L::Label), READ, ShipEngine),
        line(Get, "/v1/carriers", Lookup(L::Carriers), READ, ShipEngine),

        line(Get, "/v1/environment/webhooks", Manage(M::Webhooks), ADMIN, ShipEngine),
        line(Post, "/v1/environment/webhooks", Manage(M::CreateWebhook), ADMIN, ShipEngine),
        line(Get, "/v1/environment/webhooks/{webhook_id}", Manage(M::Webhook), ADMIN, ShipEngine),
        line(Put, "/v1/environment/webhooks/{webhook_id}", Manage(M::UpdateWebhook), ADMIN, ShipEngine),
        line(Delete, "/v1/environment/webhooks/{webhook_id}", Manage(M::DeleteWebhook), ADMIN, ShipEngine),
        line(Post, "/v1/environment/webhooks/{webhook_id}/enable", Manage(M::EnableWebhook), ADMIN, ShipEngine),
        line(Post, "/v1/environment/webhooks/{webhook_id}/rotate", Manage(M::RotateWebhook), ADMIN, ShipEngine),
        line(Post, "/v1/environment/webhooks/{webhook_id}/test", Manage(M::TestWebhook), ADMIN, ShipEngine),
        line(Get, "/jwks", Manage(M::Jwks), ANYBODY, ShipEngine),

        line(Get, "/v1/deliveries", Manage(M::Deliveries), ADMIN, ShipEngine),
        line(Get, "/v1/deliveries/{id}", Manage(M::Delivery), ADMIN, ShipEngine),
        line(Post, "/v1/deliveries/resend", Manage(M::ResendDeliveries), ADMIN, ShipEngine),
        line(Post, "/v1/deliveries/{id}/resend", Manage(M::ResendDelivery), ADMIN, ShipEngine),
        line(Get, "/v1/imports", Manage(M::Imports), ADMIN, ShipEngine),
        line(Get, "/v1/imports/{id}", Manage(M::Import), ADMIN, ShipEngine),
        line(Get, "/openapi.json", Manage(M::OpenApi), ANYBODY, ShipEngine),
        line(Get, "/health", Manage(M::Health), ANYBODY, ShipEngine),

        line(Post, "/public/v1/trackers", Start(S::CreateTracker), WRITE, Ship24),
        line(Post, "/public/v1/trackers/bulk", Start(S::CreateTrackers), WRITE, Ship24),
        line(Post, "/public/v1/trackers/track", Start(S::CreateAndTrack), WRITE, Ship24),
        line(Get, "/public/v1/trackers", Lookup(L::Trackers), READ, Ship24),
        line(Get, "/public/v1/trackers/export", Lookup(L::ExportTrackers), READ, Ship24),
        line(Get, "/public/v1/trackers/{id}", Lookup(L::Tracker), READ, Ship24),
        line(Patch, "/public/v1/trackers/{id}", Start(S::UpdateTracker), WRITE, Ship24),
        line(Get, "/public/v1/trackers/{id}/results", Lookup(L::TrackerResults), READ, Ship24),
        line(Get, "/public/v1/trackers/search/{number+}/results", Lookup(L::ResultsByNumber), READ, Ship24),
        line(Post, "/public/v1/trackers/{id}/webhook-events/resend", Manage(M::ResendTracker), WRITE, Ship24),
        line(Get, "/public/v1/trackers/{id}/webhook-history/download", Lookup(L::WebhookHistory), READ, Ship24),
        line(Post, "/public/v1/tracking/search", Lookup(L::Search), READ, Ship24),
        line(Get, "/public/v1/couriers", Lookup(L::Couriers), READ, Ship24),
        line(Get, "/public/v1/couriers/detect", Lookup(L::Detect), READ, Ship24),

        line(Post, "/v1/trackers", Start(S::CreateTracker), WRITE, Ship24),
        line(Post, "/v1/trackers/bulk", Start(S::CreateTrackers), WRITE, Ship24),
        line(Post, "/v1/trackers/track", Start(S::CreateAndTrack), WRITE, Ship24),
        line(Get, "/v1/trackers", Lookup(L::Trackers), READ, Ship24),
        line(Get, "/v1/trackers/export", Lookup(L::ExportTrackers), READ, Ship24),
        line(Get, "/v1/trackers/{id}", Lookup(L::Tracker), READ, Ship24),
        line(Patch, "/v1/trackers/{id}", Start(S::UpdateTracker), WRITE, Ship24),
        line(Get, "/v1/trackers/{id}/results", Lookup(L::TrackerResults), READ, Ship24),
        line(Get, "/v1/trackers/search/{number+}/results", Lookup(L::ResultsByNumber), READ, Ship24),
        line(Post, "/v1/trackers/{id}/webhook-events/resend", Manage(M::ResendTracker), WRITE, Ship24),
        line(Get, "/v1/trackers/{id}/webhook-history/download", Lookup(L::WebhookHistory), READ, Ship24),
        line(Post, "/v1/tracking/search", Lookup(L::Search), READ, Ship24),
        line(Get, "/v1/couriers", Lookup(L::Couriers), READ, Ship24),
        line(Get, "/v1/couriers/detect", Lookup(L::Detect), READ, Ship24),
    ]
};

const fn line(method: Method, path: &'static str, route: Route, scope: Option<KeyScope>, family: Family) -> Entry {
    Entry {
        method,
        path: Pattern::new(path),
        route,
        scope,
        family,
    }
}
