//! The operator's commands. Each works with or without a hub running on the data folder.

mod connection;
mod fetch;
mod import;
mod key;
mod layout;
mod reach;
mod runs;
mod say;
mod track;
mod up;
mod webhook;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

pub use import::{Given, import_file};
pub use reach::Reach;
pub use say::{complain, install_log, say};

/// What every command takes.
#[derive(Debug, Args)]
pub struct Options {
    /// Where the hub on this machine keeps everything
    #[arg(long, global = true, value_name = "DIR", default_value = ".milepost")]
    pub data: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// Any error of a command: it is printed with its causes, and the exit code is 1.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the whole hub: HTTP API, imports, webhooks. The default
    Up(up::Up),
    /// Import one file now: a path, an S3 object or a file on an FTP server
    Import(import::Import),
    /// What a layout makes of a file, and which layouts there are
    #[command(subcommand)]
    Layout(layout::Layout),
    /// Where a parcel is: its timeline
    Track(track::Track),
    /// Connections to carriers' files
    #[command(subcommand)]
    Connection(connection::Connection),
    /// API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Where changes are told
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// What imports did
    Runs(runs::Runs),
}

impl Command {
    /// What plain `milepost` does.
    pub fn up() -> Self {
        Self::Up(up::Up::default())
    }

    /// Does it.
    ///
    /// # Errors
    /// Anything that ends a command; it is for the operator to read.
    pub async fn run(self, options: &Options) -> Result<ExitCode, Failure> {
        match self {
            Self::Up(up) => up.run(options).await,
            Self::Import(import) => import.run(options).await,
            Self::Layout(layout) => layout.run(options).await,
            Self::Track(track) => track.run(options).await,
            Self::Connection(connection) => connection.run(options).await,
            Self::Key(key) => key.run(options).await,
            Self::Webhook(webhook) => webhook.run(options).await,
            Self::Runs(runs) => runs.run(options).await,
        }
    }
}
