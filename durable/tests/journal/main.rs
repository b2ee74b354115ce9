//! The contract of a journal, called directly: the rules of `bulk_endpoint::journal`.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

mod bad_input;
mod model;
mod power_cuts;
mod processes;
mod queries;
mod reports;
mod rules;
mod support;
