#![doc = include_str!("../docs/crate.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod api_error;
mod assigned;
mod attempt;
mod bind;
mod bulk;
mod client;
mod clock;
mod codec;
mod credential;
mod decode;
mod drive;
mod encode;
mod endpoint;
mod engine;
mod event;
#[cfg(feature = "fake")]
pub mod fake;
mod fits;
mod gate;
pub mod guide;
mod history;
mod ignore_case;
mod item;
mod keys;
mod merge;
#[cfg(feature = "openapi")]
pub mod openapi;
mod outcome;
mod plan;
mod repeats;
mod reply;
mod report;
mod run;
mod source;
mod spec;
mod text;
pub mod transport;
mod verify;
mod watch;

pub use api_error::ApiError;
pub use assigned::AssignedId;
pub use bulk::Bulk;
pub use bulk_endpoint_macros::{
    ApiError, BulkItem, BulkReply, ItemReply, Status, bulk_api, bulk_endpoint, delete, field, get, header, patch, post,
    put, query,
};
pub use client::{BuildError, Client, ClientBuilder};
pub use clock::Clock;
#[cfg(feature = "reqwest")]
pub use clock::TokioClock;
pub use codec::{Codec, CodecError};
pub use decode::{Answer, At, Field, Fields, Misfit, Says};
pub use endpoint::{Endpoint, Signature};
pub use engine::{Counters, RetryBudget};
pub use event::Event;
pub use history::AttemptRecord;
pub use ignore_case::IgnoreCase;
pub use item::{BulkItem, Grouped, ItemKey, Keyed};
pub use outcome::{Doubt, DoubtKind, NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, RefusalKind, Success};
pub use plan::{Plan, PlannedRequest};
pub use reply::{
    Address, Body, BodyShape, By, Carries, Detail, ElementShape, Elements, FailsAs, Failure, FieldKind, FieldShape,
    Index, ItemReply, ItemStatus, JudgesItself, Lines, Listed, Names, Nested, NeverFails, Pair, Pairs, Present, Reply,
    ReplyKey, ReplyShape, Role, Several, Silence, Silent, Status, TellsItems, Text, Unnamed, Wait,
};
pub use report::{Incomplete, Report, Row};
pub use run::{OnRepeat, Outcomes, Run, RunFuture, Settled};
pub use source::{Input, SourceError};
pub use spec::{ArgumentAt, Classes, EndpointSpec, ItemsAt, ListStyle, Max, Method, Rate, Sign};
pub use verify::Verified;
pub use watch::Watch;
