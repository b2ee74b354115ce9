//! Where a run's items come from: anything iterable, or a stream; owned or borrowed, fallible or not.

use std::borrow::Borrow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt;

use crate::item::BulkItem;
use crate::text::panic_text;

/// What an iterator or a stream of items yields: an item, a reference to one, or a `Result` of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent where the items are `{T}` [BULK612]",
    label = "no item of this endpoint",
    note = "`send` takes anything that yields `{T}`, `&{T}`, or a `Result` of either"
)]
pub trait Input<T>: Sized {
    /// What the report gives back: `T` or `&T`.
    type Item: Borrow<T> + Send;

    #[doc(hidden)]
    fn into_item(self) -> Result<Self::Item, SourceError>;
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

/// The source of a run's items failed. What it had given before was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError(Arc<str>);

impl SourceError {
    fn new(error: impl fmt::Display) -> Self {
        SourceError(error.to_string().into())
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the source of the items failed: {}", self.0)
    }
}

impl std::error::Error for SourceError {}

/// A source, its type forgotten.
pub(crate) enum Source<'a, I> {
    Iter(Box<dyn Iterator<Item = Result<I, SourceError>> + Send + 'a>),
    Stream(Pin<Box<dyn Stream<Item = Result<I, SourceError>> + Send + 'a>>),
    /// Read to its end, or to its error.
    AttemptEnd,
    /// Left where it was: the run sends nothing more.
    Stopped,
}

impl<'a, I> Source<'a, I> {
    pub(crate) fn iter<T: BulkItem, S>(items: S) -> Self
    where
        S: IntoIterator<Item: Input<T, Item = I> + 'a, IntoIter: Send + 'a>,
    {
        Source::Iter(Box::new(items.into_iter().map(Input::into_item)))
    }

    pub(crate) fn stream<T: BulkItem, S>(items: S) -> Self
    where
        S: Stream<Item: Input<T, Item = I>> + Send + 'a,
    {
        Source::Stream(Box::pin(items.map(Input::into_item)))
    }

    /// The next item. After an error, or its end, a source gives nothing more. It is the caller's own: a panic in it is an error like
    /// another.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<I, SourceError>>> {
        let polled = catch_unwind(AssertUnwindSafe(|| match self {
            Source::Iter(items) => Poll::Ready(items.next()),
            Source::Stream(items) => items.poll_next_unpin(cx),
            Source::AttemptEnd | Source::Stopped => Poll::Ready(None),
        }));
        let next = match polled {
            Ok(Poll::Ready(next)) => next,
            Ok(Poll::Pending) => return Poll::Pending,
            Err(panic) => Some(Err(SourceError::new(format_args!("it panicked: {}", panic_text(&*panic))))),
        };
        if self.was_stopped() {
            return Poll::Ready(None);
        }
        if !matches!(next, Some(Ok(_))) {
            *self = Source::AttemptEnd;
        }
        Poll::Ready(next)
    }

    /// What a run that sends nothing more does with what was not read. An iterator that knows its end is read to it, so that its
    /// items are accounted for; what may never end, or block, stays with the caller. The most that may come is no end: the next
    /// hundred of a channel may never do.
    pub(crate) fn stop(&mut self) {
        let knows_its_end = match self {
            Source::Iter(items) => {
                let hint = catch_unwind(AssertUnwindSafe(|| items.size_hint()));
                hint.is_ok_and(|(least, most)| most == Some(least))
            }
            Source::Stream(_) => false,
            Source::AttemptEnd | Source::Stopped => return,
        };
        if !knows_its_end {
            *self = Source::Stopped;
        }
    }

    /// Whether something may have been left unread.
    pub(crate) fn was_stopped(&self) -> bool {
        matches!(self, Source::Stopped)
    }
}
