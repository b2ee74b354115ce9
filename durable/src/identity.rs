//! Whether a run is the one that was recorded.

use bulk_endpoint::journal::{JournalError, RunStart};

use crate::fault::store_error;

/// What makes a run this one, as text.
pub(crate) fn identity_text(start: &RunStart) -> Result<String, JournalError> {
    serde_json::to_string(&start.identity).map_err(|error| store_error(error.to_string()))
}

/// Fails if the run is another one than that which was recorded under its name.
pub(crate) fn check_same(name: &str, recorded: &str, was_keyed: bool, start: &RunStart) -> Result<(), JournalError> {
    let recorded: Vec<(String, String)> = serde_json::from_str(recorded)
        .map_err(|error| store_error(format!("cannot read the identity of the run `{name}`: {error}")))?;
    let value = |identity: &[(String, String)], name: &str| {
        let pair = identity.iter().find(|(other, _)| other == name);
        pair.map_or_else(|| "nothing".to_owned(), |(_, value)| format!("`{value}`"))
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in recorded.iter().chain(&start.identity) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut differences = Vec::new();
    for name in names {
        let (then, is) = (value(&recorded, name), value(&start.identity, name));
        if then != is {
            differences.push(format!("{name} was {then} and is {is}"));
        }
    }
    if was_keyed != start.keyed {
        let keys = |keyed| if keyed { "with keys" } else { "without keys" };
        differences.push(format!("items were {} and are {}", keys(was_keyed), keys(start.keyed)));
    }
    if differences.is_empty() { Ok(()) } else { Err(other_run(name, &differences)) }
}

/// The run under this name is another one.
pub(crate) fn other_run(name: &str, differences: &[String]) -> JournalError {
    let message = format!(
        "expected the recorded run `{name}`, found another one: {}; nothing was sent: give this run another name, or `forget` the old one",
        differences.join(", ")
    );
    JournalError::OtherRun(message.into())
}
