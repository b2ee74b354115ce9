//! The arguments of an endpoint, by name.

use serde_json::Value;

use super::argument::Argument;
use super::from_text::from_text;
use super::value::DynamicValue;

/// The arguments of an endpoint, by their names in the declaration. A later value replaces an earlier one of the same name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    given: Vec<(String, Given)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Given {
    Text(String),
    Json(Value),
}

/// Why an endpoint cannot be bound to its arguments.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// No value was given.
    #[error("missing argument `{name}`")]
    #[non_exhaustive]
    Missing {
        /// The name of the argument.
        name: String,
    },
    /// The value is not of the argument's type.
    #[error("the argument `{name}`: {source}")]
    #[non_exhaustive]
    Invalid {
        /// The name of the argument.
        name: String,
        /// What is wrong with the value.
        source: serde_json::Error,
    },
    /// The endpoint has no such argument.
    #[error("unknown argument `{name}`")]
    #[non_exhaustive]
    Unknown {
        /// The name.
        name: String,
    },
}

impl ArgumentError {
    /// The name of the argument.
    pub fn name(&self) -> &str {
        match self {
            ArgumentError::Missing { name } | ArgumentError::Invalid { name, .. } | ArgumentError::Unknown { name } => {
                name
            }
        }
    }
}

impl Arguments {
    /// No arguments.
    pub fn new() -> Self {
        Arguments::default()
    }

    /// Sets an argument to a text, which is read as [`from_text`] does.
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(name.into(), Given::Text(text.into()))
    }

    /// Sets an argument to a JSON value.
    pub fn json(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(name.into(), Given::Json(value.into()))
    }

    fn with(mut self, name: String, given: Given) -> Self {
        self.given.retain(|(other, _)| *other != name);
        self.given.push((name, given));
        self
    }

    /// Returns the value of an argument. If it was not given, a type that accepts `null`, such as an `Option`, is made from that.
    ///
    /// # Errors
    ///
    /// It is required and was not given, or its value is not of the type.
    pub fn get<T: DynamicValue>(&self, name: &str) -> Result<T, ArgumentError> {
        let invalid = |source| ArgumentError::Invalid { name: name.to_owned(), source };
        match self.given.iter().find(|(given, _)| given == name) {
            Some((_, Given::Text(text))) => from_text(text).map_err(invalid),
            Some((_, Given::Json(value))) => T::deserialize(value).map_err(invalid),
            None => T::deserialize(Value::Null).map_err(|_| ArgumentError::Missing { name: name.to_owned() }),
        }
    }

    /// Checks that the endpoint has each argument that was given.
    pub(super) fn check_names(&self, declared: &[Argument]) -> Result<(), ArgumentError> {
        let unknown = self.given.iter().find(|(given, _)| declared.iter().all(|argument| argument.name != given));
        unknown.map_or(Ok(()), |(name, _)| Err(ArgumentError::Unknown { name: name.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_has_its_last_value_in_the_form_in_which_it_was_given() {
        let given = Arguments::new().text("id", "7").json("name", "a").text("tag", "x").text("id", "8").json("tag", 9);
        assert_eq!(given.get::<u64>("id").unwrap(), 8);
        assert_eq!(given.get::<String>("name").unwrap(), "a");
        assert_eq!(given.get::<u64>("tag").unwrap(), 9);
        // A text is read as text or as JSON, as its type wants. JSON is JSON.
        assert_eq!(given.get::<String>("id").unwrap(), "8");
        let invalid = given.get::<String>("tag").unwrap_err();
        assert_eq!(invalid.name(), "tag");
        assert!(invalid.to_string().starts_with("the argument `tag`: "), "{invalid}");
    }

    #[test]
    fn what_accepts_null_may_be_left_out() {
        let none = Arguments::new();
        assert_eq!(none.get::<Option<u64>>("id").unwrap(), None);
        let missing = none.get::<u64>("id").unwrap_err();
        assert_eq!((missing.name(), missing.to_string().as_str()), ("id", "missing argument `id`"));
        assert!(Argument::new::<Option<u64>>("id", "").is_optional());
        assert!(!Argument::new::<u64>("id", "").is_optional());
    }

    #[test]
    fn an_argument_that_is_not_declared_is_named() {
        let declared = [Argument::new::<u64>("id", ""), Argument::new::<u64>("org", "")];
        let given = Arguments::new().text("org", "1").text("id", "2");
        given.check_names(&declared).unwrap();
        given.check_names(&declared[..1]).unwrap_err();
        let unknown = given.text("orgg", "3").check_names(&declared).unwrap_err();
        assert_eq!((unknown.name(), unknown.to_string().as_str()), ("orgg", "unknown argument `orgg`"));
    }
}
