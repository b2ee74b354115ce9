//! `--json`: what happens, as one JSON object a line on standard output.

use std::io::Write;

use serde_json::Value;

/// Writes one event. A closed pipe must not stop the work, so errors are ignored.
pub(crate) fn emit(event: &str, mut fields: Value) {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("event".to_owned(), event.into());
    }
    let _ = writeln!(std::io::stdout(), "{fields}");
}
