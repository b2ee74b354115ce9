//! Fields that speak about the whole response.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::super::decode_error::DecodeError;
use super::super::field_types::AsText;
use super::super::job::JobHandle;
use super::super::response::{Field, Fields};
use super::super::shape::{Role, Unlisted};
use super::super::verdict::Status;
use super::Collector;
use super::finding::count_items;

impl<K, S, F> Collector<'_, K, S, F> {
    /// A required field is missing: remembered as a fault of the response.
    pub fn check_fields(&mut self, fields: &Fields<'_>) {
        if fields.shape.unlisted != Unlisted::Unknown {
            self.unlisted = fields.shape.unlisted;
        }
        if let Some(name) = fields.missing() {
            self.fault(name, "the field is missing");
        }
    }

    pub(super) fn fault(&mut self, field: &str, reason: impl fmt::Display) {
        self.faults.shape(DecodeError::new(self.pointer(field), reason));
    }

    /// The JSON pointer of a field here; that of the present part for no name.
    pub(super) fn pointer(&self, field: &str) -> String {
        if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) }
    }

    /// What the response says of itself.
    pub fn status<T: Status + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        let Some(status) = self.decode::<T>(field) else { return };
        self.whole.verdict = status.verdict();
        let word = status.word().map(Cow::into_owned);
        if self.whole.verdict.is_none()
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("{} is no status that is known", word.as_deref().unwrap_or("it")));
        }
        self.whole.code = self.whole.code.take().or(word);
    }

    /// The error code of the whole response.
    pub fn code<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(code) = self.decode::<T>(field) {
            self.whole.code = code.text().map(Cow::into_owned);
        }
    }

    /// The message of the whole response.
    pub fn message<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(message) = self.decode::<T>(field) {
            self.whole.message = message.text().map(Cow::into_owned);
        }
    }

    /// The handle of the job that will tell.
    pub fn job<T: AsText + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let (Some(job), Some(field)) = (self.decode::<T>(field), field) {
            self.whole.job = job.text().map(|text| JobHandle::read(text.into_owned(), field.raw));
        }
    }

    /// How many items of a role there are, as the response counts them; one that it names twice is one. What is silent counts as what
    /// silence means.
    pub fn count(&mut self, role: Role, field: Option<Field<'_>>) {
        let Some(counted) = self.decode::<u64>(field) else { return };
        let listed = count_items(&self.entries, Some(role));
        let unlisted = match (self.unlisted, role) {
            (Unlisted::Succeeded, Role::Succeeded) | (Unlisted::Failed, Role::Failed) => {
                self.keys.len().saturating_sub(count_items(&self.entries, None))
            }
            _ => 0,
        };
        if counted != (listed + unlisted) as u64
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("it counts {counted}, and the response has {}", listed + unlisted));
        }
    }

    /// A field without a role, whose presence is to show the declared shape where silence means something: what is of another type
    /// does not.
    pub fn evidence<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if self.unlisted != Unlisted::Unknown {
            self.decode::<T>(field);
        }
    }

    /// The value of a field that tells something of the whole response.
    fn decode<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) -> Option<T> {
        let Field { name, raw } = field?;
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error);
                None
            }
        }
    }
}
