//! What the writer holds of a life that goes on.

use std::collections::{BTreeMap, HashMap};

use bulk_endpoint::journal::OnChange;

use crate::key_index::KeyIndex;
use crate::seen::SeenItems;

/// One life of a run.
pub(crate) struct Life {
    pub(crate) name: String,
    pub(crate) run: i64,
    /// The id of the run, in all files.
    pub(crate) id: u128,
    pub(crate) life: u32,
    pub(crate) keyed: bool,
    pub(crate) hashed_keys: bool,
    pub(crate) keeps_duplicates: bool,
    pub(crate) of_calls: bool,
    pub(crate) on_change: OnChange,
    /// If the run was restored from a backup, which may lack items that were sent: whether these may be sent again.
    pub(crate) restored: Option<bool>,
    /// The number of items in the journal, now and when the life began.
    pub(crate) items: i64,
    pub(crate) items_before: i64,
    /// The number of items that this life has read, and the largest number that an earlier one has.
    pub(crate) read: u64,
    pub(crate) read_before: u64,
    pub(crate) requests: u64,
    /// When its last request left.
    pub(crate) last_sent: Option<i64>,
    pub(crate) seen: SeenItems,
    pub(crate) keys: KeyIndex,
    /// Whether the input comes in the order of the journal.
    pub(crate) in_order: bool,
    pub(crate) has_responded: bool,
    /// Whether a request of this life was not idempotent.
    pub(crate) has_sent_once: bool,
    /// The requests in flight, by their number in this life.
    pub(crate) in_flight: HashMap<u64, InFlight>,
    /// The batches that must stay together, by the number that the run knows.
    pub(crate) pending: BTreeMap<u64, PendingItems>,
    pub(crate) pending_of: HashMap<i64, u64>,
    /// Whether `lives` has other numbers than these.
    pub(crate) is_dirty: bool,
}

/// A request in flight.
pub(crate) struct InFlight {
    /// Its row.
    pub(crate) id: i64,
    /// Its batch, if it has an idempotency key.
    pub(crate) keyed: Option<PendingItems>,
}

/// A batch whose items may be sent again only together.
pub(crate) struct PendingItems {
    /// The row of its request.
    pub(crate) id: i64,
    pub(crate) items: Vec<i64>,
    pub(crate) key: Option<String>,
    pub(crate) key_since: Option<i64>,
    /// A job works on them: it goes on for those that are left.
    pub(crate) has_job: bool,
}

/// Numbers from here on are those of pending requests: the number of their row is added. A life numbers its own requests below it.
pub(crate) const PENDING: u64 = 1 << 48;

impl Life {
    /// Binds the items of a batch together.
    pub(crate) fn bind(&mut self, batch: PendingItems) {
        let attempt = PENDING + batch.id as u64;
        self.pending_of.extend(batch.items.iter().map(|item| (*item, attempt)));
        self.pending.insert(attempt, batch);
    }

    /// Lets go of a batch: its items are no longer bound together.
    pub(crate) fn release(&mut self, attempt: u64) -> Option<PendingItems> {
        let batch = self.pending.remove(&attempt)?;
        for item in &batch.items {
            if self.pending_of.get(item) == Some(&attempt) {
                self.pending_of.remove(item);
            }
        }
        Some(batch)
    }
}
