//! A format that nobody has shipped, added through the extension point of milepost-feeds and nothing else; and a layout
//! that nobody has shipped, made as docs/writing-a-layout.md makes it.

#![expect(clippy::indexing_slicing, reason = "what is missing fails the test")]

use milepost_carriers::layout::{Item, Layout};
use milepost_feeds::{Charset, Grammar, Limits, OtherFormat, Picks, Reader, Step, decode};
use milepost_model::Wall;
use support::feed::days_ago;
use support::hub::TestHub;
use support::terminal::transcript;

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
            let Wall::At(at) = event.time.wall else {
                panic!("{event:?}")
            };
            format!("{} {} {} {at}", item.number, event.code, event.place.city)
        };
        let said: Vec<String> = items.iter().map(said).collect();
        let whole = [
            "AB1234567 10 Köln 2026-11-20T08:10:00",
            "AB1234568 13 Bonn 2026-11-20T14:03:00",
        ];
        assert_eq!(said, whole[usize::try_from(skip).unwrap()..]);
    }
}

#[test]
fn without_it_the_layout_says_what_there_is() {
    let error = Layout::parse(LAYOUT).unwrap_err();
    insta::assert_snapshot!(error, @"line 4: format: formats are csv, fixed, json-lines, json, xml, x12, edifact and connect-items");
}

const PAGE: &str = include_str!("../../docs/writing-a-layout.md");
const RAW: &str = include_str!("../fixtures/feeds/own/NORD_20261120_1410.txt");
const NORDPOST: &str = include_str!("../fixtures/feeds/own/nordpost.toml");

/// The blocks of the page, without their fences.
fn blocks() -> Vec<&'static str> {
    PAGE.split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').unwrap().1)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_about_layouts_is_true() {
    let [raw, layout, check, checked, import] = blocks()[..] else {
        panic!("the page has five blocks")
    };
    assert_eq!((raw, layout), (RAW, NORDPOST));
    let hub = TestHub::start().await;
    let folder = tempfile::tempdir().unwrap();
    // The page's file is of one day, and no hub takes in what is older than its retention.
    let day = days_ago(2).strftime("%d.%m.%y").to_string();
    let file = folder.path().join("NORD_20261120_1410.txt");
    std::fs::write(file, raw.replace("20.11.26", &day)).unwrap();
    std::fs::write(folder.path().join("nordpost.toml"), layout).unwrap();
    let mut said = Vec::new();
    for command in [check, import].concat().lines() {
        let command = command.strip_prefix("milepost ").unwrap();
        let command = format!("{command} --data {}", hub.folder.display());
        said.push(transcript(env!("CARGO_BIN_EXE_milepost-under-test"), folder.path(), &command).await);
        tokio::time::timeout(std::time::Duration::from_secs(20), hub.hub.drain())
            .await
            .unwrap()
            .unwrap();
    }
    assert!(said[0].contains(checked), "{}", said[0]);
    assert!(
        said[1].contains("3 events") && said[1].contains("1 rejected"),
        "{}",
        said[1]
    );
    for told in ["Delivered", "HAMBURG", "14:03"] {
        let timeline = said[2].to_uppercase();
        assert!(timeline.contains(&told.to_uppercase()), "{told}: {}", said[2]);
    }
    hub.hub.stop().await;
}
