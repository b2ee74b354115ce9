#![doc = include_str!("../docs/crate.md")]

mod ask;
mod call;
mod command;
mod docs;
mod dry_run;
mod events;
mod exit;
mod extension;
mod fitting_runs;
mod gates;
mod help;
mod input;
mod items;
mod journal;
mod local;
mod lock;
mod login;
mod manual;
mod options;
mod outbox;
pub mod parts;
mod program;
mod progress;
mod quota;
mod report;
mod runs;
mod session;
#[cfg(feature = "postgres")]
mod shared_runs;
mod signals;
mod stable_hash;
mod state;
mod stop;
mod table;
mod task;
mod terminal;
mod token;
mod values;
mod vendor;
mod work;

pub use login::{Login, LoginField};
pub use program::Program;
pub use vendor::Vendor;
