//! What generated code names. Not part of the public interface.

pub use crate::api_error::body as error_body;
pub use crate::bind::{Binder, Bound};
pub use crate::endpoint::Signature;
pub use crate::reply::{
    Address, BodyShape, ElementShape, Elements, ItemStatus, JudgesItself, ListShape, Names, NeverFails, ReplyShape,
    Role, Silence, Status, TellsItems, Text, Unnamed,
};
pub use serde;
pub use std::borrow::Cow;
pub use std::sync::Arc;

use crate::client::Client;
use crate::endpoint::Endpoint;

/// Starts to bind an endpoint that is all or nothing.
pub fn bind<B: Signature>(client: &Client, endpoint: Endpoint<B>) -> Binder<B> {
    Binder::new(client, endpoint)
}

/// Starts to bind an endpoint that may apply some items and not others: its reply must tell which.
pub fn bind_partial<B: Signature<Reply: TellsItems>>(client: &Client, endpoint: Endpoint<B>) -> Binder<B> {
    Binder::new(client, endpoint)
}
