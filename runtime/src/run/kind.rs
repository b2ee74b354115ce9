//! The two kinds of a `Bulk`: one that sends requests, and a mock.

use std::fmt;
use std::sync::Arc;

use crate::declare::EndpointSpec;
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::{BulkReply, JobHandle, RawResponse};
use crate::request::PreparedEndpoint;
use crate::response::{BatchKeys, ReadingOf};

pub(crate) enum BulkKind<T: BulkItem, R: BulkReply, E> {
    Remote(Arc<PreparedEndpoint<R>>, ReadFn<T, R>),
    Mock(Arc<MockFn<T, R, E>>),
}

/// `read_response` for the endpoint's types. It is a function pointer, so that only the code that creates a `Bulk` needs the bound that the
/// reply's key matches that of the items.
pub(crate) type ReadFn<T, R> =
    fn(&RawResponse<'_>, &EndpointSpec, &BatchKeys<'_, T>, Option<&JobHandle>) -> ReadingOf<R>;

pub(crate) type MockFn<T, R, E> = dyn Fn(&T) -> OutcomeOf<R, E> + Send + Sync;

impl<T: BulkItem, R: BulkReply, E> Clone for BulkKind<T, R, E> {
    fn clone(&self) -> Self {
        match self {
            BulkKind::Remote(bound, read) => BulkKind::Remote(bound.clone(), *read),
            BulkKind::Mock(outcome) => BulkKind::Mock(outcome.clone()),
        }
    }
}

impl<T: BulkItem, R: BulkReply, E> fmt::Debug for BulkKind<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BulkKind::Remote(bound, _) => f
                .debug_struct("Bulk")
                .field("endpoint", &bound.spec.name)
                .field("url", &bound.parts.url.as_str())
                .finish(),
            BulkKind::Mock(_) => f.write_str("Bulk(mock)"),
        }
    }
}
