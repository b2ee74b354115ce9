//! A declared endpoint with its types.

use std::fmt;
use std::marker::PhantomData;

use super::bulk::Bulk;
use crate::declare::EndpointSpec;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply, MatchesKey};
use crate::request::{Binder, EndpointTypes, PreparedEndpoint};
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
    const ASSIGNED_KEYS: bool = R::Key::IS_ASSIGNED;

    fn from_prepared(bound: PreparedEndpoint<R>) -> Self {
        Bulk::remote(bound, read_response::<T, R>)
    }
}

/// A declared endpoint with its types. The generated client has one as a constant per method: `OrgApiTokensClient::DEACTIVATE`.
///
/// `B` is the return type of the method, a [`Bulk`].
pub struct Endpoint<B> {
    spec: EndpointSpec,
    /// Ends the binding where the declaration has functions or types of the user: a codec, groups, `already = path`.
    plug_ins: Option<fn(Binder) -> B>,
    types: PhantomData<fn() -> B>,
}

impl<B> Endpoint<B> {
    /// Creates an endpoint from its declaration.
    pub const fn new(spec: EndpointSpec) -> Self {
        Endpoint { spec, plug_ins: None, types: PhantomData }
    }

    #[doc(hidden)]
    pub const fn with_plug_ins(mut self, finish: fn(Binder) -> B) -> Self {
        self.plug_ins = Some(finish);
        self
    }

    /// The bound endpoint, with its plug-ins.
    pub(crate) fn finish(&self, binder: Binder) -> B
    where
        B: EndpointTypes,
    {
        match self.plug_ins {
            Some(finish) => finish(binder),
            None => binder.finish(None),
        }
    }

    /// Returns the declaration as data.
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
