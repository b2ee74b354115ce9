//! The history of a run: which attempt carried which items, and how it ended.

use std::collections::HashSet;
use std::ops::Range;
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

/// Items of an attempt whose indices follow each other, as those of most requests do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: usize,
    /// The place of the attempt among all attempts.
    attempt: u32,
    /// At most [`MAX_SPAN`].
    len: u32,
}

/// The most items of a span: so many spans, and one for each retry, may have to be looked at for an item.
const MAX_SPAN: u32 = 64;

impl Span {
    fn items(&self) -> Range<usize> {
        self.start..self.start + self.len as usize
    }
}

/// The attempts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Sorted by request number.
    attempts: Vec<Attempt>,
    /// The items of all attempts, one attempt after the other.
    spans: Vec<Span>,
    /// Each duplicate with the index of its first occurrence, sorted by the index of the duplicate.
    duplicates: Vec<(usize, usize)>,
    /// Most attempts end with the same words: each text is stored once.
    words: HashSet<Arc<str>>,
    /// The words of the last response with items, and its status.
    response: Option<(Option<u16>, Arc<str>)>,
    /// The words of an attempt that has not ended.
    in_flight: Option<Arc<str>>,
    /// The spans, sorted by item. Built on the first query, because a caller usually queries many items.
    by_item: OnceLock<Vec<Span>>,
}

impl History {
    /// Adds a request that is sent. Request numbers must increase.
    pub(crate) fn sent(&mut self, request: usize, attempt: u32, sent: Duration, items: impl Iterator<Item = usize>) {
        let end = self.in_flight.get_or_insert_with(|| "in flight when the run ended".into()).clone();
        let number = self.attempts.len() as u32;
        self.attempts.push(Attempt { request, attempt, sent, ended: None, status: None, end });
        for index in items {
            match self.spans.last_mut() {
                Some(last) if last.attempt == number && last.items().end == index && last.len < MAX_SPAN => {
                    last.len += 1;
                }
                _ => self.spans.push(Span { start: index, attempt: number, len: 1 }),
            }
        }
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
        let by_item = self.by_item.get_or_init(|| {
            let mut by_item = self.spans.clone();
            by_item.sort_unstable();
            by_item
        });
        let from = by_item.partition_point(|span| span.start + (MAX_SPAN as usize) <= index);
        let near = by_item[from..].iter().take_while(|span| span.start <= index);
        let mut attempts: Vec<u32> =
            near.filter(|span| span.items().contains(&index)).map(|span| span.attempt).collect();
        attempts.sort_unstable();
        attempts.into_iter().map(|attempt| &self.attempts[attempt as usize])
    }

    /// The indices of the items of a request and of their duplicates, in input order.
    pub(crate) fn carried_by(&self, request: usize) -> Vec<usize> {
        let Ok(at) = self.attempts.binary_search_by_key(&request, |record| record.request) else { return Vec::new() };
        let from = self.spans.partition_point(|span| (span.attempt as usize) < at);
        let own = self.spans[from..].iter().take_while(|span| span.attempt as usize == at);
        let mut items: Vec<usize> = own.flat_map(Span::items).collect();
        items.sort_unstable();
        let duplicates = self.duplicates.iter().filter(|(_, first)| items.binary_search(first).is_ok());
        let duplicates: Vec<usize> = duplicates.map(|(index, _)| *index).collect();
        items.extend(duplicates);
        items.sort_unstable();
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_the_attempts_that_carried_it_in_their_order() {
        let mut history = History::default();
        // Each attempt carries a part of the items, in the order of their retries, and some more than once in the run.
        let carried: Vec<Vec<usize>> = vec![
            (0..200).collect(),
            vec![3, 199, 200, 201, 4, 5, 7],
            (150..150 + MAX_SPAN as usize + 1).collect(),
            vec![199],
            (0..3).rev().collect(),
            Vec::new(),
            (190..260).collect(),
        ];
        for (request, items) in carried.iter().enumerate() {
            history.sent(10 * request, 1, Duration::ZERO, items.iter().copied());
        }
        for index in 0..300 {
            let having = carried.iter().enumerate().filter(|(_, items)| items.contains(&index));
            let want: Vec<usize> = having.map(|(request, _)| 10 * request).collect();
            let found: Vec<usize> = history.of(index).map(|attempt| attempt.request).collect();
            assert_eq!(found, want, "{index}");
        }
        for (request, items) in carried.iter().enumerate() {
            let mut sorted = items.clone();
            sorted.sort_unstable();
            assert_eq!(history.carried_by(10 * request), sorted);
        }
        assert_eq!(history.carried_by(1), Vec::<usize>::new());
    }

    #[test]
    fn an_attempt_ends_with_the_words_of_its_own_status() {
        let mut history = History::default();
        let ends = [Some(200), Some(207), Some(200), None];
        for (request, status) in ends.into_iter().enumerate() {
            history.sent(request, 1, Duration::ZERO, std::iter::once(0));
            history.ended(request, Duration::ZERO, status, None);
        }
        history.sent(4, 1, Duration::ZERO, std::iter::once(0));
        history.ended(4, Duration::ZERO, Some(200), Some("refused"));
        let found: Vec<String> = history.of(0).map(|attempt| attempt.end.to_string()).collect();
        assert_eq!(found, ["response 200", "response 207", "response 200", "response 0", "refused"]);
    }
}
