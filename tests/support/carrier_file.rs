//! A made carrier file with everything that real ones have in them, and what must become of it.
//!
//! Parcels live through their events at several places; some rows come twice, some far from their place, and some are
//! bad in one of six ways. The same number of rows and the same seed make the same file, but for the days, which are
//! counted from today so that no row is ever older than the retention.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};
use milepost_contract::shipengine::{TrackingEvent, TrackingLog};
use milepost_model::RejectReason;

use crate::feed::days_ago;

const HEADER: &str = "tracking_number,event_code,description,local_timestamp,city,state,postal_code,country,signer,\
                      company,utc_offset\r\n";

/// The events of an undisturbed life, in order.
const LIFE: [Kind; 11] = [
    Kind {
        code: "MA",
        text: "Shipping Label Created, USPS Awaiting Item",
        status: "NY",
    },
    Kind {
        code: "03",
        text: "USPS picked up item",
        status: "AC",
    },
    Kind {
        code: "10",
        text: "Arrived at USPS Regional Origin Facility",
        status: "IT",
    },
    Kind {
        code: "T1",
        text: "Departed USPS Regional Facility",
        status: "IT",
    },
    Kind {
        code: "NT",
        text: "In Transit to Next Facility",
        status: "IT",
    },
    Kind {
        code: "A1",
        text: "Arrived at USPS Regional Destination Facility",
        status: "IT",
    },
    Kind {
        code: "07",
        text: "Arrived at Post Office",
        status: "IT",
    },
    Kind {
        code: "OF",
        text: "Out for Delivery",
        status: "IT",
    },
    Kind {
        code: "02",
        text: "Delivery Attempted, No Access to Delivery Location",
        status: "AT",
    },
    Kind {
        code: "OF",
        text: "Out for Delivery",
        status: "IT",
    },
    Kind {
        code: "01",
        text: "Delivered, In/At Mailbox",
        status: "DE",
    },
];

/// What can happen instead.
const TROUBLE: [Kind; 4] = [
    Kind {
        code: "EX",
        text: "Delayed, weather; \"rescheduled\" to next delivery day",
        status: "EX",
    },
    Kind {
        code: "21",
        text: "No Such Number",
        status: "EX",
    },
    Kind {
        code: "04",
        text: "Refused",
        status: "EX",
    },
    Kind {
        code: "ZZ",
        text: "Customer pickup, see agent",
        status: "SP",
    },
];

/// After a delivery only these change the status: the parcel goes back.
const REOPENS: [&str; 1] = ["04"];

const PLACES: [Place; 13] = [
    Place {
        city: "SARCOXIE",
        state: "MO",
        postal_code: "64862",
        country: "US",
        offset: -6,
    },
    Place {
        city: "LAS VEGAS NV DISTRIBUTION CENTER",
        state: "NV",
        postal_code: "89199",
        country: "US",
        offset: -8,
    },
    Place {
        city: "LAS VEGAS",
        state: "NV",
        postal_code: "89118",
        country: "US",
        offset: -8,
    },
    Place {
        city: "AUSTIN",
        state: "TX",
        postal_code: "78701",
        country: "US",
        offset: -6,
    },
    Place {
        city: "NEW YORK",
        state: "NY",
        postal_code: "10001",
        country: "US",
        offset: -5,
    },
    Place {
        city: "MÜNCHEN",
        state: "BY",
        postal_code: "80331",
        country: "DE",
        offset: 1,
    },
    Place {
        city: "MONTRÉAL",
        state: "QC",
        postal_code: "H2Y 1C6",
        country: "CA",
        offset: -5,
    },
    Place {
        city: "SYDNEY",
        state: "NS",
        postal_code: "2000",
        country: "AU",
        offset: 10,
    },
    Place {
        city: "ST. LOUIS, DOWNTOWN",
        state: "MO",
        postal_code: "63101",
        country: "US",
        offset: -6,
    },
    Place {
        city: "大阪市",
        state: "27",
        postal_code: "530-0001",
        country: "JP",
        offset: 9,
    },
    Place {
        city: "SÃO PAULO",
        state: "SP",
        postal_code: "01001-000",
        country: "BR",
        offset: -3,
    },
    Place {
        city: "CHICAGO",
        state: "IL",
        postal_code: "60601",
        country: "US",
        offset: -6,
    },
    Place {
        city: "",
        state: "",
        postal_code: "",
        country: "US",
        offset: 0,
    },
];

const SIGNERS: [&str; 5] = ["", "J SMITH", "O'NEIL, PAT", "FRONT DESK", "M. GARCÍA"];
const COMPANIES: [&str; 4] = ["", "ACME \"PARTS\" CO", "NORTHWIND, LTD", "Zażółć Sp. z o.o."];

/// The ways in which a row is bad, with what it is counted as.
const BAD: [(Bad, RejectReason); 6] = [
    (Bad::Short, RejectReason::MissingFields),
    (Bad::NoNumber, RejectReason::NoTrackingNumber),
    (Bad::Time, RejectReason::BadTime),
    (Bad::Utf8, RejectReason::Encoding),
    (Bad::LongField, RejectReason::TooLong),
    (Bad::Number, RejectReason::BadTrackingNumber),
];

/// Out of a thousand rows so many repeat an earlier one, are displaced, are bad, and are trouble.
const REPEATED: u64 = 30;
const DISPLACED: u64 = 50;
const BAD_ROWS: u64 = 12;
const TROUBLED: u64 = 20;

/// Two are enough to test the limit, and a file of them would be large.
const LONG_FIELDS: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    code: &'static str,
    text: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    city: &'static str,
    state: &'static str,
    postal_code: &'static str,
    country: &'static str,
    /// Hours from UTC.
    offset: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bad {
    Short,
    NoNumber,
    Time,
    Utf8,
    LongField,
    Number,
}

/// A file, and its manifest.
pub struct CarrierFile {
    pub bytes: Vec<u8>,
    pub rows: u64,
    pub rejected: BTreeMap<RejectReason, u64>,
    /// Good rows, repeats counted once.
    pub events: u64,
    /// Good rows that repeat another.
    pub repeats: u64,
    /// Rows that stand far from their place.
    pub displaced: u64,
    parcels: BTreeMap<String, BTreeSet<GoodRow>>,
}

/// A row that must become an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct GoodRow {
    at: Timestamp,
    kind: Kind,
    place: Place,
    signer: &'static str,
    company: &'static str,
}

/// What the API says of an event, as far as a row says it.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    occurred_at: String,
    carrier_occurred_at: String,
    event_code: String,
    description: String,
    place: [String; 4],
    signer: String,
    company: String,
}

impl CarrierFile {
    /// A file of so many rows.
    pub fn of_rows(rows: u64, seed: u64) -> Self {
        let mut maker = Maker::new(rows, Seeded(seed));
        while maker.file.rows + u64::try_from(maker.held.len()).unwrap() < rows {
            maker.step();
        }
        while let Some((_, number, row)) = maker.held.pop_front() {
            maker.good(&number, row);
        }
        maker.file
    }

    /// The same bytes as gzip writes them.
    pub fn gzipped(&self) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&self.bytes).unwrap();
        gzip.finish().unwrap()
    }

    /// Every tracking number that has a good row.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.parcels.keys().map(String::as_str)
    }

    /// Asserts that the answers are what the good rows say: for every parcel its events, newest first, and the status.
    pub fn check(&self, answers: &BTreeMap<String, TrackingLog>) {
        assert_eq!(answers.len(), self.parcels.len());
        for (number, rows) in &self.parcels {
            let log = &answers[number];
            let newest_first: Vec<Said> = rows.iter().rev().map(GoodRow::said).collect();
            let answered: Vec<Said> = log.events.iter().map(Said::of).collect();
            assert_eq!(answered, newest_first, "events of {number}");
            assert_eq!(log.status_code, status(rows), "status of {number}: {newest_first:#?}");
        }
    }
}

/// The status of the newest event; what was delivered stays so, unless it goes back.
fn status(rows: &BTreeSet<GoodRow>) -> &'static str {
    rows.iter().fold("NY", |status, row| {
        let Kind { code, status: next, .. } = row.kind;
        if status == "DE" && !REOPENS.contains(&code) {
            status
        } else {
            next
        }
    })
}

impl GoodRow {
    fn local(&self) -> DateTime {
        Offset::constant(self.place.offset).to_datetime(self.at)
    }

    fn said(&self) -> Said {
        let Place {
            city,
            state,
            postal_code,
            country,
            ..
        } = self.place;
        Said {
            occurred_at: self.at.to_string(),
            carrier_occurred_at: self.local().to_string(),
            event_code: self.kind.code.to_owned(),
            description: self.kind.text.to_owned(),
            place: [city, state, postal_code, country].map(str::to_owned),
            signer: self.signer.to_owned(),
            company: self.company.to_owned(),
        }
    }

    fn fields(&self, number: &str) -> Vec<String> {
        let Said {
            carrier_occurred_at,
            event_code,
            description,
            place,
            signer,
            company,
            ..
        } = self.said();
        let [city, state, postal_code, country] = place;
        let offset = format!("{:+03}:00", self.place.offset);
        let number = number.to_owned();
        vec![
            number,
            event_code,
            description,
            carrier_occurred_at,
            city,
            state,
            postal_code,
            country,
            signer,
            company,
            offset,
        ]
    }
}

impl Said {
    fn of(event: &TrackingEvent) -> Self {
        let TrackingEvent {
            city_locality,
            state_province,
            postal_code,
            country_code,
            ..
        } = event.clone();
        Self {
            occurred_at: event.occurred_at.clone(),
            carrier_occurred_at: event.carrier_occurred_at.clone(),
            event_code: event.event_code.clone(),
            description: event.description.clone(),
            place: [city_locality, state_province, postal_code, country_code],
            signer: event.signer.clone(),
            company: event.company_name.clone(),
        }
    }
}

/// Numbers that look random and are the same each time (`SplitMix64`).
pub struct Seeded(pub u64);

impl Seeded {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of 0 to `end - 1`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// One of them.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let index = self.below(u64::try_from(from.len()).unwrap());
        from[usize::try_from(index).unwrap()].clone()
    }
}

/// A file while it is made.
struct Maker {
    rng: Seeded,
    file: CarrierFile,
    start: Timestamp,
    parcels: u64,
    active: Vec<u64>,
    next: u64,
    lives: HashMap<u64, Life>,
    /// Earlier rows, for repeats.
    recent: Vec<(String, GoodRow)>,
    /// Displaced rows, with the row before which they do not come.
    held: VecDeque<(u64, String, GoodRow)>,
    displacement: u64,
}

/// How far a parcel has come.
struct Life {
    step: usize,
    at: Timestamp,
    home: Place,
    /// Two events of one code and local minute would be one event.
    seen: BTreeSet<(&'static str, DateTime)>,
}

impl Maker {
    fn new(rows: u64, rng: Seeded) -> Self {
        let parcels = (rows / 8).max(1);
        let file = CarrierFile {
            bytes: HEADER.as_bytes().to_vec(),
            rows: 0,
            rejected: BTreeMap::new(),
            events: 0,
            repeats: 0,
            displaced: 0,
            parcels: BTreeMap::new(),
        };
        Self {
            rng,
            file,
            // The longest life and the zones stay clear of tomorrow.
            start: Offset::UTC.to_timestamp(days_ago(40).at(0, 0, 0, 0)).unwrap(),
            parcels,
            active: (0..(parcels / 4).max(1)).collect(),
            next: (parcels / 4).max(1),
            lives: HashMap::new(),
            recent: Vec::new(),
            held: VecDeque::new(),
            displacement: (rows / 5).max(1),
        }
    }

    fn step(&mut self) {
        let due = self
            .held
            .front()
            .is_some_and(|(not_before, ..)| self.file.rows > *not_before);
        if due && self.rng.chance(40) {
            let (_, number, row) = self.held.pop_front().unwrap();
            return self.good(&number, row);
        }
        if self.rng.chance(REPEATED) && !self.recent.is_empty() {
            let (number, row) = self.rng.pick(&self.recent);
            return self.good(&number, row);
        }
        let (number, row) = self.live();
        if self.rng.chance(BAD_ROWS) {
            return self.bad(&number, &row);
        }
        self.recent.push((number.clone(), row.clone()));
        if self.rng.chance(DISPLACED) {
            self.file.displaced += 1;
            let not_before = self.file.rows + self.rng.below(self.displacement);
            self.held.push_back((not_before, number, row));
        } else {
            self.good(&number, row);
        }
    }

    /// The next event of some parcel that is under way.
    fn live(&mut self) -> (String, GoodRow) {
        let index = usize::try_from(self.rng.below(u64::try_from(self.active.len()).unwrap())).unwrap();
        let parcel = self.active[index];
        let first = self.start + seconds(self.rng.below(5 * 86_400));
        let home = self.rng.pick(&PLACES);
        let life = self.lives.entry(parcel).or_insert(Life {
            step: 0,
            at: first,
            home,
            seen: BTreeSet::new(),
        });
        let troubled = self.rng.chance(TROUBLED);
        let kind = if troubled {
            self.rng.pick(&TROUBLE)
        } else {
            LIFE[life.step]
        };
        let place = if (6..=10).contains(&life.step) {
            life.home
        } else {
            self.rng.pick(&PLACES)
        };
        let minute = |at: Timestamp| {
            Offset::constant(place.offset)
                .to_datetime(at)
                .with()
                .second(0)
                .build()
                .unwrap()
        };
        while !life.seen.insert((kind.code, minute(life.at))) {
            life.at += seconds(60);
        }
        let is_delivery = kind.code == "01";
        let row = GoodRow {
            at: life.at,
            kind,
            place,
            signer: if is_delivery { self.rng.pick(&SIGNERS) } else { "" },
            company: if is_delivery { self.rng.pick(&COMPANIES) } else { "" },
        };
        // Most are delivered at the first attempt.
        life.step += if life.step == 7 && self.rng.chance(900) { 3 } else { 1 };
        life.at += seconds(600 + self.rng.below(59_400));
        if life.step == LIFE.len() {
            life.step -= 1;
            if self.next < self.parcels {
                self.active[index] = self.next;
                self.next += 1;
            }
        }
        (number(parcel), row)
    }

    fn good(&mut self, number: &str, row: GoodRow) {
        self.write(&row.fields(number));
        if self.file.parcels.entry(number.to_owned()).or_default().insert(row) {
            self.file.events += 1;
        } else {
            self.file.repeats += 1;
        }
    }

    fn bad(&mut self, number: &str, row: &GoodRow) {
        let (mut bad, mut reason) = self.rng.pick(&BAD);
        let so_many = self.file.rejected.get(&reason).copied().unwrap_or_default();
        if bad == Bad::LongField && so_many >= LONG_FIELDS {
            (bad, reason) = BAD[0];
        }
        let mut fields = row.fields(number);
        match bad {
            Bad::Short => fields.truncate(4),
            Bad::NoNumber => fields[0].clear(),
            Bad::Time => "31/02/2026 25:61".clone_into(&mut fields[3]),
            Bad::LongField => fields[2] = "X".repeat(70_000),
            Bad::Number => fields[0].push_str("?!"),
            Bad::Utf8 => {}
        }
        let begin = self.file.bytes.len();
        self.write(&fields);
        if bad == Bad::Utf8 {
            self.file.bytes.splice(begin + 30..begin + 30, [0xff, 0xfe]);
        }
        *self.file.rejected.entry(reason).or_default() += 1;
    }

    fn write(&mut self, fields: &[String]) {
        self.file.rows += 1;
        let quoted: Vec<String> = fields.iter().map(|field| quote(field)).collect();
        self.file.bytes.extend_from_slice(quoted.join(",").as_bytes());
        self.file.bytes.extend_from_slice(b"\r\n");
    }
}

fn quote(field: &str) -> String {
    if field.contains([',', '"']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn seconds(seconds: u64) -> Span {
    Span::new().seconds(i64::try_from(seconds).unwrap())
}

/// Twenty-two digits as on USPS's labels, with their check digit.
fn number(parcel: u64) -> String {
    let body = format!("9405511899{parcel:011}");
    let sum: u32 = body
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
