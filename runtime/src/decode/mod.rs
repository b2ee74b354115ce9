//! Answers read into lines: what a body says, before anybody judges it.

mod answer;
mod retry_after;
mod says;

pub use answer::{Answer, Fields, List, Misfit};
pub(crate) use retry_after::retry_after;
pub(crate) use says::Directory;
pub use says::Says;
pub(crate) use says::{Faults, Line, Verdict};
