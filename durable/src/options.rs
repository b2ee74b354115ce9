//! How a journal is opened.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::fault::millis;

/// Settings of [`Store::open_with`](crate::Store::open_with).
#[derive(Clone)]
pub struct Options {
    pub(crate) keys: Keys,
    pub(crate) restored: bool,
    pub(crate) now: WallClock,
    pub(crate) max_pages: Option<u32>,
    pub(crate) keys_in_memory: usize,
}

/// What a journal keeps of the keys of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Keys {
    /// The keys, as text.
    #[default]
    Kept,
    /// Only a hash of each key, different in each run. The file does not say which items a run had, and
    /// [`Store::items`](crate::Store::items) cannot rebuild them.
    ///
    /// Messages of a vendor are kept as they are; they may name an item.
    Hashed,
}

/// The time of day.
pub(crate) type WallClock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl Default for Options {
    fn default() -> Self {
        Options::new()
    }
}

impl Options {
    /// The defaults: keys are kept, the file is not a restored backup.
    pub fn new() -> Self {
        Options {
            keys: Keys::Kept,
            restored: false,
            now: Arc::new(SystemTime::now),
            max_pages: None,
            keys_in_memory: 1 << 17,
        }
    }

    /// Sets what the runs that are created keep of the keys of their items.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// States that the file was restored from a backup. Requests that left after the backup are not in it, so that each open item of each run
    /// becomes uncertain, and each item that one of these runs reads for the first time is uncertain too, from then on.
    ///
    /// Where all requests in the backup were idempotent, and not only by an idempotency key (`idempotent = key(…)`), they are sent again. Other
    /// items are not: they end as
    /// [`Unknown`](bulk_endpoint::Outcome::Unknown), or as `verify` finds them: [`Succeeded`](bulk_endpoint::Outcome::Succeeded), or
    /// [`Refused`](bulk_endpoint::Outcome::Refused) if they were not applied. Those can be sent as another run, whose source is
    /// [`Store::items`](crate::Store::items) with that outcome.
    ///
    /// Set it once, when the file is opened for the first time after it was restored. Before that, delete the log (`-wal` and `-shm`) of the file
    /// that the backup replaces: the open is refused while there is one.
    pub fn restored(mut self, restored: bool) -> Self {
        self.restored = restored;
        self
    }

    /// Replaces the clock, for tests.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Sets how many keys of a run are held in memory before they go to the file together (default 131 072, which take about 10 MB). With
    /// fewer, a long run writes more.
    pub fn keys_in_memory(mut self, keys: usize) -> Self {
        self.keys_in_memory = keys;
        self
    }

    /// Limits the size of the file, in pages of 4096 bytes. A run that needs more stops, as if the disk were full.
    pub fn max_pages(mut self, pages: u32) -> Self {
        self.max_pages = Some(pages);
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { keys, restored, max_pages, keys_in_memory, now: _ } = self;
        f.debug_struct("Options")
            .field("keys", keys)
            .field("restored", restored)
            .field("max_pages", max_pages)
            .field("keys_in_memory", keys_in_memory)
            .finish_non_exhaustive()
    }
}

/// The time of day as the file has it: UTC milliseconds.
pub(crate) fn utc_millis(now: &WallClock) -> i64 {
    match now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(error) => -millis(error.duration()),
    }
}
