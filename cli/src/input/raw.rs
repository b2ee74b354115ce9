//! One item as an input has it, before its type is known.

use std::fmt;
use std::sync::Arc;

use bulk_endpoint::dynamic::{DynamicValue, from_text};
use bulk_endpoint::journal::Origin;
use serde_json::Value;

use super::columns::from_columns;

/// One item as an input has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawItem {
    /// Where it is: `row 3`.
    pub(crate) place: String,
    pub(crate) content: Content,
    /// Where it was in an earlier run, if it comes from a journal.
    pub(crate) origin: Option<Origin>,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Content {
    /// A JSON string, or JSON as text.
    Text(String),
    Json(Value),
    /// The cells of a row that are not empty, each with the column it is in.
    Columns(Vec<(Arc<str>, String)>),
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Text(text) => f.write_str(text),
            Content::Json(value) => write!(f, "{value}"),
            Content::Columns(cells) => cells.iter().try_for_each(|(column, cell)| writeln!(f, "{column}: {cell}")),
        }
    }
}

impl RawItem {
    /// An item of a file or of the command line.
    pub(crate) fn new(place: String, content: Content) -> Self {
        RawItem { place, content, origin: None }
    }

    /// Makes the item.
    pub(crate) fn make<T: DynamicValue>(&self) -> Result<T, String> {
        let made = match &self.content {
            Content::Text(text) => from_text(text),
            Content::Json(value) => T::deserialize(value),
            Content::Columns(cells) => from_columns(cells),
        };
        made.map_err(|error| format!("{}: {}", self.place, expected_first(&error.to_string())))
    }
}

/// What serde expected, before what it found. It calls an object a map, and an array a sequence.
fn expected_first(error: &str) -> String {
    let parts =
        error.split_once("invalid type: ").and_then(|(before, rest)| Some((before, rest.split_once(", expected ")?)));
    let Some((before, (found, expected))) = parts else { return error.to_owned() };
    let found = match found {
        "map" => "an object",
        "sequence" => "an array",
        found => found,
    };
    format!("{before}expected {expected}, found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_says_first_what_was_expected() {
        for (error, want) in [
            ("invalid type: integer `7`, expected a string", "expected a string, found integer `7`"),
            ("column \"a\": invalid type: map, expected u64", "column \"a\": expected u64, found an object"),
            ("missing field `id`", "missing field `id`"),
        ] {
            assert_eq!(expected_first(error), want);
        }
    }
}
