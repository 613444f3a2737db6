//! The command line, as somebody types it.

use std::path::Path;
use std::process::{Output, Stdio};

use tokio::process::Command;

/// What a command says, as golden files have it: the command, its standard output, its standard error, and the code it
/// ends with unless that is 0. Where it ran is `[folder]`.
pub async fn transcript(program: &str, folder: &Path, arguments: &str) -> String {
    let child = Command::new(program)
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().await.unwrap();
    let said = [stdout, stderr].concat();
    let said = String::from_utf8(said)
        .unwrap()
        .replace(&folder.display().to_string(), "[folder]");
    let code = match status.code() {
        Some(0) => String::new(),
        Some(code) => format!("[exit {code}]\n"),
        None => "[killed]\n".to_owned(),
    };
    format!("$ milepost {arguments}\n{}{code}\n", steady(&said))
}

/// Without what differs from run to run: how long it took, what it cost, when it was, and the names made of that.
fn steady(said: &str) -> String {
    let lines = said.lines().map(|line| match line.split_once(" write units, ") {
        Some(_) => "[some] write units, [some] s".to_owned(),
        None => {
            let words = line.split(' ').map(|word| {
                let digits = word.bytes().filter(u8::is_ascii_digit).count();
                if digits >= 12 { "[some]" } else { word }
            });
            words.collect::<Vec<_>>().join(" ")
        }
    });
    lines.map(|line| line + "\n").collect()
}
