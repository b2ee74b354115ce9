//! Fields about the whole response: status, code, message, job, counts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::DeserializeOwned;

use super::super::decode_error::DecodeError;
use super::super::field_types::AsText;
use super::super::job::JobHandle;
use super::super::json;
use super::super::number::WholeNumber;
use super::super::response::{Field, Fields};
use super::super::shape::{Role, Unlisted};
use super::super::verdict::{Status, Verdict};
use super::Collector;
use super::finding::{Entry, Finding, count_items};
use crate::uncertainty_kind::UncertaintyKind;

impl<K, S, F> Collector<'_, K, S, F> {
    /// Checks that the fields of this part show its declared shape. If they do not, it is a fault, and no unlisted item counts as done:
    ///
    /// - a required field is missing: `{}` is not `{"failed": […]}`;
    /// - all fields are missing: `"errors": {"other": ["a"]}` is not `"errors": {"failed": […]}`, although `failed` is optional;
    /// - there is an unknown field, and the type has `#[serde(deny_unknown_fields)]`.
    pub fn check_fields(&mut self, fields: &Fields<'_>) {
        if fields.shape.unlisted != Unlisted::Unknown {
            self.unlisted = fields.shape.unlisted;
        }
        // Not a method of the collector, whose methods are compiled for each type of a reply.
        if let Some(error) = fields.fault(&self.path, self.unlisted) {
            self.faults.shape(error);
        }
    }

    /// Adds a fault at a field of this part.
    pub(super) fn fault(&mut self, field: &str, reason: impl fmt::Display) {
        self.faults.shape(DecodeError::new(self.pointer(field), reason));
    }

    /// The JSON pointer of a field of this part; of the part itself if the name is empty.
    pub(super) fn pointer(&self, field: &str) -> String {
        if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) }
    }

    /// Reads the status of the whole response: `{"ok": false}`. A status without a verdict is a fault.
    pub fn status<T: Status + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        let Some(status) = self.decode::<T>(field) else { return };
        self.whole.verdict = status.verdict();
        let word = status.word().map(Cow::into_owned);
        if self.whole.verdict.is_none()
            && let Some(field) = field
        {
            let word = word.as_deref().map_or_else(String::new, |word| format!(" `{word}`"));
            self.fault(field.name, format_args!("unknown status{word}"));
        }
        // `{"status": "rate_limited"}`: the word is the code, so that `retry("rate_limited")` finds it. A field of its own is more exact.
        self.whole.code = self.whole.code.take().or(word);
    }

    /// Reads the error code of the whole response: `{"ok": false, "error": "ratelimited"}`.
    pub fn code<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(code) = self.decode::<T>(field) {
            self.whole.code = code.text().map(Cow::into_owned);
        }
    }

    /// Reads the message of the whole response.
    pub fn message<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(message) = self.decode::<T>(field) {
            self.whole.message = message.text().map(Cow::into_owned);
        }
    }

    /// Reads the handle of the job that works on the items: `{"job_id": 42}`.
    pub fn job<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        let job = self.job_handle::<T>(field);
        self.whole.job = self.whole.job.take().or(job);
    }

    /// Reads the handle of the next poll: `{"next_page": "b7"}`. Unlike [`job`](Self::job), it may differ from the one that was polled.
    pub fn next_job<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        self.whole.job_moves = true;
        let next = self.job_handle::<T>(field);
        self.whole.job = next.or(self.whole.job.take());
    }

    fn job_handle<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) -> Option<JobHandle> {
        // A damaged handle is a fault: `"7\ud83d"` must not be polled as the job `"7\ufffd"`.
        let job = self.decode_with::<T>(field, |json| serde_json::from_str(json))?;
        Some(JobHandle::read(job.text()?.into_owned(), field?.raw))
    }

    /// Reads the numbers of items with a role, and compares each with the entries so far: `{"failed": [{…}], "failed_count": 1}`. A number
    /// may be a string of digits: `"failed_count": "1"`.
    ///
    /// A number that differs from the entries is a fault. Entries that cannot be read may account for a number that is too large. If they
    /// do not, the items that are done are uncertain. If the number is too small, the items with its role are uncertain too.
    ///
    /// An item with several entries counts once. An item that is accepted counts as succeeded too. An unlisted item counts as what
    /// `unlisted` says that it is. Call it once, after the lists.
    ///
    /// A number of failures that is the number of items refuses the whole request, if the response says nothing about any item:
    /// `{"rejected": 3, "message": "too old"}` to three items. A refusal needs no name of an item where all are meant.
    pub fn counts(&mut self, counts: &[(Role, Option<Field<'_>>)]) {
        if self.fails_all(counts) {
            self.whole.verdict = Some(Verdict::Failed);
            return;
        }
        let mut wrong = Vec::new();
        for (role, field) in counts {
            let (Some(WholeNumber(count)), Some(field)) = (self.decode(*field), field) else { continue };
            // Items, not entries: `{"failed": [{"id": "a", "why": "x"}, {"id": "a", "why": "y"}], "failed_count": 1}` is right.
            let listed = (count_items(&self.entries, Some(*role)) + self.unlisted_count(*role)) as i128;
            if count == listed || *role == Role::Succeeded && count == listed - self.accepted_count() {
                continue;
            }
            let reason = format!("the count is {count}, but the entries add up to {listed}");
            // `{"ok": false, "failed_count": 1}` for two items: one of them did not fail.
            self.faults.hides_items |= count != self.keys.len() as i128;
            self.fault(field.name, &reason);
            // `{"failed": [{"id": "a", "code": 7}], "failed_count": 1}` with a text as the code: the unreadable element is the one.
            if count < listed || count > listed + self.unclear_count() {
                let detail = format!("the response contradicts itself: at {}: {reason}", self.pointer(field.name));
                wrong.push(((count < listed).then_some(*role), detail));
            }
        }
        // After all comparisons: an entry counts as what the response calls it.
        for (overstated, detail) in wrong {
            contradict(&mut self.entries, overstated, &detail);
        }
    }

    /// Returns whether the numbers say that every item failed, and nothing else is said about any.
    fn fails_all(&self, counts: &[(Role, Option<Field<'_>>)]) -> bool {
        // `unlisted = failed` gives each of them a failure of its own.
        let is_open = self.whole.verdict.is_none_or(Verdict::is_done)
            && self.unlisted != Unlisted::Failed
            && self.names_no_item()
            && self.faults.positions.is_none()
            && self.faults.describe().is_none();
        let mut failed = 0;
        for (role, field) in counts.iter().filter(|_| is_open) {
            let number = field.and_then(|field| json::read(field.raw.get()).ok());
            match (role, number) {
                (Role::Failed, Some(WholeNumber(count))) => failed = count,
                (_, Some(WholeNumber(0)) | None) => {}
                // `{"failed": 3, "succeeded": 1}` to three items.
                (_, Some(_)) => return false,
            }
        }
        failed == self.keys.len() as i128
    }

    /// The number of entries that may have any role.
    fn unclear_count(&self) -> i128 {
        let unclear = self.entries.iter().filter(|entry| entry.finding.role().is_none()).count();
        (unclear + self.faults.unnamed()) as i128
    }

    /// The number of items that are only accepted: a vendor may count them apart from those that are done.
    fn accepted_count(&self) -> i128 {
        (count_items(&self.entries, Some(Role::Accepted)) + self.unlisted_count(Role::Accepted)) as i128
    }

    /// The number of unlisted items that have a role.
    fn unlisted_count(&self, role: Role) -> usize {
        let unlisted = || self.keys.len().saturating_sub(count_items(&self.entries, None));
        match (self.unlisted, role) {
            (Unlisted::Succeeded | Unlisted::Accepted, Role::Succeeded)
            | (Unlisted::Accepted, Role::Accepted)
            | (Unlisted::Failed, Role::Failed)
            | (Unlisted::Unprocessed, Role::Unprocessed) => unlisted(),
            (Unlisted::StopsAtFailure, Role::Succeeded) => unlisted().saturating_sub(self.after_failure()),
            (Unlisted::StopsAtFailure, Role::Unprocessed) => self.after_failure(),
            _ => 0,
        }
    }

    /// The number of unlisted items after the first one that is not done.
    fn after_failure(&self) -> usize {
        let not_done = self.entries.iter().filter(|entry| !entry.finding.is_done()).map(|entry| entry.slot).min();
        let Some(first) = not_done else { return 0 };
        let listed: HashSet<usize> = self.entries.iter().map(|entry| entry.slot).filter(|slot| *slot > first).collect();
        self.keys.len().saturating_sub(first + 1 + listed.len())
    }

    /// Reads a field without a role, and adds a fault if it has another type.
    ///
    /// It matters only if unlisted items have a meaning: `{"failed": [], "request": 7}` does not have the declared shape
    /// `{"failed": […], "request": {…}}`, so it does not prove that the unlisted items are done.
    pub fn evidence<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if self.unlisted != Unlisted::Unknown {
            self.decode::<T>(field);
        }
    }

    /// Decodes a field; an error is a fault.
    fn decode<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) -> Option<T> {
        self.decode_with(field, json::read)
    }

    fn decode_with<T>(
        &mut self,
        field: Option<Field<'_>>,
        read: impl Fn(&str) -> Result<T, serde_json::Error>,
    ) -> Option<T> {
        let Field { name, raw } = field?;
        match read(raw.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error);
                None
            }
        }
    }
}

/// Leaves the items uncertain that a wrong count contradicts: those that are done, and those of a role that is `overstated`.
fn contradict(entries: &mut [Entry], overstated: Option<Role>, detail: &str) {
    for entry in entries {
        // `{"failed_count": 2, "results": [ok, bad, ok]}`: another item failed, so no `ok` proves anything. With `"failed_count": 0`, `bad`
        // proves nothing either.
        if entry.finding.is_done() || overstated.is_some_and(|role| entry.finding.has(role)) {
            entry.finding = Finding::Unknown(UncertaintyKind::Contradictory, detail.to_owned());
        }
    }
}
