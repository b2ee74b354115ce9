//! A bound endpoint: what a declared method returns.

use std::any::Any;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_core::Stream;

use super::builder::Run;
use super::kind::{BulkKind, ReadFn};
use super::plan::Plan;
use super::source::{Input, Source};
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::{ApiError, BulkReply};
use crate::request::PreparedEndpoint;

/// An endpoint bound to its arguments: what a declared method returns. Cheap to clone; sends nothing by itself.
///
/// `T` is the item, `R` the reply, `E` the body of a refusal.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use bulk_endpoint::{Bulk, Outcome};
///
/// let bulk: Bulk<u64> = Bulk::mock(|id| if *id == 3 { Outcome::refused(409, ()) } else { Outcome::succeeded() });
/// let report = bulk.send([1, 2, 3]).await;
/// assert_eq!(report.counters().succeeded, 2);
/// assert_eq!(report.refused().map(|(id, _)| *id).collect::<Vec<_>>(), [3]);
/// # });
/// ```
pub struct Bulk<T, R = (), E = ()> {
    /// A `BulkKind<T, R, E>`. Naming that type here would put its bounds on every mention of a `Bulk`, and rustc would tell one wrong
    /// type once for each: so only those who use it know what it is.
    kind: Arc<dyn Any + Send + Sync>,
    types: PhantomData<Types<T, R, E>>,
}

/// Neither owned nor borrowed: a `Bulk` is `Send` and `Sync` whatever its types are.
type Types<T, R, E> = fn() -> (T, R, E);

impl<T: BulkItem, R: BulkReply, E: ApiError> Bulk<T, R, E> {
    pub(crate) fn remote(bound: PreparedEndpoint<R>, read: ReadFn<T, R>) -> Self {
        Bulk::of(BulkKind::Remote(Arc::new(bound), read))
    }

    fn of(kind: BulkKind<T, R, E>) -> Self {
        Bulk { kind: Arc::new(kind), types: PhantomData }
    }

    pub(crate) fn kind(&self) -> &BulkKind<T, R, E> {
        self.kind.downcast_ref().expect("a `Bulk` is made by `of` alone, with a kind of its own types")
    }

    /// A stand-in for tests: sends nothing, and gives each item the outcome that `outcome` says.
    pub fn mock(outcome: impl Fn(&T) -> OutcomeOf<R, E> + Send + Sync + 'static) -> Self {
        Bulk::of(BulkKind::Mock(Arc::new(outcome)))
    }

    /// Sends items: anything iterable, owned or borrowed, or of `Result`s of them.
    ///
    /// Nothing is sent before the [`Run`] is awaited, or its outcomes are polled. A source that yields an `Err`, or panics,
    /// ends there: what it gave before is sent, the report carries the error.
    pub fn send<'a, S>(&self, items: S) -> Run<'a, T, R, E, <S::Item as Input<T>>::Item>
    where
        S: IntoIterator<Item: Input<T> + 'a, IntoIter: Send + 'a>,
    {
        Run::new(self.kind().clone(), Source::iter(items))
    }

    /// Sends the items of a stream, or of a stream of `Result`s.
    ///
    /// The stream is read as requests leave, never further ahead than one request's worth. A request leaves when it is
    /// full, or when the stream has ended.
    pub fn send_stream<'a, S>(&self, items: S) -> Run<'a, T, R, E, <S::Item as Input<T>>::Item>
    where
        S: Stream<Item: Input<T>> + Send + 'a,
    {
        Run::new(self.kind().clone(), Source::stream(items))
    }

    /// The requests that [`send`](Self::send) would make of these items if nothing fails. Sends nothing.
    ///
    /// Two runs make others: one with items of equal keys and other bytes, as the later of them leaves only when the earlier is
    /// answered, in whichever request is then due; and one that streams its outcomes in order through a window too small for a full
    /// request, or for as many as may be under way.
    pub fn plan<I: Borrow<T>>(&self, items: impl IntoIterator<Item = I>) -> Plan {
        Plan::of(self.kind(), items)
    }
}

impl<T, R, E> Clone for Bulk<T, R, E> {
    fn clone(&self) -> Self {
        Bulk { kind: self.kind.clone(), types: PhantomData }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError> fmt::Debug for Bulk<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
