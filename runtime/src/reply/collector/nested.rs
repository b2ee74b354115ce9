//! Replies inside a reply: `{"result": {"done": ["a"]}}`.

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
    /// Reads a field that holds a reply, or a list of replies. A part that cannot be decoded is a fault; the other parts still count.
    pub fn nested<N>(&mut self, field: Option<Field<'_>>, response: &RawResponse<'_>)
    where
        N: Nested<Reply: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>>,
    {
        let Some(Field { name, raw }) = field else { return };
        let path = self.pointer(name);
        if !N::IS_LIST {
            // `{"ok": true, "result": {"error": "busy"}}`: a single part is about all items, so its refusal is one of the whole request.
            match self.part::<N::Reply>(&response.part(raw), path) {
                Ok(whole) => self.whole.absorb(whole),
                Err(error) => self.faults.shape(error),
            }
            return;
        }
        let parts = match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(parts) => parts,
            // `{"batches": "none"}`: no part can be read, so an unlisted item proves nothing.
            Err(error) => return self.faults.shape(DecodeError::new(path, error)),
        };
        for (index, raw) in parts.into_iter().enumerate() {
            if self.count_element().is_err() {
                break;
            }
            let path = format!("{path}/{index}");
            let before = self.entries.len();
            // `{"batches": [{"ok": true, "done": ["a"]}, {"ok": false, "error": "busy"}]}`: the second part fails for its own items
            // only, and which items those are is unknown. So it is a fault, not a refusal of the whole request.
            match self.part::<N::Reply>(&response.part(raw), path.clone()) {
                Ok(whole) if whole.is_refusal_or_pending() => {
                    self.faults
                        .shape(DecodeError::new(path, format_args!("the response {}", whole.describe_refusal())));
                }
                // Whose items its job works on is unknown.
                Ok(whole) if whole.job.is_some() => {
                    self.faults.shape(DecodeError::new(path, "expected no job in a list of parts, found one"));
                }
                // `{"batches": [{"status": "accepted", "done": ["a"]}, {"ok": true, "done": ["b"]}]}`: `a` is accepted, and `b` is done.
                Ok(WholeResponse { verdict: Some(verdict), .. }) => {
                    self.whole.accepts_part |= verdict.is_accepted();
                    self.entries[before..].iter_mut().for_each(|entry| entry.finding.apply(verdict));
                }
                Ok(_) => {}
                Err(error) => self.faults.shape(error),
            }
        }
    }

    /// Reads the whole body as another reply.
    ///
    /// # Errors
    ///
    /// Those of the other reply's [`read`](BulkReply::read).
    pub fn body<R>(&mut self, response: &RawResponse<'_>) -> Result<(), DecodeError>
    where
        R: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
    {
        let chosen = self.shape;
        let whole = self.part::<R>(response, String::new())?;
        self.whole.absorb(whole);
        // Of an enum in a variant, the inner one knows the shape.
        self.shape = self.shape.or(chosen);
        Ok(())
    }

    /// Adds the entries of a part. Returns what the part says about the whole request.
    fn part<R>(&mut self, part: &RawResponse<'_>, path: String) -> Result<WholeResponse, DecodeError>
    where
        R: BulkReply<Key: MatchesKey<K>, Success: IntoSuccess<S>, Failure: IntoFailure<F>>,
    {
        let keys = ConvertedKeys(self.keys, PhantomData);
        let mut collector = Collector::<R::Key, R::Success, R::Failure> {
            path,
            unlisted: self.unlisted,
            elements: self.elements,
            next_slot: self.next_slot,
            repeated: self.repeated,
            ..Collector::new(&keys, self.status)
        };
        // The part has entries of its own types, which are converted only when the whole part was read.
        let read = R::read(part, &mut collector);
        let Collector { path, entries, elements, next_slot, repeated, carried, faults, whole, .. } = collector;
        let (unlisted_failure, shape, is_error) = (collector.unlisted_failure, collector.shape, collector.is_error);
        (self.elements, self.next_slot, self.repeated) = (elements, next_slot, repeated);
        self.is_error |= is_error;
        self.shape = shape;
        read.map_err(|error| DecodeError { path: format!("{path}{}", error.path), ..error })?;
        // The entries of the part refer to its own bodies and failures, which move behind those that are here already.
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
