//! Ship24's trackers: what an account asked for, and which parcels that means.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use crate::{
    AccountId, CarrierCode, Follower, FollowerKind, Invalid, Parcel, Status, Told, TrackingNumber, hash_of_texts,
    journey,
};

/// One tracker of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Tracker {
    /// Its name, with its place in the account's list.
    pub id: TrackerId,
    /// Whose it is.
    pub account: AccountId,
    /// Which number.
    pub number: TrackingNumber,
    /// When it was created.
    pub created: Timestamp,
    /// Whether it is told of changes. Only its owner ends or resumes that.
    pub subscribed: bool,
    /// The owner's own name for it, unique among the account's subscribed trackers.
    pub client_id: Option<String>,
    /// What tells it from another tracker of the same number.
    pub terms: TrackerTerms,
    /// What the owner calls the order; changes nothing.
    pub title: Option<String>,
    /// The number of the owner's order; changes nothing.
    pub order_number: Option<String>,
    /// To whom the parcel goes, as the owner wrote it.
    pub recipient_name: Option<String>,
}

/// The part of a tracker by which a second request for it is known to be the same.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TrackerTerms {
    /// The carriers that the owner named, sorted and each once; often none.
    pub couriers: Vec<CarrierCode>,
    /// Whether no other carrier's parcel counts.
    pub restricted: bool,
    /// The day on which it was shipped.
    pub ship_date: Option<Date>,
    /// Two letters.
    pub origin_country: Option<String>,
    /// Two letters.
    pub destination_country: Option<String>,
    /// As the owner wrote it, trimmed.
    pub destination_post_code: Option<String>,
    /// The owner's reference, not unique.
    pub reference: Option<String>,
    /// The carrier's name as the owner has it.
    pub courier_name: Option<String>,
    /// The carrier's page as the owner has it.
    pub tracking_url: Option<String>,
}

/// Without what names a person, an order or a place.
impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("number", &self.number)
            .field("subscribed", &self.subscribed)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

/// As for [`Tracker`].
impl fmt::Debug for TrackerTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackerTerms")
            .field("couriers", &self.couriers)
            .field("restricted", &self.restricted)
            .field("ship_date", &self.ship_date)
            .finish_non_exhaustive()
    }
}

impl Tracker {
    /// One that is subscribed, at a place of its account's list, without what its owner may say besides the terms.
    pub fn new(
        account: AccountId,
        number: TrackingNumber,
        terms: TrackerTerms,
        place: u64,
        created: Timestamp,
    ) -> Self {
        Self {
            id: TrackerId::of(&account, &number, &terms, place),
            account,
            number,
            created,
            subscribed: true,
            client_id: None,
            terms,
            title: None,
            order_number: None,
            recipient_name: None,
        }
    }

    /// When the journey that it means was under way, in Unix milliseconds: the middle of the day of shipping, else its
    /// creation.
    pub fn meant_ms(&self) -> i64 {
        let noon = |date: Date| Offset::UTC.to_timestamp(date.to_datetime(Time::constant(12, 0, 0, 0)));
        let shipped = self.terms.ship_date.and_then(|date| noon(date).ok());
        shipped.unwrap_or(self.created).as_millisecond()
    }

    /// As one who is told.
    pub fn follower(self, told: Told) -> Follower {
        Follower {
            account: self.account.clone(),
            number: self.number.clone(),
            started_ms: self.meant_ms(),
            kind: FollowerKind::Tracker(Box::new(self)),
            told,
        }
    }

    /// Whether more is expected: it is followed, and its parcel was not delivered.
    pub fn is_tracked(&self, status: Status) -> bool {
        self.subscribed && status != Status::Delivered
    }

    /// Of what each carrier knows of the number, what the tracker means: all who knew it in one time, for one carrier
    /// hands a parcel to another; only those that its owner named, if so restricted.
    pub fn means(&self, mut parcels: Vec<Parcel>) -> Vec<Parcel> {
        let named = &self.terms.couriers;
        let any = named.is_empty() || !self.terms.restricted;
        parcels
            .retain(|parcel| parcel.is_known() && (any || named.contains(&parcel.carrier)) && !self.is_after(parcel));
        of_one_time(parcels, self.meant_ms())
    }

    /// Whether a parcel's life had ended so long before what the tracker means that its number was given anew: that the
    /// next one was not heard of yet does not make it the old one.
    fn is_after(&self, parcel: &Parcel) -> bool {
        let meant = Timestamp::from_millisecond(self.meant_ms()).unwrap_or(self.created);
        parcel.has_ended() && span(parcel).is_some_and(|(_, last)| journey::is_long(last, meant))
    }
}

/// The parcel that speaks for all that a follower means: one that was delivered, else the one heard of last.
pub fn leading(parcels: &[Parcel]) -> Option<&Parcel> {
    parcels.iter().max_by_key(|parcel| {
        let last = span(parcel).map(|(_, last)| last);
        (parcel.status == Status::Delivered, last, &parcel.carrier)
    })
}

/// Two carriers' parcels under one number, with a silence between them in which a number may be given anew, are two
/// parcels; the one under way at the instant counts, or the nearer. The same rule as for journeys of one carrier.
fn of_one_time(mut parcels: Vec<Parcel>, at_ms: i64) -> Vec<Parcel> {
    parcels.sort_by(|a, b| span(a).cmp(&span(b)).then_with(|| a.carrier.cmp(&b.carrier)));
    let mut times: Vec<(Option<Timestamp>, Vec<Parcel>)> = Vec::new();
    let mut last: Option<Timestamp> = None;
    for parcel in parcels {
        let (first, until) = span(&parcel).unwrap_or((Timestamp::MIN, Timestamp::MIN));
        match (last, times.last_mut()) {
            (Some(last), Some((_, time))) if !journey::is_long(last, first) => time.push(parcel),
            (last, _) => times.push((last.map(|last| journey::middle(last, first)), vec![parcel])),
        }
        last = last.max(Some(until));
    }
    let begun = |begins: &Option<Timestamp>| begins.is_none_or(|begins| begins.as_millisecond() <= at_ms);
    let meant = times.into_iter().rfind(|(begins, _)| begun(begins));
    let mut meant = meant.map(|(_, parcels)| parcels).unwrap_or_default();
    // In an order that news does not change.
    meant.sort_by(|a, b| a.carrier.cmp(&b.carrier));
    meant
}

/// When a parcel was first and last heard of.
fn span(parcel: &Parcel) -> Option<(Timestamp, Timestamp)> {
    let events = parcel.events.iter().map(crate::ParcelEvent::sort_instant);
    let instants = || events.clone().chain(parcel.facts.values().map(|fact| fact.as_of));
    Some((instants().min()?, instants().max()?))
}

/// Names a tracker: a UUID of version 8 (RFC 9562). The first six bytes are its place in the account's list, so that
/// one item finds it both by its id and by its place; the others are a hash of whose it is and what it asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackerId([u8; 16]);

impl TrackerId {
    /// Of an account's tracker at a place, from 0 to 2^48 - 1.
    pub fn of(account: &AccountId, number: &TrackingNumber, terms: &TrackerTerms, place: u64) -> Self {
        let [_, _, p0, p1, p2, p3, p4, p5] = place.to_be_bytes();
        let mut bytes = terms.digest(account, number, place);
        let [b0, b1, b2, b3, b4, b5, ..] = &mut bytes;
        (*b0, *b1, *b2, *b3, *b4, *b5) = (p0, p1, p2, p3, p4, p5);
        Self(as_uuid(bytes))
    }

    /// Its place in the account's list, from 0.
    pub fn place(self) -> u64 {
        let [p0, p1, p2, p3, p4, p5, ..] = self.0;
        u64::from_be_bytes([0, 0, p0, p1, p2, p3, p4, p5])
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The opposite of [`TrackerId::as_bytes`].
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads 36 characters, in either case.
    ///
    /// # Errors
    /// [`Invalid::Name`].
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        let invalid = Invalid::Name {
            what: "the tracker id",
            why: "it is a UUID, as the answer to its creation has it",
        };
        let groups: Vec<usize> = written.split('-').map(str::len).collect();
        let digits: Vec<u32> = written.chars().filter_map(|c| c.to_digit(16)).collect();
        if groups != [8, 4, 4, 4, 12] || digits.len() != 32 {
            return Err(invalid);
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let [high, low] = *pair;
            *byte = u8::try_from(high * 16 + low).unwrap_or_default();
        }
        Ok(Self(bytes))
    }
}

impl TrackerTerms {
    fn digest(&self, account: &AccountId, number: &TrackingNumber, place: u64) -> [u8; 16] {
        let couriers: Vec<&str> = self.couriers.iter().map(CarrierCode::as_str).collect();
        let ship_date = self.ship_date.map(|date| date.to_string());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let parts = [
            account.as_str().to_owned(),
            number.as_str().to_owned(),
            place.to_string(),
            couriers.join(","),
            self.restricted.to_string(),
            ship_date.unwrap_or_default(),
            text(&self.origin_country),
            text(&self.destination_country),
            text(&self.destination_post_code),
            text(&self.reference),
            text(&self.courier_name),
            text(&self.tracking_url),
        ];
        digest(parts.iter().map(String::as_str))
    }
}

/// The first half of the hash of texts.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> [u8; 16] {
    let hash = hash_of_texts(parts);
    *hash.first_chunk().unwrap_or(&[0; 16])
}

/// Bytes with the version and the variant of a UUID in their places.
fn as_uuid(mut bytes: [u8; 16]) -> [u8; 16] {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    bytes
}

/// A UUID of version 8 from texts: the same for the same texts.
pub fn uuid_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    TrackerId(as_uuid(digest(parts))).to_string()
}

impl fmt::Display for TrackerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, byte) in self.0.iter().enumerate() {
            if matches!(nth, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TrackerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrackerId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        AccountId::parse("acme").unwrap()
    }

    fn number() -> TrackingNumber {
        TrackingNumber::parse("9405511899223197428490").unwrap()
    }

    fn carrier(code: &str) -> CarrierCode {
        CarrierCode::parse(code).unwrap()
    }

    fn tracker(couriers: &[&str], restricted: bool, ship_date: Option<&str>) -> Tracker {
        let terms = TrackerTerms {
            couriers: couriers.iter().map(|code| carrier(code)).collect(),
            restricted,
            ship_date: ship_date.map(|date| date.parse().unwrap()),
            ..TrackerTerms::default()
        };
        let created = "2026-11-20T14:03:00Z".parse().unwrap();
        Tracker {
            recipient_name: Some("Jane Doe".into()),
            ..Tracker::new(account(), number(), terms, 7, created)
        }
    }

    /// What a carrier knows, heard of on a day by one fact.
    fn heard(code: &str, day: &str) -> Parcel {
        let mut parcel = Parcel::unknown(number(), carrier(code));
        let fact = crate::ParcelFact {
            value: "x".into(),
            as_of: format!("{day}T10:00:00Z").parse().unwrap(),
            began: crate::Arrival {
                at_ms: 0,
                source: crate::SourceHash(0),
                offset: 0,
            },
            quiet: false,
        };
        parcel.facts.insert(crate::FactName::Service, fact);
        parcel
    }

    #[test]
    fn an_id_holds_its_place_and_is_a_uuid() {
        let of = |place| TrackerId::of(&account(), &number(), &TrackerTerms::default(), place);
        for place in [0, 1, 999, (1 << 48) - 1] {
            let id = of(place);
            assert_eq!(id.place(), place);
            assert_eq!(TrackerId::parse(&id.to_string()), Ok(id));
            assert_eq!(TrackerId::parse(&id.to_string().to_uppercase()), Ok(id));
            assert_eq!(id.to_string().as_bytes()[14], b'8', "version");
            assert!(matches!(id.to_string().as_bytes()[19], b'8'..=b'b'), "variant");
        }
        let other = TrackerTerms {
            restricted: true,
            ..TrackerTerms::default()
        };
        assert_ne!(TrackerId::of(&account(), &number(), &other, 1), of(1));
        for bad in ["", "7", "00000000-0000-8000-8000-00000000000g", &of(1).to_string()[1..]] {
            assert!(TrackerId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_personal_is_shown() {
        let shown = format!("{:?}", tracker(&["usps"], false, None));
        assert!(shown.contains("usps") && !shown.contains("Jane"), "{shown}");
    }

    /// `known` are carriers with the day on which each was heard of.
    #[track_caller]
    fn check(tracker: &Tracker, known: &[(&str, &str)], expect: &[&str]) {
        let parcels = known.iter().map(|(code, day)| heard(code, day));
        let meant = tracker.means(parcels.collect());
        let meant: Vec<&str> = meant.iter().map(|parcel| parcel.carrier.as_str()).collect();
        assert_eq!(meant, expect);
    }

    #[test]
    fn what_a_tracker_means() {
        let today = "2026-11-20";
        let both = [("fedex", today), ("usps", today)];
        check(&tracker(&[], false, None), &[], &[]);
        check(&tracker(&[], false, None), &both, &["fedex", "usps"]);
        check(&tracker(&["usps"], false, None), &both, &["fedex", "usps"]);
        check(&tracker(&["ups"], false, None), &both, &["fedex", "usps"]);
        check(&tracker(&["ups"], true, None), &both, &[]);
        check(&tracker(&["usps"], true, None), &both, &["usps"]);
        check(&tracker(&[], true, None), &both, &["fedex", "usps"]);
        let reused = [("fedex", "2026-05-01"), ("usps", today)];
        check(&tracker(&[], false, None), &reused, &["usps"]);
        check(&tracker(&[], false, Some("2026-05-02")), &reused, &["fedex"]);
        check(&tracker(&[], false, None), &[("fedex", "2026-05-01")], &["fedex"]);
    }

    #[test]
    fn an_old_life_that_had_ended_is_not_meant() {
        let means = |day, status| {
            let parcel = Parcel {
                status,
                ..heard("usps", day)
            };
            tracker(&[], false, None).means(vec![parcel]).len()
        };
        assert_eq!(means("2026-07-01", Status::Delivered), 0);
        assert_eq!(means("2026-07-01", Status::InTransit), 1);
        assert_eq!(means("2026-10-01", Status::Delivered), 1);
    }

    #[test]
    fn who_speaks() {
        let parcel = |code: &str, status| Parcel {
            status,
            ..Parcel::unknown(number(), carrier(code))
        };
        assert_eq!(leading(&[]), None);
        let (a, b) = (parcel("fedex", Status::Delivered), parcel("usps", Status::InTransit));
        assert_eq!(leading(&[a.clone(), b.clone()]), Some(&a));
        assert_eq!(leading(&[b, a.clone()]), Some(&a));
    }
}
