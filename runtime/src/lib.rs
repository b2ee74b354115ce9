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
pub use declare::{ArgumentAt, Classes, EndpointSpec, ItemsAt, ListStyle, Max, Method, Rate, Sign};
pub use engine::{Counters, RetryBudget};
pub use item::{AssignedId, BulkItem, Grouped, IgnoreCase, ItemKey, Keyed};
pub use outcome::{Doubt, DoubtKind, NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, RefusalKind, Success};
pub use reply::{
    Address, Answer, ApiError, At, Body, BodyShape, By, Carries, Detail, ElementShape, Elements, FailsAs, Failure,
    Field, FieldKind, FieldShape, Fields, Index, ItemReply, ItemStatus, JudgesItself, Lines, Listed, Misfit, Names,
    Nested, NeverFails, Pair, Pairs, Present, Reply, ReplyKey, ReplyShape, Role, Says, Several, Silence, Silent,
    Status, TellsItems, Text, Unnamed, Wait,
};
pub use request::{Codec, CodecError, Signature};
pub use run::{
    AttemptRecord, Bulk, Endpoint, Event, Incomplete, Input, OnRepeat, Outcomes, Plan, PlannedRequest, Report, Row,
    Run, RunFuture, Settled, SourceError, Verified, Watch,
};
