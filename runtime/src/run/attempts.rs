//! Which attempts carried which items, and how each ended: what explains an outcome.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::text::counted;

/// One attempt: a request that left, or that could not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the request in its run, from 0. The requests that ask for a job carry no items: they are counted, and have no
    /// record.
    pub request: usize,
    /// The how-manieth attempt of its items it was, from 1. Parts of a split batch go on with the count of the whole.
    pub attempt: u32,
    /// When it left, from the start of the run.
    pub sent: Duration,
    /// When it ended; `None` where the run ended before.
    pub ended: Option<Duration>,
    /// The status of its response, if there was one.
    pub status: Option<u16>,
    /// How it ended, in words.
    pub end: Arc<str>,
}

/// The attempts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// By the number of the request.
    attempts: Vec<Attempt>,
    /// The indices of the items of one attempt after the other, and where those of each end.
    items: Vec<usize>,
    ends: Vec<usize>,
    /// Each later occurrence of an item with the first, in the order of the input.
    duplicates: Vec<(usize, usize)>,
    /// Most attempts end in the same words.
    words: HashSet<Arc<str>>,
    /// Each item with an attempt of it, sorted: made when one is asked for, as there may be many to ask for.
    by_item: OnceLock<Vec<(usize, usize)>>,
}

impl History {
    /// A request leaves, later than those before it.
    pub(crate) fn sent(&mut self, request: usize, attempt: u32, sent: Duration, items: impl Iterator<Item = usize>) {
        let end = self.words("under way when the run ended");
        self.attempts.push(Attempt { request, attempt, sent, ended: None, status: None, end });
        self.items.extend(items);
        self.ends.push(self.items.len());
        self.by_item.take();
    }

    /// A request ended.
    pub(crate) fn ended(&mut self, request: usize, ended: Duration, status: Option<u16>, end: &str) {
        let end = self.words(end);
        if let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) {
            let record = &mut self.attempts[at];
            record.ended = Some(ended);
            record.status = status;
            record.end = end;
        }
    }

    /// The job that a request was answered with ended like this, after so many questions.
    pub(crate) fn job_ended(&mut self, request: usize, end: &str, polls: u32) {
        if let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) {
            let polls = counted(polls as usize, "poll");
            let end = format!("{}, and its job {end}, after {polls}", self.attempts[at].end);
            self.attempts[at].end = self.words(&end);
        }
    }

    fn words(&mut self, words: &str) -> Arc<str> {
        if let Some(known) = self.words.get(words) {
            return known.clone();
        }
        let words: Arc<str> = words.into();
        self.words.insert(words.clone());
        words
    }

    /// The item at `index`, the latest that was read, shares the outcome of the one at `first`.
    pub(crate) fn duplicates(&mut self, index: usize, first: usize) {
        self.duplicates.push((index, first));
    }

    /// The attempts that carried the item at `index`.
    pub(crate) fn of(&self, index: usize) -> impl Iterator<Item = &Attempt> {
        let duplicate = self.duplicates.binary_search_by_key(&index, |(later, _)| *later);
        let index = duplicate.map_or(index, |at| self.duplicates[at].1);
        let by_item = self.by_item.get_or_init(|| self.sort());
        let from = by_item.partition_point(|(item, _)| *item < index);
        let of_item = by_item[from..].iter().take_while(move |(item, _)| *item == index);
        of_item.map(|(_, attempt)| &self.attempts[*attempt])
    }

    fn sort(&self) -> Vec<(usize, usize)> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let spans = starts.zip(&self.ends).map(|(start, end)| &self.items[*start..*end]);
        let mut by_item: Vec<_> =
            spans.zip(0..).flat_map(|(items, attempt)| items.iter().map(move |item| (*item, attempt))).collect();
        by_item.sort_unstable();
        by_item
    }
}
