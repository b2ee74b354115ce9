//! The history of a run: which attempt carried which items, and how it ended.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::text::counted;

/// One attempt: a request that was sent, or that could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the request in its run, from 0. Polls of jobs take numbers too, but have no `Attempt`: they carry no items.
    pub request: usize,
    /// The number of this attempt for its items, from 1. The parts of a split batch continue the count of the whole.
    pub attempt: u32,
    /// When it was sent, as the time since the start of the run.
    pub sent: Duration,
    /// When it ended, as the time since the start of the run; `None` if the run ended before.
    pub ended: Option<Duration>,
    /// The status of its response, if there was one.
    pub status: Option<u16>,
    /// How it ended, in words; for a job that was polled, also how the job ended.
    pub end: Arc<str>,
}

/// The attempts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Sorted by request number.
    attempts: Vec<Attempt>,
    /// The indices of the items of all attempts, one attempt after the other. `ends` has the end of each attempt's part.
    items: Vec<usize>,
    ends: Vec<usize>,
    /// Each duplicate with the index of its first occurrence, sorted by the index of the duplicate.
    duplicates: Vec<(usize, usize)>,
    /// Most attempts end with the same words: each text is stored once.
    words: HashSet<Arc<str>>,
    /// The words of the last response with items, and its status.
    response: Option<(Option<u16>, Arc<str>)>,
    /// The words of an attempt that has not ended.
    in_flight: Option<Arc<str>>,
    /// Pairs of item index and attempt, sorted. Built on the first query, because a caller usually queries many items.
    by_item: OnceLock<Vec<(usize, usize)>>,
}

impl History {
    /// Adds a request that is sent. Request numbers must increase.
    pub(crate) fn sent(&mut self, request: usize, attempt: u32, sent: Duration, items: impl Iterator<Item = usize>) {
        let end = self.in_flight.get_or_insert_with(|| "in flight when the run ended".into()).clone();
        self.attempts.push(Attempt { request, attempt, sent, ended: None, status: None, end });
        self.items.extend(items);
        self.ends.push(self.items.len());
        self.by_item.take();
    }

    /// Records the end of a request; without words, that a response with items came.
    pub(crate) fn ended(&mut self, request: usize, ended: Duration, status: Option<u16>, end: Option<&str>) {
        let end = match (end, &self.response) {
            (Some(end), _) => self.words(end),
            (None, Some((known, words))) if *known == status => words.clone(),
            (None, _) => {
                let words = self.words(&format!("response {}", status.unwrap_or_default()));
                self.response.insert((status, words)).1.clone()
            }
        };
        if let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) {
            let record = &mut self.attempts[at];
            record.ended = Some(ended);
            record.status = status;
            record.end = end;
        }
    }

    /// Records the end of the job that the response to a request named.
    pub(crate) fn job_ended(&mut self, request: usize, end: &str, polls: u32) {
        if let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) {
            let polls = counted(polls as usize, "poll");
            let end = format!("{}; job {end} ({polls})", self.attempts[at].end);
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

    /// Records that the item at `index`, the latest that was read, shares the outcome of the item at `first`.
    pub(crate) fn add_duplicate(&mut self, index: usize, first: usize) {
        self.duplicates.push((index, first));
    }

    /// The attempts that carried the item at `index`, or the first occurrence of a duplicate.
    pub(crate) fn of(&self, index: usize) -> impl Iterator<Item = &Attempt> {
        let duplicate = self.duplicates.binary_search_by_key(&index, |(later, _)| *later);
        let index = duplicate.map_or(index, |at| self.duplicates[at].1);
        let by_item = self.by_item.get_or_init(|| self.sort());
        let from = by_item.partition_point(|(item, _)| *item < index);
        let of_item = by_item[from..].iter().take_while(move |(item, _)| *item == index);
        of_item.map(|(_, attempt)| &self.attempts[*attempt])
    }

    /// The indices of the items of a request and of their duplicates, in input order.
    pub(crate) fn carried_by(&self, request: usize) -> Vec<usize> {
        let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) else { return Vec::new() };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut items = self.items[start..self.ends[at]].to_vec();
        items.sort_unstable();
        let duplicates = self.duplicates.iter().filter(|(_, first)| items.binary_search(first).is_ok());
        let duplicates: Vec<usize> = duplicates.map(|(index, _)| *index).collect();
        items.extend(duplicates);
        items.sort_unstable();
        items
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
