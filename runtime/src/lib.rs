#![doc = include_str!("../docs/crate.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod client;
mod declare;
pub mod dynamic;
mod engine;
#[cfg(feature = "fake")]
mod fake;
pub mod guide;
pub mod item;
pub mod journal;
#[cfg(feature = "openapi")]
pub mod openapi;
mod outcome;
pub mod reply;
mod request;
mod response;
mod run;
pub mod spec;
pub mod testing;
mod text;
mod uncertainty_kind;

pub use bulk_endpoint_macros::{ApiError, BulkItem, BulkReply, ItemReply, Status, bulk_api};
// Outside a `#[bulk_api]` trait these only report that they are misplaced, also where they are imported by a glob.
#[doc(hidden)]
pub use bulk_endpoint_macros::{bulk_endpoint, delete, field, get, header, patch, post, put, query};
#[cfg(feature = "tokio")]
pub use client::TokioClock;
pub use client::{BuildError, Client, ClientBuilder, Clock, SigningRequest, shared_throttle, transport};
pub use engine::{Counters, RetryBudget};
pub use item::{AssignedId, BulkItem, IgnoreCase};
pub use outcome::{NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, RefusalKind, Success, Uncertainty};
pub use reply::{
    Accepted, ApiError, AwsErrorType, BulkReply, ByCode, ByStatus, EndIndex, HttpStatus, InFormat, Index, ItemReply,
    Ndjson, One, Pairs, ResponseFormat, StartIndex, Status,
};
pub use request::{Codec, CodecError};
#[cfg(feature = "blocking")]
pub use run::OutcomeIter;
#[cfg(feature = "batcher")]
pub use run::batcher;
pub use run::{
    Attempt, Bulk, BulkResponse, CompleteReport, Endpoint, Event, IncompleteRun, Input, JournaledItem, JournaledRun,
    JournaledRunFuture, JournaledStream, OnDuplicate, OutcomeStream, Plan, PlannedRequest, Report, Row, Run, RunFuture,
    Settled, SourceError, Summary, Verified, Watch,
};
pub use uncertainty_kind::UncertaintyKind;
