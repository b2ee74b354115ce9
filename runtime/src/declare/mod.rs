//! A declaration as plain data, and the checks between its attributes and its types.

mod contract;
mod place;
mod spec;

pub use contract::{ReplyOf, Types, Unfit, check, check_variant};
#[cfg(feature = "fake")]
pub(crate) use place::BodyFormat;
#[cfg(feature = "openapi")]
pub(crate) use place::NDJSON;
pub(crate) use place::{JSON, RequestPart};
pub use spec::{ArgumentAt, Classes, EndpointSpec, ItemsAt, ListStyle, Max, Method, PollSpec, Rate, StatusOrCode};
