//! A declaration as plain data, for tools that read declarations: the types behind [`Endpoint::spec`](crate::Endpoint::spec).

pub use crate::declare::{
    ArgumentAt, Classes, Compression, EndpointSpec, ItemsAt, ListStyle, Max, Method, PollSpec, Rate, StatusOrCode,
};
pub use crate::request::{EndpointTypes, HeaderArgument, JsonArgument, PathArgument};
