//! Values from text.

use serde_json::Value;

use super::value::DynamicValue;

/// Makes a value from text: from the text as a JSON string, else from the text as JSON.
///
/// So an id needs no quotes, and everything else is JSON. A type that accepts both takes the string.
///
/// ```
/// use bulk_endpoint::dynamic::from_text;
///
/// assert_eq!(from_text::<String>("7")?, "7");
/// assert_eq!(from_text::<u64>("7")?, 7);
/// assert_eq!(from_text::<Option<String>>("a b")?, Some("a b".to_owned()));
/// assert_eq!(from_text::<Vec<u8>>("[1, 2]")?, [1, 2]);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// The text is neither. The error is about the JSON if the text is JSON, and about the string otherwise.
pub fn from_text<T: DynamicValue>(text: &str) -> Result<T, serde_json::Error> {
    let not_a_string = match T::deserialize(Value::String(text.to_owned())) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    serde_json::from_str(text).map_err(|error| if error.is_data() { error } else { not_a_string })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(String);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Count(u64);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Word {
        Add,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }

    #[test]
    fn a_text_is_a_string_first_and_json_second() {
        assert_eq!(from_text::<Id>("7").unwrap(), Id("7".into()));
        assert_eq!(from_text::<Id>("\"7\"").unwrap(), Id("\"7\"".into()));
        assert_eq!(from_text::<Count>("7").unwrap(), Count(7));
        assert_eq!(from_text::<Word>("ADD").unwrap(), Word::Add);
        assert_eq!(from_text::<Option<Id>>("null").unwrap(), Some(Id("null".into())));
        assert_eq!(from_text::<Option<bool>>("null").unwrap(), None);
        assert_eq!(from_text::<Either>("7").unwrap(), Either::Text("7".into()));
        assert_eq!(from_text::<BTreeMap<String, u8>>("{\"a\": 1}").unwrap().len(), 1);
        assert_eq!(from_text::<Value>("7").unwrap(), Value::String("7".into()));
    }

    #[test]
    fn the_error_is_about_what_the_text_is() {
        for (error, want) in [
            (from_text::<u64>("-7").unwrap_err(), "integer `-7`"),
            (from_text::<u64>("seven").unwrap_err(), "string \"seven\""),
            (from_text::<Word>("DROP").unwrap_err(), "unknown variant `DROP`"),
            (from_text::<Vec<u8>>("[1, 300]").unwrap_err(), "integer `300`"),
        ] {
            assert!(error.to_string().contains(want), "{error}");
        }
    }
}
