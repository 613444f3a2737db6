//! The operator's commands. Each works on a deployed hub, and on this machine's with or without it running.

mod account;
mod carriers;
mod connection;
mod deliveries;
mod detect;
mod fetch;
mod forget;
mod import;
mod key;
mod layout;
mod reach;
mod runs;
mod say;
mod statuses;
mod track;
mod up;
mod webhook;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

pub use import::{Given, import_file};
pub use reach::Reach;
pub use say::{complain, install_log, say};

use crate::hub::StackName;

/// What every command takes.
#[derive(Debug, Args)]
pub struct Options {
    /// Which hub: the one on this machine, or one that is deployed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub target: Target,
    /// Where the hub on this machine keeps everything
    #[arg(long, global = true, value_name = "DIR", default_value = ".milepost")]
    pub data: PathBuf,
    /// The deployed hub's stack
    #[arg(long, global = true, default_value = "milepost")]
    pub stack: String,
    /// A profile of your AWS configuration
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// The stack's region
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// Which hub a command is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The one on this machine
    #[default]
    Local,
    /// A stack in AWS
    Aws,
}

impl Options {
    fn stack(&self) -> StackName {
        StackName {
            stack: self.stack.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
        }
    }
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
    /// The carriers of the list
    #[command(subcommand)]
    Carriers(carriers::Carriers),
    /// What event codes mean
    #[command(subcommand)]
    Statuses(statuses::Statuses),
    /// Which carriers a tracking number can belong to
    Detect(detect::Detect),
    /// Connections to carriers' files
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Accounts
    #[command(subcommand)]
    Account(account::Account),
    /// API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Where changes are told
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// What was told, and telling it again
    Deliveries(deliveries::Deliveries),
    /// What imports did
    Runs(runs::Runs),
    /// Erase a parcel, for good
    Forget(forget::Forget),
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
            Self::Carriers(carriers) => carriers.run(options),
            Self::Statuses(statuses) => statuses.run(options).await,
            Self::Detect(detect) => detect.run(options),
            Self::Connection(connection) => connection.run(options).await,
            Self::Account(account) => account.run(options).await,
            Self::Key(key) => key.run(options).await,
            Self::Webhook(webhook) => webhook.run(options).await,
            Self::Deliveries(deliveries) => deliveries.run(options).await,
            Self::Runs(runs) => runs.run(options).await,
            Self::Forget(forget) => forget.run(options).await,
        }
    }
}
