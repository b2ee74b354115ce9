//! Runs the `offboard` program against fake servers of this test.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

mod hosts;
mod jobs;
mod journal;
mod memory;
mod mistakes;
mod report_file;
mod signals;
mod support;
mod terminal;
mod waits;
