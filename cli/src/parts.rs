//! The parts of a [`Program`](crate::Program), for programs that do more than call one endpoint: a journal, progress, signals, a report,
//! exit codes.
//!
//! A [`Session`] holds them. [`work`] sends the items of one run in it; several runs can share a session.

pub use crate::exit::{End, exit_code, usage_exit_code};
pub use crate::gates::{Canary, MaxFailures, Percent};
pub use crate::input::{Mistakes, Records, place};
pub use crate::items::{CHANGED, ItemSource, Items};
pub use crate::journal::{Journal, default_path};
pub use crate::outbox::Outbox;
pub use crate::progress::Display;
pub use crate::report::{ReportPlace, ReportRow};
pub use crate::session::{Description, Session, Setup};
pub use crate::task::Task;
pub use crate::terminal::{acts_on_terminal, say, warn};
pub use crate::token::{check_encryption, environment_token};
pub use crate::values::duration;
pub use crate::work::{Done, Sending, Shared, work};
