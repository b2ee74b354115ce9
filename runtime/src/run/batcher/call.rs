//! One call: an item on its way to its outcome, and the future that waits for it.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use futures_util::FutureExt;
use tracing::Span;

use super::super::builder::{Run, key_text};
use super::super::delivery::JournaledItem;
use super::super::options::Calls;
use super::super::row::Row;
use super::super::settled::Settled;
use super::super::source::{Input, SourceError};
use super::flushes::CallTicket;
use crate::item::BulkItem;
use crate::journal::Origin;
use crate::reply::{ApiError, BulkReply};

/// Why a call has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError<T> {
    /// The batcher was closed, or its driver was dropped, before the item was sent. The item comes back.
    #[error("the batcher is closed, and did not send the item: send it through another batcher")]
    Closed(T),
    /// The batcher has a journal, and it failed before the outcome was recorded. The item comes back.
    #[error("the journal of the batcher failed before it had the outcome: {row}")]
    NotRecorded {
        /// The item.
        item: T,
        /// Its real outcome. The next life may take the item up again if the journal has the item.
        row: Box<Row>,
    },
    /// The driver panicked, or one with a journal was dropped. The item may or may not have been applied, now or by the next life of the
    /// journal.
    #[error("the driver of the batcher ended without the outcome: the item may or may not have been applied")]
    Lost,
}

/// Why [`Batcher::try_send`](super::Batcher::try_send) did not accept an item. The item comes back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// The queue is full: wait with [`Batcher::send`](super::Batcher::send), or try again later.
    #[error("the queue of the batcher is full: wait with `send`, or try again later")]
    Full(T),
    /// The batcher was closed, or its driver was dropped.
    #[error("the batcher is closed, and did not send the item: send it through another batcher")]
    Closed(T),
}

type Answer<T, R, E> = Result<Settled<T, R, E>, CallError<T>>;

/// A call that a batcher has accepted: a future of the item's outcome.
///
/// Dropping it while the item is in the queue withdraws the call. Once the driver has read the item, it is sent all the same; the other items
/// of its request are not affected.
#[must_use = "the outcome of the item is lost unless the call is awaited"]
pub struct Call<T, R: BulkReply, E> {
    answer: oneshot::Receiver<Answer<T, R, E>>,
}

impl<T, R: BulkReply, E> Future for Call<T, R, E> {
    type Output = Answer<T, R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.poll_unpin(cx).map(|answer| answer.unwrap_or(Err(CallError::Lost)))
    }
}

impl<T, R: BulkReply, E> fmt::Debug for Call<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

/// An accepted call that is still in the queue.
pub(super) struct QueuedCall<T, R: BulkReply, E> {
    item: T,
    answer: oneshot::Sender<Answer<T, R, E>>,
    span: Span,
}

impl<T, R: BulkReply, E> QueuedCall<T, R, E> {
    pub(super) fn new(item: T) -> (Self, Call<T, R, E>) {
        let (sender, receiver) = oneshot::channel();
        (QueuedCall { item, answer: sender, span: Span::current() }, Call { answer: receiver })
    }

    pub(super) fn into_item(self) -> T {
        self.item
    }

    /// The call is taken out of the queue. `None`: its caller does not wait any more.
    pub(super) fn take(self, ticket: CallTicket) -> Option<BatchedItem<T, R, E>> {
        let is_dropped = self.answer.is_canceled();
        (!is_dropped).then(|| BatchedItem {
            item: self.item,
            caller: Some(Caller { answer: self.answer, ticket }),
            span: self.span,
        })
    }

    /// The item will not be sent.
    pub(super) fn refuse(self) {
        // A caller that does not wait any more needs no answer; here and below.
        let _ = self.answer.send(Err(CallError::Closed(self.item)));
    }
}

/// A run of a batcher: its options are those of every [`Run`].
pub type BatcherRun<T, R, E> = Run<'static, T, R, E, BatchedItem<T, R, E>>;

/// An item in the runs of a batcher. A clone of it is the item alone: see [`Run::verify`](crate::Run::verify).
pub struct BatchedItem<T, R: BulkReply, E> {
    item: T,
    /// Who waits for the outcome.
    caller: Option<Caller<T, R, E>>,
    /// The caller's.
    span: Span,
}

struct Caller<T, R: BulkReply, E> {
    answer: oneshot::Sender<Answer<T, R, E>>,
    ticket: CallTicket,
}

impl<T: BulkItem, R: BulkReply, E: ApiError> BatchedItem<T, R, E> {
    /// What a run does for calls. While `hurry` is set, they do not linger.
    pub(super) fn calls(hurry: Arc<AtomicBool>) -> Calls<Self> {
        Calls {
            hurry,
            span: |item| &item.span,
            is_awaited: |item| item.caller.as_ref().is_some_and(|caller| !caller.answer.is_canceled()),
            give_back: |item| item.answer(|item| Err(CallError::Closed(item))),
        }
    }

    /// Gives the outcome to the caller.
    pub(super) fn settle(settled: Settled<Self, R, E>) {
        let Settled { index, item, outcome, response, .. } = settled;
        item.answer(|item| Ok(Settled { index, item, outcome, response, key: key_text::<T, T> }));
    }

    /// Gives the outcome to the caller, if the journal has it.
    pub(super) fn settle_recorded(recorded: JournaledItem<Self, R, E>) {
        let JournaledItem { item, row, outcome, response, is_recorded, .. } = recorded;
        let index = row.index;
        item.answer(|item| match outcome.filter(|_| is_recorded) {
            Some(outcome) => Ok(Settled { index, item, outcome, response, key: key_text::<T, T> }),
            None => Err(CallError::NotRecorded { item, row: Box::new(row) }),
        });
    }

    fn answer(self, answer: impl FnOnce(T) -> Answer<T, R, E>) {
        let Some(Caller { answer: caller, ticket }) = self.caller else { return };
        let _ = caller.send(answer(self.item));
        // A flush ends after the callers that it waited for have their outcomes.
        drop(ticket);
    }
}

/// An item that an earlier life left open, or the error of its source.
pub(super) struct LeftOpen<T> {
    item: Result<T, SourceError>,
    origin: Option<Origin>,
}

impl<T: BulkItem> LeftOpen<T> {
    pub(super) fn new(input: impl Input<T, Item = T>) -> Self {
        LeftOpen { origin: input.origin(), item: input.into_item() }
    }
}

/// What a batcher reads that settles what earlier lives left open.
pub(super) enum OpenOrCall<T, R: BulkReply, E> {
    Open(LeftOpen<T>),
    Call(BatchedItem<T, R, E>),
}

#[diagnostic::do_not_recommend]
impl<T: BulkItem, R: BulkReply, E: ApiError> Input<T> for OpenOrCall<T, R, E> {
    type Item = BatchedItem<T, R, E>;

    const HAS_ORIGIN: bool = true;

    fn into_item(self) -> Result<Self::Item, SourceError> {
        match self {
            OpenOrCall::Open(LeftOpen { item, .. }) => {
                Ok(BatchedItem { item: item?, caller: None, span: Span::none() })
            }
            OpenOrCall::Call(call) => Ok(call),
        }
    }

    fn origin(&self) -> Option<Origin> {
        match self {
            OpenOrCall::Open(open) => open.origin,
            OpenOrCall::Call(_) => None,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: BulkItem, R: BulkReply, E: ApiError> Input<T> for BatchedItem<T, R, E> {
    type Item = Self;

    fn into_item(self) -> Result<Self, SourceError> {
        Ok(self)
    }
}

impl<T, R: BulkReply, E> Borrow<T> for BatchedItem<T, R, E> {
    fn borrow(&self) -> &T {
        &self.item
    }
}

impl<T, R: BulkReply, E> Deref for BatchedItem<T, R, E> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T: Clone, R: BulkReply, E> Clone for BatchedItem<T, R, E> {
    fn clone(&self) -> Self {
        BatchedItem { item: self.item.clone(), caller: None, span: Span::none() }
    }
}

impl<T: fmt::Debug, R: BulkReply, E> fmt::Debug for BatchedItem<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.item.fmt(f)
    }
}
