//! Replies inside a reply.

use std::marker::PhantomData;

use serde_json::value::RawValue;

use super::super::bulk_reply::{BulkReply, Nested};
use super::super::decode_error::DecodeError;
use super::super::failure::IntoFailure;
use super::super::key::MatchesKey;
use super::super::response::{Field, RawResponse};
use super::super::success::IntoSuccess;
use super::Collector;
use super::finding::Entry;
use super::views::ConvertedKeys;
use super::whole::WholeResponse;

impl<K, S, F> Collector<'_, K, S, F> {
    /// What is inside a field. A part that does not fit is a fault, and spoils no other.
    pub fn nested<N>(&mut self, field: Option<Field<'_>>, response: &RawResponse<'_>)
    where
        N: Nested<Reply: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>>,
    {
        let Some(Field { name, raw }) = field else { return };
        let path = self.pointer(name);
        if !N::IS_LIST {
            match self.part::<N::Reply>(&response.part(raw), path) {
                Ok(whole) => self.whole.absorb(whole),
                Err(error) => self.faults.shape(error),
            }
            return;
        }
        let parts = match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(parts) => parts,
            Err(error) => return self.faults.shape(DecodeError::new(path, error)),
        };
        for (index, raw) in parts.into_iter().enumerate() {
            let path = format!("{path}/{index}");
            // One of several parts does not speak for the response.
            match self.part::<N::Reply>(&response.part(raw), path.clone()) {
                Ok(whole) if whole.is_refusal_or_pending() => {
                    self.faults.shape(DecodeError::new(path, whole.describe_refusal()))
                }
                Ok(_) => {}
                Err(error) => self.faults.shape(error),
            }
        }
    }

    /// The body is a reply of its own.
    pub fn body<R>(&mut self, response: &RawResponse<'_>) -> Result<(), DecodeError>
    where
        R: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
    {
        let whole = self.part::<R>(response, String::new())?;
        self.whole.absorb(whole);
        Ok(())
    }

    /// Says the lines of a part; what it says of itself is handed back.
    fn part<R>(&mut self, part: &RawResponse<'_>, path: String) -> Result<WholeResponse, DecodeError>
    where
        R: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
    {
        let keys = ConvertedKeys(self.keys, PhantomData);
        let mut collector = Collector::<R::Key, R::Success, R::Failure> {
            path,
            unlisted: self.unlisted,
            ..Collector::new(&keys, self.status)
        };
        let read = R::read(part, &mut collector);
        let Collector { path, entries, carried, faults, whole, unlisted_failure, .. } = collector;
        read.map_err(|error| DecodeError { path: format!("{path}{}", error.path), ..error })?;
        let (bodies, failures) = (self.carried.bodies.len(), self.carried.failures.len());
        self.carried
            .bodies
            .extend(carried.bodies.into_iter().map(|body| body.and_then(IntoSuccess::into_success_body)));
        self.carried.failures.extend(carried.failures.into_iter().map(IntoFailure::convert_failure));
        let shifted = |entry: Entry| Entry { finding: entry.finding.shifted(bodies, failures), ..entry };
        self.entries.extend(entries.into_iter().map(shifted));
        self.faults.absorb(faults);
        self.unlisted_failure = self.unlisted_failure.take().or(unlisted_failure.map(IntoFailure::convert_failure));
        Ok(whole)
    }
}
