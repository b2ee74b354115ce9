//! The contract of a journal, called directly: the rules of `bulk_endpoint::journal`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod bad_input;
#[allow(dead_code, reason = "some of it is for `tests/lives` alone")]
mod model;
mod power_cuts;
mod processes;
mod queries;
mod random;
mod reports;
mod rules;
mod support;
