use crate::shipengine::Problem;

use super::table::{Entry, Family, Method, TABLE};

/// The line of the table that a request meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line.
    pub entry: &'static Entry,
    /// What stands in the braces of its path, percent-decoded; empty for a path without braces.
    pub parameter: String,
}

/// No line of the table is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// [`Problem::NoSuchRoute`] or [`Problem::MethodNotAllowed`].
    pub problem: Problem,
    /// In whose words to say it: those of the routes that share most of the path.
    pub family: Family,
}

/// Which line of the table a request meets. `path` is without its query.
///
/// # Errors
/// [`Missed`]: nothing is served there, or not by this method.
pub fn route(method: &str, path: &str) -> Result<Found, Missed> {
    let mut allow = Vec::new();
    let mut family = None;
    for entry in TABLE {
        let Some(parameter) = entry.path.value_in(path) else {
            continue;
        };
        if entry.method.as_str() == method {
            return Ok(Found { entry, parameter });
        }
        family.get_or_insert(entry.family);
        allow.push(entry.method);
    }
    allow.sort_unstable();
    allow.dedup();
    Err(match family {
        Some(family) => Missed {
            problem: Problem::MethodNotAllowed {
                allow: allow.into_iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
            },
            family,
        },
        None => Missed {
            problem: Problem::NoSuchRoute,
            family: nearest(path),
        },
    })
}

/// The family of the first line that shares most of a path.
fn nearest(path: &str) -> Family {
    let mut nearest = (0, Family::ShipEngine);
    for entry in TABLE {
        let shared = entry.path.shared_with(path);
        if shared > nearest.0 {
            nearest = (shared, entry.family);
        }
    }
    nearest.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{LookupRoute, ManageRoute, Route, StartRoute};

    #[track_caller]
    fn check(request: &str, expect: impl Into<Route>, parameter: &str) {
        let (method, path) = request.split_once(' ').unwrap();
        let found = route(method, path).unwrap();
        assert_eq!(
            (found.entry.route, &*found.parameter),
            (expect.into(), parameter),
            "{request}"
        );
    }

    #[test]
    fn requests() {
        check("GET /v1/tracking", LookupRoute::Tracking, "");
        check("POST /v1/tracking/start", StartRoute::Start, "");
        check("GET /v1/labels/se-7/track", LookupRoute::Label, "se-7");
        check("GET /v1/trackers", LookupRoute::Trackers, "");
        check("GET /public/v1/trackers", LookupRoute::Trackers, "");
        check("POST /public/v1/trackers", StartRoute::CreateTracker, "");
        check("POST /v1/trackers/bulk", StartRoute::CreateTrackers, "");
        check("GET /v1/trackers/export", LookupRoute::ExportTrackers, "");
        check("GET /v1/trackers/t-1", LookupRoute::Tracker, "t-1");
        check("PATCH /v1/trackers/export", StartRoute::UpdateTracker, "export");
        check("GET /v1/trackers/search/results", LookupRoute::TrackerResults, "search");
        check(
            "GET /public/v1/trackers/search/AB/12/results",
            LookupRoute::ResultsByNumber,
            "AB/12",
        );
        check(
            "GET /v1/trackers/search/AB%2F12/results",
            LookupRoute::ResultsByNumber,
            "AB/12",
        );
        check(
            "POST /v1/trackers/t-1/webhook-events/resend",
            ManageRoute::ResendTracker,
            "t-1",
        );
        check("PUT /v1/environment/webhooks/se-1", ManageRoute::UpdateWebhook, "se-1");
        check("POST /v1/deliveries/resend", ManageRoute::ResendDeliveries, "");
        check(
            "POST /v1/deliveries/resend/resend",
            ManageRoute::ResendDelivery,
            "resend",
        );
        check("GET /health", ManageRoute::Health, "");
    }

    #[test]
    fn misses() {
        let miss = |method, path| {
            let missed = route(method, path).unwrap_err();
            (
                missed.problem.status(),
                missed.problem.allow().map(str::to_owned),
                missed.family,
            )
        };
        let allow = |methods: &str| Some(methods.to_owned());
        let (shipengine, ship24) = (Family::ShipEngine, Family::Ship24);
        assert_eq!(miss("DELETE", "/v1/tracking"), (405, allow("GET"), shipengine));
        assert_eq!(miss("PUT", "/v1/trackers"), (405, allow("GET, POST"), ship24));
        assert_eq!(miss("PUT", "/v1/trackers/t-1"), (405, allow("GET, PATCH"), ship24));
        assert_eq!(miss("PUT", "/v1/trackers/export"), (405, allow("GET, PATCH"), ship24));
        assert_eq!(miss("get", "/health"), (405, allow("GET"), shipengine));
        assert_eq!(miss("GET", "/v1/trackers/t-1/what"), (404, None, ship24));
        assert_eq!(miss("GET", "/v1/tracking/what"), (404, None, shipengine));
        assert_eq!(miss("GET", "/public/v2/what"), (404, None, ship24));
        for path in ["", "/", "/v1", "/v1/", "/v1/tracking/", "/what", "*", "//"] {
            assert_eq!(miss("GET", path), (404, None, shipengine), "{path}");
        }
    }

    /// Each line is met by its own path, so none stands in the shadow of one before it.
    #[test]
    fn every_line_is_met() {
        for entry in TABLE {
            let path = match entry.path.parameter() {
                Some(name) => {
                    let text = entry.path.as_str();
                    text.replace(&format!("{{{name}}}"), "x")
                        .replace(&format!("{{{name}+}}"), "x/y")
                }
                None => entry.path.as_str().to_owned(),
            };
            let found = route(entry.method.as_str(), &path).unwrap();
            assert_eq!(found.entry, entry, "{path}");
        }
    }

    /// Ship24's clients have either prefix.
    #[test]
    fn ship24_stands_twice() {
        let below = |prefix| {
            let entries = TABLE.iter().filter(|entry| entry.family == Family::Ship24);
            let below = entries.filter_map(move |entry| {
                let rest = entry.path.as_str().strip_prefix(prefix)?;
                Some((entry.method.as_str(), rest, entry.route, entry.scope))
            });
            below.collect::<Vec<_>>()
        };
        assert_eq!(below("/public/v1/"), below("/v1/"));
    }
}
