//! Which attempts carried which items, and how each ended: what explains an outcome.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// One attempt: a request that left, or that could not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The number of the request in its run, from 0.
    pub request: usize,
    /// The how-manieth attempt of its items it was, from 1. Parts of a split batch go on with the count of the whole.
    pub attempt: u32,
    /// When it left, from the start of the run.
    pub sent: Duration,
    /// When it ended; `None` where the run ended before.
    pub ended: Option<Duration>,
    /// The status of its answer, if there was one.
    pub status: Option<u16>,
    /// How it ended, in words.
    pub end: Arc<str>,
}

/// The attempts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    attempts: Vec<Entry>,
    /// The first occurrence of an item that stands in the input more than once.
    first: HashMap<usize, usize>,
}

#[derive(Debug, Clone)]
struct Entry {
    record: AttemptRecord,
    /// The indices of its items.
    items: Box<[usize]>,
}

impl History {
    /// A request leaves.
    pub(crate) fn sent(&mut self, attempt: u32, sent: Duration, items: impl Iterator<Item = usize>) {
        let record = AttemptRecord {
            request: self.attempts.len(),
            attempt,
            sent,
            ended: None,
            status: None,
            end: "under way when the run ended".into(),
        };
        self.attempts.push(Entry { record, items: items.collect() });
    }

    /// A request ended.
    pub(crate) fn ended(&mut self, request: usize, ended: Duration, status: Option<u16>, end: &str) {
        if let Some(Entry { record, .. }) = self.attempts.get_mut(request) {
            record.ended = Some(ended);
            record.status = status;
            record.end = end.into();
        }
    }

    /// The item at `index` shares the outcome of the one at `first`.
    pub(crate) fn repeats(&mut self, index: usize, first: usize) {
        self.first.insert(index, first);
    }

    /// The attempts that carried the item at `index`.
    pub(crate) fn of(&self, index: usize) -> impl Iterator<Item = &AttemptRecord> {
        let index = self.first.get(&index).copied().unwrap_or(index);
        self.attempts.iter().filter(move |entry| entry.items.contains(&index)).map(|entry| &entry.record)
    }
}
