use std::io::IsTerminal;
use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use milepost_carriers::resolve;
use milepost_contract::hub::RunReportJson;
use milepost_import::{FileOrder, ImportOrder, layout};
use milepost_model::{AccountId, CarrierCode, ConnectionId, RunOutcome, RunReport, Scope};
use milepost_runtime::now;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

use super::{Failure, Options, Reach, fetch, say};
use crate::hub::Access;

/// How often the run's report is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A run writes its report at the start, at checkpoints and at the end. One that says nothing for so long has stopped.
const SILENCE: Duration = Duration::from_secs(300);

/// Layouts are short texts.
const MAX_LAYOUT_BYTES: u64 = 64 * 1024;

/// `milepost import FILE`
#[derive(Debug, Args)]
pub struct Import {
    #[arg(help = "A path, s3://BUCKET/KEY (with your environment's AWS credentials) or ftp://USER:PASSWORD@HOST/PATH")]
    file: String,
    /// A bundled layout by name (`milepost layout list`), or the path of one of your own
    #[arg(long)]
    layout: String,
    /// The carrier whose parcels they are, by its code: usps
    #[arg(long)]
    carrier: String,
    /// Tell no follower
    #[arg(long)]
    quiet: bool,
    /// Who sees them
    #[arg(long, default_value = "default")]
    account: AccountId,
    /// Everybody sees them
    #[arg(long, conflicts_with = "account")]
    shared: bool,
}

impl Import {
    pub(super) async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        let carrier = resolve(&self.carrier).map_or_else(|| CarrierCode::parse(&self.carrier), Ok)?;
        let (name, text) = named_layout(&self.layout).await?;
        // A mistake in the layout is told before anything is read.
        layout(&name, text.as_deref())?;
        let scope = if self.shared {
            Scope::Shared
        } else {
            Scope::Account(self.account.clone())
        };
        let reach = Reach::hub(options).await?;
        let bar = progress(options.json);
        let given = Given {
            name,
            text,
            carrier,
            scope,
            quiet: self.quiet,
        };
        let report = if fetch::is_remote(&self.file) {
            let (name, size, bytes) = fetch::open(&self.file).await?;
            bar.set_length(size.unwrap_or(0));
            import_stream(reach.access(), name, bytes, given, &bar).await?
        } else {
            import_file(reach.access(), Path::new(&self.file), given, &bar).await?
        };
        bar.finish_and_clear();
        reach.leave().await?;
        if options.json {
            say(serde_json::to_string(&RunReportJson::of(&report))?);
        } else {
            say(summary(&report));
        }
        Ok(if matches!(report.outcome, RunOutcome::Finished) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// How a file is to be read, and for whom.
pub struct Given {
    /// The layout's name.
    pub name: String,
    /// The layout itself, where it is not a bundled one.
    pub text: Option<String>,
    /// Whose parcels they are.
    pub carrier: CarrierCode,
    /// Who sees them.
    pub scope: Scope,
    /// Tell no follower.
    pub quiet: bool,
}

/// Puts a file into the hub's bucket, orders its import, and waits for the report.
///
/// # Errors
/// When the file cannot be read or the hub does not answer. An import that fails is a report.
pub async fn import_file(access: &Access, path: &Path, given: Given, bar: &ProgressBar) -> Result<RunReport, Failure> {
    let file = File::open(path)
        .await
        .map_err(|error| format!("{}: {error}", path.display()))?;
    bar.set_length(file.metadata().await?.len());
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    import_stream(access, name, file, given, bar).await
}

/// As [`import_file`], from anywhere.
async fn import_stream<R: AsyncRead + Unpin + Send>(
    access: &Access,
    name: String,
    bytes: R,
    given: Given,
    bar: &ProgressBar,
) -> Result<RunReport, Failure> {
    let started = now();
    let key = format!("in/by-hand/{}", started.as_millisecond());
    let mut reading = Hashing {
        inner: bytes,
        hash: Sha256::new(),
        bar,
    };
    let size = access
        .bucket()
        .upload(&key, "application/octet-stream", &mut reading)
        .await?;
    let content: String = reading
        .hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let order = ImportOrder::File(FileOrder {
        given: started,
        key,
        name,
        size,
        content,
        layout: given.name,
        layout_text: given.text,
        carrier: given.carrier.as_str().to_owned(),
        scope: given.scope.as_str().to_owned(),
        quiet: given.quiet,
    });
    access.import_queue().send(order.to_body()?, 0).await?;
    wait_for_report(access, &ConnectionId::by_hand(), started, bar).await
}

/// Waits until a run has ended.
pub(super) async fn wait_for_report(
    access: &Access,
    connection: &ConnectionId,
    started: jiff::Timestamp,
    bar: &ProgressBar,
) -> Result<RunReport, Failure> {
    let store = access.store();
    let (mut heard, mut rows) = (tokio::time::Instant::now(), 0);
    loop {
        if let Some(report) = store.run(connection, started).await? {
            if report.outcome != RunOutcome::Running {
                return Ok(report);
            }
            if report.rows != rows {
                (heard, rows) = (tokio::time::Instant::now(), report.rows);
                bar.set_message(format!("{rows} rows"));
            }
        }
        if heard.elapsed() > SILENCE {
            return Err("the import has said nothing for five minutes; `milepost runs` shows how far it came".into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn progress(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// A bundled layout's name, or the name and text of the operator's own file.
pub(super) async fn named_layout(written: &str) -> Result<(String, Option<String>), Failure> {
    let path = Path::new(written);
    let is_path = path.extension().is_some() || written.contains(std::path::MAIN_SEPARATOR);
    if !is_path {
        return Ok((written.to_owned(), None));
    }
    let length = tokio::fs::metadata(path)
        .await
        .map_err(|error| format!("{written}: {error}"))?
        .len();
    if length > MAX_LAYOUT_BYTES {
        return Err(format!("{written}: a layout has at most {MAX_LAYOUT_BYTES} bytes").into());
    }
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| format!("{written}: {error}"))?;
    let parsed = layout(written, Some(&text)).map_err(|error| format!("{written}: {error}"))?;
    Ok((parsed.name().to_owned(), Some(text)))
}

/// A report in a few lines.
pub(super) fn summary(report: &RunReport) -> String {
    let outcome = match &report.outcome {
        RunOutcome::Running => "running: ".to_owned(),
        RunOutcome::Finished => "finished: ".to_owned(),
        RunOutcome::Failed(why) => format!("failed: {why}\n"),
    };
    let known = report
        .known
        .map_or_else(String::new, |known| format!(", {known} known"));
    let mut lines = vec![
        format!(
            "{outcome}{} rows, {} events and {} facts of {} parcels in {} bundles, {} repeated{known}, {} rejected",
            report.rows,
            report.events,
            report.facts,
            report.parcels,
            report.bundles,
            report.duplicates,
            report.rejects()
        ),
        format!("{} write units, {:.1} s", report.write_units, report.seconds),
    ];
    lines.extend(
        report
            .rejected
            .iter()
            .map(|(reason, count)| format!("  {count} x {}", reason.as_str())),
    );
    lines.extend(
        report
            .first_rejects
            .iter()
            .map(|reject| format!("  line {}: {}: {}", reject.line, reject.reason.as_str(), reject.hint)),
    );
    lines.extend(
        report
            .unknown_codes
            .iter()
            .map(|(code, count)| format!("  {count} x code {code:?}, whose meaning is not known")),
    );
    lines.extend(report.warnings.iter().map(|warning| format!("  note: {warning}")));
    lines.extend(
        report
            .rejects_file
            .iter()
            .map(|folder| format!("  all rejects: {folder}")),
    );
    lines.join("\n")
}

/// Hashes what is read, and moves the bar.
struct Hashing<'a, R> {
    inner: R,
    hash: Sha256,
    bar: &'a ProgressBar,
}

impl<R: AsyncRead + Unpin> AsyncRead for Hashing<'_, R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.inner).poll_read(cx, buf);
        let read = buf.filled().get(before..).unwrap_or_default();
        self.hash.update(read);
        self.bar.inc(u64::try_from(read.len()).unwrap_or(0));
        outcome
    }
}
