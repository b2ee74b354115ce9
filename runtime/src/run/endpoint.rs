//! A typed endpoint, and what binds it to arguments.

use std::fmt;
use std::marker::PhantomData;

use super::bulk::Bulk;
use crate::declare::EndpointSpec;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply, MatchesKey};
use crate::request::{EndpointTypes, PreparedEndpoint};
use crate::response::read_response;

impl<T, R, E> EndpointTypes for Bulk<T, R, E>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    R::Key: MatchesKey<T::Key>,
{
    type Item = T;
    type Reply = R;
    type Error = E;

    fn from_prepared(bound: PreparedEndpoint<R>) -> Self {
        Bulk::remote(bound, read_response::<T, R>)
    }
}

/// One declared endpoint with its types, as a constant: `OrgApiTokensClient::DEACTIVATE`.
///
/// `B` is the return type of the declared method.
pub struct Endpoint<B> {
    spec: EndpointSpec,
    types: PhantomData<fn() -> B>,
}

impl<B> Endpoint<B> {
    /// Gives a spec its types.
    pub const fn new(spec: EndpointSpec) -> Self {
        Endpoint { spec, types: PhantomData }
    }

    /// What the declaration says.
    pub const fn spec(&self) -> &EndpointSpec {
        &self.spec
    }
}

impl<B> Clone for Endpoint<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Endpoint<B> {}

impl<B> fmt::Debug for Endpoint<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.spec).finish()
    }
}
