//! The carriers as a page for people: `docs/carriers.md` is what this renders.

use std::fmt::Write as _;

use milepost_model::DetailCode;

use super::{Carrier, Standing, known_carriers};
use crate::live::{Terms, live_carriers};
use crate::statuses::{Codes, Standard, status_of};

/// The page, as Markdown.
pub fn carriers_page() -> String {
    let mut page = String::from(HEAD);
    page.push_str(
        "| Carrier | Code | Country | Ship24 | Page | Track | Files of its own | Detection | Event codes |\n",
    );
    page.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for carrier in known_carriers() {
        page.push_str(&row(carrier));
    }
    page.push_str(LIVE);
    page.push_str(
        "| Carrier | Numbers per call | Quota | Least pause | Sandbox | Read from |\n|---|---|---|---|---|---|\n",
    );
    for api in live_carriers() {
        page.push_str(&live_row(api.terms()));
    }
    page.push_str(CODES);
    page.push_str("| Of | Codes | Silent | Source |\n|---|---|---|---|\n");
    for carrier in known_carriers() {
        if let Some(codes) = carrier.codes {
            page.push_str(&codes_row(carrier.name, codes));
        }
    }
    for standard in Standard::ALL {
        page.push_str(&codes_row(name(standard), standard.codes()));
        if let Some(reasons) = standard.reasons() {
            page.push_str(&codes_row(&format!("{}, reasons", name(standard)), reasons));
        }
    }
    page.push_str(DETAILS);
    page.push_str("| Detail code | Status |\n|---|---|\n");
    for detail in DetailCode::ALL {
        line(&mut page, format_args!("| {detail} | {} |", status_of(*detail)));
    }
    page
}

const HEAD: &str = "\
# Carriers

<!-- Rendered from shared/milepost-carriers by a test; do not edit. UPDATE_DOCS=1 cargo test -p milepost-carriers -->

Files that a layout describes can be imported for every carrier, listed here or not. What the columns say beyond that:

- **Ship24**: the courier code that Ship24 uses, where its list has one that is surely this carrier.
- **Page**: whether answers carry a link to the carrier's own page.
- **Track**: the hub asks the carrier's API. **Files of its own**: a layout for a format of that carrier's is tested.
  **Detection**: it tells from a number that it may be the carrier's. Each is *verified* (a test does it with the
  carrier's own data) or *documented* (built from public documentation).
- **Event codes**: how many of the carrier's codes the hub knows. A code that it does not know gives status `UN` and is
  counted, never guessed.

";

const LIVE: &str = "
## Live tracking

What one set of credentials may ask unless the carrier grants more, and what the reading of the answers was written
from. Any other carrier is a file or a function: see adding-a-carrier.md.

";

const CODES: &str = "
## Where the event codes come from

*Silent* codes are listed by the source but say nothing of where the parcel stands, or the source leaves open what they
say. They do not change a parcel's status, and are not counted as unknown.

";

const DETAILS: &str = "
## Detail codes and their status

Every event code means one of these 75 detail codes, and the detail code gives the status.

";

fn row(carrier: &Carrier) -> String {
    let mut codes = carrier.code.to_owned();
    for alias in carrier.aliases {
        codes.push_str(", ");
        codes.push_str(alias);
    }
    let support = carrier.support;
    let cells = [
        carrier.name.to_owned(),
        codes,
        carrier.country.unwrap_or_default().to_owned(),
        carrier.ship24.unwrap_or_default().to_owned(),
        if carrier.link.is_some() { "yes" } else { "" }.to_owned(),
        standing(support.track),
        standing(support.files),
        standing(support.detection),
        carrier.codes.map(|codes| codes.listed.to_string()).unwrap_or_default(),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn live_row(terms: &Terms) -> String {
    let period = match terms.quota.period.as_secs() {
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        seconds => format!("in {seconds} s"),
    };
    format!(
        "| {} | {} | {} {period} | {} ms | {} | {} |\n",
        terms.carrier,
        terms.batch,
        terms.quota.requests,
        terms.pause.as_millis(),
        terms.sandbox_url.as_deref().unwrap_or_default(),
        terms.source
    )
}

fn codes_row(of: &str, codes: &Codes) -> String {
    format!(
        "| {of} | {} | {} | {} |\n",
        codes.listed,
        codes.silent_count(),
        codes.source
    )
}

fn standing(standing: Option<Standing>) -> String {
    standing.map_or("", Standing::as_str).to_owned()
}

fn name(standard: Standard) -> &'static str {
    match standard {
        Standard::X12 => "X12 214",
        Standard::Iftsta => "EDIFACT IFTSTA",
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _written = writeln!(page, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/carriers.md");

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the developer's, read by no product code"
    )]
    fn the_page_in_the_docs_is_this_one() {
        let page = carriers_page();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        let checked_in = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert_eq!(
            checked_in, page,
            "UPDATE_DOCS=1 cargo test -p milepost-carriers renders docs/carriers.md anew"
        );
    }
}
