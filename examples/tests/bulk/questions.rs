//! The question on the terminal, and its answers.
#![cfg(unix)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::deactivate;
use crate::support::{Folder, csp, end, start, until};

/// Runs a command at a terminal, and types this at its question. Nothing is recorded before the answer.
async fn answered(folder: &Folder, command: &Command, typed: &[u8]) -> Output {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let shown = folder.path("shown");
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &words.join(" "), &shown]).env("SHELL", "/bin/sh").stdin(Stdio::piped());
    terminal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = start(terminal);
    until(|| std::fs::read_to_string(&shown).is_ok_and(|text| text.contains("[y/N]"))).await;
    assert_eq!(recorded(folder), [""; 0]);
    child.stdin.as_mut().unwrap().write_all(typed).unwrap();
    let output = end(child).await;
    std::fs::remove_file(&shown).unwrap();
    output
}

/// The files in the state folder, by name.
fn recorded(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("state/bulk/runs")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_confirmed_leaves_nothing_behind() {
    let mut version = Command::new("script");
    version.arg("--version");
    if version.output().is_err() {
        eprintln!("no `script` here: nothing was asked at a terminal");
        return;
    }
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("questions");
    for (typed, code, requests) in
        [(&b"\x03"[..], None, 0), (b"n\n", Some(2), 0), (b"\n", Some(2), 0), (b"y\n", Some(0), 1)]
    {
        let output = answered(&folder, &deactivate(&folder, csp.url(), &["a", "b"]), typed).await;
        let shown = String::from_utf8_lossy(&output.stdout);
        let is_ended = code.map_or(!output.status.success(), |code| output.status.code() == Some(code));
        assert!(is_ended, "{typed:?}: {:?}: {shown}", output.status);
        assert_eq!(csp.request_count(), requests, "{typed:?}: {shown}");
        assert_eq!(recorded(&folder).is_empty(), requests == 0, "{typed:?}: {:?}", recorded(&folder));
    }
}
