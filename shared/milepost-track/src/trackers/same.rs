//! Whether a request for a tracker means one that is there: the rule by which a repeated request creates nothing.

use milepost_contract::ship24::{NewTracker, Refusal};
use milepost_model::{CarrierCode, Tracker, TrackerTerms};

/// What a request for a tracker comes to.
#[derive(Debug)]
pub(super) enum Same<'a> {
    /// It means this one.
    There(&'a Tracker),
    /// It means none that is there.
    New,
}

/// Who has the name that a request gives its tracker.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'a> {
    /// The request gives none.
    NotGiven,
    /// Nobody.
    Free,
    /// A subscribed tracker of this number.
    Of(&'a Tracker),
    /// A tracker of another number.
    Elsewhere,
}

/// Of the subscribed trackers of its number, oldest first, the one that a request means. A name decides alone; without
/// one the number and the terms do. Title, order number and recipient are not compared. `tracking`: the request wants
/// results at once, and for that one parcel may not have two trackers whose couriers overlap.
pub(super) fn same<'a>(
    new: &NewTracker,
    name: Name<'a>,
    trackers: impl Iterator<Item = &'a Tracker> + Clone,
    tracking: bool,
) -> Result<Same<'a>, Refusal> {
    match name {
        Name::Free => return Ok(Same::New),
        Name::Of(tracker) if tracker.number == new.number && tracker.terms == new.terms => {
            return Ok(Same::There(tracker));
        }
        Name::Of(_) | Name::Elsewhere => return Err(Refusal::NameTaken),
        Name::NotGiven => {}
    }
    let mut of_number = trackers.filter(|tracker| tracker.number == new.number);
    if let Some(there) = of_number.clone().find(|tracker| tracker.terms == new.terms) {
        return Ok(Same::There(there));
    }
    if tracking && of_number.any(|tracker| overlap(&tracker.terms, &new.terms)) {
        return Err(Refusal::CouriersOverlap);
    }
    Ok(Same::New)
}

/// Whether two trackers differ in nothing but couriers, of which they share some.
fn overlap(there: &TrackerTerms, new: &TrackerTerms) -> bool {
    let with_couriers_of_new = TrackerTerms {
        couriers: new.couriers.clone(),
        ..there.clone()
    };
    let shared = |courier: &CarrierCode| new.couriers.contains(courier);
    with_couriers_of_new == *new && there.couriers.iter().any(shared)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use milepost_model::AccountId;
    use serde_json::{Value, json};

    use super::*;

    fn asked(body: &Value) -> NewTracker {
        NewTracker::parse(body, date(2026, 11, 22)).unwrap()
    }

    fn tracker(body: &Value) -> Tracker {
        let new = asked(body);
        let created = "2026-11-20T14:03:00Z".parse().unwrap();
        Tracker {
            client_id: new.client_id,
            title: new.title,
            order_number: new.order_number,
            recipient_name: new.recipient_name,
            ..Tracker::new(AccountId::default_account(), new.number, new.terms, 1, created)
        }
    }

    /// What a tracker made of `first` and asked for again with `second` over it comes to.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "callers write the values in place")]
    fn check(first: Value, second: Value, tracking: bool, expect: &str) {
        let base = json!({"trackingNumber": "AB12345678"});
        let with = |more: &Value| {
            let mut body = base.clone();
            let fields = more.as_object().unwrap().clone();
            body.as_object_mut().unwrap().extend(fields);
            body
        };
        let there = tracker(&with(&first));
        let new = asked(&with(&second));
        let name = match (&new.client_id, &there.client_id) {
            (None, _) => Name::NotGiven,
            (Some(new_name), Some(name)) if new_name == name && new.number == there.number => Name::Of(&there),
            (Some(new_name), Some(name)) if new_name == name => Name::Elsewhere,
            (Some(_), _) => Name::Free,
        };
        let got = match same(&new, name, std::iter::once(&there), tracking) {
            Ok(Same::There(_)) => "there",
            Ok(Same::New) => "new",
            Err(Refusal::NameTaken) => "name",
            Err(_) => "overlap",
        };
        assert_eq!(got, expect, "{first} then {second}");
    }

    /// The contract's rule, field by field.
    #[test]
    fn the_rule() {
        let full = || {
            json!({
                "shippingDate": "2026-11-20T10:00:00Z", "originCountryCode": "CN", "destinationCountryCode": "US",
                "destinationPostCode": "64862", "shipmentReference": "r", "courierName": "n",
                "trackingUrl": "https://example.com", "courierCode": ["ups", "usps"],
                "settings": {"restrictTrackingToCourierCode": true}, "title": "t", "orderNumber": "o",
                "recipient": {"name": "Jane"},
            })
        };
        let but = |field: &str, value: Value| {
            let mut body = full();
            body[field] = value;
            body
        };
        check(json!({}), json!({}), false, "there");
        check(full(), full(), false, "there");
        check(json!({}), json!({"trackingNumber": "ab12345678"}), false, "there");
        check(json!({}), json!({"trackingNumber": "AB12345679"}), false, "new");
        // Compared.
        check(full(), but("shippingDate", json!("2026-11-20")), false, "there");
        check(full(), but("shippingDate", json!("2026-11-21")), false, "new");
        check(full(), but("shippingDate", Value::Null), false, "new");
        check(full(), but("originCountryCode", json!("CHN")), false, "there");
        check(full(), but("originCountryCode", json!("DE")), false, "new");
        check(full(), but("destinationCountryCode", json!("DE")), false, "new");
        check(full(), but("destinationPostCode", json!("64863")), false, "new");
        check(full(), but("shipmentReference", json!("s")), false, "new");
        check(full(), but("courierName", json!("m")), false, "new");
        check(full(), but("trackingUrl", json!("https://example.org")), false, "new");
        check(full(), but("settings", json!({})), false, "new");
        check(full(), but("courierCode", json!(["us-post", "ups"])), false, "there");
        check(full(), but("courierCode", json!("ups")), false, "new");
        // Not compared.
        check(full(), but("title", json!("u")), false, "there");
        check(full(), but("orderNumber", json!("p")), false, "there");
        check(full(), but("recipient", json!({"name": "John"})), false, "there");
        // Names.
        let named = |name: &str| json!({"clientTrackerId": name});
        check(named("a"), named("a"), false, "there");
        check(named("a"), named("b"), false, "new");
        check(named("a"), json!({}), false, "there");
        check(json!({}), named("a"), false, "new");
        check(
            named("a"),
            json!({"clientTrackerId": "a", "title": "u"}),
            false,
            "there",
        );
        check(
            named("a"),
            json!({"clientTrackerId": "a", "shipmentReference": "s"}),
            false,
            "name",
        );
        check(
            named("a"),
            json!({"clientTrackerId": "a", "trackingNumber": "AB12345679"}),
            false,
            "name",
        );
        // Create and track.
        check(full(), but("courierCode", json!("ups")), true, "overlap");
        check(full(), but("courierCode", json!("fedex")), true, "new");
        check(full(), but("courierCode", json!([])), true, "new");
        check(full(), full(), true, "there");
        check(
            json!({"courierCode": "ups"}),
            json!({"courierCode": ["ups", "usps"], "shipmentReference": "s"}),
            true,
            "new",
        );
    }
}
