//! docs/connections.md and docs/live-tracking.md against the code: their examples are read, and they name every key
//! that there is and none that there is not.

use std::collections::BTreeMap;

use milepost_model::SourceAddress;

use super::file;
use crate::aws::Addresses;
use crate::hub::Access;

const CONNECTIONS: &str = include_str!("../../../../docs/connections.md");
const LIVE_TRACKING: &str = include_str!("../../../../docs/live-tracking.md");

/// A hub that nothing is asked of.
fn access() -> Access {
    let nowhere = || "http://127.0.0.1:9".to_owned();
    let addresses = Addresses {
        table: nowhere(),
        queues: nowhere(),
        bucket: nowhere(),
    };
    Access::to(&addresses, std::path::Path::new("."))
}

async fn read(text: &str) -> Result<milepost_model::Connection, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.toml");
    std::fs::write(&path, text).unwrap();
    let read = file::read(&path, jiff::Timestamp::UNIX_EPOCH, &access()).await;
    read.map_err(|error| error.to_string())
}

fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```toml\n").skip(1);
    blocks
        .filter_map(|block| block.split_once("\n```"))
        .map(|(toml, _)| toml)
        .collect()
}

#[tokio::test]
async fn examples_are_read() {
    let mut names = Vec::new();
    for page in [CONNECTIONS, LIVE_TRACKING] {
        for example in examples(page) {
            // What stands behind a comment is an example too.
            let whole: Vec<&str> = example
                .lines()
                .map(|line| line.strip_prefix("# ").unwrap_or(line))
                .collect();
            for text in [example, &whole.join("\n")] {
                names.push(read(text).await.unwrap().id.as_str().to_owned());
            }
        }
    }
    let expect = ["dpd-scans", "dpd-scans", "vans", "vans", "usps-live", "usps-live"];
    assert_eq!(names, expect);
}

/// The keys that a table of the file may have, by what is said of one that it may not have.
async fn keys(table: &str) -> Vec<String> {
    let head = "name = \"a\"\ncarrier = \"usps\"\n";
    let text = match table {
        "" => format!("{head}nonsense = 1\n"),
        table => format!("{head}[{table}]\nnonsense = 1\n"),
    };
    let error = read(&text).await.unwrap_err();
    let (_, known) = error.split_once("expected ").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_key_is_documented() {
    for (table, page, least) in [
        ("", CONNECTIONS, 10),
        ("files", CONNECTIONS, 4),
        ("limits", CONNECTIONS, 2),
        ("live", LIVE_TRACKING, 5),
        ("live.quota", LIVE_TRACKING, 2),
    ] {
        let keys = keys(table).await;
        assert!(keys.len() >= least, "{table}: {keys:?}");
        for key in keys {
            let written = [format!("{key} = "), format!("[{key}]"), format!("`{key}`")];
            assert!(written.iter().any(|way| page.contains(way)), "{table}: {key}");
        }
    }
}

/// The settings of each kind of source, by the table of the page.
fn documented() -> BTreeMap<&'static str, Vec<&'static str>> {
    let (_, table) = CONNECTIONS
        .split_once("| kind | settings | secret |\n|---|---|---|\n")
        .unwrap();
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut before = Vec::new();
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        // Without what stands in brackets, which is about the setting before it.
        let named = cells[2]
            .split('(')
            .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
        let named = named.collect::<String>();
        let words = cells[2]
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| named.contains(word));
        let mut settings: Vec<&str> = words.collect();
        if named.contains("the same") {
            settings.splice(0..0, before);
        }
        before = settings.clone();
        kinds.insert(cells[1].trim_matches('`'), settings);
    }
    kinds
}

#[tokio::test]
async fn sources_have_the_documented_settings_and_no_others() {
    let kinds = documented();
    assert_eq!(
        kinds.keys().copied().collect::<Vec<_>>(),
        ["ftp", "ftps", "https", "lambda", "s3", "sftp"]
    );
    let sources = access().importer();
    let value = |name: &str| match name {
        "port" => "2121".to_owned(),
        "role" => "arn:aws:iam::123456789012:role/feeds".to_owned(),
        "certificate" => "ab".repeat(32),
        "host_key" => "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
        "url" => "https://feeds.carrier.example/events.csv".to_owned(),
        "host" => "feeds.carrier.example".to_owned(),
        "function" | "scheduled_function" => "arn:aws:lambda:eu-west-1:123456789012:function:vans".to_owned(),
        "metadata" => "{}".to_owned(),
        "base_url" => "http://127.0.0.1:3001".to_owned(),
        name => name.to_owned(),
    };
    for (kind, settings) in &kinds {
        // A web server is shown a user or a header, not both.
        let without = |left_out: &str| {
            let given = settings.iter().filter(|name| **name != left_out);
            let given: Vec<_> = given.map(|name| (*name, value(name))).collect();
            let given: Vec<_> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
            SourceAddress::new(kind, &given)
        };
        let either: &[&str] = if *kind == "https" { &["user", "header"] } else { &[""] };
        for left_out in either {
            sources.check(&without(left_out)).await.unwrap();
        }
        for other in kinds.values().flatten().filter(|other| !settings.contains(other)) {
            let mut address = without("header");
            address.settings.insert((*other).to_owned(), value(other));
            let error = sources.check(&address).await.unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the source's setting {other} is not one of this kind of source"),
                "{kind}"
            );
        }
    }
}
