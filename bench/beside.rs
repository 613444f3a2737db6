//! Another importer, to measure against.

use std::process::Stdio;
use std::time::Duration;

use support::function::Taken;
use tokio::process::Command;

/// How often it is looked at: what it takes after the last look is not seen.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a command to its end, and tells what its process took: that of the command itself, not of others it starts.
pub(crate) async fn run(command: &str, variables: &[(&str, String)]) -> Taken {
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec {command}")])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let process = child.id().unwrap();
    let mut last = Taken::by(process).unwrap();
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status.unwrap();
                assert!(status.success(), "{command}: {status}");
                return last;
            }
            () = tokio::time::sleep(LOOK) => last = Taken::by(process).unwrap_or(last),
        }
    }
}
