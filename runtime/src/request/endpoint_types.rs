//! The types of an endpoint.

use std::marker::PhantomData;

use super::prepared::PreparedEndpoint;
use crate::declare::{Types, Unfit};
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The types of a [`Bulk`](crate::Bulk). Only `Bulk` implements it.
#[diagnostic::on_unimplemented(
    message = "expected `Bulk<Item, Reply, Error>`, found `{Self}` [BULK601]",
    label = "not a `Bulk`",
    note = "write `-> Bulk<Item, Reply, Error>`, or an alias of it: a declared method sends nothing itself"
)]
pub trait EndpointTypes: Sized {
    /// The item.
    type Item: BulkItem;
    /// The reply: the body of a response.
    type Reply: BulkReply;
    /// The error: the body of a refusal.
    type Error: ApiError;

    #[doc(hidden)]
    fn from_prepared(bound: PreparedEndpoint<Self::Reply>) -> Self;
}

/// The types of a `Bulk`, as [`Types`].
pub struct TypesOf<B>(PhantomData<B>);

impl<B: EndpointTypes> TypesOf<B> {
    /// The parts of the types that the checks of a declaration need.
    pub const TYPES: Option<Types> = Some(Types { key_fields: B::Item::KEY_FIELDS, reply: B::Reply::SHAPE });
}

impl<B> Unfit for TypesOf<B> {}
