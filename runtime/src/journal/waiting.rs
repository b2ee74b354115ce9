//! Items that wait in a store until a run sends them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{ItemRecord, hash_128, hash_key, sorted};
use crate::item::{BulkItem, RunId, assigning};
use crate::text::panic_text;

/// An item that waits in a store until a run sends it, perhaps on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingItem {
    /// Its record. Its hash is that of the key and of the item's JSON, and the hash of its key is the same for equal keys, by the `Eq` of their
    /// type, within one process. A run hashes what the endpoint makes of the item, so compare these only with those of other waiting items.
    pub record: ItemRecord,
    /// Its JSON, with zeros in the place of an [`AssignedId`](crate::AssignedId); `None` if that is the JSON of its key.
    pub json: Option<String>,
}

impl WaitingItem {
    /// Encodes an item.
    ///
    /// # Errors
    ///
    /// The item, or its key, cannot be encoded.
    pub fn encode<T: BulkItem>(run: u128, index: u64, item: &T) -> Result<Self, String> {
        let key = match T::KEYED {
            true => key_json(item)?,
            false => Vec::new(),
        };
        let json = match T::OWN_KEY {
            true => None,
            false => Some(assigning(RunId::default().assign(0), || encoded(|| serde_json::to_string(item))).0?),
        };
        let hash = hash_128(run, &[&key, &sorted(json.as_deref().unwrap_or_default().as_bytes())]);
        let key_hash = match catch_unwind(AssertUnwindSafe(|| hash_key(run, item.key().as_ref()))) {
            Ok(hash) => hash,
            Err(panic) => return Err(format!("its key panicked: {}", panic_text(&*panic))),
        };
        let key = (!key.is_empty()).then(|| text_of(&key));
        Ok(WaitingItem { record: ItemRecord { index, key, key_hash, hash: Some(hash), origin: None }, json })
    }
}

/// The JSON of an item's key. The key and its `Serialize` may be the user's code.
pub(crate) fn key_json<T: BulkItem>(item: &T) -> Result<Vec<u8>, String> {
    encoded(|| serde_json::to_vec(item.key().as_ref()))
}

fn encoded<V>(encode: impl FnOnce() -> serde_json::Result<V>) -> Result<V, String> {
    match catch_unwind(AssertUnwindSafe(encode)) {
        Ok(encoded) => encoded.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("it panicked: {}", panic_text(&*panic))),
    }
}

/// A key as a journal has it: the content of a string, the JSON of anything else.
pub(crate) fn text_of(json: &[u8]) -> String {
    serde_json::from_slice::<String>(json).unwrap_or_else(|_| String::from_utf8_lossy(json).into_owned())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde::Serialize;

    use super::*;
    use crate::item::{AssignedId, IgnoreCase};

    #[derive(Serialize)]
    struct Mail {
        id: AssignedId,
        to: String,
    }

    impl BulkItem for Mail {
        type Key = String;

        fn key(&self) -> Cow<'_, String> {
            Cow::Borrowed(&self.to)
        }
    }

    #[test]
    fn an_item_that_is_its_key_has_no_json_beside_it() {
        let of = |run, item: &str| WaitingItem::encode(run, 3, &item.to_owned()).unwrap();
        let item = of(1, "a");
        assert_eq!((item.record.index, item.record.key.as_deref(), item.json), (3, Some("a"), None));
        assert_eq!(of(1, "a").record.hash, item.record.hash);
        assert_ne!(of(1, "b").record.hash, item.record.hash);
        assert_ne!(of(2, "a").record.hash, item.record.hash);
    }

    #[test]
    fn equal_keys_have_equal_hashes() {
        let of = |text: &str| WaitingItem::encode(1, 0, &IgnoreCase::from(text)).unwrap().record;
        let (lower, upper) = (of("ann"), of("Ann"));
        assert_eq!(lower.key_hash, upper.key_hash);
        assert_ne!((lower.hash, lower.key_hash), (upper.hash, of("bob").key_hash));
    }

    #[test]
    fn an_assigned_id_waits_as_zeros() {
        let item = WaitingItem::encode(1, 0, &Mail { id: AssignedId::new(), to: "ann".to_owned() }).unwrap();
        let json = item.json.unwrap();
        assert_eq!(json, r#"{"id":"00000000-0000-8000-8000-000000000000","to":"ann"}"#);
    }
}
