//! Answers read into lines: what a body says, before anybody judges it.

mod answer;
mod handle;
mod retry_after;
mod says;

pub use answer::{Answer, Field, Fields, Misfit};
pub(crate) use handle::Handle;
pub(crate) use retry_after::retry_after;
pub(crate) use says::Directory;
pub use says::{At, Says};
pub(crate) use says::{BodyId, Carried, FailureId, Faults, Line, Positions, Through, Verdict, Whole, count_items};
