//! The small programs, as a user starts them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::process::Command;

#[test]
fn tower_sends_through_its_layers() {
    let output = Command::new(env!("CARGO_BIN_EXE_tower")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}{log}");
    assert!(text.starts_with("4 requests: all 7 items succeeded"), "{text}");
    assert!(text.ends_with("4 of 4 requests name the team\n"), "{text}");
    assert!(log.contains("started processing request") && log.contains("status=429"), "{log}");
}

#[test]
fn blocking_needs_no_runtime_of_its_caller() {
    let output = Command::new(env!("CARGO_BIN_EXE_blocking")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("1 of 20 items did not succeed") && text.contains("t7: failed: no such token"), "{text}");
    assert!(text.ends_with("20 more succeeded\n"), "{text}");
}
