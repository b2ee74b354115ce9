//! What a run does while its store begins it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::journal::{Begun, JournalError, JournalFuture, RunStart, Store};
use bulk_endpoint::{Bulk, Client, Endpoint};
use futures_util::StreamExt;

use crate::scenario::Scenario;
use crate::spec;
use crate::store::SimStore;
use crate::time::SimClock;
use crate::types::{Element, Error, Patch};
use crate::vendor::Vendor;

/// A store that never begins a run.
#[derive(Clone)]
struct Hanging;

impl Store for Hanging {
    type Report = ();

    fn begin(&self, _: &str, _: RunStart) -> JournalFuture<Begun> {
        Box::pin(std::future::pending())
    }

    fn report(&self, _: &str) -> JournalFuture<()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_cancel_does_not_wait_for_the_store() {
    let scenario = Scenario::random(1);
    let vendor = Vendor::new(&scenario, SimStore::new(1));
    let client = Client::builder("http://vendor.example").transport(vendor.clone()).clock(SimClock::default());
    let endpoint = Endpoint::<Bulk<Patch, Vec<Element>, Error>>::new(spec(&scenario));
    let bulk = finish::<Bulk<Patch, Vec<Element>, Error>>(bind(&client.build().unwrap(), endpoint));
    let run = bulk.send([Patch { id: 1, to: 0, pad: String::new() }]).journal(&Hanging, "run");
    let watch = run.watch();
    let mut outcomes = pin!(run.outcomes());
    let mut context = Context::from_waker(Waker::noop());
    assert!(outcomes.poll_next_unpin(&mut context).is_pending());
    watch.cancel();
    let next = outcomes.poll_next_unpin(&mut context);
    assert!(matches!(next, Poll::Ready(Some(Err(JournalError::Cancelled)))), "{next:?}");
    assert!(matches!(outcomes.poll_next_unpin(&mut context), Poll::Ready(None)));
    assert!(vendor.lock().requests.is_empty());
}
