//! `bulk` as its users call it: a process with arguments, against fake servers.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod inputs;
mod mistakes;
mod output;
mod page;
mod questions;
mod runs;
#[path = "../offboard/support.rs"]
#[allow(dead_code, reason = "the tests of `offboard` use more of it")]
mod support;
mod tokens;

use std::process::{Command, Stdio};

use support::{Folder, SECRET};

/// `bulk csp deactivate` at a fake CSP, with the state in this folder.
pub(crate) fn deactivate(folder: &Folder, csp: &str, arguments: &[&str]) -> Command {
    bulk(folder, &[&["csp", "deactivate", "--org-id", "o", "--base-url", csp][..], arguments].concat())
}

/// `bulk`, with a token for CSP and the state in this folder.
pub(crate) fn bulk(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulk"));
    command.args(arguments).env("CSP_TOKEN", SECRET).env("SAILPOINT_TOKEN", SECRET).env("SAILPOINT_V1_TOKEN", SECRET);
    command.env("XDG_STATE_HOME", folder.path("state")).stdin(Stdio::null());
    command
}
