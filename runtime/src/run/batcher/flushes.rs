//! Which calls have settled: what a flush waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;

/// The calls that were taken out of the queue, by their number, and the flushes that wait for them. Only the task of the driver locks it.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    state: Mutex<FlushState>,
    /// Set while a flush waits: items do not linger.
    hurry: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct FlushState {
    taken: u64,
    settled: u64,
    waiting: Vec<Flush>,
    is_closing: bool,
}

/// A flush waits for the calls whose number is below `end`.
#[derive(Debug)]
struct Flush {
    end: u64,
    unsettled: u64,
    /// Its end is what the caller of the flush waits for.
    _done: oneshot::Sender<()>,
}

/// A call that was taken out of the queue. It is settled when its ticket is dropped, in whatever way it ends.
#[derive(Debug)]
pub(super) struct CallTicket {
    number: u64,
    flushes: Arc<Flushes>,
}

impl Flushes {
    /// A call is taken out of the queue.
    pub(super) fn take(self: &Arc<Self>) -> CallTicket {
        let mut state = self.lock();
        state.taken += 1;
        CallTicket { number: state.taken - 1, flushes: self.clone() }
    }

    /// A flush begins while `queued` calls are in the queue. `done` is dropped when it ends.
    pub(super) fn flush(&self, queued: usize, done: oneshot::Sender<()>) {
        let mut state = self.lock();
        let end = state.taken + queued as u64;
        let unsettled = end - state.settled;
        if unsettled > 0 {
            state.waiting.push(Flush { end, unsettled, _done: done });
        }
        self.set_hurry(&state);
    }

    /// No more calls come: those that were taken do not wait for others.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closing = true;
        self.set_hurry(&state);
    }

    /// Whether items are to be sent without waiting for others.
    pub(super) fn hurry(&self) -> Arc<AtomicBool> {
        self.hurry.clone()
    }

    fn settle(&self, number: u64) {
        let mut state = self.lock();
        state.settled += 1;
        if state.waiting.is_empty() {
            return;
        }
        for flush in &mut state.waiting {
            flush.unsettled -= u64::from(number < flush.end);
        }
        state.waiting.retain(|flush| flush.unsettled > 0);
        self.set_hurry(&state);
    }

    fn set_hurry(&self, state: &FlushState) {
        self.hurry.store(state.is_closing || !state.waiting.is_empty(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, FlushState> {
        // Every change is complete before the lock is released, so a poisoned lock can be used.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CallTicket {
    fn drop(&mut self) {
        self.flushes.settle(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_ends_with_the_last_call_that_was_accepted_before_it() {
        let flushes = Arc::new(Flushes::default());
        let flush = |queued| {
            let (done, ended) = oneshot::channel();
            flushes.flush(queued, done);
            ended
        };
        let is_over = |ended: &mut oneshot::Receiver<()>| ended.try_recv().is_err();
        assert!(is_over(&mut flush(0)), "no call is unsettled");
        let [first, second] = [flushes.take(), flushes.take()];
        drop(second);
        let mut ended = flush(1);
        assert!(flushes.hurry().load(Ordering::Relaxed));
        // The queued call is taken, and one that was accepted after the flush.
        let [third, fourth] = [flushes.take(), flushes.take()];
        drop(fourth);
        drop(first);
        assert!(!is_over(&mut ended), "the third call was accepted before the flush");
        let mut all = flush(0);
        drop(third);
        assert!(is_over(&mut ended) && is_over(&mut all));
        assert!(!flushes.hurry().load(Ordering::Relaxed));
        flushes.close();
        assert!(flushes.hurry().load(Ordering::Relaxed));
    }
}
