//! Tests over real sockets, or of more than one crate: one binary, one module for each area.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod batcher;
mod compression;
mod credentials;
mod evidence;
mod fake;
mod faults;
mod hostile;
mod http;
mod jobs;
mod judge;
mod metrics;
mod outages;
mod over;
mod own_fields;
mod places;
mod repeated;
mod requests;
mod responses;
mod rows;
mod runs;
mod shapes;
mod shutdown;
mod signing;
mod support;
mod texts;
mod traces;
mod verify;
