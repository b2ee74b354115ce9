#![doc = include_str!("../docs/crate.md")]

mod begin;
mod fault;
mod file_runs;
mod files;
mod forget;
mod identity;
mod item_state;
mod items;
mod key_index;
mod life;
mod life_journal;
mod network;
mod open;
mod options;
mod pages;
#[cfg(feature = "postgres")]
pub mod postgres;
mod random;
mod record;
mod recorded_runs;
mod register;
mod report;
mod runs;
mod seen;
mod shared;
mod still;
mod store;
mod stored;
mod writer;

pub use items::{RunItems, RunItemsIter};
pub use options::{Keys, Options};
pub use report::RunReport;
pub use runs::RunInfo;
pub use store::Store;
