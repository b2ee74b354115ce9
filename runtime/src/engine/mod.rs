//! The engine decides when each request is sent, which items are retried, and how every item ends.
//!
//! It is sans-IO: no async, no clock, no randomness, no sockets. Time and jitter are arguments, items are ids, responses are verdicts.
//!
//! The driver calls it in this order:
//!
//! 1. [`Machine::accept`] while [`Machine::wants_items`], then [`Machine::end_input`] once.
//! 2. [`Machine::poll_send`] returns a batch whose request leaves now.
//!    If no request can be built from it, [`Machine::handle_unsendable`] takes it back. If its body is compressed,
//!    [`Machine::handle_compressed`] decides whether it fits.
//! 3. The end of the attempt comes back. If it concerns the whole batch (a refusal, a timeout): [`Machine::handle_batch_end`].
//!    If the response has an entry for each item: [`Machine::handle_item`] for each, then [`Machine::handle_end`].
//! 4. [`Machine::poll_settled`] returns the items that ended without an entry of their own (a refused batch, a stop).
//! 5. With [`Limits::verifies`], an item whose result is unknown is not settled until [`Machine::handle_verified`].

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
mod packing;
mod patience;
mod queue;
mod quota;
mod settlement;
mod stop;
mod throttle;

pub(crate) use attempt::{AttemptContext, BatchEnd, Host, RetryHint, Unsent};
pub(crate) use backoff::backoff;
pub(crate) use batch::{Around, Caps};
pub use budget::RetryBudget;
pub(crate) use class::{FailureClass, ItemClass, ResponseClass, failure_class, response_class};
pub(crate) use ids::{BatchId, ItemId};
pub use ledger::Counters;
pub(crate) use limits::Limits;
pub(crate) use machine::{Machine, Prior};
pub use quota::QuotaScope;
pub(crate) use settlement::{Evidence, Settlement};
pub(crate) use stop::StopReason;
pub(crate) use throttle::{Effect, Health, KeptBack, Leaving, RetryAt, ThrottleState, Ticket};

/// A point in time, as the time since the client's clock started.
pub(crate) type Time = std::time::Duration;

#[cfg(test)]
mod tests;
