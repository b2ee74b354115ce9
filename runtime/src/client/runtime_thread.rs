//! The runtime of a client whose runs are called by code that is not asynchronous: one thread, for as long as the client lives.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime that is started by the first call. The connections of the client stay open on it between calls.
#[derive(Debug, Default)]
pub(crate) struct RuntimeThread(OnceLock<Runtime>);

impl RuntimeThread {
    /// Runs a future to its end on the current thread. What it spawns runs on the thread of this runtime.
    ///
    /// # Panics
    /// Panics in an asynchronous task, and if the thread cannot be started.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime().block_on(future)
    }

    /// Calls a function whose timers and tasks are those of this runtime.
    pub(crate) fn enter<T>(&self, call: impl FnOnce() -> T) -> T {
        let _entered = self.runtime().enter();
        call()
    }

    fn runtime(&self) -> &Runtime {
        let runtime = self.0.get_or_init(|| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1).enable_all().thread_name("bulk-endpoint");
            builder.build().unwrap_or_else(|error| panic!("the runtime thread of a client cannot be started: {error}"))
        });
        // tokio panics as well, and does not know what to call instead. A thread without a runtime may be blocked; of another, only tokio knows.
        let may_block = || catch_unwind(AssertUnwindSafe(|| runtime.block_on(async {}))).is_ok();
        assert!(
            Handle::try_current().is_err() || may_block(),
            "`call` blocks its thread, which an asynchronous task must not do: `.await` the run instead, or call it in \
             `tokio::task::spawn_blocking`"
        );
        runtime
    }
}

impl Drop for RuntimeThread {
    fn drop(&mut self) {
        // Without waiting: the client may be dropped in an asynchronous task.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
