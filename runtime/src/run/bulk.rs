//! A bound endpoint: what a declared method returns.

use std::any::Any;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_core::Stream;

use super::builder::Run;
use super::kind::{BulkKind, ReadFn};
use super::plan::{Plan, PlannedRequest};
use super::source::{Input, Source};
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::{ApiError, BulkReply};
use crate::request::PreparedEndpoint;

/// An endpoint bound to its arguments: the return type of a declared method. Cheap to clone; sends nothing by itself.
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
#[must_use = "a bound endpoint sends nothing: call `send`, and await it"]
pub struct Bulk<T, R = (), E = ()> {
    /// A `BulkKind<T, R, E>`. Naming that type here would put its bounds on every mention of a `Bulk`, and rustc would report one wrong
    /// type once per mention. So the type is erased here and named only where it is used.
    kind: Arc<dyn Any + Send + Sync>,
    types: PhantomData<Types<T, R, E>>,
}

/// A function type, so that a `Bulk` is `Send` and `Sync` whatever its types are.
type Types<T, R, E> = fn() -> (T, R, E);

impl<T: BulkItem, R: BulkReply, E: ApiError> Bulk<T, R, E> {
    pub(crate) fn remote(bound: PreparedEndpoint<R>, read: ReadFn<T, R>) -> Self {
        Bulk::of(BulkKind::Remote(Arc::new(bound), read))
    }

    fn of(kind: BulkKind<T, R, E>) -> Self {
        Bulk { kind: Arc::new(kind), types: PhantomData }
    }

    pub(crate) fn kind(&self) -> &BulkKind<T, R, E> {
        self.kind.downcast_ref().expect("only `of` makes a `Bulk`, with the same types")
    }

    /// Creates a mock for tests: its runs send nothing, and settle each item with the outcome that `outcome` returns.
    ///
    /// If `outcome` panics, the item ends `Unknown`.
    pub fn mock(outcome: impl Fn(&T) -> OutcomeOf<R, E> + Send + Sync + 'static) -> Self {
        Bulk::of(BulkKind::Mock(Arc::new(outcome)))
    }

    /// Creates a run over the items of an iterator: items, references to items, or `Result`s of either.
    ///
    /// Nothing is sent before the [`Run`] is awaited or its outcomes are polled. The input ends at the first `Err`, or when the iterator
    /// panics: the items before it are sent, and the report carries the error ([`Report::source_error`](crate::Report::source_error)).
    pub fn send<'a, S>(&self, items: S) -> Run<'a, T, R, E, <S::Item as Input<T>>::Item>
    where
        S: IntoIterator<Item: Input<T> + 'a, IntoIter: Send + 'a>,
    {
        Run::new(self.kind().clone(), Source::iter(items))
    }

    /// Creates a run over the items of a stream: items, references to items, or `Result`s of either. Errors are handled as in
    /// [`send`](Self::send).
    ///
    /// The run reads at most one request's worth of items ahead. A request is sent when it is full, or when the stream has ended. While
    /// the stream has no item ready, a smaller request is sent when nothing else of the run is in flight or waits for a retry, or after the
    /// [`linger`](Run::linger).
    pub fn send_stream<'a, S>(&self, items: S) -> Run<'a, T, R, E, <S::Item as Input<T>>::Item>
    where
        S: Stream<Item: Input<T>> + Send + 'a,
    {
        Run::new(self.kind().clone(), Source::stream(items))
    }

    /// Creates a batcher: a handle for single items, which travel together in requests.
    ///
    /// Many tasks call [`Batcher::send`](crate::batcher::Batcher::send), each with one item, and each gets the outcome of its own. A full request
    /// is sent immediately, any other after the [`linger`](Run::linger) of its first item. An endpoint with a `min` waits longer for that many items,
    /// unless the batcher is [flushed](crate::batcher::Batcher::flush) or closed. Retries, throttling and accounting are those of a run.
    ///
    /// Calls with equal items share a request while the first of them is not settled, as [`on_duplicate`](Run::on_duplicate) says. A call is
    /// never answered with the outcome of a call that returned before it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use std::time::Duration;
    /// # use bulk_endpoint::{Bulk, Outcome};
    /// # let bulk: Bulk<u64> = Bulk::mock(|id| if *id == 3 { Outcome::refused(409, ()) } else { Outcome::succeeded() });
    /// let tokens = bulk.batcher().options(|run| run.concurrency(8).linger(Duration::from_millis(5))).spawn();
    /// let calls = (1..=3).map(|id| {
    ///     let tokens = tokens.clone();
    ///     async move { tokens.send(id).await }
    /// });
    /// for result in futures_util::future::join_all(calls).await {
    ///     let settled = result?;
    ///     println!("{}", settled.row());
    /// }
    /// tokens.close(Duration::from_secs(30)).await;
    /// # Ok::<(), bulk_endpoint::batcher::CallError<u64>>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "batcher")]
    pub fn batcher(&self) -> super::batcher::BatcherBuilder<T, R, E> {
        super::batcher::BatcherBuilder::new(self.kind().clone())
    }

    /// Returns the requests that [`send`](Self::send) would send for these items if nothing fails. Sends nothing. The plan of a mock is
    /// empty.
    ///
    /// The actual batches can differ in two cases:
    /// - Items with equal keys but different encodings are sent one after the other. The later one is in the next request after the
    ///   earlier one has settled.
    /// - A run that streams its outcomes [`in_order`](Run::in_order) sends smaller requests if its window is too small for
    ///   [`concurrency`](Run::concurrency) full ones.
    pub fn plan<I: Borrow<T>>(&self, items: impl IntoIterator<Item = I>) -> Plan {
        let mut requests = Vec::new();
        let mut plan = self.plan_each(items, |request| requests.push(request));
        plan.requests = requests;
        plan
    }

    /// Calls a function with each request of a [`plan`](Self::plan) as soon as it is known, so that any number of items can be planned. The plan
    /// that it returns has only the first five requests, which its `Display` shows.
    ///
    /// ```
    /// # use bulk_endpoint::Bulk;
    /// # let bulk: Bulk<u64> = Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    /// let mut largest = 0;
    /// let plan = bulk.plan_each(0..1_000_000, |request| largest = largest.max(request.body.len()));
    /// println!("{plan}\nthe largest body has {largest} bytes");
    /// ```
    pub fn plan_each<I: Borrow<T>>(
        &self,
        items: impl IntoIterator<Item = I>,
        mut each: impl FnMut(PlannedRequest),
    ) -> Plan {
        Plan::of(self.kind(), items, &mut each)
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
