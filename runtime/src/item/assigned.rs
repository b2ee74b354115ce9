//! Correlation ids that the run assigns: the index of the item in the input.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Error, Serialize, Serializer};

/// A correlation id that the run assigns: unique in the run, and the same in every retry of the item.
///
/// Give a field of the item this type. The run writes it as a string when it sends the item: `{"Id": "0", "MessageBody": "hi"}`. If the
/// response names items by that id, the key field of the reply has this type too.
///
/// # Errors
///
/// Serializing an item outside of a run fails, because its id has no value there.
///
/// ```
/// use bulk_endpoint::{AssignedId, BulkItem};
/// use serde::Serialize;
///
/// #[derive(Serialize, BulkItem)]
/// struct Message {
///     #[serde(rename = "Id")]
///     id: AssignedId,
///     #[serde(rename = "MessageBody")]
///     body: String,
/// }
///
/// let message = Message { id: AssignedId::new(), body: "hi".into() };
/// // The id has a value only in a run.
/// assert!(serde_json::to_string(&message).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AssignedId(Option<u64>);

thread_local! {
    /// The index of the item that is being encoded on this thread.
    static ENCODING: Cell<Option<u64>> = const { Cell::new(None) };
    /// Whether an id was written since encoding began.
    static WRITTEN: Cell<bool> = const { Cell::new(false) };
}

impl AssignedId {
    /// Creates an id without a value: the run assigns one.
    pub const fn new() -> Self {
        AssignedId(None)
    }

    /// Returns the index in the input of the item with this id; `None` for an id that was not read from a response.
    pub fn index(self) -> Option<usize> {
        self.0.and_then(|index| index.try_into().ok())
    }
}

/// Runs `encode`, and writes `index` for every id in the item. Returns also whether there was an id.
pub(crate) fn assigning<V>(index: usize, encode: impl FnOnce() -> V) -> (V, bool) {
    struct Restore(Option<u64>);
    impl Drop for Restore {
        fn drop(&mut self) {
            ENCODING.set(self.0);
        }
    }
    let _restore = Restore(ENCODING.replace(Some(index as u64)));
    WRITTEN.set(false);
    let encoded = encode();
    (encoded, WRITTEN.get())
}

impl Serialize for AssignedId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.set(true);
        match ENCODING.get().or(self.0) {
            Some(id) => serializer.collect_str(&id),
            None => Err(S::Error::custom(
                "an `AssignedId` has no value outside of a run: the run assigns it when it sends the item",
            )),
        }
    }
}

impl<'de> Deserialize<'de> for AssignedId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl Visitor<'_> for Read {
    type Value = AssignedId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id assigned by a run")
    }

    fn visit_u64<E>(self, id: u64) -> Result<AssignedId, E> {
        Ok(AssignedId(Some(id)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AssignedId, E> {
        let id: Option<u64> = text.parse().ok();
        // `str::parse` accepts `07`, which this run never wrote.
        match id.filter(|id| id.to_string() == text) {
            Some(id) => Ok(AssignedId(Some(id))),
            None => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_the_item_that_is_encoded_and_read_as_what_was_written() {
        let new = AssignedId::new();
        let written = assigning(7, || serde_json::to_string(&new).unwrap());
        assert_eq!(written, ("\"7\"".to_owned(), true));
        assert!(!assigning(7, || serde_json::to_string("7").unwrap()).1);
        let error = serde_json::to_string(&new).unwrap_err().to_string();
        assert!(error.contains("the run assigns it"), "{error}");
        for (json, want) in [
            ("\"7\"", Some(7)),
            ("7", Some(7)),
            ("\"07\"", None),
            ("\"+7\"", None),
            ("-1", None),
            ("\"x\"", None),
            ("1.5", None),
        ] {
            let read: Option<AssignedId> = serde_json::from_str(json).ok();
            assert_eq!(read.and_then(AssignedId::index), want, "{json}");
        }
        // An id from a response is written as it was read; in a run it gets a new value.
        let read: AssignedId = serde_json::from_str("3").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"3\"");
        assert_eq!(assigning(7, || serde_json::to_string(&read).unwrap()).0, "\"7\"");
    }
}
