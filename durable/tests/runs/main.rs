//! Runs with a journal in a file: what the next life of a run does.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests, helpers included")]

mod batcher;
mod edges;
mod given_up;
mod jobs;
mod lives;
mod refused;
mod reports;
mod support;
