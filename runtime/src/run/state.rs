//! The state that a run shares with its `Watch` handles.

use std::borrow::{Borrow, Cow};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::task::AtomicWaker;

use super::attempts::History;
use super::bulk_response::Responses;
use super::source::SourceError;
use crate::engine::Counters;
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::BulkReply;

/// The part of a run that outlives its future.
pub(crate) struct RunState<I, R: BulkReply, E> {
    progress: Mutex<Progress<I, R, E>>,
    orders: AtomicU8,
    /// Whether a run that pauses reads on.
    pub(crate) is_resumed: Arc<AtomicBool>,
    /// The task of the run. An order wakes it, and so does a resumption.
    pub(crate) waker: AtomicWaker,
    /// Returns an item's key as text.
    pub(crate) key: fn(&I) -> String,
}

/// The progress of a run.
pub(crate) struct Progress<I, R: BulkReply, E> {
    pub(crate) counters: Counters,
    pub(crate) requests: usize,
    pub(crate) elapsed: Duration,
    /// By index in the input; `None` if the item has no outcome yet. Empty in a streamed run.
    pub(crate) entries: Vec<Option<(I, OutcomeOf<R, E>)>>,
    /// The attempts, in the order in which they were sent. Empty in a streamed run.
    pub(crate) history: History,
    /// Empty in a streamed run.
    pub(crate) responses: Responses<R>,
    pub(crate) source_error: Option<SourceError>,
    /// Whether the source was read to its end.
    pub(crate) read_all: bool,
    /// Why the run stopped, if it did.
    pub(crate) stopped: Option<Arc<str>>,
}

impl<I, R: BulkReply, E> Progress<I, R, E> {
    /// Returns the key of the settled item at an index of the input.
    pub(crate) fn key_at<T: BulkItem>(&self, index: usize) -> Option<Cow<'_, T::Key>>
    where
        I: Borrow<T>,
    {
        let (item, _) = self.entries.get(index)?.as_ref()?;
        Some(item.borrow().key())
    }
}

/// An order from a `Watch` to the run. A later order only replaces a weaker one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Go = 0,
    Stop = 1,
    Cancel = 2,
}

impl<I, R: BulkReply, E> RunState<I, R, E> {
    pub(crate) fn new(key: fn(&I) -> String) -> Self {
        let progress = Progress {
            counters: Counters::default(),
            requests: 0,
            elapsed: Duration::ZERO,
            entries: Vec::new(),
            history: History::default(),
            responses: Responses::default(),
            source_error: None,
            read_all: false,
            stopped: None,
        };
        RunState {
            progress: Mutex::new(progress),
            orders: AtomicU8::new(Order::Go as u8),
            is_resumed: Arc::default(),
            waker: AtomicWaker::new(),
            key,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Progress<I, R, E>> {
        // Every change is complete before the lock is released, so a poisoned lock can be used.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the progress out, for the report at the end. Counters stay for the handles.
    pub(crate) fn take(&self) -> Progress<I, R, E> {
        let mut progress = self.lock();
        Progress {
            counters: progress.counters,
            requests: progress.requests,
            elapsed: progress.elapsed,
            entries: std::mem::take(&mut progress.entries),
            history: std::mem::take(&mut progress.history),
            responses: std::mem::take(&mut progress.responses),
            source_error: progress.source_error.clone(),
            read_all: progress.read_all,
            stopped: progress.stopped.clone(),
        }
    }

    pub(crate) fn order(&self) -> Order {
        match self.orders.load(Ordering::Acquire) {
            0 => Order::Go,
            1 => Order::Stop,
            _ => Order::Cancel,
        }
    }

    pub(crate) fn resume(&self) {
        self.is_resumed.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(crate) fn order_run(&self, order: Order) {
        self.orders.fetch_max(order as u8, Ordering::AcqRel);
        self.waker.wake();
    }
}
