//! `milepost`: the hub on this machine, and the operator's command line.

use std::process::ExitCode;

use clap::Parser;
use milepost_local::command::{Command, Options};

/// A parcel tracking hub that you run yourself. Without a command it starts the whole hub on this machine.
#[derive(Parser)]
#[command(name = "milepost", version, max_term_width = 120)]
struct Milepost {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[tokio::main]
async fn main() -> ExitCode {
    milepost_local::command::install_log();
    let Milepost { options, command } = Milepost::parse();
    let command = command.unwrap_or_else(Command::up);
    match command.run(&options).await {
        Ok(code) => code,
        Err(error) => {
            milepost_local::command::complain(&*error);
            ExitCode::FAILURE
        }
    }
}
