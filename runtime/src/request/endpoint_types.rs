//! The types of an endpoint.

use std::marker::PhantomData;

use super::prepared::PreparedEndpoint;
use crate::declare::{Types, Unfit};
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply, Detail};

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

    /// Whether the reply names items by ids that the run assigns.
    #[doc(hidden)]
    const ASSIGNED_KEYS: bool;

    #[doc(hidden)]
    fn from_prepared(bound: PreparedEndpoint<Self::Reply>) -> Self;
}

/// The types of a `Bulk`, as [`Types`].
pub struct TypesOf<B>(PhantomData<B>);

impl<B: EndpointTypes> TypesOf<B> {
    /// The parts of the types that the checks of a declaration need.
    pub const TYPES: Option<Types> = Some(Types {
        key_fields: B::Item::KEY_FIELDS,
        is_object: B::Item::IS_OBJECT,
        has_assigned_id: B::Item::HAS_ASSIGNED_ID,
        assigned_keys: B::ASSIGNED_KEYS,
        item_codes: <B::Reply as BulkReply>::Failure::CODES,
        error_codes: B::Error::CODES,
        reply: B::Reply::SHAPE,
    });
}

impl<B> Unfit for TypesOf<B> {}
