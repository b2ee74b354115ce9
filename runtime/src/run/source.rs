//! The source of a run's items: an iterator or a stream, of items or references, fallible or not.

use std::borrow::Borrow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::item::BulkItem;
use crate::journal::{FromRun, Origin};
use crate::text::panic_text;

/// What a source of items yields: an item, a reference to one, or a `Result` of either. It is implemented for these, and not meant to be
/// implemented elsewhere.
#[diagnostic::on_unimplemented(
    message = "expected items of type `{T}`, found `{Self}` [BULK612]",
    label = "not an item of this endpoint",
    note = "pass an iterator or a stream of `{T}`, of `&{T}`, or of a `Result` of either"
)]
pub trait Input<T>: Sized {
    /// The item in the report: `T` or `&T`.
    type Item: Borrow<T> + Send;

    #[doc(hidden)]
    const HAS_ORIGIN: bool = false;

    #[doc(hidden)]
    fn into_item(self) -> Result<Self::Item, SourceError>;

    #[doc(hidden)]
    fn origin(&self) -> Option<Origin> {
        None
    }
}

impl<T: BulkItem> Input<T> for T {
    type Item = T;

    fn into_item(self) -> Result<T, SourceError> {
        Ok(self)
    }
}

impl<'a, T: BulkItem> Input<T> for &'a T {
    type Item = &'a T;

    fn into_item(self) -> Result<&'a T, SourceError> {
        Ok(self)
    }
}

impl<T: BulkItem, E: fmt::Display> Input<T> for Result<T, E> {
    type Item = T;

    fn into_item(self) -> Result<T, SourceError> {
        self.map_err(SourceError::new)
    }
}

impl<'a, T: BulkItem, E: fmt::Display> Input<T> for Result<&'a T, E> {
    type Item = &'a T;

    fn into_item(self) -> Result<&'a T, SourceError> {
        self.map_err(SourceError::new)
    }
}

impl<T: BulkItem> Input<T> for FromRun<T> {
    type Item = T;

    const HAS_ORIGIN: bool = true;

    fn into_item(self) -> Result<T, SourceError> {
        Ok(self.item)
    }

    fn origin(&self) -> Option<Origin> {
        Some(self.origin)
    }
}

impl<T: BulkItem, E: fmt::Display> Input<T> for Result<FromRun<T>, E> {
    type Item = T;

    const HAS_ORIGIN: bool = true;

    fn into_item(self) -> Result<T, SourceError> {
        self.map(|item| item.item).map_err(SourceError::new)
    }

    fn origin(&self) -> Option<Origin> {
        self.as_ref().ok().map(|item| item.origin)
    }
}

/// The error of a run's source: it yielded an `Err`, or panicked. The items before it were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError(Arc<str>);

impl SourceError {
    /// Creates an error from the words of another one.
    pub fn new(error: impl fmt::Display) -> Self {
        SourceError(error.to_string().into())
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the source of the items failed: {}", self.0)
    }
}

impl std::error::Error for SourceError {}

/// A source, its type erased.
pub(crate) struct Source<'a, I> {
    /// An item that is read first, also if the run stops before.
    first: Option<I>,
    items: SourceKind<'a, I>,
    /// The origin of the item that was yielded last. Only of items of recorded runs.
    origin: Option<Arc<Mutex<Option<Origin>>>>,
    pause: Option<Pause>,
}

/// A source yields no more than some items until the run is resumed.
struct Pause {
    items_before: usize,
    is_resumed: Arc<AtomicBool>,
}

enum SourceKind<'a, I> {
    Iter(Box<dyn Iterator<Item = Result<I, SourceError>> + Send + 'a>),
    Stream(Pin<Box<dyn Stream<Item = Result<I, SourceError>> + Send + 'a>>),
    /// It was read to its end or to its error.
    Ended,
    /// It is not read further, because the run stopped.
    Stopped,
}

/// Makes items of inputs, and notes their origins.
fn noting<T, P: Input<T>>(
    origin: &Arc<Mutex<Option<Origin>>>,
) -> impl FnMut(P) -> Result<P::Item, SourceError> + use<T, P> {
    let origin = origin.clone();
    move |input| {
        *origin.lock().unwrap_or_else(PoisonError::into_inner) = input.origin();
        input.into_item()
    }
}

impl<'a, I> Source<'a, I> {
    fn new(items: SourceKind<'a, I>, origin: Option<Arc<Mutex<Option<Origin>>>>) -> Self {
        Source { first: None, items, origin, pause: None }
    }

    pub(crate) fn iter<T: BulkItem, S>(items: S) -> Self
    where
        S: IntoIterator<Item: Input<T, Item = I> + 'a, IntoIter: Send + 'a>,
    {
        let items = items.into_iter();
        if !<S::Item as Input<T>>::HAS_ORIGIN {
            return Source::new(SourceKind::Iter(Box::new(items.map(Input::into_item))), None);
        }
        let origin = Arc::default();
        Source::new(SourceKind::Iter(Box::new(items.map(noting(&origin)))), Some(origin))
    }

    pub(crate) fn stream<T: BulkItem, S>(items: S) -> Self
    where
        S: Stream<Item: Input<T, Item = I>> + Send + 'a,
    {
        if !<S::Item as Input<T>>::HAS_ORIGIN {
            return Source::new(SourceKind::Stream(Box::pin(items.map(Input::into_item))), None);
        }
        let origin = Arc::default();
        Source::new(SourceKind::Stream(Box::pin(items.map(noting(&origin)))), Some(origin))
    }

    /// Puts an item before the others. A run that stops before it reads any settles it too.
    #[cfg(feature = "batcher")]
    pub(crate) fn after(mut self, first: Option<I>) -> Self {
        self.first = first;
        self
    }

    /// Takes the item that was put before the others, if it was not read.
    pub(crate) fn take_first(&mut self) -> Option<I> {
        self.first.take()
    }

    /// A source that is not read further.
    pub(crate) fn stopped() -> Self {
        Source::new(SourceKind::Stopped, None)
    }

    /// Yields only this many items until the flag is set. Who sets it wakes the run.
    pub(crate) fn pause_after(&mut self, items_before: usize, is_resumed: Arc<AtomicBool>) {
        self.pause = Some(Pause { items_before, is_resumed });
    }

    /// One of the items that were yielded does not count towards the pause.
    pub(crate) fn discount(&mut self) {
        if let Some(pause) = &mut self.pause {
            pause.items_before += 1;
        }
    }

    fn is_paused(&mut self) -> bool {
        let Some(pause) = &self.pause else { return false };
        if pause.is_resumed.load(Ordering::Acquire) {
            self.pause = None;
            return false;
        }
        pause.items_before == 0
    }

    /// Takes the origin of the item that was yielded last, if it is one of a recorded run.
    pub(crate) fn take_origin(&self) -> Option<Origin> {
        self.origin.as_ref().and_then(|origin| origin.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    /// Returns the next item that an iterator still holds. A stream holds none: it may block, or never end.
    pub(crate) fn next_held(&mut self) -> Option<Result<I, SourceError>> {
        if self.first.is_none() && !matches!(self.items, SourceKind::Iter(_)) {
            return None;
        }
        match self.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(next) => next,
            Poll::Pending => None,
        }
    }

    /// Returns the next item; after the end or an error only `None`. The source is the caller's code: a panic in it counts as its error.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<I, SourceError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if self.is_paused() {
            return Poll::Pending;
        }
        let polled = catch_unwind(AssertUnwindSafe(|| match &mut self.items {
            SourceKind::Iter(items) => Poll::Ready(items.next()),
            SourceKind::Stream(items) => items.poll_next_unpin(cx),
            SourceKind::Ended | SourceKind::Stopped => Poll::Ready(None),
        }));
        let next = match polled {
            Ok(Poll::Ready(next)) => next,
            Ok(Poll::Pending) => return Poll::Pending,
            Err(panic) => Some(Err(SourceError::new(format_args!("it panicked: {}", panic_text(&*panic))))),
        };
        if self.was_stopped() {
            return Poll::Ready(None);
        }
        match (&next, &mut self.pause) {
            (Some(Ok(_)), Some(pause)) => pause.items_before -= 1,
            (Some(Ok(_)), None) => {}
            (Some(Err(_)) | None, _) => self.items = SourceKind::Ended,
        }
        Poll::Ready(next)
    }

    /// Prepares the source for a run that stopped. An iterator with an exact `size_hint` (a `Vec`) stays readable, so that all its
    /// items are accounted for. Any other source may block or never end, and is not read further. An upper bound alone is not enough:
    /// `receiver.iter().take(100)` has one, and may block for ever.
    pub(crate) fn stop(&mut self) {
        self.pause = None;
        let is_read = !matches!(self.items, SourceKind::Ended | SourceKind::Stopped);
        if is_read && self.exact_size().is_none() {
            self.items = SourceKind::Stopped;
        }
    }

    /// Returns the number of items that are left, if it is an iterator that knows it.
    pub(crate) fn exact_size(&self) -> Option<usize> {
        let SourceKind::Iter(items) = &self.items else { return None };
        let hint = catch_unwind(AssertUnwindSafe(|| items.size_hint()));
        hint.ok().and_then(|(lower, upper)| upper.filter(|upper| *upper == lower))
    }

    /// Returns whether items may have been left unread.
    pub(crate) fn was_stopped(&self) -> bool {
        matches!(self.items, SourceKind::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_pauses_after_some_items_until_it_is_resumed_or_stopped() {
        let paused = |is_resumed: &Arc<AtomicBool>| {
            let mut source = Source::iter::<u64, _>(vec![1, 2, 3]);
            source.pause_after(2, is_resumed.clone());
            source
        };
        let poll = |source: &mut Source<'_, u64>| match source.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(next) => next.map_or("end".to_owned(), |next| next.unwrap().to_string()),
            Poll::Pending => "pending".to_owned(),
        };
        let is_resumed = Arc::default();
        let mut source = paused(&is_resumed);
        assert_eq!([(); 4].map(|()| poll(&mut source)), ["1", "2", "pending", "pending"]);
        is_resumed.store(true, Ordering::Release);
        assert_eq!([(); 2].map(|()| poll(&mut source)), ["3", "end"]);
        let mut source = paused(&Arc::default());
        source.stop();
        assert_eq!([(); 4].map(|()| poll(&mut source)), ["1", "2", "3", "end"], "all are accounted for");
    }
}
