//! The two kinds of an endpoint: one that sends, and a mock.

use std::fmt;
use std::sync::Arc;

use crate::declare::EndpointSpec;
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::{Answer, Reply};
use crate::request::Bound;
use crate::response::{BatchKeys, Judgements, UntoldOf};

pub(crate) enum Kind<T: BulkItem, R: Reply, E> {
    Remote(Arc<Bound<R>>, JudgeFn<T, R>),
    Mock(Arc<MockFn<T, R, E>>),
}

/// `merge::judge` of the endpoint's types: only where a `Bulk` is made does it matter that the reply's key names the items'.
pub(crate) type JudgeFn<T, R> = fn(&Answer<'_>, &EndpointSpec, &BatchKeys<'_, T>) -> Result<Judgements<R>, UntoldOf<R>>;

type MockFn<T, R, E> = dyn Fn(&T) -> OutcomeOf<R, E> + Send + Sync;

impl<T: BulkItem, R: Reply, E> Clone for Kind<T, R, E> {
    fn clone(&self) -> Self {
        match self {
            Kind::Remote(bound, judge) => Kind::Remote(bound.clone(), *judge),
            Kind::Mock(outcome) => Kind::Mock(outcome.clone()),
        }
    }
}

impl<T: BulkItem, R: Reply, E> fmt::Debug for Kind<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Remote(bound, _) => f
                .debug_struct("Bulk")
                .field("endpoint", &bound.spec.name)
                .field("url", &bound.parts.url.as_str())
                .finish(),
            Kind::Mock(_) => f.write_str("Bulk(mock)"),
        }
    }
}
