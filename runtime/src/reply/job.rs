//! The handle of a job: read from a response, and written into the requests that poll the job.

use std::fmt;

use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::text::shorten;

/// The maximum number of characters of a handle in a message.
const MAX_SHOWN: usize = 80;

/// The handle of a job: the `42` of `{"job_id": 42}`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct JobHandle {
    text: String,
    /// Whether the response has the handle as a number. A body that polls the job then has a number too.
    is_number: bool,
    /// Whether it is a credential.
    is_secret: bool,
}

impl JobHandle {
    /// The handle with this text; `raw` is its JSON in the response.
    pub(crate) fn read(text: String, raw: &RawValue) -> Self {
        JobHandle { text, is_number: serde_json::from_str::<Number>(raw.get()).is_ok(), is_secret: false }
    }

    /// The handle with this JSON: see [`json`](Self::json).
    pub(crate) fn of_json(json: &str) -> Self {
        let text = serde_json::from_str::<String>(json);
        JobHandle { is_number: text.is_err(), text: text.unwrap_or_else(|_| json.to_owned()), is_secret: false }
    }

    /// Keeps it out of messages and journals if the declaration says that it is a credential.
    pub(crate) fn declared(self, is_secret: bool) -> Self {
        JobHandle { is_secret, ..self }
    }

    /// Returns whether it is a credential.
    pub(crate) fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Returns the handle as text, for a path.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the handle as text for a message.
    pub(crate) fn shown(&self) -> String {
        if self.is_secret { "<secret>".to_owned() } else { shorten(&self.text, MAX_SHOWN) }
    }

    /// Returns the handle as JSON, for a body: a number if the response had a number.
    pub(crate) fn json(&self) -> Value {
        let number = self.is_number.then(|| serde_json::from_str(&self.text).ok()).flatten();
        number.map_or_else(|| Value::from(self.text.as_str()), Value::Number)
    }
}

impl From<String> for JobHandle {
    fn from(text: String) -> Self {
        JobHandle { text, is_number: false, is_secret: false }
    }
}

impl fmt::Debug for JobHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobHandle").field(&self.shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_handle_is_in_a_body_what_it_was_in_the_answer() {
        for (text, raw, expected) in [
            ("42", "42", json!(42)),
            ("42", "\"42\"", json!("42")),
            ("18446744073709551615", "18446744073709551615", json!(u64::MAX)),
            ("-1", "-1", json!(-1)),
            ("", "\"\"", json!("")),
            ("[1]", "\"[1]\"", json!("[1]")),
            // A user type may read a number as another text, which cannot be written back as that number.
            ("job 42", "42", json!("job 42")),
        ] {
            let handle = JobHandle::read(text.to_owned(), &RawValue::from_string(raw.to_owned()).unwrap());
            assert_eq!((handle.text(), handle.json()), (text, expected), "{raw}");
        }
        assert_eq!(JobHandle::from("7".to_owned()).json(), json!("7"));
    }

    #[test]
    fn a_handle_that_is_a_credential_is_not_shown() {
        for is_secret in [false, true] {
            let handle = JobHandle::from("/jobs/7?sig=s3cret".to_owned()).declared(is_secret);
            let texts = [handle.shown(), format!("{handle:?}")];
            assert_eq!(texts.map(|text| !text.contains("s3cret")), [is_secret; 2]);
            assert_eq!((handle.is_secret(), handle.text()), (is_secret, "/jobs/7?sig=s3cret"));
        }
    }
}
