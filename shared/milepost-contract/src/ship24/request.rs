//! What callers ask trackers to be.
//!
//! A body is read field by field, so that every fault of it is answered at once. An unknown field is let pass, as Ship24
//! does; `null` and an empty text count as not sent.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use milepost_carriers::{country_code, of_ship24, resolve};
use milepost_model::{CarrierCode, TrackerTerms, TrackingNumber};
use serde_json::{Map, Value};

use crate::ship24::Fault;

/// Couriers in one request.
const MAX_COURIERS: usize = 3;

/// How old a shipment may be: what is older has no events any more.
const MAX_AGE_DAYS: i64 = 180;

/// References and names.
const MAX_NAME: usize = 100;

/// Ship24 gives no limit for titles, order numbers and names of couriers; a line on a screen is shorter.
const MAX_LINE: usize = 255;

/// Ship24 gives no limit for addresses of pages; a tracker is to stay within a kilobyte or two.
const MAX_URL: usize = 1_000;

/// The longest e-mail address (RFC 5321).
const MAX_EMAIL: usize = 254;

/// What a postal code takes.
const MAX_POST_CODE: usize = 32;

/// A tracker that is to be created, if there is none like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTracker {
    /// Which number.
    pub number: TrackingNumber,
    /// The owner's own name for it.
    pub client_id: Option<String>,
    /// What tells it from another tracker of the same number.
    pub terms: TrackerTerms,
    /// What the owner calls the order.
    pub title: Option<String>,
    /// The number of the owner's order.
    pub order_number: Option<String>,
    /// To whom the parcel goes. The address for e-mails is checked and not kept: the hub sends none.
    pub recipient_name: Option<String>,
}

/// What is to be another in a tracker; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackerChange {
    /// Whether its owner wants it.
    pub subscribed: Option<bool>,
    /// The couriers.
    pub couriers: Option<Vec<CarrierCode>>,
    /// Two letters.
    pub origin_country: Option<String>,
    /// Two letters.
    pub destination_country: Option<String>,
    /// The postal code.
    pub destination_post_code: Option<String>,
    /// The day on which it was shipped.
    pub ship_date: Option<Date>,
    /// The carrier's name.
    pub courier_name: Option<String>,
    /// The carrier's page.
    pub tracking_url: Option<String>,
    /// The recipient's name.
    pub recipient_name: Option<String>,
}

impl NewTracker {
    /// Reads the body of a creation, or of a search without a tracker.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn parse(body: &Value, today: Date) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::of(body)?;
        let number = fields.number();
        let recipient = fields.object("recipient");
        let settings = fields.object("settings");
        fields.text_of(recipient, "email", "recipient.email", MAX_EMAIL);
        let client_id = fields.text("clientTrackerId", MAX_NAME);
        let restricted = fields.flag_of(settings, "restrictTrackingToCourierCode");
        let terms = TrackerTerms {
            couriers: fields.couriers().unwrap_or_default(),
            restricted: restricted.unwrap_or_default(),
            ship_date: fields.ship_date(today),
            origin_country: fields.country("originCountryCode"),
            destination_country: fields.country("destinationCountryCode"),
            destination_post_code: fields.post_code(),
            reference: fields.text("shipmentReference", MAX_NAME),
            courier_name: fields.text("courierName", MAX_LINE),
            tracking_url: fields.text("trackingUrl", MAX_URL),
        };
        let title = fields.text("title", MAX_LINE);
        let order_number = fields.text("orderNumber", MAX_LINE);
        let recipient_name = fields.text_of(recipient, "name", "recipient.name", MAX_NAME);
        match number {
            Some(number) if fields.faults.is_empty() => Ok(Self {
                number,
                client_id,
                terms,
                title,
                order_number,
                recipient_name,
            }),
            _ => Err(fields.faults),
        }
    }
}

impl TrackerChange {
    /// Reads the body of a change.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn parse(body: &Value, today: Date) -> Result<Self, Vec<Fault>> {
        let mut fields = Fields::of(body)?;
        let recipient = fields.object("recipient");
        let parsed = Self {
            subscribed: fields.flag_of(Some(fields.object), "isSubscribed"),
            couriers: fields.couriers(),
            origin_country: fields.country("originCountryCode"),
            destination_country: fields.country("destinationCountryCode"),
            destination_post_code: fields.post_code(),
            ship_date: fields.ship_date(today),
            courier_name: fields.text("courierName", MAX_LINE),
            tracking_url: fields.text("trackingUrl", MAX_URL),
            recipient_name: fields.text_of(recipient, "name", "recipient.name", MAX_NAME),
        };
        if fields.faults.is_empty() {
            Ok(parsed)
        } else {
            Err(fields.faults)
        }
    }
}

/// The fields of a body, and what is wrong with them.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    faults: Vec<Fault>,
}

impl<'a> Fields<'a> {
    fn of(body: &'a Value) -> Result<Self, Vec<Fault>> {
        let object = body.as_object().ok_or_else(|| {
            vec![Fault::new(
                "validation_error",
                "the body is not an object: send one tracker",
            )]
        })?;
        Ok(Self {
            object,
            faults: Vec::new(),
        })
    }

    fn fault<T>(&mut self, field: &str, why: &str) -> Option<T> {
        self.faults.push(Fault::invalid(field, why));
        None
    }

    fn text(&mut self, field: &str, max: usize) -> Option<String> {
        self.text_of(Some(self.object), field, field, max)
    }

    /// `shown` is the field's name as a caller sees it.
    fn text_of(&mut self, object: Option<&Map<String, Value>>, field: &str, shown: &str, max: usize) -> Option<String> {
        let text = match object?.get(field)? {
            Value::Null => return None,
            Value::String(text) => text.trim(),
            _ => return self.fault(shown, "it is a text"),
        };
        if text.chars().count() > max {
            return self.fault(shown, &format!("it has {max} characters at most"));
        }
        if text.chars().any(char::is_control) {
            return self.fault(shown, "it is one line");
        }
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn flag_of(&mut self, object: Option<&Map<String, Value>>, field: &str) -> Option<bool> {
        match object?.get(field)? {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            _ => self.fault(field, "it is true or false"),
        }
    }

    fn object(&mut self, field: &str) -> Option<&'a Map<String, Value>> {
        match self.object.get(field)? {
            Value::Null => None,
            Value::Object(object) => Some(object),
            _ => self.fault(field, "it is an object"),
        }
    }

    fn number(&mut self) -> Option<TrackingNumber> {
        let faults = self.faults.len();
        // The model has the limit; spaces, which labels have, do not count.
        let Some(written) = self.text("trackingNumber", MAX_NAME) else {
            if self.faults.len() == faults {
                let missing = "trackingNumber is missing or empty";
                self.faults.push(Fault::new("missing_mandatory_field", missing));
            }
            return None;
        };
        match TrackingNumber::parse(&written) {
            Ok(number) => Some(number),
            Err(invalid) => self.fault("trackingNumber", &invalid.to_string()),
        }
    }

    /// Sorted, each once. Ship24's codes and the hub's are both taken.
    fn couriers(&mut self) -> Option<Vec<CarrierCode>> {
        const FIELD: &str = "courierCode";
        const WHY: &str = "it is a courier's code or a list of up to 3, as GET /couriers has them";
        let written: &[Value] = match self.object.get(FIELD)? {
            Value::Null => return None,
            Value::Array(codes) => codes,
            code => std::slice::from_ref(code),
        };
        let codes: Option<Vec<&str>> = written.iter().map(Value::as_str).collect();
        let codes: Option<Vec<CarrierCode>> = codes.and_then(|codes| {
            let sent = codes.into_iter().filter(|code| !code.trim().is_empty());
            sent.map(courier).collect()
        });
        let Some(mut codes) = codes.filter(|codes| codes.len() <= MAX_COURIERS) else {
            return self.fault(FIELD, WHY);
        };
        codes.sort();
        codes.dedup();
        Some(codes)
    }

    fn country(&mut self, field: &str) -> Option<String> {
        let written = self.text(field, MAX_NAME)?;
        country_code(&written).or_else(|| self.fault(field, "it is a country's code of two or three letters"))
    }

    fn post_code(&mut self) -> Option<String> {
        const FIELD: &str = "destinationPostCode";
        let written = self.text(FIELD, MAX_POST_CODE)?;
        let taken = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | ' ');
        if written.chars().all(taken) {
            Some(written)
        } else {
            self.fault(FIELD, "it holds letters, digits, spaces and - _ / . only")
        }
    }

    /// The day alone, by the clock that was written.
    fn ship_date(&mut self, today: Date) -> Option<Date> {
        const FIELD: &str = "shippingDate";
        let written = self.text(FIELD, MAX_NAME)?;
        let Ok(pieces) = Pieces::parse(&written) else {
            return self.fault(FIELD, "it is a date, or a date and a time, as in 2026-11-20");
        };
        let oldest = today.checked_sub(MAX_AGE_DAYS.days()).unwrap_or(today);
        if pieces.date() < oldest {
            let old =
                format!("shippingDate is more than {MAX_AGE_DAYS} days ago: such a parcel has no events any more");
            self.faults.push(Fault::new("shipping_date_outdated", old));
            return None;
        }
        Some(pieces.date())
    }
}

/// A carrier that neither table has is taken by its own code: an account may import its files under that.
fn courier(written: &str) -> Option<CarrierCode> {
    let of_ship24 = of_ship24(written).and_then(|carrier| CarrierCode::parse(carrier.code).ok());
    of_ship24
        .or_else(|| resolve(written))
        .or_else(|| CarrierCode::parse(&written.trim().replace('-', "_")).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn number() -> TrackingNumber {
        TrackingNumber::parse("AB/12345").unwrap()
    }

    #[test]
    fn every_field() {
        let body = json!({
            "trackingNumber": " ab/12345 ", "shipmentReference": "ref", "clientTrackerId": "mine",
            "originCountryCode": "chn", "destinationCountryCode": "US", "destinationPostCode": "SW1A 1AA",
            "shippingDate": "2026-11-20T23:30:00-08:00", "courierCode": ["us-post", "fedex", "usps"],
            "courierName": "USPS Standard", "trackingUrl": "https://example.com", "orderNumber": "DF14",
            "title": "Shoes", "recipient": {"email": "jane@example.com", "name": "Jane"},
            "settings": {"restrictTrackingToCourierCode": true}, "unknown": 7,
        });
        let text = |text: &str| Some(text.to_owned());
        let expect = NewTracker {
            number: number(),
            client_id: text("mine"),
            terms: TrackerTerms {
                couriers: ["fedex", "usps"].map(|code| CarrierCode::parse(code).unwrap()).to_vec(),
                restricted: true,
                ship_date: Some(jiff::civil::date(2026, 11, 20)),
                origin_country: text("CN"),
                destination_country: text("US"),
                destination_post_code: text("SW1A 1AA"),
                reference: text("ref"),
                courier_name: text("USPS Standard"),
                tracking_url: text("https://example.com"),
            },
            title: text("Shoes"),
            order_number: text("DF14"),
            recipient_name: text("Jane"),
        };
        assert_eq!(NewTracker::parse(&body, TODAY), Ok(expect));
    }

    #[test]
    fn nothing_but_a_number() {
        let bare = NewTracker {
            number: number(),
            client_id: None,
            terms: TrackerTerms::default(),
            title: None,
            order_number: None,
            recipient_name: None,
        };
        let nothing = json!({
            "trackingNumber": "AB/12345", "clientTrackerId": "", "courierCode": [], "settings": null,
            "shippingDate": null, "recipient": {},
        });
        assert_eq!(NewTracker::parse(&nothing, TODAY), Ok(bare));
    }

    /// The fault's code and the beginning of its message.
    #[track_caller]
    fn refuse(field: &str, value: Value, code: &str) {
        let mut body = json!({"trackingNumber": "AB/12345"});
        body[field] = value;
        let faults = NewTracker::parse(&body, TODAY).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(codes, [code], "{body}");
        assert!(faults[0].message.starts_with(field), "{faults:?}");
    }

    #[test]
    fn faults() {
        let long = |n: usize| Value::from("x".repeat(n));
        refuse("trackingNumber", Value::Null, "missing_mandatory_field");
        refuse("trackingNumber", json!(" "), "missing_mandatory_field");
        refuse("trackingNumber", json!("123456789"), "validation_error");
        refuse("trackingNumber", json!(1234567), "validation_error");
        refuse("trackingNumber", json!("A#12345"), "validation_error");
        refuse("shipmentReference", long(101), "validation_error");
        refuse("clientTrackerId", long(101), "validation_error");
        refuse("clientTrackerId", json!("a\nb"), "validation_error");
        refuse("originCountryCode", json!("Germany"), "validation_error");
        refuse("destinationCountryCode", json!("XXX"), "validation_error");
        refuse("destinationPostCode", long(33), "validation_error");
        refuse("destinationPostCode", json!("1;2"), "validation_error");
        refuse("shippingDate", json!("20/11/2026"), "validation_error");
        refuse("shippingDate", json!("2026-05-25"), "shipping_date_outdated");
        refuse("courierCode", json!(["a", "b", "c", "d"]), "validation_error");
        refuse("courierCode", json!(["DHL Express!"]), "validation_error");
        refuse("courierCode", json!({"code": "ups"}), "validation_error");
        refuse("recipient", json!("Jane"), "validation_error");
        refuse("recipient", json!({"email": "x".repeat(255)}), "validation_error");
        refuse("settings", json!([]), "validation_error");
        assert!(NewTracker::parse(&json!([]), TODAY).is_err());
        let many = NewTracker::parse(&json!({"shippingDate": 7, "title": 7}), TODAY).unwrap_err();
        assert_eq!(many.len(), 3);
        let oldest = json!({"trackingNumber": "AB/12345", "shippingDate": "2026-05-26"});
        assert!(NewTracker::parse(&oldest, TODAY).is_ok());
    }

    #[test]
    fn changes() {
        let change = TrackerChange::parse(&json!({"isSubscribed": false, "trackingNumber": "X"}), TODAY);
        let expect = TrackerChange {
            subscribed: Some(false),
            ..TrackerChange::default()
        };
        assert_eq!(change, Ok(expect));
        assert!(TrackerChange::parse(&json!({"isSubscribed": "no"}), TODAY).is_err());
        let none = TrackerChange::parse(&json!({"courierCode": []}), TODAY).unwrap();
        assert_eq!(none.couriers, Some(Vec::new()));
    }
}
