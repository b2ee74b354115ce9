//! Fields about the whole response: status, code, message, job, counts.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::super::decode_error::DecodeError;
use super::super::field_types::AsText;
use super::super::job::JobHandle;
use super::super::json;
use super::super::number::WholeNumber;
use super::super::response::{Field, Fields};
use super::super::shape::{Role, Unlisted};
use super::super::verdict::Status;
use super::Collector;
use super::finding::count_items;

impl<K, S, F> Collector<'_, K, S, F> {
    /// Checks that every required field is present. A missing one is a fault: `{}` does not show the shape `{"failed": […]}`, so no
    /// unlisted item counts as done.
    pub fn check_fields(&mut self, fields: &Fields<'_>) {
        if fields.shape.unlisted != Unlisted::Unknown {
            self.unlisted = fields.shape.unlisted;
        }
        // `{"error": "maintenance"}` instead of `{"failed": []}`: without this check an empty list of failures would follow from it.
        if let Some(name) = fields.missing() {
            self.fault(name, "the field is missing");
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
        // A damaged handle is a fault: `"7\ud83d"` must not be polled as the job `"7\ufffd"`.
        let job = self.decode_with::<T>(field, |json| serde_json::from_str(json));
        if let (Some(job), Some(field)) = (job, field) {
            self.whole.job = job.text().map(|text| JobHandle::read(text.into_owned(), field.raw));
        }
    }

    /// Reads the number of items with a role, and compares it with the entries so far: `{"failed": [{…}], "failed_count": 1}`. A number
    /// that differs is a fault. The number can be a string of digits, as in `"failed_count": "1"`.
    ///
    /// An item with several entries counts once. With `unlisted = succeeded`, unlisted items count as succeeded, and with
    /// `unlisted = failed` as failed. Call it after the lists.
    pub fn count(&mut self, role: Role, field: Option<Field<'_>>) {
        let Some(WholeNumber(count)) = self.decode(field) else { return };
        // Items, not entries: `{"failed": [{"id": "a", "why": "x"}, {"id": "a", "why": "y"}], "failed_count": 1}` is right.
        let listed = count_items(&self.entries, Some(role));
        let unlisted = match (self.unlisted, role) {
            (Unlisted::Succeeded, Role::Succeeded) | (Unlisted::Failed, Role::Failed) => {
                self.keys.len().saturating_sub(count_items(&self.entries, None))
            }
            _ => 0,
        };
        if count != (listed + unlisted) as i128
            && let Some(field) = field
        {
            self.fault(
                field.name,
                format_args!("the count is {count}, but the entries add up to {}", listed + unlisted),
            );
        }
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
