//! What the clones of a store share: its connections, and the thread that drives them.
//!
//! The thread has a runtime of its own, so that the store works on any executor, and so that leases are renewed while the caller's threads are busy.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bulk_endpoint::journal::{JournalError, JournalFuture};
use futures_channel::oneshot;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_postgres::Row;

use super::boot_clock;
use super::database::{Connection, Param, Target};
use crate::fault::{millis, store_error};
use crate::shared::answered;

/// The connections of a store, apart from the writer's.
pub(crate) struct Session {
    pub(crate) target: Arc<Target>,
    handle: Handle,
    /// For chunks that are taken and given back.
    pub(crate) claims: Mutex<Connection>,
    /// For reports, and for what operators do with whole runs.
    pub(crate) reads: Mutex<Connection>,
    /// For the throttle.
    pub(crate) throttle: Mutex<Connection>,
    pub(crate) clock: ServerClock,
    pub(crate) margin: Duration,
}

impl Session {
    pub(crate) fn new(target: Arc<Target>, handle: Handle, margin: Duration) -> Self {
        let claims = Mutex::new(Connection::new(target.clone()));
        let reads = Mutex::new(Connection::for_long_statements(target.clone()));
        let throttle = Mutex::new(Connection::new(target.clone()));
        Session { handle, claims, reads, throttle, clock: ServerClock::default(), margin, target }
    }

    /// Does something on the thread of the store. It goes on if the future is dropped.
    pub(crate) fn spawn<V: Send + 'static>(
        &self,
        work: impl Future<Output = Result<V, JournalError>> + Send + 'static,
    ) -> JournalFuture<V> {
        let (reply, answer) = oneshot::channel();
        self.handle.spawn(async move {
            // A caller that is gone needs no answer.
            let _ = reply.send(work.await);
        });
        Box::pin(answered(answer))
    }

    /// Executes a statement about a whole run, once: whoever asks learns at once that the database is away.
    pub(crate) async fn ask(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, JournalError> {
        let rows = self.reads.lock().await.rows(sql, params).await;
        rows.map_err(|trouble| self.target.unusable(&trouble))
    }

    /// Waits for something that is done on the thread of the store: for iterators, which do not await.
    pub(crate) fn wait<V: Send + 'static>(
        &self,
        work: impl Future<Output = Result<V, JournalError>> + Send + 'static,
    ) -> Result<V, JournalError> {
        let (reply, answer) = std::sync::mpsc::channel();
        self.handle.spawn(async move {
            let _ = reply.send(work.await);
        });
        answer.recv().unwrap_or_else(|_| Err(store_error("the thread of the store is gone; open the store again")))
    }
}

/// The clock of the server: UTC milliseconds, as its last answer lets this process know them.
#[derive(Default)]
pub(crate) struct ServerClock {
    /// What is added to the boot clock of this machine.
    offset: AtomicI64,
}

impl ServerClock {
    pub(crate) fn set(&self, server: i64) {
        self.offset.store(server.saturating_sub(millis(boot_clock::now())), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> i64 {
        millis(boot_clock::now()).saturating_add(self.offset.load(Ordering::Relaxed))
    }
}
