//! Fields that speak about the whole response.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::super::decode_error::Misfit;
use super::super::field_types::Text;
use super::super::job::Handle;
use super::super::response::{Field, Fields};
use super::super::shape::{Role, Silence};
use super::super::verdict::Status;
use super::Says;
use super::finding::count_items;

impl<K, S, F> Says<'_, K, S, F> {
    /// A required field is missing: remembered as a fault of the answer.
    pub fn check(&mut self, fields: &Fields<'_>) {
        if fields.shape.silence != Silence::Unsure {
            self.silence = fields.shape.silence;
        }
        if let Some(name) = fields.missing() {
            self.fault(name, "the field is missing");
        }
    }

    pub(super) fn fault(&mut self, field: &str, reason: impl fmt::Display) {
        self.faults.shape(Misfit::new(self.pointer(field), reason));
    }

    /// The JSON pointer of a field here; that of the present part for no name.
    pub(super) fn pointer(&self, field: &str) -> String {
        if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) }
    }

    /// What the answer says of itself.
    pub fn status<T: Status + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        let Some(status) = self.told::<T>(field) else { return };
        self.whole.status = status.item_status();
        let word = status.word().map(Cow::into_owned);
        if self.whole.status.is_none()
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("{} is no status that is known", word.as_deref().unwrap_or("it")));
        }
        self.whole.code = self.whole.code.take().or(word);
    }

    /// The error code of the whole answer.
    pub fn code<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(code) = self.told::<T>(field) {
            self.whole.code = code.text().map(Cow::into_owned);
        }
    }

    /// The message of the whole answer.
    pub fn message<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let Some(message) = self.told::<T>(field) {
            self.whole.message = message.text().map(Cow::into_owned);
        }
    }

    /// The handle of the job that will tell.
    pub fn job<T: Text + DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if let (Some(job), Some(field)) = (self.told::<T>(field), field) {
            self.whole.job = job.text().map(|text| Handle::read(text.into_owned(), field.raw));
        }
    }

    /// How many items of a role there are, as the answer counts them; one that it names twice is one. What is silent counts as what
    /// silence means.
    pub fn count(&mut self, role: Role, field: Option<Field<'_>>) {
        let Some(said) = self.told::<u64>(field) else { return };
        let told = count_items(&self.lines, Some(role));
        let silent = match (self.silence, role) {
            (Silence::Succeeded, Role::Succeeded) | (Silence::Failed, Role::Failed) => {
                self.names.len().saturating_sub(count_items(&self.lines, None))
            }
            _ => 0,
        };
        if said != (told + silent) as u64
            && let Some(field) = field
        {
            self.fault(field.name, format_args!("it counts {said}, and the answer has {}", told + silent));
        }
    }

    /// A field without a role, whose presence is to show the declared shape where silence means something: what is of another type
    /// does not.
    pub fn evidence<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) {
        if self.silence != Silence::Unsure {
            self.told::<T>(field);
        }
    }

    /// The value of a field that tells something of the whole answer.
    fn told<T: DeserializeOwned>(&mut self, field: Option<Field<'_>>) -> Option<T> {
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
