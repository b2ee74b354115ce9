//! The store for many machines, on a PostgreSQL server of its own: claims, takeovers, zombies, commits whose end is not known; and processes that are
//! killed and stopped while the server crashes.
//!
//! `KILLS=100` sets how many workers are killed, stopped or deprived of their server, `KILL_SEED` the seed of the choices and of the vendor. The
//! machine's timing is no part of the seed.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "tests")]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "the vendor and its checks are shared with other tests; replies have fields that only their derive reads"
)]

mod backups;
#[path = "../kill/checks.rs"]
mod checks;
mod cluster;
#[path = "../kill/endpoint.rs"]
mod endpoint;
mod poolers;
mod proxy;
mod refused;
mod reports;
#[path = "../kill/server.rs"]
mod server;
mod submits;
mod survival;
mod takeovers;
mod throttle;
mod tls;
mod tokens;
#[path = "../kill/vendor.rs"]
mod vendor;

/// Runs a test on a runtime of its own.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
