//! The handle of a job: what a response names it by, and what it is asked for by.

use serde_json::value::RawValue;
use serde_json::{Number, Value};

/// A job's handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobHandle {
    text: String,
    /// The response has it as a number.
    is_number: bool,
}

impl JobHandle {
    /// The handle that reads as this text, and stands in a response like this.
    pub(crate) fn read(text: String, raw: &RawValue) -> Self {
        JobHandle { text, is_number: serde_json::from_str::<Number>(raw.get()).is_ok() }
    }

    /// As it stands in a path.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As it stands in a body: as the response has it.
    pub(crate) fn json(&self) -> Value {
        let number = self.is_number.then(|| serde_json::from_str(&self.text).ok()).flatten();
        number.map_or_else(|| Value::from(self.text.as_str()), Value::Number)
    }
}

impl From<String> for JobHandle {
    fn from(text: String) -> Self {
        JobHandle { text, is_number: false }
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
            // A type of the user's own may read a number as something else.
            ("job 42", "42", json!("job 42")),
        ] {
            let handle = JobHandle::read(text.to_owned(), &RawValue::from_string(raw.to_owned()).unwrap());
            assert_eq!((handle.text(), handle.json()), (text, expected), "{raw}");
        }
        assert_eq!(JobHandle::from("7".to_owned()).json(), json!("7"));
    }
}
