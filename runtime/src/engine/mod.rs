//! The engine: decides what is sent when, and what becomes of every item. Sans-IO: no async, no clock, no randomness,
//! no sockets; time and jitter come in as arguments, items are ids, responses are verdicts.
//!
//! The order of calls, which `drive` keeps:
//!
//! 1. [`Machine::accept`] while [`Machine::wants_items`], then [`Machine::end_input`] once.
//! 2. [`Machine::poll_send`] gives a batch whose request leaves now.
//!    If no request can be made of it, [`Machine::handle_unsendable`] takes it back.
//! 3. How the attempt ended comes back: [`Machine::handle_batch_end`] for a response (or none) that concerns the whole
//!    batch; or [`Machine::handle_item`] for each of its items, then [`Machine::handle_end`].
//! 4. [`Machine::poll_settled`] gives the items that ended otherwise than by their own line.
//! 5. Where [`Limits::verifies`], an item that is ruled unknown stays in doubt until [`Machine::handle_verified`].

mod attempt;
mod backoff;
mod batch;
mod bisection;
mod budget;
mod ceiling;
mod class;
mod ids;
mod ledger;
mod limits;
mod machine;
mod queue;
mod quota;
mod settlement;
mod stop;
mod throttle;

pub(crate) use attempt::{AttemptContext, BatchEnd, RetryHint};
pub(crate) use batch::Caps;
pub use budget::RetryBudget;
pub(crate) use class::{FailureClass, ItemClass, ResponseClass, failure_class, response_class};
pub(crate) use ids::{BatchId, ItemId};
pub use ledger::Counters;
pub(crate) use limits::Limits;
pub(crate) use machine::Machine;
pub(crate) use settlement::Settlement;
pub(crate) use stop::StopReason;
pub(crate) use throttle::{Admit, Leaving, Probe, RetryAt, ThrottleState};

/// A moment: the time since the start of the client's clock.
pub(crate) type Time = std::time::Duration;

#[cfg(test)]
mod tests;
