use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use milepost_carriers::layout::bundled_layouts;
use milepost_feeds::Limits;
use milepost_import::{MappedRow, Rows, layout};
use serde_json::json;
use tokio::fs::File;
use tokio::io::BufReader;

use super::import::named_layout;
use super::{Failure, Options, say};

/// Of each kind of trouble so many are shown.
const SHOWN: usize = 10;

/// `milepost layout ...`
#[derive(Debug, Subcommand)]
pub enum Layout {
    /// What a layout makes of a file; nothing is stored
    Check(Check),
    /// The bundled layouts
    List,
    /// A bundled layout as it is written, to begin one of your own with
    Show {
        /// Its name
        name: String,
    },
}

/// `milepost layout check FILE`
#[derive(Debug, Args)]
pub struct Check {
    /// The file
    file: PathBuf,
    /// A bundled layout by name, or the path of one of your own
    #[arg(long)]
    layout: String,
}

/// What a layout makes of a file.
#[derive(Default)]
struct Checked {
    rows: u64,
    events: u64,
    facts: u64,
    rejected: u64,
    reasons: BTreeMap<String, u64>,
    rejects: Vec<String>,
    warnings: u64,
    first_warnings: Vec<String>,
}

impl Layout {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        match self {
            Self::List => {
                let names: Vec<&str> = bundled_layouts().iter().map(|(name, _)| *name).collect();
                say(if options.json {
                    json!({"layouts": names}).to_string()
                } else {
                    names.join("\n")
                });
            }
            Self::Show { name } => {
                let text = bundled_layouts()
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, text)| *text);
                say(text.ok_or_else(|| format!("there is no bundled layout {name}: `milepost layout list`"))?);
            }
            Self::Check(check) => {
                let checked = check.check().await?;
                say(if options.json {
                    checked.to_json()
                } else {
                    checked.to_text()
                });
                return Ok(if checked.rejected == 0 {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    async fn check(&self) -> Result<Checked, Failure> {
        let (name, text) = named_layout(&self.layout).await?;
        let layout = layout(&name, text.as_deref())?;
        let file = File::open(&self.file)
            .await
            .map_err(|error| format!("{}: {error}", self.file.display()))?;
        let name = self.file.display().to_string();
        let mut rows = Rows::open(&name, BufReader::new(file), &layout, &Limits::default()).await?;
        let mut checked = Checked::default();
        while let Some(MappedRow { line, item, .. }) = rows.next().await? {
            checked.rows += 1;
            match item {
                Ok(item) => {
                    checked.events += u64::try_from(item.events.len())?;
                    checked.facts += u64::try_from(item.facts.len())?;
                    for warning in item.warnings {
                        checked.warnings += 1;
                        keep(&mut checked.first_warnings, format!("line {line}: {warning}"));
                    }
                }
                Err((reason, hint)) => {
                    let reason = reason.as_str();
                    checked.rejected += 1;
                    *checked.reasons.entry(reason.to_owned()).or_default() += 1;
                    keep(&mut checked.rejects, format!("line {line}: {reason}: {hint}"));
                }
            }
        }
        Ok(checked)
    }
}

fn keep(lines: &mut Vec<String>, line: String) {
    if lines.len() < SHOWN {
        lines.push(line);
    }
}

impl Checked {
    fn to_json(&self) -> String {
        let checked = json!({
            "rows": self.rows,
            "events": self.events,
            "facts": self.facts,
            "rejected": self.rejected,
            "reasons": self.reasons,
            "first_rejects": self.rejects,
            "warnings": self.warnings,
            "first_warnings": self.first_warnings,
        });
        checked.to_string()
    }

    fn to_text(&self) -> String {
        let Self {
            rows,
            events,
            facts,
            rejected,
            warnings,
            ..
        } = self;
        let mut lines = vec![format!(
            "{rows} rows: {events} events, {facts} facts, {rejected} rejected, {warnings} warnings"
        )];
        lines.extend(
            self.rejects
                .iter()
                .chain(&self.first_warnings)
                .map(|line| format!("  {line}")),
        );
        lines.join("\n")
    }
}
