//! A bound endpoint: what a declared method returns.

use std::sync::Arc;

use crate::bind::Bound;
use crate::item::BulkItem;
use crate::outcome::OutcomeOf;
use crate::reply::Reply;

/// An endpoint bound to its arguments. Cheap to clone; sends nothing by itself.
pub struct Bulk<T, R: Reply = (), E = ()> {
    pub(crate) kind: Kind<T, R, E>,
}

pub(crate) enum Kind<T, R: Reply, E> {
    Remote(Arc<Bound<R>>),
    Mock(Arc<MockFn<T, R, E>>),
}

pub(crate) type MockFn<T, R, E> = dyn Fn(&T) -> OutcomeOf<R, E> + Send + Sync;

impl<T, R: Reply, E> Bulk<T, R, E> {
    pub(crate) fn remote(bound: Bound<R>) -> Self {
        Bulk {
            kind: Kind::Remote(Arc::new(bound)),
        }
    }
}

impl<T: BulkItem, R: Reply, E> Bulk<T, R, E> {
    /// A stand-in for tests: sends nothing, and gives each item the outcome that `outcome` says.
    pub fn mock(outcome: impl Fn(&T) -> OutcomeOf<R, E> + Send + Sync + 'static) -> Self {
        Bulk {
            kind: Kind::Mock(Arc::new(outcome)),
        }
    }
}
