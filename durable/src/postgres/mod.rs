#![doc = include_str!("../../docs/postgres.md")]

mod boot_clock;
mod chunk;
mod claim;
mod database;
mod lease;
mod life;
mod manage;
mod open;
mod options;
pub(crate) mod reads;
mod rows;
mod session;
#[cfg(test)]
mod simulation;
mod status;
mod store;
mod submit;
mod throttle;
mod tls;
mod worker;
mod writer;

pub use options::PostgresOptions;
pub use status::{RunStatus, ThrottleStatus, WorkerStatus};
pub use store::PostgresStore;
pub use submit::{Submission, Submitted};
pub use throttle::PostgresThrottle;
pub use worker::{WorkReport, Worker};
