//! Which items of an input an earlier run selects.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use anyhow::{Context, Result, bail};
use bulk_endpoint::journal::Origin;
use serde_json::Value;

use super::invisible::visible;
use super::raw::{Content, RawItem};
use super::recorded::Recorded;

/// The items of an earlier run, by the hashes of their keys.
#[derive(Debug)]
pub(super) enum Wanted {
    OfReport(HashSet<u64>),
    /// With the place of each in the run.
    OfJournal(HashMap<u64, Origin>),
}

impl Wanted {
    /// The wanted items of a run. If a run may assign ids to them, each key must be that of one item, as the ids of others must not be guessed.
    pub(super) fn of(recorded: &Recorded, has_assigned_id: bool) -> Result<Self> {
        let keys = recorded.read()?.map(|row| {
            let RawItem { content, origin, .. } = row?.map_err(anyhow::Error::msg)?;
            match content {
                Content::Text(key) => Ok((shown_key(key), origin)),
                Content::Json(_) | Content::Columns(_) => bail!("expected an id"),
            }
        });
        if !recorded.is_journal() {
            return keys.map(|key| key.map(|(key, _)| hash(key.as_str()))).collect::<Result<_>>().map(Wanted::OfReport);
        }
        let mut origins = HashMap::new();
        for key in keys {
            let (key, origin) = key?;
            let origin = origin.context("an item of a journal is without its place there")?;
            if origins.insert(hash(key.as_str()), origin).is_some() && has_assigned_id {
                bail!(
                    "expected one item with the id {}, found two: it is not known which assigned id is whose",
                    visible(&key)
                );
            }
        }
        Ok(Wanted::OfJournal(origins))
    }

    /// Checks that no two different items of an input are joined to one item of the run: the vendor would take two messages with one assigned id for
    /// one. Equal items are collapsed. `seen` has the contents of the items, by key.
    pub(super) fn check_joined(&self, key: &str, raw: &RawItem, seen: &mut HashMap<u64, u64>) -> Result<(), String> {
        let content = hash(&raw.content);
        if self.origin(key).is_some() && *seen.entry(hash(key)).or_insert(content) != content {
            let (place, key) = (&raw.place, visible(key));
            return Err(format!(
                "{place}: found another item with the id {key}: it is not known which of them was in the run"
            ));
        }
        Ok(())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Wanted::OfReport(keys) => keys.contains(&hash(key)),
            Wanted::OfJournal(origins) => origins.contains_key(&hash(key)),
        }
    }

    pub(super) fn origin(&self, key: &str) -> Option<Origin> {
        match self {
            Wanted::OfReport(_) => None,
            Wanted::OfJournal(origins) => origins.get(&hash(key)).copied(),
        }
    }
}

/// A key as reports show it: a journal has one of several fields as a JSON array.
fn shown_key(key: String) -> String {
    let Ok(parts) = serde_json::from_str::<Vec<Value>>(&key) else { return key };
    let parts = parts.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
    parts.collect::<Vec<_>>().join("/")
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_several_fields_is_shown_as_in_reports() {
        for (key, want) in [("a", "a"), ("[\"IDENTITY\",7]", "IDENTITY/7"), ("[a", "[a"), ("{\"a\":1}", "{\"a\":1}")] {
            assert_eq!(shown_key(key.to_owned()), want);
        }
    }
}
