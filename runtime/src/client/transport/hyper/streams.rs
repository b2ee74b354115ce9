//! The streams that an HTTP/2 server allows at once.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts the open streams of a connection. A request waits here for its stream and not in h2: h2 sends a request that waited there even if
/// nobody waits for its response any more.
#[derive(Debug)]
pub(super) struct Streams {
    free: Arc<Semaphore>,
    allowed: Mutex<Allowed>,
}

#[derive(Debug)]
struct Allowed {
    most: usize,
    /// The streams that are open beyond `most`, since the server allows fewer now.
    excess: usize,
}

/// A stream that may be opened.
#[derive(Debug)]
pub(super) struct StreamPermit {
    permit: Option<OwnedSemaphorePermit>,
    streams: Arc<Streams>,
}

impl Streams {
    /// Allows one stream, until the server has said how many it allows.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Streams { free: Arc::new(Semaphore::new(1)), allowed: Mutex::new(Allowed { most: 1, excess: 0 }) })
    }

    /// Sets the number of streams that the server allows.
    pub(super) fn allow(&self, most: usize) {
        let most = most.min(Semaphore::MAX_PERMITS);
        let mut allowed = self.lock();
        if most > allowed.most {
            let more = most - allowed.most;
            let settled = more.min(allowed.excess);
            allowed.excess -= settled;
            self.free.add_permits(more - settled);
        } else if most < allowed.most {
            let fewer = allowed.most - most;
            allowed.excess += fewer - self.free.forget_permits(fewer);
        }
        allowed.most = most;
    }

    /// Waits for a stream. Returns none if the connection has ended.
    pub(super) async fn enter(self: &Arc<Self>) -> Option<StreamPermit> {
        let permit = self.free.clone().acquire_owned().await.ok()?;
        Some(StreamPermit { permit: Some(permit), streams: self.clone() })
    }

    /// Returns whether no stream is open, and none is waited for.
    pub(super) fn are_idle(&self) -> bool {
        let allowed = self.lock();
        allowed.excess == 0 && self.free.available_permits() == allowed.most
    }

    /// Returns whether no other stream may be opened now.
    pub(super) fn are_taken(&self) -> bool {
        self.free.available_permits() == 0
    }

    /// Ends all waiting: the connection takes no more requests.
    pub(super) fn close(&self) {
        self.free.close();
    }

    pub(super) fn are_closed(&self) -> bool {
        self.free.is_closed()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Allowed> {
        // The counts are valid after every statement that can panic.
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut allowed = self.streams.lock();
        if allowed.excess > 0 {
            allowed.excess -= 1;
            self.permit.take().into_iter().for_each(OwnedSemaphorePermit::forget);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Takes as many streams as there are.
    fn take(streams: &Arc<Streams>) -> Vec<StreamPermit> {
        std::iter::from_fn(|| streams.enter().now_or_never().map(Option::unwrap)).collect()
    }

    #[test]
    fn no_more_streams_are_open_than_are_allowed() {
        let streams = Streams::new();
        let first = take(&streams);
        assert_eq!((first.len(), streams.are_idle()), (1, false));
        streams.allow(4);
        let mut more = take(&streams);
        assert_eq!(more.len(), 3);
        // Four are open, and two are allowed: two have to end before another begins.
        streams.allow(2);
        more.truncate(1);
        assert_eq!(take(&streams).len(), 0);
        drop(first);
        let one = take(&streams);
        assert_eq!(one.len(), 1);
        // The excess of a lower number is taken back by a higher one.
        streams.allow(0);
        streams.allow(3);
        assert_eq!(take(&streams).len(), 1);
        drop((one, more));
        assert!(streams.are_idle());
        assert_eq!(take(&streams).len(), 3);
        streams.allow(usize::MAX);
        streams.close();
        assert!(streams.enter().now_or_never().unwrap().is_none() && streams.are_closed());
    }
}
