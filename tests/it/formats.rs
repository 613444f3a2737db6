//! A format that nobody has shipped, added through the extension point of milepost-feeds and nothing else.

#![expect(clippy::indexing_slicing, reason = "what is missing fails the test")]

use milepost_carriers::layout::{Item, Layout};
use milepost_feeds::{Charset, Grammar, Limits, OtherFormat, Picks, Reader, Step, decode};
use milepost_model::Wall;

/// Stanzas: lines of `name: value`, and a blank line behind each stanza.
struct Stanzas {
    names: Vec<String>,
    open: bool,
}

impl Grammar for Stanzas {
    fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize> {
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        end.or(at_end.then_some(bytes.len()))
    }

    fn take(&mut self, line: &[u8], row: &mut Picks) -> Result<Step, &'static str> {
        let line = std::str::from_utf8(line).map_err(|_| "a line is not UTF-8")?.trim();
        if line.is_empty() {
            let ended = std::mem::replace(&mut self.open, false);
            return Ok(if ended { Step::End } else { Step::Pass });
        }
        if let Some((name, value)) = line.split_once(':')
            && let Some(slot) = self.names.iter().position(|known| known == name)
        {
            row.put(slot, value);
        }
        let begun = std::mem::replace(&mut self.open, true);
        Ok(if begun { Step::Pass } else { Step::Begin })
    }
}

fn stanzas() -> OtherFormat {
    OtherFormat {
        name: "stanzas",
        fields: Vec::new(),
        open: |names, _| {
            Ok(Box::new(Stanzas {
                names: names.to_vec(),
                open: false,
            }))
        },
    }
}

const LAYOUT: &str = r#"
name = "stanzas"
revision = 1
format = "stanzas"

[columns]
tracking_number = "Parcel"
event_code = "What"
city = ["Town", "Hub"]

[time]
columns = ["When"]
"#;

const FILE: &str = "Parcel: AB1234567
What: 10
Hub: Köln
When: 2026-11-20 08:10

Parcel: AB1234568
Note: nobody asked for this
What: 13
Town: Bonn
When: 2026-11-20 14:03
";

#[tokio::test]
async fn a_format_of_ones_own() {
    let layout = Layout::parse_with(LAYOUT, &[stanzas()]).unwrap();
    let limits = Limits::default();
    for skip in [0, 1] {
        let stream = decode(FILE.as_bytes(), Charset::Utf8);
        let mut reader = Reader::open(stream, layout.format(), &limits).await.unwrap();
        let mapper = layout.mapper(reader.header()).unwrap();
        assert_eq!(reader.skip_to(skip).await.unwrap(), skip);
        let mut items = Vec::new();
        while let Some(row) = reader.next().await.unwrap() {
            items.push(mapper.map(&row.content.unwrap()).unwrap().unwrap());
        }
        let said = |item: &Item| {
            let event = &item.events[0];
            let Wall::At(at) = event.time.wall else { panic!("{event:?}") };
            format!("{} {} {} {at}", item.number, event.code, event.place.city)
        };
        let said: Vec<String> = items.iter().map(said).collect();
        let whole = ["AB1234567 10 Köln 2026-11-20T08:10:00", "AB1234568 13 Bonn 2026-11-20T14:03:00"];
        assert_eq!(said, whole[usize::try_from(skip).unwrap()..]);
    }
}

#[test]
fn without_it_the_layout_says_what_there_is() {
    let error = Layout::parse(LAYOUT).unwrap_err();
    insta::assert_snapshot!(error, @"line 4: format: formats are csv, fixed, json-lines, json, xml, x12, edifact and connect-items");
}
