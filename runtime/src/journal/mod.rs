//! Journals: durable records of runs, so that a run survives its process.
//!
//! A run with a journal ([`Run::journal`](crate::Run::journal)) records each item that it reads, each request before it leaves, and each
//! outcome before the caller gets it. After a crash the same call continues the run: settled items are not sent again, and items of
//! requests that were in flight count as uncertain.
//!
//! This module is for authors of stores. The crate `bulk-endpoint-durable` has one that keeps runs in an SQLite file.
//!
//! A run has one or more *lives*: each process that works on it is one. Items have numbers in a journal, in the order in which they were
//! first read, over all lives.

mod error;
mod hash;
mod sorted;
mod waiting;

pub use error::JournalError;
pub(crate) use hash::{extended, hash_64, hash_128, hash_key};
pub(crate) use sorted::sorted;
pub use waiting::WaitingItem;
pub(crate) use waiting::{key_json, text_of};

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::outcome::OutcomeKind;

/// The result of an operation on a journal, as a future.
pub type JournalFuture<V> = BoxFuture<'static, Result<V, JournalError>>;

/// A database of runs. A clone is another handle on the same one.
pub trait Store: Clone + Send + Sync + 'static {
    /// The report of a run, as this store gives it.
    type Report: Send + 'static;

    /// Starts the run with this name, or continues it in a new life.
    ///
    /// First it ends the life before: each attempt without an end gets an unknown result, and its items become uncertain. So do items that
    /// may have been sent without an intent: see [`Record::MayLeave`].
    ///
    /// # Errors
    ///
    /// Another process or another task works on the run, the run under this name is another one ([`RunStart::identity`]), or the store
    /// cannot be used.
    fn begin(&self, name: &str, start: RunStart) -> JournalFuture<Begun>;

    /// Returns the report of a run, over all its lives. It includes what was written so far, also while the run is worked on.
    fn report(&self, name: &str) -> JournalFuture<Self::Report>;
}

/// The journal of one life of a run. Dropping it ends the life, as a crash does.
///
/// Calls take effect in the order in which they are made, whatever the order in which their futures are polled.
pub trait Journal: Send + Sync + 'static {
    /// Looks up items in the order of the input, and records those that are new. An occurrence of an item in the input of this life is the
    /// recorded item with the lowest number among those with its key and hash that this life has not read yet. See
    /// [`RunStart::of_calls`] for single calls.
    ///
    /// The recorded items are durable no later than the next [`write`](Self::write).
    ///
    /// # Errors
    ///
    /// [`JournalError::InputChanged`] if the input differs from that of an earlier life: see [`RunStart::on_change`]. None of the items is
    /// recorded then.
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>>;

    /// Writes records, all or none. It completes when they are durable. Records of an earlier call are durable first.
    ///
    /// # Errors
    ///
    /// It is not known which of the records are durable. The journal must not be used any more: the run stops.
    fn write(&self, records: Vec<Record>) -> JournalFuture<()>;

    /// Returns why requests with items may not be sent now; `None` if they may.
    ///
    /// It is called right before a request is handed to the transport, after its intent is durable. A store whose right to send runs out, such as
    /// a lease that another machine may take over, checks here that it has the right for as long as the request takes
    /// ([`RunStart::request_timeout`]), on a clock that counts the time in which the machine or the process is suspended. The call must not
    /// block.
    ///
    /// The intent of a request that is withheld is withdrawn: it ends as [`Record::Ended`] that has not left, and its items are recorded as they
    /// were. No attempt is used up. The run waits, with growing delays, and sends the batch again, with another intent. A store that has lost
    /// its right for good fails that [`write`](Self::write), which stops the run.
    fn withholds(&self) -> Option<Arc<str>> {
        None
    }

    /// Ends the life.
    fn end(&self, end: LifeEnd) -> JournalFuture<()>;
}

/// What a store needs to know of a run when a life begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStart {
    /// What makes the run this one, as pairs of a name and a value: method, URL, arguments, account. A run does not continue with other values.
    /// The values have no credentials in them.
    pub identity: Vec<(String, String)>,
    /// Whether items have keys. Items without one are told apart by their index in the input.
    pub keyed: bool,
    /// Whether each occurrence of an item is sent, and not only the first: [`OnDuplicate::Keep`](crate::OnDuplicate::Keep).
    pub keeps_duplicates: bool,
    /// Whether the items are single calls, whose input no life reads again: each is a new item, unless its [origin](ItemRecord::origin) is an item
    /// of this run. It is a duplicate only of an item that this life has recorded and that has no outcome yet.
    pub of_calls: bool,
    /// What happens if the input differs from that of an earlier life.
    pub on_change: OnChange,
    /// The time that the run has, from its first life on.
    pub run_timeout: Option<Duration>,
    /// The longest time between the moment in which the intent of a request is durable and the one in which its host is done with it, in this
    /// life.
    pub request_timeout: Duration,
}

/// The treatment of an item whose key was read in an earlier life, with another encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnChange {
    /// The run stops with [`JournalError::InputChanged`]. Items behind the part of the input that earlier lives read are new ones.
    #[default]
    Stop,
    /// The item is a new one, and is sent.
    Send,
}

/// A life that has begun.
pub struct Begun {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// The random id of the run, the same in all lives. Ids that the run assigns are made from it.
    pub run: u128,
    /// The number of this life, from 1.
    pub life: u32,
    /// Whether a response of the host came in an earlier life.
    pub has_responded: bool,
    /// The time that is left of [`RunStart::run_timeout`], by the clock of the store.
    pub time_left: Option<Duration>,
    /// The requests whose items stay together: they were in flight when an earlier life ended and have an idempotency key or a job, or they
    /// have a key and ended with all their items uncertain. All their items are open, and none of them was in another request since.
    pub pending: Vec<PendingBatch>,
    /// The time for which the host may still work on requests of earlier lives, by the clock of the store: each counts from when it was sent, for
    /// the [`request_timeout`](RunStart::request_timeout) of its life. One that may have left without an intent counts from now.
    pub busy_for: Duration,
}

/// A request of an earlier life whose items stay together: see [`Begun::pending`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBatch {
    /// The number of the attempt in this life: one that no attempt of this life gets.
    pub attempt: u64,
    /// Its items, in the order of the request.
    pub items: Vec<u64>,
    /// Its idempotency key.
    pub key: Option<String>,
    /// The time since the first request with this key was sent, by the clock of the store; `None` if that is not known, because the clock was set
    /// back. A key that is safe only for a time counts as expired then.
    pub key_age: Option<Duration>,
    /// The hash of its request.
    pub request: u128,
    /// The job that its response named.
    pub job: Option<PendingJob>,
}

/// A job that was running when a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    /// Its handle, as JSON.
    pub handle: String,
    /// The time since the response that named it, by the clock of the store.
    pub age: Duration,
    /// Those of its items that another request may have left uncertain before. Of the others, its result is all that there is to know.
    pub uncertain_before: Vec<u64>,
    /// All items of its request, in the order of the request: a place in its result is a place among these. Those that are not in the batch are
    /// settled, or in another batch.
    pub request_items: Vec<u64>,
}

/// An item as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRecord {
    /// Its index in the input of this life.
    pub index: u64,
    /// Its key: the content of a string, the JSON of anything else. `None` if it has none.
    pub key: Option<String>,
    /// The hash of the key.
    pub key_hash: u64,
    /// The hash of the key and the encoded item; `None` if the item cannot be encoded.
    pub hash: Option<u128>,
    /// The recorded item that it is, if its source says so: one of another run, or the very item of this run.
    pub origin: Option<Origin>,
}

/// An item of a recorded run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The id of the run: [`Begun::run`].
    pub run: u128,
    /// The number of the item in it.
    pub item: u64,
}

/// An item of a recorded run as the input of another run, for example one that repairs what failed.
///
/// Ids that the run [assigns](crate::AssignedId) are those that the item had in the run that it comes from, so that a vendor that knows them
/// applies nothing twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromRun<T> {
    /// The item.
    pub item: T,
    /// Where it comes from. Of an item that this run had from another one, it is the first.
    pub origin: Origin,
}

/// What a journal knows of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is read for the first time.
    New {
        /// Its number.
        item: u64,
    },
    /// It was read before, and is not settled for good.
    Open(OpenItem),
    /// It is settled for good.
    Settled {
        /// Its number.
        item: u64,
        /// Its outcome.
        outcome: RecordedOutcome,
    },
    /// When it was recorded, the latest item with its key had the same hash: it is a duplicate of that item, or of the one that
    /// that item repeats. Never with [`RunStart::keeps_duplicates`].
    Duplicate {
        /// Its number.
        item: u64,
        /// The number of the item that it repeats, which is no duplicate.
        of: u64,
        /// The outcome of that item, and whether it is final; `None` if it has none in this life yet.
        outcome: Option<(RecordedOutcome, bool)>,
    },
}

/// An item that was read before, and is not settled for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Its number.
    pub item: u64,
    /// How it ends if nothing more is learned: refused, unknown, or not attempted.
    pub outcome: RecordedOutcome,
    /// The number of requests that it took part in.
    pub attempts: u32,
    /// The number of those that count against [`max_attempts`](crate::Run::max_attempts).
    pub spent: u32,
    /// How it was put off.
    pub put_off: PutOff,
    /// Whether it may be sent again although it is uncertain: each attempt that leaves it uncertain was sent by an idempotent endpoint.
    pub is_repeatable: bool,
    /// The [`PendingBatch`] that it belongs to.
    pub pending: Option<u64>,
    /// The item of another run that it was when it was recorded.
    pub origin: Option<Origin>,
}

/// One record of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A request leaves as soon as this is durable, or before if all its items [may leave](Record::MayLeave).
    Intent(Intent),
    /// Items may leave before the intents of their requests are durable, once this is. It takes the place of the record like it before. None of
    /// them was in a request of an earlier life, or in one whose intent is recorded.
    ///
    /// The next life takes those of which the life that ended has no other record for sent, by a request with an unknown result.
    MayLeave {
        /// Their numbers, in ascending order.
        items: Vec<u64>,
    },
    /// A request has ended.
    Ended {
        /// The number of its attempt. It may be that of a [`PendingBatch`], whose job goes on.
        attempt: u64,
        /// The status of its response, if there was one.
        status: Option<u16>,
        /// How it ended, in words.
        end: String,
        /// Whether it may have left. If not, it was no request: none of its items took part in it.
        has_left: bool,
    },
    /// The response to a request names a job that works on its items.
    Job {
        /// The number of the attempt. It may be that of a [`PendingBatch`], whose job goes on.
        attempt: u64,
        /// The handle, as JSON.
        handle: String,
    },
    /// What is known of an item.
    Item {
        /// Its number.
        item: u64,
        /// What is known of it.
        state: RecordedState,
    },
}

/// A request that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The number of the attempt, unique in the life, and below 2^32.
    pub attempt: u64,
    /// The number of the batch, the same for each attempt with the same items, unique in the life.
    pub batch: u64,
    /// The number of this attempt for its items, from 1.
    pub number: u32,
    /// The numbers of the items, in the order of the request.
    pub items: Vec<u64>,
    /// Whether the endpoint is idempotent.
    pub is_idempotent: bool,
    /// The idempotency key, if the request has one.
    pub key: Option<String>,
    /// The hash of the request, without its idempotency key and credentials.
    pub request: u128,
}

/// What is known of an item after an attempt, or at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedState {
    /// Its outcome; of an item that is retried, how it ends if nothing more is learned.
    pub outcome: RecordedOutcome,
    /// Whether the outcome is final: no life sends the item again.
    pub is_final: bool,
    /// Whether this life has ended the item. If it is not final, the next life takes it up again.
    pub is_settled: bool,
    /// The number of requests that it took part in.
    pub attempts: u32,
    /// The number of those that count against [`max_attempts`](crate::Run::max_attempts).
    pub spent: u32,
    /// How it was put off, in all lives.
    pub put_off: PutOff,
}

/// How a host deferred an item: it refused it for now, or was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PutOff {
    /// The time that counts against the [`patience`](crate::Run::patience) with the item, including the delay that the host asked for last.
    pub time: Duration,
    /// How often it was deferred as the first item of its request, or with all of it.
    pub heads: u32,
}

/// What a journal keeps of an outcome: no bodies, and no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedOutcome {
    /// The kind of the outcome.
    pub outcome: OutcomeKind,
    /// The HTTP status behind it.
    pub status: Option<u16>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// A message that explains it, on one line.
    pub message: Option<String>,
    /// The vendor's request id.
    pub request_id: Option<String>,
    /// Whether an earlier attempt must have applied the item: [`Success::earlier`](crate::Success::earlier).
    pub earlier: bool,
    /// Whether the vendor confirmed only that it accepted the item: [`Success::accepted`](crate::Success::accepted).
    pub accepted: bool,
}

impl RecordedOutcome {
    /// The outcome of an item that was read, and not sent yet.
    pub fn not_sent() -> Self {
        RecordedOutcome::new(OutcomeKind::NotAttempted, "not sent yet")
    }

    /// The outcome of an item of a request whose process ended before it recorded a response.
    pub fn process_ended() -> Self {
        let message =
            "may or may not have been applied: the process that sent it ended before it recorded the response";
        RecordedOutcome::new(OutcomeKind::Unknown, message)
    }

    fn new(outcome: OutcomeKind, message: &str) -> Self {
        RecordedOutcome {
            outcome,
            status: None,
            code: None,
            message: Some(message.to_owned()),
            request_id: None,
            earlier: false,
            accepted: false,
        }
    }
}

/// How a life ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifeEnd {
    /// Whether the input was read to its end.
    pub read_all: bool,
    /// Why the run stopped early, if it did.
    pub stopped: Option<String>,
    /// The error of the source, if it failed.
    pub source_error: Option<String>,
}
