//! A typed endpoint, and what binds it to arguments.

use std::fmt;
use std::marker::PhantomData;

use crate::api_error::ApiError;
use crate::bulk::Bulk;
use crate::item::BulkItem;
use crate::merge::judge;
use crate::reply::{Names, Reply};
use crate::spec::EndpointSpec;

/// The types that a [`Bulk`] speaks of. Implemented by `Bulk` alone.
#[diagnostic::on_unimplemented(
    message = "a bulk endpoint returns a `Bulk`, not `{Self}` [BULK601]",
    label = "not a `Bulk`",
    note = "write `-> Bulk<Item, Reply, Error>`, or an alias of it; the method sends nothing itself"
)]
pub trait Signature: Sized {
    /// What is acted on.
    type Item: BulkItem;
    /// The body of an answer.
    type Reply: Reply;
    /// The body of a refusal.
    type Error: ApiError;

    #[doc(hidden)]
    fn from_bound(bound: crate::bind::Bound<Self::Reply>) -> Self;
}

impl<T, R, E> Signature for Bulk<T, R, E>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    R::Key: Names<T::Key>,
{
    type Item = T;
    type Reply = R;
    type Error = E;

    fn from_bound(bound: crate::bind::Bound<R>) -> Self {
        Bulk::remote(bound, judge::<T, R>)
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
