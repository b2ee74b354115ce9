//! A declaration as plain data.

mod contract;
mod spec;

pub use contract::{ReplyOf, Types, Unfit, check, check_variant};
pub use spec::{ArgumentAt, Classes, EndpointSpec, ItemsAt, ListStyle, Max, Method, Rate, StatusOrCode};
