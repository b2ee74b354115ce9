//! A declaration as plain data, and the checks between its attributes and its types.

mod codes;
mod contract;
mod message;
mod place;
mod reachable;
mod spec;
mod unlisted;

pub use codes::{check_code, check_further_code, check_status};
pub use contract::{ReplyOf, Types, Unfit, check, check_default, check_variant};
#[cfg(feature = "fake")]
pub(crate) use place::BodyFormat;
#[cfg(feature = "openapi")]
pub(crate) use place::NDJSON;
pub(crate) use place::{JSON, NumberedName, RequestPart};
pub use reachable::check_reachable;
pub use spec::{
    ArgumentAt, Classes, Compression, EndpointSpec, ItemsAt, ListStyle, Max, Method, PollSpec, Rate, StatusOrCode,
};
