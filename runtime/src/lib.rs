#![doc = include_str!("../docs/crate.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod client;
mod declare;
mod engine;
#[cfg(feature = "fake")]
pub mod fake;
pub mod guide;
mod item;
#[cfg(feature = "openapi")]
pub mod openapi;
mod outcome;
mod reply;
mod request;
mod response;
mod run;
mod text;

pub use bulk_endpoint_macros::{
    ApiError, BulkItem, BulkReply, ItemReply, Status, bulk_api, bulk_endpoint, delete, field, get, header, patch, post,
    put, query,
};
#[cfg(feature = "reqwest")]
pub use client::TokioClock;
pub use client::{BuildError, Client, ClientBuilder, Clock, transport};
pub use declare::{ArgumentAt, Classes, EndpointSpec, ItemsAt, ListStyle, Max, Method, Rate, StatusOrCode};
pub use engine::{Counters, RetryBudget};
pub use item::{AssignedId, BulkItem, Grouped, IgnoreCase, ItemKey, Keyed};
pub use outcome::{
    NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, RefusalKind, Success, Uncertainty, UncertaintyKind,
};
pub use reply::{
    Address, ApiError, AsText, BodyShape, BulkReply, Collector, DecodeError, Detail, ElementList, ElementShape,
    Failure, Field, FieldKind, FieldShape, Fields, HasVerdict, Index, IntoFailure, IntoSuccess, IsPresent, ItemRef,
    ItemReply, KeyList, KeySource, Listed, MatchesKey, Ndjson, Nested, NoKey, NotListed, Pair, Pairs, PerItem,
    RawResponse, ReplyKey, ReplyShape, RetryDelay, Role, Status, SuccessBody, Unlisted, Verdict,
};
pub use request::{Codec, CodecError, EndpointTypes};
pub use run::{
    Attempt, Bulk, Endpoint, Event, IncompleteRun, Input, OnDuplicate, OutcomeStream, Plan, PlannedRequest, Report,
    Row, Run, RunFuture, Settled, SourceError, Verified, Watch,
};
