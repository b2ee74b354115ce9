//! Recorded responses: what a run makes of one, without a server and without waiting.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::bulk::Bulk;
use super::endpoint::Endpoint;
use super::event::Event;
use super::kind::BulkKind;
use super::options::OnDuplicate;
use super::report::Report;
use crate::client::transport::{Request, Response, Transport, TransportError};
use crate::client::{Client, Clock};
use crate::item::{AssignedId, BulkItem, RunId};
use crate::outcome::Outcome;
use crate::reply::{ApiError, BulkReply, MatchesKey};
use crate::request::{Binder, PreparedEndpoint};
use crate::text::counted;

/// The seed of the run that judges a response, so that the ids of its items are known.
const SEED: u64 = 0;

/// What a run makes of one response: the result of [`Endpoint::judge`](crate::Endpoint::judge).
///
/// `Display` writes a line for each item, and what the run does next.
pub struct Judgement<I, R: BulkReply, E> {
    /// The outcomes of the items that the response settles. An item that is retried, or whose job is polled, has none yet.
    pub report: Report<I, R, E>,
    /// What the run does next.
    pub next: NextStep,
    items: usize,
}

/// What a run does after a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// It goes on with other items: each item of this request has its outcome.
    Done,
    /// It sends requests with the items that are left.
    #[non_exhaustive]
    Retry {
        /// The time that it waits first.
        after: Duration,
        /// The number of items in each request: `[8, 7]` after a request of 15 items that is split in halves.
        items: Vec<usize>,
    },
    /// It polls the job that the response names.
    #[non_exhaustive]
    Poll {
        /// The time that it waits first.
        after: Duration,
    },
    /// It sends nothing more, for this reason.
    Stop(String),
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NextStep::Done => f.write_str("every item has its outcome"),
            NextStep::Retry { after, items } => {
                let (requests, total) = (counted(items.len(), "request"), counted(items.iter().sum(), "item"));
                write!(f, "retries {total} in {requests}{}", After(*after))
            }
            NextStep::Poll { after } => write!(f, "polls the job{}", After(*after)),
            NextStep::Stop(why) => write!(f, "stops the run: {why}"),
        }
    }
}

struct After(Duration);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { f.write_str(" at once") } else { write!(f, " after {:?}", self.0) }
    }
}

/// The [`AssignedId`] of an item in a judged response, by the index of the item. Write it where the page has an id of its own:
/// `json!({"Successful": [{"Id": assigned_id(0), "MessageId": "5fea7756"}]})`.
pub fn assigned_id(index: usize) -> AssignedId {
    RunId::of_seed(SEED).assign(index)
}

impl<T: BulkItem, R: BulkReply, E: ApiError> Endpoint<Bulk<T, R, E>>
where
    R::Key: MatchesKey<T::Key>,
{
    /// Judges a recorded response to one request with these items, as a run does: with the same code, without a client, a server or a
    /// runtime, and without waiting. For tests of a declaration: paste the examples of the vendor's documentation.
    ///
    /// The limits of a request (`max`, `max_bytes`, `rate`) do not apply: the response is to all items. Where a response names items by
    /// their [`AssignedId`](crate::AssignedId), write those of [`assigned_id`](crate::testing::assigned_id).
    ///
    /// ```
    /// use bulk_endpoint::testing::NextStep;
    /// use bulk_endpoint::{Bulk, BulkReply, bulk_api};
    /// use serde::Deserialize;
    ///
    /// #[bulk_api]
    /// trait Tokens: Send + Sync {
    ///     #[post("/orgs/{org}/tokens/deactivate")]
    ///     #[bulk_endpoint(max = 15, partial = true)]
    ///     fn deactivate(&self, org: &str) -> Bulk<String, Deactivated>;
    /// }
    /// #[derive(Deserialize, BulkReply)]
    /// struct Deactivated { #[bulk(succeeded)] done: Vec<String>, #[bulk(failed)] unknown: Vec<String> }
    ///
    /// let response = http::Response::builder().status(200).body(r#"{"done": ["a"], "unknown": ["b"]}"#)?;
    /// let ids = ["a", "b"].map(String::from);
    /// let judged = TokensClient::DEACTIVATE.judge(&ids, &response);
    /// assert_eq!(judged.to_string(), "a: succeeded\nb: failed\nnext: every item has its outcome");
    /// assert_eq!(judged.next, NextStep::Done);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn judge<'i, B>(&self, items: &'i [T], response: &http::Response<B>) -> Judgement<&'i T, R, E>
    where
        B: AsRef<[u8]>,
    {
        // No request leaves, and no response depends on the arguments of its request.
        let recording = Recording::new(Response::new(0, http::HeaderMap::new(), Vec::new()));
        let client = recording.client("https://vendor.invalid");
        self.finish(Binder::new(&client, *self.spec())).judge(items, response)
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError> Bulk<T, R, E> {
    /// As [`Endpoint::judge`](crate::Endpoint::judge), of an endpoint that is bound to its arguments.
    pub fn judge<'i, B>(&self, items: &'i [T], response: &http::Response<B>) -> Judgement<&'i T, R, E>
    where
        B: AsRef<[u8]>,
    {
        let count = items.len();
        let body = response.body().as_ref().to_vec();
        let recorded = Response::new(response.status().as_u16(), response.headers().clone(), body);
        let recording = Recording::new(recorded);
        let bulk = self.with_recording(&recording, count);
        // As many requests as there are items: all that leave at a time are seen.
        let run = bulk.send(items).concurrency(count.max(1)).on_duplicate(OnDuplicate::Keep).seed(SEED);
        let watch = run.watch();
        let note = recording.clone();
        let run = run.on_event(move |event, _| {
            if let Event::Sent { items, .. } = event {
                note.lock().carried.push(*items);
            }
        });
        let mut run = pin!(run.into_future());
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(report) = run.as_mut().poll(&mut cx) {
                let next = report.stopped().map_or(NextStep::Done, |why| NextStep::Stop(why.to_owned()));
                return Judgement { report, next, items: count };
            }
            if let Some(next) = recording.next() {
                return Judgement { report: watch.report(), next, items: count };
            }
        }
    }

    /// This endpoint over a transport that returns the recorded response, and with no limit that this many items could exceed.
    fn with_recording(&self, recording: &Recording, items: usize) -> Self {
        let BulkKind::Remote(endpoint, read) = self.kind() else { return self.clone() };
        let client = recording.client(endpoint.client.base_url().as_str());
        let mut spec = endpoint.spec;
        spec.max.items = spec.max.items.max(items);
        (spec.min, spec.max_bytes, spec.max_item_bytes, spec.rate) = (1, None, None, None);
        let (parts, already, invalid) = (endpoint.parts.clone(), endpoint.already, endpoint.invalid.clone());
        Bulk::remote(PreparedEndpoint { client, spec, parts, already, invalid }, *read)
    }
}

/// The transport and the clock of a judged run. The first request gets the recorded response, and no other gets any. The clock stands still
/// until nothing is left to do, and then goes on to what the run waits for.
#[derive(Clone)]
struct Recording(Arc<Mutex<Recorded>>);

struct Recorded {
    response: Option<Response>,
    now: Duration,
    /// What the run waits for.
    wake: Option<Duration>,
    /// The requests after the first one, polls included.
    later: usize,
    /// The number of items in each request that carries items.
    carried: Vec<usize>,
    /// The times in a row that the run had nothing to do and waited for nothing. A source that is always ready lets others run so.
    idle: u32,
}

impl Recording {
    fn new(response: Response) -> Self {
        let (now, wake, later, carried) = (Duration::ZERO, None, 0, Vec::new());
        Recording(Arc::new(Mutex::new(Recorded { response: Some(response), now, wake, later, carried, idle: 0 })))
    }

    /// A client whose requests get the recorded response.
    fn client(&self, base_url: &str) -> Client {
        let builder = Client::builder(base_url).transport(self.clone()).clock(self.clone());
        builder.build().expect("the base URL of a client is valid")
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the pending run does next, if a request shows it. If not, the clock goes on.
    fn next(&self) -> Option<NextStep> {
        let mut recorded = self.lock();
        let after = recorded.now;
        if recorded.later == 0 {
            match recorded.wake.take() {
                Some(wake) => (recorded.now, recorded.idle) = (wake.max(after), 0),
                None => recorded.idle += 1,
            }
            assert!(recorded.idle < 1_000_000, "bug in bulk-endpoint: the run waits for nothing");
            return None;
        }
        let items = recorded.carried.split_off(1);
        Some(if items.is_empty() { NextStep::Poll { after } } else { NextStep::Retry { after, items } })
    }
}

impl Transport for Recording {
    fn send(&self, _: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let mut recorded = self.lock();
        match recorded.response.take() {
            Some(response) => Box::pin(std::future::ready(Ok(response))),
            None => {
                recorded.later += 1;
                Box::pin(std::future::pending())
            }
        }
    }
}

impl Clock for Recording {
    fn now(&self) -> Duration {
        self.lock().now
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let recording = self.clone();
        Box::pin(poll_fn(move |_| {
            let mut recorded = recording.lock();
            if recorded.now >= at {
                return Poll::Ready(());
            }
            recorded.wake = Some(at);
            Poll::Pending
        }))
    }
}

impl<I, R: BulkReply, E> fmt::Display for Judgement<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both have the settled items alone, in the order of the input.
        let mut rows = std::iter::zip(self.report.rows(), self.report.iter()).peekable();
        for index in 0..self.items {
            match rows.next_if(|(row, _)| row.index == index) {
                // A declaration must show the difference, although both are successes of a run.
                Some((row, (_, Outcome::Succeeded(success)))) if success.accepted => writeln!(f, "{row} (accepted)")?,
                Some((row, _)) => writeln!(f, "{row}")?,
                None => writeln!(f, "item {index}: no outcome yet")?,
            }
        }
        write!(f, "next: {}", self.next)
    }
}

impl<I, R: BulkReply, E> fmt::Debug for Judgement<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judgement").field("report", &self.report).field("next", &self.next).finish_non_exhaustive()
    }
}
