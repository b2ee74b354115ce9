//! Correlation ids that the run assigns: a UUID of the run and of the index of the item in the input.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Error, Serialize, Serializer};

/// A correlation id that the run assigns: a UUID, unique across runs, and the same in every retry of the item.
///
/// Give a field of the item this type. The run writes it as a string when it sends the item:
/// `{"Id": "5f0c9a3e-71d2-8b40-9c1e-000000000007", "MessageBody": "hi"}`. If the response names items by that id, the key field of the
/// reply has this type too.
///
/// Because it is unique, a vendor can also use it to recognize an item that is sent twice (a deduplication id, an event id). The same input
/// in another run has other ids. With a [journal](crate::Run::journal) the ids survive the process, and items that another run takes from it
/// ([`FromRun`](crate::journal::FromRun)) keep them. Without one, use a field of your own for an id that is to survive. Two runs with the same
/// [`seed`](crate::Run::seed) have the same ids.
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
pub struct AssignedId(Option<u128>);

/// The random part of the ids that one run assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunId(u128);

/// Zeros, for a plan.
impl Default for RunId {
    fn default() -> Self {
        RunId::new(0)
    }
}

/// The bits of an id that are the index of the item.
const INDEX_BITS: u32 = 48;

/// The version 8 and the variant of a UUID whose other bits are chosen freely (RFC 9562, section 5.8).
const MARKS: u128 = 0x8000_8000_0000_0000_0000;

/// The bits of the marks: four of the version, two of the variant.
const MARKED: u128 = 0xf000_c000_0000_0000_0000;

impl RunId {
    /// The id of a run with these random bits.
    pub(crate) fn new(random: u128) -> Self {
        RunId((random >> INDEX_BITS << INDEX_BITS) & !MARKED | MARKS)
    }

    /// The id of a run with this seed.
    pub(crate) fn of_seed(seed: u64) -> Self {
        RunId::new(fastrand::Rng::with_seed(seed).u128(..))
    }

    /// The id of the item at this index of the input.
    pub(crate) fn assign(self, index: usize) -> AssignedId {
        // A run of 2^48 items would take years.
        AssignedId(Some(self.0 | (index as u128 & ((1 << INDEX_BITS) - 1))))
    }
}

thread_local! {
    /// The id of the item that is being encoded on this thread.
    static ENCODING: Cell<Option<u128>> = const { Cell::new(None) };
    /// Whether an id was written since encoding began.
    static WRITTEN: Cell<bool> = const { Cell::new(false) };
}

impl AssignedId {
    /// Creates an id without a value: the run assigns one.
    pub const fn new() -> Self {
        AssignedId(None)
    }

    /// Returns the index in the input of the item with this id, in the run that assigned it first; `None` for an id that was not read from a response.
    pub fn index(self) -> Option<usize> {
        self.0.and_then(|id| (id & ((1 << INDEX_BITS) - 1)).try_into().ok())
    }
}

impl AssignedId {
    /// Returns the UUID; `None` if the id has no value.
    pub(crate) fn uuid(self) -> Option<u128> {
        self.0
    }
}

/// Runs `encode`, and writes `id` for every id in the item. Returns also whether there was one.
pub(crate) fn assigning<V>(id: AssignedId, encode: impl FnOnce() -> V) -> (V, bool) {
    struct Restore(Option<u128>);
    impl Drop for Restore {
        fn drop(&mut self) {
            ENCODING.set(self.0);
        }
    }
    let _restore = Restore(ENCODING.replace(id.0));
    WRITTEN.set(false);
    let encoded = encode();
    (encoded, WRITTEN.get())
}

impl Serialize for AssignedId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.set(true);
        match ENCODING.get().or(self.0) {
            Some(id) => serializer.collect_str(&Uuid(id)),
            None => Err(S::Error::custom(
                "an `AssignedId` has no value outside of a run: the run assigns it when it sends the item",
            )),
        }
    }
}

/// The text of a UUID with these bits, except those of its version and its variant.
pub(crate) fn uuid_of(bits: u128) -> String {
    Uuid(bits & !MARKED | MARKS).to_string()
}

/// The text of an id: `5f0c9a3e-71d2-8b40-9c1e-000000000007`.
struct Uuid(u128);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |from: u32, bits: u32| self.0 >> from & ((1 << bits) - 1);
        let (first, last) = (part(96, 32), part(0, 48));
        write!(f, "{first:08x}-{:04x}-{:04x}-{:04x}-{last:012x}", part(80, 16), part(64, 16), part(48, 16))
    }
}

/// Reads the text of an id. Vendors may write it in upper case.
fn parse(text: &str) -> Option<u128> {
    let lengths = text.split('-').map(str::len);
    let is_uuid = lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    u128::from_str_radix(&text.replace('-', ""), 16).ok().filter(|_| is_uuid)
}

impl<'de> Deserialize<'de> for AssignedId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Read)
    }
}

struct Read;

impl Visitor<'_> for Read {
    type Value = AssignedId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id assigned by a run (a UUID)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AssignedId, E> {
        let id = parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))?;
        Ok(AssignedId(Some(id)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(id: AssignedId) -> String {
        assigning(id, || serde_json::to_string(&AssignedId::new()).unwrap()).0
    }

    #[test]
    fn it_is_written_as_the_item_that_is_encoded_and_read_as_what_was_written() {
        let (run, new) = (RunId::new(u128::MAX), AssignedId::new());
        assert_eq!(written(run.assign(7)), "\"ffffffff-ffff-8fff-bfff-000000000007\"");
        assert_eq!(written(RunId::new(0).assign(0)), "\"00000000-0000-8000-8000-000000000000\"");
        assert!(assigning(run.assign(7), || serde_json::to_string(&new).unwrap()).1);
        assert!(!assigning(run.assign(7), || serde_json::to_string("7").unwrap()).1);
        let error = serde_json::to_string(&new).unwrap_err().to_string();
        assert!(error.contains("the run assigns it"), "{error}");
        for (json, want) in [
            ("\"ffffffff-ffff-8fff-bfff-000000000007\"", Some(7)),
            ("\"FFFFFFFF-FFFF-8FFF-BFFF-00000000000A\"", Some(10)),
            ("\"ffffffffffff8fffbfff000000000007\"", None),
            ("\"fffffff-fffff-8fff-bfff-000000000007\"", None),
            ("\"+fffffff-ffff-8fff-bfff-000000000007\"", None),
            ("\"7\"", None),
            ("7", None),
            ("\"\"", None),
        ] {
            let read: Option<AssignedId> = serde_json::from_str(json).ok();
            assert_eq!(read.and_then(AssignedId::index), want, "{json}");
        }
        // An id from a response is written as it was read; in a run it gets a new value.
        let read: AssignedId = serde_json::from_str("\"ffffffff-ffff-8fff-bfff-000000000003\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"ffffffff-ffff-8fff-bfff-000000000003\"");
        let rewritten = assigning(run.assign(7), || serde_json::to_string(&read).unwrap()).0;
        assert_eq!(rewritten, "\"ffffffff-ffff-8fff-bfff-000000000007\"");
    }

    proptest! {
        #[test]
        fn it_is_unique_across_runs_and_in_a_run(
            runs in (any::<u128>(), any::<u128>()),
            indices in (0..1_usize << 40, 0..1_usize << 40),
        ) {
            let ids = [RunId::new(runs.0).assign(indices.0), RunId::new(runs.1).assign(indices.1)];
            prop_assert_eq!(ids[0] == ids[1], RunId::new(runs.0) == RunId::new(runs.1) && indices.0 == indices.1);
            let read: AssignedId = serde_json::from_str(&written(ids[0])).unwrap();
            prop_assert_eq!((read, read.index()), (ids[0], Some(indices.0)));
        }
    }
}
