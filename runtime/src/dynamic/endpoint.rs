//! What a visitor sees of an endpoint.

use std::fmt;

use super::argument::Argument;
use super::arguments::{ArgumentError, Arguments};
use super::value::DynamicItem;
use crate::client::Client;
use crate::declare::EndpointSpec;
use crate::reply::{ApiError, BulkReply};
use crate::run::{Bulk, Endpoint};

/// The endpoints of a trait, without their types. `#[bulk_api(dynamic)]` implements it for the client.
pub trait DynamicApi {
    /// The name of the trait.
    const NAME: &'static str;
    /// The documentation of the trait.
    const DOCS: &'static str;

    /// Shows each endpoint to a visitor, in the order of the declaration.
    fn visit(to: &mut impl Visit);
}

/// Sees endpoints with their types, one after another.
pub trait Visit {
    /// Called for each endpoint.
    fn endpoint<T, R, E>(&mut self, endpoint: DynamicEndpoint<Bulk<T, R, E>>)
    where
        T: DynamicItem,
        R: BulkReply,
        E: ApiError;
}

/// An endpoint whose arguments are given by name. `B` is the return type of its method, a [`Bulk`].
pub struct DynamicEndpoint<B> {
    endpoint: Endpoint<B>,
    arguments: &'static [Argument],
    bind: BindFn<B>,
}

type BindFn<B> = fn(&Client, &Arguments) -> Result<B, ArgumentError>;

impl<B> DynamicEndpoint<B> {
    pub(crate) const fn new(endpoint: Endpoint<B>, arguments: &'static [Argument], bind: BindFn<B>) -> Self {
        DynamicEndpoint { endpoint, arguments, bind }
    }

    /// Returns the endpoint with its types.
    pub const fn typed(&self) -> Endpoint<B> {
        self.endpoint
    }

    /// Returns the declaration as data.
    pub const fn spec(&self) -> &EndpointSpec {
        self.endpoint.spec()
    }

    /// Returns the arguments of the method, in the order of the declaration.
    pub const fn arguments(&self) -> &'static [Argument] {
        self.arguments
    }

    /// Calls the method on a client.
    ///
    /// # Errors
    ///
    /// An argument is missing, unknown, or none of its type.
    pub fn bind(&self, client: &Client, arguments: &Arguments) -> Result<B, ArgumentError> {
        arguments.check_names(self.arguments)?;
        (self.bind)(client, arguments)
    }
}

impl<B> Clone for DynamicEndpoint<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for DynamicEndpoint<B> {}

impl<B> fmt::Debug for DynamicEndpoint<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicEndpoint")
            .field("endpoint", &self.endpoint)
            .field("arguments", &self.arguments)
            .finish_non_exhaustive()
    }
}
