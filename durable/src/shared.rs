//! What the clones of a store share: the way to the thread that writes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use bulk_endpoint::journal::{JournalError, JournalFuture};
use futures_channel::oneshot;

use crate::fault::store_error;
use crate::writer::{Command, LifeId, Reply};

/// What the clones of a store share.
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    /// `None` if the file was opened to be read.
    writing: Option<Writing>,
    next_life: AtomicU64,
}

struct Writing {
    commands: Option<Sender<Command>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Shared {
    pub(crate) fn to_write(path: PathBuf, commands: Sender<Command>, thread: JoinHandle<()>) -> Self {
        let writing = Writing { commands: Some(commands), thread: Mutex::new(Some(thread)) };
        Shared { path, writing: Some(writing), next_life: AtomicU64::new(0) }
    }

    pub(crate) fn to_read(path: PathBuf) -> Self {
        Shared { path, writing: None, next_life: AtomicU64::new(0) }
    }

    /// A number that no other life of this file has in this process.
    pub(crate) fn next_life(&self) -> LifeId {
        self.next_life.fetch_add(1, Ordering::Relaxed)
    }

    /// Hands a call over to the thread, in the order of the calls. The future is its answer.
    pub(crate) fn call<V: Send + 'static>(&self, command: impl FnOnce(Reply<V>) -> Command) -> JournalFuture<V> {
        let (reply, answer) = oneshot::channel();
        let refused = match &self.writing {
            None => Some(store_error(format!(
                "expected a journal that is open to be written, found `{}` open to be read; open it with `Store::open`",
                self.path.display()
            ))),
            Some(writing) => {
                // A thread that is gone drops the reply, which is the answer then.
                if let Some(commands) = &writing.commands {
                    let _ = commands.send(command(reply));
                }
                None
            }
        };
        Box::pin(async move {
            match refused {
                Some(error) => Err(error),
                None => answered(answer).await,
            }
        })
    }

    pub(crate) fn leave(&self, life: LifeId) {
        if let Some(Writing { commands: Some(commands), .. }) = &self.writing {
            let _ = commands.send(Command::Leave { life });
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(writing) = &mut self.writing else { return };
        writing.commands = None;
        let thread = writing.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has closed the file too.
            let _ = thread.join();
        }
    }
}

/// The answer of a thread.
pub(crate) async fn answered<V>(answer: oneshot::Receiver<Result<V, JournalError>>) -> Result<V, JournalError> {
    answer.await.unwrap_or_else(|_| {
        Err(store_error("the thread of the journal is gone: it panicked; open the file again, the same call continues"))
    })
}

/// Starts a thread.
pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, JournalError> {
    let thread = thread::Builder::new().name("bulk-journal".to_owned()).spawn(work);
    thread.map_err(|error| store_error(format!("cannot start a thread for the journal: {error}")))
}

/// Reads the file in a thread of its own, so that neither the caller's thread nor the one that writes waits for it.
pub(crate) async fn on_thread<V: Send + 'static>(
    work: impl FnOnce() -> Result<V, JournalError> + Send + 'static,
) -> Result<V, JournalError> {
    let (reply, answer) = oneshot::channel();
    spawn(move || {
        let _ = reply.send(work());
    })?;
    answered(answer).await
}
