//! A function's binary in a process of its own, as Lambda runs it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::runtime_api::{Outcome, RuntimeApi};

/// How long a function may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What Lambda says to every function.
const BY_LAMBDA: [(&str, &str); 7] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "under-test"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("AWS_REGION", "eu-west-1"),
    ("LANG", "en_US.UTF-8"),
];

/// A running function.
pub struct Function {
    api: RuntimeApi,
    child: Child,
    printed: TempDir,
}

/// What a process has taken so far.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// The most memory that was resident at once.
    pub peak_kib: u64,
    /// Seconds of processor time, the kernel's on its behalf included.
    pub cpu_seconds: f64,
    /// Whether its first thread waits for something other than a processor.
    pub sleeps: bool,
}

impl Function {
    /// Starts a binary with these variables, and nothing else of this process's environment.
    pub async fn start(binary: &Path, variables: &[(&str, String)]) -> Self {
        let api = RuntimeApi::start().await;
        let printed = TempDir::new().unwrap();
        let file = |name| Stdio::from(File::create(printed.path().join(name)).unwrap());
        let child = Command::new(binary)
            .env_clear()
            .envs(BY_LAMBDA)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        Self { api, child, printed }
    }

    /// Waits until it asks for its first event.
    pub async fn initialised(&mut self) {
        tokio::select! {
            status = self.child.wait() => panic!("ended with {status:?}: {}", self.printed()),
            () = self.api.asked() => {}
            () = tokio::time::sleep(PATIENCE) => panic!("asks for nothing: {}", self.printed()),
        }
    }

    /// Gives it an event, which it has so long to handle.
    pub async fn invoke(&mut self, event: impl Into<Bytes>, timeout: Duration) -> Outcome {
        tokio::select! {
            status = self.child.wait() => panic!("ended with {status:?}: {}", self.printed()),
            outcome = self.api.invoke(event.into(), timeout) => outcome,
            () = tokio::time::sleep(timeout) => panic!("timed out: {}", self.printed()),
        }
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap()
    }

    /// Kills it, as `kill -9` does.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it has nothing to do: it sleeps, and took no processor time for a tenth of a second.
    pub async fn at_rest(&self) {
        for _ in 0..600 {
            let before = self.taken();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let taken = self.taken();
            if taken.sleeps && taken.cpu_seconds <= before.cpu_seconds {
                return;
            }
        }
        panic!("at work for a minute: {}", self.printed());
    }

    /// Everything that it has written, standard error last.
    pub fn printed(&self) -> String {
        let read = |name| std::fs::read_to_string(self.printed.path().join(name)).unwrap();
        read("stdout") + &read("stderr")
    }

    /// What it has taken so far.
    pub fn taken(&self) -> Taken {
        Taken::by(self.child.id().unwrap()).unwrap()
    }
}

impl Taken {
    /// What a process has taken so far, by Linux. `None` once it has ended.
    pub fn by(process: u32) -> Option<Self> {
        let process = PathBuf::from(format!("/proc/{process}"));
        let status = std::fs::read_to_string(process.join("status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let stat = std::fs::read_to_string(process.join("stat")).ok()?;
        // Behind the program's name: utime and stime are fields 14 and 15 of the whole, in hundredths of a second.
        let (_, behind_name) = stat.rsplit_once(") ")?;
        let ticks = behind_name.split(' ').skip(11).take(2);
        let ticks: u32 = ticks.map(|ticks| ticks.parse::<u32>().unwrap()).sum();
        Some(Self {
            peak_kib: peak.trim().trim_end_matches(" kB").parse().unwrap(),
            cpu_seconds: f64::from(ticks) / 100.0,
            sleeps: behind_name.starts_with('S'),
        })
    }
}
