//! What a run has found out about an item: the rules are the same in a file and in a database.

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{Known, OpenItem, Origin, PutOff, RecordedOutcome};

/// What the lives of a run have found out about an item.
#[derive(Debug, Clone)]
pub(crate) struct ItemState {
    /// `None`: not sent yet.
    pub(crate) outcome: Option<RecordedOutcome>,
    pub(crate) is_final: bool,
    /// The life that reported the outcome, 0 if none did.
    pub(crate) settled: u32,
    pub(crate) attempts: u32,
    pub(crate) spent: u32,
    pub(crate) put_off: PutOff,
    pub(crate) is_repeatable: bool,
}

/// An uncertain item whose key a later item has, which may have been applied: it would undo that one.
pub(crate) fn overtaken(mut open: OpenItem) -> OpenItem {
    open.is_repeatable = false;
    let message = open.outcome.message.get_or_insert_default();
    // Each life is told so.
    if !message.ends_with(OVERTAKEN) {
        message.push_str(OVERTAKEN);
    }
    open
}

const OVERTAKEN: &str = "; it is not sent again, as a later item with its key was sent";

impl ItemState {
    /// An item that no life has sent.
    #[cfg(all(test, feature = "postgres"))]
    pub(crate) fn unsent() -> Self {
        ItemState {
            outcome: None,
            is_final: false,
            settled: 0,
            attempts: 0,
            spent: 0,
            put_off: PutOff::default(),
            is_repeatable: true,
        }
    }

    pub(crate) fn outcome(&self) -> RecordedOutcome {
        self.outcome.clone().unwrap_or_else(RecordedOutcome::not_sent)
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.outcome == OutcomeKind::Unknown)
    }

    /// Returns whether the item was uncertain before a request of this life started a job for it.
    ///
    /// The life may have told the item as unknown, because it was stopped before the job ended. That makes it no more uncertain.
    pub(crate) fn is_unknown_before_job(&self, life: u32) -> bool {
        self.is_unknown() && !(self.attempts == 1 && self.settled == life)
    }

    /// The tries that count, and the time that it was put off. A life that ended with the item has used them up; a new life is a new try.
    fn used(&self) -> (u32, PutOff) {
        if self.settled == 0 { (self.spent, self.put_off) } else { (0, PutOff::default()) }
    }

    /// The item was in a request whose result is unknown. It is not settled for good.
    pub(crate) fn lose(&mut self, is_idempotent: bool) {
        self.doubt(RecordedOutcome::process_ended);
        self.attempts += 1;
        self.spent += 1;
        self.is_repeatable &= is_idempotent;
    }

    /// Nothing is known of the item, and a new life tries it again. What is uncertain already keeps its reason: evidence only grows.
    pub(crate) fn doubt(&mut self, why: impl FnOnce() -> RecordedOutcome) {
        if !self.is_unknown() {
            self.outcome = Some(why());
        }
        (self.spent, self.put_off) = self.used();
        self.settled = 0;
    }

    /// What a life is told of an item that is no duplicate. `pending`: the batch that it is bound to.
    pub(crate) fn known(&self, item: u64, pending: Option<u64>, origin: Option<Origin>) -> Known {
        let outcome = self.outcome();
        if self.is_final {
            return Known::Settled { item, outcome };
        }
        let (attempts, is_repeatable) = (self.attempts, self.is_repeatable);
        let (spent, put_off) = self.used();
        Known::Open(OpenItem { item, outcome, attempts, spent, put_off, is_repeatable, pending, origin })
    }
}
