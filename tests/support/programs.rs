//! Programs of the machine that tests run: node, python3, a shell.
//!
//! One that is not there, or lacks what a test needs of it, is passed over, unless `MILEPOST_REQUIRE_TOOLS` is 1, as where
//! everything must be run.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A program ends within this time, on a busy machine too, or hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether a program can be run here: a command that succeeds where it is there with all that a test needs of it.
pub async fn is_usable(probe: &[&str]) -> bool {
    let [program, arguments @ ..] = probe else {
        panic!("no program");
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let usable = finish(&mut command, "")
        .await
        .is_ok_and(|output| output.status.success());
    assert!(usable || !must_run_all(), "`{}` fails", probe.join(" "));
    if !usable {
        println!("passed over: `{}` fails", probe.join(" "));
    }
    usable
}

/// Runs a program to its end; answers what it prints. It must succeed.
pub async fn printed(command: &mut Command, input: &str) -> String {
    let output = finish(command, input).await;
    let Output { status, stdout, stderr } = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?} fails: {stderr}");
    String::from_utf8(stdout).unwrap()
}

async fn finish(command: &mut Command, input: &str) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let whole = async {
        // A program that needs no input may have ended without it.
        let fed = async move { drop(stdin.write_all(input.as_bytes()).await) };
        let ((), output) = tokio::join!(fed, child.wait_with_output());
        output
    };
    let ended = tokio::time::timeout(PATIENCE, whole).await;
    ended.unwrap_or_else(|_| panic!("{command:?} hangs"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says what must be there"
)]
fn must_run_all() -> bool {
    std::env::var_os("MILEPOST_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}
