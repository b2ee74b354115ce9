//! The journal of one life, as its run holds it.

use std::sync::Arc;

use bulk_endpoint::journal::{ItemRecord, Journal, JournalFuture, Known, LifeEnd, Record};

use crate::shared::Shared;
use crate::writer::{Command, LifeId};

/// The journal of one life. Dropped, it ends the life.
pub(crate) struct LifeJournal {
    shared: Arc<Shared>,
    life: LifeId,
}

impl LifeJournal {
    pub(crate) fn new(shared: Arc<Shared>, life: LifeId) -> Self {
        LifeJournal { shared, life }
    }
}

impl Journal for LifeJournal {
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>> {
        self.shared.call(|reply| Command::Register { life: self.life, items, reply })
    }

    fn write(&self, records: Vec<Record>) -> JournalFuture<()> {
        self.shared.call(|reply| Command::Write { life: self.life, records, reply })
    }

    fn end(&self, end: LifeEnd) -> JournalFuture<()> {
        self.shared.call(|reply| Command::End { life: self.life, end, reply })
    }
}

impl Drop for LifeJournal {
    fn drop(&mut self) {
        self.shared.leave(self.life);
    }
}
