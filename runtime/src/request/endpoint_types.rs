//! The types of an endpoint.

use std::marker::PhantomData;

use super::prepared::PreparedEndpoint;
use crate::declare::{Types, Unfit};
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The types that a [`Bulk`] speaks of. Implemented by `Bulk` alone.
#[diagnostic::on_unimplemented(
    message = "a bulk endpoint returns a `Bulk`, not `{Self}` [BULK601]",
    label = "not a `Bulk`",
    note = "write `-> Bulk<Item, BulkReply, Error>`, or an alias of it; the method sends nothing itself"
)]
pub trait EndpointTypes: Sized {
    /// What is acted on.
    type Item: BulkItem;
    /// The body of a response.
    type Reply: BulkReply;
    /// The body of a refusal.
    type Error: ApiError;

    #[doc(hidden)]
    fn from_prepared(bound: PreparedEndpoint<Self::Reply>) -> Self;
}

/// The types of a `Bulk`, as [`Types`].
pub struct TypesOf<B>(PhantomData<B>);

impl<B: EndpointTypes> TypesOf<B> {
    /// What they say.
    pub const TYPES: Option<Types> = Some(Types { key_fields: B::Item::KEY_FIELDS, reply: B::Reply::SHAPE });
}

impl<B> Unfit for TypesOf<B> {}
